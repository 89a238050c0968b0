package project

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

// Thread is the conversation of the team with one pro about one project (R36). A pro has it from their first invitation
// on, whether they win a seat or not (R30, R31), and keeps it when the work is done.
type Thread struct {
	ID         string // made of project and pro, so that there cannot be two
	Version    int
	Policy     policy.Version
	Project    string
	Pro        string
	Title      string
	Agent      string // in charge, as of the last message
	Invitation string
	Assignment string    // empty while the pro has no seat
	Count      int       // messages; also the number of the last one
	LastAt     time.Time // of the last message
	ProRead    Mark
	TeamRead   Mark
	Recent     []Post   // what was written in the last minute, for the pace
	Answered   []Cause  // what the pro's mails were answered by themselves about (R30)
	Told       []string // the invitations that these answers are about, each once
	UpdatedAt  time.Time
}

// Mark is how far one side has read. The team has one mark: what one of them has read nobody else has to answer.
type Mark struct {
	UpTo   int       // the number of the last message read; never goes back
	Unread int       // messages of the other side after it
	Since  time.Time // when the first of these came
}

// Post is when somebody wrote.
type Post struct {
	Author party.Hidden
	At     time.Time
}

// Message is what one side said to the other. It is never changed, and comes from exactly one source (I26).
type Message struct {
	ID     string // MessageID of its number
	Thread string
	At     time.Time      // never before that of the message ahead of it
	Author party.Hidden   // the pro is not told who of the team wrote
	Role   lifecycle.Role // in which they wrote
	Source Source
	Text   string
	Files  []File // one without ID was named in a mail and is not kept in the bucket
	Auto   bool   // a machine of the author's wrote it, such as an out-of-office note
	// LeftOut is what of a mail was not kept, in words; Answered is about what it was answered by itself.
	LeftOut  []string
	Answered Cause
}

// Cause is what an automatic answer is about.
type Cause string

// The causes: a pro came too late, or their invitation ended otherwise (R30, R31).
const (
	AllSeatsTaken  Cause = "all_seats_taken"
	CauseCancelled Cause = "project_cancelled"
	CauseWithdrawn Cause = "invitation_withdrawn"
	CauseExpired   Cause = "invitation_expired"
)

// Source is where a message came from: one call of the API, or one mail.
type Source struct {
	Kind string // FromAPI or FromMail
	ID   string // the identity of the request, or what the mail service called the mail
}

// The kinds of sources.
const (
	FromAPI  = "api"
	FromMail = "mail"
)

// Say and Read are what people do to a thread.
const (
	Say  lifecycle.Action = "say"
	Read lifecycle.Action = "read"
)

// ThreadID names the one thread of a project and a pro.
func ThreadID(project, pro string) string {
	return "thr_" + strings.TrimPrefix(project, "prj_") + "." + pro
}

// MessageID names the n-th message of a thread so that their order is the order of the numbers.
func MessageID(n int) string { return fmt.Sprintf("msg_%08d", n) }

// Ref names the thread.
func (t Thread) Ref() store.Ref { return store.Ref{Kind: store.Thread, ID: t.ID} }

// Revision is the version to be written.
func (t Thread) Revision() int { return t.Version }

// Waits lists a thread for staff while the team has not read all that the pro wrote, since the first such message, so
// that nobody's question is lost (R31, R39, R45).
func (t Thread) Waits() (store.Queue, time.Time) {
	if t.TeamRead.Unread == 0 {
		return "", time.Time{}
	}
	return store.Threads, t.TeamRead.Since
}

// Ref names the message; it is kept with its thread.
func (m Message) Ref() store.Ref { return store.Ref{Kind: store.Message, ID: m.ID, Owner: m.Thread} }

// Revision is 1: what was said stays said.
func (m Message) Revision() int { return 1 }

// Number is the message's place in its thread, from 1 without gaps.
func (m Message) Number() int {
	n, _ := strconv.Atoi(strings.TrimPrefix(m.ID, "msg_"))
	return n
}

// OfPro reports whether the pro wrote it.
func (m Message) OfPro() bool { return m.Role == party.Pro }

// RoleOf is the role in which an actor takes part: the thread's pro, or staff. Nobody else may know that there is one.
func (t Thread) RoleOf(by party.Actor) (role lifecycle.Role, ok bool) {
	if by.Is(party.Pro) && by.ID == t.Pro {
		return party.Pro, true
	}
	i := slices.IndexFunc(staff, func(r lifecycle.Role) bool { return by.Is(r) })
	if i < 0 {
		return "", false
	}
	return staff[i], true
}

// Words are what somebody says.
type Words struct {
	Source Source
	Text   string
	Files  []File
	Auto   bool
	// LeftOut and Answered as on the message; Told is the invitation that the answer is about.
	LeftOut      []string
	Answered     Cause
	Told         string
	Inbox        string // that counts a mail
	Proofreading bool   // it may be offered to their author (R32)
}

// MaySay says whether the actor may write now: who takes part, and not faster than people do (B112).
func MaySay(t Thread, by party.Actor, book policy.Policy, now time.Time) error {
	if _, ok := t.RoleOf(by); !ok {
		return notFound()
	}
	return t.paced(by.ID, book, later(t.LastAt, now))
}

// Said is the thread with one more message, at its end. A mail is taken also when it comes too fast or says nothing, since
// nobody can be asked to send it later. tell says whether the other side is mailed about the message: not about an
// automatic one, so that two machines never talk to each other, and not about a mail that came too fast.
func Said(t Thread, w Words, by party.Actor, book policy.Policy, now time.Time) (_ Thread, _ Message, tell bool, _ error) {
	mailed := w.Source.Kind == FromMail
	may := MaySay(t, by, book, now)
	if may != nil && !(mailed && problem.Is(may, problem.CodeRateLimited)) {
		return t, Message{}, false, may
	}
	if !mailed && w.Text == "" && len(w.Files) == 0 {
		var wrong problem.Fields
		wrong.Add("/text", "Say something, or attach a file.")
		return t, Message{}, false, wrong.Err()
	}
	role, _ := t.RoleOf(by)
	now = later(t.LastAt, now)
	t.Count++
	m := Message{
		ID: MessageID(t.Count), Thread: t.ID, At: now, Author: party.Hidden(by.ID), Role: role,
		Source: w.Source, Text: w.Text, Files: w.Files, Auto: w.Auto, LeftOut: w.LeftOut, Answered: w.Answered,
	}
	if w.Answered != "" {
		t.Answered, t.Told = append(slices.Clone(t.Answered), w.Answered), append(slices.Clone(t.Told), w.Told)
	}
	other := &t.ProRead
	if m.OfPro() {
		other = &t.TeamRead
	}
	*other = other.missed(m)
	if may == nil {
		t.Recent = append(t.recent(book, now), Post{Author: party.Hidden(by.ID), At: now})
	}
	t.LastAt = now
	return t.touched(now), m, may == nil && !w.Auto, nil
}

// told reports whether a mail was answered by itself about an invitation. What was answered before that was noted may have
// been about any of them.
func (t Thread) told(invitation string) bool {
	return slices.Contains(t.Told, invitation) || len(t.Told) < len(t.Answered)
}

// missed is the mark with one more message after it.
func (k Mark) missed(m Message) Mark {
	if k.Unread == 0 {
		k.Since = m.At
	}
	k.Unread++
	return k
}

// recent are the posts that still count for the pace: those of less than a minute ago.
func (t Thread) recent(book policy.Policy, now time.Time) []Post {
	return slices.DeleteFunc(slices.Clone(t.Recent), func(p Post) bool { return !now.Before(p.At.Add(book.MessagePace)) })
}

// paced refuses who has written as often as one may, and says how long to wait.
func (t Thread) paced(author string, book policy.Policy, now time.Time) error {
	own := slices.DeleteFunc(t.recent(book, now), func(p Post) bool { return p.Author.Reveal() != author })
	if len(own) < book.MessagesAtPace {
		return nil
	}
	free := own[len(own)-book.MessagesAtPace].At.Add(book.MessagePace)
	return problem.New(problem.CodeRateLimited, "At most %d messages in %s. Wait a moment, then send it again.", book.MessagesAtPace, book.MessagePace).
		After(free.Sub(now))
}

// ReadUpTo moves the mark of the actor's side to a message; later are all messages after it, oldest first. A mark never
// goes back: asked for an earlier message it stays, and moved is false.
func ReadUpTo(t Thread, n int, later []Message, by party.Actor, now time.Time) (_ Thread, moved bool, _ error) {
	role, ok := t.RoleOf(by)
	if !ok {
		return t, false, notFound()
	}
	if n < 1 || n > t.Count {
		var wrong problem.Fields
		wrong.Add("/upTo", "Name one of the %d messages by its number.", t.Count)
		return t, false, wrong.Err()
	}
	own := t.mark(role)
	if n <= own.UpTo {
		return t, false, nil
	}
	*own = Mark{UpTo: n}
	for _, m := range later {
		if m.OfPro() != (role == party.Pro) {
			*own = own.missed(m)
		}
	}
	return t.touched(now), true, nil
}

// mark is that of the side which a role is on.
func (t *Thread) mark(role lifecycle.Role) *Mark {
	if role == party.Pro {
		return &t.ProRead
	}
	return &t.TeamRead
}

func (t Thread) touched(now time.Time) Thread {
	t.Version++
	t.UpdatedAt = later(t.UpdatedAt, now)
	return t
}

// plain is the text of a mail as a message may keep it: what people cannot see and what turns text around is left out,
// and what is longer than a message may be is cut.
func plain(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r), r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	text = strings.TrimSpace(text)
	if runes := []rune(text); len(runes) > most {
		text = strings.TrimSpace(string(runes[:most]))
	}
	return text
}
