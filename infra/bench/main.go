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
	m := &meter{}
	cloud, done, err := open(binaries, m)
	if err != nil {
		return err
	}
	c, err := project(cloud, m)
	if err = errors.Join(err, done()); err != nil {
		return err
	}
	return report(c)
}

// open starts a cloud of its own in a temporary folder; done stops it and deletes the folder.
func open(binaries string, m *meter) (cloud *local.Cloud, done func() error, err error) {
	data, err := os.MkdirTemp("", "callsheet-bench-")
	if err != nil {
		return nil, nil, err
	}
	config := local.Config{Project: ".", Binaries: binaries, Data: data, Paused: true, Start: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC), Personas: local.Personas(append(journey.Cast(), benchPros()...)), MailRate: 1000}
	if m != nil {
		config.OnCall = m.record
	}
	if cloud, err = local.Open(config); err != nil {
		return nil, nil, err
	}
	done = func() error { return errors.Join(cloud.Close(), os.RemoveAll(data)) }
	if err := journey.New(cloud.URL).Settle(journey.Cast()); err != nil {
		return nil, nil, errors.Join(err, done())
	}
	return cloud, done, nil
}

func report(c counted) error {
	fmt.Printf("\nOne project: 20 invited, one QC rejection, client approval, credit\n\n")
	var over error
	for _, l := range limits {
		n := l.of(c)
		mark := "ok"
		if n > l.limit {
			mark = "OVER"
			over = errors.Join(over, fmt.Errorf("%s: %.1f, limit %.0f", l.what, n, l.limit))
		}
		fmt.Printf("  %-20s %8.1f  limit %4.0f  %s\n", l.what, n, l.limit, mark)
	}
	fmt.Printf("\n  %-50s %6s %8s %8s\n", "by function and call", "calls", "read", "write")
	for _, key := range slices.Sorted(maps.Keys(c.byCall)) {
		u := c.byCall[key]
		fmt.Printf("  %-50s %6d %8.1f %8.1f\n", key, u.calls, u.read, u.write)
	}
	return over
}
