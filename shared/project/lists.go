package project

import (
	"context"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

// What people have lists of. Whose list it is decides who may read it; filters only leave out.

// ProjectFilter is what a list of projects is narrowed to; empty fields narrow nothing.
type ProjectFilter struct {
	State lifecycle.State
	Type  Type
}

// Projects lists a client's projects, newest first; a client lists their own, staff anybody's.
func (s *Service) Projects(ctx context.Context, by party.Actor, client string, f ProjectFilter, limit int, after store.Position) (store.Page[Project], error) {
	client, err := ownerOf(by, party.Client, client)
	if err != nil {
		return store.Page[Project]{}, err
	}
	return store.Sifted(limit, after, func(limit int, after store.Position) (store.Page[store.Record], error) {
		return s.Store.ProjectsOf(ctx, client, limit, after)
	}, store.OfType(func(p Project) bool {
		return (f.State == "" || p.Progress.State == f.State) && (f.Type == "" || p.Type == f.Type)
	}))
}

// Assignments lists a pro's assignments, newest first, in one state or in all; a pro lists their own, staff anybody's.
func (s *Service) Assignments(ctx context.Context, by party.Actor, pro string, state lifecycle.State, limit int, after store.Position) (store.Page[Assignment], error) {
	pro, err := ownerOf(by, party.Pro, pro)
	if err != nil {
		return store.Page[Assignment]{}, err
	}
	return store.Sifted(limit, after, func(limit int, after store.Position) (store.Page[store.Record], error) {
		return s.Store.AssignmentsOf(ctx, pro, limit, after)
	}, store.OfType(func(a Assignment) bool { return state == "" || a.Progress.State == state }))
}

// Invitations lists a pro's invitations as they stand at ask.Now, newest first, in one state or in all; a pro lists their
// own, staff anybody's. It has them as soon as they are told of.
func (s *Service) Invitations(ctx context.Context, ask Ask, pro string, state lifecycle.State, limit int, after store.Position) (store.Page[Invitation], error) {
	pro, err := ownerOf(ask.By, party.Pro, pro)
	if err != nil {
		return store.Page[Invitation]{}, err
	}
	return store.Sifted(limit, after, func(limit int, after store.Position) (store.Page[Invitation], error) {
		page, err := s.Store.InvitationsOf(ctx, pro, limit, after)
		if err != nil {
			return store.Page[Invitation]{}, err
		}
		invitations, err := s.invitations(ctx, page.Items)
		return store.Page[Invitation]{Items: invitations, Next: page.Next}, err
	}, func(i Invitation) (Invitation, bool) { return i, state == "" || i.State(ask.Now) == state })
}

// invitations loads what a page lists, in its order.
func (s *Service) invitations(ctx context.Context, listed []store.Listing) ([]Invitation, error) {
	if len(listed) == 0 {
		return nil, nil
	}
	var refs []store.Ref
	for _, l := range listed {
		refs = append(refs, store.Ref{Kind: store.Round, ID: RoundOf(l.Invitation)}, store.Ref{Kind: store.Project, ID: l.Project})
	}
	records, err := s.Store.GetAll(ctx, refs, store.Stale)
	if err != nil {
		return nil, err
	}
	rounds, projects := map[string]Round{}, map[string]Project{}
	for _, r := range records {
		switch r := r.(type) {
		case Round:
			rounds[r.ID] = r
		case Project:
			projects[r.ID] = r
		}
	}
	var found []Invitation
	for _, l := range listed {
		if i, ok := rounds[RoundOf(l.Invitation)].Find(l.Invitation, projects[l.Project]); ok && i.Project.ID != "" {
			found = append(found, i)
		}
	}
	return found, s.works(ctx, found)
}

// works fills in the work of those that won a seat.
func (s *Service) works(ctx context.Context, invitations []Invitation) error {
	var refs []store.Ref
	for _, i := range invitations {
		if seat, won := i.Project.seatOf(i.ID); won {
			refs = append(refs, store.Ref{Kind: store.Assignment, ID: seat.Assignment})
		}
	}
	if len(refs) == 0 {
		return nil
	}
	records, err := s.Store.GetAll(ctx, refs, store.Stale)
	for _, r := range records {
		for n := range invitations {
			if a, ok := r.(Assignment); ok && a.Invitation == invitations[n].ID {
				invitations[n].Work = a
			}
		}
	}
	return err
}

// ownerOf is whose list is asked for: one's own in that role, or for staff anybody's.
func ownerOf(by party.Actor, role lifecycle.Role, asked string) (string, error) {
	if asked == "" {
		asked = by.ID
	}
	if !by.IsStaff() && (!by.Is(role) || asked != by.ID) {
		return "", problem.New(problem.CodeForbidden, "This list is for its own %s and for staff.", role)
	}
	return asked, nil
}

// Claims says which versions of the queue are meant.
type Claims string

// The claims.
const (
	Anyhow    Claims = ""
	Unclaimed Claims = "false"
	Taken     Claims = "true" // by anybody
	Mine      Claims = "me"
)

// QueueFilter is what the queue of quality control is narrowed to; empty fields narrow nothing.
type QueueFilter struct {
	Category string
	Claims   Claims
}

// Queue lists the versions that wait for quality control, longest waiting first.
func (s *Service) Queue(ctx context.Context, by party.Actor, f QueueFilter, limit int, after store.Position) (store.Page[Assignment], error) {
	if !by.Is(party.QC) && !by.IsStaff() {
		return store.Page[Assignment]{}, problem.New(problem.CodeForbidden, "The queue is for quality control.")
	}
	return s.waiting(ctx, store.QC, limit, after, func(a Assignment) bool {
		return (f.Category == "" || a.Terms.Category == f.Category) && f.Claims.fit(a.ReviewerFor(by), by)
	})
}

func (c Claims) fit(reviewer string, by party.Actor) bool {
	switch c {
	case Unclaimed:
		return reviewer == ""
	case Taken:
		return reviewer != ""
	case Mine:
		return reviewer == by.ID
	}
	return true
}

// Screening lists the clients' requests for changes that wait for staff, longest waiting first; of one agent in charge, or
// of all (R48, R52).
func (s *Service) Screening(ctx context.Context, by party.Actor, agent string, limit int, after store.Position) (store.Page[Assignment], error) {
	if !by.IsStaff() {
		return store.Page[Assignment]{}, problem.New(problem.CodeForbidden, "The queue is for staff.")
	}
	return s.waiting(ctx, store.Screening, limit, after, func(a Assignment) bool { return agent == "" || a.Agent == agent })
}

func (s *Service) waiting(ctx context.Context, queue store.Queue, limit int, after store.Position, passes func(Assignment) bool) (store.Page[Assignment], error) {
	return store.Sifted(limit, after, func(limit int, after store.Position) (store.Page[store.Record], error) {
		return s.Store.Waiting(ctx, queue, limit, after)
	}, store.OfType(passes))
}
