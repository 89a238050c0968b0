package help_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/anishathalye/porcupine"

	"github.com/callsheet/callsheet/shared/help"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
)

func answerOf(err error) string {
	if err == nil {
		return "ok"
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

// a race is two acts on one flag at one instant. Whoever comes first has it, and the other is told why not.
type race struct {
	name string
	set  func(w *world) (first, second func() error)
	// lost is what each act is told when the other came first; ok where both may have their effect.
	lostFirst, lostSecond string
}

var races = []race{
	{"two claims", func(w *world) (func() error, func() error) {
		f := w.raised()
		return func() error { return w.did(w.Claim, agent, f.ID) }, func() error { return w.did(w.Claim, other, f.ID) }
	}, "claimed-by-other", "claimed-by-other"},
	{"two who answer what nobody has claimed", func(w *world) (func() error, func() error) {
		f := w.raised()
		return func() error { return w.reply(agent, f.ID, "Yes.") }, func() error { return w.reply(other, f.ID, "No.") }
	}, "claimed-by-other", "claimed-by-other"},
	{"reply and breach at the very instant — B85", func(w *world) (func() error, func() error) {
		f := w.claimed()
		w.now = f.AnswerBy
		return func() error { return w.reply(agent, f.ID, "Yes.") }, func() error { return w.fire(f, help.FirstResponse) }
	}, "ok", "not-yet"},
	{"reply and breach 1 ms before", func(w *world) (func() error, func() error) {
		f := w.claimed()
		w.now = f.AnswerBy.Add(-ms)
		return func() error { return w.reply(agent, f.ID, "Yes.") }, func() error { return expectEarly(w.fire(f, help.FirstResponse)) }
	}, "ok", "ok"},
	{"reply and breach 1 ms after", func(w *world) (func() error, func() error) {
		f := w.claimed()
		w.now = f.AnswerBy.Add(ms)
		return func() error { return w.reply(agent, f.ID, "Yes.") }, func() error { return w.fire(f, help.FirstResponse) }
	}, "ok", "not-yet"},
	{"resolve and resolve", func(w *world) (func() error, func() error) {
		f := w.claimed()
		return func() error { return w.resolve(agent, f.ID, answered("Yes.")) }, func() error { return w.resolve(lead, f.ID, answered("No.")) }
	}, "state-changed", "state-changed"},
	{"reopen by the pro and by staff", func(w *world) (func() error, func() error) {
		f := w.resolved()
		return func() error { return w.reopen(ana, f.ID) }, func() error { return w.reopen(agent, f.ID) }
	}, "state-changed", "state-changed"},
	{"the client's answer and a resumption", func(w *world) (func() error, func() error) {
		f := w.claimed()
		must(w, w.askClient(agent, f.ID))
		q := latest[help.Question](w.mem)[0].ID
		return func() error { return w.answer(client, q) }, func() error { return w.did(w.Resume, agent, f.ID) }
	}, "state-changed", "state-changed"},
	{"agree and refuse", func(w *world) (func() error, func() error) {
		held, err := w.raise(ana, help.HigherReward, "")
		must(w, err)
		must(w, w.did(w.Claim, agent, held.Flag.ID))
		must(w, w.resolve(agent, held.Flag.ID, much))
		return func() error { return w.did(w.Agree, lead, held.Flag.ID) }, func() error {
			_, err := w.Refuse(w.Context(), w.ask(admin), held.Flag.ID, "No.")
			return err
		}
	}, "state-changed", "state-changed"},
	{"resolve and a comment of the pro's", func(w *world) (func() error, func() error) {
		f := w.claimed()
		return func() error { return w.resolve(agent, f.ID, answered("Yes.")) }, func() error {
			_, err := w.Comment(w.Context(), w.ask(ana), f.ID, help.Call{Comment: "And?"})
			return err
		}
	}, "ok", "state-changed"},
}

// expectEarly turns the answer to an early alarm into success: there is nothing to do, in either order.
func expectEarly(err error) error {
	if problem.Is(err, problem.CodeNotYet) {
		return nil
	}
	return fmt.Errorf("an early alarm: %w", err)
}

func TestRaces(t *testing.T) {
	for _, r := range races {
		t.Run(r.name+" has one end in either order, and at the same instant", func(t *testing.T) {
			w := newWorld(t)
			first, second := r.set(w)
			if one, two := answerOf(first()), answerOf(second()); one != "ok" || two != r.lostSecond {
				t.Errorf("in order: %s, %s", one, two)
			}
			w = newWorld(t)
			first, second = r.set(w)
			if two, one := answerOf(second()), answerOf(first()); two != "ok" || one != r.lostFirst {
				t.Errorf("the other way round: %s, %s", two, one)
			}
			for range 50 {
				w = newWorld(t)
				first, second = r.set(w)
				said := together(first, second)
				inOrder := said[0] == "ok" && said[1] == r.lostSecond
				otherWay := said[1] == "ok" && said[0] == r.lostFirst
				if !inOrder && !otherWay {
					t.Fatalf("at once: %v", said)
				}
			}
		})
	}
	t.Run("resolve against reopen ends resolved or open, never half", func(t *testing.T) {
		for range 50 {
			w := newWorld(t)
			f := w.resolved()
			must(t, w.reopen(ana, f.ID))
			together(
				func() error { return w.resolve(agent, f.ID, answered("Yes.")) },
				func() error { return w.reopen(ana, f.ID) },
			)
			got := w.load(f.ID)
			owed := !got.OwedSince.IsZero()
			asker := latest[help.Asker](w.mem)[0]
			if open := got.Progress.State == help.Open; open != owed || open != (len(got.Progress.Deadlines) == 2) || open != (len(asker.Open) == 1) || open == !got.ResolvedAt.IsZero() {
				t.Fatalf("got %+v, %+v", got, asker)
			}
		}
	})
}

// claims is a flag as who claims and gives back sees it: at most one person has it.
var claims = porcupine.Model{
	Init: func() any { return "" },
	Step: func(state, input, output any) (bool, any) {
		who, act := state.(string), input.(claimAct)
		switch {
		case act.unclaim && output == "ok":
			return who == act.by, ""
		case act.unclaim:
			return who != act.by, who
		case output == "ok":
			return who == "" || who == act.by, act.by
		}
		return who != "" && who != act.by, who
	},
}

type claimAct struct {
	by      string
	unclaim bool
}

func TestClaimsAreLinearizable(t *testing.T) {
	w := newWorld(t)
	f := w.raised()
	people := []party.Actor{agent, other, person("amy", party.Agent), person("art", party.Agent)}
	var mu sync.Mutex
	var history []porcupine.Operation
	clock := int64(0)
	tick := func() int64 { mu.Lock(); defer mu.Unlock(); clock++; return clock }
	var all sync.WaitGroup
	for n, by := range people {
		all.Go(func() {
			for round := range 6 {
				act := claimAct{by: by.ID, unclaim: round%2 == 1}
				called := tick()
				do := w.Claim
				if act.unclaim {
					do = w.Unclaim
				}
				said := answerOf(w.did(do, by, f.ID))
				done := tick()
				mu.Lock()
				history = append(history, porcupine.Operation{ClientId: n, Input: act, Call: called, Output: said, Return: done})
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if !porcupine.CheckOperations(claims, history) {
		t.Errorf("no order explains %+v", history)
	}
}
