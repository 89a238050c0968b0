package project

import (
	"context"
	"time"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

// Service loads, decides and commits. Everything that is not a rule comes in from outside.
type Service struct {
	Store    store.Store
	Policies policy.Book
	Files    Files
	NewID    func(prefix string) string
	Pause    store.Pause
}

// Files is what the job needs of the bucket.
type Files interface {
	// Stored tells what has arrived complete under a key; ok is false when nothing has.
	Stored(ctx context.Context, key string) (f File, ok bool, err error)
	// Put stores a small file whole, for good.
	Put(ctx context.Context, key string, f File, content []byte) error
	// Keep exempts an object from the expiry of uploads that nobody submits.
	Keep(ctx context.Context, key string) error
}

// Ask is one request as it reaches the job: who asks, when, by which channel, and how the outcome is answered.
type Ask struct {
	By      party.Actor
	Channel string
	Now     time.Time
	Trace   string
	Once    store.Once
	// Answer renders the outcome; its reply is committed together with it.
	Answer func(outcome any) (store.Reply, error)
}

// step is one decided change on its way into a commit.
type step struct {
	action  lifecycle.Action
	role    lifecycle.Role // of those that the actor holds on the record, the one that allowed it
	subject store.Ref
	fired   string // the deadline whose firing this is
	policy  policy.Version
	moved   []moved
	records []store.Record // without deadlines
	entries []ledger.Entry
	facts   []store.Fact
	tell    bool // somebody has to be told
	others  []meant
	outcome func(e store.Event) any
}

// moved is a record with deadlines, before and after.
type moved struct {
	machine       string
	before, after store.Deadlined
}

// meant is what a step means in the timeline of another record.
type meant struct {
	subject store.Ref
	action  lifecycle.Action
	policy  policy.Version
	facts   []store.Fact
	entries []ledger.Entry
}

// transact runs decide until its change is committed or refused.
func (s *Service) transact(ctx context.Context, ask Ask, decide func(f store.Freshness) (step, error)) (store.Reply, error) {
	return store.Transact(ctx, s.Store, ask.Once, ask.Now, s.Pause, func(f store.Freshness) (store.Change, store.Reply, error) {
		st, err := decide(f)
		if err != nil {
			return store.Change{}, store.Reply{}, err
		}
		change := s.change(ask, st)
		reply, err := ask.Answer(st.outcome(change.Event))
		return change, reply, err
	})
}

// change writes a step down as one commit, its event naming every deadline that it sets or ends.
func (s *Service) change(ask Ask, st step) store.Change {
	e := store.Event{
		ID: s.NewID("evt"), Subject: st.subject, At: ask.Now, Actor: ask.By.ID, Role: st.role,
		Channel: ask.Channel, Action: st.action, Policy: st.policy, Facts: st.facts, Request: ask.Trace,
	}
	change := store.Change{Records: st.records, Entries: st.entries}
	told := map[store.Ref]*store.Event{st.subject: &e}
	for _, o := range st.others {
		told[o.subject] = &store.Event{
			ID: s.NewID("evt"), Subject: o.subject, At: ask.Now, Actor: ask.By.ID, Role: st.role, Channel: ask.Channel, Action: o.action,
			Policy: o.policy, Facts: o.facts, Request: ask.Trace, Money: moneyOf(o.entries), Outbox: st.tell,
		}
	}
	for _, m := range st.moved {
		var before []lifecycle.Due
		if m.before != nil {
			before = m.before.Standing().Deadlines
		}
		after := m.after.Standing()
		about := &e
		if own, ok := told[m.after.Ref()]; ok {
			about = own
			about.State = after.State
		}
		about.Diff(m.machine, m.after.Ref(), before, after.Deadlines, st.fired)
		change.Records = append(change.Records, m.after)
	}
	e.Money, e.Outbox = moneyOf(st.entries), st.tell
	change.Event = e
	for _, o := range st.others {
		change.Others = append(change.Others, *told[o.subject])
	}
	return change
}

func moneyOf(entries []ledger.Entry) []string {
	var ids []string
	for _, e := range entries {
		ids = append(ids, e.ID)
	}
	return ids
}

// policyOf is the edition that a record is under.
func (s *Service) policyOf(v policy.Version) (policy.Policy, error) { return s.Policies.At(v) }

func (s *Service) project(ctx context.Context, id string, f store.Freshness) (Project, error) {
	return store.Is[Project](s.Store.Get(ctx, store.Ref{Kind: store.Project, ID: id}, f))
}

// visibleProject loads a project that the actor may know of.
func (s *Service) visibleProject(ctx context.Context, id string, by party.Actor, f store.Freshness) (Project, error) {
	p, err := s.project(ctx, id, f)
	if err == nil && len(p.RolesOf(by)) == 0 {
		return p, notFound()
	}
	return p, err
}

// visibleInvitation loads an invitation; only its pro and staff may know of it.
func (s *Service) visibleInvitation(ctx context.Context, id string, by party.Actor, f store.Freshness) (Invitation, error) {
	i, err := s.invitation(ctx, id, f)
	if err == nil && len(i.RolesOf(by)) == 0 {
		return Invitation{}, notFound()
	}
	if err == nil {
		i.Other, err = s.counterpart(ctx, i.Project, f)
	}
	return i, err
}

// invitation loads an invitation with its round and project. The project guards them both: a round that it knows more of
// was read too early or a moment old, and is read again. So the round is Fresh only where a Stale read shows nothing.
func (s *Service) invitation(ctx context.Context, id string, f store.Freshness) (Invitation, error) {
	ref := store.Ref{Kind: store.Round, ID: RoundOf(id)}
	round, err := store.Is[Round](s.Store.Get(ctx, ref, store.Stale))
	if err != nil && f == store.Fresh {
		round, err = store.Is[Round](s.Store.Get(ctx, ref, f))
	}
	if err != nil {
		return Invitation{}, err
	}
	i, ok := round.Find(id, Project{})
	if !ok {
		return Invitation{}, notFound()
	}
	if i.Project, err = s.project(ctx, round.Project, f); err != nil || !i.Project.knowsMoreOf(round) {
		return i, err
	}
	round, err = store.Is[Round](s.Store.Get(ctx, ref, store.Fresh))
	i, _ = round.Find(id, i.Project)
	return i, err
}

func (s *Service) assignment(ctx context.Context, id string, by party.Actor, f store.Freshness) (Assignment, []store.Event, error) {
	record, story, err := s.Store.Story(ctx, store.Ref{Kind: store.Assignment, ID: id}, f)
	a, err := store.Is[Assignment](record, err)
	if err == nil && !a.Visible(by) {
		return a, nil, notFound()
	}
	return a, story, err
}

func notFound() error {
	return problem.New(problem.CodeNotFound, "There is no such thing, or it is not yours to see.")
}
