package help

import (
	"time"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/problem"
)

// respond notes that a person has answered. An answer at or after the promise is taken, and the promise is broken all the
// same: broke says so where no timer did yet (B85).
func (f Flag) respond(now time.Time) (next Flag, broke bool) {
	if due, live := f.Progress.Live(FirstResponse, ""); live && !now.Before(due.At) {
		f, broke = f.broken(due.At), true
	}
	f.Progress = f.Progress.Disarm(Warning, "").Disarm(FirstResponse, "")
	f.OwedSince, f.Escalated = time.Time{}, false
	if f.RespondedAt.IsZero() {
		f.RespondedAt = now
	}
	return f, broke
}

func (f Flag) broken(at time.Time) Flag {
	if f.BreachedAt.IsZero() {
		f.BreachedAt = at
	}
	f.Escalated = true
	return f
}

// Warned is a flag whose promise is about to be broken. Once it is broken nobody is warned any more: the breach drops the
// warning.
func Warned(f Flag, kind string, entry int, now time.Time) (Flag, error) {
	due, rings := f.Progress.Rings(kind, entry, now)
	if !rings || !now.Before(f.AnswerBy) {
		return f, nothingDue()
	}
	progress, err := f.Progress.Do(Lifecycle, Warn, lifecycle.Timer)
	if err != nil {
		return f, err
	}
	f.Progress = progress.Disarm(kind, due.Key)
	return f.touched(now), nil
}

// Breached is a flag that nobody answered in time. It goes to the top of the queue, and whoever had it has it no more, so
// that the first free hand takes it; nothing is closed (A8). A wait for the client goes on.
func Breached(f Flag, kind string, entry int, now time.Time) (Flag, error) {
	due, rings := f.Progress.Rings(kind, entry, now)
	if !rings {
		return f, nothingDue()
	}
	progress, err := f.Progress.Do(Lifecycle, Escalate, lifecycle.Timer)
	if err != nil {
		return f, err
	}
	f.Progress = progress.Disarm(Warning, "").Disarm(kind, due.Key)
	if f.Progress.State == Open {
		f.Agent = ""
	}
	return f.broken(due.At).touched(now), nil // however late the alarm rang
}

// Promised is how long the pro has waited in all; nothing stops this clock but the resolution (A34).
func (f Flag) Promised(now time.Time) time.Duration { return f.until(now).Sub(f.RaisedAt) }

// Owned is how long the flag was in the team's hands: the promised time without the waits for the client.
func (f Flag) Owned(now time.Time) time.Duration {
	owned := f.Promised(now) - f.Waited
	if !f.Paused.Since.IsZero() {
		owned -= f.until(now).Sub(f.Paused.Since)
	}
	return owned
}

func (f Flag) until(now time.Time) time.Time {
	if f.Progress.State == Resolved {
		return f.ResolvedAt
	}
	return now
}

// ExpectedBy is when flags of this reason are usually resolved: later by what was waited for the client.
func (f Flag) ExpectedBy(now time.Time) time.Time {
	offer, _ := f.Reason.offer()
	by := f.RaisedAt.Add(offer.Usually + f.Waited)
	if !f.Paused.Since.IsZero() && now.After(f.Paused.Since) {
		by = by.Add(now.Sub(f.Paused.Since))
	}
	return by
}

// nothingDue answers an alarm that is early, doubled or stale.
func nothingDue() error { return problem.New(problem.CodeNotYet, "Nothing is due.") }
