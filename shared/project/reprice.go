package project

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/problem"
)

// Raised is the assignment with a higher reward, under a new version of the terms (R16, A5). Once the reward is on hold the
// difference is a matter of the ledger, not of the terms.
func Raised(a Assignment, to ledger.Money) (Assignment, error) {
	if !a.PassedAt.IsZero() {
		return a, problem.New(problem.CodeStateChanged, "The reward is on hold since %s; what comes on top of it is an adjustment.", a.PassedAt.Format(time.RFC3339))
	}
	if err := higher(a.Terms.Reward, to); err != nil {
		return a, err
	}
	a.Terms = a.Terms.with(to, a.Terms.DeliverBy)
	return a, nil
}

// Repriced is an invitation that offers a higher reward; its terms change by themselves. Its project is written with the
// round, so that nobody accepts the old terms in between.
func Repriced(i Invitation, to ledger.Money, now time.Time) (Invitation, error) {
	if state := i.State(now); state != Invited {
		return i, problem.New(problem.CodeStateChanged, "The invitation is %s.", state).With("state", string(state))
	}
	if err := higher(i.Reward(), to); err != nil {
		return i, err
	}
	i.Line.Reward = to.Minor
	return i.rewritten(now), nil
}

func higher(had, to ledger.Money) error {
	if had.Currency != to.Currency {
		return problem.New(problem.CodeCurrencyMismatch, "Rewards of this project are in %s.", had.Currency)
	}
	if to.Minor <= had.Minor {
		var wrong problem.Fields
		wrong.Add("/amount", "The reward is %s now; a flag raises it.", had)
		return wrong.Err()
	}
	return nil
}

// with is a new version of terms, under a fingerprint of its own.
func (t Terms) with(reward ledger.Money, deliverBy time.Time) Terms {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q%q%q", t.Seen, reward, deliverBy.Format(time.RFC3339Nano)))
	t.Reward, t.DeliverBy, t.Seen = reward, deliverBy, base64.RawURLEncoding.EncodeToString(sum[:12])
	return t
}
