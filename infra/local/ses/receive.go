package ses

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
)

// largestReceived is the largest mail that an action into a bucket takes.
const largestReceived = 40 << 20

// A Rule is a receipt rule: a mail to one of its recipients is put into a bucket, and then a function is told.
type Rule struct {
	Recipients []string // addresses, and domains without their subdomains
	Bucket     string
	Prefix     string
	Function   string // its ARN
}

// Inbound is a mail as it arrives.
type Inbound struct {
	Raw      []byte
	From     string            // of the envelope; empty for a bounce
	To       []string          // of the envelope
	Verdicts map[string]string // of spam, virus, spf, dkim and dmarc; PASS where nothing else is said
}

// ErrNoRule is returned by Receive for a mail that no rule is for: its sender would be told so.
var ErrNoRule = errors.New("ses: no receipt rule is for any of these recipients")

// Receive does what the first rule that matches says. When it returns without an error, the mail is in the bucket and the
// function's event is kept.
func (s *Server) Receive(in Inbound) (id string, err error) {
	if len(in.Raw) > largestReceived {
		return "", tooLong()
	}
	for kind, verdict := range in.Verdicts {
		if !slices.Contains(verdictKinds, kind) || !slices.Contains(verdicts, verdict) {
			return "", invalid(fmt.Sprintf("%s=%s is no verdict of SES: one of %v is one of %v", kind, verdict, verdictKinds, verdicts))
		}
	}
	for _, rule := range s.rules {
		matched := slices.DeleteFunc(slices.Clone(in.To), func(to string) bool { return !rule.isFor(to) })
		if len(matched) == 0 {
			continue
		}
		id := strings.ToLower(ulid.MustNew(ulid.Timestamp(s.clock.Now()), rand.Reader).String())
		if err := s.keep(rule.Bucket, rule.Prefix+id, in.delivered(id, matched[0], s.clock.Now())); err != nil {
			return "", fmt.Errorf("ses: keep %s: %w", id, err)
		}
		event, err := json.Marshal(in.event(id, rule, matched, s.clock.Now()))
		if err != nil {
			return "", err
		}
		return id, s.tell(rule.Function, event)
	}
	return "", ErrNoRule
}

// IsRefusal tells an error that is the caller's from one of the machine.
func IsRefusal(err error) bool {
	var r refusal
	return errors.As(err, &r)
}

// isFor matches without regard to case; what follows a + in front of the @ is no part of the address.
func (r Rule) isFor(to string) bool {
	local, domain, _ := strings.Cut(strings.ToLower(to), "@")
	local, _, _ = strings.Cut(local, "+")
	return slices.ContainsFunc(r.Recipients, func(recipient string) bool {
		recipient = strings.ToLower(recipient)
		return recipient == domain || recipient == local+"@"+domain
	})
}

var (
	verdictKinds = []string{"spam", "virus", "spf", "dkim", "dmarc"}
	verdicts     = []string{"PASS", "FAIL", "GRAY", "PROCESSING_FAILED", "DISABLED"}
)

func (in Inbound) verdict(kind string) string {
	if v := in.Verdicts[kind]; v != "" {
		return v
	}
	return "PASS"
}

// delivered is the mail with the headers that SES puts above it.
func (in Inbound) delivered(id, to string, at time.Time) []byte {
	head := fmt.Sprintf("Return-Path: <%s>\r\nReceived: from localhost ([127.0.0.1])\r\n by inbound-smtp.localhost with SMTP id %s\r\n for %s;\r\n %s\r\nX-SES-Spam-Verdict: %s\r\nX-SES-Virus-Verdict: %s\r\n",
		in.From, id, to, at.UTC().Format(time.RFC1123Z), in.verdict("spam"), in.verdict("virus"))
	return append([]byte(head), in.Raw...)
}

type (
	status struct {
		Status string `json:"status"`
	}
	header struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
)

// event is what a Lambda action is told: everything but the mail's body.
func (in Inbound) event(id string, rule Rule, matched []string, at time.Time) any {
	headers, common := []header{}, map[string]any{"returnPath": in.From}
	fields, _ := split(in.Raw)
	for _, f := range fields {
		_, value, _ := strings.Cut(f.text, ":")
		h := header{f.name, strings.TrimSpace(strings.ReplaceAll(value, "\r\n", ""))}
		headers = append(headers, h)
		switch strings.ToLower(h.Name) {
		case "date", "subject":
			common[strings.ToLower(h.Name)] = h.Value
		case "message-id":
			common["messageId"] = h.Value
		case "from", "to", "cc":
			common[strings.ToLower(h.Name)] = []string{h.Value}
		}
	}
	stamp := at.UTC().Format("2006-01-02T15:04:05.000Z")
	receipt := map[string]any{
		"timestamp": stamp, "processingTimeMillis": 1, "recipients": matched,
		"action": map[string]string{"type": "Lambda", "functionArn": rule.Function, "invocationType": "Event"},
	}
	for _, kind := range verdictKinds {
		receipt[kind+"Verdict"] = status{in.verdict(kind)}
	}
	return map[string]any{"Records": []any{map[string]any{
		"eventSource": "aws:ses", "eventVersion": "1.0",
		"ses": map[string]any{
			"mail": map[string]any{
				"timestamp": stamp, "source": in.From, "messageId": id, "destination": in.To, "headersTruncated": false, "headers": headers, "commonHeaders": common,
			},
			"receipt": receipt,
		},
	}}}
}

// Addressed reads the envelope that a mail program would write, from the mail's own header. What the header does not say
// stays empty.
func Addressed(raw []byte) Inbound {
	in := Inbound{Raw: raw}
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return in
	}
	if from, err := m.Header.AddressList("From"); err == nil && len(from) > 0 {
		in.From = from[0].Address
	}
	for _, name := range []string{"To", "Cc"} {
		if list, err := m.Header.AddressList(name); err == nil {
			for _, a := range list {
				in.To = append(in.To, a.Address)
			}
		}
	}
	return in
}
