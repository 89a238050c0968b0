package project_test

import (
	"context"
	"slices"
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

// asking is a read of who asks now.
func (w *world) asking(by party.Actor) project.Ask { return project.Ask{By: by, Now: w.now} }

// listed puts invitations on the lists of their pros, as who tells them does.
func (w *world) listed(p project.Project, ids ...string) {
	w.Helper()
	var listings []store.Listing
	for _, id := range ids {
		listings = append(listings, store.Listing{Invitation: id, Project: p.ID, Pro: w.invitation(id).Line.Pro})
	}
	must(w, w.Store.List(w.Context(), listings))
}

// walked reads a list to its end in pages of a size; between is run after each page but the last.
func walked[T any](w *world, size int, read func(limit int, after store.Position) (store.Page[T], error), id func(T) string, between func(page int)) []string {
	w.Helper()
	ids := []string{}
	var after store.Position
	for n := 1; ; n++ {
		page, err := read(size, after)
		must(w, err)
		if len(page.Items) > size {
			w.Fatalf("page %d has %d items, asked for %d", n, len(page.Items), size)
		}
		for _, item := range page.Items {
			ids = append(ids, id(item))
		}
		if after = page.Next; after == nil {
			return ids
		}
		between(n)
	}
}

func still(int) {}

// own is what only its owner and staff may list.
func own(t *testing.T, role string, mine party.Actor, list func(by party.Actor, of string) (int, error)) {
	t.Helper()
	for _, ask := range []struct {
		by   party.Actor
		of   string
		want int
	}{{mine, "", 1}, {mine, mine.ID, 1}, {agent, mine.ID, 1}, {lead, mine.ID, 1}, {admin, mine.ID, 1}, {agent, "", 0}} {
		if got, err := list(ask.by, ask.of); err != nil || got != ask.want {
			t.Errorf("%s reads %d of %q, %v; want %d", ask.by.ID, got, ask.of, err, ask.want)
		}
	}
	for _, by := range []party.Actor{ana, ben, pat, client, stranger, qc} {
		if by.ID == mine.ID {
			continue
		}
		_, err := list(by, mine.ID)
		refused(t, err, problem.CodeForbidden)
	}
	_, err := list(qc, "")
	refused(t, err, problem.CodeForbidden)
}

func TestInvitationList(t *testing.T) {
	t.Run("is a pro's own, and for staff anybody's — B45", func(t *testing.T) {
		w := newWorld(t)
		p := w.published()
		w.listed(p, w.invited(p, ana, ben)...)
		own(t, "pro", ana, func(by party.Actor, of string) (int, error) {
			page, err := w.Invitations(t.Context(), w.asking(by), of, "", 10, nil)
			return len(page.Items), err
		})
	})
	t.Run("shows every invitation as it stands now, and is narrowed to those in one state", func(t *testing.T) {
		w := newWorld(t)
		ids := map[lifecycle.State]string{}
		for _, s := range invitationScenes {
			ids[lifecycle.State(s.state)] = s.set(w)
			i := w.invitation(ids[lifecycle.State(s.state)])
			w.listed(i.Project, i.ID)
		}
		for _, want := range project.InvitationLifecycle.States() {
			var got []string
			page, err := w.Invitations(t.Context(), w.asking(ana), "", want, 100, nil)
			must(t, err)
			for _, i := range page.Items {
				got = append(got, i.ID)
				if i.State(w.now) != want {
					t.Errorf("%s is %s", i.ID, i.State(w.now))
				}
			}
			if id, ok := ids[want]; ok && w.invitation(id).State(w.now) == want && !slices.Contains(got, id) {
				t.Errorf("%s lacks %s: %v", want, id, got)
			}
		}
		all, err := w.Invitations(t.Context(), w.asking(ana), "", "", 100, nil)
		must(t, err)
		if len(all.Items) != len(ids) {
			t.Errorf("got %d of %d", len(all.Items), len(ids))
		}
	})
	t.Run("is walked newest first in pages of any size while invitations come and are answered — F17", func(t *testing.T) {
		for size := 1; size <= 8; size++ {
			w := onTable(t)
			var want []string
			for range 7 {
				p := w.published()
				id := w.invited(p, ana)[0]
				w.listed(p, id)
				want = append([]string{id}, want...)
			}
			got := walked(w, size, func(limit int, after store.Position) (store.Page[project.Invitation], error) {
				return w.Invitations(t.Context(), w.asking(ana), "", "", limit, after)
			}, func(i project.Invitation) string { return i.ID }, func(page int) {
				if page > 1 {
					return
				}
				p := w.published()
				w.listed(p, w.invited(p, ana)...)
				for _, id := range []string{want[0], want[6]} {
					_, err := w.answer(ana, project.Decline, id)
					must(t, err)
				}
			})
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("in pages of %d: %s", size, diff)
			}
		}
	})
}

func TestAssignmentList(t *testing.T) {
	t.Run("is a pro's own, and for staff anybody's — B45", func(t *testing.T) {
		w := newWorld(t)
		w.working(ana)
		own(t, "pro", ana, func(by party.Actor, of string) (int, error) {
			page, err := w.Assignments(t.Context(), by, of, "", 10, nil)
			return len(page.Items), err
		})
	})
	t.Run("is narrowed to one state, and pages are filled where there is more to find", func(t *testing.T) {
		w := onTable(t)
		var working, inQC []string
		for range 4 {
			working = append([]string{w.working(ana).ID}, working...)
			inQC = append([]string{w.submitted(ana).ID}, inQC...)
		}
		for state, want := range map[lifecycle.State][]string{project.Working: working, project.InQC: inQC, project.Done: {}} {
			read := func(limit int, after store.Position) (store.Page[project.Assignment], error) {
				return w.Assignments(t.Context(), ana, "", state, limit, after)
			}
			for size := 1; size <= 5; size++ {
				if diff := cmp.Diff(want, walked(w, size, read, func(a project.Assignment) string { return a.ID }, still)); diff != "" {
					t.Errorf("%s in pages of %d: %s", state, size, diff)
				}
			}
			if page, err := read(3, nil); err != nil || len(want) > 3 && len(page.Items) != 3 {
				t.Errorf("a page of 3 %s has %d, %v", state, len(page.Items), err)
			}
		}
	})
	t.Run("gives up on a page after a while where little is wanted of much, and goes on behind it", func(t *testing.T) {
		w := onTable(t)
		first := w.submitted(ana)
		for range 20 {
			w.working(ana)
		}
		page, err := w.Assignments(t.Context(), ana, "", project.InQC, 1, nil)
		if err != nil || len(page.Items) != 0 || page.Next == nil {
			t.Fatalf("got %+v, %v", page, err)
		}
		got := walked(w, 1, func(limit int, after store.Position) (store.Page[project.Assignment], error) {
			return w.Assignments(t.Context(), ana, "", project.InQC, limit, after)
		}, func(a project.Assignment) string { return a.ID }, still)
		if diff := cmp.Diff([]string{first.ID}, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestProjectList(t *testing.T) {
	t.Run("is narrowed by state and type", func(t *testing.T) {
		w := newWorld(t)
		open, wide, called := w.published(), w.published(contest(2)), w.published(booking)
		_, err := w.cancel(client, called.ID)
		must(t, err)
		for f, want := range map[project.ProjectFilter][]string{
			{}: {called.ID, wide.ID, open.ID}, {State: project.Open}: {wide.ID, open.ID}, {Type: project.Contest}: {wide.ID},
			{State: project.Cancelled, Type: project.Booking}: {called.ID}, {State: project.Open, Type: project.Booking}: {},
		} {
			got := walked(w, 10, func(limit int, after store.Position) (store.Page[project.Project], error) {
				return w.Projects(t.Context(), client, "", f, limit, after)
			}, func(p project.Project) string { return p.ID }, still)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%+v: %s", f, diff)
			}
		}
	})
}

func TestQueueFilters(t *testing.T) {
	w := newWorld(t)
	film := w.submitted(ana, video)
	mine, taken, free := w.submitted(ben), w.submitted(ana), w.submitted(pat)
	for a, by := range map[string]party.Actor{mine.ID: qc, taken.ID: otherQC} {
		_, err := w.claim(by, a)
		must(t, err)
	}
	queue := func(by party.Actor, f project.QueueFilter) []string {
		return walked(w, 10, func(limit int, after store.Position) (store.Page[project.Assignment], error) {
			return w.Queue(t.Context(), by, f, limit, after)
		}, func(a project.Assignment) string { return a.ID }, still)
	}
	for name, c := range map[string]struct {
		f    project.QueueFilter
		want []string
	}{
		"by category":           {project.QueueFilter{Category: "video"}, []string{film.ID}},
		"to what nobody has":    {project.QueueFilter{Claims: project.Unclaimed}, []string{film.ID, free.ID}},
		"to what somebody has":  {project.QueueFilter{Claims: project.Taken}, []string{mine.ID, taken.ID}},
		"to what one has":       {project.QueueFilter{Claims: project.Mine}, []string{mine.ID}},
		"by both at once":       {project.QueueFilter{Category: "video", Claims: project.Taken}, []string{}},
		"by nothing is as ever": {project.QueueFilter{}, []string{film.ID, mine.ID, taken.ID, free.ID}},
	} {
		t.Run("narrow the queue "+name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, queue(qc, c.f)); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("tell a pro who also reviews nothing about the claim on their own work", func(t *testing.T) {
		_, err := w.claim(qc, free.ID)
		must(t, err)
		if got := queue(pat, project.QueueFilter{Claims: project.Taken}); slices.Contains(got, free.ID) {
			t.Errorf("got %v", got)
		}
	})
}

func TestScreeningQueue(t *testing.T) {
	list := func(w *world, by party.Actor, agent string) []string {
		w.Helper()
		return walked(w, 2, func(limit int, after store.Position) (store.Page[project.Assignment], error) {
			return w.Screening(w.Context(), by, agent, limit, after)
		}, func(a project.Assignment) string { return a.ID }, still)
	}
	t.Run("lists requests that wait for staff, longest waiting first, those that were answered again at its end — R48", func(t *testing.T) {
		w := onTable(t)
		var ids []string
		for range 3 {
			ids = append(ids, w.screening(ana).ID)
			w.now = w.now.Add(time.Minute)
		}
		w.submitted(ben)
		for _, by := range []party.Actor{agent, lead, admin} {
			if diff := cmp.Diff(ids, list(w, by, "")); diff != "" {
				t.Errorf("%s: %s", by.ID, diff)
			}
		}
		_, err := w.askBack(agent, ids[0], "Which half?")
		must(t, err)
		_, err = w.forward(agent, ids[1])
		must(t, err)
		if diff := cmp.Diff(ids[2:], list(w, agent, "")); diff != "" {
			t.Error(diff)
		}
		_, err = w.clarify(client, ids[0], "The first.")
		must(t, err)
		if diff := cmp.Diff([]string{ids[2], ids[0]}, list(w, agent, "")); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("is narrowed to the requests of one agent, also after they were handed over — R52", func(t *testing.T) {
		w := onTable(t)
		kept, given := w.screening(ana).ID, w.screening(ben).ID
		_, err := w.handOver(agent, given, lead.ID)
		must(t, err)
		for of, want := range map[string][]string{agent.ID: {kept}, lead.ID: {given}, admin.ID: {}} {
			if diff := cmp.Diff(want, list(w, admin, of)); diff != "" {
				t.Errorf("of %s: %s", of, diff)
			}
		}
	})
	t.Run("is for staff alone", func(t *testing.T) {
		w := newWorld(t)
		w.screening(ana)
		for _, by := range []party.Actor{ana, client, qc, pat} {
			_, err := w.Screening(t.Context(), by, "", 10, nil)
			refused(t, err, problem.CodeForbidden)
		}
	})
}

func TestDue(t *testing.T) {
	list := func(w *world, by party.Actor, f project.DueFilter, size int) []string {
		w.Helper()
		return walked(w, size, func(limit int, after store.Position) (store.Page[project.Due], error) {
			return w.Due(w.Context(), by, f, limit, after)
		}, func(d project.Due) string {
			return d.Of.ID + " " + d.Kind + " " + d.At.Format(time.RFC3339) + " " + d.Agent
		}, still)
	}
	row := func(id, kind string, at time.Time, by string) string {
		return id + " " + kind + " " + at.Format(time.RFC3339) + " " + by
	}
	at := func(t *testing.T) (*world, map[string]string) {
		w := onTable(t)
		open := w.published(contest(3))
		w.invited(open, ana, ben)
		reviewed := w.delivered(ana)
		work := w.working(ben)
		w.now = w.now.Add(time.Hour)
		foreign, err := w.create(stranger, brief(func(b *project.Brief) { b.Client = stranger.ID }), true)
		must(t, err)
		w.invited(foreign, ben)
		return w, map[string]string{"open": open.ID, "reviewed": reviewed.ID, "work": work.ID, "foreign": foreign.ID, "reward": project.RewardID(reviewed.ID)}
	}
	expiry := noon.Add(72 * time.Hour)
	t.Run("lists for staff what is due next of everything, soonest first, with the agent in charge — A15 A20 R52", func(t *testing.T) {
		w, id := at(t)
		if got := w.Policies.Current().InvitationExpiry; got != 72*time.Hour {
			t.Fatalf("an invitation lives %s", got)
		}
		want := []string{
			row(id["open"], project.RoundExpiry, expiry, agent.ID), row(id["foreign"], project.RoundExpiry, expiry.Add(time.Hour), agent.ID),
			row(id["work"], project.DeliveryDue, noon.Add(14*day), agent.ID), row(id["reward"], ledger.ReleaseDeadline, noon.Add(30*day), agent.ID),
			row(id["reviewed"], project.ReviewAutoClose, noon.Add(90*day), agent.ID),
		}
		for _, by := range []party.Actor{agent, lead, admin} {
			for size := 1; size <= 6; size++ {
				if diff := cmp.Diff(want, list(w, by, project.DueFilter{}, size)); diff != "" {
					t.Fatalf("%s in pages of %d: %s", by.ID, size, diff)
				}
			}
		}
		w.now = noon.Add(200 * day) // nobody has acted on anything
		if diff := cmp.Diff(want, list(w, agent, project.DueFilter{}, 2)); diff != "" {
			t.Errorf("what is overdue: %s", diff)
		}
		if diff := cmp.Diff(want[2:3], list(w, agent, project.DueFilter{Kind: project.DeliveryDue}, 1)); diff != "" {
			t.Errorf("of one kind: %s", diff)
		}
	})
	t.Run("lists for a client what is due on their projects and the work on them, and for a pro on their own work — A15 A20", func(t *testing.T) {
		w, id := at(t)
		for by, want := range map[*party.Actor][]string{
			&client: {
				row(id["open"], project.RoundExpiry, expiry, ""), row(id["work"], project.DeliveryDue, noon.Add(14*day), agent.ID),
				row(id["reviewed"], project.ReviewAutoClose, noon.Add(90*day), agent.ID),
			},
			&stranger: {row(id["foreign"], project.RoundExpiry, expiry.Add(time.Hour), "")},
			&ana:      {row(id["reviewed"], project.ReviewAutoClose, noon.Add(90*day), agent.ID)},
			&ben:      {row(id["work"], project.DeliveryDue, noon.Add(14*day), agent.ID)},
			&pat:      {},
		} {
			for size := 1; size <= 4; size++ {
				if diff := cmp.Diff(want, list(w, *by, project.DueFilter{}, size)); diff != "" {
					t.Errorf("%s in pages of %d: %s", by.ID, size, diff)
				}
			}
		}
		_, err := w.Due(t.Context(), qc, project.DueFilter{}, 10, nil)
		refused(t, err, problem.CodeForbidden)
	})
	for _, edge := range edges {
		t.Run("is listed before an instant only if it falls due earlier: "+edge.name, func(t *testing.T) {
			w, id := at(t)
			for _, by := range []party.Actor{agent, ben} {
				got := list(w, by, project.DueFilter{Kind: project.DeliveryDue, Before: noon.Add(14*day + edge.by)}, 10)
				if listed := slices.Contains(got, row(id["work"], project.DeliveryDue, noon.Add(14*day), agent.ID)); listed != (edge.by > 0) {
					t.Errorf("%s: listed %t", by.ID, listed)
				}
			}
		})
	}
	t.Run("is walked without gap or repetition while deadlines end and move — F17", func(t *testing.T) {
		w, id := at(t)
		got := walked(w, 1, func(limit int, after store.Position) (store.Page[project.Due], error) {
			return w.Due(context.Background(), agent, project.DueFilter{}, limit, after)
		}, func(d project.Due) string { return d.Of.ID }, func(page int) {
			if page == 2 { // what comes next is done; what was shown ends
				_, err := w.submit(ben, id["work"], w.arrived(project.Assignment{ID: id["work"]}, "take.mov"))
				must(t, err)
				_, err = w.pass(qc, id["work"])
				must(t, err)
				_, err = w.cancel(stranger, id["foreign"])
				must(t, err)
			}
		})
		seen := map[string]int{}
		for _, of := range got {
			seen[of]++
		}
		for _, of := range []string{"open", "foreign", "reward", "reviewed", "work"} {
			if seen[id[of]] != 1 {
				t.Errorf("%s was shown %d times: %v", of, seen[id[of]], got)
			}
		}
	})
}
