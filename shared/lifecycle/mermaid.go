package lifecycle

import (
	"fmt"
	"strings"
)

// Mermaid draws the table as a state diagram, in table order: actions with who may, and deadlines as notes.
func (t Table) Mermaid() string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n")
	fmt.Fprintf(&b, "    [*] --> %s\n", t.Initial)
	for _, tr := range t.Transitions {
		fmt.Fprintf(&b, "    %s --> %s: %s (%s)\n", tr.From, tr.To, tr.Action, joined(tr.By))
	}
	for _, s := range t.States() {
		if t.Terminal(s) {
			fmt.Fprintf(&b, "    %s --> [*]\n", s)
		}
		for _, d := range t.Deadlines[s] {
			fmt.Fprintf(&b, "    note right of %s: %s fires %s\n", s, d.Kind, d.Action)
		}
	}
	return b.String()
}

func joined(roles []Role) string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = string(r)
	}
	return strings.Join(names, ", ")
}
