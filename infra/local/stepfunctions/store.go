package stepfunctions

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
)

// The component's bucket holds: definitions by hash, executions by ARN, their history by ARN and event number, and the index
// of running executions by the instant they are due.
var (
	root        = []byte("stepfunctions")
	definitions = []byte("definitions")
	executions  = []byte("executions")
	histories   = []byte("histories")
	dueIndex    = []byte("due")
)

func createBuckets(tx *bolt.Tx) error {
	b, err := tx.CreateBucketIfNotExists(root)
	if err != nil {
		return err
	}
	for _, name := range [][]byte{definitions, executions, histories, dueIndex} {
		if _, err := b.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	return nil
}

func in(tx *bolt.Tx, name []byte) *bolt.Bucket { return tx.Bucket(root).Bucket(name) }

func dueKey(at time.Time, arn string) []byte {
	return append(binary.BigEndian.AppendUint64(nil, uint64(at.UnixMilli())), arn...)
}

func splitDueKey(key []byte) (at time.Time, arn string) {
	return time.UnixMilli(int64(binary.BigEndian.Uint64(key))).UTC(), string(key[8:])
}

func historyKey(arn string, id int) []byte {
	return binary.BigEndian.AppendUint64(append([]byte(arn), 0), uint64(id))
}

func putDefinition(tx *bolt.Tx, raw []byte) (hash string, err error) {
	sum := sha256.Sum256(raw)
	hash = hex.EncodeToString(sum[:])
	return hash, in(tx, definitions).Put([]byte(hash), raw)
}

// loadExecution answers nil for one that never was.
func loadExecution(tx *bolt.Tx, arn string) (*execution, error) {
	raw := in(tx, executions).Get([]byte(arn))
	if raw == nil {
		return nil, nil
	}
	x := &execution{}
	if err := json.Unmarshal(raw, x); err != nil {
		return nil, fmt.Errorf("execution %s: %w", arn, err)
	}
	return x, nil
}

// errSuperseded: the execution was stopped while the turn was under way; what the turn decided no longer counts.
var errSuperseded = errors.New("the execution was stopped meanwhile")

// saveTurn commits the snapshot with its history and its place in the due index.
func saveTurn(tx *bolt.Tx, t *turn) error {
	stored, err := loadExecution(tx, t.ARN)
	if err != nil {
		return err
	}
	if stored != nil && stored.Status != running {
		return errSuperseded
	}
	index := in(tx, dueIndex)
	if stored != nil {
		if err := index.Delete(dueKey(stored.Due, t.ARN)); err != nil {
			return err
		}
	}
	if t.Due = t.due(t.definition); !t.Due.IsZero() {
		if err := index.Put(dueKey(t.Due, t.ARN), nil); err != nil {
			return err
		}
	}
	for _, e := range t.history {
		raw, err := encode(e)
		if err != nil {
			return err
		}
		if err := in(tx, histories).Put(historyKey(t.ARN, e["id"].(int)), raw); err != nil {
			return err
		}
	}
	raw, err := encode(t.execution)
	if err != nil {
		return err
	}
	return in(tx, executions).Put([]byte(t.ARN), raw)
}

// forget removes a closed execution whose retention is over.
func forget(tx *bolt.Tx, arn string) error {
	c := in(tx, histories).Cursor()
	prefix := append([]byte(arn), 0)
	for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = c.Next() {
		if err := c.Delete(); err != nil {
			return err
		}
	}
	return in(tx, executions).Delete([]byte(arn))
}
