package audit

import (
	"errors"
	"slices"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/project"
)

// checkMoney: every entry sums to zero and so does the book; every passed assignment has one reward; every state that a
// reward or adjustment is or was in has its one entry, and there is no other; what a pro's entries add up to is what their
// rewards and adjustments say, and never less than nothing (I1, I3–I6).
func (b *books) checkMoney() {
	for id, a := range b.assignments {
		if r, ok := b.rewards[project.RewardID(id)]; ok != !a.PassedAt.IsZero() || ok && (r.Pro != a.Pro || whole(r) != a.Terms.Reward) {
			b.fault("I4", "assignment %s passed at %s, and its reward is %+v", id, a.PassedAt, r)
		}
		for _, n := range a.Fees {
			if r, ok := b.rewards[project.FeeID(id, n)]; !ok || r.Pro != a.Pro || r.Change != n {
				b.fault("I4", "assignment %s has a fee for request %d, and its reward is %+v", id, n, r)
			}
		}
	}
	var all []ledger.Entry
	undone := map[string]int{}
	for _, e := range b.entries {
		all = append(all, e)
		if err := b.book.Add(e); err != nil {
			b.fault("I8", "%w", err)
		}
		if e.Reverses != "" {
			undone[e.Reverses]++
		}
		if err := e.Validate(); err != nil {
			b.fault("I1", "%w", err)
		}
	}
	explained := map[string]bool{}
	standing := map[ledger.Account]map[string]int64{}
	for _, r := range b.rewards {
		b.checkReward(r, undone[r.ID], explained)
		switch r.Progress.State {
		case ledger.RewardHeld, ledger.RewardFrozen:
			stands(standing, ledger.Held(r.Pro), r.Amount)
		case ledger.RewardCredited:
			stands(standing, ledger.Available(r.Pro), r.Amount)
		}
	}
	for _, a := range b.adjustments {
		b.checkAdjustment(a, undone[a.ID], explained)
		if a.Progress.State == ledger.AdjustmentPosted && a.Kind != ledger.Correction {
			stands(standing, ledger.Available(a.Pro), a.Share)
		}
	}
	for id := range b.entries {
		if !explained[id] {
			b.fault("I4", "entry %s belongs to no reward or adjustment", id)
		}
	}
	b.checkBalances(all, standing)
}

// stands adds an amount to what rewards and adjustments say of an account.
func stands(on map[ledger.Account]map[string]int64, a ledger.Account, m ledger.Money) {
	if on[a] == nil {
		on[a] = map[string]int64{}
	}
	on[a][m.Currency] += m.Minor
}

func (b *books) checkReward(r ledger.Reward, undone int, explained map[string]bool) {
	switch a, ok := b.assignments[r.Assignment]; {
	case !ok || r.Change == 0 && r.ID != project.RewardID(r.Assignment):
		b.fault("I4", "reward %s is for assignment %s, which is not there", r.ID, r.Assignment)
	case r.Change > 0:
		b.checkFee(r, a)
	}
	credited := r.Amount
	for _, p := range b.entries[r.ID+".not_picked"].Postings {
		if p.Account == ledger.Available(r.Pro) {
			credited = whole(r) // it was taken away afterwards
		}
	}
	b.explain(explained, r.ID+".hold", r.Pro, whole(r), true)
	b.explain(explained, r.ID+".credit", r.Pro, credited, !r.CreditedAt.IsZero())
	b.explain(explained, r.ID+".not_picked", r.Pro, r.Forgone.Neg(), !r.Forgone.IsZero())
	if voided := r.Progress.State == ledger.RewardVoided; voided != (undone == 1) || voided == r.VoidedAt.IsZero() || undone > 1 {
		b.fault("I3", "reward %s is %s, and is taken back %d times", r.ID, r.Progress.State, undone)
	}
	if r.Progress.State == ledger.RewardCredited && r.CreditedAt.IsZero() || !r.CreditedAt.IsZero() && !r.ReleaseAt.IsZero() && !r.CreditedAt.Equal(r.ReleaseAt) {
		b.fault("I4", "reward %s was to be released at %s and was at %s", r.ID, r.ReleaseAt, r.CreditedAt)
	}
}

// whole is a reward with what was taken away of it.
func whole(r ledger.Reward) ledger.Money {
	return ledger.Money{Minor: r.Amount.Minor + r.Forgone.Minor, Currency: r.Amount.Currency}
}

// checkFee: a fee is one that its assignment knows of, charged to its client in the entry that holds it, and its clock runs
// once the changes that it pays for have passed (A11, A18).
func (b *books) checkFee(r ledger.Reward, a project.Assignment) {
	if r.ID != project.FeeID(a.ID, r.Change) || !slices.Contains(a.Fees, r.Change) {
		b.fault("I4", "assignment %s knows of no fee %s", a.ID, r.ID)
	}
	for n, p := range b.entries[r.ID+".hold"].Postings {
		charged := n == 0 && p.Account == ledger.Client(a.Client) && p.Amount.Minor < 0
		if !charged && p.Account != ledger.Platform && p.Account != ledger.Held(a.Pro) {
			b.fault("I5", "fee %s moves %s on account %s", r.ID, p.Amount, p.Account)
		}
	}
	if made := a.Request.Number != r.Change; made && r.Rule == policy.AfterHold && r.ReleaseAt.IsZero() && r.Progress.State != ledger.RewardVoided {
		b.fault("I10", "the changes of fee %s are made, and nothing releases it", r.ID)
	}
}

func (b *books) checkAdjustment(a ledger.Adjustment, undone int, explained map[string]bool) {
	if of, ok := b.assignments[a.Assignment]; !ok || of.Pro != a.Pro || of.Client != a.Client {
		b.fault("I4", "adjustment %s is of assignment %s, which is not theirs", a.ID, a.Assignment)
	}
	state := a.Progress.State
	b.explain(explained, a.EntryID(), a.Pro, a.Share, state == ledger.AdjustmentPosted || state == ledger.AdjustmentReversed)
	if reversed := state == ledger.AdjustmentReversed; reversed != (undone == 1) || undone > 1 {
		b.fault("I3", "adjustment %s is %s, and is taken back %d times", a.ID, state, undone)
	}
	if a.DecidedBy != "" && a.DecidedBy == a.By && state != ledger.AdjustmentDeclined {
		b.fault("I30", "adjustment %s was approved by who proposed it", a.ID)
	}
}

// explain expects an entry to be there or not, and to bring its pro an amount.
func (b *books) explain(explained map[string]bool, id, pro string, brings ledger.Money, want bool) {
	e, got := b.entries[id]
	if explained[id] = got; got != want {
		b.fault("I4", "whether there is an entry %s is %t", id, got)
	}
	if !got || len(e.Postings) == 0 {
		return
	}
	held, err := e.Change(ledger.Held(pro))
	available, failed := e.Change(ledger.Available(pro))
	if err = errors.Join(err, failed); err != nil || e.Pro != pro {
		b.fault("I8", "entry %s of %s: %w", id, e.Pro, err)
	}
	if e.Kind == "credit" && e.Reward != "" { // from one of the pro's accounts to the other
		held = ledger.Money{Currency: held.Currency}
	}
	if held.Minor+available.Minor != brings.Minor || held.Currency != brings.Currency {
		b.fault("I4", "%s should bring %s, and its entry brings %d and %d", id, brings, held.Minor, available.Minor)
	}
}

func (b *books) checkBalances(all []ledger.Entry, standing map[ledger.Account]map[string]int64) {
	balances, err := ledger.Balances(all)
	if err != nil {
		b.fault("I8", "%w", err)
		return
	}
	total := map[string]int64{}
	for account, sums := range balances {
		for currency, sum := range sums {
			total[currency] += sum.Minor
			if account.MayOwe() {
				continue
			}
			if sum.Minor < 0 {
				b.fault("I6", "account %s owes %s", account, sum)
			}
			if sum.Minor != standing[account][currency] {
				b.fault("I5", "account %s has %s by its entries and %d by its rewards and adjustments", account, sum, standing[account][currency])
			}
		}
	}
	for account, sums := range standing {
		for currency, sum := range sums {
			if balances[account][currency].Minor != sum {
				b.fault("I5", "account %s has no %d %s in its entries", account, sum, currency)
			}
		}
	}
	for currency, sum := range total {
		if sum != 0 {
			b.fault("I1", "all accounts together are %d %s off", sum, currency)
		}
	}
}
