package store

import (
	"slices"

	"github.com/callsheet/callsheet/shared/lifecycle"
)

// Diff tells the event which alarms the change sets and what becomes of deadlines that will not fire. fired names the
// deadline whose firing this change is, if any.
func (e *Event) Diff(machine string, ref Ref, before, after []lifecycle.Due, fired string) {
	for _, d := range after {
		if !contains(before, d) {
			e.Armed = append(e.Armed, Alarm{Machine: lifecycle.Machine(machine, d.Kind), Ref: ref, Kind: d.Kind, Entry: d.Entry, DueAt: d.At})
		}
	}
	for _, d := range before {
		if contains(after, d) {
			continue
		}
		how := "cancelled"
		switch {
		case d.Kind == fired:
			how = "fired"
		case replaced(after, d):
			how = "replaced"
		}
		e.Ended = append(e.Ended, Ended{Ref: ref, Kind: d.Kind, At: d.At, How: how})
	}
}

func contains(list []lifecycle.Due, d lifecycle.Due) bool {
	return slices.ContainsFunc(list, func(o lifecycle.Due) bool { return o.Kind == d.Kind && o.Key == d.Key && o.Entry == d.Entry })
}

func replaced(list []lifecycle.Due, d lifecycle.Due) bool {
	return slices.ContainsFunc(list, func(o lifecycle.Due) bool { return o.Kind == d.Kind && o.Key == d.Key })
}
