package reply

import (
	"regexp"
	"strings"
)

// What mail programs put above the mail that they quote.
var (
	// "On Tue, 24 Nov 2026 at 14:05, Callsheet <team@example.com> wrote:" and its translations. Programs break it over up to
	// three lines.
	attribution = regexp.MustCompile(`^(?:On|El|Em|Le|Am|Il|Op)\s.{6,300}(?:wrote|escribió|escreveu|a écrit|schrieb|ha scritto|schreef)(?:\s[^:\n]{0,100})?\s?:$`)
	// A program says when the mail came, or from which address; a person who writes "The client wrote:" does not.
	dated = regexp.MustCompile(`\b(?:19|20)\d\d\b|\b\d{1,2}[:.h]\d\d\b|\b\d{1,2}[/.-]\d{1,2}[/.-]\d{2}\b|@`)
	// "-----Original Message-----", "---------- Forwarded message ---------".
	divider = regexp.MustCompile(`(?i)^-{3,}\s*(?:original message|mensaje original|forwarded message|mensaje reenviado)\s*-{3,}$`)
	rule    = regexp.MustCompile(`^_{10,}$`)
	// Outlook repeats the header.
	headOf = regexp.MustCompile(`^\*?(?:From|De):\*?\s`)
	headTo = regexp.MustCompile(`^\*?(?:Sent|Date|Enviado(?: el)?|Fecha):\*?\s`)
)

const attributionLines = 3

// Unquoted is what a person wrote, without the mail that they answer and without a signature after "-- ". Lines that start
// with > are dropped wherever they are, so an answer between or below them stays. Where nothing would be left, all stays.
func Unquoted(text string) string {
	var kept []string
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		l := strings.TrimRight(lines[i], " \t\u00a0")
		switch {
		case strings.HasPrefix(l, ">"):
			continue
		case lines[i] == "-- ":
			i = len(lines)
			continue
		}
		n := quotes(lines, i)
		if n == 0 {
			kept = append(kept, l)
			continue
		}
		if !barred(lines, i+n) { // nothing marks where the quoted mail ends, so it goes on to the end
			break
		}
		i += n - 1
	}
	if written := strings.TrimSpace(strings.Join(kept, "\n")); written != "" {
		return written
	}
	return strings.TrimSpace(text)
}

// quotes counts the lines from i on that announce a quoted mail; 0 where none do.
func quotes(lines []string, i int) int {
	l := strings.TrimSpace(lines[i])
	switch {
	case divider.MatchString(l):
		return 1
	case rule.MatchString(l) && i+1 < len(lines) && headOf.MatchString(strings.TrimSpace(lines[i+1])):
		return 1
	case headOf.MatchString(l) && i+1 < len(lines) && headTo.MatchString(strings.TrimSpace(lines[i+1])):
		return 1
	}
	joined := l
	for n := 1; len(joined) <= 400; n++ {
		if attribution.MatchString(joined) && dated.MatchString(joined) {
			return n
		}
		if n == attributionLines || i+n == len(lines) {
			break
		}
		joined += " " + strings.TrimSpace(lines[i+n])
	}
	return 0
}

// barred tells whether the next line that says anything starts with >.
func barred(lines []string, i int) bool {
	for ; i < len(lines); i++ {
		if l := strings.TrimSpace(lines[i]); l != "" {
			return strings.HasPrefix(l, ">")
		}
	}
	return false
}
