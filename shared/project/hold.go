package project

import (
	"slices"
	"time"

	"github.com/callsheet/callsheet/shared/problem"
)

// Hold is a delivery deadline that stands still: for which flags, since when, and when it was due.
type Hold struct {
	For   []string
	Since time.Time
	Due   time.Time // zero where none was live
}

// OnHold is the assignment with its delivery deadline standing still, while staff wait for the client (A4). Several flags may
// hold it; the first stops it.
func OnHold(a Assignment, flag string, now time.Time) Assignment {
	if slices.Contains(a.Hold.For, flag) {
		return a
	}
	if len(a.Hold.For) == 0 {
		due, _ := a.Progress.Live(DeliveryDue, "")
		a.Hold = Hold{Since: now, Due: due.At}
		a.Progress = a.Progress.Disarm(DeliveryDue, "")
	}
	a.Hold.For = append(slices.Clip(a.Hold.For), flag)
	return a
}

// Resumed lets the deadline go on when the last flag that held it does not any more: later by as long as it stood still.
// A deadline that a revision has set meanwhile stays if it is later.
func Resumed(a Assignment, flag string, now time.Time) Assignment {
	if !slices.Contains(a.Hold.For, flag) {
		return a
	}
	hold := a.Hold
	a.Hold.For = slices.DeleteFunc(slices.Clone(hold.For), func(held string) bool { return held == flag })
	if len(a.Hold.For) > 0 {
		return a
	}
	a.Hold = Hold{}
	if hold.Due.IsZero() {
		return a
	}
	return movedTo(a, hold.Due.Add(now.Sub(hold.Since)))
}

// Later is the assignment with more time: a later delivery deadline, under a new version of the terms (R17, A5). Who was
// late is not any more. A deadline that stands still moves too.
func Later(a Assignment, to, now time.Time) (Assignment, error) {
	to = to.UTC().Truncate(time.Millisecond)
	had := a.dueNow(now)
	if !to.After(now) || !to.After(had) || to.After(now.AddDate(2, 0, 0)) {
		var wrong problem.Fields
		wrong.Add("/to", "More time ends after now and after %s, within two years.", had.Format(time.RFC3339))
		return a, wrong.Err()
	}
	return a.granted(to, now), nil
}

// dueNow is when the work is due as things stand: a deadline that stands still is later by as long as it has (A4).
func (a Assignment) dueNow(now time.Time) time.Time {
	due := a.Terms.DeliverBy
	if live, ok := a.Progress.Live(DeliveryDue, ""); ok {
		due = live.At
	}
	if !a.Hold.Due.IsZero() {
		due = later(due, a.Hold.Due.Add(now.Sub(a.Hold.Since)))
	}
	return due
}

// granted is the assignment with a delivery deadline that is later than before; while it stands still it goes on to do so.
func (a Assignment) granted(to, now time.Time) Assignment {
	a.Late = false
	if len(a.Hold.For) == 0 {
		return movedTo(a, to)
	}
	a.Progress = a.Progress.Disarm(DeliveryDue, "")
	a.Hold.Since, a.Hold.Due, a.Terms = now, to, a.Terms.until(to)
	return a
}

// movedTo arms the delivery deadline anew where the state has one, and writes it into the terms, never to an earlier instant.
func movedTo(a Assignment, to time.Time) Assignment {
	if live, ok := a.Progress.Live(DeliveryDue, ""); ok && !live.At.Before(to) {
		return a
	}
	if _, declared := AssignmentLifecycle.Deadline(a.Progress.State, DeliveryDue); declared {
		a.Progress = a.Progress.Arm(AssignmentLifecycle, DeliveryDue, "", to)
	}
	a.Terms = a.Terms.until(to)
	return a
}
