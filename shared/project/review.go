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
	if due, live := a.Progress.Live(ReviewAutoClose, ""); live && !now.Before(due.At) {
		return a, problem.New(problem.CodeDeadlinePassed, "The review closed by itself at %s.", due.At.Format(time.RFC3339)).With("closedAt", stamp(due.At))
	}
	a.Progress, a.DoneAt = progress, now
	return a.touched(now), nil
}

// ClosedByItself is an assignment on which the client did not decide in time (A20).
func ClosedByItself(a Assignment, kind string, entry int, now time.Time) (Assignment, error) {
	due, rings := a.Progress.Rings(kind, entry, now)
	if !rings {
		return a, nothingDue()
	}
	progress, err := a.Progress.Do(AssignmentLifecycle, AutoClose, lifecycle.Timer)
	if err != nil {
		return a, err
	}
	a.Progress, a.DoneAt = progress, due.At // however late the alarm rang
	return a.touched(now), nil
}

// Shown are the files that the client may see: those of a version that QC approved (R46).
func (a Assignment) Shown() []File {
	if a.Progress.State == InReview || a.Progress.State == Done {
		return a.Files
	}
	return nil
}

// Visible reports whether the actor may know that the assignment exists.
func (a Assignment) Visible(by party.Actor) bool { return len(a.RolesOf(by)) > 0 }
