package reply

import (
	"bytes"
	"fmt"
	"regexp"
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
	mostParts      = 200 // delimiters
	mostNamed      = 20  // attachments
)

var boundary = regexp.MustCompile(`(?i)boundary\s*=\s*(?:"([^"\r\n]{1,70})|([^"\s;]{1,70}))`)

// within cuts a raw mail before the point where it breaks a limit, so that no parser ever sees what comes after.
func within(raw []byte) (kept []byte, notes []string) {
	if len(raw) > MostBytes {
		raw, notes = raw[:MostBytes], append(notes, fmt.Sprintf("everything after %d MB", MostBytes>>20))
	}
	if end := headerEnd(raw); end > longestHeader {
		return raw[:longestHeader], append(notes, fmt.Sprintf("everything after %d KB of headers", longestHeader>>10))
	}
	var declared [][]byte
	parts := 0
	for at := 0; at < len(raw); {
		l := raw[at:]
		if n := bytes.IndexByte(l, '\n'); n >= 0 {
			l = l[:n+1]
		}
		if b := boundary.FindSubmatch(l[:min(len(l), 998)]); b != nil {
			if len(declared) == deepest {
				return raw[:at], append(notes, fmt.Sprintf("what was nested deeper than %d", deepest))
			}
			declared = append(declared, append(b[1], b[2]...))
		}
		if delimits(l, declared) {
			if parts++; parts > mostParts {
				return raw[:at], append(notes, fmt.Sprintf("the parts after the first %d", mostParts))
			}
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

func delimits(l []byte, declared [][]byte) bool {
	rest, ok := bytes.CutPrefix(l, []byte("--"))
	if !ok {
		return false
	}
	for _, b := range declared {
		if bytes.HasPrefix(rest, b) {
			return true
		}
	}
	return false
}
