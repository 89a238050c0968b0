package dynamodb

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/clock"
)

// Store holds the tables and answers DynamoDB's protocol as an http.Handler.
type Store struct {
	// OnStream, if set, is told the table after each commit that added to its stream, and before the call that made the
	// commit is answered. Set it before serving.
	OnStream func(table string)
	// OnCall, if set, is told of every call that reached a table. Set it before serving.
	OnCall func(Call)

	db    *bolt.DB
	clock *clock.Clock

	mu     sync.RWMutex
	tables map[string]*table
	usage  Usage
}

// Everything is kept in one bucket: the tables by name, each with its definition, items, indexes, expiries and stream;
// and the client request tokens of transactions.
var (
	rootBucket       = []byte("dynamodb")
	tablesBucket     = []byte("tables")
	definitionKey    = []byte("definition")
	itemsBucket      = []byte("items")
	indexesBucket    = []byte("indexes")
	expiriesBucket   = []byte("expiries")
	streamBucket     = []byte("stream")
	tokensBucket     = []byte("tokens")
	tokenAgeBucket   = []byte("token ages")
	tableSubBuckets  = [][]byte{itemsBucket, indexesBucket, expiriesBucket, streamBucket}
	rootOtherBuckets = [][]byte{tokensBucket, tokenAgeBucket}
)

// Open reads the tables that db already holds.
func Open(db *bolt.DB, clk *clock.Clock) (*Store, error) {
	s := &Store{db: db, clock: clk, tables: map[string]*table{}, usage: Usage{ByOperation: map[string]OperationUsage{}}}
	err := db.Update(func(tx *bolt.Tx) error {
		root, err := tx.CreateBucketIfNotExists(rootBucket)
		if err != nil {
			return err
		}
		for _, name := range rootOtherBuckets {
			if _, err := root.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		tables, err := root.CreateBucketIfNotExists(tablesBucket)
		if err != nil {
			return err
		}
		return tables.ForEachBucket(func(name []byte) error {
			t := &table{}
			if err := json.Unmarshal(tables.Bucket(name).Get(definitionKey), t); err != nil {
				return fmt.Errorf("table %s: %w", name, err)
			}
			s.tables[t.Name] = t
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("open dynamodb: %w", err)
	}
	return s, nil
}

// CreateTable makes the table, or does nothing when it exists with the same definition. A table that exists with
// another definition is an error: its items would not fit.
func (s *Store) CreateTable(spec TableSpec) error {
	if err := spec.validate(); err != nil {
		return fmt.Errorf("create table %s: %w", spec.Name, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &table{TableSpec: spec, Created: s.clock.Now()}
	definition, err := json.Marshal(t)
	if err != nil {
		return fmt.Errorf("create table %s: %w", spec.Name, err)
	}
	if existing := s.tables[spec.Name]; existing != nil {
		if !existing.equal(spec) {
			return fmt.Errorf("create table %s: it exists with another definition; start from an empty data folder", spec.Name)
		}
		return nil
	}
	if err := s.db.Update(func(tx *bolt.Tx) error { return t.create(tx, definition) }); err != nil {
		return fmt.Errorf("create table %s: %w", spec.Name, err)
	}
	s.tables[spec.Name] = t
	return nil
}

// table finds a table by name.
func (s *Store) table(name string) (*table, error) {
	if name == "" {
		return nil, missing("tableName")
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if t := s.tables[name]; t != nil {
		return t, nil
	}
	return nil, &apiError{Type: "ResourceNotFoundException", Message: "Requested resource not found"}
}

func (s *Store) tableNames() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Sorted(maps.Keys(s.tables))
}

// nextHour is the first full hour after t.
func nextHour(t time.Time) time.Time { return t.Truncate(time.Hour).Add(time.Hour) }
