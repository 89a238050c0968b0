package help

import (
	"context"
	"errors"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

// The use cases of the team: claim, hand over, reply, note, wait, ask the client, resolve, agree.

// Claim takes a flag from the queue.
func (s *Service) Claim(ctx context.Context, ask Request, id string) (store.Reply, error) {
	return s.onFlag(ctx, ask, id, Claim, func(flag Flag, _ store.Freshness) (step, error) {
		next, err := ClaimedBy(flag, ask.By, ask.Now)
		return step{after: next, facts: []store.Fact{FlagClaimed{Agent: next.Agent}}}, err
	})
}

// Unclaim puts it back.
func (s *Service) Unclaim(ctx context.Context, ask Request, id string) (store.Reply, error) {
	return s.onFlag(ctx, ask, id, Unclaim, func(flag Flag, _ store.Freshness) (step, error) {
		next, err := GivenBack(flag, ask.By, ask.Now)
		return step{after: next, facts: []store.Fact{FlagUnclaimed{Agent: flag.Agent}}}, err
	})
}

// HandOver gives it to somebody else of the team.
func (s *Service) HandOver(ctx context.Context, ask Request, id, to string) (store.Reply, error) {
	return s.onFlag(ctx, ask, id, HandOver, func(flag Flag, f store.Freshness) (step, error) {
		profile := party.Profile{ID: to}
		if party.ValidID(to) {
			var err error
			if profile, err = s.profile(ctx, to, f); err != nil {
				return step{}, err
			}
		}
		next, err := HandedOver(flag, profile, ask.By, ask.Now)
		return step{after: next, facts: []store.Fact{FlagHandedOver{From: flag.Agent, To: next.Agent}}}, err
	})
}

// profile is somebody of the directory; nobody is nobody active.
func (s *Service) profile(ctx context.Context, id string, f store.Freshness) (party.Profile, error) {
	records, err := s.Store.GetAll(ctx, []store.Ref{{Kind: store.Profile, ID: id}}, f)
	for _, r := range records {
		if profile, ok := r.(party.Profile); ok {
			return profile, err
		}
	}
	return party.Profile{ID: id}, err
}

// Reply answers the pro: the first reply keeps the promise (R23, A2).
func (s *Service) Reply(ctx context.Context, ask Request, id, text string) (store.Reply, error) {
	return s.onFlag(ctx, ask, id, Reply, func(flag Flag, _ store.Freshness) (step, error) {
		next, broke, err := Replied(flag, text, ask.By, ask.Now)
		return step{after: next, tell: true, facts: append([]store.Fact{FlagReplied{Flag: next.told(), Text: text}}, breach(next, broke, ask.Now)...)}, err
	})
}

// Note leaves a word for the team.
func (s *Service) Note(ctx context.Context, ask Request, id, text string) (store.Reply, error) {
	return s.onFlag(ctx, ask, id, Note, func(flag Flag, _ store.Freshness) (step, error) {
		next, err := Noted(flag, text, ask.By, ask.Now)
		return step{after: next, facts: []store.Fact{FlagNoted{Text: party.Hidden(text)}}}, err
	})
}

// Wait marks a flag as waiting for the client, who is asked elsewhere; the delivery deadline stands still meanwhile (A4).
func (s *Service) Wait(ctx context.Context, ask Request, id, why string) (store.Reply, error) {
	return s.onFlag(ctx, ask, id, Wait, func(flag Flag, _ store.Freshness) (step, error) {
		next, err := Paused(flag, Wait, why, "", ask.By, ask.Now)
		return step{after: next, facts: []store.Fact{FlagPaused{Why: why}}, relief: Relief{Flag: id, Hold: why}}, err
	})
}

// AskClient sends the client a question and waits for the answer (R20, A4, A9). why is what the pro reads.
func (s *Service) AskClient(ctx context.Context, ask Request, id, text, why string) (store.Reply, error) {
	questionID := s.NewID("qst")
	return s.onFlag(ctx, ask, id, Ask, func(flag Flag, f store.Freshness) (step, error) {
		next, err := Paused(flag, Ask, why, questionID, ask.By, ask.Now)
		if err != nil {
			return step{}, err
		}
		q, err := AskedOf(flag, questionID, text, ask.Now)
		if err != nil {
			return step{}, err
		}
		reader, err := s.profile(ctx, q.Client, f)
		if err != nil {
			return step{}, err
		}
		if !reader.Active {
			return step{}, problem.New(problem.CodeRecipientInactive, "The client has no active account; nobody would read this. Ask them elsewhere, and wait.")
		}
		asked := ClientAsked{Question: q.ID, Project: q.Project, Title: q.Title, Client: q.Client, Text: party.Hidden(text), Working: flag.Subject.Assignment != ""}
		about := s.questionEvent(ask, q, Ask, Lifecycle.As(flag.Progress.State, Ask, flag.RolesOf(ask.By)...), asked)
		about.Outbox = true
		return step{
			after: next, records: []store.Record{q}, also: []store.Event{about},
			facts: []store.Fact{asked, FlagPaused{Why: why}}, relief: Relief{Flag: id, Hold: why},
		}, nil
	})
}

// Resume takes a waiting flag up again without the client's answer.
func (s *Service) Resume(ctx context.Context, ask Request, id string) (store.Reply, error) {
	return s.onFlag(ctx, ask, id, Resume, func(flag Flag, f store.Freshness) (step, error) {
		next, err := Resumed(flag, ask.By, ask.Now)
		if err != nil {
			return step{}, err
		}
		st := step{after: next}
		return st, s.endWait(ctx, ask, &st, flag, f)
	})
}

// endWait adds to a step what ending the wait of a flag means: for its question, its work and its timeline.
func (s *Service) endWait(ctx context.Context, ask Request, st *step, flag Flag, f store.Freshness) error {
	if flag.Paused.Since.IsZero() {
		return nil
	}
	st.facts = append(st.facts, FlagResumed{Why: flag.Paused.Why, Since: flag.Paused.Since, Waited: ask.Now.Sub(flag.Paused.Since)})
	st.relief.Flag, st.relief.Resume = flag.ID, true
	if flag.Paused.Question == "" {
		return nil
	}
	q, err := store.Is[Question](s.Store.Get(ctx, store.Ref{Kind: store.Question, ID: flag.Paused.Question}, f))
	if err != nil {
		return err
	}
	next, err := Dropped(q, ask.By)
	if err != nil {
		return err
	}
	st.records = append(st.records, next)
	st.also = append(st.also, s.questionEvent(ask, next, Drop, QuestionLifecycle.As(q.Progress.State, Drop, q.RolesOf(ask.By)...), QuestionDropped{Question: q.ID}))
	return nil
}

// Resolve ends a flag with an outcome that changes something, or proposes it to a second person (R5, A5).
func (s *Service) Resolve(ctx context.Context, ask Request, id string, o Outcome, uploads []string) (store.Reply, error) {
	return s.onFlag(ctx, ask, id, Resolve, func(flag Flag, f store.Freshness) (step, error) {
		book, err := s.policyOf(flag.Policy)
		if err != nil {
			return step{}, err
		}
		var wrong problem.Fields
		if wrongUploads(&wrong, uploads, book); len(wrong) > 0 {
			return step{}, wrong.Err()
		}
		with := o
		if with.Files, err = s.attached(ctx, ask.By, uploads); err != nil {
			return step{}, err
		}
		next, broke, err := ResolvedWith(flag, with, ask.By, ask.Now)
		if err != nil {
			return step{}, err
		}
		st, err := s.ended(ctx, ask, flag, next, broke, f)
		if err != nil {
			return step{}, err
		}
		if st, err = s.relieved(ctx, ask, st, f); errors.Is(err, ledger.ErrTakesTwo) {
			return s.proposed(ctx, ask, flag, with, f)
		}
		return st, err
	})
}

// proposed is the step of a proposal. What the work would not take is refused now, and not to whoever agrees.
func (s *Service) proposed(ctx context.Context, ask Request, flag Flag, o Outcome, f store.Freshness) (step, error) {
	next, err := ProposedWith(flag, o, ask.By, ask.Now)
	if err != nil {
		return step{}, err
	}
	_, err = s.Work.Relieve(ctx, ask, next.Subject, Relief{Flag: next.ID, Outcome: o, Agreed: true}, f)
	return step{action: Propose, after: next, tell: true, facts: []store.Fact{FlagProposed{Flag: next.told(), By: next.Proposal.By}}}, err
}

// Agree is the second person's yes to a proposal.
func (s *Service) Agree(ctx context.Context, ask Request, id string) (store.Reply, error) {
	return s.onFlag(ctx, ask, id, Agree, func(flag Flag, f store.Freshness) (step, error) {
		next, broke, err := AgreedTo(flag, ask.By, ask.Now)
		if err != nil {
			return step{}, err
		}
		return s.ended(ctx, ask, flag, next, broke, f)
	})
}

// Refuse is their no, or the proposer's second thoughts.
func (s *Service) Refuse(ctx context.Context, ask Request, id, why string) (store.Reply, error) {
	return s.onFlag(ctx, ask, id, Refuse, func(flag Flag, _ store.Freshness) (step, error) {
		next, err := Refused(flag, why, ask.By, ask.Now)
		return step{after: next, facts: []store.Fact{ProposalRefused{Why: party.Hidden(why)}}}, err
	})
}

// ended is the step of a resolution: the outcome reaches the work, the wait is over, and the reason is free again.
func (s *Service) ended(ctx context.Context, ask Request, flag, next Flag, broke bool, f store.Freshness) (step, error) {
	asker, err := s.asker(ctx, flag.Subject.Pro, f)
	if err != nil {
		return step{}, err
	}
	st := step{
		after: next, tell: true, records: []store.Record{asker.without(flag)}, files: next.Outcome.Files,
		relief: Relief{Flag: flag.ID, Outcome: next.Outcome, Agreed: flag.Progress.State == Proposed},
		facts:  append([]store.Fact{FlagResolved{Flag: next.told(), Outcome: next.Outcome}}, breach(next, broke, ask.Now)...),
	}
	return st, s.endWait(ctx, ask, &st, flag, f)
}
