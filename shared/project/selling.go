package project

import (
	"context"
	"time"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

// The use cases up to the seat: draft, edit, publish, cancel, invite, decline, withdraw, accept.

// Told is a project with its timeline.
type Told struct {
	Project  Project
	Timeline []store.Event
	Works    []Assignment // of its seats; nil where nobody has looked at them
	Losers   *Losers      // nil where nobody has looked for them
}

// Sent is a round that just went out, with its project and the event.
type Sent struct {
	Project  Project
	Round    Round
	Timeline []store.Event
}

// Held is a seat's assignment with its timeline.
type Held struct {
	Assignment Assignment
	Timeline   []store.Event
}

// Create drafts a project; publish also offers it at once.
func (s *Service) Create(ctx context.Context, ask Ask, b Brief, publish bool) (store.Reply, error) {
	return s.transact(ctx, ask, func(store.Freshness) (step, error) {
		book := s.Policies.Current()
		p, err := Drafted(s.NewID("prj"), b, ask.By, book, ask.Now)
		if err != nil {
			return step{}, err
		}
		// Who may edit a draft may make one.
		st := step{action: Create, role: Lifecycle.As(Draft, Edit, p.RolesOf(ask.By)...), facts: []store.Fact{Created{Title: p.Title}}}
		if publish {
			if p, err = Opened(p, ask.By, ask.Now); err != nil {
				return step{}, err
			}
			p.Version = 1
			st.facts = append(st.facts, Published{Title: p.Title})
		}
		return st.about(Project{}, p, nil), nil
	})
}

// Edit rewrites a draft; version is the one that the caller read.
func (s *Service) Edit(ctx context.Context, ask Ask, id string, version int, b Brief) (store.Reply, error) {
	return s.onProject(ctx, ask, id, Edit, func(p Project) (Project, store.Fact, error) {
		if p.Version != version {
			return p, nil, problem.New(problem.CodeStaleVersion, "The project is at version %d now.", p.Version)
		}
		book, err := s.policyOf(p.Policy)
		if err != nil {
			return p, nil, err
		}
		next, err := Revised(p, b, ask.By, book, ask.Now)
		return next, Edited{Title: next.Title}, err
	})
}

// Publish offers a draft to pros.
func (s *Service) Publish(ctx context.Context, ask Ask, id string) (store.Reply, error) {
	return s.onProject(ctx, ask, id, Publish, func(p Project) (Project, store.Fact, error) {
		next, err := Opened(p, ask.By, ask.Now)
		return next, Published{Title: p.Title}, err
	})
}

// Cancel takes a project back that nobody works on.
func (s *Service) Cancel(ctx context.Context, ask Ask, id, reason string) (store.Reply, error) {
	return s.onProject(ctx, ask, id, Cancel, func(p Project) (Project, store.Fact, error) {
		next, err := CalledOff(p, ask.By, ask.Now)
		return next, ProjectCancelled{Project: p.ID, Title: p.Title, Reason: reason, Rounds: openRounds(p, ask.Now)}, err
	})
}

func (s *Service) onProject(ctx context.Context, ask Ask, id string, action lifecycle.Action, decide func(Project) (Project, store.Fact, error)) (store.Reply, error) {
	return s.transact(ctx, ask, func(f store.Freshness) (step, error) {
		record, story, err := s.Store.Story(ctx, store.Ref{Kind: store.Project, ID: id}, f)
		p, err := store.Is[Project](record, err)
		if err != nil {
			return step{}, err
		}
		if len(p.RolesOf(ask.By)) == 0 {
			return step{}, notFound()
		}
		next, fact, err := decide(p)
		if err != nil {
			return step{}, err
		}
		cancelled, isCancel := fact.(ProjectCancelled)
		st := step{
			action: action, role: Lifecycle.As(p.Progress.State, action, p.RolesOf(ask.By)...),
			facts: []store.Fact{fact}, tell: isCancel && len(cancelled.Rounds) > 0,
		}
		return st.about(p, next, story), nil
	})
}

// about completes a step whose subject is a project.
func (st step) about(before, after Project, story []store.Event) step {
	m := moved{machine: Lifecycle.Name, after: after}
	if before.ID != "" {
		m.before = before
	}
	st.subject, st.policy = after.Ref(), after.Policy
	st.moved = append(st.moved, m)
	st.outcome = func(e store.Event) any { return Told{Project: after, Timeline: append(story, e)} }
	return st
}

func openRounds(p Project, now time.Time) []string {
	var open []string
	for _, r := range p.Rounds {
		if r.open(now) {
			open = append(open, r.Round)
		}
	}
	return open
}

// Invite calls a round: every pro named, or nobody and why (R24, R26).
func (s *Service) Invite(ctx context.Context, ask Ask, id string, guests []Guest, expires time.Time) (store.Reply, error) {
	roundID := s.NewID("rnd")
	return s.transact(ctx, ask, func(f store.Freshness) (step, error) {
		p, err := s.visibleProject(ctx, id, ask.By, f)
		if err != nil {
			return step{}, err
		}
		book, err := s.policyOf(p.Policy)
		if err != nil {
			return step{}, err
		}
		profiles, err := s.profiles(ctx, p, guests, ask.By, book.InvitationsPerCall, f)
		if err != nil {
			return step{}, err
		}
		earlier, err := s.rounds(ctx, p, store.Fresh) // not written, so no version guards them
		if err != nil {
			return step{}, err
		}
		other, err := s.counterpart(ctx, p, store.Fresh)
		if err != nil {
			return step{}, err
		}
		next, round, err := Called(p, other, earlier, roundID, guests, profiles, expires, ask.By, book, ask.Now)
		if err != nil {
			return step{}, err
		}
		st := step{
			action: Invite, role: Lifecycle.As(p.Progress.State, Invite, p.RolesOf(ask.By)...), records: []store.Record{round}, tell: true,
			facts: []store.Fact{InvitationsSent{Project: p.ID, Round: round.ID, Title: p.Title, Count: len(round.Lines), DeliverBy: p.DeliverBy}},
		}
		st = st.about(p, next, nil)
		st.outcome = func(e store.Event) any { return Sent{Project: next, Round: round, Timeline: []store.Event{e}} }
		return st, nil
	})
}

// profiles loads the guests, unless the call is refused anyway for its size, state or caller.
func (s *Service) profiles(ctx context.Context, p Project, guests []Guest, by party.Actor, limit int, f store.Freshness) (map[string]party.Profile, error) {
	if _, err := p.Progress.Do(Lifecycle, Invite, p.RolesOf(by)...); err != nil || len(guests) > limit {
		return nil, err
	}
	return s.directory(ctx, guests, f)
}

// directory finds the guests' profiles, as far as there are any.
func (s *Service) directory(ctx context.Context, guests []Guest, f store.Freshness) (map[string]party.Profile, error) {
	found := map[string]party.Profile{}
	var refs []store.Ref
	seen := map[string]bool{}
	for _, g := range guests {
		if !seen[g.Pro] && party.ValidID(g.Pro) {
			seen[g.Pro] = true
			refs = append(refs, store.Ref{Kind: store.Profile, ID: g.Pro})
		}
	}
	records, err := s.Store.GetAll(ctx, refs, f)
	for _, r := range records {
		if profile, ok := r.(party.Profile); ok {
			found[profile.ID] = profile
		}
	}
	return found, err
}

func (s *Service) rounds(ctx context.Context, p Project, f store.Freshness) ([]Round, error) {
	var refs []store.Ref
	for _, r := range p.Rounds {
		refs = append(refs, store.Ref{Kind: store.Round, ID: r.Round})
	}
	if len(refs) == 0 {
		return nil, nil
	}
	records, err := s.Store.GetAll(ctx, refs, f)
	var rounds []Round
	for _, r := range records {
		if round, ok := r.(Round); ok {
			rounds = append(rounds, round)
		}
	}
	return rounds, err
}

// Decline is a pro's no.
func (s *Service) Decline(ctx context.Context, ask Ask, id string) (store.Reply, error) {
	return s.answer(ctx, ask, id, Decline)
}

// Withdraw takes one invitation back.
func (s *Service) Withdraw(ctx context.Context, ask Ask, id string) (store.Reply, error) {
	return s.answer(ctx, ask, id, Withdraw)
}

// answer writes the round and the project: an acceptance writes the project alone, and must not miss this.
func (s *Service) answer(ctx context.Context, ask Ask, id string, action lifecycle.Action) (store.Reply, error) {
	return s.transact(ctx, ask, func(f store.Freshness) (step, error) {
		i, err := s.visibleInvitation(ctx, id, ask.By, f)
		if err != nil {
			return step{}, err
		}
		next, err := Answered(i, action, ask.By, ask.Now)
		if err != nil {
			return step{}, err
		}
		var fact store.Fact = InvitationDeclined{Invitation: id, Pro: i.Line.Pro}
		if action == Withdraw {
			fact = InvitationWithdrawn{Invitation: id, Project: i.Project.ID, Round: i.Round.ID, Title: i.Project.Title, Pro: i.Line.Pro}
		}
		facts := []store.Fact{fact}
		if action == Decline && i.Project.Type == Booking {
			facts = append(facts, BookingDeclined{Project: i.Project.ID, Invitation: id, Title: i.Project.Title, Agent: i.Round.By})
		}
		return step{
			action: action, role: InvitationLifecycle.As(Invited, action, i.RolesOf(ask.By)...), subject: i.Project.Ref(), policy: i.Round.Policy,
			records: []store.Record{next.Round, next.Project}, facts: facts, tell: action == Withdraw || len(facts) > 1,
			outcome: func(store.Event) any { return next },
		}, nil
	})
}

// Accept gives the pro a seat at once; the pro may start without waiting for anybody (R35).
func (s *Service) Accept(ctx context.Context, ask Ask, id, seen string) (store.Reply, error) {
	assignmentID := s.NewID("asg")
	return s.transact(ctx, ask, func(f store.Freshness) (step, error) {
		i, err := s.visibleInvitation(ctx, id, ask.By, f)
		if err != nil {
			return step{}, err
		}
		book, err := s.policyOf(i.Round.Policy)
		if err != nil {
			return step{}, err
		}
		p, a, err := Won(i, assignmentID, seen, ask.By, book, ask.Now)
		if err != nil {
			return step{}, err
		}
		st := step{
			action: Accept, role: InvitationLifecycle.As(Invited, Accept, i.RolesOf(ask.By)...), subject: a.Ref(), policy: a.Policy,
			moved: []moved{{machine: Lifecycle.Name, before: i.Project, after: p}, {machine: AssignmentLifecycle.Name, after: a}},
			facts: []store.Fact{SeatTaken{Project: p.ID, Assignment: a.ID, Invitation: id, Pro: a.Pro, Other: i.Other.ID, Reward: a.Terms.Reward, DeliverBy: a.Terms.DeliverBy}},
			outcome: func(e store.Event) any {
				return Held{Assignment: a, Timeline: []store.Event{e}}
			},
		}
		if i.Other.ID != "" { // written too, so that nobody takes seats of both at once
			st.records = []store.Record{i.Other.touched(ask.Now)}
		}
		if p.Progress.State == Filled {
			st.tell = true
			st.facts = append(st.facts, FilledUp{Project: p.ID, Title: p.Title, Rounds: openRounds(i.Project, ask.Now), Won: won(p), Seats: len(p.Seats), At: ask.Now})
		}
		return st, nil
	})
}

func won(p Project) []string {
	var ids []string
	for _, s := range p.Seats {
		ids = append(ids, s.Invitation)
	}
	return ids
}
