package project_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
)

// standing is a pro's as staff read it.
func (w *world) standing(pro party.Actor) project.ProStanding {
	w.Helper()
	p, err := w.StandingOf(w.Context(), agent, pro.ID)
	must(w, err)
	return p
}

func TestStanding(t *testing.T) {
	t.Run("of who has won nothing yet is nothing, since never", func(t *testing.T) {
		if diff := cmp.Diff(project.ProStanding{Pro: ana.ID, Whole: true}, newWorld(t).standing(ana)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("keeps withdrawals, what was taken back and lateness, also after more time was granted — A15 R52", func(t *testing.T) {
		w := newWorld(t)
		_, err := w.giveUp(ana, w.working(ana).ID)
		must(t, err)
		_, err = w.takeBack(agent, w.working(ana).ID)
		must(t, err)
		late := w.working(ana)
		for range 2 { // late, extended, and late again
			late = load[project.Assignment](w, late.Ref())
			w.now = late.Terms.DeliverBy
			must(t, w.ring(late, project.DeliveryDue))
			_, err = w.extend(agent, late.ID, w.now.Add(day))
			must(t, err)
		}
		want := project.ProStanding{Pro: ana.ID, Since: noon, Whole: true, Won: 3, InWork: 1, Late: 1, TimesLate: 2, Withdrawn: 1, Reassigned: 1}
		if diff := cmp.Diff(want, w.standing(ana)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("counts what was delivered, what is done, and what quality control and clients wanted otherwise", func(t *testing.T) {
		w := newWorld(t)
		sentBack := w.submitted(ana)
		for range 2 {
			_, err := w.revise(qc, sentBack.ID, "Too loud.")
			must(t, err)
			_, err = w.submit(ana, sentBack.ID, w.arrived(sentBack, "another take.mov"))
			must(t, err)
		}
		_, err := w.pass(qc, sentBack.ID)
		must(t, err)
		_, err = w.approve(client, sentBack.ID)
		must(t, err)
		w.now = noon.Add(day)
		wanted := w.screening(ana)
		_, err = w.declineChanges(agent, wanted.ID, "The brief says cold.")
		must(t, err)
		w.submitted(ana)
		want := project.ProStanding{Pro: ana.ID, Since: noon, Whole: true, Won: 3, InWork: 2, Delivered: 2, Done: 1, QCRevisions: 2, ClientRevisions: 1}
		if diff := cmp.Diff(want, w.standing(ana)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("tells who was not picked from who delivered nothing — A14", func(t *testing.T) {
		w := newWorld(t)
		p, entries := entered(w, 3, 2)
		w.now = p.DeliverBy
		_, err := w.pick(client, p.ID, entries[0])
		must(t, err)
		for n, want := range []project.ProStanding{{Delivered: 1, Done: 1}, {Delivered: 1, NotPicked: 1}, {NotPicked: 1}} {
			want.Pro, want.Since, want.Whole, want.Won = pros[n].ID, noon, true, 1
			if diff := cmp.Diff(want, w.standing(pros[n])); diff != "" {
				t.Error(diff)
			}
		}
	})
	t.Run("moves nothing by itself: who withdrew and was late is invited and wins as before — R52", func(t *testing.T) {
		w := newWorld(t)
		_, err := w.giveUp(ana, w.working(ana).ID)
		must(t, err)
		w.working(ana)
	})
	t.Run("is the pro's own and for staff; nobody else learns that it is there — B45", func(t *testing.T) {
		w := newWorld(t)
		w.working(ana)
		for _, by := range []party.Actor{ana, agent, lead, admin} {
			if p, err := w.StandingOf(t.Context(), by, ana.ID); err != nil || p.Won != 1 {
				t.Errorf("%s reads %+v, %v", by.ID, p, err)
			}
		}
		for _, by := range []party.Actor{ben, pat, client, stranger, qc} {
			_, err := w.StandingOf(t.Context(), by, ana.ID)
			refused(t, err, problem.CodeNotFound)
		}
		for _, nobody := range []string{client.ID, "nobody"} {
			_, err := w.StandingOf(t.Context(), lead, nobody)
			refused(t, err, problem.CodeNotFound)
		}
		_, err := w.StandingOf(t.Context(), client, client.ID)
		refused(t, err, problem.CodeNotFound)
	})
	for won := 2; won <= 4; won++ {
		t.Run(fmt.Sprintf("of %d seats, where the policy counts 3, is of the latest and says whether that is all", won), func(t *testing.T) {
			w := onTable(t)
			book := policy.Editions()
			book[len(book)-1].StandingSeats = 3
			w.Policies = book
			for n := range won {
				w.now = noon.Add(time.Duration(n) * time.Hour)
				w.working(ana)
			}
			got := w.standing(ana)
			if got.Won != min(won, 3) || got.Whole != (won <= 3) || !got.Since.Equal(noon.Add(time.Duration(max(won-3, 0))*time.Hour)) {
				t.Errorf("got %+v", got)
			}
		})
	}
}
