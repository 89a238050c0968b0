package eventsource

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// Invoker calls a Lambda function by name or ARN. functionError is set when the function ran and failed, err when it could
// not be run.
type Invoker interface {
	Invoke(ctx context.Context, function string, payload []byte) (result []byte, functionError string, err error)
}

// An answer is what came of one call.
type answer struct {
	result        []byte
	functionError string
	err           error
}

func (a answer) failed() bool { return a.err != nil || a.functionError != "" }

// The component's bucket holds the progress of every mapping and schedule by name, a bucket of messages per queue, and the
// asynchronous calls that are not over.
var (
	root       = []byte("eventsource")
	mappings   = []byte("mappings")
	schedules  = []byte("schedules")
	queues     = []byte("queues")
	asyncCalls = []byte("calls")
)

func createBuckets(tx *bolt.Tx) error {
	b, err := tx.CreateBucketIfNotExists(root)
	if err != nil {
		return err
	}
	for _, name := range [][]byte{mappings, schedules, queues, asyncCalls} {
		if _, err := b.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	return nil
}

// load leaves into as it is when nothing was saved under the name.
func load(db *bolt.DB, bucket []byte, name string, into any) error {
	return db.View(func(tx *bolt.Tx) error {
		raw := tx.Bucket(root).Bucket(bucket).Get([]byte(name))
		if raw == nil {
			return nil
		}
		return json.Unmarshal(raw, into)
	})
}

func save(tx *bolt.Tx, bucket []byte, name string, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return tx.Bucket(root).Bucket(bucket).Put([]byte(name), raw)
}

// nameID is an id in the shape of a UUID that is the same for the same name: what is delivered twice can be recognised.
func nameID(name string) string {
	b := sha256.Sum256([]byte(name))
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16])
}
