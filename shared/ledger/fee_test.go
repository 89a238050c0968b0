package ledger

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
)

func TestProposedFee(t *testing.T) {
	book := policy.Editions().Current()
	t.Run("is 15 % of the work's reward, of which the pro gets the policy's part — A18 B60", func(t *testing.T) {
		for work, want := range map[int64][2]int64{12000: {1800, 1440}, 5000: {750, 600}, 10: {2, 2}, 30: {4, 3}, 50: {8, 6}} {
			fee, err := ProposedFee(Money{Minor: work, Currency: "USD"}, book)
			if err != nil || fee.Amount.Minor != want[0] || fee.Share.Minor != want[1] || fee.Rest().Minor != want[0]-want[1] {
				t.Errorf("of %d: %+v, %v", work, fee, err)
			}
		}
	})
	t.Run("of a reward of nothing is no fee — R54", func(t *testing.T) {
		fee, err := ProposedFee(Money{Currency: "USD"}, book)
		if err != nil || !problem.Is(fee.Check("USD"), problem.CodeValidation) {
			t.Errorf("%+v, %v", fee, err)
		}
	})
}

func TestHoldFee(t *testing.T) {
	book := policy.Editions().Current()
	t.Run("sums to zero over any fee, charges the client what the pro's share and the platform's rest come to, and takes neither below zero — A18 I1 I5", func(t *testing.T) {
		rapid.Check(t, func(r *rapid.T) {
			currency := rapid.SampledFrom([]string{"USD", "JPY", "KWD"}).Draw(r, "currency")
			amount := Money{Minor: rapid.Int64Range(1, MaxMinor).Draw(r, "fee"), Currency: currency}
			fee, err := SharedFee(amount, book)
			if err != nil {
				r.Fatal(err)
			}
			if rapid.Bool().Draw(r, "another share") {
				fee.Share.Minor = rapid.Int64Range(1, amount.Minor).Draw(r, "share")
			}
			if err := fee.Check(currency); err != nil {
				r.Fatal(err)
			}
			reward, entry := HoldFee(Reward{ID: "rwd_1-1", Pro: "ana", Project: "prj_1", Rule: policy.AfterHold}, fee, "cleo", book, noon)
			if err := entry.Validate(); err != nil {
				r.Fatal(err)
			}
			balances, err := Balances([]Entry{entry})
			if err != nil {
				r.Fatal(err)
			}
			client, held, kept := balances[Client("cleo")][currency], balances[Held("ana")][currency], balances[Platform][currency]
			if client != amount.Neg() || held != reward.Amount || held != fee.Share || kept.Minor < 0 || -client.Minor != held.Minor+kept.Minor {
				r.Fatalf("client %s, pro %s, platform %s of %+v", client, held, kept, fee)
			}
		})
	})
	t.Run("without a rest has two legs", func(t *testing.T) {
		all := Money{Minor: 100, Currency: "USD"}
		if _, entry := HoldFee(Reward{ID: "rwd_1-1", Pro: "ana"}, Fee{Amount: all, Share: all}, "cleo", book, noon); len(entry.Postings) != 2 {
			t.Errorf("got %+v", entry)
		}
	})
}

func TestArmFee(t *testing.T) {
	book := policy.Editions().Current()
	held := func(rule policy.Release) Reward {
		amount := Money{Minor: 100, Currency: "USD"}
		r, _ := HoldFee(Reward{ID: "rwd_1-1", Pro: "ana", Rule: rule}, Fee{Amount: amount, Share: amount}, "cleo", book, noon.Add(-time.Hour))
		return r
	}
	t.Run("starts 30 × 24 hours at the approval of the work that the fee pays for — A11 R55", func(t *testing.T) {
		r := ArmFee(held(policy.AfterHold), book, noon)
		if due, live := r.Progress.Live(ReleaseDeadline, ""); !live || !due.At.Equal(noon.Add(720*time.Hour)) || !r.ReleaseAt.Equal(due.At) {
			t.Errorf("got %+v", r)
		}
	})
	t.Run("starts nothing where the client's approval releases, and nothing for what is credited — A10", func(t *testing.T) {
		credited := held(policy.AfterHold)
		credited.Progress.State = RewardCredited
		for _, r := range []Reward{held(policy.OnClientApproval), credited} {
			if armed := ArmFee(r, book, noon); !armed.ReleaseAt.IsZero() || len(armed.Progress.Deadlines) != 0 {
				t.Errorf("got %+v", armed)
			}
		}
	})
}
