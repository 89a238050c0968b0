package console_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/clock"
	"github.com/callsheet/callsheet/infra/local/console"
)

const hostile = `<script>alert(1)</script>`

var start = time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)

// cloud is everything the console shows, in memory; the clock is the real one.
type cloud struct {
	mails  []console.Mail
	posted []string
	broken error
}

func (c *cloud) Mails(to, subject string) ([]console.MailSummary, error) {
	var list []console.MailSummary
	for _, m := range c.mails {
		if strings.Contains(strings.Join(m.Recipients, " "), to) && strings.Contains(m.Subject, subject) {
			list = append(list, m.MailSummary)
		}
	}
	return list, c.broken
}

func (c *cloud) Mail(id string) (console.Mail, error) {
	for _, m := range c.mails {
		if m.ID == id {
			return m, nil
		}
	}
	return console.Mail{}, errors.Join(c.broken, console.ErrNotFound)
}

func (c *cloud) Deliver(raw []byte, from *string, to []string, verdicts map[string]string) (string, error) {
	if len(to) > 0 && to[0] == "nobody@example.com" {
		return "", &console.Refused{Reason: "no rule"}
	}
	envelope := "as it says"
	if from != nil {
		envelope = *from
	}
	c.posted = append(c.posted, fmt.Sprintf("%s from %q to %v with %v", raw, envelope, to, verdicts))
	return "m3", c.broken
}

func (c *cloud) Timelines() ([]console.Timeline, error) {
	return []console.Timeline{{Record: "prj_1", Title: hostile, State: "open", Entries: []console.Entry{{At: start, Who: "Ana", Role: "pro", Channel: "mail", Action: "accept"}}}}, c.broken
}

func (c *cloud) Deadlines() ([]console.Deadline, error) { return nil, c.broken }

func (c *cloud) Functions() ([]console.Function, error) {
	return []console.Function{{Name: "accept", Invocations: 3, ColdStarts: 1, Log: []string{hostile}}}, c.broken
}

func (c *cloud) Usage() (console.Usage, error) {
	return console.Usage{Requests: 7, ReadUnits: 1.5}, c.broken
}

// alarm rings once, an hour after the start.
type alarm struct{ rung bool }

func (a *alarm) Due() (time.Time, bool) { return start.Add(time.Hour), !a.rung }

func (a *alarm) Run(context.Context, time.Time) []clock.Happening {
	a.rung = true
	return []clock.Happening{{At: start.Add(time.Hour), Source: "schedule", What: "rang"}}
}

type fixture struct {
	t       *testing.T
	cloud   *cloud
	clock   *clock.Clock
	handler http.Handler
}

func open(t *testing.T) *fixture {
	t.Helper()
	db, err := bolt.Open(filepath.Join(t.TempDir(), "state.db"), 0o600, &bolt.Options{NoSync: true, NoFreelistSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	clk, err := clock.Open(db, start, true)
	if err != nil {
		t.Fatal(err)
	}
	clk.Attach(&alarm{})
	mail := func(id, to string) console.Mail {
		return console.Mail{MailSummary: console.MailSummary{ID: id, At: start, From: "team@callsheet.example", Recipients: []string{to}, Subject: hostile},
			Header: map[string][]string{"Subject": {hostile}}, Text: hostile, HTML: hostile, Source: []byte("Subject: " + hostile)}
	}
	c := &cloud{mails: []console.Mail{mail("m2", "ben@pro.example"), mail("m1", "ana@pro.example")}}
	return &fixture{t, c, clk, console.New(console.Config{Inbox: c, Post: c, Records: c, Runtime: c, Clock: clk})}
}

func (f *fixture) call(method, path, body string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host = "127.0.0.1:8080"
	for _, c := range change {
		c(r)
	}
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, r)
	return w
}

func (f *fixture) want(w *httptest.ResponseRecorder, status int, text string) {
	f.t.Helper()
	if w.Code != status || !strings.Contains(w.Body.String(), text) {
		f.t.Fatalf("got %d %s, want %d with %q", w.Code, w.Body, status, text)
	}
}

func TestInbox(t *testing.T) {
	t.Run("lists and filters", func(t *testing.T) {
		f := open(t)
		for query, want := range map[string]string{"": "m2 m1", "?to=ana": "m1", "?to=ana&subject=nothing": "", "?subject=script": "m2 m1"} {
			w := f.call("GET", "/_local/inbox"+query, "")
			var answer struct{ Mails []struct{ ID string } }
			if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || answer.Mails == nil {
				t.Fatalf("%s %v", w.Body, err)
			}
			var ids []string
			for _, m := range answer.Mails {
				ids = append(ids, m.ID)
			}
			if got := strings.Join(ids, " "); got != want {
				t.Errorf("%q: got %q, want %q", query, got, want)
			}
		}
	})
	t.Run("shows one mail with text, HTML and header, and its source apart", func(t *testing.T) {
		f := open(t)
		w := f.call("GET", "/_local/inbox/m1", "")
		var m console.Mail
		if err := json.Unmarshal(w.Body.Bytes(), &m); err != nil || m.Text != hostile || m.HTML != hostile || m.Header["Subject"][0] != hostile || m.Recipients[0] != "ana@pro.example" {
			t.Fatalf("%s %v", w.Body, err)
		}
		source := f.call("GET", "/_local/inbox/m1/source", "")
		f.want(source, http.StatusOK, "Subject: "+hostile)
		if got := source.Header().Get("Content-Type"); got != "text/plain; charset=utf-8" {
			t.Fatal(got)
		}
	})
	t.Run("shows HTML in a sandbox without script, forms or loading", func(t *testing.T) {
		f := open(t)
		w := f.call("GET", "/_local/inbox/m1/html", "")
		f.want(w, http.StatusOK, hostile)
		policy := w.Header().Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "sandbox allow-popups", "form-action 'none'", "frame-ancestors 'self'"} {
			if !strings.Contains(policy, part) {
				t.Errorf("policy %q lacks %q", policy, part)
			}
		}
		if strings.Contains(policy, "allow-scripts") || strings.Contains(policy, "allow-same-origin") || strings.Contains(policy, "script-src") {
			t.Errorf("policy %q lets scripts in", policy)
		}
	})
	t.Run("knows no other mail", func(t *testing.T) {
		f := open(t)
		for _, path := range []string{"/_local/inbox/x", "/_local/inbox/x/html", "/_local/inbox/x/source"} {
			w := f.call("GET", path, "")
			f.want(w, http.StatusNotFound, "no mail")
			if got := w.Header().Get("Content-Type"); got != "application/problem+json" {
				t.Fatal(got)
			}
		}
	})
}

func TestInbound(t *testing.T) {
	t.Run("hands a raw mail over, with what its header does not say", func(t *testing.T) {
		f := open(t)
		f.want(f.call("POST", "/_local/inbound", "raw"), http.StatusAccepted, `"m3"`)
		f.want(f.call("POST", "/_local/inbound?from=&to=a@example.com&to=b@example.com&dmarc=FAIL", "raw"), http.StatusAccepted, `"m3"`)
		want := []string{`raw from "as it says" to [] with map[]`, `raw from "" to [a@example.com b@example.com] with map[dmarc:FAIL]`}
		if strings.Join(f.cloud.posted, "\n") != strings.Join(want, "\n") {
			t.Errorf("%q", f.cloud.posted)
		}
	})
	t.Run("says why a mail is not taken, and hides why it failed", func(t *testing.T) {
		f := open(t)
		f.want(f.call("POST", "/_local/inbound?to=nobody@example.com", "raw"), http.StatusUnprocessableEntity, "no rule")
		f.cloud.broken = errors.New("secret cause")
		w := f.call("POST", "/_local/inbound", "raw")
		f.want(w, http.StatusInternalServerError, "its log says why")
		if strings.Contains(w.Body.String(), "secret") {
			t.Error(w.Body)
		}
	})
	t.Run("takes no mail of another site, and none above 40 MB", func(t *testing.T) {
		f := open(t)
		f.want(f.call("POST", "/_local/inbound", "raw", func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }), http.StatusForbidden, "Another site")
		f.want(f.call("POST", "/_local/inbound", strings.Repeat("x", 40<<20+2)), http.StatusRequestEntityTooLarge, "40 MB")
		if len(f.cloud.posted) != 0 {
			t.Errorf("%d mails", len(f.cloud.posted))
		}
	})
}

func TestLists(t *testing.T) {
	for path, want := range map[string]string{
		"/_local/timelines": `"who":"Ana","role":"pro","channel":"mail","action":"accept"`,
		"/_local/deadlines": `{"deadlines":[]}`,
		"/_local/functions": `"invocations":3,"coldStarts":1`,
		"/_local/usage":     `"requests":7,"invocations":0,"readUnits":1.5`,
		"/_local/clock":     `{"now":"2027-03-01T09:00:00Z"}`,
	} {
		t.Run(path+" answers", func(t *testing.T) {
			f := open(t)
			f.want(f.call("GET", path, ""), http.StatusOK, want)
		})
	}
	t.Run("escape what could be markup", func(t *testing.T) {
		f := open(t)
		for _, path := range []string{"/_local/timelines", "/_local/functions", "/_local/inbox/m1"} {
			if w := f.call("GET", path, ""); strings.Contains(w.Body.String(), "<script") || w.Header().Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s: %s", path, w.Body)
			}
		}
	})
	t.Run("a failure is a problem without its cause", func(t *testing.T) {
		f := open(t)
		f.cloud.broken = errors.New("disk of pain")
		for _, path := range []string{"/_local/inbox", "/_local/timelines", "/_local/deadlines", "/_local/functions", "/_local/usage"} {
			w := f.call("GET", path, "")
			f.want(w, http.StatusInternalServerError, `"status":500`)
			if strings.Contains(w.Body.String(), "pain") {
				t.Errorf("%s: %s", path, w.Body)
			}
		}
	})
}

func TestClock(t *testing.T) {
	t.Run("advances and tells what happened", func(t *testing.T) {
		f := open(t)
		f.want(f.call("POST", "/_local/clock", `{"advance":"720h"}`), http.StatusOK,
			`{"happened":[{"at":"2027-03-01T10:00:00Z","source":"schedule","what":"rang"}],"now":"2027-03-31T09:00:00Z"}`)
		f.want(f.call("POST", "/_local/clock", `{"advance":"1h"}`), http.StatusOK, `{"happened":[],"now":"2027-03-31T10:00:00Z"}`)
	})
	t.Run("advances 400 days at most", func(t *testing.T) {
		f := open(t)
		f.want(f.call("POST", "/_local/clock", `{"advance":"9600h"}`), http.StatusOK, "2028-04-04T09:00:00Z")
	})
	for name, body := range map[string]string{
		"a negative duration":  `{"advance":"-1h"}`,
		"1 ms over 400 days":   `{"advance":"9600h0m0.001s"}`,
		"no duration":          `{"advance":"soon"}`,
		"a number":             `{"advance":3600}`,
		"another key":          `{"Advance":"1h"}`,
		"a key more":           `{"advance":"1h","to":"x"}`,
		"nothing":              ``,
		"null":                 `null`,
		"trailing data":        `{"advance":"1h"}{}`,
		"an overflow":          `{"advance":"9999999999h"}`,
		"a body without bound": `{"advance":"` + strings.Repeat("1", 4096) + `h"}`,
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			f := open(t)
			w := f.call("POST", "/_local/clock", body)
			f.want(w, http.StatusBadRequest, "duration from 0s to 9600h")
			if got := w.Header().Get("Content-Type"); got != "application/problem+json" || !f.clock.Now().Equal(start) {
				t.Fatalf("%s, now %s", got, f.clock.Now())
			}
		})
	}
}

func TestGuard(t *testing.T) {
	post := func(f *fixture, name, value string) *httptest.ResponseRecorder {
		return f.call("POST", "/_local/clock", `{"advance":"1h"}`, func(r *http.Request) { r.Header.Set(name, value) })
	}
	t.Run("refuses a POST of another site, and time stands still", func(t *testing.T) {
		for _, header := range [][2]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "http://evil.example"}, {"Origin", "null"}, {"Origin", "http://127.0.0.1:9999"}} {
			f := open(t)
			f.want(post(f, header[0], header[1]), http.StatusForbidden, "Another site")
			if !f.clock.Now().Equal(start) {
				t.Fatalf("%v moved the clock", header)
			}
		}
	})
	t.Run("takes a POST of its own page", func(t *testing.T) {
		for _, header := range [][2]string{{"Sec-Fetch-Site", "same-origin"}, {"Origin", "http://127.0.0.1:8080"}} {
			f := open(t)
			f.want(post(f, header[0], header[1]), http.StatusOK, "rang")
		}
	})
	for host, want := range map[string]int{"localhost:8080": 200, "127.0.0.1": 200, "[::1]:8080": 200, "evil.example:8080": 403, "127.0.0.1.evil.example": 403, "192.168.1.5:8080": 403, "": 403} {
		t.Run("answers the host "+host+" as it should", func(t *testing.T) {
			f := open(t)
			if w := f.call("GET", "/_local/inbox", "", func(r *http.Request) { r.Host = host }); w.Code != want {
				t.Fatalf("got %d, want %d", w.Code, want)
			}
		})
	}
	t.Run("GET changes nothing, whatever it carries", func(t *testing.T) {
		f := open(t)
		f.call("GET", "/_local/clock?advance=1h", `{"advance":"1h"}`)
		f.call("HEAD", "/_local/clock", "")
		if !f.clock.Now().Equal(start) {
			t.Fatal(f.clock.Now())
		}
		if w := f.call("DELETE", "/_local/inbox/m1", ""); w.Code != http.StatusMethodNotAllowed {
			t.Fatal(w.Code)
		}
	})
}

func TestPage(t *testing.T) {
	t.Run("is served with script and style under a strict policy", func(t *testing.T) {
		f := open(t)
		for path, kind := range map[string]string{"/_local/": "text/html", "/_local/console.js": "text/javascript", "/_local/console.css": "text/css"} {
			w := f.call("GET", path, "")
			policy := w.Header().Get("Content-Security-Policy")
			if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), kind) || !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
				t.Errorf("%s: %d %v", path, w.Code, w.Header())
			}
		}
	})
	t.Run("loads nothing from elsewhere and writes no markup from data", func(t *testing.T) {
		forbidden := regexp.MustCompile(`(src|href)="(https?:)?//|@import|url\(|innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|\son[a-z]+=|\sstyle=`)
		files := 0
		err := fs.WalkDir(os.DirFS("page"), ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			files++
			text, err := os.ReadFile(filepath.Join("page", path))
			if found := forbidden.Find(text); found != nil {
				t.Errorf("%s has %q", path, found)
			}
			return err
		})
		if err != nil || files != 3 {
			t.Fatalf("%d files, %v", files, err)
		}
	})
}
