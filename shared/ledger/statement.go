package ledger

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Line is one movement on one of a pro's accounts, and what stands on the account after it.
type Line struct {
	Entry           Entry
	Account         Account
	Amount, Balance Money
}

// Lines are all movements on a pro's accounts, oldest first. Of one instant a hold comes before what is credited, and that
// before what is taken back, so that no balance is shown that never was.
func Lines(pro string, entries []Entry) ([]Line, error) {
	entries = slices.Clone(entries)
	slices.SortFunc(entries, func(a, b Entry) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.rank(), b.rank()), cmp.Compare(a.ID, b.ID))
	})
	type account struct {
		name     Account
		currency string
	}
	balances := map[account]Money{}
	var lines []Line
	for _, e := range entries {
		for _, p := range e.Postings {
			if p.Account != Held(pro) && p.Account != Available(pro) {
				continue
			}
			at := account{p.Account, p.Amount.Currency}
			had := balances[at]
			had.Currency = p.Amount.Currency
			balance, err := had.Add(p.Amount)
			if err != nil {
				return nil, fmt.Errorf("ledger: account %s: %w", p.Account, err)
			}
			balances[at] = balance
			lines = append(lines, Line{e, p.Account, p.Amount, balance})
		}
	}
	return lines, nil
}

func (e Entry) rank() int {
	switch {
	case e.Reverses != "":
		return 2
	case e.Kind == "hold":
		return 0
	}
	return 1
}

// Trial is a trial balance: what entries moved, by class of account and currency.
type Trial struct {
	Entries    int
	Turnovers  map[string]map[string]Turnover
	Unbalanced []string // entries that do not sum to zero
}

// Turnover is what came to accounts and what left them; both are positive or zero.
type Turnover struct{ In, Out Money }

// Sum is what is left.
func (t Turnover) Sum() (Money, error) { return t.In.Add(t.Out.Neg()) }

// Add takes an entry in. One that does not sum to zero is named, and counted all the same.
func (t *Trial) Add(e Entry) error {
	if t.Turnovers == nil {
		t.Turnovers = map[string]map[string]Turnover{}
	}
	t.Entries++
	if e.Validate() != nil {
		t.Unbalanced = append(t.Unbalanced, e.ID)
	}
	for _, p := range e.Postings {
		class := t.Turnovers[p.Account.Class()]
		if class == nil {
			class = map[string]Turnover{}
			t.Turnovers[p.Account.Class()] = class
		}
		sum := class[p.Amount.Currency]
		sum.In.Currency, sum.Out.Currency = p.Amount.Currency, p.Amount.Currency
		into, amount := &sum.In, p.Amount
		if amount.Minor < 0 {
			into, amount = &sum.Out, amount.Neg()
		}
		var err error
		if *into, err = into.Add(amount); err != nil {
			return fmt.Errorf("ledger: accounts %s: %w", p.Account.Class(), err)
		}
		class[p.Amount.Currency] = sum
	}
	return nil
}

// Balanced reports whether every entry sums to zero, and with them the book (I1).
func (t Trial) Balanced() bool { return len(t.Unbalanced) == 0 }

// notBefore keeps what undoes something from standing before it in the book, whatever a clock says.
func notBefore(t, now time.Time) time.Time {
	if now.Before(t) {
		return t
	}
	return now
}
