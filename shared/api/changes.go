package api

import (
	"context"
	"net/http"

	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// ChangesBody is what the client wants changed; comments may point into the files that they were shown.
type ChangesBody struct {
	Text     string        `json:"text" max:"4000" text:"lines"`
	Comments []CommentBody `json:"comments"`
}

// QuestionBody asks the client back.
type QuestionBody struct {
	Question string `json:"question" max:"2000" text:"lines"`
}

// ClarifyBody is the client's answer.
type ClarifyBody struct {
	Text string `json:"text" max:"4000" text:"lines"`
}

// ReasonBody says why.
type ReasonBody struct {
	Reason string `json:"reason" max:"2000" text:"lines"`
}

// QuoteBody prices changes. The policy shares the fee where no share is named.
type QuoteBody struct {
	Fee    Money  `json:"fee"`
	Share  *Money `json:"share"`
	Reason string `json:"reason" max:"2000" text:"lines"`
}

// SeenBody names the quote that somebody agrees to, so that nobody agrees to another.
type SeenBody struct {
	Quote string `json:"quote" max:"20"`
}

// FeeBody asks for a fee; without an amount the agent names one.
type FeeBody struct {
	Reason string `json:"reason" max:"2000" text:"lines"`
	Amount *Money `json:"amount"`
}

// NoteBody is what came of looking at a case. Only the team reads it.
type NoteBody struct {
	Note string `json:"note" max:"2000" text:"lines"`
}

// AgentBody names who is in charge from now on.
type AgentBody struct {
	Agent string `json:"agent" max:"64"`
}

// WhatIfView is what a fee would come to: who pays, who gets, what is kept, and by which rule (A18).
type WhatIfView struct {
	Fee           Money  `json:"fee"`      // the client pays
	Share         Money  `json:"share"`    // the pro gets
	Platform      Money  `json:"platform"` // the marketplace keeps
	Client        string `json:"client"`
	Pro           string `json:"pro"`
	Rule          string `json:"rule"` // when the share becomes the pro's
	PolicyVersion string `json:"policyVersion"`
	ValidUntil    string `json:"validUntil"`
}

// Changes serves the function changes: a client's requests for changes, from the wish to the fee (R47–R52).
func Changes(jobs *project.Service) []handler.Endpoint {
	const at = "POST /v1/assignments/{assignmentId}/changes"
	return []handler.Endpoint{
		{Route: at, Once: true, Body: true, Handle: onAssignmentWith(func(ctx context.Context, ask project.Ask, id string, b ChangesBody) (store.Reply, error) {
			comments, err := readComments(b.Comments)
			if err != nil {
				return store.Reply{}, err
			}
			return jobs.AskChanges(ctx, ask, id, b.Text, comments)
		})},
		{Route: at + "/forward", Once: true, Handle: onAssignment(jobs.Forward)},
		{Route: at + "/ask-back", Once: true, Body: true, Handle: onAssignmentWith(func(ctx context.Context, ask project.Ask, id string, b QuestionBody) (store.Reply, error) {
			return jobs.AskBack(ctx, ask, id, b.Question)
		})},
		{Route: at + "/clarify", Once: true, Body: true, Handle: onAssignmentWith(func(ctx context.Context, ask project.Ask, id string, b ClarifyBody) (store.Reply, error) {
			return jobs.Clarify(ctx, ask, id, b.Text)
		})},
		{Route: at + "/decline", Once: true, Body: true, Handle: onAssignmentWith(func(ctx context.Context, ask project.Ask, id string, b ReasonBody) (store.Reply, error) {
			return jobs.DeclineChanges(ctx, ask, id, b.Reason)
		})},
		{Route: at + "/drop", Once: true, Handle: onAssignment(jobs.DropChanges)},
		{Route: "GET /v1/assignments/{assignmentId}/changes/quote", Handle: whatIf(jobs)},
		{Route: at + "/quote", Once: true, Body: true, Handle: onAssignmentWith(quoteWith(jobs))},
		{Route: at + "/quote/withdraw", Once: true, Handle: onAssignment(jobs.WithdrawQuote)},
		{Route: at + "/quote/approve", Once: true, Body: true, Handle: onAssignmentWith(func(ctx context.Context, ask project.Ask, id string, b SeenBody) (store.Reply, error) {
			return jobs.ApproveQuote(ctx, ask, id, b.Quote)
		})},
		{Route: at + "/quote/decline", Once: true, Handle: onAssignment(jobs.DeclineQuote)},
		{Route: at + "/offer/accept", Once: true, Body: true, Handle: onAssignmentWith(func(ctx context.Context, ask project.Ask, id string, b SeenBody) (store.Reply, error) {
			return jobs.AcceptOffer(ctx, ask, id, b.Quote)
		})},
		{Route: at + "/offer/decline", Once: true, Handle: onAssignment(jobs.DeclineOffer)},
		{Route: at + "/ask-fee", Once: true, Body: true, Handle: onAssignmentWith(askFeeWith(jobs))},
		{Route: at + "/review", Once: true, Body: true, Handle: onAssignmentWith(func(ctx context.Context, ask project.Ask, id string, b NoteBody) (store.Reply, error) {
			return jobs.ReviewCase(ctx, ask, id, b.Note)
		})},
		{Route: "POST /v1/assignments/{assignmentId}/agent", Once: true, Body: true, Handle: onAssignmentWith(func(ctx context.Context, ask project.Ask, id string, b AgentBody) (store.Reply, error) {
			return jobs.HandOver(ctx, ask, id, b.Agent)
		})},
	}
}

// onAssignmentWith is an endpoint that does one thing to the assignment in its path, as its body says.
func onAssignmentWith[B any](do func(context.Context, project.Ask, string, B) (store.Reply, error)) func(context.Context, *handler.Call) (store.Reply, error) {
	return func(ctx context.Context, c *handler.Call) (store.Reply, error) {
		return onID(c, "assignmentId", func(id string) (store.Reply, error) {
			var body B
			if err := c.Read(&body); err != nil {
				return store.Reply{}, err
			}
			return do(ctx, ask(c, assignmentReply(c, http.StatusOK)), id, body)
		})
	}
}

func quoteWith(jobs *project.Service) func(context.Context, project.Ask, string, QuoteBody) (store.Reply, error) {
	return func(ctx context.Context, ask project.Ask, id string, b QuoteBody) (store.Reply, error) {
		var wrong problem.Fields
		fee, err := amount(b.Fee, "/fee", &wrong)
		if err != nil {
			return store.Reply{}, err
		}
		share, err := optional(b.Share, "/share", &wrong)
		if err != nil {
			return store.Reply{}, err
		}
		if err := wrong.Err(); err != nil {
			return store.Reply{}, err
		}
		return jobs.QuoteFee(ctx, ask, id, fee, share, b.Reason)
	}
}

func askFeeWith(jobs *project.Service) func(context.Context, project.Ask, string, FeeBody) (store.Reply, error) {
	return func(ctx context.Context, ask project.Ask, id string, b FeeBody) (store.Reply, error) {
		var wrong problem.Fields
		wanted, err := optional(b.Amount, "/amount", &wrong)
		if err == nil {
			err = wrong.Err()
		}
		if err != nil {
			return store.Reply{}, err
		}
		return jobs.AskFee(ctx, ask, id, project.Demand{Reason: b.Reason, Amount: wanted})
	}
}

// optional reads a Money that may be left out.
func optional(m *Money, at string, wrong *problem.Fields) (ledger.Money, error) {
	if m == nil {
		return ledger.Money{}, nil
	}
	return amount(*m, at, wrong)
}

// whatIf reads the amount from the query; without one the policy proposes it.
func whatIf(jobs *project.Service) func(context.Context, *handler.Call) (store.Reply, error) {
	return func(ctx context.Context, c *handler.Call) (store.Reply, error) {
		assignment, err := id(c, "assignmentId")
		if err != nil {
			return store.Reply{}, err
		}
		if err := c.OnlyQuery("amount", "currency"); err != nil {
			return store.Reply{}, err
		}
		var wrong problem.Fields
		var fee ledger.Money
		if c.Query.Has("amount") || c.Query.Has("currency") {
			if fee, err = amount(Money{c.Query.Get("amount"), c.Query.Get("currency")}, "amount", &wrong); err != nil {
				return store.Reply{}, err
			}
		}
		if err := wrong.Err(); err != nil {
			return store.Reply{}, err
		}
		a, q, err := jobs.WhatIf(ctx, ask(c, nil), assignment, fee)
		if err != nil {
			return store.Reply{}, err
		}
		return shown(WhatIfView{
			Fee: money(q.Fee.Amount), Share: money(q.Fee.Share), Platform: money(q.Fee.Rest()), Client: a.Client, Pro: a.Pro,
			Rule: string(a.Terms.Release), PolicyVersion: string(a.Policy), ValidUntil: stamp(q.Until),
		}, 0)
	}
}
