package project_test

import (
	"slices"
	"testing"
	"time"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

func TestQC(t *testing.T) {
	t.Run("approves a version, and the client is told that they may review it — R41", func(t *testing.T) {
		w := newWorld(t)
		a := w.delivered(ana)
		told, ok := fact[project.QCPassed](w)
		if a.Progress.State != project.InReview || !a.PassedAt.Equal(noon) || !ok || told.Client != client.ID || told.Pro != ana.ID || told.Number != 1 || !w.last().Outbox {
			t.Errorf("got %+v, told %+v", a, told)
		}
		for _, may := range []lifecycle.Action{project.Approve, project.AskChanges} {
			allowed(t, a, client, w.now, may, true)
		}
	})
	t.Run("asks for a revision with all comments in one, and the pro is told — R42 R43 R44", func(t *testing.T) {
		w := newWorld(t)
		a := w.submitted(ana)
		comments := []string{"Louder at 0:12.", "The name is spelled wrong.", "Cut the last second."}
		a, err := w.revise(qc, a.ID, comments...)
		must(t, err)
		told, ok := fact[project.RevisionRequested](w)
		if a.Progress.State != project.Revising || !ok || !slices.Equal(told.Comments, comments) || told.Pro != ana.ID || told.Number != 1 || !w.last().Outbox {
			t.Errorf("got %+v, told %+v", a, told)
		}
	})
	t.Run("asks for no revision without a comment — R44", func(t *testing.T) {
		w := newWorld(t)
		a := w.submitted(ana)
		_, err := w.revise(qc, a.ID)
		refusedAt(t, err, "/comments")
	})
	t.Run("keeps the comments where pro and staff find them — R44 R45", func(t *testing.T) {
		w := newWorld(t)
		a := w.submitted(ana)
		_, err := w.revise(qc, a.ID, "Louder.")
		must(t, err)
		for _, by := range []party.Actor{ana, agent, lead, admin} {
			held, err := w.Assignment(t.Context(), by, a.ID)
			must(t, err)
			if !slices.ContainsFunc(held.Timeline[len(held.Timeline)-1].Facts, func(f store.Fact) bool {
				asked, ok := f.(project.RevisionRequested)
				return ok && slices.Equal(asked.Comments, []string{"Louder."})
			}) {
				t.Errorf("%s reads %+v", by.ID, held.Timeline)
			}
		}
	})
	t.Run("has a queue for reviewers and staff, and for nobody else", func(t *testing.T) {
		w := newWorld(t)
		a := w.submitted(ana)
		w.working(ben)
		for _, by := range []party.Actor{qc, otherQC, agent, lead, admin} {
			page, err := w.Queue(t.Context(), by, project.QueueFilter{}, 10, nil)
			must(t, err)
			if len(page.Items) != 1 || page.Items[0].Ref() != a.Ref() {
				t.Errorf("%s reads %+v", by.ID, page)
			}
		}
		for _, by := range []party.Actor{client, ana} {
			_, err := w.Queue(t.Context(), by, project.QueueFilter{}, 10, nil)
			refused(t, err, problem.CodeForbidden)
		}
	})
	t.Run("reviews nothing that is not submitted, and nothing twice", func(t *testing.T) {
		w := newWorld(t)
		_, err := w.pass(qc, w.working(ana).ID)
		refused(t, err, problem.CodeStateChanged)
		_, err = w.pass(qc, w.delivered(ana).ID)
		refused(t, err, problem.CodeStateChanged)
	})
	t.Run("lets nobody review their own work, whatever the state — B44 I30", func(t *testing.T) {
		w := newWorld(t)
		a := w.submitted(pat)
		for _, act := range []func() error{
			func() error { _, err := w.claim(pat, a.ID); return err },
			func() error { _, err := w.unclaim(pat, a.ID); return err },
			func() error { _, err := w.revise(pat, a.ID, "Fine."); return err },
			func() error { _, err := w.pass(pat, a.ID); return err },
		} {
			refused(t, act(), problem.CodeOwnWork)
		}
		_, err := w.pass(pat, w.submitted(ana).ID)
		must(t, err)
		for _, o := range a.Offers(pat, w.now) {
			if o.Allowed {
				t.Errorf("offered %+v", o)
			}
		}
	})
}

func TestClaim(t *testing.T) {
	t.Run("holds a version for one reviewer", func(t *testing.T) {
		w := newWorld(t)
		a := w.submitted(ana)
		a, err := w.claim(qc, a.ID)
		must(t, err)
		if claimedBy(a) != qc.ID {
			t.Errorf("claimed by %q", claimedBy(a))
		}
		for _, act := range []func() error{
			func() error { _, err := w.claim(otherQC, a.ID); return err },
			func() error { _, err := w.unclaim(otherQC, a.ID); return err },
			func() error { _, err := w.revise(otherQC, a.ID, "Louder."); return err },
			func() error { _, err := w.pass(otherQC, a.ID); return err },
		} {
			err := act()
			refused(t, err, problem.CodeClaimedByOther)
			if mentions(err, qc.ID) {
				t.Errorf("told %v", err)
			}
		}
	})
	t.Run("again by the same reviewer is harmless", func(t *testing.T) {
		w := newWorld(t)
		a := w.submitted(ana)
		for range 2 {
			_, err := w.claim(qc, a.ID)
			must(t, err)
		}
		_, err := w.pass(qc, a.ID)
		must(t, err)
	})
	t.Run("is given back for another reviewer to take", func(t *testing.T) {
		w := newWorld(t)
		a := w.submitted(ana)
		_, err := w.claim(qc, a.ID)
		must(t, err)
		_, err = w.unclaim(qc, a.ID)
		must(t, err)
		a, err = w.claim(otherQC, a.ID)
		must(t, err)
		if claimedBy(a) != otherQC.ID {
			t.Errorf("claimed by %q", claimedBy(a))
		}
	})
	t.Run("ends with the review, so that the next version is anybody's", func(t *testing.T) {
		w := newWorld(t)
		a := w.submitted(ana)
		_, err := w.claim(qc, a.ID)
		must(t, err)
		_, err = w.revise(qc, a.ID, "Louder.")
		must(t, err)
		a, err = w.submit(ana, a.ID, w.arrived(a, "take 2.mov"))
		must(t, err)
		if claimedBy(a) != "" {
			t.Errorf("claimed by %q", claimedBy(a))
		}
		_, err = w.pass(otherQC, a.ID)
		must(t, err)
	})
}

func TestRevisionWindow(t *testing.T) {
	window := newWorld(t).Policies.Current().RevisionWindow
	for _, c := range []struct {
		name string
		left time.Duration // from the revision to the delivery deadline
		want time.Duration // what the pro has
	}{
		{"keeps a delivery deadline that leaves more — R42 A15", window + ms, window + ms},
		{"keeps a delivery deadline that leaves exactly as much — R42 A15", window, window},
		{"moves a delivery deadline that leaves 1 ms less — R42 A15", window - ms, window},
		{"moves a delivery deadline that has passed, its alarm late — R42 A15", -time.Minute, window},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			a := w.submitted(ana)
			w.now = a.Terms.DeliverBy.Add(-c.left)
			before := alarms(a, project.DeliveryDue)[0]
			a, err := w.revise(qc, a.ID, "Louder.")
			must(t, err)
			due := alarms(a, project.DeliveryDue)
			if len(due) != 1 || !due[0].DueAt.Equal(w.now.Add(c.want)) {
				t.Fatalf("got %+v", due)
			}
			if moved := due[0].Entry != before.Entry; moved != (c.left < window) {
				t.Errorf("armed anew: %t", moved)
			}
			if told, _ := fact[project.RevisionRequested](w); !told.DeliverBy.Equal(due[0].DueAt) {
				t.Errorf("told %s", told.DeliverBy)
			}
			if len(w.last().Ended) == 1 && w.last().Ended[0].How != "replaced" {
				t.Errorf("ended %+v", w.last().Ended)
			}
		})
	}
	t.Run("is given also where the deadline rang while QC had the version — R42 A15", func(t *testing.T) {
		w := newWorld(t)
		a := w.submitted(ana)
		w.now = a.Terms.DeliverBy
		must(t, w.ring(a, project.DeliveryDue))
		a, err := w.revise(qc, a.ID, "Louder.")
		must(t, err)
		if due := alarms(a, project.DeliveryDue); len(due) != 1 || !due[0].DueAt.Equal(w.now.Add(window)) || a.Late {
			t.Errorf("got %+v", a)
		}
	})
	t.Run("that passes makes the pro late, once more submitted or not — A15", func(t *testing.T) {
		w := newWorld(t)
		a := w.submitted(ana)
		w.now = a.Terms.DeliverBy
		a, err := w.revise(qc, a.ID, "Louder.")
		must(t, err)
		w.now = w.now.Add(window)
		must(t, w.ring(a, project.DeliveryDue))
		if after := load[project.Assignment](w, a.Ref()); !after.Late || after.Progress.State != project.Revising {
			t.Errorf("got %+v", after)
		}
	})
}
