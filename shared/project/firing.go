package project

import (
	"context"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
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

func unanswered(any) (store.Reply, error) { return store.Reply{}, nil }
