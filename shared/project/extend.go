package project

import (
	"time"

	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
)

// Extended is an assignment with a later delivery deadline, also after the one before has passed: from then on the work is
// not late, and how often it was stays on the record. The terms get a new version (A5, A15).
func Extended(a Assignment, until time.Time, by party.Actor, now time.Time) (Assignment, error) {
	progress, err := a.Progress.Do(AssignmentLifecycle, Extend, a.RolesOf(by)...)
	if err != nil {
		return a, err
	}
	if err := a.inCharge(by); err != nil {
		return a, err
	}
	if until, err = postponed(a.dueNow(now), until, now); err != nil {
		return a, err
	}
	a.Progress = progress
	return a.granted(until, now).touched(now), nil
}

// Prolonged is an open project whose next pros have more time; who has a seat keeps the terms of their own.
func Prolonged(p Project, until time.Time, by party.Actor, now time.Time) (Project, error) {
	progress, err := p.Progress.Do(Lifecycle, Extend, p.RolesOf(by)...)
	if err != nil {
		return p, err
	}
	if until, err = postponed(p.DeliverBy, until, now); err != nil {
		return p, err
	}
	p.Progress, p.DeliverBy = progress, until
	return p.touched(now), nil
}

// postponed is a deadline that may replace the one before: later than it, ahead, and within two years.
func postponed(before, until, now time.Time) (time.Time, error) {
	until = until.UTC().Truncate(time.Millisecond)
	var wrong problem.Fields
	switch {
	case !until.After(before):
		wrong.Add("/deliverBy", "The new deadline is later than the one before, %s.", before.Format(time.RFC3339))
	case !until.After(now) || until.After(now.AddDate(2, 0, 0)):
		wrong.Add("/deliverBy", "The delivery deadline lies ahead, within two years.")
	}
	return until, wrong.Err()
}
