package api_test

func why() map[string]any { return map[string]any{"reason": teamReason, "note": moneyNote} }

func credit(amount string) map[string]any {
	return map[string]any{"kind": "credit", "amount": map[string]any{"amount": amount, "currency": "USD"}, "reason": teamReason, "note": moneyNote}
}

func onReward(suffix string) func(*story) string {
	return func(s *story) string { return "/v1/rewards/" + s.reward + suffix }
}

func onProposal(suffix string) func(*story) string {
	return func(s *story) string { return "/v1/adjustments/" + s.proposed + suffix }
}

// moneySamples has every route of the function money once.
func moneySamples() map[string]sample {
	return map[string]sample{
		"GET /v1/statement/entries":                       {at: inReview, by: winner, path: at("/v1/statement/entries")},
		"GET /v1/statement.csv":                           {at: inReview, by: winner, path: at("/v1/statement.csv")},
		"GET /v1/pros/{proId}/statement/entries":          {at: inReview, by: winner, path: at("/v1/pros/" + winner + "/statement/entries")},
		"GET /v1/pros/{proId}/statement.csv":              {at: inReview, by: winner, path: at("/v1/pros/" + winner + "/statement.csv")},
		"GET /v1/book":                                    {at: inReview, by: lead, path: at("/v1/book?month=2026-11")},
		"GET /v1/adjustments":                             {at: adjusted, by: lead, path: at("/v1/adjustments?state=proposed")},
		"POST /v1/rewards/{rewardId}/freeze":              {at: inReview, by: agent, path: onReward("/freeze"), body: func(*story) any { return why() }},
		"POST /v1/rewards/{rewardId}/unfreeze":            {at: frozen, by: agent, path: onReward("/unfreeze"), body: func(*story) any { return why() }},
		"POST /v1/assignments/{assignmentId}/adjustments": {at: inReview, by: agent, path: onAssignment("/v1", "/adjustments"), body: func(*story) any { return credit("20.00") }},
		"GET /v1/assignments/{assignmentId}/adjustments":  {at: adjusted, by: agent, path: onAssignment("/v1", "/adjustments")},
		"GET /v1/adjustments/{adjustmentId}":              {at: adjusted, by: agent, path: func(s *story) string { return "/v1/adjustments/" + s.adjustment }},
		"POST /v1/adjustments/{adjustmentId}/approve":     {at: adjusted, by: lead, path: onProposal("/approve")},
		"POST /v1/adjustments/{adjustmentId}/decline":     {at: adjusted, by: lead, path: onProposal("/decline"), body: func(*story) any { return map[string]any{"reason": teamReason} }},
	}
}
