package notice

import (
	"fmt"
	"strings"
)

// Row is one line of docs/notices.md.
type Row struct {
	Fact     string
	Notice   string // empty where nobody is told
	Audience Audience
	Subjects []string // as the templates have them, in the order of party.Languages
	Rules    string
}

// Describe lists what every fact tells whom.
func Describe() []Row {
	var rows []Row
	for _, n := range table {
		row := Row{Fact: n.Fact.FactName(), Notice: n.Name, Audience: n.Audience, Rules: n.Rules}
		if n.Audience != Nobody {
			row.Subjects = subjects(n.Name)
		}
		rows = append(rows, row)
	}
	return rows
}

// Markdown prints Describe as a table.
func Markdown() string {
	var b strings.Builder
	b.WriteString("| Fact | Notice | Who is told | Subject | Rules |\n|---|---|---|---|---|\n")
	for _, r := range Describe() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", r.Fact, r.Notice, r.Audience, strings.Join(r.Subjects, "<br>"), r.Rules)
	}
	return b.String()
}
