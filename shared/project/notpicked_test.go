package project_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// leaving is a new edition of the policy, which leaves a share to who is not picked.
func (w *world) leaving(share policy.BasisPoints) {
	next := w.Policies.Current()
	next.Version, next.NotPickedShare = policy.Version(fmt.Sprintf("%s-%d", next.Version, share)), share
	w.Policies = append(slices.Clone(w.Policies), next)
}

// crowd is as many pros as a contest may have seats, with their profiles.
func (w *world) crowd(n int) []party.Actor {
	w.Helper()
	var crowd []party.Actor
	change := store.Change{Event: store.Event{ID: "evt_crowd", Subject: store.Ref{Kind: store.Profile, ID: "crowd"}, At: noon}}
	for i := range n {
		a := person(fmt.Sprintf("pro-%02d", i), party.Pro)
		crowd = append(crowd, a)
		change.Records = append(change.Records, party.Profile{
			ID: a.ID, Version: 1, Roles: a.Roles, Active: true, Contact: party.Contact{Name: a.ID, Email: a.ID + "@example.com", Language: "en", Zone: "UTC"},
		})
	}
	must(w, w.Store.Commit(w.Context(), change))
	return crowd
}

// passed is a contest in which everybody of a crowd has work in review.
func (w *world) passed(crowd []party.Actor, changes ...func(*project.Brief)) (project.Project, []string) {
	w.Helper()
	p := w.published(append([]func(*project.Brief){contest(len(crowd))}, changes...)...)
	var entries []string
	for n, id := range w.invited(p, crowd...) {
		a, err := w.accept(crowd[n], id)
		must(w, err)
		_, err = w.submit(crowd[n], a.ID, w.arrived(a, "take 1.mov"))
		must(w, err)
		_, err = w.pass(qc, a.ID)
		must(w, err)
		entries = append(entries, a.ID)
	}
	return load[project.Project](w, p.Ref()), entries
}

// theirs is what stands on a pro's accounts together, in the one currency of the world.
func (w *world) theirs(pro party.Actor) (held, available int64) {
	w.Helper()
	s, err := w.Statement(w.Context(), pro, "", 10, nil)
	must(w, err)
	sum := func(a ledger.Account) (sum int64) {
		for m := range maps.Values(s.Balances[a]) {
			sum += m.Minor
		}
		return sum
	}
	return sum(ledger.Held(pro.ID)), sum(ledger.Available(pro.ID))
}

// assignmentRef names an entry of a contest.
func assignmentRef(id string) store.Ref { return store.Ref{Kind: store.Assignment, ID: id} }

func TestNotPicked(t *testing.T) {
	t.Run("keep the policy's share of the reward, on hold, frozen or credited, in the commit of the pick, and the book sums to zero — A13 A14 I1 I6", func(t *testing.T) {
		rapid.Check(t, func(r *rapid.T) {
			w := newWorld(t)
			share := policy.BasisPoints(rapid.OneOf(rapid.SampledFrom([]int{0, 1, 10_000}), rapid.IntRange(0, 10_000)).Draw(r, "share"))
			w.leaving(share)
			reward := ledger.Money{Minor: rapid.OneOf(rapid.Int64Range(1, 9), rapid.Int64Range(1, 1_000_000)).Draw(r, "minor"), Currency: rapid.SampledFrom([]string{"USD", "JPY", "KWD"}).Draw(r, "currency")}
			onApproval := rapid.Bool().Draw(r, "released on approval")
			p, entries := w.passed(pros[:4], func(b *project.Brief) {
				if b.Reward = reward; onApproval {
					b.Category = "video"
				}
			})
			freezes := rapid.Bool().Draw(r, "freezes one")
			if freezes {
				_, err := w.freeze(agent, project.RewardID(entries[1]))
				must(t, err)
			}
			w.now = noon.Add(rapid.SampledFrom([]time.Duration{0, 40 * day}).Draw(r, "later"))
			_, err := w.Sweep(t.Context(), w.now, 10) // what is due by then is credited before
			must(t, err)
			commits := len(w.mem.events)
			_, err = w.pick(client, p.ID, entries[0])
			must(t, err)
			if got := len(w.mem.events) - commits; got != 1+len(entries) {
				r.Fatalf("%d events", got)
			}
			kept, forgone, err := reward.Kept(share)
			must(t, err)
			for n, id := range entries {
				want := kept.Minor
				if n == 0 {
					want = reward.Minor
				}
				held, available := w.theirs(pros[n])
				got := w.reward(load[project.Assignment](w, assignmentRef(id)))
				if held+available != want || got.Progress.State == ledger.RewardCredited && held != 0 || got.Pending() && available != 0 {
					r.Fatalf("%s has %d and %d of %s, want %d: %+v", pros[n].ID, held, available, reward, want, got)
				}
				if n > 0 && !forgone.IsZero() && (got.Forgone != forgone || (got.Progress.State == ledger.RewardVoided) != kept.IsZero()) {
					r.Fatalf("got %+v", got)
				}
			}
			if freezes && !kept.IsZero() {
				_, err = w.unfreeze(agent, project.RewardID(entries[1]))
				must(t, err)
			}
			w.now = noon.Add(200 * day)
			_, err = w.Sweep(t.Context(), w.now, 10)
			must(t, err)
			for n := range entries {
				want := kept.Minor
				if n == 0 {
					want = reward.Minor
				}
				if held, available := w.theirs(pros[n]); held != 0 || available != want {
					r.Fatalf("in the end %s has %d and %d, want %d", pros[n].ID, held, available, want)
				}
			}
			balances, err := ledger.Balances(w.mem.entries)
			must(t, err)
			var book int64
			for account, sums := range balances {
				m := sums[reward.Currency]
				if book += m.Minor; m.Minor < 0 && !account.MayOwe() {
					r.Fatalf("%s owes %s", account, m)
				}
			}
			if book != 0 {
				r.Fatalf("the book sums to %d", book)
			}
		})
	})
	t.Run("are told what they earn; the winners' mail and the timeline say nothing of others' money — A13", func(t *testing.T) {
		w := newWorld(t)
		w.leaving(2_500)
		p, entries := entered(w, 3, 2)
		w.now = p.DeliverBy
		_, err := w.pick(client, p.ID, entries[0])
		must(t, err)
		facts := map[string]project.NotChosen{}
		for _, e := range w.mem.events[len(w.mem.events)-3:] {
			for _, f := range e.Facts {
				if f, ok := f.(project.NotChosen); ok {
					facts[f.Assignment] = f
				}
			}
		}
		if f := facts[entries[1]]; !f.Paid || f.Earns != usd(1250) || f.Forgone != usd(3750) {
			t.Errorf("told %+v", f)
		}
		if f := facts[entries[2]]; f.Paid || f.Earns != (ledger.Money{}) {
			t.Errorf("who delivered nothing is told %+v", f)
		}
	})
	t.Run("earn what the edition leaves under which they accepted, whatever the policy says by then", func(t *testing.T) {
		w := newWorld(t)
		w.leaving(5_000)
		p, entries := entered(w, 2, 2)
		w.leaving(1_000)
		_, err := w.pick(client, p.ID, entries[0])
		must(t, err)
		if held, _ := w.theirs(ben); held != 2500 {
			t.Errorf("ben has %d", held)
		}
	})
	t.Run("have accepted it with the terms, which say it where it is less than the reward — R53 A13", func(t *testing.T) {
		seen := map[policy.BasisPoints]string{}
		for _, share := range []policy.BasisPoints{policy.Whole, 5_000, 4_000} {
			w := newWorld(t)
			w.leaving(share)
			i := w.invitation(w.invited(w.published(contest(2)), ana)[0])
			terms := project.TermsOf(i, w.Policies.Current())
			seen[share] = terms.Seen
			if kept, less := terms.IfNotPicked(2, w.Policies.Current()); less != (share < policy.Whole) || kept.Minor != 5000*int64(share)/10_000 {
				t.Errorf("%d: %s, %t", share, kept, less)
			}
			if _, less := terms.IfNotPicked(1, w.Policies.Current()); less {
				t.Error("a seat alone is not passed over")
			}
		}
		if seen[5_000] == seen[4_000] || seen[5_000] == seen[policy.Whole] {
			t.Errorf("the same terms: %v", seen)
		}
	})
	t.Run("keep the fees of changes whole — A18", func(t *testing.T) {
		w := newWorld(t)
		w.leaving(0)
		p, entries := entered(w, 2, 2)
		a, err := w.askChanges(client, entries[1], "Warmer, please.")
		must(t, err)
		a, err = w.quote(agent, a.ID, usd(1000), usd(800))
		must(t, err)
		a, err = w.approveQuote(client, a.ID, a.Request.Quote.Version)
		must(t, err)
		a, err = w.acceptOffer(ben, a.ID, a.Request.Quote.Version)
		must(t, err)
		w.revised(a)
		_, err = w.pick(client, p.ID, entries[0])
		must(t, err)
		if held, available := w.theirs(ben); held != 800 || available != 0 {
			t.Errorf("ben has %d and %d", held, available)
		}
	})
	t.Run("are left alone where the reward was taken back before — B62", func(t *testing.T) {
		w := newWorld(t)
		w.leaving(5_000)
		p, entries := entered(w, 2, 2, video)
		_, err := w.adjust(lead, entries[1], project.Proposal{Kind: ledger.Correction, Of: project.RewardID(entries[1])})
		must(t, err)
		_, err = w.pick(client, p.ID, entries[0])
		must(t, err)
		if held, available := w.theirs(ben); held != 0 || available != 0 {
			t.Errorf("ben has %d and %d", held, available)
		}
	})
	t.Run("of a share, a correction takes back what is left; one that was proposed before is proposed anew — R56", func(t *testing.T) {
		w := newWorld(t)
		w.leaving(6_000)
		p, entries := entered(w, 2, 2, func(b *project.Brief) { b.Reward = usd(limit + 1) })
		correction := project.Proposal{Kind: ledger.Correction, Of: project.RewardID(entries[1])}
		early, err := w.adjust(agent, entries[1], correction)
		must(t, err)
		_, err = w.pick(client, p.ID, entries[0])
		must(t, err)
		_, err = w.approveAdjustment(lead, early.ID)
		refused(t, err, problem.CodeStateChanged)
		_, err = w.declineAdjustment(lead, early.ID)
		must(t, err)
		late, err := w.adjust(lead, entries[1], correction)
		must(t, err)
		if held, available := w.theirs(ben); held != 0 || available != 0 || late.Share != usd(-(limit+1)*6_000/10_000-1) {
			t.Errorf("ben has %d and %d, and %s was taken back", held, available, late.Share)
		}
	})
	t.Run("stay passed over when the winner's late changes are picked again — R47 A14", func(t *testing.T) {
		w := newWorld(t)
		w.leaving(5_000)
		p, entries := entered(w, 2, 2)
		_, err := w.pick(client, p.ID, entries[0])
		must(t, err)
		a, err := w.askChanges(client, entries[0], "Warmer, please.")
		must(t, err)
		a, err = w.forward(agent, a.ID)
		must(t, err)
		w.revised(a)
		_, err = w.pick(client, p.ID, entries[0])
		must(t, err)
		if held, _ := w.theirs(ben); w.stateOf(entries[0]) != project.Done || w.stateOf(entries[1]) != project.NotPicked || held != 2500 {
			t.Errorf("%s and %s, ben has %d", w.stateOf(entries[0]), w.stateOf(entries[1]), held)
		}
	})
}

// TestLargestContest holds that the winners of the largest contest are picked in one transaction of 100, of which each seat
// may need five.
func TestLargestContest(t *testing.T) {
	most := policy.Editions().Current().SeatsPerProject
	for name, over := range map[string]func(testing.TB) *world{"in memory": func(t testing.TB) *world { return newWorld(t) }, "on DynamoDB": onTable} {
		t.Run(fmt.Sprintf("is picked with %d seats, one winner and all entries that there can be, %s — A14", most, name), func(t *testing.T) {
			w := over(t)
			w.leaving(5_000)
			crowd := w.crowd(most)
			p, entries := w.passed(crowd, video)
			items := 0
			counted := counting{w.Store, &items}
			w.Service.Store = counted
			_, err := w.pick(client, p.ID, entries[most-1])
			must(t, err)
			if want := 3 + 5*(most-1) + 4; items+1 != want || want > 100 { // and the request
				t.Errorf("%d items, want %d", items+1, want)
			}
			for n, id := range entries {
				want, state := int64(2500), project.NotPicked
				if n == most-1 {
					want, state = 5000, project.Done
				}
				if _, available := w.theirs(crowd[n]); available != want || w.stateOf(id) != state {
					t.Errorf("%s is %s and has %d", id, w.stateOf(id), available)
				}
			}
		})
	}
	t.Run("has no more seats than one transaction allows, whatever the policy says", func(t *testing.T) {
		w := newWorld(t)
		next := w.Policies.Current()
		next.Version, next.SeatsPerProject = "greedy", 50
		w.Policies = append(slices.Clone(w.Policies), next)
		_, err := w.create(client, brief(contest(most+1)), false)
		refusedAt(t, err, "/seats")
		_, err = w.create(client, brief(contest(most)), false)
		must(t, err)
	})
	for _, c := range []struct{ seats, most int }{{2, 21}, {10, 2}, {13, 1}, {14, 0}, {most, 0}} {
		t.Run(fmt.Sprintf("with %d seats: a work that is released on approval has at most %d fees, so that picking fits", c.seats, c.most), func(t *testing.T) {
			book := policy.Editions().Current()
			a := project.Assignment{
				Progress: lifecycle.Progress{State: project.Screening}, Agent: agent.ID, Rivals: c.seats - 1, Request: project.Request{Number: 1},
				Terms: project.Terms{Reward: usd(5000), Release: policy.OnClientApproval},
			}
			price := func(fees int) error {
				a.Fees = make([]int, fees)
				_, err := project.Priced(a, ledger.Money{}, ledger.Money{}, "More than agreed.", agent, book, noon)
				return err
			}
			if c.most > 0 {
				must(t, price(c.most-1))
			}
			refused(t, price(c.most), problem.CodeTooManyItems)
			if items := 3 + c.seats*(5+2*c.most); items > 100 {
				t.Errorf("%d items", items)
			}
			a.Terms.Release = policy.AfterHold
			must(t, price(c.most))
		})
	}
}
