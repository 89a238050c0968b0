package notice

import (
	"slices"
	"strings"
	"testing"

	"github.com/callsheet/callsheet/shared/help"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

func everyFact() []store.Fact { return slices.Concat(project.Facts(), help.Facts()) }

func TestTable(t *testing.T) {
	t.Run("says for every fact who is told, or that nobody is", func(t *testing.T) {
		for _, fact := range everyFact() {
			if _, known := noticesOf(fact); !known {
				t.Errorf("no row for %s", fact.FactName())
			}
		}
	})
	t.Run("has no fact that does not exist", func(t *testing.T) {
		exists := map[string]bool{}
		for _, fact := range everyFact() {
			exists[fact.FactName()] = true
		}
		for _, n := range table {
			if !exists[n.Fact.FactName()] {
				t.Errorf("%s is not a fact of the job", n.Fact.FactName())
			}
		}
	})
	t.Run("names each notice once, and never a fact that nobody is told about", func(t *testing.T) {
		seen := map[string]bool{}
		for _, n := range table {
			if (n.Name == "") != (n.Audience == Nobody) {
				t.Errorf("%s: name %q, audience %q", n.Fact.FactName(), n.Name, n.Audience)
			}
			if n.Name != "" && seen[n.Name] {
				t.Errorf("%s appears twice", n.Name)
			}
			seen[n.Name] = true
		}
	})
	t.Run("tells a fact either to nobody or to somebody", func(t *testing.T) {
		for _, fact := range everyFact() {
			rows, _ := noticesOf(fact)
			all := 0
			for _, n := range table {
				if n.Fact.FactName() == fact.FactName() {
					all++
				}
			}
			if len(rows) != 0 && len(rows) != all {
				t.Errorf("%s is told to %d and to nobody", fact.FactName(), len(rows))
			}
		}
	})
	t.Run("has a requirement behind every mail", func(t *testing.T) {
		for _, n := range named() {
			if n.Rules == "" {
				t.Errorf("%s serves no rule", n.Name)
			}
		}
	})
}

type unheard struct{}

func (unheard) FactName() string { return "unheard.of" }

func TestUnknownFact(t *testing.T) {
	t.Run("is an error and keeps the outbox open, and the others are told", func(t *testing.T) {
		w := inLanguage("en")
		err := w.teller().Tell(t.Context(), event(unheard{}, samples()["credited"]), now)
		if err == nil || !strings.Contains(err.Error(), "unheard.of") || len(w.closed) != 0 {
			t.Fatalf("err = %v, closed = %v", err, w.closed)
		}
		if len(w.about("credited")) != 1 {
			t.Errorf("sent %d", len(w.sent))
		}
	})
	t.Run("with a row but no words is an error too", func(t *testing.T) {
		if _, err := matterOf(store.Fact(unheard{}), site, now, now); err == nil {
			t.Error("no error")
		}
	})
}

func TestMarkdown(t *testing.T) {
	text := Markdown()
	for _, want := range []string{
		"| `invitations.sent` | invitation | every pro of the round, one mail each, and their list of invitations | You are invited: {{.Title}} ({{.Reward}})<br>Te invitamos a un proyecto: {{.Title}} ({{.Reward}}) | R24 R25 R26 |\n",
		"| `seat.taken` |  | nobody; the timeline keeps it |  |  |\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %s in\n%s", want, text)
		}
	}
	if got, want := strings.Count(text, "\n"), len(table)+2; got != want {
		t.Errorf("%d lines, want %d", got, want)
	}
}
