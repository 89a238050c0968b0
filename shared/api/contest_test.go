package api_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/callsheet/callsheet/shared/policy"
)

// compete is a contest of two seats whose pros have work in review, under a policy that leaves a share to who is not picked.
func compete(t *testing.T, share policy.BasisPoints) (s *story, entries map[string]string) {
	t.Helper()
	s = &story{world: newWorld(t), invited: map[string]string{}}
	book := policy.Editions()
	book[len(book)-1].NotPickedShare = share
	s.jobs.Policies = book
	body := with(with(with(brief(), "type", "contest"), "seats", 2), "publish", true)
	s.project = s.ask(client, "POST", "/v1/projects", body).want(201)["id"].(string)
	s.invite(winner, loser)
	entries = map[string]string{}
	for _, pro := range []string{winner, loser} {
		entries[pro] = s.accept(pro).want(201)["id"].(string)
	}
	for pro, id := range entries {
		view := s.ask(pro, "POST", "/v1/assignments/"+id+"/uploads", announcement("take.srt", "one")).want(201)
		transfer(t, view["transfers"].([]any)[0].(map[string]any), "one")
		s.ask(pro, "POST", "/v1/assignments/"+id+"/submit", map[string]any{"uploads": []any{view["id"]}}).want(200)
		s.ask(reviewer, "POST", "/v1/assignments/"+id+"/pass", nil).want(200)
	}
	return s, entries
}

func TestTermsOfWhoHasASeat(t *testing.T) {
	t.Run("are those of the work, also once the project has more time for the next ones — R53 A5", func(t *testing.T) {
		s := &story{world: newWorld(t), invited: map[string]string{}}
		s.project = s.ask(client, "POST", "/v1/projects", with(with(with(brief(), "type", "contest"), "seats", 2), "publish", true)).want(201)["id"].(string)
		s.invite(winner, loser)
		s.told()
		agreed := s.accept(winner).want(201)["terms"].(map[string]any)
		later := s.clock.Now().AddDate(0, 3, 0).UTC().Format("2006-01-02T15:04:05.000Z")
		s.ask(agent, "POST", "/v1/projects/"+s.project+"/extend", map[string]any{"deliverBy": later, "reason": "Nobody was free."}).want(200)
		for who, due := range map[string]any{winner: agreed["deliverBy"], loser: later} {
			if terms := s.ask(who, "GET", "/v1/invitations/"+s.invited[who], nil).want(200)["terms"].(map[string]any); terms["deliverBy"] != due || (terms["version"] == agreed["version"]) != (who == winner) {
				t.Errorf("%s reads %v, want due %s", who, terms, due)
			}
			if row := s.ask(who, "GET", "/v1/invitations", nil).want(200)["data"].([]any)[0].(map[string]any); row["deliverBy"] != due {
				t.Errorf("%s's list has %v, want due %s", who, row, due)
			}
		}
	})
}

func TestShareOfWhoIsNotPicked(t *testing.T) {
	amount := func(v any) string { return v.(map[string]any)["amount"].(string) }
	t.Run("stands in the terms before anybody accepts, and then on reward, statement and timeline — R53 A13", func(t *testing.T) {
		s, entries := compete(t, 2_500)
		terms := s.ask(loser, "GET", "/v1/invitations/"+s.invited[loser], nil).want(200)["terms"].(map[string]any)
		if amount(terms["reward"]) != "120.00" || amount(terms["ifNotPicked"]) != "30.00" {
			t.Errorf("the terms say %v", terms)
		}
		s.ask(client, "POST", "/v1/projects/"+s.project+"/pick", map[string]any{"assignments": []string{entries[winner]}}).want(200)
		r := s.ask(loser, "GET", "/v1/statement", nil).want(200)["data"].([]any)[0].(map[string]any)
		if amount(r["amount"]) != "30.00" || amount(r["forgone"]) != "90.00" || r["state"] != "held" || !slices.Contains(r["entries"].([]any), any(r["id"].(string)+".not_picked")) {
			t.Errorf("the reward says %v", r)
		}
		lines := s.ask(loser, "GET", "/v1/statement/entries", nil).want(200)["data"].([]any)
		last := lines[len(lines)-1].(map[string]any)
		if last["what"] != "reward.not_picked" || amount(last["amount"]) != "-90.00" || amount(last["balance"]) != "30.00" {
			t.Errorf("the statement says %v", lines)
		}
		for who, told := range map[string]bool{loser: true, agent: true, client: false} {
			if a := s.ask(who, "GET", "/v1/assignments/"+entries[loser], nil); strings.Contains(a.Body, `"earns":"30.00 USD"`) != told {
				t.Errorf("%s reads %s", who, a.Body)
			}
		}
		if r := s.ask(winner, "GET", "/v1/statement", nil).want(200)["data"].([]any)[0].(map[string]any); amount(r["amount"]) != "120.00" || r["forgone"] != nil {
			t.Errorf("the winner's reward says %v", r)
		}
	})
	t.Run("is no word of the terms where it is the whole reward — A13", func(t *testing.T) {
		s, _ := compete(t, policy.Whole)
		if a := s.ask(loser, "GET", "/v1/invitations/"+s.invited[loser], nil); strings.Contains(a.Body, "ifNotPicked") {
			t.Errorf("got %s", a.Body)
		}
	})
}
