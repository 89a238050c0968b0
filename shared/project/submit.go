package project

import (
	"time"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
)

// MayUpload says whether the actor may add files now; uploading alone never sends anything to QC (A19).
func MayUpload(a Assignment, by party.Actor) error {
	_, err := a.Progress.Do(AssignmentLifecycle, Upload, a.RolesOf(by)...)
	return err
}

// Submitted sends one version, whole, to quality control (R37, R40, A19). A late version is taken and marked late, also
// where the alarm is later still.
func Submitted(a Assignment, files []File, given []Answer, by party.Actor, book policy.Policy, now time.Time) (Assignment, error) {
	progress, err := a.Progress.Do(AssignmentLifecycle, Submit, a.RolesOf(by)...)
	if err != nil {
		return a, err
	}
	if len(files) == 0 || len(files) > book.FilesPerVersion {
		var wrong problem.Fields
		wrong.Add("/uploads", "A version has 1 to %d files.", book.FilesPerVersion)
		return a, wrong.Err()
	}
	if err := answers(given, a.Asked); err != nil {
		return a, err
	}
	if due, live := progress.Live(DeliveryDue, ""); live && !now.Before(due.At) {
		a, progress = a.late(), progress.Disarm(DeliveryDue, "")
	}
	a.Delivered = a.Shown()
	a.Progress, a.Files, a.Reviewer, a.WaitsSince, a.Asked, a.FromQC = progress, files, "", now, 0, 0
	a.Number++
	return a.touched(now), nil
}

// DueDatePassed marks an assignment whose delivery deadline rang: late if nothing is with QC. It stays open; people decide (A15).
func DueDatePassed(a Assignment, kind string, entry int, now time.Time) (Assignment, error) {
	due, rings := a.Progress.Rings(kind, entry, now)
	if !rings {
		return a, nothingDue()
	}
	progress, err := a.Progress.Do(AssignmentLifecycle, Overdue, lifecycle.Timer)
	if err != nil {
		return a, err
	}
	a.Progress = progress.Disarm(kind, due.Key)
	if progress.State != InQC {
		a = a.late()
	}
	return a.touched(now), nil
}
