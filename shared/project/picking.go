package project

import (
	"context"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/store"
)

// Pick ends a contest: its client names the winners, in one commit with what that means for every seat.
func (s *Service) Pick(ctx context.Context, ask Ask, id string, winners []string) (store.Reply, error) {
	return s.transact(ctx, ask, func(store.Freshness) (step, error) {
		record, story, err := s.Store.Story(ctx, store.Ref{Kind: store.Project, ID: id}, store.Fresh) // "not yet" is believed as it is
		before, err := store.Is[Project](record, err)
		if err != nil {
			return step{}, err
		}
		if len(before.RolesOf(ask.By)) == 0 {
			return step{}, notFound()
		}
		entries, err := s.competing(ctx, before)
		if err != nil {
			return step{}, err
		}
		next, changed, err := Picked(before, entries, winners, ask.By, ask.Now)
		if err != nil {
			return step{}, err
		}
		st := step{action: Pick, role: party.Client, tell: true, facts: []store.Fact{
			WinnersPicked{Project: id, Title: before.Title, Client: before.Client, Picked: len(winners), Seats: len(next.Seats)},
		}}
		st = st.about(before, next, story)
		for _, c := range changed {
			if err := s.decidedOn(ctx, c[0], c[1], ask, &st); err != nil {
				return step{}, err
			}
		}
		return st, nil
	})
}

// competing are the assignments of a contest's seats, fresh: each is written, so its version guards it.
func (s *Service) competing(ctx context.Context, p Project) ([]Assignment, error) {
	var refs []store.Ref
	for _, seat := range p.Seats {
		if seat.Assignment != "" {
			refs = append(refs, store.Ref{Kind: store.Assignment, ID: seat.Assignment})
		}
	}
	if len(refs) == 0 {
		return nil, nil
	}
	records, err := s.Store.GetAll(ctx, refs, store.Fresh)
	var entries []Assignment
	for _, ref := range refs {
		for _, r := range records {
			if a, ok := r.(Assignment); ok && r.Ref() == ref {
				entries = append(entries, a)
			}
		}
	}
	return entries, err
}

// decidedOn adds to a step what the pick means for one seat: an event of its own, and what becomes of its reward.
func (s *Service) decidedOn(ctx context.Context, a, next Assignment, ask Ask, st *step) error {
	d := decided{next: next}
	action, rewards := PassOver, a.rewardIDs()
	if next.Progress.State == Done {
		action = Pick
		d.facts = []store.Fact{WorkPicked{Assignment: a.ID, Project: a.Project, Title: a.Terms.Title, Pro: a.Pro}}
	} else {
		rewards = rewards[1:]
		if err := s.passedOver(ctx, a, ask, &d); err != nil {
			return err
		}
	}
	if a.Terms.Release == policy.OnClientApproval && !a.PassedAt.IsZero() {
		for _, id := range rewards {
			if err := s.approveReward(ctx, a, id, ask.Now, ask, &d); err != nil {
				return err
			}
		}
	}
	st.moved = append(append(st.moved, moved{machine: AssignmentLifecycle.Name, before: a, after: next}), d.rewards...)
	st.entries = append(st.entries, d.entries...)
	st.others = append(st.others, meant{subject: a.Ref(), action: action, policy: a.Policy, facts: d.facts, entries: d.entries})
	return nil
}

// passedOver is what somebody earns who was not picked: of the reward for work that passed quality control the share of the
// policy that they accepted under (A13), credited with it where that waits for the client (A10). Fees for changes are theirs.
func (s *Service) passedOver(ctx context.Context, a Assignment, ask Ask, d *decided) error {
	fact := NotChosen{Assignment: a.ID, Project: a.Project, Title: a.Terms.Title, Pro: a.Pro, Paid: !a.PassedAt.IsZero()}
	if !fact.Paid {
		d.facts = []store.Fact{fact}
		return nil
	}
	book, err := s.policyOf(a.Policy)
	if err != nil {
		return err
	}
	had, err := s.rewardOf(ctx, a, RewardID(a.ID))
	if err != nil {
		return err
	}
	r, taken, err := ledger.LessenNow(had, book.NotPickedShare, a.RolesOf(ask.By), ask.Now)
	if err != nil {
		return err
	}
	var credit ledger.Entry
	if a.Terms.Release == policy.OnClientApproval && r.Pending() {
		if r, credit, err = ledger.ApproveNow(r, a.RolesOf(ask.By), ask.Now); err != nil {
			return err
		}
	}
	fact.Earns, fact.Forgone = r.Amount, r.Forgone
	if r.Progress.State == ledger.RewardVoided {
		fact.Earns.Minor = 0
	}
	d.facts = append(d.facts, fact)
	if r.Version != had.Version {
		r.Version = had.Version + 1 // one commit, whatever it does to the reward
		d.reward(&had, r, taken)
	}
	if credit.ID != "" {
		d.entries, d.facts = append(d.entries, credit), append(d.facts, creditedFact(r))
	}
	return nil
}
