package project_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
)

func TestWhatIf(t *testing.T) {
	ask := func(w *world, id string, amount ledger.Money) (project.Quote, error) {
		_, q, err := w.WhatIf(w.Context(), project.Ask{By: agent, Now: w.now}, id, amount)
		return q, err
	}
	t.Run("says who pays, who gets and until when, by the policy, and changes nothing — R49 A18", func(t *testing.T) {
		w := newWorld(t)
		a := w.screening(ana)
		commits := len(w.mem.events)
		q, err := ask(w, a.ID, ledger.Money{})
		must(t, err)
		want := project.Quote{Version: "1.1", Fee: ledger.Fee{Amount: usd(750), Share: usd(600)}, Until: noon.Add(7 * day)}
		if diff := cmp.Diff(want, q); diff != "" || q.Fee.Rest() != usd(150) || len(w.mem.events) != commits {
			t.Errorf("%d commits, %s", len(w.mem.events)-commits, diff)
		}
	})
	t.Run("shares an amount of the agent's as the policy does, half to even — A18 B60", func(t *testing.T) {
		w := newWorld(t)
		a := w.screening(ana)
		for amount, share := range map[int64]int64{1000: 800, 1: 1, 2: 2, 3: 2, 8: 6, 13: 10, 999: 799} {
			q, err := ask(w, a.ID, usd(amount))
			must(t, err)
			if q.Fee.Share != usd(share) || q.Fee.Rest() != usd(amount-share) {
				t.Errorf("of %d: %+v", amount, q.Fee)
			}
		}
	})
	t.Run("refuses a fee of nothing and one in another currency — B56", func(t *testing.T) {
		w := newWorld(t)
		a := w.screening(ana)
		_, err := ask(w, a.ID, usd(0))
		refusedAt(t, err, "/fee")
		_, err = ask(w, a.ID, ledger.Money{Minor: 1000, Currency: "EUR"})
		refused(t, err, problem.CodeCurrencyMismatch)
	})
}

func TestQuote(t *testing.T) {
	t.Run("of changes beyond the instructions goes to the client, who decides within a week — R49 A18", func(t *testing.T) {
		w := newWorld(t)
		a := w.quoted(ana)
		told, _ := fact[project.FeeQuoted](w)
		due := alarms(a, project.QuoteExpiry)
		if a.Progress.State != project.Quoted || len(due) != 1 || !due[0].DueAt.Equal(noon.Add(7*day)) || told.Client != client.ID || told.Fee != usd(750) || !told.Until.Equal(due[0].DueAt) {
			t.Errorf("got %+v, told %+v", a, told)
		}
	})
	t.Run("has a share of the agent's choice, of more than nothing and at most the fee — A18", func(t *testing.T) {
		w := newWorld(t)
		a := w.screening(ana)
		for _, share := range []int64{0, 1001} {
			_, err := w.quote(agent, a.ID, usd(1000), usd(share))
			refusedAt(t, err, "/share")
		}
		a, err := w.quote(agent, a.ID, usd(1000), usd(1000))
		must(t, err)
		if fee := a.Request.Quote.Fee; fee.Share != usd(1000) || !fee.Rest().IsZero() {
			t.Errorf("got %+v", fee)
		}
	})
	t.Run("is approved as it was seen, and no other — A18", func(t *testing.T) {
		w := newWorld(t)
		a := w.quoted(ana)
		_, err := w.withdrawQuote(agent, a.ID)
		must(t, err)
		_, err = w.quote(agent, a.ID, usd(9000), ledger.Money{})
		must(t, err)
		_, err = w.approveQuote(client, a.ID, "1.1")
		refused(t, err, problem.CodeTermsChanged)
		a, err = w.approveQuote(client, a.ID, "1.2")
		must(t, err)
		_, err = w.acceptOffer(ana, a.ID, "1.1")
		refused(t, err, problem.CodeTermsChanged)
	})
	t.Run("that the client approved offers the pro their share for three days — A18", func(t *testing.T) {
		w := newWorld(t)
		a := w.quoted(ana)
		w.now = noon.Add(6 * day)
		a, err := w.approveQuote(client, a.ID, "1.1")
		must(t, err)
		told, _ := fact[project.FeeOffered](w)
		if due := alarms(a, project.QuoteExpiry); a.Progress.State != project.Offered || len(due) != 1 || !due[0].DueAt.Equal(noon.Add(9*day)) || told.Pro != ana.ID || told.Share != usd(600) || len(w.mem.entries) != 1 {
			t.Errorf("got %+v, told %+v", a, told)
		}
	})
	t.Run("that the client declined ends the request, and the agent is told — A18", func(t *testing.T) {
		w := newWorld(t)
		a, err := w.declineQuote(client, w.quoted(ana).ID)
		must(t, err)
		told, _ := fact[project.QuoteDeclined](w)
		if due := alarms(a, project.ReviewAutoClose); a.Progress.State != project.InReview || told.Agent != agent.ID || len(due) != 1 {
			t.Errorf("got %+v, told %+v", a, told)
		}
	})
	t.Run("is withdrawn by staff, and whoever has it is told — R52", func(t *testing.T) {
		w := newWorld(t)
		_, err := w.withdrawQuote(agent, w.quoted(ana).ID)
		must(t, err)
		if _, offered := fact[project.OfferWithdrawn](w); offered {
			t.Error("the pro, who knew of nothing, is told")
		}
		a, err := w.withdrawQuote(lead, w.offered(ana).ID)
		must(t, err)
		client, _ := fact[project.QuoteWithdrawn](w)
		pro, _ := fact[project.OfferWithdrawn](w)
		if a.Progress.State != project.Screening || a.Request.Quote.Version != "" || client.Fee != usd(750) || pro.Share != usd(600) {
			t.Errorf("got %+v, told %+v and %+v", a, client, pro)
		}
	})
	for _, edge := range edges {
		t.Run(fmt.Sprintf("%s its expiry staff may withdraw it: %t — A18", edge.name, !edge.passed), func(t *testing.T) {
			for _, set := range []func(w *world) project.Assignment{
				func(w *world) project.Assignment { return w.quoted(ana) }, func(w *world) project.Assignment { return w.offered(ana) },
			} {
				w := newWorld(t)
				a := set(w)
				w.now = alarms(a, project.QuoteExpiry)[0].DueAt.Add(edge.by)
				allowed(t, a, agent, w.now, project.WithdrawQuote, !edge.passed)
				_, err := w.withdrawQuote(agent, a.ID)
				afterEdge(t, err, edge.passed)
			}
		})
		t.Run(fmt.Sprintf("%s its expiry the client may answer: %t — A18", edge.name, !edge.passed), func(t *testing.T) {
			w := newWorld(t)
			a := w.quoted(ana)
			w.now = noon.Add(7*day + edge.by)
			allowed(t, a, client, w.now, project.ApproveQuote, !edge.passed)
			allowed(t, a, client, w.now, project.DeclineQuote, !edge.passed)
			_, err := w.approveQuote(client, a.ID, "1.1")
			afterEdge(t, err, edge.passed)
		})
		t.Run(fmt.Sprintf("%s the offer's expiry the pro may answer: %t — A18", edge.name, !edge.passed), func(t *testing.T) {
			w := newWorld(t)
			a := w.offered(ana)
			w.now = noon.Add(3*day + edge.by)
			allowed(t, a, ana, w.now, project.AcceptOffer, !edge.passed)
			allowed(t, a, ana, w.now, project.DeclineOffer, !edge.passed)
			allowed(t, a, ana, w.now, project.AskFee, !edge.passed)
			_, err := w.acceptOffer(ana, a.ID, "1.1")
			afterEdge(t, err, edge.passed)
			w = newWorld(t)
			a = w.offered(ana)
			w.now = noon.Add(3*day + edge.by)
			_, err = w.askFee(ana, a.ID, ledger.Money{})
			afterEdge(t, err, edge.passed)
		})
		t.Run(fmt.Sprintf("%s its expiry the timer ends it: %t — A18", edge.name, edge.passed), func(t *testing.T) {
			for _, a := range []func(*world) project.Assignment{func(w *world) project.Assignment { return w.quoted(ana) }, func(w *world) project.Assignment { return w.offered(ana) }} {
				w := newWorld(t)
				waiting := a(w)
				alarm := alarms(waiting, project.QuoteExpiry)[0]
				w.now = alarm.DueAt.Add(edge.by)
				err := w.fire(alarm)
				if !edge.passed {
					refused(t, err, problem.CodeNotYet)
					continue
				}
				must(t, err)
				after := load[project.Assignment](w, waiting.Ref())
				lapsed, ended := fact[project.QuoteLapsed](w)
				back, returned := fact[project.ChangesReturned](w)
				switch waiting.Progress.State {
				case project.Quoted:
					if after.Progress.State != project.InReview || !ended || lapsed.Client != client.ID || !lapsed.ReviewUntil.Equal(after.ReviewUntil) {
						t.Errorf("got %+v, told %+v", after, lapsed)
					}
				case project.Offered:
					if after.Progress.State != project.Screening || !returned || back.Why != project.LapseQuote || back.Agent != agent.ID {
						t.Errorf("got %+v, told %+v", after, back)
					}
				}
			}
		})
	}
}

func TestFee(t *testing.T) {
	t.Run("is posted on both sides in the commit in which the pro accepts: the client pays, the share is on hold, the platform keeps the rest — R49 A18 I1", func(t *testing.T) {
		w := newWorld(t)
		a := w.agreed(ana)
		entry := w.mem.entries[len(w.mem.entries)-1]
		want := ledger.Entry{
			ID: project.FeeID(a.ID, 1) + ".hold", Pro: ana.ID, Kind: "hold", Reward: project.FeeID(a.ID, 1), Assignment: a.ID, Title: "A subtitle", At: noon, Rule: "fee/after_hold@2026-11",
			Postings: []ledger.Posting{{Account: ledger.Client(client.ID), Amount: usd(-750)}, {Account: ledger.Platform, Amount: usd(150)}, {Account: ledger.Held(ana.ID), Amount: usd(600)}},
		}
		if diff := cmp.Diff(want, entry); diff != "" || a.Progress.State != project.Revising || w.last().Money[0] != entry.ID {
			t.Errorf("got %+v: %s", a, diff)
		}
		told, _ := fact[project.FeeAgreed](w)
		if due := alarms(a, project.DeliveryDue); told.Fee != usd(750) || told.Share != usd(600) || len(due) != 1 || !due[0].DueAt.Equal(noon.Add(2*day)) || !told.DeliverBy.Equal(due[0].DueAt) {
			t.Errorf("told %+v", told)
		}
	})
	t.Run("is a reward of its own, whose 30 days start when its revision passes QC — A11 A18 R55", func(t *testing.T) {
		w := newWorld(t)
		a := w.agreed(ana)
		if r := w.fee(a, 1); r.Progress.State != ledger.RewardHeld || len(r.Progress.Deadlines) != 0 || !r.ReleaseAt.IsZero() || r.Change != 1 {
			t.Errorf("before QC: %+v", r)
		}
		w.now = noon.Add(2 * day)
		a = w.revised(a)
		r := w.fee(a, 1)
		if !r.ReleaseAt.Equal(noon.Add(32*day)) || !w.reward(a).ReleaseAt.Equal(noon.Add(30*day)) {
			t.Errorf("the fee is released at %s, the work at %s", r.ReleaseAt, w.reward(a).ReleaseAt)
		}
		w.now = r.ReleaseAt
		must(t, w.ring(w.reward(a), ledger.ReleaseDeadline))
		must(t, w.ring(r, ledger.ReleaseDeadline))
		if w.available(ana) != usd(5600) || !w.fee(a, 1).CreditedAt.Equal(noon.Add(32*day)) {
			t.Errorf("credited %s", w.available(ana))
		}
	})
	t.Run("of a category that releases on approval is credited by the client's next approval — A10 A18", func(t *testing.T) {
		w := newWorld(t)
		a := w.revised(w.agreed(ana, video))
		if r := w.fee(a, 1); r.Rule != policy.OnClientApproval || !r.ReleaseAt.IsZero() || len(r.Progress.Deadlines) != 0 {
			t.Errorf("got %+v", r)
		}
		_, err := w.approve(client, a.ID)
		must(t, err)
		if w.available(ana) != usd(5600) {
			t.Errorf("credited %s", w.available(ana))
		}
	})
	t.Run("is not restarted by a second check of the same revision — A11", func(t *testing.T) {
		w := newWorld(t)
		a := w.agreed(ana)
		_, err := w.submit(ana, a.ID, w.arrived(a, "take 2.mov"))
		must(t, err)
		_, err = w.revise(qc, a.ID, "Louder.")
		must(t, err)
		w.now = noon.Add(day)
		a = w.revised(a)
		a, err = w.askChanges(client, a.ID, "And warmer.")
		must(t, err)
		a, err = w.forward(agent, a.ID)
		must(t, err)
		w.now = noon.Add(5 * day)
		a = w.revised(a)
		if r := w.fee(a, 1); !r.ReleaseAt.Equal(noon.Add(31 * day)) {
			t.Errorf("released at %s", r.ReleaseAt)
		}
	})
	t.Run("is voided before the changes that it pays for are given up; then the client reviews what passed — R52", func(t *testing.T) {
		w := newWorld(t)
		a := w.agreed(ana)
		_, err := w.submit(ana, a.ID, w.arrived(a, "half a take.mov"))
		must(t, err)
		_, err = w.revise(qc, a.ID, "Finish it.")
		must(t, err)
		_, err = w.declineChanges(lead, a.ID, "Ana is ill.")
		refused(t, err, problem.CodeStateChanged)
		_, err = w.adjust(lead, a.ID, undoing(project.FeeID(a.ID, 1)))
		must(t, err)
		a, err = w.declineChanges(lead, a.ID, "Ana is ill.")
		must(t, err)
		stopped, ok := fact[project.ChangesStopped](w)
		if a.Progress.State != project.InReview || a.Request.Number != 0 || !ok || stopped.Pro != ana.ID || a.Shown().Number != 1 || len(alarms(a, project.ReviewAutoClose)) != 1 {
			t.Errorf("got %+v, told %+v", a, stopped)
		}
		balances, err := ledger.Balances(w.mem.entries)
		must(t, err)
		if owed := balances[ledger.Client(client.ID)]["USD"]; !owed.IsZero() {
			t.Errorf("the client is still charged %s", owed)
		}
		_, err = w.approve(client, a.ID)
		must(t, err)
	})
	t.Run("is read by its pro and staff under an ID of its own — R49", func(t *testing.T) {
		w := newWorld(t)
		a := w.agreed(ana)
		for _, by := range []party.Actor{ana, agent} {
			r, err := w.Reward(w.Context(), by, project.FeeID(a.ID, 1))
			must(t, err)
			if r.Amount != usd(600) {
				t.Errorf("%s reads %+v", by.ID, r)
			}
		}
		_, err := w.Reward(w.Context(), ben, project.FeeID(a.ID, 1))
		refused(t, err, problem.CodeNotFound)
	})
}

func TestFeeOfThePro(t *testing.T) {
	t.Run("may be asked for when the client's changes come without one; the agent decides, and what was handed in stays — R50", func(t *testing.T) {
		w := newWorld(t)
		a, err := w.forward(agent, w.screening(ana).ID)
		must(t, err)
		files := a.Files
		a, err = w.askFee(ana, a.ID, usd(2000))
		must(t, err)
		told, _ := fact[project.ChangesReturned](w)
		if a.Progress.State != project.Screening || len(a.Progress.Deadlines) != 0 || a.Request.Demand.Amount != usd(2000) || told.Why != project.AskFee || told.Amount != usd(2000) || told.Agent != agent.ID {
			t.Errorf("got %+v, told %+v", a, told)
		}
		if diff := cmp.Diff(files, a.Files); diff != "" {
			t.Errorf("the files changed: %s", diff)
		}
		_, err = w.quote(agent, a.ID, usd(3000), usd(2000))
		must(t, err)
	})
	t.Run("may be asked for in answer to an offer — R50", func(t *testing.T) {
		w := newWorld(t)
		a, err := w.askFee(ana, w.offered(ana).ID, ledger.Money{})
		must(t, err)
		if a.Progress.State != project.Screening || a.Request.Quote.Version != "" {
			t.Errorf("got %+v", a)
		}
	})
	t.Run("is not asked for what quality control wants, nor once a fee is agreed — R50", func(t *testing.T) {
		w := newWorld(t)
		a, err := w.revise(qc, w.submitted(ana).ID, "Louder.")
		must(t, err)
		allowed(t, a, ana, w.now, project.AskFee, false)
		_, err = w.askFee(ana, a.ID, usd(2000))
		refused(t, err, problem.CodeStateChanged)
		_, err = w.askFee(ana, w.agreed(ana).ID, usd(2000))
		refused(t, err, problem.CodeStateChanged)
	})
	t.Run("is in the currency of the work — B56", func(t *testing.T) {
		w := newWorld(t)
		_, err := w.askFee(ana, w.offered(ana).ID, ledger.Money{Minor: 1, Currency: "EUR"})
		refused(t, err, problem.CodeCurrencyMismatch)
	})
	t.Run("an offer may be declined, and the agent decides again — A18", func(t *testing.T) {
		w := newWorld(t)
		a, err := w.declineOffer(ana, w.offered(ana).ID)
		must(t, err)
		if told, _ := fact[project.ChangesReturned](w); a.Progress.State != project.Screening || told.Why != project.DeclineOffer || len(w.mem.entries) != 1 {
			t.Errorf("got %+v, told %+v", a, told)
		}
	})
}
