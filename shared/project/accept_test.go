package project_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

func TestAccept(t *testing.T) {
	t.Run("assigns the project at once, and the pro starts without waiting for anybody — R27 R35", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		p := load[project.Project](w, store.Ref{Kind: store.Project, ID: a.Project})
		if a.Progress.State != project.Working || a.Pro != ana.ID || a.Client != client.ID || a.Agent != agent.ID || p.Seats[0].Assignment != a.ID || p.Seats[0].Pro != ana.ID {
			t.Errorf("got %+v, %+v", a, p.Seats)
		}
		_, err := w.Upload(t.Context(), ana, a.ID)
		must(t, err)
		_, err = w.submit(ana, a.ID, w.arrived(a, "take 1.mov"))
		must(t, err)
	})
	t.Run("freezes the terms that were seen — R53", func(t *testing.T) {
		w := newWorld(t)
		p := w.published()
		offer := usd(7550)
		sent, err := w.call(agent, p.ID, time.Time{}, project.Guest{Pro: ana.ID, Reward: &offer})
		must(t, err)
		id := project.InvitationID(sent.Round.ID, 0)
		seen := project.TermsOf(w.invitation(id), w.Policies.Current())
		a, err := w.accept(ana, id)
		must(t, err)
		if diff := cmp.Diff(seen, a.Terms); diff != "" || a.Terms.Reward != usd(7550) {
			t.Errorf("%s, got %+v", diff, a.Terms)
		}
	})
	t.Run("refuses terms other than those that were seen, and says which are current — R53", func(t *testing.T) {
		w := newWorld(t)
		id := w.invited(w.published(), ana)[0]
		for _, seen := range []string{"", "other"} {
			_, err := w.acceptSeen(ana, id, seen)
			refused(t, err, problem.CodeTermsChanged)
			current := problem.As(err).Facts["terms"]
			if current == "" || current == seen {
				t.Errorf("told %q", current)
			}
		}
		if w.invitation(id).State(w.now) != project.Invited {
			t.Error("it took the seat")
		}
	})
	t.Run("arms the delivery deadline — A15", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		if due := alarms(a, project.DeliveryDue); len(due) != 1 || !due[0].DueAt.Equal(noon.Add(14*day)) {
			t.Errorf("got %+v", due)
		}
	})
	t.Run("is for the invited pro alone — B45 B46", func(t *testing.T) {
		w := newWorld(t)
		id := w.invited(w.published(), ana, ben)[0]
		for _, by := range []party.Actor{ben, pat, client, qc, person("nobody")} {
			_, err := w.accept(by, id)
			refused(t, err, problem.CodeNotFound)
		}
		for _, by := range []party.Actor{agent, lead, admin} {
			_, err := w.accept(by, id)
			refused(t, err, problem.CodeForbidden)
		}
	})
	t.Run("twice is refused, and there is one seat for it", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana, contest(2))
		_, err := w.accept(ana, a.Invitation)
		refused(t, err, problem.CodeStateChanged)
		if p := load[project.Project](w, store.Ref{Kind: store.Project, ID: a.Project}); p.Taken() != 1 {
			t.Errorf("got %+v", p.Seats)
		}
	})
	t.Run("is refused after the pro declined, with nothing taken", func(t *testing.T) {
		w := newWorld(t)
		p := w.published()
		id := w.invited(p, ana)[0]
		_, err := w.answer(ana, project.Decline, id)
		must(t, err)
		_, err = w.accept(ana, id)
		refused(t, err, problem.CodeStateChanged)
		if load[project.Project](w, p.Ref()).Taken() != 0 {
			t.Error("the seat is taken")
		}
	})
	t.Run("is refused also where a stale read still shows a withdrawn invitation as open — F16 I19", func(t *testing.T) {
		w := newWorld(t)
		id := w.invited(w.published(), ana)[0]
		_, err := w.answer(agent, project.Withdraw, id)
		must(t, err)
		seen := w.seen(id)
		w.mem.behind = kinds(store.Round)
		_, err = w.acceptSeen(ana, id, seen)
		refused(t, err, problem.CodeStateChanged)
	})
	for _, kind := range []string{store.Round, store.Project} {
		for _, f := range []store.Freshness{store.Stale, store.Fresh} {
			t.Run(fmt.Sprintf("is refused where the withdrawal comes just after its read of the %s (fresh: %t) — F13 I19", kind, f), func(t *testing.T) {
				w := newWorld(t)
				id := w.invited(w.published(), ana)[0]
				seen := w.seen(id)
				meddled := *w
				service := *w.Service
				service.Store = &meddling{Store: w.mem, after: kind, at: f, do: func() { _, err := w.answer(agent, project.Withdraw, id); must(t, err) }}
				meddled.Service = &service
				if f == store.Fresh {
					w.mem.behind = kinds(store.Round) // the invitation is not there yet for a stale read, so that it is read again
				}
				_, err := meddled.acceptSeen(ana, id, seen)
				refused(t, err, problem.CodeStateChanged)
				if p := load[project.Project](w, w.invitation(id).Project.Ref()); p.Taken() != 0 {
					t.Errorf("got %+v", p.Seats)
				}
			})
		}
	}
	t.Run("succeeds where a stale read does not show the invitation yet — F16", func(t *testing.T) {
		w := newWorld(t)
		id := w.invited(w.published(), ana)[0]
		w.mem.behind = everything
		_, err := w.accept(ana, id)
		must(t, err)
	})
}

// meddling is a store in which something happens once, just after the first such read.
type meddling struct {
	store.Store
	after string
	at    store.Freshness
	do    func()
}

func (m *meddling) Get(ctx context.Context, ref store.Ref, f store.Freshness) (store.Record, error) {
	r, err := m.Store.Get(ctx, ref, f)
	if do := m.do; do != nil && ref.Kind == m.after && f == m.at {
		m.do = nil
		do()
	}
	return r, err
}

func TestSeats(t *testing.T) {
	t.Run("of a speedy go to the first pro who accepts — R29 A14", func(t *testing.T) {
		w := newWorld(t)
		ids := w.invited(w.published(), ana, ben)
		_, err := w.accept(ben, ids[1])
		must(t, err)
		_, err = w.accept(ana, ids[0])
		refused(t, err, problem.CodeAlreadyTaken)
	})
	t.Run("of a contest go to the first N pros, and the project stays open until the last — A14", func(t *testing.T) {
		const seats = 3
		w := newWorld(t)
		p := w.published(contest(seats))
		ids := w.invited(p, pros...)
		for n, by := range pros {
			_, err := w.accept(by, ids[n])
			if n >= seats {
				refused(t, err, problem.CodeAlreadyTaken)
				continue
			}
			must(t, err)
			want := project.Open
			if n == seats-1 {
				want = project.Filled
			}
			if after := load[project.Project](w, p.Ref()); after.Progress.State != want || after.Taken() != n+1 {
				t.Errorf("after %d: %+v", n+1, after)
			}
		}
	})
	t.Run("of a filled project have nothing to ring any more — I10", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		if p := load[project.Project](w, store.Ref{Kind: store.Project, ID: a.Project}); len(p.Progress.Deadlines) != 0 || !p.FilledAt.Equal(noon) {
			t.Errorf("got %+v", p)
		}
	})
	t.Run("have every other pro told once when the last is taken — R28 A21", func(t *testing.T) {
		w := newWorld(t)
		p := w.published(contest(2))
		ids := w.invited(p, ana, ben, pat)
		_, err := w.accept(ana, ids[0])
		must(t, err)
		if _, told := fact[project.FilledUp](w); told || w.last().Outbox {
			t.Error("told before it was filled")
		}
		_, err = w.accept(pat, ids[2])
		must(t, err)
		told, ok := fact[project.FilledUp](w)
		want := project.FilledUp{Project: p.ID, Title: p.Title, Rounds: told.Rounds, Won: []string{ids[0], ids[2]}, Seats: 2, At: noon}
		if diff := cmp.Diff(want, told); !ok || diff != "" || len(told.Rounds) != 1 || !w.last().Outbox {
			t.Errorf("%s, got %+v", diff, w.last())
		}
	})
}

func TestLoser(t *testing.T) {
	lost := func(t *testing.T) (*world, string) {
		w := newWorld(t)
		p := w.published(contest(2))
		ids := w.invited(p, ana, ben, pat)
		for n, by := range []party.Actor{ana, ben} {
			w.now = w.now.Add(time.Minute)
			_, err := w.accept(by, ids[n])
			must(t, err)
		}
		w.now = w.now.Add(time.Hour)
		return w, ids[2]
	}
	t.Run("is told when the seats went, how many there were, and when they were notified — R28 R29 A21", func(t *testing.T) {
		w, id := lost(t)
		_, err := w.accept(pat, id)
		refused(t, err, problem.CodeAlreadyTaken)
		want := map[string]string{"filledAt": "2026-11-01T12:02:00.000Z", "seats": "2", "taken": "2", "notifiedAt": "2026-11-01T12:00:00.000Z"}
		if diff := cmp.Diff(want, problem.As(err).Facts); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("is told nothing about who has them — A21 F11 I27", func(t *testing.T) {
		w, id := lost(t)
		_, err := w.accept(pat, id)
		if mentions(err, ana.ID, ben.ID, "asg_", client.ID, agent.ID) {
			t.Errorf("told %+v", problem.As(err))
		}
	})
	t.Run("still opens the invitation and finds the same truth there — R28 R31 A21", func(t *testing.T) {
		w, id := lost(t)
		i, err := w.Invitation(t.Context(), pat, id)
		must(t, err)
		_, refusal := w.accept(pat, id)
		why := problem.As(refusal).Message
		want := []lifecycle.Offer{
			{Action: project.Accept, Code: problem.CodeAlreadyTaken, Reason: why},
			{Action: project.Decline, Code: problem.CodeAlreadyTaken, Reason: why},
			{Action: project.Watch, Allowed: true},
			{Action: project.Unwatch, Code: problem.CodeStateChanged, Reason: "You have not asked to be told when a seat reopens."},
		}
		if diff := cmp.Diff(want, i.Offers(pat, w.now)); diff != "" || i.State(w.now) != project.Closed {
			t.Errorf("%s, state %s", diff, i.State(w.now))
		}
	})
	t.Run("is seen by staff with all they need to explain it — R31", func(t *testing.T) {
		w, id := lost(t)
		i, err := w.Invitation(t.Context(), agent, id)
		must(t, err)
		if i.State(w.now) != project.Closed || i.Line.Pro != pat.ID || i.Round.SentAt.IsZero() || i.Project.FilledAt.IsZero() || i.Project.Taken() != 2 {
			t.Errorf("got %+v", i)
		}
	})
	t.Run("keeps that answer after the invitation would have expired", func(t *testing.T) {
		w, id := lost(t)
		w.now = w.now.Add(365 * day)
		_, err := w.accept(pat, id)
		refused(t, err, problem.CodeAlreadyTaken)
	})
	t.Run("of a cancelled project is told that it was cancelled, not that somebody was quicker — A15", func(t *testing.T) {
		w := newWorld(t)
		p := w.published()
		id := w.invited(p, ana)[0]
		_, err := w.cancel(client, p.ID)
		must(t, err)
		_, err = w.accept(ana, id)
		refused(t, err, problem.CodeStateChanged)
		if !mentions(err, "cancelled") || problem.As(err).Facts["state"] != "closed" {
			t.Errorf("told %+v", problem.As(err))
		}
	})
	t.Run("who declined in time is told that they declined", func(t *testing.T) {
		w := newWorld(t)
		ids := w.invited(w.published(), ana, ben)
		_, err := w.answer(ana, project.Decline, ids[0])
		must(t, err)
		_, err = w.accept(ben, ids[1])
		must(t, err)
		_, err = w.accept(ana, ids[0])
		refused(t, err, problem.CodeStateChanged)
		if problem.As(err).Facts["state"] != "declined" {
			t.Errorf("told %+v", problem.As(err))
		}
	})
}
