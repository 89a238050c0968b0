package audit

import (
	"fmt"

	"github.com/callsheet/callsheet/shared/dynamo/item"
	"github.com/callsheet/callsheet/shared/help"
	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// books is everything that the table says, and what is wrong with it.
type books struct {
	rows        map[string]int // by kind
	book        ledger.Trial
	projects    map[string]project.Project
	rounds      map[string]project.Round
	assignments map[string]project.Assignment
	rewards     map[string]ledger.Reward
	threads     map[string]project.Thread
	messages    map[string][]project.Message // by thread
	adjustments map[string]ledger.Adjustment
	flags       map[string]help.Flag
	records     []store.Record
	stories     map[store.Ref][]store.Event // in the order of their IDs
	entries     map[string]ledger.Entry
	listings    map[store.Listing]bool
	faults      []error
}

// fault notes that an invariant (named as in the reliability notes) does not hold.
func (b *books) fault(invariant, format string, args ...any) {
	b.faults = append(b.faults, fmt.Errorf("%s: "+format, append([]any{invariant}, args...)...))
}

// read takes one row in. Replies to requests, mail marks and keys contradict nothing, and are only decoded.
func (b *books) read(row item.Item) {
	var err error
	b.rows[item.Text(row, item.Kind)]++
	switch item.Text(row, item.Kind) {
	case "event":
		err = b.readEvent(row)
	case "entry":
		var e ledger.Entry
		if e, err = item.DecodeEntry(row); err == nil {
			err = b.readEntry(row, e)
		}
	case "invitation":
		var l store.Listing
		if l, err = item.DecodeListing(row); err == nil {
			b.listings[l] = true
		}
	case "request":
		_, err = item.DecodeRequest(row)
	case "mail":
		_, err = item.DecodeMark(row)
	case "key":
		_, err = item.DecodeSigningKey(row)
	default:
		err = b.readRecord(row)
	}
	if err != nil {
		b.fault("I32", "a row that nobody can read: %w", err)
	}
}

func (b *books) readEvent(row item.Item) error {
	e, err := item.DecodeEvent(row)
	if err != nil {
		return err
	}
	b.stories[e.Subject] = append(b.stories[e.Subject], e)
	if e.Outbox {
		b.fault("I32", "the outbox of event %s of %s is still open", e.ID, e.Subject)
	}
	return nil
}

func (b *books) readRecord(row item.Item) error {
	record, err := item.DecodeRecord(row)
	if err != nil {
		return err
	}
	again, err := item.EncodeRecord(record)
	if err != nil {
		return err
	}
	b.checkIndexed(row, again)
	b.records = append(b.records, record)
	switch r := record.(type) {
	case project.Project:
		b.projects[r.ID] = r
	case project.Round:
		b.rounds[r.ID] = r
	case project.Assignment:
		b.assignments[r.ID] = r
	case ledger.Reward:
		b.rewards[r.ID] = r
	case help.Flag:
		b.flags[r.ID] = r
	case project.Thread:
		b.threads[r.ID] = r
	case project.Message:
		b.messages[r.Thread] = append(b.messages[r.Thread], r)
	case ledger.Adjustment:
		b.adjustments[r.ID] = r
	}
	return nil
}

func (b *books) readEntry(row item.Item, e ledger.Entry) error {
	again, err := item.EncodeEntry(e)
	if err != nil {
		return err
	}
	b.checkIndexed(row, again)
	b.entries[e.ID] = e
	return nil
}

// checkIndexed: a row has the place in every index that its body gives it (I23).
func (b *books) checkIndexed(row, again item.Item) {
	for _, attribute := range []string{item.DuePK, item.DueSK, item.ListPK, item.ListSK, item.QueuePK, item.QueueSK} {
		if got, want := item.Text(row, attribute), item.Text(again, attribute); got != want {
			b.fault("I23", "%s / %s is indexed under %s %q, which should be %q", item.Text(row, item.PK), item.Text(row, item.SK), attribute, got, want)
		}
	}
}
