package api_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestProofreading(t *testing.T) {
	t.Run("is offered by one call, which says to whom, at which reward and until when — R32 A16", func(t *testing.T) {
		s := tell(t, working)
		a := s.call(agent, "POST", "/v1/projects/"+s.project+"/proofreading", readingTerms())
		made := a.want(201)
		lines := made["round"].(map[string]any)["invitations"].([]any)
		line := lines[0].(map[string]any)
		if len(lines) != 1 || line["pro"] != loser || line["state"] != "open" || line["reward"].(map[string]any)["amount"] != "35.00" || made["of"] != s.project || made["leftOut"] != nil {
			t.Errorf("%s", a.Body)
		}
		if made["deliverBy"] != "2026-11-22T12:00:00.000Z" || a.Headers["location"] != "/v1/projects/"+made["project"].(string) {
			t.Errorf("%v %s", a.Headers, a.Body)
		}
	})
	t.Run("is linked for who sees the projects, in both directions, and the timelines say so — R32", func(t *testing.T) {
		s := tell(t, proofread)
		for _, who := range []string{client, agent, lead} {
			translated := s.call(who, "GET", "/v1/projects/"+s.project, nil)
			id, _ := translated.want(200)["proofreading"].(string)
			own := s.call(who, "GET", "/v1/projects/"+id, nil)
			if own.want(200)["of"] != s.project || !strings.Contains(translated.Body, "proofreading.linked") || !strings.Contains(own.Body, "proofreading.offered") {
				t.Errorf("%s: %s", who, own.Body)
			}
			if held := s.call(who, "GET", "/v1/assignments/"+s.reading, nil).want(200); held["of"] != s.project || (held["source"] == nil) != (who == client) {
				t.Errorf("%s: %v", who, held)
			}
		}
	})
	t.Run("is known as such to its pro, who finds where the source is, and no project — R32", func(t *testing.T) {
		s := tell(t, proofread)
		held := s.call(loser, "GET", "/v1/assignments/"+s.reading, nil).want(200)
		if held["source"] != "/v1/assignments/"+s.reading+"/source" || held["of"] != nil {
			t.Errorf("%v", held)
		}
		if i := s.call(loser, "GET", "/v1/invitations/"+s.read, nil).want(200); i["proofreads"] != projectTitle {
			t.Errorf("%v", i)
		}
		for _, field := range []string{"of", "source"} {
			if other := s.call(winner, "GET", "/v1/assignments/"+s.assignment, nil).want(200); other[field] != nil {
				t.Errorf("the translation has %v", other[field])
			}
		}
	})
	t.Run("has the translation as source, by links that work for a moment — R32", func(t *testing.T) {
		s := tell(t, proofread)
		works := s.call(loser, "GET", "/v1/assignments/"+s.reading+"/source", nil).want(200)["works"].([]any)
		work := works[0].(map[string]any)
		file := work["files"].([]any)[0].(map[string]any)
		if len(works) != 1 || work["version"] != 1.0 || work["submittedAt"] != "2026-11-01T12:00:00.000Z" || file["name"] != "first.srt" {
			t.Fatalf("%v", work)
		}
		link := file["download"].(map[string]any)
		resp, err := http.Get(link["url"].(string))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if content, _ := io.ReadAll(resp.Body); string(content) != "one" || link["expiresAt"] != "2026-11-01T12:05:00.000Z" {
			t.Errorf("%s, %v", content, link)
		}
	})
	t.Run("has none before a version is handed in — R32", func(t *testing.T) {
		s := tell(t, working)
		s.proofread()
		s.unchanged(t, func() { s.send(t, "GET /v1/assignments/{assignmentId}/source", loser).refused(409, "not-yet") })
		s.unchanged(t, func() {
			s.call(winner, "GET", "/v1/assignments/"+s.assignment+"/source", nil).refused(404, "not-found")
		})
	})
	t.Run("is refused, and nothing is changed", func(t *testing.T) {
		s := tell(t, working)
		for _, row := range []struct {
			name string
			body map[string]any
			code string
			at   string
		}{
			{"B54 without a reward", map[string]any{}, "validation", "/reward"},
			{"B52 for 0", with(readingTerms(), "reward", amount("0.00", "USD")), "zero-reward", ""},
			{"B56 in another currency", with(readingTerms(), "reward", amount("35.00", "EUR")), "currency-mismatch", ""},
			{"B80 due in the past", with(readingTerms(), "deliverBy", "2026-11-01T12:00:00Z"), "validation", "/deliverBy"},
			{"B80 due after two years", with(readingTerms(), "deliverBy", "2028-11-01T12:00:00.001Z"), "validation", "/deliverBy"},
			{"B80 with a date that is none", with(readingTerms(), "deliverBy", "tomorrow"), "validation", "/deliverBy"},
			{"B80 with invitations that have expired", with(readingTerms(), "expiresAt", "2026-11-01T12:00:00Z"), "validation", "/expiresAt"},
			{"B7 with a list of pros", with(readingTerms(), "invitations", []any{}), "validation", "/invitations"},
		} {
			t.Run(row.name, func(t *testing.T) {
				s.unchanged(t, func() {
					refusal := s.call(agent, "POST", "/v1/projects/"+s.project+"/proofreading", row.body).refused(422, row.code)
					if row.at != "" && !slices.Equal(pointers(refusal), []string{row.at}) {
						t.Errorf("told %v", pointers(refusal))
					}
				})
			})
		}
		s.send(t, "POST /v1/projects/{projectId}/proofreading", agent).want(201)
		t.Run("a second time", func(t *testing.T) {
			s.unchanged(t, func() {
				s.send(t, "POST /v1/projects/{projectId}/proofreading", lead).refused(409, "state-changed")
			})
		})
	})
}

// TestWhatAProofreaderIsTold: the files and their version, and nobody's name, word or work (R32, I27). The path of a
// download alone names the assignment that its file lies under, which opens nothing for the proofreader.
func TestWhatAProofreaderIsTold(t *testing.T) {
	s := tell(t, proofread)
	s.everybodyAsks()
	s.ask(reviewer, "POST", "/v1/assignments/"+s.assignment+"/revision", map[string]any{"comments": []map[string]any{{"text": s.comment}}}).want(200)
	s.everybodyAsks()
	for _, a := range s.heard {
		told := strings.Replace(a.Body, `"instance":"`+pathOf(a.request)+`"`, "", 1)
		if a.to == loser {
			told = strings.ReplaceAll(told, "uploads/"+s.assignment+"/", "")
		}
		for _, secret := range hidden(s)[a.to] {
			if secret != "" && strings.Contains(told, secret) && !ownProfile(a) {
				t.Errorf("%s was told %q by %s: %s", a.to, secret, a.request, a.Body)
			}
		}
		if a.to == winner && s.reading != "" && strings.Contains(told, s.reading) {
			t.Errorf("the translator was told who proofreads by %s: %s", a.request, a.Body)
		}
	}
}
