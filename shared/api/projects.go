package api

import (
	"context"
	"net/http"

	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// ProjectBody is what a project is created or edited with.
type ProjectBody struct {
	Client           string      `json:"client" max:"64"`
	Type             string      `json:"type"`
	Category         string      `json:"category"`
	Title            string      `json:"title" max:"120"`
	Brief            string      `json:"brief" max:"8000" text:"lines"`
	Assets           []AssetBody `json:"assets"`
	Reward           Money       `json:"reward"`
	ZeroRewardReason string      `json:"zeroRewardReason" max:"500"`
	DeliverBy        string      `json:"deliverBy" max:"40"`
	Seats            *int        `json:"seats"`
	Publish          bool        `json:"publish"`
}

// AssetBody is something that the pro works with.
type AssetBody struct {
	Name string `json:"name" max:"150"`
	URL  string `json:"url" max:"500"`
}

// CancelBody says why.
type CancelBody struct {
	Reason string `json:"reason" max:"500"`
}

// ProjectView is a project as its client and staff see it.
type ProjectView struct {
	ID               string      `json:"id"`
	State            string      `json:"state"`
	Type             string      `json:"type"`
	Category         string      `json:"category"`
	Client           string      `json:"client"`
	Title            string      `json:"title"`
	Brief            string      `json:"brief"`
	Of               string      `json:"of,omitempty"`           // the translation that it proofreads
	Proofreading     string      `json:"proofreading,omitempty"` // the last one of this translation (R32)
	Assets           []AssetBody `json:"assets"`
	Reward           Money       `json:"reward"`
	ZeroRewardReason string      `json:"zeroRewardReason,omitempty"`
	DeliverBy        string      `json:"deliverBy"`
	Seats            []SeatView  `json:"seats"`
	Former           []SeatView  `json:"former,omitempty"`  // given up or taken back
	Waiting          int         `json:"waiting,omitempty"` // pros who asked to be told when a seat reopens; staff only
	FilledAt         string      `json:"filledAt,omitempty"`
	CreatedAt        string      `json:"createdAt"`
	UpdatedAt        string      `json:"updatedAt"`
	PolicyVersion    string      `json:"policyVersion"`
	Actions          []Action    `json:"actions"`
	Deadlines        []Deadline  `json:"deadlines"`
	Timeline         []Entry     `json:"timeline"`
}

// SeatView is one place on a project.
type SeatView struct {
	Taken      bool   `json:"taken"`
	Assignment string `json:"assignment,omitempty"`
	Pro        string `json:"pro,omitempty"` // staff only
	TakenAt    string `json:"takenAt,omitempty"`
	LeftAt     string `json:"leftAt,omitempty"`
}

// ProjectSummary is a row of the list.
type ProjectSummary struct {
	ID        string `json:"id"`
	State     string `json:"state"`
	Type      string `json:"type"`
	Title     string `json:"title"`
	DeliverBy string `json:"deliverBy"`
	Seats     int    `json:"seats"`
	Taken     int    `json:"taken"`
}

// Projects serves the function projects.
func Projects(jobs *project.Service, cursors handler.Cursors) []handler.Endpoint {
	return []handler.Endpoint{
		{Route: "POST /v1/projects", Once: true, Body: true, Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			if err := c.NoQuery(); err != nil {
				return store.Reply{}, err
			}
			b, publish, err := readBrief(c)
			if err != nil {
				return store.Reply{}, err
			}
			return jobs.Create(ctx, ask(c, projectReply(c, http.StatusCreated)), b, publish)
		}},
		{Route: "GET /v1/projects", Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			f := filter{call: c}
			client := f.party("client")
			what := project.ProjectFilter{State: oneOf(&f, "state", project.Lifecycle.States()...), Type: oneOf(&f, "type", project.Types()...)}
			if err := f.wrong.Err(); err != nil {
				return store.Reply{}, err
			}
			return page(ctx, c, cursors, listing{"projects", []string{"client", "state", "type"}}, func(limit int, after store.Position) (store.Page[project.Project], error) {
				return jobs.Projects(ctx, c.Actor, client, what, limit, after)
			}, func(p project.Project) ProjectSummary {
				return ProjectSummary{p.ID, string(p.Progress.State), string(p.Type), p.Title, stamp(p.DeliverBy), len(p.Seats), p.Taken()}
			})
		}},
		{Route: "GET /v1/projects/{projectId}", Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onID(c, "projectId", func(id string) (store.Reply, error) {
				told, err := jobs.Project(ctx, c.Actor, id)
				if err != nil {
					return store.Reply{}, err
				}
				return projectReply(c, http.StatusOK)(told)
			})
		}},
		{Route: "PUT /v1/projects/{projectId}", Edit: true, Body: true, Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onID(c, "projectId", func(id string) (store.Reply, error) {
				b, _, err := readBrief(c)
				if err != nil {
					return store.Reply{}, err
				}
				return jobs.Edit(ctx, ask(c, projectReply(c, http.StatusOK)), id, c.IfMatch, b)
			})
		}},
		{Route: "POST /v1/projects/{projectId}/publish", Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onID(c, "projectId", func(id string) (store.Reply, error) {
				return jobs.Publish(ctx, ask(c, projectReply(c, http.StatusOK)), id)
			})
		}},
		{Route: "POST /v1/projects/{projectId}/cancel", Body: true, Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onID(c, "projectId", func(id string) (store.Reply, error) {
				var body CancelBody
				if err := c.Read(&body); err != nil {
					return store.Reply{}, err
				}
				return jobs.Cancel(ctx, ask(c, projectReply(c, http.StatusOK)), id, body.Reason)
			})
		}},
	}
}

// onID reads the path's id and refuses query parameters before the endpoint does its work.
func onID(c *handler.Call, name string, do func(id string) (store.Reply, error)) (store.Reply, error) {
	value, err := id(c, name)
	if err != nil {
		return store.Reply{}, err
	}
	if err := c.NoQuery(); err != nil {
		return store.Reply{}, err
	}
	return do(value)
}

func readBrief(c *handler.Call) (project.Brief, bool, error) {
	var body ProjectBody
	if err := c.Read(&body); err != nil {
		return project.Brief{}, false, err
	}
	var wrong problem.Fields
	b := project.Brief{
		Client: body.Client, Type: project.Type(body.Type), Category: body.Category, Title: body.Title, Text: body.Brief,
		ZeroRewardReason: body.ZeroRewardReason, Seats: 1, DeliverBy: instant(body.DeliverBy, "/deliverBy", &wrong),
	}
	if body.Seats != nil {
		b.Seats = *body.Seats
	}
	for _, a := range body.Assets {
		b.Assets = append(b.Assets, project.Asset{Name: a.Name, URL: a.URL})
	}
	var err error
	if b.Reward, err = amount(body.Reward, "/reward", &wrong); err != nil {
		return b, false, err
	}
	return b, body.Publish, wrong.Err()
}

func projectReply(c *handler.Call, status int) func(any) (store.Reply, error) {
	return func(outcome any) (store.Reply, error) {
		told := outcome.(project.Told)
		return ok(status, projectView(c, told), told.Project.Version, "/v1/projects/"+told.Project.ID)
	}
}

func projectView(c *handler.Call, told project.Told) ProjectView {
	p, story := told.Project, forClient(c, told.Project.Client, told.Timeline)
	v := ProjectView{
		ID: p.ID, State: string(p.Progress.State), Type: string(p.Type), Category: p.Category, Client: p.Client, Title: p.Title, Brief: p.Brief,
		Of: p.Of, Proofreading: p.Proofreading, Assets: assets(p), Reward: money(p.Reward), ZeroRewardReason: p.ZeroRewardReason, DeliverBy: stamp(p.DeliverBy), Seats: seats(c, p.Seats), Former: seats(c, p.Former),
		FilledAt: stamp(p.FilledAt), CreatedAt: stamp(p.CreatedAt), UpdatedAt: stamp(p.UpdatedAt), PolicyVersion: string(p.Policy),
		Actions: actions(told.Offers(c.Actor, c.Now)), Deadlines: deadlines(p.Ref(), p.Progress, story), Timeline: timeline(c, story),
	}
	if c.Actor.IsStaff() {
		v.Waiting = p.Waiting()
	}
	return v
}

func seats(c *handler.Call, list []project.Seat) []SeatView {
	out := []SeatView{}
	for _, s := range list {
		seat := SeatView{Taken: s.Assignment != "" && s.LeftAt.IsZero(), Assignment: s.Assignment, TakenAt: stamp(s.TakenAt), LeftAt: stamp(s.LeftAt)}
		if c.Actor.IsStaff() {
			seat.Pro = s.Pro
		}
		out = append(out, seat)
	}
	return out
}

func assets(p project.Project) []AssetBody {
	out := []AssetBody{}
	for _, a := range p.Assets {
		out = append(out, AssetBody{a.Name, a.URL})
	}
	return out
}
