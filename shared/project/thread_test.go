package project_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callsheet/callsheet/shared/dynamo"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// say writes into the thread of an assignment or an invitation.
func (w *world) say(by party.Actor, place, text string, uploads ...string) (project.Talk, error) {
	return told[project.Talk](w, by, func(ctx context.Context, ask project.Ask) (store.Reply, error) {
		ask.Once = store.Once{ID: w.NewID("req"), Fingerprint: text, Keep: day}
		return w.Say(ctx, ask, place, text, uploads)
	})
}

func (w *world) read(by party.Actor, place string, n int) (project.Thread, error) {
	talk, err := told[project.Talk](w, by, func(ctx context.Context, ask project.Ask) (store.Reply, error) {
		return w.Read(ctx, ask, place, n)
	})
	return talk.Thread, err
}

// mailed receives a mail by somebody on a project.
func (w *world) mailed(by party.Actor, m project.Mail) (again bool, err error) {
	return w.Receive(w.Context(), project.Ask{By: by, Channel: "mail", Now: w.now, Trace: "trace"}, m)
}

// heard is what somebody finds in a thread, oldest first.
func (w *world) heard(by party.Actor, place string) (project.Thread, []string) {
	w.Helper()
	var thread project.Thread
	var words []string
	var after store.Position
	for {
		talk, err := w.Messages(w.Context(), by, place, 3, after)
		must(w, err)
		thread = talk.Thread
		for _, m := range talk.Messages {
			words = append(words, fmt.Sprintf("%d %s %s", m.Number(), m.Role, m.Text))
		}
		if after = talk.Next; after == nil {
			slices.Reverse(words)
			return thread, words
		}
	}
}

func TestThread(t *testing.T) {
	t.Run("is two-way: the team writes to the pro, the pro writes back, and both find all of it in order — R36", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		for n, by := range []party.Actor{agent, ana, lead, ana} {
			w.now = noon.Add(time.Duration(n) * time.Hour)
			_, err := w.say(by, a.ID, "word "+by.ID)
			must(t, err)
		}
		want := []string{"1 agent word abe", "2 pro word ana", "3 lead word lea", "4 pro word ana"}
		for _, by := range []party.Actor{ana, agent, lead, admin} {
			thread, got := w.heard(by, a.ID)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s", by.ID, diff)
			}
			if thread.Count != 4 || !thread.LastAt.Equal(w.now) || thread.Pro != ana.ID || thread.Agent != agent.ID || thread.Assignment != a.ID {
				t.Errorf("%+v", thread)
			}
		}
	})
	t.Run("is the same from the invitation and from the seat that it won, and there before — R36", func(t *testing.T) {
		w := newWorld(t)
		id := w.invited(w.published(), ana)[0]
		_, err := w.say(ana, id, "before")
		must(t, err)
		a, err := w.accept(ana, id)
		must(t, err)
		_, err = w.say(agent, a.ID, "after")
		must(t, err)
		for _, place := range []string{id, a.ID} {
			if _, got := w.heard(ana, place); !slices.Equal(got, []string{"1 pro before", "2 agent after"}) {
				t.Errorf("%s: %v", place, got)
			}
		}
		_, err = w.say(ana, id, "at the invitation again")
		must(t, err)
		if thread, _ := w.heard(ana, id); thread.Assignment != a.ID {
			t.Errorf("forgot the seat: %+v", thread)
		}
	})
	t.Run("is there for a pro without a seat, whose question staff answer — R30 R31", func(t *testing.T) {
		w := newWorld(t)
		ids := w.invited(w.published(), ana, ben)
		_, err := w.accept(ana, ids[0])
		must(t, err)
		_, err = w.say(ben, ids[1], "Why have I no access?")
		must(t, err)
		_, err = w.say(agent, ids[1], "All seats were taken at noon.")
		must(t, err)
		if _, got := w.heard(ben, ids[1]); len(got) != 2 {
			t.Errorf("%v", got)
		}
		if _, got := w.heard(ana, ids[0]); len(got) != 0 {
			t.Errorf("another pro of the project hears %v", got)
		}
	})
	t.Run("stays open when the work is done, declined, expired or cancelled — R36", func(t *testing.T) {
		w := newWorld(t)
		a := w.delivered(ana)
		_, err := w.approve(client, a.ID)
		must(t, err)
		_, err = w.say(ana, a.ID, "When is it paid?")
		must(t, err)
		for _, scene := range invitationScenes {
			w := newWorld(t)
			id := scene.set(w)
			if _, err := w.say(ana, id, "A question."); err != nil {
				t.Errorf("%s: %v", scene.state, err)
			}
		}
	})
	t.Run("keeps the words out of every timeline: the fact names the message — R36", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		_, err := w.say(ana, a.ID, "secret words")
		must(t, err)
		if f, ok := fact[project.ProWrote](w); !ok || f.Message != "msg_00000001" || f.Agent != agent.ID || strings.Contains(fmt.Sprint(w.last()), "secret words") {
			t.Errorf("%+v", w.last())
		}
		held, err := w.Assignment(t.Context(), ana, a.ID)
		must(t, err)
		if e := held.Timeline[len(held.Timeline)-1]; e.Action == project.Say {
			t.Errorf("the assignment's timeline has %+v", e)
		}
	})
}

func TestWhoTalks(t *testing.T) {
	scenes := []scene{
		{"assignment", func(w *world) string { return w.working(ana).ID }},
		{"invitation", func(w *world) string { return w.invited(w.published(), ana)[0] }},
	}
	attempts := []attempt{
		{"read messages", func(w *world, by party.Actor, id string) error {
			_, err := w.Messages(w.Context(), by, id, 5, nil)
			return err
		}},
		{project.Say, func(w *world, by party.Actor, id string) error { _, err := w.say(by, id, "a word"); return err }},
		{"attach", func(w *world, by party.Actor, id string) error {
			_, _, err := w.Attach(w.Context(), by, id)
			return err
		}},
		{project.Read, func(w *world, by party.Actor, id string) error {
			_, err := w.say(ana, id, "first")
			must(w, err)
			_, err = w.read(by, id, 1)
			return err
		}},
	}
	t.Run("in a thread: its pro and staff; for everybody else, the client and QC too, there is none — R36 B45 B46", func(t *testing.T) {
		golden(t, "whomay-thread.txt", whoMay(t, scenes, attempts[:3]))
		for _, s := range scenes {
			for _, e := range everybody {
				w := newWorld(t)
				err := attempts[3].try(w, e.actor, s.set(w))
				if takesPart := e.actor.ID == ana.ID || e.actor.IsStaff(); takesPart != (err == nil) || err != nil && !problem.Is(err, problem.CodeNotFound) {
					t.Errorf("%s marks as read on the %s: %v", e.column, s.state, err)
				}
			}
		}
	})
	t.Run("not to a pro whose account is not active: nobody would read it, and staff are told so", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		must(t, w.Store.Commit(t.Context(), store.Change{Records: []store.Record{party.Profile{ID: ana.ID, Version: 2, Roles: ana.Roles}}}))
		before := len(w.mem.events)
		_, err := w.say(agent, a.ID, "Are you there?")
		refused(t, err, problem.CodeRecipientInactive)
		if len(w.mem.events) != before {
			t.Error("something was written")
		}
	})
}

func TestMessage(t *testing.T) {
	w := newWorld(t)
	a := w.working(ana)
	upload := func(thread, name string) string {
		id := w.NewID("fil")
		w.files[project.AttachmentKey(thread, id)] = project.File{Name: name, Size: 7, SHA256: "sum"}
		return id
	}
	thread := project.ThreadID(a.Project, ana.ID)
	t.Run("has text, files or both, and not neither", func(t *testing.T) {
		_, err := w.say(ana, a.ID, "")
		refusedAt(t, err, "/text")
		for _, text := range []string{"", "see the list"} {
			talk, err := w.say(ana, a.ID, text, upload(thread, "names.txt"))
			must(t, err)
			if m := talk.Messages[0]; len(m.Files) != 1 || m.Files[0].Name != "names.txt" || m.Text != text {
				t.Errorf("%+v", m)
			}
		}
	})
	t.Run("names files that have arrived in this thread — B98", func(t *testing.T) {
		before := len(w.mem.events)
		elsewhere := upload(project.ThreadID(a.Project, ben.ID), "of another thread.txt")
		for _, file := range []string{"fil_0", elsewhere, w.arrived(a, "of the deliverable.mov")} {
			_, err := w.say(ana, a.ID, "look", file)
			refused(t, err, problem.CodeUploadMissing)
		}
		many := make([]string, w.Policies.Current().FilesPerMessage+1)
		_, err := w.say(ana, a.ID, "look", many...)
		refused(t, err, problem.CodeTooManyItems)
		if len(w.mem.events) != before {
			t.Error("something was written")
		}
	})
	t.Run("comes from exactly one call, whose repetition is no second message — I26 F5", func(t *testing.T) {
		send := func() error {
			_, err := w.Say(t.Context(), project.Ask{
				By: ana, Channel: "http", Now: w.now, Once: store.Once{ID: "call", Fingerprint: "f", Keep: day}, Answer: func(any) (store.Reply, error) { return store.Reply{}, nil },
			}, a.ID, "once", nil)
			return err
		}
		must(t, send())
		if err := send(); !errors.As(err, new(*store.Answered)) {
			t.Errorf("got %v", err)
		}
		of := 0
		for _, m := range latest[project.Message](w.mem) {
			if m.Source == (project.Source{Kind: project.FromAPI, ID: "call"}) {
				of++
			}
		}
		if of != 1 {
			t.Errorf("%d messages of one call", of)
		}
	})
}

func TestPace(t *testing.T) {
	book := newWorld(t).Policies.Current()
	for _, edge := range edges {
		t.Run("takes the policy's number of messages, and the next a minute after the first: "+edge.name+" — B112", func(t *testing.T) {
			w := newWorld(t)
			a := w.working(ana)
			for n := range book.MessagesAtPace {
				w.now = noon.Add(time.Duration(n) * time.Second)
				_, err := w.say(ana, a.ID, "more")
				must(t, err)
			}
			w.now = noon.Add(book.MessagePace + edge.by)
			before := len(w.mem.events)
			_, err := w.say(ana, a.ID, "once more")
			if edge.passed {
				must(t, err)
				return
			}
			refused(t, err, problem.CodeRateLimited)
			if got := problem.As(err).Wait; got != ms || len(w.mem.events) != before {
				t.Errorf("told to wait %s, %d commits", got, len(w.mem.events)-before)
			}
		})
	}
	t.Run("is each person's own in each thread — B112", func(t *testing.T) {
		w := newWorld(t)
		a, b := w.working(ana), w.working(ana)
		for range book.MessagesAtPace {
			_, err := w.say(agent, a.ID, "more")
			must(t, err)
		}
		_, err := w.say(agent, a.ID, "too much")
		refused(t, err, problem.CodeRateLimited)
		for _, other := range []struct {
			by    party.Actor
			place string
		}{{ana, a.ID}, {lead, a.ID}, {agent, b.ID}} {
			_, err := w.say(other.by, other.place, "a word")
			must(t, err)
		}
		if kept := load[project.Thread](w, store.Ref{Kind: store.Thread, ID: project.ThreadID(a.Project, ana.ID)}).Recent; len(kept) != book.MessagesAtPace+2 {
			t.Errorf("keeps %d", len(kept))
		}
	})
	t.Run("of a hundred sent at once takes as many as the policy says, and refuses the rest as too many — B112", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		var mu sync.Mutex
		count := map[problem.Code]int{}
		var all sync.WaitGroup
		for n := range 100 {
			all.Go(func() {
				_, err := w.Say(t.Context(), project.Ask{By: ana, Now: w.now, Once: store.Once{ID: fmt.Sprint(n), Keep: day}, Answer: func(any) (store.Reply, error) { return store.Reply{}, nil }}, a.ID, "x", nil)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					count["ok"]++
				} else {
					count[problem.As(err).Code]++
				}
			})
		}
		all.Wait()
		if diff := cmp.Diff(map[problem.Code]int{"ok": book.MessagesAtPace, problem.CodeRateLimited: 100 - book.MessagesAtPace}, count); diff != "" {
			t.Error(diff)
		}
	})
}

func TestReadMark(t *testing.T) {
	w := newWorld(t)
	a := w.working(ana)
	for n, by := range []party.Actor{ana, agent, ana, ana, lead} {
		w.now = noon.Add(time.Duration(n) * time.Hour)
		_, err := w.say(by, a.ID, "word")
		must(t, err)
	}
	thread, _ := w.heard(ana, a.ID)
	t.Run("counts what the other side wrote, and since when it waits; one's own is not counted — R36 R39", func(t *testing.T) {
		want := project.Mark{Unread: 3, Since: noon}
		if thread.TeamRead != want || thread.ProRead != (project.Mark{Unread: 2, Since: noon.Add(time.Hour)}) {
			t.Errorf("%+v %+v", thread.TeamRead, thread.ProRead)
		}
	})
	t.Run("moves up to the message that is named, and what came after stays unread", func(t *testing.T) {
		got, err := w.read(lead, a.ID, 3)
		must(t, err)
		if want := (project.Mark{UpTo: 3, Unread: 1, Since: noon.Add(3 * time.Hour)}); got.TeamRead != want || got.ProRead != thread.ProRead {
			t.Errorf("%+v %+v", got.TeamRead, got.ProRead)
		}
		if f, ok := fact[project.MessagesRead](w); !ok || f.UpTo != 3 || w.last().Actor != lead.ID || w.last().Outbox {
			t.Errorf("%+v", w.last())
		}
	})
	t.Run("never goes back, and staying writes nothing", func(t *testing.T) {
		before := len(w.mem.events)
		for n := 1; n <= 3; n++ {
			got, err := w.read(agent, a.ID, n)
			must(t, err)
			if got.TeamRead.UpTo != 3 {
				t.Errorf("is at %d", got.TeamRead.UpTo)
			}
		}
		if len(w.mem.events) != before {
			t.Errorf("%d commits", len(w.mem.events)-before)
		}
	})
	t.Run("is only set on messages that there are", func(t *testing.T) {
		for _, n := range []int{-1, 0, 6} {
			_, err := w.read(ana, a.ID, n)
			refusedAt(t, err, "/upTo")
		}
	})
	t.Run("on the last message leaves nothing unread, until the next one — R39", func(t *testing.T) {
		got, err := w.read(ana, a.ID, 5)
		must(t, err)
		if got.ProRead != (project.Mark{UpTo: 5}) {
			t.Errorf("%+v", got.ProRead)
		}
		talk, err := w.say(agent, a.ID, "one more")
		must(t, err)
		if talk.Thread.ProRead != (project.Mark{UpTo: 5, Unread: 1, Since: w.now}) {
			t.Errorf("%+v", talk.Thread.ProRead)
		}
	})
}

func TestReceive(t *testing.T) {
	mail := func(p, pro, source, text string) project.Mail {
		return project.Mail{Project: p, Pro: pro, Source: source, Text: text}
	}
	t.Run("keeps a mail as a message of its pro, and the agent in charge is told — R30 R36", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		again, err := w.mailed(ana, mail(a.Project, ana.ID, "ses-1", "I have a question."))
		must(t, err)
		if f, ok := fact[project.ProWrote](w); again || !ok || f.Agent != agent.ID || !w.last().Outbox || w.last().Channel != "mail" {
			t.Errorf("%+v", w.last())
		}
		if m := latest[project.Message](w.mem)[0]; m.Source != (project.Source{Kind: project.FromMail, ID: "ses-1"}) || m.Role != party.Pro {
			t.Errorf("%+v", m)
		}
	})
	t.Run("takes a loser's, at their last invitation — R30", func(t *testing.T) {
		w := newWorld(t)
		p := w.published()
		ids := w.invited(p, ben)
		_, err := w.answer(ben, project.Decline, ids[0])
		must(t, err)
		w.now = noon.Add(time.Hour)
		ids = w.invited(p, ana, ben)
		_, err = w.accept(ana, ids[0])
		must(t, err)
		_, err = w.mailed(ben, mail(p.ID, ben.ID, "ses-1", "I cannot get in!"))
		must(t, err)
		if thread, got := w.heard(agent, ids[1]); !slices.Equal(got, []string{"1 pro I cannot get in!"}) || thread.Invitation != ids[1] || thread.TeamRead.Unread != 1 {
			t.Errorf("%v %+v", got, thread)
		}
	})
	t.Run("of the same mail twice, or many times at once, is one message — F55 B107 I26", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() {
				if _, err := w.mailed(ana, mail(a.Project, ana.ID, "ses-1", "Hello")); err != nil && !problem.Is(err, problem.CodeUnavailable) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		w.now = noon.Add(399 * day)
		again, err := w.mailed(ana, mail(a.Project, ana.ID, "ses-1", "Hello"))
		must(t, err)
		if _, got := w.heard(ana, a.ID); !again || len(got) != 1 {
			t.Errorf("%v, %v", again, got)
		}
	})
	t.Run("of the same mail with other words is refused, for a person to look at — B107", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		_, err := w.mailed(ana, mail(a.Project, ana.ID, "ses-1", "Hello"))
		must(t, err)
		_, err = w.mailed(ana, mail(a.Project, ana.ID, "ses-1", "Hello, other"))
		refused(t, err, problem.CodeIdempotencyKeyReused)
	})
	t.Run("of an automatic mail waits for staff and mails nobody, so that no two machines talk", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		m := mail(a.Project, ana.ID, "ses-1", "I am out of office.")
		m.Auto = true
		_, err := w.mailed(ana, m)
		must(t, err)
		if thread, _ := w.heard(agent, a.ID); w.last().Outbox || thread.TeamRead.Unread != 1 {
			t.Errorf("%+v %+v", w.last(), thread)
		}
	})
	t.Run("beyond the pace keeps the mail and mails nobody about it — B112", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		most := w.Policies.Current().MessagesAtPace
		for n := range most - 1 {
			_, err := w.say(ana, a.ID, fmt.Sprint("word ", n))
			must(t, err)
		}
		for n := range 4 {
			_, err := w.mailed(ana, mail(a.Project, ana.ID, fmt.Sprint("ses-", n), "more"))
			must(t, err)
			if w.last().Outbox != (n == 0) {
				t.Errorf("mail %d: told %v", n, w.last().Outbox)
			}
		}
		if thread, got := w.heard(agent, a.ID); len(got) != most+3 || thread.TeamRead.Unread != most+3 || len(thread.Recent) != most {
			t.Errorf("%d messages, %+v", len(got), thread)
		}
	})
	t.Run("takes what cannot be shown out of the words, and cuts what is too long", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		for source, row := range map[string]struct{ said, kept string }{
			"ses-1": {"  a\x00b\u202ec\xffd\r\n\te \n", "abcd\n\te"},
			"ses-2": {strings.Repeat("é", 9000), strings.Repeat("é", 8000)},
			"ses-3": {"", ""},
		} {
			_, err := w.mailed(ana, mail(a.Project, ana.ID, source, row.said))
			must(t, err)
			kept := latest[project.Message](w.mem)
			i := slices.IndexFunc(kept, func(m project.Message) bool { return m.Source.ID == source })
			if kept[i].Text != row.kept {
				t.Errorf("kept %q", kept[i].Text)
			}
		}
	})
	t.Run("finds no thread for who was never invited, and none of another's — B45", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		for _, row := range []struct {
			by           party.Actor
			project, pro string
		}{{ben, a.Project, ben.ID}, {ben, a.Project, ana.ID}, {ana, "prj_0", ana.ID}, {client, a.Project, ana.ID}} {
			_, err := w.mailed(row.by, mail(row.project, row.pro, "ses-9", "Hello"))
			refused(t, err, problem.CodeNotFound)
		}
	})
}

func TestTalkAtOnce(t *testing.T) {
	t.Run("loses nothing: every message lands once, numbered without gaps, and marks fit — I26 F5", func(t *testing.T) {
		w := over(t, dynamo.New(embedded(t), table))
		a := w.working(ana)
		const each = 5
		var all sync.WaitGroup
		for n := range each {
			for _, by := range []party.Actor{ana, agent} {
				all.Go(func() {
					if _, err := w.say(by, a.ID, fmt.Sprint(n)); err != nil {
						t.Error(err)
					}
				})
			}
			all.Go(func() {
				if talk, err := w.Messages(t.Context(), ana, a.ID, 1, nil); err == nil && talk.Thread.Count > 0 {
					if _, err := w.read(ana, a.ID, talk.Thread.Count); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		talk, err := w.Messages(t.Context(), agent, a.ID, 100, nil)
		must(t, err)
		thread := talk.Thread
		said := map[string]int{}
		unread := map[bool]int{}
		for n, m := range talk.Messages {
			if m.Number() != 2*each-n {
				t.Errorf("message %d comes as %d", m.Number(), 2*each-n)
			}
			said[m.Author.Reveal()+m.Text]++
			if m.Number() > thread.ProRead.UpTo || m.OfPro() {
				unread[m.OfPro()]++
			}
		}
		if len(talk.Messages) != 2*each || len(said) != 2*each || thread.Count != 2*each {
			t.Errorf("%d messages, %d of them different, count %d", len(talk.Messages), len(said), thread.Count)
		}
		if thread.ProRead.Unread != unread[false] || thread.TeamRead.Unread != unread[true] {
			t.Errorf("%+v %+v, counted %v", thread.ProRead, thread.TeamRead, unread)
		}
	})
}
