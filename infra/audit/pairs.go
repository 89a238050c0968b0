package audit

import (
	"slices"

	"github.com/callsheet/callsheet/shared/project"
)

// checkPairs: a proofreading and its translation name each other, one of them at a time and for one client; whoever has
// the proofreading's seat has and had none of the translation's (R32).
func (b *books) checkPairs() {
	for _, a := range b.assignments {
		if p := b.projects[a.Project]; a.Of != p.Of {
			b.fault("R32", "assignment %s proofreads %q, and its project %q", a.ID, a.Of, p.Of)
		}
	}
	for id, p := range b.projects {
		if reading := b.projects[p.Proofreading]; p.Proofreading != "" && reading.Of != id {
			b.fault("R32", "%s is proofread by %s, which proofreads %q", id, p.Proofreading, reading.Of)
		}
		if p.Of == "" {
			continue
		}
		of, ok := b.projects[p.Of]
		if !ok || of.Client != p.Client || of.Proofreading != id && p.Progress.State != project.Cancelled {
			b.fault("R32", "%s proofreads %s, which is proofread by %q", id, p.Of, of.Proofreading)
		}
		for _, s := range p.Seats {
			if s.Assignment != "" && slices.ContainsFunc(slices.Concat(of.Seats, of.Former), func(had project.Seat) bool { return had.Pro == s.Pro }) {
				b.fault("R32", "%s proofreads their own work on %s", s.Pro, p.Of)
			}
		}
	}
}
