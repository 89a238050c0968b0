// Package audit holds the rows of a table against each other: does the book sum to zero, is everything that one row says
// of another so, does every record stand where its events lead. It knows no engine; whoever has rows shows them to it.
package audit

import (
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"

	"github.com/callsheet/callsheet/shared/help"
	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// Report is what a whole table comes to: how many rows it has of each kind, the book of all accounts, and everything that
// the rows contradict each other in.
type Report struct {
	Rows   map[string]int
	Book   ledger.Trial
	Faults []error
}

// Of audits a table at rest, whose rows walk visits in DynamoDB's JSON. An outbox that is still open is a fault. It fails
// where the rows cannot be walked; a row that cannot be read is a fault.
func Of(walk func(visit func(row json.RawMessage) error) error) (Report, error) {
	b := books{
		rows: map[string]int{}, stories: map[store.Ref][]store.Event{}, entries: map[string]ledger.Entry{}, listings: map[store.Listing]bool{},
		projects: map[string]project.Project{}, rounds: map[string]project.Round{}, assignments: map[string]project.Assignment{},
		rewards: map[string]ledger.Reward{}, adjustments: map[string]ledger.Adjustment{},
		threads: map[string]project.Thread{}, messages: map[string][]project.Message{}, flags: map[string]help.Flag{},
	}
	err := walk(func(raw json.RawMessage) error {
		row, err := attributevalue.UnmarshalMapJSON(raw)
		if err != nil {
			return err
		}
		b.read(row)
		return nil
	})
	if err != nil {
		return Report{}, fmt.Errorf("audit: %w", err)
	}
	b.checkMoney()
	b.checkSeats()
	b.checkContests()
	b.checkPairs()
	b.checkFlags()
	b.checkDeadlines()
	b.checkThreads()
	b.checkStories()
	b.checkLists()
	b.checkVersions()
	return Report{Rows: b.rows, Book: b.book, Faults: b.faults}, nil
}
