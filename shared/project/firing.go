package project

import (
	"context"
	"errors"
	"time"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

// Fire does what a deadline is for: an ordinary decision by the timer. An alarm that is early, doubled, stale or about
// something gone finds nothing to do, which is a problem of kind Conflict or NotFound for the edge to count.
func (s *Service) Fire(ctx context.Context, ask Ask, alarm store.Alarm) (store.Reply, error) {
	ask.By = party.TimerActor
	switch alarm.Ref.Kind {
	case store.Project:
		return s.fireRound(ctx, ask, alarm)
	case store.Assignment:
		return s.fireAssignment(ctx, ask, alarm)
	case store.Reward:
		return s.fireReward(ctx, ask, alarm)
	}
	return store.Reply{}, notFound()
}

// Ring is Fire for an edge: the clock is read when the alarm rings, and nobody waits for the reply.
func (s *Service) Ring(clock func(context.Context) (time.Time, error), channel string) func(context.Context, store.Alarm) error {
	return func(ctx context.Context, alarm store.Alarm) error {
		now, err := clock(ctx)
		if err != nil {
			return problem.New(problem.CodeUnavailable, "The clock did not answer.").Because(err)
		}
		_, err = s.Fire(ctx, Ask{Channel: channel, Now: now, Answer: unanswered}, alarm)
		return err
	}
}

func unanswered(any) (store.Reply, error) { return store.Reply{}, nil }

// Sweep fires every deadline that is overdue, a page of records at a time: alarms may be lost, doubled, early or late, and
// nothing but latency changes. One that fails does not hold back the others, and ctx says how long it may go on.
func (s *Service) Sweep(ctx context.Context, now time.Time, page int) (fired int, err error) {
	var failed []error
	tried := map[store.Ref]bool{}
	stuck := 0 // records that failed and so are still listed, before those to come
	for ctx.Err() == nil {
		limit := page + stuck
		refs, err := s.Store.Overdue(ctx, now, limit)
		if err != nil {
			return fired, errors.Join(append(failed, err)...)
		}
		fresh := 0
		for _, ref := range refs {
			if tried[ref] || ctx.Err() != nil {
				continue
			}
			tried[ref] = true
			fresh++
			n, err := s.fireDue(ctx, ref, now)
			fired += n
			if err != nil {
				failed = append(failed, err)
				stuck++
			}
		}
		if fresh == 0 || len(refs) < limit {
			break
		}
	}
	return fired, errors.Join(append(failed, ctx.Err())...)
}

// fireDue fires what is overdue on one record. That another was quicker is no failure.
func (s *Service) fireDue(ctx context.Context, ref store.Ref, now time.Time) (fired int, err error) {
	alarms, err := s.due(ctx, ref, now)
	failed := []error{err}
	for _, alarm := range alarms {
		_, err := s.Fire(ctx, Ask{Channel: "sweep", Now: now, Answer: unanswered}, alarm)
		switch kind := problem.As(err).Kind(); {
		case err == nil:
			fired++
		case kind != problem.Conflict && kind != problem.NotFound:
			failed = append(failed, err)
		}
	}
	return fired, errors.Join(failed...)
}

// due lists the alarms of a record whose time has come.
func (s *Service) due(ctx context.Context, ref store.Ref, now time.Time) ([]store.Alarm, error) {
	record, err := s.Store.Get(ctx, ref, store.Fresh)
	if err != nil {
		return nil, err
	}
	deadlined, ok := record.(store.Deadlined)
	if !ok {
		return nil, notFound()
	}
	var due []store.Alarm
	for _, d := range deadlined.Standing().Deadlines {
		if !now.Before(d.At) {
			due = append(due, store.Alarm{Ref: ref, Kind: d.Kind, Entry: d.Entry, DueAt: d.At})
		}
	}
	return due, nil
}

func (s *Service) fireRound(ctx context.Context, ask Ask, alarm store.Alarm) (store.Reply, error) {
	return s.transact(ctx, ask, func(f store.Freshness) (step, error) {
		p, err := s.project(ctx, alarm.Ref.ID, f)
		if err != nil {
			return step{}, err
		}
		next, over, err := RoundOver(p, alarm.Kind, alarm.Entry, ask.Now)
		if err != nil {
			return step{}, err
		}
		round, err := store.Is[Round](s.Store.Get(ctx, store.Ref{Kind: store.Round, ID: over.Round}, store.Fresh))
		if err != nil {
			return step{}, err
		}
		st := step{action: ExpireRound, role: lifecycle.Timer, fired: alarm.Kind, tell: true, facts: []store.Fact{RoundExpired{
			Project: p.ID, Round: over.Round, Title: p.Title, Agent: round.By, Count: over.Count, Taken: p.Taken(), Seats: len(p.Seats),
		}}}
		return st.about(p, next, nil), nil
	})
}

func (s *Service) fireAssignment(ctx context.Context, ask Ask, alarm store.Alarm) (store.Reply, error) {
	action := Overdue
	switch alarm.Kind {
	case ReviewAutoClose:
		action = AutoClose
	case QuoteExpiry:
		action = LapseQuote
	}
	return s.transact(ctx, ask, func(f store.Freshness) (step, error) {
		a, err := store.Is[Assignment](s.Store.Get(ctx, alarm.Ref, f)) // nobody waits for a reply, so no timeline is read
		if err != nil {
			return step{}, err
		}
		d, err := s.rung(ctx, a, ask, alarm)
		if err != nil {
			return step{}, err
		}
		d.fired = alarm.Kind
		return d.about(a, action, lifecycle.Timer, nil), nil
	})
}

// rung decides what a deadline of an assignment comes to.
func (s *Service) rung(ctx context.Context, a Assignment, ask Ask, alarm store.Alarm) (decided, error) {
	switch alarm.Kind {
	case ReviewAutoClose:
		next, err := ClosedByItself(a, alarm.Kind, alarm.Entry, ask.Now)
		if err != nil {
			return decided{}, err
		}
		return s.finish(ctx, a, next, ask, true)
	case QuoteExpiry:
		return s.quoteRung(a, ask, alarm)
	}
	next, err := DueDatePassed(a, alarm.Kind, alarm.Entry, ask.Now)
	if err != nil {
		return decided{}, err
	}
	if a.Progress.State == InQC {
		return decided{next: next, facts: []store.Fact{DeliveryMet{Assignment: a.ID}}}, nil
	}
	return decided{next: next, tell: true, facts: []store.Fact{DeliveryOverdue{
		Assignment: a.ID, Project: a.Project, Title: a.Terms.Title, Pro: a.Pro, Agent: a.Agent, DeliverBy: alarm.DueAt,
	}}}, nil
}

func (s *Service) fireReward(ctx context.Context, ask Ask, alarm store.Alarm) (store.Reply, error) {
	return s.transact(ctx, ask, func(f store.Freshness) (step, error) {
		r, err := store.Is[ledger.Reward](s.Store.Get(ctx, alarm.Ref, f))
		if err != nil {
			return step{}, err
		}
		if _, rings := r.Progress.Rings(alarm.Kind, alarm.Entry, ask.Now); !rings {
			return step{}, nothingDue()
		}
		next, entry, err := ledger.ReleaseNow(r, ask.By, ask.Now)
		if err != nil {
			return step{}, err
		}
		return step{
			action: ledger.Release, role: lifecycle.Timer, policy: r.Policy, fired: alarm.Kind, tell: true,
			subject: store.Ref{Kind: store.Assignment, ID: r.Assignment},
			moved:   []moved{{machine: ledger.RewardLifecycle.Name, before: r, after: next}},
			entries: []ledger.Entry{entry},
			facts:   []store.Fact{creditedFact(next)},
			outcome: func(store.Event) any { return next },
		}, nil
	})
}
