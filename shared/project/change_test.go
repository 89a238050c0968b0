package project_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

func TestChanges(t *testing.T) {
	t.Run("are asked for while the client reviews: staff screen them first, and the review's clock stands still — R47 R48 A20", func(t *testing.T) {
		w := newWorld(t)
		a := w.screening(ana)
		told, ok := fact[project.ChangesRequested](w)
		if a.Progress.State != project.Screening || len(a.Progress.Deadlines) != 0 || a.Request.Number != 1 || a.Request.Shared || !ok || told.Agent != agent.ID || !w.last().Outbox {
			t.Errorf("got %+v, told %+v", a, told)
		}
		if ended := w.last().Ended; len(ended) != 1 || ended[0].Kind != project.ReviewAutoClose || ended[0].How != "cancelled" {
			t.Errorf("ended %+v", ended)
		}
	})
	t.Run("say what they are", func(t *testing.T) {
		w := newWorld(t)
		a := w.delivered(ana)
		_, err := w.askChanges(client, a.ID, " \n")
		refusedAt(t, err, "/text")
	})
	t.Run("are bounded: in all that is said, and in how often staff ask back", func(t *testing.T) {
		w := newWorld(t)
		a := w.delivered(ana)
		_, err := w.askChanges(client, a.ID, "Warmer.", strings.Repeat("a", 128<<10))
		refusedAt(t, err, "/comments")
		a, err = w.askChanges(client, a.ID, strings.Repeat("a", 128<<10-100))
		must(t, err)
		_, err = w.askBack(agent, a.ID, "Which half?")
		must(t, err)
		_, err = w.clarify(client, a.ID, strings.Repeat("a", 100))
		refusedAt(t, err, "/text")
		for range 9 {
			_, err = w.clarify(client, a.ID, "2")
			must(t, err)
			_, err = w.askBack(agent, a.ID, "?")
			must(t, err)
		}
		_, err = w.clarify(client, a.ID, "2")
		must(t, err)
		_, err = w.askBack(agent, a.ID, "?")
		refused(t, err, problem.CodeTooManyItems)
	})
	t.Run("are forwarded when they are clear and within the instructions, all in one, with a deadline of their own — R44 R48", func(t *testing.T) {
		w := newWorld(t)
		a := w.screening(ana)
		w.now = noon.Add(20 * day)
		a, err := w.forward(agent, a.ID)
		must(t, err)
		told, _ := fact[project.ChangesForwarded](w)
		due := alarms(a, project.DeliveryDue)
		if a.Progress.State != project.Revising || len(due) != 1 || !due[0].DueAt.Equal(w.now.Add(2*day)) || !told.DeliverBy.Equal(due[0].DueAt) {
			t.Errorf("got %+v, told %+v", a, told)
		}
		if diff := cmp.Diff(remarks([]string{"Warmer, please.", "0:12 is too loud."}), told.Comments); diff != "" || told.Pro != ana.ID {
			t.Errorf("told %s: %s", told.Pro, diff)
		}
	})
	t.Run("that are not clear are asked back, and the answer goes to the pro with the rest — R48 R44", func(t *testing.T) {
		w := newWorld(t)
		a := w.screening(ana)
		_, err := w.askBack(agent, a.ID, "Which half?")
		must(t, err)
		if asked, _ := fact[project.ChangesQuestioned](w); asked.Client != client.ID || asked.Question != "Which half?" || !asked.AnswerBy.Equal(noon.Add(90*day)) {
			t.Errorf("told %+v", asked)
		}
		_, err = w.clarify(client, a.ID, "The second.")
		must(t, err)
		if back, _ := fact[project.ChangesReturned](w); back.Agent != agent.ID || back.Why != project.Clarify || back.Text != "The second." {
			t.Errorf("told %+v", back)
		}
		_, err = w.forward(agent, a.ID)
		must(t, err)
		if told, _ := fact[project.ChangesForwarded](w); told.Comments[2].Text != "Which half?\n→ The second." {
			t.Errorf("told %+v", told.Comments)
		}
	})
	t.Run("are declined with a reason, and the client goes on reviewing — R48", func(t *testing.T) {
		w := newWorld(t)
		a := w.screening(ana)
		_, err := w.declineChanges(agent, a.ID, "")
		refusedAt(t, err, "/reason")
		a, err = w.declineChanges(agent, a.ID, "The brief says cold.")
		must(t, err)
		told, _ := fact[project.ChangesDeclined](w)
		if a.Progress.State != project.InReview || a.Request.Number != 0 || told.Client != client.ID || told.Reason != "The brief says cold." || !told.ReviewUntil.Equal(noon.Add(90*day)) {
			t.Errorf("got %+v, told %+v", a, told)
		}
	})
	t.Run("that nobody makes after all are given up by staff, and both sides are told; what QC asked for is not — R52", func(t *testing.T) {
		w := newWorld(t)
		a, err := w.forward(agent, w.screening(ana).ID)
		must(t, err)
		a, err = w.declineChanges(agent, a.ID, "Ana is ill.")
		must(t, err)
		client, _ := fact[project.ChangesDeclined](w)
		pro, _ := fact[project.ChangesStopped](w)
		if a.Progress.State != project.InReview || client.Reason != "Ana is ill." || pro.Pro != ana.ID {
			t.Errorf("got %+v, told %+v and %+v", a, client, pro)
		}
		sent, err := w.revise(qc, w.submitted(ben).ID, "Louder.")
		must(t, err)
		allowed(t, sent, agent, w.now, project.DeclineChanges, false)
		_, err = w.declineChanges(agent, sent.ID, "No.")
		refused(t, err, problem.CodeStateChanged)
	})
	t.Run("may be dropped by the client while nobody works on them — R47", func(t *testing.T) {
		w := newWorld(t)
		a, err := w.drop(client, w.screening(ana).ID)
		must(t, err)
		if settled, ok := fact[project.ChangesSettled](w); a.Progress.State != project.InReview || !ok || settled.Outcome != "dropped" || w.last().Outbox {
			t.Errorf("got %+v, %+v", a, settled)
		}
		a, err = w.forward(agent, w.screening(ana).ID)
		must(t, err)
		_, err = w.drop(client, a.ID)
		refused(t, err, problem.CodeStateChanged)
	})
	t.Run("that come to nothing are called off with the pro who was shown them, and with nobody else — R48 R50 R52", func(t *testing.T) {
		ends := map[string]func(w *world, id string) error{
			"dropped": func(w *world, id string) error { _, err := w.drop(client, id); return err },
			"declined by staff": func(w *world, id string) error {
				_, err := w.declineChanges(agent, id, "The brief says cold.")
				return err
			},
			"declined by the client": func(w *world, id string) error {
				_, err := w.quote(agent, id, ledger.Money{}, ledger.Money{})
				must(t, err)
				_, err = w.declineQuote(client, id)
				return err
			},
			"lapsed": func(w *world, id string) error {
				a, err := w.quote(agent, id, ledger.Money{}, ledger.Money{})
				must(t, err)
				w.now = alarms(a, project.QuoteExpiry)[0].DueAt
				return w.ring(a, project.QuoteExpiry)
			},
			"closed": func(w *world, id string) error {
				a, err := w.askBack(agent, id, "Which half?")
				must(t, err)
				w.now = alarms(a, project.ReviewAutoClose)[0].DueAt
				return w.ring(a, project.ReviewAutoClose)
			},
		}
		for name, end := range ends {
			w := newWorld(t)
			must(t, end(w, w.screening(ana).ID))
			if _, told := fact[project.ChangesStopped](w); told {
				t.Errorf("%s: the pro, who knew of nothing, is told", name)
			}
			w = newWorld(t)
			a, err := w.forward(agent, w.screening(ana).ID)
			must(t, err)
			_, err = w.askFee(ana, a.ID, usd(2000))
			must(t, err)
			must(t, end(w, a.ID))
			if told, _ := fact[project.ChangesStopped](w); told.Pro != ana.ID || !w.last().Outbox {
				t.Errorf("%s: told %+v", name, told)
			}
		}
	})
	t.Run("are checked as any version, and the client has a whole review again — R41 A20", func(t *testing.T) {
		w := newWorld(t)
		a := w.delivered(ana)
		if told, _ := fact[project.QCPassed](w); told.Later {
			t.Errorf("the first version is told as a later one: %+v", told)
		}
		_, err := w.askChanges(client, a.ID, "Warmer, please.")
		must(t, err)
		a, err = w.forward(agent, a.ID)
		must(t, err)
		w.now = noon.Add(day)
		a = w.revised(a)
		if told, _ := fact[project.QCPassed](w); !told.Later {
			t.Errorf("told %+v", told)
		}
		settled, _ := fact[project.ChangesSettled](w)
		if due := alarms(a, project.ReviewAutoClose); a.Progress.State != project.InReview || len(due) != 1 || !due[0].DueAt.Equal(noon.Add(91*day)) || settled.Outcome != "made" || settled.Request.Number != 1 {
			t.Errorf("got %+v, settled %+v", a, settled)
		}
	})
	t.Run("leave the client what QC approved until the next version passes — R46", func(t *testing.T) {
		w := newWorld(t)
		a, err := w.forward(agent, w.screening(ana).ID)
		must(t, err)
		for _, step := range []struct {
			do    func() (project.Assignment, error)
			shown int
		}{
			{func() (project.Assignment, error) { return a, nil }, 1},
			{func() (project.Assignment, error) { return w.submit(ana, a.ID, w.arrived(a, "take 2.mov")) }, 1},
			{func() (project.Assignment, error) { return w.revise(qc, a.ID, "Louder.") }, 1},
			{func() (project.Assignment, error) { return w.submit(ana, a.ID, w.arrived(a, "take 3.mov")) }, 1},
			{func() (project.Assignment, error) { return w.pass(qc, a.ID) }, 3},
		} {
			a, err := step.do()
			must(t, err)
			if shown := a.Shown(); shown.Number != step.shown || shown.Files[0].Name != fmt.Sprintf("take %d.mov", step.shown) {
				t.Errorf("%s: the client sees %+v", a.Progress.State, shown)
			}
		}
	})
	t.Run("may point into the files that the client was shown, and the pro answers each of them — R44 R48", func(t *testing.T) {
		w := newWorld(t)
		a := w.delivered(ana)
		ask := func(file string) error {
			_, err := told[project.Held](w, client, func(ctx context.Context, ask project.Ask) (store.Reply, error) {
				return w.AskChanges(ctx, ask, a.ID, "Warmer.", []project.Comment{{Text: "Here.", Place: project.Place{File: file, TimeCode: "00:00:12"}}})
			})
			return err
		}
		refusedAt(t, ask("fil_0"), "/comments/0/file")
		must(t, ask(a.Files[0].ID))
		a, err := w.forward(agent, a.ID)
		must(t, err)
		if told, _ := fact[project.ChangesForwarded](w); told.Comments[1].Place.Name != "take 1.mov" || a.Asked != 2 {
			t.Errorf("got %+v, told %+v", a, told)
		}
		held, err := w.Assignment(t.Context(), ana, a.ID)
		must(t, err)
		if seen := project.Versions(held.Assignment, held.Timeline, ana); len(seen[0].Comments) != 2 || seen[0].Outcome != project.Passed {
			t.Errorf("the pro sees %+v", seen)
		}
	})
	t.Run("never touch the clock of the work's reward — A11", func(t *testing.T) {
		w := newWorld(t)
		a := w.delivered(ana)
		before := w.reward(a)
		a, err := w.askChanges(client, a.ID, "Warmer.")
		must(t, err)
		a, err = w.forward(agent, a.ID)
		must(t, err)
		w.now = noon.Add(10 * day)
		a = w.revised(a)
		if diff := cmp.Diff(before, w.reward(a)); diff != "" {
			t.Errorf("the reward changed: %s", diff)
		}
	})
}

// TestChangesTime: what the client may ask, and until when (A20).
func TestChangesTime(t *testing.T) {
	for _, edge := range edges {
		t.Run(fmt.Sprintf("%s the review closes the client may ask for changes: %t — A20 B88", edge.name, !edge.passed), func(t *testing.T) {
			w := newWorld(t)
			a := w.delivered(ana)
			w.now = noon.Add(90*day + edge.by)
			allowed(t, a, client, w.now, project.AskChanges, !edge.passed)
			if a.MayStillAsk(w.now) == edge.passed {
				t.Errorf("may still ask: %t", !edge.passed)
			}
			_, err := w.askChanges(client, a.ID, "Warmer.")
			afterEdge(t, err, edge.passed)
		})
		t.Run(fmt.Sprintf("%s it would have closed, after their approval: %t — A11 A20", edge.name, !edge.passed), func(t *testing.T) {
			w := newWorld(t)
			a, err := w.approve(client, w.delivered(ana).ID)
			must(t, err)
			w.now = noon.Add(90*day + edge.by)
			allowed(t, a, client, w.now, project.AskChanges, !edge.passed)
			_, err = w.askChanges(client, a.ID, "Warmer.")
			afterEdge(t, err, edge.passed)
		})
		t.Run(fmt.Sprintf("%s the time to answer is over the request may be dropped or declined: %t — A20", edge.name, !edge.passed), func(t *testing.T) {
			for action, end := range map[lifecycle.Action]func(w *world, id string) error{
				project.DropChanges:    func(w *world, id string) error { _, err := w.drop(client, id); return err },
				project.DeclineChanges: func(w *world, id string) error { _, err := w.declineChanges(agent, id, "No."); return err },
			} {
				w := newWorld(t)
				a, err := w.askBack(agent, w.screening(ana).ID, "Which half?")
				must(t, err)
				w.now = noon.Add(90*day + edge.by)
				by := map[lifecycle.Action]party.Actor{project.DropChanges: client, project.DeclineChanges: agent}[action]
				allowed(t, a, by, w.now, action, !edge.passed)
				afterEdge(t, end(w, a.ID), edge.passed)
			}
		})
		t.Run(fmt.Sprintf("%s the time to answer is over they may say what they meant: %t — A20", edge.name, !edge.passed), func(t *testing.T) {
			w := newWorld(t)
			a, err := w.askBack(agent, w.screening(ana).ID, "Which half?")
			must(t, err)
			w.now = noon.Add(90*day + edge.by)
			allowed(t, a, client, w.now, project.Clarify, !edge.passed)
			_, err = w.clarify(client, a.ID, "The second.")
			afterEdge(t, err, edge.passed)
		})
	}
	t.Run("nothing is asked after the review closed by itself, whatever a worker's clock says — A20", func(t *testing.T) {
		w := newWorld(t)
		a := w.delivered(ana)
		w.now = noon.Add(90 * day)
		must(t, w.ring(a, project.ReviewAutoClose))
		w.now = w.now.Add(-ms)
		_, err := w.askChanges(client, a.ID, "Warmer.")
		refused(t, err, problem.CodeDeadlinePassed)
	})
	t.Run("a request that comes to nothing leaves the client at least a week — A20", func(t *testing.T) {
		w := newWorld(t)
		a := w.delivered(ana)
		w.now = noon.Add(90*day - time.Hour)
		_, err := w.askChanges(client, a.ID, "Warmer.")
		must(t, err)
		w.now = noon.Add(93 * day)
		a, err = w.declineChanges(agent, a.ID, "The brief says cold.")
		must(t, err)
		if due := alarms(a, project.ReviewAutoClose); len(due) != 1 || !due[0].DueAt.Equal(noon.Add(100*day)) {
			t.Errorf("got %+v", a.Progress)
		}
	})
	t.Run("a client who never says what they meant lets the review close by itself, for the money too — A10 A20", func(t *testing.T) {
		w := newWorld(t)
		a, err := w.askBack(agent, w.screening(ana, video).ID, "Which half?")
		must(t, err)
		w.now = noon.Add(90 * day)
		must(t, w.ring(a, project.ReviewAutoClose))
		settled, ok := fact[project.ChangesSettled](w)
		if a := load[project.Assignment](w, a.Ref()); a.Progress.State != project.Done || a.Request.Number != 0 || !ok || settled.Outcome != "closed" || w.available(ana) != usd(5000) {
			t.Errorf("got %+v, settled %+v, credited %s", a, settled, w.available(ana))
		}
	})
}

func TestLateChanges(t *testing.T) {
	t.Run("reopen what the client had approved, and neither hold nor credit anything twice — A11", func(t *testing.T) {
		for name, change := range map[string]func(*project.Brief){"after a hold": func(*project.Brief) {}, "on approval": video} {
			w := newWorld(t)
			a, err := w.approve(client, w.delivered(ana, change).ID)
			must(t, err)
			before, entries := w.reward(a), len(w.mem.entries)
			w.now = noon.Add(40 * day)
			a, err = w.askChanges(client, a.ID, "Warmer.")
			must(t, err)
			if told, _ := fact[project.ChangesRequested](w); !told.Late || !a.DoneAt.IsZero() {
				t.Errorf("%s: got %+v, told %+v", name, a, told)
			}
			a, err = w.forward(agent, a.ID)
			must(t, err)
			a = w.revised(a)
			a, err = w.approve(client, a.ID)
			must(t, err)
			if diff := cmp.Diff(before, w.reward(a)); diff != "" || len(w.mem.entries) != entries || !a.DoneAt.Equal(w.now) {
				t.Errorf("%s: %d entries more, %s", name, len(w.mem.entries)-entries, diff)
			}
		}
	})
	t.Run("that cost a fee are credited by themselves, and the work's reward stays as it is — A11", func(t *testing.T) {
		w := newWorld(t)
		a, err := w.approve(client, w.delivered(ana, video).ID)
		must(t, err)
		w.now = noon.Add(day)
		_, err = w.askChanges(client, a.ID, "A new character.")
		must(t, err)
		_, err = w.quote(agent, a.ID, usd(1000), ledger.Money{})
		must(t, err)
		_, err = w.approveQuote(client, a.ID, "1.1")
		must(t, err)
		a, err = w.acceptOffer(ana, a.ID, "1.1")
		must(t, err)
		a = w.revised(a)
		_, err = w.approve(client, a.ID)
		must(t, err)
		if w.available(ana) != usd(5800) || !w.reward(a).CreditedAt.Equal(noon) || !w.fee(a, 1).CreditedAt.Equal(w.now) {
			t.Errorf("credited %s", w.available(ana))
		}
	})
}

func TestManyRequests(t *testing.T) {
	t.Run("of one client, the third in the policy, have people look at the case, and cost nothing by themselves — R51 A17", func(t *testing.T) {
		w := newWorld(t)
		a := w.unhappy(ana)
		told, ok := fact[project.CaseRaised](w)
		if a.Changes != 3 || a.CaseSince.IsZero() || !ok || told.Agent != agent.ID || told.Number != 3 || a.Request.Quote.Version != "" || len(w.mem.entries) != 1 {
			t.Errorf("got %+v, told %+v", a, told)
		}
	})
	t.Run("before the third, nobody has to — A17", func(t *testing.T) {
		w := newWorld(t)
		a := w.screening(ana)
		_, err := w.reviewCase(lead, a.ID, "Called them.")
		refused(t, err, problem.CodeStateChanged)
		if _, raised := fact[project.CaseRaised](w); raised || !a.CaseSince.IsZero() {
			t.Errorf("got %+v", a)
		}
	})
	t.Run("are looked at with a note that only the team reads; the next request raises the case again — A17", func(t *testing.T) {
		w := newWorld(t)
		a := w.unhappy(ana)
		_, err := w.reviewCase(agent, a.ID, " ")
		refusedAt(t, err, "/note")
		a, err = w.reviewCase(agent, a.ID, "Called them.")
		must(t, err)
		if seen, _ := fact[project.CaseReviewed](w); seen.Note.Reveal() != "Called them." || !a.CaseSince.IsZero() || w.last().Outbox {
			t.Errorf("got %+v, %+v", a, seen)
		}
		_, err = w.drop(client, a.ID)
		must(t, err)
		a, err = w.askChanges(client, a.ID, "Colder.")
		must(t, err)
		if _, raised := fact[project.CaseRaised](w); !raised || a.Changes != 4 {
			t.Errorf("got %+v", a)
		}
	})
}

func TestAgentInCharge(t *testing.T) {
	other := person("abi", party.Agent)
	t.Run("decides the case, or a lead or admin; another agent does not — R52", func(t *testing.T) {
		for _, by := range []party.Actor{agent, lead, admin} {
			w := newWorld(t)
			_, err := w.forward(by, w.screening(ana).ID)
			must(t, err)
		}
		w := newWorld(t)
		a := w.screening(ana)
		for _, act := range []func() error{
			func() error { _, err := w.forward(other, a.ID); return err },
			func() error { _, err := w.askBack(other, a.ID, "Which half?"); return err },
			func() error { _, err := w.declineChanges(other, a.ID, "No."); return err },
			func() error { _, err := w.quote(other, a.ID, ledger.Money{}, ledger.Money{}); return err },
			func() error { _, err := w.handOver(other, a.ID, other.ID); return err },
		} {
			refused(t, act(), problem.CodeForbidden)
		}
		for _, o := range a.Offers(other, w.now) {
			if o.Allowed {
				t.Errorf("offered %+v", o)
			}
		}
	})
	t.Run("hands it over, and who gets it is told and decides from then on — R52", func(t *testing.T) {
		w := newWorld(t)
		a := w.screening(ana)
		a, err := w.handOver(agent, a.ID, lead.ID)
		must(t, err)
		told, _ := fact[project.HandedOver](w)
		if a.Agent != lead.ID || told.Agent != lead.ID || told.From != agent.ID || a.Progress.State != project.Screening || !w.last().Outbox {
			t.Errorf("got %+v, told %+v", a, told)
		}
		_, err = w.forward(agent, a.ID)
		refused(t, err, problem.CodeForbidden)
	})
	t.Run("is somebody active of staff, and another than before — R52", func(t *testing.T) {
		w := newWorld(t)
		a := w.screening(ana)
		for _, to := range []string{"", "nobody", ana.ID, client.ID, qc.ID, agent.ID, "no id at all"} {
			_, err := w.handOver(lead, a.ID, to)
			refusedAt(t, err, "/agent")
		}
	})
}

// allowed checks what somebody is offered.
func allowed(t *testing.T, a project.Assignment, by party.Actor, now time.Time, action lifecycle.Action, want bool) {
	t.Helper()
	offers := a.Offers(by, now)
	i := slices.IndexFunc(offers, func(o lifecycle.Offer) bool { return o.Action == action })
	if i < 0 || offers[i].Allowed != want {
		t.Errorf("offered %+v, want %v: %t", offers, action, want)
	}
}

// afterEdge checks the answer on one side of a deadline.
func afterEdge(t *testing.T, err error, passed bool) {
	t.Helper()
	if passed {
		refused(t, err, problem.CodeDeadlinePassed)
		return
	}
	must(t, err)
}
