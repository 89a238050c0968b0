package project

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
)

// Raised is the assignment with the higher reward of a relief, under a new version of the terms (R16, A5). Once the reward is
// on hold the difference is a matter of the ledger, not of the terms. ledger.ErrTakesTwo where one person may not raise it so far.
func Raised(a Assignment, r Relief, book policy.Policy) (Assignment, error) {
	if !a.PassedAt.IsZero() {
		return a, problem.New(problem.CodeStateChanged, "The reward is on hold since %s; what comes on top of it is an adjustment.", a.PassedAt.Format(time.RFC3339))
	}
	alone, err := r.rise(a.Terms.Reward, a.Alone, book)
	if err != nil {
		return a, err
	}
	a.Alone, a.Terms = alone, a.Terms.with(r.Reward, a.Terms.DeliverBy)
	return a, nil
}

// Repriced is an invitation that offers the higher reward of a relief; its terms change by themselves. Its project is written
// with the round, so that nobody accepts the old terms in between. ledger.ErrTakesTwo as with Raised.
func Repriced(i Invitation, r Relief, book policy.Policy, now time.Time) (Invitation, error) {
	if state := i.State(now); state != Invited {
		return i, problem.New(problem.CodeStateChanged, "The invitation is %s.", state).With("state", string(state))
	}
	alone, err := r.rise(i.Reward(), i.Line.Alone, book)
	if err != nil {
		return i, err
	}
	i.Line.Alone, i.Line.Reward = alone, r.Reward.Minor
	return i.rewritten(now), nil
}

// rise holds a relief to raising the reward there is, and counts it to what one person each decided on the work before: two
// people who agree let that start anew.
func (r Relief) rise(had, alone ledger.Money, book policy.Policy) (ledger.Money, error) {
	if had.Currency != r.Reward.Currency {
		return alone, problem.New(problem.CodeCurrencyMismatch, "Rewards of this project are in %s.", had.Currency)
	}
	if r.Reward.Minor <= had.Minor {
		var wrong problem.Fields
		wrong.Add("/amount", "The reward is %s now; a flag raises it.", had)
		return alone, wrong.Err()
	}
	if r.Agreed {
		return ledger.Money{}, nil
	}
	return ledger.Money{Minor: r.Reward.Minor - had.Minor, Currency: had.Currency}.Alone(alone, book)
}

// with is a new version of terms, under a fingerprint of its own.
func (t Terms) with(reward ledger.Money, deliverBy time.Time) Terms {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q%q%q", t.Seen, reward, deliverBy.Format(time.RFC3339Nano)))
	t.Reward, t.DeliverBy, t.Seen = reward, deliverBy, base64.RawURLEncoding.EncodeToString(sum[:12])
	return t
}
