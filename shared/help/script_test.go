package help_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/callsheet/callsheet/shared/help"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

// command is one line of a script. Its numbers choose among what there is when it is played.
type command struct {
	Verb       string
	Which, Who int
	Much       time.Duration // how far time moves first
}

// flagIn is one of the flags that there are.
func (w *world) flagIn(n int) help.Flag {
	flags := latest[help.Flag](w.mem)
	if len(flags) == 0 {
		return help.Flag{ID: "flg_0"}
	}
	return flags[n%len(flags)]
}

var team = []party.Actor{agent, agent, lead, other, admin}

// verbs is what scripts are made of.
var verbs = map[string]func(w *world, c command) error{
	"raise": func(w *world, c command) error {
		reasons := []help.Reason{help.MoreTime, help.HigherReward, help.Other}
		_, err := w.raise([]party.Actor{ana, ben}[c.Who%2], reasons[c.Which%3], "Help.")
		return err
	},
	"raise old": func(w *world, c command) error {
		_, err := w.RaiseOld(w.Context(), w.ask(ana), "OLD-1", "What?")
		return err
	},
	"comment": func(w *world, c command) error {
		_, err := w.Comment(w.Context(), w.ask([]party.Actor{ana, ben}[c.Who%2]), w.flagIn(c.Which).ID, help.Call{Comment: "And?"})
		return err
	},
	"claim":   func(w *world, c command) error { return w.did(w.Claim, team[c.Who%5], w.flagIn(c.Which).ID) },
	"unclaim": func(w *world, c command) error { return w.did(w.Unclaim, team[c.Who%5], w.flagIn(c.Which).ID) },
	"hand over": func(w *world, c command) error {
		_, err := w.HandOver(w.Context(), w.ask(team[c.Who%5]), w.flagIn(c.Which).ID, agent.ID)
		return err
	},
	"reply": func(w *world, c command) error { return w.reply(team[c.Who%5], w.flagIn(c.Which).ID, "Yes.") },
	"note": func(w *world, c command) error {
		_, err := w.Note(w.Context(), w.ask(team[c.Who%5]), w.flagIn(c.Which).ID, "Hm.")
		return err
	},
	"wait": func(w *world, c command) error {
		_, err := w.Wait(w.Context(), w.ask(team[c.Who%5]), w.flagIn(c.Which).ID, "The client is asked.")
		return err
	},
	"ask":    func(w *world, c command) error { return w.askClient(team[c.Who%5], w.flagIn(c.Which).ID) },
	"resume": func(w *world, c command) error { return w.did(w.Resume, team[c.Who%5], w.flagIn(c.Which).ID) },
	"answer": func(w *world, c command) error { return w.answer(client, w.flagIn(c.Which).Paused.Question) },
	"resolve": func(w *world, c command) error {
		outcome := []help.Outcome{answered("Yes."), much, {Kind: help.DeadlineExtended, Text: "Two days.", To: w.now.AddDate(0, 0, 2)}}[c.Who%3]
		return w.resolve(team[c.Who%5], w.flagIn(c.Which).ID, outcome)
	},
	"agree": func(w *world, c command) error {
		flags := slices.DeleteFunc(latest[help.Flag](w.mem), func(f help.Flag) bool { return f.Progress.State != help.Proposed })
		if len(flags) == 0 {
			return nil
		}
		return w.did(w.Agree, []party.Actor{lead, admin, agent}[c.Who%3], flags[c.Which%len(flags)].ID)
	},
	"propose": func(w *world, c command) error {
		flags := slices.DeleteFunc(latest[help.Flag](w.mem), func(f help.Flag) bool { return f.Reason != help.HigherReward || f.Agent == "" })
		if len(flags) == 0 {
			return nil
		}
		f := flags[c.Which%len(flags)]
		return w.resolve(person(f.Agent.Reveal(), party.Agent), f.ID, much)
	},
	"refuse": func(w *world, c command) error {
		_, err := w.Refuse(w.Context(), w.ask(team[c.Who%5]), w.flagIn(c.Which).ID, "No.")
		return err
	},
	"reopen": func(w *world, c command) error {
		return w.reopen([]party.Actor{ana, ben, agent}[c.Who%3], w.flagIn(c.Which).ID)
	},
	"warning": func(w *world, c command) error { // on time: one that comes late is dropped
		f := w.flagIn(c.Which)
		if due, live := f.Progress.Live(help.Warning, ""); live && w.now.Before(due.At) {
			w.now = due.At
		}
		return w.fire(f, help.Warning)
	},
	"breach": func(w *world, c command) error { return w.fire(w.flagIn(c.Which), help.FirstResponse) },
	"sweep":  func(w *world, c command) error { w.sweep(); return nil },
	// A worker's clock is five minutes behind for one decision.
	"skewed": func(w *world, c command) error {
		w.now = w.now.Add(-5 * time.Minute)
		defer func() { w.now = w.now.Add(5 * time.Minute) }()
		return w.reply(agent, w.flagIn(c.Which).ID, "Yes.")
	},
}

func script() *rapid.Generator[[]command] {
	order := []string{
		"raise", "claim", "propose", "agree", "reply", "resolve", "ask", "answer", "raise", "breach", "comment", "reopen", "agree", "wait", "resume", "refuse",
		"warning", "hand over", "unclaim", "note", "raise old", "skewed", "sweep", "resolve", "claim",
	}
	one := rapid.Custom(func(r *rapid.T) command {
		return command{
			Verb: rapid.SampledFrom(order).Draw(r, "verb"), Which: rapid.IntRange(0, 12).Draw(r, "which"), Who: rapid.IntRange(0, 14).Draw(r, "who"),
			Much: rapid.SampledFrom([]time.Duration{0, 0, ms, time.Minute, time.Hour, 6 * time.Hour, 12 * time.Hour, 0}).Draw(r, "much"),
		}
	})
	return rapid.Map(rapid.SliceOfN(one, 60, 100), func(drawn []command) []command {
		return append([]command{{Verb: "raise"}, {Verb: "raise", Which: 1, Who: 1}, {Verb: "claim"}}, drawn...)
	})
}

// broken is what is wrong with all that there is.
func (w *world) broken() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	open := map[string]help.Flag{}
	for _, f := range latest[help.Flag](w.mem) {
		owed := !f.OwedSince.IsZero()
		_, promised := f.Progress.Live(help.FirstResponse, "")
		_, warned := f.Progress.Live(help.Warning, "")
		if promised != (owed && !f.Escalated) || warned && !promised {
			fault("I10: %s is %s, owed %t, escalated %t, with %v", f.ID, f.Progress.State, owed, f.Escalated, f.Progress.Deadlines)
		}
		if f.Progress.State == help.Resolved && (owed || f.ResolvedAt.IsZero() || f.Outcome.Kind == "") {
			fault("%s is resolved and owes an answer: %+v", f.ID, f)
		}
		if taken := f.Agent != ""; taken != (f.Progress.State != help.Open) {
			fault("%s is %s and in the hands of %q", f.ID, f.Progress.State, f.Agent.Reveal())
		}
		if paused := !f.Paused.Since.IsZero(); paused != (f.Progress.State == help.Waiting) || f.Owned(w.now) > f.Promised(w.now) {
			fault("%s is %s, paused %t, owned %s of %s", f.ID, f.Progress.State, paused, f.Owned(w.now), f.Promised(w.now))
		}
		if f.Progress.State != help.Resolved {
			key := f.Subject.Pro + f.Subject.Project + f.Subject.Reference + string(f.Reason)
			if had, twice := open[key]; twice {
				fault("A6: %s and %s are open for the same", had.ID, f.ID)
			}
			open[key] = f
		}
		if err := w.replay(f); err != nil {
			faults = append(faults, err)
		}
	}
	known := 0
	for _, a := range latest[help.Asker](w.mem) {
		known += len(a.Open)
	}
	if known != len(open) {
		fault("A6: askers know %d open flags of %d", known, len(open))
	}
	for _, q := range latest[help.Question](w.mem) {
		waits := slices.ContainsFunc(latest[help.Flag](w.mem), func(f help.Flag) bool { return f.Paused.Question == q.ID })
		if waits != (q.Progress.State == help.Asked) {
			fault("R20: question %s is %s, waited for %t", q.ID, q.Progress.State, waits)
		}
	}
	return errors.Join(faults...)
}

// replay follows a flag's events through its table: none leaves it, and each commit raised the version by one (I9, I18).
func (w *world) replay(f help.Flag) error {
	_, story, err := w.mem.Story(w.Context(), f.Ref(), store.Fresh)
	if err != nil {
		return err
	}
	var state lifecycle.State
	for n, e := range story {
		to, err := help.Lifecycle.Next(state, e.Action, e.Role)
		if n > 0 && (err != nil || to != e.State) {
			return fmt.Errorf("I9: %s: %s by %s from %s to %s: %w", f.ID, e.Action, e.Role, state, e.State, err)
		}
		state = e.State
	}
	if state != f.Progress.State || len(story) != f.Version {
		return fmt.Errorf("I18: %s is %s at version %d after %d events that end in %s", f.ID, f.Progress.State, f.Version, len(story), state)
	}
	return nil
}

func TestScript(t *testing.T) {
	t.Run("drawn at random breaks no rule after any step — I9 I10 I18 A6 A8 R20", func(t *testing.T) {
		reached := map[string]int{}
		rapid.Check(t, func(r *rapid.T) {
			w := newWorld(t)
			if rapid.Bool().Draw(r, "stale reads are behind") {
				w.mem.behind = func(ref store.Ref) bool { return ref.Kind != store.Profile }
			}
			for _, c := range script().Draw(r, "script") {
				w.now = w.now.Add(c.Much)
				before := len(w.mem.events)
				err := verbs[c.Verb](w, c)
				if problem.Is(err, problem.CodeInternal) || err != nil && !errors.As(err, new(*problem.Error)) {
					r.Fatalf("%+v: %v", c, err)
				}
				if err != nil && len(w.mem.events) != before {
					r.Fatalf("%+v was refused and changed something: %v", c, err)
				}
				if fault := w.broken(); fault != nil {
					r.Fatalf("after %+v: %v", c, fault)
				}
			}
			for _, e := range w.mem.events {
				reached[string(e.Action)]++
			}
		})
		for _, table := range help.Lifecycles() {
			for _, tr := range table.Transitions {
				if reached[string(tr.Action)] == 0 {
					t.Errorf("no script reached %s of %s", tr.Action, table.Name)
				}
			}
		}
	})
}
