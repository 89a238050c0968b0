package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// AcceptBody names the terms that the pro saw, so that nobody agrees to something else.
type AcceptBody struct {
	Terms string `json:"terms" max:"64"`
}

// InvitationView is an invitation as its pro opens it: everything needed to decide while it is open, and the truth about
// what became of it afterwards. It names nobody else (R25–R29, R53, A21).
type InvitationView struct {
	ID         string           `json:"id"`
	State      string           `json:"state"`
	Project    string           `json:"project"`
	Type       string           `json:"type"`
	Title      string           `json:"title"`
	Proofreads string           `json:"proofreads,omitempty"` // the title of the translation (R32)
	Brief      string           `json:"brief,omitempty"`      // while open, and for the pro who has the seat
	Assets     []AssetBody      `json:"assets,omitempty"`     // likewise
	Terms      *TermsView       `json:"terms,omitempty"`
	Seats      SeatCount        `json:"seats"`
	NotifiedAt string           `json:"notifiedAt"`
	ExpiresAt  string           `json:"expiresAt"`
	FilledAt   string           `json:"filledAt,omitempty"`
	Assignment string           `json:"assignment,omitempty"`
	Watching   bool             `json:"watching,omitempty"` // is told when a seat reopens (A21)
	Again      string           `json:"again,omitempty"`    // the invitation that came of it
	Actions    []Action         `json:"actions"`
	Deadlines  []Deadline       `json:"deadlines"`
	Timeline   []InvitationFact `json:"timeline"`
}

// InvitationFact is one line of an invitation's story, derived from the round and the project.
type InvitationFact struct {
	At   string `json:"at"`
	Fact string `json:"fact"`
}

// TermsView is what a pro agrees to.
type TermsView struct {
	Version   string `json:"version"` // send it back when accepting
	Reward    Money  `json:"reward"`
	DeliverBy string `json:"deliverBy"`
	Release   string `json:"release"` // when the reward becomes the pro's
	HoldHours int    `json:"holdHours,omitempty"`
	NotPicked *Money `json:"ifNotPicked,omitempty"` // in a contest, where who passes quality control and is not picked earns less (A13)
}

// SeatCount says how many seats there are and how many are taken.
type SeatCount struct {
	Total int `json:"total"`
	Taken int `json:"taken"`
}

// Accept serves the function accept.
func Accept(jobs *project.Service) []handler.Endpoint {
	return []handler.Endpoint{
		{Route: "GET /v1/invitations/{invitationId}", Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onID(c, "invitationId", func(id string) (store.Reply, error) {
				i, err := jobs.Invitation(ctx, c.Actor, id)
				if err != nil {
					return store.Reply{}, err
				}
				return invitationReply(c, jobs)(i)
			})
		}},
		{Route: "POST /v1/invitations/{invitationId}/accept", Once: true, Body: true, Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onID(c, "invitationId", func(id string) (store.Reply, error) {
				var body AcceptBody
				if err := c.Read(&body); err != nil {
					return store.Reply{}, err
				}
				if body.Terms == "" {
					var wrong problem.Fields
					wrong.Add("/terms", "Send the version of the terms that you saw.")
					return store.Reply{}, wrong.Err()
				}
				return jobs.Accept(ctx, ask(c, assignmentReply(c, http.StatusCreated)), id, body.Terms)
			})
		}},
		{Route: "POST /v1/invitations/{invitationId}/decline", Handle: onInvitation(jobs, jobs.Decline)},
	}
}

func invitationReply(c *handler.Call, jobs *project.Service) func(any) (store.Reply, error) {
	return func(outcome any) (store.Reply, error) {
		view, err := invitationView(c, jobs, outcome.(project.Invitation))
		if err != nil {
			return store.Reply{}, err
		}
		return shown(view, 0)
	}
}

func invitationView(c *handler.Call, jobs *project.Service, i project.Invitation) (InvitationView, error) {
	book, err := jobs.Policies.At(i.Round.Policy)
	if err != nil {
		return InvitationView{}, err
	}
	p, state := i.Project, i.State(c.Now)
	v := InvitationView{
		ID: i.ID, State: string(state), Project: p.ID, Type: string(p.Type), Title: p.Title,
		Seats: SeatCount{len(p.Seats), p.Taken()}, NotifiedAt: stamp(i.Round.SentAt), ExpiresAt: stamp(i.Round.ExpiresAt), FilledAt: stamp(filledAt(i)),
		Actions: actions(i.Offers(c.Actor, c.Now)), Deadlines: []Deadline{{project.RoundExpiry, stamp(i.Round.ExpiresAt), expiryState(state)}},
		Timeline: invitationStory(i, c),
	}
	if state == project.Invited || state == project.Accepted || c.Actor.IsStaff() {
		terms := project.TermsNow(i, book)
		v.Brief, v.Assets = p.Brief, assets(p)
		v.Terms = &TermsView{Version: terms.Seen, Reward: money(terms.Reward), DeliverBy: stamp(terms.DeliverBy), Release: string(terms.Release), HoldHours: int(book.RewardHold.Hours())}
		if kept, less := terms.IfNotPicked(len(p.Seats), book); less {
			v.Terms.NotPicked = some(kept)
		}
	}
	if p.Of != "" {
		v.Proofreads = i.Other.Title
	}
	for _, s := range slices.Concat(p.Seats, p.Former) {
		if s.Invitation == i.ID {
			v.Assignment = s.Assignment
		}
	}
	if w, asked := i.Watch(); asked {
		v.Watching, v.Again = w.Again == "", w.Again
	}
	return v, nil
}

// filledAt is when the last seat went: on a closed invitation the one that closed it, whatever became of it since.
func filledAt(i project.Invitation) time.Time {
	if i.Project.Progress.State == project.Cancelled {
		return time.Time{}
	}
	if closed := i.ClosedAt(); !closed.IsZero() {
		return closed
	}
	return i.Project.FilledAt
}

func expiryState[S ~string](s S) string {
	switch string(s) {
	case string(project.Invited):
		return "live"
	case string(project.Expired):
		return "fired"
	}
	return "cancelled"
}

func invitationStory(i project.Invitation, c *handler.Call) []InvitationFact {
	story := []InvitationFact{{stamp(i.Round.SentAt), "invited"}}
	switch state := i.State(c.Now); state {
	case project.Declined, project.Withdrawn:
		story = append(story, InvitationFact{stamp(i.Line.At), string(state)})
	case project.Expired:
		story = append(story, InvitationFact{stamp(i.Round.ExpiresAt), "expired"})
	case project.Closed:
		if filled := filledAt(i); !filled.IsZero() {
			story = append(story, InvitationFact{stamp(filled), "all seats taken"})
		}
		if w, asked := i.Watch(); asked {
			story = append(story, InvitationFact{stamp(w.Since), "asked to be told when a seat reopens"})
		}
	case project.Left:
		left, _ := i.Left()
		story = append(story, InvitationFact{stamp(left.TakenAt), "accepted"}, InvitationFact{stamp(left.LeftAt), "left"})
	case project.Accepted:
		for _, s := range i.Project.Seats {
			if s.Invitation == i.ID {
				story = append(story, InvitationFact{stamp(s.TakenAt), "accepted"})
			}
		}
	}
	return story
}
