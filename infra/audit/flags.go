package audit

import (
	"github.com/callsheet/callsheet/shared/help"
)

// checkFlags: an asker knows exactly their flags that are not resolved, no two about the same, and a question is open
// exactly while its flag waits for it (A6, R20).
func (b *books) checkFlags() {
	open := map[string]string{}
	for id, f := range b.flags {
		if f.Progress.State == help.Resolved {
			continue
		}
		about := f.Subject.Pro + " " + f.Subject.Project + f.Subject.Reference + " " + string(f.Reason)
		if other, twice := open[about]; twice {
			b.fault("A6", "flags %s and %s are open about the same: %s", id, other, about)
		}
		open[about] = id
	}
	known := 0
	for _, r := range b.records {
		switch r := r.(type) {
		case help.Asker:
			for _, o := range r.Open {
				known++
				if f, there := b.flags[o.Flag]; !there || f.Subject.Pro != r.ID || f.Progress.State == help.Resolved {
					b.fault("A6", "%s is thought to have flag %s open", r.ID, o.Flag)
				}
			}
		case help.Question:
			f := b.flags[r.Flag.Reveal()]
			if waits := f.Paused.Question == r.ID; waits != (r.Progress.State == help.Asked) {
				b.fault("R20", "question %s is %s, and flag %s waits for it: %v", r.ID, r.Progress.State, f.ID, waits)
			}
		}
	}
	if known != len(open) {
		b.fault("A6", "askers know %d open flags of %d", known, len(open))
	}
}
