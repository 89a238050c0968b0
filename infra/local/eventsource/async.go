package eventsource

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/clock"
)

// A Call is an asynchronous invocation: kept until it has succeeded, or has failed for good.
type Call struct {
	Function  string
	Event     json.RawMessage
	Retries   int    // after the first try; Lambda makes 2 unless told otherwise
	OnFailure string // the queue that gets what failed for good; "" for none
}

// Async delivers calls: at once, and after a failure as its Retries say. It is a clock.Source for the retries and for what
// an earlier process left.
type Async struct {
	db      *bolt.DB
	clk     *clock.Clock
	invoker Invoker

	life context.Context
	end  context.CancelFunc
	work sync.WaitGroup

	mu      sync.Mutex
	pending map[uint64]*pendingCall
}

// pendingCall is a call with what was tried.
type pendingCall struct {
	Call
	Next     time.Time
	Failures int
	busy     bool
}

// OpenAsync finds the calls of earlier processes. It needs the queues' database.
func OpenAsync(db *bolt.DB, clk *clock.Clock, invoker Invoker) (*Async, error) {
	a := &Async{db: db, clk: clk, invoker: invoker, pending: map[uint64]*pendingCall{}}
	a.life, a.end = context.WithCancel(context.Background())
	err := db.Update(func(tx *bolt.Tx) error {
		if err := createBuckets(tx); err != nil {
			return err
		}
		return tx.Bucket(root).Bucket(asyncCalls).ForEach(func(id, raw []byte) error {
			p := &pendingCall{}
			a.pending[binary.BigEndian.Uint64(id)] = p
			return json.Unmarshal(raw, p)
		})
	})
	if err != nil {
		return nil, fmt.Errorf("eventsource: %w", err)
	}
	return a, nil
}

// Close ends the calls in flight and waits for them; they are made again.
func (a *Async) Close() {
	a.end()
	a.work.Wait()
}

// Accept keeps a call and starts its first try. When it returns, the try is in flight for the clock.
func (a *Async) Accept(c Call) error {
	p := &pendingCall{Call: c, Next: a.clk.Now(), busy: true}
	var id uint64
	err := a.db.Update(func(tx *bolt.Tx) (err error) {
		if id, err = tx.Bucket(root).Bucket(asyncCalls).NextSequence(); err != nil {
			return err
		}
		return p.save(tx, id)
	})
	if err != nil {
		return fmt.Errorf("eventsource: keep a call of %s: %w", c.Function, err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.pending[id] = p
	if a.life.Err() != nil {
		return nil // the next process finds it
	}
	done := a.clk.Begin()
	a.work.Go(func() {
		defer done()
		a.try(a.life, id, p)
	})
	return nil
}

func (p *pendingCall) save(tx *bolt.Tx, id uint64) error {
	raw, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return tx.Bucket(root).Bucket(asyncCalls).Put(binary.BigEndian.AppendUint64(nil, id), raw)
}

// Due is the first retry.
func (a *Async) Due() (at time.Time, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, p := range a.pending {
		if !p.busy && a.life.Err() == nil && (!ok || p.Next.Before(at)) {
			at, ok = p.Next, true
		}
	}
	return at, ok
}

// Run makes the retries that are due, in the order in which the calls came.
func (a *Async) Run(ctx context.Context, now time.Time) (told []clock.Happening) {
	defer a.clk.Begin()()
	a.mu.Lock()
	var due []uint64
	for _, id := range slices.Sorted(maps.Keys(a.pending)) {
		if p := a.pending[id]; !p.busy && !p.Next.After(now) {
			p.busy = true
			due = append(due, id)
		}
	}
	a.mu.Unlock()
	for _, id := range due {
		a.mu.Lock()
		p := a.pending[id]
		a.mu.Unlock()
		told = append(told, clock.Happening{At: now, Source: "lambda", What: a.try(ctx, id, p)})
	}
	return told
}

// try makes one call and keeps what follows: done, a retry, or the on-failure queue.
func (a *Async) try(ctx context.Context, id uint64, p *pendingCall) (what string) {
	var got answer
	got.result, got.functionError, got.err = a.invoker.Invoke(ctx, p.Function, p.Event)
	now := a.clk.Now()
	next := *p
	next.busy = false
	var lost *discardedEvent
	what = p.Function + " called"
	over := !got.failed()
	switch {
	case ctx.Err() != nil: // it is tried again as it was
	case over:
	case next.Failures < p.Retries:
		next.Next = now.Add(asyncRetries[next.Failures])
		next.Failures++
		what += "; failed, again at " + timestamp(next.Next)
	default:
		next.Failures++
		lost, over = discarded(p.Function, fmt.Sprint("call ", id), p.Event, next.Failures, got, now), true
		what += "; failed, given up"
	}
	err := a.db.Update(func(tx *bolt.Tx) error {
		if !over {
			return next.save(tx, id)
		}
		if lost != nil && p.OnFailure != "" {
			if err := put(tx, p.OnFailure, lost, now); err != nil {
				return err
			}
		}
		return tx.Bucket(root).Bucket(asyncCalls).Delete(binary.BigEndian.AppendUint64(nil, id))
	})
	if err != nil {
		slog.Error("eventsource: the outcome of a call is not saved", "function", p.Function, "error", err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if over {
		delete(a.pending, id)
	} else {
		*p = next
	}
	return what
}
