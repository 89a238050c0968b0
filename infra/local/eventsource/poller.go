package eventsource

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/clock"
)

// A Stream is a table's changes in order.
type Stream interface {
	// ReadStream lists up to limit records after a sequence number; "" is before the oldest.
	ReadStream(table, after string, limit int) ([]Record, error)
}

// Mappings runs the stream mappings. It is a clock.Source for back-offs; new records come in by Notify.
type Mappings struct {
	db      *bolt.DB
	clk     *clock.Clock
	stream  Stream
	invoker Invoker

	life context.Context
	end  context.CancelFunc
	work sync.WaitGroup

	mu      sync.Mutex
	pollers []*poller
}

// progress is what a mapping has to remember. It is saved after each batch.
type progress struct {
	Checkpoint string // everything up to here is done with
	Again      []part // what failed and comes again, before anything new
}

// A poller is a mapping at work. Mappings.mu guards busy, again and next; the rest belongs to whoever made it busy.
type poller struct {
	Mapping
	patterns []Pattern
	progress progress

	busy  bool
	again bool      // records came in while busy
	next  time.Time // when to look again; zero: when records come in
}

// OpenMappings needs the queues' database, so that a batch is given up and told of in one transaction.
func OpenMappings(db *bolt.DB, clk *clock.Clock, stream Stream, invoker Invoker) (*Mappings, error) {
	if err := db.Update(createBuckets); err != nil {
		return nil, fmt.Errorf("eventsource: %w", err)
	}
	s := &Mappings{db: db, clk: clk, stream: stream, invoker: invoker}
	s.life, s.end = context.WithCancel(context.Background())
	return s, nil
}

// Close ends the calls in flight and waits for them; their batches come again.
func (s *Mappings) Close() {
	s.end()
	s.work.Wait()
}

// Create adds a mapping. It takes up where an earlier process left off, at the clock's next Run.
func (s *Mappings) Create(m Mapping) error {
	patterns, err := m.parse()
	if err != nil {
		return fmt.Errorf("stream mapping %q: %w", m.Name, err)
	}
	p := &poller{Mapping: m, patterns: patterns, next: s.clk.Now()}
	if err := load(s.db, mappings, m.Name, &p.progress); err != nil {
		return fmt.Errorf("stream mapping %q: %w", m.Name, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.ContainsFunc(s.pollers, func(other *poller) bool { return other.Name == m.Name }) {
		return fmt.Errorf("stream mapping %q exists twice", m.Name)
	}
	s.pollers = append(s.pollers, p)
	return nil
}

// Notify says that the table's stream has new records. Call it after the commit and before answering for it: when it
// returns, their delivery is in flight for the clock.
func (s *Mappings) Notify(table string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.pollers {
		if p.Table != table || s.life.Err() != nil {
			continue
		}
		p.again = true
		if p.busy {
			continue
		}
		p.busy = true
		done := s.clk.Begin()
		s.work.Go(func() {
			defer done()
			s.drain(s.life, p)
		})
	}
}

// Due is the end of the first back-off.
func (s *Mappings) Due() (at time.Time, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.pollers {
		if !p.busy && !p.next.IsZero() && s.life.Err() == nil && (!ok || p.next.Before(at)) {
			at, ok = p.next, true
		}
	}
	return at, ok
}

// Run delivers what comes again now, each mapping on its own.
func (s *Mappings) Run(ctx context.Context, now time.Time) []clock.Happening {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.life, cancel)()
	s.mu.Lock()
	told := make([][]clock.Happening, len(s.pollers))
	var group sync.WaitGroup
	for i, p := range s.pollers {
		if p.busy || p.next.IsZero() || p.next.After(now) {
			continue
		}
		p.busy = true
		done := s.clk.Begin()
		group.Go(func() {
			defer done()
			told[i] = s.drain(ctx, p)
		})
	}
	s.mu.Unlock()
	group.Wait()
	all := slices.Concat(told...)
	slices.SortStableFunc(all, func(a, b clock.Happening) int { return a.At.Compare(b.At) })
	return all
}

// drain delivers until the stream is empty or a back-off begins. Records that came in meanwhile are seen before it ends.
func (s *Mappings) drain(ctx context.Context, p *poller) (told []clock.Happening) {
	for {
		s.mu.Lock()
		p.again = false
		s.mu.Unlock()
		more, next := s.deliverAll(ctx, p)
		told = append(told, more...)
		s.mu.Lock()
		if !p.again || !next.IsZero() {
			p.busy, p.next = false, next
			s.mu.Unlock()
			return told
		}
		s.mu.Unlock()
	}
}

func (s *Mappings) deliverAll(ctx context.Context, p *poller) (told []clock.Happening, next time.Time) {
	for {
		now := s.clk.Now()
		if len(p.progress.Again) > 0 && p.progress.Again[0].NotBefore.After(now) {
			return told, p.progress.Again[0].NotBefore
		}
		b, err := s.gather(p)
		if err == nil && b.through == p.progress.Checkpoint && len(p.progress.Again) == 0 {
			return told, time.Time{}
		}
		if err == nil {
			var what string
			what, err = s.deliver(ctx, p, b, now)
			if what != "" {
				told = append(told, clock.Happening{At: now, Source: "eventsource", What: p.Name + ": " + what})
			}
		}
		if ctx.Err() != nil {
			return told, now
		}
		if err != nil {
			slog.Error("eventsource: a stream mapping cannot go on", "mapping", p.Name, "error", err)
			return told, now.Add(time.Minute)
		}
	}
}

// largestPayload is what one synchronous Lambda call takes, less the envelope.
const largestPayload = 6<<20 - 1<<10

// gather reads the batch that is next: the part that comes again, or as many new records as fit.
func (s *Mappings) gather(p *poller) (batch, error) {
	b := batch{through: p.progress.Checkpoint}
	size := 0
	for {
		page, err := s.stream.ReadStream(p.Table, b.through, p.BatchSize)
		if err != nil {
			return batch{}, err
		}
		for _, r := range page {
			if len(p.progress.Again) > 0 && isAfter(r.SequenceNumber, p.progress.Again[0].Through) {
				return b, nil
			}
			if matchesAny(p.patterns, r.JSON) {
				size += len(r.JSON) + 1
				if len(b.records) == p.BatchSize || len(b.records) > 0 && size > largestPayload {
					return b, nil
				}
				b.records = append(b.records, r)
			}
			b.through = r.SequenceNumber
		}
		if len(page) < p.BatchSize {
			return b, nil
		}
	}
}

// deliver calls the function for one batch and saves what follows from the answer. When ctx ends, nothing is saved.
func (s *Mappings) deliver(ctx context.Context, p *poller, b batch, now time.Time) (what string, err error) {
	if len(b.records) == 0 {
		return "", s.conclude(p, verdict{checkpoint: b.through}, nil, now)
	}
	var head part
	if len(p.progress.Again) > 0 {
		head = p.progress.Again[0]
	}
	if v, ok := p.expired(b, head, now); ok {
		return fmt.Sprintf("%d records given up: %s", len(v.discarded), v.condition), s.conclude(p, v, nil, now)
	}
	a, err := s.call(ctx, p, b)
	if err != nil || ctx.Err() != nil {
		return "", err
	}
	v := p.judge(b, head.Failures, a, s.clk.Now())
	return describe(p.Function, b, v), s.conclude(p, v, &a, s.clk.Now())
}

func (s *Mappings) call(ctx context.Context, p *poller, b batch) (answer, error) {
	records := make([]json.RawMessage, len(b.records))
	for i, r := range b.records {
		records[i] = r.JSON
	}
	event, err := json.Marshal(map[string]any{"Records": records})
	if err != nil {
		return answer{}, err
	}
	var a answer
	a.result, a.functionError, a.err = s.invoker.Invoke(ctx, p.Function, event)
	return a, nil
}

func describe(function string, b batch, v verdict) string {
	text := fmt.Sprintf("%s got %d records", function, len(b.records))
	switch {
	case len(v.discarded) > 0:
		return fmt.Sprintf("%s; %d given up: %s", text, len(v.discarded), v.condition)
	case len(v.again) > 0 && v.again[0].Failures == 0:
		return text + "; failed, split"
	case len(v.again) > 0:
		return fmt.Sprintf("%s; failed, again at %s", text, timestamp(v.again[0].NotBefore))
	}
	return text
}

// conclude commits the verdict: checkpoint, what comes again, and the message about what does not.
func (s *Mappings) conclude(p *poller, v verdict, a *answer, now time.Time) error {
	next := progress{Checkpoint: p.progress.Checkpoint, Again: v.again}
	if v.checkpoint != "" {
		next.Checkpoint = v.checkpoint
	}
	if len(p.progress.Again) > 0 {
		next.Again = slices.Concat(v.again, p.progress.Again[1:])
	}
	err := s.db.Update(func(tx *bolt.Tx) error {
		if len(v.discarded) > 0 && p.OnFailure != "" {
			if err := put(tx, p.OnFailure, p.message(v, a, now), now); err != nil {
				return err
			}
		}
		return save(tx, mappings, p.Name, next)
	})
	if err == nil {
		p.progress = next
	}
	return err
}
