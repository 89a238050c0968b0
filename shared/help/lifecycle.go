package help

import (
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
)

// The states of a flag.
const (
	Open     lifecycle.State = "open" // nobody has it
	Claimed  lifecycle.State = "claimed"
	Waiting  lifecycle.State = "waiting"  // for the client
	Proposed lifecycle.State = "proposed" // for a second person's yes to a higher reward
	Resolved lifecycle.State = "resolved"
)

// The states of a question.
const (
	Asked     lifecycle.State = "asked"
	Answered  lifecycle.State = "answered"
	Withdrawn lifecycle.State = "withdrawn" // the flag went on without it
)

// What people and timers do.
const (
	Raise    lifecycle.Action = "raise"
	Comment  lifecycle.Action = "comment"
	Note     lifecycle.Action = "note"
	Claim    lifecycle.Action = "claim"
	Unclaim  lifecycle.Action = "unclaim"
	HandOver lifecycle.Action = "hand_over"
	Reply    lifecycle.Action = "reply"
	Wait     lifecycle.Action = "wait"
	Ask      lifecycle.Action = "ask_client"
	Answer   lifecycle.Action = "answer"
	Resume   lifecycle.Action = "resume"
	Propose  lifecycle.Action = "propose"
	Agree    lifecycle.Action = "agree"
	Refuse   lifecycle.Action = "refuse"
	Resolve  lifecycle.Action = "resolve"
	Reopen   lifecycle.Action = "reopen"
	Warn     lifecycle.Action = "warn"
	Escalate lifecycle.Action = "escalate"
	Drop     lifecycle.Action = "withdraw"
)

// The deadlines.
const (
	Warning       = "flag.warning"
	FirstResponse = "flag.first_response"
)

type (
	roles       = []lifecycle.Role
	transitions = []lifecycle.Transition
)

var (
	pro    = roles{party.Pro}
	staff  = roles{party.Agent, party.Lead, party.Admin}
	second = roles{party.Lead, party.Admin}
	client = roles{party.Client}
	timer  = roles{lifecycle.Timer}
	asking = roles{party.Pro, party.Agent, party.Lead, party.Admin}
)

// Lifecycle is the flag's table. Both deadlines are live until a person has answered, in whatever state that is.
var Lifecycle = lifecycle.Table{
	Name: "flag", Initial: Open,
	Transitions: transitions{
		{From: Open, Action: Comment, To: Open, By: pro, Rules: "R8 A6"},
		{From: Open, Action: Note, To: Open, By: staff, Rules: "A9"},
		{From: Open, Action: Claim, To: Claimed, By: staff, Rules: "R3"},
		{From: Open, Action: HandOver, To: Claimed, By: staff, Rules: "R3"},
		{From: Open, Action: Reply, To: Claimed, By: staff, Rules: "R23 A2"},
		{From: Open, Action: Resolve, To: Resolved, By: staff, Rules: "R5 A5"},
		{From: Open, Action: Warn, To: Open, By: timer, Rules: "A8"},
		{From: Open, Action: Escalate, To: Open, By: timer, Rules: "R23 A8"},

		{From: Claimed, Action: Comment, To: Claimed, By: pro, Rules: "R8 A6"},
		{From: Claimed, Action: Note, To: Claimed, By: staff, Rules: "A9"},
		{From: Claimed, Action: Claim, To: Claimed, By: staff, Rules: "R3"},
		{From: Claimed, Action: Unclaim, To: Open, By: staff, Rules: "R3"},
		{From: Claimed, Action: HandOver, To: Claimed, By: staff, Rules: "R3"},
		{From: Claimed, Action: Reply, To: Claimed, By: staff, Rules: "R23 A2"},
		{From: Claimed, Action: Wait, To: Waiting, By: staff, Rules: "R20 A4"},
		{From: Claimed, Action: Ask, To: Waiting, By: staff, Rules: "R20 A4 A9"},
		{From: Claimed, Action: Propose, To: Proposed, By: staff, Rules: "R16 A5"},
		{From: Claimed, Action: Resolve, To: Resolved, By: staff, Rules: "R5 A5"},
		{From: Claimed, Action: Warn, To: Claimed, By: timer, Rules: "A8"},
		{From: Claimed, Action: Escalate, To: Open, By: timer, Rules: "R23 A8"},

		{From: Waiting, Action: Comment, To: Waiting, By: pro, Rules: "R8 A6"},
		{From: Waiting, Action: Note, To: Waiting, By: staff, Rules: "A9"},
		{From: Waiting, Action: HandOver, To: Waiting, By: staff, Rules: "R3"},
		{From: Waiting, Action: Reply, To: Waiting, By: staff, Rules: "R23 A2"},
		{From: Waiting, Action: Answer, To: Claimed, By: client, Rules: "R20"},
		{From: Waiting, Action: Resume, To: Claimed, By: staff, Rules: "A4"},
		{From: Waiting, Action: Resolve, To: Resolved, By: staff, Rules: "R5 A5"},
		{From: Waiting, Action: Warn, To: Waiting, By: timer, Rules: "A8"},
		{From: Waiting, Action: Escalate, To: Waiting, By: timer, Rules: "R23 A8"},

		{From: Proposed, Action: Comment, To: Proposed, By: pro, Rules: "R8 A6"},
		{From: Proposed, Action: Note, To: Proposed, By: staff, Rules: "A9"},
		{From: Proposed, Action: Reply, To: Proposed, By: staff, Rules: "R23 A2"},
		{From: Proposed, Action: Agree, To: Resolved, By: second, Rules: "R16 A5"},
		{From: Proposed, Action: Refuse, To: Claimed, By: staff, Rules: "R16 A5"},
		{From: Proposed, Action: Warn, To: Proposed, By: timer, Rules: "A8"},
		{From: Proposed, Action: Escalate, To: Proposed, By: timer, Rules: "R23 A8"},

		{From: Resolved, Action: Note, To: Resolved, By: staff, Rules: "A9"},
		{From: Resolved, Action: Reopen, To: Open, By: asking, Rules: "R5"},
	},
	Deadlines: map[lifecycle.State][]lifecycle.Deadline{Open: promise, Claimed: promise, Waiting: promise, Proposed: promise},
}

var promise = []lifecycle.Deadline{
	{Kind: Warning, Action: Warn, Rules: "A8"},
	{Kind: FirstResponse, Action: Escalate, Rules: "R23 A1 A2 A8"},
}

// QuestionLifecycle is the question's table.
var QuestionLifecycle = lifecycle.Table{
	Name: "question", Initial: Asked,
	Transitions: transitions{
		{From: Asked, Action: Answer, To: Answered, By: client, Rules: "R20 A9"},
		{From: Asked, Action: Drop, To: Withdrawn, By: staff, Rules: "R20"},
	},
}

// Lifecycles lists every table of the job; code, docs and state machines are printed from them.
func Lifecycles() []lifecycle.Table { return []lifecycle.Table{Lifecycle, QuestionLifecycle} }
