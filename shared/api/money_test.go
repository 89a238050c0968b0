package api_test

import (
	"slices"
	"testing"
)

func TestMoney(t *testing.T) {
	s := tell(t, published)
	const range_, invalid = "amount-out-of-range", "validation"
	rows := []struct {
		name string
		sent any
		code string
		at   string
	}{
		{"B52 a negative amount", amount("-1.00", "USD"), range_, ""},
		{"B52 minus zero", amount("-0.00", "USD"), range_, ""},
		{"B53 a minor unit above the cap", amount("10000000000.01", "USD"), range_, ""},
		{"B53 int64 and a half", amount("92233720368547758.07", "USD"), range_, ""},
		{"B53 int64 max in a currency without minor units", amount("9223372036854775807", "JPY"), range_, ""},
		{"B53 thirty digits", amount("100000000000000000000000000000.00", "USD"), range_, ""},
		{"B54 a number", map[string]any{"amount": 10.5, "currency": "USD"}, invalid, "/reward/amount"},
		{"B54 a whole number", map[string]any{"amount": 10, "currency": "USD"}, invalid, "/reward/amount"},
		{"B54 one decimal", amount("10.5", "USD"), invalid, "/reward"},
		{"B54 no decimals", amount("10", "USD"), invalid, "/reward"},
		{"B54 three decimals", amount("10.500", "USD"), invalid, "/reward"},
		{"B54 a thousands separator", amount("1,000.00", "USD"), invalid, "/reward"},
		{"B54 a decimal comma", amount("10,50", "USD"), invalid, "/reward"},
		{"B54 an exponent", amount("1e3", "USD"), invalid, "/reward"},
		{"B54 a plus sign", amount("+10.00", "USD"), invalid, "/reward"},
		{"B54 a leading zero", amount("010.00", "USD"), invalid, "/reward"},
		{"B54 Arabic digits", amount("١٠.٠٠", "USD"), invalid, "/reward"},
		{"B54 nothing", amount("", "USD"), invalid, "/reward"},
		{"B55 no currency", map[string]any{"amount": "10.00"}, invalid, "/reward"},
		{"B55 a currency in lower case", amount("10.00", "usd"), invalid, "/reward"},
		{"B55 XXX", amount("10.00", "XXX"), invalid, "/reward"},
		{"B55 ZZZ", amount("10.00", "ZZZ"), invalid, "/reward"},
		{"B55 four letters", amount("10.00", "USDT"), invalid, "/reward/currency"},
		{"B55 a historical currency", amount("10.00", "DEM"), invalid, "/reward"},
		{"B57 yen with minor units", amount("1.00", "JPY"), invalid, "/reward"},
		{"B57 dinars with two decimals", amount("1.00", "KWD"), invalid, "/reward"},
		{"a string", "10.00 USD", invalid, "/reward"},
	}
	for _, row := range rows {
		t.Run(row.name+" is refused for a project", func(t *testing.T) {
			s.unchanged(t, func() {
				refusal := s.call(client, "POST", "/v1/projects", with(brief(), "reward", row.sent)).refused(422, row.code)
				if row.at != "" && !slices.Equal(pointers(refusal), []string{row.at}) {
					t.Errorf("told %v, want %s", pointers(refusal), row.at)
				}
			})
		})
		t.Run(row.name+" is refused for a proofreading", func(t *testing.T) {
			s.unchanged(t, func() {
				refusal := s.call(agent, "POST", "/v1/projects/"+s.project+"/proofreading", with(readingTerms(), "reward", row.sent)).refused(422, row.code)
				if row.at != "" && !slices.Equal(pointers(refusal), []string{row.at}) {
					t.Errorf("told %v, want %s", pointers(refusal), row.at)
				}
			})
		})
		t.Run(row.name+" is refused for an invitation", func(t *testing.T) {
			s.unchanged(t, func() {
				refusal := s.inviteFor(row.sent).refused(422, row.code)
				if row.at != "" && !slices.Equal(pointers(refusal), []string{"/invitations/0" + row.at}) {
					t.Errorf("told %v, want %s", pointers(refusal), row.at)
				}
			})
		})
	}
	t.Run("B56 an invitation in another currency than the project's is refused", func(t *testing.T) {
		s.unchanged(t, func() { s.inviteFor(amount("10.00", "EUR")).refused(422, "currency-mismatch") })
	})
	t.Run("B52 an invitation for 0 without a reason is refused", func(t *testing.T) {
		s.unchanged(t, func() { s.inviteFor(amount("0.00", "USD")).refused(422, "zero-reward") })
	})
	t.Run("B52 publishing a project for 0 without a reason is refused", func(t *testing.T) {
		s.unchanged(t, func() {
			s.call(client, "POST", "/v1/projects", with(with(brief(), "reward", amount("0.00", "USD")), "publish", true)).refused(422, "zero-reward")
		})
	})
	for name, sent := range map[string]map[string]any{
		"B53 the cap": amount("10000000000.00", "USD"), "B57 yen": amount("100", "JPY"), "B57 dinars": amount("1.500", "KWD"), "one cent": amount("0.01", "USD"), "0": amount("0.00", "USD"),
	} {
		t.Run(name+" comes back as it was sent", func(t *testing.T) {
			got := s.call(client, "POST", "/v1/projects", with(brief(), "reward", sent)).want(201)["reward"].(map[string]any)
			if got["amount"] != sent["amount"] || got["currency"] != sent["currency"] {
				t.Errorf("sent %v, got %v", sent, got)
			}
		})
	}
}

func amount(value, currency string) map[string]any {
	return map[string]any{"amount": value, "currency": currency}
}

func (s *story) inviteFor(reward any) answer {
	s.t.Helper()
	body := map[string]any{"invitations": []map[string]any{{"pro": winner, "reward": reward}}}
	return s.call(agent, "POST", "/v1/projects/"+s.project+"/invitations", body)
}
