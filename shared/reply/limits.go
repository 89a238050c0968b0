package reply

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"slices"
	"unicode"

	"github.com/jhillyerd/enmime/v2/mediatype"
)

// The limits of B103. What is longer, deeper or more is cut off and noted. Enmime's time doubles with every level of
// nesting that is not closed where it should be, so the depth is what people's mails have, and some.
const (
	MostBytes      = 4 << 20 // of the raw mail; who fetches it need not fetch more
	longestHeader  = 256 << 10
	longestText    = 256 << 10 // also of HTML that is turned into text
	longestSubject = 200
	longestName    = 100
	deepest        = 12  // multiparts, counted as if each held the next
	mostParts      = 200 // of one multipart
	mostNamed      = 20  // attachments
)

// within cuts a raw mail before the point where it breaks a limit, so that no parser ever sees what comes after.
func within(raw []byte) (kept []byte, notes []string) {
	if len(raw) > MostBytes {
		raw, notes = raw[:MostBytes], append(notes, fmt.Sprintf("everything after %d MB", MostBytes>>20))
	}
	if end := headerEnd(raw); end > longestHeader {
		return raw[:longestHeader], append(notes, fmt.Sprintf("everything after %d KB of headers", longestHeader>>10))
	}
	var seen delimiters
	for at := 0; at < len(raw); {
		l := raw[at:]
		if n := bytes.IndexByte(l, '\n'); n >= 0 {
			l = l[:n+1]
		}
		if seen.more(l) > mostParts {
			return raw[:at], append(notes, fmt.Sprintf("the parts after the first %d", mostParts))
		}
		at += len(l)
	}
	return raw, notes
}

func headerEnd(raw []byte) int {
	for _, blank := range []string{"\r\n\r\n", "\n\n"} {
		if n := bytes.Index(raw, []byte(blank)); n >= 0 {
			return n
		}
	}
	return len(raw)
}

// delimiters counts the lines that may begin a part, by the hash of their first word: whatever a mail says that its
// boundaries are, and however it says so. Two words of one hash count together, which only makes the limit stricter.
type delimiters [1 << 12]int

// more counts a line and gives how many there were of its kind, or 0 for a line that begins no part. The parser takes a
// delimiter also behind one character.
func (d *delimiters) more(l []byte) int {
	at := bytes.Index(l[:min(len(l), 3)], []byte("--"))
	if at < 0 {
		return 0
	}
	word := l[at:]
	if end := slices.IndexFunc(word, func(c byte) bool { return unicode.IsSpace(rune(c)) }); end >= 0 {
		word = word[:end]
	}
	hash := fnv.New32a()
	hash.Write(word) // never fails
	n := hash.Sum32() % uint32(len(d))
	d[n]++
	return d[n]
}

// nesting lets a parser know of so many boundaries and no more: what would be nested deeper is one part to it.
type nesting struct {
	known []string
	cut   bool
}

// mediaType reads a Content-Type as enmime does, from which it learns what a boundary is.
func (n *nesting) mediaType(header string) (media string, params map[string]string, invalid []string, err error) {
	media, params, invalid, err = mediatype.Parse(header)
	b := params["boundary"]
	switch {
	case b == "" || slices.Contains(n.known, b): // a boundary within itself opens nothing
	case len(n.known) == deepest:
		n.cut = true
		delete(params, "boundary")
	default:
		n.known = append(n.known, b)
	}
	return media, params, invalid, err
}
