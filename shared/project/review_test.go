package project_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
)

func TestReview(t *testing.T) {
	t.Run("shows the client a version only after QC approved it — R46", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		for _, step := range []struct {
			do    func() (project.Assignment, error)
			shown int
		}{
			{func() (project.Assignment, error) { return w.submit(ana, a.ID, w.arrived(a, "take 1.mov")) }, 0},
			{func() (project.Assignment, error) { return w.claim(qc, a.ID) }, 0},
			{func() (project.Assignment, error) { return w.revise(qc, a.ID, "Louder.") }, 0},
			{func() (project.Assignment, error) { return w.submit(ana, a.ID, w.arrived(a, "take 2.mov")) }, 0},
			{func() (project.Assignment, error) { return w.pass(qc, a.ID) }, 1},
			{func() (project.Assignment, error) { return w.approve(client, a.ID) }, 1},
		} {
			a, err := step.do()
			must(t, err)
			shown := a.Shown().Files
			if len(shown) != step.shown || step.shown == 1 && shown[0].Name != "take 2.mov" {
				t.Errorf("%s: the client sees %+v", a.Progress.State, shown)
			}
		}
	})
	t.Run("ends with the client's approval — R47", func(t *testing.T) {
		w := newWorld(t)
		a := w.delivered(ana)
		w.now = noon.Add(time.Hour)
		a, err := w.approve(client, a.ID)
		must(t, err)
		told, _ := fact[project.WorkApproved](w)
		if a.Progress.State != project.Done || !a.DoneAt.Equal(w.now) || len(a.Progress.Deadlines) != 0 || told.ByItself {
			t.Errorf("got %+v, told %+v", a, told)
		}
		if ended := w.last().Ended; len(ended) != 1 || ended[0].Kind != project.ReviewAutoClose || ended[0].How != "cancelled" {
			t.Errorf("ended %+v", ended)
		}
	})
	t.Run("is for the client of the assignment, and not for staff in their name", func(t *testing.T) {
		w := newWorld(t)
		a := w.delivered(ana)
		for by, code := range map[*party.Actor]problem.Code{
			&stranger: problem.CodeNotFound, &ben: problem.CodeNotFound, &ana: problem.CodeForbidden, &agent: problem.CodeForbidden, &admin: problem.CodeForbidden, &qc: problem.CodeForbidden,
		} {
			_, err := w.approve(*by, a.ID)
			refused(t, err, code)
		}
	})
	t.Run("approves nothing that QC has not approved, and nothing twice — R46", func(t *testing.T) {
		w := newWorld(t)
		_, err := w.approve(client, w.submitted(ana).ID)
		refused(t, err, problem.CodeStateChanged)
		a := w.delivered(ana)
		_, err = w.approve(client, a.ID)
		must(t, err)
		_, err = w.approve(client, a.ID)
		refused(t, err, problem.CodeStateChanged)
	})
}

func TestAutoClose(t *testing.T) {
	t.Run("comes 90 days after the version was shown, and the countdown is visible — A20", func(t *testing.T) {
		w := newWorld(t)
		a := w.delivered(ana)
		if due := alarms(a, project.ReviewAutoClose); len(a.Progress.Deadlines) != 1 || len(due) != 1 || !due[0].DueAt.Equal(noon.Add(90*day)) {
			t.Errorf("got %+v", a.Progress)
		}
		if told, _ := fact[project.QCPassed](w); !told.ReviewUntil.Equal(noon.Add(90 * day)) {
			t.Errorf("told %s", told.ReviewUntil)
		}
	})
	for _, edge := range edges {
		t.Run(fmt.Sprintf("%s it the client may approve: %t — A20 B88", edge.name, !edge.passed), func(t *testing.T) {
			w := newWorld(t)
			a := w.delivered(ana)
			w.now = noon.Add(90*day + edge.by)
			_, err := w.approve(client, a.ID)
			offers := a.Offers(client, w.now)
			if offers[0].Action != project.Approve || offers[0].Allowed == edge.passed {
				t.Errorf("offered %+v", offers)
			}
			if !edge.passed {
				must(t, err)
				return
			}
			refused(t, err, problem.CodeDeadlinePassed)
		})
		t.Run(fmt.Sprintf("%s it the timer closes the review: %t — A20 B88", edge.name, edge.passed), func(t *testing.T) {
			w := newWorld(t)
			a := w.delivered(ana)
			w.now = noon.Add(90*day + edge.by)
			err := w.ring(a, project.ReviewAutoClose)
			after := load[project.Assignment](w, a.Ref())
			if !edge.passed {
				refused(t, err, problem.CodeNotYet)
				if after.Version != a.Version {
					t.Errorf("got %+v", after)
				}
				return
			}
			must(t, err)
			told, _ := fact[project.WorkApproved](w)
			if after.Progress.State != project.Done || !after.DoneAt.Equal(noon.Add(90*day)) || !told.ByItself || len(after.Shown().Files) != 1 {
				t.Errorf("got %+v, told %+v", after, told)
			}
		})
	}
	t.Run("has its effect at the instant it was due, however late the alarm, for the money too — F38", func(t *testing.T) {
		w := newWorld(t)
		a := w.delivered(ana, video)
		w.now = noon.Add(90*day + 6*time.Hour)
		must(t, w.ring(a, project.ReviewAutoClose))
		if after, r := load[project.Assignment](w, a.Ref()), w.reward(a); !after.DoneAt.Equal(noon.Add(90*day)) || !r.CreditedAt.Equal(after.DoneAt) || r.Progress.State != ledger.RewardCredited {
			t.Errorf("got %+v, %+v", after, r)
		}
	})
	t.Run("does nothing after the client approved — F36", func(t *testing.T) {
		w := newWorld(t)
		a := w.delivered(ana)
		_, err := w.approve(client, a.ID)
		must(t, err)
		w.now = noon.Add(90 * day)
		refused(t, w.ring(a, project.ReviewAutoClose), problem.CodeNotYet)
	})
}
