package journey

// Step is one thing that a story does: what it claims, and how it went in words.
type Step struct {
	Title string
	Do    func() (told []string, err error)
}

// Story is one of the product's flows, from outside: HTTP, mails and the clock. Steps come in order; each needs those before it.
type Story struct {
	Title string
	Steps []Step
}

// Stories are all flows of the product in a world. Any of them may be told alone.
func Stories(w *World) []Story {
	return []Story{
		{"A speedy: one winner, one revision, thirty days", (&Speedy{World: w}).Steps()},
		{"A client revision with a fee, and a late one without", (&Changes{World: w}).Steps()},
		{"A seat reopens: who came too late is told, and the race is on again", (&Reopened{newPlay(w)}).Steps()},
		{"A contest with two seats, of which the client picks one", (&Contest{newPlay(w)}).Steps()},
		{"A booking: one named pro, and another when the first says no", (&Booking{newPlay(w)}).Steps()},
		{"A reply by mail: who came too late asks, and is told the truth", (&Replies{newPlay(w)}).Steps()},
		{"A translation whose loser proofreads: one call, a seat and a reward of its own", (&Proofreading{play: newPlay(w)}).Steps()},
		{"Request Help: a pro in trouble is answered in time, and the answer changes something", (&Help{World: w}).Steps()},
	}
}
