package project

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

// What people decide about money: holding a reward back, and credits, fees and corrections (R56, A11).

// Why is what somebody says about a decision: a reason for the team's records, and a note for those whose money it is.
type Why struct{ Reason, Note string }

// Proposal is what somebody wants to be done with the money of an assignment. A correction takes back all of what Of names;
// its amount follows from that.
type Proposal struct {
	Kind   ledger.AdjustmentKind
	Amount ledger.Money
	Of     string
	Why    Why
}

// inCharge is the actor with the roles that count on an assignment's money: an agent's only on what they are in charge of
// (R52, R56). Nobody decides about money of their own (I30).
func inCharge(a Assignment, by party.Actor) (party.Actor, error) {
	if !by.IsStaff() {
		return by, problem.New(problem.CodeForbidden, "Money is decided about by the agent in charge.")
	}
	if by.ID == a.Pro || by.ID == a.Client {
		return by, problem.New(problem.CodeConflictOfInterest, "This is your own money, so somebody else decides about it.")
	}
	by.Roles = slices.DeleteFunc(slices.Clone(by.Roles), func(r lifecycle.Role) bool { return r == party.Agent && by.ID != a.Agent })
	if !by.IsStaff() {
		return by, problem.New(problem.CodeForbidden, "Another agent is in charge of this assignment; a lead or an admin may act in their place.")
	}
	return by, nil
}

// Freeze holds a reward back until somebody lets it go (A11).
func (s *Service) Freeze(ctx context.Context, ask Ask, id string, why Why) (store.Reply, error) {
	return s.onReward(ctx, ask, id, ledger.Freeze, why, func(r ledger.Reward, by party.Actor) (ledger.Reward, store.Fact, error) {
		next, err := ledger.FreezeNow(r, by, ask.Now)
		return next, RewardFrozen{
			Reward: r.ID, Assignment: r.Assignment, Project: r.Project, Title: r.Title, Pro: r.Pro, Amount: r.Amount,
			Reason: party.Hidden(why.Reason), Note: why.Note,
		}, err
	})
}

// Unfreeze lets a frozen reward go: it is released when it would have been, or now (A11).
func (s *Service) Unfreeze(ctx context.Context, ask Ask, id string, why Why) (store.Reply, error) {
	return s.onReward(ctx, ask, id, ledger.Unfreeze, why, func(r ledger.Reward, by party.Actor) (ledger.Reward, store.Fact, error) {
		next, err := ledger.UnfreezeNow(r, by, ask.Now)
		return next, RewardUnfrozen{
			Reward: r.ID, Assignment: r.Assignment, Project: r.Project, Title: r.Title, Pro: r.Pro, Amount: r.Amount,
			ReleaseAt: next.ReleaseAt, Reason: party.Hidden(why.Reason), Note: why.Note, Release: r.Rule,
		}, err
	})
}

// onReward runs one decision of whoever is in charge of a reward; the assignment's timeline keeps it.
func (s *Service) onReward(ctx context.Context, ask Ask, id string, action lifecycle.Action, why Why, decide func(ledger.Reward, party.Actor) (ledger.Reward, store.Fact, error)) (store.Reply, error) {
	return s.transact(ctx, ask, func(store.Freshness) (step, error) {
		e, err := s.Reward(ctx, ask.By, id)
		if err != nil {
			return step{}, err
		}
		r, a := e.Reward, e.Work
		by, err := inCharge(a, ask.By)
		if err == nil {
			err = why.check()
		}
		if err != nil {
			return step{}, err
		}
		next, fact, err := decide(r, by)
		if err != nil {
			return step{}, err
		}
		return step{
			action: action, role: ledger.RewardLifecycle.As(r.Progress.State, action, by.Roles...), policy: r.Policy, tell: true,
			subject: a.Ref(), moved: []moved{{machine: ledger.RewardLifecycle.Name, before: r, after: next}}, facts: []store.Fact{fact},
			outcome: func(store.Event) any { return Earned{Reward: next, Work: a} },
		}, nil
	})
}

// check wants a reason: no decision about money goes without one.
func (w Why) check() error {
	var wrong problem.Fields
	if strings.TrimSpace(w.Reason) == "" {
		wrong.Add("/reason", "Say why; the team's records keep it.")
	}
	return wrong.Err()
}

// Adjust decides about an assignment's money: within the policy's limit it is posted at once, above it a second person
// decides (R56).
func (s *Service) Adjust(ctx context.Context, ask Ask, id string, p Proposal) (store.Reply, error) {
	return s.transact(ctx, ask, func(f store.Freshness) (step, error) {
		a, err := store.Is[Assignment](s.Store.Get(ctx, store.Ref{Kind: store.Assignment, ID: id}, f))
		if err == nil && !a.Visible(ask.By) {
			err = notFound()
		}
		if err != nil {
			return step{}, err
		}
		by, err := inCharge(a, ask.By)
		if err == nil {
			err = p.Why.check()
		}
		if err != nil {
			return step{}, err
		}
		adj, u, err := s.proposal(ctx, a, p, ask, f)
		if err != nil {
			return step{}, err
		}
		sum, err := adj.Amount.Alone(a.Alone, s.Policies.Current())
		if errors.Is(err, ledger.ErrTakesTwo) {
			st := decidedOn(a.Ref(), ledger.Adjust, by, adj)
			st.moved = []moved{{machine: ledger.AdjustmentLifecycle.Name, after: adj}}
			st.facts = []store.Fact{AdjustmentProposed{
				Adjustment: adj.ID, Assignment: adj.Assignment, Project: adj.Project, Title: adj.Title, Kind: adj.Kind, Amount: adj.Amount, Of: adj.Of, Reason: adj.Reason,
				Proposer: adj.By,
			}}
			st.tell = true
			return st, nil
		}
		if err != nil {
			return step{}, err
		}
		st, err := posted(a.Ref(), nil, adj, u, ledger.Adjust, by, ask)
		return st.alone(a, sum, ask.Now), err
	})
}

// alone notes on the assignment how much was decided on it without two people having agreed. Its version sees to it that of
// two steps at one instant the second counts the first.
func (st step) alone(a Assignment, sum ledger.Money, now time.Time) step {
	if a.Alone == sum {
		return st
	}
	next := a.touched(now)
	next.Alone = sum
	st.moved = append(st.moved, moved{machine: AssignmentLifecycle.Name, before: a, after: next})
	return st
}

// proposal is the adjustment that somebody asks for, not yet posted, with what it would take back.
func (s *Service) proposal(ctx context.Context, a Assignment, p Proposal, ask Ask, f store.Freshness) (ledger.Adjustment, undo, error) {
	book := s.Policies.Current()
	adj := ledger.Adjustment{
		ID: s.NewID("adj"), Kind: p.Kind, Amount: p.Amount, Of: p.Of, Reason: party.Hidden(p.Why.Reason), Note: p.Why.Note,
		Assignment: a.ID, Project: a.Project, Title: a.Terms.Title, Pro: a.Pro, Client: a.Client, By: party.Hidden(ask.By.ID),
	}
	if p.Kind == ledger.Correction {
		u, err := s.undone(ctx, adj, f)
		if err == nil {
			err = u.of.Reversible()
		}
		if err != nil {
			return adj, u, err
		}
		adj, err = ledger.ProposedUndo(adj, u.entry, book, ask.Now)
		return adj, u, err
	}
	if p.Amount.Currency != a.Terms.Reward.Currency {
		return adj, undo{}, problem.New(problem.CodeCurrencyMismatch, "The money of this assignment is in %s.", a.Terms.Reward.Currency)
	}
	adj, err := ledger.Proposed(adj, book, ask.Now)
	return adj, undo{}, err
}

// undo is what a correction takes back, and the entry that brought it.
type undo struct {
	of interface {
		store.Deadlined
		Reversible() error
	}
	entry ledger.Entry
}

// undone loads what a correction is about: a reward or another adjustment of the same assignment.
func (s *Service) undone(ctx context.Context, c ledger.Adjustment, f store.Freshness) (undo, error) {
	none := problem.Fields{}
	none.Add("/of", "There is no such reward or adjustment on this assignment.")
	var u undo
	var assignment, entry string
	var err error
	if strings.HasPrefix(c.Of, "rwd_") {
		var r ledger.Reward
		r, err = store.Is[ledger.Reward](s.Store.Get(ctx, store.Ref{Kind: store.Reward, ID: c.Of, Owner: c.Pro}, f))
		u.of, assignment, entry = r, r.Assignment, r.ID+".hold"
	} else {
		var a ledger.Adjustment
		a, err = store.Is[ledger.Adjustment](s.Store.Get(ctx, store.Ref{Kind: store.Adjustment, ID: c.Of}, f))
		u.of, assignment, entry = a, a.Assignment, a.EntryID()
	}
	if problem.Is(err, problem.CodeNotFound) || err == nil && assignment != c.Assignment {
		return u, none.Err()
	}
	if err == nil {
		err = u.of.Reversible() // what was never posted has no entry
	}
	if err == nil {
		u.entry, err = s.Store.Entry(ctx, c.Pro, entry)
	}
	if r, ok := u.of.(ledger.Reward); ok && err == nil {
		u.entry = r.Remains(u.entry)
	}
	return u, err
}

// decidedOn is a step of an adjustment, which its assignment's timeline keeps.
func decidedOn(subject store.Ref, action lifecycle.Action, by party.Actor, adj ledger.Adjustment) step {
	return step{
		action: action, role: ledger.AdjustmentLifecycle.As(ledger.AdjustmentProposed, action, by.Roles...), subject: subject, policy: adj.Policy,
		outcome: func(store.Event) any { return adj },
	}
}

// posted writes an adjustment's entry, and takes back what a correction is about. before is nil for a new one.
func posted(subject store.Ref, before *ledger.Adjustment, adj ledger.Adjustment, u undo, action lifecycle.Action, by party.Actor, ask Ask) (step, error) {
	var entry ledger.Entry
	var err error
	var back []moved
	switch of := u.of.(type) {
	case ledger.Reward:
		var voided ledger.Reward
		voided, adj, entry, err = of.UndoneBy(adj, u.entry, action, by, ask.Now)
		back = []moved{{machine: ledger.RewardLifecycle.Name, before: of, after: voided}}
	case ledger.Adjustment:
		var reversed ledger.Adjustment
		reversed, adj, entry, err = of.UndoneBy(adj, u.entry, action, by, ask.Now)
		back = []moved{{machine: ledger.AdjustmentLifecycle.Name, before: of, after: reversed}}
	default:
		adj, entry, err = adj.Posted(action, by, ask.Now)
	}
	if err != nil {
		return step{}, err
	}
	st := decidedOn(subject, action, by, adj)
	m := moved{machine: ledger.AdjustmentLifecycle.Name, after: adj}
	if before != nil {
		m.before = *before
	}
	st.moved, st.entries, st.tell = append([]moved{m}, back...), []ledger.Entry{entry}, true
	st.facts = []store.Fact{AdjustmentPosted{
		Adjustment: adj.ID, Assignment: adj.Assignment, Project: adj.Project, Title: adj.Title, Pro: adj.Pro, Kind: adj.Kind, Share: adj.Share,
		Of: adj.Of, Reason: adj.Reason, Note: adj.Note,
	}}
	if !adj.Charge.IsZero() {
		st.facts = append(st.facts, ClientCharged{
			Adjustment: adj.ID, Assignment: adj.Assignment, Project: adj.Project, Title: adj.Title, Client: adj.Client, Charge: adj.Charge, Note: adj.Note,
		})
	}
	return st, nil
}

// ApproveAdjustment is the second person's yes: a lead's or admin's, and never of who proposed it (I30).
func (s *Service) ApproveAdjustment(ctx context.Context, ask Ask, id string) (store.Reply, error) {
	return s.onAdjustment(ctx, ask, id, func(adj ledger.Adjustment, f store.Freshness) (step, error) {
		var u undo
		if adj.Kind == ledger.Correction {
			var err error
			if u, err = s.undone(ctx, adj, f); err != nil {
				return step{}, err
			}
		}
		a, err := store.Is[Assignment](s.Store.Get(ctx, store.Ref{Kind: store.Assignment, ID: adj.Assignment}, f))
		if err != nil {
			return step{}, err
		}
		st, err := posted(a.Ref(), &adj, adj, u, ledger.ApproveAdjustment, ask.By, ask)
		return st.alone(a, ledger.Money{}, ask.Now), err
	})
}

// DeclineAdjustment is the second person's no, or its proposer takes it back. No money moves.
func (s *Service) DeclineAdjustment(ctx context.Context, ask Ask, id string, why Why) (store.Reply, error) {
	return s.onAdjustment(ctx, ask, id, func(adj ledger.Adjustment, _ store.Freshness) (step, error) {
		if err := why.check(); err != nil {
			return step{}, err
		}
		next, err := adj.Declined(why.Reason, ask.By, ask.Now)
		if err != nil {
			return step{}, err
		}
		st := decidedOn(store.Ref{Kind: store.Assignment, ID: adj.Assignment}, ledger.DeclineAdjustment, ask.By, next)
		st.moved, st.tell = []moved{{machine: ledger.AdjustmentLifecycle.Name, before: adj, after: next}}, true
		st.facts = []store.Fact{AdjustmentDeclined{
			Adjustment: adj.ID, Assignment: adj.Assignment, Project: adj.Project, Title: adj.Title, Kind: adj.Kind, Amount: adj.Amount,
			Proposer: adj.By, Reason: next.Refusal,
		}}
		return st, nil
	})
}

// onAdjustment runs the decision of a second person about what was proposed.
func (s *Service) onAdjustment(ctx context.Context, ask Ask, id string, decide func(ledger.Adjustment, store.Freshness) (step, error)) (store.Reply, error) {
	return s.transact(ctx, ask, func(f store.Freshness) (step, error) {
		adj, err := s.adjustment(ctx, ask.By, id, f)
		if err != nil {
			return step{}, err
		}
		if err := decidable(adj, ask.By); err != nil {
			return step{}, err
		}
		return decide(adj, f)
	})
}

// decidable holds what every second person needs: a role, and no part in the money (I30).
func decidable(adj ledger.Adjustment, by party.Actor) error {
	switch {
	case !by.IsStaff():
		return problem.New(problem.CodeForbidden, "A lead or an admin decides about it.")
	case by.ID == adj.Pro || by.ID == adj.Client:
		return problem.New(problem.CodeConflictOfInterest, "This is your own money, so somebody else decides about it.")
	}
	return nil
}

func (s *Service) adjustment(ctx context.Context, by party.Actor, id string, f store.Freshness) (ledger.Adjustment, error) {
	adj, err := store.Is[ledger.Adjustment](s.Store.Get(ctx, store.Ref{Kind: store.Adjustment, ID: id}, f))
	if err == nil && !adj.VisibleTo(by) {
		return adj, notFound()
	}
	return adj, err
}

// Adjustment is one decision about money: for staff, and once it is posted for those whose money it is.
func (s *Service) Adjustment(ctx context.Context, by party.Actor, id string) (ledger.Adjustment, error) {
	return s.adjustment(ctx, by, id, store.Fresh)
}

// Adjustments are all that were made on an assignment and that the actor may know of, oldest first; its timeline names them.
func (s *Service) Adjustments(ctx context.Context, by party.Actor, id string) ([]ledger.Adjustment, error) {
	a, story, err := s.assignment(ctx, id, by, store.Fresh)
	if err != nil {
		return nil, err
	}
	if !by.IsStaff() && by.ID != a.Pro && by.ID != a.Client {
		return nil, problem.New(problem.CodeForbidden, "Money is for staff and for those whose money it is.")
	}
	var refs []store.Ref
	for _, e := range story {
		for _, f := range e.Facts {
			id := ""
			switch f := f.(type) {
			case AdjustmentProposed:
				id = f.Adjustment
			case AdjustmentPosted:
				id = f.Adjustment
			}
			if ref := (store.Ref{Kind: store.Adjustment, ID: id}); id != "" && !slices.Contains(refs, ref) {
				refs = append(refs, ref)
			}
		}
	}
	var found []ledger.Adjustment
	for some := range slices.Chunk(refs, 100) {
		records, err := s.Store.GetAll(ctx, some, store.Fresh)
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			if adj, ok := r.(ledger.Adjustment); ok && adj.VisibleTo(by) {
				found = append(found, adj)
			}
		}
	}
	slices.SortFunc(found, func(a, b ledger.Adjustment) int { return strings.Compare(a.ID, b.ID) })
	return found, nil
}
