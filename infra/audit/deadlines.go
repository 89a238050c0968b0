package audit

import (
	"maps"
	"time"

	"github.com/callsheet/callsheet/shared/help"
	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// alarm is a deadline as events and records both name it.
type alarm struct {
	ref  store.Ref
	kind string
	at   time.Time
}

// checkDeadlines: what is live on a record is what its events have set and not ended, and is what its state needs (I10).
func (b *books) checkDeadlines() {
	open := map[alarm]int{}
	for _, story := range b.stories {
		for _, e := range story {
			for _, a := range e.Armed {
				open[alarm{a.Ref, a.Kind, a.DueAt.UTC()}]++
			}
			for _, d := range e.Ended {
				open[alarm{d.Ref, d.Kind, d.At.UTC()}]--
			}
		}
	}
	for _, r := range b.records {
		d, ok := r.(store.Deadlined)
		if !ok {
			continue
		}
		live := map[string]int{}
		for _, due := range d.Standing().Deadlines {
			open[alarm{d.Ref(), due.Kind, due.At.UTC()}]--
			live[due.Kind]++
		}
		if need := needed(d); !maps.Equal(live, need) {
			b.fault("I10", "%s is %s with the deadlines %v, and needs %v", d.Ref(), d.Standing().State, live, need)
		}
	}
	for a, n := range open {
		if n != 0 {
			b.fault("I10", "deadline %s of %s at %s is %+d times too often in the events", a.kind, a.ref, a.at, n)
		}
	}
}

// needed counts, by kind, the deadlines that a record must have. A delivery that is late, or was in quality control when
// it was due, has none any more; which of them it is stands in the events.
func needed(d store.Deadlined) map[string]int {
	need := map[string]int{}
	switch r := d.(type) {
	case project.Project:
		for _, round := range r.Rounds {
			if r.Progress.State == project.Open && !round.Expired && round.ClosedAt.IsZero() {
				need[project.RoundExpiry]++
			}
		}
	case project.Assignment:
		_, running := r.Progress.Live(project.DeliveryDue, "")
		switch state := r.Progress.State; {
		case state == project.InReview, state == project.Clarifying:
			need[project.ReviewAutoClose] = 1
		case state == project.Quoted, state == project.Offered:
			need[project.QuoteExpiry] = 1
		case state == project.InQC && running, state == project.Working && !r.Late && !held(r), state == project.Revising && (running || !r.Late && !held(r)):
			need[project.DeliveryDue] = 1
		}
	case help.Flag:
		if !r.OwedSince.IsZero() && !r.Escalated {
			need[help.FirstResponse] = 1
			if _, unwarned := r.Progress.Live(help.Warning, ""); unwarned {
				need[help.Warning] = 1
			}
		}
	case ledger.Reward:
		if r.Progress.State == ledger.RewardHeld && !r.ReleaseAt.IsZero() {
			need[ledger.ReleaseDeadline] = 1
		}
	}
	return need
}

// held reports whether a delivery deadline stands still for a flag.
func held(a project.Assignment) bool { return len(a.Hold.For) > 0 }
