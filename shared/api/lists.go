package api

import (
	"context"
	"slices"
	"time"

	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/help"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// InvitationSummary is a row of a pro's invitations. What was offered is shown while it is open and to who has the seat.
type InvitationSummary struct {
	ID         string `json:"id"`
	State      string `json:"state"`
	Project    string `json:"project"`
	Type       string `json:"type"`
	Category   string `json:"category"`
	Title      string `json:"title"`
	Reward     *Money `json:"reward,omitempty"`
	DeliverBy  string `json:"deliverBy"`
	NotifiedAt string `json:"notifiedAt"`
	ExpiresAt  string `json:"expiresAt"`
}

// AssignmentSummary is a row of a pro's assignments.
type AssignmentSummary struct {
	ID        string     `json:"id"`
	State     string     `json:"state"`
	Project   string     `json:"project"`
	Category  string     `json:"category"`
	Title     string     `json:"title"`
	Reward    Money      `json:"reward"`
	Version   int        `json:"version"` // 0 before the first submit
	Late      bool       `json:"late"`
	DeliverBy string     `json:"deliverBy"`
	CreatedAt string     `json:"createdAt"`
	UpdatedAt string     `json:"updatedAt"`
	Deadlines []Deadline `json:"deadlines"` // live ones
}

// ScreeningRow is one client's request for changes that waits for staff.
type ScreeningRow struct {
	Assignment   string    `json:"assignment"`
	Title        string    `json:"title"`
	Category     string    `json:"category"`
	Version      int       `json:"version"` // which the client has seen
	Request      int       `json:"request"` // counts this assignment's requests
	Agent        string    `json:"agent"`   // in charge
	WaitingSince string    `json:"waitingSince"`
	NeedsReview  *CaseView `json:"needsReview,omitempty"` // the client asks often: somebody should look at the whole case (R51)
	Actions      []Action  `json:"actions"`
}

// DueRow is one deadline that is live.
type DueRow struct {
	What    string `json:"what"` // project, assignment, reward
	ID      string `json:"id"`
	Title   string `json:"title"`
	Kind    string `json:"kind"`
	DueAt   string `json:"dueAt"`
	Overdue bool   `json:"overdue"`         // it has passed, and nobody has acted on it yet
	Agent   string `json:"agent,omitempty"` // in charge; staff only
}

// StandingView is what became of the seats that a pro has won: facts, and no score.
type StandingView struct {
	Pro             string `json:"pro"`
	Since           string `json:"since,omitempty"` // when the oldest seat that is counted was won
	Whole           bool   `json:"whole"`           // nothing older is left out
	Won             int    `json:"won"`
	InWork          int    `json:"inWork"`
	Delivered       int    `json:"delivered"` // passed quality control at least once
	Done            int    `json:"done"`
	Late            int    `json:"late"`      // were late at least once
	TimesLate       int    `json:"timesLate"` // deadlines that passed without a version
	Withdrawn       int    `json:"withdrawn"`
	Reassigned      int    `json:"reassigned"`
	NotPicked       int    `json:"notPicked"`
	QCRevisions     int    `json:"qcRevisions"`
	ClientRevisions int    `json:"clientRevisions"` // requests for changes, whatever became of them
}

// Lists serves the function lists.
func Lists(jobs *project.Service, cursors handler.Cursors) []handler.Endpoint {
	return []handler.Endpoint{
		{Route: "GET /v1/invitations", Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			f := filter{call: c}
			pro, state := f.party("pro"), oneOf(&f, "state", project.InvitationLifecycle.States()...)
			if err := f.wrong.Err(); err != nil {
				return store.Reply{}, err
			}
			return page(ctx, c, cursors, listing{"invitations", []string{"pro", "state"}}, func(limit int, after store.Position) (store.Page[project.Invitation], error) {
				return jobs.Invitations(ctx, ask(c, nil), pro, state, limit, after)
			}, func(i project.Invitation) InvitationSummary { return invitationSummary(c, i) })
		}},
		{Route: "GET /v1/assignments", Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			f := filter{call: c}
			pro, state := f.party("pro"), oneOf(&f, "state", project.AssignmentLifecycle.States()...)
			if err := f.wrong.Err(); err != nil {
				return store.Reply{}, err
			}
			return page(ctx, c, cursors, listing{"assignments", []string{"pro", "state"}}, func(limit int, after store.Position) (store.Page[project.Assignment], error) {
				return jobs.Assignments(ctx, c.Actor, pro, state, limit, after)
			}, assignmentSummary)
		}},
		{Route: "GET /v1/screening/queue", Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			f := filter{call: c}
			agent := f.party("agent")
			if agent == "me" {
				agent = c.Actor.ID
			}
			if err := f.wrong.Err(); err != nil {
				return store.Reply{}, err
			}
			return page(ctx, c, cursors, listing{"screening", []string{"agent"}}, func(limit int, after store.Position) (store.Page[project.Assignment], error) {
				return jobs.Screening(ctx, c.Actor, agent, limit, after)
			}, func(a project.Assignment) ScreeningRow {
				return ScreeningRow{
					Assignment: a.ID, Title: a.Terms.Title, Category: a.Terms.Category, Version: a.Shown().Number, Request: a.Request.Number, Agent: a.Agent,
					WaitingSince: stamp(a.WaitsSince), NeedsReview: caseView(c, a), Actions: actions(a.Offers(c.Actor, c.Now)),
				}
			})
		}},
		{Route: "GET /v1/due", Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			f := filter{call: c}
			what := project.DueFilter{Kind: oneOf(&f, "kind", deadlineKinds()...), Before: f.instant("before")}
			if err := f.wrong.Err(); err != nil {
				return store.Reply{}, err
			}
			return page(ctx, c, cursors, listing{"due", []string{"kind", "before"}}, func(limit int, after store.Position) (store.Page[project.Due], error) {
				return jobs.Due(ctx, c.Actor, what, limit, after)
			}, func(d project.Due) DueRow { return dueRow(c, d) })
		}},
		{Route: "GET /v1/pros/{proId}/standing", Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onID(c, "proId", func(id string) (store.Reply, error) {
				p, err := jobs.StandingOf(ctx, c.Actor, id)
				if err != nil {
					return store.Reply{}, err
				}
				return shown(standingView(p), 0)
			})
		}},
	}
}

// instant reads a parameter that is an instant; zero where it is not given.
func (f *filter) instant(name string) time.Time {
	if !f.call.Query.Has(name) {
		return time.Time{}
	}
	return instant(f.call.Query.Get(name), name, &f.wrong)
}

// deadlineKinds are those of every lifecycle.
func deadlineKinds() []string {
	var kinds []string
	for _, table := range slices.Concat(project.Lifecycles(), help.Lifecycles()) {
		for _, d := range table.Kinds() {
			kinds = append(kinds, d.Kind)
		}
	}
	return kinds
}

func invitationSummary(c *handler.Call, i project.Invitation) InvitationSummary {
	p, state := i.Project, i.State(c.Now)
	row := InvitationSummary{
		ID: i.ID, State: string(state), Project: p.ID, Type: string(p.Type), Category: p.Category, Title: p.Title,
		DeliverBy: stamp(p.DeliverBy), NotifiedAt: stamp(i.Round.SentAt), ExpiresAt: stamp(i.Round.ExpiresAt),
	}
	if state == project.Invited || state == project.Accepted || c.Actor.IsStaff() {
		row.Reward = some(i.Reward())
	}
	if agreed := i.Work.Terms; i.Work.ID != "" { // which may have changed on their own since (A5)
		row.Reward, row.DeliverBy = some(agreed.Reward), stamp(agreed.DeliverBy)
	}
	return row
}

func assignmentSummary(a project.Assignment) AssignmentSummary {
	return AssignmentSummary{
		ID: a.ID, State: string(a.Progress.State), Project: a.Project, Category: a.Terms.Category, Title: a.Terms.Title, Reward: money(a.Terms.Reward), Version: a.Number,
		Late: a.Late, DeliverBy: stamp(a.Terms.DeliverBy), CreatedAt: stamp(a.CreatedAt), UpdatedAt: stamp(a.UpdatedAt), Deadlines: deadlines(a.Ref(), a.Progress, nil),
	}
}

func standingView(p project.ProStanding) StandingView {
	return StandingView{
		Pro: p.Pro, Since: stamp(p.Since), Whole: p.Whole, Won: p.Won, InWork: p.InWork, Delivered: p.Delivered, Done: p.Done, Late: p.Late, TimesLate: p.TimesLate,
		Withdrawn: p.Withdrawn, Reassigned: p.Reassigned, NotPicked: p.NotPicked, QCRevisions: p.QCRevisions, ClientRevisions: p.ClientRevisions,
	}
}

func dueRow(c *handler.Call, d project.Due) DueRow {
	row := DueRow{What: d.Of.Kind, ID: d.Of.ID, Title: d.Title, Kind: d.Kind, DueAt: stamp(d.At), Overdue: !c.Now.Before(d.At)}
	if c.Actor.IsStaff() {
		row.Agent = d.Agent
	}
	return row
}
