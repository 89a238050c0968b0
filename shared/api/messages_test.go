package api_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callsheet/callsheet/shared/api"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/project"
)

// numbers lists the messages of an answer by their numbers.
func numbers(view map[string]any) []int {
	var list []int
	for _, m := range view["data"].([]any) {
		list = append(list, int(m.(map[string]any)["number"].(float64)))
	}
	return list
}

// conversation is where the messages of the winner's assignment are.
func (s *story) conversation() string { return "/v1/assignments/" + s.assignment + "/messages" }

func (s *story) plea() string { return "/v1/invitations/" + s.invited[loser] + "/messages" }

func (s *story) say(who, messages, text string) answer {
	s.t.Helper()
	return s.call(who, "POST", messages, map[string]any{"text": text})
}

func TestConversation(t *testing.T) {
	s := tell(t, working)
	for n := range 5 {
		s.advance(time.Minute)
		s.say([]string{winner, agent}[n%2], s.conversation(), fmt.Sprint("word ", n)).want(201)
	}
	t.Run("opens at its end: the newest page comes first, and the next pages go back — R36", func(t *testing.T) {
		var got []int
		path := s.conversation() + "?limit=3"
		for range 3 {
			view := s.call(winner, "GET", path, nil).want(200)
			got = append(got, numbers(view)...)
			if view["nextCursor"] == nil {
				break
			}
			if len(got) == 3 {
				s.say(agent, s.conversation(), "meanwhile").want(201)
			}
			path = s.conversation() + "?limit=3&cursor=" + view["nextCursor"].(string)
		}
		if want := []int{7, 6, 5, 4, 3, 2, 1}; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
	t.Run("is the same at the invitation; a cursor of one list is of no use in another", func(t *testing.T) {
		at := "/v1/invitations/" + s.invited[winner] + "/messages"
		if got := numbers(s.call(agent, "GET", at+"?limit=100", nil).want(200)); len(got) != 8 {
			t.Errorf("%v", got)
		}
		cursor := s.call(lead, "GET", s.conversation()+"?limit=3", nil).want(200)["nextCursor"].(string)
		for who, path := range map[string]string{lead: s.plea(), agent: s.conversation()} {
			s.call(who, "GET", path+"?limit=3&cursor="+cursor, nil).refused(400, "cursor-invalid")
		}
	})
	t.Run("shows staff who wrote, and the pro only themself — R36", func(t *testing.T) {
		for who, want := range map[string]string{winner: "team  pro ada-wins", lead: "team ann-agent pro ada-wins"} {
			data := s.call(who, "GET", s.conversation()+"?limit=2", nil).want(200)["data"].([]any)
			got := ""
			for _, m := range data {
				m := m.(map[string]any)
				name, _ := m["who"].(string)
				got += fmt.Sprint(m["from"], " ", name, " ")
			}
			if strings.TrimSpace(got) != want {
				t.Errorf("%s is shown %q, want %q", who, got, want)
			}
		}
	})
	t.Run("takes 8,000 characters with line breaks, and refuses one more and what cannot be seen — B12 B13", func(t *testing.T) {
		s.advance(time.Hour)
		s.say(winner, s.conversation(), "two\nlines"+strings.Repeat("é", 7991)).want(201)
		for _, text := range []string{strings.Repeat("é", 8001), "a\u202eb", "a\x00b", "\u200b"} {
			s.unchanged(t, func() { s.say(winner, s.conversation(), text).refused(422, "validation") })
		}
		s.unchanged(t, func() { s.call(winner, "POST", s.conversation(), map[string]any{}).refused(422, "validation") })
	})
	t.Run("goes on after the work is done — R36", func(t *testing.T) {
		s := tell(t, done)
		s.say(winner, s.conversation(), "When is it paid?").want(201)
	})
	t.Run("is not begun with a pro whose account is disabled", func(t *testing.T) {
		s.call(agent, "PUT", "/v1/profiles/"+winner, with(profile("Ada"), "active", false), "if-match", `"1"`).want(200)
		s.unchanged(t, func() { s.say(agent, s.conversation(), "Are you there?").refused(409, "recipient-inactive") })
		s.call(winner, "GET", s.conversation(), nil).refused(403, "account-disabled")
	})
}

func TestAttachments(t *testing.T) {
	s := tell(t, working)
	send := func(who string, files ...string) answer {
		t.Helper()
		return s.call(who, "POST", s.conversation(), map[string]any{"text": "look", "attachments": files})
	}
	t.Run("are of any type, and downloaded by either side under the name that they were given — R36 R38 R39", func(t *testing.T) {
		id := s.attach(agent, s.conversation(), "../../reference.mov", "moving pictures")
		send(agent, id).want(201)
		for _, who := range []string{winner, lead} {
			said := s.call(who, "GET", s.conversation()+"?limit=1", nil).want(200)["data"].([]any)[0].(map[string]any)
			file := said["attachments"].([]any)[0].(map[string]any)
			if file["name"] != "reference.mov" || file["size"] != 15.0 {
				t.Errorf("%v", file)
			}
			if got := transfer(t, file["download"].(map[string]any), ""); got != 200 {
				t.Errorf("%s is answered %d by the bucket", who, got)
			}
		}
	})
	t.Run("are kept where no name and no id of a person is part of the key — B97", func(t *testing.T) {
		view := s.call(winner, "POST", s.conversation()+"/attachments", announcement("../x", "one")).want(201)
		url := view["transfers"].([]any)[0].(map[string]any)["url"].(string)
		path, _, _ := strings.Cut(url, "?")
		if !strings.Contains(path, "/files/messages/") || strings.Contains(path, winner) || !strings.HasSuffix(path, view["id"].(string)) {
			t.Errorf("the key is %s", path)
		}
	})
	t.Run("have arrived, in this conversation, once each — B98", func(t *testing.T) {
		announced := s.call(winner, "POST", s.conversation()+"/attachments", announcement("x", "one")).want(201)["id"].(string)
		foreign := s.attach(loser, s.plea(), "of another", "one")
		s.unchanged(t, func() {
			for _, id := range []string{announced, foreign, "fil_" + strings.Repeat("0", 26)} {
				send(winner, id).refused(409, "upload-missing")
			}
			send(winner, s.attachment, s.attachment).refused(422, "validation")
			send(winner, "../x").refused(422, "validation")
			send(winner, slices.Repeat([]string{s.attachment}, 1001)...).refused(422, "too-many-items")
		})
		eleven := []string{}
		for n := range 11 {
			eleven = append(eleven, fmt.Sprintf("fil_%026d", n))
		}
		s.unchanged(t, func() { send(winner, eleven...).refused(422, "too-many-items") })
	})
	t.Run("that are large come in parts, like a deliverable — R38 B99", func(t *testing.T) {
		size := policy.Editions().Current().PartSize
		contents := []string{strings.Repeat("a", int(size)), "tail"}
		view := s.call(loser, "POST", s.plea()+"/attachments", map[string]any{
			"name": "big.mov", "size": size + 4, "sha256": []string{sum(contents[0]), sum(contents[1])},
		}).want(201)
		var parts []map[string]any
		for n, signed := range view["transfers"].([]any) {
			if got := transfer(t, signed.(map[string]any), contents[n]); got != 200 {
				t.Fatalf("the bucket answered %d", got)
			}
			parts = append(parts, map[string]any{"number": n + 1, "etag": `"` + md5Hex(contents[n]) + `"`, "sha256": sum(contents[n])})
		}
		body := map[string]any{"multipart": view["multipart"], "parts": parts}
		s.call(winner, "POST", view["complete"].(string), body).refused(404, "not-found")
		s.call(loser, "POST", view["complete"].(string), body).want(200)
		s.call(loser, "POST", s.plea(), map[string]any{"attachments": []any{view["id"]}}).want(201)
	})
}

// TestPaceOfMessages: every message is a mail to somebody (B112).
func TestPaceOfMessages(t *testing.T) {
	book := policy.Editions().Current()
	t.Run("B112 of a hundred sent in one instant the policy's number lands, and the rest are told how long to wait", func(t *testing.T) {
		s := tell(t, working)
		s.advance(time.Hour)
		count := map[string]int{}
		var mu sync.Mutex
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				a := s.say(winner, s.conversation(), "flood")
				mu.Lock()
				defer mu.Unlock()
				count[fmt.Sprint(a.StatusCode, " after ", a.Headers["retry-after"])]++
			})
		}
		all.Wait()
		want := map[string]int{"201 after ": book.MessagesAtPace, "429 after 60": 100 - book.MessagesAtPace}
		if diff := cmp.Diff(want, count); diff != "" {
			t.Error(diff)
		}
		for _, edge := range []struct {
			by     time.Duration
			status int
		}{{book.MessagePace - time.Millisecond, 429}, {time.Millisecond, 201}} {
			s.advance(edge.by)
			if a := s.say(winner, s.conversation(), "once more"); a.StatusCode != edge.status || edge.status == 429 && a.Headers["retry-after"] != "1" {
				t.Errorf("%d, retry-after %q, want %d", a.StatusCode, a.Headers["retry-after"], edge.status)
			}
		}
	})
	t.Run("B112 the first answer is given again, also to who now writes too fast — F4", func(t *testing.T) {
		s := tell(t, working)
		first := s.call(loser, "POST", s.plea(), map[string]any{"text": "once"}, "idempotency-key", "k")
		for range book.MessagesAtPace {
			s.say(loser, s.plea(), "more")
		}
		s.unchanged(t, func() {
			s.say(loser, s.plea(), "more").refused(429, "rate-limited")
			if again := s.call(loser, "POST", s.plea(), map[string]any{"text": "once"}, "idempotency-key", "k"); again.StatusCode != 201 || again.Body != first.Body {
				t.Errorf("%d %s", again.StatusCode, again.Body)
			}
		})
	})
}

func TestWhatWaits(t *testing.T) {
	s := tell(t, working)
	waiting := func() (pros []string) {
		t.Helper()
		path := "/v1/threads?limit=1"
		for {
			view := s.call(lead, "GET", path, nil).want(200)
			for _, row := range view["data"].([]any) {
				row := row.(map[string]any)
				pros = append(pros, fmt.Sprint(row["pro"], " ", row["unread"]))
				if row["agent"] != agent || row["waitingSince"] == "" || row["title"] != projectTitle {
					t.Errorf("%v", row)
				}
			}
			if view["nextCursor"] == nil {
				return pros
			}
			path = "/v1/threads?limit=1&cursor=" + view["nextCursor"].(string)
		}
	}
	read := func(who, messages string, upTo int) map[string]any {
		t.Helper()
		return s.call(who, "POST", messages+"/read", map[string]any{"upTo": upTo}).want(200)
	}
	t.Run("for staff is every conversation with words of a pro that nobody of the team has read, longest first — R31 R39 R45", func(t *testing.T) {
		s.advance(time.Minute)
		s.say(loser, s.plea(), "Hello?").want(201)
		if got := waiting(); !slices.Equal(got, []string{winner + " 1", loser + " 2"}) {
			t.Errorf("%v", got)
		}
	})
	t.Run("stays, though staff have answered or the pro reads, until one of them says that they read it", func(t *testing.T) {
		read(winner, s.conversation(), 2)
		s.say(agent, s.plea(), "All seats were taken.").want(201)
		if got := waiting(); len(got) != 2 {
			t.Errorf("%v", got)
		}
		view := read(agent, s.conversation(), 2)
		if view["unread"] != 0.0 || view["waitingSince"] != nil || fmt.Sprint(view["read"]) != "map[pro:2 team:2]" {
			t.Errorf("%v", view)
		}
		if got := waiting(); !slices.Equal(got, []string{loser + " 2"}) {
			t.Errorf("%v", got)
		}
	})
	t.Run("keeps what came after the mark", func(t *testing.T) {
		read(lead, s.plea(), 1)
		if got := waiting(); !slices.Equal(got, []string{loser + " 1"}) {
			t.Errorf("%v", got)
		}
		s.unchanged(t, func() {
			read(agent, s.plea(), 1)
			s.call(agent, "POST", s.plea()+"/read", map[string]any{"upTo": 4}).refused(422, "validation")
			s.call(agent, "POST", s.plea()+"/read", map[string]any{}).refused(422, "validation")
		})
	})
	t.Run("counts for the pro what the team wrote", func(t *testing.T) {
		thread := s.call(loser, "GET", s.plea(), nil).want(200)["thread"].(map[string]any)
		if thread["unread"] != 1.0 || thread["agent"] != nil || fmt.Sprint(thread["read"]) != "map[pro:0 team:1]" {
			t.Errorf("%v", thread)
		}
	})
}

// messageSamples has every route of the function messages once.
func messageSamples() map[string]sample {
	return map[string]sample{
		"GET /v1/threads": {at: working, by: agent, path: at("/v1/threads")},
		"GET /v1/assignments/{assignmentId}/messages":              {at: working, by: winner, path: onAssignment("/v1", "/messages")},
		"POST /v1/assignments/{assignmentId}/messages":             {at: working, by: winner, path: onAssignment("/v1", "/messages"), body: saying},
		"POST /v1/assignments/{assignmentId}/messages/read":        {at: working, by: winner, path: onAssignment("/v1", "/messages/read"), body: reading},
		"POST /v1/assignments/{assignmentId}/messages/attachments": {at: working, by: winner, path: onAssignment("/v1", "/messages/attachments"), body: attaching},
		"POST /v1/assignments/{assignmentId}/messages/attachments/{uploadId}/complete": {at: working, by: winner, path: func(s *story) string {
			return "/v1/assignments/" + s.assignment + "/messages/attachments/" + s.attachment + "/complete"
		}, body: completing},
		"GET /v1/invitations/{invitationId}/messages":              {at: working, by: winner, path: onInvitation("/messages")},
		"POST /v1/invitations/{invitationId}/messages":             {at: working, by: winner, path: onInvitation("/messages"), body: saying},
		"POST /v1/invitations/{invitationId}/messages/read":        {at: working, by: winner, path: onInvitation("/messages/read"), body: reading},
		"POST /v1/invitations/{invitationId}/messages/attachments": {at: working, by: winner, path: onInvitation("/messages/attachments"), body: attaching},
		"POST /v1/invitations/{invitationId}/messages/attachments/{uploadId}/complete": {at: working, by: winner, path: func(s *story) string {
			return "/v1/invitations/" + s.invited[winner] + "/messages/attachments/" + s.attachment + "/complete"
		}, body: completing},
	}
}

func saying(*story) any { return map[string]any{"text": "And the last one?"} }

func reading(*story) any { return map[string]any{"upTo": 2} }

func attaching(*story) any { return announcement("names.pdf", "one") }

// TestWhatIsToldOfMails: what came by mail is shown with how, and what was left out of it is for staff.
func TestWhatIsToldOfMails(t *testing.T) {
	s := tell(t, working)
	jobs := api.Jobs(s.store, s.world, s.bucket)
	_, err := jobs.Receive(t.Context(), project.Ask{By: party.Actor{ID: loser, Roles: roles[loser]}, Channel: "mail", Now: noon.Add(time.Hour)}, project.Mail{
		Project: s.project, Pro: loser, Source: "ses-1", Text: "See the picture.", Files: []project.File{{Name: "screen.png"}}, LeftOut: []string{"a part of a type that we do not read"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for who, leftOut := range map[string]any{loser: nil, lead: []any{"a part of a type that we do not read"}} {
		t.Run(who+" finds the mail in the conversation — R30 R36", func(t *testing.T) {
			said := s.call(who, "GET", s.plea()+"?limit=1", nil).want(200)["data"].([]any)[0].(map[string]any)
			if said["channel"] != "mail" || said["text"] != "See the picture." || fmt.Sprint(said["notKept"]) != "[screen.png]" || len(said["attachments"].([]any)) != 0 {
				t.Errorf("%v", said)
			}
			if diff := cmp.Diff(leftOut, said["leftOut"]); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestOnesOwnConversation is about a pro who is of the team, too.
func TestOnesOwnConversation(t *testing.T) {
	s := tell(t, working)
	s.say(agent, s.conversation(), "How far are you?").want(201)
	s.call(admin, "PUT", "/v1/profiles/"+winner, with(profile("Two hats"), "roles", []string{"pro", "lead"}), "if-match", `"1"`).want(200)
	t.Run("is read by its pro as a pro's, whatever else they are: not who of the team wrote or is in charge — R36", func(t *testing.T) {
		for name, a := range map[string]answer{
			"messages": s.call(winner, "GET", s.conversation(), nil), "a read mark": s.call(winner, "POST", s.conversation()+"/read", map[string]any{"upTo": 1}),
		} {
			if body := a.want(200); strings.Contains(fmt.Sprint(body), agent) {
				t.Errorf("%s tell %v", name, body)
			}
		}
		if own := s.say(winner, s.conversation(), "Half way.").want(201); own["who"] != winner || own["from"] != "pro" {
			t.Errorf("got %v", own)
		}
	})
}
