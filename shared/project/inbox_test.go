package project_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
)

// flooded takes in mails of Pat's, each another, and gives how many are messages, are held back, and were refused.
func (w *world) flooded(about string, mails int, edit func(*project.Incoming)) (said, held, refused int) {
	w.Helper()
	for n := range mails {
		in := from(pat, fmt.Sprintf("<%d.%d@x>", w.now.UnixMilli(), n), fmt.Sprint("Hello ", n))
		if edit != nil {
			edit(&in)
		}
		if err := w.took(about, in); problem.Is(err, problem.CodeRateLimited) {
			refused++
		} else {
			must(w, err)
		}
	}
	return len(latest[project.Message](w.mem)), len(latest[project.Stray](w.mem)), refused
}

func TestInbox(t *testing.T) {
	book := newWorld(t).Policies.Current()
	t.Run("takes so many mails of a pro within an hour as messages, holds back so many more, and drops the rest — F57", func(t *testing.T) {
		w, _, ids := late(t)
		said, held, refused := w.flooded(ids[2], 200, nil)
		if said != book.MailsPerHour || held != book.MailsHeldPerHour || refused != 200-said-held {
			t.Errorf("%d messages, %d held back, %d dropped", said, held, refused)
		}
		for _, m := range latest[project.Stray](w.mem) {
			if !slices.Contains(m.Mail.Doubts, "more mails came from the pro within an hour than people write") {
				t.Errorf("held back for %v", m.Mail.Doubts)
			}
		}
	})
	t.Run("however many come, mails each of them to the team once and answers one, and notes once an hour that some are dropped — F57 I33", func(t *testing.T) {
		w, p, ids := late(t)
		before := len(w.mem.events)
		w.flooded(ids[2], 200, nil)
		told, answers, dropped := 0, 0, 0
		for _, e := range w.mem.events[before:] {
			for _, f := range e.Facts {
				switch f := f.(type) {
				case project.ProWrote:
					told++
				case project.LateAnswered:
					answers++
				case project.MailsDropped:
					dropped++
					if f.Pro != pat.ID || e.Subject != p.Ref() || e.Outbox || e.Actor != party.Stranger.ID {
						t.Errorf("noted %+v", e)
					}
				}
			}
		}
		if told != book.MailsPerHour || answers != 1 || dropped != 1 {
			t.Errorf("%d told, %d answered, %d notes", told, answers, dropped)
		}
		w.now = w.now.Add(time.Hour)
		if _, _, refused := w.flooded(ids[2], 200, nil); refused != 200-book.MailsPerHour-book.MailsHeldPerHour {
			t.Errorf("%d dropped in the next hour", refused)
		}
		if _, again := fact[project.MailsDropped](w); !again {
			t.Errorf("the next hour ends with %+v", w.last())
		}
	})
	t.Run("answers no flood of a machine: an out-of-office note to each of our mails comes to an end — F57 F58", func(t *testing.T) {
		w, _, ids := late(t)
		said, held, refused := w.flooded(ids[2], 100, func(in *project.Incoming) { in.Machine = "it says that it was sent automatically" })
		told := 0
		for _, e := range w.mem.events {
			if e.Channel == "mail" && e.Outbox {
				told++
				if e.Action != project.Quarantine {
					t.Errorf("told %+v", e)
				}
			}
		}
		if told != 1 {
			t.Errorf("the leads were told of %d mails that are held back", told)
		}
		if said != book.MailsPerHour || held != book.MailsHeldPerHour || refused == 0 {
			t.Errorf("%d messages, %d held back, %d dropped", said, held, refused)
		}
	})
	for _, edge := range edges {
		t.Run(fmt.Sprintf("%s the hour after a full one takes more: %t — F57 B86", edge.name, edge.passed), func(t *testing.T) {
			w, _, ids := late(t)
			w.flooded(ids[2], book.MailsPerHour, nil)
			w.now = w.now.Add(time.Hour + edge.by)
			said, held, _ := w.flooded(ids[2], 1, nil)
			if took := said == book.MailsPerHour+1 && held == 0; took != edge.passed || said+held != book.MailsPerHour+1 {
				t.Errorf("%d messages, %d held back", said, held)
			}
		})
		t.Run(fmt.Sprintf("%s the hour after a full quarantine holds back more: %t — F57 B86", edge.name, edge.passed), func(t *testing.T) {
			w, p, _ := late(t)
			stranger := func(in *project.Incoming) { in.From = "eve@example.com" }
			w.flooded(p.ID, book.MailsHeldPerHour, stranger)
			w.now = w.now.Add(time.Hour + edge.by)
			_, held, refused := w.flooded(p.ID, 1, stranger)
			if edge.passed != (held == book.MailsHeldPerHour+1) || edge.passed != (refused == 0) {
				t.Errorf("%d held back, %d dropped", held, refused)
			}
		})
	}
	t.Run("that strangers fill leaves room for the pros — F57", func(t *testing.T) {
		w, p, ids := late(t)
		forged := func(in *project.Incoming) { in.From = "eve@example.com" }
		w.flooded(p.ID, 100, forged)
		w.flooded(ids[2], 100, forged)
		w.now = w.now.Add(time.Second)
		if said, _, refused := w.flooded(ids[2], book.MailsPerHour, nil); said != book.MailsPerHour || refused != 0 {
			t.Errorf("%d messages, %d dropped", said, refused)
		}
	})
	t.Run("counts a mail once, however often it is delivered, and keeps it once when the hour is full — F55 F57", func(t *testing.T) {
		w, _, ids := late(t)
		for range 3 {
			w.flooded(ids[2], book.MailsPerHour+1, nil)
		}
		if said, held := len(latest[project.Message](w.mem)), len(latest[project.Stray](w.mem)); said != book.MailsPerHour || held != 1 {
			t.Errorf("%d messages, %d held back", said, held)
		}
	})
	t.Run("that was full holds a mail back for good, also when it is delivered once more after the hour — F55 F57", func(t *testing.T) {
		w, _, ids := late(t)
		said, held, _ := w.flooded(ids[2], book.MailsPerHour, nil)
		one := from(pat, "<one@x>", "One more.")
		must(t, w.took(ids[2], one))
		w.now = w.now.Add(2 * time.Hour)
		must(t, w.took(ids[2], one))
		if m, s := len(latest[project.Message](w.mem)), len(latest[project.Stray](w.mem)); m != said || s != held+1 {
			t.Errorf("%d messages and %d held back, want %d and %d", m, s, said, held+1)
		}
	})
	t.Run("lets no more through where all come at once — F57 I26", func(t *testing.T) {
		w, _, ids := late(t)
		var all sync.WaitGroup
		for n := range 3 * book.MailsPerHour {
			all.Go(func() {
				if err := w.took(ids[2], from(pat, fmt.Sprintf("<%d@x>", n), "Hello")); err != nil && !problem.Is(err, problem.CodeUnavailable) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if said := len(latest[project.Message](w.mem)); said > book.MailsPerHour {
			t.Errorf("%d messages", said)
		}
	})
	t.Run("of one pro is not another's, nor another project's — F57", func(t *testing.T) {
		w, p, ids := late(t)
		w.flooded(ids[2], book.MailsPerHour, nil)
		must(t, w.took(p.ID, from(ben, "<ben@x>", "Hello")))
		must(t, w.took(w.invited(w.published(), pat)[0], from(pat, "<other@x>", "Hello")))
		if held := len(latest[project.Stray](w.mem)); held != 0 {
			t.Errorf("%d held back", held)
		}
	})
	t.Run("is noted in the timeline of the project, where staff look — F57", func(t *testing.T) {
		w, p, ids := late(t)
		w.flooded(ids[2], 100, nil)
		for _, by := range []party.Actor{agent, lead} {
			told, err := w.Project(t.Context(), by, p.ID)
			must(t, err)
			if last := told.Timeline[len(told.Timeline)-1]; last.Action != project.DropMails {
				t.Errorf("%s sees %+v", by.ID, last)
			}
		}
	})
}
