package eventsource

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
)

// A Message is what an on-failure queue keeps: the record of a delivery that was given up.
type Message struct {
	ID     string          `json:"id"`
	SentAt time.Time       `json:"sentAt"`
	Body   json.RawMessage `json:"body"`
}

// Queues are the on-failure queues. A queue is there from its first message on.
type Queues struct {
	db *bolt.DB
}

// OpenQueues finds the messages of earlier processes.
func OpenQueues(db *bolt.DB) (*Queues, error) {
	if err := db.Update(createBuckets); err != nil {
		return nil, fmt.Errorf("eventsource: %w", err)
	}
	return &Queues{db}, nil
}

// Messages lists a queue's messages, oldest first.
func (q *Queues) Messages(queue string) ([]Message, error) {
	var list []Message
	err := q.db.View(func(tx *bolt.Tx) error {
		b := tx.Bucket(root).Bucket(queues).Bucket([]byte(queue))
		if b == nil {
			return nil
		}
		return b.ForEach(func(_, raw []byte) error {
			var m Message
			if err := json.Unmarshal(raw, &m); err != nil {
				return err
			}
			list = append(list, m)
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("queue %s: %w", queue, err)
	}
	return list, nil
}

// put runs in the transaction that gives the delivery up, so that neither happens without the other.
func put(tx *bolt.Tx, queue string, body any, at time.Time) error {
	b, err := tx.Bucket(root).Bucket(queues).CreateBucketIfNotExists([]byte(queue))
	if err != nil {
		return err
	}
	n, err := b.NextSequence()
	if err != nil {
		return err
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	m, err := json.Marshal(Message{ID: nameID(fmt.Sprint(queue, " ", n)), SentAt: at, Body: raw})
	if err != nil {
		return err
	}
	return b.Put(binary.BigEndian.AppendUint64(nil, n), m)
}
