package project

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

// Due is a live deadline as people plan by it.
type Due struct {
	lifecycle.Due
	Of    store.Ref
	Title string
	Agent string // in charge
}

// DueFilter is what a list of deadlines is narrowed to; empty fields narrow nothing.
type DueFilter struct {
	Kind   string
	Before time.Time // the first instant that is not meant
}

func (f DueFilter) passes(d lifecycle.Due) bool {
	return (f.Kind == "" || d.Kind == f.Kind) && (f.Before.IsZero() || d.At.Before(f.Before))
}

// Due lists what is due next, soonest first, what is overdue included. Staff see everything, each record with its next
// deadline; a pro sees every deadline of their assignments, a client those of their projects and the work on them (A15, A20).
func (s *Service) Due(ctx context.Context, by party.Actor, f DueFilter, limit int, after store.Position) (store.Page[Due], error) {
	switch {
	case by.IsStaff():
		return s.dueNext(ctx, f, limit, after)
	case by.Is(party.Pro, party.Client):
		return s.dueOf(ctx, by, f, limit, after)
	}
	return store.Page[Due]{}, problem.New(problem.CodeForbidden, "Deadlines are listed for staff, pros and clients.")
}

func (s *Service) dueNext(ctx context.Context, f DueFilter, limit int, after store.Position) (store.Page[Due], error) {
	page, err := store.Sifted(limit, after, func(limit int, after store.Position) (store.Page[store.Record], error) {
		return s.Store.Due(ctx, f.Before, limit, after)
	}, func(r store.Record) (Due, bool) {
		d, ok := r.(store.Deadlined)
		if !ok || len(d.Standing().Deadlines) == 0 {
			return Due{}, false
		}
		next := dueOn(d)[0]
		return next, f.passes(next.Due)
	})
	if err == nil {
		err = s.nameAgents(ctx, page.Items)
	}
	return page, err
}

// dueOn are the live deadlines of a record, soonest first.
func dueOn(r store.Deadlined) []Due {
	var list []Due
	for _, d := range r.Standing().Deadlines {
		due := Due{Due: d, Of: r.Ref()}
		switch r := r.(type) {
		case Project:
			due.Title = r.Title
		case Assignment:
			due.Title, due.Agent = r.Terms.Title, r.Agent
		case ledger.Reward:
			due.Title = r.Title
		case store.Headed:
			due.Title, due.Agent = r.Heading()
		}
		list = append(list, due)
	}
	return list
}

// nameAgents finds who is in charge where the record itself does not say: who called the round, or runs the assignment.
func (s *Service) nameAgents(ctx context.Context, list []Due) error {
	var refs []store.Ref
	for _, d := range list {
		if ref, ok := d.ledBy(); ok {
			refs = append(refs, ref)
		}
	}
	if len(refs) == 0 {
		return nil
	}
	records, err := s.Store.GetAll(ctx, refs, store.Stale)
	agents := map[store.Ref]string{}
	for _, r := range records {
		switch r := r.(type) {
		case Round:
			agents[r.Ref()] = r.By
		case Assignment:
			agents[r.Ref()] = r.Agent
		}
	}
	for n, d := range list {
		if ref, ok := d.ledBy(); ok {
			list[n].Agent = agents[ref]
		}
	}
	return err
}

// ledBy is the record that names the agent in charge of a deadline.
func (d Due) ledBy() (store.Ref, bool) {
	switch {
	case d.Kind == RoundExpiry:
		return store.Ref{Kind: store.Round, ID: d.Key}, true
	case d.Of.Kind == store.Reward:
		return store.Ref{Kind: store.Assignment, ID: assignmentOf(d.Of.ID)}, true
	}
	return store.Ref{}, false
}

// duePlace is where a list of one's own deadlines goes on.
const duePlace = "due"

// dueOf reads all that somebody owns, which bounds it, and sorts it.
func (s *Service) dueOf(ctx context.Context, by party.Actor, f DueFilter, limit int, after store.Position) (store.Page[Due], error) {
	owned, err := s.owned(ctx, by)
	if err != nil {
		return store.Page[Due]{}, err
	}
	var list []Due
	for _, r := range owned {
		if d, ok := r.(store.Deadlined); ok {
			list = append(list, dueOn(d)...)
		}
	}
	list = slices.DeleteFunc(list, func(d Due) bool { return !f.passes(d.Due) || d.place() <= after[duePlace] })
	slices.SortFunc(list, func(a, b Due) int { return cmp.Compare(a.place(), b.place()) })
	if len(list) <= limit {
		return store.Page[Due]{Items: list}, nil
	}
	return store.Page[Due]{Items: list[:limit], Next: store.Position{duePlace: list[limit-1].place()}}, nil
}

// place sorts by the instant, and is different for every deadline.
func (d Due) place() string { return stamp(d.At) + "#" + d.Of.String() + "#" + d.Kind + "#" + d.Key }

// owned are a pro's assignments, and a client's projects with the assignments on them.
func (s *Service) owned(ctx context.Context, by party.Actor) ([]store.Record, error) {
	var all []store.Record
	if by.Is(party.Pro) {
		assignments, err := whole(func(after store.Position) (store.Page[store.Record], error) {
			return s.Store.AssignmentsOf(ctx, by.ID, mostAtOnce, after)
		})
		if err != nil {
			return nil, err
		}
		all = append(all, assignments...)
	}
	if !by.Is(party.Client) {
		return all, nil
	}
	projects, err := whole(func(after store.Position) (store.Page[store.Record], error) {
		return s.Store.ProjectsOf(ctx, by.ID, mostAtOnce, after)
	})
	if err != nil {
		return nil, err
	}
	var refs []store.Ref
	for _, r := range projects {
		if p, ok := r.(Project); ok {
			refs = append(refs, p.assignments()...)
		}
	}
	if len(refs) == 0 {
		return append(all, projects...), nil
	}
	work, err := s.Store.GetAll(ctx, refs, store.Stale)
	return slices.Concat(all, projects, work), err
}

// mostAtOnce is how much of a list is read at a time where all of it is.
const mostAtOnce = 100

func whole(read func(after store.Position) (store.Page[store.Record], error)) ([]store.Record, error) {
	var all []store.Record
	var after store.Position
	for {
		page, err := read(after)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if after = page.Next; after == nil {
			return all, nil
		}
	}
}

// assignments are the refs of the project's filled seats.
func (p Project) assignments() []store.Ref {
	var refs []store.Ref
	for _, s := range p.Seats {
		if s.Assignment != "" {
			refs = append(refs, store.Ref{Kind: store.Assignment, ID: s.Assignment})
		}
	}
	return refs
}
