package project

import (
	"time"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
)

// ClaimedBy is the assignment with its version in a reviewer's hands. Claiming again what one has is harmless.
func ClaimedBy(a Assignment, by party.Actor, now time.Time) (Assignment, error) {
	if err := reviewable(a, Claim, by); err != nil {
		return a, err
	}
	a.Reviewer = party.Hidden(by.ID)
	return a.touched(now), nil
}

// GivenBack is the assignment back in the queue.
func GivenBack(a Assignment, by party.Actor, now time.Time) (Assignment, error) {
	if err := reviewable(a, Unclaim, by); err != nil {
		return a, err
	}
	a.Reviewer = ""
	return a.touched(now), nil
}

// ForRevision asks the pro for another version, with all comments in one (R42–R44). The delivery deadline stays unless it
// leaves the pro less than the revision window.
func ForRevision(a Assignment, comments []Comment, by party.Actor, book policy.Policy, now time.Time) (Assignment, []Comment, error) {
	if err := reviewable(a, Revise, by); err != nil {
		return a, nil, err
	}
	comments, err := placed(comments, a.Files)
	if err != nil {
		return a, nil, err
	}
	progress, err := a.Progress.Do(AssignmentLifecycle, Revise, party.QC)
	if err != nil {
		return a, nil, err
	}
	a.Progress, a.Reviewer, a.Asked, a.FromQC = progress, "", len(comments), len(comments)
	least := now.Add(book.RevisionWindow)
	if due, live := progress.Live(DeliveryDue, ""); !live || due.At.Before(least) {
		a = a.revisingUntil(least, progress)
	}
	a.Revisions++
	return a.touched(now), comments, nil
}

// PassedQC shows the version to the client, for a whole review (A20), and, the first time, puts the reward on hold (R41, R46,
// R55, A11). reward is nil when an earlier version passed.
func PassedQC(a Assignment, rewardID string, by party.Actor, book policy.Policy, now time.Time) (Assignment, *ledger.Reward, *ledger.Entry, error) {
	if err := reviewable(a, Pass, by); err != nil {
		return a, nil, nil, err
	}
	progress, err := a.Progress.Do(AssignmentLifecycle, Pass, party.QC)
	if err != nil {
		return a, nil, nil, err
	}
	a.Progress, a.Reviewer, a.Delivered, a.Request = progress, "", Delivery{}, Request{}
	a.Hold = Hold{} // whatever was waited for, the work is in
	a = a.reviewing(now.Add(book.ReviewAutoClose))
	if !a.PassedAt.IsZero() {
		return a.touched(now), nil, nil, nil
	}
	a.PassedAt = now
	reward, entry := ledger.Hold(ledger.Reward{
		ID: rewardID, Version: 1, Pro: a.Pro, Project: a.Project, Assignment: a.ID, Title: a.Terms.Title, Amount: a.Terms.Reward, Rule: a.Terms.Release,
	}, book, now)
	return a.touched(now), &reward, &entry, nil
}

// reviewable holds what every act of a reviewer needs: the state, the role, not one's own work (I30), and nobody else's claim.
func reviewable(a Assignment, action lifecycle.Action, by party.Actor) error {
	if by.Is(party.QC) && by.ID == a.Pro {
		return problem.New(problem.CodeOwnWork, "You made this version, so somebody else reviews it.")
	}
	if _, err := a.Progress.Do(AssignmentLifecycle, action, a.RolesOf(by)...); err != nil {
		return err
	}
	if a.Reviewer != "" && a.Reviewer.Reveal() != by.ID {
		return problem.New(problem.CodeClaimedByOther, "Another reviewer has claimed this version.")
	}
	if action == Unclaim && a.Reviewer == "" {
		return problem.New(problem.CodeStateChanged, "Nobody has claimed this version.")
	}
	return nil
}

// ReviewerFor is who has claimed the version, as far as the reader may know: staff and QC, and never the pro who made it.
func (a Assignment) ReviewerFor(by party.Actor) string {
	if by.IsStaff() || by.Is(party.QC) && by.ID != a.Pro {
		return a.Reviewer.Reveal()
	}
	return ""
}
