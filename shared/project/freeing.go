package project

import (
	"context"
	"time"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/store"
)

// The use cases around a seat that has been taken: give up, take back, extend, and wait for one to reopen.

// GiveUp is a pro's withdrawal from work that they had accepted; the agent in charge is told why.
func (s *Service) GiveUp(ctx context.Context, ask Ask, id, reason string) (store.Reply, error) {
	return s.free(ctx, ask, id, Withdraw, func(a Assignment, waiting, recalled int) store.Fact {
		return SeatGivenUp{
			Project: a.Project, Assignment: a.ID, Invitation: a.Invitation, Title: a.Terms.Title, Pro: a.Pro, Agent: a.Agent, Reason: reason,
			Waiting: waiting, Recalled: recalled,
		}
	})
}

// TakeBack takes the work from a pro, who is told why.
func (s *Service) TakeBack(ctx context.Context, ask Ask, id, reason string) (store.Reply, error) {
	return s.free(ctx, ask, id, Reassign, func(a Assignment, waiting, recalled int) store.Fact {
		return SeatTakenBack{
			Project: a.Project, Assignment: a.ID, Invitation: a.Invitation, Title: a.Terms.Title, Pro: a.Pro, Agent: a.Agent, Reason: reason,
			Waiting: waiting, Recalled: recalled,
		}
	})
}

// free ends an assignment and opens its seat; those who wait for one are invited in the same commit. The project's version
// guards who waits and which rounds there are, so the rounds are read after it.
func (s *Service) free(ctx context.Context, ask Ask, id string, action lifecycle.Action, fact func(a Assignment, waiting, recalled int) store.Fact) (store.Reply, error) {
	roundID := s.NewID("rnd")
	return s.transact(ctx, ask, func(f store.Freshness) (step, error) {
		a, story, err := s.assignment(ctx, id, ask.By, f)
		if err != nil {
			return step{}, err
		}
		next, err := Gone(a, action, ask.By, ask.Now)
		if err != nil {
			return step{}, err
		}
		before, err := s.project(ctx, a.Project, f)
		if err != nil {
			return step{}, err
		}
		freed, err := Freed(before, a.ID, ask.Now)
		if err != nil {
			return step{}, err
		}
		p, r, err := s.recall(ctx, freed, roundID, a.Agent, ask.Now)
		if err != nil {
			return step{}, err
		}
		st := step{
			action: action, role: AssignmentLifecycle.As(a.Progress.State, action, a.RolesOf(ask.By)...), subject: a.Ref(), policy: a.Policy, tell: true,
			moved:   []moved{{machine: AssignmentLifecycle.Name, before: a, after: next}, {machine: Lifecycle.Name, before: before, after: p}},
			records: r.records(),
			facts:   append([]store.Fact{fact(a, freed.Waiting(), len(r.round.Lines))}, r.facts(p)...),
			outcome: func(e store.Event) any { return Held{Assignment: next, Timeline: append(story, e)} },
		}
		return st, nil
	})
}

// recalled is the round of those who waited, if there is one.
type recalled struct{ round Round }

func (r recalled) records() []store.Record {
	if r.round.ID == "" {
		return nil
	}
	return []store.Record{r.round}
}

func (r recalled) facts(p Project) []store.Fact {
	if r.round.ID == "" {
		return nil
	}
	return []store.Fact{SeatReopened{Project: p.ID, Round: r.round.ID, Title: p.Title, Count: len(r.round.Lines), DeliverBy: p.DeliverBy}}
}

// recall invites those who wait, where a seat is free and the time is enough.
func (s *Service) recall(ctx context.Context, p Project, roundID, agent string, now time.Time) (Project, recalled, error) {
	book, err := s.policyOf(p.Policy)
	if err != nil || !p.MayRecall(book, now) {
		return p, recalled{}, err
	}
	rounds, err := s.rounds(ctx, p, store.Fresh) // not written, so no version of theirs guards them
	if err != nil {
		return p, recalled{}, err
	}
	var guests []Guest
	for _, w := range p.Watchers {
		guests = append(guests, Guest{Pro: w.Pro})
	}
	profiles, err := s.directory(ctx, guests, store.Fresh)
	if err != nil {
		return p, recalled{}, err
	}
	other, err := s.counterpart(ctx, p, store.Fresh)
	if err != nil {
		return p, recalled{}, err
	}
	next, round, ok := Recalled(p, rounds, profiles, p.bars(other), roundID, agent, book, now)
	if !ok {
		return p, recalled{}, nil
	}
	return next, recalled{round}, nil
}

// ExtendDelivery grants a pro more time.
func (s *Service) ExtendDelivery(ctx context.Context, ask Ask, id string, until time.Time, reason string) (store.Reply, error) {
	return s.onAssignment(ctx, ask, id, Extend, func(a Assignment) (decided, error) {
		next, err := Extended(a, until, ask.By, ask.Now)
		return decided{next: next, tell: true, facts: []store.Fact{DeliveryExtended{
			Assignment: a.ID, Project: a.Project, Title: a.Terms.Title, Pro: a.Pro, Reason: reason, From: a.dueNow(ask.Now), DeliverBy: next.Terms.DeliverBy,
		}}}, err
	})
}

// ExtendProject gives the next pros more time, so that there can be invitations again after the deadline has passed.
func (s *Service) ExtendProject(ctx context.Context, ask Ask, id string, until time.Time, reason string) (store.Reply, error) {
	roundID := s.NewID("rnd")
	return s.transact(ctx, ask, func(f store.Freshness) (step, error) {
		record, story, err := s.Store.Story(ctx, store.Ref{Kind: store.Project, ID: id}, f)
		before, err := store.Is[Project](record, err)
		if err != nil {
			return step{}, err
		}
		if len(before.RolesOf(ask.By)) == 0 {
			return step{}, notFound()
		}
		longer, err := Prolonged(before, until, ask.By, ask.Now)
		if err != nil {
			return step{}, err
		}
		fact := ProjectExtended{Project: id, Title: before.Title, Reason: reason, From: before.DeliverBy, DeliverBy: longer.DeliverBy}
		p, r, err := s.recall(ctx, longer, roundID, ask.By.ID, ask.Now)
		if err != nil {
			return step{}, err
		}
		st := step{
			action: Extend, role: Lifecycle.As(before.Progress.State, Extend, before.RolesOf(ask.By)...), records: r.records(),
			facts: append([]store.Fact{fact}, r.facts(p)...), tell: r.round.ID != "",
		}
		return st.about(before, p, story), nil
	})
}

// Watch asks to be told when a seat reopens; where one is free already, the pro is invited again at once.
func (s *Service) Watch(ctx context.Context, ask Ask, id string) (store.Reply, error) {
	return s.watching(ctx, ask, id, Watch)
}

// Unwatch takes it back.
func (s *Service) Unwatch(ctx context.Context, ask Ask, id string) (store.Reply, error) {
	return s.watching(ctx, ask, id, Unwatch)
}

func (s *Service) watching(ctx context.Context, ask Ask, id string, action lifecycle.Action) (store.Reply, error) {
	roundID := s.NewID("rnd")
	return s.transact(ctx, ask, func(f store.Freshness) (step, error) {
		i, err := s.visibleInvitation(ctx, id, ask.By, f)
		if err != nil {
			return step{}, err
		}
		p, err := Watching(i, action, ask.By, ask.Now)
		if err != nil {
			return step{}, err
		}
		var r recalled
		var fact store.Fact = WatchEnded{Invitation: id, Project: p.ID, Pro: i.Line.Pro}
		if action == Watch {
			fact = WatchBegun{Invitation: id, Project: p.ID, Pro: i.Line.Pro}
			if p, r, err = s.recall(ctx, p, roundID, i.Round.By, ask.Now); err != nil {
				return step{}, err
			}
		}
		st := step{action: action, role: party.Pro, records: r.records(), facts: append([]store.Fact{fact}, r.facts(p)...), tell: r.round.ID != ""}
		st = st.about(i.Project, p, nil)
		st.outcome = func(store.Event) any {
			return Invitation{ID: id, Line: i.Line, Round: i.Round, Project: p, Other: i.Other}
		}
		return st, nil
	})
}
