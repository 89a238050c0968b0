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
	told := Told{Project: p}
	for _, seat := range slices.Concat(p.Seats, p.Former) {
		if seat.Assignment == "" {
			continue
		}
		record, more, err := s.Store.Story(ctx, store.Ref{Kind: store.Assignment, ID: seat.Assignment}, store.Fresh)
		a, err := store.Is[Assignment](record, err)
		if err != nil {
			return Told{}, err
		}
		story = append(story, more...)
		if seat.LeftAt.IsZero() {
			told.Works = append(told.Works, a)
		}
	}
	slices.SortStableFunc(story, func(a, b store.Event) int { return a.At.Compare(b.At) })
	told.Timeline = story
	if by.IsStaff() {
		losers, err := s.losers(ctx, p, by)
		if err != nil {
			return Told{}, err
		}
		told.Losers = &losers
	}
	return told, nil
}

// Invitation is one invitation as its pro opens it, or as staff look at it (R25–R28).
func (s *Service) Invitation(ctx context.Context, by party.Actor, id string) (Invitation, error) {
	i, err := s.visibleInvitation(ctx, id, by, store.Fresh)
	if seat, won := i.Project.seatOf(id); err == nil && won {
		i.Work, err = store.Is[Assignment](s.Store.Get(ctx, store.Ref{Kind: store.Assignment, ID: seat.Assignment}, store.Fresh))
	}
	return i, err
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

// Statement is a pro's own, or anybody's for staff.
func (s *Service) Statement(ctx context.Context, by party.Actor, pro string, limit int, after store.Position) (Statement, error) {
	if pro == "" {
		pro = by.ID
	}
	if !readsStatement(by, pro) {
		return Statement{}, notFound()
	}
	st, err := s.StatementOf(ctx, pro, limit, after)
	if err == nil && by.IsStaff() {
		err = s.work(ctx, st.Rewards)
	}
	return st, err
}

// work fills in what rewards are for.
func (s *Service) work(ctx context.Context, rewards []Earned) error {
	var refs []store.Ref
	for _, r := range rewards {
		if ref := (store.Ref{Kind: store.Assignment, ID: r.Assignment}); !slices.Contains(refs, ref) {
			refs = append(refs, ref)
		}
	}
	if len(refs) == 0 {
		return nil
	}
	records, err := s.Store.GetAll(ctx, refs, store.Stale)
	for _, record := range records {
		for n := range rewards {
			if a, ok := record.(Assignment); ok && a.ID == rewards[n].Assignment {
				rewards[n].Work = a
			}
		}
	}
	return err
}

// Earned is a reward with the work that it is for, which staff decide by; a pro's own reading does without.
type Earned struct {
	ledger.Reward
	Work Assignment
}

// Reward is one reward: a pro's own, or anybody's for staff, who find its pro through the assignment.
func (s *Service) Reward(ctx context.Context, by party.Actor, id string) (Earned, error) {
	e, owner := Earned{}, by.ID
	var err error
	switch {
	case by.IsStaff():
		e.Work, err = store.Is[Assignment](s.Store.Get(ctx, store.Ref{Kind: store.Assignment, ID: assignmentOf(id)}, store.Fresh))
		owner = e.Work.Pro
	case !by.Is(party.Pro):
		err = notFound()
	}
	if err != nil {
		return Earned{}, err
	}
	e.Reward, err = store.Is[ledger.Reward](s.Store.Get(ctx, store.Ref{Kind: store.Reward, ID: id, Owner: owner}, store.Fresh))
	return e, err
}
