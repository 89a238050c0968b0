package api

import (
	"context"

	"github.com/callsheet/callsheet/shared/files"
	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// DeliveryView is what the client may see and download: what QC approved, and until when to decide (R46, A20).
type DeliveryView struct {
	Assignment string     `json:"assignment"`
	State      string     `json:"state"`
	Title      string     `json:"title"`
	Version    int        `json:"version"`
	Files      []FileView `json:"files"`
	ClosesAt   string     `json:"closesAt,omitempty"`
	DaysLeft   int        `json:"daysLeft"`            // whole days until it closes by itself
	ChangesBy  string     `json:"changesBy,omitempty"` // until when changes may be asked for, also after the approval
	Actions    []Action   `json:"actions"`
	Deadlines  []Deadline `json:"deadlines"`
	Timeline   []Entry    `json:"timeline"`
}

// Review serves the function review.
func Review(jobs *project.Service, bucket *files.Bucket) []handler.Endpoint {
	return []handler.Endpoint{
		{Route: "GET /v1/assignments/{assignmentId}/delivery", Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onID(c, "assignmentId", func(id string) (store.Reply, error) {
				held, err := jobs.Assignment(ctx, c.Actor, id)
				if err != nil {
					return store.Reply{}, err
				}
				a := held.Assignment
				if c.Actor.ID != a.Client && !c.Actor.IsStaff() {
					return store.Reply{}, problem.New(problem.CodeForbidden, "The delivery is for the project's client.")
				}
				view := deliveryView(c, held)
				if view.Files, err = downloads(ctx, bucket, id, view.Files, jobs.Policies.Current().DownloadURL); err != nil {
					return store.Reply{}, err
				}
				return shown(view, a.Version)
			})
		}},
		{Route: "POST /v1/assignments/{assignmentId}/approve", Once: true, Handle: onAssignment(jobs.Approve)},
	}
}

func deliveryView(c *handler.Call, held project.Held) DeliveryView {
	a, story := held.Assignment, forClient(c, held.Assignment.Client, held.Timeline)
	shown := a.Shown()
	v := DeliveryView{
		Assignment: a.ID, State: string(a.Progress.State), Title: a.Terms.Title, Version: shown.Number, Files: fileViews(shown.Files),
		Actions: actions(a.Offers(c.Actor, c.Now)), Deadlines: deadlines(a.Ref(), a.Progress, story), Timeline: timeline(c, story),
	}
	if due, live := a.Progress.Live(project.ReviewAutoClose, ""); live {
		v.ClosesAt, v.DaysLeft = stamp(due.At), max(0, int(due.At.Sub(c.Now).Hours()/24))
	}
	if a.MayStillAsk(c.Now) {
		v.ChangesBy = stamp(a.ReviewUntil)
	}
	return v
}
