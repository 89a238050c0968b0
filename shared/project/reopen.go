package project

import (
	"slices"
	"time"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
)

// How a seat becomes free again, and who hears of it.

// Gone is an assignment that its pro gives up (Withdraw) or that the team takes back (Reassign), possible until quality
// control has passed a version: from then on the work is paid for (A13, A15).
func Gone(a Assignment, action lifecycle.Action, by party.Actor, now time.Time) (Assignment, error) {
	progress, err := a.Progress.Do(AssignmentLifecycle, action, a.RolesOf(by)...)
	if err != nil {
		return a, err
	}
	if action == Reassign {
		if err := a.inCharge(by); err != nil {
			return a, err
		}
	}
	if !a.PassedAt.IsZero() {
		return a, problem.New(problem.CodeStateChanged, "Quality control has passed a version already, so the seat stays as it is.").
			With("passedAt", stamp(a.PassedAt))
	}
	a.Progress, a.LeftAt = progress, now
	return a.touched(now), nil
}

// Freed is the project with the seat of an assignment free again. Rounds that closed when it was filled stay closed.
func Freed(p Project, assignment string, now time.Time) (Project, error) {
	n := slices.IndexFunc(p.Seats, func(s Seat) bool { return s.Assignment == assignment })
	progress, err := p.Progress.Do(Lifecycle, ReopenSeat, party.Pro) // whoever empties the seat
	if err != nil || n < 0 {
		return p, errOr(err, problem.New(problem.CodeStateChanged, "The seat has been left already.")) // since the assignment was read
	}
	if !p.FilledAt.IsZero() {
		p = p.closed(p.FilledAt)
	}
	p.Progress, p.FilledAt = progress, time.Time{}
	left := p.Seats[n]
	left.LeftAt = now
	p.Former, p.Seats = append(slices.Clip(p.Former), left), slices.Clone(p.Seats)
	p.Seats[n] = Seat{}
	return p.touched(now), nil
}

// Watching is the project that remembers, or forgets, that a pro who came too late wants to be told when a seat reopens
// (A21). Asking twice is asking once.
func Watching(i Invitation, action lifecycle.Action, by party.Actor, now time.Time) (Project, error) {
	p := i.Project
	if _, err := InvitationLifecycle.Next(i.State(now), action, i.RolesOf(by)...); err != nil {
		return p, err
	}
	progress, err := p.Progress.Do(Lifecycle, action, party.Pro)
	if err != nil {
		return p, i.explain(err, now)
	}
	p.Progress, p.Watchers = progress, slices.Clone(p.Watchers)
	had, asked := i.Watch()
	switch {
	case p.seats(i.Line.Pro):
		return i.Project, problem.New(problem.CodeStateChanged, "You have a seat on this project.")
	case had.Again != "":
		return i.Project, problem.New(problem.CodeStateChanged, "A seat reopened, and you have been invited again.").With("invitation", had.Again)
	case action == Watch && !asked:
		p.Watchers = append(p.Watchers, Watcher{Invitation: i.ID, Pro: i.Line.Pro, Since: now})
	case action == Unwatch && !asked:
		return i.Project, problem.New(problem.CodeStateChanged, "You have not asked to be told when a seat reopens.")
	case action == Unwatch:
		p.Watchers = slices.DeleteFunc(p.Watchers, func(w Watcher) bool { return w.Invitation == i.ID })
	}
	return p.touched(now), nil
}

// seats reports whether a pro has a seat.
func (p Project) seats(pro string) bool {
	return slices.ContainsFunc(p.Seats, func(s Seat) bool { return s.Assignment != "" && s.Pro == pro })
}

// Watch is what the pro of a closed invitation asked for; ok is false where they did not ask.
func (i Invitation) Watch() (w Watcher, ok bool) {
	for _, w := range i.Project.Watchers {
		if w.Invitation == i.ID {
			return w, true
		}
	}
	return Watcher{}, false
}

// Waiting counts the pros who wait to be told.
func (p Project) Waiting() int {
	n := 0
	for _, w := range p.Watchers {
		if w.Again == "" {
			n++
		}
	}
	return n
}

// MayRecall reports whether those who wait can be invited now: a seat is free, and there is time to do the work.
func (p Project) MayRecall(book policy.Policy, now time.Time) bool {
	return p.Progress.State == Open && p.Taken() < len(p.Seats) && p.Waiting() > 0 && !p.DeliverBy.Before(now.Add(book.ReopenRoom))
}

// Recalled invites whoever waits, all in one round and each at their former reward; then the race is on again (A21). Left
// out are those who are no active pros any more, who have an invitation or a seat by another way, and who may not work on
// it (barred). recalled is false where nobody is left to invite.
func Recalled(p Project, rounds []Round, profiles map[string]party.Profile, barred []string, roundID, agent string, book policy.Policy, now time.Time) (next Project, round Round, recalled bool) {
	if !p.MayRecall(book, now) {
		return p, Round{}, false
	}
	expires, err := expiry(p, time.Time{}, book, now)
	if err != nil {
		return p, Round{}, false
	}
	round = Round{ID: roundID, Version: 1, Policy: book.Version, Project: p.ID, By: agent, SentAt: now, ExpiresAt: expires, Currency: p.Reward.Currency}
	busy := append(openTo(p, rounds, now), barred...)
	p.Watchers = slices.Clone(p.Watchers)
	for n, w := range p.Watchers {
		profile := profiles[w.Pro]
		lost, known := lineOf(rounds, w.Invitation)
		if w.Again != "" || !known || !profile.Active || !profile.Actor().Is(party.Pro) || slices.Contains(busy, w.Pro) {
			continue
		}
		round.Lines = append(round.Lines, Line{Pro: w.Pro, Reward: lost.Reward, State: Invited, Contact: profile.Contact, Alone: lost.Alone})
		p.Watchers[n].Again = InvitationID(round.ID, len(round.Lines)-1)
		busy = append(busy, w.Pro)
	}
	if len(round.Lines) == 0 {
		return p, Round{}, false
	}
	return p.called(round), round, true
}

func lineOf(rounds []Round, invitation string) (Line, bool) {
	for _, r := range rounds {
		if i, ok := r.Find(invitation, Project{}); ok {
			return i.Line, true
		}
	}
	return Line{}, false
}

func errOr(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}
