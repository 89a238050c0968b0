package help

import (
	"context"
	"time"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

// What people read. Nothing here changes anything.

// Flag is one flag with its timeline, for its pro or staff.
func (s *Service) Flag(ctx context.Context, by party.Actor, id string) (Held, error) {
	return s.flag(ctx, by, id, store.Fresh)
}

// FlagsOf are a pro's own flags, newest first: the latest that they raised.
func (s *Service) FlagsOf(ctx context.Context, by party.Actor) ([]Flag, error) {
	if !by.Is(party.Pro) {
		return nil, problem.New(problem.CodeForbidden, "A pro lists their own flags; the team has a queue.")
	}
	asker, err := s.asker(ctx, by.ID, store.Fresh)
	if err != nil || len(asker.Flags) == 0 {
		return nil, err
	}
	var refs []store.Ref
	for _, id := range asker.Flags {
		refs = append(refs, store.Ref{Kind: store.Flag, ID: id})
	}
	records, err := s.Store.GetAll(ctx, refs, store.Fresh)
	found := map[string]Flag{}
	for _, r := range records {
		if f, ok := r.(Flag); ok {
			found[f.ID] = f
		}
	}
	var flags []Flag
	for i := len(asker.Flags) - 1; i >= 0; i-- {
		if f, ok := found[asker.Flags[i]]; ok {
			flags = append(flags, f)
		}
	}
	return flags, err
}

// OldFlag is a pro's open flag about a project of the old system; zero where there is none.
func (s *Service) OldFlag(ctx context.Context, pro, reference string) (Flag, error) {
	asker, err := s.asker(ctx, pro, store.Fresh)
	if err != nil {
		return Flag{}, err
	}
	id, open := asker.open(Subject{Reference: reference}.topic(), InstructionsUnclear)
	if !open {
		return Flag{}, nil
	}
	return store.Is[Flag](s.Store.Get(ctx, store.Ref{Kind: store.Flag, ID: id}, store.Fresh))
}

// QueueFilter is what the queue is narrowed to; empty fields narrow nothing.
type QueueFilter struct {
	Reason   Reason
	State    lifecycle.State
	Mine     bool // that the reader works on
	Breached bool
}

// Queue lists flags that are not resolved, by promise, escalated ones first (R3, A8).
func (s *Service) Queue(ctx context.Context, by party.Actor, f QueueFilter, limit int, after store.Position) (store.Page[Flag], error) {
	if !by.IsStaff() {
		return store.Page[Flag]{}, problem.New(problem.CodeForbidden, "The queue is for the team.")
	}
	return store.Sifted(limit, after, func(limit int, after store.Position) (store.Page[store.Record], error) {
		return s.Store.Waiting(ctx, store.Flags, limit, after)
	}, store.OfType(func(flag Flag) bool {
		return flag.Visible(by) && flag.Progress.State != Resolved && // the index may be a moment behind
			(f.Reason == "" || f.Reason == flag.Reason) && (f.State == "" || f.State == flag.Progress.State) &&
			(!f.Mine || flag.Agent.Reveal() == by.ID) && (!f.Breached || !flag.BreachedAt.IsZero())
	}))
}

// Question is one question, for its client or staff.
func (s *Service) Question(ctx context.Context, by party.Actor, id string) (Question, error) {
	return s.question(ctx, by, id, store.Fresh)
}

// QuestionsOf lists the questions to a client, newest first.
func (s *Service) QuestionsOf(ctx context.Context, by party.Actor, limit int, after store.Position) (store.Page[store.Record], error) {
	if !by.Is(party.Client) {
		return store.Page[store.Record]{}, problem.New(problem.CodeForbidden, "A client lists the questions to them.")
	}
	return s.Store.QuestionsOf(ctx, by.ID, limit, after)
}

// months bounds a period of figures, which reads every flag raised in it.
const months = 13

// Figures tell how flags raised from one instant to another, half-open, were answered (R4).
func (s *Service) Figures(ctx context.Context, by party.Actor, from, to, now time.Time) ([]Figure, error) {
	if !by.IsStaff() {
		return nil, problem.New(problem.CodeForbidden, "The figures are for the team.")
	}
	if !from.Before(to) || to.After(from.AddDate(0, months, 0)) {
		var wrong problem.Fields
		wrong.Add("to", "A period ends after it begins, and has at most %d months.", months)
		return nil, wrong.Err()
	}
	var flags []Flag
	for m := time.Date(from.UTC().Year(), from.UTC().Month(), 1, 0, 0, 0, 0, time.UTC); m.Before(to); m = m.AddDate(0, 1, 0) {
		raised, err := s.raisedIn(ctx, MonthOf(m))
		if err != nil {
			return nil, err
		}
		for _, f := range raised {
			if !f.RaisedAt.Before(from) && f.RaisedAt.Before(to) {
				flags = append(flags, f)
			}
		}
	}
	return FiguresOf(flags, now), nil
}

func (s *Service) raisedIn(ctx context.Context, month string) ([]Flag, error) {
	const page = 100
	var flags []Flag
	var after store.Position
	for {
		got, err := s.Store.FlagsIn(ctx, month, page, after)
		if err != nil {
			return nil, err
		}
		for _, r := range got.Items {
			if f, ok := r.(Flag); ok {
				flags = append(flags, f)
			}
		}
		if after = got.Next; after == nil {
			return flags, nil
		}
	}
}
