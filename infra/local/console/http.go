package console

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/callsheet/callsheet/infra/local/clock"
)

// The page runs its own script and style, and frames nothing but the mails below.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; frame-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"

// A mail runs no script and loads nothing; its links open outside the frame.
const mailPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; " +
	"sandbox allow-popups allow-popups-to-escape-sandbox"

const (
	farthestAdvance = 400 * 24 * time.Hour
	largestRequest  = 1 << 10
	largestMail     = 40<<20 + 1
)

// guard refuses what a web page elsewhere could cause: a host name that is made to point here, and a POST from another
// site. A client that is no browser sends neither Origin nor Sec-Fetch-Site, and may.
func guard(next http.Handler) http.Handler {
	sameOrigin := http.NewCrossOriginProtection()
	sameOrigin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		writeProblem(w, http.StatusForbidden, "Another site may not change anything here.")
	}))
	protected := sameOrigin.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", pagePolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		if !loopback(r.Host) {
			writeProblem(w, http.StatusForbidden, "This page answers on loopback only.")
			return
		}
		protected.ServeHTTP(w, r)
	})
}

func loopback(hostPort string) bool {
	host, _, err := net.SplitHostPort(hostPort)
	if err != nil {
		host = hostPort
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (c Config) listMails(w http.ResponseWriter, r *http.Request) {
	list("mails", func() ([]MailSummary, error) {
		return c.Inbox.Mails(r.URL.Query().Get("to"), r.URL.Query().Get("subject"))
	})(w, r)
}

// mail answers the error itself; ok is false then.
func (c Config) mail(w http.ResponseWriter, r *http.Request) (m Mail, ok bool) {
	m, err := c.Inbox.Mail(r.PathValue("id"))
	if errors.Is(err, ErrNotFound) {
		writeProblem(w, http.StatusNotFound, "There is no mail with this id.")
		return m, false
	}
	if err != nil {
		failed(w, err)
		return m, false
	}
	return m, true
}

func (c Config) showMail(w http.ResponseWriter, r *http.Request) {
	if m, ok := c.mail(w, r); ok {
		writeJSON(w, http.StatusOK, m)
	}
}

// showHTML is what the page frames. The mail is not changed, but its links get a target outside the frame.
func (c Config) showHTML(w http.ResponseWriter, r *http.Request) {
	m, ok := c.mail(w, r)
	if !ok {
		return
	}
	w.Header().Set("Content-Security-Policy", mailPolicy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, `<!doctype html><base target="_blank">`+m.HTML) // nobody left to tell if it fails
}

func (c Config) showSource(w http.ResponseWriter, r *http.Request) {
	if m, ok := c.mail(w, r); ok {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write(m.Source) // nobody left to tell if it fails
	}
}

// deliver takes a raw mail as its body. ?from= and ?to= are the envelope's, &spam=FAIL a verdict, as are virus, spf, dkim
// and dmarc.
func (c Config) deliver(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largestMail))
	if err != nil {
		writeProblem(w, http.StatusRequestEntityTooLarge, "A mail has at most 40 MB.")
		return
	}
	query, verdicts := r.URL.Query(), map[string]string{}
	var from *string
	for name, values := range query {
		switch name {
		case "to":
		case "from":
			from = &values[0]
		default:
			verdicts[name] = values[0]
		}
	}
	id, err := c.Post.Deliver(raw, from, query["to"], verdicts)
	var refused *Refused
	switch {
	case errors.As(err, &refused):
		writeProblem(w, http.StatusUnprocessableEntity, refused.Reason)
	case err != nil:
		failed(w, err)
	default:
		writeJSON(w, http.StatusAccepted, map[string]string{"id": id})
	}
}

func (c Config) showUsage(w http.ResponseWriter, _ *http.Request) {
	usage, err := c.Runtime.Usage()
	if err != nil {
		failed(w, err)
		return
	}
	writeJSON(w, http.StatusOK, usage)
}

func (c Config) showClock(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]time.Time{"now": c.Clock.Now()})
}

// advanceClock answers once everything that fell due on the way is done.
func (c Config) advanceClock(w http.ResponseWriter, r *http.Request) {
	d, problem := readAdvance(http.MaxBytesReader(w, r.Body, largestRequest))
	if problem != "" {
		writeProblem(w, http.StatusBadRequest, problem)
		return
	}
	happened, err := c.Clock.Advance(r.Context(), d)
	if err != nil {
		failed(w, err)
		return
	}
	if happened == nil {
		happened = []clock.Happening{}
	}
	writeJSON(w, http.StatusOK, map[string]any{"now": c.Clock.Now(), "happened": happened})
}

// readAdvance takes {"advance":"720h"} and nothing else.
func readAdvance(body io.Reader) (d time.Duration, problem string) {
	const usage = `Send {"advance":"720h"}: a duration from 0s to 9600h (400 days).`
	text, err := io.ReadAll(body)
	var sent map[string]string
	if err != nil || json.Unmarshal(text, &sent) != nil || len(sent) != 1 {
		return 0, usage
	}
	d, err = time.ParseDuration(sent["advance"])
	if err != nil || d < 0 || d > farthestAdvance {
		return 0, usage
	}
	return d, ""
}

// list answers {name: […]}, never null.
func list[T any](name string, read func() ([]T, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		items, err := read()
		if err != nil {
			failed(w, err)
			return
		}
		if items == nil {
			items = []T{}
		}
		writeJSON(w, http.StatusOK, map[string][]T{name: items})
	}
}

// failed keeps the cause in the log.
func failed(w http.ResponseWriter, err error) {
	slog.Error("console", "error", err)
	writeProblem(w, http.StatusInternalServerError, "The local cloud failed; its log says why.")
}

// writeProblem answers in RFC 9457's form.
func writeProblem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	writeJSON(w, status, map[string]any{"title": http.StatusText(status), "status": status, "detail": detail})
}

// writeJSON ignores a failed write: a caller who hung up cannot be told anything.
func writeJSON(w http.ResponseWriter, status int, body any) {
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
