package api_test

import (
	"strings"
	"testing"
)

// TestWhatAProSeesOfARequest: nothing that staff have not looked at (R48).
func TestWhatAProSeesOfARequest(t *testing.T) {
	s := tell(t, asked)
	at := "/v1/assignments/" + s.assignment
	for _, now := range []stage{asked, askedBack, priced} {
		t.Run("before it is forwarded or offered: that there is one, and no word of it — R48", func(t *testing.T) {
			if now != asked {
				s.next(now)
			}
			seen := s.call(winner, "GET", at, nil)
			requests := seen.want(200)["changes"].([]any)
			if len(requests) != 1 || strings.Contains(seen.Body, "canary-wish") || strings.Contains(seen.Body, "Which of the two") || strings.Contains(seen.Body, "1.1") {
				t.Errorf("%s", seen.Body)
			}
		})
	}
	t.Run("once it is offered: what it says, and their own share — R48 R49", func(t *testing.T) {
		s.next(offered)
		seen := s.call(winner, "GET", at, nil).want(200)["changes"].([]any)[0].(map[string]any)
		quote := seen["quote"].(map[string]any)
		if seen["text"] != clientWish || seen["state"] != "offered" || quote["share"].(map[string]any)["amount"] != "19.87" || quote["fee"] != nil || quote["rule"] != "after_hold" {
			t.Errorf("%v", seen)
		}
	})
}

// TestWhatIf: who pays, who gets, what is kept, by which rule and edition, until when (A18).
func TestWhatIf(t *testing.T) {
	s := tell(t, asked)
	at := "/v1/assignments/" + s.assignment + "/changes/quote"
	t.Run("proposes the policy's fee and changes nothing — A18", func(t *testing.T) {
		s.unchanged(t, func() {
			seen := s.call(agent, "GET", at, nil).want(200)
			for field, want := range map[string]string{"fee": "18.00", "share": "14.40", "platform": "3.60"} {
				if got := seen[field].(map[string]any)["amount"]; got != want {
					t.Errorf("%s is %v", field, got)
				}
			}
			if seen["client"] != client || seen["pro"] != winner || seen["rule"] != "after_hold" || seen["policyVersion"] != "2026-11" || seen["validUntil"] != "2026-11-08T12:00:00.000Z" {
				t.Errorf("%v", seen)
			}
		})
	})
	for query, code := range map[string]string{
		"amount=0.00&currency=USD": "validation", "amount=-1.00&currency=USD": "amount-out-of-range", "amount=1.5&currency=USD": "validation", "amount=1e3&currency=USD": "validation",
		"amount=10.00": "validation", "currency=USD": "validation", "amount=10.00&currency=usd": "validation", "amount=10.00&currency=EUR": "currency-mismatch",
		"amount=99999999999999.00&currency=USD": "amount-out-of-range",
	} {
		t.Run("B53 B55 B56 is refused for "+query, func(t *testing.T) {
			s.unchanged(t, func() { s.call(agent, "GET", at+"?"+query, nil).refused(422, code) })
		})
	}
}

// TestQuoteBodies: a quote that cannot be is refused, and changes nothing.
func TestQuoteBodies(t *testing.T) {
	s := tell(t, asked)
	usd := func(amount string) map[string]any { return map[string]any{"amount": amount, "currency": "USD"} }
	for _, row := range []struct {
		name, pointer string
		body          map[string]any
	}{
		{"without a fee", "/fee", map[string]any{"reason": "More."}},
		{"with a fee of nothing", "/fee", map[string]any{"fee": usd("0.00"), "reason": "More."}},
		{"with a share above the fee", "/share", map[string]any{"fee": usd("10.00"), "share": usd("10.01"), "reason": "More."}},
		{"with a share of nothing", "/share", map[string]any{"fee": usd("10.00"), "share": usd("0.00"), "reason": "More."}},
		{"without a reason", "/reason", map[string]any{"fee": usd("10.00"), "reason": " "}},
	} {
		t.Run("B53 R54 "+row.name, func(t *testing.T) {
			s.unchanged(t, func() {
				refusal := s.call(agent, "POST", "/v1/assignments/"+s.assignment+"/changes/quote", row.body).refused(422, "validation")
				if got := pointers(refusal); len(got) == 0 || got[0] != row.pointer {
					t.Errorf("told %v", got)
				}
			})
		})
	}
	t.Run("A18 an approval names the quote that was seen", func(t *testing.T) {
		s.next(askedBack)
		s.next(priced)
		s.unchanged(t, func() {
			for _, seen := range []string{"", "1.2", "2.1"} {
				refusal := s.call(client, "POST", "/v1/assignments/"+s.assignment+"/changes/quote/approve", map[string]any{"quote": seen}).refused(409, "terms-changed")
				if refusal["facts"].(map[string]any)["quote"] != "1.1" {
					t.Errorf("told %v", refusal)
				}
			}
		})
	})
}

// TestChangesBy: the client sees until when they may ask, before and after their approval, and only while they may (A11, A20).
func TestChangesBy(t *testing.T) {
	for stage, want := range map[stage]any{inQC: nil, inReview: "2027-01-30T12:00:00.000Z", done: "2027-01-30T12:00:00.000Z", asked: nil} {
		s := tell(t, stage)
		if seen := s.call(client, "GET", "/v1/assignments/"+s.assignment+"/delivery", nil).want(200); seen["changesBy"] != want {
			t.Errorf("stage %d: %v, want %v", stage, seen["changesBy"], want)
		}
	}
}

// TestFeeOnTheStatement: a fee is a reward of its own, with its rule (A18).
func TestFeeOnTheStatement(t *testing.T) {
	s := tell(t, insisting)
	t.Run("A18 R55 beside the work's, under an ID of its own, on hold until 30 days after its revision passed", func(t *testing.T) {
		for _, row := range s.call(winner, "GET", "/v1/statement", nil).want(200)["data"].([]any) {
			r := row.(map[string]any)
			if r["change"] == nil {
				continue
			}
			if r["id"] != s.reward+"-1" || r["change"] != 1.0 || r["rule"] != "after_hold" || r["amount"].(map[string]any)["amount"] != "19.87" || r["releaseAt"] == nil {
				t.Errorf("%v", r)
			}
			s.call(winner, "GET", "/v1/rewards/"+s.reward+"-1", nil).want(200)
			s.call(agent, "GET", "/v1/rewards/"+s.reward+"-1", nil).want(200)
			return
		}
		t.Error("it is not there")
	})
	t.Run("A17 the team is shown that the case needs a look, and nobody else is", func(t *testing.T) {
		at := "/v1/assignments/" + s.assignment
		row := s.call(agent, "GET", "/v1/screening/queue", nil).want(200)["data"].([]any)[0].(map[string]any)
		if row["needsReview"] == nil || row["needsReview"].(map[string]any)["requests"] != 3.0 {
			t.Errorf("the queue says %v", row)
		}
		if seen := s.call(agent, "GET", at, nil).want(200); seen["needsReview"].(map[string]any)["requests"] != 3.0 || seen["agent"] != agent {
			t.Errorf("%v", seen["needsReview"])
		}
		for _, who := range []string{client, winner, reviewer} {
			if seen := s.call(who, "GET", at, nil); seen.want(200)["needsReview"] != nil || strings.Contains(seen.Body, "case.raised") {
				t.Errorf("%s is told", who)
			}
		}
	})
}

// TestScreeningRow: what staff find in the queue of changes (R48).
func TestScreeningRow(t *testing.T) {
	t.Run("names the version that the client has seen, not one that quality control sent back since — R46 R50", func(t *testing.T) {
		s := tell(t, asked)
		at := "/v1/assignments/" + s.assignment
		s.ask(agent, "POST", at+"/changes/forward", nil).want(200)
		s.submitted(s.deliver("take 2.srt", "two")).want(200)
		s.reviseAt(map[string]any{"text": "Louder."}).want(200)
		s.ask(winner, "POST", at+"/changes/ask-fee", map[string]any{"reason": "Forty lines more."}).want(200)
		row := s.ask(agent, "GET", "/v1/screening/queue", nil).want(200)["data"].([]any)[0].(map[string]any)
		shown := s.ask(client, "GET", at, nil).want(200)["versions"].([]any)
		if seen := shown[len(shown)-1].(map[string]any); row["version"] != seen["number"] {
			t.Errorf("the row names version %v, the client has seen %v", row["version"], seen["number"])
		}
	})
}
