package notice

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

var (
	throttled = problem.New(problem.CodeUnavailable, "Maximum sending rate exceeded.").Because(ErrNotSent)
	silent    = problem.New(problem.CodeUnavailable, "No answer.")
	rejected  = &Refused{Reason: "Address blacklisted."}
)

// recipients are the envelopes of a notice's messages.
func recipients(w *world, notice string) [][]string {
	var list [][]string
	for _, m := range w.about(notice) {
		list = append(list, addresses(m))
	}
	return list
}

func same(t *testing.T, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// marked wants a mail of evt_1 to be marked, once.
func marked(t *testing.T, w *world, m store.Mail) {
	t.Helper()
	times := 0
	for _, got := range w.marks["evt_1"] {
		if got == m {
			times++
		}
	}
	same(t, times, 1)
}

func TestInvitation(t *testing.T) {
	t.Run("goes to every pro of the round by itself, with their reward and link, and not to who said no", func(t *testing.T) {
		w := newWorld(round())
		tell(t, w, event(samples()["invitation"]))
		same(t, recipients(w, "invitation"), [][]string{{"ana@people.example.com"}, {"bob@people.example.com"}, {"carla@people.example.com"}})
		bob := w.about("invitation")[1]
		for _, want := range []string{"Hello Bob,", "15.00 USD", site.URL + "/invitations/inv_1-2/key-of-bob\n", "Thursday 26 November 2026, 06:05 (America/New_York, UTC-5)"} {
			if !strings.Contains(bob.Text, want) {
				t.Errorf("lacks %q in %s", want, bob.Text)
			}
		}
		same(t, w.closed, []string{"evt_1"})
	})
	expires := round().ExpiresAt
	for _, c := range []struct {
		name string
		at   time.Time
		want int
	}{
		{"is sent one millisecond before it expires", expires.Add(-time.Millisecond), 3},
		{"is not sent when it expires", expires, 0},
		{"is not sent one millisecond later", expires.Add(time.Millisecond), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(round())
			if err := w.teller().Tell(t.Context(), event(samples()["invitation"]), c.at); err != nil {
				t.Fatal(err)
			}
			same(t, len(w.sent), c.want)
			same(t, w.closed, []string{"evt_1"})
		})
	}
	t.Run("that was withdrawn meanwhile is told as withdrawn only", func(t *testing.T) {
		r := round()
		r.Lines[0].State = project.Withdrawn
		w := newWorld(r)
		tell(t, w, event(samples()["invitation"]))
		tell(t, w, store.Event{ID: "evt_2", At: now, Policy: "2026-11", Facts: []store.Fact{samples()["withdrawn"]}, Outbox: true})
		same(t, recipients(w, "invitation"), [][]string{{"bob@people.example.com"}, {"carla@people.example.com"}})
		same(t, recipients(w, "withdrawn"), [][]string{{"ana@people.example.com"}})
	})
	t.Run("of a round that cannot be read is an error, and the outbox stays open", func(t *testing.T) {
		w := newWorld()
		err := w.teller().Tell(t.Context(), event(samples()["invitation"], samples()["withdrawn"]), now)
		if !errors.Is(err, store.ErrNoRecord) || len(w.closed) != 0 {
			t.Errorf("err = %v, closed = %v", err, w.closed)
		}
	})
	t.Run("that its round does not have cannot be told as withdrawn", func(t *testing.T) {
		w := newWorld(round())
		f := samples()["withdrawn"].(project.InvitationWithdrawn)
		f.Invitation = "inv_1-99"
		if err := w.teller().Tell(t.Context(), event(f), now); err == nil || len(w.closed) != 0 {
			t.Errorf("err = %v, closed = %v", err, w.closed)
		}
	})
}

func TestInvitationList(t *testing.T) {
	all := []store.Listing{
		{Invitation: "inv_1-1", Project: "prj_1", Pro: "ana"}, {Invitation: "inv_1-2", Project: "prj_1", Pro: "bob"},
		{Invitation: "inv_1-3", Project: "prj_1", Pro: "carla"}, {Invitation: "inv_1-4", Project: "prj_1", Pro: "dora"},
	}
	t.Run("has the invitation of every pro of the round before a mail goes, of who said no as well — R24", func(t *testing.T) {
		w := newWorld(round())
		tell(t, w, event(samples()["invitation"]))
		same(t, w.listed, all)
		same(t, len(w.sent), 3)
	})
	for name, fail := range map[string]func(w *world, teller *Teller){
		"is refused for ever": func(w *world, _ *Teller) {
			w.answers["ana@people.example.com"], w.answers["bob@people.example.com"] = rejected, rejected
		},
		"may or may not have gone": func(w *world, _ *Teller) { w.answers["carla@people.example.com"] = silent },
		"has no link": func(_ *world, teller *Teller) {
			teller.Link = func(context.Context, string, string) (string, error) { return "", silent }
		},
		"expired while it waited": func(w *world, _ *Teller) {
			r := round()
			r.ExpiresAt = now
			w.records[r.Ref()] = r
		},
	} {
		t.Run("has an invitation also where the mail "+name+" — R24", func(t *testing.T) {
			w := newWorld(round())
			teller := w.teller()
			fail(w, &teller)
			_ = teller.Tell(t.Context(), event(samples()["invitation"]), now) // whether it fails is shown elsewhere
			same(t, w.listed, all)
		})
	}
	t.Run("that cannot be written holds back no mail, and the outbox stays open for it", func(t *testing.T) {
		w := newWorld(round())
		w.unlist = silent
		if err := w.teller().Tell(t.Context(), event(samples()["invitation"]), now); !errors.Is(err, silent) || len(w.sent) != 3 || len(w.closed) != 0 {
			t.Errorf("got %v, %d mails, closed %v", err, len(w.sent), w.closed)
		}
		w.unlist, w.sent = nil, nil
		tell(t, w, event(samples()["invitation"]))
		same(t, w.listed, all)
		same(t, len(w.sent), 0)
		same(t, w.closed, []string{"evt_1"})
	})
	t.Run("has nothing of other mails", func(t *testing.T) {
		w := newWorld(round())
		tell(t, w, event(samples()["filled"]))
		same(t, len(w.listed), 0)
	})
}

// crowd is a round of n pros who read the same language in the same zone.
func crowd(id string, n int) project.Round {
	r := round()
	r.ID, r.Lines = id, nil
	for i := range n {
		name := fmt.Sprintf("%s-%03d", strings.TrimPrefix(id, "rnd_"), i)
		r.Lines = append(r.Lines, project.Line{Pro: name, State: project.Invited, Contact: contact(name, "es", "Europe/Madrid")})
	}
	return r
}

func filled(won []string, rounds ...string) store.Event {
	return event(project.FilledUp{Project: "prj_1", Title: "Trailer", Rounds: rounds, Won: won, Seats: 3, At: now})
}

func TestFilled(t *testing.T) {
	t.Run("is one mail for each language and zone, to all without a seat, and hides them from each other", func(t *testing.T) {
		w := newWorld(round())
		tell(t, w, event(samples()["filled"]))
		same(t, recipients(w, "filled"), [][]string{{"ana@people.example.com"}, {"bob@people.example.com"}})
		for _, m := range w.sent {
			if !m.Undisclosed || strings.Contains(m.Text, "Ana") || strings.Contains(m.Text, "Bob") {
				t.Errorf("discloses somebody: %+v", m)
			}
		}
		if text := w.about("filled")[0].Text; !strings.Contains(text, "Completado: martes 24 de noviembre de 2026, 14:05 (Europe/Madrid, UTC+1)") {
			t.Errorf("not in the group's zone: %s", text)
		}
	})
	for _, c := range []struct{ losers, mails, last int }{{49, 1, 49}, {50, 1, 50}, {51, 2, 1}, {125, 3, 25}} {
		t.Run(fmt.Sprintf("for %d of one language and zone is %d mails", c.losers, c.mails), func(t *testing.T) {
			w := newWorld(crowd("rnd_a", c.losers))
			tell(t, w, filled(nil, "rnd_a"))
			got := w.about("filled")
			same(t, len(got), c.mails)
			same(t, len(got[c.mails-1].To), c.last)
		})
	}
	t.Run("reaches nobody twice who was invited in two rounds", func(t *testing.T) {
		again := crowd("rnd_b", 1)
		again.Lines[0] = crowd("rnd_a", 1).Lines[0]
		again.SentAt = now.Add(-time.Hour)
		w := newWorld(crowd("rnd_a", 2), again)
		tell(t, w, filled(nil, "rnd_a", "rnd_b"))
		same(t, recipients(w, "filled"), [][]string{{"a-000@people.example.com", "a-001@people.example.com"}})
	})
	t.Run("tells when each round that it covers went out", func(t *testing.T) {
		second := crowd("rnd_b", 1)
		second.SentAt = now.Add(-time.Hour)
		w := newWorld(crowd("rnd_a", 1), second)
		tell(t, w, filled(nil, "rnd_a", "rnd_b"))
		want := "- Invitaciones enviadas: lunes 23 de noviembre de 2026, 12:05 (Europe/Madrid, UTC+1)\n- Invitaciones enviadas: martes 24 de noviembre de 2026, 13:05 (Europe/Madrid, UTC+1)\n"
		if len(w.sent) != 1 || !strings.Contains(w.sent[0].Text, want) {
			t.Errorf("got %v", w.sent)
		}
	})
	t.Run("with a seat for everybody tells nobody and closes the outbox", func(t *testing.T) {
		w := newWorld(crowd("rnd_a", 2))
		tell(t, w, filled([]string{"inv_a-1", "inv_a-2"}, "rnd_a"))
		same(t, len(w.sent), 0)
		same(t, w.closed, []string{"evt_1"})
	})
	t.Run("refused as a group is told one by one, so that one bad address silences nobody else", func(t *testing.T) {
		w := newWorld(crowd("rnd_a", 3))
		w.answers["a-001@people.example.com"] = rejected
		tell(t, w, filled(nil, "rnd_a"))
		tell(t, w, filled(nil, "rnd_a"))
		same(t, recipients(w, "filled"), [][]string{{"a-000@people.example.com"}, {"a-002@people.example.com"}})
		marked(t, w, store.Mail{Notice: "filled", Recipient: "a-001", MessageID: "refused: Address blacklisted."})
	})
	t.Run("that was refused as a group stays open while one of its members cannot be reached", func(t *testing.T) {
		w := newWorld(crowd("rnd_a", 3))
		w.answers["a-001@people.example.com"] = rejected
		w.answers["a-002@people.example.com"] = throttled
		if err := w.teller().Tell(t.Context(), filled(nil, "rnd_a"), now); !problem.Is(err, problem.CodeUnavailable) || len(w.closed) != 0 {
			t.Fatalf("err = %v, closed = %v", err, w.closed)
		}
		delete(w.answers, "a-002@people.example.com")
		if err := w.teller().Tell(t.Context(), filled(nil, "rnd_a"), now); err != nil {
			t.Fatal(err)
		}
		same(t, recipients(w, "filled"), [][]string{{"a-000@people.example.com"}, {"a-002@people.example.com"}})
	})
}

func TestCancelled(t *testing.T) {
	w := newWorld(round())
	tell(t, w, event(samples()["cancelled"]))
	same(t, recipients(w, "cancelled"), [][]string{{"ana@people.example.com", "carla@people.example.com"}, {"bob@people.example.com"}})
}

func TestPeopleOfTheDirectory(t *testing.T) {
	t.Run("are told each in their own words", func(t *testing.T) {
		w := newWorld(profile("pro", "es", party.Pro), profile("client", "en", party.Client))
		tell(t, w, event(samples()["passed_pro"]))
		same(t, recipients(w, "passed_pro"), [][]string{{"pro@people.example.com"}})
		same(t, recipients(w, "passed_client"), [][]string{{"client@people.example.com"}})
		if pro := w.about("passed_pro")[0]; !strings.HasPrefix(pro.Subject, "Control de calidad superado") {
			t.Errorf("subject %s", pro.Subject)
		}
		if client := w.about("passed_client")[0]; !strings.Contains(client.Text, "90 days left") || strings.Contains(client.Text, "12.50") {
			t.Errorf("text %s", client.Text)
		}
	})
	t.Run("who are not there or not active are left out, and the others are told", func(t *testing.T) {
		gone := profile("pro", "es", party.Pro)
		gone.Active = false
		for _, w := range []*world{newWorld(gone, profile("client", "en", party.Client)), newWorld(profile("client", "en", party.Client))} {
			tell(t, w, event(samples()["passed_pro"]))
			same(t, len(w.about("passed_pro")), 0)
			same(t, len(w.about("passed_client")), 1)
			same(t, w.closed, []string{"evt_1"})
		}
	})
}

func TestTell(t *testing.T) {
	lease := policy.Editions().Current().MailLease
	t.Run("told twice sends once", func(t *testing.T) {
		w := newWorld(round())
		tell(t, w, event(samples()["invitation"]))
		tell(t, w, event(samples()["invitation"]))
		same(t, len(w.sent), 3)
	})
	t.Run("while another attempt runs sends nothing, and says that it is worth another try", func(t *testing.T) {
		w := newWorld(round())
		e := event(samples()["invitation"])
		w.leases[e.ID] = now.Add(time.Millisecond)
		if err := w.teller().Tell(t.Context(), e, now); !problem.Is(err, problem.CodeUnavailable) || len(w.sent)+len(w.closed) != 0 {
			t.Errorf("err = %v, sent %d, closed %v", err, len(w.sent), w.closed)
		}
	})
	t.Run("told by eight at once sends once", func(t *testing.T) {
		w := newWorld(crowd("rnd_1", 25))
		done := make(chan error)
		for range 8 {
			go func() {
				err := w.teller().Tell(context.Background(), event(samples()["invitation"]), now)
				done <- err
			}()
		}
		for range 8 {
			if err := <-done; err != nil && !problem.Is(err, problem.CodeUnavailable) {
				t.Error(err)
			}
		}
		same(t, len(w.sent), 25)
	})
	t.Run("has at most four mails on their way", func(t *testing.T) {
		w := newWorld(crowd("rnd_1", 25))
		var on, most atomic.Int32
		teller := w.teller()
		teller.Send = sendFunc(func(ctx context.Context, m Message) (string, error) {
			defer on.Add(-1)
			if n := on.Add(1); n > most.Load() {
				most.Store(n)
			}
			return w.Send(ctx, m)
		})
		if err := teller.Tell(t.Context(), event(samples()["invitation"]), now); err != nil {
			t.Fatal(err)
		}
		if n := most.Load(); n > atOnce || len(w.sent) != 25 {
			t.Errorf("%d at once, %d sent", n, len(w.sent))
		}
	})
	t.Run("goes on past a mail that fails, keeps the outbox open, and says that it is worth another try", func(t *testing.T) {
		w := newWorld(round())
		w.answers["ana@people.example.com"] = throttled
		err := w.teller().Tell(t.Context(), event(samples()["invitation"]), now)
		if problem.As(err).Kind() != problem.Unavailable {
			t.Errorf("err = %v", err)
		}
		same(t, recipients(w, "invitation"), [][]string{{"bob@people.example.com"}, {"carla@people.example.com"}})
		same(t, len(w.closed), 0)
	})
	for _, c := range []struct {
		name string
		at   time.Time
		want int
	}{
		{"leaves a mail of unknown outcome alone until one millisecond before its lease ends", now.Add(lease - time.Millisecond), 1},
		{"sends it once more when the lease ends", now.Add(lease), 3},
		{"sends it once more one millisecond later", now.Add(lease + time.Millisecond), 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(round())
			w.answers["ana@people.example.com"], w.answers["bob@people.example.com"] = silent, throttled
			if w.teller().Tell(t.Context(), event(samples()["invitation"]), now) == nil {
				t.Fatal("the first try went through")
			}
			delete(w.answers, "bob@people.example.com")
			delete(w.answers, "ana@people.example.com")
			err := w.teller().Tell(t.Context(), event(samples()["invitation"]), c.at)
			same(t, len(w.sent), c.want)
			if done := c.want == 3; done != (err == nil) || done != (len(w.closed) == 1) {
				t.Errorf("err = %v, closed = %v", err, w.closed)
			}
		})
	}
	t.Run("tries again at once what was certainly not sent, and that only", func(t *testing.T) {
		w := newWorld(round())
		w.answers["ana@people.example.com"] = throttled
		if w.teller().Tell(t.Context(), event(samples()["invitation"]), now) == nil {
			t.Fatal("the first try went through")
		}
		delete(w.answers, "ana@people.example.com")
		tell(t, w, event(samples()["invitation"]))
		same(t, recipients(w, "invitation"), [][]string{{"ana@people.example.com"}, {"bob@people.example.com"}, {"carla@people.example.com"}})
		same(t, w.closed, []string{"evt_1"})
	})
	t.Run("leaves a mail that was sent and could not be marked alone until the lease ends", func(t *testing.T) {
		w := newWorld(profile("pro", "es", party.Pro))
		w.unable = throttled
		for _, at := range []time.Time{now, now.Add(lease - time.Millisecond)} {
			if err := w.teller().Tell(t.Context(), event(samples()["credited"]), at); !problem.Is(err, problem.CodeUnavailable) {
				t.Errorf("err = %v", err)
			}
		}
		same(t, len(w.sent), 1)
	})
	t.Run("holds back no letter because of another that cannot be written, and keeps the outbox open for that one", func(t *testing.T) {
		w := newWorld(round(), profile("pro", "es", party.Pro))
		e := event(strange{}, samples()["credited"])
		for range 2 {
			if err := w.teller().Tell(t.Context(), e, now); err == nil || !strings.Contains(err.Error(), "sun.rose") {
				t.Errorf("err = %v", err)
			}
		}
		same(t, recipients(w, "credited"), [][]string{{"pro@people.example.com"}})
		same(t, len(w.closed), 0)
	})
	t.Run("reads rounds fresh where an answer that came meanwhile makes a mail wrong", func(t *testing.T) {
		for notice, want := range map[string]store.Freshness{"invitation": store.Fresh, "withdrawn": store.Stale, "filled": store.Stale, "cancelled": store.Stale} {
			w := newWorld(round())
			tell(t, w, event(samples()[notice]))
			same(t, w.read, []store.Freshness{want})
		}
	})
	t.Run("keeps a permanent refusal and never tries again", func(t *testing.T) {
		w := newWorld(round())
		w.answers["ana@people.example.com"] = fmt.Errorf("hand over: %w", rejected)
		tell(t, w, event(samples()["invitation"]))
		delete(w.answers, "ana@people.example.com")
		tell(t, w, event(samples()["invitation"]))
		same(t, recipients(w, "invitation"), [][]string{{"bob@people.example.com"}, {"carla@people.example.com"}})
		marked(t, w, store.Mail{Notice: "invitation", Recipient: "ana", MessageID: "refused: Address blacklisted."})
	})
	t.Run("marks an accepted mail even when its own time is up, and begins no other", func(t *testing.T) {
		w := newWorld(crowd("rnd_1", 25))
		ctx, cancel := context.WithCancel(t.Context())
		teller := w.teller()
		teller.Send = sendFunc(func(ctx context.Context, m Message) (string, error) {
			cancel()
			return w.Send(ctx, m)
		})
		err := teller.Tell(ctx, event(samples()["invitation"]), now)
		if problem.As(err).Kind() != problem.Unavailable || len(w.closed) != 0 {
			t.Errorf("err = %v, closed = %v", err, w.closed)
		}
		if marks := len(w.marks["evt_1"]); marks != len(w.sent) || marks == 0 || marks > atOnce {
			t.Errorf("sent %d, marked %d", len(w.sent), marks)
		}
		tell(t, w, event(samples()["invitation"]))
		same(t, len(w.sent), 25)
	})
	t.Run("does nothing about an event whose outbox is closed", func(t *testing.T) {
		w := newWorld()
		e := event(samples()["invitation"])
		e.Outbox = false
		tell(t, w, e)
		same(t, len(w.sent)+len(w.closed), 0)
	})
	t.Run("of facts for the timeline only sends nothing and closes the outbox", func(t *testing.T) {
		w := newWorld()
		tell(t, w, event(project.Created{}, project.Published{}))
		same(t, len(w.sent), 0)
		same(t, w.closed, []string{"evt_1"})
	})
	t.Run("refuses a policy edition that the book has not", func(t *testing.T) {
		w := newWorld(round())
		e := event(samples()["invitation"])
		e.Policy = "1999-01"
		if err := w.teller().Tell(t.Context(), e, now); err == nil || len(w.sent) != 0 {
			t.Errorf("err = %v, sent %d", err, len(w.sent))
		}
	})
}

// strange is a fact of which the table knows nothing.
type strange struct{}

func (strange) FactName() string { return "sun.rose" }

type sendFunc func(context.Context, Message) (string, error)

func (f sendFunc) Send(ctx context.Context, m Message) (string, error) { return f(ctx, m) }

func TestMessage(t *testing.T) {
	t.Run("has the same ID at every try, and another one for everybody else", func(t *testing.T) {
		ids := map[string]bool{}
		for range 2 {
			w := newWorld(round())
			tell(t, w, event(samples()["invitation"]))
			for _, m := range w.sent {
				ids[m.ID] = true
			}
		}
		same(t, len(ids), 3)
	})
	t.Run("threads with all others about its project, and with no other project's", func(t *testing.T) {
		w := inLanguage("en")
		tell(t, w, event(samples()["invitation"], samples()["filled"], samples()["credited"]))
		for _, m := range w.sent {
			same(t, m.Thread, w.sent[0].Thread)
		}
		other := samples()["credited"].(project.RewardCredited)
		other.Project = "prj_2"
		tell(t, w, store.Event{ID: "evt_2", Policy: "2026-11", Facts: []store.Fact{other}, Outbox: true})
		if w.sent[len(w.sent)-1].Thread == w.sent[0].Thread {
			t.Error("two projects in one thread")
		}
	})
	t.Run("to a pro is answered to an address that names what it is about — R30 R36", func(t *testing.T) {
		each(t, func(t *testing.T, n Notice, _ string, m Message) {
			want := map[Audience]string{
				EachInvited: "replies+token-of-inv1-1@mail.example.com", TheInvited: "replies+token-of-inv1-1@mail.example.com", WhoWrote: "replies+token-of-inv1-1@mail.example.com",
				WhoLostOut: "replies+token-of-prj1@mail.example.com", ThePro: "replies+token-of-asg1@mail.example.com",
				TheClient: site.From, TheAgent: site.From, TheProposer: site.From, TheDesk: site.From, TheLeads: site.From, OtherLeads: site.From, WhoIsOnIt: "replies+token-of-prj1@mail.example.com",
			}[n.Audience]
			same(t, m.ReplyTo.Address, want)
			same(t, strings.Contains(m.Text, "reply to this mail") || strings.Contains(m.Text, "responder a este correo"), want != site.From)
		})
	})
	t.Run("answers a mail in its thread, as what sends by itself, and no other mail does — R30", func(t *testing.T) {
		each(t, func(t *testing.T, n Notice, _ string, m Message) {
			if answers := n.Audience == WhoWrote; answers {
				same(t, header(m, "Auto-Submitted")+m.InReplyTo, "auto-replied<reply@pro.example.net>")
			} else {
				same(t, header(m, "Auto-Submitted")+m.InReplyTo, "auto-generated")
			}
		})
	})
	t.Run("offers proofreading only where the work is a translation — R32", func(t *testing.T) {
		w := inLanguage("en")
		late := samples()["late"].(project.LateAnswered)
		late.Proofreading = false
		tell(t, w, event(samples()["late"]))
		tell(t, w, store.Event{ID: "evt_2", Policy: "2026-11", Facts: []store.Fact{late}, Outbox: true})
		for i, offers := range []bool{true, false} {
			same(t, strings.Contains(w.sent[i].Text, "roofreading"), offers)
			same(t, strings.Contains(w.sent[i].HTML, "roofreading"), offers)
		}
	})
	t.Run("tells the agent which mail was answered by itself — R31", func(t *testing.T) {
		w := inLanguage("en")
		wrote := samples()["message_agent"].(project.ProWrote)
		wrote.Answered = project.AllSeatsTaken
		tell(t, w, event(samples()["message_agent"]))
		tell(t, w, store.Event{ID: "evt_2", Policy: "2026-11", Facts: []store.Fact{wrote}, Outbox: true})
		for i, answered := range []bool{false, true} {
			same(t, strings.Contains(w.sent[i].Text, "answered by ourselves"), answered)
			same(t, strings.Contains(w.sent[i].HTML, "answered by ourselves"), answered)
		}
	})
	t.Run("suggests proofreading to the agent, with where to offer it, in the mail about who came too late for a translation — R32 A16", func(t *testing.T) {
		w := inLanguage("en")
		wrote := samples()["message_agent"].(project.ProWrote)
		wrote.Answered, wrote.Proofreading = project.AllSeatsTaken, true
		tell(t, w, event(samples()["message_agent"]))
		tell(t, w, store.Event{ID: "evt_2", Policy: "2026-11", Facts: []store.Fact{wrote}, Outbox: true})
		for i, suggested := range []bool{false, true} {
			same(t, strings.Contains(w.sent[i].Text, "offer its proofreading") && strings.Contains(w.sent[i].Text, "/projects/prj_1"), suggested)
			same(t, strings.Contains(w.sent[i].HTML, "offer its proofreading") && strings.Contains(w.sent[i].HTML, "/projects/prj_1"), suggested)
		}
	})
	t.Run("is not written where its reply address cannot be made, and waits", func(t *testing.T) {
		w := inLanguage("en")
		teller := w.teller()
		teller.Token = func(context.Context, string) (string, error) { return "", errors.New("down") }
		if err := teller.Tell(t.Context(), event(samples()["credited"]), now); err == nil || len(w.sent) != 0 || len(w.closed) != 0 {
			t.Errorf("err = %v, %d sent, closed %v", err, len(w.sent), w.closed)
		}
	})
	t.Run("can be left by mail, and promises no page for it", func(t *testing.T) {
		w := inLanguage("en")
		tell(t, w, event(samples()["invitation"], samples()["filled"]))
		for _, m := range w.sent {
			same(t, header(m, "List-Unsubscribe"), "<mailto:"+site.From+"?subject=unsubscribe>")
			same(t, header(m, "List-Unsubscribe-Post"), "")
		}
	})
	t.Run("is tagged for SES only where a configuration set reports on it", func(t *testing.T) {
		w := inLanguage("en")
		teller := w.teller()
		teller.Site.ConfigurationSet = "callsheet"
		if err := teller.Tell(t.Context(), event(samples()["credited"]), now); err != nil {
			t.Fatal(err)
		}
		same(t, header(w.sent[0], "X-SES-CONFIGURATION-SET"), "callsheet")
		same(t, header(w.sent[0], "X-SES-MESSAGE-TAGS"), "notice=credited, event=evt_1, recipient="+hash("pro"))
		tell(t, w, store.Event{ID: "evt_2", Policy: "2026-11", Facts: []store.Fact{samples()["credited"]}, Outbox: true})
		same(t, header(w.sent[1], "X-SES-MESSAGE-TAGS"), "")
	})
}

func TestSite(t *testing.T) {
	t.Run("accepts what is complete", func(t *testing.T) {
		if err := site.Validate(); err != nil {
			t.Error(err)
		}
	})
	for name, edit := range map[string]func(*Site){
		"no name":                                func(s *Site) { s.Name = "" },
		"a relative address":                     func(s *Site) { s.URL = "/pages" },
		"another scheme":                         func(s *Site) { s.URL = "javascript:alert(1)" },
		"a slash at the end":                     func(s *Site) { s.URL += "/" },
		"a login in the address":                 func(s *Site) { s.URL = "https://a:b@pages.example.com" },
		"no page for questions":                  func(s *Site) { s.Support = "" },
		"a name in the sender":                   func(s *Site) { s.From = "Callsheet <team@mail.example.com>" },
		"no reply address":                       func(s *Site) { s.ReplyTo = "" },
		"a + in the base":                        func(s *Site) { s.ReplyTo = "team+replies@mail.example.com" },
		"a base that leaves no room for a token": func(s *Site) { s.ReplyTo = "sixteen-letters.@mail.example.com" },
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			s := site
			edit(&s)
			if err := s.Validate(); !problem.Is(err, problem.CodeValidation) {
				t.Errorf("err = %v", err)
			}
		})
	}
}
