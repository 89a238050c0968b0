package project

import (
	"time"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
)

// Finished is an assignment that the client approved, possible until the review closes by itself (R47, A20).
func Finished(a Assignment, by party.Actor, now time.Time) (Assignment, error) {
	progress, err := a.Progress.Do(AssignmentLifecycle, Approve, a.RolesOf(by)...)
	if err != nil {
		return a, err
	}
	if a.Rivals > 0 {
		return a, problem.New(problem.CodePickWinners, "This is one of several works of a contest. Pick the winners on its project.").With("project", a.Project)
	}
	if due, live := a.Progress.Live(ReviewAutoClose, ""); live && !now.Before(due.At) {
		return a, problem.New(problem.CodeDeadlinePassed, "The review closed by itself at %s.", due.At.Format(time.RFC3339)).With("closedAt", stamp(due.At))
	}
	a.Progress, a.DoneAt = progress, now
	return a.touched(now), nil
}

// ClosedByItself is an assignment on which the client did not decide in time, or did not say what they meant (A20).
func ClosedByItself(a Assignment, kind string, entry int, now time.Time) (Assignment, error) {
	due, rings := a.Progress.Rings(kind, entry, now)
	if !rings {
		return a, nothingDue()
	}
	progress, err := a.Progress.Do(AssignmentLifecycle, AutoClose, lifecycle.Timer)
	if err != nil {
		return a, err
	}
	a.Progress, a.DoneAt, a.Request = progress, due.At, Request{} // however late the alarm rang
	return a.touched(now), nil
}

// Shown is the version that the client may see: the last that QC approved, also while a later one is made (R46).
func (a Assignment) Shown() Delivery {
	switch {
	case a.PassedAt.IsZero():
		return Delivery{}
	case a.Delivered.Number != 0:
		return a.Delivered
	}
	return Delivery{Number: a.Number, Files: a.Files}
}

// Visible reports whether the actor may know that the assignment exists.
func (a Assignment) Visible(by party.Actor) bool { return len(a.RolesOf(by)) > 0 }
