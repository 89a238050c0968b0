package api_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/callsheet/callsheet/shared/api"
)

// everybody is the order of the columns below.
var everybody = []string{stranger, loser, winner, otherCli, client, reviewer, agent, lead, admin}

// access says who gets what from each route, in everybody's order: a status, or "-" where the role may act and the rest
// decides (those are tried by the other tests). An object that one may not see is 404; visible but not allowed is 403.
var access = map[string]string{
	//                                                       stranger loser winner other client qc agent lead admin
	"POST /v1/projects":                                               "403 403 403 - - 403 - - -",
	"GET /v1/projects":                                                "403 403 403 200 200 403 200 200 200",
	"GET /v1/projects/{projectId}":                                    "404 404 404 404 200 404 200 200 200",
	"PUT /v1/projects/{projectId}":                                    "404 404 404 404 - 404 - - -",
	"POST /v1/projects/{projectId}/publish":                           "404 404 404 404 - 404 - - -",
	"POST /v1/projects/{projectId}/cancel":                            "404 404 404 404 - 404 - - -",
	"POST /v1/projects/{projectId}/invitations":                       "404 404 404 404 403 404 - - -",
	"GET /v1/projects/{projectId}/invitations":                        "404 404 404 404 403 404 200 200 200",
	"POST /v1/projects/{projectId}/proofreading":                      "404 404 404 404 403 404 - - -",
	"GET /v1/assignments/{assignmentId}/source":                       "404 200 404 404 403 200 200 200 200",
	"POST /v1/invitations/{invitationId}/withdraw":                    "404 404 403 404 404 404 - - -",
	"GET /v1/invitations/{invitationId}":                              "404 404 200 404 404 404 200 200 200",
	"POST /v1/invitations/{invitationId}/accept":                      "404 404 - 404 404 404 403 403 403",
	"POST /v1/invitations/{invitationId}/decline":                     "404 404 - 404 404 404 403 403 403",
	"GET /v1/assignments/{assignmentId}":                              "404 404 200 404 200 200 200 200 200",
	"GET /v1/assignments/{assignmentId}/comparison":                   "404 404 200 404 200 200 200 200 200",
	"POST /v1/assignments/{assignmentId}/uploads":                     "404 404 - 404 403 403 403 403 403",
	"POST /v1/assignments/{assignmentId}/uploads/{uploadId}/complete": "404 404 - 404 403 403 403 403 403",
	"POST /v1/assignments/{assignmentId}/submit":                      "404 404 - 404 403 403 403 403 403",
	"GET /v1/qc/queue":                                                "403 403 403 403 403 200 200 200 200",
	"GET /v1/qc/assignments/{assignmentId}/files":                     "404 404 403 404 403 200 200 200 200",
	"POST /v1/assignments/{assignmentId}/claim":                       "404 404 403 404 403 - 403 403 403",
	"POST /v1/assignments/{assignmentId}/unclaim":                     "404 404 403 404 403 - 403 403 403",
	"POST /v1/assignments/{assignmentId}/pass":                        "404 404 403 404 403 - 403 403 403",
	"POST /v1/assignments/{assignmentId}/revision":                    "404 404 403 404 403 - 403 403 403",
	"GET /v1/assignments/{assignmentId}/delivery":                     "404 404 403 404 200 403 200 200 200",
	"POST /v1/assignments/{assignmentId}/approve":                     "404 404 403 404 - 403 403 403 403",
	"POST /v1/assignments/{assignmentId}/changes":                     "404 404 403 404 - 403 403 403 403",
	"POST /v1/assignments/{assignmentId}/changes/forward":             "404 404 403 404 403 403 - - -",
	"POST /v1/assignments/{assignmentId}/changes/ask-back":            "404 404 403 404 403 403 - - -",
	"POST /v1/assignments/{assignmentId}/changes/clarify":             "404 404 403 404 - 403 403 403 403",
	"POST /v1/assignments/{assignmentId}/changes/decline":             "404 404 403 404 403 403 - - -",
	"POST /v1/assignments/{assignmentId}/changes/drop":                "404 404 403 404 - 403 403 403 403",
	"GET /v1/assignments/{assignmentId}/changes/quote":                "404 404 403 404 403 403 200 200 200",
	"POST /v1/assignments/{assignmentId}/changes/quote":               "404 404 403 404 403 403 - - -",
	"POST /v1/assignments/{assignmentId}/changes/quote/withdraw":      "404 404 403 404 403 403 - - -",
	"POST /v1/assignments/{assignmentId}/changes/quote/approve":       "404 404 403 404 - 403 403 403 403",
	"POST /v1/assignments/{assignmentId}/changes/quote/decline":       "404 404 403 404 - 403 403 403 403",
	"POST /v1/assignments/{assignmentId}/changes/offer/accept":        "404 404 - 404 403 403 403 403 403",
	"POST /v1/assignments/{assignmentId}/changes/offer/decline":       "404 404 - 404 403 403 403 403 403",
	"POST /v1/assignments/{assignmentId}/changes/ask-fee":             "404 404 - 404 403 403 403 403 403",
	"POST /v1/assignments/{assignmentId}/changes/review":              "404 404 403 404 403 403 - - -",
	"POST /v1/assignments/{assignmentId}/agent":                       "404 404 403 404 403 403 - - -",
	"POST /v1/assignments/{assignmentId}/withdraw":                    "404 404 - 404 403 403 403 403 403",
	"POST /v1/assignments/{assignmentId}/reassign":                    "404 404 403 404 403 403 - - -",
	"POST /v1/assignments/{assignmentId}/extend":                      "404 404 403 404 403 403 - - -",
	"POST /v1/projects/{projectId}/extend":                            "404 404 404 404 403 404 - - -",
	"POST /v1/projects/{projectId}/pick":                              "404 404 404 404 - 404 403 403 403",
	"POST /v1/invitations/{invitationId}/watch":                       "404 - 404 404 404 404 403 403 403",
	"POST /v1/invitations/{invitationId}/unwatch":                     "404 - 404 404 404 404 403 403 403",
	"GET /v1/invitations":                                             "200 200 200 403 403 403 200 200 200",
	"GET /v1/assignments":                                             "200 200 200 403 403 403 200 200 200",
	"GET /v1/screening/queue":                                         "403 403 403 403 403 403 200 200 200",
	"GET /v1/due":                                                     "200 200 200 200 200 403 200 200 200",
	"GET /v1/quarantine":                                              "403 403 403 403 403 403 200 200 200",
	"POST /v1/quarantine/{mailId}/accredit":                           "404 404 404 404 404 404 - - -",
	"POST /v1/quarantine/{mailId}/dismiss":                            "404 404 404 404 404 404 - - -",
	"GET /v1/statement":                                               "200 200 200 404 404 404 200 200 200",
	"GET /v1/pros/{proId}/statement":                                  "404 404 200 404 404 404 200 200 200",
	"GET /v1/pros/{proId}/standing":                                   "404 404 200 404 404 404 200 200 200",
	"GET /v1/rewards/{rewardId}":                                      "404 404 200 404 404 404 200 200 200",
	"GET /v1/statement/entries":                                       "200 200 200 404 404 404 200 200 200",
	"GET /v1/statement.csv":                                           "200 200 200 404 404 404 200 200 200",
	"GET /v1/pros/{proId}/statement/entries":                          "404 404 200 404 404 404 200 200 200",
	"GET /v1/pros/{proId}/statement.csv":                              "404 404 200 404 404 404 200 200 200",
	"GET /v1/book":                                                    "403 403 403 403 403 403 403 200 200",
	"GET /v1/adjustments":                                             "403 403 403 403 403 403 403 200 200",
	"POST /v1/rewards/{rewardId}/freeze":                              "404 404 403 404 404 404 - - -",
	"POST /v1/rewards/{rewardId}/unfreeze":                            "404 404 403 404 404 404 - - -",
	"POST /v1/assignments/{assignmentId}/adjustments":                 "404 404 403 404 403 403 - - -",
	"GET /v1/assignments/{assignmentId}/adjustments":                  "404 404 200 404 200 403 200 200 200",
	"GET /v1/adjustments/{adjustmentId}":                              "404 404 200 404 404 404 200 200 200",
	"POST /v1/adjustments/{adjustmentId}/approve":                     "404 404 404 404 404 404 403 - -",
	"POST /v1/adjustments/{adjustmentId}/decline":                     "404 404 404 404 404 404 - - -",
	"GET /v1/flag-reasons":                                            "200 200 200 403 403 403 200 200 200",
	"POST /v1/help-uploads":                                           "- - - 403 403 403 - - -",
	"POST /v1/flags":                                                  "404 - - 403 403 403 403 403 403",
	"GET /v1/flags":                                                   "200 200 200 403 403 403 403 403 403",
	"GET /v1/flags/{flagId}":                                          "404 404 200 404 404 404 200 200 200",
	"GET /v1/flags/{flagId}/files":                                    "404 404 200 404 404 404 200 200 200",
	"POST /v1/flags/{flagId}/comments":                                "404 404 - 404 404 404 403 403 403",
	"POST /v1/flags/{flagId}/reopen":                                  "404 404 - 404 404 404 - - -",
	"GET /v1/assignments/{assignmentId}/material":                     "404 404 200 404 403 200 200 200 200",
	"GET /v1/questions":                                               "403 403 403 200 200 403 403 403 403",
	"GET /v1/questions/{questionId}":                                  "404 404 404 404 200 404 200 200 200",
	"POST /v1/questions/{questionId}/answer":                          "404 404 404 404 - 404 403 403 403",
	"GET /v1/desk/flags":                                              "403 403 403 403 403 403 200 200 200",
	"GET /v1/desk/figures":                                            "403 403 403 403 403 403 200 200 200",
	"POST /v1/desk/legacy-links":                                      "403 403 403 403 403 403 - - -",
	"POST /v1/flags/{flagId}/claim":                                   "404 404 403 404 404 404 - - -",
	"POST /v1/flags/{flagId}/unclaim":                                 "404 404 403 404 404 404 - - -",
	"POST /v1/flags/{flagId}/hand-over":                               "404 404 403 404 404 404 - - -",
	"POST /v1/flags/{flagId}/replies":                                 "404 404 403 404 404 404 - - -",
	"POST /v1/flags/{flagId}/notes":                                   "404 404 403 404 404 404 - - -",
	"POST /v1/flags/{flagId}/wait":                                    "404 404 403 404 404 404 - - -",
	"POST /v1/flags/{flagId}/questions":                               "404 404 403 404 404 404 - - -",
	"POST /v1/flags/{flagId}/resume":                                  "404 404 403 404 404 404 - - -",
	"POST /v1/flags/{flagId}/resolve":                                 "404 404 403 404 404 404 - - -",
	"POST /v1/flags/{flagId}/agree":                                   "404 404 403 404 404 404 403 - -",
	"POST /v1/flags/{flagId}/refuse":                                  "404 404 403 404 404 404 - - -",
	"GET /v1/profile":                                                 "200 200 200 200 200 200 200 200 200",
	"GET /v1/profiles/{partyId}":                                      "404 404 404 404 200 404 200 200 200",
	"PUT /v1/profiles/{partyId}":                                      "403 403 403 403 403 403 - - -",

	"GET /v1/assignments/{assignmentId}/messages":                                  "404 404 200 404 404 404 200 200 200",
	"POST /v1/assignments/{assignmentId}/messages":                                 "404 404 - 404 404 404 - - -",
	"POST /v1/assignments/{assignmentId}/messages/read":                            "404 404 - 404 404 404 - - -",
	"POST /v1/assignments/{assignmentId}/messages/attachments":                     "404 404 - 404 404 404 - - -",
	"POST /v1/assignments/{assignmentId}/messages/attachments/{uploadId}/complete": "404 404 - 404 404 404 - - -",
	"GET /v1/invitations/{invitationId}/messages":                                  "404 404 200 404 404 404 200 200 200",
	"POST /v1/invitations/{invitationId}/messages":                                 "404 404 - 404 404 404 - - -",
	"POST /v1/invitations/{invitationId}/messages/read":                            "404 404 - 404 404 404 - - -",
	"POST /v1/invitations/{invitationId}/messages/attachments":                     "404 404 - 404 404 404 - - -",
	"POST /v1/invitations/{invitationId}/messages/attachments/{uploadId}/complete": "404 404 - 404 404 404 - - -",
	"GET /v1/threads": "403 403 403 403 403 403 200 200 200",
}

func TestAccess(t *testing.T) {
	at := tellOnce(t)
	for _, route := range api.Routes() {
		row := strings.Fields(access[route])
		if len(row) != len(everybody) {
			t.Errorf("%s: %d columns, %d roles", route, len(row), len(everybody))
			continue
		}
		s := at(samples()[route].at)
		for i, who := range everybody {
			switch row[i] {
			case "-":
			case "200":
				t.Run(route+" is open to "+who, func(t *testing.T) {
					s.unchanged(t, func() { s.send(t, route, who).want(200) })
				})
			case "403":
				t.Run("B43 B44 "+route+" is forbidden to "+who, func(t *testing.T) {
					s.unchanged(t, func() { s.send(t, route, who).refused(403, "forbidden") })
				})
			case "404":
				t.Run("B45 B46 "+route+" is nothing to "+who, func(t *testing.T) {
					s.unchanged(t, func() {
						refusal := s.send(t, route, who).refused(404, "not-found")
						if refusal["detail"] != "There is no such thing, or it is not yours to see." {
							t.Errorf("tells more than that: %v", refusal)
						}
					})
				})
			}
		}
		t.Run("B49 "+route+" is closed to a disabled account and to a sign-in without one", func(t *testing.T) {
			s.unchanged(t, func() {
				for _, who := range []string{former, unknown, "no id at all", "../" + admin, strings.Repeat("x", 10<<10)} {
					s.send(t, route, who).refused(403, "account-disabled")
				}
			})
		})
	}
}

// TestForeignIDs: an id of another kind, or none, names nothing (B47, B48).
func TestForeignIDs(t *testing.T) {
	at := tellOnce(t)
	for _, route := range api.Routes() {
		if !strings.Contains(route, "{") {
			continue
		}
		smp := samples()[route]
		s := at(smp.at)
		own := map[string]string{
			"{projectId}": s.project, "{invitationId}": s.invited[winner], "{assignmentId}": s.assignment, "{uploadId}": s.upload, "{rewardId}": s.reward, "{adjustmentId}": s.adjustment,
			"{proId}": winner, "{partyId}": stranger, "{flagId}": s.flags["open"], "{questionId}": s.question,
		}
		var body any
		if smp.body != nil {
			body = smp.body(s)
		}
		wrong := []string{
			"", ".", "..", "../" + s.project, "record", "PROJECT#" + s.project, "project#" + s.project, s.project + "#record", s.project + "/invitations", strings.ToLower(s.project) + "x",
			strings.Repeat("A", 10<<10), "prj_" + strings.Repeat("0", 26) + "\n", "prj_" + strings.Repeat("0", 25) + "é", "%00", "\x00", "prj_" + strings.Repeat("I", 26), "no-such-person",
		}
		for _, id := range own {
			if id != "" {
				wrong = append(wrong, id)
			}
		}
		for name, right := range own {
			if !strings.Contains(route, name) {
				continue
			}
			t.Run("B47 B48 "+route+" with another "+name, func(t *testing.T) {
				for _, id := range wrong {
					if id == right || name == "{partyId}" && method(route) == "PUT" || (name == "{proId}" || name == "{partyId}") && roles[id] != nil {
						continue
					}
					path := pathOf(route)
					for n, value := range own {
						if n != name {
							path = strings.ReplaceAll(path, n, value)
						}
					}
					path = strings.ReplaceAll(path, name, url.PathEscape(id))
					if id == "." || id == ".." { // as a gateway hands them on when they come encoded
						path = strings.ReplaceAll(path, "/"+id, "/"+strings.ReplaceAll(id, ".", "%2e"))
					}
					s.unchanged(t, func() {
						s.call(foreigner(route, smp.by), method(route), path, body, smp.headers...).refused(404, "not-found")
					})
				}
			})
		}
	}
}

// foreigner asks for what is not there: a pro's statement is whatever one says for staff, so the pro asks.
func foreigner(route, by string) string {
	if strings.Contains(route, "{proId}") {
		return winner
	}
	return by
}

func pathOf(route string) string {
	_, path, _ := strings.Cut(route, " ")
	return path
}

func TestProfileIDs(t *testing.T) {
	s := tell(t, drafted)
	for _, id := range []string{"%23", "a%23b", "a%2Fb", "-a", "%20", strings.Repeat("a", 65), "a%00", "%C3%A9"} {
		t.Run("B48 no profile can be made under "+id, func(t *testing.T) {
			s.unchanged(t, func() {
				s.call(admin, "PUT", "/v1/profiles/"+id, profile("x"), "if-match", `"0"`).refused(404, "not-found")
			})
		})
	}
}

// TestSeparationOfDuties: nobody reviews their own work, and nobody raises themselves (B44, I30).
func TestSeparationOfDuties(t *testing.T) {
	t.Run("B44 a reviewer who made the version does not review it", func(t *testing.T) {
		s := tell(t, published)
		s.invite(double)
		s.assignment = s.accept(double).want(201)["id"].(string)
		view := s.call(double, "POST", "/v1/assignments/"+s.assignment+"/uploads", announcement("a.srt", "one")).want(201)
		transfer(t, view["transfers"].([]any)[0].(map[string]any), "one")
		s.call(double, "POST", "/v1/assignments/"+s.assignment+"/submit", map[string]any{"uploads": []any{view["id"]}}).want(200)
		for _, route := range []string{"POST /v1/assignments/{assignmentId}/claim", "POST /v1/assignments/{assignmentId}/unclaim", "POST /v1/assignments/{assignmentId}/pass", "POST /v1/assignments/{assignmentId}/revision"} {
			s.unchanged(t, func() { s.send(t, route, double).refused(403, "own-work") })
		}
		s.send(t, "POST /v1/assignments/{assignmentId}/claim", reviewer).want(200)
		for _, path := range []string{"/v1/assignments/" + s.assignment, "/v1/qc/queue"} {
			if a := s.call(double, "GET", path, nil); strings.Contains(a.Body, reviewer) {
				t.Errorf("is told who reviews it: %s", a.Body)
			}
			if a := s.call(reviewer2, "GET", path, nil); !strings.Contains(a.Body, reviewer) {
				t.Errorf("other reviewers are not told who has it: %s", a.Body)
			}
		}
		s.send(t, "POST /v1/assignments/{assignmentId}/pass", reviewer).want(200)
	})
	t.Run("a version in the hands of one reviewer is not taken by another, who is not told whose", func(t *testing.T) {
		s := tell(t, inQC)
		s.send(t, "POST /v1/assignments/{assignmentId}/claim", reviewer).want(200)
		for _, route := range []string{"POST /v1/assignments/{assignmentId}/claim", "POST /v1/assignments/{assignmentId}/pass", "POST /v1/assignments/{assignmentId}/revision"} {
			s.unchanged(t, func() {
				if a := s.send(t, route, reviewer2); strings.Contains(a.Body, reviewer) {
					t.Errorf("told: %s", a.Body)
				} else {
					a.refused(409, "claimed-by-other")
				}
			})
		}
	})
	s := tell(t, drafted)
	for _, row := range []struct{ who, whose, role string }{
		{agent, agent, "lead"}, {agent, agent, "admin"}, {agent, stranger, "agent"}, {agent, stranger, "qc"}, {agent, reviewer, "pro"}, {agent, lead, "pro"}, {agent, admin, "pro"},
		{lead, lead, "admin"}, {lead, stranger, "admin"}, {lead, admin, "pro"}, {reviewer, reviewer, "lead"}, {winner, winner, "agent"}, {client, client, "admin"},
	} {
		t.Run("B44 "+row.who+" does not make "+row.whose+" "+row.role, func(t *testing.T) {
			s.unchanged(t, func() {
				s.call(row.who, "PUT", "/v1/profiles/"+row.whose, with(profile("x"), "roles", []string{row.role}), "if-match", `"1"`).refused(403, "forbidden")
			})
		})
	}
}

// TestRolesCountNow: roles are read at every request, whatever was true when the token was made (B51).
func TestRolesCountNow(t *testing.T) {
	s := tell(t, published)
	invite := func() answer {
		return s.send(t, "POST /v1/projects/{projectId}/invitations", agent, "idempotency-key", "captured")
	}
	invite().want(201)
	put := func(version string, change map[string]any) {
		body := with(profile("Ann"), "roles", []string{"agent"})
		for field, value := range change {
			body[field] = value
		}
		s.call(lead, "PUT", "/v1/profiles/"+agent, body, "if-match", version).want(200)
	}
	put(`"1"`, map[string]any{"roles": []string{"pro"}})
	t.Run("B51 a captured request of a demoted agent is refused when it is replayed", func(t *testing.T) {
		s.unchanged(t, func() {
			s.send(t, "GET /v1/projects/{projectId}/invitations", agent).refused(404, "not-found")
			s.send(t, "POST /v1/projects/{projectId}/publish", agent).refused(404, "not-found")
		})
	})
	put(`"2"`, map[string]any{"active": false})
	t.Run("B51 and of a disabled one", func(t *testing.T) {
		s.unchanged(t, func() { invite().refused(403, "account-disabled") })
	})
}
