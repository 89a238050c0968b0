package project

import (
	"slices"
	"time"

	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
)

// What picking writes, at most, in one transaction: for the contest the project, its event and the request; for each seat its
// assignment, an event, the reward, and its two entries where it is lessened and credited; for each fee that the client's
// approval releases its reward and entry.
const (
	mostItems    = 100 // of a DynamoDB transaction
	contestItems = 3
	seatItems    = 5
	feeItems     = 2
)

// mostSeats is how many seats a contest has whose winners can be picked in one act, whatever the policy allows.
const mostSeats = (mostItems - contestItems) / seatItems

// roomForFee refuses one more fee where picking could not credit that many in one act with the seats (A10).
func (a Assignment) roomForFee() error {
	seats := a.Rivals + 1
	most := (mostItems - contestItems - seats*seatItems) / (seats * feeItems)
	if a.Rivals == 0 || a.Terms.Release != policy.OnClientApproval || len(a.Fees) < most {
		return nil
	}
	return problem.New(problem.CodeTooManyItems, "In a contest of %d seats the changes of a work have at most %d fees. Forward them, and charge the fee as an adjustment.", seats, most)
}

// Picked is a contest whose client has picked winners among the work in review: they are done, and the other seats are not
// picked. It is possible once nobody's work is on its way in time any more, so that everybody who keeps to the deadline is
// looked at. Seats that nobody took by the delivery deadline are given up with it (R34, A14). What passed quality control is
// paid, picked or not (A13). changed are the assignments that are written, before and after.
func Picked(p Project, entries []Assignment, winners []string, by party.Actor, now time.Time) (next Project, changed [][2]Assignment, err error) {
	progress, err := p.Progress.Do(Lifecycle, Pick, p.RolesOf(by)...)
	if err != nil {
		return p, nil, err
	}
	if err := p.mayPick(entries, now); err != nil {
		return p, nil, err
	}
	if err := pickable(entries, winners, now); err != nil {
		return p, nil, err
	}
	for _, a := range entries {
		action := PassOver
		switch {
		case slices.Contains(winners, a.ID):
			action = Pick
		case a.Progress.State == Done, a.Progress.State == NotPicked, a.Progress.State == InReview && !a.reviewable(now): // decided on before, closed by itself, or about to be
			continue
		case !a.LeftAt.IsZero(): // since the project was read, whose version then has it decided again
			continue
		}
		after := a
		if after.Progress, err = a.Progress.Do(AssignmentLifecycle, action, party.Client); err != nil {
			return p, nil, err
		}
		after.DoneAt = now
		changed = append(changed, [2]Assignment{a, after.touched(now)})
	}
	p = p.closed(now)
	p.Progress = progress
	if p.FilledAt.IsZero() {
		p.FilledAt = now
	}
	p.Seats = slices.DeleteFunc(slices.Clone(p.Seats), func(s Seat) bool { return s.Assignment == "" })
	return p.touched(now), changed, nil
}

// mayPick refuses while somebody may still come, or is still to be looked at.
func (p Project) mayPick(entries []Assignment, now time.Time) error {
	switch {
	case p.Type != Contest:
		return problem.New(problem.CodeStateChanged, "Only the winners of a contest are picked.")
	case p.Taken() < len(p.Seats) && now.Before(p.DeliverBy):
		return problem.New(problem.CodeNotYet, "Seats are free until the work is due, %s.", p.DeliverBy.Format(time.RFC3339)).With("from", stamp(p.DeliverBy))
	}
	for _, a := range entries {
		switch {
		case a.paidChanges():
			return problem.New(problem.CodeNotYet, "Changes with a fee are being made on a work of the contest. They are made, or given up by the team, first.").With("assignment", a.ID)
		case a.onItsWay(now):
			return problem.New(problem.CodeNotYet, "Work of the contest is still on its way in time.").With("assignment", a.ID)
		}
	}
	return nil
}

// paidChanges reports whether the pro makes changes for which their client has been charged. Picking waits for them also where
// they are late, since it releases fees as they stand (A10), and staff void the fee of what nobody makes.
func (a Assignment) paidChanges() bool {
	return !a.Request.Quote.AgreedAt.IsZero() && (a.Progress.State == Revising || a.Progress.State == InQC)
}

// onItsWay reports whether work may still come before the client in time, or waits for an answer.
func (a Assignment) onItsWay(now time.Time) bool {
	switch a.Progress.State {
	case Working, Revising:
		due, live := a.Progress.Live(DeliveryDue, "")
		return live && now.Before(due.At)
	case InQC:
		return !a.Late
	case InReview, Done, NotPicked, Withdrawn, Reassigned:
		return false
	}
	return true // changes that the client asked for are not settled
}

// reviewable reports whether the client may still decide: not once the review has closed by itself.
func (a Assignment) reviewable(now time.Time) bool {
	due, live := a.Progress.Live(ReviewAutoClose, "")
	return a.Progress.State == InReview && live && now.Before(due.At)
}

// pickable refuses winners that are none of those in review, or named twice.
func pickable(entries []Assignment, winners []string, now time.Time) error {
	var wrong problem.Fields
	if len(winners) == 0 {
		wrong.Add("/assignments", "Pick at least one.")
	}
	for n, id := range winners {
		i := slices.IndexFunc(entries, func(a Assignment) bool { return a.ID == id })
		if i < 0 || !entries[i].reviewable(now) || slices.Contains(winners[:n], id) {
			wrong.Add("/assignments/"+itoa(n), "Each winner is one of the assignments in review, named once.")
		}
	}
	return wrong.Err()
}
