package help

import (
	"slices"
	"time"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
)

// Offers is what this actor may do with the flag now, and why not.
func (f Flag) Offers(by party.Actor, book policy.Policy, now time.Time) []lifecycle.Offer {
	offers := without(Propose, Lifecycle.Offers(f.Progress.State, f.RolesOf(by)...)) // resolving proposes where it takes two
	for n, o := range offers {
		if !o.Allowed {
			continue
		}
		_, err := f.do(o.Action, by)
		switch o.Action {
		case Claim:
			_, err = ClaimedBy(f, by, now)
		case Reopen:
			_, err = Reopened(f, "again", by, book, now)
		case Agree:
			_, _, err = AgreedTo(f, by, now)
		}
		if err != nil {
			why := problem.As(err)
			offers[n] = lifecycle.Offer{Action: o.Action, Code: why.Code, Reason: why.Message}
		}
	}
	return offers
}

// Offers is what this actor may do with the question now, and why not.
func (q Question) Offers(by party.Actor) []lifecycle.Offer {
	return without(Drop, QuestionLifecycle.Offers(q.Progress.State, q.RolesOf(by)...)) // it is withdrawn as its flag goes on
}

// without leaves out an action that only comes with another one.
func without(action lifecycle.Action, offers []lifecycle.Offer) []lifecycle.Offer {
	return slices.DeleteFunc(offers, func(o lifecycle.Offer) bool { return o.Action == action })
}
