// Command fsck reads a data folder of the local cloud and says what is in it, whether the book of all accounts sums to zero,
// and everything that its rows contradict each other in. It changes nothing. `make fsck DATA=…` calls it. Its exit status is
// 1 for a fault, and 2 for a folder that it cannot read.
package main

import (
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"text/tabwriter"

	"github.com/callsheet/callsheet/infra/audit"
	"github.com/callsheet/callsheet/infra/local"
)

func main() {
	data := flag.String("data", ".callsheet", "folder of the data")
	flag.Parse()
	os.Exit(check(*data, os.Stdout, os.Stderr))
}

func check(data string, out, complaints io.Writer) (status int) {
	report, err := local.Inspect(data)
	if err != nil {
		fmt.Fprintln(complaints, "fsck:", err)
		return 2
	}
	if err := figures(out, report); err != nil {
		fmt.Fprintln(complaints, "fsck:", err)
		return 2
	}
	for _, fault := range report.Faults {
		fmt.Fprintln(complaints, fault)
	}
	if len(report.Faults) > 0 {
		fmt.Fprintf(complaints, "%d faults\n", len(report.Faults))
		return 1
	}
	fmt.Fprintln(out, "no fault: the book sums to zero, and everything else agrees")
	return 0
}

// figures prints the rows by kind, and what stands on every class of accounts.
func figures(out io.Writer, report audit.Report) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, kind := range slices.Sorted(maps.Keys(report.Rows)) {
		fmt.Fprintf(w, "%d\t %s\n", report.Rows[kind], kind)
	}
	fmt.Fprintf(w, "\naccounts\tin\tout\tsum\t\n")
	for _, class := range slices.Sorted(maps.Keys(report.Book.Turnovers)) {
		for _, currency := range slices.Sorted(maps.Keys(report.Book.Turnovers[class])) {
			t := report.Book.Turnovers[class][currency]
			sum, err := t.Sum()
			if err != nil {
				return err
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t\n", class, t.In, t.Out, sum)
		}
	}
	fmt.Fprintln(w)
	return w.Flush()
}
