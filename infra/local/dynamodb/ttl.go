package dynamodb

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/clock"
	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
)

// expiry is the second at which item expires; ok is false when it never does. As in AWS, what is no number does not
// count, nor does an instant more than five years ago.
func (t *table) expiry(item attribute.Map, now time.Time) (second int64, ok bool) {
	number, isNumber := item[t.TTLAttribute].(attribute.Number)
	if !isNumber {
		return 0, false
	}
	second, ok = number.Floor()
	return second, ok && second > max(0, now.AddDate(-5, 0, 0).Unix())
}

// updateExpiry keeps the list of expiries, ordered by time, as the item changes.
func (t *table) updateExpiry(tx *bolt.Tx, e effect, now time.Time) error {
	if t.TTLAttribute == "" {
		return nil
	}
	b := t.bucket(tx, expiriesBucket)
	// The old entry is deleted even if it was never made: five years may have passed since.
	if old, isNumber := e.before[t.TTLAttribute].(attribute.Number); isNumber {
		if second, fits := old.Floor(); fits {
			if err := b.Delete(expiryKey(second, e.position)); err != nil {
				return err
			}
		}
	}
	if second, ok := t.expiry(e.after, now); ok {
		return b.Put(expiryKey(second, e.position), nil)
	}
	return nil
}

func expiryKey(second int64, position []byte) []byte {
	return append(binary.BigEndian.AppendUint64(nil, uint64(second)), position...)
}

// Due implements clock.Source: expired items go at the first full hour after they expired.
func (s *Store) Due() (at time.Time, ok bool) {
	// A store that cannot be read has nothing that could fall due.
	_ = s.db.View(func(tx *bolt.Tx) error {
		for _, name := range s.tableNames() {
			t, err := s.table(name)
			if err != nil {
				return err
			}
			k, _ := t.bucket(tx, expiriesBucket).Cursor().First()
			if k == nil {
				continue
			}
			due := nextHour(time.Unix(int64(binary.BigEndian.Uint64(k)), 0).UTC())
			if !ok || due.Before(at) {
				at, ok = due, true
			}
		}
		return nil
	})
	return at, ok
}

// Run implements clock.Source.
func (s *Store) Run(_ context.Context, now time.Time) []clock.Happening {
	var happened []clock.Happening
	for _, name := range s.tableNames() {
		deleted, err := s.expire(name, now)
		switch {
		case err != nil:
			happened = append(happened, clock.Happening{At: now, Source: "dynamodb", What: fmt.Sprintf("could not delete the expired items of %s: %v", name, err)})
		case deleted > 0:
			happened = append(happened, clock.Happening{At: now, Source: "dynamodb", What: fmt.Sprintf("deleted %d expired items of %s", deleted, name)})
		}
	}
	return happened
}

// expire deletes the items of a table that expired before the current hour, as the TTL service, which costs nothing.
func (s *Store) expire(name string, now time.Time) (deleted int, err error) {
	t, err := s.table(name)
	if err != nil {
		return 0, err
	}
	service := &userIdentity{Type: "Service", PrincipalID: "dynamodb.amazonaws.com"}
	err = s.db.Update(func(tx *bolt.Tx) error {
		c := t.bucket(tx, expiriesBucket).Cursor()
		for k, _ := c.First(); k != nil; k, _ = c.First() {
			if at := time.Unix(int64(binary.BigEndian.Uint64(k)), 0); nextHour(at).After(now) {
				return nil
			}
			position := append([]byte(nil), k[8:]...)
			before, err := t.load(tx, position)
			if err != nil {
				return err
			}
			if before == nil {
				return errors.New("an expiry of an item that is not there")
			}
			e := effect{action: &action{table: t, position: position}, before: before}
			if err := s.apply(tx, e, service, &consumption{}); err != nil {
				return err
			}
			deleted++
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	if deleted > 0 {
		s.announce(t)
	}
	return deleted, nil
}
