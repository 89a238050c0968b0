package ledger

import (
	"errors"
	"slices"
	"time"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
)

// AdjustmentKind is what a money decision comes to.
type AdjustmentKind string

// The kinds of adjustments.
const (
	Credit     AdjustmentKind = "credit"     // the platform gives the pro something
	ExtraFee   AdjustmentKind = "fee"        // the client pays for something more, and the pro has a share of it
	Correction AdjustmentKind = "correction" // a reward or another adjustment is taken back, whole
)

// The states of an adjustment.
const (
	AdjustmentProposed lifecycle.State = "proposed" // waits for a second person
	AdjustmentPosted   lifecycle.State = "posted"   // its entry is written
	AdjustmentDeclined lifecycle.State = "declined"
	AdjustmentReversed lifecycle.State = "reversed" // a correction has taken it back
)

// What happens to an adjustment.
const (
	Adjust            lifecycle.Action = "adjust"             // propose, and post within the policy's limit
	ApproveAdjustment lifecycle.Action = "approve_adjustment" // the second person's yes
	DeclineAdjustment lifecycle.Action = "decline_adjustment" // the second person's no, or who proposed it takes it back
	Reverse           lifecycle.Action = "reverse"
)

// AdjustmentLifecycle is the table of every decision that people make about money: propose, approve where the policy wants
// two people, post (R56). It has no deadline, since money waits for people.
var AdjustmentLifecycle = lifecycle.Table{
	Name:    "adjustment",
	Initial: AdjustmentProposed,
	Transitions: []lifecycle.Transition{
		{From: AdjustmentProposed, Action: Adjust, To: AdjustmentPosted, By: party.Staff(), Rules: "R56"},
		{From: AdjustmentProposed, Action: ApproveAdjustment, To: AdjustmentPosted, By: []lifecycle.Role{party.Lead, party.Admin}, Rules: "R56 A39"},
		{From: AdjustmentProposed, Action: DeclineAdjustment, To: AdjustmentDeclined, By: party.Staff(), Rules: "R56 A39"},
		{From: AdjustmentPosted, Action: Reverse, To: AdjustmentReversed, By: party.Staff(), Rules: "R56"},
	},
}

// SecondPerson is the queue of decisions that somebody else has to agree to.
const SecondPerson lifecycle.Queue = "second_person"

// Adjustment is one decision about money of an assignment, from its proposal on. Reasons are for the team; Note is for
// those whose money it is.
type Adjustment struct {
	ID         string
	Version    int
	Progress   lifecycle.Progress
	Policy     policy.Version
	Kind       AdjustmentKind
	Amount     Money  // all that moves
	Share      Money  // of it the pro's; negative where it is taken back
	Charge     Money  // of it the client's; negative where it is given back, zero where no client is concerned
	Of         string // the reward or adjustment that a correction takes back
	Reason     party.Hidden
	Note       string
	Assignment string
	Project    string
	Title      string
	Pro        string
	Client     string
	By         party.Hidden // who proposed it
	ProposedAt time.Time
	DecidedBy  party.Hidden // the second person, or who refused
	Refusal    party.Hidden // why it was declined
	DecidedAt  time.Time    // posted or declined
	ReversedBy string       // the correction
	ReversedAt time.Time
}

// Ref names the adjustment.
func (a Adjustment) Ref() lifecycle.Ref { return lifecycle.Ref{Kind: "adjustment", ID: a.ID} }

// Revision is the version to be written.
func (a Adjustment) Revision() int { return a.Version }

// Standing is where it is in its lifecycle.
func (a Adjustment) Standing() lifecycle.Progress { return a.Progress }

// Waits is where it waits for a second person, and since when.
func (a Adjustment) Waits() (lifecycle.Queue, time.Time) {
	if a.Progress.State != AdjustmentProposed {
		return "", time.Time{}
	}
	return SecondPerson, a.ProposedAt
}

// EntryID names the entry that posting it writes.
func (a Adjustment) EntryID() string { return a.ID + "." + string(a.Kind) }

// ErrTakesTwo says that it is more than one person may decide alone.
var ErrTakesTwo = errors.New("more than one person may decide alone")

// Alone is what one person each has decided on some work since two last agreed, once this amount is decided alone, too;
// before is what it was. ErrTakesTwo where that is strictly above the policy's limit, or the currency has none (R56, R106, A36).
func (m Money) Alone(before Money, p policy.Policy) (Money, error) {
	limit, known := p.SecondPersonAbove[m.Currency]
	switch {
	case !known || m.Minor > limit-before.Minor:
		return before, ErrTakesTwo
	case before.IsZero():
		return m, nil
	}
	return before.Add(m)
}

// Proposed is a credit or fee before anybody posts it.
func Proposed(a Adjustment, p policy.Policy, now time.Time) (Adjustment, error) {
	if a.Amount.Minor <= 0 {
		return a, problem.New(problem.CodeAmountOutOfRange, "What is adjusted is more than 0.")
	}
	a.Share = a.Amount
	if a.Kind == ExtraFee {
		fee, err := SharedFee(a.Amount, p)
		if err != nil {
			return a, err
		}
		a.Share, a.Charge = fee.Share, fee.Amount
	}
	return a.begun(p, now), nil
}

// ProposedUndo is a correction before anybody posts it. It takes back what one entry did: a reward's hold, wherever that
// money is now, or an adjustment.
func ProposedUndo(a Adjustment, done Entry, p policy.Policy, now time.Time) (Adjustment, error) {
	held, err := done.Change(Held(a.Pro))
	if err != nil {
		return a, err
	}
	available, err := done.Change(Available(a.Pro))
	if err != nil {
		return a, err
	}
	theirs, err := held.Add(available)
	if err != nil {
		return a, err
	}
	if a.Charge, err = done.Change(Client(a.Client)); err != nil {
		return a, err
	}
	if a.Amount, err = done.Moved(); err != nil {
		return a, err
	}
	a.Share = theirs.Neg()
	return a.begun(p, now), nil
}

func (a Adjustment) begun(p policy.Policy, now time.Time) Adjustment {
	a.Version, a.Progress, a.Policy, a.ProposedAt = 1, lifecycle.Start(AdjustmentLifecycle), p.Version, now
	return a
}

// Posted writes a credit or fee: a courtesy comes from the platform, a fee from the client, and what is not the pro's of it
// is the platform's.
func (a Adjustment) Posted(action lifecycle.Action, by party.Actor, now time.Time) (Adjustment, Entry, error) {
	a, err := a.decided(action, by, now)
	if err != nil {
		return a, Entry{}, err
	}
	if a.Kind == Credit {
		return a, a.entry([]Posting{{Platform, a.Amount.Neg()}, {Available(a.Pro), a.Share}}, now), nil
	}
	rest, err := a.Amount.Add(a.Share.Neg())
	return a, a.entry([]Posting{{Client(a.Client), a.Amount.Neg()}, {Available(a.Pro), a.Share}, {Platform, rest}}, now), err
}

// UndoneBy writes a correction of an adjustment, whose entry is given: both records change, so it can happen once (B62).
func (a Adjustment) UndoneBy(c Adjustment, posted Entry, action lifecycle.Action, by party.Actor, now time.Time) (undone, correction Adjustment, e Entry, err error) {
	if err := a.Reversible(); err != nil {
		return a, c, e, err
	}
	if c, err = c.decided(action, by, now); err != nil {
		return a, c, e, err
	}
	if a.Progress, err = a.Progress.Do(AdjustmentLifecycle, Reverse, by.Roles...); err != nil {
		return a, c, e, err
	}
	a.Version++
	a.ReversedBy, a.ReversedAt = c.ID, now
	return a, c, c.undoing(posted.Postings, a.ID, notBefore(a.DecidedAt, now)), nil
}

// UndoneBy writes a correction of a reward, whose hold is given: the reward is voided wherever it stands, the money leaves
// the account where it is now.
func (r Reward) UndoneBy(c Adjustment, hold Entry, action lifecycle.Action, by party.Actor, now time.Time) (undone Reward, correction Adjustment, e Entry, err error) {
	if err := r.Reversible(); err != nil {
		return r, c, e, err
	}
	if c, err = c.decided(action, by, now); err != nil {
		return r, c, e, err
	}
	if stands, err := hold.Moved(); err != nil || stands != c.Amount {
		return r, c, e, errors.Join(err, problem.New(problem.CodeStateChanged, "The reward is another one than when this was proposed. Decline it, and propose it anew."))
	}
	legs := slices.Clone(hold.Postings)
	for n := range legs {
		if legs[n].Account == Held(r.Pro) && r.Progress.State == RewardCredited {
			legs[n].Account = Available(r.Pro)
		}
	}
	if r.Progress, err = r.Progress.Do(RewardLifecycle, Void, by.Roles...); err != nil {
		return r, c, e, err
	}
	r.Version++
	r.VoidedBy, r.VoidedAt, r.FrozenAt = c.ID, now, time.Time{}
	return r, c, c.undoing(legs, r.ID, notBefore(r.HeldAt, notBefore(r.CreditedAt, now))), nil
}

// Reversible refuses what cannot be taken back: a correction, what has been taken back, or what was never posted (B62).
func (a Adjustment) Reversible() error {
	switch {
	case a.Kind == Correction, a.Progress.State == AdjustmentReversed:
		return alreadyReversed(a.Ref())
	case a.Progress.State != AdjustmentPosted:
		return problem.New(problem.CodeStateChanged, "The adjustment is %s; there is nothing to take back.", a.Progress.State).With("state", string(a.Progress.State))
	}
	return nil
}

// Reversible refuses a reward that has been taken back.
func (r Reward) Reversible() error {
	if r.Progress.State == RewardVoided {
		return alreadyReversed(r.Ref())
	}
	return nil
}

func alreadyReversed(ref lifecycle.Ref) error {
	return problem.New(problem.CodeAlreadyReversed, "%s is taken back already, or is a correction itself.", ref.ID)
}

// Declined is an adjustment that does not happen. A lead or an admin says no to it; who proposed it may take it back.
func (a Adjustment) Declined(reason string, by party.Actor, now time.Time) (Adjustment, error) {
	progress, err := a.Progress.Do(AdjustmentLifecycle, DeclineAdjustment, by.Roles...)
	if err != nil {
		return a, err
	}
	if err := a.MayDecline(by); err != nil {
		return a, err
	}
	a.Version++
	a.Progress, a.DecidedBy, a.Refusal, a.DecidedAt = progress, party.Hidden(by.ID), party.Hidden(reason), now
	return a, nil
}

// MayDecline refuses an agent who did not propose it.
func (a Adjustment) MayDecline(by party.Actor) error {
	if a.By.Reveal() != by.ID && !by.Is(party.Lead, party.Admin) {
		return problem.New(problem.CodeForbidden, "A lead or an admin decides about it, or who proposed it takes it back.")
	}
	return nil
}

// MayApprove refuses who proposed it: the second person is another one (I30).
func (a Adjustment) MayApprove(by party.Actor) error {
	if a.By.Reveal() == by.ID {
		return problem.New(problem.CodeConflictOfInterest, "Who proposes an adjustment does not approve it.")
	}
	return nil
}

// decided is an adjustment that is posted: at once by who proposes it, or by a second person (I30).
func (a Adjustment) decided(action lifecycle.Action, by party.Actor, now time.Time) (Adjustment, error) {
	progress, err := a.Progress.Do(AdjustmentLifecycle, action, by.Roles...)
	if err != nil {
		return a, err
	}
	if action == ApproveAdjustment {
		if err := a.MayApprove(by); err != nil {
			return a, err
		}
		a.Version++
		a.DecidedBy = party.Hidden(by.ID)
	}
	a.Progress, a.DecidedAt = progress, now
	return a, nil
}

func (a Adjustment) entry(legs []Posting, now time.Time) Entry {
	return Entry{
		ID: a.EntryID(), Pro: a.Pro, Kind: string(a.Kind), Assignment: a.Assignment, Title: a.Title, Postings: legs,
		At: now, Rule: "manual@" + string(a.Policy),
	}
}

// undoing is the entry of a correction: every leg the other way.
func (a Adjustment) undoing(legs []Posting, of string, now time.Time) Entry {
	e := a.entry(slices.Clone(legs), now)
	for n := range e.Postings {
		e.Postings[n].Amount = e.Postings[n].Amount.Neg()
	}
	e.Reverses = of
	return e
}

// VisibleTo reports whether an actor may know of it: staff do, and once money has moved those whose money it is.
func (a Adjustment) VisibleTo(by party.Actor) bool {
	if by.IsStaff() {
		return true
	}
	if a.Progress.State != AdjustmentPosted && a.Progress.State != AdjustmentReversed {
		return false
	}
	return by.Is(party.Pro) && by.ID == a.Pro || by.Is(party.Client) && by.ID == a.Client && !a.Charge.IsZero()
}
