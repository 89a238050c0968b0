package project

import (
	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
)

// The states of a project.
const (
	Draft     lifecycle.State = "draft"
	Open      lifecycle.State = "open"   // published, at least one seat free
	Filled    lifecycle.State = "filled" // every seat taken
	Cancelled lifecycle.State = "cancelled"
)

// The states of an invitation; accepted, left, closed and expired are derived from the project and the clock, never written.
// Nothing leads out of closed: when a seat reopens, who asked to be told gets a new invitation.
const (
	Invited   lifecycle.State = "open"
	Accepted  lifecycle.State = "accepted"
	Declined  lifecycle.State = "declined"
	Withdrawn lifecycle.State = "withdrawn"
	Expired   lifecycle.State = "expired"
	Closed    lifecycle.State = "closed" // every seat went to others, or the project was cancelled
	Left      lifecycle.State = "left"   // it won a seat that was given up or taken back
)

// The states of an assignment; what its pro gave up is Withdrawn.
const (
	Working  lifecycle.State = "working"
	InQC     lifecycle.State = "in_qc"
	Revising lifecycle.State = "revising"
	InReview lifecycle.State = "in_review" // QC approved; the client looks at it
	Done     lifecycle.State = "done"

	Screening  lifecycle.State = "screening"  // the client asks for changes; staff look whether they are clear and within the instructions
	Clarifying lifecycle.State = "clarifying" // staff asked the client back
	Quoted     lifecycle.State = "quoted"     // the changes cost a fee; the client decides
	Offered    lifecycle.State = "offered"    // the client approved the fee; the pro decides on their share

	Reassigned lifecycle.State = "reassigned" // the team took it back
	NotPicked  lifecycle.State = "not_picked" // the contest's client picked others
)

// What people and timers do.
const (
	Create       lifecycle.Action = "create"
	Edit         lifecycle.Action = "edit"
	Publish      lifecycle.Action = "publish"
	Invite       lifecycle.Action = "invite"
	TakeSeat     lifecycle.Action = "take_seat"
	TakeLastSeat lifecycle.Action = "take_last_seat"
	ExpireRound  lifecycle.Action = "expire_round"
	Cancel       lifecycle.Action = "cancel"
	ReopenSeat   lifecycle.Action = "reopen_seat"
	Extend       lifecycle.Action = "extend"

	OfferProofreading lifecycle.Action = "offer_proofreading"

	Accept   lifecycle.Action = "accept"
	Decline  lifecycle.Action = "decline"
	Withdraw lifecycle.Action = "withdraw"
	Expire   lifecycle.Action = "expire"
	Close    lifecycle.Action = "close"
	Leave    lifecycle.Action = "leave"
	Watch    lifecycle.Action = "watch" // tell me if a seat reopens
	Unwatch  lifecycle.Action = "unwatch"

	Correct lifecycle.Action = "correct"
	Help    lifecycle.Action = "help"

	Upload    lifecycle.Action = "upload"
	Submit    lifecycle.Action = "submit"
	Overdue   lifecycle.Action = "overdue"
	Claim     lifecycle.Action = "claim"
	Unclaim   lifecycle.Action = "unclaim"
	Revise    lifecycle.Action = "request_revision"
	Pass      lifecycle.Action = "pass_qc"
	Approve   lifecycle.Action = "approve"
	AutoClose lifecycle.Action = "auto_close"
	Reassign  lifecycle.Action = "reassign"
	Pick      lifecycle.Action = "pick"
	PassOver  lifecycle.Action = "pass_over"

	AskChanges     lifecycle.Action = "request_changes"
	Forward        lifecycle.Action = "forward_changes"
	AskBack        lifecycle.Action = "ask_back"
	Clarify        lifecycle.Action = "clarify"
	DeclineChanges lifecycle.Action = "decline_changes"
	DropChanges    lifecycle.Action = "drop_changes"
	QuoteFee       lifecycle.Action = "quote_fee"
	WithdrawQuote  lifecycle.Action = "withdraw_quote"
	ApproveQuote   lifecycle.Action = "approve_quote"
	DeclineQuote   lifecycle.Action = "decline_quote"
	LapseQuote     lifecycle.Action = "lapse_quote"
	AcceptOffer    lifecycle.Action = "accept_offer"
	DeclineOffer   lifecycle.Action = "decline_offer"
	AskFee         lifecycle.Action = "ask_fee"
	ReviewCase     lifecycle.Action = "review_case"
	HandOver       lifecycle.Action = "hand_over"
)

// The deadlines.
const (
	RoundExpiry     = "round.expiry"
	DeliveryDue     = "delivery.due"
	ReviewAutoClose = "review.auto_close"
	QuoteExpiry     = "quote.expiry"
)

type (
	roles       = []lifecycle.Role
	transitions = []lifecycle.Transition
	deadlines   = map[lifecycle.State][]lifecycle.Deadline
)

var (
	owners = roles{party.Client, party.Agent, party.Lead, party.Admin}
	staff  = roles{party.Agent, party.Lead, party.Admin}
	pro    = roles{party.Pro}
	qc     = roles{party.QC}
	client = roles{party.Client}
	timer  = roles{lifecycle.Timer}
	// helpers answer flags; a client's answer to a question ends the wait for it.
	helpers = roles{party.Agent, party.Lead, party.Admin, party.Client}
)

// Lifecycle is the project's table.
var Lifecycle = lifecycle.Table{
	Name: "project", Initial: Draft,
	Transitions: transitions{
		{From: Draft, Action: Edit, To: Draft, By: owners, Rules: "R25"},
		{From: Draft, Action: Publish, To: Open, By: owners, Rules: "R54 A22"},
		{From: Draft, Action: Cancel, To: Cancelled, By: owners, Rules: "A15"},
		{From: Open, Action: Invite, To: Open, By: staff, Rules: "R24 R26"},
		{From: Open, Action: TakeSeat, To: Open, By: pro, Rules: "R35 A14"},
		{From: Open, Action: TakeLastSeat, To: Filled, By: pro, Rules: "R29 R35 A14"},
		{From: Open, Action: ExpireRound, To: Open, By: timer, Rules: "A15"},
		{From: Open, Action: Cancel, To: Cancelled, By: owners, Rules: "A15"},
		{From: Open, Action: Extend, To: Open, By: staff, Rules: "A15 A21"},
		{From: Open, Action: ReopenSeat, To: Open, By: pro, Rules: "A14 A15"},
		{From: Filled, Action: ReopenSeat, To: Open, By: pro, Rules: "A14 A15 A21"},
		{From: Open, Action: Pick, To: Filled, By: client, Rules: "R34 A14"},
		{From: Filled, Action: Pick, To: Filled, By: client, Rules: "R34 A14"},
		{From: Open, Action: Watch, To: Open, By: pro, Rules: "A21"},
		{From: Filled, Action: Watch, To: Filled, By: pro, Rules: "A21"},
		{From: Open, Action: Unwatch, To: Open, By: pro, Rules: "A21"},
		{From: Filled, Action: Unwatch, To: Filled, By: pro, Rules: "A21"},
		{From: Open, Action: Correct, To: Open, By: staff, Rules: "R15 A5"},
		{From: Filled, Action: Correct, To: Filled, By: staff, Rules: "R15 A5"},
		{From: Filled, Action: OfferProofreading, To: Filled, By: staff, Rules: "R32 A16"},
	},
	Deadlines: deadlines{Open: {{Kind: RoundExpiry, Action: ExpireRound, Rules: "A15"}}},
}

// InvitationLifecycle is the invitation's table.
var InvitationLifecycle = lifecycle.Table{
	Name: "invitation", Initial: Invited,
	Transitions: transitions{
		{From: Invited, Action: Accept, To: Accepted, By: pro, Rules: "R27 R35"},
		{From: Invited, Action: Decline, To: Declined, By: pro, Rules: "A15"},
		{From: Invited, Action: Withdraw, To: Withdrawn, By: staff, Rules: "A15"},
		{From: Invited, Action: Expire, To: Expired, By: timer, Rules: "A15"},
		{From: Invited, Action: Close, To: Closed, By: timer, Rules: "R28 R29 A15"},
		{From: Accepted, Action: Leave, To: Left, By: timer, Rules: "A15"},
		{From: Closed, Action: Watch, To: Closed, By: pro, Rules: "A21"},
		{From: Closed, Action: Unwatch, To: Closed, By: pro, Rules: "A21"},
	},
}

// AssignmentLifecycle is the assignment's table. The delivery deadline lives on through quality control: what is checked
// in time is in time, and what comes back has at least the policy's revision window. The client's own clock stands still
// while others have their request, and runs again while they are asked back (A20).
var AssignmentLifecycle = lifecycle.Table{
	Name: "assignment", Initial: Working,
	Transitions: append(transitions{
		{From: Working, Action: Upload, To: Working, By: pro, Rules: "R37 R38"},
		{From: Working, Action: Submit, To: InQC, By: pro, Rules: "R40 A19"},
		{From: Working, Action: Overdue, To: Working, By: timer, Rules: "A15"},
		{From: Working, Action: Withdraw, To: Withdrawn, By: pro, Rules: "A15"},
		{From: Working, Action: Reassign, To: Reassigned, By: staff, Rules: "A15"},
		{From: Working, Action: Extend, To: Working, By: staff, Rules: "A5 A15"},
		{From: InQC, Action: Claim, To: InQC, By: qc, Rules: "R41"},
		{From: InQC, Action: Unclaim, To: InQC, By: qc, Rules: "R41"},
		{From: InQC, Action: Revise, To: Revising, By: qc, Rules: "R42 R43 R44"},
		{From: InQC, Action: Pass, To: InReview, By: qc, Rules: "R41 R55"},
		{From: InQC, Action: Overdue, To: InQC, By: timer, Rules: "A15"},
		{From: InQC, Action: Extend, To: InQC, By: staff, Rules: "A5 A15"},
		{From: Revising, Action: Upload, To: Revising, By: pro, Rules: "R37 R38"},
		{From: Revising, Action: Submit, To: InQC, By: pro, Rules: "R40 A19"},
		{From: Revising, Action: Overdue, To: Revising, By: timer, Rules: "A15"},
		{From: Revising, Action: Withdraw, To: Withdrawn, By: pro, Rules: "A15"},
		{From: Revising, Action: Reassign, To: Reassigned, By: staff, Rules: "A15"},
		{From: Revising, Action: Extend, To: Revising, By: staff, Rules: "A5 A15"},
		{From: Working, Action: Help, To: Working, By: helpers, Rules: "R5 R16 R17 A4 A5"},
		{From: InQC, Action: Help, To: InQC, By: helpers, Rules: "R16 R17 A4 A5"},
		{From: Revising, Action: Help, To: Revising, By: helpers, Rules: "R5 R16 R17 A4 A5"},
		{From: InReview, Action: Approve, To: Done, By: client, Rules: "R47"},
		{From: InReview, Action: AutoClose, To: Done, By: timer, Rules: "A20"},
		{From: InReview, Action: Pick, To: Done, By: client, Rules: "R34 A14"},
		{From: Working, Action: PassOver, To: NotPicked, By: client, Rules: "R34 A14"},
		{From: InQC, Action: PassOver, To: NotPicked, By: client, Rules: "R34 A14"},
		{From: Revising, Action: PassOver, To: NotPicked, By: client, Rules: "R34 A14"},
		{From: InReview, Action: PassOver, To: NotPicked, By: client, Rules: "R34 A14"},
		{From: InReview, Action: AskChanges, To: Screening, By: client, Rules: "R47"},
		{From: Done, Action: AskChanges, To: Screening, By: client, Rules: "R47 A11"},
		{From: Screening, Action: Forward, To: Revising, By: staff, Rules: "R48"},
		{From: Screening, Action: AskBack, To: Clarifying, By: staff, Rules: "R48"},
		{From: Screening, Action: DeclineChanges, To: InReview, By: staff, Rules: "R48 R52"},
		{From: Screening, Action: QuoteFee, To: Quoted, By: staff, Rules: "R49 R50 A18"},
		{From: Screening, Action: DropChanges, To: InReview, By: client, Rules: "R47"},
		{From: Clarifying, Action: Clarify, To: Screening, By: client, Rules: "R48"},
		{From: Clarifying, Action: DeclineChanges, To: InReview, By: staff, Rules: "R48 R52"},
		{From: Clarifying, Action: DropChanges, To: InReview, By: client, Rules: "R47"},
		{From: Clarifying, Action: AutoClose, To: Done, By: timer, Rules: "A20"},
		{From: Quoted, Action: ApproveQuote, To: Offered, By: client, Rules: "A18"},
		{From: Quoted, Action: DeclineQuote, To: InReview, By: client, Rules: "A18"},
		{From: Quoted, Action: WithdrawQuote, To: Screening, By: staff, Rules: "R52 A18"},
		{From: Quoted, Action: LapseQuote, To: InReview, By: timer, Rules: "A18"},
		{From: Offered, Action: AcceptOffer, To: Revising, By: pro, Rules: "R49 A18"},
		{From: Offered, Action: DeclineOffer, To: Screening, By: pro, Rules: "A18"},
		{From: Offered, Action: AskFee, To: Screening, By: pro, Rules: "R50"},
		{From: Offered, Action: WithdrawQuote, To: Screening, By: staff, Rules: "R52 A18"},
		{From: Offered, Action: LapseQuote, To: Screening, By: timer, Rules: "A18"},
		{From: Revising, Action: AskFee, To: Screening, By: pro, Rules: "R50"},
		{From: Revising, Action: DeclineChanges, To: InReview, By: staff, Rules: "R52"},
	}, always(transitions{
		{Action: ReviewCase, By: staff, Rules: "R51 A17"},
		{Action: HandOver, By: staff, Rules: "R52"},
	}, Working, InQC, Revising, InReview, Done, Screening, Clarifying, Quoted, Offered)...),
	Deadlines: deadlines{
		Working:  {{Kind: DeliveryDue, Action: Overdue, Rules: "A15"}},
		InQC:     {{Kind: DeliveryDue, Action: Overdue, Rules: "A15"}},
		Revising: {{Kind: DeliveryDue, Action: Overdue, Rules: "A15"}},
		InReview: {{Kind: ReviewAutoClose, Action: AutoClose, Rules: "A20"}},

		Clarifying: {{Kind: ReviewAutoClose, Action: AutoClose, Rules: "A20"}},
		Quoted:     {{Kind: QuoteExpiry, Action: LapseQuote, Rules: "A18"}},
		Offered:    {{Kind: QuoteExpiry, Action: LapseQuote, Rules: "A18"}},
	},
}

// always lets something be done in several states, none of which it changes.
func always(loops transitions, states ...lifecycle.State) transitions {
	var all transitions
	for _, s := range states {
		for _, l := range loops {
			l.From, l.To = s, s
			all = append(all, l)
		}
	}
	return all
}

// Lifecycles lists every table of the job; code, docs and state machines are printed from them.
func Lifecycles() []lifecycle.Table {
	return []lifecycle.Table{Lifecycle, InvitationLifecycle, AssignmentLifecycle, ledger.RewardLifecycle, ledger.AdjustmentLifecycle, StrayLifecycle}
}
