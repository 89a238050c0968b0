package api_test

import (
	"testing"
	"time"

	"github.com/callsheet/callsheet/shared/policy"
)

// edges are the instants around a deadline. A person may act strictly before it.
var edges = []struct {
	name string
	off  time.Duration
	open bool
}{{"a millisecond before", -time.Millisecond, true}, {"the instant of", 0, false}, {"a millisecond after", time.Millisecond, false}}

func TestDeadlines(t *testing.T) {
	book := policy.Editions().Current()
	for _, edge := range edges {
		t.Run("B86 an invitation is accepted until it expires: "+edge.name, func(t *testing.T) {
			s := tell(t, invitedPros)
			s.advance(book.InvitationExpiry + edge.off)
			if edge.open {
				s.accept(winner).want(201)
				return
			}
			s.unchanged(t, func() {
				if facts := s.accept(winner).refused(409, "deadline-passed")["facts"].(map[string]any); facts["expiredAt"] != "2026-11-04T12:00:00.000Z" {
					t.Errorf("told %v", facts)
				}
				s.send(t, "POST /v1/invitations/{invitationId}/decline", winner).refused(409, "deadline-passed")
			})
		})
		t.Run("B88 a delivery is approved until the review closes by itself: "+edge.name, func(t *testing.T) {
			s := tell(t, inReview)
			s.advance(book.ReviewAutoClose + edge.off)
			if edge.open {
				s.send(t, "POST /v1/assignments/{assignmentId}/approve", client).want(200)
				return
			}
			s.unchanged(t, func() {
				s.send(t, "POST /v1/assignments/{assignmentId}/approve", client).refused(409, "deadline-passed")
			})
		})
		t.Run("a draft is published until its work is due: "+edge.name, func(t *testing.T) {
			s := tell(t, drafted)
			s.advance(19*day + edge.off)
			if edge.open {
				s.send(t, "POST /v1/projects/{projectId}/publish", client).want(200)
				return
			}
			s.unchanged(t, func() { s.send(t, "POST /v1/projects/{projectId}/publish", client).refused(409, "deadline-passed") })
		})
		t.Run("B89 a list's cursor is good for a day: "+edge.name, func(t *testing.T) {
			s := tell(t, drafted)
			s.send(t, "POST /v1/projects", client).want(201)
			next := s.call(client, "GET", "/v1/projects?limit=1", nil).want(200)["nextCursor"].(string)
			s.advance(book.CursorLife + edge.off)
			page := s.call(client, "GET", "/v1/projects?limit=1&cursor="+next, nil)
			if !edge.open {
				page.refused(400, "cursor-invalid")
			} else if rest := page.want(200); len(rest["data"].([]any)) != 1 || rest["nextCursor"] != nil {
				t.Errorf("the second page: %v", rest)
			}
		})
	}
}

func TestCursorsOfLists(t *testing.T) {
	s := tell(t, drafted)
	s.send(t, "POST /v1/projects", client).want(201)
	next := s.call(client, "GET", "/v1/projects?limit=1", nil).want(200)["nextCursor"].(string)
	for name, ask := range map[string]struct{ who, path string }{
		"another caller": {otherCli, "/v1/projects?limit=1&cursor="}, "another page size": {client, "/v1/projects?limit=2&cursor="}, "another filter": {client, "/v1/projects?limit=1&client=" + client + "&cursor="},
		"staff": {agent, "/v1/projects?limit=1&client=" + client + "&cursor="}, "another list": {reviewer, "/v1/qc/queue?limit=1&cursor="}, "a statement": {winner, "/v1/statement?limit=1&cursor="},
	} {
		t.Run("B91 a cursor is nothing to "+name, func(t *testing.T) {
			s.unchanged(t, func() { s.call(ask.who, "GET", ask.path+next, nil).refused(400, "cursor-invalid") })
		})
	}
}

func TestCursorsOfStatements(t *testing.T) {
	s := tell(t, inReview)
	another := &story{world: s.world, invited: map[string]string{}, comment: secretNote}
	for now := drafted; now <= inReview; now++ {
		another.next(now)
	}
	page := func(pro, cursor string) answer {
		t.Helper()
		return s.call(agent, "GET", "/v1/pros/"+pro+"/statement?limit=1"+cursor, nil)
	}
	first := page(winner, "").want(200)
	next := "&cursor=" + first["nextCursor"].(string)
	t.Run("the second page has the rest, and the balance is over everything", func(t *testing.T) {
		second := page(winner, next).want(200)
		rewards := []any{first["data"].([]any)[0].(map[string]any)["id"], second["data"].([]any)[0].(map[string]any)["id"]}
		held := second["balances"].([]any)[0].(map[string]any)["amount"].(map[string]any)["amount"]
		if rewards[0] != another.reward || rewards[1] != s.reward || second["nextCursor"] != nil || held != "240.00" {
			t.Errorf("%v, held %v, next %v", rewards, held, second["nextCursor"])
		}
	})
	t.Run("B91 a cursor of one pro's statement is nothing to another's", func(t *testing.T) {
		page(loser, next).refused(400, "cursor-invalid")
	})
}
