package mail

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"net/textproto"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callsheet/callsheet/shared/notice"
)

// message is one like those that shared/notice composes.
func message() notice.Message {
	return notice.Message{
		ID: "<evt_1.invitation.24d4@mail.example.com>", Thread: "<project.a0da@mail.example.com>",
		Date: time.Date(2026, 11, 24, 13, 5, 0, 0, time.UTC),
		From: mail.Address{Name: "Callsheet", Address: "team@mail.example.com"}, ReplyTo: mail.Address{Address: "replies@mail.example.com"},
		To:      []mail.Address{{Name: "Ana Muñoz", Address: "ana@example.com"}},
		Subject: "Te invitamos: Subtítulos (12.50 USD)",
		Text:    "Hola, Ana:\n\nuna línea =3D más\n.\n" + strings.Repeat("larga ", 40) + "\n",
		HTML:    "<p>Hola, Ana:</p>\n",
		Headers: []notice.Header{
			{Name: "Auto-Submitted", Value: "auto-generated"}, {Name: "X-Callsheet-Notice", Value: "invitation"},
			{Name: "List-Unsubscribe", Value: "<mailto:replies@mail.example.com?subject=unsubscribe>"},
		},
	}
}

// read is a message as another program understands it.
type read struct {
	header map[string]string // decoded
	to     []string          // names and addresses
	text   string
	html   string
}

func parse(t *testing.T, raw []byte) read {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("not a message: %v\n%q", err, raw)
	}
	r := read{header: map[string]string{}}
	for name, values := range m.Header {
		if len(values) != 1 {
			t.Fatalf("%s comes %d times", name, len(values))
		}
		if r.header[name], err = new(mime.WordDecoder).DecodeHeader(values[0]); err != nil {
			t.Fatal(err)
		}
	}
	list, err := m.Header.AddressList("To")
	if err != nil && !strings.HasPrefix(m.Header.Get("To"), "undisclosed-recipients") {
		t.Fatal(err)
	}
	for _, a := range list {
		r.to = append(r.to, a.Name+"|"+a.Address)
	}
	media, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || media != "multipart/alternative" {
		t.Fatalf("content type %q: %v", media, err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for _, p := range []struct {
		media string
		to    *string
	}{{"text/plain; charset=utf-8", &r.text}, {"text/html; charset=utf-8", &r.html}} {
		part, err := parts.NextPart()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(part)
		if err != nil || part.Header.Get("Content-Type") != p.media {
			t.Fatalf("part %q: %v", part.Header.Get("Content-Type"), err)
		}
		*p.to = strings.ReplaceAll(string(content), "\r\n", "\n")
	}
	if _, err := parts.NextPart(); !errors.Is(err, io.EOF) {
		t.Fatalf("after the last part: %v", err)
	}
	return r
}

func encoded(t *testing.T, m notice.Message) []byte {
	t.Helper()
	raw, err := encode(m)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestEncode(t *testing.T) {
	t.Run("is read back as it was composed, headers and both parts", func(t *testing.T) {
		m := message()
		r := parse(t, encoded(t, m))
		delete(r.header, "Content-Type") // its boundary is random
		want := map[string]string{
			"From": `"Callsheet" <team@mail.example.com>`, "Reply-To": "<replies@mail.example.com>", "To": "Ana Muñoz <ana@example.com>",
			"Subject": m.Subject, "Date": "Tue, 24 Nov 2026 13:05:00 +0000", "Message-Id": m.ID, "In-Reply-To": m.Thread, "References": m.Thread,
			"Auto-Submitted": "auto-generated", "X-Callsheet-Notice": "invitation", "List-Unsubscribe": m.Headers[2].Value, "Mime-Version": "1.0",
		}
		if diff := cmp.Diff(want, r.header); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{m.Text, m.HTML, "Ana Muñoz|ana@example.com"}, []string{r.text, r.html, r.to[0]}); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("names the mail that it answers, after its thread — R30", func(t *testing.T) {
		m := message()
		m.InReplyTo = "<reply@pro.example.com>"
		r := parse(t, encoded(t, m))
		if r.header["In-Reply-To"] != m.InReplyTo || r.header["References"] != m.Thread+" "+m.InReplyTo {
			t.Errorf("%v", r.header)
		}
	})
	t.Run("is seven-bit, in lines that every relay passes on", func(t *testing.T) {
		m := message()
		m.Subject = strings.Repeat("Subtítulos ", 60)
		raw := encoded(t, m)
		for l := range bytes.SplitSeq(raw, []byte("\r\n")) {
			if len(l) > 998 || bytes.ContainsFunc(l, func(r rune) bool { return r > 126 || r == '\n' || r == '\r' }) {
				t.Errorf("line %q", l)
			}
		}
		if got := parse(t, raw).header["Subject"]; got != strings.TrimSpace(m.Subject) && got != m.Subject {
			t.Errorf("subject %q", got)
		}
	})
	t.Run("names nobody whom the others must not see", func(t *testing.T) {
		m := message()
		m.To = append(m.To, mail.Address{Name: "Bob", Address: "bob@example.com"})
		m.Undisclosed = true
		raw := encoded(t, m)
		if got := parse(t, raw); got.header["To"] != "undisclosed-recipients:;" || len(got.to) != 0 {
			t.Errorf("To: %s", got.header["To"])
		}
		for _, a := range m.To {
			if bytes.Contains(raw, []byte(a.Address)) {
				t.Errorf("names %s", a.Address)
			}
		}
	})
	t.Run("names all whom it is openly for", func(t *testing.T) {
		m := message()
		m.To = append(m.To, mail.Address{Name: `Bob "B" Ray, Jr.`, Address: "bob@example.com"})
		if diff := cmp.Diff([]string{"Ana Muñoz|ana@example.com", `Bob "B" Ray, Jr.|bob@example.com`}, parse(t, encoded(t, m)).to); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("leaves no blank line in a header, whatever the words and gaps of a title", func(t *testing.T) {
		m := message()
		m.Subject = strings.Repeat("a", 80) + "   " + strings.Repeat("b", 80) + "     x"
		head, _, _ := bytes.Cut(encoded(t, m), []byte("\r\n\r\n"))
		for l := range bytes.SplitSeq(head, []byte("\r\n")) {
			if len(bytes.TrimSpace(l)) == 0 {
				t.Errorf("blank line in %q", head)
			}
		}
		if !bytes.Contains(head, []byte("Subject: "+m.Subject+"\r\n")) {
			t.Errorf("changed: %q", head)
		}
	})
}

// places are all values of a message that a person, or a fault of ours, might fill with anything.
var places = map[string]func(m *notice.Message, s string){
	"the subject":           func(m *notice.Message, s string) { m.Subject += s },
	"a recipient's name":    func(m *notice.Message, s string) { m.To[0].Name += s },
	"a recipient's address": func(m *notice.Message, s string) { m.To[0].Address += s },
	"the sender's name":     func(m *notice.Message, s string) { m.From.Name += s },
	"the sender's address":  func(m *notice.Message, s string) { m.From.Address += s },
	"the reply address":     func(m *notice.Message, s string) { m.ReplyTo.Address += s },
	"the message's ID":      func(m *notice.Message, s string) { m.ID += s },
	"the thread's ID":       func(m *notice.Message, s string) { m.Thread += s },
	"the answered ID":       func(m *notice.Message, s string) { m.InReplyTo += s },
	"a header's name":       func(m *notice.Message, s string) { m.Headers[0].Name += s },
	"a header's value":      func(m *notice.Message, s string) { m.Headers[0].Value += s },
}

func TestEncodeRefuses(t *testing.T) {
	for place, put := range places {
		for _, harm := range []string{"\r\nBcc: eve@example.com", "\nBcc: eve@example.com", "\r", "\n", "\x00", "\xff", "=?utf-8?q?=0D=0ABcc:_eve@example.com?="} {
			t.Run(fmt.Sprintf("%q in %s", harm, place), func(t *testing.T) {
				m := message()
				put(&m, harm)
				if raw, err := encode(m); err == nil {
					t.Errorf("wrote %q", raw)
				}
			})
		}
	}
	for name, edit := range map[string]func(*notice.Message){
		"nobody to write to":                func(m *notice.Message) { m.To = nil },
		"a second Subject":                  func(m *notice.Message) { m.Headers[0].Name = "subject" },
		"a header twice":                    func(m *notice.Message) { m.Headers[0].Name = m.Headers[1].Name },
		"a Bcc":                             func(m *notice.Message) { m.Headers[0] = notice.Header{Name: "Bcc", Value: "eve@example.com"} },
		"a header without a name":           func(m *notice.Message) { m.Headers[0].Name = "" },
		"a line that is too long":           func(m *notice.Message) { m.Subject = strings.Repeat("a", 990) },
		"a hidden recipient with a display": func(m *notice.Message) { m.Undisclosed = true; m.To[0].Address = "Eve <eve@example.com>" },
	} {
		t.Run(name, func(t *testing.T) {
			m := message()
			edit(&m)
			if raw, err := encode(m); err == nil {
				t.Errorf("wrote %q", raw)
			}
		})
	}
	t.Run("but takes a line that is just short enough", func(t *testing.T) {
		m := message()
		m.Subject = strings.Repeat("a", 998-len("Subject: "))
		if got := parse(t, encoded(t, m)).header["Subject"]; got != m.Subject {
			t.Errorf("got %q", got)
		}
	})
}

// FuzzEncode holds that whatever is accepted is read back as exactly the headers that were meant.
func FuzzEncode(f *testing.F) {
	f.Add("Trailer", "Ana", "auto-generated", "Hola\n")
	f.Add("Bob\r\nBcc: x@example.com", "=?utf-8?q?x?=", "a\tb", "--\n.\n")
	f.Add(strings.Repeat("é", 300), strings.Repeat("ñ ", 90), "?= =?", strings.Repeat("=", 200))
	f.Add("W", `Ana \ Muñoz`, "/", "\xec\n\t")
	f.Add("a"+strings.Repeat(" ", 100)+"b", `"\`, "\u202e{{.}}", "\x00\r")
	f.Fuzz(func(t *testing.T, subject, name, value, text string) {
		m := message()
		m.Subject, m.To[0].Name, m.Headers[0].Value, m.Text = subject, name, value, text
		raw, err := encode(m)
		if err != nil {
			return
		}
		r := parse(t, raw)
		var names []string
		for n := range r.header {
			names = append(names, n)
		}
		slices.Sort(names)
		want := []string{
			"Auto-Submitted", "Content-Type", "Date", "From", "In-Reply-To", "List-Unsubscribe", "Message-Id", "Mime-Version", "References",
			"Reply-To", "Subject", "To", "X-Callsheet-Notice",
		}
		if diff := cmp.Diff(want, names); diff != "" {
			t.Fatalf("%s\n%q", diff, raw)
		}
		for field, meant := range map[string]string{"Subject": subject, "Auto-Submitted": value} {
			if got := r.header[field]; got != textproto.TrimString(meant) && got != meant {
				t.Fatalf("%s: got %q, want %q", field, got, meant)
			}
		}
		if r.to[0] != name+"|ana@example.com" {
			t.Fatalf("to %q, want %q", r.to[0], name)
		}
	})
}
