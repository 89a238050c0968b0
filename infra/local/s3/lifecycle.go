package s3

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/clock"
)

// A Rule expires what its filter matches. S3 rounds up to the next midnight UTC; here it is to the millisecond.
type Rule struct {
	Prefix           string
	TagKey, TagValue string        // no TagKey matches any object
	After            time.Duration // objects, counted from their upload; 0 never
	AbortAfter       time.Duration // unfinished multipart uploads, counted from their start, by Prefix only; 0 never
}

// A target is an object, or an upload in progress.
type target struct {
	Bucket, Key, Upload string
}

// expires is the earliest instant any rule sets.
func (s *Server) expires(t target, tags map[string]string, since time.Time) (at time.Time, ok bool) {
	for _, r := range s.rules {
		after := r.After
		if t.Upload != "" {
			after = r.AbortAfter
		}
		value, tagged := tags[r.TagKey]
		applies := t.Upload != "" || r.TagKey == "" || tagged && value == r.TagValue
		if after == 0 || !applies || !strings.HasPrefix(t.Key, r.Prefix) {
			continue
		}
		if due := since.Add(after); !ok || due.Before(at) {
			at, ok = due, true
		}
	}
	return at, ok
}

// An entry's key is the instant in milliseconds, big endian, and the target; so the first entry is the next one due.
func entry(t target, at time.Time) ([]byte, error) {
	name, err := json.Marshal(t)
	if err != nil {
		return nil, err
	}
	return append(binary.BigEndian.AppendUint64(nil, uint64(at.UnixMilli())), name...), nil
}

func (s *Server) schedule(tx *bolt.Tx, t target, tags map[string]string, since time.Time) error {
	at, ok := s.expires(t, tags, since)
	if !ok {
		return nil
	}
	key, err := entry(t, at)
	if err != nil {
		return err
	}
	return tx.Bucket(root).Bucket(expiryTable).Put(key, []byte{})
}

func (s *Server) unschedule(tx *bolt.Tx, t target, tags map[string]string, since time.Time) error {
	at, ok := s.expires(t, tags, since)
	if !ok {
		return nil
	}
	key, err := entry(t, at)
	if err != nil {
		return err
	}
	return tx.Bucket(root).Bucket(expiryTable).Delete(key)
}

// reindex writes the table anew, because the rules may have changed since the last start.
func (s *Server) reindex(tx *bolt.Tx) error {
	b := tx.Bucket(root)
	if b.Bucket(expiryTable) != nil {
		if err := b.DeleteBucket(expiryTable); err != nil {
			return err
		}
	}
	if _, err := b.CreateBucket(expiryTable); err != nil {
		return err
	}
	err := eachObject(tx, func(bucket, key string, o object) error {
		return s.schedule(tx, target{Bucket: bucket, Key: key}, o.Tags, o.Modified)
	})
	if err != nil {
		return err
	}
	return eachUpload(tx, func(id string, u upload) error {
		return s.schedule(tx, target{Bucket: u.Bucket, Key: u.Key, Upload: id}, nil, u.Started)
	})
}

func eachObject(tx *bolt.Tx, visit func(bucket, key string, o object) error) error {
	table := tx.Bucket(root).Bucket(objectsTable)
	return table.ForEachBucket(func(bucket []byte) error {
		return table.Bucket(bucket).ForEach(func(key, saved []byte) error {
			var o object
			if err := json.Unmarshal(saved, &o); err != nil {
				return fmt.Errorf("object %s/%s: %w", bucket, key, err)
			}
			return visit(string(bucket), string(key), o)
		})
	})
}

// Due implements clock.Source.
func (s *Server) Due() (at time.Time, ok bool) {
	_ = s.db.View(func(tx *bolt.Tx) error { // this function cannot fail, and View only repeats its error
		key, _ := tx.Bucket(root).Bucket(expiryTable).Cursor().First()
		if ok = key != nil; ok {
			at = time.UnixMilli(int64(binary.BigEndian.Uint64(key))).UTC()
		}
		return nil
	})
	return at, ok
}

// Run implements clock.Source. A store that cannot be written is the end of the local cloud: it panics, since an entry
// that stays due would keep the clock from ever moving on.
func (s *Server) Run(_ context.Context, now time.Time) []clock.Happening {
	var happened []clock.Happening
	var stale []string
	err := s.db.Update(func(tx *bolt.Tx) error {
		happened, stale = nil, nil
		c := tx.Bucket(root).Bucket(expiryTable).Cursor()
		limit := binary.BigEndian.AppendUint64(nil, uint64(now.UnixMilli())+1)
		for key, _ := c.First(); key != nil && bytes.Compare(key, limit) < 0; key, _ = c.First() {
			at := time.UnixMilli(int64(binary.BigEndian.Uint64(key))).UTC()
			var t target
			if err := json.Unmarshal(key[8:], &t); err != nil {
				return err
			}
			files, what, err := s.expire(tx, t)
			if err != nil {
				return fmt.Errorf("%s/%s: %w", t.Bucket, t.Key, err)
			}
			stale = append(stale, files...)
			happened = append(happened, clock.Happening{At: at, Source: "s3", What: what})
		}
		return nil
	})
	if err = errors.Join(err, s.folder.remove(stale...)); err != nil {
		panic(fmt.Errorf("s3: expire: %w", err))
	}
	return happened
}

// expire also removes the entry, so that Run gets on.
func (s *Server) expire(tx *bolt.Tx, t target) (stale []string, what string, err error) {
	if t.Upload != "" {
		stale, err = s.forget(tx, t.Upload)
		return stale, "unfinished upload of " + t.Bucket + "/" + t.Key + " aborted", err
	}
	file, err := s.remove(tx, t.Bucket, t.Key)
	return []string{file}, t.Bucket + "/" + t.Key + " expired", err
}

// sweep removes the files that no record names: those of a write that a crash cut off.
func (s *Server) sweep() error {
	files, err := s.folder.names()
	if err != nil {
		return err
	}
	known := map[string]bool{}
	err = s.db.View(func(tx *bolt.Tx) error {
		err := eachObject(tx, func(_, _ string, o object) error { known[o.File] = true; return nil })
		if err != nil {
			return err
		}
		return eachUpload(tx, func(id string, _ upload) error {
			parts, err := partsOf(tx, id)
			for _, p := range parts {
				known[p.File] = true
			}
			return err
		})
	})
	if err != nil {
		return err
	}
	return s.folder.remove(slices.DeleteFunc(files, func(name string) bool { return known[name] })...)
}
