package journey_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"github.com/callsheet/callsheet/infra/journey"
	"github.com/callsheet/callsheet/infra/local"
)

// binaries holds every function, built once.
var binaries string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "callsheet-functions-")
	if err == nil {
		defer os.RemoveAll(dir)
		binaries = dir
		err = local.Build(context.Background(), "../..", dir, io.Discard)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// TestStories plays every story of the demo to its end, and lets the books be checked after it.
func TestStories(t *testing.T) {
	for n, story := range journey.Stories(nil) {
		for clock, paused := range map[string]bool{"a running clock": false, "a paused clock": true} {
			t.Run(story.Title+", told to its end on "+clock, func(t *testing.T) {
				cloud, err := local.Open(local.Config{
					Project: "../..", Binaries: binaries, Data: t.TempDir(), Paused: paused, Start: time.Date(2027, 3, 1, 12, 30, 0, 0, time.UTC),
					Personas: local.Personas(journey.Cast()),
				})
				if err != nil {
					t.Fatal(err)
				}
				defer func() {
					if err := cloud.Close(); err != nil {
						t.Error(err)
					}
				}()
				world := journey.New(cloud.URL)
				if err := world.Settle(journey.Cast()); err != nil {
					t.Fatal(err)
				}
				for i, step := range journey.Stories(world)[n].Steps {
					if told, err := step.Do(); err != nil {
						t.Fatalf("step %d, %s: %v\n%v", i+1, step.Title, err, told)
					}
				}
				if _, err := world.Advance(0); err != nil {
					t.Fatal(err)
				}
				if err := cloud.Fsck(); err != nil {
					t.Error(err)
				}
			})
		}
	}
}
