package local_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/callsheet/callsheet/infra/journey"
	"github.com/callsheet/callsheet/infra/local"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// raced is a project whose seat Ana took before Ben, with the mails that Ben has: the invitation and the word to who lost.
func raced(tn *town) (invitation string, mails []journey.Mail) {
	tn.t.Helper()
	ids := tn.invite(tn.project(nil), "pro-ana", "pro-ben")
	tn.accept("pro-ana", ids[0])
	mails = tn.letters("ben@pro.example.com")
	if len(mails) != 2 {
		tn.t.Fatalf("Ben has %d mails", len(mails))
	}
	return ids[1], mails
}

// said are the messages of the thread at an invitation, as staff read them, oldest first.
func (tn *town) said(invitation string) (list []project.Message) {
	tn.t.Helper()
	jobs := project.Service{Store: tn.store(), Policies: policy.Editions()}
	talk, err := jobs.Messages(tn.t.Context(), party.Actor{ID: "agent", Roles: party.Staff()}, invitation, 100, nil)
	tn.must(err)
	slices.Reverse(talk.Messages)
	return talk.Messages
}

// held are the mails in quarantine.
func (tn *town) held() (list []project.Stray) {
	tn.t.Helper()
	jobs := project.Service{Store: tn.store(), Policies: policy.Editions()}
	page, err := jobs.Quarantined(tn.t.Context(), party.Actor{ID: "agent", Roles: party.Staff()}, 100, nil)
	tn.must(err)
	for _, r := range page.Items {
		list = append(list, r.(project.Stray))
	}
	return list
}

// letters are the mails to an address, newest first.
func (tn *town) letters(to string) []journey.Mail {
	tn.t.Helper()
	mails, err := tn.world.Mails(to)
	tn.must(err)
	return mails
}

func TestReplies(t *testing.T) {
	t.Run("a loser's reply to the invitation stands in the thread and is answered with the truth, once — R30 R31 R32 A21", func(t *testing.T) {
		tn := open(t)
		invitation, mails := raced(tn)
		tn.must(tn.world.Reply(mails[1], "Ben Brook <ben@pro.example.com>", "I have no access. What happened?"))
		tn.pass(0)
		said := tn.said(invitation)
		if len(said) != 1 || said[0].Text != "I have no access. What happened?" || said[0].Answered != project.AllSeatsTaken {
			t.Fatalf("%+v", said)
		}
		mails = tn.letters("ben@pro.example.com")
		answer := mails[0]
		for _, truth := range []string{"all of its seats were taken", "Seats taken: 1 of 1", "Filled: ", "Your invitation was sent: ", "told if a seat becomes free", "translation"} {
			if !strings.Contains(answer.Text, truth) {
				t.Errorf("the answer lacks %q:\n%s", truth, answer.Text)
			}
		}
		equal(t, "mails to Ben", len(mails), 3)
		equal(t, "Auto-Submitted", answer.First("Auto-Submitted"), "auto-replied")
		if id := answer.First("In-Reply-To"); !strings.HasSuffix(id, "@mail.example.com>") || !strings.HasSuffix(answer.First("References"), id) {
			t.Errorf("In-Reply-To %s, References %s", id, answer.First("References"))
		}
		agent := tn.letters("abel@callsheet.example.com")
		if len(agent) == 0 || !strings.Contains(agent[0].Text, "What happened?") || !strings.Contains(agent[0].Text, "answered by ourselves") {
			t.Errorf("the agent got %+v", agent)
		}
		tn.must(tn.world.Reply(answer, "ben@pro.example.com", "Thank you!"))
		equal(t, "mails to Ben after a second reply", len(tn.letters("ben@pro.example.com")), 3)
		equal(t, "messages after a second reply", len(tn.said(invitation)), 2)
		tn.sound()
	})
	t.Run("a reply to an invitation that has expired is answered so, once; and however many follow, few are taken in — R30 R31 F57", func(t *testing.T) {
		tn := open(t)
		invitation := tn.invite(tn.project(nil), "pro-ben")[0]
		tn.pass(73 * time.Hour)
		asked := tn.letters("ben@pro.example.com")
		for n := range 40 {
			tn.must(tn.world.Reply(asked[len(asked)-1], "ben@pro.example.com", fmt.Sprint("Why is it closed? ", n)))
		}
		tn.pass(0)
		mails := tn.letters("ben@pro.example.com")
		equal(t, "mails to Ben", len(mails), len(asked)+1)
		if !strings.Contains(mails[0].Text, "your invitation was not accepted in time") {
			t.Errorf("the answer is:\n%s", mails[0].Text)
		}
		book := policy.Editions().Current()
		equal(t, "messages", len(tn.said(invitation)), book.MailsPerHour)
		equal(t, "held back", len(tn.held()), book.MailsHeldPerHour)
		tn.sound()
	})
	t.Run("what a reply encloses is kept, and downloaded by who takes part in the conversation — R36 I25", func(t *testing.T) {
		tn := open(t)
		invitation, mails := raced(tn)
		tn.must(tn.world.Deliver("From: ben@pro.example.com\r\nTo: "+mails[1].First("Reply-To")+"\r\nMessage-ID: <screen@pro.example.com>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"+
			"--b\r\nContent-Type: text/plain\r\n\r\nSee what I see.\r\n--b\r\nContent-Type: image/png; name=\"../screen.png\"\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n--b--\r\n", ""))
		tn.pass(25 * time.Hour) // what nobody keeps would have expired
		path := "/v1/invitations/" + invitation + "/messages"
		for _, who := range []string{"pro-ben", "agent"} {
			var talk struct {
				Data []struct {
					Text        string
					Attachments []struct {
						Name     string
						Download struct{ URL string }
					}
				}
			}
			answer, err := tn.as(who).Get(path)
			tn.must(err)
			tn.must(answer.Into(http.StatusOK, &talk))
			if len(talk.Data) != 1 || talk.Data[0].Text != "See what I see." || len(talk.Data[0].Attachments) != 1 || talk.Data[0].Attachments[0].Name != "screen.png" {
				t.Fatalf("%s finds %+v", who, talk)
			}
			resp, err := tn.world.HTTP.Get(talk.Data[0].Attachments[0].Download.URL)
			tn.must(err)
			content, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if err != nil || string(content) != "hello" || !strings.HasPrefix(resp.Header.Get("Content-Disposition"), "attachment") {
				t.Errorf("%s downloads %q as %q: %v", who, content, resp.Header.Get("Content-Disposition"), err)
			}
		}
		tn.sound()
	})
	t.Run("a reply to the one mail for many is tied to its pro by the sender — R30", func(t *testing.T) {
		tn := open(t)
		invitation, mails := raced(tn)
		tn.must(tn.world.Reply(mails[0], "BEN@pro.example.com", "Why?"))
		tn.pass(0)
		if said := tn.said(invitation); len(said) != 1 || said[0].Text != "Why?" {
			t.Errorf("%+v", said)
		}
		tn.must(tn.world.Reply(mails[0], "eve@evil.example.com", "Why?"))
		tn.pass(0)
		if held := tn.held(); len(held) != 1 || held[0].Pro != "" {
			t.Errorf("%+v", held)
		}
		tn.sound()
		jobs := project.Service{Store: tn.store(), Policies: policy.Editions(), NewID: func(prefix string) string { return prefix + "_" + ulid.Make().String() }}
		lead := project.Ask{By: party.Actor{ID: "lead", Roles: party.Staff()}, Channel: "http", Now: tn.Clock.Now(), Answer: func(any) (store.Reply, error) { return store.Reply{}, nil }}
		_, err := jobs.Accredit(t.Context(), lead, tn.held()[0].ID, "pro-ben")
		tn.must(err)
		equal(t, "messages once staff accredit it", len(tn.said(invitation)), 2)
		tn.sound()
	})
	t.Run("what may not be from the pro is held back, and what has no token of ours is dropped — B104 B105", func(t *testing.T) {
		tn := open(t)
		invitation, mails := raced(tn)
		tn.must(tn.world.Reply(mails[1], "eve@evil.example.com", "It is me, Ben."))
		raw := "From: ben@pro.example.com\r\nMessage-ID: <1@x.example.com>\r\nTo: " + mails[1].First("Reply-To") + "\r\n\r\nHello"
		tn.must(tn.world.Deliver(raw, "?dmarc=FAIL"))
		tn.must(tn.world.Deliver(raw, "?to=reply%2Baaaa@reply.callsheet.example.com"))
		tn.must(tn.world.Deliver(raw, "?to=reply@reply.callsheet.example.com"))
		tn.pass(0)
		equal(t, "held back", len(tn.held()), 2)
		equal(t, "messages", len(tn.said(invitation)), 0)
		equal(t, "mails to Ben", len(tn.letters("ben@pro.example.com")), 2)
		if err := tn.world.Deliver(raw, "?to=somebody@elsewhere.example.com"); err == nil {
			t.Error("took a mail that no rule is for")
		}
		if err := tn.world.Deliver(raw, "?dmarc=PERHAPS"); err == nil {
			t.Error("took a verdict that there is not")
		}
		tn.sound()
	})
	t.Run("two machines do not talk: an auto-responder gets no answer, and one that hides it gets one — F57 F58", func(t *testing.T) {
		for _, hides := range []bool{false, true} {
			tn := open(t)
			_, mails := raced(tn)
			answered := 0
			for round := 0; len(mails) > answered && round < 20; round++ {
				m := mails[len(mails)-1-answered]
				answered++
				head := "Auto-Submitted: auto-replied\r\n"
				if hides {
					head = ""
				}
				tn.must(tn.world.Deliver(fmt.Sprintf("From: ben@pro.example.com\r\nTo: %s\r\nMessage-ID: <robot-%d@pro.example.com>\r\n%s\r\nI am away.\r\n", m.First("Reply-To"), round, head), ""))
				mails = tn.letters("ben@pro.example.com")
			}
			want := map[bool]int{false: 2, true: 3}[hides]
			equal(t, fmt.Sprintf("mails to a responder that hides itself: %t", hides), len(mails), want)
			tn.sound()
		}
	})
	t.Run("a crash of the function loses and doubles nothing: it is tried again, across a restart too — F55 F59", func(t *testing.T) {
		tn := open(t)
		invitation, mails := raced(tn)
		tn.reopen(func(c *local.Config) { c.Binaries = without(t, "inbound") })
		tn.must(tn.world.Reply(mails[1], "ben@pro.example.com", "Hello?"))
		tn.pass(30 * time.Second)
		equal(t, "messages while it is down", len(tn.said(invitation)), 0)
		tn.reopen(func(c *local.Config) { c.Binaries = binaries })
		tn.pass(5 * time.Minute)
		equal(t, "messages once it is back", len(tn.said(invitation)), 1)
		tn.sound()
	})
	t.Run("what keeps failing lies in the queue after two retries — F59", func(t *testing.T) {
		tn := open(t, func(c *local.Config) { c.Binaries = without(t, "inbound") })
		_, mails := raced(tn)
		tn.must(tn.world.Reply(mails[1], "ben@pro.example.com", "Hello?"))
		tn.pass(10 * time.Minute)
		queue := parsed(t).Queues[0].Name
		left, err := tn.Queues.Messages(queue)
		tn.must(err)
		if len(left) != 1 || !strings.Contains(string(left[0].Body), `"approximateInvokeCount":3`) || !strings.Contains(string(left[0].Body), "InboundFunction") {
			t.Errorf("%s", left)
		}
	})
	t.Run("the mail itself is kept for 30 days and no longer", func(t *testing.T) {
		tn := open(t)
		_, mails := raced(tn)
		before := files(t, tn)
		tn.must(tn.world.Reply(mails[1], "ben@pro.example.com", "Hello?"))
		tn.pass(30*24*time.Hour - time.Millisecond)
		equal(t, "kept", files(t, tn)-before, 1)
		tn.pass(time.Millisecond)
		equal(t, "kept", files(t, tn)-before, 0)
	})
}

// files counts what lies in the buckets.
func files(t *testing.T, tn *town) int {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(tn.config.Data, "files", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return len(slices.DeleteFunc(found, func(path string) bool {
		info, err := os.Stat(path)
		return err != nil || info.IsDir()
	}))
}
