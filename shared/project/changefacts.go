package project

import (
	"time"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
)

// The facts of a client's requests for changes. As with all facts, fields may be added, never changed.
type (
	// Case names an assignment and its people in the facts of its client's requests for changes.
	Case struct{ Assignment, Project, Title, Client, Pro, Agent string }
	// ChangesRequested: the client wants changes; the agent in charge screens them.
	ChangesRequested struct {
		Case
		Number   int
		Text     string
		Comments []Comment
		Late     bool // after the client's approval
	}
	// ChangesQuestioned: the request is not clear, and the client is asked.
	ChangesQuestioned struct {
		Case
		Number   int
		Question string
		AnswerBy time.Time
	}
	// ChangesReturned: the request is with the agent again, and why, in the action's name.
	ChangesReturned struct {
		Case
		Number int
		Why    lifecycle.Action
		Text   string       // of the client or the pro
		Amount ledger.Money // that the pro asks for
	}
	// ChangesForwarded: the pro is to make the changes, all of them in one (R44).
	ChangesForwarded struct {
		Case
		Number    int
		Comments  []Comment
		DeliverBy time.Time
	}
	// ChangesDeclined: staff declined the request.
	ChangesDeclined struct {
		Case
		Number      int
		Reason      string
		ReviewUntil time.Time
	}
	// ChangesStopped: the pro is not to make them any more.
	ChangesStopped struct {
		Case
		Number int
	}
	// ChangesSettled: what the request was when it closed, and what came of it: made, declined, dropped, lapsed or closed.
	ChangesSettled struct {
		Request Request
		Outcome string
		Reason  string // of staff, for the client
	}
	// FeeQuoted: the changes cost a fee, and the client decides.
	FeeQuoted struct {
		Case
		Number int
		Fee    ledger.Money
		Reason string
		Until  time.Time
	}
	// FeeOffered: the client approved the fee, and the pro is offered their share.
	FeeOffered struct {
		Case
		Number   int
		Share    ledger.Money
		Comments []Comment
		Until    time.Time
	}
	// FeeAgreed: the pro accepted; the client is charged, and the share is on hold.
	FeeAgreed struct {
		Case
		Number     int
		Reward     string
		Fee, Share ledger.Money
		Comments   []Comment // that the pro agreed to
		DeliverBy  time.Time
	}
	// QuoteDeclined: the client does not want the changes for this fee.
	QuoteDeclined struct {
		Case
		Number int
		Fee    ledger.Money
	}
	// QuoteLapsed: the client did not answer in time.
	QuoteLapsed struct {
		Case
		Number      int
		Fee         ledger.Money
		ReviewUntil time.Time
	}
	// QuoteWithdrawn: staff took the quote back.
	QuoteWithdrawn struct {
		Case
		Number int
		Fee    ledger.Money
	}
	// OfferWithdrawn: with the quote, the pro's offer.
	OfferWithdrawn struct {
		Case
		Number int
		Share  ledger.Money
	}
	// CaseRaised: the client has asked so often that people look at the case (R51, A17).
	CaseRaised struct {
		Case
		Number int
	}
	// CaseReviewed: they did.
	CaseReviewed struct{ Note party.Hidden }
	// HandedOver: another agent is in charge.
	HandedOver struct {
		Case
		From string
	}
)

func (ChangesRequested) FactName() string  { return "changes.requested" }
func (ChangesQuestioned) FactName() string { return "changes.questioned" }
func (ChangesReturned) FactName() string   { return "changes.returned" }
func (ChangesForwarded) FactName() string  { return "changes.forwarded" }
func (ChangesDeclined) FactName() string   { return "changes.declined" }
func (ChangesStopped) FactName() string    { return "changes.stopped" }
func (ChangesSettled) FactName() string    { return "changes.settled" }
func (FeeQuoted) FactName() string         { return "fee.quoted" }
func (FeeOffered) FactName() string        { return "fee.offered" }
func (FeeAgreed) FactName() string         { return "fee.agreed" }
func (QuoteDeclined) FactName() string     { return "quote.declined" }
func (QuoteLapsed) FactName() string       { return "quote.lapsed" }
func (QuoteWithdrawn) FactName() string    { return "quote.withdrawn" }
func (OfferWithdrawn) FactName() string    { return "offer.withdrawn" }
func (CaseRaised) FactName() string        { return "case.raised" }
func (CaseReviewed) FactName() string      { return "case.reviewed" }
func (HandedOver) FactName() string        { return "case.handed_over" }
