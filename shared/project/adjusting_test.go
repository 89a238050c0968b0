package project_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

var (
	because    = project.Why{Reason: "The client disputes it.", Note: "We look into it."}
	otherAgent = person("art", party.Agent)
	limit      = policy.Editions().Current().SecondPersonAbove["USD"]
)

func (w *world) freeze(by party.Actor, id string) (ledger.Reward, error) {
	e, err := told[project.Earned](w, by, func(ctx context.Context, ask project.Ask) (store.Reply, error) {
		return w.Freeze(ctx, ask, id, because)
	})
	return e.Reward, err
}

func (w *world) unfreeze(by party.Actor, id string) (ledger.Reward, error) {
	e, err := told[project.Earned](w, by, func(ctx context.Context, ask project.Ask) (store.Reply, error) {
		return w.Unfreeze(ctx, ask, id, because)
	})
	return e.Reward, err
}

func (w *world) adjust(by party.Actor, id string, p project.Proposal) (ledger.Adjustment, error) {
	p.Why = because
	return told[ledger.Adjustment](w, by, func(ctx context.Context, ask project.Ask) (store.Reply, error) { return w.Adjust(ctx, ask, id, p) })
}

func (w *world) approveAdjustment(by party.Actor, id string) (ledger.Adjustment, error) {
	return told[ledger.Adjustment](w, by, func(ctx context.Context, ask project.Ask) (store.Reply, error) {
		return w.ApproveAdjustment(ctx, ask, id)
	})
}

func (w *world) declineAdjustment(by party.Actor, id string) (ledger.Adjustment, error) {
	return told[ledger.Adjustment](w, by, func(ctx context.Context, ask project.Ask) (store.Reply, error) {
		return w.DeclineAdjustment(ctx, ask, id, because)
	})
}

func credit(minor int64) project.Proposal {
	return project.Proposal{Kind: ledger.Credit, Amount: usd(minor)}
}
func fee(minor int64) project.Proposal {
	return project.Proposal{Kind: ledger.ExtraFee, Amount: usd(minor)}
}
func undoing(of string) project.Proposal {
	return project.Proposal{Kind: ledger.Correction, Of: of}
}

// adjusted is an adjustment that is posted, or proposed where it is above the limit.
func (w *world) adjusted(a project.Assignment, p project.Proposal) ledger.Adjustment {
	w.Helper()
	adj, err := w.adjust(agent, a.ID, p)
	must(w, err)
	return adj
}

func TestRewardOffers(t *testing.T) {
	w := newWorld(t)
	id := project.RewardID(w.delivered(ana).ID)
	// says is each offer with why not, as an actor reads them on the reward and in the statement.
	says := func(by party.Actor) (offers []string) {
		t.Helper()
		e, err := w.Reward(t.Context(), by, id)
		must(t, err)
		listed, err := w.Statement(t.Context(), by, ana.ID, 10, nil)
		must(t, err)
		if diff := cmp.Diff(e.Offers(by, w.now), listed.Rewards[0].Offers(by, w.now)); diff != "" {
			t.Errorf("the statement says otherwise: %s", diff)
		}
		for _, o := range e.Offers(by, w.now) {
			if o.Allowed == (o.Reason != "") {
				t.Errorf("got %+v", o)
			}
			offers = append(offers, strings.TrimSuffix(string(o.Action)+": "+string(o.Code), ": "))
		}
		return offers
	}
	is := func(by party.Actor, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, says(by)); diff != "" {
			t.Errorf("%s: %s", by.ID, diff)
		}
	}
	t.Run("of one on hold is freezing, by the agent in charge or above them, and why not for others — R52 A11", func(t *testing.T) {
		for _, by := range []party.Actor{agent, lead, admin} {
			is(by, "freeze", "unfreeze: state-changed")
		}
		is(otherAgent, "freeze: forbidden", "unfreeze: state-changed")
		is(ana)
	})
	t.Run("of a frozen one is letting it go — A11", func(t *testing.T) {
		_, err := w.freeze(agent, id)
		must(t, err)
		is(agent, "freeze: state-changed", "unfreeze")
		is(otherAgent, "freeze: state-changed", "unfreeze: forbidden")
		_, err = w.unfreeze(agent, id)
		must(t, err)
	})
	for _, edge := range edges {
		t.Run(edge.name+" the release says whether it may still be frozen — A11 B86", func(t *testing.T) {
			w.now = w.reward(project.Assignment{ID: assignmentOf(id), Pro: ana.ID}).ReleaseAt.Add(edge.by)
			want := "freeze"
			if edge.passed {
				want = "freeze: deadline-passed"
			}
			is(agent, want, "unfreeze: state-changed")
		})
	}
	t.Run("of a credited one is nothing — A11", func(t *testing.T) {
		_, err := w.Sweep(t.Context(), w.now, 10)
		must(t, err)
		is(lead, "freeze: state-changed", "unfreeze: state-changed")
	})
}

// assignmentOf is the assignment of a base reward.
func assignmentOf(reward string) string { return "asg_" + strings.TrimPrefix(reward, "rwd_") }

func TestFrozenReward(t *testing.T) {
	t.Run("is held back by the agent in charge with a reason; the pro is told, and the timeline keeps who and why — R52 A11", func(t *testing.T) {
		w := newWorld(t)
		a := w.delivered(ana)
		r, err := w.freeze(agent, w.reward(a).ID)
		must(t, err)
		said, _ := fact[project.RewardFrozen](w)
		if r.Progress.State != ledger.RewardFrozen || said.Reason.Reveal() != because.Reason || said.Note != because.Note || said.Pro != ana.ID {
			t.Errorf("got %+v, told %+v", r, said)
		}
		e := w.last()
		if e.Subject != a.Ref() || e.Actor != agent.ID || e.Role != party.Agent || e.Action != ledger.Freeze || !e.Outbox || len(e.Ended) != 1 || e.Ended[0].How != "cancelled" {
			t.Errorf("got %+v", e)
		}
	})
	t.Run("is not credited while it is frozen, by any alarm or sweep — F48 I3", func(t *testing.T) {
		w := newWorld(t)
		a := w.delivered(ana)
		alarm := alarms(w.reward(a), ledger.ReleaseDeadline)[0]
		_, err := w.freeze(agent, w.reward(a).ID)
		must(t, err)
		w.now = noon.Add(hold)
		refused(t, w.fire(alarm), problem.CodeNotYet)
		_, err = w.Sweep(t.Context(), w.now, 100)
		must(t, err)
		if !w.available(ana).IsZero() {
			t.Errorf("credited %s", w.available(ana))
		}
	})
	t.Run("whose release passed meanwhile is credited at the instant it is let go — A11 B63", func(t *testing.T) {
		w := newWorld(t)
		a := w.delivered(ana)
		old := alarms(w.reward(a), ledger.ReleaseDeadline)[0]
		_, err := w.freeze(agent, w.reward(a).ID)
		must(t, err)
		w.now = noon.Add(hold + day)
		r, err := w.unfreeze(lead, w.reward(a).ID)
		must(t, err)
		refused(t, w.fire(old), problem.CodeNotYet)
		said, _ := fact[project.RewardUnfrozen](w)
		if !said.ReleaseAt.Equal(w.now) || w.last().Role != party.Lead || len(w.last().Armed) != 1 {
			t.Errorf("told %+v by %+v", said, w.last())
		}
		must(t, w.ring(r, ledger.ReleaseDeadline))
		if after := w.reward(a); !after.CreditedAt.Equal(noon.Add(hold+day)) || w.available(ana) != usd(5000) {
			t.Errorf("got %+v", after)
		}
	})
	t.Run("is not credited by the client's approval, but when it is let go after it — A10 A11", func(t *testing.T) {
		w := newWorld(t)
		a := w.delivered(ana, video)
		_, err := w.freeze(agent, w.reward(a).ID)
		must(t, err)
		done, err := w.approve(client, a.ID)
		must(t, err)
		if _, credited := fact[project.RewardCredited](w); done.Progress.State != project.Done || credited || !w.available(ana).IsZero() {
			t.Errorf("got %+v, %s", done, w.available(ana))
		}
		w.now = noon.Add(day)
		r, err := w.unfreeze(agent, w.reward(a).ID)
		must(t, err)
		must(t, w.ring(r, ledger.ReleaseDeadline))
		if w.available(ana) != usd(5000) || !w.reward(a).CreditedAt.Equal(noon.Add(day)) {
			t.Errorf("got %+v", w.reward(a))
		}
	})
	t.Run("is frozen and let go by nobody without a reason", func(t *testing.T) {
		w := newWorld(t)
		a := w.delivered(ana)
		for _, use := range []func(context.Context, project.Ask, string, project.Why) (store.Reply, error){w.Freeze, w.Unfreeze} {
			_, err := told[ledger.Reward](w, agent, func(ctx context.Context, ask project.Ask) (store.Reply, error) {
				return use(ctx, ask, w.reward(a).ID, project.Why{Reason: " "})
			})
			refusedAt(t, err, "/reason")
		}
	})
}

func TestAdjust(t *testing.T) {
	t.Run("credits at once within the limit: the pro is told, and the timeline keeps who, role, reason and entry — R56", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana) // no reward is needed
		adj := w.adjusted(a, credit(limit))
		said, _ := fact[project.AdjustmentPosted](w)
		e := w.last()
		if adj.Progress.State != ledger.AdjustmentPosted || w.available(ana) != usd(limit) || said.Share != usd(limit) || said.Reason.Reveal() != because.Reason {
			t.Errorf("got %+v, told %+v", adj, said)
		}
		if diff := cmp.Diff([]string{adj.EntryID()}, e.Money); diff != "" || e.Actor != agent.ID || e.Role != party.Agent || e.Subject != a.Ref() || !e.Outbox || e.Action != ledger.Adjust {
			t.Errorf("got %+v %s", e, diff)
		}
	})
	t.Run("charges a fee to the client, of which the pro has the policy's share at once — R49 R56", func(t *testing.T) {
		w := newWorld(t)
		w.adjusted(w.working(ana), fee(1000))
		said, charged := fact[project.ClientCharged](w)
		if w.available(ana) != usd(800) || !charged || said.Client != client.ID || said.Charge != usd(1000) {
			t.Errorf("got %s, told %+v", w.available(ana), said)
		}
	})
	t.Run("above the limit waits for a second person, and moves nothing until they approve — R56 A39", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		adj := w.adjusted(a, credit(limit+1))
		if told, waits := fact[project.AdjustmentProposed](w); adj.Progress.State != ledger.AdjustmentProposed || !waits || !w.last().Outbox || told.Proposer.Reveal() != agent.ID || !w.available(ana).IsZero() {
			t.Errorf("got %+v", adj)
		}
		for _, by := range []party.Actor{agent, otherAgent} {
			_, err := w.approveAdjustment(by, adj.ID)
			refused(t, err, problem.CodeForbidden)
		}
		adj, err := w.approveAdjustment(lead, adj.ID)
		must(t, err)
		if adj.Progress.State != ledger.AdjustmentPosted || w.available(ana) != usd(limit+1) || adj.DecidedBy.Reveal() != lead.ID || w.last().Role != party.Lead {
			t.Errorf("got %+v by %+v", adj, w.last())
		}
	})
	for _, c := range []struct {
		name  string
		steps []project.Proposal
		last  project.Proposal
		waits bool
	}{
		{"credits that together are exactly the limit", []project.Proposal{credit(100), credit(limit - 200)}, credit(100), false},
		{"a cent more, in credits each far below it", []project.Proposal{credit(100), credit(limit - 200)}, credit(101), true},
		{"a cent more, in one", nil, credit(limit + 1), true},
		{"a credit and a fee that together are the limit", []project.Proposal{credit(limit / 2)}, fee(limit - limit/2), false},
		{"a credit and a fee a cent above it", []project.Proposal{credit(limit / 2)}, fee(limit - limit/2 + 1), true},
	} {
		t.Run(fmt.Sprintf("on one assignment counts together until two agree: %s waits, %t — R56 R106 A36", c.name, c.waits), func(t *testing.T) {
			w := newWorld(t)
			a, other := w.working(ana), w.working(ben)
			w.adjusted(other, credit(limit)) // another assignment's is its own
			for n, step := range c.steps {
				adj, err := w.adjust([]party.Actor{agent, lead}[n%2], a.ID, step) // whoever it was
				must(t, err)
				if adj.Progress.State != ledger.AdjustmentPosted {
					t.Fatalf("step %d is %s", n, adj.Progress.State)
				}
			}
			adj := w.adjusted(a, c.last)
			if got := adj.Progress.State == ledger.AdjustmentProposed; got != c.waits {
				t.Fatalf("got %+v", adj)
			}
			if !c.waits {
				return
			}
			if more := w.adjusted(a, credit(limit)); more.Progress.State != ledger.AdjustmentProposed && len(c.steps) > 0 {
				t.Errorf("what waits counts for nothing, and what was posted still does: %+v", more)
			}
			_, err := w.approveAdjustment(lead, adj.ID)
			must(t, err)
			if again := w.adjusted(a, credit(limit)); again.Progress.State != ledger.AdjustmentPosted {
				t.Errorf("after two agreed it starts anew: %+v", again)
			}
		})
	}
	t.Run("counts a correction like any other step; one that is declined counts for nothing — R56 R106", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		given := w.adjusted(a, credit(limit/2+1))
		back := w.adjusted(a, undoing(given.ID))
		if back.Progress.State != ledger.AdjustmentProposed {
			t.Errorf("got %+v", back)
		}
		_, err := w.declineAdjustment(lead, back.ID)
		must(t, err)
		if rest := w.adjusted(a, credit(limit-limit/2-1)); rest.Progress.State != ledger.AdjustmentPosted {
			t.Errorf("got %+v", rest)
		}
	})
	t.Run("counts steps at one instant one after the other, so that none walks past the limit — R106", func(t *testing.T) {
		w := onTable(t)
		a := w.working(ana)
		states := make(chan lifecycle.State, 5)
		for range cap(states) {
			go func() {
				adj, err := w.adjust(agent, a.ID, credit(limit/2))
				if err != nil {
					t.Error(err)
				}
				states <- adj.Progress.State
			}()
		}
		posted := 0
		for range cap(states) {
			if <-states == ledger.AdjustmentPosted {
				posted++
			}
		}
		if posted != 2 || w.available(ana) != usd(limit/2*2) {
			t.Errorf("%d were posted, and the pro has %s", posted, w.available(ana))
		}
	})
	t.Run("of a lead above the limit waits for another lead or an admin — I30", func(t *testing.T) {
		w := newWorld(t)
		adj, err := w.adjust(lead, w.working(ana).ID, credit(limit+1))
		must(t, err)
		_, err = w.approveAdjustment(lead, adj.ID)
		refused(t, err, problem.CodeConflictOfInterest)
		_, err = w.approveAdjustment(admin, adj.ID)
		must(t, err)
	})
	t.Run("that is declined moves nothing, and its proposer is told why", func(t *testing.T) {
		w := newWorld(t)
		adj := w.adjusted(w.working(ana), credit(limit+1))
		adj, err := w.declineAdjustment(lead, adj.ID)
		must(t, err)
		said, _ := fact[project.AdjustmentDeclined](w)
		if adj.Progress.State != ledger.AdjustmentDeclined || said.Proposer.Reveal() != agent.ID || said.Reason.Reveal() != because.Reason || !w.last().Outbox || len(w.mem.entries) != 0 {
			t.Errorf("got %+v, told %+v", adj, said)
		}
	})
	t.Run("is for the agent in charge; another agent is told why not, a lead and an admin may step in — R52 R56", func(t *testing.T) {
		w := newWorld(t)
		a := w.delivered(ana)
		for name, act := range map[string]func(party.Actor) error{
			"adjust":   func(by party.Actor) error { _, err := w.adjust(by, a.ID, credit(1)); return err },
			"freeze":   func(by party.Actor) error { _, err := w.freeze(by, w.reward(a).ID); return err },
			"unfreeze": func(by party.Actor) error { _, err := w.unfreeze(by, w.reward(a).ID); return err },
		} {
			err := act(otherAgent)
			refused(t, err, problem.CodeForbidden)
			if !mentions(err, "Another agent is in charge") {
				t.Errorf("%s: told %v", name, err)
			}
		}
		for _, by := range []party.Actor{agent, lead, admin} {
			_, err := w.adjust(by, a.ID, credit(1))
			must(t, err)
		}
	})
	t.Run("is nobody's on their own money, whatever roles they hold — I30", func(t *testing.T) {
		w := newWorld(t)
		both := party.Actor{ID: ana.ID, Roles: []lifecycle.Role{party.Pro, party.Agent, party.Lead, party.Admin}}
		payer := party.Actor{ID: client.ID, Roles: []lifecycle.Role{party.Client, party.Lead}}
		a := w.delivered(ana)
		big := w.adjusted(a, credit(limit+1))
		for _, by := range []party.Actor{both, payer} {
			_, err := w.adjust(by, a.ID, credit(1))
			refused(t, err, problem.CodeConflictOfInterest)
			_, err = w.approveAdjustment(by, big.ID)
			refused(t, err, problem.CodeConflictOfInterest)
			_, err = w.unfreeze(by, w.reward(a).ID)
			refused(t, err, problem.CodeConflictOfInterest)
		}
	})
	t.Run("is in the currency of the assignment — B56", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		_, err := w.adjust(agent, a.ID, project.Proposal{Kind: ledger.Credit, Amount: ledger.Money{Minor: 1, Currency: "EUR"}})
		refused(t, err, problem.CodeCurrencyMismatch)
		_, err = w.adjust(agent, a.ID, credit(0))
		refused(t, err, problem.CodeAmountOutOfRange)
	})
}

func TestCorrection(t *testing.T) {
	t.Run("takes a posted adjustment back, once: pro and client are told — R56 B58 B62", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		first := w.adjusted(a, fee(1000))
		c := w.adjusted(a, undoing(first.ID))
		posted, _ := fact[project.AdjustmentPosted](w)
		charged, _ := fact[project.ClientCharged](w)
		if posted.Share != usd(-800) || posted.Of != first.ID || charged.Charge != usd(-1000) || !w.available(ana).IsZero() {
			t.Errorf("told %+v and %+v, left %s", posted, charged, w.available(ana))
		}
		for _, of := range []string{first.ID, c.ID} {
			_, err := w.adjust(agent, a.ID, undoing(of))
			refused(t, err, problem.CodeAlreadyReversed)
		}
	})
	for name, reach := range map[string]func(w *world, a project.Assignment){
		"held":   func(*world, project.Assignment) {},
		"frozen": func(w *world, a project.Assignment) { _, err := w.freeze(agent, w.reward(a).ID); must(w, err) },
		"credited": func(w *world, a project.Assignment) {
			w.now = noon.Add(hold)
			must(w, w.ring(w.reward(a), ledger.ReleaseDeadline))
		},
	} {
		t.Run("voids a reward that is "+name+", and it is never credited again — R56 I3 I4", func(t *testing.T) {
			w := newWorld(t)
			a := w.delivered(ana)
			alarm := alarms(w.reward(a), ledger.ReleaseDeadline)[0]
			reach(w, a)
			w.adjusted(a, undoing(w.reward(a).ID))
			s, err := w.Statement(t.Context(), ana, "", 10, nil)
			must(t, err)
			if r := w.reward(a); r.Progress.State != ledger.RewardVoided || !s.Balances[ledger.Held(ana.ID)]["USD"].IsZero() || !s.Balances[ledger.Available(ana.ID)]["USD"].IsZero() {
				t.Errorf("got %+v, %v", r, s.Balances)
			}
			w.now = noon.Add(hold)
			refused(t, w.fire(alarm), problem.CodeNotYet)
			_, err = w.unfreeze(agent, w.reward(a).ID)
			refused(t, err, problem.CodeStateChanged)
			_, err = w.adjust(agent, a.ID, undoing(w.reward(a).ID))
			refused(t, err, problem.CodeAlreadyReversed)
		})
	}
	t.Run("above the limit takes two, and finds out when it is approved whether there is anything left to take back — B62", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		big, err := w.approveAdjustment(lead, w.adjusted(a, credit(limit+1)).ID)
		must(t, err)
		one, two := w.adjusted(a, undoing(big.ID)), w.adjusted(a, undoing(big.ID))
		if one.Progress.State != ledger.AdjustmentProposed || w.available(ana) != usd(limit+1) {
			t.Errorf("got %+v", one)
		}
		_, err = w.approveAdjustment(lead, one.ID)
		must(t, err)
		_, err = w.approveAdjustment(lead, two.ID)
		refused(t, err, problem.CodeAlreadyReversed)
		_, err = w.declineAdjustment(lead, two.ID)
		must(t, err)
		if !w.available(ana).IsZero() {
			t.Errorf("left %s", w.available(ana))
		}
	})
	t.Run("of something that is not on this assignment names nothing — B59", func(t *testing.T) {
		w := newWorld(t)
		a := w.delivered(ana)
		other := w.delivered(ben)
		for _, of := range []string{w.reward(other).ID, w.adjusted(other, credit(1)).ID, "rwd_0", "adj_0"} {
			_, err := w.adjust(agent, a.ID, undoing(of))
			refusedAt(t, err, "/of")
		}
	})
	t.Run("of what waits for a second person has nothing to take back", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		_, err := w.adjust(agent, a.ID, undoing(w.adjusted(a, credit(limit+1)).ID))
		refused(t, err, problem.CodeStateChanged)
	})
	t.Run("leaves an approval of the client without effect on the reward, which is settled — A10", func(t *testing.T) {
		w := newWorld(t)
		a := w.delivered(ana, video)
		w.adjusted(a, undoing(w.reward(a).ID))
		done, err := w.approve(client, a.ID)
		must(t, err)
		if done.Progress.State != project.Done || !w.available(ana).IsZero() {
			t.Errorf("got %+v, %s", done, w.available(ana))
		}
	})
}

func TestAdjustments(t *testing.T) {
	w := newWorld(t)
	a := w.delivered(ana)
	small, charged := w.adjusted(a, credit(100)), w.adjusted(a, fee(100))
	waiting := w.adjusted(a, credit(limit+1))
	back := w.adjusted(a, undoing(charged.ID))
	w.adjusted(w.delivered(ben), credit(100))
	for _, c := range []struct {
		by   party.Actor
		want []string
	}{
		{agent, []string{small.ID, charged.ID, waiting.ID, back.ID}}, {otherAgent, []string{small.ID, charged.ID, waiting.ID, back.ID}},
		{ana, []string{small.ID, charged.ID, back.ID}}, {client, []string{charged.ID, back.ID}},
	} {
		t.Run(fmt.Sprintf("of an assignment are listed oldest first, as far as %s may know — R56 I27", c.by.ID), func(t *testing.T) {
			list, err := w.Adjustments(t.Context(), c.by, a.ID)
			must(t, err)
			var got []string
			for _, adj := range list {
				got = append(got, adj.ID)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
		t.Run(fmt.Sprintf("are shown to %s one by one as they are listed", c.by.ID), func(t *testing.T) {
			for _, adj := range []ledger.Adjustment{small, charged, waiting, back} {
				_, err := w.Adjustment(t.Context(), c.by, adj.ID)
				listed := false
				for _, id := range c.want {
					listed = listed || id == adj.ID
				}
				if listed != (err == nil) {
					t.Errorf("%s: %v", adj.ID, err)
				}
			}
		})
	}
	t.Run("are nobody else's — B45", func(t *testing.T) {
		for _, by := range []party.Actor{ben, stranger} {
			_, err := w.Adjustments(t.Context(), by, a.ID)
			refused(t, err, problem.CodeNotFound)
			_, err = w.Adjustment(t.Context(), by, small.ID)
			refused(t, err, problem.CodeNotFound)
		}
		_, err := w.Adjustments(t.Context(), qc, a.ID)
		refused(t, err, problem.CodeForbidden)
	})
}
