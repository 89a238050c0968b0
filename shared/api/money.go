package api

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"time"

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

// BookView is the trial balance of a month, or of as many of its entries as one reading takes in.
type BookView struct {
	Month      string         `json:"month"` // UTC
	Entries    int            `json:"entries"`
	Balanced   bool           `json:"balanced"`
	Unbalanced []string       `json:"unbalanced"` // entries that do not sum to zero
	Accounts   []TurnoverView `json:"accounts"`
	NextCursor string         `json:"nextCursor,omitempty"`
}

// TurnoverView is what came to all accounts of a class, what left them, and the difference.
type TurnoverView struct {
	Class string `json:"class"` // project, held, available, client, platform
	In    Money  `json:"in"`
	Out   Money  `json:"out"`
	Sum   Money  `json:"sum"`
}

// Decisions serves the function money: what people decide about money, and the book.
func Decisions(jobs *project.Service, cursors handler.Cursors) []handler.Endpoint {
	return []handler.Endpoint{
		{Route: "GET /v1/book", Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) { return book(ctx, c, jobs, cursors) }},
		{Route: "GET /v1/adjustments", Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return proposals(ctx, c, jobs, cursors)
		}},
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
				r := outcome.(project.Earned)
				return ok(http.StatusOK, rewardView(c, r), r.Version, "")
			}
			return do(ctx, ask(c, reply), id, project.Why(body))
		})
	}
}

// book reads ?month=2026-11.
func book(ctx context.Context, c *handler.Call, jobs *project.Service, cursors handler.Cursors) (store.Reply, error) {
	if err := c.OnlyQuery("month", "cursor"); err != nil {
		return store.Reply{}, err
	}
	month := c.Query.Get("month")
	if _, err := time.Parse("2006-01", month); err != nil {
		var wrong problem.Fields
		wrong.Add("month", "The month is needed, like 2026-11.")
		return store.Reply{}, wrong.Err()
	}
	limit, after, err := cursors.Page(ctx, c, "book", "month")
	if err != nil {
		return store.Reply{}, err
	}
	trial, next, err := jobs.Book(ctx, c.Actor, month, after)
	if err != nil {
		return store.Reply{}, err
	}
	view := BookView{Month: month, Entries: trial.Entries, Balanced: trial.Balanced(), Unbalanced: append([]string{}, trial.Unbalanced...), Accounts: []TurnoverView{}}
	for _, class := range slices.Sorted(maps.Keys(trial.Turnovers)) {
		for _, currency := range slices.Sorted(maps.Keys(trial.Turnovers[class])) {
			t := trial.Turnovers[class][currency]
			sum, err := t.Sum()
			if err != nil {
				return store.Reply{}, err
			}
			view.Accounts = append(view.Accounts, TurnoverView{class, money(t.In), money(t.Out), money(sum)})
		}
	}
	if view.NextCursor, err = cursors.Next(ctx, c, "book", limit, next, "month"); err != nil {
		return store.Reply{}, err
	}
	return shown(view, 0)
}

// proposals reads ?state=proposed, the one state that anybody waits in.
func proposals(ctx context.Context, c *handler.Call, jobs *project.Service, cursors handler.Cursors) (store.Reply, error) {
	limit, after, err := cursors.Page(ctx, c, "adjustments", "state")
	if err != nil {
		return store.Reply{}, err
	}
	if c.Query.Get("state") != string(ledger.AdjustmentProposed) {
		var wrong problem.Fields
		wrong.Add("state", "Those that wait for a second person are listed: state=proposed. The others are listed with their assignments.")
		return store.Reply{}, wrong.Err()
	}
	list, next, err := jobs.Proposals(ctx, c.Actor, limit, after)
	if err != nil {
		return store.Reply{}, err
	}
	view := List[AdjustmentView]{Data: []AdjustmentView{}}
	for _, a := range list {
		view.Data = append(view.Data, adjustmentView(c, a))
	}
	if view.NextCursor, err = cursors.Next(ctx, c, "adjustments", limit, next, "state"); err != nil {
		return store.Reply{}, err
	}
	return shown(view, 0)
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
