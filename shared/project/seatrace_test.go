package project_test

import (
	"slices"
	"time"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// seatRaces are those around a seat that is taken: it is left, taken back, reopened, extended, and won by the client's choice.
var seatRaces = []race{
	{
		name: "giving a seat up and submitting — F13 A15",
		set: func(w *world) (func() error, func() error) {
			a := w.working(ana)
			take := w.arrived(a, "take 1.mov")
			return func() error { _, err := w.giveUp(ana, a.ID); return err }, func() error { _, err := w.submit(ana, a.ID, take); return err }
		},
		lostFirst: "state-changed", lostSecond: "state-changed",
		after: func(w *world, left bool) { w.endsWith(!left, project.Filled, project.Open) },
	},
	{
		name: "taking a seat back and submitting — F14 A15",
		set: func(w *world) (func() error, func() error) {
			a := w.working(ana)
			take := w.arrived(a, "take 1.mov")
			return func() error { _, err := w.takeBack(agent, a.ID); return err }, func() error { _, err := w.submit(ana, a.ID, take); return err }
		},
		lostFirst: "state-changed", lostSecond: "state-changed",
		after: func(w *world, taken bool) { w.endsWith(!taken, project.Filled, project.Open) },
	},
	{
		name: "giving a seat up and taking it back, which frees it once — F14 A15",
		set: func(w *world) (func() error, func() error) {
			a, _ := lostBy(w, ana, ben, pat)
			return func() error { _, err := w.giveUp(ana, a.ID); return err }, func() error { _, err := w.takeBack(agent, a.ID); return err }
		},
		lostFirst: "state-changed", lostSecond: "state-changed",
		after: func(w *world, _ bool) { w.calledBack(ben) },
	},
	{
		name: "two who waited and accept the seat that reopened — F11 I12 A21",
		set: func(w *world) (func() error, func() error) {
			a, _ := lostBy(w, ana, ben, pat, pros[2])
			_, err := w.giveUp(ana, a.ID)
			must(w, err)
			waited := w.only().Watchers
			return func() error { _, err := w.accept(ben, waited[0].Again); return err }, func() error { _, err := w.accept(pat, waited[1].Again); return err }
		},
		lostFirst: "already-taken", lostSecond: "already-taken",
		after: func(w *world, _ bool) { w.endsWith(true, project.Filled, project.Filled) },
	},
	{
		name: "one who waited and one newly invited who accept the seat that reopened — F11 I12 A21",
		set: func(w *world) (func() error, func() error) {
			a, _ := lostBy(w, ana, ben, pat)
			_, err := w.giveUp(ana, a.ID)
			must(w, err)
			again, first := w.only().Watchers[0].Again, w.invited(w.only(), pros[2])[0]
			return func() error { _, err := w.accept(ben, again); return err }, func() error { _, err := w.accept(pros[2], first); return err }
		},
		lostFirst: "already-taken", lostSecond: "already-taken",
		after: func(w *world, _ bool) { w.endsWith(true, project.Filled, project.Filled) },
	},
	{
		name: "asking to be told and the seat's reopening: whoever asks is invited again, once — A21",
		set: func(w *world) (func() error, func() error) {
			a, ids := lostBy(w, ana, ben)
			return func() error { _, err := w.watch(ben, project.Watch, ids[1]); return err }, func() error { _, err := w.giveUp(ana, a.ID); return err }
		},
		lostFirst: "ok", lostSecond: "ok",
		after: func(w *world, _ bool) { w.calledBack(ben) },
	},
	{
		name: "two who ask to be told of a seat that has reopened: each is invited again, once — A21",
		set: func(w *world) (func() error, func() error) {
			ids := w.invited(w.published(), ana, ben, pat)
			a, err := w.accept(ana, ids[0])
			must(w, err)
			_, err = w.giveUp(ana, a.ID)
			must(w, err)
			return func() error { _, err := w.watch(ben, project.Watch, ids[1]); return err }, func() error { _, err := w.watch(pat, project.Watch, ids[2]); return err }
		},
		lostFirst: "ok", lostSecond: "ok",
		after: func(w *world, _ bool) { w.calledBack(ben, pat) },
	},
	{
		name: "no longer waiting and the seat's reopening — A21",
		set: func(w *world) (func() error, func() error) {
			a, ids := lostBy(w, ana, ben, pat)
			return func() error { _, err := w.watch(ben, project.Unwatch, ids[1]); return err }, func() error { _, err := w.giveUp(ana, a.ID); return err }
		},
		lostFirst: "state-changed", lostSecond: "ok", // it says which invitation came of it
		after: func(w *world, forgotten bool) {
			if forgotten {
				w.calledBack()
				return
			}
			w.calledBack(ben)
		},
	},
	{
		name: "asking to be told and the cancelling of the project that reopened — A21",
		set: func(w *world) (func() error, func() error) {
			a, ids := lostBy(w, ana, ben)
			_, err := w.giveUp(ana, a.ID)
			must(w, err)
			return func() error { _, err := w.watch(ben, project.Watch, ids[1]); return err }, func() error { _, err := w.cancel(client, a.Project); return err }
		},
		lostFirst: "state-changed", lostSecond: "ok",
		after: func(w *world, _ bool) { w.endsWith(false, project.Filled, project.Cancelled) },
	},
	{
		name: "a seat of several that is left and the last one that is taken — A14 A15",
		set: func(w *world) (func() error, func() error) {
			ids := w.invited(w.published(contest(2)), ana, ben, pat)
			a, err := w.accept(ana, ids[0])
			must(w, err)
			return func() error { _, err := w.giveUp(ana, a.ID); return err }, func() error { _, err := w.accept(ben, ids[1]); return err }
		},
		lostFirst: "ok", lostSecond: "ok",
		after: func(w *world, _ bool) { w.endsWith(true, project.Open, project.Open) },
	},
	{
		name: "accepting and more time for the project, under other terms — R53 A5",
		set: func(w *world) (func() error, func() error) {
			p := w.published()
			id := w.invited(p, ana)[0]
			seen := w.seen(id)
			return func() error { _, err := w.acceptSeen(ana, id, seen); return err }, func() error { _, err := w.prolong(agent, p.ID, noon.Add(30*day)); return err }
		},
		lostFirst: "terms-changed", lostSecond: "state-changed",
		after: func(w *world, accepted bool) { w.endsWith(accepted, project.Filled, project.Open) },
	},
	{
		name: "more time for a pro and their deadline — B86 A15",
		set: func(w *world) (func() error, func() error) {
			a := w.working(ana)
			alarm := alarms(a, project.DeliveryDue)[0]
			w.now = alarm.DueAt
			early := *w // the agent's worker has not come to that instant
			early.now = alarm.DueAt.Add(-ms)
			return func() error { _, err := early.extend(agent, a.ID, w.now.Add(day)); return err }, func() error { return w.fire(alarm) }
		},
		lostFirst: "ok", lostSecond: "not-yet",
		after: func(w *world, _ bool) {
			a := load[project.Assignment](w, store.Ref{Kind: store.Assignment, ID: w.only().Seats[0].Assignment})
			if due := alarms(a, project.DeliveryDue); a.Late || len(due) != 1 || !due[0].DueAt.Equal(w.now.Add(day)) {
				w.Errorf("late: %t, due %v", a.Late, due)
			}
		},
	},
}

// pickRaces are those around the end of a contest: its client picks, and what passed quality control is paid once either way.
var pickRaces = []race{
	{
		name: "picking a winner and the closing of that review — A14 A20 B88",
		set: func(w *world) (func() error, func() error) {
			p, entries := entered(w, 2, 2, video)
			return w.atTheClosing(entries[0], func(w *world) error { _, err := w.pick(client, p.ID, entries[0]); return err })
		},
		lostFirst: "validation", lostSecond: "not-yet",
		after: func(w *world, picked bool) {
			if picked {
				w.contestEnds(project.Done, project.NotPicked)
				w.paid(ana, ben)
				return
			}
			w.contestEnds(project.Done, project.InReview)
			w.paid(ana)
		},
	},
	{
		name: "picking another and the closing of a review — A13 A14 A20 B88",
		set: func(w *world) (func() error, func() error) {
			p, entries := entered(w, 2, 2, video)
			return w.atTheClosing(entries[0], func(w *world) error { _, err := w.pick(client, p.ID, entries[1]); return err })
		},
		lostFirst: "ok", lostSecond: "not-yet",
		after: func(w *world, _ bool) { w.paid(ana, ben) },
	},
	{
		name: "picking and approving the only work of a contest — I3 A14",
		set: func(w *world) (func() error, func() error) {
			p, entries := entered(w, 1, 1, video)
			return func() error { _, err := w.pick(client, p.ID, entries[0]); return err }, func() error { _, err := w.approve(client, entries[0]); return err }
		},
		lostFirst: "validation", lostSecond: "state-changed",
		after: func(w *world, _ bool) {
			w.contestEnds(project.Done)
			w.paid(ana)
		},
	},
	{
		name: "two picks of one contest — I12 A14",
		set: func(w *world) (func() error, func() error) {
			p, entries := entered(w, 2, 2, video)
			return func() error { _, err := w.pick(client, p.ID, entries[0]); return err }, func() error { _, err := w.pick(client, p.ID, entries[1]); return err }
		},
		lostFirst: "validation", lostSecond: "validation",
		after: func(w *world, first bool) {
			if first {
				w.contestEnds(project.Done, project.NotPicked)
			} else {
				w.contestEnds(project.NotPicked, project.Done)
			}
			w.paid(ana, ben)
		},
	},
	{
		name: "picking and work that comes too late — A13 A14",
		set: func(w *world) (func() error, func() error) {
			return w.picking(func(w *world, a project.Assignment) error { return w.handsIn(ben, a) }, 0)
		},
		lostFirst: "ok", lostSecond: "state-changed",
		after: func(w *world, _ bool) {
			w.contestEnds(project.Done, project.NotPicked)
			w.paid(ana)
		},
	},
	{
		name: "picking and work that comes in the last instant, which is looked at — A14 B86",
		set: func(w *world) (func() error, func() error) {
			return w.picking(func(w *world, a project.Assignment) error { return w.handsIn(ben, a) }, -ms)
		},
		lostFirst: "not-yet", lostSecond: "state-changed",
		after: func(w *world, picked bool) {
			if picked {
				w.contestEnds(project.Done, project.NotPicked)
				w.paid(ana)
				return
			}
			w.contestEnds(project.InReview, project.InQC)
			w.paid()
		},
	},
	{
		name: "picking and a pro who gives up — A14 A15",
		set: func(w *world) (func() error, func() error) {
			return w.picking(func(w *world, a project.Assignment) error { _, err := w.giveUp(ben, a.ID); return err }, 0)
		},
		lostFirst: "ok", lostSecond: "state-changed",
		after: func(w *world, _ bool) { w.paid(ana) },
	},
	{
		name: "picking and more time for who is late — A14 A15",
		set: func(w *world) (func() error, func() error) {
			return w.picking(func(w *world, a project.Assignment) error {
				_, err := w.extend(agent, a.ID, w.now.Add(day))
				return err
			}, 0)
		},
		lostFirst: "not-yet", lostSecond: "state-changed",
		after: func(w *world, picked bool) {
			if picked {
				w.contestEnds(project.Done, project.NotPicked)
				return
			}
			w.contestEnds(project.InReview, project.Working)
		},
	},
	{
		name: "picking and quality control's approval of what came late, which is paid if it was first — A13 A14",
		set: func(w *world) (func() error, func() error) {
			p, entries := entered(w, 2, 1, video)
			w.now = p.DeliverBy
			must(w, w.handsIn(ben, load[project.Assignment](w, store.Ref{Kind: store.Assignment, ID: entries[1]})))
			return func() error { _, err := w.pick(client, p.ID, entries[0]); return err }, func() error { _, err := w.pass(qc, entries[1]); return err }
		},
		lostFirst: "ok", lostSecond: "state-changed",
		after: func(w *world, _ bool) { w.contestEnds(project.Done, project.NotPicked) },
	},
	{
		name: "picking and the client's own request for changes — A11 A14",
		set: func(w *world) (func() error, func() error) {
			p, entries := entered(w, 2, 2, video)
			return func() error { _, err := w.pick(client, p.ID, entries[0]); return err }, func() error { _, err := w.askChanges(client, entries[0], "Warmer."); return err }
		},
		lostFirst: "not-yet", lostSecond: "ok",
		after: func(w *world, picked bool) {
			if picked {
				w.contestEnds(project.Screening, project.NotPicked)
				w.paid(ana, ben)
				return
			}
			w.contestEnds(project.Screening, project.InReview)
			w.paid()
		},
	},
	{
		name: "picking and the last instant in which a free seat is taken — A14 B86",
		set: func(w *world) (func() error, func() error) {
			p := w.published(contest(2), video)
			sent, err := w.call(agent, p.ID, p.DeliverBy, guests(ana, ben)...)
			must(w, err)
			a, err := w.accept(ana, project.InvitationID(sent.Round.ID, 0))
			must(w, err)
			must(w, w.handsIn(ana, a))
			_, err = w.pass(qc, a.ID)
			must(w, err)
			w.now = p.DeliverBy
			early := *w // the pro's worker has not come to that instant
			early.now = w.now.Add(-ms)
			return func() error { _, err := w.pick(client, p.ID, a.ID); return err }, func() error { _, err := early.accept(ben, project.InvitationID(sent.Round.ID, 1)); return err }
		},
		lostFirst: "ok", lostSecond: "already-taken",
		after: func(w *world, _ bool) { w.paid(ana) },
	},
}

// atTheClosing are an act of the client's in the last instant of a review, and the timer that closes it.
func (w *world) atTheClosing(entry string, act func(*world) error) (func() error, func() error) {
	alarm := alarms(load[project.Assignment](w, store.Ref{Kind: store.Assignment, ID: entry}), project.ReviewAutoClose)[0]
	w.now = alarm.DueAt
	early := *w // the client's worker has not come to that instant
	early.now = alarm.DueAt.Add(-ms)
	return func() error { return act(&early) }, func() error { return w.fire(alarm) }
}

// picking are the client's pick of ana's work when the work was due, and an act on ben's that has not come.
func (w *world) picking(act func(*world, project.Assignment) error, by time.Duration) (func() error, func() error) {
	p, entries := entered(w, 2, 1, video)
	w.now = p.DeliverBy
	other := *w
	other.now = w.now.Add(by)
	late := load[project.Assignment](w, store.Ref{Kind: store.Assignment, ID: entries[1]})
	return func() error { _, err := w.pick(client, p.ID, entries[0]); return err }, func() error { return act(&other, late) }
}

// handsIn submits one file.
func (w *world) handsIn(by party.Actor, a project.Assignment) error {
	_, err := w.submit(by, a.ID, w.arrived(a, "take 1.mov"))
	return err
}

// contestEnds checks the work on each seat of the one project.
func (w *world) contestEnds(want ...lifecycle.State) {
	w.Helper()
	var got []lifecycle.State
	for _, s := range w.only().Seats {
		got = append(got, w.stateOf(s.Assignment))
	}
	if !slices.Equal(got, want) {
		w.Errorf("it ended with %s, want %s", got, want)
	}
}

// paid checks that these pros, and no others, have the reward of one work.
func (w *world) paid(who ...party.Actor) {
	w.Helper()
	for _, by := range pros {
		want := usd(0)
		if slices.ContainsFunc(who, func(a party.Actor) bool { return a.ID == by.ID }) {
			want = usd(5000)
		}
		if got := w.available(by); got.Minor != want.Minor {
			w.Errorf("%s has %s, want %s", by.ID, got, want)
		}
	}
}

// calledBack checks that the seat of the one project is free again, and that who waited for it was invited once.
func (w *world) calledBack(who ...party.Actor) {
	w.Helper()
	p := w.only()
	var want, got []string
	for _, a := range who {
		want = append(want, a.ID)
	}
	for _, r := range p.Rounds[1:] {
		for _, l := range load[project.Round](w, store.Ref{Kind: store.Round, ID: r.Round}).Lines {
			got = append(got, l.Pro)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) || p.Waiting() != 0 || p.Taken() != 0 || len(p.Former) != 1 || p.Progress.State != project.Open {
		w.Errorf("called back %v, want %v, in %+v", got, want, p)
	}
}
