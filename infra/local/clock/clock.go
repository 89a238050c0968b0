// Package clock is the one virtual clock of the local cloud. Everything that waits (Step Functions, schedules, stream
// retries, TTL) is a Source; Advance runs what falls due on the way, in order, and waits for the work it causes.
package clock

import (
	"context"
	"sort"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
)

// A Source has work that falls due at instants of the virtual clock.
type Source interface {
	// Due is the earliest instant at which the source has work; ok is false while it has none.
	Due() (at time.Time, ok bool)
	// Run does everything that is due at or before now and tells what happened. It returns when that work is done.
	Run(ctx context.Context, now time.Time) []Happening
}

// A Happening is one thing that time caused, in words for a person.
type Happening struct {
	At     time.Time `json:"at"`
	Source string    `json:"source"` // "stepfunctions", "schedule", …
	What   string    `json:"what"`
}

// Clock is wall time plus an offset, or an instant that stands still while paused. It never goes back.
type Clock struct {
	travel sync.Mutex // one traveller at a time

	mu      sync.Mutex
	offset  time.Duration
	frozen  time.Time // the zero time while running
	from    time.Time // the journey under way
	to      time.Time
	active  int
	idle    *sync.Cond
	sources []Source
	wake    chan struct{}
	db      *bolt.DB
}

var bucket, key = []byte("clock"), []byte("now")

// Open reads the clock's last instant from db, so that a restart never moves time back. A paused clock moves only by
// Advance; a running one also moves with the wall.
func Open(db *bolt.DB, start time.Time, paused bool) (*Clock, error) {
	c := &Clock{db: db, wake: make(chan struct{}, 1)}
	c.idle = sync.NewCond(&c.mu)
	now := start
	err := db.Update(func(tx *bolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists(bucket)
		if err != nil {
			return err
		}
		if saved := b.Get(key); saved != nil {
			var t time.Time
			if err := t.UnmarshalBinary(saved); err != nil {
				return err
			}
			if t.After(now) {
				now = t
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	now = now.UTC().Truncate(time.Millisecond)
	if paused {
		c.frozen = now
	} else {
		c.offset = time.Until(now)
	}
	return c, nil
}

// Now is the virtual instant, UTC, in whole milliseconds.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *Clock) now() time.Time {
	if !c.frozen.IsZero() {
		return c.frozen
	}
	return time.Now().Add(c.offset).UTC().Truncate(time.Millisecond)
}

// Attach adds a source. Call it before Run and Advance.
func (c *Clock) Attach(s Source) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sources = append(c.sources, s)
}

// Begin marks work in flight that Advance must wait for; call done once it is over. Begin before answering the call that
// caused the work, so that there is no instant at which the cloud looks idle and is not.
func (c *Clock) Begin() (done func()) {
	c.mu.Lock()
	c.active++
	c.mu.Unlock()
	var once sync.Once
	return func() {
		once.Do(func() {
			c.mu.Lock()
			c.active--
			if c.active == 0 {
				c.idle.Broadcast()
			}
			c.mu.Unlock()
			c.Wake()
		})
	}
}

// Wake tells a running clock that some source's Due may have changed.
func (c *Clock) Wake() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// Quiesce returns once nothing is in flight, or with ctx's error.
func (c *Clock) Quiesce(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() {
		c.mu.Lock()
		c.idle.Broadcast()
		c.mu.Unlock()
	})
	defer stop()
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.active > 0 && ctx.Err() == nil {
		c.idle.Wait()
	}
	return ctx.Err()
}

// Advance moves time by d (0 runs what is due now) and runs every alarm on the way at its own instant, in order.
func (c *Clock) Advance(ctx context.Context, d time.Duration) ([]Happening, error) {
	c.travel.Lock()
	defer c.travel.Unlock()
	var happened []Happening
	target := c.depart(d)
	defer c.arrive()
	for {
		if err := c.Quiesce(ctx); err != nil {
			return happened, err
		}
		due := c.earliest(target)
		if len(due) == 0 {
			break
		}
		c.moveTo(due[0].at)
		if err := c.save(); err != nil { // before anything is written under the new instant
			return happened, err
		}
		for _, s := range due {
			happened = append(happened, s.source.Run(ctx, c.Now())...)
		}
	}
	c.moveTo(target)
	return happened, c.save()
}

func (c *Clock) depart(d time.Duration) (target time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.from = c.now()
	c.to = c.from.Add(d)
	return c.to
}

func (c *Clock) arrive() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.from, c.to = time.Time{}, time.Time{}
}

// Journey is where the Advance under way began and where it ends; two zero times while there is none. A source that
// repeats often may do less on a long journey.
func (c *Clock) Journey() (from, to time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.from, c.to
}

type dueSource struct {
	at     time.Time
	source Source
}

// earliest lists the sources that share the first due instant, if that is not after target.
func (c *Clock) earliest(target time.Time) []dueSource {
	c.mu.Lock()
	sources := append([]Source(nil), c.sources...)
	c.mu.Unlock()
	var due []dueSource
	for _, s := range sources {
		if at, ok := s.Due(); ok && !at.After(target) {
			due = append(due, dueSource{at, s})
		}
	}
	sort.SliceStable(due, func(i, j int) bool { return due[i].at.Before(due[j].at) })
	for i := range due {
		if due[i].at.After(due[0].at) {
			return due[:i]
		}
	}
	return due
}

func (c *Clock) moveTo(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !t.After(c.now()) {
		return
	}
	if c.frozen.IsZero() {
		c.offset = time.Until(t)
	} else {
		c.frozen = t
	}
}

// Run fires what falls due while time passes by itself, until ctx ends. A paused clock needs no Run.
func (c *Clock) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		if _, err := c.Advance(ctx, 0); err != nil {
			break
		}
		timer := time.NewTimer(c.untilNext())
		select {
		case <-ctx.Done():
		case <-c.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
	return c.save()
}

func (c *Clock) untilNext() time.Duration {
	const longest = time.Second // also how much time a crash can forget
	now := c.Now()
	next := c.earliest(now.Add(longest))
	if len(next) == 0 {
		return longest
	}
	return max(next[0].at.Sub(now), 0)
}

func (c *Clock) save() error {
	now, err := c.Now().MarshalBinary()
	if err != nil {
		return err
	}
	return c.db.Update(func(tx *bolt.Tx) error { return tx.Bucket(bucket).Put(key, now) })
}
