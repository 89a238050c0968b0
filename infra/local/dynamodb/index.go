package dynamodb

import (
	"bytes"
	"slices"

	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
)

// An entry is what an index keeps of an item. The zero entry is that of an item outside the index.
type entry struct {
	position []byte
	item     attribute.Map
}

// entry is the index's view of item, which may be nil. An item without an index key is not in the index.
func (x Index) entry(t *table, item attribute.Map) entry {
	for _, a := range x.Key.attributes() {
		if item[a.Name] == nil {
			return entry{}
		}
	}
	position := append(x.Key.position(item), t.Key.position(item)...)
	if x.Projection == All {
		return entry{position, item}
	}
	kept := attribute.Map{}
	for name, v := range item {
		if x.projects(t, name) {
			kept[name] = v
		}
	}
	return entry{position, kept}
}

func (x Index) projects(t *table, name string) bool {
	return x.Projection == All || x.Key.has(name) || t.Key.has(name) || slices.Contains(x.Include, name)
}

// update brings the index from the old to the new item and returns the write units it costs: nothing for an entry that
// stays as it is, one write for an entry that comes, goes or changes, two for one that moves.
func (x Index) update(tx *bolt.Tx, t *table, before, after attribute.Map) (units float64, err error) {
	old, next := x.entry(t, before), x.entry(t, after)
	b := t.bucket(tx, indexesBucket).Bucket([]byte(x.Name))
	if bytes.Equal(old.position, next.position) {
		if next.position == nil || attribute.Equal(old.item, next.item) {
			return 0, nil
		}
		return writeUnits(old.item, next.item), b.Put(next.position, next.item.AppendJSON(nil))
	}
	if old.position != nil {
		units += writeUnits(old.item, nil)
		if err := b.Delete(old.position); err != nil {
			return 0, err
		}
	}
	if next.position != nil {
		units += writeUnits(nil, next.item)
		err = b.Put(next.position, next.item.AppendJSON(nil))
	}
	return units, err
}
