package help

import (
	"slices"
	"time"
)

// Figure is how well one reason's flags were answered in a period (R4).
type Figure struct {
	Reason   Reason // empty for all together
	Raised   int
	Open     int // not resolved
	Breached int
	Response Spread // from raising to the first answer of a person
	Resolved Spread // from raising to resolution, as promised: waits count
	Owned    Spread // the same without the waits for the client
}

// Spread is a distribution of durations: how many, the middle one, and the one that 95 of 100 are within (nearest rank).
type Spread struct {
	Count       int
	Median, P95 time.Duration
}

// FiguresOf counts flags, all together first and then each reason that occurs, in the catalogue's order.
func FiguresOf(flags []Flag, now time.Time) []Figure {
	figures := []Figure{figureOf("", flags, now)}
	for _, o := range catalogue {
		some := slices.DeleteFunc(slices.Clone(flags), func(f Flag) bool { return f.Reason != o.Reason })
		if len(some) > 0 {
			figures = append(figures, figureOf(o.Reason, some, now))
		}
	}
	return figures
}

func figureOf(reason Reason, flags []Flag, now time.Time) Figure {
	fig := Figure{Reason: reason, Raised: len(flags)}
	var response, resolved, owned []time.Duration
	for _, f := range flags {
		if !f.BreachedAt.IsZero() {
			fig.Breached++
		}
		if !f.RespondedAt.IsZero() {
			response = append(response, f.RespondedAt.Sub(f.RaisedAt))
		}
		if f.Progress.State != Resolved {
			fig.Open++
			continue
		}
		resolved, owned = append(resolved, f.Promised(now)), append(owned, f.Owned(now))
	}
	fig.Response, fig.Resolved, fig.Owned = spreadOf(response), spreadOf(resolved), spreadOf(owned)
	return fig
}

func spreadOf(times []time.Duration) Spread {
	if len(times) == 0 {
		return Spread{}
	}
	slices.Sort(times)
	rank := func(percent int) time.Duration { return times[(percent*len(times)+99)/100-1] }
	return Spread{Count: len(times), Median: rank(50), P95: rank(95)}
}
