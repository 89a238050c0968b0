package audit

import (
	"github.com/callsheet/callsheet/shared/help"
	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// checkStories: replayed in their order, the events of a record lead from state to state as its table allows, and end
// where the record is (I9, I21).
func (b *books) checkStories() {
	for _, r := range b.records {
		switch r := r.(type) {
		case project.Project:
			b.replay(project.Lifecycle, r.Ref(), r.Progress.State)
		case project.Assignment:
			b.replay(project.AssignmentLifecycle, r.Ref(), r.Progress.State)
		case project.Stray:
			b.replay(project.StrayLifecycle, r.Ref(), r.Progress.State)
		case help.Flag:
			b.replay(help.Lifecycle, r.Ref(), r.Progress.State)
		case help.Question:
			b.replay(help.QuestionLifecycle, r.Ref(), r.Progress.State)
		}
	}
}

func (b *books) replay(table lifecycle.Table, ref store.Ref, stands lifecycle.State) {
	story := b.stories[ref]
	var state lifecycle.State
	for i, e := range story {
		if e.State == "" { // it moved another record: a reward, an invitation
			continue
		}
		if adjusts := e.Action == ledger.Adjust || e.Action == ledger.ApproveAdjustment; adjusts && e.State == state {
			continue // of the assignment it moved only the sum that was decided alone, which any state allows
		}
		to, err := table.Next(state, e.Action, e.Role)
		if filling := table.Name == project.Lifecycle.Name && (state == project.Open || state == project.Filled); filling && (err != nil || to != e.State) {
			// Seats are taken and left by events of the assignments, so it may have been filled or opened in between.
			to, err = table.Next(other(state), e.Action, e.Role)
		}
		if i > 0 && (err != nil || to != e.State) {
			b.fault("I9", "event %s of %s: %s by %s from %s to %s", e.ID, ref, e.Action, e.Role, state, e.State)
		}
		state = e.State
	}
	filling := table.Name == project.Lifecycle.Name && stands == other(state) // by the events of its assignments
	if state != stands && !filling {
		b.fault("I9", "%s is %s, and its %d events end in %s", ref, stands, len(story), state)
	}
}

// other is filled for an open project, and open for a filled one.
func other(s lifecycle.State) lifecycle.State {
	switch s {
	case project.Open:
		return project.Filled
	case project.Filled:
		return project.Open
	}
	return ""
}
