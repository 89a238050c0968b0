package project

import (
	"errors"
	"slices"
	"time"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
)

// Offers is what this actor may do with the project now, and why not. Proofreading is left out where it never is offered,
// and where nobody has looked whom to.
func (t Told) Offers(by party.Actor, now time.Time) []lifecycle.Offer {
	p := t.Project
	offers := slices.DeleteFunc(byItself(Lifecycle.Offers(p.Progress.State, p.RolesOf(by)...)), func(o lifecycle.Offer) bool {
		return o.Action == OfferProofreading && (p.Category != translation || t.Losers == nil)
	})
	return refined(offers, map[lifecycle.Action]func() error{
		Publish:           func() error { _, err := Opened(p, by, now); return err },
		Invite:            func() error { return p.stillDue(now) },
		Cancel:            func() error { _, err := CalledOff(p, by, now); return err },
		Pick:              func() error { return t.mayPick(now) },
		OfferProofreading: func() error { return p.proofreadable(*t.Losers) },
	})
}

// mayPick refuses also where no work is left to pick, as far as somebody has looked.
func (t Told) mayPick(now time.Time) error {
	err := t.Project.mayPick(t.Works, now)
	if err == nil && len(t.Works) > 0 && !slices.ContainsFunc(t.Works, func(a Assignment) bool { return a.reviewable(now) }) {
		err = problem.New(problem.CodeStateChanged, "No work of the contest is in review.")
	}
	return err
}

// Offers is what this actor may do with the invitation now, and why not: the loser's page is made of it (A21).
func (i Invitation) Offers(by party.Actor, now time.Time) []lifecycle.Offer {
	offers := refined(InvitationLifecycle.Offers(i.State(now), i.RolesOf(by)...), map[lifecycle.Action]func() error{
		Watch: func() error {
			if _, asked := i.Watch(); asked {
				return problem.New(problem.CodeStateChanged, "You have asked to be told already.")
			}
			_, err := Watching(i, Watch, by, now)
			return err
		},
		Unwatch: func() error { _, err := Watching(i, Unwatch, by, now); return err },
		Accept:  i.OwnWork,
	})
	for n := range offers {
		if _, err := InvitationLifecycle.Next(i.State(now), offers[n].Action, i.RolesOf(by)...); err != nil {
			why := problem.As(i.explain(err, now))
			offers[n].Code, offers[n].Reason = why.Code, why.Message
		}
	}
	return offers
}

// Offers is what this actor may do with the assignment now, and why not.
func (a Assignment) Offers(by party.Actor, now time.Time) []lifecycle.Offer {
	review := func(action lifecycle.Action) func() error {
		return func() error { return reviewable(a, action, by) }
	}
	staffed := func(action lifecycle.Action) func() error {
		return func() error { _, err := a.screened(action, by); return err }
	}
	answer := func(action lifecycle.Action) func() error {
		return func() error { _, err := a.answered(action, a.Request.Quote.Version, by, now); return err }
	}
	return refined(byItself(AssignmentLifecycle.Offers(a.Progress.State, a.RolesOf(by)...)), map[lifecycle.Action]func() error{
		Claim: review(Claim), Unclaim: review(Unclaim), Revise: review(Revise), Pass: review(Pass),
		Approve:    func() error { _, err := Finished(a, by, now); return err },
		AskChanges: func() error { return a.reviewOpen(now) }, Clarify: func() error { return a.reviewOpen(now) },
		Forward: staffed(Forward), AskBack: staffed(AskBack), DeclineChanges: func() error { return a.declinable(by, now) },
		DropChanges:   func() error { return a.answerable(now) },
		QuoteFee:      func() error { return errors.Join(staffed(QuoteFee)(), a.roomForFee()) },
		WithdrawQuote: func() error { _, err := a.withdrawable(by, now); return err }, HandOver: staffed(HandOver),
		ReviewCase:   func() error { _, err := LookedAt(a, "seen", by, now); return err },
		ApproveQuote: answer(ApproveQuote), DeclineQuote: answer(DeclineQuote), AcceptOffer: answer(AcceptOffer), DeclineOffer: answer(DeclineOffer),
		AskFee: func() error { return a.demandable(now) },
		Pick:   a.pickOnProject, PassOver: a.pickOnProject,
		Withdraw: func() error { _, err := Gone(a, Withdraw, by, now); return err },
		Reassign: func() error { _, err := Gone(a, Reassign, by, now); return err },
		Extend:   func() error { return a.inCharge(by) },
	})
}

// Offers is what this actor may do with the reward now, and why not.
func (e Earned) Offers(by party.Actor, now time.Time) []lifecycle.Offer {
	only := []lifecycle.Action{ledger.Freeze, ledger.Unfreeze} // the rest comes with time, the client's decisions or a correction
	offers := slices.DeleteFunc(ledger.RewardLifecycle.Offers(e.Progress.State, by.Roles...), func(o lifecycle.Offer) bool { return !slices.Contains(only, o.Action) })
	decide := func(do func(ledger.Reward, party.Actor, time.Time) (ledger.Reward, error)) func() error {
		return func() error {
			as, err := inCharge(e.Work, by)
			if err == nil {
				_, err = do(e.Reward, as, now)
			}
			return err
		}
	}
	return refined(offers, map[lifecycle.Action]func() error{ledger.Freeze: decide(ledger.FreezeNow), ledger.Unfreeze: decide(ledger.UnfreezeNow)})
}

// AdjustmentOffers is what this actor may do with an adjustment as the second person, and why not.
func AdjustmentOffers(a ledger.Adjustment, by party.Actor) []lifecycle.Offer {
	var offers []lifecycle.Offer
	for _, o := range ledger.AdjustmentLifecycle.Offers(a.Progress.State, by.Roles...) {
		if o.Action == ledger.ApproveAdjustment || o.Action == ledger.DeclineAdjustment {
			offers = append(offers, o)
		}
	}
	return refined(offers, map[lifecycle.Action]func() error{
		ledger.ApproveAdjustment: func() error { return errors.Join(decidable(a, by), a.MayApprove(by)) },
		ledger.DeclineAdjustment: func() error { return errors.Join(decidable(a, by), a.MayDecline(by)) },
	})
}

// pickOnProject says where the winners of a contest are picked.
func (a Assignment) pickOnProject() error {
	return problem.New(problem.CodePickWinners, "The winners of a contest are picked on its project.").With("project", a.Project)
}

// byItself leaves out what only comes with the answer to a flag, where it is offered.
func byItself(offers []lifecycle.Offer) []lifecycle.Offer {
	return slices.DeleteFunc(offers, func(o lifecycle.Offer) bool { return o.Action == Help || o.Action == Correct })
}

// refined asks the decision itself where the table allows an action but more than the state counts.
func refined(offers []lifecycle.Offer, decide map[lifecycle.Action]func() error) []lifecycle.Offer {
	for n, o := range offers {
		try, ok := decide[o.Action]
		if !ok || !o.Allowed {
			continue
		}
		if err := try(); err != nil {
			why := problem.As(err)
			offers[n] = lifecycle.Offer{Action: o.Action, Code: why.Code, Reason: why.Message}
		}
	}
	return offers
}
