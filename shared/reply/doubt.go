package reply

import (
	"mime"
	"strings"

	"github.com/jhillyerd/enmime/v2"

	"github.com/callsheet/callsheet/shared/handler"
)

// Why a mail may not be from who it says, or may do harm. Staff read these in the quarantine.
const (
	Unreadable      = "it cannot be read"
	Ambiguous       = "it does not say clearly whom it is from"
	Virus           = "it carries a virus"
	Spam            = "it looks like spam"
	Forged          = "the domain that it says it is from disowns it (DMARC)"
	Unauthenticated = "nothing proves the domain that it says it is from (neither SPF nor DKIM)"
)

const (
	pass = "PASS"
	fail = "FAIL"
)

// doubted weighs the service's verdicts. Where the domain has no DMARC policy, a valid signature, or SPF for the very
// domain that the mail says it is from, is enough: the token has to be right as well.
func doubted(r handler.Receipt, from string) (doubts []string) {
	if r.Virus == fail {
		doubts = append(doubts, Virus)
	}
	if r.Spam == fail {
		doubts = append(doubts, Spam)
	}
	switch {
	case r.DMARC == fail:
		doubts = append(doubts, Forged)
	case r.DMARC != pass && r.DKIM != pass && (r.SPF != pass || domain(r.Source) != domain(from)):
		doubts = append(doubts, Unauthenticated)
	}
	return doubts
}

func domain(address string) string {
	return strings.ToLower(address[strings.LastIndex(address, "@")+1:])
}

// Why a mail is a machine's. None of these is ever answered, and nobody is told about one (RFC 3834, B106, F57, F58).
const (
	Own       = "it is one of our own mails"
	Automatic = "it says that it was sent automatically"
	Bounce    = "it reports on a delivery"
	List      = "it comes from a mailing list"
	Calendar  = "it is a calendar's reply"
)

// machine tells why a mail is not a person's, or nothing.
func machine(e *enmime.Envelope, r handler.Receipt) string {
	header := func(name string) string { return strings.ToLower(strings.TrimSpace(e.GetHeader(name))) }
	submitted, _, _ := strings.Cut(header("Auto-Submitted"), ";")
	media, _, _ := mime.ParseMediaType(header("Content-Type"))
	switch {
	case header("X-Callsheet-Notice") != "":
		return Own
	case r.Source == "", header("Return-Path") == "<>", media == "multipart/report", daemon(r.Source):
		return Bounce
	case submitted != "" && strings.TrimSpace(submitted) != "no", header("X-Autoreply") != "", header("X-Autorespond") != "":
		return Automatic
	case header("List-Id") != "":
		return List
	}
	switch header("Precedence") {
	case "bulk", "junk":
		return Automatic
	case "list":
		return List
	}
	if answersCalendar(e) {
		return Calendar
	}
	return ""
}

// daemon tells addresses behind which nobody reads.
func daemon(address string) bool {
	local, _, _ := strings.Cut(strings.ToLower(address), "@")
	return local == "mailer-daemon" || local == "postmaster"
}

func answersCalendar(e *enmime.Envelope) bool {
	return e.Root.BreadthMatchFirst(func(p *enmime.Part) bool { return p.ContentType == "text/calendar" }) != nil
}
