package help

import (
	"time"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/store"
)

// Flag is a pro's call for help. What was said on it is in its timeline, the snapshot in the fact that raised it.
type Flag struct {
	ID       string
	Version  int
	Progress lifecycle.Progress
	Policy   policy.Version
	Subject  Subject
	Reason   Reason
	Agent    party.Hidden // who works on it

	RaisedAt    time.Time
	AnswerBy    time.Time // the promise, or the one before it was kept
	OwedSince   time.Time // since when the pro waits for a person; zero while nobody owes an answer
	BreachedAt  time.Time // when the promise was first broken
	Escalated   bool      // broken and not answered since: at the top of the queue
	RespondedAt time.Time // the first answer of a person (A2)
	ResolvedAt  time.Time
	Paused      Pause
	Waited      time.Duration // of the pauses that are over
	Proposal    Proposal
	Outcome     Outcome // once resolved
	UpdatedAt   time.Time
}

// Heading is what staff find it under in the list of what is due, and who works on it.
func (f Flag) Heading() (title, agent string) {
	if f.Subject.Reference != "" {
		return f.Subject.Reference, f.Agent.Reveal()
	}
	return f.Subject.Title, f.Agent.Reveal()
}

// Subject is what a flag is about: one pro's part in a project, or a project of the old system, known by its reference (R18).
type Subject struct {
	Project    string
	Reference  string
	Title      string
	Client     string
	Pro        string
	Invitation string
	Assignment string       // empty while they are only invited (A3)
	InCharge   string       // the agent who invited them
	Reward     ledger.Money // when the flag was raised
}

// Relation is what the pro was to the project when they raised the flag (A3).
func (s Subject) Relation() string {
	switch {
	case s.Reference != "":
		return "old_system"
	case s.Assignment != "":
		return "assigned"
	}
	return "invited"
}

// topic is what there is at most one open flag about, for each pro (A6).
func (s Subject) topic() string {
	if s.Reference != "" {
		return "old/" + s.Reference
	}
	return s.Project
}

// Pause is a wait for the client: since when and why, and the question that ends it when it is answered.
type Pause struct {
	Since    time.Time
	Why      string
	Question string
}

// Proposal is an outcome that waits for a second person.
type Proposal struct {
	By      party.Hidden
	At      time.Time
	Outcome Outcome
}

// Ref names the flag.
func (f Flag) Ref() store.Ref { return store.Ref{Kind: store.Flag, ID: f.ID} }

// Revision is the version to be written.
func (f Flag) Revision() int { return f.Version }

// Standing is where it is in its lifecycle.
func (f Flag) Standing() lifecycle.Progress { return f.Progress }

// RolesOf are the roles that an actor holds on this flag: pro on one's own, staff on all others, clients and QC none (A9). Who
// raised it, or is the client of its project, is nobody of the team here, whatever roles they hold: people do not decide
// about themselves (I30), and an answer to oneself keeps no promise (A2).
func (f Flag) RolesOf(by party.Actor) []lifecycle.Role {
	var held []lifecycle.Role
	for _, r := range by.Roles {
		raised := by.ID == f.Subject.Pro
		switch {
		case r == party.Client, r == party.QC:
		case raised != (r == party.Pro):
		case r != party.Pro && by.ID == f.Subject.Client:
		default:
			held = append(held, r)
		}
	}
	return held
}

// Visible reports whether the actor may know that the flag exists.
func (f Flag) Visible(by party.Actor) bool { return len(f.RolesOf(by)) > 0 }

// ahead puts escalated flags before all that are not, in the order of their promises among themselves.
const ahead = 1000

// Waits is where the flag stands in the queue: by what was promised next. That is an answer while one is owed, and then a
// resolution.
func (f Flag) Waits() (store.Queue, time.Time) {
	switch {
	case f.Progress.State == Resolved:
		return "", time.Time{}
	case f.Escalated:
		return store.Flags, f.AnswerBy.AddDate(-ahead, 0, 0)
	case !f.OwedSince.IsZero():
		return store.Flags, f.AnswerBy
	}
	return store.Flags, f.ExpectedBy(f.UpdatedAt)
}

// Month is the month of raising, under which figures find the flag.
func (f Flag) Month() string { return MonthOf(f.RaisedAt) }

// MonthOf names the month of an instant.
func MonthOf(t time.Time) string { return t.UTC().Format("2006-01") }

func (f Flag) touched(now time.Time) Flag {
	f.Version++
	if now.After(f.UpdatedAt) { // another worker's clock may be behind; time never goes back (I21)
		f.UpdatedAt = now
	}
	return f
}
