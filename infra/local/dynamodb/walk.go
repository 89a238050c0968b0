package dynamodb

import (
	"encoding/json"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// Walk visits every item of a table in key order, as the JSON of its attributes, in one consistent view. It is for a
// console and for checks of a whole data folder; nothing on the wire reaches it.
func (s *Store) Walk(name string, visit func(item json.RawMessage) error) error {
	return s.db.View(func(tx *bolt.Tx) error {
		t := tx.Bucket(rootBucket).Bucket(tablesBucket).Bucket([]byte(name))
		if t == nil {
			return fmt.Errorf("no table %s", name)
		}
		return t.Bucket(itemsBucket).ForEach(func(_, item []byte) error { return visit(item) })
	})
}
