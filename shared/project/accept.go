package project

import (
	"slices"
	"time"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
)

// Won gives the invitation's pro a free seat at once, on the terms that they saw (R27, R35, R53). Who comes too late is
// told truthfully when the seats went and how many there were, and nothing about who has them (R28, R29, A21).
func Won(i Invitation, assignmentID, seen string, by party.Actor, book policy.Policy, now time.Time) (Project, Assignment, error) {
	if _, err := InvitationLifecycle.Next(i.State(now), Accept, i.RolesOf(by)...); err != nil {
		return i.Project, Assignment{}, i.explain(err, now)
	}
	if err := i.OwnWork(); err != nil {
		return i.Project, Assignment{}, err
	}
	terms := TermsOf(i, book)
	if seen != terms.Seen {
		return i.Project, Assignment{}, problem.New(problem.CodeTermsChanged, "The terms are not those that you saw. Read the invitation again.").
			With("terms", terms.Seen)
	}
	p := i.Project
	action := TakeSeat
	if p.Taken() == len(p.Seats)-1 {
		action = TakeLastSeat
	}
	progress, err := p.Progress.Do(Lifecycle, action, party.Pro)
	if err != nil {
		return p, Assignment{}, i.explain(err, now)
	}
	p.Progress = progress
	p.Seats = append([]Seat(nil), p.Seats...)
	for n := range p.Seats {
		if p.Seats[n].Assignment == "" {
			p.Seats[n] = Seat{Assignment: assignmentID, Invitation: i.ID, Pro: i.Line.Pro, TakenAt: now}
			break
		}
	}
	p.Watchers = slices.DeleteFunc(slices.Clone(p.Watchers), func(w Watcher) bool { return w.Pro == i.Line.Pro })
	if action == TakeLastSeat {
		p = p.closed(now)
		p.FilledAt = now
	}
	a := Assignment{
		ID: assignmentID, Progress: lifecycle.Start(AssignmentLifecycle), Policy: book.Version, Project: p.ID, Of: p.Of, Invitation: i.ID,
		Client: p.Client, Pro: i.Line.Pro, Agent: i.Round.By, Terms: terms, Rivals: len(p.Seats) - 1, Alone: i.Line.Alone, CreatedAt: now,
	}
	a.Progress = a.Progress.Arm(AssignmentLifecycle, DeliveryDue, "", terms.DeliverBy)
	return p.touched(now), a.touched(now), nil
}

// explain turns "not in this state" into the truth about this invitation.
func (i Invitation) explain(err error, now time.Time) error {
	if !problem.Is(err, problem.CodeStateChanged) {
		return err
	}
	state := i.State(now)
	if state == Invited && i.Project.Progress.State == Filled { // by this worker's clock, which is behind
		state = Closed
	}
	switch state {
	case Closed:
		if i.Project.Progress.State == Cancelled {
			return problem.New(problem.CodeStateChanged, "The client no longer needs this work; the project was cancelled.").With("state", string(Closed))
		}
		seats, closed := len(i.Project.Seats), i.ClosedAt()
		if closed.IsZero() {
			closed = i.Project.FilledAt
		}
		return problem.New(problem.CodeAlreadyTaken, "All seats (%d of %d) were taken at %s.", seats, seats, closed.Format(time.RFC3339)).
			With("filledAt", stamp(closed)).With("seats", itoa(seats)).With("taken", itoa(i.Project.Taken())).
			With("notifiedAt", stamp(i.Round.SentAt))
	case Expired:
		return problem.New(problem.CodeDeadlinePassed, "The invitation could be accepted until %s.", i.Round.ExpiresAt.Format(time.RFC3339)).
			With("expiredAt", stamp(i.Round.ExpiresAt))
	}
	return err
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }
