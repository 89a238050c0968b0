package notice

import (
	"testing"
	"time"
)

func TestDaysLeft(t *testing.T) {
	until := now.Add(90 * 24 * time.Hour)
	for _, c := range []struct {
		name string
		at   time.Time
		want int
	}{
		{"is 90 at the start", now, 90},
		{"is 90 one millisecond later", now.Add(time.Millisecond), 90},
		{"is 91 one millisecond earlier", now.Add(-time.Millisecond), 91},
		{"is 1 one millisecond before the end", until.Add(-time.Millisecond), 1},
		{"is 0 at the end", until, 0},
		{"is 0 after the end", until.Add(72 * time.Hour), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := daysLeft(until, c.at); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}
