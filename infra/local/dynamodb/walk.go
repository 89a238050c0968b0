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

// WalkAll does the same for every table of a database that nobody has opened as a store, so that it may be read-only.
func WalkAll(db *bolt.DB, visit func(item json.RawMessage) error) error {
	return db.View(func(tx *bolt.Tx) error {
		root := tx.Bucket(rootBucket)
		if root == nil {
			return fmt.Errorf("%s has no tables", db.Path())
		}
		tables := root.Bucket(tablesBucket)
		return tables.ForEachBucket(func(name []byte) error {
			return tables.Bucket(name).Bucket(itemsBucket).ForEach(func(_, item []byte) error { return visit(item) })
		})
	})
}
