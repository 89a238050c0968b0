package api

import (
	"context"
	"net/http"

	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// WhyBody is what somebody says about a decision: a reason that only the team reads, and a note for those whose money it is.
type WhyBody struct {
	Reason string `json:"reason" max:"500"`
	Note   string `json:"note" max:"1000" text:"lines"`
}

// AdjustmentBody is what somebody wants to be done with an assignment's money. A correction names what it takes back, whole,
// and no amount.
type AdjustmentBody struct {
	Kind   string `json:"kind"`
	Amount *Money `json:"amount"`
	Of     string `json:"of" max:"40"`
	Reason string `json:"reason" max:"500"`
	Note   string `json:"note" max:"1000" text:"lines"`
}

// RefusalBody says why an adjustment does not happen.
type RefusalBody struct {
	Reason string `json:"reason" max:"500"`
}

// AdjustmentView is one decision about money as its reader may see it. Its amount is the reader's: all that moves for
// staff, their own part for a pro or a client, negative where it is taken back or paid.
type AdjustmentView struct {
	ID         string    `json:"id"`
	State      string    `json:"state"`
	Kind       string    `json:"kind"`
	Amount     Money     `json:"amount"`
	Of         string    `json:"of,omitempty"`
	Note       string    `json:"note,omitempty"`
	Assignment string    `json:"assignment"`
	Project    string    `json:"project"`
	Title      string    `json:"title"`
	ReversedBy string    `json:"reversedBy,omitempty"`
	PostedAt   string    `json:"postedAt,omitempty"`
	ReversedAt string    `json:"reversedAt,omitempty"`
	Team       *TeamView `json:"team,omitempty"` // staff only
	Actions    []Action  `json:"actions"`
}

// TeamView is what only staff know of an adjustment.
type TeamView struct {
	Pro           string `json:"pro"`
	Client        string `json:"client"`
	Share         Money  `json:"share"`            // the pro's part
	Charge        *Money `json:"charge,omitempty"` // the client's, where one is concerned
	Reason        string `json:"reason"`
	ProposedBy    string `json:"proposedBy"`
	ProposedAt    string `json:"proposedAt"`
	DecidedBy     string `json:"decidedBy,omitempty"` // the second person
	DecidedAt     string `json:"decidedAt,omitempty"`
	Refusal       string `json:"refusal,omitempty"`
	PolicyVersion string `json:"policyVersion"`
}

// Decisions serves the function money: what people decide about money.
func Decisions(jobs *project.Service) []handler.Endpoint {
	return []handler.Endpoint{
		{Route: "POST /v1/rewards/{rewardId}/freeze", Once: true, Body: true, Handle: onReward(jobs.Freeze)},
		{Route: "POST /v1/rewards/{rewardId}/unfreeze", Once: true, Body: true, Handle: onReward(jobs.Unfreeze)},
		{Route: "POST /v1/assignments/{assignmentId}/adjustments", Once: true, Body: true, Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onID(c, "assignmentId", func(id string) (store.Reply, error) {
				var body AdjustmentBody
				if err := c.Read(&body); err != nil {
					return store.Reply{}, err
				}
				proposal, err := body.proposal()
				if err != nil {
					return store.Reply{}, err
				}
				return jobs.Adjust(ctx, ask(c, adjustmentReply(c, http.StatusCreated)), id, proposal)
			})
		}},
		{Route: "GET /v1/assignments/{assignmentId}/adjustments", Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onID(c, "assignmentId", func(id string) (store.Reply, error) {
				list, err := jobs.Adjustments(ctx, c.Actor, id)
				if err != nil {
					return store.Reply{}, err
				}
				view := List[AdjustmentView]{Data: []AdjustmentView{}}
				for _, a := range list {
					view.Data = append(view.Data, adjustmentView(c, a))
				}
				return shown(view, 0)
			})
		}},
		{Route: "GET /v1/adjustments/{adjustmentId}", Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onID(c, "adjustmentId", func(id string) (store.Reply, error) {
				a, err := jobs.Adjustment(ctx, c.Actor, id)
				if err != nil {
					return store.Reply{}, err
				}
				return shown(adjustmentView(c, a), a.Version)
			})
		}},
		{Route: "POST /v1/adjustments/{adjustmentId}/approve", Once: true, Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onID(c, "adjustmentId", func(id string) (store.Reply, error) {
				return jobs.ApproveAdjustment(ctx, ask(c, adjustmentReply(c, http.StatusOK)), id)
			})
		}},
		{Route: "POST /v1/adjustments/{adjustmentId}/decline", Once: true, Body: true, Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onID(c, "adjustmentId", func(id string) (store.Reply, error) {
				var body RefusalBody
				if err := c.Read(&body); err != nil {
					return store.Reply{}, err
				}
				return jobs.DeclineAdjustment(ctx, ask(c, adjustmentReply(c, http.StatusOK)), id, project.Why{Reason: body.Reason})
			})
		}},
	}
}

// onReward is an endpoint that does one thing to the reward in its path, with a reason.
func onReward(do func(context.Context, project.Ask, string, project.Why) (store.Reply, error)) func(context.Context, *handler.Call) (store.Reply, error) {
	return func(ctx context.Context, c *handler.Call) (store.Reply, error) {
		return onID(c, "rewardId", func(id string) (store.Reply, error) {
			var body WhyBody
			if err := c.Read(&body); err != nil {
				return store.Reply{}, err
			}
			reply := func(outcome any) (store.Reply, error) {
				r := outcome.(ledger.Reward)
				return ok(http.StatusOK, rewardView(r), r.Version, "")
			}
			return do(ctx, ask(c, reply), id, project.Why(body))
		})
	}
}

// proposal reads a body: a correction names what it takes back, and the other kinds an amount.
func (b AdjustmentBody) proposal() (project.Proposal, error) {
	p := project.Proposal{Kind: ledger.AdjustmentKind(b.Kind), Of: b.Of, Why: project.Why{Reason: b.Reason, Note: b.Note}}
	var wrong problem.Fields
	var err error
	switch p.Kind {
	case ledger.Correction:
		if b.Amount != nil {
			wrong.Add("/amount", "A correction takes back all of what it names.")
		}
		if !ids["rewardId"].MatchString(b.Of) && !ids["adjustmentId"].MatchString(b.Of) {
			wrong.Add("/of", "A correction names the reward or adjustment that it takes back.")
		}
	case ledger.Credit, ledger.ExtraFee:
		if b.Of != "" {
			wrong.Add("/of", "Only a correction takes something back.")
		}
		if b.Amount == nil {
			wrong.Add("/amount", "An amount is needed.")
			break
		}
		p.Amount, err = amount(*b.Amount, "/amount", &wrong)
	default:
		wrong.Add("/kind", "The kind is one of credit, fee, correction.")
	}
	if err == nil {
		err = wrong.Err()
	}
	return p, err
}

func adjustmentReply(c *handler.Call, status int) func(any) (store.Reply, error) {
	return func(outcome any) (store.Reply, error) {
		a := outcome.(ledger.Adjustment)
		return ok(status, adjustmentView(c, a), a.Version, "/v1/adjustments/"+a.ID)
	}
}

func adjustmentView(c *handler.Call, a ledger.Adjustment) AdjustmentView {
	v := AdjustmentView{
		ID: a.ID, State: string(a.Progress.State), Kind: string(a.Kind), Amount: money(a.Share), Of: a.Of, Note: a.Note,
		Assignment: a.Assignment, Project: a.Project, Title: a.Title, ReversedBy: a.ReversedBy, ReversedAt: stamp(a.ReversedAt),
		Actions: actions(project.AdjustmentOffers(a, c.Actor)),
	}
	if a.Progress.State != ledger.AdjustmentDeclined {
		v.PostedAt = stamp(a.DecidedAt)
	}
	switch {
	case c.Actor.IsStaff():
		v.Amount = money(a.Amount)
		v.Team = &TeamView{
			Pro: a.Pro, Client: a.Client, Share: money(a.Share), Reason: a.Reason.Reveal(), ProposedBy: a.By.Reveal(), ProposedAt: stamp(a.ProposedAt),
			DecidedBy: a.DecidedBy.Reveal(), DecidedAt: stamp(a.DecidedAt), Refusal: a.Refusal.Reveal(), PolicyVersion: string(a.Policy),
		}
		if !a.Charge.IsZero() {
			charge := money(a.Charge)
			v.Team.Charge = &charge
		}
	case c.Actor.ID == a.Client && c.Actor.Is(party.Client):
		v.Amount = money(a.Charge.Neg())
	}
	return v
}
