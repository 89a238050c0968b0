package project

import (
	"fmt"
	"time"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
)

// Quote is a fee for a client's changes (R49, A18). It never changes: another price is another quote. The client approves
// the fee, then the pro accepts their share; each names the quote that they saw.
type Quote struct {
	Version  string // the request's number and the quote's; empty where there is none
	Fee      ledger.Fee
	Reason   string    // why the changes cost something, for the client
	Until    time.Time // half-open: for whoever has to decide now
	AgreedAt time.Time // when both had, and both ledger sides were posted
}

// WhatIf is the quote that would be made now, and changes nothing: an amount of 0 minor units stands for the policy's rate
// of the work's reward, a share of 0 for the policy's part of the fee (A18).
func WhatIf(a Assignment, amount, share ledger.Money, book policy.Policy, now time.Time) (Quote, error) {
	fee, err := ledger.ProposedFee(a.Terms.Reward, book)
	if amount != (ledger.Money{}) {
		fee, err = ledger.SharedFee(amount, book)
	}
	if share != (ledger.Money{}) {
		fee.Share = share
	}
	if err == nil {
		err = fee.Check(a.Terms.Reward.Currency)
	}
	return Quote{Version: fmt.Sprintf("%d.%d", a.Request.Number, a.Request.Quotes+1), Fee: fee, Until: now.Add(book.QuoteExpiry)}, err
}

// Priced is a request that is more than the original instructions: the client decides whether it is worth the fee (R49).
func Priced(a Assignment, amount, share ledger.Money, reason string, by party.Actor, book policy.Policy, now time.Time) (Assignment, error) {
	progress, err := a.screened(QuoteFee, by)
	if err == nil {
		err = a.roomForFee()
	}
	if err != nil {
		return a, err
	}
	quote, err := WhatIf(a, amount, share, book, now)
	if err != nil {
		return a, err
	}
	if err := inWords("/reason", reason); err != nil {
		return a, err
	}
	quote.Reason = reason
	a.Progress = progress
	a.Request.Quotes++
	return a.quoted(quote, quote.Until).touched(now), nil
}

// FeeApproved is a quote that the client approved, as they saw it; the pro is offered their share.
func FeeApproved(a Assignment, seen string, by party.Actor, book policy.Policy, now time.Time) (Assignment, error) {
	progress, err := a.answered(ApproveQuote, seen, by, now)
	if err != nil {
		return a, err
	}
	a.Progress, a.Request.Shared = progress, true
	return a.quoted(a.Request.Quote, now.Add(book.OfferExpiry)).touched(now), nil
}

// FeeRefused is a quote that the client declined, and the request with it.
func FeeRefused(a Assignment, by party.Actor, book policy.Policy, now time.Time) (Assignment, error) {
	if _, err := a.answered(DeclineQuote, a.Request.Quote.Version, by, now); err != nil {
		return a, err
	}
	return a.backInReview(DeclineQuote, a.RolesOf(by), book, now)
}

// ShareAccepted puts the pro to the revision, and posts both ledger sides together: the client's fee, and the pro's share
// on hold as a reward of its own (A18).
func ShareAccepted(a Assignment, seen string, by party.Actor, book policy.Policy, now time.Time) (Assignment, ledger.Reward, ledger.Entry, error) {
	progress, err := a.answered(AcceptOffer, seen, by, now)
	if err != nil {
		return a, ledger.Reward{}, ledger.Entry{}, err
	}
	a = a.revisingUntil(now.Add(book.RevisionWindow), progress)
	a.Request.Quote.AgreedAt, a.Asked = now, a.FromQC+len(a.Request.Said())
	a.Fees = append(append([]int(nil), a.Fees...), a.Request.Number)
	reward, entry := ledger.HoldFee(ledger.Reward{
		ID: FeeID(a.ID, a.Request.Number), Version: 1, Pro: a.Pro, Project: a.Project, Assignment: a.ID, Change: a.Request.Number,
		Title: a.Terms.Title, Rule: a.Terms.Release,
	}, a.Request.Quote.Fee, a.Client, book, now)
	return a.touched(now), reward, entry, nil
}

// ShareRefused is an offer that the pro declined: the agent decides again.
func ShareRefused(a Assignment, by party.Actor, now time.Time) (Assignment, error) {
	progress, err := a.answered(DeclineOffer, a.Request.Quote.Version, by, now)
	if err != nil {
		return a, err
	}
	return a.unquoted(progress, now), nil
}

// FeeDemanded is a request for which the pro wants a fee, or another one than they were offered: the agent decides (R50).
// What they have handed in stays.
func FeeDemanded(a Assignment, demand Demand, by party.Actor, now time.Time) (Assignment, error) {
	progress, err := a.Progress.Do(AssignmentLifecycle, AskFee, a.RolesOf(by)...)
	if err != nil {
		return a, err
	}
	if err := a.demandable(now); err != nil {
		return a, err
	}
	if err := inWords("/reason", demand.Reason); err != nil {
		return a, err
	}
	if demand.Amount.Minor != 0 && demand.Amount.Currency != a.Terms.Reward.Currency {
		return a, problem.New(problem.CodeCurrencyMismatch, "The work is paid in %s, and so is its fee.", a.Terms.Reward.Currency)
	}
	a.Request.Demand, a.Hold = demand, Hold{} // nobody waits for a delivery
	return a.unquoted(progress, now), nil
}

func (a Assignment) demandable(now time.Time) error {
	switch {
	case !a.Request.Quote.AgreedAt.IsZero():
		return problem.New(problem.CodeStateChanged, "You have accepted a fee for these changes.")
	case a.Progress.State == Offered:
		return a.Request.Quote.live(now)
	}
	return a.asked()
}

// asked refuses what only a client's revision allows.
func (a Assignment) asked() error {
	if a.Request.Number == 0 {
		return problem.New(problem.CodeStateChanged, "Quality control asked for this revision, not the client.")
	}
	return nil
}

// QuoteTakenBack is a request whose quote staff took back, before or after the client approved it.
func QuoteTakenBack(a Assignment, by party.Actor, now time.Time) (Assignment, error) {
	progress, err := a.withdrawable(by, now)
	if err != nil {
		return a, err
	}
	return a.unquoted(progress, now), nil
}

func (a Assignment) withdrawable(by party.Actor, now time.Time) (lifecycle.Progress, error) {
	progress, err := a.screened(WithdrawQuote, by)
	if err == nil {
		err = a.Request.Quote.live(now)
	}
	return progress, err
}

// live refuses what comes after the quote's expiry, when the timer has it.
func (q Quote) live(now time.Time) error {
	if now.Before(q.Until) {
		return nil
	}
	return problem.New(problem.CodeDeadlinePassed, "This could be answered until %s.", q.Until.Format(time.RFC3339)).With("expiredAt", stamp(q.Until))
}

// QuoteOver is a request whose quote nobody answered in time: the client's silence ends it, the pro's gives it back to the
// agent.
func QuoteOver(a Assignment, kind string, entry int, book policy.Policy, now time.Time) (Assignment, error) {
	due, rings := a.Progress.Rings(kind, entry, now)
	if !rings {
		return a, nothingDue()
	}
	if a.Progress.State == Quoted {
		next, err := a.backInReview(LapseQuote, timer, book, due.At) // however late the alarm rang
		return next, err
	}
	progress, err := a.Progress.Do(AssignmentLifecycle, LapseQuote, lifecycle.Timer)
	if err != nil {
		return a, err
	}
	return a.unquoted(progress, now), nil
}

// answered moves along the table for whom the quote waits, until it expires, and only over the quote that they saw.
func (a Assignment) answered(action lifecycle.Action, seen string, by party.Actor, now time.Time) (lifecycle.Progress, error) {
	progress, err := a.Progress.Do(AssignmentLifecycle, action, a.RolesOf(by)...)
	quote := a.Request.Quote
	if err == nil {
		err = quote.live(now)
	}
	if err == nil && seen != quote.Version {
		err = problem.New(problem.CodeTermsChanged, "This is not the quote that you saw. Read the assignment again.").With("quote", quote.Version)
	}
	return progress, err
}

// quoted waits for somebody's answer to a quote until an instant.
func (a Assignment) quoted(q Quote, until time.Time) Assignment {
	a.Progress = a.Progress.Arm(AssignmentLifecycle, QuoteExpiry, "", until)
	due, _ := a.Progress.Live(QuoteExpiry, "")
	q.Until = due.At
	a.Request.Quote = q
	return a
}

// unquoted is back with the agent, without a quote.
func (a Assignment) unquoted(progress lifecycle.Progress, now time.Time) Assignment {
	a.Progress, a.Request.Quote, a.WaitsSince = progress, Quote{}, now
	return a.touched(now)
}
