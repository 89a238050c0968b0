package mail

import (
	"bytes"
	"cmp"
	"fmt"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/callsheet/callsheet/shared/notice"
	"github.com/callsheet/callsheet/shared/party"
)

// encode writes a message as multipart/alternative, both parts quoted-printable.
func encode(m notice.Message) ([]byte, error) {
	head, err := fieldsOf(m)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	body := multipart.NewWriter(&out)
	head = append(head, notice.Header{Name: "MIME-Version", Value: "1.0"},
		notice.Header{Name: "Content-Type", Value: "multipart/alternative;\r\n boundary=" + body.Boundary()})
	for _, f := range head {
		fmt.Fprintf(&out, "%s: %s\r\n", f.Name, f.Value)
	}
	out.WriteString("\r\n")
	for _, part := range []struct{ media, content string }{{"text/plain", m.Text}, {"text/html", m.HTML}} {
		w, err := body.CreatePart(textproto.MIMEHeader{
			"Content-Type": {part.media + "; charset=utf-8"}, "Content-Transfer-Encoding": {"quoted-printable"},
		})
		if err != nil {
			return nil, err
		}
		quoted := quotedprintable.NewWriter(w)
		if _, err := quoted.Write([]byte(part.content)); err != nil {
			return nil, err
		}
		if err := quoted.Close(); err != nil {
			return nil, err
		}
	}
	if err := body.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// fieldsOf are the header's fields as they go over the wire.
func fieldsOf(m notice.Message) ([]notice.Header, error) {
	from, err := address(m.From)
	if err != nil {
		return nil, err
	}
	replyTo, err := address(m.ReplyTo)
	if err != nil {
		return nil, err
	}
	to, err := addressees(m)
	if err != nil {
		return nil, err
	}
	fields := []notice.Header{{Name: "From", Value: from}, {Name: "Reply-To", Value: replyTo}, {Name: "To", Value: to}}
	seen := map[string]bool{"From": true, "Reply-To": true, "To": true, "Cc": true, "Bcc": true, "Mime-Version": true, "Content-Type": true}
	for _, h := range append([]notice.Header{
		{Name: "Date", Value: m.Date.Format(time.RFC1123Z)}, {Name: "Message-ID", Value: m.ID}, {Name: "In-Reply-To", Value: cmp.Or(m.InReplyTo, m.Thread)},
		{Name: "References", Value: strings.TrimSpace(m.Thread + " " + m.InReplyTo)}, {Name: "Subject", Value: m.Subject},
	}, m.Headers...) {
		key := textproto.CanonicalMIMEHeaderKey(h.Name)
		if !fieldName.MatchString(h.Name) || seen[key] {
			return nil, fmt.Errorf("header %q is not a name, or comes twice", h.Name)
		}
		seen[key] = true
		if h.Value, err = text(h.Name, h.Value); err != nil {
			return nil, err
		}
		fields = append(fields, h)
	}
	return fields, nil
}

var fieldName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]*$`)

// addressees is the To field. The envelope's addresses are checked even where the field does not name them.
func addressees(m notice.Message) (string, error) {
	if len(m.To) == 0 {
		return "", fmt.Errorf("header To names nobody")
	}
	var list []string
	for _, a := range m.To {
		one, err := address(a)
		if err != nil {
			return "", err
		}
		list = append(list, one)
	}
	if m.Undisclosed {
		return "undisclosed-recipients:;", nil
	}
	return strings.Join(list, ",\r\n "), nil
}

func address(a mail.Address) (string, error) {
	if !party.ValidEmail(a.Address) {
		return "", fmt.Errorf("%q is not a plain address", a.Address)
	}
	if _, err := text("name", a.Name); err != nil {
		return "", err
	}
	if words := mime.BEncoding.Encode("utf-8", a.Name); words != a.Name { // base64, since a quoted-printable word keeps characters that mean something here
		return line("name", fold(words+" <"+a.Address+">"))
	}
	return line("name", a.String())
}

// text encodes an unstructured value. One that would end its line, or that a reader would decode into something else, is
// refused and not repaired: whoever wrote it meant harm, or we have a fault.
func text(name, value string) (string, error) {
	if strings.ContainsAny(value, "\r\n\x00") || !utf8.ValidString(value) {
		return "", fmt.Errorf("header %s has a line break, a NUL or bytes that are not UTF-8", name)
	}
	if read, err := new(mime.WordDecoder).DecodeHeader(value); err != nil || read != value {
		return "", fmt.Errorf("header %s looks encoded already", name)
	}
	return line(name, fold(mime.QEncoding.Encode("utf-8", value)))
}

// fold breaks lines between encoded words only: there a break can neither change the text nor leave a line blank.
func fold(encoded string) string { return strings.ReplaceAll(encoded, "?= =?", "?=\r\n =?") }

// line holds RFC 5322's limit for what could not be folded.
func line(name, value string) (string, error) {
	for l := range strings.SplitSeq(value, "\r\n") {
		if len(name)+len(": ")+len(l) > 998 {
			return "", fmt.Errorf("header %s is longer than a line may be", name)
		}
	}
	return value, nil
}
