package project

import (
	"slices"
	"strings"
	"time"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/store"
)

// Round is one call of invitations. It keeps who was invited at which reward and how they are reached, so that the
// invitations and the one word to those who did not get a seat read one record instead of a profile each.
type Round struct {
	ID        string
	Version   int
	Policy    policy.Version
	Project   string
	By        string // the agent who invited
	SentAt    time.Time
	ExpiresAt time.Time
	Currency  string
	Lines     []Line
}

// Line is one pro's invitation. Accepted, left, closed and expired are derived; only the pro's no and the team's withdrawal
// are written.
type Line struct {
	Pro     string
	Reward  int64           // minor units
	State   lifecycle.State // Invited, Declined or Withdrawn
	At      time.Time       // of Declined or Withdrawn
	Contact party.Contact   // as it was when the invitation went out
	Alone   ledger.Money    // of the reward, raised by one person each since two last agreed; zero where nothing is
}

// Ref names the round.
func (r Round) Ref() store.Ref { return store.Ref{Kind: store.Round, ID: r.ID} }

// Revision is the version to be written.
func (r Round) Revision() int { return r.Version }

// Invitation is one line with what its state depends on.
type Invitation struct {
	ID      string
	Line    Line
	Round   Round
	Project Project
	Other   Project    // of the pair, where the project proofreads another or is proofread by one
	Work    Assignment // on the seat that it won, as far as somebody has looked: what was agreed is there
}

// InvitationID names the i-th line of a round.
func InvitationID(round string, i int) string {
	return "inv_" + strings.TrimPrefix(round, "rnd_") + "-" + itoa(i+1)
}

// RoundOf is the round that an invitation's ID names.
func RoundOf(invitation string) string {
	id, _, _ := strings.Cut(strings.TrimPrefix(invitation, "inv_"), "-")
	return "rnd_" + id
}

// Find is the invitation of that ID in its round.
func (r Round) Find(invitation string, p Project) (Invitation, bool) {
	for i, l := range r.Lines {
		if InvitationID(r.ID, i) == invitation {
			return Invitation{ID: invitation, Line: l, Round: r, Project: p}, true
		}
	}
	return Invitation{}, false
}

// Reward is what this pro was offered.
func (i Invitation) Reward() ledger.Money {
	return ledger.Money{Minor: i.Line.Reward, Currency: i.Round.Currency}
}

// State is what the invitation is at this instant: half-open, it may be accepted while now < ExpiresAt.
func (i Invitation) State(now time.Time) lifecycle.State {
	_, won := i.Project.seatOf(i.ID)
	_, left := i.Left()
	switch {
	case won:
		return Accepted
	case left:
		return Left
	case i.Line.State == Declined, i.Line.State == Withdrawn:
		return i.Line.State
	case !i.ClosedAt().IsZero(), i.Project.Progress.State == Cancelled:
		return Closed
	case !now.Before(i.Round.ExpiresAt):
		return Expired
	}
	return Invited
}

// Left is the seat that the invitation won and that was given up or taken back.
func (i Invitation) Left() (Seat, bool) {
	n := slices.IndexFunc(i.Project.Former, func(s Seat) bool { return s.Invitation == i.ID })
	if n < 0 {
		return Seat{}, false
	}
	return i.Project.Former[n], true
}

// ClosedAt is when the last seat went to others or the project was cancelled, zero where that has not come. A round that a
// project from before seats could reopen remembers without it closed when the project was filled.
func (i Invitation) ClosedAt() time.Time {
	switch r := i.Project.round(i.Round.ID); {
	case !r.ClosedAt.IsZero():
		return r.ClosedAt
	case r.Expired, !i.Project.FilledAt.Before(i.Round.ExpiresAt):
		return time.Time{}
	}
	return i.Project.FilledAt
}

// RolesOf are the roles that an actor holds on this invitation: pro only on one's own.
func (i Invitation) RolesOf(a party.Actor) []lifecycle.Role {
	var held []lifecycle.Role
	for _, r := range a.Roles {
		switch {
		case r == party.QC:
		case r == party.Pro && a.ID != i.Line.Pro:
		case r == party.Client:
		default:
			held = append(held, r)
		}
	}
	return held
}
