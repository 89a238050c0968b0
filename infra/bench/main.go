// Command bench prints the counted budgets of the product, against their limits, and measures the local cloud. It fails
// only when a count is over its limit: counts do not depend on the machine, times do. `make bench` calls it.
package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/callsheet/callsheet/infra/budget"
	"github.com/callsheet/callsheet/infra/journey"
	"github.com/callsheet/callsheet/infra/local"
)

func main() {
	if err := bench(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(ctx context.Context) error {
	binaries, err := filepath.Abs("build")
	if err != nil {
		return err
	}
	if err := local.Build(ctx, ".", binaries, os.Stdout); err != nil {
		return err
	}
	over := counts(binaries)
	return errors.Join(over, weights(ctx), times(binaries))
}

// open starts a cloud of its own in a temporary folder; done stops it and deletes the folder.
func open(binaries string, cast []journey.Profile, m *budget.Meter) (cloud *local.Cloud, done func() error, err error) {
	data, err := os.MkdirTemp("", "callsheet-bench-")
	if err != nil {
		return nil, nil, err
	}
	config := local.Config{Project: ".", Binaries: binaries, Data: data, Paused: true, Start: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC), Personas: local.Personas(cast), MailRate: 100_000}
	if m != nil {
		config.OnCall = m.Record
	}
	if cloud, err = local.Open(config); err != nil {
		return nil, nil, err
	}
	return cloud, func() error { return errors.Join(cloud.Close(), os.RemoveAll(data)) }, nil
}

// counts plays one project and one flag and holds each against its limits.
func counts(binaries string) error {
	return errors.Join(
		count(binaries, "One project: 20 invited, one QC rejection, client approval, credit", budget.Limits(), (*budget.Meter).Project),
		count(binaries, "One flag: raised, claimed, answered, resolved with more time", budget.FlagLimits(), (*budget.Meter).Flag),
	)
}

func count(binaries, what string, limits []budget.Limit, play func(*budget.Meter, *local.Cloud) (budget.Cost, error)) error {
	m := &budget.Meter{}
	cloud, done, err := open(binaries, budget.Cast(), m)
	if err != nil {
		return err
	}
	c, err := play(m, cloud)
	if err = errors.Join(err, done()); err != nil {
		return err
	}
	fmt.Printf("\n%s\n\n", what)
	var over error
	for _, l := range limits {
		n := l.Of(c)
		fmt.Printf("  %-20s %8.1f   limit %4.0f\n", l.What, n, l.Most)
		if n > l.Most {
			over = errors.Join(over, fmt.Errorf("%s: %s: %.1f, limit %.0f", what, l.What, n, l.Most))
		}
	}
	fmt.Printf("\n  %-50s %6s %8s %8s\n", "by function and call (the sweep runs by the clock)", "calls", "read", "write")
	for _, key := range slices.Sorted(maps.Keys(c.ByCall)) {
		u := c.ByCall[key]
		fmt.Printf("  %-50s %6d %8.1f %8.1f\n", key, u.Calls, u.Read, u.Write)
	}
	return over
}

// weights prints what each function weighs when it is deployed; a test holds the limits.
func weights(ctx context.Context) error {
	sizes, err := budget.Sizes(ctx, ".")
	if err != nil {
		return err
	}
	fmt.Printf("\nZip of each function, linux/arm64\n\n")
	for _, name := range slices.Sorted(maps.Keys(sizes)) {
		fmt.Printf("  %-12s %5.2f MB\n", name, float64(sizes[name])/1e6)
	}
	return nil
}
