package api

import (
	"context"
	"net/http"
	"time"

	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// LeaveBody says why work is given up or taken back.
type LeaveBody struct {
	Reason string `json:"reason" max:"500" text:"lines"`
}

// ExtendBody grants more time, and says why.
type ExtendBody struct {
	DeliverBy string `json:"deliverBy" max:"40"`
	Reason    string `json:"reason" max:"500" text:"lines"`
}

// PickBody names the winners of a contest.
type PickBody struct {
	Assignments []string `json:"assignments" max:"64"`
}

// Seats serves the function seats.
func Seats(jobs *project.Service) []handler.Endpoint {
	return []handler.Endpoint{
		{Route: "POST /v1/assignments/{assignmentId}/withdraw", Once: true, Body: true, Handle: leave(jobs.GiveUp)},
		{Route: "POST /v1/assignments/{assignmentId}/reassign", Once: true, Body: true, Handle: leave(jobs.TakeBack)},
		{Route: "POST /v1/assignments/{assignmentId}/extend", Once: true, Body: true, Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onID(c, "assignmentId", func(id string) (store.Reply, error) {
				until, reason, err := readExtension(c)
				if err != nil {
					return store.Reply{}, err
				}
				return jobs.ExtendDelivery(ctx, ask(c, assignmentReply(c, http.StatusOK)), id, until, reason)
			})
		}},
		{Route: "POST /v1/projects/{projectId}/extend", Once: true, Body: true, Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onID(c, "projectId", func(id string) (store.Reply, error) {
				until, reason, err := readExtension(c)
				if err != nil {
					return store.Reply{}, err
				}
				return jobs.ExtendProject(ctx, ask(c, projectReply(c, http.StatusOK)), id, until, reason)
			})
		}},
		{Route: "POST /v1/projects/{projectId}/pick", Once: true, Body: true, Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onID(c, "projectId", func(id string) (store.Reply, error) {
				var body PickBody
				if err := c.Read(&body); err != nil {
					return store.Reply{}, err
				}
				if most := jobs.Policies.Current().SeatsPerProject; len(body.Assignments) > most {
					return store.Reply{}, problem.New(problem.CodeTooManyItems, "A contest has at most %d seats.", most)
				}
				return jobs.Pick(ctx, ask(c, projectReply(c, http.StatusOK)), id, body.Assignments)
			})
		}},
		{Route: "POST /v1/invitations/{invitationId}/watch", Handle: onInvitation(jobs, jobs.Watch)},
		{Route: "POST /v1/invitations/{invitationId}/unwatch", Handle: onInvitation(jobs, jobs.Unwatch)},
	}
}

func leave(do func(context.Context, project.Ask, string, string) (store.Reply, error)) func(context.Context, *handler.Call) (store.Reply, error) {
	return func(ctx context.Context, c *handler.Call) (store.Reply, error) {
		return onID(c, "assignmentId", func(id string) (store.Reply, error) {
			var body LeaveBody
			if err := c.Read(&body); err != nil {
				return store.Reply{}, err
			}
			var wrong problem.Fields
			reasoned(body.Reason, &wrong)
			if err := wrong.Err(); err != nil {
				return store.Reply{}, err
			}
			return do(ctx, ask(c, assignmentReply(c, http.StatusOK)), id, body.Reason)
		})
	}
}

func readExtension(c *handler.Call) (until time.Time, reason string, err error) {
	var body ExtendBody
	if err := c.Read(&body); err != nil {
		return time.Time{}, "", err
	}
	var wrong problem.Fields
	until = instant(body.DeliverBy, "/deliverBy", &wrong)
	reasoned(body.Reason, &wrong)
	return until, body.Reason, wrong.Err()
}

func reasoned(reason string, wrong *problem.Fields) {
	if reason == "" {
		wrong.Add("/reason", "Say why.")
	}
}

// onInvitation is an endpoint that does one thing to the invitation in its path.
func onInvitation(jobs *project.Service, do func(context.Context, project.Ask, string) (store.Reply, error)) func(context.Context, *handler.Call) (store.Reply, error) {
	return func(ctx context.Context, c *handler.Call) (store.Reply, error) {
		return onID(c, "invitationId", func(id string) (store.Reply, error) {
			return do(ctx, ask(c, invitationReply(c, jobs)), id)
		})
	}
}
