// Package reply reads the mails that people send back: who seems to have written, what they wrote without what they quote,
// whether a machine wrote it, and why the sender may not be who they say. Whatever a mail contains, reading it ends soon
// and fails never; it decides nothing (shared/project does).
package reply

import (
	"bytes"
	"fmt"
	"net/mail"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/inbucket/html2text"
	"github.com/jhillyerd/enmime/v2"
	"golang.org/x/text/encoding/charmap"

	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/project"
)

// parserOf is a parser that sees no deeper than a nesting lets it. It guesses no charsets, since its guesses differ from one
// reading to the next, and a mail that is delivered again is known by its words (F55).
func parserOf(n *nesting) *enmime.Parser {
	return enmime.NewParser(
		enmime.SkipMalformedParts(true), enmime.MultipartWOBoundaryAsSinglePart(true), enmime.MaxStoredPartErrors(10), enmime.DisableTextConversion(true),
		enmime.DisableCharacterDetection(true), enmime.MinCharsetDetectRunes(MostBytes+1),
		enmime.SetReadPartErrorPolicy(func(*enmime.Part, error) bool { return true }), enmime.SetCustomParseMediaType(n.mediaType),
	)
}

// Read reads a raw mail (RFC 5322) within the limits of B103; what it left out, it notes. Enclosed are its files' contents.
func Read(raw []byte, r handler.Receipt) (in project.Incoming, enclosed [][]byte) {
	in.Name = r.ID
	raw, in.LeftOut = within(raw)
	var depth nesting
	envelope, err := parserOf(&depth).ReadEnvelope(bytes.NewReader(raw))
	if err != nil {
		in.Doubts = []string{Unreadable}
		return in, nil
	}
	if depth.cut {
		in.LeftOut = append(in.LeftOut, fmt.Sprintf("what was nested deeper than %d", deepest))
	}
	if in.MessageID = messageID(envelope); in.MessageID != "" {
		in.Name = in.MessageID
	}
	in.From, in.Doubts = sender(envelope, r)
	in.Machine = machine(envelope, r)
	in.Subject = clipped(line(envelope.GetHeader("Subject")), longestSubject)
	text, cut := words(envelope)
	if cut {
		in.LeftOut = append(in.LeftOut, fmt.Sprintf("the text after %d KB", longestText>>10))
	}
	in.Text = Unquoted(text)
	in.Files, enclosed = attachments(envelope)
	if len(in.Files) > mostNamed {
		in.Files, enclosed = in.Files[:mostNamed], enclosed[:mostNamed]
		in.LeftOut = append(in.LeftOut, fmt.Sprintf("attachments after the first %d", mostNamed))
	}
	return in, enclosed
}

// words are the mail's text, or that of its HTML where it has no other; cut says that there were more.
func words(e *enmime.Envelope) (text string, cut bool) {
	text, cut = cutAt(decoded(plain(e)), longestText)
	if strings.TrimSpace(text) != "" || e.HTML == "" {
		return clean(text), cut
	}
	html, cut := cutAt(decoded(e.HTML), longestText)
	text, err := html2text.FromString(html)
	if err != nil {
		return "", true
	}
	text, more := cutAt(text, longestText)
	return clean(text), cut || more
}

// plain is the mail's text, also where a part does not say that it is text, as RFC 2045 has it.
func plain(e *enmime.Envelope) string {
	if e.Text != "" {
		return e.Text
	}
	for _, p := range e.OtherParts {
		if p.ContentType == "" && p.FileName == "" {
			return string(p.Content)
		}
	}
	return ""
}

// decoded is text that does not say its charset and is not UTF-8: from a program so old, Windows-1252 is meant.
func decoded(s string) string {
	if !utf8.ValidString(s) {
		if western, err := charmap.Windows1252.NewDecoder().String(s); err == nil {
			return western
		}
	}
	return s
}

func cutAt(s string, most int) (string, bool) {
	if len(s) <= most {
		return s, false
	}
	return strings.ToValidUTF8(s[:most], ""), true
}

var oneID = regexp.MustCompile(`^<[!-;=?-~]{1,250}>$`)

// messageID is the mail's own, where it has exactly one in the form that our answer may name (RFC 5322).
func messageID(e *enmime.Envelope) string {
	values := e.Root.Header.Values("Message-Id")
	if len(values) != 1 || !oneID.MatchString(strings.TrimSpace(values[0])) || strings.Contains(values[0], "=?") {
		return ""
	}
	return strings.TrimSpace(values[0])
}

// sender is the one address that the mail says it is from, and why it may be another's (B102, B105).
func sender(e *enmime.Envelope, r handler.Receipt) (from string, doubts []string) {
	values := e.GetHeaderValues("From")
	list, err := mail.ParseAddressList(strings.ToValidUTF8(strings.Join(values, ","), "_")) // some still write names in 8 bits
	if len(values) != 1 || err != nil || len(list) != 1 || strings.HasSuffix(strings.TrimSpace(values[0]), ";") || strings.ContainsFunc(list[0].Address, unicode.IsControl) {
		return "", append(doubted(r, ""), Ambiguous)
	}
	return list[0].Address, doubted(r, list[0].Address)
}

// attachments are what hangs on the mail: named as uploads are, or after their type.
func attachments(e *enmime.Envelope) (named []project.File, contents [][]byte) {
	for _, parts := range [][]*enmime.Part{e.Attachments, e.Inlines, e.OtherParts} {
		for _, p := range parts {
			name := clipped(project.FileName(line(p.FileName)), longestName)
			if name == "" {
				name = clipped(strings.ReplaceAll(line(p.ContentType), "/", "."), longestName)
			}
			if name != "" { // what has neither is the mail's text
				named, contents = append(named, project.File{Name: name, Size: int64(len(p.Content))}), append(contents, p.Content)
			}
		}
	}
	return named, contents
}

// line is a header's text on one line, without what a terminal would obey or what turns text around.
func line(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "\uFFFD"), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
	}), " ")
}

func clipped(s string, runes int) string {
	if utf8.RuneCountInString(s) <= runes {
		return s
	}
	return string([]rune(s)[:runes-1]) + "…"
}

// clean is text with lines that end in \n and no other control characters than tabs.
func clean(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
}
