package item

import (
	"strings"

	"github.com/callsheet/callsheet/shared/ledger"
)

const entryKind = "entry"

// EncodeEntry spells a ledger entry; it lies with the pro whose statement shows it, and is listed in its month's book.
func EncodeEntry(e ledger.Entry) (Item, error) {
	i, err := encode(EntryKey(e.Pro, e.ID), entryKind, e, "ID", "Pro")
	if err != nil {
		return nil, err
	}
	i[ListPK], i[ListSK] = S(BookPartition(e.At.UTC().Format("2006-01"))), S(Stamp(e.At)+"#"+e.ID)
	return i, nil
}

// EntryKey is where a ledger entry lies.
func EntryKey(pro, id string) Item { return key(ProPartition(pro), EntryPrefix+id) }

// DecodeEntry reads a ledger entry.
func DecodeEntry(i Item) (ledger.Entry, error) {
	var e ledger.Entry
	err := decode(i, entryKind, &e)
	e.ID = strings.TrimPrefix(Text(i, SK), EntryPrefix)
	e.Pro = strings.TrimPrefix(Text(i, PK), ProPartition(""))
	return e, err
}
