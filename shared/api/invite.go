package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// InviteBody invites many pros at once, each with the reward decided for them.
type InviteBody struct {
	Invitations []GuestBody `json:"invitations"`
	ExpiresAt   *string     `json:"expiresAt" max:"40"`
}

// GuestBody is one pro of a round.
type GuestBody struct {
	Pro    string `json:"pro" max:"64"`
	Reward *Money `json:"reward"`
}

// RoundView is a round as staff see it.
type RoundView struct {
	ID          string           `json:"id"`
	Project     string           `json:"project"`
	SentAt      string           `json:"sentAt"`
	ExpiresAt   string           `json:"expiresAt"`
	Invitations []InvitationLine `json:"invitations"`
}

// InvitationLine is one invitation of a round.
type InvitationLine struct {
	ID     string `json:"id"`
	Pro    string `json:"pro"`
	State  string `json:"state"`
	Reward Money  `json:"reward"`
}

// Invite serves the function invite.
func Invite(jobs *project.Service) []handler.Endpoint {
	return []handler.Endpoint{
		{Route: "POST /v1/projects/{projectId}/invitations", Once: true, Body: true, Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onID(c, "projectId", func(id string) (store.Reply, error) {
				guests, expires, err := readGuests(c)
				if err != nil {
					return store.Reply{}, err
				}
				return jobs.Invite(ctx, ask(c, func(outcome any) (store.Reply, error) {
					sent := outcome.(project.Sent)
					return ok(http.StatusCreated, roundView(sent.Project, sent.Round, c.Now), 0, "/v1/projects/"+id+"/invitations")
				}), id, guests, expires)
			})
		}},
		{Route: "GET /v1/projects/{projectId}/invitations", Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onID(c, "projectId", func(id string) (store.Reply, error) {
				p, rounds, err := jobs.Rounds(ctx, c.Actor, id)
				if err != nil {
					return store.Reply{}, err
				}
				view := List[RoundView]{Data: []RoundView{}}
				for _, r := range rounds {
					view.Data = append(view.Data, roundView(p, r, c.Now))
				}
				return shown(view, 0)
			})
		}},
		offerProofreading(jobs),
		{Route: "POST /v1/invitations/{invitationId}/withdraw", Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onID(c, "invitationId", func(id string) (store.Reply, error) {
				return jobs.Withdraw(ctx, ask(c, invitationReply(c, jobs)), id)
			})
		}},
	}
}

func readGuests(c *handler.Call) ([]project.Guest, time.Time, error) {
	var body InviteBody
	if err := c.Read(&body); err != nil {
		return nil, time.Time{}, err
	}
	var wrong problem.Fields
	var guests []project.Guest
	for i, g := range body.Invitations {
		guest := project.Guest{Pro: g.Pro}
		if g.Reward != nil {
			reward, err := amount(*g.Reward, "/invitations/"+strconv.Itoa(i)+"/reward", &wrong)
			if err != nil {
				return nil, time.Time{}, err
			}
			guest.Reward = &reward
		}
		guests = append(guests, guest)
	}
	var expires time.Time
	if body.ExpiresAt != nil {
		expires = instant(*body.ExpiresAt, "/expiresAt", &wrong)
	}
	return guests, expires, wrong.Err()
}

func roundView(p project.Project, r project.Round, now time.Time) RoundView {
	v := RoundView{ID: r.ID, Project: r.Project, SentAt: stamp(r.SentAt), ExpiresAt: stamp(r.ExpiresAt), Invitations: []InvitationLine{}}
	for i := range r.Lines {
		invitation, _ := r.Find(project.InvitationID(r.ID, i), p)
		v.Invitations = append(v.Invitations, InvitationLine{
			ID: invitation.ID, Pro: invitation.Line.Pro, State: string(invitation.State(now)), Reward: money(invitation.Reward()),
		})
	}
	return v
}
