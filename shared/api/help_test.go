package api_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callsheet/callsheet/shared/help"
	"github.com/callsheet/callsheet/shared/policy"
)

// help raises a flag for five reasons and leaves each in another state.
func (s *story) help() {
	s.t.Helper()
	s.flags = map[string]string{}
	for state, reason := range map[string]string{
		"open": "requirements", "claimed": "more_time", "waiting": "missing_assets", "proposed": "higher_reward", "resolved": "hard_to_sync",
	} {
		s.flags[state] = s.raise(reason).want(201)["id"].(string)
		if state != "open" {
			s.ask(agent, "POST", "/v1/flags/"+s.flags[state]+"/claim", nil).want(200)
		}
	}
	s.ask(agent, "POST", "/v1/flags/"+s.flags["waiting"]+"/questions", asking()).want(200)
	s.question = s.ask(client, "GET", "/v1/questions", nil).want(200)["data"].([]any)[0].(map[string]any)["id"].(string)
	s.ask(agent, "POST", "/v1/flags/"+s.flags["proposed"]+"/resolve", higher("600.00")).want(200)
	s.ask(agent, "POST", "/v1/flags/"+s.flags["resolved"]+"/resolve", settled()).want(200)
}

func (s *story) raise(reason string) answer {
	s.t.Helper()
	return s.ask(winner, "POST", "/v1/flags", s.calling(reason))
}

func (s *story) calling(reason string) map[string]any {
	return map[string]any{"project": s.project, "reason": reason, "comment": "I am stuck."}
}

func asking() map[string]any {
	return map[string]any{"question": "Which of the three voices?", "reason": "We asked for the voice."}
}

func settled() map[string]any {
	return map[string]any{"outcome": "answered", "text": "The second one."}
}

func higher(to string) map[string]any {
	return map[string]any{"outcome": "reward_adjusted", "text": "You are right.", "amount": map[string]any{"amount": to, "currency": "USD"}}
}

// onFlag is a path of the flag in some state.
func onFlag(state, suffix string) func(*story) string {
	return func(s *story) string { return "/v1/flags/" + s.flags[state] + suffix }
}

func helpSamples() map[string]sample {
	says := func(body map[string]any) func(*story) any { return func(*story) any { return body } }
	question := func(suffix string) func(*story) string {
		return func(s *story) string { return "/v1/questions/" + s.question + suffix }
	}
	return map[string]sample{
		"GET /v1/flag-reasons":                        {at: drafted, by: winner, path: at("/v1/flag-reasons")},
		"POST /v1/help-uploads":                       {at: drafted, by: winner, path: at("/v1/help-uploads"), body: says(announcement("a.png", "one"))},
		"POST /v1/flags":                              {at: helped, by: winner, path: at("/v1/flags"), body: func(s *story) any { return s.calling("other") }},
		"GET /v1/flags":                               {at: helped, by: winner, path: at("/v1/flags")},
		"GET /v1/flags/{flagId}":                      {at: helped, by: winner, path: onFlag("open", "")},
		"GET /v1/flags/{flagId}/files":                {at: helped, by: winner, path: onFlag("open", "/files")},
		"POST /v1/flags/{flagId}/comments":            {at: helped, by: winner, path: onFlag("open", "/comments"), body: says(map[string]any{"comment": "And this."})},
		"POST /v1/flags/{flagId}/reopen":              {at: helped, by: winner, path: onFlag("resolved", "/reopen"), body: says(map[string]any{"comment": "Still stuck."})},
		"GET /v1/assignments/{assignmentId}/material": {at: helped, by: winner, path: onAssignment("/v1", "/material")},
		"GET /v1/questions":                           {at: helped, by: client, path: at("/v1/questions")},
		"GET /v1/questions/{questionId}":              {at: helped, by: client, path: question("")},
		"POST /v1/questions/{questionId}/answer":      {at: helped, by: client, path: question("/answer"), body: says(map[string]any{"answer": "The low one."})},
		"GET /v1/desk/flags":                          {at: helped, by: agent, path: at("/v1/desk/flags")},
		"GET /v1/desk/figures":                        {at: helped, by: lead, path: at("/v1/desk/figures?from=2026-10-01T00:00:00Z&to=2027-10-01T00:00:00Z")},
		"POST /v1/desk/legacy-links":                  {at: drafted, by: agent, path: at("/v1/desk/legacy-links"), body: says(map[string]any{"reference": "OLD-77", "pro": winner})},
		"POST /v1/flags/{flagId}/claim":               {at: helped, by: agent, path: onFlag("open", "/claim")},
		"POST /v1/flags/{flagId}/unclaim":             {at: helped, by: agent, path: onFlag("claimed", "/unclaim")},
		"POST /v1/flags/{flagId}/hand-over":           {at: helped, by: agent, path: onFlag("claimed", "/hand-over"), body: says(map[string]any{"to": lead})},
		"POST /v1/flags/{flagId}/replies":             {at: helped, by: agent, path: onFlag("claimed", "/replies"), body: says(map[string]any{"text": "We look."})},
		"POST /v1/flags/{flagId}/notes":               {at: helped, by: agent, path: onFlag("claimed", "/notes"), body: says(map[string]any{"text": teamReason})},
		"POST /v1/flags/{flagId}/wait":                {at: helped, by: agent, path: onFlag("claimed", "/wait"), body: says(map[string]any{"reason": "The client travels."})},
		"POST /v1/flags/{flagId}/questions":           {at: helped, by: agent, path: onFlag("claimed", "/questions"), body: says(asking())},
		"POST /v1/flags/{flagId}/resume":              {at: helped, by: agent, path: onFlag("waiting", "/resume")},
		"POST /v1/flags/{flagId}/resolve":             {at: helped, by: agent, path: onFlag("claimed", "/resolve"), body: says(settled())},
		"POST /v1/flags/{flagId}/agree":               {at: helped, by: lead, path: onFlag("proposed", "/agree")},
		"POST /v1/flags/{flagId}/refuse":              {at: helped, by: agent, path: onFlag("proposed", "/refuse"), body: says(map[string]any{"reason": "Too much."})},
	}
}

func TestFlag(t *testing.T) {
	s := tell(t, claimed)
	t.Run("comes with everything that the team needs, and with a promise — R1 R6 R7 R8 R9 R10", func(t *testing.T) {
		view := s.raise("requirements").want(201)
		id := view["id"].(string)
		promise := view["promise"].(map[string]any)
		if !strings.Contains(fmt.Sprint(view["timeline"]), "answerBy:2026-11-02T00:00:00.000Z") {
			t.Errorf("the timeline does not say until when: %v", view["timeline"])
		}
		if view["state"] != "open" || view["relation"] != "assigned" || promise["answerBy"] != "2026-11-02T00:00:00.000Z" || view["agent"] != nil {
			t.Errorf("got %v", view)
		}
		staff := s.call(agent, "GET", "/v1/flags/"+id, nil).want(200)["snapshot"].(map[string]any)
		versions := staff["versions"].([]any)
		if staff["brief"] != brief()["brief"] || staff["reward"] == nil || staff["deliverBy"] == "" || len(versions) != 1 || staff["profile"].(map[string]any)["email"] != winner+"@example.com" || len(staff["history"].([]any)) < 3 {
			t.Errorf("got %v", staff)
		}
		own := s.call(winner, "GET", "/v1/flags/"+id, nil).want(200)
		if own["snapshot"].(map[string]any)["profile"] != nil || own["pro"] != nil {
			t.Errorf("got %v", own)
		}
	})
	t.Run("has a history that its pro may read: nothing that the team decides among themselves — R7 A9", func(t *testing.T) {
		s := tell(t, adjusted)
		id := s.raise("other").want(201)["id"].(string)
		var known []string
		for _, e := range s.call(winner, "GET", "/v1/assignments/"+s.assignment, nil).want(200)["timeline"].([]any) {
			known = append(known, e.(map[string]any)["action"].(string))
		}
		var told []string
		for _, line := range s.call(winner, "GET", "/v1/flags/"+id, nil).want(200)["snapshot"].(map[string]any)["history"].([]any) {
			told = append(told, line.(map[string]any)["action"].(string))
		}
		if diff := cmp.Diff(append([]string{"invite"}, known...), told); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("by who is only invited says so — A3", func(t *testing.T) {
		s := tell(t, invitedPros)
		if view := s.raise("higher_reward").want(201); view["relation"] != "invited" || view["snapshot"].(map[string]any)["state"] != "open" {
			t.Errorf("got %v", view)
		}
	})
	t.Run("for the same reason again is the same flag with one comment more — A6", func(t *testing.T) {
		first := s.raise("more_time").want(201)
		again := s.raise("more_time").want(200)
		if first["id"] != again["id"] || len(again["said"].([]any)) != 2 {
			t.Errorf("got %v", again)
		}
	})
	t.Run("is refused where it says too little, or is about nothing of the pro's", func(t *testing.T) {
		s.unchanged(t, func() {
			for pointer, body := range map[string]map[string]any{
				"/reason":    with(s.calling("other"), "reason", "bored"),
				"/comment":   with(s.calling("other"), "comment", " "),
				"/uploads/0": with(s.calling("other"), "uploads", []string{"../../etc"}),
			} {
				if got := pointers(s.call(winner, "POST", "/v1/flags", body).refused(422, "validation")); len(got) != 1 || got[0] != pointer {
					t.Errorf("%s: got %v", pointer, got)
				}
			}
			s.call(winner, "POST", "/v1/flags", with(s.calling("other"), "project", "prj_"+strings.Repeat("0", 26))).refused(404, "not-found")
			s.call(winner, "POST", "/v1/flags", with(s.calling("other"), "uploads", []string{"fil_" + strings.Repeat("0", 26)})).refused(409, "upload-missing")
		})
		over := tell(t, done)
		over.unchanged(t, func() { over.raise("other").refused(409, "state-changed") })
	})
	t.Run("by one pro 50 times a minute is refused with the time to wait — B112", func(t *testing.T) {
		s := tell(t, working)
		refused := 0
		for range 50 {
			a := s.raise("other")
			if a.StatusCode != 429 {
				continue
			}
			a.refused(429, "rate-limited")
			if a.Headers["retry-after"] != "3600" {
				t.Fatalf("retry after %q", a.Headers["retry-after"])
			}
			refused++
		}
		if want := 50 - policy.Editions().Current().Help.PerHour; refused != want {
			t.Errorf("%d were refused, want %d", refused, want)
		}
	})
}

func TestReasons(t *testing.T) {
	s := tell(t, drafted)
	list := s.call(winner, "GET", "/v1/flag-reasons", nil).want(200)["data"].([]any)
	t.Run("say what each leads to before it is chosen, in the reader's language — R11 R12 R13 R14 R15 R16 R17 A7", func(t *testing.T) {
		if len(list) != len(help.Reasons()) {
			t.Errorf("%d reasons", len(list))
		}
		for i, o := range help.Reasons() {
			row := list[i].(map[string]any)
			if row["reason"] != string(o.Reason) || row["title"] != o.In("en").Title || row["next"] == "" || row["answeredWithinHours"] != 12.0 {
				t.Errorf("got %v", row)
			}
		}
		s.call(admin, "PUT", "/v1/profiles/"+winner, with(profile("Will"), "language", "es"), "if-match", `"1"`).want(200)
		first := s.call(winner, "GET", "/v1/flag-reasons", nil).want(200)["data"].([]any)[0].(map[string]any)
		if first["title"] != help.Reasons()[0].In("es").Title {
			t.Errorf("got %v", first)
		}
	})
}

func TestHelpUploads(t *testing.T) {
	s := tell(t, working)
	send := func(who, name, content string) string {
		view := s.call(who, "POST", "/v1/help-uploads", announcement(name, content)).want(201)
		if got := transfer(t, view["transfers"].([]any)[0].(map[string]any), content); got != 200 {
			t.Fatalf("the bucket answered %d", got)
		}
		return view["id"].(string)
	}
	hostile := send(winner, "..\\..\\CON.exe", "MZ")
	id := s.call(winner, "POST", "/v1/flags", with(s.calling("missing_assets"), "uploads", []string{hostile})).want(201)["id"].(string)
	t.Run("of any type travel with a flag under a clean name, by links that live minutes — B96 B97", func(t *testing.T) {
		files := s.call(agent, "GET", "/v1/flags/"+id+"/files", nil).want(200)["data"].([]any)
		file := files[0].(map[string]any)
		if len(files) != 1 || file["name"] != "_CON.exe" || transfer(t, file["download"].(map[string]any), "") != 200 {
			t.Errorf("got %v", files)
		}
	})
	t.Run("of somebody else cannot be attached", func(t *testing.T) {
		s.unchanged(t, func() {
			s.call(loser, "POST", "/v1/flags/"+id+"/comments", map[string]any{"uploads": []string{hostile}}).refused(404)
			s.call(agent, "POST", "/v1/flags/"+id+"/resolve", map[string]any{"outcome": "asset_supplied", "text": "Here.", "uploads": []string{hostile}}).refused(409, "upload-missing")
		})
	})
	t.Run("of the team reach the assignment, where its pro downloads them — R13 A5", func(t *testing.T) {
		music := send(agent, "music.wav", "la la")
		s.call(agent, "POST", "/v1/flags/"+id+"/resolve", map[string]any{
			"outcome": "asset_supplied", "text": "Here is the music.", "uploads": []string{music}, "assets": []map[string]any{{"name": "film", "url": "https://x.example/f"}},
		}).want(200)
		list := s.call(winner, "GET", "/v1/assignments/"+s.assignment+"/material", nil).want(200)["data"].([]any)
		if len(list) != 2 || list[0].(map[string]any)["url"] != "https://x.example/f" || transfer(t, list[1].(map[string]any)["download"].(map[string]any), "") != 200 {
			t.Errorf("got %v", list)
		}
	})
	t.Run("are of a size that one request carries", func(t *testing.T) {
		body := with(announcement("big.mov", "x"), "size", policy.Editions().Current().Help.AttachmentSize+1)
		s.unchanged(t, func() { s.call(winner, "POST", "/v1/help-uploads", body).refused(422, "validation") })
	})
}

func TestDesk(t *testing.T) {
	s := tell(t, helped)
	queue := func(query string) []string {
		var ids []string
		for _, row := range s.call(lead, "GET", "/v1/desk/flags"+query, nil).want(200)["data"].([]any) {
			ids = append(ids, row.(map[string]any)["id"].(string))
		}
		return ids
	}
	t.Run("lists what is not resolved, by promise, and filters it — R3", func(t *testing.T) {
		if got := queue(""); len(got) != 4 {
			t.Errorf("got %v", got)
		}
		for query, want := range map[string]string{"?state=open": "open", "?reason=more_time": "claimed", "?state=waiting": "waiting"} {
			if got := queue(query); len(got) != 1 || got[0] != s.flags[want] {
				t.Errorf("%s: got %v, want %s", query, got, s.flags[want])
			}
		}
		if got := queue("?breached=true"); len(got) != 0 {
			t.Errorf("breached: %v", got)
		}
		if got := queue("?mine=true"); len(got) != 0 {
			t.Errorf("the lead's: %v", got)
		}
		s.call(lead, "GET", "/v1/desk/flags?mine=yes", nil).refused(422, "validation")
	})
	t.Run("fills a page with what is wanted, wherever in the queue it waits", func(t *testing.T) {
		for _, state := range []string{"open", "claimed", "waiting", "proposed"} {
			if got := queue("?limit=1&state=" + state); len(got) != 1 || got[0] != s.flags[state] {
				t.Errorf("%s: got %v, want %s", state, got, s.flags[state])
			}
		}
	})
	t.Run("goes on behind its cursor", func(t *testing.T) {
		first := s.call(lead, "GET", "/v1/desk/flags?limit=3", nil).want(200)
		rest := s.call(lead, "GET", "/v1/desk/flags?limit=3&cursor="+url.QueryEscape(fmt.Sprint(first["nextCursor"])), nil).want(200)
		if len(first["data"].([]any)) != 3 || len(rest["data"].([]any)) != 1 {
			t.Errorf("got %v, %v", first, rest)
		}
	})
	t.Run("tells figures for a period — R4", func(t *testing.T) {
		all := s.call(lead, "GET", "/v1/desk/figures?from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z", nil).want(200)["data"].([]any)
		if sum := all[0].(map[string]any); sum["raised"] != 5.0 || sum["open"] != 4.0 || len(all) != 6 {
			t.Errorf("got %v", all)
		}
		s.call(lead, "GET", "/v1/desk/figures?from=yesterday", nil).refused(422, "validation")
	})
	t.Run("keeps notes from the pro — A9", func(t *testing.T) {
		path := "/v1/flags/" + s.flags["claimed"]
		s.call(agent, "POST", path+"/notes", map[string]any{"text": teamReason}).want(200)
		if body := s.call(winner, "GET", path, nil).Body; strings.Contains(body, teamReason) || strings.Contains(body, agent) {
			t.Errorf("told %s", body)
		}
		if body := s.call(agent, "GET", path, nil).Body; !strings.Contains(body, teamReason) {
			t.Errorf("not told %s", body)
		}
	})
}

// TestOnesOwnFlag is about people who are a pro, or the client of the project, and of the team too.
func TestOnesOwnFlag(t *testing.T) {
	s := tell(t, helped)
	path := "/v1/flags/" + s.flags["claimed"]
	s.call(agent, "POST", path+"/notes", map[string]any{"text": teamReason}).want(200)
	for who, also := range map[string]string{winner: "pro", client: "client"} {
		s.call(admin, "PUT", "/v1/profiles/"+who, with(profile("Two hats"), "roles", []string{also, "agent"}), "if-match", `"1"`).want(200)
	}
	t.Run("is read by its pro as a pro's, whatever else they are — A9 I30", func(t *testing.T) {
		for _, at := range []string{path, "/v1/flags"} {
			if body := s.call(winner, "GET", at, nil).want(200); strings.Contains(fmt.Sprint(body), teamReason) || strings.Contains(fmt.Sprint(body), agent) {
				t.Errorf("told %v", body)
			}
		}
	})
	t.Run("is in no list of the client's, whatever else they are — A9", func(t *testing.T) {
		if rows := s.call(client, "GET", "/v1/desk/flags", nil).want(200)["data"].([]any); len(rows) != 0 {
			t.Errorf("got %v", rows)
		}
		s.call(client, "GET", path, nil).refused(404, "not-found")
	})
}

func TestOutcomes(t *testing.T) {
	assignment := func(s *story) map[string]any {
		return s.call(winner, "GET", "/v1/assignments/"+s.assignment, nil).want(200)
	}
	flag := func(s *story, reason string) string { return "/v1/flags/" + s.raise(reason).want(201)["id"].(string) }
	t.Run("take what is named once, and as much as the contract says", func(t *testing.T) {
		s := tell(t, helped)
		path := "/v1/flags/" + s.flags["waiting"] + "/resolve"
		supply := map[string]any{"outcome": "asset_supplied", "text": "Here."}
		links := make([]map[string]any, 101)
		for i := range links {
			links[i] = map[string]any{"name": "film", "url": "https://x.example/f"}
		}
		upload := "fil_" + strings.Repeat("0", 26)
		s.unchanged(t, func() {
			s.call(agent, "POST", path, with(supply, "assets", links)).refused(422, "too-many-items")
			s.call(agent, "POST", path, with(supply, "uploads", slices.Repeat([]string{upload}, 2))).refused(422, "validation")
			s.call(agent, "POST", path, with(supply, "uploads", []string{"../x"})).refused(422, "validation")
		})
		s.call(agent, "POST", path, with(supply, "assets", links[:100])).want(200)
	})
	t.Run("deadline_extended moves the delivery deadline, in one commit — R17 A5", func(t *testing.T) {
		s := tell(t, working)
		before := assignment(s)
		s.call(agent, "POST", flag(s, "more_time")+"/resolve", map[string]any{"outcome": "deadline_extended", "text": "Two days.", "to": "2026-11-22T12:00:00Z"}).want(200)
		after := assignment(s)
		if after["deliverBy"] != "2026-11-22T12:00:00.000Z" || before["terms"].(map[string]any)["version"] == after["terms"].(map[string]any)["version"] {
			t.Errorf("got %v", after)
		}
	})
	t.Run("reward_adjusted raises the reward, and what is held follows; much takes a second person — R16 A5", func(t *testing.T) {
		s := tell(t, helped)
		if reward := assignment(s)["terms"].(map[string]any)["reward"].(map[string]any); reward["amount"] != "120.00" {
			t.Errorf("a proposal changed the reward: %v", reward)
		}
		s.call(lead, "POST", "/v1/flags/"+s.flags["proposed"]+"/agree", nil).want(200)
		if reward := assignment(s)["terms"].(map[string]any)["reward"].(map[string]any); reward["amount"] != "600.00" {
			t.Errorf("got %v", reward)
		}
		s.next(inReview)
		if held := s.call(winner, "GET", "/v1/rewards/"+s.reward, nil).want(200)["amount"].(map[string]any); held["amount"] != "600.00" {
			t.Errorf("got %v", held)
		}
		if deliv := s.call(client, "GET", "/v1/projects/"+s.project, nil).Body; strings.Contains(deliv, "reward.raised") || strings.Contains(deliv, "600.00") {
			t.Errorf("the client is told: %s", deliv)
		}
		path := flag(s, "higher_reward")
		s.call(agent, "POST", path+"/claim", nil).want(200)
		s.unchanged(t, func() {
			for _, amount := range []string{"601.00", "900.00"} { // also one that would go to a second person
				s.call(agent, "POST", path+"/resolve", higher(amount)).refused(409, "state-changed")
			}
		})
	})
	t.Run("reward_adjusted by one flag after the other counts together, and with what is adjusted, until two agree — R16 R56 R106 A5", func(t *testing.T) {
		s := tell(t, invitedPros)
		resolve := func(amount, want string) string {
			t.Helper()
			path := flag(s, "higher_reward")
			s.call(agent, "POST", path+"/claim", nil).want(200)
			if got := s.call(agent, "POST", path+"/resolve", higher(amount)).want(200)["state"]; got != want {
				t.Errorf("a reward of %s is %v", amount, got)
			}
			return path
		}
		adjust := func(amount, want string) {
			t.Helper()
			if got := s.call(agent, "POST", "/v1/assignments/"+s.assignment+"/adjustments", credit(amount)).want(201)["state"]; got != want {
				t.Errorf("an adjustment of %s is %v", amount, got)
			}
		}
		resolve("300.00", "resolved") // 180 more while invited
		s.terms = s.call(winner, "GET", "/v1/invitations/"+s.invited[winner], nil).want(200)["terms"].(map[string]any)["version"].(string)
		s.next(working)
		resolve("350.00", "resolved")
		adjust("20.00", "posted")
		adjust("0.01", "proposed") // 250 are one person's
		waits := resolve("350.01", "proposed")
		s.call(lead, "POST", waits+"/agree", nil).want(200)
		adjust("100.00", "posted")
		resolve("500.01", "resolved")
		resolve("500.02", "proposed")
	})
	t.Run("project_corrected is seen by who is invited, under new terms — R15 A5", func(t *testing.T) {
		s := tell(t, invitedPros)
		s.call(agent, "POST", flag(s, "posted_incorrectly")+"/resolve", map[string]any{"outcome": "project_corrected", "text": "Three.", "brief": "Three minutes."}).want(200)
		view := s.call(loser, "GET", "/v1/invitations/"+s.invited[loser], nil).want(200)
		if view["brief"] != "Three minutes." {
			t.Errorf("got %v", view)
		}
		s.accept(winner).refused(409, "terms-changed")
	})
	t.Run("a wait for the client stops the delivery deadline; the client's answer comes back and lets it go on — R20 A4 A9", func(t *testing.T) {
		s := tell(t, working)
		path := flag(s, "missing_assets")
		s.call(agent, "POST", path+"/claim", nil).want(200)
		s.call(agent, "POST", path+"/questions", asking()).want(200)
		waiting := s.call(winner, "GET", path, nil).want(200)
		if w := waiting["waiting"].(map[string]any); w["reason"] != "We asked for the voice." || w["question"] != nil {
			t.Errorf("got %v", waiting)
		}
		s.advance(48 * time.Hour)
		question := s.call(client, "GET", "/v1/questions", nil).want(200)["data"].([]any)[0].(map[string]any)
		if strings.Contains(fmt.Sprint(question), "flg_") {
			t.Errorf("the client learns of the flag: %v", question)
		}
		s.call(client, "POST", "/v1/questions/"+question["id"].(string)+"/answer", map[string]any{"answer": "The low one."}).want(200)
		back := s.call(agent, "GET", path, nil).want(200)
		if back["state"] != "claimed" || !strings.Contains(fmt.Sprint(back["said"]), "The low one.") {
			t.Errorf("got %v", back)
		}
		moved := s.call(winner, "GET", path, nil).want(200)["promise"].(map[string]any)["moved"].([]any)
		if due := assignment(s)["deliverBy"]; due != "2026-11-22T12:00:00.000Z" || len(moved) != 1 || moved[0].(map[string]any)["seconds"] != 172800.0 {
			t.Errorf("due %v, moved %v", due, moved)
		}
	})
}

func TestLegacyLinks(t *testing.T) {
	s := tell(t, drafted)
	t.Run("are made by the team, for an active pro — R18 R19", func(t *testing.T) {
		view := s.call(agent, "POST", "/v1/desk/legacy-links", map[string]any{"reference": "OLD-77", "pro": winner, "expiresAt": "2026-11-05T12:00:00Z"}).want(201)
		if !strings.HasPrefix(view["url"].(string), "https://pages.example.com/help/OLD-77/"+winner+"/") || view["expiresAt"] != "2026-11-05T12:00:00.000Z" {
			t.Errorf("got %v", view)
		}
		got := pointers(s.call(agent, "POST", "/v1/desk/legacy-links", map[string]any{"reference": "a/b", "pro": client}).refused(422, "validation"))
		if len(got) != 2 {
			t.Errorf("got %v", got)
		}
	})
}
