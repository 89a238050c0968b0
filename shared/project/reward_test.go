package project_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

const hold = 720 * time.Hour

// available is what the pro owns.
func (w *world) available(pro party.Actor) ledger.Money {
	w.Helper()
	s, err := w.Statement(w.Context(), pro, "", 10, nil)
	must(w, err)
	return s.Balances[ledger.Available(pro.ID)]["USD"]
}

func TestReward(t *testing.T) {
	t.Run("is on hold from the first QC approval, in the commit that approves — R55 A11", func(t *testing.T) {
		w := newWorld(t)
		a := w.delivered(ana)
		r := w.reward(a)
		if r.Progress.State != ledger.RewardHeld || r.Amount != usd(5000) || !r.HeldAt.Equal(noon) || r.Pro != ana.ID || r.Assignment != a.ID {
			t.Errorf("got %+v", r)
		}
		if diff := cmp.Diff([]string{r.ID + ".hold"}, w.last().Money); diff != "" {
			t.Error(diff)
		}
		told, _ := fact[project.QCPassed](w)
		if told.Reward != r.Amount || !told.ReleaseAt.Equal(r.ReleaseAt) {
			t.Errorf("told %+v", told)
		}
	})
	t.Run("is not there before QC approved, and not after QC refused — A13", func(t *testing.T) {
		w := newWorld(t)
		a := w.submitted(ana)
		_, err := w.revise(qc, a.ID, "Louder.")
		must(t, err)
		_, err = w.Reward(t.Context(), ana, project.RewardID(a.ID))
		refused(t, err, problem.CodeNotFound)
		if len(w.mem.entries) != 0 {
			t.Errorf("got %+v", w.mem.entries)
		}
	})
	for _, edge := range edges {
		t.Run(fmt.Sprintf("%s 30 × 24 h after QC approval it is credited by itself: %t — R55 A12 B64 B87", edge.name, edge.passed), func(t *testing.T) {
			w := newWorld(t)
			a := w.delivered(ana)
			r := w.reward(a)
			w.now = noon.Add(hold + edge.by)
			err := w.ring(r, ledger.ReleaseDeadline)
			after := w.reward(a)
			if !edge.passed {
				refused(t, err, problem.CodeNotYet)
				if after.Progress.State != ledger.RewardHeld || !w.available(ana).IsZero() {
					t.Errorf("got %+v", after)
				}
				return
			}
			must(t, err)
			told, _ := fact[project.RewardCredited](w)
			if after.Progress.State != ledger.RewardCredited || !after.CreditedAt.Equal(noon.Add(hold)) || w.available(ana) != usd(5000) || told.Amount != usd(5000) || !w.last().Outbox {
				t.Errorf("got %+v, told %+v", after, told)
			}
		})
	}
	t.Run("is credited whether or not the client decides — A13 A20", func(t *testing.T) {
		for decides, decide := range map[string]func(w *world, id string) error{
			"approves":     func(w *world, id string) error { _, err := w.approve(client, id); return err },
			"says nothing": func(*world, string) error { return nil },
			"rejects it":   func(w *world, id string) error { _, err := w.askChanges(client, id, "All of it, anew."); return err },
			"is never pleased": func(w *world, id string) error {
				for range w.Policies.Current().RequestsForReview {
					if _, err := w.askChanges(client, id, "Warmer still."); err != nil {
						return err
					}
					if _, err := w.declineChanges(agent, id, "The brief says cold."); err != nil {
						return err
					}
				}
				return nil
			},
		} {
			w := newWorld(t)
			a := w.delivered(ana)
			must(t, decide(w, a.ID))
			if !w.available(ana).IsZero() {
				t.Errorf("the client %s: credited early", decides)
			}
			w.now = noon.Add(hold)
			must(t, w.ring(w.reward(a), ledger.ReleaseDeadline))
			if w.available(ana) != usd(5000) {
				t.Errorf("the client %s: got %s", decides, w.available(ana))
			}
		}
	})
	t.Run("is credited by the client's approval where the category says so, and by nothing else — A10", func(t *testing.T) {
		w := newWorld(t)
		a := w.delivered(ana, video)
		r := w.reward(a)
		if r.Rule != policy.OnClientApproval || len(r.Progress.Deadlines) != 0 {
			t.Errorf("got %+v", r)
		}
		w.now = noon.Add(hold + day)
		_, err := w.Sweep(t.Context(), w.now, 100)
		must(t, err)
		if !w.available(ana).IsZero() {
			t.Error("it was credited by time")
		}
		_, err = w.approve(client, a.ID)
		must(t, err)
		if _, told := fact[project.RewardCredited](w); w.available(ana) != usd(5000) || !told || !w.last().Outbox {
			t.Errorf("got %s, told %+v", w.available(ana), w.last())
		}
	})
	t.Run("is credited when the review closes by itself, where the category waits for the client — A10 A20", func(t *testing.T) {
		w := newWorld(t)
		a := w.delivered(ana, video)
		w.now = noon.Add(90 * day)
		must(t, w.ring(a, project.ReviewAutoClose))
		if w.available(ana) != usd(5000) {
			t.Errorf("got %s", w.available(ana))
		}
	})
	t.Run("is credited exactly once, by however many alarms — F35 F48 I3 I4", func(t *testing.T) {
		w := newWorld(t)
		a := w.delivered(ana)
		alarm := alarms(w.reward(a), ledger.ReleaseDeadline)[0]
		w.now = noon.Add(hold)
		must(t, w.fire(alarm))
		for range 3 {
			refused(t, w.fire(alarm), problem.CodeNotYet)
		}
		if w.available(ana) != usd(5000) || len(w.mem.entries) != 2 {
			t.Errorf("got %+v", w.mem.entries)
		}
	})
	t.Run("of 0 that was explained is held and credited as 0 — R54 A22", func(t *testing.T) {
		w := newWorld(t)
		a := w.delivered(ana, func(b *project.Brief) { b.Reward, b.ZeroRewardReason = usd(0), "a portfolio piece" })
		w.now = noon.Add(hold)
		must(t, w.ring(w.reward(a), ledger.ReleaseDeadline))
		if r := w.reward(a); r.Progress.State != ledger.RewardCredited || !r.Amount.IsZero() || !w.available(ana).IsZero() {
			t.Errorf("got %+v", r)
		}
	})
}

func TestFirstApproval(t *testing.T) {
	edition := policy.Editions().Current()
	a := newWorld(t).submitted(ana)
	first, reward, entry, err := project.PassedQC(a, "rwd_1", qc, edition, noon)
	must(t, err)
	again := first
	again.Progress.State = project.InQC // as after a client's revision
	second, noReward, noEntry, err := project.PassedQC(again, "rwd_1", qc, edition, noon.Add(day))
	must(t, err)
	t.Run("starts the reward's clock — A11", func(t *testing.T) {
		if reward == nil || entry == nil || !reward.ReleaseAt.Equal(noon.Add(hold)) {
			t.Errorf("got %+v, %+v", reward, entry)
		}
	})
	t.Run("is the only one that holds a reward: a later one neither holds nor restarts — A11 I4", func(t *testing.T) {
		if noReward != nil || noEntry != nil || !second.PassedAt.Equal(noon) || second.Progress.State != project.InReview {
			t.Errorf("got %+v, %+v, %+v", second, noReward, noEntry)
		}
	})
	t.Run("has one reward per assignment by its name", func(t *testing.T) {
		if project.RewardID("asg_7") != "rwd_7" {
			t.Error(project.RewardID("asg_7"))
		}
	})
}

func TestStatement(t *testing.T) {
	w := newWorld(t)
	held := w.delivered(ana)
	credited := w.delivered(ana, video)
	_, err := w.approve(client, credited.ID)
	must(t, err)
	w.delivered(ben)
	t.Run("lists one's rewards in every state, with amount, release and rule, and what they sum to — R55 I5", func(t *testing.T) {
		s, err := w.Statement(t.Context(), ana, "", 10, nil)
		must(t, err)
		if len(s.Rewards) != 2 || s.Rewards[0].ID != project.RewardID(held.ID) || s.Rewards[0].ReleaseAt.IsZero() || s.Rewards[1].Rule != policy.OnClientApproval {
			t.Errorf("got %+v", s.Rewards)
		}
		want := map[ledger.Account]map[string]ledger.Money{
			ledger.Due(held.Project): {"USD": usd(-5000)}, ledger.Due(credited.Project): {"USD": usd(-5000)},
			ledger.Held(ana.ID): {"USD": usd(5000)}, ledger.Available(ana.ID): {"USD": usd(5000)},
		}
		if diff := cmp.Diff(want, s.Balances); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("is one's own, or anybody's for staff, and nobody else's — B45", func(t *testing.T) {
		for by, pro := range map[*party.Actor]string{&ana: ana.ID, &agent: ana.ID, &lead: ana.ID, &admin: ana.ID} {
			s, err := w.Statement(t.Context(), *by, pro, 10, nil)
			must(t, err)
			_, err = w.Reward(t.Context(), *by, project.RewardID(held.ID))
			must(t, err)
			if s.Pro != ana.ID || len(s.Rewards) != 2 {
				t.Errorf("%s reads %+v", by.ID, s)
			}
		}
		for _, by := range []party.Actor{ben, client, qc} {
			_, err := w.Statement(t.Context(), by, ana.ID, 10, nil)
			refused(t, err, problem.CodeNotFound)
			_, err = w.Reward(t.Context(), by, project.RewardID(held.ID))
			refused(t, err, problem.CodeNotFound)
		}
		_, err := w.Statement(t.Context(), client, "", 10, nil)
		refused(t, err, problem.CodeNotFound)
	})
	t.Run("names a reward that is not there to nobody", func(t *testing.T) {
		for _, by := range []party.Actor{ana, agent} {
			_, err := w.Reward(t.Context(), by, "rwd_00000000000000000000000000")
			refused(t, err, problem.CodeNotFound)
		}
		_, err := store.Is[ledger.Reward](w.Store.Get(t.Context(), store.Ref{Kind: store.Reward, ID: project.RewardID(held.ID)}, store.Fresh))
		refused(t, err, problem.CodeNotFound)
	})
}
