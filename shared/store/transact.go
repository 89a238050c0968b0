package store

import (
	"context"
	"errors"
	"time"

	"github.com/callsheet/callsheet/shared/problem"
)

// tries bounds how often a commit that lost its race is decided again. Every loss means that somebody else got on, so
// even a rush on the seats of one project ends long before.
const tries = 16

// Once makes a request have its effect once. Zero for timers and for actions that repeat harmlessly.
type Once struct {
	ID          string
	Fingerprint string
	Keep        time.Duration
}

// Answered is returned instead of an error when the request had been committed before: its first reply.
type Answered struct{ Reply Reply }

func (a *Answered) Error() string { return "store: answered before" }

// Pause waits between two tries; production waits a little at random, tests do not.
type Pause func(ctx context.Context, try int)

// Transact decides and commits. decide loads what it needs with the given freshness and returns the change with its
// reply. A decision on stale data may be committed, since versions guard it, but a refusal is only believed from fresh
// data; a lost race is decided again and never answered as a conflict. A repeated request gets its first answer. A change
// that writes nothing is not committed: its reply says that all is so already.
func Transact(ctx context.Context, s Store, once Once, now time.Time, pause Pause, decide func(f Freshness) (Change, Reply, error)) (Reply, error) {
	fresh := Stale
	for try := 1; try <= tries; try++ {
		change, reply, err := decide(fresh)
		if err != nil {
			if fresh == Stale && believedOnlyFresh(err) {
				fresh = Fresh
				continue
			}
			return Reply{}, refuse(ctx, s, once, now, err)
		}
		if len(change.Records) == 0 && len(change.Entries) == 0 {
			return reply, nil
		}
		if err := balanced(change); err != nil {
			return Reply{}, err
		}
		if once.ID != "" {
			change.Request = &Request{ID: once.ID, Fingerprint: once.Fingerprint, Reply: reply, ExpiresAt: now.Add(once.Keep)}
		}
		err = s.Commit(ctx, change)
		switch {
		case err == nil:
			return reply, nil
		case errors.Is(err, ErrRepeated):
			return Reply{}, refuse(ctx, s, once, now, err)
		case !errors.Is(err, ErrLostRace):
			return Reply{}, err
		}
		fresh = Fresh
		pause(ctx, try)
		if ctx.Err() != nil {
			break
		}
	}
	return Reply{}, problem.New(problem.CodeUnavailable, "Too many people are acting on this at once. Try again.")
}

// balanced holds every entry to double entry, before anything is written (I1).
func balanced(c Change) error {
	for _, e := range c.Entries {
		if err := e.Validate(); err != nil {
			return err
		}
	}
	return nil
}

// believedOnlyFresh tells refusals that stale data can cause from those that no reload can change. An alarm that finds
// nothing due is believed: it was armed long before it rang, and what it missed the sweep finds again within minutes.
func believedOnlyFresh(err error) bool {
	if problem.Is(err, problem.CodeNotYet) {
		return false
	}
	switch problem.As(err).Kind() {
	case problem.Conflict, problem.NotFound, problem.Forbidden, problem.Stale, problem.Gone, problem.Invalid:
		return true
	}
	return errors.Is(err, ErrNoRecord)
}

// refuse prefers the first answer of a repeated request to a refusal that its own effect caused.
func refuse(ctx context.Context, s Store, once Once, now time.Time, refusal error) error {
	if once.ID == "" {
		return refusal
	}
	first, ok, err := s.Answered(ctx, once.ID, now)
	switch {
	case err != nil:
		return err
	case !ok && errors.Is(refusal, ErrRepeated):
		return problem.New(problem.CodeUnavailable, "The first attempt of this request is still under way.")
	case !ok:
		return refusal
	case first.Fingerprint != once.Fingerprint:
		return problem.New(problem.CodeIdempotencyKeyReused, "This Idempotency-Key came before with another body.")
	}
	return &Answered{Reply: first.Reply}
}

// Is loads a record of one type; a missing one, or one of another type, is the caller's to call not found.
func Is[T Record](r Record, err error) (T, error) {
	var none T
	if errors.Is(err, ErrNoRecord) {
		return none, problem.New(problem.CodeNotFound, "There is no such thing, or it is not yours to see.").Because(err)
	}
	if err != nil {
		return none, err
	}
	typed, ok := r.(T)
	if !ok {
		return none, problem.New(problem.CodeNotFound, "There is no such thing, or it is not yours to see.")
	}
	return typed, nil
}
