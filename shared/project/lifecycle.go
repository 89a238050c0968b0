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

// The states of an invitation; accepted, closed and expired are derived from the project and the clock, never written.
const (
	Invited   lifecycle.State = "open"
	Accepted  lifecycle.State = "accepted"
	Declined  lifecycle.State = "declined"
	Withdrawn lifecycle.State = "withdrawn"
	Expired   lifecycle.State = "expired"
	Closed    lifecycle.State = "closed" // every seat went to others, or the project was cancelled
)

// The states of an assignment.
const (
	Working  lifecycle.State = "working"
	InQC     lifecycle.State = "in_qc"
	Revising lifecycle.State = "revising"
	InReview lifecycle.State = "in_review" // QC approved; the client looks at it
	Done     lifecycle.State = "done"
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

	Accept   lifecycle.Action = "accept"
	Decline  lifecycle.Action = "decline"
	Withdraw lifecycle.Action = "withdraw"
	Expire   lifecycle.Action = "expire"
	Close    lifecycle.Action = "close"

	Upload    lifecycle.Action = "upload"
	Submit    lifecycle.Action = "submit"
	Overdue   lifecycle.Action = "overdue"
	Claim     lifecycle.Action = "claim"
	Unclaim   lifecycle.Action = "unclaim"
	Revise    lifecycle.Action = "request_revision"
	Pass      lifecycle.Action = "pass_qc"
	Approve   lifecycle.Action = "approve"
	AutoClose lifecycle.Action = "auto_close"
)

// The deadlines.
const (
	RoundExpiry     = "round.expiry"
	DeliveryDue     = "delivery.due"
	ReviewAutoClose = "review.auto_close"
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
	},
}

// AssignmentLifecycle is the assignment's table. The delivery deadline lives on through quality control: what is checked
// in time is in time, and what comes back has at least the policy's revision window.
var AssignmentLifecycle = lifecycle.Table{
	Name: "assignment", Initial: Working,
	Transitions: transitions{
		{From: Working, Action: Upload, To: Working, By: pro, Rules: "R37 R38"},
		{From: Working, Action: Submit, To: InQC, By: pro, Rules: "R40 A19"},
		{From: Working, Action: Overdue, To: Working, By: timer, Rules: "A15"},
		{From: InQC, Action: Claim, To: InQC, By: qc, Rules: "R41"},
		{From: InQC, Action: Unclaim, To: InQC, By: qc, Rules: "R41"},
		{From: InQC, Action: Revise, To: Revising, By: qc, Rules: "R42 R43 R44"},
		{From: InQC, Action: Pass, To: InReview, By: qc, Rules: "R41 R55"},
		{From: InQC, Action: Overdue, To: InQC, By: timer, Rules: "A15"},
		{From: Revising, Action: Upload, To: Revising, By: pro, Rules: "R37 R38"},
		{From: Revising, Action: Submit, To: InQC, By: pro, Rules: "R40 A19"},
		{From: Revising, Action: Overdue, To: Revising, By: timer, Rules: "A15"},
		{From: InReview, Action: Approve, To: Done, By: client, Rules: "R47"},
		{From: InReview, Action: AutoClose, To: Done, By: timer, Rules: "A20"},
	},
	Deadlines: deadlines{
		Working:  {{Kind: DeliveryDue, Action: Overdue, Rules: "A15"}},
		InQC:     {{Kind: DeliveryDue, Action: Overdue, Rules: "A15"}},
		Revising: {{Kind: DeliveryDue, Action: Overdue, Rules: "A15"}},
		InReview: {{Kind: ReviewAutoClose, Action: AutoClose, Rules: "A20"}},
	},
}

// Lifecycles lists every table of the job; code, docs and state machines are printed from them.
func Lifecycles() []lifecycle.Table {
	return []lifecycle.Table{Lifecycle, InvitationLifecycle, AssignmentLifecycle, ledger.RewardLifecycle, ledger.AdjustmentLifecycle}
}
