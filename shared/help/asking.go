package help

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

// The use cases of who asks: raise, add, reopen; and of the client who is asked.

// FolderOf names an uploader's files in the bucket without naming the uploader, since links show it.
func FolderOf(by party.Actor) string {
	sum := sha256.Sum256([]byte("help\n" + by.ID))
	return hex.EncodeToString(sum[:10])
}

// Raise puts a pro's call into the queue in one step: project, snapshot and promise come with it (R6–R9). While they have
// an open flag for the same reason on the same project, the call is added to that one (A6).
func (s *Service) Raise(ctx context.Context, ask Request, project string, c Call) (store.Reply, error) {
	return s.raise(ctx, ask, c, func(f store.Freshness) (Subject, Snapshot, error) { return s.Work.About(ctx, ask, project, f) })
}

// RaiseOld puts a call from the old system into the same queue, under the same promise. Of the project nothing is known
// but its reference (R18–R23).
func (s *Service) RaiseOld(ctx context.Context, ask Request, reference, text string) (store.Reply, error) {
	return s.raise(ctx, ask, Call{Reason: InstructionsUnclear, Comment: text}, func(f store.Freshness) (Subject, Snapshot, error) {
		if err := words("/text", text); err != nil {
			return Subject{}, Snapshot{}, err
		}
		profile, err := store.Is[party.Profile](s.Store.Get(ctx, store.Ref{Kind: store.Profile, ID: ask.By.ID}, f))
		return Subject{Reference: reference, Title: reference, Pro: ask.By.ID}, Snapshot{Title: reference, Contact: profile.Contact}, err
	})
}

func (s *Service) raise(ctx context.Context, ask Request, c Call, about func(store.Freshness) (Subject, Snapshot, error)) (store.Reply, error) {
	id, book := s.NewID("flg"), s.Policies.Current()
	return s.transact(ctx, ask, func(f store.Freshness) (step, error) {
		if err := c.validate(book); err != nil {
			return step{}, err
		}
		subject, snapshot, err := about(f)
		if err != nil {
			return step{}, err
		}
		asker, err := s.asker(ctx, ask.By.ID, f)
		if err != nil {
			return step{}, err
		}
		asker, err = asker.Asks(book, ask.Now)
		if err != nil {
			return step{}, err
		}
		files, err := s.attached(ctx, ask.By, c.Uploads)
		if err != nil {
			return step{}, err
		}
		had, open, err := s.openFlag(ctx, ask.By, asker, subject.topic(), c.Reason)
		if err != nil {
			return step{}, err
		}
		if open {
			return addedTo(had, asker, c, files, ask, book)
		}
		flag := Raised(id, subject, c.Reason, book, ask.Now)
		return step{
			action: Raise, role: party.Pro, after: flag, tell: true, records: []store.Record{asker.with(flag)}, files: files,
			facts: []store.Fact{FlagRaised{
				Flag: flag.told(), Reason: c.Reason, Comment: c.Comment, Files: files, Snapshot: snapshot.Bounded(book.Help.Snapshot), AnswerBy: flag.AnswerBy,
			}},
		}, nil
	})
}

// openFlag is the pro's open flag about a topic for a reason, if there is one. An asker that was read a moment before that
// flag was resolved still lists it; who writes such an asker loses the race and decides again.
func (s *Service) openFlag(ctx context.Context, by party.Actor, a Asker, topic string, reason Reason) (held Held, open bool, err error) {
	id, listed := a.open(topic, reason)
	if !listed {
		return Held{}, false, nil
	}
	held, err = s.flag(ctx, by, id, store.Fresh)
	return held, err == nil && held.Flag.Progress.State != Resolved, err
}

// addedTo is the step of a call that a flag already is open for. The flag is written, so its version guards it.
func addedTo(held Held, asker Asker, c Call, files []File, ask Request, book policy.Policy) (step, error) {
	next, err := Commented(held.Flag, c, ask.By, book, ask.Now)
	return step{
		action: Comment, role: party.Pro, before: held.Flag, after: next, story: held.Timeline, records: []store.Record{asker}, files: files, tell: true, added: true,
		facts: []store.Fact{FlagCommented{Flag: next.told(), Comment: c.Comment, Files: files}},
	}, err
}

// Comment is another word of the pro's on a flag of theirs.
func (s *Service) Comment(ctx context.Context, ask Request, id string, c Call) (store.Reply, error) {
	return s.onFlag(ctx, ask, id, Comment, func(flag Flag, f store.Freshness) (step, error) {
		book, err := s.policyOf(flag.Policy)
		if err != nil {
			return step{}, err
		}
		next, err := Commented(flag, c, ask.By, book, ask.Now)
		if err != nil {
			return step{}, err
		}
		asker, err := s.asker(ctx, ask.By.ID, f)
		if err != nil {
			return step{}, err
		}
		if asker, err = asker.Asks(book, ask.Now); err != nil {
			return step{}, err
		}
		files, err := s.attached(ctx, ask.By, c.Uploads)
		return step{
			after: next, records: []store.Record{asker}, files: files, tell: true,
			facts: []store.Fact{FlagCommented{Flag: next.told(), Comment: c.Comment, Files: files}},
		}, err
	})
}

// Reopen brings a flag back that was not resolved after all. Where its pro has meanwhile raised another for the same
// reason, that one goes on (A6).
func (s *Service) Reopen(ctx context.Context, ask Request, id, why string) (store.Reply, error) {
	return s.onFlag(ctx, ask, id, Reopen, func(flag Flag, f store.Freshness) (step, error) {
		book, err := s.policyOf(flag.Policy)
		if err != nil {
			return step{}, err
		}
		next, err := Reopened(flag, why, ask.By, book, ask.Now)
		if err != nil {
			return step{}, err
		}
		asker, err := s.asker(ctx, flag.Subject.Pro, f)
		if err != nil {
			return step{}, err
		}
		if other, open := asker.open(flag.Subject.topic(), flag.Reason); open {
			return step{}, problem.New(problem.CodeStateChanged, "There is another open flag for the same reason; it goes on there.").With("flag", other)
		}
		if ask.By.ID == flag.Subject.Pro {
			asker, err = asker.Asks(book, ask.Now)
		} else {
			asker.Version++
		}
		return step{
			after: next, records: []store.Record{asker.with(next)}, tell: true,
			facts: []store.Fact{FlagReopened{Flag: next.told(), Why: why, AnswerBy: next.AnswerBy}},
		}, err
	})
}

// Answer is the client's answer to a question. It returns to the flag and ends the wait, all in one commit (R20).
func (s *Service) Answer(ctx context.Context, ask Request, id, text string) (store.Reply, error) {
	return store.Transact(ctx, s.Store, ask.Once, ask.Now, s.Pause, func(f store.Freshness) (store.Change, store.Reply, error) {
		next, st, err := s.answered(ctx, ask, id, text, f)
		if err != nil {
			return store.Change{}, store.Reply{}, err
		}
		change, err := s.change(ctx, ask, st, f)
		if err != nil {
			return store.Change{}, store.Reply{}, err
		}
		reply, err := ask.Answer(next)
		return change, reply, err
	})
}

// answered is the question with its answer, and the flag's step that it comes with.
func (s *Service) answered(ctx context.Context, ask Request, id, text string, f store.Freshness) (Question, step, error) {
	q, err := s.question(ctx, ask.By, id, f)
	if err != nil {
		return q, step{}, err
	}
	next, err := AnsweredBy(q, text, ask.By, ask.Now)
	if err != nil {
		return q, step{}, err
	}
	flag, err := store.Is[Flag](s.Store.Get(ctx, store.Ref{Kind: store.Flag, ID: q.Flag.Reveal()}, f))
	if err != nil {
		return q, step{}, err
	}
	back, err := Back(flag, q.ID, ask.Now)
	return next, step{
		action: Answer, role: party.Client, before: flag, after: back, tell: true, records: []store.Record{next},
		also: []store.Event{s.questionEvent(ask, next, Answer, party.Client, QuestionAnswered{Question: q.ID})},
		facts: []store.Fact{
			ClientAnswered{Flag: back.told(), Question: q.ID, Text: party.Hidden(text)},
			FlagResumed{Why: flag.Paused.Why, Since: flag.Paused.Since, Waited: back.Waited - flag.Waited, Answered: true},
		},
		relief: Relief{Flag: flag.ID, Resume: true},
	}, err
}

func (s *Service) questionEvent(ask Request, q Question, action lifecycle.Action, role lifecycle.Role, fact store.Fact) store.Event {
	e := s.event(ask, q.Ref(), action, role, s.Policies.Current().Version, []store.Fact{fact})
	e.State = q.Progress.State
	return e
}

func (s *Service) question(ctx context.Context, by party.Actor, id string, f store.Freshness) (Question, error) {
	q, err := store.Is[Question](s.Store.Get(ctx, store.Ref{Kind: store.Question, ID: id}, f))
	if err == nil && len(q.RolesOf(by)) == 0 {
		err = notFound()
	}
	return q, err
}
