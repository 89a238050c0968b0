package project_test

import (
	"slices"
	"testing"
	"time"

	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// relief is an empty relief of an assignment.
func relief(a project.Assignment) project.Relief {
	return project.Relief{Flag: "flg_1", Project: a.Project, Invitation: a.Invitation, Assignment: a.ID, Why: "because"}
}

func TestPartOf(t *testing.T) {
	part := func(w *world, pro party.Actor, id string) (project.Part, error) {
		return w.PartOf(t.Context(), pro.ID, id, w.now, store.Fresh)
	}
	t.Run("is an open invitation, or an assignment that is not done — A3", func(t *testing.T) {
		w := newWorld(t)
		p := w.published()
		ids := w.invited(p, ana, ben)
		got, err := part(w, ana, p.ID)
		must(t, err)
		if got.Assignment.ID != "" || got.Invitation.ID != ids[0] {
			t.Errorf("invited: %+v", got)
		}
		a, err := w.accept(ana, ids[0])
		must(t, err)
		if got, err = part(w, ana, p.ID); err != nil || got.Assignment.ID != a.ID || len(got.Timeline) == 0 {
			t.Errorf("assigned: %+v, %v", got, err)
		}
		_, err = part(w, ben, p.ID)
		refused(t, err, problem.CodeAlreadyTaken)
	})
	t.Run("is nothing to who was never invited — A3", func(t *testing.T) {
		w := newWorld(t)
		p := w.published()
		w.invited(p, ana)
		_, err := part(w, ben, p.ID)
		refused(t, err, problem.CodeNotFound)
		_, err = part(w, ana, "prj_0")
		refused(t, err, problem.CodeNotFound)
	})
	t.Run("is over when the invitation or the work is", func(t *testing.T) {
		w := newWorld(t)
		p := w.published()
		id := w.invited(p, ana)[0]
		w.now = w.invitation(id).Round.ExpiresAt
		_, err := part(w, ana, p.ID)
		refused(t, err, problem.CodeDeadlinePassed)
		w = newWorld(t)
		a, err := w.approve(client, w.delivered(ana).ID)
		must(t, err)
		_, err = part(w, ana, a.Project)
		refused(t, err, problem.CodeStateChanged)
	})
}

func TestHold(t *testing.T) {
	t.Run("stops the delivery deadline, and lets it go on later by as long as it stood still — A4", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		r := relief(a)
		r.Hold = true
		must(t, w.relieve(agent, r))
		w.now = a.Terms.DeliverBy.Add(day) // long after it would have been due
		if fired, err := w.Sweep(t.Context(), w.now, 10); err != nil || load[project.Assignment](w, a.Ref()).Late {
			t.Errorf("fired %d, %v", fired, err)
		}
		r.Hold, r.Resume = false, true
		must(t, w.relieve(client, r))
		got := load[project.Assignment](w, a.Ref())
		want := a.Terms.DeliverBy.Add(w.now.Sub(noon))
		if due, live := got.Progress.Live(project.DeliveryDue, ""); !live || !due.At.Equal(want) || !got.Terms.DeliverBy.Equal(want) || got.Terms.Seen == a.Terms.Seen {
			t.Errorf("got %+v, want due at %s", got, want)
		}
	})
	t.Run("by two flags ends with the second", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		for _, flag := range []string{"flg_1", "flg_2"} {
			r := relief(a)
			r.Flag, r.Hold = flag, true
			must(t, w.relieve(agent, r))
		}
		for n, flag := range []string{"flg_2", "flg_1"} {
			w.now = w.now.Add(time.Hour)
			r := relief(a)
			r.Flag, r.Resume = flag, true
			must(t, w.relieve(agent, r))
			due, live := load[project.Assignment](w, a.Ref()).Progress.Live(project.DeliveryDue, "")
			if live != (n == 1) || live && !due.At.Equal(a.Terms.DeliverBy.Add(2*time.Hour)) {
				t.Errorf("after %s: %+v", flag, due)
			}
		}
	})
	t.Run("goes on while more time is granted, which is more than there is: the wait has moved the deadline already — A4 A5", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		r := relief(a)
		r.Hold = true
		must(t, w.relieve(agent, r))
		w.now = noon.Add(3 * day)
		less := relief(a)
		less.MoreTime = a.Terms.DeliverBy.Add(3 * day)
		refusedAt(t, w.relieve(agent, less), "/to")
		_, err := w.extend(agent, a.ID, less.MoreTime)
		refusedAt(t, err, "/deliverBy")
		until := less.MoreTime.Add(day)
		a, err = w.extend(agent, a.ID, until)
		must(t, err)
		if due, live := a.Progress.Live(project.DeliveryDue, ""); live || !a.Terms.DeliverBy.Equal(until) {
			t.Errorf("while it stands still: %+v, %+v", due, a.Terms)
		}
		w.now = noon.Add(5 * day)
		r.Hold, r.Resume = false, true
		must(t, w.relieve(agent, r))
		if due, live := load[project.Assignment](w, a.Ref()).Progress.Live(project.DeliveryDue, ""); !live || !due.At.Equal(until.Add(2*day)) {
			t.Errorf("got %+v, want %s", due, until.Add(2*day))
		}
	})
	t.Run("is over with the revision that it stopped, and a later one can be stopped again — A4", func(t *testing.T) {
		for name, leave := range map[string]func(w *world, id string) (project.Assignment, error){
			"asking for a fee": func(w *world, id string) (project.Assignment, error) { return w.askFee(ana, id, usd(2000)) },
			"giving it up": func(w *world, id string) (project.Assignment, error) {
				if _, err := w.declineChanges(agent, id, "Not after all."); err != nil {
					return project.Assignment{}, err
				}
				return w.askChanges(client, id, "Colder, please.")
			},
		} {
			w := newWorld(t)
			a, err := w.forward(agent, w.screening(ana).ID)
			must(t, err)
			r := relief(a)
			r.Hold = true
			must(t, w.relieve(agent, r))
			_, err = leave(w, a.ID)
			must(t, err)
			_, err = w.forward(agent, a.ID)
			must(t, err)
			r.Flag = "flg_2"
			must(t, w.relieve(agent, r))
			if _, live := load[project.Assignment](w, a.Ref()).Progress.Live(project.DeliveryDue, ""); live {
				t.Errorf("after %s the deadline runs on while somebody waits for the client", name)
			}
		}
	})
	t.Run("does not make a version late that is submitted meanwhile, and ends when quality control passes it", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		r := relief(a)
		r.Hold = true
		must(t, w.relieve(agent, r))
		w.now = a.Terms.DeliverBy.Add(day)
		got, err := w.submit(ana, a.ID, w.arrived(a, "take 1.mov"))
		must(t, err)
		if got.Late {
			t.Error("late though nobody waited for the pro")
		}
		got, err = w.pass(qc, a.ID)
		must(t, err)
		if len(got.Hold.For) != 0 {
			t.Errorf("got %+v", got.Hold)
		}
		r.Hold, r.Resume = false, true
		must(t, w.relieve(agent, r)) // nothing to do any more, and no failure
	})
}

func TestMoreTime(t *testing.T) {
	t.Run("moves the delivery deadline under a new version of the terms, and who was late is not — R17 A5", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		w.now = a.Terms.DeliverBy
		must(t, w.ring(a, project.DeliveryDue))
		r := relief(a)
		r.MoreTime = w.now.Add(2 * day)
		must(t, w.relieve(agent, r))
		got := load[project.Assignment](w, a.Ref())
		if due, live := got.Progress.Live(project.DeliveryDue, ""); !live || !due.At.Equal(r.MoreTime) || got.Late || got.Terms.Seen == a.Terms.Seen || !got.Terms.DeliverBy.Equal(r.MoreTime) {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("is more: later than now and than the deadline", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		for _, to := range []time.Time{a.Terms.DeliverBy, noon, noon.AddDate(3, 0, 0)} {
			r := relief(a)
			r.MoreTime = to
			refusedAt(t, w.relieve(agent, r), "/to")
		}
	})
	t.Run("and the alarm of the deadline before have one end in either order, and at the same instant", func(t *testing.T) {
		for _, edge := range edges {
			w := newWorld(t)
			a := w.working(ana)
			w.now = a.Terms.DeliverBy.Add(edge.by)
			r := relief(a)
			r.MoreTime = w.now.Add(2 * day)
			extend := func() error { return w.relieve(agent, r) }
			alarm := func() error { return w.ring(a, project.DeliveryDue) }
			switch edge.name {
			case "1 ms before":
				must(t, extend())
				refused(t, alarm(), problem.CodeNotYet)
			case "exactly at":
				must(t, alarm())
				must(t, extend())
			default:
				said := together(extend, alarm)
				if said[0] != "ok" || said[1] != "ok" && said[1] != "not-yet" {
					t.Errorf("%s: %v", edge.name, said)
				}
			}
			if got := load[project.Assignment](w, a.Ref()); got.Late || len(got.Progress.Deadlines) != 1 {
				t.Errorf("%s: %+v", edge.name, got)
			}
		}
	})
	t.Run("for who is only invited is the project's", func(t *testing.T) {
		w := newWorld(t)
		p := w.published()
		id := w.invited(p, ana)[0]
		seen := w.seen(id)
		r := project.Relief{Flag: "flg_1", Project: p.ID, Invitation: id, MoreTime: p.DeliverBy.Add(day)}
		must(t, w.relieve(agent, r))
		if got := load[project.Project](w, p.Ref()); !got.DeliverBy.Equal(r.MoreTime) || w.seen(id) == seen {
			t.Errorf("got %+v", got)
		}
	})
}

func TestHigherReward(t *testing.T) {
	t.Run("is the terms' before quality control approves, and what is put on hold then — R16 A5", func(t *testing.T) {
		w := newWorld(t)
		a := w.submitted(ana)
		r := relief(a)
		r.Reward = usd(a.Terms.Reward.Minor + 500)
		must(t, w.relieve(agent, r))
		got, err := w.pass(qc, a.ID)
		must(t, err)
		if got.Terms.Reward != r.Reward || got.Terms.Seen == a.Terms.Seen || w.mem.entries[0].Postings[1].Amount != r.Reward {
			t.Errorf("got %+v, %+v", got.Terms, w.mem.entries)
		}
		r.Reward = usd(r.Reward.Minor + 500)
		refused(t, w.relieve(agent, r), problem.CodeStateChanged)
	})
	t.Run("is higher, in the project's currency", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		r := relief(a)
		r.Reward = a.Terms.Reward
		refusedAt(t, w.relieve(agent, r), "/amount")
		r.Reward.Minor, r.Reward.Currency = 1<<30, "EUR"
		refused(t, w.relieve(agent, r), problem.CodeCurrencyMismatch)
	})
	t.Run("for who is only invited is the invitation's: the old terms cannot be accepted any more — R16", func(t *testing.T) {
		w := newWorld(t)
		p := w.published()
		ids := w.invited(p, ana, ben)
		seen, others := w.seen(ids[0]), w.seen(ids[1])
		r := project.Relief{Flag: "flg_1", Project: p.ID, Invitation: ids[0], Reward: usd(p.Reward.Minor + 500)}
		must(t, w.relieve(agent, r))
		if w.seen(ids[0]) == seen || w.seen(ids[1]) != others {
			t.Error("not the one invitation's terms changed")
		}
		_, err := w.acceptSeen(ana, ids[0], seen)
		refused(t, err, problem.CodeTermsChanged)
		a, err := w.accept(ana, ids[0])
		must(t, err)
		if a.Terms.Reward != r.Reward {
			t.Errorf("got %+v", a.Terms)
		}
		r.Reward = usd(r.Reward.Minor + 500) // they have accepted since: the assignment's terms rise
		must(t, w.relieve(agent, r))
		if got := load[project.Assignment](w, a.Ref()); got.Terms.Reward != r.Reward {
			t.Errorf("got %+v", got.Terms)
		}
	})
	t.Run("and a no after it are seen by who reads the round a moment late — R16 I19", func(t *testing.T) {
		w := newWorld(t)
		p := w.published()
		id := w.invited(p, ana)[0]
		seen := w.seen(id)
		must(t, w.relieve(agent, project.Relief{Flag: "flg_1", Project: p.ID, Invitation: id, Reward: usd(p.Reward.Minor + 500)}))
		w.mem.behind = kinds(store.Round)
		_, err := w.acceptSeen(ana, id, seen)
		refused(t, err, problem.CodeTermsChanged)
		seen = w.seen(id)
		_, err = w.answer(agent, project.Withdraw, id)
		must(t, err)
		_, err = w.acceptSeen(ana, id, seen)
		refused(t, err, problem.CodeStateChanged)
	})
	t.Run("and an acceptance of the old terms have one end at the same instant", func(t *testing.T) {
		for range 20 {
			w := newWorld(t)
			p := w.published()
			id := w.invited(p, ana)[0]
			seen := w.seen(id)
			r := project.Relief{Flag: "flg_1", Project: p.ID, Invitation: id, Reward: usd(p.Reward.Minor + 500)}
			said := together(func() error { return w.relieve(agent, r) }, func() error { _, err := w.acceptSeen(ana, id, seen); return err })
			if said[0] != "ok" || said[1] != "ok" && said[1] != "terms-changed" {
				t.Fatalf("got %v", said)
			}
		}
	})
}

func TestMaterial(t *testing.T) {
	w := newWorld(t)
	a := w.working(ana)
	r := relief(a)
	r.Material = []project.Material{{Name: "music", URL: "https://x.example/m.wav"}, {Name: "film.mov", Folder: "f", File: "fil_1", Size: 7}}
	must(t, w.relieve(agent, r))
	t.Run("reaches the assignment — R13 A5", func(t *testing.T) {
		if got := load[project.Assignment](w, a.Ref()).Material; len(got) != 2 || got[1].File != "fil_1" {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("needs an assignment to reach", func(t *testing.T) {
		p := w.published()
		refused(t, w.relieve(agent, project.Relief{Flag: "flg_1", Project: p.ID, Invitation: w.invited(p, ben)[0], Material: r.Material}), problem.CodeStateChanged)
	})
}

func TestProjectCorrected(t *testing.T) {
	w := newWorld(t)
	p := w.published()
	id := w.invited(p, ana)[0]
	seen := w.seen(id)
	r := project.Relief{Flag: "flg_1", Project: p.ID, Invitation: id, Why: "It is three minutes.", Correction: project.Correction{Brief: "Three minutes of film."}}
	must(t, w.relieve(agent, r))
	t.Run("is a new version of the brief, told to everybody; open invitations have new terms — R15 A5", func(t *testing.T) {
		e := w.last()
		if load[project.Project](w, p.Ref()).Brief != "Three minutes of film." || w.seen(id) == seen || !e.Outbox || e.Facts[0].(project.ProjectCorrected).Said != "It is three minutes." {
			t.Errorf("got %+v", e)
		}
	})
	t.Run("leaves what was agreed to as it was", func(t *testing.T) {
		a, err := w.accept(ana, id)
		must(t, err)
		r.Correction.Brief = "Four minutes of film."
		must(t, w.relieve(agent, r))
		if got := load[project.Assignment](w, a.Ref()); got.Terms != a.Terms {
			t.Errorf("got %+v", got.Terms)
		}
	})
	t.Run("is nothing to who lost when the seats were gone, also once one has reopened — A21", func(t *testing.T) {
		w := newWorld(t)
		p := w.published()
		ids := w.invited(p, ana, ben)
		a, err := w.accept(ana, ids[0])
		must(t, err)
		_, err = w.giveUp(ana, a.ID)
		must(t, err)
		again := w.invited(p, pat)[0]
		must(t, w.relieve(agent, project.Relief{Flag: "flg_1", Project: p.ID, Invitation: again, Why: "It is three minutes.", Correction: project.Correction{Brief: "Three minutes of film."}}))
		told := w.last().Facts[0].(project.ProjectCorrected)
		if !told.Open || !slices.Equal(told.Closed, []string{project.RoundOf(ids[0])}) || len(told.Rounds) != 2 {
			t.Errorf("told %+v", told)
		}
	})
	t.Run("is not a client's, nor of a project that is not published", func(t *testing.T) {
		refused(t, w.relieve(client, r), problem.CodeForbidden)
		draft, err := w.create(client, brief(), false)
		must(t, err)
		refused(t, w.relieve(agent, project.Relief{Flag: "flg_1", Project: draft.ID, Correction: r.Correction}), problem.CodeStateChanged)
	})
}
