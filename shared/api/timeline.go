package api

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// Action answers "may I do this now, and if not, why not".
type Action struct {
	Action  string `json:"action"`
	Allowed bool   `json:"allowed"`
	Code    string `json:"code,omitempty"`
	Reason  string `json:"reason,omitempty"`
}

func actions(offers []lifecycle.Offer) []Action {
	out := []Action{}
	for _, o := range offers {
		out = append(out, Action{string(o.Action), o.Allowed, string(o.Code), o.Reason})
	}
	return out
}

// Deadline is what will fire and when, or what became of one that did not.
type Deadline struct {
	Kind  string `json:"kind"`
	DueAt string `json:"dueAt"`
	State string `json:"state"` // live, fired, cancelled, replaced
}

func deadlines(ref store.Ref, p lifecycle.Progress, story []store.Event) []Deadline {
	out := []Deadline{}
	for _, d := range p.Deadlines {
		out = append(out, Deadline{d.Kind, stamp(d.At), "live"})
	}
	for _, e := range story {
		for _, d := range e.Ended {
			if d.Ref.Kind == ref.Kind && d.Ref.ID == ref.ID {
				out = append(out, Deadline{d.Kind, stamp(d.At), d.How})
			}
		}
	}
	return out
}

// Entry is one line of a timeline: who, in which role, through which channel, what, when, under which policy.
type Entry struct {
	At      string   `json:"at"`
	Who     string   `json:"who,omitempty"` // staff see who; others see themselves, and the role of everybody else
	Role    string   `json:"role"`
	Channel string   `json:"channel"`
	Action  string   `json:"action"`
	State   string   `json:"state,omitempty"`
	Policy  string   `json:"policyVersion,omitempty"`
	Money   []string `json:"money,omitempty"` // ledger entries; staff only
	Facts   []Fact   `json:"facts"`
}

// Fact is what happened, with what the reader may know about it.
type Fact struct {
	Fact    string            `json:"fact"`
	Details map[string]string `json:"details,omitempty"`
}

func timeline(c *handler.Call, story []store.Event) []Entry {
	out := []Entry{}
	for _, e := range story {
		if !mayRead(e, c.Actor) {
			continue
		}
		entry := Entry{At: stamp(e.At), Role: string(e.Role), Channel: e.Channel, Action: string(e.Action), State: string(e.State), Policy: string(e.Policy), Facts: []Fact{}}
		if c.Actor.IsStaff() || e.Actor == c.Actor.ID {
			entry.Who = e.Actor
		}
		if c.Actor.IsStaff() {
			entry.Money = e.Money
		}
		for _, f := range e.Facts {
			if mayKnow(f, c.Actor) {
				entry.Facts = append(entry.Facts, Fact{f.FactName(), details(f, c.Actor)})
			}
		}
		out = append(out, entry)
	}
	return out
}

// mayRead reports whether a reader's timeline has an event: some of what happened is theirs to know.
func mayRead(e store.Event, who party.Actor) bool {
	return len(e.Facts) == 0 || slices.ContainsFunc(e.Facts, func(f store.Fact) bool { return mayKnow(f, who) })
}

// mayKnow keeps decisions about money among staff and those whose money it is.
func mayKnow(f store.Fact, who party.Actor) bool {
	if who.IsStaff() {
		return true
	}
	switch f := f.(type) {
	case project.RewardFrozen:
		return who.ID == f.Pro
	case project.RewardUnfrozen:
		return who.ID == f.Pro
	case project.AdjustmentPosted:
		return who.ID == f.Pro
	case project.ClientCharged:
		return who.ID == f.Client
	case project.AdjustmentProposed, project.AdjustmentDeclined, project.CaseRaised, project.CaseReviewed, project.HandedOver, project.MailsDropped:
		return false
	}
	return true
}

// details is what may be told of a fact: nobody's identity, nothing of the team's work, money only to the pro and staff.
func details(f store.Fact, to party.Actor) map[string]string {
	switch f := f.(type) {
	case project.InvitationsSent:
		return map[string]string{"count": strconv.Itoa(f.Count)}
	case project.RoundExpired:
		return map[string]string{"count": strconv.Itoa(f.Count), "taken": strconv.Itoa(f.Taken), "seats": strconv.Itoa(f.Seats)}
	case project.SeatGivenUp:
		return left(to, f.Pro, f.Reason, f.Waiting, f.Recalled)
	case project.SeatTakenBack:
		return left(to, f.Pro, f.Reason, f.Waiting, f.Recalled)
	case project.SeatReopened:
		if to.IsStaff() {
			return map[string]string{"count": strconv.Itoa(f.Count)}
		}
	case project.ProofreadingOffered:
		return map[string]string{"of": f.Of, "count": strconv.Itoa(f.Count)}
	case project.ProofreadingLinked:
		return map[string]string{"proofreading": f.Proofreading, "count": strconv.Itoa(f.Count)}
	case project.DeliveryExtended:
		d := map[string]string{"from": stamp(f.From), "deliverBy": stamp(f.DeliverBy)}
		if to.IsStaff() || to.ID == f.Pro {
			d["reason"] = f.Reason
		}
		return d
	case project.ProjectExtended:
		d := map[string]string{"from": stamp(f.From), "deliverBy": stamp(f.DeliverBy)}
		if to.IsStaff() {
			d["reason"] = f.Reason
		}
		return d
	case project.WinnersPicked:
		return map[string]string{"picked": strconv.Itoa(f.Picked), "seats": strconv.Itoa(f.Seats)}
	case project.NotChosen:
		d := map[string]string{"paid": strconv.FormatBool(f.Paid)}
		if f.Earns.Currency != "" && (to.IsStaff() || to.ID == f.Pro) {
			d["earns"] = f.Earns.String()
		}
		return d
	case project.FilledUp:
		return map[string]string{"seats": strconv.Itoa(f.Seats)}
	case project.VersionSubmitted:
		return map[string]string{"version": strconv.Itoa(f.Number), "files": strconv.Itoa(len(f.Files))}
	case project.RevisionRequested:
		return map[string]string{"version": strconv.Itoa(f.Number), "comments": strconv.Itoa(len(f.Comments)), "deliverBy": stamp(f.DeliverBy)}
	case project.QCPassed:
		d := map[string]string{"version": strconv.Itoa(f.Number), "reviewUntil": stamp(f.ReviewUntil)}
		if (to.IsStaff() || to.ID == f.Pro) && !f.ReleaseAt.IsZero() {
			d["releaseAt"] = stamp(f.ReleaseAt)
		}
		return d
	case project.WorkApproved:
		return map[string]string{"byItself": strconv.FormatBool(f.ByItself)}
	case project.RewardCredited:
		if to.IsStaff() || to.ID == f.Pro {
			return map[string]string{"reward": f.Reward, "amount": f.Amount.Amount(), "currency": f.Amount.Currency}
		}
	case project.RewardFrozen:
		return told(to, map[string]string{"reward": f.Reward, "amount": f.Amount.Amount(), "currency": f.Amount.Currency, "note": f.Note}, f.Reason)
	case project.RewardUnfrozen:
		return told(to, map[string]string{"reward": f.Reward, "amount": f.Amount.Amount(), "currency": f.Amount.Currency, "releaseAt": stamp(f.ReleaseAt), "note": f.Note}, f.Reason)
	case project.AdjustmentProposed:
		return told(to, map[string]string{"adjustment": f.Adjustment, "kind": string(f.Kind), "amount": f.Amount.Amount(), "currency": f.Amount.Currency, "of": f.Of}, f.Reason)
	case project.AdjustmentDeclined:
		return told(to, map[string]string{"adjustment": f.Adjustment, "kind": string(f.Kind), "amount": f.Amount.Amount(), "currency": f.Amount.Currency}, f.Reason)
	case project.AdjustmentPosted:
		return told(to, map[string]string{"adjustment": f.Adjustment, "kind": string(f.Kind), "share": f.Share.Amount(), "currency": f.Share.Currency, "of": f.Of, "note": f.Note}, f.Reason)
	case project.ClientCharged:
		return told(to, map[string]string{"adjustment": f.Adjustment, "charge": f.Charge.Amount(), "currency": f.Charge.Currency, "note": f.Note}, "")
	default:
		return detailsOfChanges(f, to)
	}
	return nil
}

// told adds the team's reason for staff, and leaves out what is empty.
func told(to party.Actor, d map[string]string, reason party.Hidden) map[string]string {
	if to.IsStaff() {
		d["reason"] = reason.Reveal()
	}
	maps.DeleteFunc(d, func(_, v string) bool { return v == "" })
	return d
}

// detailsOfChanges tells of a fee to the client and staff, of the pro's share to the pro and staff, and of what the team
// says to itself nothing; texts are in the request's own view.
func detailsOfChanges(f store.Fact, to party.Actor) map[string]string {
	switch f := f.(type) {
	case project.ChangesRequested:
		return map[string]string{"number": strconv.Itoa(f.Number), "late": strconv.FormatBool(f.Late)}
	case project.ChangesQuestioned:
		return map[string]string{"number": strconv.Itoa(f.Number), "answerBy": stamp(f.AnswerBy)}
	case project.ChangesReturned:
		return map[string]string{"number": strconv.Itoa(f.Number), "why": string(f.Why)}
	case project.ChangesForwarded:
		return map[string]string{"number": strconv.Itoa(f.Number), "deliverBy": stamp(f.DeliverBy)}
	case project.ChangesDeclined:
		return map[string]string{"number": strconv.Itoa(f.Number), "reviewUntil": stamp(f.ReviewUntil)}
	case project.ChangesStopped:
		return map[string]string{"number": strconv.Itoa(f.Number)}
	case project.ChangesSettled:
		return map[string]string{"number": strconv.Itoa(f.Request.Number), "outcome": f.Outcome}
	case project.FeeQuoted:
		return priced(to, f.Case, f.Number, f.Fee, ledger.Money{}, f.Until)
	case project.FeeOffered:
		return priced(to, f.Case, f.Number, ledger.Money{}, f.Share, f.Until)
	case project.FeeAgreed:
		return priced(to, f.Case, f.Number, f.Fee, f.Share, time.Time{})
	case project.QuoteDeclined:
		return priced(to, f.Case, f.Number, f.Fee, ledger.Money{}, time.Time{})
	case project.QuoteLapsed:
		return priced(to, f.Case, f.Number, f.Fee, ledger.Money{}, time.Time{})
	case project.QuoteWithdrawn:
		return priced(to, f.Case, f.Number, f.Fee, ledger.Money{}, time.Time{})
	case project.OfferWithdrawn:
		return priced(to, f.Case, f.Number, ledger.Money{}, f.Share, time.Time{})
	}
	return helpDetails(f, to)
}

func priced(to party.Actor, c project.Case, number int, fee, share ledger.Money, until time.Time) map[string]string {
	d := map[string]string{"number": strconv.Itoa(number)}
	if fee != (ledger.Money{}) && (to.IsStaff() || to.ID == c.Client) {
		d["fee"], d["currency"] = fee.Amount(), fee.Currency
	}
	if share != (ledger.Money{}) && (to.IsStaff() || to.ID == c.Pro) {
		d["share"], d["currency"] = share.Amount(), share.Currency
	}
	if !until.IsZero() {
		d["validUntil"] = stamp(until)
	}
	return d
}

// left is what the pro who left and staff read of it; who waits for the seat is for staff.
func left(to party.Actor, pro, reason string, waiting, recalled int) map[string]string {
	switch {
	case to.IsStaff():
		return map[string]string{"reason": reason, "waiting": strconv.Itoa(waiting), "recalled": strconv.Itoa(recalled)}
	case to.ID == pro:
		return map[string]string{"reason": reason}
	}
	return nil
}

// forClient leaves out what a client has no part in: the reward and the work of quality control.
func forClient(c *handler.Call, client string, story []store.Event) []store.Event {
	if c.Actor.ID != client || c.Actor.IsStaff() {
		return story
	}
	var kept []store.Event
	for _, e := range story {
		switch e.Action {
		case project.Claim, project.Unclaim, project.Revise, project.Help, ledger.Release:
			continue
		}
		kept = append(kept, e)
	}
	return kept
}
