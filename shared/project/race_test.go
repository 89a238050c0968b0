package project_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/anishathalye/porcupine"

	"github.com/callsheet/callsheet/shared/dynamo"
	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// answerOf names how an act ended.
func answerOf(err error) string {
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, new(*store.Answered)):
		return "answered before"
	}
	return string(problem.As(err).Code)
}

// together does all acts at once and gives their answers.
func together(acts ...func() error) []string {
	said := make([]string, len(acts))
	start := make(chan struct{})
	var all sync.WaitGroup
	for i, act := range acts {
		all.Go(func() {
			<-start
			said[i] = answerOf(act())
		})
	}
	close(start)
	all.Wait()
	return said
}

// a race is two acts on one record. Whoever comes first has it, and the other is told why not.
type race struct {
	name string
	// set makes a fresh record and gives the two acts.
	set func(w *world) (first, second func() error)
	// lost is what each act is told when the other came first; empty where both may have their effect.
	lostFirst, lostSecond string
	// after checks the end, given which came first.
	after func(w *world, firstWon bool)
}

var races = []race{
	{
		name: "accept and cancel — F13",
		set: func(w *world) (func() error, func() error) {
			p := w.published()
			id := w.invited(p, ana)[0]
			return func() error { _, err := w.accept(ana, id); return err }, func() error { _, err := w.cancel(client, p.ID); return err }
		},
		lostFirst: "state-changed", lostSecond: "state-changed",
		after: func(w *world, accepted bool) { w.endsWith(accepted, project.Filled, project.Cancelled) },
	},
	{
		name: "accept and withdraw — I19",
		set: func(w *world) (func() error, func() error) {
			id := w.invited(w.published(), ana)[0]
			return func() error { _, err := w.accept(ana, id); return err }, func() error { _, err := w.answer(agent, project.Withdraw, id); return err }
		},
		lostFirst: "state-changed", lostSecond: "state-changed",
		after: func(w *world, accepted bool) { w.endsWith(accepted, project.Filled, project.Open) },
	},
	{
		name: "accept and withdraw of one of several seats — I19",
		set: func(w *world) (func() error, func() error) {
			id := w.invited(w.published(contest(3)), ana)[0]
			return func() error { _, err := w.accept(ana, id); return err }, func() error { _, err := w.answer(agent, project.Withdraw, id); return err }
		},
		lostFirst: "state-changed", lostSecond: "state-changed",
		after: func(w *world, accepted bool) { w.endsWith(accepted, project.Open, project.Open) },
	},
	{
		name: "accept and decline by the same pro — I19",
		set: func(w *world) (func() error, func() error) {
			id := w.invited(w.published(), ana)[0]
			return func() error { _, err := w.accept(ana, id); return err }, func() error { _, err := w.answer(ana, project.Decline, id); return err }
		},
		lostFirst: "state-changed", lostSecond: "state-changed",
		after: func(w *world, accepted bool) { w.endsWith(accepted, project.Filled, project.Open) },
	},
	{
		name: "accept by two pros — F11 I12",
		set: func(w *world) (func() error, func() error) {
			ids := w.invited(w.published(), ana, ben)
			return func() error { _, err := w.accept(ana, ids[0]); return err }, func() error { _, err := w.accept(ben, ids[1]); return err }
		},
		lostFirst: "already-taken", lostSecond: "already-taken",
		after: func(w *world, _ bool) { w.endsWith(true, project.Filled, project.Filled) },
	},
	{
		name: "accept twice by one pro",
		set: func(w *world) (func() error, func() error) {
			id := w.invited(w.published(contest(3)), ana)[0]
			accept := func() error { _, err := w.accept(ana, id); return err }
			return accept, accept
		},
		lostFirst: "state-changed", lostSecond: "state-changed",
		after: func(w *world, _ bool) { w.endsWith(true, project.Open, project.Open) },
	},
	{
		name: "approve and the closing of the review — F14 B88 I3",
		set: func(w *world) (func() error, func() error) {
			a := w.delivered(ana, video)
			alarm := alarms(a, project.ReviewAutoClose)[0]
			w.now = alarm.DueAt
			early := *w // the client's worker has not come to that instant
			early.now = alarm.DueAt.Add(-ms)
			return func() error { _, err := early.approve(client, a.ID); return err }, func() error { return w.fire(alarm) }
		},
		lostFirst: "state-changed", lostSecond: "not-yet",
		after: func(w *world, _ bool) {
			if got := w.available(ana); got != usd(5000) {
				w.Errorf("credited %s", got)
			}
		},
	},
	{
		name: "release of a reward by alarm and by sweep — F35 F48 I3 I4",
		set: func(w *world) (func() error, func() error) {
			alarm := alarms(w.reward(w.delivered(ana)), ledger.ReleaseDeadline)[0]
			w.now = alarm.DueAt
			return func() error { return w.fire(alarm) }, func() error {
				fired, err := w.Sweep(w.Context(), w.now, 10)
				if err == nil && fired == 0 {
					return problem.New(problem.CodeNotYet, "Nothing was due.")
				}
				return err
			}
		},
		lostFirst: "not-yet", lostSecond: "not-yet",
		after: func(w *world, _ bool) {
			if got := w.available(ana); got != usd(5000) {
				w.Errorf("credited %s", got)
			}
		},
	},
	{
		name: "two reviewers who decide differently — F14",
		set: func(w *world) (func() error, func() error) {
			a := w.submitted(ana)
			return func() error { _, err := w.pass(qc, a.ID); return err }, func() error { _, err := w.revise(otherQC, a.ID, "Louder."); return err }
		},
		lostFirst: "state-changed", lostSecond: "state-changed",
		after: func(w *world, passed bool) {
			if got := w.last2(ana); passed == got.IsZero() {
				w.Errorf("passed: %t, held %s", passed, got)
			}
		},
	},
	{
		name: "two reviewers who claim the same version",
		set: func(w *world) (func() error, func() error) {
			a := w.submitted(ana)
			return func() error { _, err := w.claim(qc, a.ID); return err }, func() error { _, err := w.claim(otherQC, a.ID); return err }
		},
		lostFirst: "claimed-by-other", lostSecond: "claimed-by-other",
	},
	{
		name: "two edits of one draft — F15",
		set: func(w *world) (func() error, func() error) {
			p, err := w.create(client, brief(), false)
			must(w, err)
			return func() error { _, err := w.edit(client, p.ID, 1, brief()); return err }, func() error { _, err := w.edit(agent, p.ID, 1, brief()); return err }
		},
		lostFirst: "stale-version", lostSecond: "stale-version",
	},
}

// endsWith checks the one project of the world: its state, and a seat taken or not.
func (w *world) endsWith(taken bool, if_taken, if_not lifecycle.State) {
	w.Helper()
	page, err := w.Projects(w.Context(), client, "", 100, nil)
	must(w, err)
	p := load[project.Project](w, page.Items[0].Ref())
	want, seats := if_not, 0
	if taken {
		want, seats = if_taken, 1
	}
	if p.Progress.State != want || p.Taken() != seats {
		w.Errorf("%s with %d seats taken, want %s with %d", p.Progress.State, p.Taken(), want, seats)
	}
	for _, s := range p.Seats {
		if s.Assignment != "" {
			if i := w.invitation(s.Invitation); i.Line.State != project.Invited {
				w.Errorf("the seat is %s's, whose invitation is %s", s.Pro, i.Line.State)
			}
		}
	}
}

func TestRace(t *testing.T) {
	for _, r := range races {
		t.Run("between "+r.name+": each order has one winner and one who is told why not", func(t *testing.T) {
			for _, firstWins := range []bool{true, false} {
				w := newWorld(t)
				first, second := r.set(w)
				want := []string{"ok", r.lostSecond}
				if !firstWins {
					first, second = second, first
					want = []string{"ok", r.lostFirst}
				}
				if got := []string{answerOf(first()), answerOf(second())}; !slices.Equal(got, want) {
					t.Errorf("got %v, want %v", got, want)
				}
				if r.after != nil {
					r.after(w, firstWins)
				}
			}
		})
		t.Run("between "+r.name+": at the same time it ends as one of the two orders", func(t *testing.T) {
			s := dynamo.New(embedded(t), table)
			for range 8 {
				w := overAgain(t, s)
				first, second := r.set(w)
				got := together(first, second)
				firstWon := got[0] == "ok"
				if !slices.Equal(got, []string{"ok", r.lostSecond}) && !slices.Equal(got, []string{r.lostFirst, "ok"}) {
					t.Fatalf("got %v", got)
				}
				if r.after != nil {
					r.after(w, firstWon)
				}
			}
		})
	}
}
