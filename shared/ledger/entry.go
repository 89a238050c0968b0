package ledger

import (
	"fmt"
	"strings"
	"time"
)

// Account is a place where money stands.
type Account string

// Due is what a project owes for the work; it goes down as rewards are held for pros.
func Due(project string) Account { return Account("project:" + project) }

// Held is a pro's money that is not theirs yet.
func Held(pro string) Account { return Account("held:" + pro) }

// Available is a pro's money.
func Available(pro string) Account { return Account("available:" + pro) }

// Client is what a client has been charged beyond their projects' rewards; it goes down with every fee.
func Client(client string) Account { return Account("client:" + client) }

// Platform is the marketplace's own: its part of fees comes in, courtesy credits go out. It may be negative.
const Platform Account = "platform"

// MayOwe reports whether an account may stand below zero. A pro's may not (I6).
func (a Account) MayOwe() bool {
	class := a.Class()
	return class != "held" && class != "available"
}

// Class is what kind of account it is: what stands before the colon.
func (a Account) Class() string {
	class, _, _ := strings.Cut(string(a), ":")
	return class
}

// Posting is one leg of an entry.
type Posting struct {
	Account Account
	Amount  Money // negative where it leaves
}

// Entry is one movement. It is written once and never changed.
type Entry struct {
	ID         string // from the reward or adjustment and the kind, so that a movement can happen only once (I4)
	Pro        string // whose statement shows it
	Kind       string // of a reward "hold", "credit" and "not_picked", or an adjustment's kind
	Reward     string // empty where it is none's
	Assignment string
	Title      string // the project's, for the statement
	Postings   []Posting
	At         time.Time
	Rule       string // why: the release rule or "manual", and the policy version
	Reverses   string // the reward or adjustment that it undoes
}

// Source is the reward or adjustment that an entry's ID names.
func (e Entry) Source() string {
	source, _, _ := strings.Cut(e.ID, ".")
	return source
}

// Moved is how much leaves accounts, which is how much comes to others.
func (e Entry) Moved() (Money, error) {
	sum := Money{Currency: e.Postings[0].Amount.Currency}
	for _, p := range e.Postings {
		if p.Amount.Minor < 0 {
			continue
		}
		var err error
		if sum, err = sum.Add(p.Amount); err != nil {
			return Money{}, fmt.Errorf("ledger: entry %s: %w", e.ID, err)
		}
	}
	return sum, nil
}

// Change is what the entry does to an account.
func (e Entry) Change(a Account) (Money, error) {
	sum := Money{Currency: e.Postings[0].Amount.Currency}
	for _, p := range e.Postings {
		if p.Account != a {
			continue
		}
		var err error
		if sum, err = sum.Add(p.Amount); err != nil {
			return Money{}, fmt.Errorf("ledger: entry %s: %w", e.ID, err)
		}
	}
	return sum, nil
}

// Validate refuses an entry whose legs do not sum to zero in one currency (I1, I8).
func (e Entry) Validate() error {
	if len(e.Postings) < 2 {
		return fmt.Errorf("ledger: entry %s has %d postings", e.ID, len(e.Postings))
	}
	sum := Money{Currency: e.Postings[0].Amount.Currency}
	for _, p := range e.Postings {
		var err error
		if sum, err = sum.Add(p.Amount); err != nil {
			return fmt.Errorf("ledger: entry %s: %w", e.ID, err)
		}
	}
	if !sum.IsZero() {
		return fmt.Errorf("ledger: entry %s sums to %s", e.ID, sum)
	}
	return nil
}

// Balances sums entries by account and currency; with a pro's whole list it is that pro's truth (I5).
func Balances(entries []Entry) (map[Account]map[string]Money, error) {
	balances := map[Account]map[string]Money{}
	for _, e := range entries {
		for _, p := range e.Postings {
			account := balances[p.Account]
			if account == nil {
				account = map[string]Money{}
				balances[p.Account] = account
			}
			had := account[p.Amount.Currency]
			had.Currency = p.Amount.Currency
			sum, err := had.Add(p.Amount)
			if err != nil {
				return nil, fmt.Errorf("ledger: account %s: %w", p.Account, err)
			}
			account[p.Amount.Currency] = sum
		}
	}
	return balances, nil
}
