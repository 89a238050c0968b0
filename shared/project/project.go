package project

import (
	"slices"
	"strconv"
	"time"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/store"
)

// Type says how a seat is won (R34).
type Type string

// The types.
const (
	Speedy  Type = "speedy"  // the first to accept has it
	Contest Type = "contest" // the first N to accept have a seat each
	Booking Type = "booking" // one named pro, no race
)

// Types lists them.
func Types() []Type { return []Type{Speedy, Contest, Booking} }

// Project is what a client wants made.
type Project struct {
	ID               string
	Version          int
	Progress         lifecycle.Progress
	Policy           policy.Version
	Type             Type
	Category         string
	Client           string
	Title            string
	Brief            string
	Of               string // the translation that this proofreads, if it does (R32)
	Proofreading     string // the proofreading of this translation that was offered last
	Assets           []Asset
	Reward           ledger.Money // what an invitation offers unless it says otherwise (R26)
	ZeroRewardReason string       // why a paid project may offer 0 (R54, A22)
	DeliverBy        time.Time
	Seats            []Seat
	Former           []Seat // those that were given up or taken back
	Rounds           []Invitations
	Watchers         []Watcher
	FilledAt         time.Time
	CreatedAt        time.Time
	UpdatedAt        time.Time // never goes back
}

// Asset is something the pro works with: a name and where the client keeps it.
type Asset struct {
	Name string
	URL  string
}

// Seat is one place on a project (A14).
type Seat struct {
	Assignment string // empty while free
	Invitation string
	Pro        string
	TakenAt    time.Time
	LeftAt     time.Time // of a former one
}

// Invitations is a round as its project remembers it.
type Invitations struct {
	Round     string
	Count     int
	SentAt    time.Time
	ExpiresAt time.Time
	Expired   bool
	Answers   int       // how often the round was written since it went out: declined, withdrawn, or offered a higher reward
	ClosedAt  time.Time // the last seat was taken, or the project cancelled, before it expired; closed for good
}

// Watcher is a pro who came too late and asked to be told when a seat reopens (A21).
type Watcher struct {
	Invitation string // the closed one
	Pro        string
	Since      time.Time
	Again      string // the invitation that came of it; empty while they wait
}

// Ref names the project.
func (p Project) Ref() store.Ref { return store.Ref{Kind: store.Project, ID: p.ID} }

// Revision is the version to be written.
func (p Project) Revision() int { return p.Version }

// Standing is where it is in its lifecycle.
func (p Project) Standing() lifecycle.Progress { return p.Progress }

// Taken counts the seats that are filled.
func (p Project) Taken() int {
	n := 0
	for _, s := range p.Seats {
		if s.Assignment != "" {
			n++
		}
	}
	return n
}

// rewritten is the project after one more write of a round. It counts each, so that a round as it was before is known for old.
func (p Project) rewritten(r Round, now time.Time) Project {
	p.Rounds = slices.Clone(p.Rounds)
	for i := range p.Rounds {
		if p.Rounds[i].Round == r.ID {
			p.Rounds[i].Answers = r.Version - 1
		}
	}
	return p.touched(now)
}

// knowsMoreOf reports whether a round as it was read is older than the project.
func (p Project) knowsMoreOf(r Round) bool {
	return slices.ContainsFunc(p.Rounds, func(i Invitations) bool { return i.Round == r.ID && i.Answers >= r.Version })
}

// seatOf finds the seat that an invitation won.
func (p Project) seatOf(invitation string) (Seat, bool) {
	for _, s := range p.Seats {
		if s.Invitation == invitation && invitation != "" {
			return s, true
		}
	}
	return Seat{}, false
}

// called is the project with one more round out.
func (p Project) called(round Round) Project {
	p.Rounds = append(slices.Clip(p.Rounds), Invitations{Round: round.ID, Count: len(round.Lines), SentAt: round.SentAt, ExpiresAt: round.ExpiresAt})
	p.Progress = p.Progress.Arm(Lifecycle, RoundExpiry, round.ID, round.ExpiresAt)
	return p
}

// open reports whether the round's invitations may still be accepted at that instant.
func (r Invitations) open(now time.Time) bool {
	return !r.Expired && r.ClosedAt.IsZero() && now.Before(r.ExpiresAt)
}

// closed is the project with every open round closed for good, so that nobody is told of them twice. One whose time was up,
// with its alarm still to come, has expired.
func (p Project) closed(now time.Time) Project {
	p.Rounds = slices.Clone(p.Rounds)
	for i, r := range p.Rounds {
		switch {
		case r.open(now):
			p.Rounds[i].ClosedAt = now
		case r.ClosedAt.IsZero():
			p.Rounds[i].Expired = true
		}
	}
	return p
}

// round is what the project remembers of a round.
func (p Project) round(id string) Invitations {
	for _, r := range p.Rounds {
		if r.Round == id {
			return r
		}
	}
	return Invitations{}
}

// RolesOf are the roles that an actor holds on this project: client only on one's own, staff on all, pros none (B46).
func (p Project) RolesOf(a party.Actor) []lifecycle.Role {
	var held []lifecycle.Role
	for _, r := range a.Roles {
		switch {
		case r == party.Pro, r == party.QC:
		case r == party.Client && a.ID != p.Client:
		default:
			held = append(held, r)
		}
	}
	return held
}

func (p Project) touched(now time.Time) Project {
	p.Version++
	p.UpdatedAt = later(p.UpdatedAt, now)
	return p
}

// later keeps a record's time from going back when a worker's clock is behind (I21).
func later(had, now time.Time) time.Time {
	if now.Before(had) {
		return had
	}
	return now
}

func itoa(n int) string { return strconv.Itoa(n) }
