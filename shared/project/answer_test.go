package project_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// answers are the facts by which mails were answered, in order.
func (w *world) answers() (found []store.Fact) {
	for _, e := range w.mem.events {
		for _, f := range e.Facts {
			switch f.(type) {
			case project.LateAnswered, project.CancelledAnswered, project.WithdrawnAnswered, project.ExpiredAnswered:
				found = append(found, f)
			}
		}
	}
	return found
}

// writes takes in one mail of Ben's.
func (w *world) writes(about string) {
	w.Helper()
	w.now = w.now.Add(time.Minute)
	must(w, w.took(about, from(ben, fmt.Sprintf("<%d@x>", w.now.UnixMilli()), "I have no access.")))
}

func TestAnswersToMails(t *testing.T) {
	ends := map[string]struct {
		cause project.Cause
		end   func(w *world, p project.Project, id string) (at time.Time)
		fact  func(project.CancelledAnswered) store.Fact
	}{
		"a project that was cancelled": {project.CauseCancelled, func(w *world, p project.Project, _ string) time.Time {
			_, err := w.cancel(client, p.ID)
			must(w, err)
			return w.now
		}, func(f project.CancelledAnswered) store.Fact { return f }},
		"an invitation that was withdrawn": {project.CauseWithdrawn, func(w *world, _ project.Project, id string) time.Time {
			_, err := w.answer(agent, project.Withdraw, id)
			must(w, err)
			return w.now
		}, func(f project.CancelledAnswered) store.Fact { return project.WithdrawnAnswered(f) }},
		"an invitation that has expired": {project.CauseExpired, func(w *world, _ project.Project, _ string) time.Time {
			w.now = noon.Add(w.Policies.Current().InvitationExpiry)
			return w.now
		}, func(f project.CancelledAnswered) store.Fact { return project.ExpiredAnswered(f) }},
	}
	for name, c := range ends {
		t.Run("about "+name+" say so, when, and when it went out; once, and never to a machine — R30 R31 F57", func(t *testing.T) {
			w := newWorld(t)
			p := w.published()
			id := w.invited(p, ben)[0]
			w.now = noon.Add(time.Hour)
			at := c.end(w, p, id)
			in := from(ben, "<0@x>", "I am away.")
			in.Machine = "it says that it was sent automatically"
			must(t, w.took(id, in))
			for range 3 {
				w.writes(id)
			}
			want := c.fact(project.CancelledAnswered{
				Project: p.ID, Title: p.Title, Round: project.RoundOf(id), Invitation: id, Pro: ben.ID, At: at, SentAt: noon,
				MessageID: fmt.Sprintf("<%d@x>", w.now.Add(-2*time.Minute).UnixMilli()),
			})
			if diff := cmp.Diff([]store.Fact{want}, w.answers()); diff != "" {
				t.Error(diff)
			}
			thread := latest[project.Thread](w.mem)[0]
			if first := latest[project.Message](w.mem)[1]; first.Answered != c.cause || !slices.Equal(thread.Answered, []project.Cause{c.cause}) || !slices.Equal(thread.Told, []string{id}) {
				t.Errorf("staff see %+v, %+v", first, thread)
			}
		})
	}
	for _, edge := range edges {
		t.Run(fmt.Sprintf("%s the expiry say that the invitation has expired: %t — B86", edge.name, edge.passed), func(t *testing.T) {
			w := newWorld(t)
			id := w.invited(w.published(), ben)[0]
			w.now = noon.Add(w.Policies.Current().InvitationExpiry + edge.by - time.Minute)
			w.writes(id)
			if got := len(w.answers()) == 1; got != edge.passed {
				t.Errorf("answered %v", w.answers())
			}
		})
	}
	t.Run("come once for an invitation, also where it ends twice; then without an instant that was not its own — R30 F57", func(t *testing.T) {
		w := newWorld(t)
		p := w.published()
		id := w.invited(p, ben, ana)[0]
		w.now = noon.Add(w.Policies.Current().InvitationExpiry)
		must(t, w.ring(load[project.Project](w, p.Ref()), project.RoundExpiry))
		w.writes(id)
		_, err := w.cancel(client, p.ID)
		must(t, err)
		w.writes(id)
		if got := w.answers(); len(got) != 1 {
			t.Errorf("answered %+v", got)
		}
		must(t, w.took(p.ID, from(ana, "<ana@x>", "And I?")))
		if got, ok := w.answers()[1].(project.CancelledAnswered); !ok || !got.At.IsZero() {
			t.Errorf("answered %+v", w.answers())
		}
	})
	t.Run("are about where the pro stands now: not about an invitation before the one that is open, and about each that ends — R30 R31", func(t *testing.T) {
		w := newWorld(t)
		p := w.published()
		first := w.invited(p, ben)[0]
		_, err := w.answer(agent, project.Withdraw, first)
		must(t, err)
		w.writes(first)
		second := w.invited(p, ben)[0]
		w.writes(first)
		if got := w.answers(); len(got) != 1 {
			t.Errorf("answered about what is over: %+v", got)
		}
		_, err = w.answer(agent, project.Withdraw, second)
		must(t, err)
		w.writes(first)
		if got, ok := w.answers()[len(w.answers())-1].(project.WithdrawnAnswered); !ok || got.Invitation != second || len(w.answers()) != 2 {
			t.Errorf("answered %+v", w.answers())
		}
	})
	t.Run("are none to who declined or gave their seat up: they know — A15", func(t *testing.T) {
		w := newWorld(t)
		p := w.published()
		id := w.invited(p, ben)[0]
		_, err := w.answer(ben, project.Decline, id)
		must(t, err)
		w.writes(id)
		a := w.working(ben)
		_, err = w.giveUp(ben, a.ID)
		must(t, err)
		w.writes(a.ID)
		if got := w.answers(); len(got) != 0 {
			t.Errorf("answered %+v", got)
		}
	})
	t.Run("that came before it was kept what they are about count for every invitation of then", func(t *testing.T) {
		w := newWorld(t)
		p := w.published()
		id := w.invited(p, ben)[0]
		w.writes(id)
		old := latest[project.Thread](w.mem)[0]
		old.Version++
		old.Answered = []project.Cause{project.AllSeatsTaken}
		must(t, w.mem.Commit(t.Context(), store.Change{Records: []store.Record{old}}))
		_, err := w.cancel(client, p.ID)
		must(t, err)
		w.writes(id)
		if got := w.answers(); len(got) != 0 {
			t.Errorf("answered %+v", got)
		}
	})
}
