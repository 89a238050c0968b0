package project

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

// Assignment is a filled seat: a pro, the terms that they saw, and the deliverable on its way.
type Assignment struct {
	ID          string
	Version     int
	Progress    lifecycle.Progress
	Policy      policy.Version
	Project     string
	Of          string // the project of the translation that it proofreads, if it does
	Invitation  string
	Client      string
	Pro         string
	Agent       string // who invited, and is in charge (R52)
	Terms       Terms
	Number      int          // the deliverable's version, 0 before the first submit
	Files       []File       // of that version
	Asked       int          // comments that wait for the next version's answers
	FromQC      int          // those of quality control among them, which come first
	WaitsSince  time.Time    // in its queue, for the queue's order
	Reviewer    party.Hidden // who has claimed it in QC
	Late        bool         // the delivery deadline passed with nothing submitted, and none was set since
	TimesLate   int          // how often it became so
	Revisions   int          // versions that quality control sent back
	Rivals      int          // seats of the contest besides this one
	Hold        Hold         // of the delivery deadline, while somebody waits for the client
	Material    []Material   // what the team supplied after the pro had accepted
	PassedAt    time.Time    // first QC approval (A11)
	Delivered   Delivery     // what the client may go on seeing while a later version is with QC; else that is Files
	ReviewUntil time.Time    // half-open: when the client's review closes, or would have (A20)
	Changes     int          // requests for changes of this client so far (A17)
	Request     Request      // the open one; Number is 0 where there is none
	Alone       ledger.Money // adjusted on it and raised by one person each since two last agreed; zero where nothing is
	Fees        []int        // the requests whose fees were agreed, each with a reward of its own
	CaseSince   time.Time    // since when the client's many requests wait for people to look at the case (R51); zero where they do not
	DoneAt      time.Time
	LeftAt      time.Time // given up or taken back
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Terms are what a pro agrees to by accepting. They are frozen on the assignment as they were seen (R53).
type Terms struct {
	Title     string
	Category  string
	Reward    ledger.Money
	DeliverBy time.Time
	Release   policy.Release
	Seen      string // fingerprint of all that was shown, brief and assets included
}

// Delivery is a version as the client has it.
type Delivery struct {
	Number int
	Files  []File
}

// until are the terms with another delivery deadline: a new version, whose fingerprint goes on from the one before (A5).
func (t Terms) until(deliverBy time.Time) Terms { return t.with(t.Reward, deliverBy) }

// File is one file of a submitted version. Its key in the bucket is never built from the name (B97).
type File struct {
	ID     string
	Name   string
	Size   int64  // bytes
	SHA256 string // base64, as verified by the bucket; for multipart uploads the composite of the parts
}

// Ref names the assignment.
func (a Assignment) Ref() store.Ref { return store.Ref{Kind: store.Assignment, ID: a.ID} }

// Revision is the version to be written.
func (a Assignment) Revision() int { return a.Version }

// Waits is where it waits for staff, and since when.
func (a Assignment) Waits() (store.Queue, time.Time) {
	switch a.Progress.State {
	case InQC:
		return store.QC, a.WaitsSince
	case Screening:
		return store.Screening, a.WaitsSince
	}
	return "", time.Time{}
}

// Standing is where it is in its lifecycle.
func (a Assignment) Standing() lifecycle.Progress { return a.Progress }

// RolesOf are the roles that an actor holds on this assignment: pro and client only on their own, QC on what others made.
func (a Assignment) RolesOf(by party.Actor) []lifecycle.Role {
	var held []lifecycle.Role
	for _, r := range by.Roles {
		switch {
		case r == party.Pro && by.ID != a.Pro:
		case r == party.Client && by.ID != a.Client:
		default:
			held = append(held, r)
		}
	}
	return held
}

// late notes that the delivery deadline has passed without a version, once per deadline.
func (a Assignment) late() Assignment {
	if !a.Late {
		a.Late = true
		a.TimesLate++
	}
	return a
}

// revisingUntil sets a revision its own delivery deadline: who was late is not by it, and is again when it passes.
func (a Assignment) revisingUntil(until time.Time, progress lifecycle.Progress) Assignment {
	a.Progress, a.Late = progress.Arm(AssignmentLifecycle, DeliveryDue, "", until), false
	return a
}

// inCharge refuses whoever is neither the agent in charge nor above them (R52).
func (a Assignment) inCharge(by party.Actor) error {
	if by.ID != a.Agent && !by.Is(party.Lead, party.Admin) {
		return problem.New(problem.CodeForbidden, "Another agent is in charge of this assignment. They decide, or a lead.")
	}
	return nil
}

func (a Assignment) touched(now time.Time) Assignment {
	a.Version++
	a.UpdatedAt = later(a.UpdatedAt, now)
	return a
}

// TermsNow are the terms that an invitation offers or, once it has won a seat, those of the work, which may have changed on
// their own since (A5).
func TermsNow(i Invitation, p policy.Policy) Terms {
	if i.Work.ID != "" {
		return i.Work.Terms
	}
	return TermsOf(i, p)
}

// TermsOf are the terms that an invitation offers.
func TermsOf(i Invitation, p policy.Policy) Terms {
	category, _ := p.Category(i.Project.Category)
	t := Terms{
		Title: i.Project.Title, Category: i.Project.Category, Reward: i.Reward(),
		DeliverBy: i.Project.DeliverBy, Release: category.Release,
	}
	shown := fmt.Appendf(nil, "%q%q%q%q%q%q", t.Title, i.Project.Brief, i.Project.Assets, t.Reward, t.DeliverBy.Format(time.RFC3339Nano), t.Release)
	if kept, less := t.IfNotPicked(len(i.Project.Seats), p); less {
		shown = fmt.Appendf(shown, "%q", kept)
	}
	sum := sha256.Sum256(shown)
	t.Seen = base64.RawURLEncoding.EncodeToString(sum[:12])
	return t
}

// IfNotPicked is what the terms of a contest with that many seats leave to who passes quality control and is not picked; less
// is false where that is the reward (A13).
func (t Terms) IfNotPicked(seats int, p policy.Policy) (kept ledger.Money, less bool) {
	kept, forgone, err := t.Reward.Kept(p.NotPickedShare)
	return kept, err == nil && seats > 1 && !forgone.IsZero()
}
