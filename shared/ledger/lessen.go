package ledger

import (
	"slices"
	"time"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
)

// What becomes of a reward whose pro was not picked in a contest.
const (
	Lessen  lifecycle.Action = "lessen"  // a share of it stays the pro's
	Forfeit lifecycle.Action = "forfeit" // nothing of it does
)

// notPicked is the kind of the entry that takes away what is not the pro's any more.
const notPicked = "not_picked"

// LessenNow leaves a reward the share that the policy gives to who was not picked (A13, A14). The rest goes back to what the
// project owes, from the account where it stands: on hold, frozen or credited. Once taken back a reward stays as it is; then,
// and where nothing is taken away, the entry is empty.
func LessenNow(r Reward, share policy.BasisPoints, roles []lifecycle.Role, now time.Time) (Reward, Entry, error) {
	kept, forgone, err := r.Amount.Kept(share)
	if err != nil || forgone.IsZero() || r.Progress.State == RewardVoided {
		return r, Entry{}, err
	}
	action, from := Lessen, Held(r.Pro)
	if kept.IsZero() {
		action = Forfeit
	}
	if r.Progress.State == RewardCredited {
		from = Available(r.Pro)
	}
	if r.Progress, err = r.Progress.Do(RewardLifecycle, action, roles...); err != nil {
		return r, Entry{}, err
	}
	r.Amount, r.Forgone = kept, forgone
	e := r.entry(notPicked, from, Due(r.Project), notBefore(r.HeldAt, notBefore(r.CreditedAt, now)))
	e.Postings = []Posting{{from, forgone.Neg()}, {Due(r.Project), forgone}}
	if action == Forfeit {
		r.VoidedAt, r.FrozenAt, e.Reverses = now, time.Time{}, r.ID
	}
	r.Version++
	return r, e, nil
}

// Kept divides an amount that is not negative into what a share leaves of it and what it takes away. The part that is taken
// away is rounded down to the minor unit, so nobody has less than their share (as A37 rounds a credit).
func (m Money) Kept(share policy.BasisPoints) (kept, forgone Money, err error) {
	if share < 0 || share > policy.Whole {
		return Money{}, Money{}, problem.New(problem.CodeValidation, "A share lies between 0 %% and 100 %%.")
	}
	const whole = int64(policy.Whole)
	taken := int64(policy.Whole - share)
	minor := m.Minor/whole*taken + m.Minor%whole*taken/whole // as in Split, no product overflows
	return Money{m.Minor - minor, m.Currency}, Money{minor, m.Currency}, nil
}

// Remains is what a reward's hold comes to without what was taken away since: what a correction takes back.
func (r Reward) Remains(hold Entry) Entry {
	if r.Forgone.IsZero() {
		return hold
	}
	hold.Postings = slices.Clone(hold.Postings)
	for n, p := range hold.Postings {
		switch p.Account {
		case Due(r.Project):
			hold.Postings[n].Amount.Minor += r.Forgone.Minor
		case Held(r.Pro):
			hold.Postings[n].Amount.Minor -= r.Forgone.Minor
		}
	}
	return hold
}
