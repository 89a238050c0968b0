package project

import (
	"context"
	"errors"
	"time"

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

// finish closes an assignment; where the category releases on the client's approval, what is still held is credited with it:
// its reward, and the fees of changes (A10). What is frozen only keeps the approval in mind, and what is credited or taken
// back stays as it is (A11).
func (s *Service) finish(ctx context.Context, a, next Assignment, ask Ask, byItself bool) (decided, error) {
	d := decided{next: next, facts: []store.Fact{WorkApproved{Assignment: a.ID, Project: a.Project, Title: a.Terms.Title, Pro: a.Pro, ByItself: byItself}}}
	if a.Request.Number > 0 {
		d.facts, d.tell = append(d.facts, a.over("closed", "")...), a.Request.Shared
	}
	if a.Terms.Release != policy.OnClientApproval {
		return d, nil
	}
	for _, id := range a.rewardIDs() {
		if err := s.approveReward(ctx, a, id, next.DoneAt, ask, &d); err != nil {
			return d, err
		}
	}
	return d, nil
}

func (s *Service) approveReward(ctx context.Context, a Assignment, id string, at time.Time, ask Ask, d *decided) error {
	held, err := s.rewardOf(ctx, a, id)
	if err != nil || !held.Pending() {
		return err
	}
	credited, entry, err := ledger.ApproveNow(held, a.RolesOf(ask.By), at)
	if err != nil {
		return err
	}
	d.reward(&held, credited, entry)
	if entry.ID != "" {
		d.tell = true
		d.facts = append(d.facts, creditedFact(credited))
	}
	return nil
}

// rewardIDs are the rewards of an assignment that has passed quality control, its fees' included.
func (a Assignment) rewardIDs() []string {
	ids := []string{RewardID(a.ID)}
	for _, n := range a.Fees {
		ids = append(ids, FeeID(a.ID, n))
	}
	return ids
}

// rewardOf reads fresh: a decision on another record does not guard what it read here.
func (s *Service) rewardOf(ctx context.Context, a Assignment, id string) (ledger.Reward, error) {
	return store.Is[ledger.Reward](s.Store.Get(ctx, store.Ref{Kind: store.Reward, ID: id, Owner: a.Pro}, store.Fresh))
}

// changesMade closes the client's request with the version that passes, and starts the clock of its fee, if it has one (A11).
func (s *Service) changesMade(ctx context.Context, a Assignment, d *decided, book policy.Policy, now time.Time) error {
	if a.Request.Number > 0 {
		d.facts = append(d.facts, ChangesSettled{Request: a.Request, Outcome: "made"})
	}
	if a.Request.Quote.AgreedAt.IsZero() {
		return nil
	}
	held, err := s.rewardOf(ctx, a, FeeID(a.ID, a.Request.Number))
	if err != nil {
		return err
	}
	armed := ledger.ArmFee(held, book, now)
	if armed.Version != held.Version { // else the client's approval releases it, or it was taken back
		d.reward(&held, armed, ledger.Entry{})
	}
	return nil
}

func creditedFact(r ledger.Reward) RewardCredited {
	return RewardCredited{Reward: r.ID, Assignment: r.Assignment, Project: r.Project, Title: r.Title, Pro: r.Pro, Amount: r.Amount, HeldAt: r.HeldAt}
}

// Statement is what a pro earns: rewards in all states, and what the entries add up to.
type Statement struct {
	Pro      string
	Rewards  []Earned
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
			st.Rewards = append(st.Rewards, Earned{Reward: reward})
		}
	}
	entries, failed := s.entriesOf(ctx, pro)
	if err = errors.Join(err, failed); err != nil {
		return st, err
	}
	st.Balances, err = ledger.Balances(entries)
	return st, err
}
