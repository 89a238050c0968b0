package ledger

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
)

var (
	book  = policy.Policy{Version: "7", RewardHold: 720 * time.Hour, FeeShare: 8_000, SecondPersonAbove: map[string]int64{"USD": 250_00, "JPY": 40_000}}
	abe   = party.Actor{ID: "abe", Roles: []lifecycle.Role{party.Agent}}
	leila = party.Actor{ID: "leila", Roles: []lifecycle.Role{party.Lead}}
)

// wanted is a credit or fee that Abe asks for.
func wanted(kind AdjustmentKind, m Money) Adjustment {
	return Adjustment{ID: "adj_1", Kind: kind, Amount: m, Assignment: "asg_1", Project: "prj_1", Title: "A film", Pro: "ana", Client: "cleo", By: "abe", Reason: "because"}
}

// posted is one that was posted at once.
func posted(t rapid.TB, kind AdjustmentKind, m Money) (Adjustment, Entry) {
	t.Helper()
	a, err := Proposed(wanted(kind, m), book, noon)
	if err != nil {
		t.Fatal(err)
	}
	a, e, err := a.Posted(Adjust, abe, noon)
	if err != nil || e.Validate() != nil {
		t.Fatalf("%+v, %v, %v", e, err, e.Validate())
	}
	return a, e
}

// correction is one that Abe asks for.
func correction(t rapid.TB, of string, done Entry) Adjustment {
	t.Helper()
	c := wanted(Correction, Money{})
	c.ID, c.Of = "adj_2", of
	c, err := ProposedUndo(c, done, book, noon.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAdjustment(t *testing.T) {
	t.Run("of kind credit comes from the platform and is the pro's at once — R56", func(t *testing.T) {
		a, e := posted(t, Credit, Money{2000, "USD"})
		want := Entry{
			ID: "adj_1.credit", Pro: "ana", Kind: "credit", Assignment: "asg_1", Title: "A film", At: noon, Rule: "manual@7",
			Postings: []Posting{{Platform, Money{-2000, "USD"}}, {Available("ana"), Money{2000, "USD"}}},
		}
		if diff := cmp.Diff(want, e); diff != "" {
			t.Error(diff)
		}
		if a.Share != a.Amount || !a.Charge.IsZero() || a.Progress.State != AdjustmentPosted || !a.DecidedAt.Equal(noon) {
			t.Errorf("got %+v", a)
		}
	})
	t.Run("of kind fee is the client's to pay; the pro has the policy's share, and the platform what is left — R49 R56 B60", func(t *testing.T) {
		a, e := posted(t, ExtraFee, Money{1003, "USD"})
		want := []Posting{{Client("cleo"), Money{-1003, "USD"}}, {Available("ana"), Money{802, "USD"}}, {Platform, Money{201, "USD"}}}
		if diff := cmp.Diff(want, e.Postings); diff != "" {
			t.Error(diff)
		}
		if a.Share != (Money{802, "USD"}) || a.Charge != a.Amount {
			t.Errorf("got %+v", a)
		}
	})
	for _, minor := range []int64{0, -1} {
		t.Run("is of more than 0 — B52", func(t *testing.T) {
			if _, err := Proposed(wanted(Credit, Money{minor, "USD"}), book, noon); !problem.Is(err, problem.CodeAmountOutOfRange) {
				t.Errorf("%d: %v", minor, err)
			}
		})
	}
	for _, c := range []struct {
		name      string
		before, m Money
		alone     Money // zero where it takes two
	}{
		{"one cent below the limit is one person's", Money{}, Money{249_99, "USD"}, Money{249_99, "USD"}},
		{"exactly the limit is one person's: more than is strict — A36", Money{}, Money{250_00, "USD"}, Money{250_00, "USD"}},
		{"one cent more takes two — R56", Money{}, Money{250_01, "USD"}, Money{}},
		{"each currency has its own limit", Money{}, Money{40_001, "JPY"}, Money{}},
		{"a currency without a limit always takes two", Money{}, Money{1, "KWD"}, Money{}},
		{"what was decided before counts: up to the limit — R106", Money{100_00, "USD"}, Money{150_00, "USD"}, Money{250_00, "USD"}},
		{"what was decided before counts: a cent above it — R106", Money{100_00, "USD"}, Money{150_01, "USD"}, Money{}},
		{"a limit that was lowered since leaves nothing", Money{300_00, "USD"}, Money{1, "USD"}, Money{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.m.Alone(c.before, book)
			if takes := c.alone.IsZero(); takes != errors.Is(err, ErrTakesTwo) || takes && got != c.before || !takes && (err != nil || got != c.alone) {
				t.Errorf("%s after %s: %s, %v", c.m, c.before, got, err)
			}
		})
	}
	t.Run("amounts of two currencies are not one sum", func(t *testing.T) {
		if got, err := (Money{1, "USD"}).Alone(Money{1, "JPY"}, book); !problem.Is(err, problem.CodeCurrencyMismatch) {
			t.Errorf("got %s, %v", got, err)
		}
	})
}

func TestSecondPerson(t *testing.T) {
	proposed, err := Proposed(wanted(Credit, Money{300_00, "USD"}), book, noon)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("approves, and it is posted at that instant — A39", func(t *testing.T) {
		a, e, err := proposed.Posted(ApproveAdjustment, leila, noon.Add(time.Hour))
		if err != nil || a.DecidedBy.Reveal() != "leila" || a.By.Reveal() != "abe" || a.Version != 2 || !e.At.Equal(noon.Add(time.Hour)) {
			t.Errorf("got %+v, %+v, %v", a, e, err)
		}
	})
	t.Run("is never who proposed it, whatever roles they hold — I30 A39", func(t *testing.T) {
		everything := party.Actor{ID: "abe", Roles: party.Roles()}
		if _, e, err := proposed.Posted(ApproveAdjustment, everything, noon); !problem.Is(err, problem.CodeConflictOfInterest) || e.ID != "" {
			t.Errorf("got %+v, %v", e, err)
		}
	})
	t.Run("is a lead or an admin — A39", func(t *testing.T) {
		for _, r := range append(party.Roles(), lifecycle.Timer) {
			_, _, err := proposed.Posted(ApproveAdjustment, party.Actor{ID: "x", Roles: []lifecycle.Role{r}}, noon)
			if may := r == party.Lead || r == party.Admin; may != (err == nil) {
				t.Errorf("%s: %v", r, err)
			}
		}
	})
	t.Run("declines with a reason; who proposed it may take it back; another agent may not", func(t *testing.T) {
		for _, by := range []party.Actor{leila, abe} {
			a, err := proposed.Declined("no", by, noon)
			if err != nil || a.Progress.State != AdjustmentDeclined || a.Refusal.Reveal() != "no" || a.DecidedBy.Reveal() != by.ID {
				t.Errorf("%s: %+v, %v", by.ID, a, err)
			}
		}
		if _, err := proposed.Declined("no", party.Actor{ID: "other", Roles: abe.Roles}, noon); !problem.Is(err, problem.CodeForbidden) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("decides once", func(t *testing.T) {
		declined, err := proposed.Declined("no", leila, noon)
		if err != nil {
			t.Fatal(err)
		}
		if _, e, err := declined.Posted(ApproveAdjustment, leila, noon); !problem.Is(err, problem.CodeStateChanged) || e.ID != "" {
			t.Errorf("got %+v, %v", e, err)
		}
		if _, err := declined.Declined("no", leila, noon); !problem.Is(err, problem.CodeStateChanged) {
			t.Errorf("got %v", err)
		}
	})
}

func TestCorrection(t *testing.T) {
	t.Run("is an entry the other way, which names what it takes back — I2", func(t *testing.T) {
		a, e := posted(t, ExtraFee, Money{1000, "USD"})
		c := correction(t, a.ID, e)
		undone, c, back, err := a.UndoneBy(c, e, Adjust, abe, noon.Add(time.Hour))
		want := Entry{
			ID: "adj_2.correction", Pro: "ana", Kind: "correction", Assignment: "asg_1", Title: "A film", At: noon.Add(time.Hour), Rule: "manual@7", Reverses: "adj_1",
			Postings: []Posting{{Client("cleo"), Money{1000, "USD"}}, {Available("ana"), Money{-800, "USD"}}, {Platform, Money{-200, "USD"}}},
		}
		if diff := cmp.Diff(want, back); diff != "" || err != nil {
			t.Error(diff, err)
		}
		if undone.Progress.State != AdjustmentReversed || undone.ReversedBy != "adj_2" || undone.Version != 2 || c.Progress.State != AdjustmentPosted {
			t.Errorf("got %+v, %+v", undone, c)
		}
		if c.Amount != (Money{1000, "USD"}) || c.Share != (Money{-800, "USD"}) || c.Charge != (Money{-1000, "USD"}) {
			t.Errorf("moves %s, the pro's %s, the client's %s", c.Amount, c.Share, c.Charge)
		}
	})
	t.Run("of a reversal, or of what is reversed, is refused — B62", func(t *testing.T) {
		a, e := posted(t, Credit, Money{1000, "USD"})
		undone, c, back, err := a.UndoneBy(correction(t, a.ID, e), e, Adjust, abe, noon)
		if err != nil {
			t.Fatal(err)
		}
		for _, of := range []Adjustment{undone, c} {
			if _, _, again, err := of.UndoneBy(correction(t, of.ID, back), back, Adjust, abe, noon); !problem.Is(err, problem.CodeAlreadyReversed) || again.ID != "" {
				t.Errorf("%s: %+v, %v", of.ID, again, err)
			}
		}
	})
	t.Run("of what was never posted is refused", func(t *testing.T) {
		proposed, err := Proposed(wanted(Credit, Money{300_00, "USD"}), book, noon)
		if err != nil {
			t.Fatal(err)
		}
		if err := proposed.Reversible(); !problem.Is(err, problem.CodeStateChanged) {
			t.Errorf("got %v", err)
		}
	})
	states := map[string]func(Reward) (Reward, []Entry){
		"held": func(r Reward) (Reward, []Entry) { return r, nil },
		"frozen": func(r Reward) (Reward, []Entry) {
			frozen, err := FreezeNow(r, abe, noon)
			if err != nil {
				t.Fatal(err)
			}
			return frozen, nil
		},
		"credited": func(r Reward) (Reward, []Entry) {
			credited, e, err := ReleaseNow(r, party.TimerActor, r.ReleaseAt)
			if err != nil {
				t.Fatal(err)
			}
			return credited, []Entry{e}
		},
	}
	for name, reach := range states {
		t.Run("of a reward that is "+name+" leaves no account other than before there was one — R56", func(t *testing.T) {
			held, hold := Hold(earned(policy.AfterHold), book, noon)
			r, more := reach(held)
			voided, c, back, err := r.UndoneBy(correction(t, r.ID, hold), hold, Adjust, abe, noon.Add(time.Hour))
			if err != nil || voided.Progress.State != RewardVoided || len(voided.Progress.Deadlines) != 0 || voided.VoidedBy != c.ID || back.Reverses != r.ID || back.Validate() != nil {
				t.Fatalf("got %+v, %+v, %v", voided, back, err)
			}
			balances, err := Balances(append(more, hold, back))
			if err != nil {
				t.Fatal(err)
			}
			for account, sums := range balances {
				if !sums["USD"].IsZero() {
					t.Errorf("%s has %s", account, sums["USD"])
				}
			}
			if _, _, again, err := voided.UndoneBy(correction(t, r.ID, hold), hold, Adjust, abe, noon); !problem.Is(err, problem.CodeAlreadyReversed) || again.ID != "" {
				t.Errorf("voided again: %+v, %v — B62", again, err)
			}
		})
	}
	t.Run("restores every account to the minor unit, whatever was adjusted — I1 I6", func(t *testing.T) {
		rapid.Check(t, func(r *rapid.T) {
			kind := rapid.SampledFrom([]AdjustmentKind{Credit, ExtraFee}).Draw(r, "kind")
			a, e := posted(r, kind, Money{rapid.Int64Range(1, MaxMinor).Draw(r, "minor"), currency(r)})
			_, _, back, err := a.UndoneBy(correction(r, a.ID, e), e, Adjust, abe, noon)
			if err != nil {
				r.Fatal(err)
			}
			balances, err := Balances([]Entry{e, back})
			if err != nil {
				r.Fatal(err)
			}
			for account, sums := range balances {
				if !sums[a.Amount.Currency].IsZero() {
					r.Fatalf("%s has %s", account, sums[a.Amount.Currency])
				}
			}
		})
	})
}

func TestFreeze(t *testing.T) {
	held, _ := Hold(earned(policy.AfterHold), rules, noon)
	for _, c := range []struct {
		name string
		by   time.Duration
		code problem.Code
	}{
		{"1 ms before the release freezes — A11", -time.Millisecond, ""},
		{"exactly at the release comes too late: it is the pro's — F48", 0, problem.CodeDeadlinePassed},
		{"1 ms after the release comes too late — F48", time.Millisecond, problem.CodeDeadlinePassed},
	} {
		t.Run(c.name, func(t *testing.T) {
			frozen, err := FreezeNow(held, abe, held.ReleaseAt.Add(c.by))
			if c.code != "" {
				if !problem.Is(err, c.code) || frozen.Progress.State != RewardHeld {
					t.Errorf("got %+v, %v", frozen, err)
				}
				return
			}
			if err != nil || frozen.Progress.State != RewardFrozen || len(frozen.Progress.Deadlines) != 0 || frozen.FrozenAt.IsZero() {
				t.Errorf("got %+v, %v", frozen, err)
			}
		})
	}
	frozen, err := FreezeNow(held, abe, noon.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	t.Run("keeps the reward from its alarm, however late — A11 I3", func(t *testing.T) {
		if _, e, err := ReleaseNow(frozen, party.TimerActor, held.ReleaseAt.AddDate(1, 0, 0)); !problem.Is(err, problem.CodeStateChanged) || e.ID != "" {
			t.Errorf("got %+v, %v", e, err)
		}
	})
	for _, c := range []struct {
		name string
		at   time.Time
		want time.Time
	}{
		{"before the release leaves it where it was — A11", held.ReleaseAt.Add(-time.Millisecond), held.ReleaseAt},
		{"exactly at the release releases now", held.ReleaseAt, held.ReleaseAt},
		{"after the release releases now, and is never back-dated — B63", held.ReleaseAt.Add(time.Hour), held.ReleaseAt.Add(time.Hour)},
	} {
		t.Run("letting go "+c.name, func(t *testing.T) {
			again, err := UnfreezeNow(frozen, abe, c.at)
			due, live := again.Progress.Live(ReleaseDeadline, "")
			if err != nil || !live || !due.At.Equal(c.want) || !again.ReleaseAt.Equal(c.want) || !again.FrozenAt.IsZero() || !again.HeldAt.Equal(held.HeldAt) {
				t.Fatalf("got %+v, %v", again, err)
			}
			if old, _ := held.Progress.Live(ReleaseDeadline, ""); due.Entry <= old.Entry {
				t.Errorf("an alarm of before the freeze would ring: entry %d after %d", due.Entry, old.Entry)
			}
			credited, e, err := ReleaseNow(again, party.TimerActor, c.want)
			if err != nil || !credited.CreditedAt.Equal(c.want) || !e.At.Equal(c.want) {
				t.Errorf("got %+v, %+v, %v", credited, e, err)
			}
		})
	}
	t.Run("keeps the client's approval in mind: the reward is released as it is let go — A10 A11", func(t *testing.T) {
		waiting, _ := Hold(earned(policy.OnClientApproval), rules, noon)
		frozen, err := FreezeNow(waiting, abe, noon.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		approved, e, err := ApproveNow(frozen, []lifecycle.Role{party.Client}, noon.Add(2*time.Hour))
		if err != nil || e.ID != "" || approved.Progress.State != RewardFrozen {
			t.Fatalf("got %+v, %+v, %v", approved, e, err)
		}
		again, err := UnfreezeNow(approved, abe, noon.Add(3*time.Hour))
		due, live := again.Progress.Live(ReleaseDeadline, "")
		if err != nil || !live || !due.At.Equal(noon.Add(3*time.Hour)) {
			t.Errorf("got %+v, %v", again, err)
		}
	})
	t.Run("let go without the client's approval waits for it as before — A10", func(t *testing.T) {
		waiting, _ := Hold(earned(policy.OnClientApproval), rules, noon)
		frozen, err := FreezeNow(waiting, abe, noon.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		again, err := UnfreezeNow(frozen, abe, noon.Add(2*time.Hour))
		if err != nil || len(again.Progress.Deadlines) != 0 || !again.ReleaseAt.IsZero() {
			t.Fatalf("got %+v, %v", again, err)
		}
		if _, e, err := ApproveNow(again, []lifecycle.Role{party.Client}, noon.Add(3*time.Hour)); err != nil || e.ID != "rwd_1.credit" {
			t.Errorf("got %+v, %v", e, err)
		}
	})
	t.Run("is for staff, and so is letting go", func(t *testing.T) {
		for _, r := range append(party.Roles(), lifecycle.Timer) {
			by := party.Actor{ID: "x", Roles: []lifecycle.Role{r}}
			_, freeze := FreezeNow(held, by, noon)
			_, unfreeze := UnfreezeNow(frozen, by, noon)
			if may := by.IsStaff(); may != (freeze == nil) || may != (unfreeze == nil) {
				t.Errorf("%s: %v, %v", r, freeze, unfreeze)
			}
		}
	})
}

func TestAccounts(t *testing.T) {
	t.Run("of a pro may not owe; those of projects, clients and the platform may — I6", func(t *testing.T) {
		for account, may := range map[Account]bool{Held("ana"): false, Available("ana"): false, Due("prj_1"): true, Client("cleo"): true, Platform: true} {
			if account.MayOwe() != may {
				t.Errorf("%s: %t", account, !may)
			}
		}
	})
}
