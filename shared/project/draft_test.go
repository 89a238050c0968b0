package project_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

func (w *world) edit(by party.Actor, id string, version int, b project.Brief) (project.Project, error) {
	out, err := told[project.Told](w, by, func(ctx context.Context, ask project.Ask) (store.Reply, error) {
		return w.Edit(ctx, ask, id, version, b)
	})
	return out.Project, err
}

func (w *world) publish(by party.Actor, id string) (project.Project, error) {
	out, err := told[project.Told](w, by, func(ctx context.Context, ask project.Ask) (store.Reply, error) { return w.Publish(ctx, ask, id) })
	return out.Project, err
}

func TestDraft(t *testing.T) {
	t.Run("is made of a brief, its assets, deadline, reward and seats — R25 R34", func(t *testing.T) {
		w := newWorld(t)
		p, err := w.create(client, brief(), false)
		must(t, err)
		if p.Progress.State != project.Draft || p.Version != 1 || p.Client != client.ID || p.Brief == "" || len(p.Assets) != 1 || p.Reward != usd(5000) || len(p.Seats) != 1 || p.Policy != w.Policies.Current().Version {
			t.Errorf("got %+v", p)
		}
	})
	t.Run("is of one of the types speedy, contest and booking — R34", func(t *testing.T) {
		w := newWorld(t)
		for _, kind := range []project.Type{project.Speedy, project.Contest, project.Booking} {
			_, err := w.create(client, brief(func(b *project.Brief) { b.Type = kind }), false)
			must(t, err)
		}
		_, err := w.create(client, brief(func(b *project.Brief) { b.Type = "auction" }), false)
		refusedAt(t, err, "/type")
	})
	t.Run("is of a category that the policy sells — R34", func(t *testing.T) {
		w := newWorld(t)
		var sold []string
		for _, c := range w.Policies.Current().Categories {
			_, err := w.create(client, brief(func(b *project.Brief) { b.Category = c.Name }), false)
			must(t, err)
			sold = append(sold, c.Name)
		}
		for _, named := range []string{"translation", "proofreading", "voice_over", "script"} { // by the source
			if !slices.Contains(sold, named) {
				t.Errorf("%s is not among %v", named, sold)
			}
		}
		_, err := w.create(client, brief(func(b *project.Brief) { b.Category = "sculpture" }), false)
		refusedAt(t, err, "/category")
	})
	t.Run("has one seat as a speedy or booking, and 1 to the policy's limit as a contest — A14", func(t *testing.T) {
		w := newWorld(t)
		limit := w.Policies.Current().SeatsPerProject
		for _, c := range []struct {
			kind  project.Type
			seats int
			sound bool
		}{
			{project.Speedy, 0, false}, {project.Speedy, 2, false}, {project.Booking, 2, false}, {project.Contest, -1, false},
			{project.Contest, 1, true}, {project.Contest, limit, true}, {project.Contest, limit + 1, false},
		} {
			_, err := w.create(client, brief(func(b *project.Brief) { b.Type, b.Seats = c.kind, c.seats }), false)
			if c.sound {
				must(t, err)
				continue
			}
			refusedAt(t, err, "/seats")
		}
	})
	t.Run("is due ahead and within two years", func(t *testing.T) {
		w := newWorld(t)
		for due, sound := range map[time.Time]bool{
			noon: false, noon.Add(-ms): false, noon.Add(ms): true, noon.AddDate(2, 0, 0): true, noon.AddDate(2, 0, 0).Add(ms): false, {}: false,
		} {
			_, err := w.create(client, brief(func(b *project.Brief) { b.DeliverBy = due }), false)
			if sound {
				must(t, err)
				continue
			}
			refusedAt(t, err, "/deliverBy")
		}
	})
	t.Run("is told everything that is wrong with it at once", func(t *testing.T) {
		_, err := newWorld(t).create(agent, project.Brief{}, false)
		if got := problem.As(err).Fields; len(got) != 7 {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("is made by a client for themselves, and by staff for a client", func(t *testing.T) {
		w := newWorld(t)
		own, err := w.create(client, brief(func(b *project.Brief) { b.Client = "" }), false)
		must(t, err)
		if own.Client != client.ID {
			t.Errorf("it is %s's", own.Client)
		}
		for _, by := range []party.Actor{agent, lead, admin} {
			p, err := w.create(by, brief(), false)
			must(t, err)
			if p.Client != client.ID {
				t.Errorf("%s: it is %s's", by.ID, p.Client)
			}
		}
		_, err = w.create(agent, brief(func(b *project.Brief) { b.Client = "" }), false)
		refusedAt(t, err, "/client")
	})
	t.Run("is not made for another client, and not by pros or QC", func(t *testing.T) {
		w := newWorld(t)
		for _, by := range []party.Actor{stranger, ana, qc, person("nobody")} {
			_, err := w.create(by, brief(), false)
			refused(t, err, problem.CodeForbidden)
		}
	})
	t.Run("is edited by who read its last version, and by nobody over another's edit — F15 B31", func(t *testing.T) {
		w := newWorld(t)
		p, err := w.create(client, brief(), false)
		must(t, err)
		next, err := w.edit(client, p.ID, 1, brief(func(b *project.Brief) { b.Title, b.Client = "Another", stranger.ID }))
		must(t, err)
		if next.Title != "Another" || next.Version != 2 || next.Client != client.ID {
			t.Errorf("got %+v", next)
		}
		_, err = w.edit(agent, p.ID, 1, brief())
		refused(t, err, problem.CodeStaleVersion)
	})
	t.Run("is edited to nothing that could not be drafted", func(t *testing.T) {
		w := newWorld(t)
		p, err := w.create(client, brief(), false)
		must(t, err)
		_, err = w.edit(client, p.ID, 1, brief(func(b *project.Brief) { b.Title = "" }))
		refusedAt(t, err, "/title")
	})
	t.Run("is not edited any more once it is published", func(t *testing.T) {
		w := newWorld(t)
		_, err := w.edit(client, w.published().ID, 1, brief())
		refused(t, err, problem.CodeStateChanged)
	})
}

func TestPublish(t *testing.T) {
	free := func(b *project.Brief) { b.Reward = usd(0) }
	explained := func(b *project.Brief) { b.ZeroRewardReason = "a portfolio piece" }
	t.Run("opens a draft, at once or later, and counts one version each", func(t *testing.T) {
		w := newWorld(t)
		atOnce := w.published()
		draft, err := w.create(client, brief(), false)
		must(t, err)
		later, err := w.publish(agent, draft.ID)
		must(t, err)
		if atOnce.Version != 1 || later.Version != 2 || atOnce.Progress.State != project.Open || later.Progress.State != project.Open {
			t.Errorf("got %+v and %+v", atOnce, later)
		}
	})
	t.Run("refuses a reward of 0 without a reason, in a draft too late to notice — R54 A22", func(t *testing.T) {
		w := newWorld(t)
		_, err := w.create(client, brief(free), true)
		refused(t, err, problem.CodeZeroReward)
		draft, err := w.create(client, brief(free), false)
		must(t, err)
		_, err = w.publish(client, draft.ID)
		refused(t, err, problem.CodeZeroReward)
	})
	t.Run("takes a reward of 0 with a reason — R54 A22", func(t *testing.T) {
		if p := newWorld(t).published(free, explained); p.ZeroRewardReason == "" || !p.Reward.IsZero() {
			t.Errorf("got %+v", p)
		}
	})
	for _, edge := range edges {
		t.Run(fmt.Sprintf("%s the delivery deadline is refused: %t", edge.name, edge.passed), func(t *testing.T) {
			w := newWorld(t)
			draft, err := w.create(client, brief(), false)
			must(t, err)
			w.now = draft.DeliverBy.Add(edge.by)
			_, err = w.publish(client, draft.ID)
			if edge.passed {
				refused(t, err, problem.CodeDeadlinePassed)
			} else {
				must(t, err)
			}
		})
	}
	t.Run("refuses what is published already", func(t *testing.T) {
		w := newWorld(t)
		_, err := w.publish(client, w.published().ID)
		refused(t, err, problem.CodeStateChanged)
	})
}

func TestCancel(t *testing.T) {
	t.Run("ends a draft, and nobody has to be told", func(t *testing.T) {
		w := newWorld(t)
		draft, err := w.create(client, brief(), false)
		must(t, err)
		p, err := w.cancel(client, draft.ID)
		must(t, err)
		if p.Progress.State != project.Cancelled || w.last().Outbox {
			t.Errorf("got %+v, %+v", p.Progress, w.last())
		}
	})
	t.Run("ends an open project, its deadlines with it, and tells who was invited — A15", func(t *testing.T) {
		w := newWorld(t)
		p := w.published()
		w.invited(p, ana, ben)
		p, err := w.cancel(client, p.ID)
		must(t, err)
		told, _ := fact[project.ProjectCancelled](w)
		if p.Progress.State != project.Cancelled || len(p.Progress.Deadlines) != 0 || !w.last().Outbox || len(told.Rounds) != 1 || told.Reason == "" {
			t.Errorf("got %+v, told %+v", p.Progress, told)
		}
		if ended := w.last().Ended; len(ended) != 1 || ended[0].How != "cancelled" {
			t.Errorf("ended %+v", ended)
		}
	})
	t.Run("is refused once a pro works on it, with seats free or not", func(t *testing.T) {
		for _, seats := range []int{1, 2} {
			w := newWorld(t)
			a := w.working(ana, contest(seats))
			_, err := w.cancel(client, a.Project)
			refused(t, err, problem.CodeStateChanged)
		}
	})
}

func TestPolicyEdition(t *testing.T) {
	// later doubles every number; records made before must not notice.
	later := func(w *world) {
		next := w.Policies.Current()
		next.Version = "later"
		next.InvitationExpiry *= 2
		next.RewardHold *= 2
		next.ReviewAutoClose *= 2
		next.RevisionWindow *= 2
		next.Categories = []policy.Category{{Name: "translation", Release: policy.OnClientApproval}}
		w.Policies = append(w.Policies, next)
	}
	t.Run("is frozen on a project: its rounds expire, and its terms read, as before", func(t *testing.T) {
		w := newWorld(t)
		p := w.published()
		first := w.Policies.Current()
		invitation := w.invited(p, ana)[0]
		seen := project.TermsOf(w.invitation(invitation), first).Seen
		later(w)
		sent, err := w.call(agent, p.ID, time.Time{}, guests(ben)...)
		must(t, err)
		if got := sent.Round.ExpiresAt; !got.Equal(noon.Add(first.InvitationExpiry)) || sent.Round.Policy != first.Version {
			t.Errorf("the round expires at %s under %s", got, sent.Round.Policy)
		}
		_, err = w.acceptSeen(ana, invitation, seen)
		must(t, err)
	})
	t.Run("is frozen on an assignment: hold, review and release run as they were agreed", func(t *testing.T) {
		w := newWorld(t)
		a := w.submitted(ana)
		first := w.Policies.Current()
		later(w)
		a, err := w.pass(qc, a.ID)
		must(t, err)
		review, _ := a.Progress.Live(project.ReviewAutoClose, "")
		reward := w.reward(a)
		if !review.At.Equal(noon.Add(first.ReviewAutoClose)) || !reward.ReleaseAt.Equal(noon.Add(first.RewardHold)) || reward.Policy != first.Version || reward.Rule != policy.AfterHold {
			t.Errorf("review until %s, reward %+v", review.At, reward)
		}
	})
	t.Run("is frozen on an assignment: a revision has the window that was agreed", func(t *testing.T) {
		w := newWorld(t)
		a := w.submitted(ana, func(b *project.Brief) { b.DeliverBy = noon.Add(time.Hour) })
		first := w.Policies.Current()
		later(w)
		a, err := w.revise(qc, a.ID, "Louder.")
		must(t, err)
		if due, _ := a.Progress.Live(project.DeliveryDue, ""); !due.At.Equal(noon.Add(first.RevisionWindow)) {
			t.Errorf("due at %s", due.At)
		}
	})
	t.Run("in force is the one of new projects", func(t *testing.T) {
		w := newWorld(t)
		later(w)
		if p := w.published(); p.Policy != "later" {
			t.Errorf("got %s", p.Policy)
		}
	})
	t.Run("that nobody has any more fails, and another is never taken for it", func(t *testing.T) {
		w := newWorld(t)
		a := w.submitted(ana)
		later(w)
		w.Policies = w.Policies[1:]
		if _, err := w.pass(qc, a.ID); err == nil {
			t.Error("it passed")
		}
	})
}
