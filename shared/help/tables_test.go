package help_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/google/go-cmp/cmp"

	"github.com/callsheet/callsheet/shared/help"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
)

var update = flag.Bool("update", false, "write the golden files")

func TestTables(t *testing.T) {
	roles := append(party.Roles(), lifecycle.Timer)
	for _, table := range help.Lifecycles() {
		t.Run(table.Name+" is a sound table", func(t *testing.T) { must(t, table.Validate()) })
		t.Run(table.Name+" answers every state × action × role as its matrix says — I9", func(t *testing.T) {
			var b strings.Builder
			out := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
			fmt.Fprintf(out, "state\taction")
			for _, r := range roles {
				fmt.Fprintf(out, "\t%s", r)
			}
			fmt.Fprintln(out)
			for _, s := range table.States() {
				for _, a := range actionsOf(table) {
					fmt.Fprintf(out, "%s\t%s", s, a)
					for _, r := range roles {
						to, err := table.Next(s, a, r)
						if err != nil {
							to = lifecycle.State(problem.As(err).Code)
						}
						fmt.Fprintf(out, "\t%s", to)
					}
					fmt.Fprintln(out)
				}
			}
			must(t, out.Flush())
			golden(t, "table-"+table.Name+".txt", b.String())
		})
		t.Run(table.Name+" names the requirement of every edge and deadline", func(t *testing.T) {
			for _, tr := range table.Transitions {
				if tr.Rules == "" {
					t.Errorf("%s in %s has none", tr.Action, tr.From)
				}
			}
		})
		t.Run(table.Name+" lets no person do what only time may, and time nothing else", func(t *testing.T) {
			for _, tr := range table.Transitions {
				rung := slices.ContainsFunc(table.Deadlines[tr.From], func(d lifecycle.Deadline) bool { return d.Action == tr.Action })
				if timed := slices.Contains(tr.By, lifecycle.Timer); timed != rung {
					t.Errorf("%s in %s: timer %t, deadline %t", tr.Action, tr.From, timed, rung)
				}
			}
		})
	}
	t.Run("close nothing by time — A8", func(t *testing.T) {
		for _, tr := range help.Lifecycle.Transitions {
			if tr.To == help.Resolved && slices.Contains(tr.By, lifecycle.Timer) {
				t.Errorf("%s of a timer resolves a flag", tr.Action)
			}
		}
	})
	t.Run("give the client no part in a flag but the answer that comes back from a question — A9", func(t *testing.T) {
		for _, tr := range help.Lifecycle.Transitions {
			if slices.Contains(tr.By, party.Client) != (tr.Action == help.Answer) {
				t.Errorf("%s in %s", tr.Action, tr.From)
			}
		}
	})
}

func actionsOf(table lifecycle.Table) []lifecycle.Action {
	var actions []lifecycle.Action
	for _, tr := range table.Transitions {
		if !slices.Contains(actions, tr.Action) {
			actions = append(actions, tr.Action)
		}
	}
	return actions
}

// golden compares got with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		must(t, os.MkdirAll("testdata", 0o755))
		must(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (go test -update writes it):\n%s", path, diff)
	}
}
