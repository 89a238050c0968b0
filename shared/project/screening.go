package project

import (
	"time"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
)

// What the agent in charge, a lead or an admin decides about a client's request, each case on its own (R48, R52).

// Forwarded is a request that is clear and within the original instructions, on its way to the pro, who has the policy's
// revision window for it (R48).
func Forwarded(a Assignment, by party.Actor, book policy.Policy, now time.Time) (Assignment, error) {
	progress, err := a.screened(Forward, by)
	if err != nil {
		return a, err
	}
	a = a.revisingUntil(now.Add(book.RevisionWindow), progress)
	a.Request.Shared, a.Asked = true, a.FromQC+len(a.Request.Said())
	return a.touched(now), nil
}

// maxQuestions is far above what helps a client to say what they mean.
const maxQuestions = 10

// AskedBack is a request that is not clear yet (R48). While the client is asked, their review's clock runs, so that a case
// does not wait for ever for an answer (A20).
func AskedBack(a Assignment, question string, by party.Actor, book policy.Policy, now time.Time) (Assignment, error) {
	progress, err := a.screened(AskBack, by)
	if err != nil {
		return a, err
	}
	if err := inWords("/question", question); err != nil {
		return a, err
	}
	a.Request.Questions = append(append([]Question(nil), a.Request.Questions...), Question{Text: question})
	if len(a.Request.Questions) > maxQuestions {
		return a, problem.New(problem.CodeTooManyItems, "A request is asked back at most %d times; decline it and say why.", maxQuestions)
	}
	a.Progress = progress
	return a.reviewing(now.Add(book.ReviewLeast)).touched(now), nil
}

// Refused is a request that does not relate to the original instructions, or whose changes nobody makes after all; the
// client is told why (R48, R52). A fee that was agreed is taken back first, by those who decide about money.
func Refused(a Assignment, fee lifecycle.State, reason string, by party.Actor, book policy.Policy, now time.Time) (Assignment, error) {
	if err := a.declinable(by, now); err != nil {
		return a, err
	}
	if fee != "" && fee != ledger.RewardVoided {
		return a, problem.New(problem.CodeStateChanged, "The pro has a fee for these changes, which is %s. Void it first.", fee)
	}
	if err := inWords("/reason", reason); err != nil {
		return a, err
	}
	return a.backInReview(DeclineChanges, a.RolesOf(by), book, now)
}

func (a Assignment) declinable(by party.Actor, now time.Time) error {
	_, err := a.screened(DeclineChanges, by)
	if err == nil {
		err = a.asked()
	}
	if err == nil {
		err = a.answerable(now)
	}
	return err
}

// LookedAt is a case at whose client's many requests people have looked (R51, A17). What comes of it is in the note: no fee
// follows by itself.
func LookedAt(a Assignment, note string, by party.Actor, now time.Time) (Assignment, error) {
	progress, err := a.screened(ReviewCase, by)
	if err != nil {
		return a, err
	}
	if a.CaseSince.IsZero() {
		return a, problem.New(problem.CodeStateChanged, "This case waits for nobody to look at it.")
	}
	if err := inWords("/note", note); err != nil {
		return a, err
	}
	a.Progress, a.CaseSince = progress, time.Time{}
	return a.touched(now), nil
}

// HandedTo is an assignment with another agent in charge (R52). to is nil where the directory knows nobody of that name.
func HandedTo(a Assignment, to *party.Profile, by party.Actor, now time.Time) (Assignment, error) {
	progress, err := a.screened(HandOver, by)
	if err != nil {
		return a, err
	}
	var wrong problem.Fields
	switch {
	case to == nil || !to.Active || !to.Actor().IsStaff():
		wrong.Add("/agent", "There is no such agent, lead or admin.")
	case to.ID == a.Agent:
		wrong.Add("/agent", "They are in charge already.")
	}
	if err := wrong.Err(); err != nil {
		return a, err
	}
	a.Progress, a.Agent = progress, to.ID
	return a.touched(now), nil
}

// screened moves along the table for the agent in charge, a lead or an admin: every case keeps the agent who knows it.
func (a Assignment) screened(action lifecycle.Action, by party.Actor) (lifecycle.Progress, error) {
	progress, err := a.Progress.Do(AssignmentLifecycle, action, a.RolesOf(by)...)
	if err == nil {
		err = a.inCharge(by)
	}
	return progress, err
}
