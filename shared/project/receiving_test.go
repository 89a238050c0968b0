package project_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// took takes a mail in.
func (w *world) took(about string, in project.Incoming, enclosed ...[]byte) error {
	return w.Take(w.Context(), project.Ask{Channel: "mail", Now: w.now, Trace: "ses-" + in.Name}, about, in, enclosed)
}

// from is a mail that somebody sent from their registered address.
func from(by party.Actor, name, text string) project.Incoming {
	return project.Incoming{Name: name, MessageID: name, From: by.ID + "@example.com", Subject: "Re: A subtitle", Text: text}
}

// decideStray decides about one of the mails that were held back.
func (w *world) decideStray(by party.Actor, which int, action lifecycle.Action) error {
	held, err := w.Quarantined(w.Context(), agent, 100, nil)
	if err != nil || len(held.Items) == 0 {
		return err
	}
	id := held.Items[which%len(held.Items)].Ref().ID
	_, err = told[project.Stray](w, by, func(ctx context.Context, ask project.Ask) (store.Reply, error) {
		if action == project.Accredit {
			return w.Accredit(ctx, ask, id, "")
		}
		return w.Dismiss(ctx, ask, id)
	})
	return err
}

// late is a project of two seats that are taken; Pat has none, and was invited a minute before the first one went.
func late(t *testing.T) (w *world, p project.Project, ids []string) {
	w = newWorld(t)
	p = w.published(contest(2))
	ids = w.invited(p, ana, ben, pat)
	for n, by := range []party.Actor{ana, ben} {
		w.now = w.now.Add(time.Minute)
		_, err := w.accept(by, ids[n])
		must(t, err)
	}
	w.now = w.now.Add(time.Hour)
	return w, p, ids
}

func TestTake(t *testing.T) {
	t.Run("puts a mail into the thread of the pro of an invitation, an assignment or a project — R30 R36", func(t *testing.T) {
		w, p, ids := late(t)
		a := latest[project.Assignment](w.mem)[0]
		for about, by := range map[string]party.Actor{ids[2]: pat, a.ID: named(a.Pro), p.ID: pat} {
			must(t, w.took(about, from(by, "<"+about+"@x>", "Words about "+about)))
			if _, got := w.heard(agent, ids[2]); by.ID == pat.ID && !strings.HasSuffix(strings.Join(got, " "), "Words about "+about) {
				t.Errorf("%s: %v", about, got)
			}
			if f, ok := fact[project.ProWrote](w); !ok || f.Pro != by.ID || f.Project != p.ID || w.last().Channel != "mail" || w.last().Actor != by.ID {
				t.Errorf("%s: %+v", about, w.last())
			}
		}
		if _, got := w.heard(agent, ids[2]); len(got) != 2 {
			t.Errorf("Pat's thread: %v", got)
		}
	})
	t.Run("believes the address that the invitation went to, and the one of the profile — R30", func(t *testing.T) {
		w, p, ids := late(t)
		profile := load[party.Profile](w, store.Ref{Kind: store.Profile, ID: pat.ID})
		profile.Version, profile.Contact.Email = 2, "New.Pat@example.org"
		must(t, w.mem.Commit(t.Context(), store.Change{Records: []store.Record{profile}}))
		for n, address := range []string{"PAT@example.com", "new.pat@EXAMPLE.org"} {
			for _, about := range []string{ids[2], p.ID} {
				in := from(pat, fmt.Sprintf("<%d.%s@x>", n, about), "Hello")
				in.From = address
				must(t, w.took(about, in))
			}
		}
		if _, got := w.heard(agent, ids[2]); len(got) != 4 || len(latest[project.Stray](w.mem)) != 0 {
			t.Errorf("%v", got)
		}
	})
	t.Run("holds back what may not be from the pro: in no thread, and only the team is told — B105", func(t *testing.T) {
		for name, c := range map[string]struct {
			about func(p project.Project, ids []string) string
			edit  func(*project.Incoming)
			why   string
		}{
			"another address":       {invitationOf, func(in *project.Incoming) { in.From = "eve@example.com" }, "it is not from an address that we know of the pro"},
			"a homograph":           {invitationOf, func(in *project.Incoming) { in.From = "p\u0430t@example.com" }, "it is not from an address that we know of the pro"},
			"another pro's address": {invitationOf, func(in *project.Incoming) { in.From = "ana@example.com" }, "it is not from an address that we know of the pro"},
			"no address":            {invitationOf, func(in *project.Incoming) { in.From = "" }, "it is not from an address that we know of the pro"},
			"a stranger":            {func(p project.Project, _ []string) string { return p.ID }, func(in *project.Incoming) { in.From = "eve@example.com" }, "it is from nobody who was invited"},
			"nobody":                {func(p project.Project, _ []string) string { return p.ID }, func(in *project.Incoming) { in.From = "" }, "it is from nobody who was invited"},
			"a doubt of the reader": {invitationOf, func(in *project.Incoming) { in.Doubts = []string{"it looks like spam"} }, "it looks like spam"},
			"a machine of somebody": {invitationOf, func(in *project.Incoming) { in.From, in.Machine = "mailer-daemon@example.com", "a bounce" }, "it is not from an address that we know of the pro"},
		} {
			w, p, ids := late(t)
			in := from(pat, "<1@x>", "Hello")
			c.edit(&in)
			must(t, w.took(c.about(p, ids), in))
			strays := latest[project.Stray](w.mem)
			if len(strays) != 1 || !slices.Contains(strays[0].Mail.Doubts, c.why) || strays[0].Raw != "ses-<1@x>" || strays[0].Mail.Text != "Hello" || strays[0].Project != p.ID {
				t.Errorf("%s: %+v", name, strays)
			}
			if _, got := w.heard(agent, ids[2]); len(got) != 0 || len(w.last().Facts) != 1 || w.last().Facts[0].FactName() != "mail.quarantined" {
				t.Errorf("%s: %v, told %v", name, got, w.last().Facts)
			}
		}
	})
	t.Run("holds back the mail of a pro whose account is not active", func(t *testing.T) {
		w, _, ids := late(t)
		profile := load[party.Profile](w, store.Ref{Kind: store.Profile, ID: pat.ID})
		profile.Version, profile.Active = 2, false
		must(t, w.mem.Commit(t.Context(), store.Change{Records: []store.Record{profile}}))
		must(t, w.took(ids[2], from(pat, "<1@x>", "Hello")))
		if strays := latest[project.Stray](w.mem); len(strays) != 1 {
			t.Errorf("%+v", strays)
		}
	})
	t.Run("believes an address of two pros from neither, where the token does not say which", func(t *testing.T) {
		w, p, ids := late(t)
		for n, who := range []party.Actor{pat, ana} {
			profile := load[party.Profile](w, store.Ref{Kind: store.Profile, ID: who.ID})
			profile.Version, profile.Contact.Email = 2, "shared@example.com"
			must(t, w.mem.Commit(t.Context(), store.Change{Records: []store.Record{profile}}))
			in := from(pat, fmt.Sprintf("<%d@x>", n), "Hello")
			in.From = "shared@example.com"
			must(t, w.took(p.ID, in))
		}
		in := from(pat, "<3@x>", "Hello")
		in.From = "shared@example.com"
		must(t, w.took(ids[2], in))
		if _, got := w.heard(agent, ids[2]); len(got) != 2 || len(latest[project.Stray](w.mem)) != 1 {
			t.Errorf("%v, %d held back", got, len(latest[project.Stray](w.mem)))
		}
	})
	t.Run("drops a mail about what is not there — B104", func(t *testing.T) {
		w, _, _ := late(t)
		for _, about := range []string{"prj_0", "inv_0-1", "asg_0", ""} {
			refused(t, w.took(about, from(pat, "<1@x>", "Hello")), problem.CodeNotFound)
		}
	})
	t.Run("of the same mail twice, or many times at once, changes nothing more — F55 B107 I26", func(t *testing.T) {
		w, _, ids := late(t)
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() {
				if err := w.took(ids[2], from(pat, "<1@x>", "Hello")); err != nil && !problem.Is(err, problem.CodeUnavailable) {
					t.Error(err)
				}
				in := from(pat, "<2@x>", "Hello")
				in.From = "eve@example.com"
				if err := w.took(ids[2], in); err != nil && !problem.Is(err, problem.CodeUnavailable) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if _, got := w.heard(agent, ids[2]); len(got) != 1 || len(latest[project.Stray](w.mem)) != 1 {
			t.Errorf("%v, %d held back", got, len(latest[project.Stray](w.mem)))
		}
	})
	t.Run("holds back another mail under the same Message-ID — B107", func(t *testing.T) {
		w, _, ids := late(t)
		for range 2 {
			must(t, w.took(ids[2], from(pat, "<1@x>", "Hello")))
			must(t, w.took(ids[2], from(pat, "<1@x>", "Hello, but not the same")))
		}
		strays := latest[project.Stray](w.mem)
		if _, got := w.heard(agent, ids[2]); len(got) != 1 || len(strays) != 1 || !slices.Contains(strays[0].Mail.Doubts, "another mail came under the same Message-ID") {
			t.Errorf("%v, %+v", got, strays)
		}
	})
	t.Run("keeps with the message what was left out and what was attached — B103", func(t *testing.T) {
		w, _, ids := late(t)
		in := from(pat, "<1@x>", "Hello")
		in.LeftOut, in.Files = []string{"everything after 4 MB"}, []project.File{{Name: "guide.zip", Size: 12}}
		must(t, w.took(ids[2], in))
		if m := latest[project.Message](w.mem)[0]; !slices.Equal(m.LeftOut, in.LeftOut) || !slices.Equal(m.Files, in.Files) {
			t.Errorf("%+v", m)
		}
	})
}

func invitationOf(_ project.Project, ids []string) string { return ids[2] }

func TestLateAnswer(t *testing.T) {
	t.Run("tells a pro who came too late when the seats went, how many, when they were invited, and that proofreading may be offered — R30 R31 R32 A21", func(t *testing.T) {
		w, p, ids := late(t)
		must(t, w.took(ids[2], from(pat, "<1@x>", "I have no access.")))
		got, ok := fact[project.LateAnswered](w)
		want := project.LateAnswered{
			Project: p.ID, Title: p.Title, Round: project.RoundOf(ids[2]), Invitation: ids[2], Pro: pat.ID, FilledAt: noon.Add(2 * time.Minute), SentAt: noon, Seats: 2,
			Proofreading: true, MessageID: "<1@x>",
		}
		if diff := cmp.Diff(want, got); !ok || diff != "" || !w.last().Outbox {
			t.Errorf("%s %+v", diff, w.last())
		}
	})
	t.Run("is in the commit of the mail, and seen by staff on the message and the thread — R31", func(t *testing.T) {
		w, _, ids := late(t)
		must(t, w.took(ids[2], from(pat, "<1@x>", "I have no access.")))
		if len(w.last().Facts) != 2 {
			t.Errorf("%+v", w.last())
		}
		if f, _ := fact[project.ProWrote](w); f.Answered != project.AllSeatsTaken || !f.Proofreading {
			t.Errorf("%+v", f)
		}
		talk, err := w.Messages(t.Context(), agent, ids[2], 10, nil)
		must(t, err)
		if talk.Messages[0].Answered != project.AllSeatsTaken || !slices.Equal(talk.Thread.Answered, []project.Cause{project.AllSeatsTaken}) || talk.Thread.TeamRead.Unread != 1 {
			t.Errorf("%+v", talk)
		}
	})
	t.Run("says nothing of proofreading that has been offered already, for which its pro has an invitation — R32", func(t *testing.T) {
		w, p, ids := late(t)
		_, err := w.proofread(agent, p.ID)
		must(t, err)
		must(t, w.took(ids[2], from(pat, "<1@x>", "I have no access.")))
		wrote, _ := fact[project.ProWrote](w)
		if answer, ok := fact[project.LateAnswered](w); !ok || answer.Proofreading || wrote.Proofreading {
			t.Errorf("%+v, %+v", answer, wrote)
		}
	})
	t.Run("comes once, however many mails follow, at once or later — R30 F57", func(t *testing.T) {
		w, _, ids := late(t)
		var all sync.WaitGroup
		for n := range 8 {
			all.Go(func() {
				if err := w.took(ids[2], from(pat, fmt.Sprintf("<%d@x>", n), "And now?")); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		w.now = w.now.Add(day)
		must(t, w.took(ids[2], from(pat, "<late@x>", "And now?")))
		answers := 0
		for _, e := range w.mem.events {
			for _, f := range e.Facts {
				if _, ok := f.(project.LateAnswered); ok {
					answers++
				}
			}
		}
		if answers != 1 {
			t.Errorf("%d answers", answers)
		}
	})
	t.Run("answers no machine: it is stored, and nobody is told — B106 F57", func(t *testing.T) {
		w, _, ids := late(t)
		in := from(pat, "<1@x>", "I am away.")
		in.Machine = "it says that it was sent automatically"
		must(t, w.took(ids[2], in))
		if _, answered := fact[project.LateAnswered](w); answered || w.last().Outbox || !latest[project.Message](w.mem)[0].Auto {
			t.Errorf("%+v", w.last())
		}
		must(t, w.took(ids[2], from(pat, "<2@x>", "Now it is me.")))
		if _, answered := fact[project.LateAnswered](w); !answered {
			t.Error("and the person is not answered")
		}
	})
	t.Run("is not for who has a seat, who said no, or while seats are free", func(t *testing.T) {
		w, _, ids := late(t)
		must(t, w.took(ids[0], from(ana, "<1@x>", "A question.")))
		if _, answered := fact[project.LateAnswered](w); answered {
			t.Error("the winner is told that they lost")
		}
		w = newWorld(t)
		p := w.published()
		open := w.invited(p, ana, ben)
		must(t, w.took(open[0], from(ana, "<1@x>", "A question.")))
		_, err := w.answer(ben, project.Decline, open[1])
		must(t, err)
		_, err = w.accept(ana, open[0])
		must(t, err)
		must(t, w.took(open[1], from(ben, "<2@x>", "A question.")))
		for _, e := range w.mem.events {
			for _, f := range e.Facts {
				if _, answered := f.(project.LateAnswered); answered {
					t.Errorf("%+v", e)
				}
			}
		}
	})
	t.Run("offers proofreading for translations alone — R32", func(t *testing.T) {
		w := newWorld(t)
		p := w.published(func(b *project.Brief) { b.Category = "video" })
		ids := w.invited(p, ana, ben)
		_, err := w.accept(ana, ids[0])
		must(t, err)
		must(t, w.took(ids[1], from(ben, "<1@x>", "I have no access.")))
		if f, ok := fact[project.LateAnswered](w); !ok || f.Proofreading {
			t.Errorf("%+v", f)
		}
	})
}

// held is a mail of Pat's in quarantine, from an address that nobody knows.
func held(t *testing.T, about func(project.Project, []string) string) (*world, project.Stray, []string) {
	w, p, ids := late(t)
	in := from(pat, "<1@x>", "I have no access.")
	in.From = "pat@home.example.org"
	must(t, w.took(about(p, ids), in))
	return w, latest[project.Stray](w.mem)[0], ids
}

func (w *world) accredit(by party.Actor, id, pro string) (project.Stray, error) {
	return told[project.Stray](w, by, func(ctx context.Context, ask project.Ask) (store.Reply, error) { return w.Accredit(ctx, ask, id, pro) })
}

func (w *world) dismiss(by party.Actor, id string) (project.Stray, error) {
	return told[project.Stray](w, by, func(ctx context.Context, ask project.Ask) (store.Reply, error) { return w.Dismiss(ctx, ask, id) })
}

func TestQuarantine(t *testing.T) {
	project1 := func(p project.Project, _ []string) string { return p.ID }
	t.Run("is a queue for staff, longest waiting first, and for nobody else — R30 I28", func(t *testing.T) {
		w, m, ids := held(t, invitationOf)
		w.now = w.now.Add(time.Hour)
		in := from(ana, "<2@x>", "Me too.")
		in.From = "else@example.com"
		must(t, w.took(ids[2], in))
		for _, by := range []party.Actor{agent, lead, admin} {
			page, err := w.Quarantined(t.Context(), by, 10, nil)
			must(t, err)
			if len(page.Items) != 2 || page.Items[0].Ref() != m.Ref() {
				t.Errorf("%s: %v", by.ID, page.Items)
			}
		}
		for _, by := range []party.Actor{pat, client, qc, person("nobody")} {
			_, err := w.Quarantined(t.Context(), by, 10, nil)
			refused(t, err, problem.CodeForbidden)
			_, err = w.accredit(by, m.ID, "")
			refused(t, err, problem.CodeNotFound)
			_, err = w.dismiss(by, m.ID)
			refused(t, err, problem.CodeNotFound)
		}
	})
	t.Run("has its leads told of the first mail, and of no other while one waits, so that strangers cannot make us send many — R30 B112", func(t *testing.T) {
		w, first, ids := held(t, invitationOf)
		comes := func(name string) (told bool) {
			in := from(ana, name, "It is me.")
			in.From = "else@example.com"
			must(t, w.took(ids[2], in))
			return w.last().Outbox
		}
		if !w.last().Outbox || comes("<2@x>") || comes("<3@x>") {
			t.Error("told of others than the first")
		}
		_, err := w.dismiss(agent, first.ID)
		must(t, err)
		if comes("<4@x>") {
			t.Error("told while two wait")
		}
		page, err := w.Quarantined(t.Context(), agent, 10, nil)
		must(t, err)
		for _, m := range page.Items {
			_, err := w.dismiss(agent, m.Ref().ID)
			must(t, err)
		}
		if !comes("<5@x>") {
			t.Error("not told of the first one after the queue was empty")
		}
	})
	t.Run("lets staff accredit a mail: it stands in the pro's thread, and leaves the queue — R30", func(t *testing.T) {
		w, m, ids := held(t, invitationOf)
		got, err := w.accredit(lead, m.ID, "")
		must(t, err)
		if _, said := w.heard(pat, ids[2]); got.Progress.State != project.Accredited || !slices.Equal(said, []string{"1 pro I have no access."}) || w.last().Outbox || w.last().Actor != lead.ID {
			t.Errorf("%+v, %v, %+v", got, said, w.last())
		}
		page, err := w.Quarantined(t.Context(), agent, 10, nil)
		must(t, err)
		if len(page.Items) != 0 {
			t.Errorf("%v", page.Items)
		}
	})
	t.Run("asks staff for the pro where nothing says who wrote, and takes only one who was invited", func(t *testing.T) {
		w, m, ids := held(t, project1)
		for _, pro := range []string{"", "eve", client.ID} {
			_, err := w.accredit(agent, m.ID, pro)
			refusedAt(t, err, "/pro")
		}
		_, err := w.accredit(agent, m.ID, pat.ID)
		must(t, err)
		if _, said := w.heard(pat, ids[2]); len(said) != 1 {
			t.Errorf("%v", said)
		}
		w, m, _ = held(t, invitationOf)
		_, err = w.accredit(agent, m.ID, ana.ID)
		refusedAt(t, err, "/pro")
	})
	t.Run("lets staff dismiss a mail, and decide once", func(t *testing.T) {
		w, m, ids := held(t, invitationOf)
		got, err := w.dismiss(agent, m.ID)
		must(t, err)
		if _, said := w.heard(agent, ids[2]); got.Progress.State != project.Dismissed || len(said) != 0 || got.By.Reveal() != agent.ID {
			t.Errorf("%+v, %v", got, said)
		}
		_, err = w.accredit(agent, m.ID, "")
		refused(t, err, problem.CodeStateChanged)
		_, err = w.dismiss(agent, m.ID)
		refused(t, err, problem.CodeStateChanged)
		_, err = w.dismiss(agent, "str_0")
		refused(t, err, problem.CodeNotFound)
	})
	t.Run("of two of the team who decide at once has one decision", func(t *testing.T) {
		w, m, ids := held(t, invitationOf)
		var all sync.WaitGroup
		errs := make([]error, 8)
		for n := range errs {
			all.Go(func() {
				if n%2 == 0 {
					_, errs[n] = w.accredit(lead, m.ID, "")
				} else {
					_, errs[n] = w.dismiss(agent, m.ID)
				}
			})
		}
		all.Wait()
		done := slices.DeleteFunc(errs, func(err error) bool { return problem.Is(err, problem.CodeStateChanged) })
		_, said := w.heard(agent, ids[2])
		accredited := latest[project.Stray](w.mem)[0].Progress.State == project.Accredited
		if len(done) != 1 || done[0] != nil || accredited != (len(said) == 1) {
			t.Errorf("%v, %v", done, said)
		}
	})
}
