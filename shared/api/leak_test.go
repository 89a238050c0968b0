package api_test

import (
	"strings"
	"testing"

	"github.com/callsheet/callsheet/shared/api"
)

// hidden says what must not reach whom: each value is a canary that stands for nothing else.
func hidden(s *story) map[string][]string {
	team := []string{reviewer, reviewer2, agent, lead, admin}
	contacts := []string{"@example.com", "Name of "}
	talk := []string{question, reply, attached, plea}
	fee, share, wanted := []string{`"23.45"`, quoteReason, `"3.58"`}, []string{`"19.87"`}, []string{`"31.41"`, feeAsked}
	return map[string][]string{
		client:   concat(team, contacts, talk, share, wanted, []string{"messages.read", "message.", winner, loser, stranger, s.comment, proNote, teamNote, teamReason, moneyNote, "reward.frozen", "adjust"}),
		otherCli: concat(team, contacts, talk, []string{client, winner, loser, stranger, s.comment, proNote, s.project, s.assignment, projectTitle, "canary"}),
		winner:   concat(team, contacts, fee, []string{plea, teamNote, loser, stranger, s.invited[loser], otherCli, teamReason, s.proposed}),
		loser:    concat(team, contacts, fee, share, wanted, []string{question, reply, attached, teamNote, clientWish, winner, stranger, client, s.assignment, s.invited[winner], s.comment, proNote}),
		stranger: concat(team, contacts, talk, []string{winner, loser, client, s.project, s.assignment, projectTitle, s.comment, proNote, "canary"}),
		reviewer: concat([]string{agent, lead, admin}, contacts, talk, fee, share, wanted, []string{teamNote, winner, loser, client, teamReason, moneyNote}),
	}
}

func concat(lists ...[]string) []string {
	var all []string
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// TestNothingHiddenIsTold plays a whole story, with everybody asking for everything after every step, and looks for
// canaries in all answers (I27, B50, R46).
func TestNothingHiddenIsTold(t *testing.T) {
	s := &story{world: newWorld(t), invited: map[string]string{}, comment: secretNote}
	for now := drafted; now <= inQC; now++ {
		s.next(now)
		if now == invitedPros || now == working || now == inQC {
			s.everybodyAsks()
		}
	}
	for _, who := range []string{loser, winner, lead} {
		s.ask(who, "GET", "/v1/invitations/"+s.invited[loser]+"/messages", nil)
	}
	s.ask(loser, "POST", "/v1/invitations/"+s.invited[loser]+"/accept", map[string]any{"terms": s.terms}).refused(409, "already-taken")
	s.ask(reviewer, "POST", "/v1/assignments/"+s.assignment+"/claim", nil).want(200)
	s.everybodyAsks()
	s.ask(reviewer2, "POST", "/v1/assignments/"+s.assignment+"/pass", nil).refused(409, "claimed-by-other")
	s.ask(reviewer, "POST", "/v1/assignments/"+s.assignment+"/revision", map[string]any{"comments": []map[string]any{{"text": s.comment}}}).want(200)
	s.everybodyAsks()
	s.upload = s.deliver("second.srt", "two")
	s.submit()
	for now := inReview; now <= offered; now++ {
		s.next(now)
		s.everybodyAsks()
	}
	s.send(t, "POST /v1/assignments/{assignmentId}/changes/ask-fee", winner).want(200)
	s.everybodyAsks()
	s.price()
	s.next(offered)
	s.next(insisting)
	s.everybodyAsks()
	s.send(t, "POST /v1/assignments/{assignmentId}/changes/review", agent).want(200)
	s.everybodyAsks()
	secrets := hidden(s)
	for _, a := range s.heard {
		own := ownProfile(a)
		told := strings.Replace(a.Body, `"instance":"`+pathOf(a.request)+`"`, "", 1) // what the caller said
		for _, secret := range secrets[a.to] {
			if strings.Contains(told, secret) && !own {
				t.Errorf("%s was told %q by %s: %s", a.to, secret, a.request, a.Body)
			}
		}
	}
	t.Run("the canaries sing where they may", func(t *testing.T) { s.canariesSing(t) })
}

// ownProfile: one's own name and address are no secret.
func ownProfile(a answer) bool {
	return a.request == "GET /v1/profile" || a.request == "GET /v1/profiles/"+a.to
}

// everybodyAsks sends every read and every refused act of every person.
func (s *story) everybodyAsks() {
	s.t.Helper()
	for _, route := range api.Routes() {
		smp := samples()[route]
		for i, who := range everybody {
			right := strings.Fields(access[route])[i]
			if method(route) != "GET" && right == "-" || who == agent || who == admin { // the lead speaks for staff
				continue
			}
			path := smp.path(s)
			if strings.Contains(path, "//") || strings.HasSuffix(path, "/") {
				continue // there is no such thing yet
			}
			var body any
			if smp.body != nil {
				body = smp.body(s)
			}
			if a := s.ask(who, method(route), path, body, smp.headers...); a.StatusCode >= 500 {
				s.t.Errorf("%s by %s: %d %s", a.request, who, a.StatusCode, a.Body)
			}
		}
	}
}

// canariesSing proves that the search can find: each secret reaches somebody who may know it, or is kept in the table.
func (s *story) canariesSing(t *testing.T) {
	t.Helper()
	may := map[string][]string{
		lead:     {winner, loser, client, agent, reviewer, secretNote, teamReason, "canary-brief", `"23.45"`, `"19.87"`, `"3.58"`, `"31.41"`, feeAsked, quoteReason, clientWish, question, reply, attached, plea},
		reviewer: {secretNote, reviewer, clientWish}, loser: {plea}, winner: {question, reply, attached, secretNote, moneyNote, winner, clientWish, `"19.87"`, feeAsked}, client: {"canary-brief", client, clientWish, `"23.45"`, quoteReason},
	}
	for who, words := range may {
		for _, word := range words {
			found := false
			for _, a := range s.heard {
				found = found || a.to == who && strings.Contains(a.Body, word)
			}
			if !found {
				t.Errorf("%s was never told %q", who, word)
			}
		}
	}
	if len(s.heard) < 1000 {
		t.Errorf("only %d answers", len(s.heard))
	}
}

// TestWhatAClientSeesOfQC: only versions that passed, no comment of either side, no work of the team (R46).
func TestWhatAClientSeesOfQC(t *testing.T) {
	s := tell(t, inQC)
	s.ask(reviewer, "POST", "/v1/assignments/"+s.assignment+"/claim", nil).want(200)
	s.ask(reviewer, "POST", "/v1/assignments/"+s.assignment+"/revision", map[string]any{"comments": []map[string]any{{"text": s.comment}}}).want(200)
	for _, path := range []string{"/v1/projects/" + s.project, "/v1/assignments/" + s.assignment, "/v1/assignments/" + s.assignment + "/delivery"} {
		t.Run(path[:len("/v1/proj")]+" tells nothing of a revision", func(t *testing.T) {
			view := s.call(client, "GET", path, nil)
			body := view.want(200)
			for _, word := range []string{"claim", "version.claimed", "request_revision", "revision.requested", "first.srt"} {
				if strings.Contains(view.Body, `"`+word+`"`) {
					t.Errorf("%q in %s", word, view.Body)
				}
			}
			if versions, ok := body["versions"].([]any); ok && len(versions) != 0 {
				t.Errorf("sees %v", versions)
			}
		})
	}
}

// TestWhatALoserIsTold: the truth about the seats, and no longer what the work is or pays (R28, R29, A21).
func TestWhatALoserIsTold(t *testing.T) {
	s := tell(t, working)
	page := s.call(loser, "GET", "/v1/invitations/"+s.invited[loser], nil)
	view := page.want(200)
	seats := view["seats"].(map[string]any)
	t.Run("when and how many", func(t *testing.T) {
		if view["state"] != "closed" || seats["total"] != 1.0 || seats["taken"] != 1.0 || view["filledAt"] == nil || view["notifiedAt"] == nil {
			t.Errorf("%s", page.Body)
		}
	})
	t.Run("nothing of the work, the terms or who has it", func(t *testing.T) {
		for _, field := range []string{"brief", "assets", "terms", "assignment"} {
			if view[field] != nil {
				t.Errorf("%s is told: %v", field, view[field])
			}
		}
	})
	t.Run("who has the seat still sees the work and the terms", func(t *testing.T) {
		own := s.call(winner, "GET", "/v1/invitations/"+s.invited[winner], nil).want(200)
		if own["brief"] == nil || own["terms"] == nil || own["assignment"] != s.assignment {
			t.Errorf("%v", own)
		}
	})
}
