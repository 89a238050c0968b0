package ledger

import (
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
	noon  = time.Date(2027, 2, 14, 12, 0, 0, 0, time.UTC) // 30 days on lies behind a change of wall clocks and of month
	rules = policy.Policy{Version: "7", RewardHold: 720 * time.Hour}
)

func earned(rule policy.Release) Reward {
	return Reward{ID: "rwd_1", Version: 1, Pro: "ana", Project: "prj_1", Assignment: "asg_1", Amount: Money{1250, "USD"}, Rule: rule}
}

func TestEntry(t *testing.T) {
	leg := func(minor int64, currency string) Posting { return Posting{"a", Money{minor, currency}} }
	for _, c := range []struct {
		name     string
		postings []Posting
		sound    bool
	}{
		{"is sound when its legs sum to zero — I1", []Posting{leg(-3, "USD"), leg(1, "USD"), leg(2, "USD")}, true},
		{"is sound for an amount of zero", []Posting{leg(0, "USD"), leg(0, "USD")}, true},
		{"is refused when something is left — I1", []Posting{leg(-3, "USD"), leg(2, "USD")}, false},
		{"is refused with a single leg", []Posting{leg(0, "USD")}, false},
		{"is refused without legs", nil, false},
		{"is refused in two currencies, even if the numbers sum to zero — I8", []Posting{leg(-3, "USD"), leg(3, "EUR")}, false},
		{"is refused when its sum would wrap to zero — I8", []Posting{leg(-1<<63, "USD"), leg(-1<<63, "USD")}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := (Entry{ID: "e", Postings: c.postings}).Validate(); (err == nil) != c.sound {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestBalances(t *testing.T) {
	t.Run("are what the entries sum to, per account and currency, and zero over all accounts — I1 I5", func(t *testing.T) {
		rapid.Check(t, func(r *rapid.T) {
			want := map[Account]map[string]int64{}
			var entries []Entry
			for range rapid.IntRange(1, 20).Draw(r, "entries") {
				reward := earned(policy.AfterHold)
				reward.Pro = rapid.SampledFrom([]string{"ana", "ben"}).Draw(r, "pro")
				reward.Amount = Money{rapid.Int64Range(0, MaxMinor).Draw(r, "minor"), currency(r)}
				held, hold := Hold(reward, rules, noon)
				_, credit, err := ReleaseNow(held, party.TimerActor, held.ReleaseAt)
				if err != nil {
					r.Fatal(err)
				}
				entries = append(entries, hold, credit)
				for account, minor := range map[Account]int64{Due(reward.Project): -reward.Amount.Minor, Held(reward.Pro): 0, Available(reward.Pro): reward.Amount.Minor} {
					if want[account] == nil {
						want[account] = map[string]int64{}
					}
					want[account][reward.Amount.Currency] += minor
				}
			}
			compareBalances(r, entries, want)
		})
	})
	t.Run("fail when a sum would wrap — I8", func(t *testing.T) {
		huge := Entry{ID: "e", Postings: []Posting{{"a", Money{1 << 62, "USD"}}, {"b", Money{-1 << 62, "USD"}}}}
		if got, err := Balances([]Entry{huge, huge}); err == nil {
			t.Errorf("got %v", got)
		}
	})
}

func compareBalances(r *rapid.T, entries []Entry, want map[Account]map[string]int64) {
	balances, err := Balances(entries)
	if err != nil {
		r.Fatal(err)
	}
	got, total := map[Account]map[string]int64{}, map[string]int64{}
	for account, amounts := range balances {
		got[account] = map[string]int64{}
		for currency, m := range amounts {
			got[account][currency] = m.Minor
			total[currency] += m.Minor
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		r.Fatal(diff)
	}
	for currency, sum := range total {
		if sum != 0 {
			r.Fatalf("the book is %d %s off", sum, currency)
		}
	}
}

func TestHold(t *testing.T) {
	held, entry := Hold(earned(policy.AfterHold), rules, noon)
	t.Run("moves the amount from what the project owes to what is held for the pro", func(t *testing.T) {
		want := Entry{
			ID: "rwd_1.hold", Pro: "ana", Kind: "hold", Reward: "rwd_1", Assignment: "asg_1", At: noon, Rule: "after_hold@7",
			Postings: []Posting{{Due("prj_1"), Money{-1250, "USD"}}, {Held("ana"), Money{1250, "USD"}}},
		}
		if diff := cmp.Diff(want, entry); diff != "" {
			t.Error(diff)
		}
		if err := entry.Validate(); err != nil {
			t.Error(err)
		}
	})
	t.Run("releases 30 × 24 hours later, an instant and not a calendar day — R55 A12", func(t *testing.T) {
		due, live := held.Progress.Live(ReleaseDeadline, "")
		if !live || !due.At.Equal(noon.Add(720*time.Hour)) || !held.ReleaseAt.Equal(due.At) || !held.HeldAt.Equal(noon) {
			t.Errorf("got %+v", held)
		}
	})
	t.Run("keeps the policy edition that it was made under", func(t *testing.T) {
		if held.Policy != "7" {
			t.Errorf("got %q", held.Policy)
		}
	})
	t.Run("waits for nothing but the client where the category says so — A10", func(t *testing.T) {
		waiting, _ := Hold(earned(policy.OnClientApproval), rules, noon)
		if len(waiting.Progress.Deadlines) != 0 || !waiting.ReleaseAt.IsZero() {
			t.Errorf("got %+v", waiting)
		}
	})
}

func TestRelease(t *testing.T) {
	held, _ := Hold(earned(policy.AfterHold), rules, noon)
	for _, c := range []struct {
		name string
		by   time.Duration
		code problem.Code
	}{
		{"is refused 1 ms before the hold is over — B64 B87", -time.Millisecond, problem.CodeNotYet},
		{"credits exactly when the hold is over — B87", 0, ""},
		{"credits 1 ms after the hold is over — B87", time.Millisecond, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			credited, entry, err := ReleaseNow(held, party.TimerActor, held.ReleaseAt.Add(c.by))
			if c.code != "" {
				if !problem.Is(err, c.code) || entry.ID != "" || credited.Progress.State != RewardHeld {
					t.Errorf("got %+v, %+v, %v", credited, entry, err)
				}
				return
			}
			if err != nil || credited.Progress.State != RewardCredited || entry.ID != "rwd_1.credit" || entry.Validate() != nil {
				t.Errorf("got %+v, %+v, %v", credited, entry, err)
			}
		})
	}
	late, entry, err := ReleaseNow(held, party.TimerActor, held.ReleaseAt.Add(6*time.Hour))
	t.Run("has its effect at the instant it was due, however late the alarm — F38", func(t *testing.T) {
		if err != nil || !late.CreditedAt.Equal(held.ReleaseAt) || !entry.At.Equal(held.ReleaseAt) {
			t.Errorf("got %+v, %+v, %v", late, entry, err)
		}
	})
	t.Run("leaves nothing to ring", func(t *testing.T) {
		if len(late.Progress.Deadlines) != 0 {
			t.Errorf("got %+v", late.Progress.Deadlines)
		}
	})
	t.Run("happens once — I3 I4", func(t *testing.T) {
		if _, again, err := ReleaseNow(late, party.TimerActor, held.ReleaseAt.Add(7*time.Hour)); !problem.Is(err, problem.CodeStateChanged) || again.ID != "" {
			t.Errorf("got %+v, %v", again, err)
		}
	})
	t.Run("is for the timer alone: no person moves held money by it", func(t *testing.T) {
		for _, r := range party.Roles() {
			if _, _, err := ReleaseNow(held, party.Actor{ID: "x", Roles: []lifecycle.Role{r}}, held.ReleaseAt); !problem.Is(err, problem.CodeForbidden) {
				t.Errorf("%s: %v", r, err)
			}
		}
	})
	t.Run("never comes by itself where the client's approval releases — A10", func(t *testing.T) {
		waiting, _ := Hold(earned(policy.OnClientApproval), rules, noon)
		if _, _, err := ReleaseNow(waiting, party.TimerActor, noon.AddDate(10, 0, 0)); !problem.Is(err, problem.CodeNotYet) {
			t.Errorf("got %v", err)
		}
	})
}

func TestApprove(t *testing.T) {
	client := []lifecycle.Role{party.Client}
	waiting, _ := Hold(earned(policy.OnClientApproval), rules, noon)
	credited, entry, err := ApproveNow(waiting, client, noon.Add(time.Hour))
	t.Run("credits at once where the category releases on it — A10", func(t *testing.T) {
		if err != nil || credited.Progress.State != RewardCredited || !credited.CreditedAt.Equal(noon.Add(time.Hour)) || entry.ID != "rwd_1.credit" || entry.Validate() != nil {
			t.Errorf("got %+v, %+v, %v", credited, entry, err)
		}
	})
	t.Run("credits once — I4", func(t *testing.T) {
		if _, again, err := ApproveNow(credited, client, noon.Add(2*time.Hour)); !problem.Is(err, problem.CodeStateChanged) || again.ID != "" {
			t.Errorf("got %+v, %v", again, err)
		}
	})
	t.Run("does not touch a reward that waits out its hold — A11 A13", func(t *testing.T) {
		held, _ := Hold(earned(policy.AfterHold), rules, noon)
		if _, early, err := ApproveNow(held, client, noon.Add(time.Hour)); !problem.Is(err, problem.CodeStateChanged) || early.ID != "" {
			t.Errorf("got %+v, %v", early, err)
		}
	})
	t.Run("is for the client, and for the timer that closes a review", func(t *testing.T) {
		for _, r := range append(party.Roles(), lifecycle.Timer) {
			_, _, err := ApproveNow(waiting, []lifecycle.Role{r}, noon)
			if may := r == party.Client || r == lifecycle.Timer; may != (err == nil) {
				t.Errorf("%s: %v", r, err)
			}
		}
	})
}
