package project_test

import (
	"testing"
	"time"

	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
)

func TestExtend(t *testing.T) {
	t.Run("moves the delivery deadline, in terms of a new version, and the pro is told why — A5 A15", func(t *testing.T) {
		w := newWorld(t)
		had := w.working(ana)
		a, err := w.extend(agent, had.ID, noon.Add(20*day))
		must(t, err)
		told, _ := fact[project.DeliveryExtended](w)
		due := alarms(a, project.DeliveryDue)
		if len(due) != 1 || !due[0].DueAt.Equal(noon.Add(20*day)) || !a.Terms.DeliverBy.Equal(due[0].DueAt) || a.Terms.Seen == had.Terms.Seen || a.Terms.Reward != had.Terms.Reward {
			t.Errorf("got %+v", a)
		}
		if !told.From.Equal(had.Terms.DeliverBy) || !told.DeliverBy.Equal(due[0].DueAt) || told.Reason == "" || told.Pro != ana.ID || !w.last().Outbox {
			t.Errorf("told %+v", told)
		}
		w.now = noon.Add(20 * day)
		must(t, w.fire(due[0]))
	})
	t.Run("leaves the alarm of the former deadline nothing to do — I11", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		old := alarms(a, project.DeliveryDue)[0]
		_, err := w.extend(agent, a.ID, noon.Add(20*day))
		must(t, err)
		w.now = old.DueAt
		refused(t, w.fire(old), problem.CodeNotYet)
	})
	t.Run("after it has passed ends the lateness, whose record stays — A15", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		for n := 1; n <= 2; n++ {
			w.now = a.Terms.DeliverBy
			must(t, w.ring(a, project.DeliveryDue))
			late := load[project.Assignment](w, a.Ref())
			if !late.Late || late.TimesLate != n {
				t.Fatalf("got %+v", late)
			}
			var err error
			a, err = w.extend(lead, a.ID, w.now.Add(day))
			must(t, err)
			if a.Late || a.TimesLate != n || len(alarms(a, project.DeliveryDue)) != 1 {
				t.Errorf("got %+v", a)
			}
		}
		a, err := w.submit(ana, a.ID, w.arrived(a, "take 1.mov"))
		must(t, err)
		if a.Late || a.TimesLate != 2 {
			t.Errorf("got %+v", a)
		}
	})
	t.Run("only to later than the deadline and than now, within two years — B60", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		for _, until := range []time.Time{{}, noon, a.Terms.DeliverBy.Add(-ms), a.Terms.DeliverBy, noon.AddDate(2, 0, 0).Add(ms)} {
			_, err := w.extend(agent, a.ID, until)
			refusedAt(t, err, "/deliverBy")
		}
		_, err := w.extend(agent, a.ID, a.Terms.DeliverBy.Add(ms))
		must(t, err)
		_, err = w.extend(agent, a.ID, noon.AddDate(2, 0, 0))
		must(t, err)
		w.now = noon.AddDate(2, 0, 0).Add(day)
		must(t, w.ring(load[project.Assignment](w, a.Ref()), project.DeliveryDue))
		_, err = w.extend(agent, a.ID, w.now)
		refusedAt(t, err, "/deliverBy")
		_, err = w.extend(agent, a.ID, w.now.Add(ms))
		must(t, err)
	})
	t.Run("of a revision is beyond the revision's own window", func(t *testing.T) {
		w := newWorld(t)
		a := w.submitted(ana)
		w.now = a.Terms.DeliverBy.Add(-time.Hour)
		a, err := w.revise(qc, a.ID, "Louder.")
		must(t, err)
		due := alarms(a, project.DeliveryDue)[0].DueAt
		_, err = w.extend(agent, a.ID, due)
		refusedAt(t, err, "/deliverBy")
		_, err = w.extend(agent, a.ID, due.Add(ms))
		must(t, err)
	})
	t.Run("of a client's changes counts from their own window, which may end before the work was first due — R48 A15", func(t *testing.T) {
		w := newWorld(t)
		a, err := w.forward(agent, w.screening(ana).ID)
		must(t, err)
		due := alarms(a, project.DeliveryDue)[0].DueAt
		if !due.Before(a.Terms.DeliverBy) {
			t.Fatalf("the window ends at %s, and the work was due at %s", due, a.Terms.DeliverBy)
		}
		_, err = w.extend(agent, a.ID, due)
		refusedAt(t, err, "/deliverBy")
		a, err = w.extend(agent, a.ID, due.Add(day))
		must(t, err)
		told, _ := fact[project.DeliveryExtended](w)
		if now := alarms(a, project.DeliveryDue); len(now) != 1 || !now[0].DueAt.Equal(due.Add(day)) || !told.From.Equal(due) || !told.DeliverBy.Equal(due.Add(day)) {
			t.Errorf("got %+v, told %+v", a.Progress, told)
		}
	})
	t.Run("is for the agent in charge, a lead or an admin — R52 B43", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		for _, by := range []party.Actor{ana, client, qc, person("another", party.Agent)} {
			_, err := w.extend(by, a.ID, noon.Add(20*day))
			refused(t, err, problem.CodeForbidden)
		}
		for n, by := range []party.Actor{agent, lead, admin} {
			_, err := w.extend(by, a.ID, noon.Add(time.Duration(20+n)*day))
			must(t, err)
		}
	})
}

func TestExtendProject(t *testing.T) {
	t.Run("allows invitations again after the deadline has passed — A15", func(t *testing.T) {
		w := newWorld(t)
		p := w.published()
		w.now = p.DeliverBy
		_, err := w.call(agent, p.ID, time.Time{}, guests(ana)...)
		refused(t, err, problem.CodeDeadlinePassed)
		after, err := w.prolong(agent, p.ID, w.now.Add(5*day))
		must(t, err)
		if !after.DeliverBy.Equal(w.now.Add(5*day)) || w.last().Outbox {
			t.Errorf("got %+v", after)
		}
		w.invited(p, ana)
	})
	t.Run("changes the terms of open invitations, and not of seats that are taken — R53 A5", func(t *testing.T) {
		w := newWorld(t)
		p := w.published(contest(2))
		ids := w.invited(p, ana, ben)
		seen := project.TermsOf(w.invitation(ids[1]), w.Policies.Current()).Seen
		a, err := w.accept(ana, ids[0])
		must(t, err)
		_, err = w.prolong(agent, p.ID, noon.Add(30*day))
		must(t, err)
		_, err = w.acceptSeen(ben, ids[1], seen)
		refused(t, err, problem.CodeTermsChanged)
		if now := load[project.Assignment](w, a.Ref()); !now.Terms.DeliverBy.Equal(a.Terms.DeliverBy) {
			t.Errorf("got %+v", now.Terms)
		}
	})
	t.Run("is for staff, while the project is open, and only to later — B43 B60", func(t *testing.T) {
		w := newWorld(t)
		p := w.published()
		_, err := w.prolong(client, p.ID, noon.Add(30*day))
		refused(t, err, problem.CodeForbidden)
		_, err = w.prolong(agent, p.ID, p.DeliverBy)
		refusedAt(t, err, "/deliverBy")
		_, err = w.prolong(agent, w.working(ana).Project, noon.Add(30*day))
		refused(t, err, problem.CodeStateChanged)
	})
}
