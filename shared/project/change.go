package project

import (
	"fmt"
	"strings"
	"time"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
)

// Request is what a client wants changed in a version that they were shown (R47–R52), from their request until a revised
// version passes quality control or the request comes to nothing. One is open at a time.
type Request struct {
	Number    int // counts the assignment's requests
	Text      string
	Comments  []Comment
	AskedAt   time.Time
	Late      bool // asked after the client had approved
	Questions []Question
	Shared    bool // with the pro: forwarded or offered to them; before that they see no word of it (R48)
	Quotes    int  // how many were made, for the name of the next one
	Quote     Quote
	Demand    Demand
}

// Question is what staff asked the client back, and the answer.
type Question struct {
	Text   string
	Answer string
}

// Demand is the fee that the pro asked for (R50).
type Demand struct {
	Reason string
	Amount ledger.Money // zero where the pro leaves it to the agent
}

// Said is all that a request says, in one list (R44): the text, the comments, and what was asked back with its answer.
func (r Request) Said() []Comment {
	all := append([]Comment{{Text: r.Text}}, r.Comments...)
	for _, q := range r.Questions {
		if q.Answer != "" {
			all = append(all, Comment{Text: fmt.Sprintf("%s\n→ %s", q.Text, q.Answer)})
		}
	}
	return all
}

// maxSaid bounds all that is said in one request, in bytes, so that it fits into its assignment's record.
const maxSaid = 128 << 10

func (r Request) fits(pointer string) error {
	size := 0
	for _, c := range r.Said() {
		size += len(c.Text)
	}
	var wrong problem.Fields
	if size > maxSaid {
		wrong.Add(pointer, "All that is said in one request has at most %d bytes.", maxSaid)
	}
	return wrong.Err()
}

// AskedForChanges is an assignment whose client wants changes (R47): while they review it, and after their approval while
// the review would still be open. The review's clock stands still meanwhile; the reward's runs on (A11). From a number of
// requests on, people look at the case (A17, R51).
func AskedForChanges(a Assignment, text string, comments []Comment, by party.Actor, book policy.Policy, now time.Time) (Assignment, error) {
	late := a.Progress.State == Done
	progress, err := a.Progress.Do(AssignmentLifecycle, AskChanges, a.RolesOf(by)...)
	if err != nil {
		return a, err
	}
	if err := a.reviewOpen(now); err != nil {
		return a, err
	}
	if err := inWords("/text", text); err != nil {
		return a, err
	}
	if len(comments) > 0 {
		if comments, err = placed(comments, a.Shown().Files); err != nil {
			return a, err
		}
	}
	a.Changes++
	a.Request = Request{Number: a.Changes, Text: text, Comments: comments, AskedAt: now, Late: late}
	if err := a.Request.fits("/comments"); err != nil {
		return a, err
	}
	if a.Changes >= book.RequestsForReview && a.CaseSince.IsZero() {
		a.CaseSince = now
	}
	a.Progress, a.WaitsSince, a.DoneAt = progress, now, time.Time{}
	return a.touched(now), nil
}

// Clarified is a request whose client answered what staff asked back.
func Clarified(a Assignment, text string, by party.Actor, now time.Time) (Assignment, error) {
	progress, err := a.Progress.Do(AssignmentLifecycle, Clarify, a.RolesOf(by)...)
	if err != nil {
		return a, err
	}
	if err := a.reviewOpen(now); err != nil {
		return a, err
	}
	if err := inWords("/text", text); err != nil {
		return a, err
	}
	a.Request.Questions = append([]Question(nil), a.Request.Questions...)
	a.Request.Questions[len(a.Request.Questions)-1].Answer = text
	if err := a.Request.fits("/text"); err != nil {
		return a, err
	}
	a.Progress, a.WaitsSince = progress, now
	return a.touched(now), nil
}

// Dropped is an assignment whose client does not want the changes after all.
func Dropped(a Assignment, by party.Actor, book policy.Policy, now time.Time) (Assignment, error) {
	if err := a.answerable(now); err != nil {
		return a, err
	}
	return a.backInReview(DropChanges, a.RolesOf(by), book, now)
}

// backInReview returns an assignment whose request came to nothing at an instant: the client has what is left of their
// review, and at least the policy's minimum.
func (a Assignment) backInReview(action lifecycle.Action, roles []lifecycle.Role, book policy.Policy, at time.Time) (Assignment, error) {
	progress, err := a.Progress.Do(AssignmentLifecycle, action, roles...)
	if err != nil {
		return a, err
	}
	a.Progress, a.Request, a.Hold = progress, Request{}, Hold{}
	return a.reviewing(at.Add(book.ReviewLeast)).touched(at), nil
}

// reviewing starts the client's clock again: to where it would have run, or to the given instant where that is later.
func (a Assignment) reviewing(least time.Time) Assignment {
	a.Progress = a.Progress.Arm(AssignmentLifecycle, ReviewAutoClose, "", later(a.ReviewUntil, least))
	due, _ := a.Progress.Live(ReviewAutoClose, "")
	a.ReviewUntil = due.At
	return a
}

// MayStillAsk tells whether the client may ask for changes now.
func (a Assignment) MayStillAsk(now time.Time) bool {
	_, err := a.Progress.Do(AssignmentLifecycle, AskChanges, party.Client)
	return err == nil && a.reviewOpen(now) == nil
}

// reviewOpen refuses what comes after the client's review, which an approval does not shorten (A11, A20).
func (a Assignment) reviewOpen(now time.Time) error {
	until := a.ReviewUntil
	if due, live := a.Progress.Live(ReviewAutoClose, ""); live {
		until = due.At
	}
	byItself := a.Progress.State == Done && !a.DoneAt.Before(until)
	if now.Before(until) && !byItself {
		return nil
	}
	return problem.New(problem.CodeDeadlinePassed, "The review closed at %s.", until.Format(time.RFC3339)).With("closedAt", stamp(until))
}

// answerable refuses what comes after the time in which the client may say what they meant; the timer has the request then.
func (a Assignment) answerable(now time.Time) error {
	if a.Progress.State != Clarifying {
		return nil
	}
	return a.reviewOpen(now)
}

// inWords refuses an empty text.
func inWords(pointer, text string) error {
	var wrong problem.Fields
	if strings.TrimSpace(text) == "" {
		wrong.Add(pointer, "Say it in words.")
	}
	return wrong.Err()
}
