// Package console is the page on which a person watches the local cloud and moves its clock, and the JSON behind it that
// tests read too. It only shows what its interfaces tell; mail that comes in and the clock are all it can change. It is for
// loopback: no login, so any other host name and any other site's POST are refused.
package console

import (
	"context"
	"embed"
	"errors"
	"net/http"
	"time"

	"github.com/callsheet/callsheet/infra/local/clock"
)

// Inbox is the mail that was sent.
type Inbox interface {
	// Mails lists the newest first; to and subject select by a part of either, and the empty string by nothing.
	Mails(to, subject string) ([]MailSummary, error)
	// Mail returns ErrNotFound for an unknown id.
	Mail(id string) (Mail, error)
}

// Records is what Callsheet's own data tells.
type Records interface {
	Timelines() ([]Timeline, error)
	// Deadlines lists the open ones.
	Deadlines() ([]Deadline, error)
}

// Runtime is what the cloud tells of itself.
type Runtime interface {
	Functions() ([]Function, error)
	Usage() (Usage, error)
}

// Post takes mail in.
type Post interface {
	// Deliver hands a raw mail over: from and to are the envelope's, where they differ from the header's; verdicts are those
	// of a mail service. It returns the mail's ID, or a *Refused.
	Deliver(raw []byte, from *string, to []string, verdicts map[string]string) (id string, err error)
}

// Refused is a mail that nobody here takes.
type Refused struct{ Reason string }

func (r *Refused) Error() string { return r.Reason }

// Clock is the virtual clock.
type Clock interface {
	Now() time.Time
	Advance(ctx context.Context, d time.Duration) ([]clock.Happening, error)
}

// ErrNotFound is what Inbox.Mail returns for a mail that is not there.
var ErrNotFound = errors.New("console: no such mail")

// A MailSummary is one line of the inbox.
type MailSummary struct {
	ID         string    `json:"id"`
	At         time.Time `json:"at"`
	From       string    `json:"from"`
	Recipients []string  `json:"recipients"`
	Subject    string    `json:"subject"`
}

// A Mail is a message, read.
type Mail struct {
	MailSummary
	Header      map[string][]string `json:"header"`
	Tags        map[string]string   `json:"tags"`
	Text        string              `json:"text"`
	HTML        string              `json:"html"`
	Attachments []Attachment        `json:"attachments"`
	Source      []byte              `json:"-"` // served by itself, as text
}

// An Attachment is a part of a mail beside its text and HTML.
type Attachment struct {
	Name string `json:"name"`
	Type string `json:"type"`
	Size int    `json:"size"`
}

// A Timeline is everything that happened to one record, oldest first.
type Timeline struct {
	Record  string  `json:"record"`
	Title   string  `json:"title"`
	State   string  `json:"state"`
	Entries []Entry `json:"entries"`
}

// An Entry is one thing that happened.
type Entry struct {
	At      time.Time `json:"at"`
	Who     string    `json:"who"`
	Role    string    `json:"role"`
	Channel string    `json:"channel"`
	Action  string    `json:"action"`
}

// A Deadline is one that has not fired.
type Deadline struct {
	Record string    `json:"record"`
	Kind   string    `json:"kind"`
	Due    time.Time `json:"due"`
}

// A Function is one Lambda function since the start of the cloud.
type Function struct {
	Name        string   `json:"name"`
	Invocations int      `json:"invocations"`
	ColdStarts  int      `json:"coldStarts"`
	Errors      int      `json:"errors"`
	Log         []string `json:"log"` // the last lines, oldest first
}

// Usage is what AWS would bill for.
type Usage struct {
	Requests    int     `json:"requests"`
	Invocations int     `json:"invocations"`
	ReadUnits   float64 `json:"readUnits"`
	WriteUnits  float64 `json:"writeUnits"`
	Transitions int     `json:"transitions"`
	Mails       int     `json:"mails"`
}

// Config is what the console shows.
type Config struct {
	Inbox   Inbox
	Post    Post
	Records Records
	Runtime Runtime
	Clock   Clock
}

//go:embed page
var page embed.FS

// New is the handler of everything below /_local/.
func New(c Config) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /_local/{$}", asset("index.html"))
	mux.HandleFunc("GET /_local/console.css", asset("console.css"))
	mux.HandleFunc("GET /_local/console.js", asset("console.js"))
	mux.HandleFunc("GET /_local/inbox", c.listMails)
	mux.HandleFunc("GET /_local/inbox/{id}", c.showMail)
	mux.HandleFunc("GET /_local/inbox/{id}/html", c.showHTML)
	mux.HandleFunc("GET /_local/inbox/{id}/source", c.showSource)
	mux.HandleFunc("POST /_local/inbound", c.deliver)
	mux.HandleFunc("GET /_local/timelines", list("timelines", c.Records.Timelines))
	mux.HandleFunc("GET /_local/deadlines", list("deadlines", c.Records.Deadlines))
	mux.HandleFunc("GET /_local/functions", list("functions", c.Runtime.Functions))
	mux.HandleFunc("GET /_local/usage", c.showUsage)
	mux.HandleFunc("GET /_local/clock", c.showClock)
	mux.HandleFunc("POST /_local/clock", c.advanceClock)
	return guard(mux)
}

func asset(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, page, "page/"+name)
	}
}
