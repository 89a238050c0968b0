package journey

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Mail is one mail of the local inbox.
type Mail struct {
	ID         string              `json:"id"`
	At         time.Time           `json:"at"`
	Recipients []string            `json:"recipients"`
	Subject    string              `json:"subject"`
	Text       string              `json:"text"`
	HTML       string              `json:"html"`
	Header     map[string][]string `json:"header"`
}

// First is the first value of a header field.
func (m Mail) First(name string) string {
	for field, values := range m.Header {
		if strings.EqualFold(field, name) && len(values) > 0 {
			return values[0]
		}
	}
	return ""
}

// Happening is one thing that time caused.
type Happening struct {
	At     time.Time `json:"at"`
	Source string    `json:"source"`
	What   string    `json:"what"`
}

// Usage is what an account would be billed for, since the cloud started.
type Usage struct {
	Requests    int     `json:"requests"`
	Invocations int     `json:"invocations"`
	ReadUnits   float64 `json:"readUnits"`
	WriteUnits  float64 `json:"writeUnits"`
	Transitions int     `json:"transitions"`
	Mails       int     `json:"mails"`
}

// Advance moves the virtual clock and waits until all that it causes is done; 0 waits for what is under way.
func (w *World) Advance(d time.Duration) ([]Happening, error) {
	body, err := json.Marshal(map[string]string{"advance": d.String()})
	if err != nil {
		return nil, err
	}
	resp, err := w.HTTP.Post(w.Local+"/_local/clock", "application/json", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var answer struct {
		Happened []Happening `json:"happened"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("advance %s: %s %v", d, resp.Status, err)
	}
	return answer.Happened, nil
}

// Now is the virtual instant.
func (w *World) Now() (time.Time, error) {
	var answer struct {
		Now time.Time `json:"now"`
	}
	err := w.local("clock", &answer)
	return answer.Now, err
}

// Mails are the mails to an address, newest first, once everything under way is done.
func (w *World) Mails(to string) ([]Mail, error) {
	if _, err := w.Advance(0); err != nil {
		return nil, err
	}
	var inbox struct{ Mails []Mail }
	if err := w.local("inbox?to="+url.QueryEscape(to), &inbox); err != nil {
		return nil, err
	}
	list := inbox.Mails
	for i := range list {
		if err := w.local("inbox/"+list[i].ID, &list[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Reply answers a mail as a mail program does: to its Reply-To, under a Message-ID of its own, with the mail quoted below.
func (w *World) Reply(m Mail, from, text string) error {
	var raw strings.Builder
	to, id := m.First("Reply-To"), m.First("Message-ID")
	fmt.Fprintf(&raw, "From: %s\r\nTo: %s\r\nSubject: Re: %s\r\nMessage-ID: <%s@mail.example.com>\r\nIn-Reply-To: %s\r\nReferences: %s\r\n", from, to, m.Subject, w.key(), id, id)
	fmt.Fprintf(&raw, "Content-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n\r\nOn %s, %s wrote:\r\n", text, m.At.Format(time.RFC1123), m.First("From"))
	for line := range strings.SplitSeq(m.Text, "\n") {
		raw.WriteString("> " + strings.TrimRight(line, "\r") + "\r\n")
	}
	return w.Deliver(raw.String(), "")
}

// Deliver hands a raw mail to whoever takes mail in; the query says what its header does not (infra/local/README.md).
func (w *World) Deliver(raw, query string) error {
	resp, err := w.HTTP.Post(w.Local+"/_local/inbound"+query, "message/rfc822", strings.NewReader(raw))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusAccepted {
		why, _ := io.ReadAll(resp.Body)
		return fmt.Errorf("the mail was not taken: %s: %s", resp.Status, why)
	}
	return nil
}

// Usage reads the meters.
func (w *World) Usage() (Usage, error) {
	var u Usage
	err := w.local("usage", &u)
	return u, err
}

func (w *World) local(path string, out any) error {
	resp, err := w.HTTP.Get(w.Local + "/_local/" + path)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", path, resp.Status)
	}
	return json.NewDecoder(resp.Body).Decode(out)
}
