package ses

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/text/encoding/htmlindex"
)

// A Message is a mail as its reader sees it.
type Message struct {
	ID               string // as SendRawEmail answered
	At               time.Time
	From             string   // of the envelope
	Recipients       []string // of the envelope, Bcc included
	ConfigurationSet string
	Tags             map[string]string
	Raw              []byte // as delivered

	Header      mail.Header
	Subject     string // decoded
	Text, HTML  string // decoded to UTF-8; empty when there is no such part
	Attachments []Attachment
}

// An Attachment is any part that is not the text or the HTML.
type Attachment struct {
	Name string
	Type string
	Size int
}

// A Filter selects by parts of a recipient's address and of the subject, without regard to case. The zero Filter takes all.
type Filter struct {
	To      string
	Subject string
}

// ErrNotFound is returned by Message for an id that was never given.
var ErrNotFound = errors.New("ses: no such message")

// Messages lists what was sent, newest first.
func (s *Server) Messages(f Filter) ([]Message, error) {
	var found []Message
	err := s.db.View(func(tx *bolt.Tx) error {
		c := tx.Bucket(root).Bucket(messagesTable).Cursor()
		for id, saved := c.Last(); id != nil; id, saved = c.Prev() {
			m, err := open(saved)
			if err != nil {
				return fmt.Errorf("ses: message %s: %w", id, err)
			}
			if f.matches(m) {
				found = append(found, m)
			}
		}
		return nil
	})
	return found, err
}

// Message finds one message by the id that SendRawEmail answered.
func (s *Server) Message(id string) (m Message, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		saved := tx.Bucket(root).Bucket(messagesTable).Get([]byte(id))
		if saved == nil {
			return ErrNotFound
		}
		m, err = open(saved)
		return err
	})
	return m, err
}

func (f Filter) matches(m Message) bool {
	to := slices.ContainsFunc(m.Recipients, func(r string) bool { return containsFold(r, f.To) })
	return to && containsFold(m.Subject, f.Subject)
}

func containsFold(s, part string) bool {
	return strings.Contains(strings.ToLower(s), strings.ToLower(part))
}

func open(saved []byte) (Message, error) {
	var e envelope
	if err := json.Unmarshal(saved, &e); err != nil {
		return Message{}, err
	}
	m, err := parseContent(e.Raw)
	m.ID, m.At, m.From, m.Recipients, m.ConfigurationSet, m.Tags, m.Raw = e.ID, e.At, e.From, e.Recipients, e.ConfigurationSet, e.Tags, e.Raw
	return m, err
}

var words = mime.WordDecoder{CharsetReader: charsetReader}

// parseContent fills in what the raw message itself tells.
func parseContent(raw []byte) (m Message, err error) {
	parsed, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return m, err
	}
	m.Header = parsed.Header
	if m.Subject, err = words.DecodeHeader(m.Header.Get("Subject")); err != nil {
		return m, fmt.Errorf("subject: %w", err)
	}
	parts := 0
	return m, m.addPart(m.Header.Get, parsed.Body, &parts)
}

const mostParts = 500 // as in SES

// addPart walks the MIME tree.
func (m *Message) addPart(header func(string) string, body io.Reader, parts *int) error {
	if *parts++; *parts > mostParts {
		return fmt.Errorf("more than %d MIME parts", mostParts)
	}
	media, params := "text/plain", map[string]string{}
	if value := header("Content-Type"); value != "" {
		var err error
		if media, params, err = mime.ParseMediaType(value); err != nil {
			return fmt.Errorf("content type %q: %w", value, err)
		}
	}
	if strings.HasPrefix(media, "multipart/") {
		return m.addMultipart(params["boundary"], body, parts)
	}
	content, err := decode(header("Content-Transfer-Encoding"), body)
	if err != nil {
		return err
	}
	disposition, file, err := dispositionOf(header("Content-Disposition"))
	if err != nil {
		return err
	}
	shown := disposition != "attachment"
	switch {
	case shown && media == "text/plain" && m.Text == "":
		m.Text, err = toUTF8(params["charset"], content)
	case shown && media == "text/html" && m.HTML == "":
		m.HTML, err = toUTF8(params["charset"], content)
	default:
		m.Attachments = append(m.Attachments, Attachment{Name: file, Type: media, Size: len(content)})
	}
	return err
}

func (m *Message) addMultipart(boundary string, body io.Reader, parts *int) error {
	if boundary == "" {
		return errors.New("multipart without a boundary")
	}
	for r := multipart.NewReader(body, boundary); ; {
		part, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("multipart: %w", err)
		}
		if err := m.addPart(part.Header.Get, part, parts); err != nil {
			return err
		}
	}
}

func dispositionOf(value string) (kind, file string, err error) {
	if value == "" {
		return "", "", nil
	}
	kind, params, err := mime.ParseMediaType(value)
	if err != nil {
		return "", "", fmt.Errorf("content disposition %q: %w", value, err)
	}
	if file, err = words.DecodeHeader(params["filename"]); err != nil {
		return "", "", fmt.Errorf("file name: %w", err)
	}
	return kind, file, nil
}

func decode(encoding string, body io.Reader) ([]byte, error) {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "7bit", "8bit", "binary":
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	default:
		return nil, fmt.Errorf("unknown transfer encoding %q", encoding)
	}
	content, err := io.ReadAll(body)
	if err != nil {
		return nil, fmt.Errorf("part: %w", err)
	}
	return content, nil
}

func toUTF8(charset string, content []byte) (string, error) {
	if charset == "" {
		charset = "utf-8"
	}
	reader, err := charsetReader(charset, bytes.NewReader(content))
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(reader)
	if err == nil && !utf8.Valid(text) {
		err = fmt.Errorf("text is not %s", charset)
	}
	return string(text), err
}

func charsetReader(charset string, r io.Reader) (io.Reader, error) {
	switch strings.ToLower(charset) {
	case "utf-8", "us-ascii":
		return r, nil
	}
	encoding, err := htmlindex.Get(charset)
	if err != nil {
		return nil, fmt.Errorf("unknown charset %q", charset)
	}
	return encoding.NewDecoder().Reader(r), nil
}
