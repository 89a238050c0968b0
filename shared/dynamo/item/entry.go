package item

import (
	"strings"

	"github.com/callsheet/callsheet/shared/ledger"
)

const entryKind = "entry"

// EncodeEntry spells a ledger entry; it lies with the pro whose statement shows it.
func EncodeEntry(e ledger.Entry) (Item, error) {
	return encode(key(ProPartition(e.Pro), EntryPrefix+e.ID), entryKind, e, "ID", "Pro")
}

// DecodeEntry reads a ledger entry.
func DecodeEntry(i Item) (ledger.Entry, error) {
	var e ledger.Entry
	err := decode(i, entryKind, &e)
	e.ID = strings.TrimPrefix(Text(i, SK), EntryPrefix)
	e.Pro = strings.TrimPrefix(Text(i, PK), ProPartition(""))
	return e, err
}
