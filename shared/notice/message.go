package notice

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/mail"
	"time"
)

// Message is one mail, composed. Whoever sends it adds nothing but the encoding.
type Message struct {
	ID          string // Message-ID, the same at every try
	Thread      string // Message-ID that all mails about one project refer to, so that mailboxes keep them together
	InReplyTo   string // Message-ID of the mail that this one answers; may be empty
	Date        time.Time
	From        mail.Address
	ReplyTo     mail.Address
	To          []mail.Address // the envelope's
	Undisclosed bool           // no header names them, since they must not see each other
	Subject     string
	Text        string
	HTML        string
	Headers     []Header
}

// Header is one more header line.
type Header struct{ Name, Value string }

// Sender hands a message over and returns the name under which it was accepted. A *Refused is for ever; ErrNotSent may be
// tried again at once; after any other error the message may have gone.
type Sender interface {
	Send(ctx context.Context, m Message) (id string, err error)
}

// ErrNotSent says that a message has certainly not gone, though it may later.
var ErrNotSent = errors.New("notice: the message was not sent")

// Refused says that this message will never be accepted.
type Refused struct {
	Reason string
	Cause  error
}

func (e *Refused) Error() string { return "refused: " + e.Reason }

func (e *Refused) Unwrap() error { return e.Cause }

// compose writes a letter of an event. A reply to what a pro gets comes back with a token (R30, R36); who else replies
// writes to the address that the mail is from.
func (t Teller) compose(ctx context.Context, l letter, event string, now time.Time) (Message, error) {
	l.page.Site = t.Site
	replyTo := mail.Address{Address: t.Site.From}
	if l.about != "" {
		token, err := t.Token(ctx, l.about)
		if err != nil {
			return Message{}, fmt.Errorf("notice: reply address of %s: %w", l.about, err)
		}
		l.page.Token, replyTo = token, t.Site.replies(token)
	}
	words, err := write(l.notice.Name, l.page)
	if err != nil {
		return Message{}, fmt.Errorf("notice: write %s for %s: %w", l.notice.Name, l.recipient, err)
	}
	key := event + "." + l.notice.Name + "." + hash(l.recipient)
	m := Message{
		ID: t.Site.messageID(key), Thread: t.Site.messageID("project." + hash(l.project)), Date: now,
		From: t.Site.sender(), ReplyTo: replyTo, Undisclosed: l.group,
		Subject: words.subject, Text: words.text, HTML: words.html,
		InReplyTo: l.replyTo, Headers: []Header{{"Auto-Submitted", l.notice.submitted()}, {"X-Callsheet-Notice", l.notice.Name}, t.Site.unsubscribe()},
	}
	for _, p := range l.to {
		m.To = append(m.To, p.address())
	}
	if t.Site.ConfigurationSet != "" {
		m.Headers = append(m.Headers,
			Header{"X-SES-CONFIGURATION-SET", t.Site.ConfigurationSet},
			Header{"X-SES-MESSAGE-TAGS", "notice=" + l.notice.Name + ", event=" + event + ", recipient=" + hash(l.recipient)})
	}
	return m, nil
}

// hash names somebody in a header without naming them.
func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:10])
}
