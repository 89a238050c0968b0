package project_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// lostBy is a speedy that the first of the pros has won; the others came too late, and all but the last of them want to be
// told when it reopens. It gives the winner's assignment, and everybody's invitations.
func lostBy(w *world, actors ...party.Actor) (project.Assignment, []string) {
	w.Helper()
	ids := w.invited(w.published(), actors...)
	a, err := w.accept(actors[0], ids[0])
	must(w, err)
	for n := 1; n < len(actors)-1; n++ {
		_, err := w.watch(actors[n], project.Watch, ids[n])
		must(w, err)
	}
	return a, ids
}

func projectOf(w *world, a project.Assignment) project.Project {
	w.Helper()
	return load[project.Project](w, store.Ref{Kind: store.Project, ID: a.Project})
}

// freeing are the two ways in which a seat becomes free.
var freeing = map[string]struct {
	by    party.Actor
	do    func(*world, party.Actor, string) (project.Assignment, error)
	state lifecycle.State
}{
	"a pro who withdraws":        {ana, (*world).giveUp, project.Withdrawn},
	"an agent who takes it back": {agent, (*world).takeBack, project.Reassigned},
}

func TestGivingUp(t *testing.T) {
	for name, free := range freeing {
		t.Run(name+" leaves the seat free and nothing to ring, and the story stays — A15", func(t *testing.T) {
			w := newWorld(t)
			held := w.working(ana)
			w.now = noon.Add(time.Hour)
			a, err := free.do(w, free.by, held.ID)
			must(t, err)
			p := projectOf(w, a)
			want := project.Seat{Assignment: a.ID, Invitation: a.Invitation, Pro: ana.ID, TakenAt: noon, LeftAt: w.now}
			if a.Progress.State != free.state || len(a.Progress.Deadlines) != 0 || !a.LeftAt.Equal(w.now) || p.Progress.State != project.Open || p.Taken() != 0 || !p.FilledAt.IsZero() {
				t.Errorf("got %+v, %+v", a, p)
			}
			if diff := cmp.Diff([]project.Seat{want}, p.Former); diff != "" {
				t.Error(diff)
			}
			if state := w.invitation(a.Invitation).State(w.now); state != project.Left {
				t.Errorf("the invitation is %s", state)
			}
			told, err := w.Project(t.Context(), agent, p.ID)
			must(t, err)
			if last := told.Timeline[len(told.Timeline)-1]; last.Subject != a.Ref() || last.State != free.state {
				t.Errorf("got %+v", last)
			}
		})
		t.Run(name+" does so from a revision too, and not once quality control has passed a version — A13", func(t *testing.T) {
			w := newWorld(t)
			a, err := w.revise(qc, w.submitted(ana).ID, "Louder.")
			must(t, err)
			_, err = free.do(w, free.by, a.ID)
			must(t, err)
			for _, id := range []string{w.submitted(ana).ID, w.delivered(ana).ID} {
				_, err = free.do(w, free.by, id)
				refused(t, err, problem.CodeStateChanged)
			}
		})
		t.Run(name+" does so once", func(t *testing.T) {
			w := newWorld(t)
			a := w.working(ana)
			_, err := free.do(w, free.by, a.ID)
			must(t, err)
			_, err = free.do(w, free.by, a.ID)
			refused(t, err, problem.CodeStateChanged)
		})
	}
	t.Run("has the agent in charge told why, and how many wait for the seat — A15 R52", func(t *testing.T) {
		w := newWorld(t)
		a, _ := lostBy(w, ana, ben, pat)
		_, err := w.giveUp(ana, a.ID)
		must(t, err)
		told, _ := fact[project.SeatGivenUp](w)
		want := project.SeatGivenUp{
			Project: a.Project, Assignment: a.ID, Invitation: a.Invitation, Title: "A subtitle", Pro: ana.ID, Agent: agent.ID, Reason: "I have fallen ill.", Waiting: 1, Recalled: 1,
		}
		if told != want || !w.last().Outbox {
			t.Errorf("told %+v", told)
		}
	})
	t.Run("is for the pro, taking back for the agent in charge, a lead or an admin — R52 B43", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		_, err := w.giveUp(agent, a.ID)
		refused(t, err, problem.CodeForbidden)
		for _, by := range []party.Actor{ana, client, qc, person("another", party.Agent)} {
			_, err := w.takeBack(by, a.ID)
			refused(t, err, problem.CodeForbidden)
		}
		_, err = w.takeBack(ben, a.ID)
		refused(t, err, problem.CodeNotFound)
		for _, by := range []party.Actor{agent, lead, admin} {
			_, err := w.takeBack(by, w.working(ana).ID)
			must(t, err)
			if told, _ := fact[project.SeatTakenBack](w); told.Pro != ana.ID || told.Reason == "" || !w.last().Outbox {
				t.Errorf("told %+v", w.last())
			}
		}
	})
	t.Run("of one of several seats leaves the open invitations open, but the one that is left — A14", func(t *testing.T) {
		w := newWorld(t)
		p := w.published(contest(2))
		ids := w.invited(p, ana, ben, pat)
		a, err := w.accept(ana, ids[0])
		must(t, err)
		_, err = w.giveUp(ana, a.ID)
		must(t, err)
		if state := w.invitation(ids[1]).State(w.now); state != project.Invited {
			t.Errorf("the other invitation is %s", state)
		}
		_, err = w.accept(ana, ids[0])
		refused(t, err, problem.CodeStateChanged)
		for n, by := range []party.Actor{ben, pat} {
			_, err = w.accept(by, ids[n+1])
			must(t, err)
		}
	})
	t.Run("lets the project be cancelled, which nobody works on any more", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		_, err := w.giveUp(ana, a.ID)
		must(t, err)
		_, err = w.cancel(client, a.Project)
		must(t, err)
	})
}

func TestClosedIsClosed(t *testing.T) {
	t.Run("for good: an invitation that lost stays so when a seat reopens, and says when the seats went — R28 A21", func(t *testing.T) {
		w := newWorld(t)
		a, ids := lostBy(w, ana, ben, pat)
		w.now = noon.Add(time.Hour)
		_, err := w.giveUp(ana, a.ID)
		must(t, err)
		for n, by := range []party.Actor{ben, pat} {
			_, err := w.accept(by, ids[n+1])
			refused(t, err, problem.CodeAlreadyTaken)
			if at := problem.As(err).Facts["filledAt"]; at != "2026-11-01T12:00:00.000Z" {
				t.Errorf("told %s", at)
			}
		}
		w.now = noon.Add(400 * day)
		if state := w.invitation(ids[2]).State(w.now); state != project.Closed {
			t.Errorf("it became %s", state)
		}
	})
	t.Run("and told once: when the seats are gone again, only those of the new round hear of it — A21", func(t *testing.T) {
		w := newWorld(t)
		a, _ := lostBy(w, ana, ben, pat, pros[2])
		_, err := w.giveUp(ana, a.ID)
		must(t, err)
		again := projectOf(w, a).Watchers[0].Again
		_, err = w.accept(ben, again)
		must(t, err)
		told, _ := fact[project.FilledUp](w)
		if !slices.Equal(told.Rounds, []string{project.RoundOf(again)}) {
			t.Errorf("told %+v", told)
		}
	})
	t.Run("while one that had expired before stays expired — A15", func(t *testing.T) {
		w := newWorld(t)
		p := w.published()
		late := w.invited(p, ben)[0]
		w.now = noon.Add(w.Policies.Current().InvitationExpiry)
		must(t, w.ring(load[project.Project](w, p.Ref()), project.RoundExpiry))
		_, err := w.accept(ana, w.invited(p, ana)[0])
		must(t, err)
		_, err = w.accept(ben, late)
		refused(t, err, problem.CodeDeadlinePassed)
		_, err = w.watch(ben, project.Watch, late)
		refused(t, err, problem.CodeStateChanged)
	})
	t.Run("also where its time was up and its alarm had not rung when the last seat went — A15", func(t *testing.T) {
		w := newWorld(t)
		p := w.published()
		late := w.invited(p, ben)[0]
		w.now = noon.Add(w.Policies.Current().InvitationExpiry)
		a, err := w.accept(ana, w.invited(p, ana)[0])
		must(t, err)
		if told, _ := fact[project.FilledUp](w); len(told.Rounds) != 1 || told.Rounds[0] == project.RoundOf(late) {
			t.Errorf("told %+v", told)
		}
		for range 2 {
			_, err = w.accept(ben, late)
			refused(t, err, problem.CodeDeadlinePassed)
			_, _ = w.giveUp(ana, a.ID)
		}
	})
}

func TestReopening(t *testing.T) {
	t.Run("tells whoever asked, all in one round at their former rewards, in the commit of the withdrawal — A21", func(t *testing.T) {
		w := newWorld(t)
		p := w.published()
		more := usd(7550)
		sent, err := w.call(agent, p.ID, time.Time{}, project.Guest{Pro: ana.ID}, project.Guest{Pro: ben.ID, Reward: &more}, project.Guest{Pro: pat.ID}, project.Guest{Pro: "cyd"})
		must(t, err)
		id := func(n int) string { return project.InvitationID(sent.Round.ID, n) }
		a, err := w.accept(ana, id(0))
		must(t, err)
		for n, by := range []party.Actor{ben, pat} {
			_, err = w.watch(by, project.Watch, id(n+1))
			must(t, err)
		}
		w.now = noon.Add(day)
		_, err = w.giveUp(ana, a.ID)
		must(t, err)
		p = projectOf(w, a)
		told, _ := fact[project.SeatReopened](w)
		round := load[project.Round](w, store.Ref{Kind: store.Round, ID: told.Round})
		want := []project.Line{{Pro: ben.ID, Reward: 7550, State: project.Invited, Contact: round.Lines[0].Contact}, {Pro: pat.ID, Reward: 5000, State: project.Invited, Contact: round.Lines[1].Contact}}
		if diff := cmp.Diff(want, round.Lines); diff != "" || round.By != agent.ID || told.Count != 2 || len(alarms(p, project.RoundExpiry)) != 1 || p.Waiting() != 0 {
			t.Errorf("%s, got %+v, told %+v", diff, p, told)
		}
		_, err = w.accept(pat, p.Watchers[1].Again)
		must(t, err)
		_, err = w.accept(ben, p.Watchers[0].Again)
		refused(t, err, problem.CodeAlreadyTaken)
	})
	t.Run("leaves out who is no active pro any more or no longer asks — A21", func(t *testing.T) {
		w := newWorld(t)
		ids := w.invited(w.published(), pros...)
		a, err := w.accept(ana, ids[0])
		must(t, err)
		for n := 1; n < len(pros); n++ {
			_, err := w.watch(pros[n], project.Watch, ids[n])
			must(t, err)
		}
		inactive(w, ben)
		_, err = w.watch(pros[2], project.Unwatch, ids[2])
		must(t, err)
		_, err = w.giveUp(ana, a.ID)
		must(t, err)
		told, _ := fact[project.SeatReopened](w)
		var invited []string
		for _, l := range load[project.Round](w, store.Ref{Kind: store.Round, ID: told.Round}).Lines {
			invited = append(invited, l.Pro)
		}
		if !slices.Equal(invited, []string{"dan", "eve", "pat"}) {
			t.Errorf("invited %v", invited)
		}
	})
	for _, edge := range []struct {
		name string
		more time.Duration
		time bool
	}{{"1 ms less than", -ms, false}, {"exactly", 0, true}, {"1 ms more than", ms, true}} {
		t.Run(fmt.Sprintf("with %s the policy's time before the delivery deadline invites by itself: %t — A21", edge.name, edge.time), func(t *testing.T) {
			w := newWorld(t)
			a, _ := lostBy(w, ana, ben, pat)
			w.now = a.Terms.DeliverBy.Add(-w.Policies.Current().ReopenRoom - edge.more)
			_, err := w.giveUp(ana, a.ID)
			must(t, err)
			told, reopened := fact[project.SeatReopened](w)
			given, _ := fact[project.SeatGivenUp](w)
			if reopened != edge.time || given.Waiting != 1 || given.Recalled != told.Count {
				t.Errorf("told %+v", w.last())
			}
			if edge.time {
				return
			}
			_, err = w.prolong(agent, a.Project, w.now.Add(3*day))
			must(t, err)
			if told, _ := fact[project.SeatReopened](w); told.Count != 1 || !told.DeliverBy.Equal(w.now.Add(3*day)) || !w.last().Outbox {
				t.Errorf("extending the project told %+v", w.last())
			}
		})
	}
	t.Run("that has happened already invites at once who asks only now — A21", func(t *testing.T) {
		w := newWorld(t)
		a, ids := lostBy(w, ana, ben)
		_, err := w.giveUp(ana, a.ID)
		must(t, err)
		i, err := w.watch(ben, project.Watch, ids[1])
		must(t, err)
		asked, _ := i.Watch()
		_, err = w.accept(ben, asked.Again)
		must(t, err)
	})
	t.Run("that has brought a new invitation is not asked for again with the old one", func(t *testing.T) {
		w := newWorld(t)
		a, ids := lostBy(w, ana, ben, pat)
		_, err := w.giveUp(ana, a.ID)
		must(t, err)
		for _, action := range []lifecycle.Action{project.Watch, project.Unwatch} {
			_, err = w.watch(ben, action, ids[1])
			refused(t, err, problem.CodeStateChanged)
			if problem.As(err).Facts["invitation"] != projectOf(w, a).Watchers[0].Again {
				t.Errorf("told %+v", problem.As(err))
			}
		}
	})
	t.Run("is asked for by who came too late, and by nobody else — A21 B43", func(t *testing.T) {
		w := newWorld(t)
		_, ids := lostBy(w, ana, ben, pat)
		for _, c := range []struct {
			by   party.Actor
			id   string
			code problem.Code
		}{
			{ana, ids[0], problem.CodeStateChanged}, {agent, ids[1], problem.CodeForbidden}, {pat, ids[1], problem.CodeNotFound}, {client, ids[1], problem.CodeNotFound},
			{ben, w.invited(w.published(), ben)[0], problem.CodeStateChanged},
		} {
			_, err := w.watch(c.by, project.Watch, c.id)
			refused(t, err, c.code)
		}
	})
	t.Run("asked for twice is asked for once, and taken back once", func(t *testing.T) {
		w := newWorld(t)
		a, ids := lostBy(w, ana, ben, pat)
		_, err := w.watch(ben, project.Watch, ids[1])
		must(t, err)
		if n := projectOf(w, a).Waiting(); n != 1 {
			t.Errorf("%d wait", n)
		}
		_, err = w.watch(ben, project.Unwatch, ids[1])
		must(t, err)
		_, err = w.watch(ben, project.Unwatch, ids[1])
		refused(t, err, problem.CodeStateChanged)
	})
	t.Run("of a cancelled project does not come, and who asks is told so", func(t *testing.T) {
		w := newWorld(t)
		p := w.published()
		id := w.invited(p, ana)[0]
		_, err := w.cancel(client, p.ID)
		must(t, err)
		_, err = w.watch(ana, project.Watch, id)
		refused(t, err, problem.CodeStateChanged)
		if !mentions(err, "cancelled") {
			t.Errorf("told %v", err)
		}
	})
}
