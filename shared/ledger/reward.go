package ledger

import (
	"time"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
)

// The states of a reward.
const (
	RewardHeld     lifecycle.State = "held"     // on hold since the first QC approval
	RewardFrozen   lifecycle.State = "frozen"   // on hold until a person lets it go
	RewardCredited lifecycle.State = "credited" // the pro's
	RewardVoided   lifecycle.State = "voided"   // taken back
)

// What happens to a reward.
const (
	Release  lifecycle.Action = "release" // the hold is over
	Approve  lifecycle.Action = "approve" // the client approved, where the category releases on that
	Freeze   lifecycle.Action = "freeze"
	Unfreeze lifecycle.Action = "unfreeze"
	Void     lifecycle.Action = "void" // by a correction
)

// ReleaseDeadline is when a held reward becomes the pro's.
const ReleaseDeadline = "reward.release"

// RewardLifecycle is the reward's table (R55, R56, A10–A13). What is due to a frozen reward waits with it: the client's
// approval is noted, and whoever lets the reward go sets its release anew.
var RewardLifecycle = lifecycle.Table{
	Name:    "reward",
	Initial: RewardHeld,
	Transitions: []lifecycle.Transition{
		{From: RewardHeld, Action: Release, To: RewardCredited, By: []lifecycle.Role{lifecycle.Timer}, Rules: "R55 A11 A12 A13"},
		{From: RewardHeld, Action: Approve, To: RewardCredited, By: []lifecycle.Role{party.Client, lifecycle.Timer}, Rules: "A10"},
		{From: RewardHeld, Action: Freeze, To: RewardFrozen, By: party.Staff(), Rules: "A11"},
		{From: RewardHeld, Action: Void, To: RewardVoided, By: party.Staff(), Rules: "R56"},
		{From: RewardFrozen, Action: Unfreeze, To: RewardHeld, By: party.Staff(), Rules: "A11"},
		{From: RewardFrozen, Action: Approve, To: RewardFrozen, By: []lifecycle.Role{party.Client, lifecycle.Timer}, Rules: "A10 A11"},
		{From: RewardFrozen, Action: Void, To: RewardVoided, By: party.Staff(), Rules: "R56"},
		{From: RewardCredited, Action: Void, To: RewardVoided, By: party.Staff(), Rules: "R56"},
		{From: RewardHeld, Action: Lessen, To: RewardHeld, By: []lifecycle.Role{party.Client}, Rules: "A13 A14"},
		{From: RewardFrozen, Action: Lessen, To: RewardFrozen, By: []lifecycle.Role{party.Client}, Rules: "A13 A14"},
		{From: RewardCredited, Action: Lessen, To: RewardCredited, By: []lifecycle.Role{party.Client}, Rules: "A13 A14"},
		{From: RewardHeld, Action: Forfeit, To: RewardVoided, By: []lifecycle.Role{party.Client}, Rules: "A13 A14"},
		{From: RewardFrozen, Action: Forfeit, To: RewardVoided, By: []lifecycle.Role{party.Client}, Rules: "A13 A14"},
		{From: RewardCredited, Action: Forfeit, To: RewardVoided, By: []lifecycle.Role{party.Client}, Rules: "A13 A14"},
	},
	Deadlines: map[lifecycle.State][]lifecycle.Deadline{
		RewardHeld: {{Kind: ReleaseDeadline, Action: Release, Rules: "R55 A12"}},
	},
}

// Reward is what a pro earns for one assignment, or for one change that its client paid for, from hold to credit, with the
// facts behind it.
type Reward struct {
	ID         string
	Version    int
	Progress   lifecycle.Progress
	Pro        string
	Project    string
	Assignment string
	Change     int    // the client's request whose fee this is a share of; 0 for the work itself
	Title      string // the project's, as the pro saw it
	Amount     Money  // without what is forgone
	Forgone    Money  // taken away because the work was not picked
	Rule       policy.Release
	Policy     policy.Version
	HeldAt     time.Time // the first QC approval (A11); of a fee, when the pro accepted their share
	ReleaseAt  time.Time // when it becomes the pro's; zero while the client's approval is what it waits for, or QC's of what a fee pays for
	FrozenAt   time.Time // zero unless it is frozen
	CreditedAt time.Time
	VoidedAt   time.Time
	VoidedBy   string // the correction; empty where all of it is forgone
}

// Ref names the reward; it is kept with its pro, whose statement lists it.
func (r Reward) Ref() lifecycle.Ref {
	return lifecycle.Ref{Kind: "reward", ID: r.ID, Owner: r.Pro}
}

// Revision is the version to be written.
func (r Reward) Revision() int { return r.Version }

// Standing is where it is in its lifecycle.
func (r Reward) Standing() lifecycle.Progress { return r.Progress }

// Pending reports whether it is on hold or frozen: neither the pro's yet, nor taken back.
func (r Reward) Pending() bool {
	return r.Progress.State == RewardHeld || r.Progress.State == RewardFrozen
}

// Hold puts a new reward on hold at the first QC approval and arms its release (R55). The caller gives it once per
// assignment: the entry's ID makes a second one impossible.
func Hold(r Reward, p policy.Policy, now time.Time) (Reward, Entry) {
	r.Progress, r.HeldAt, r.Policy = lifecycle.Start(RewardLifecycle), now, p.Version
	if r.Rule == policy.AfterHold {
		r.ReleaseAt = now.Add(p.RewardHold)
		r.Progress = r.Progress.Arm(RewardLifecycle, ReleaseDeadline, "", r.ReleaseAt)
	}
	return r, r.entry("hold", Due(r.Project), Held(r.Pro), now)
}

// ReleaseNow credits a reward whose hold is over. One millisecond early is refused (B64).
func ReleaseNow(r Reward, by party.Actor, now time.Time) (Reward, Entry, error) {
	if r.ReleaseAt.IsZero() || now.Before(r.ReleaseAt) {
		return r, Entry{}, problem.New(problem.CodeNotYet, "The reward is on hold until %s.", r.ReleaseAt.Format(time.RFC3339Nano))
	}
	return credit(r, Release, by.Roles, r.ReleaseAt) // however late the alarm rang
}

// ApproveNow credits a reward that waits for the client's approval; for any other rule it changes nothing (A10, A13). On a
// frozen one the approval is noted, and no money moves: the entry is empty.
func ApproveNow(r Reward, roles []lifecycle.Role, now time.Time) (Reward, Entry, error) {
	if r.Rule != policy.OnClientApproval {
		return r, Entry{}, problem.New(problem.CodeStateChanged, "The client's approval does not release this reward.")
	}
	if r.Progress.State != RewardFrozen {
		return credit(r, Approve, roles, now)
	}
	if _, err := r.Progress.Do(RewardLifecycle, Approve, roles...); err != nil {
		return r, Entry{}, err
	}
	if r.ReleaseAt.IsZero() {
		r.ReleaseAt = now
	}
	r.Version++
	return r, Entry{}, nil
}

// FreezeNow keeps a reward from being credited until a person lets it go. From the instant of its release on it is the
// pro's, however late the alarm rings, and cannot be frozen any more (A11).
func FreezeNow(r Reward, by party.Actor, now time.Time) (Reward, error) {
	progress, err := r.Progress.Do(RewardLifecycle, Freeze, by.Roles...)
	if err != nil {
		return r, err
	}
	if due, live := r.Progress.Live(ReleaseDeadline, ""); live && !now.Before(due.At) {
		return r, problem.New(problem.CodeDeadlinePassed, "The hold ended at %s.", due.At.Format(time.RFC3339Nano))
	}
	r.Progress, r.FrozenAt = progress, now
	r.Version++
	return r, nil
}

// UnfreezeNow lets a frozen reward go. A release whose instant has passed meanwhile comes now, and is never back-dated (B63).
func UnfreezeNow(r Reward, by party.Actor, now time.Time) (Reward, error) {
	progress, err := r.Progress.Do(RewardLifecycle, Unfreeze, by.Roles...)
	if err != nil {
		return r, err
	}
	r.Progress, r.FrozenAt = progress, time.Time{}
	r.Version++
	if r.ReleaseAt.IsZero() {
		return r, nil
	}
	if r.ReleaseAt.Before(now) {
		r.ReleaseAt = now
	}
	r.Progress = r.Progress.Arm(RewardLifecycle, ReleaseDeadline, "", r.ReleaseAt)
	return r, nil
}

func credit(r Reward, action lifecycle.Action, roles []lifecycle.Role, now time.Time) (Reward, Entry, error) {
	progress, err := r.Progress.Do(RewardLifecycle, action, roles...)
	if err != nil {
		return r, Entry{}, err
	}
	r.Progress, r.CreditedAt = progress, now
	r.Version++
	return r, r.entry("credit", Held(r.Pro), Available(r.Pro), now), nil
}

func (r Reward) entry(kind string, from, to Account, now time.Time) Entry {
	return Entry{
		ID: r.ID + "." + kind, Pro: r.Pro, Kind: kind, Reward: r.ID, Assignment: r.Assignment, Title: r.Title,
		At: now, Rule: string(r.Rule) + "@" + string(r.Policy),
		Postings: []Posting{{from, r.Amount.Neg()}, {to, r.Amount}},
	}
}
