package project_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// line is one event in short: who in which role did what, and what it led to.
func line(e store.Event) string {
	var facts []string
	for _, f := range e.Facts {
		facts = append(facts, f.FactName())
	}
	return strings.Join([]string{e.Actor, string(e.Role), e.Channel, string(e.Action), string(e.State), strings.Join(facts, "+"), strings.Join(e.Money, "+")}, " | ")
}

func TestTimeline(t *testing.T) {
	w := newWorld(t)
	a := w.submitted(ana, video)
	_, err := w.claim(qc, a.ID)
	must(t, err)
	_, err = w.revise(qc, a.ID, "Louder.")
	must(t, err)
	_, err = w.submit(ana, a.ID, w.arrived(a, "take 2.mov"))
	must(t, err)
	_, err = w.pass(qc, a.ID)
	must(t, err)
	_, err = w.approve(client, a.ID)
	must(t, err)
	story, err := w.Project(t.Context(), agent, a.Project)
	must(t, err)
	t.Run("tells who did what in which role, by which channel, to what end and with which money — I14 I22", func(t *testing.T) {
		var got []string
		for _, e := range story.Timeline {
			got = append(got, line(e))
		}
		want := []string{
			"cleo | client | http | create | open | project.created+project.published | ",
			"abe | agent | http | invite | open | invitations.sent | ",
			"ana | pro | http | accept | working | seat.taken+project.filled | ",
			"ana | pro | http | submit | in_qc | version.submitted | ",
			"quinn | qc | http | claim | in_qc | version.claimed | ",
			"quinn | qc | http | request_revision | revising | revision.requested | ",
			"ana | pro | http | submit | in_qc | version.submitted | ",
			"quinn | qc | http | pass_qc | in_review | qc.passed | " + project.RewardID(a.ID) + ".hold",
			"cleo | client | http | approve | done | work.approved+reward.credited | " + project.RewardID(a.ID) + ".credit",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("keeps instant, policy edition and trace of each", func(t *testing.T) {
		for _, e := range story.Timeline {
			if !e.At.Equal(noon) || e.Policy != w.Policies.Current().Version || e.Request != "trace" || e.ID == "" {
				t.Errorf("got %+v", e)
			}
		}
	})
	t.Run("names the role that counted on the record, not another that the actor holds", func(t *testing.T) {
		w := newWorld(t)
		both := person("abe", party.Client, party.Agent) // client of nothing here
		p, err := w.create(both, brief(), true)
		must(t, err)
		if got := w.last().Role; got != party.Agent {
			t.Errorf("created as %s", got)
		}
		_, err = w.cancel(both, p.ID)
		must(t, err)
		if got := w.last().Role; got != party.Agent {
			t.Errorf("cancelled as %s", got)
		}
	})
	t.Run("tells of the timer as of any actor, and what became of its deadline", func(t *testing.T) {
		w := newWorld(t)
		a := w.delivered(ana)
		r := w.reward(a)
		w.now = noon.Add(hold)
		must(t, w.ring(r, ledger.ReleaseDeadline))
		e := w.last()
		if e.Actor != "timer" || e.Role != lifecycle.Timer || e.Channel != "timer" || e.Subject != a.Ref() || len(e.Ended) != 1 || e.Ended[0].How != "fired" || e.Ended[0].Ref != r.Ref() {
			t.Errorf("got %+v", e)
		}
	})
	t.Run("is whole in the answer to who acts", func(t *testing.T) {
		w := newWorld(t)
		a := w.submitted(ana)
		held, err := told[project.Held](w, qc, func(ctx context.Context, ask project.Ask) (store.Reply, error) { return w.Claim(ctx, ask, a.ID) })
		must(t, err)
		read, err := w.Assignment(t.Context(), qc, a.ID)
		must(t, err)
		if diff := cmp.Diff(read.Timeline, held.Timeline); diff != "" || len(held.Timeline) != 3 {
			t.Error(diff)
		}
	})
}

func TestReading(t *testing.T) {
	w := newWorld(t)
	a := w.working(ana)
	t.Run("of projects lists a client's own, and anybody's for staff — B45", func(t *testing.T) {
		for by, of := range map[*party.Actor]string{&client: "", &agent: client.ID, &admin: client.ID} {
			page, err := w.Projects(t.Context(), *by, of, project.ProjectFilter{}, 10, nil)
			must(t, err)
			if len(page.Items) != 1 || page.Items[0].Ref().ID != a.Project {
				t.Errorf("%s reads %+v", by.ID, page)
			}
		}
		page, err := w.Projects(t.Context(), stranger, "", project.ProjectFilter{}, 10, nil)
		must(t, err)
		if len(page.Items) != 0 {
			t.Errorf("got %+v", page)
		}
		for _, by := range []party.Actor{stranger, ana, qc} {
			_, err := w.Projects(t.Context(), by, client.ID, project.ProjectFilter{}, 10, nil)
			refused(t, err, problem.CodeForbidden)
		}
	})
	t.Run("of rounds gives staff who was invited at which reward, oldest first", func(t *testing.T) {
		w := newWorld(t)
		p := w.published()
		w.invited(p, ana)
		w.now = noon.Add(time.Hour)
		w.invited(p, ben)
		_, rounds, err := w.Rounds(t.Context(), agent, p.ID)
		must(t, err)
		if len(rounds) != 2 || rounds[0].Lines[0].Pro != ana.ID || rounds[1].Lines[0].Pro != ben.ID {
			t.Errorf("got %+v", rounds)
		}
	})
}
