package project_test

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

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares got with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		must(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (go test -update writes it):\n%s", path, diff)
	}
}

// cell is what a matrix says about one attempt: the state it leads to, or the code of the refusal.
func cell(to lifecycle.State, err error) string {
	if err != nil {
		return string(problem.As(err).Code)
	}
	return "→ " + string(to)
}

// matrix prints rows of cells in columns.
func matrix(head []string, rows [][]string) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, row := range append([][]string{head}, rows...) {
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	w.Flush()
	return strings.ReplaceAll(b.String(), " \n", "\n")
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

func TestTables(t *testing.T) {
	roles := append(party.Roles(), lifecycle.Timer)
	for _, table := range project.Lifecycles() {
		t.Run(table.Name+" is a sound table", func(t *testing.T) { must(t, table.Validate()) })
		t.Run(table.Name+" answers every state × action × role as its matrix says — I9", func(t *testing.T) {
			head := []string{"state", "action"}
			for _, r := range roles {
				head = append(head, string(r))
			}
			var rows [][]string
			for _, s := range table.States() {
				for _, a := range actionsOf(table) {
					row := []string{string(s), string(a)}
					for _, r := range roles {
						row = append(row, cell(table.Next(s, a, r)))
					}
					rows = append(rows, row)
				}
			}
			golden(t, "table-"+table.Name+".txt", matrix(head, rows))
		})
		t.Run(table.Name+" lets nothing leave a terminal state — I9", func(t *testing.T) {
			for _, s := range table.States() {
				for _, a := range actionsOf(table) {
					if to, err := table.Next(s, a, roles...); table.Terminal(s) && err == nil && to != s {
						t.Errorf("%s leaves %s", a, s)
					}
				}
			}
		})
		t.Run(table.Name+" lets no person do what only time may, and time nothing else", func(t *testing.T) {
			for _, tr := range table.Transitions {
				timed := slices.Contains(tr.By, lifecycle.Timer)
				rung := slices.ContainsFunc(table.Deadlines[tr.From], func(d lifecycle.Deadline) bool { return d.Action == tr.Action })
				derived := table.Name == project.InvitationLifecycle.Name // its time passes without a deadline of its own
				paid := tr.Action == project.Approve                      // a review that closes itself counts as the client's yes
				if timed != rung && !derived && !paid {
					t.Errorf("%s in %s: timer %t, deadline %t", tr.Action, tr.From, timed, rung)
				}
			}
		})
		t.Run(table.Name+" names the requirement of every edge and deadline", func(t *testing.T) {
			for _, tr := range table.Transitions {
				if tr.Rules == "" {
					t.Errorf("%s in %s has none", tr.Action, tr.From)
				}
			}
			for _, d := range table.Kinds() {
				if d.Rules == "" {
					t.Errorf("%s has none", d.Kind)
				}
			}
		})
	}
	t.Run("name a machine of their own for each deadline, short enough for Step Functions — F33", func(t *testing.T) {
		seen := map[string]bool{}
		for _, table := range project.Lifecycles() {
			for _, d := range table.Kinds() {
				machine := lifecycle.Machine(table.Name, d.Kind)
				if seen[machine] || len(machine)+len("-asg_01ARZ3NDEKTSV4RRFFQ69G5FAV-12345") > 80 || strings.Trim(machine, "abcdefghijklmnopqrstuvwxyz-") != "" {
					t.Errorf("%s", machine)
				}
				seen[machine] = true
			}
		}
	})
}
