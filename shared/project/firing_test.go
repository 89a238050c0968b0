package project_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// later lists, for each kind of deadline, a record with its live alarm and every way in which the state can move on
// before it rings.
var later = []struct {
	kind string
	set  func(*world) store.Deadlined
	move map[string]func(*world, store.Deadlined) error
}{
	{project.RoundExpiry, func(w *world) store.Deadlined {
		p := w.published()
		w.invited(p, ana)
		return load[project.Project](w, p.Ref())
	}, map[string]func(*world, store.Deadlined) error{
		"the project was cancelled": func(w *world, r store.Deadlined) error { _, err := w.cancel(client, r.Ref().ID); return err },
		"the last seat was taken": func(w *world, r store.Deadlined) error {
			_, err := w.accept(ana, project.InvitationID(r.(project.Project).Rounds[0].Round, 0))
			return err
		},
		"it fired": func(w *world, r store.Deadlined) error { return w.ring(r, project.RoundExpiry) },
	}},
	{project.DeliveryDue, func(w *world) store.Deadlined {
		return w.submitted(ana, func(b *project.Brief) { b.DeliverBy = noon.Add(time.Hour) })
	}, map[string]func(*world, store.Deadlined) error{
		"QC approved": func(w *world, r store.Deadlined) error { _, err := w.pass(qc, r.Ref().ID); return err },
		"it was moved by a revision": func(w *world, r store.Deadlined) error {
			_, err := w.revise(qc, r.Ref().ID, "Louder.")
			return err
		},
		"it fired": func(w *world, r store.Deadlined) error { return w.ring(r, project.DeliveryDue) },
	}},
	{project.ReviewAutoClose, func(w *world) store.Deadlined { return w.delivered(ana) }, map[string]func(*world, store.Deadlined) error{
		"the client approved": func(w *world, r store.Deadlined) error {
			w.now = noon
			_, err := w.approve(client, r.Ref().ID)
			return err
		},
		"it fired": func(w *world, r store.Deadlined) error { return w.ring(r, project.ReviewAutoClose) },
	}},
	{project.QuoteExpiry, func(w *world) store.Deadlined { return w.quoted(ana) }, map[string]func(*world, store.Deadlined) error{
		"the client approved": func(w *world, r store.Deadlined) error {
			_, err := w.approveQuote(client, r.Ref().ID, "1.1")
			return err
		},
		"the client declined": func(w *world, r store.Deadlined) error { _, err := w.declineQuote(client, r.Ref().ID); return err },
		"staff withdrew it":   func(w *world, r store.Deadlined) error { _, err := w.withdrawQuote(agent, r.Ref().ID); return err },
		"it fired":            func(w *world, r store.Deadlined) error { return w.ring(r, project.QuoteExpiry) },
	}},
	{ledger.ReleaseDeadline, func(w *world) store.Deadlined { return w.reward(w.delivered(ana)) }, map[string]func(*world, store.Deadlined) error{
		"it fired": func(w *world, r store.Deadlined) error { return w.ring(r, ledger.ReleaseDeadline) },
	}},
}

func TestFire(t *testing.T) {
	for _, c := range later {
		for why, move := range c.move {
			t.Run(c.kind+" finds nothing to do once "+why+" — F35 F36", func(t *testing.T) {
				w := newWorld(t)
				r := c.set(w)
				alarm := alarms(r, c.kind)[0]
				if w.now = alarm.DueAt; why != "it fired" {
					w.now = alarm.DueAt.Add(-ms)
				}
				must(t, move(w, r))
				w.now = alarm.DueAt
				commits := len(w.mem.events)
				err := w.fire(alarm)
				if problem.As(err).Kind() != problem.Conflict || len(w.mem.events) != commits {
					t.Errorf("got %v, %d commits", err, len(w.mem.events)-commits)
				}
			})
		}
		t.Run(c.kind+" finds nothing to do 1 ms early, and its alarm stays live — F37", func(t *testing.T) {
			w := newWorld(t)
			r := c.set(w)
			alarm := alarms(r, c.kind)[0]
			w.now = alarm.DueAt.Add(-ms)
			refused(t, w.fire(alarm), problem.CodeNotYet)
			w.now = alarm.DueAt
			must(t, w.fire(alarm))
		})
		t.Run(c.kind+" fires under its own entry number only — F40", func(t *testing.T) {
			w := newWorld(t)
			alarm := alarms(c.set(w), c.kind)[0]
			w.now = alarm.DueAt
			for _, entry := range []int{alarm.Entry - 1, alarm.Entry + 1, 0} {
				other := alarm
				other.Entry = entry
				refused(t, w.fire(other), problem.CodeNotYet)
			}
		})
		t.Run(c.kind+" is not taken for another kind of the same record", func(t *testing.T) {
			w := newWorld(t)
			alarm := alarms(c.set(w), c.kind)[0]
			w.now = alarm.DueAt
			for _, kind := range []string{project.RoundExpiry, project.DeliveryDue, project.ReviewAutoClose, project.QuoteExpiry, ledger.ReleaseDeadline, "", "unknown"} {
				if other := alarm; kind != c.kind {
					other.Kind = kind
					refused(t, w.fire(other), problem.CodeNotYet)
				}
			}
		})
	}
	t.Run("finds nothing to do for what is gone, or of a kind without deadlines", func(t *testing.T) {
		w := newWorld(t)
		for _, ref := range []store.Ref{{Kind: store.Project, ID: "prj_0"}, {Kind: store.Assignment, ID: "asg_0"}, {Kind: store.Reward, ID: "rwd_0", Owner: "ana"}, {Kind: store.Profile, ID: "ana"}, {Kind: "moon", ID: "1"}} {
			refused(t, w.fire(store.Alarm{Ref: ref, Kind: project.RoundExpiry, Entry: 1}), problem.CodeNotFound)
		}
	})
	t.Run("that a stale read does not show yet is left to the sweep — F16 F39", func(t *testing.T) {
		w := newWorld(t)
		a := w.delivered(ana)
		w.mem.behind = everything
		w.now = noon.Add(90 * day)
		refused(t, w.ring(a, project.ReviewAutoClose), problem.CodeNotYet)
		w.mem.behind = kinds()
		if fired, err := w.Sweep(t.Context(), w.now, 100); err != nil || fired != 2 || load[project.Assignment](w, a.Ref()).Progress.State != project.Done {
			t.Errorf("fired %d: %v", fired, err)
		}
	})
}

func TestSweep(t *testing.T) {
	sweep := func(w *world, limit int) int {
		w.Helper()
		fired, err := w.Sweep(w.Context(), w.now, limit)
		must(w, err)
		return fired
	}
	t.Run("fires what is due and nothing that is not, of every kind — F39", func(t *testing.T) {
		for _, c := range later {
			w := newWorld(t)
			alarm := alarms(c.set(w), c.kind)[0]
			w.now = alarm.DueAt.Add(-ms)
			early := len(w.mem.events)
			sweep(w, 100)
			for _, e := range w.mem.events[early:] {
				for _, ended := range e.Ended {
					if ended.Kind == c.kind {
						t.Errorf("%s fired early", c.kind)
					}
				}
			}
			w.now = alarm.DueAt
			if fired := sweep(w, 100); fired != 1 || w.last().Channel != "sweep" {
				t.Errorf("%s: fired %d", c.kind, fired)
			}
			if fired := sweep(w, 100); fired != 0 {
				t.Errorf("%s: fired %d more", c.kind, fired)
			}
		}
	})
	t.Run("fires all that is due of one record — F39", func(t *testing.T) {
		w := newWorld(t)
		p := w.published()
		w.invited(p, ana)
		w.invited(p, ben)
		w.now = noon.Add(7 * day)
		if fired := sweep(w, 100); fired != 2 {
			t.Errorf("fired %d", fired)
		}
	})
	t.Run("goes through all that is overdue, a page of records at a time — F47", func(t *testing.T) {
		w := newWorld(t)
		var projects []project.Project
		for range 5 {
			p := w.published()
			w.invited(p, ana)
			projects = append(projects, p)
			w.now = w.now.Add(time.Minute)
		}
		w.now = noon.Add(7 * day)
		if fired := sweep(w, 2); fired != len(projects) {
			t.Errorf("fired %d of %d", fired, len(projects))
		}
		for n, p := range projects {
			if !load[project.Project](w, p.Ref()).Rounds[0].Expired {
				t.Errorf("the round of project %d has not expired", n)
			}
		}
	})
	t.Run("does not hold back the others for one that fails, and says so", func(t *testing.T) {
		w := newWorld(t)
		bad, good := w.delivered(ana), w.delivered(ben)
		broken := errors.New("broken")
		w.Store = failing{w.Store, bad.Ref(), broken}
		w.now = noon.Add(91 * day)
		if _, err := w.Sweep(t.Context(), w.now, 100); !errors.Is(err, broken) || load[project.Assignment](w, good.Ref()).Progress.State != project.Done {
			t.Errorf("got %v", err)
		}
	})
}

// failing is a store on which one record cannot be read.
type failing struct {
	store.Store
	ref store.Ref
	err error
}

func (f failing) Get(ctx context.Context, ref store.Ref, how store.Freshness) (store.Record, error) {
	if ref == f.ref {
		return nil, f.err
	}
	return f.Store.Get(ctx, ref, how)
}
