package project

import (
	"context"
	"slices"
	"time"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

// What a pro's call for help finds here, and what answering it does. The flag is another job's; its commit takes what is
// decided here with it, so that neither can be without the other.

// Material is something that the team supplied: a link, or a file that lies with the flag that asked for it.
type Material struct {
	Name   string
	URL    string
	Folder string // of the flag's files in the bucket
	File   string
	Size   int64 // bytes
}

// Part is one pro's part in a project: an invitation, and an assignment once they have a seat.
type Part struct {
	Project    Project
	Invitation Invitation
	Assignment Assignment // zero while invited
	Timeline   []store.Event
}

// PartOf finds the part that a pro has in a project while there is something to help with: an open invitation, or work that
// is not done (A3). Whoever has none may not know of the project.
func (s *Service) PartOf(ctx context.Context, who, id string, now time.Time, f store.Freshness) (Part, error) {
	p, err := s.project(ctx, id, f)
	if err != nil {
		return Part{}, err
	}
	rounds, err := s.rounds(ctx, p, f)
	if err != nil {
		return Part{}, err
	}
	part, found := Part{Project: p}, false
	for _, r := range rounds {
		for n, l := range r.Lines {
			i := Invitation{ID: InvitationID(r.ID, n), Line: l, Round: r, Project: p}
			if l.Pro == who && (!found || i.State(now) == Accepted || part.Invitation.State(now) != Accepted && r.SentAt.After(part.Invitation.Round.SentAt)) {
				part.Invitation, found = i, true
			}
		}
	}
	if !found {
		return Part{}, notFound()
	}
	seat, assigned := p.seatOf(part.Invitation.ID)
	if !assigned {
		if state := part.Invitation.State(now); state != Invited {
			return part, part.Invitation.explain(problem.New(problem.CodeStateChanged, "The invitation is %s.", state).With("state", string(state)), now)
		}
		return part, nil
	}
	part.Assignment, part.Timeline, err = s.assignment(ctx, seat.Assignment, party.Actor{ID: who, Roles: pro}, f)
	if state := part.Assignment.Progress.State; err == nil && (state == Done || AssignmentLifecycle.Terminal(state)) {
		err = problem.New(problem.CodeStateChanged, "The work on this project is %s.", part.Assignment.Progress.State).With("state", string(part.Assignment.Progress.State))
	}
	return part, err
}

// Relief is what the answer to a flag does for one part of a project.
type Relief struct {
	Flag                            string
	Project, Invitation, Assignment string
	Hold, Resume                    bool
	Why                             string // of a hold, or what is told to everybody of a correction
	MoreTime                        time.Time
	Reward                          ledger.Money // zero currency for none
	Agreed                          bool         // by two people
	Material                        []Material
	Correction                      Correction
}

// Relieve decides what relief comes to, for the commit of the flag: records and events that are to be written with it. It
// answers with ledger.ErrTakesTwo where one person decided on a reward that takes two.
func (s *Service) Relieve(ctx context.Context, ask Ask, r Relief, f store.Freshness) (store.Change, error) {
	var i Invitation
	if r.Assignment == "" && r.Invitation != "" { // they may have accepted since
		round, err := store.Is[Round](s.Store.Get(ctx, store.Ref{Kind: store.Round, ID: RoundOf(r.Invitation)}, f))
		if err != nil {
			return store.Change{}, err
		}
		p, err := s.project(ctx, r.Project, f)
		if err != nil {
			return store.Change{}, err
		}
		i, _ = round.Find(r.Invitation, p)
		seat, _ := p.seatOf(r.Invitation)
		r.Assignment = seat.Assignment
	}
	if len(r.Material) > 0 && r.Assignment == "" {
		return store.Change{}, problem.New(problem.CodeStateChanged, "The pro has no assignment that files could reach; correct the project instead.")
	}
	var parts []step
	invitation := func(context.Context, Ask, Relief, store.Freshness) (step, bool, error) {
		return s.relieveInvitation(i, ask, r)
	}
	for _, decide := range []func(context.Context, Ask, Relief, store.Freshness) (step, bool, error){s.relieveAssignment, invitation, s.relieveProject} {
		st, any, err := decide(ctx, ask, r, f)
		if err != nil {
			return store.Change{}, err
		}
		if any {
			parts = append(parts, st)
		}
	}
	var all store.Change
	for _, st := range parts {
		c := s.change(ask, st)
		all.Records, all.Others = append(all.Records, c.Records...), append(all.Others, c.Event)
	}
	return all, nil
}

func (s *Service) relieveAssignment(ctx context.Context, ask Ask, r Relief, f store.Freshness) (step, bool, error) {
	if r.Assignment == "" || !(r.Hold || r.Resume || !r.MoreTime.IsZero() || r.Reward.Currency != "" || len(r.Material) > 0) {
		return step{}, false, nil
	}
	a, err := store.Is[Assignment](s.Store.Get(ctx, store.Ref{Kind: store.Assignment, ID: r.Assignment}, f))
	if err != nil {
		return step{}, false, err
	}
	next, facts, err := Relieved(a, r, ask.By, s.Policies.Current(), ask.Now)
	if err != nil || len(facts) == 0 {
		return step{}, false, err
	}
	return decided{next: next, facts: facts}.about(a, Help, AssignmentLifecycle.As(a.Progress.State, Help, a.RolesOf(ask.By)...), nil), true, nil
}

// Relieved is the assignment after what a flag's answer does for it, and the facts of that; none where nothing changes. A
// wait ends before a deadline moves, so that more time is counted from where the deadline then is.
func Relieved(a Assignment, r Relief, by party.Actor, book policy.Policy, now time.Time) (Assignment, []store.Fact, error) {
	had := a
	var facts []store.Fact
	if r.Hold && holdable(a) {
		a = OnHold(a, r.Flag, now)
		facts = append(facts, DeliveryHeld{Assignment: a.ID, Why: r.Why})
	}
	if r.Resume && holdable(a) && slices.Contains(a.Hold.For, r.Flag) {
		since := a.Hold.Since
		a = Resumed(a, r.Flag, now)
		facts = append(facts, DeliveryResumed{Assignment: a.ID, Held: now.Sub(since), DeliverBy: a.Terms.DeliverBy})
	}
	if !r.MoreTime.IsZero() {
		from := a.dueNow(now)
		var err error
		if a, err = Later(a, r.MoreTime, now); err != nil {
			return had, nil, err
		}
		facts = append(facts, DeadlineMoved{Assignment: a.ID, From: from, To: a.Terms.DeliverBy})
	}
	if r.Reward.Currency != "" {
		from := a.Terms.Reward
		var err error
		if a, err = Raised(a, r, book); err != nil {
			return had, nil, err
		}
		facts = append(facts, RewardRaised{Assignment: a.ID, Pro: a.Pro, From: from, To: r.Reward})
	}
	if len(r.Material) > 0 {
		a.Material = append(slices.Clip(a.Material), r.Material...)
		facts = append(facts, MaterialSupplied{Assignment: a.ID, Count: len(r.Material)})
	}
	if len(facts) == 0 {
		return had, nil, nil
	}
	if _, err := a.Progress.Do(AssignmentLifecycle, Help, a.RolesOf(by)...); err != nil {
		return had, nil, err
	}
	return a.touched(now), facts, nil
}

// holdable reports whether there is a delivery to wait for.
func holdable(a Assignment) bool {
	_, declared := AssignmentLifecycle.Deadline(a.Progress.State, DeliveryDue)
	return declared
}

func (s *Service) relieveInvitation(i Invitation, ask Ask, r Relief) (step, bool, error) {
	if r.Assignment != "" || r.Reward.Currency == "" {
		return step{}, false, nil
	}
	next, err := Repriced(i, r, s.Policies.Current(), ask.Now)
	if err != nil {
		return step{}, false, err
	}
	return step{
		action: Help, role: Lifecycle.As(i.Project.Progress.State, Correct, i.Project.RolesOf(ask.By)...), subject: i.Project.Ref(), policy: i.Round.Policy,
		records: []store.Record{next.Round, next.Project},
		facts:   []store.Fact{InvitationRepriced{Invitation: i.ID, Project: i.Project.ID, Round: i.Round.ID, Pro: i.Line.Pro, From: i.Reward(), To: r.Reward}},
	}, true, nil
}

func (s *Service) relieveProject(ctx context.Context, ask Ask, r Relief, f store.Freshness) (step, bool, error) {
	c := r.Correction
	if r.Assignment == "" {
		c.DeliverBy = r.MoreTime
	}
	if c.Brief == "" && len(c.Assets) == 0 && c.DeliverBy.IsZero() {
		return step{}, false, nil
	}
	p, err := s.project(ctx, r.Project, f)
	if err != nil {
		return step{}, false, err
	}
	next, err := Corrected(p, c, ask.By, ask.Now)
	if err != nil {
		return step{}, false, err
	}
	st := step{
		action: Correct, role: Lifecycle.As(p.Progress.State, Correct, p.RolesOf(ask.By)...), tell: len(p.Rounds) > 0,
		facts: []store.Fact{ProjectCorrected{
			Project: p.ID, Title: p.Title, Rounds: everyRound(p), Won: won(p), Open: p.Progress.State == Open, Closed: closedRounds(p),
			Brief: c.Brief != "", DeliverBy: c.DeliverBy, Said: r.Why,
		}},
	}
	return st.about(p, next, nil), true, nil
}

// everyRound names all rounds of a project; also those that are over, since seats may have been won in them.
func everyRound(p Project) []string {
	var ids []string
	for _, r := range p.Rounds {
		ids = append(ids, r.Round)
	}
	return ids
}

// closedRounds names those that were closed for good.
func closedRounds(p Project) []string {
	var ids []string
	for _, r := range p.Rounds {
		if !r.ClosedAt.IsZero() {
			ids = append(ids, r.Round)
		}
	}
	return ids
}
