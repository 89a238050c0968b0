package help

import (
	"context"
	"time"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

// Service loads, decides and commits. Everything that is not a rule comes in from outside.
type Service struct {
	Store    store.Store
	Work     Work
	Files    Files
	Policies policy.Book
	NewID    func(prefix string) string
	Pause    store.Pause
}

// Work is the job that flags are about, as much of it as this one needs.
type Work interface {
	// About is a pro's part in a project and the snapshot of it. Who has none gets not found; where there is nothing left to
	// help with, a conflict.
	About(ctx context.Context, ask Request, project string, f store.Freshness) (Subject, Snapshot, error)
	// Relieve is what a flag's wait or outcome changes in the work: records and events for the flag's own commit. It answers
	// with ledger.ErrTakesTwo where one person decided on what takes two.
	Relieve(ctx context.Context, ask Request, about Subject, r Relief, f store.Freshness) (store.Change, error)
}

// Relief is what happens to the work along with a flag's step.
type Relief struct {
	Flag    string
	Hold    string // why the delivery deadline stands still; empty for no hold
	Resume  bool
	Outcome Outcome // zero for none
	Agreed  bool    // to the outcome, by two people
}

// Files is what the job needs of the bucket.
type Files interface {
	// Stored tells what has arrived complete under a key; ok is false when nothing has.
	Stored(ctx context.Context, key string) (f File, ok bool, err error)
	// Keep exempts an object from the expiry of uploads that nobody uses.
	Keep(ctx context.Context, key string) error
}

// Request is one request as it reaches the job: who asks, when, by which channel, and how the outcome is answered.
type Request struct {
	By      party.Actor
	Channel string
	Now     time.Time
	Trace   string
	Once    store.Once
	// Answer renders the outcome; its reply is committed together with it.
	Answer func(outcome any) (store.Reply, error)
}

// Held is a flag with its timeline.
type Held struct {
	Flag     Flag
	Timeline []store.Event
	Added    bool // to a flag that was open already (A6)
}

// step is one decided change of a flag on its way into a commit.
type step struct {
	action        lifecycle.Action
	role          lifecycle.Role // of those that the actor holds on the flag, the one that allowed it
	before, after Flag           // before is zero for a new one
	story         []store.Event  // up to now
	fired         string         // the deadline whose firing this is
	facts         []store.Fact
	tell          bool
	records       []store.Record
	also          []store.Event // what it means for a question, or for the work
	relief        Relief        // that is still to be asked of the work
	files         []File        // that come with it
	added         bool
}

// transact runs decide until its change is committed or refused.
func (s *Service) transact(ctx context.Context, ask Request, decide func(f store.Freshness) (step, error)) (store.Reply, error) {
	return store.Transact(ctx, s.Store, ask.Once, ask.Now, s.Pause, func(f store.Freshness) (store.Change, store.Reply, error) {
		st, err := decide(f)
		if err != nil {
			return store.Change{}, store.Reply{}, err
		}
		change, err := s.change(ctx, ask, st, f)
		if err != nil {
			return store.Change{}, store.Reply{}, err
		}
		reply, err := ask.Answer(Held{Flag: st.after, Timeline: append(st.story, change.Event), Added: st.added})
		return change, reply, err
	})
}

// change writes a step down as one commit, with what it changes in the work. Its files are exempted from expiry last, once
// nothing refuses it any more.
func (s *Service) change(ctx context.Context, ask Request, st step, f store.Freshness) (store.Change, error) {
	st, err := s.relieved(ctx, ask, st, f)
	if err != nil {
		return store.Change{}, err
	}
	e := s.event(ask, st.after.Ref(), st.action, st.role, st.after.Policy, st.facts)
	e.State, e.Outbox = st.after.Progress.State, st.tell
	e.Diff(Lifecycle.Name, st.after.Ref(), st.before.Progress.Deadlines, st.after.Progress.Deadlines, st.fired)
	change := store.Change{Records: append([]store.Record{st.after}, st.records...), Event: e, Others: st.also}
	for _, file := range st.files {
		if err := s.Files.Keep(ctx, FileKey(file.Folder, file.ID)); err != nil {
			return store.Change{}, err
		}
	}
	return change, nil
}

// relieved is the step with what its relief changes in the work; after that it has none to come.
func (s *Service) relieved(ctx context.Context, ask Request, st step, f store.Freshness) (step, error) {
	if st.after.Subject.Reference != "" || st.relief.Flag == "" {
		return st, nil
	}
	part, err := s.Work.Relieve(ctx, ask, st.after.Subject, st.relief, f)
	st.relief, st.records, st.also = Relief{}, append(st.records, part.Records...), append(st.also, part.Others...)
	return st, err
}

func (s *Service) event(ask Request, subject store.Ref, action lifecycle.Action, role lifecycle.Role, edition policy.Version, facts []store.Fact) store.Event {
	return store.Event{
		ID: s.NewID("evt"), Subject: subject, At: ask.Now, Actor: ask.By.ID, Role: role, Channel: ask.Channel, Action: action,
		Policy: edition, Facts: facts, Request: ask.Trace,
	}
}

// onFlag runs one decision about a flag that the actor may see.
func (s *Service) onFlag(ctx context.Context, ask Request, id string, action lifecycle.Action, decide func(Flag, store.Freshness) (step, error)) (store.Reply, error) {
	return s.transact(ctx, ask, func(fresh store.Freshness) (step, error) {
		held, err := s.flag(ctx, ask.By, id, fresh)
		if err != nil {
			return step{}, err
		}
		st, err := decide(held.Flag, fresh)
		if err != nil {
			return step{}, err
		}
		if st.action == "" {
			st.action = action
		}
		st.before, st.story = held.Flag, held.Timeline
		st.role = Lifecycle.As(held.Flag.Progress.State, st.action, held.Flag.RolesOf(ask.By)...)
		return st, nil
	})
}

func (s *Service) flag(ctx context.Context, by party.Actor, id string, f store.Freshness) (Held, error) {
	record, story, err := s.Store.Story(ctx, store.Ref{Kind: store.Flag, ID: id}, f)
	flag, err := store.Is[Flag](record, err)
	if err == nil && !flag.Visible(by) {
		err = notFound()
	}
	return Held{Flag: flag, Timeline: story}, err
}

func (s *Service) asker(ctx context.Context, pro string, f store.Freshness) (Asker, error) {
	a, err := store.Is[Asker](s.Store.Get(ctx, store.Ref{Kind: store.Asker, ID: pro}, f))
	if problem.Is(err, problem.CodeNotFound) {
		return Asker{ID: pro}, nil
	}
	return a, err
}

func (s *Service) policyOf(v policy.Version) (policy.Policy, error) { return s.Policies.At(v) }

// attached looks every upload up in the bucket, in the folder of who announced it; what is missing is refused before
// anything changes.
func (s *Service) attached(ctx context.Context, by party.Actor, uploads []string) ([]File, error) {
	var files []File
	for _, id := range uploads {
		f, ok, err := s.Files.Stored(ctx, FileKey(FolderOf(by), id))
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, problem.New(problem.CodeUploadMissing, "There is no complete upload %q of yours.", id).With("upload", id)
		}
		f.ID, f.Folder = id, FolderOf(by)
		files = append(files, f)
	}
	return files, nil
}

// breach is the fact of a promise that broke at the moment of the answer.
func breach(f Flag, broke bool, now time.Time) []store.Fact {
	if !broke {
		return nil
	}
	return []store.Fact{FlagBreached{Flag: f.told(), AnswerBy: f.AnswerBy, AnsweredAt: now}}
}

func notFound() error {
	return problem.New(problem.CodeNotFound, "There is no such thing, or it is not yours to see.")
}
