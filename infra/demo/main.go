// Command demo builds everything, starts the local cloud on free ports in a temporary folder, plays the product's flows
// with time travel, and tells what happens. `make demo` calls it; its exit status says whether every step was as told.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/callsheet/callsheet/infra/journey"
	"github.com/callsheet/callsheet/infra/local"
)

func main() {
	ok, err := demo()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
	}
	if !ok {
		os.Exit(1)
	}
}

func demo() (ok bool, err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	binaries, err := filepath.Abs("build")
	if err != nil {
		return false, err
	}
	fmt.Println("Building the functions")
	if err := local.Build(ctx, ".", binaries, os.Stdout); err != nil {
		return false, err
	}
	data, err := os.MkdirTemp("", "callsheet-demo-")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(data)
	cloud, err := local.Open(local.Config{Project: ".", Binaries: binaries, Data: data, Start: time.Now(), Personas: local.Personas(journey.Cast())})
	if err != nil {
		return false, err
	}
	defer cloud.Close()
	world := journey.New(cloud.URL)
	if err := world.Settle(journey.Cast()); err != nil {
		return false, err
	}
	fmt.Printf("\nThe local cloud is up at %s, with %d people in the directory\n", cloud.URL, len(journey.Cast()))
	return tell(ctx, world, journey.Stories(world))
}

// tell plays every story, each to its first step that is not as told, and ends with what it all cost.
func tell(ctx context.Context, world *journey.World, stories []journey.Story) (bool, error) {
	before, err := world.Usage()
	if err != nil {
		return false, err
	}
	done, steps := 0, 0
	for _, story := range stories {
		fmt.Printf("\n%s\n", story.Title)
		done += play(ctx, story.Steps, steps)
		steps += len(story.Steps)
	}
	after, err := world.Usage()
	if err != nil {
		return false, err
	}
	cost(before, after)
	fmt.Printf("\ndemo: %d of %d steps ok\n", done, steps)
	return done == steps, nil
}

// play tells the steps of one story, numbered on from those before it, and counts how many were as told.
func play(ctx context.Context, steps []journey.Step, before int) int {
	for i, step := range steps {
		if ctx.Err() != nil {
			return i
		}
		fmt.Printf("\n%2d. %s\n", before+i+1, step.Title)
		told, err := step.Do()
		for _, line := range told {
			fmt.Println("    " + line)
		}
		if err != nil {
			fmt.Println("    ✗ " + err.Error())
			return i
		}
	}
	return len(steps)
}

func cost(before, after journey.Usage) {
	fmt.Printf("\nWhat it cost\n")
	for _, row := range []struct {
		what string
		n    float64
	}{
		{"HTTP requests", float64(after.Requests - before.Requests)}, {"function invocations", float64(after.Invocations - before.Invocations)},
		{"write units", after.WriteUnits - before.WriteUnits}, {"read units", after.ReadUnits - before.ReadUnits},
		{"state transitions", float64(after.Transitions - before.Transitions)}, {"mails", float64(after.Mails - before.Mails)},
	} {
		fmt.Printf("    %-22s %8.1f\n", row.what, row.n)
	}
}
