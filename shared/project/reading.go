package project

import (
	"context"
	"slices"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

// What people read. Nothing here changes anything.

// Project is one project with its whole story: its own events and those of its seats, in order.
func (s *Service) Project(ctx context.Context, by party.Actor, id string) (Told, error) {
	record, story, err := s.Store.Story(ctx, store.Ref{Kind: store.Project, ID: id}, store.Fresh)
	p, err := store.Is[Project](record, err)
	if err != nil {
		return Told{}, err
	}
	if len(p.RolesOf(by)) == 0 {
		return Told{}, notFound()
	}
	for _, seat := range slices.Concat(p.Seats, p.Former) {
		if seat.Assignment == "" {
			continue
		}
		_, more, err := s.Store.Story(ctx, store.Ref{Kind: store.Assignment, ID: seat.Assignment}, store.Fresh)
		if err != nil {
			return Told{}, err
		}
		story = append(story, more...)
	}
	slices.SortStableFunc(story, func(a, b store.Event) int { return a.At.Compare(b.At) })
	return Told{Project: p, Timeline: story}, nil
}

// Projects lists a client's projects; a client lists their own, staff anybody's.
func (s *Service) Projects(ctx context.Context, by party.Actor, client string, limit int, after store.Position) (store.Page[store.Record], error) {
	if client == "" {
		client = by.ID
	}
	if !by.IsStaff() && (!by.Is(party.Client) || client != by.ID) {
		return store.Page[store.Record]{}, problem.New(problem.CodeForbidden, "A client lists their own projects.")
	}
	return s.Store.ProjectsOf(ctx, client, limit, after)
}

// Invitation is one invitation as its pro opens it, or as staff look at it (R25–R28).
func (s *Service) Invitation(ctx context.Context, by party.Actor, id string) (Invitation, error) {
	return s.visibleInvitation(ctx, id, by, store.Fresh)
}

// Rounds lists a project's rounds for staff.
func (s *Service) Rounds(ctx context.Context, by party.Actor, id string) (Project, []Round, error) {
	p, err := s.visibleProject(ctx, id, by, store.Fresh)
	if err != nil {
		return p, nil, err
	}
	if !by.IsStaff() {
		return p, nil, problem.New(problem.CodeForbidden, "Who was invited at which reward is for staff.")
	}
	rounds, err := s.rounds(ctx, p, store.Fresh)
	slices.SortFunc(rounds, func(a, b Round) int { return a.SentAt.Compare(b.SentAt) })
	return p, rounds, err
}

// Assignment is one assignment for its pro, its client, QC or staff.
func (s *Service) Assignment(ctx context.Context, by party.Actor, id string) (Held, error) {
	a, story, err := s.assignment(ctx, id, by, store.Fresh)
	return Held{Assignment: a, Timeline: story}, err
}

// Comparison is what changed between two versions of an assignment, for whoever may see both. 0 means the newest, and the
// one before.
func (s *Service) Comparison(ctx context.Context, by party.Actor, id string, from, to int) (Comparison, error) {
	a, story, err := s.assignment(ctx, id, by, store.Fresh)
	if err != nil {
		return Comparison{}, err
	}
	return Compare(Versions(a, story, by), from, to)
}

// Queue lists the versions that wait for quality control, longest waiting first.
func (s *Service) Queue(ctx context.Context, by party.Actor, limit int, after store.Position) (store.Page[store.Record], error) {
	if !by.Is(party.QC) && !by.IsStaff() {
		return store.Page[store.Record]{}, problem.New(problem.CodeForbidden, "The queue is for quality control.")
	}
	return s.Store.Waiting(ctx, store.QC, limit, after)
}

// Statement is a pro's own, or anybody's for staff.
func (s *Service) Statement(ctx context.Context, by party.Actor, pro string, limit int, after store.Position) (Statement, error) {
	if pro == "" {
		pro = by.ID
	}
	if !readsStatement(by, pro) {
		return Statement{}, notFound()
	}
	return s.StatementOf(ctx, pro, limit, after)
}

// Reward is one reward: a pro's own, or anybody's for staff, who find its pro through the assignment.
func (s *Service) Reward(ctx context.Context, by party.Actor, id string) (ledger.Reward, error) {
	owner := by.ID
	switch {
	case by.IsStaff():
		a, err := store.Is[Assignment](s.Store.Get(ctx, store.Ref{Kind: store.Assignment, ID: assignmentOf(id)}, store.Fresh))
		if err != nil {
			return ledger.Reward{}, err
		}
		owner = a.Pro
	case !by.Is(party.Pro):
		return ledger.Reward{}, notFound()
	}
	return store.Is[ledger.Reward](s.Store.Get(ctx, store.Ref{Kind: store.Reward, ID: id, Owner: owner}, store.Fresh))
}
