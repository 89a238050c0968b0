package audit

import (
	"errors"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// checkContests: of a contest whose client has picked, every entry is a winner's, was not picked, or was closed by itself before,
// and nobody else was picked or passed over (A14); of who was not picked the reward is what their policy leaves of it (A13).
func (b *books) checkContests() {
	picked := map[string]int{} // winners by project, as its story tells
	for ref, story := range b.stories {
		for _, e := range story {
			for _, f := range e.Facts {
				if f, ok := f.(project.WinnersPicked); ok && ref.Kind == store.Project {
					picked[ref.ID] += f.Picked
				}
			}
		}
	}
	for id, p := range b.projects {
		won, settled := 0, 0
		for _, s := range p.Seats {
			times, over := b.endedAs(s.Assignment)
			if won += times; over {
				settled++
			}
		}
		if won != picked[id] || picked[id] > 0 && settled != len(p.Seats) {
			b.fault("A14", "the client of %s picked %d winners; %d are told so, and %d of %d entries are settled", id, picked[id], won, settled, len(p.Seats))
		}
	}
	for id, a := range b.assignments {
		if a.Progress.State == project.NotPicked && picked[a.Project] == 0 {
			b.fault("A14", "assignment %s was not picked, and %s has no winners", id, a.Project)
		}
		b.checkShare(a)
	}
}

// endedAs tells how often an entry of a contest was picked, and whether it was, was passed over, or was closed by itself.
func (b *books) endedAs(assignment string) (times int, over bool) {
	over = b.assignments[assignment].Progress.State == project.NotPicked
	for _, e := range b.stories[store.Ref{Kind: store.Assignment, ID: assignment}] {
		for _, f := range e.Facts {
			switch f.(type) {
			case project.WorkPicked:
				times++
				over = true
			case project.WorkApproved:
				over = true
			}
		}
	}
	return times, over
}

func (b *books) checkShare(a project.Assignment) {
	r, ok := b.rewards[project.RewardID(a.ID)]
	if !ok {
		return
	}
	book, err := policy.Editions().At(a.Policy)
	kept, forgone, failed := a.Terms.Reward.Kept(book.NotPickedShare)
	if err = errors.Join(err, failed); err != nil {
		b.fault("A13", "assignment %s: %w", a.ID, err)
		return
	}
	if a.Progress.State != project.NotPicked {
		kept, forgone = a.Terms.Reward, ledger.Money{}
	} else if r.VoidedBy != "" && r.Forgone.IsZero() {
		return // taken back before the pick
	}
	if r.Amount != kept || r.Forgone.Minor != forgone.Minor {
		b.fault("A13", "assignment %s is %s, and its reward keeps %s and not %s", a.ID, a.Progress.State, r.Amount, kept)
	}
}
