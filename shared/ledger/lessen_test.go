package ledger

import (
	"fmt"
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
)

var picker = []lifecycle.Role{party.Client}

// stateful is a reward brought to a state, with its entries.
func stateful(t rapid.TB, amount Money, state lifecycle.State) (Reward, []Entry) {
	t.Helper()
	r := earned(policy.AfterHold)
	r.Amount = amount
	r, hold := Hold(r, rules, noon)
	book := []Entry{hold}
	var err error
	switch state {
	case RewardFrozen:
		r, err = FreezeNow(r, party.Actor{ID: "lea", Roles: []lifecycle.Role{party.Lead}}, noon)
	case RewardCredited:
		var credit Entry
		r, credit, err = ReleaseNow(r, party.TimerActor, r.ReleaseAt)
		book = append(book, credit)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r, book
}

// stand checks that a book sums to zero after every entry without a pro owing anything, and gives what the pro has in the end.
func stand(t rapid.TB, book []Entry) (held, available Money) {
	t.Helper()
	for n := range book {
		balances, err := Balances(book[:n+1])
		if err != nil {
			t.Fatal(err)
		}
		var sum int64
		for account, amounts := range balances {
			for _, m := range amounts {
				sum += m.Minor
				if m.Minor < 0 && !account.MayOwe() {
					t.Fatalf("after %s, %s owes %s", book[n].ID, account, m)
				}
				switch account {
				case Held("ana"):
					held = m
				case Available("ana"):
					available = m
				}
			}
		}
		if sum != 0 {
			t.Fatalf("after %s the book sums to %d", book[n].ID, sum)
		}
	}
	return held, available
}

func TestLessen(t *testing.T) {
	t.Run("leaves the pro their share, never less, of any amount in any currency from wherever it stands — A13 A14 I1 I6", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			amount := Money{rapid.OneOf(rapid.Int64Range(0, 50), rapid.Int64Range(0, MaxMinor)).Draw(t, "minor"), currency(t)}
			share := policy.BasisPoints(rapid.OneOf(rapid.SampledFrom([]int{0, 1, 9_999, 10_000}), rapid.IntRange(0, 10_000)).Draw(t, "share"))
			r, book := stateful(t, amount, rapid.SampledFrom([]lifecycle.State{RewardHeld, RewardFrozen, RewardCredited}).Draw(t, "state"))
			before := r
			r, e, err := LessenNow(r, share, picker, noon.Add(40*24*time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			if e.ID != "" {
				if book = append(book, e); e.Validate() != nil {
					t.Fatalf("got %+v", e)
				}
			}
			held, available := stand(t, book)
			has := held.Minor + available.Minor
			exact := new(big.Int).Mul(big.NewInt(amount.Minor), big.NewInt(int64(share)))
			least := new(big.Int).Mul(big.NewInt(has), big.NewInt(int64(policy.Whole)))
			over := new(big.Int).Sub(least, exact)
			if over.Sign() < 0 || over.Cmp(big.NewInt(int64(policy.Whole))) >= 0 {
				t.Fatalf("%d of %s leaves %d", share, amount, has)
			}
			if r.Amount.Minor != has || r.Amount.Minor+r.Forgone.Minor != amount.Minor {
				t.Fatalf("the reward says %s and %s of %s", r.Amount, r.Forgone, amount)
			}
			if changed := r.Version != before.Version; changed != (has != amount.Minor) || changed != (e.ID != "") {
				t.Fatalf("got %+v, %+v", r, e)
			}
			switch {
			case has == 0 && amount.Minor > 0:
				if r.Progress.State != RewardVoided || r.VoidedAt.IsZero() || len(r.Progress.Deadlines) != 0 || e.Reverses != r.ID {
					t.Fatalf("got %+v, %+v", r, e)
				}
				return
			case r.Progress.State != before.Progress.State || len(r.Progress.Deadlines) != len(before.Progress.Deadlines) || e.Reverses != "":
				t.Fatalf("got %+v, %+v", r, e)
			}
			if r.Progress.State == RewardHeld {
				r, credit, err := ReleaseNow(r, party.TimerActor, r.ReleaseAt)
				if err != nil || r.Progress.State != RewardCredited {
					t.Fatal(err)
				}
				if held, available := stand(t, append(book, credit)); held.Minor != 0 || available.Minor != has {
					t.Fatalf("released, the pro has %s and %s", held, available)
				}
			}
		})
	})
	for _, c := range []struct {
		minor   int64
		share   policy.BasisPoints
		kept    int64
		rounded string
	}{{1, 5_000, 1, "up for the pro"}, {3, 5_000, 2, "up for the pro"}, {101, 3_333, 34, "up for the pro"}, {100, 2_500, 25, "not at all"}, {MaxMinor, 1, MaxMinor / 10_000, "not at all"}} {
		t.Run(fmt.Sprintf("%d of 10,000 of %d minor units leaves %d, rounded %s — A37", c.share, c.minor, c.kept, c.rounded), func(t *testing.T) {
			kept, forgone, err := Money{c.minor, "JPY"}.Kept(c.share)
			if err != nil || kept != (Money{c.kept, "JPY"}) || forgone != (Money{c.minor - c.kept, "JPY"}) {
				t.Errorf("got %s and %s, %v", kept, forgone, err)
			}
		})
	}
	t.Run("refuses a share below nothing or above the whole", func(t *testing.T) {
		for _, share := range []policy.BasisPoints{-1, policy.Whole + 1} {
			r, _ := stateful(t, Money{1250, "USD"}, RewardHeld)
			if _, _, err := LessenNow(r, share, picker, noon); !problem.Is(err, problem.CodeValidation) {
				t.Errorf("%d: %v", share, err)
			}
		}
	})
	t.Run("leaves alone what was taken back already — B62", func(t *testing.T) {
		r, book := stateful(t, Money{1250, "USD"}, RewardHeld)
		r, _, err := LessenNow(r, 0, picker, noon)
		if err != nil {
			t.Fatal(err)
		}
		if again, e, err := LessenNow(r, 5_000, picker, noon); err != nil || again.Version != r.Version || e.ID != "" || len(book) != 1 {
			t.Errorf("got %+v, %+v, %v", again, e, err)
		}
	})
	for _, state := range []lifecycle.State{RewardHeld, RewardFrozen, RewardCredited} {
		t.Run("of a reward that is "+string(state)+", a correction takes back what is left, and what was proposed before it is proposed anew — R56 B62", func(t *testing.T) {
			lead := party.Actor{ID: "lea", Roles: []lifecycle.Role{party.Lead}}
			r, book := stateful(t, Money{1251, "USD"}, state)
			early := correction(t, r.ID, book[0])
			r, e, err := LessenNow(r, 4_000, picker, noon)
			if err != nil {
				t.Fatal(err)
			}
			book = append(book, e)
			if _, _, _, err := r.UndoneBy(early, r.Remains(book[0]), Adjust, lead, noon); !problem.Is(err, problem.CodeStateChanged) {
				t.Errorf("got %v", err)
			}
			late := correction(t, r.ID, r.Remains(book[0]))
			undone, late, e, err := r.UndoneBy(late, r.Remains(book[0]), Adjust, lead, noon)
			if err != nil || undone.Progress.State != RewardVoided || late.Share != (Money{-501, "USD"}) {
				t.Fatalf("got %+v, %+v, %v", undone, late, err)
			}
			if held, available := stand(t, append(book, e)); held.Minor != 0 || available.Minor != 0 {
				t.Errorf("the pro has %s and %s left", held, available)
			}
		})
	}
}
