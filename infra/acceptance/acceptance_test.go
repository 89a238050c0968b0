package acceptance_test

import (
	"io"
	"os"
	"testing"
	"time"

	"github.com/callsheet/callsheet/infra/acceptance"
	"github.com/callsheet/callsheet/infra/journey"
	"github.com/callsheet/callsheet/infra/local"
)

const contract = "../openapi.yaml"

// TestAcceptance runs the suite against the API that CALLSHEET_API names: with CALLSHEET_LOCAL, a local cloud's own pages, in
// full; without it, with the token in CALLSHEET_TOKEN. Without any of them it starts the local cloud, once on a clock that
// runs and once on one that stands still, and holds the books to every invariant at the end.
func TestAcceptance(t *testing.T) {
	if api := os.Getenv("CALLSHEET_API"); api != "" {
		acceptance.Run(t, acceptance.Target{World: journey.At(api, os.Getenv("CALLSHEET_LOCAL")), Token: os.Getenv("CALLSHEET_TOKEN"), Contract: contract})
		return
	}
	binaries := t.TempDir()
	if err := local.Build(t.Context(), "../..", binaries, io.Discard); err != nil {
		t.Fatal(err)
	}
	for clock, paused := range map[string]bool{"a running clock": false, "a paused clock": true} {
		t.Run("on the local cloud with "+clock, func(t *testing.T) {
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
			acceptance.Run(t, acceptance.Target{World: world, Contract: contract})
			if _, err := world.Advance(0); err != nil {
				t.Fatal(err)
			}
			if err := cloud.Fsck(); err != nil {
				t.Error(err)
			}
		})
	}
}
