package project_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/anishathalye/porcupine"

	"github.com/callsheet/callsheet/shared/dynamo"
	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
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
		name: "two offers of one proofreading — R32",
		set: func(w *world) (func() error, func() error) {
			a, _ := lostBy(w, ana, ben, pat)
			return func() error { _, err := w.proofread(agent, a.Project); return err }, func() error { _, err := w.proofread(lead, a.Project); return err }
		},
		lostFirst: "state-changed", lostSecond: "state-changed",
		after: func(w *world, _ bool) {
			page, err := w.Projects(w.Context(), client, "", project.ProjectFilter{}, 100, nil)
			must(w, err)
			if len(page.Items) != 2 {
				w.Errorf("%d projects", len(page.Items))
			}
		},
	},
	{
		name: "the offer of proofreading and the reopening of the seat, which may come after it — R32 A15",
		set: func(w *world) (func() error, func() error) {
			a, _ := lostBy(w, ana, ben, pat)
			return func() error { _, err := w.proofread(agent, a.Project); return err }, func() error { _, err := w.giveUp(ana, a.ID); return err }
		},
		lostFirst: "state-changed", lostSecond: "ok",
	},
	{
		name: "one pro's yes to the translation and to its proofreading — R32",
		set: func(w *world) (func() error, func() error) {
			a, _ := lostBy(w, ana, ben, pat)
			made, err := w.proofread(agent, a.Project)
			must(w, err)
			_, err = w.giveUp(ana, a.ID)
			must(w, err)
			again := projectOf(w, a).Watchers[0].Again
			return func() error { _, err := w.accept(ben, again); return err }, func() error { _, err := w.accept(ben, project.InvitationID(made.Round.ID, 0)); return err }
		},
		lostFirst: "own-work", lostSecond: "own-work",
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
		name: "the client's request and the closing of the review — A20 B88",
		set: func(w *world) (func() error, func() error) {
			a := w.delivered(ana, video)
			alarm := alarms(a, project.ReviewAutoClose)[0]
			w.now = alarm.DueAt
			early := *w // the client's worker has not come to that instant
			early.now = alarm.DueAt.Add(-ms)
			return func() error { _, err := early.askChanges(client, a.ID, "Warmer."); return err }, func() error { return w.fire(alarm) }
		},
		lostFirst: "deadline-passed", lostSecond: "not-yet",
		after: func(w *world, asked bool) {
			if paid := w.available(ana) == usd(5000); paid == asked {
				w.Errorf("the client asked: %t, credited: %t", asked, paid)
			}
		},
	},
	{
		name: "the client's approval and their request, which may come after it — R47 A11",
		set: func(w *world) (func() error, func() error) {
			a := w.delivered(ana, video)
			return func() error { _, err := w.approve(client, a.ID); return err }, func() error { _, err := w.askChanges(client, a.ID, "Warmer."); return err }
		},
		lostFirst: "state-changed", lostSecond: "ok",
		after: func(w *world, approved bool) {
			if paid := w.available(ana) == usd(5000); paid != approved {
				w.Errorf("approved: %t, credited: %t", approved, paid)
			}
		},
	},
	{
		name: "the pro's yes and the withdrawal of the quote — A18 I19",
		set: func(w *world) (func() error, func() error) {
			a := w.offered(ana)
			return func() error { _, err := w.acceptOffer(ana, a.ID, "1.1"); return err }, func() error { _, err := w.withdrawQuote(agent, a.ID); return err }
		},
		lostFirst: "state-changed", lostSecond: "state-changed",
		after: func(w *world, accepted bool) { w.promised(ana, accepted) },
	},
	{
		name: "the pro's yes, said twice — A18 I4",
		set: func(w *world) (func() error, func() error) {
			a := w.offered(ana)
			accept := func() error { _, err := w.acceptOffer(ana, a.ID, "1.1"); return err }
			return accept, accept
		},
		lostFirst: "state-changed", lostSecond: "state-changed",
		after: func(w *world, _ bool) { w.promised(ana, true) },
	},
	{
		name: "the client's approval of a quote and its withdrawal — A18",
		set: func(w *world) (func() error, func() error) {
			a := w.quoted(ana)
			return func() error { _, err := w.approveQuote(client, a.ID, "1.1"); return err }, func() error { _, err := w.withdrawQuote(agent, a.ID); return err }
		},
		lostFirst: "state-changed", lostSecond: "ok", // staff may withdraw it after the approval too
		after: func(w *world, _ bool) { w.promised(ana, false) },
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
		name: "release and freeze of a reward — F48 I3",
		set: func(w *world) (func() error, func() error) {
			r := w.reward(w.delivered(ana))
			alarm := alarms(r, ledger.ReleaseDeadline)[0]
			w.now = alarm.DueAt
			early := *w // the agent's worker has not come to that instant
			early.now = alarm.DueAt.Add(-ms)
			return func() error { return w.fire(alarm) }, func() error { _, err := early.freeze(agent, r.ID); return err }
		},
		lostFirst: "not-yet", lostSecond: "state-changed",
		after: func(w *world, released bool) { w.owns(released, 5000) },
	},
	{
		name: "release and voiding of a reward, which ends voided — F48 I3 I4",
		set: func(w *world) (func() error, func() error) {
			a := w.delivered(ana)
			r := w.reward(a)
			alarm := alarms(r, ledger.ReleaseDeadline)[0]
			w.now = alarm.DueAt
			return func() error { return w.fire(alarm) }, func() error { _, err := w.adjust(agent, a.ID, undoing(r.ID)); return err }
		},
		lostFirst: "not-yet", lostSecond: "ok",
		after: func(w *world, _ bool) { w.owns(false, 5000) },
	},
	{
		name: "the client's approval and a freeze, where the approval releases — A10 F48",
		set: func(w *world) (func() error, func() error) {
			a := w.delivered(ana, video)
			return func() error { _, err := w.approve(client, a.ID); return err }, func() error { _, err := w.freeze(agent, w.reward(a).ID); return err }
		},
		lostFirst: "ok", lostSecond: "state-changed",
	},
	{
		name: "two corrections of one adjustment — B58 B62",
		set: func(w *world) (func() error, func() error) {
			a := w.working(ana)
			adj := w.adjusted(a, credit(5000))
			undo := func() error { _, err := w.adjust(agent, a.ID, undoing(adj.ID)); return err }
			return undo, undo
		},
		lostFirst: "already-reversed", lostSecond: "already-reversed",
		after: func(w *world, _ bool) { w.owns(false, 5000) },
	},
	{
		name: "two corrections of one credited reward — B58 B62",
		set: func(w *world) (func() error, func() error) {
			a := w.delivered(ana)
			w.now = noon.Add(hold)
			must(w, w.ring(w.reward(a), ledger.ReleaseDeadline))
			undo := func() error { _, err := w.adjust(agent, a.ID, undoing(w.reward(a).ID)); return err }
			return undo, undo
		},
		lostFirst: "already-reversed", lostSecond: "already-reversed",
		after: func(w *world, _ bool) { w.owns(false, 5000) },
	},
	{
		name: "two approvals of one adjustment — I3 I4",
		set: func(w *world) (func() error, func() error) {
			adj := w.adjusted(w.working(ana), credit(limit+1))
			return func() error { _, err := w.approveAdjustment(lead, adj.ID); return err }, func() error { _, err := w.approveAdjustment(admin, adj.ID); return err }
		},
		lostFirst: "state-changed", lostSecond: "state-changed",
		after: func(w *world, _ bool) { w.owns(true, limit+1) },
	},
	{
		name: "approval and refusal of an adjustment — I3",
		set: func(w *world) (func() error, func() error) {
			adj := w.adjusted(w.working(ana), credit(limit+1))
			return func() error { _, err := w.approveAdjustment(lead, adj.ID); return err }, func() error { _, err := w.declineAdjustment(admin, adj.ID); return err }
		},
		lostFirst: "state-changed", lostSecond: "state-changed",
		after: func(w *world, approved bool) { w.owns(approved, limit+1) },
	},
	{
		name: "two reviewers who decide differently — F14",
		set: func(w *world) (func() error, func() error) {
			a := w.submitted(ana)
			return func() error { _, err := w.pass(qc, a.ID); return err }, func() error { _, err := w.revise(otherQC, a.ID, "Louder."); return err }
		},
		lostFirst: "state-changed", lostSecond: "state-changed",
		after: func(w *world, passed bool) {
			s, err := w.Statement(w.Context(), ana, "", 10, nil)
			must(w, err)
			if passed != (len(s.Rewards) == 1) {
				w.Errorf("passed: %t, rewards %+v", passed, s.Rewards)
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

// promised checks what is held for a pro: the reward of the work, and the share of the fee if it was agreed.
func (w *world) promised(by party.Actor, agreed bool) {
	w.Helper()
	s, err := w.Statement(w.Context(), by, "", 10, nil)
	must(w, err)
	want, rewards := usd(5000), 1
	if agreed {
		want, rewards = usd(5600), 2 // 80 % of 15 % of it
	}
	if held := s.Balances[ledger.Held(by.ID)]["USD"]; held != want || len(s.Rewards) != rewards {
		w.Errorf("%s of %d rewards held, want %s of %d", held, len(s.Rewards), want, rewards)
	}
}

// onTable is a world on the embedded DynamoDB, over HTTP.
func onTable(t testing.TB) *world { return over(t, dynamo.New(embedded(t), table)) }

// owns checks that the pro has an amount, or nothing.
func (w *world) owns(something bool, minor int64) {
	w.Helper()
	want := usd(0)
	if something {
		want = usd(minor)
	}
	if got := w.available(ana); got.Minor != want.Minor {
		w.Errorf("the pro has %s, want %s", got, want)
	}
}

// only is the one project of the world.
func (w *world) only() project.Project {
	w.Helper()
	page, err := w.Projects(w.Context(), client, "", project.ProjectFilter{}, 100, nil)
	must(w, err)
	return load[project.Project](w, page.Items[0].Ref())
}

// endsWith checks the one project of the world: its state, and a seat taken or not.
func (w *world) endsWith(taken bool, ifTaken, ifNot lifecycle.State) {
	w.Helper()
	p := w.only()
	want, seats := ifNot, 0
	if taken {
		want, seats = ifTaken, 1
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

// played plays the race in memory once, in the interleaving that choose draws; stale reads of what is behind are one version old.
func (r race) played(t *testing.T, behind func(store.Ref) bool, choose func(n int) int) {
	w := newWorld(t)
	first, second := r.set(w)
	var got [2]string
	w.mem.behind = behind
	w.schedule(choose, func() { got[0] = answerOf(first()) }, func() { got[1] = answerOf(second()) })
	w.mem.behind = kinds()
	if got != [2]string{"ok", r.lostSecond} && got != [2]string{r.lostFirst, "ok"} {
		t.Fatalf("got %v", got)
	}
	if r.after != nil {
		r.after(w, got[0] == "ok")
	}
}

func TestRace(t *testing.T) {
	for _, r := range slices.Concat(races, seatRaces, pickRaces) {
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
		t.Run("between "+r.name+": in every interleaving of their reads and writes, also where reads are stale, it ends as one of the two orders", func(t *testing.T) {
			every(func(choose func(n int) int) { r.played(t, kinds(), choose) })
			for seed := range uint64(100) {
				r.played(t, everything, rand.New(rand.NewPCG(seed, 0)).IntN)
			}
		})
		t.Run("between "+r.name+": at the same time it ends as one of the two orders", func(t *testing.T) {
			for range 3 {
				w := onTable(t)
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

func TestRaceWithExpiry(t *testing.T) {
	for _, edge := range edges {
		for name, order := range map[string]func(accept, expire func() error) []string{
			"before the timer": func(accept, expire func() error) []string { return []string{answerOf(accept()), answerOf(expire())} },
			"after the timer": func(accept, expire func() error) []string {
				expired := answerOf(expire())
				return []string{answerOf(accept()), expired}
			},
			"together with the timer": func(accept, expire func() error) []string { return together(accept, expire) },
		} {
			t.Run(fmt.Sprintf("who accepts %s the expiry, %s, has the seat: %t — B86", edge.name, name, !edge.passed), func(t *testing.T) {
				w := onTable(t)
				p := w.published()
				id := w.invited(p, ana)[0]
				alarm := alarms(load[project.Project](w, p.Ref()), project.RoundExpiry)[0]
				w.now = alarm.DueAt
				pro := *w
				pro.now = alarm.DueAt.Add(edge.by)
				got := order(func() error { _, err := pro.accept(ana, id); return err }, func() error { return w.fire(alarm) })
				end := load[project.Project](w, p.Ref())
				if edge.passed {
					if !slices.Equal(got, []string{"deadline-passed", "ok"}) || end.Taken() != 0 || !end.Rounds[0].Expired {
						t.Errorf("got %v, %+v", got, end)
					}
				} else if got[0] != "ok" || end.Progress.State != project.Filled || end.Rounds[0].Expired != (got[1] == "ok") {
					t.Errorf("got %v, %+v", got, end)
				}
			})
		}
	}
}

func TestRaceAfterExpiry(t *testing.T) {
	t.Run("a worker whose clock is behind tells who came too late that the seats are gone, not that nothing fits — A21 F19", func(t *testing.T) {
		w := newWorld(t)
		p := w.published()
		ids := w.invited(p, ana, ben)
		alarm := alarms(load[project.Project](w, p.Ref()), project.RoundExpiry)[0]
		w.now = alarm.DueAt
		must(t, w.fire(alarm))
		w.now = alarm.DueAt.Add(-ms)
		_, err := w.accept(ana, ids[0])
		must(t, err)
		_, err = w.accept(ben, ids[1])
		refused(t, err, problem.CodeAlreadyTaken)
		if problem.As(err).Facts["filledAt"] != w.now.Format("2006-01-02T15:04:05.000Z") {
			t.Errorf("told %v", problem.As(err))
		}
	})
}

func TestRaceOfOneRequest(t *testing.T) {
	t.Run("sent 32 times at once has one effect, and every answer is the first or a try-again — F5 I20", func(t *testing.T) {
		w := onTable(t)
		var acts []func() error
		for range 32 {
			acts = append(acts, func() error {
				_, err := w.Create(t.Context(), project.Ask{
					By: client, Channel: "http", Now: w.now, Once: store.Once{ID: "cleo/create/key", Fingerprint: "body", Keep: day},
					Answer: func(any) (store.Reply, error) { return store.Reply{Status: 201}, nil },
				}, brief(), true)
				return err
			})
		}
		count := map[string]int{}
		for _, said := range together(acts...) {
			count[said]++
		}
		page, err := w.Projects(t.Context(), client, "", project.ProjectFilter{}, 100, nil)
		must(t, err)
		if count["ok"] != 1 || count["ok"]+count["answered before"]+count["unavailable"] != len(acts) || len(page.Items) != 1 {
			t.Errorf("got %v and %d projects", count, len(page.Items))
		}
	})
}

// call is one operation of a history of money.
type call struct{ does lifecycle.Action }

// till is what the money of one assignment looks like to the model: where the reward is, and whether a credit is posted.
type till struct{ reward, credit lifecycle.State }

// tillModel is a reward and a credit as if everything happened one after the other. The reward's release is due.
var tillModel = porcupine.Model{
	Init: func() any { return till{ledger.RewardHeld, ledger.AdjustmentPosted} },
	Step: func(state, input, output any) (bool, any) {
		m, said := state.(till), output.(string)
		is := func(want string, next till) (bool, any) { return said == want, next }
		switch input.(call).does {
		case ledger.Release:
			if m.reward == ledger.RewardHeld {
				return is("ok", till{ledger.RewardCredited, m.credit})
			}
			return is("not-yet", m)
		case ledger.Freeze:
			if m.reward == ledger.RewardHeld {
				return is("ok", till{ledger.RewardFrozen, m.credit})
			}
			return is("state-changed", m)
		case ledger.Unfreeze:
			if m.reward == ledger.RewardFrozen {
				return is("ok", till{ledger.RewardHeld, m.credit})
			}
			return is("state-changed", m)
		case ledger.Void:
			if m.reward == ledger.RewardVoided {
				return is("already-reversed", m)
			}
			return is("ok", till{ledger.RewardVoided, m.credit})
		case ledger.Reverse:
			if m.credit == ledger.AdjustmentReversed {
				return is("already-reversed", m)
			}
			return is("ok", till{m.reward, ledger.AdjustmentReversed})
		}
		balance := int64(0)
		if m.credit == ledger.AdjustmentPosted {
			balance += 100
		}
		if m.reward == ledger.RewardCredited {
			balance += 5000
		}
		return is(fmt.Sprint(balance), m)
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%v: %v", input, output) },
}

// tilled lets the timer, agents and readers act at once on one reward and one credit.
func tilled(w *world, a project.Assignment) []porcupine.Operation {
	r, adj := w.reward(a), w.adjusted(a, credit(100))
	w.now = r.ReleaseAt
	early := *w
	early.now = r.ReleaseAt.Add(-ms)
	acts := []func() (lifecycle.Action, string){
		func() (lifecycle.Action, string) {
			now, err := store.Is[ledger.Reward](w.Store.Get(w.Context(), r.Ref(), store.Fresh))
			alarm := alarms(r, ledger.ReleaseDeadline)[0]
			if due := alarms(now, ledger.ReleaseDeadline); err == nil && len(due) == 1 {
				alarm = due[0]
			}
			return ledger.Release, answerOf(w.fire(alarm))
		},
		func() (lifecycle.Action, string) {
			_, err := early.freeze(agent, r.ID)
			return ledger.Freeze, answerOf(err)
		},
		func() (lifecycle.Action, string) {
			_, err := early.unfreeze(lead, r.ID)
			return ledger.Unfreeze, answerOf(err)
		},
		func() (lifecycle.Action, string) {
			_, err := w.adjust(admin, a.ID, undoing(r.ID))
			return ledger.Void, answerOf(err)
		},
		func() (lifecycle.Action, string) {
			_, err := w.adjust(agent, a.ID, undoing(adj.ID))
			return ledger.Reverse, answerOf(err)
		},
		func() (lifecycle.Action, string) { return "read", fmt.Sprint(w.available(ana).Minor) },
	}
	turns := [][]int{{1, 0, 5}, {2, 2, 0}, {0, 5, 1}, {1, 2, 3}, {4, 5, 4}, {4, 2, 5}, {5, 5, 5}}
	var clock atomic.Int64
	var mu sync.Mutex
	var done []porcupine.Operation
	var clients []func() error
	for n, turn := range turns {
		clients = append(clients, func() error {
			for _, act := range turn {
				op := porcupine.Operation{ClientId: n, Call: clock.Add(1)}
				does, said := acts[act]()
				op.Input, op.Output, op.Return = call{does: does}, said, clock.Add(1)
				mu.Lock()
				done = append(done, op)
				mu.Unlock()
			}
			return nil
		})
	}
	together(clients...)
	return done
}

func TestMoneyIsLinearizable(t *testing.T) {
	t.Run("with 7 clients who release, freeze, let go, void, reverse and read — F48 I3 I4 I6", func(t *testing.T) {
		for range 4 {
			w := onTable(t)
			done := tilled(w, w.delivered(ana))
			if !porcupine.CheckOperations(tillModel, done) {
				t.Fatalf("no order of these calls explains their answers: %+v", done)
			}
		}
	})
	t.Run("and the check finds a reward that was credited though it is frozen", func(t *testing.T) {
		done := []porcupine.Operation{
			{ClientId: 0, Input: call{does: ledger.Freeze}, Output: "ok", Call: 1, Return: 2}, {ClientId: 1, Input: call{does: ledger.Release}, Output: "ok", Call: 3, Return: 4},
		}
		if porcupine.CheckOperations(tillModel, done) {
			t.Error("it did not")
		}
	})
}
