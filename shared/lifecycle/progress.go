package lifecycle

import (
	"slices"
	"time"
)

// Progress is where one record stands in its lifecycle, and what will ring. It is part of the record, so a commit that
// enters a state writes its deadlines with it.
type Progress struct {
	State State
	// Entry counts entries into a state from another one and deadlines armed anew. An alarm that carries an older number
	// finds nothing to do.
	Entry     int
	Deadlines []Due
}

// Due is a live deadline: half-open, a person may act while now < At, the timer acts when now >= At.
type Due struct {
	Kind  string
	At    time.Time // UTC, whole milliseconds
	Entry int
	Key   string // which of several of the same kind, empty where there is one
}

// Start puts a record into the table's initial state.
func Start(t Table) Progress { return Progress{State: t.Initial, Entry: 1} }

// Do moves along the table. Deadlines that the new state does not declare are cancelled.
func (p Progress) Do(t Table, action Action, roles ...Role) (Progress, error) {
	to, err := t.Next(p.State, action, roles...)
	if err != nil {
		return p, err
	}
	if to == p.State {
		return p, nil
	}
	next := Progress{State: to, Entry: p.Entry + 1}
	for _, d := range p.Deadlines {
		if _, ok := t.Deadline(to, d.Kind); ok {
			next.Deadlines = append(next.Deadlines, d)
		}
	}
	return next, nil
}

// Arm sets a deadline that the current state declares; one of the same kind and key is replaced, and its alarm is dead.
func (p Progress) Arm(t Table, kind, key string, at time.Time) Progress {
	if _, ok := t.Deadline(p.State, kind); !ok {
		panic(t.Name + ": " + string(p.State) + " declares no deadline " + kind)
	}
	p = p.Disarm(kind, key)
	p.Entry++
	p.Deadlines = append(p.Deadlines, Due{Kind: kind, Key: key, At: at.UTC().Truncate(time.Millisecond), Entry: p.Entry})
	slices.SortStableFunc(p.Deadlines, func(a, b Due) int { return a.At.Compare(b.At) })
	return p
}

// Disarm cancels a deadline, if it is live.
func (p Progress) Disarm(kind, key string) Progress {
	p.Deadlines = slices.DeleteFunc(slices.Clone(p.Deadlines), func(d Due) bool { return d.Kind == kind && d.Key == key })
	return p
}

// Live finds the live deadline of a kind and key.
func (p Progress) Live(kind, key string) (Due, bool) {
	i := slices.IndexFunc(p.Deadlines, func(d Due) bool { return d.Kind == kind && d.Key == key })
	if i < 0 {
		return Due{}, false
	}
	return p.Deadlines[i], true
}

// Rings finds the live deadline that an alarm is about: same kind, same entry, and its time has come. Anything else is
// stale, early or doubled, and there is nothing to do.
func (p Progress) Rings(kind string, entry int, now time.Time) (Due, bool) {
	i := slices.IndexFunc(p.Deadlines, func(d Due) bool {
		return d.Kind == kind && d.Entry == entry && !now.Before(d.At)
	})
	if i < 0 {
		return Due{}, false
	}
	return p.Deadlines[i], true
}

// Earliest is when the record next needs a timer.
func (p Progress) Earliest() (time.Time, bool) {
	if len(p.Deadlines) == 0 {
		return time.Time{}, false
	}
	return p.Deadlines[0].At, true
}
