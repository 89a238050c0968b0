package handler

import (
	"context"
	"log/slog"
	"time"

	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

// Alarm is what an alarm says when it rings: the input of its Step Functions execution. Executions live up to a year, so
// fields are only ever added, and every released form is read for ever (F43).
type Alarm struct {
	V     int       `json:"v"`
	Kind  string    `json:"kind"`
	Entry int       `json:"entry"`
	DueAt time.Time `json:"dueAt"`
	Ref   AlarmRef  `json:"ref"`
}

// AlarmRef names the record of an alarm.
type AlarmRef struct {
	Kind  string `json:"kind"`
	ID    string `json:"id"`
	Owner string `json:"owner,omitempty"`
}

// AlarmOf is the message of a deadline.
func AlarmOf(a store.Alarm) Alarm {
	return Alarm{V: 1, Kind: a.Kind, Entry: a.Entry, DueAt: a.DueAt, Ref: AlarmRef{a.Ref.Kind, a.Ref.ID, a.Ref.Owner}}
}

// Deadline is the alarm as the jobs know it.
func (a Alarm) Deadline() store.Alarm {
	return store.Alarm{Kind: a.Kind, Entry: a.Entry, DueAt: a.DueAt, Ref: store.Ref{Kind: a.Ref.Kind, ID: a.Ref.ID, Owner: a.Ref.Owner}}
}

// Outcome tells the state machine what came of an alarm: "fired", or "nothing" when it was early, doubled or stale.
type Outcome struct {
	Outcome string `json:"outcome"`
}

// Step Functions matches ErrorEquals on the name of the outermost Go type, so these are bare types and the last act of
// the edge is to return one of them.
type (
	// Unavailable is retried by the state machine.
	Unavailable struct{ Message string }
	// RateLimited is retried by the state machine.
	RateLimited struct{ Message string }
	// Internal ends in the failure path; the sweep tries again.
	Internal struct{ Message string }
)

func (e Unavailable) Error() string { return e.Message }
func (e RateLimited) Error() string { return e.Message }
func (e Internal) Error() string    { return e.Message }

// Timer fires one deadline; the clock is read when the alarm rings.
func Timer(log *slog.Logger, clock func(context.Context) (time.Time, error), fire store.Fire) func(context.Context, Alarm) (Outcome, error) {
	return func(ctx context.Context, a Alarm) (Outcome, error) {
		if a.V != 1 || a.Kind == "" || a.Ref.ID == "" {
			return Outcome{}, Internal{"This is not an alarm that any release has sent."}
		}
		now, err := clock(ctx)
		if err != nil {
			err = problem.New(problem.CodeUnavailable, "The clock did not answer.").Because(err)
		} else {
			err = fire(ctx, "timer", now, a.Deadline())
		}
		if err == nil {
			return Outcome{"fired"}, nil
		}
		p := problem.As(err)
		switch translation[p.Kind()].Timer {
		case Drop:
			log.InfoContext(ctx, "nothing to do", "kind", a.Kind, "record", a.Ref.ID, "code", string(p.Code))
			return Outcome{"nothing"}, nil
		case Retry:
			log.WarnContext(ctx, "alarm will be retried", "kind", a.Kind, "record", a.Ref.ID, "cause", err.Error())
			if p.Kind() == problem.RateLimited {
				return Outcome{}, RateLimited{p.Message}
			}
			return Outcome{}, Unavailable{p.Message}
		}
		log.ErrorContext(ctx, "alarm failed", "kind", a.Kind, "record", a.Ref.ID, "cause", err.Error())
		return Outcome{}, Internal{p.Message}
	}
}
