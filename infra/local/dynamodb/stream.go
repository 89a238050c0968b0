package dynamodb

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
)

// A StreamRecord is one change of one item. Its JSON is the record of a Lambda event.
type StreamRecord struct {
	SequenceNumber string // grows with every record; all have the same length, so they also sort as strings
	At             time.Time
	JSON           json.RawMessage
}

// MarshalJSON returns the record of a Lambda event.
func (r StreamRecord) MarshalJSON() ([]byte, error) { return r.JSON, nil }

// streamLife is how long a record can be read.
const streamLife = 24 * time.Hour

type streamEvent struct {
	EventID        string        `json:"eventID"`
	EventName      string        `json:"eventName"`
	EventVersion   string        `json:"eventVersion"`
	EventSource    string        `json:"eventSource"`
	AWSRegion      string        `json:"awsRegion"`
	Change         streamChange  `json:"dynamodb"`
	UserIdentity   *userIdentity `json:"userIdentity,omitempty"`
	EventSourceARN string        `json:"eventSourceARN"`
}

type streamChange struct {
	ApproximateCreationDateTime int64
	Keys                        attribute.Map
	NewImage                    attribute.Map `json:",omitempty"`
	OldImage                    attribute.Map `json:",omitempty"`
	SequenceNumber              string
	SizeBytes                   int
	StreamViewType              string
}

// userIdentity says that a service, not a caller, made the change.
type userIdentity struct {
	Type        string `json:"type"`
	PrincipalID string `json:"principalId"`
}

// appendStream adds the record of a change to the table's stream, if it has one, and drops records a day old.
func (t *table) appendStream(tx *bolt.Tx, e effect, by *userIdentity, now time.Time) error {
	if t.StreamViewType == "" {
		return nil
	}
	b := t.bucket(tx, streamBucket)
	if err := trimStream(b, now); err != nil {
		return err
	}
	number, err := b.NextSequence()
	if err != nil {
		return err
	}
	record, err := json.Marshal(t.streamEvent(e, by, now, sequenceNumber(number)))
	if err != nil {
		return fmt.Errorf("stream record: %w", err)
	}
	stored := binary.BigEndian.AppendUint64(nil, uint64(now.UnixMilli()))
	return b.Put(streamKey(number), append(stored, record...))
}

func (t *table) streamEvent(e effect, by *userIdentity, now time.Time, sequence string) streamEvent {
	name, some := "MODIFY", e.after
	switch {
	case e.before == nil:
		name = "INSERT"
	case e.after == nil:
		name, some = "REMOVE", e.before
	}
	change := streamChange{
		ApproximateCreationDateTime: now.Unix(), Keys: t.Key.of(some), SequenceNumber: sequence, StreamViewType: t.StreamViewType,
	}
	if t.StreamViewType == "NEW_IMAGE" || t.StreamViewType == "NEW_AND_OLD_IMAGES" {
		change.NewImage = e.after
	}
	if t.StreamViewType == "OLD_IMAGE" || t.StreamViewType == "NEW_AND_OLD_IMAGES" {
		change.OldImage = e.before
	}
	change.SizeBytes = attribute.Size(change.Keys) + attribute.Size(change.NewImage) + attribute.Size(change.OldImage)
	id := sha256.Sum256([]byte(t.streamARN() + "/" + sequence))
	return streamEvent{
		EventID: hex.EncodeToString(id[:16]), EventName: name, EventVersion: "1.1", EventSource: "aws:dynamodb",
		AWSRegion: t.region(), Change: change, UserIdentity: by, EventSourceARN: t.streamARN(),
	}
}

// ReadStream returns up to limit records of the table's stream that follow the sequence number after, or the oldest
// ones when after is empty. Records older than a day are gone.
func (s *Store) ReadStream(name, after string, limit int) ([]StreamRecord, error) {
	t, err := s.table(name)
	if err != nil {
		return nil, fmt.Errorf("read stream of %q: %w", name, err)
	}
	if t.StreamViewType == "" {
		return nil, fmt.Errorf("read stream: table %s has none", name)
	}
	last, err := sequenceOf(after)
	if err != nil {
		return nil, fmt.Errorf("read stream of %s: %w", name, err)
	}
	horizon := s.clock.Now().Add(-streamLife)
	var records []StreamRecord
	err = s.db.View(func(tx *bolt.Tx) error {
		c := t.bucket(tx, streamBucket).Cursor()
		for k, v := c.Seek(streamKey(last + 1)); k != nil && len(records) < limit; k, v = c.Next() {
			if at := recordTime(v); at.After(horizon) {
				number := sequenceNumber(binary.BigEndian.Uint64(k))
				records = append(records, StreamRecord{number, at, append(json.RawMessage(nil), v[8:]...)})
			}
		}
		return nil
	})
	return records, err
}

func trimStream(b *bolt.Bucket, now time.Time) error {
	horizon := now.Add(-streamLife)
	c := b.Cursor()
	for k, v := c.First(); k != nil && !recordTime(v).After(horizon); k, v = c.First() {
		if err := c.Delete(); err != nil {
			return err
		}
	}
	return nil
}

func recordTime(stored []byte) time.Time {
	return time.UnixMilli(int64(binary.BigEndian.Uint64(stored))).UTC()
}

func streamKey(number uint64) []byte { return binary.BigEndian.AppendUint64(nil, number) }

// A sequence number is a 1 and twenty digits.
func sequenceNumber(number uint64) string { return fmt.Sprintf("1%020d", number) }

func sequenceOf(sequence string) (uint64, error) {
	if sequence == "" {
		return 0, nil
	}
	if len(sequence) != 21 || sequence[0] != '1' {
		return 0, fmt.Errorf("%q is no sequence number", sequence)
	}
	return strconv.ParseUint(sequence[1:], 10, 64)
}
