package help

import (
	"time"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
)

// ResolvedWith ends a flag with an outcome (R5, A5).
func ResolvedWith(f Flag, o Outcome, by party.Actor, now time.Time) (next Flag, broke bool, err error) {
	progress, err := f.do(Resolve, by)
	if err != nil {
		return f, false, err
	}
	if err := o.Validate(f); err != nil {
		return f, false, err
	}
	if f.Agent == "" {
		f.Agent = party.Hidden(by.ID)
	}
	f, broke = f.end(progress, o, now)
	return f, broke, nil
}

// ProposedWith is a flag whose outcome takes a second person. A resolution is an answer by a person; a proposal is not, since
// the pro learns nothing yet.
func ProposedWith(f Flag, o Outcome, by party.Actor, now time.Time) (Flag, error) {
	progress, err := f.do(Propose, by)
	if err != nil {
		return f, err
	}
	f.Progress, f.Proposal = progress, Proposal{By: party.Hidden(by.ID), At: now, Outcome: o}
	return f.touched(now), nil
}

// AgreedTo ends a flag with the outcome that somebody else proposed: two people, never one twice.
func AgreedTo(f Flag, by party.Actor, now time.Time) (next Flag, broke bool, err error) {
	progress, err := f.Progress.Do(Lifecycle, Agree, f.RolesOf(by)...)
	if err != nil {
		return f, false, err
	}
	if f.Proposal.By.Reveal() == by.ID {
		return f, false, problem.New(problem.CodeOwnWork, "You proposed this, so somebody else agrees to it or not.")
	}
	f, broke = f.end(progress, f.Proposal.Outcome, now)
	return f, broke, nil
}

// Refused is a flag whose proposal was not agreed to, or taken back by who made it.
func Refused(f Flag, why string, by party.Actor, now time.Time) (Flag, error) {
	progress, err := f.do(Refuse, by)
	if err != nil {
		return f, err
	}
	if err := words("/reason", why); err != nil {
		return f, err
	}
	f.Progress, f.Proposal = progress, Proposal{}
	return f.touched(now), nil
}

// end is the flag resolved. Its deadlines are told apart from cancelled ones before the table drops them.
func (f Flag) end(progress lifecycle.Progress, o Outcome, now time.Time) (Flag, bool) {
	f, broke := f.respond(now)
	f.Progress, f.Outcome, f.Proposal, f.ResolvedAt = progress, o, Proposal{}, now
	return f.unpaused(now).touched(now), broke
}

// Reopened is a flag that was not resolved after all: back in the queue under a new promise (R5). Its pro may within the
// policy's window, staff always. The time for which it counted as resolved was nobody's to work on.
func Reopened(f Flag, why string, by party.Actor, book policy.Policy, now time.Time) (Flag, error) {
	progress, err := f.Progress.Do(Lifecycle, Reopen, f.RolesOf(by)...)
	if err != nil {
		return f, err
	}
	if until := f.ResolvedAt.Add(book.Help.Reopen); !f.staffed(by) && !now.Before(until) {
		return f, problem.New(problem.CodeDeadlinePassed, "The flag could be reopened until %s. Raise a new one.", until.Format(time.RFC3339)).
			With("reopenUntil", until.UTC().Format(time.RFC3339))
	}
	if err := words("/comment", why); err != nil {
		return f, err
	}
	f.Waited += now.Sub(f.ResolvedAt)
	f.Progress, f.Agent, f.Outcome, f.ResolvedAt = progress, "", Outcome{}, time.Time{}
	return f.owed(book, now).touched(now), nil
}
