package help_test

import (
	"slices"
	"testing"
	"time"

	"github.com/callsheet/callsheet/shared/help"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

func TestPromise(t *testing.T) {
	t.Run("is kept by a person's reply before 12 hours, and broken at the very instant — R23 A1 A2 B85", func(t *testing.T) {
		for _, edge := range edges {
			w := newWorld(t)
			f := w.raised()
			w.now = f.AnswerBy.Add(edge.by)
			must(t, w.reply(agent, f.ID, "Take two days."))
			got := w.load(f.ID)
			if broken := !got.BreachedAt.IsZero(); broken != edge.passed || !got.RespondedAt.Equal(w.now) || got.Escalated || !got.OwedSince.IsZero() {
				t.Errorf("%s: %+v", edge.name, got)
			}
			if told := slices.Contains(w.facts(f.ID), "flag.breached"); told != edge.passed {
				t.Errorf("%s: %v", edge.name, w.facts(f.ID))
			}
			if edge.passed && !got.BreachedAt.Equal(f.AnswerBy) {
				t.Errorf("%s: broken at %s", edge.name, got.BreachedAt)
			}
			if edge.passed && !w.last().Facts[1].(help.FlagBreached).AnsweredAt.Equal(w.now) {
				t.Errorf("%s: leads are not told that it is answered: %+v", edge.name, w.last().Facts)
			}
		}
	})
	t.Run("breaks by itself at its instant and not before: the flag is at the top, nobody's, and still open — R23 A8", func(t *testing.T) {
		for _, edge := range edges {
			w := newWorld(t)
			w.now = noon.Add(-time.Hour)
			older := w.raised()
			must(t, w.reply(agent, older.ID, "Looking into it.")) // promised earlier, and answered
			w.now = noon
			held, err := w.raise(ben, help.HigherReward, "")
			must(t, err)
			f := held.Flag
			must(t, w.did(w.Claim, other, f.ID))
			w.now = f.AnswerBy.Add(edge.by)
			err = w.fire(f, help.FirstResponse)
			if !edge.passed {
				refused(t, err, problem.CodeNotYet)
				continue
			}
			must(t, err)
			got := w.load(f.ID)
			if got.Progress.State != help.Open || got.Agent != "" || !got.Escalated || !got.BreachedAt.Equal(f.AnswerBy) || len(got.Progress.Deadlines) != 0 {
				t.Errorf("%s: %+v", edge.name, got)
			}
			if e := w.last(); !e.Outbox || e.Facts[0].FactName() != "flag.breached" {
				t.Errorf("%s: %+v", edge.name, e)
			}
			queue, err := w.Queue(t.Context(), lead, help.QueueFilter{}, 10, nil)
			must(t, err)
			if len(queue.Items) != 2 || queue.Items[0].Ref() != f.Ref() {
				t.Errorf("%s: the queue begins with %s", edge.name, queue.Items[0].Ref())
			}
			refused(t, w.fire(f, help.FirstResponse), problem.CodeNotYet)
		}
	})
	t.Run("is warned of before, once, and not when somebody answered", func(t *testing.T) {
		w := newWorld(t)
		f := w.raised()
		w.now = f.AnswerBy.Add(-numbers.Warning - ms)
		refused(t, w.fire(f, help.Warning), problem.CodeNotYet)
		w.now = w.now.Add(ms)
		must(t, w.fire(f, help.Warning))
		if e := w.last(); !e.Outbox || e.Facts[0].FactName() != "flag.warned" || w.load(f.ID).Progress.State != help.Open {
			t.Errorf("got %+v", e)
		}
		refused(t, w.fire(f, help.Warning), problem.CodeNotYet)
		g := newWorld(t)
		f = g.raised()
		must(t, g.reply(agent, f.ID, "Yes."))
		g.now = f.AnswerBy
		refused(t, g.fire(f, help.Warning), problem.CodeNotYet)
		if g.sweep() != 0 {
			t.Error("something fired after the answer")
		}
	})
	t.Run("is not warned of once it is broken: a warning that comes late is dropped — A8 F39", func(t *testing.T) {
		for _, edge := range edges {
			w := newWorld(t)
			f := w.raised()
			w.now = f.AnswerBy.Add(edge.by)
			if err := w.fire(f, help.Warning); edge.passed {
				refused(t, err, problem.CodeNotYet)
			} else {
				must(t, err)
			}
			w.sweep()
			if warned := slices.Contains(w.facts(f.ID), "flag.warned"); warned == edge.passed || len(w.load(f.ID).Progress.Deadlines) > 1 {
				t.Errorf("%s: %v, %+v", edge.name, w.facts(f.ID), w.load(f.ID).Progress)
			}
		}
	})
	t.Run("is not kept by a claim, a note, a question to the client or a proposal, and goes on through them — A2 A34", func(t *testing.T) {
		for name, act := range map[string]func(w *world, id string) error{
			"claim":  func(w *world, id string) error { return w.did(w.Claim, agent, id) },
			"note":   func(w *world, id string) error { _, err := w.Note(w.Context(), w.ask(agent), id, "Hm."); return err },
			"ask":    func(w *world, id string) error { must(w, w.did(w.Claim, agent, id)); return w.askClient(agent, id) },
			"propos": func(w *world, id string) error { must(w, w.did(w.Claim, agent, id)); return w.resolve(agent, id, much) },
		} {
			w := newWorld(t)
			held, err := w.raise(ana, help.HigherReward, "It is twice the work.")
			must(t, err)
			must(t, act(w, held.Flag.ID))
			got := w.load(held.Flag.ID)
			if _, live := got.Progress.Live(help.FirstResponse, ""); !live || !got.RespondedAt.IsZero() {
				t.Errorf("%s: %+v", name, got)
			}
			before := got.Progress.State
			w.now = got.AnswerBy
			must(t, w.fire(got, help.FirstResponse))
			if told := w.last().Facts[0].(help.FlagBreached); told.Held != (got.Progress.State == help.Waiting || got.Progress.State == help.Proposed) || !told.AnsweredAt.IsZero() {
				t.Errorf("%s: leads are told %+v", name, told)
			}
			if after := w.load(got.ID); !after.Escalated || (before == help.Waiting || before == help.Proposed) && after.Progress.State != before {
				t.Errorf("%s: %+v", name, after)
			}
		}
	})
	t.Run("is found by the sweep when the alarm was lost, at its own instant — F39", func(t *testing.T) {
		w := newWorld(t)
		f := w.raised()
		w.now = f.AnswerBy.Add(6 * time.Hour)
		if fired := w.sweep(); fired < 1 || !w.load(f.ID).BreachedAt.Equal(f.AnswerBy) {
			t.Errorf("fired %d: %+v", fired, w.load(f.ID))
		}
	})
	t.Run("finds nothing to do for a flag that is gone", func(t *testing.T) {
		w := newWorld(t)
		_, err := w.Fire(t.Context(), w.ask(ana), store.Alarm{Ref: store.Ref{Kind: store.Flag, ID: "flg_0"}, Kind: help.Warning, Entry: 1})
		refused(t, err, problem.CodeNotFound)
	})
}

func TestClocks(t *testing.T) {
	w := newWorld(t)
	f := w.claimed()
	at := func(hours int) { w.now = noon.Add(time.Duration(hours) * time.Hour) }
	at(1)
	must(t, w.reply(agent, f.ID, "We ask the client."))
	must(t, w.askClient(agent, f.ID))
	at(5)
	if got := w.load(f.ID); got.Promised(w.now) != 5*time.Hour || got.Owned(w.now) != time.Hour || !got.ExpectedBy(w.now).Equal(f.ExpectedBy(noon).Add(4*time.Hour)) {
		t.Errorf("while waiting: promised %s, owned %s, expected by %s", got.Promised(w.now), got.Owned(w.now), got.ExpectedBy(w.now))
	}
	must(t, w.answer(client, w.load(f.ID).Paused.Question))
	at(7)
	t.Run("are two: the promised one never stops, the owned one does while the client is asked — A34 A4", func(t *testing.T) {
		if got := w.load(f.ID); got.Promised(w.now) != 7*time.Hour || got.Owned(w.now) != 3*time.Hour || got.Waited != 4*time.Hour {
			t.Errorf("promised %s, owned %s", got.Promised(w.now), got.Owned(w.now))
		}
	})
	must(t, w.resolve(agent, f.ID, answered("The low one.")))
	at(20)
	t.Run("end with the resolution", func(t *testing.T) {
		if got := w.load(f.ID); got.Promised(w.now) != 7*time.Hour || got.Owned(w.now) != 3*time.Hour {
			t.Errorf("promised %s, owned %s", got.Promised(w.now), got.Owned(w.now))
		}
	})
	must(t, w.reopen(ana, f.ID))
	at(21)
	t.Run("go on after reopening; what lay between was nobody's", func(t *testing.T) {
		if got := w.load(f.ID); got.Promised(w.now) != 21*time.Hour || got.Owned(w.now) != 4*time.Hour {
			t.Errorf("promised %s, owned %s", got.Promised(w.now), got.Owned(w.now))
		}
	})
}
