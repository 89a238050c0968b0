package ledger

import (
	"time"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
)

// Fee is what a client pays for work beyond what was agreed, and the pro's part of it; the platform keeps the rest (R49, A18).
type Fee struct {
	Amount, Share Money
}

// ProposedFee is the fee that the policy proposes for work of this reward, shared as the policy says (A18).
func ProposedFee(work Money, p policy.Policy) (Fee, error) {
	amount, _, err := work.Split(p.FeeRate)
	if err != nil {
		return Fee{}, err
	}
	return SharedFee(amount, p)
}

// SharedFee shares an amount as the policy says, rounded half to even.
func SharedFee(amount Money, p policy.Policy) (Fee, error) {
	share, _, err := amount.Split(p.FeeShare)
	return Fee{Amount: amount, Share: share}, err
}

// Rest is what the platform keeps.
func (f Fee) Rest() Money { return Money{f.Amount.Minor - f.Share.Minor, f.Amount.Currency} }

// Check refuses a fee in another currency than the work's, one of nothing, and a share of nothing or of more than the fee.
func (f Fee) Check(currency string) error {
	if f.Amount.Currency != currency || f.Share.Currency != currency {
		return problem.New(problem.CodeCurrencyMismatch, "The work is paid in %s, and so is its fee.", currency)
	}
	var wrong problem.Fields
	if f.Amount.Minor <= 0 {
		wrong.Add("/fee", "A fee is more than nothing; changes without a fee are forwarded.")
	}
	if f.Share.Minor <= 0 || f.Share.Minor > f.Amount.Minor {
		wrong.Add("/share", "The pro's share is more than nothing and at most the fee.")
	}
	return wrong.Err()
}

// HoldFee charges the client and puts the pro's share on hold, in one entry: both sides or neither (A18). Its release is
// armed by ArmFee once the work that it pays for has passed quality control.
func HoldFee(r Reward, f Fee, client string, p policy.Policy, now time.Time) (Reward, Entry) {
	r.Amount = f.Share
	r.Progress, r.HeldAt, r.Policy = lifecycle.Start(RewardLifecycle), now, p.Version
	e := r.entry("hold", Client(client), Held(r.Pro), now)
	e.Rule = "fee/" + e.Rule
	e.Postings[0].Amount = f.Amount.Neg()
	if rest := f.Rest(); !rest.IsZero() {
		e.Postings = append([]Posting{e.Postings[0], {Platform, rest}}, e.Postings[1])
	}
	return r, e
}

// ArmFee starts the release clock of a held fee at the QC approval of the work that it pays for; an earlier reward's clock
// is its own (A11). Where the client's approval releases, there is none to start; a frozen fee keeps the instant in mind.
func ArmFee(r Reward, p policy.Policy, now time.Time) Reward {
	if !r.Pending() || r.Rule != policy.AfterHold {
		return r
	}
	r.ReleaseAt = now.Add(p.RewardHold)
	if r.Progress.State == RewardHeld {
		r.Progress = r.Progress.Arm(RewardLifecycle, ReleaseDeadline, "", r.ReleaseAt)
	}
	r.Version++
	return r
}
