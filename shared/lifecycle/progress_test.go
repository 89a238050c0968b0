package lifecycle

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// do moves the door, which must work.
func do(t *testing.T, p Progress, action Action, role Role) Progress {
	t.Helper()
	next, err := p.Do(door, action, role)
	if err != nil {
		t.Fatal(err)
	}
	return next
}

func entry(t *testing.T, p Progress, kind, key string) int {
	t.Helper()
	d, ok := p.Live(kind, key)
	if !ok {
		t.Fatalf("%s %s is not live in %+v", kind, key, p)
	}
	return d.Entry
}

func TestProgress(t *testing.T) {
	t.Run("starts in the initial state at entry 1, with nothing to ring", func(t *testing.T) {
		if diff := cmp.Diff(Progress{State: "closed", Entry: 1}, Start(door)); diff != "" {
			t.Error(diff)
		}
		if at, ok := Start(door).Earliest(); ok {
			t.Errorf("rings at %s", at)
		}
	})
	t.Run("counts an entry into another state", func(t *testing.T) {
		if p := do(t, Start(door), "open", "owner"); p.State != "ajar" || p.Entry != 2 {
			t.Errorf("got %+v", p)
		}
	})
	t.Run("keeps its entry and its deadlines through a self-loop", func(t *testing.T) {
		p := Start(door).Arm(door, "door.air_out", "", noon)
		if diff := cmp.Diff(p, do(t, p, "knock", "guest")); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("stays where it is when the action is refused", func(t *testing.T) {
		p := Start(door).Arm(door, "door.air_out", "", noon)
		got, err := p.Do(door, "unhinge", "owner")
		if diff := cmp.Diff(p, got); diff != "" || err == nil {
			t.Errorf("%v %s", err, diff)
		}
	})
	t.Run("cancels deadlines that the new state does not declare", func(t *testing.T) {
		p := do(t, Start(door).Arm(door, "door.air_out", "", noon), "open", "owner")
		if len(p.Deadlines) != 0 {
			t.Errorf("got %+v", p.Deadlines)
		}
	})
	t.Run("carries a deadline that the new state declares too, under its own entry number", func(t *testing.T) {
		ajar := do(t, Start(door), "open", "owner").Arm(door, "draught", "", noon)
		wide := do(t, ajar, "open", "owner")
		if diff := cmp.Diff(ajar.Deadlines, wide.Deadlines); diff != "" {
			t.Error(diff)
		}
		if wide.Entry == entry(t, wide, "draught", "") {
			t.Errorf("the deadline has the state's new entry %d", wide.Entry)
		}
	})
	t.Run("never changes what it was made from", func(t *testing.T) {
		p := Start(door).Arm(door, "door.air_out", "a", noon).Arm(door, "door.air_out", "b", noon.Add(time.Hour))
		before := append([]Due(nil), p.Deadlines...)
		p.Arm(door, "door.air_out", "c", noon.Add(-time.Hour))
		p.Disarm("door.air_out", "a")
		do(t, p, "open", "owner")
		if diff := cmp.Diff(before, p.Deadlines); diff != "" {
			t.Error(diff)
		}
	})
}

func TestArm(t *testing.T) {
	t.Run("gives each deadline an entry number of its own", func(t *testing.T) {
		p := Start(door).Arm(door, "door.air_out", "a", noon).Arm(door, "door.air_out", "b", noon)
		if a, b := entry(t, p, "door.air_out", "a"), entry(t, p, "door.air_out", "b"); a != 2 || b != 3 {
			t.Errorf("got %d and %d", a, b)
		}
	})
	t.Run("replaces one of the same kind and key, and the old alarm is dead", func(t *testing.T) {
		p := Start(door).Arm(door, "door.air_out", "a", noon)
		old := entry(t, p, "door.air_out", "a")
		p = p.Arm(door, "door.air_out", "a", noon.Add(time.Hour))
		if len(p.Deadlines) != 1 || entry(t, p, "door.air_out", "a") == old {
			t.Errorf("got %+v", p.Deadlines)
		}
		if _, rings := p.Rings("door.air_out", old, noon.Add(2*time.Hour)); rings {
			t.Error("the old alarm still rings")
		}
	})
	t.Run("keeps the order in which they fall due", func(t *testing.T) {
		p := Start(door).Arm(door, "door.air_out", "late", noon.Add(time.Hour)).Arm(door, "door.air_out", "soon", noon)
		if at, ok := p.Earliest(); !ok || !at.Equal(noon) {
			t.Errorf("got %s", at)
		}
	})
	t.Run("keeps UTC in whole milliseconds", func(t *testing.T) {
		p := Start(door).Arm(door, "door.air_out", "", noon.Add(1_999_999).In(time.FixedZone("", 3600)))
		if d, _ := p.Live("door.air_out", ""); d.At != noon.Add(time.Millisecond) {
			t.Errorf("got %s", d.At)
		}
	})
	t.Run("refuses a deadline that the state does not declare, as a defect of ours", func(t *testing.T) {
		defer func() {
			if recover() == nil {
				t.Error("it was armed")
			}
		}()
		Start(door).Arm(door, "draught", "", noon)
	})
	t.Run("is undone for one key and no other", func(t *testing.T) {
		p := Start(door).Arm(door, "door.air_out", "a", noon).Arm(door, "door.air_out", "b", noon).Disarm("door.air_out", "a")
		if _, live := p.Live("door.air_out", "a"); live || len(p.Deadlines) != 1 {
			t.Errorf("got %+v", p.Deadlines)
		}
		if diff := cmp.Diff(p, p.Disarm("door.air_out", "a")); diff != "" {
			t.Errorf("twice is not once: %s", diff)
		}
	})
}

func TestRings(t *testing.T) {
	p := Start(door).Arm(door, "door.air_out", "", noon)
	now := entry(t, p, "door.air_out", "")
	for _, c := range []struct {
		name  string
		kind  string
		entry int
		at    time.Time
		want  bool
	}{
		{"not 1 ms before its time", "door.air_out", now, noon.Add(-time.Millisecond), false},
		{"exactly at its time", "door.air_out", now, noon, true},
		{"1 ms after its time", "door.air_out", now, noon.Add(time.Millisecond), true},
		{"years late", "door.air_out", now, noon.AddDate(3, 0, 0), true},
		{"not for an older entry", "door.air_out", now - 1, noon, false},
		{"not for a later entry", "door.air_out", now + 1, noon, false},
		{"not for another kind", "draught", now, noon, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			due, rings := p.Rings(c.kind, c.entry, c.at)
			if rings != c.want || rings && !due.At.Equal(noon) {
				t.Errorf("got %t, %+v", rings, due)
			}
		})
	}
	t.Run("not after the state was left", func(t *testing.T) {
		if _, rings := do(t, p, "open", "owner").Rings("door.air_out", now, noon); rings {
			t.Error("it rings")
		}
	})
	t.Run("in a later state that carries it", func(t *testing.T) {
		ajar := do(t, Start(door), "open", "owner").Arm(door, "draught", "", noon)
		if _, rings := do(t, ajar, "open", "guest").Rings("draught", entry(t, ajar, "draught", ""), noon); !rings {
			t.Error("it does not ring")
		}
	})
}
