package budget_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/callsheet/callsheet/infra/budget"
	"github.com/callsheet/callsheet/infra/local"
)

// One flag costs what the product promises.
func TestOneFlagStaysInsideItsLimits(t *testing.T) {
	held(t, budget.FlagLimits(), (*budget.Meter).Flag)
}

// One project with twenty invited pros stays inside what the product promises to cost. Counted, so it holds on any machine.
func TestOneProjectStaysInsideItsLimits(t *testing.T) {
	held(t, budget.Limits(), (*budget.Meter).Project)
}

// held plays something in a cloud of its own and holds what it cost to its limits.
func held(t *testing.T, limits []budget.Limit, play func(*budget.Meter, *local.Cloud) (budget.Cost, error)) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	binaries := t.TempDir()
	if err := local.Build(t.Context(), root, binaries, os.Stderr); err != nil {
		t.Fatal(err)
	}
	m := &budget.Meter{}
	cloud, err := local.Open(local.Config{
		Project: root, Binaries: binaries, Data: t.TempDir(), Paused: true, Start: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC),
		Personas: local.Personas(budget.Cast()), MailRate: 1000, OnCall: m.Record,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer cloud.Close()
	cost, err := play(m, cloud)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range limits {
		t.Run(l.What, func(t *testing.T) {
			t.Logf("%.1f %s, at most %.0f", l.Of(cost), l.What, l.Most)
			if got := l.Of(cost); got > l.Most || got == 0 {
				t.Errorf("%.1f %s, at most %.0f (make bench shows by function where they go)", got, l.What, l.Most)
			}
		})
	}
}
