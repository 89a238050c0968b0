package api_test

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callsheet/callsheet/shared/api"
	"github.com/callsheet/callsheet/shared/policy"
)

// onceRoutes lists every endpoint that needs an Idempotency-Key.
func onceRoutes(t *testing.T) []string {
	t.Helper()
	var routes []string
	for _, endpoints := range api.Functions() {
		for _, e := range endpoints {
			if e.Once {
				routes = append(routes, e.Route)
			}
		}
	}
	if len(routes) == 0 {
		t.Fatal("no endpoint needs an Idempotency-Key")
	}
	return routes
}

// other is somebody who may know of the thing, or do the like, for each of them.
func other(route string) string {
	switch route {
	case "POST /v1/projects":
		return otherCli
	case "POST /v1/projects/{projectId}/invitations":
		return lead
	case "POST /v1/assignments/{assignmentId}/pass", "POST /v1/assignments/{assignmentId}/revision":
		return reviewer2
	case "POST /v1/rewards/{rewardId}/freeze", "POST /v1/rewards/{rewardId}/unfreeze", "POST /v1/assignments/{assignmentId}/adjustments":
		return lead
	case "POST /v1/adjustments/{adjustmentId}/approve", "POST /v1/adjustments/{adjustmentId}/decline":
		return admin
	case "POST /v1/assignments/{assignmentId}/reassign", "POST /v1/assignments/{assignmentId}/extend", "POST /v1/projects/{projectId}/extend":
		return lead
	}
	if samples()[route].by == agent {
		return lead
	}
	return agent
}

func TestOnce(t *testing.T) {
	for _, route := range onceRoutes(t) {
		smp := samples()[route]
		t.Run(route, func(t *testing.T) {
			s := tell(t, smp.at)
			send := func(who string, headers ...string) answer { t.Helper(); return s.send(t, route, who, headers...) }
			t.Run("B32 without a key is refused", func(t *testing.T) {
				s.unchanged(t, func() { send(smp.by, "idempotency-key", "").refused(400, "idempotency-key-missing") })
			})
			t.Run("B33 with an invalid key is refused", func(t *testing.T) {
				s.unchanged(t, func() {
					for _, key := range []string{`""`, "a b", "é", "a\x00", strings.Repeat("k", 256)} {
						send(smp.by, "idempotency-key", key).refused(400, "idempotency-key-invalid")
					}
				})
			})
			first := send(smp.by, "idempotency-key", "k")
			if first.StatusCode < 200 || first.StatusCode > 299 || first.Headers["idempotency-replayed"] != "" {
				t.Fatalf("first: %d %v %s", first.StatusCode, first.Headers, first.Body)
			}
			t.Run("F1 I20 the same key again gets the same answer and has no second effect", func(t *testing.T) {
				s.unchanged(t, func() {
					for range 3 {
						again := send(smp.by, "idempotency-key", "k")
						if again.Headers["idempotency-replayed"] != "true" {
							t.Errorf("not marked: %v", again.Headers)
						}
						delete(again.Headers, "idempotency-replayed")
						if diff := cmp.Diff(first.Response, again.Response); diff != "" {
							t.Error(diff)
						}
					}
				})
			})
			t.Run("F6 B34 the same key with another body is refused", func(t *testing.T) {
				s.unchanged(t, func() {
					s.call(smp.by, method(route), smp.path(s), otherBody(s, route), "idempotency-key", "k").refused(422, "idempotency-key-reused")
				})
			})
			t.Run("F7 B35 the same key of somebody else is another request", func(t *testing.T) {
				got := send(other(route), "idempotency-key", "k")
				if got.Headers["idempotency-replayed"] != "" || got.Body == first.Body {
					t.Errorf("was given the answer of %s: %v %s", smp.by, got.Headers, got.Body)
				}
			})
			t.Run("F8 the answer is kept until a day is over, less a millisecond", func(t *testing.T) {
				keep := policy.Editions().Current().IdempotencyKeep
				s.advance(keep - time.Millisecond)
				if again := send(smp.by, "idempotency-key", "k"); again.Headers["idempotency-replayed"] != "true" || again.Body != first.Body {
					t.Errorf("%d %v", again.StatusCode, again.Headers)
				}
				s.advance(time.Millisecond)
				if again := send(smp.by, "idempotency-key", "k"); again.Headers["idempotency-replayed"] != "" {
					t.Errorf("still replayed at the instant it expires: %d", again.StatusCode)
				}
			})
		})
	}
}

// otherBody is a valid body of the route that says something else; where the endpoint reads none, any.
func otherBody(s *story, route string) any {
	smp := samples()[route]
	if smp.body == nil {
		return map[string]any{"other": true}
	}
	body := maps.Clone(smp.body(s).(map[string]any))
	switch route {
	case "POST /v1/projects":
		body["title"] = "Another title"
	case "POST /v1/projects/{projectId}/invitations":
		body["invitations"] = []map[string]any{{"pro": stranger}}
	case "POST /v1/projects/{projectId}/proofreading":
		body["zeroRewardReason"] = "Another reason."
	case "POST /v1/invitations/{invitationId}/accept":
		body["terms"] = "others"
	case "POST /v1/projects/{projectId}/pick":
		body["assignments"] = []string{s.project}
	case "POST /v1/assignments/{assignmentId}/submit":
		body["comment"] = "Another word."
	case "POST /v1/assignments/{assignmentId}/messages", "POST /v1/invitations/{invitationId}/messages":
		body["text"] = "Another word."
	case "POST /v1/assignments/{assignmentId}/revision":
		body["comments"] = []map[string]any{{"text": "Something else."}}
	case "POST /v1/rewards/{rewardId}/freeze", "POST /v1/rewards/{rewardId}/unfreeze", "POST /v1/assignments/{assignmentId}/adjustments", "POST /v1/adjustments/{adjustmentId}/decline",
		"POST /v1/assignments/{assignmentId}/withdraw", "POST /v1/assignments/{assignmentId}/reassign", "POST /v1/assignments/{assignmentId}/extend", "POST /v1/projects/{projectId}/extend":
		body["reason"] = "Another reason."
	case "POST /v1/flags":
		body["reason"] = "more_time"
	case "POST /v1/flags/{flagId}/resolve":
		body["text"] = "Another word."
	default:
		for _, field := range slices.Sorted(maps.Keys(body)) {
			if _, isText := body[field].(string); isText {
				body[field] = "others"
				return body
			}
		}
		s.t.Fatalf("no other body for %s", route)
	}
	return body
}

func TestOnceInParallel(t *testing.T) {
	s := tell(t, drafted)
	const clients = 16
	answers := make([]answer, clients)
	own := brief()
	delete(own, "client")
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() { answers[i] = s.call(otherCli, "POST", "/v1/projects", own, "idempotency-key", "k") })
	}
	all.Wait()
	bodies := map[string]int{}
	for _, a := range answers {
		switch a.StatusCode {
		case 201:
			bodies[a.Body]++
		case 503:
			a.refused(503, "unavailable")
		default:
			t.Errorf("%d %s", a.StatusCode, a.Body)
		}
	}
	t.Run("F5 the same request from many lines at once has one effect and one answer", func(t *testing.T) {
		list := s.call(otherCli, "GET", "/v1/projects", nil).want(200)["data"].([]any)
		if len(bodies) != 1 || len(list) != 1 {
			t.Errorf("%d different answers, %d projects", len(bodies), len(list))
		}
	})
}

func TestOneWinner(t *testing.T) {
	s := tell(t, invitedPros)
	pros := []string{winner, loser}
	answers := make([]answer, len(pros))
	var all sync.WaitGroup
	for i, pro := range pros {
		all.Go(func() {
			answers[i] = s.call(pro, "POST", "/v1/invitations/"+s.invited[pro]+"/accept", map[string]any{"terms": s.terms})
		})
	}
	all.Wait()
	t.Run("F11 of two who accept at once one has the seat, and the other is told when and how many", func(t *testing.T) {
		won, lost := answers[0], answers[1]
		if won.StatusCode != 201 {
			won, lost = lost, won
		}
		won.want(201)
		facts := lost.refused(409, "already-taken")["facts"].(map[string]any)
		if facts["seats"] != "1" || facts["taken"] != "1" || facts["filledAt"] == "" || facts["notifiedAt"] == "" {
			t.Errorf("told %v", facts)
		}
		if strings.Contains(lost.Body, won.to) {
			t.Errorf("who won is told: %s", lost.Body)
		}
	})
}
