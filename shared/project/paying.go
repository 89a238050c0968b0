package project

import (
	"context"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/store"
)

// What happens to the reward when the work is done or the hold is over.

// reward adds a reward's move to a decision, and its entry where money moves with it.
func (d *decided) reward(before *ledger.Reward, after ledger.Reward, entry ledger.Entry) {
	m := moved{machine: ledger.RewardLifecycle.Name, after: after}
	if before != nil {
		m.before = *before
	}
	d.rewards = append(d.rewards, m)
	if entry.ID != "" {
		d.entries = append(d.entries, entry)
	}
}

// finish closes an assignment; where the category releases on the client's approval, the reward is credited with it (A10).
// One that is frozen only keeps the approval in mind (A11).
func (s *Service) finish(ctx context.Context, a, next Assignment, ask Ask, byItself bool) (decided, error) {
	d := decided{next: next, facts: []store.Fact{WorkApproved{Assignment: a.ID, Project: a.Project, Title: a.Terms.Title, Pro: a.Pro, ByItself: byItself}}}
	if a.Terms.Release != policy.OnClientApproval {
		return d, nil
	}
	held, err := store.Is[ledger.Reward](s.Store.Get(ctx, store.Ref{Kind: store.Reward, ID: RewardID(a.ID), Owner: a.Pro}, store.Fresh))
	if err != nil {
		return d, err
	}
	if settled := held.Progress.State == ledger.RewardCredited || held.Progress.State == ledger.RewardVoided; settled {
		return d, nil
	}
	credited, entry, err := ledger.ApproveNow(held, a.RolesOf(ask.By), next.DoneAt)
	if err != nil {
		return d, err
	}
	d.reward(&held, credited, entry)
	if entry.ID == "" {
		return d, nil
	}
	d.tell = true
	d.facts = append(d.facts, creditedFact(credited))
	return d, nil
}

func creditedFact(r ledger.Reward) RewardCredited {
	return RewardCredited{Reward: r.ID, Assignment: r.Assignment, Project: r.Project, Title: r.Title, Pro: r.Pro, Amount: r.Amount, HeldAt: r.HeldAt}
}

// Statement is what a pro earns: rewards in all states, and what the entries add up to.
type Statement struct {
	Pro      string
	Rewards  []ledger.Reward
	Next     store.Position
	Balances map[ledger.Account]map[string]ledger.Money
}

// StatementOf reads a pro's statement, newest reward first; the balances are over all entries, not over the page.
func (s *Service) StatementOf(ctx context.Context, pro string, limit int, after store.Position) (Statement, error) {
	page, err := s.Store.RewardsOf(ctx, pro, limit, after)
	if err != nil {
		return Statement{}, err
	}
	st := Statement{Pro: pro, Next: page.Next}
	for _, r := range page.Items {
		if reward, ok := r.(ledger.Reward); ok {
			st.Rewards = append(st.Rewards, reward)
		}
	}
	st.Balances, err = s.balances(ctx, pro)
	return st, err
}

func (s *Service) balances(ctx context.Context, pro string) (map[ledger.Account]map[string]ledger.Money, error) {
	const page = 500
	var entries []ledger.Entry
	var after store.Position
	for {
		got, err := s.Store.EntriesOf(ctx, pro, page, after)
		if err != nil {
			return nil, err
		}
		entries = append(entries, got.Items...)
		if after = got.Next; after == nil {
			return ledger.Balances(entries)
		}
	}
}
