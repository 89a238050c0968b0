package eventsource

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/clock"
)

// A Schedule calls a function at a fixed rate, counted from its creation.
type Schedule struct {
	Name      string
	ARN       string // arn:aws:scheduler:<region>:<account>:schedule/<group>/<name>
	Function  string
	Every     time.Duration
	Input     json.RawMessage // in place of the event
	OnFailure string          // the queue that gets an event that failed for good
}

// coalesced is the longest journey on which a schedule fires every time. On a longer one it fires at most once in
// Schedules.Sparse, and at its last instant before the journey's end.
const coalesced = time.Hour

// asyncRetries are the pauses before Lambda's two retries of an asynchronous event.
var asyncRetries = []time.Duration{time.Minute, 2 * time.Minute}

// Schedules fires schedules. It is a clock.Source; firings that were missed while the process was down become one.
type Schedules struct {
	// Sparse is the span in which a schedule fires at most once on a long journey: an hour, unless it is set before the first Run.
	Sparse time.Duration

	db      *bolt.DB
	clk     *clock.Clock
	invoker Invoker

	run sync.Mutex // one Run at a time

	mu   sync.Mutex
	list []*scheduled
}

// scheduled is a schedule with what it remembers.
type scheduled struct {
	Schedule
	state scheduleState
}

type scheduleState struct {
	Every   time.Duration // another rate starts anew
	Last    time.Time     // the last firing, or the creation
	Retries []delivery
}

// A delivery is an event on its way to the function.
type delivery struct {
	At       time.Time
	Event    json.RawMessage
	Failures int
}

// OpenSchedules needs the queues' database.
func OpenSchedules(db *bolt.DB, clk *clock.Clock, invoker Invoker) (*Schedules, error) {
	if err := db.Update(createBuckets); err != nil {
		return nil, fmt.Errorf("eventsource: %w", err)
	}
	return &Schedules{Sparse: coalesced, db: db, clk: clk, invoker: invoker}, nil
}

// Create adds a schedule. It keeps its beat across restarts.
func (s *Schedules) Create(sc Schedule) error {
	parts := strings.Split(sc.ARN, ":")
	switch {
	case len(parts) != 6 || parts[2] != "scheduler":
		return fmt.Errorf("schedule %q: %q is not arn:aws:scheduler:<region>:<account>:schedule/<group>/<name>", sc.Name, sc.ARN)
	case sc.Name == "" || sc.Function == "":
		return fmt.Errorf("schedule %q: Name and Function are needed", sc.Name)
	case sc.Every < time.Minute || sc.Every%time.Minute != 0:
		return fmt.Errorf("schedule %q: the rate must be whole minutes, not %s", sc.Name, sc.Every)
	case sc.Input != nil && !json.Valid(sc.Input):
		return fmt.Errorf("schedule %q: the input is not JSON", sc.Name)
	}
	created := &scheduled{Schedule: sc}
	if err := load(s.db, schedules, sc.Name, &created.state); err != nil {
		return fmt.Errorf("schedule %q: %w", sc.Name, err)
	}
	if created.state.Every != sc.Every {
		created.state.Every, created.state.Last = sc.Every, s.clk.Now()
	}
	err := s.db.Update(func(tx *bolt.Tx) error { return save(tx, schedules, sc.Name, created.state) })
	if err != nil {
		return fmt.Errorf("schedule %q: %w", sc.Name, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.ContainsFunc(s.list, func(other *scheduled) bool { return other.Name == sc.Name }) {
		return fmt.Errorf("schedule %q exists twice", sc.Name)
	}
	s.list = append(s.list, created)
	return nil
}

// Due is the first firing or retry of any schedule.
func (s *Schedules) Due() (at time.Time, ok bool) {
	from, to := s.clk.Journey()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sc := range s.list {
		if next := sc.due(s.Sparse, from, to); !ok || next.Before(at) {
			at, ok = next, true
		}
	}
	return at, ok
}

func (sc *scheduled) due(sparse time.Duration, from, to time.Time) time.Time {
	next := nextFiring(sc.state.Last, sc.Every, sparse, from, to)
	for _, r := range sc.state.Retries {
		if r.At.Before(next) {
			next = r.At
		}
	}
	return next
}

// nextFiring is one beat after the last, or on a long journey the last beat within the sparse span and the journey.
func nextFiring(last time.Time, every, sparse time.Duration, from, to time.Time) time.Time {
	next := last.Add(every)
	if to.Sub(from) <= coalesced {
		return next
	}
	horizon := last.Add(sparse)
	if to.Before(horizon) {
		horizon = to
	}
	return latest(next, lastBeat(last, every, horizon))
}

// lastBeat is the last multiple of every after last that is not after the horizon.
func lastBeat(last time.Time, every time.Duration, horizon time.Time) time.Time {
	return last.Add(horizon.Sub(last) / every * every)
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Run fires what is due: a schedule's retries, then the schedule once, at its last beat.
func (s *Schedules) Run(ctx context.Context, now time.Time) (told []clock.Happening) {
	s.run.Lock()
	defer s.run.Unlock()
	defer s.clk.Begin()()
	s.mu.Lock()
	list := slices.Clone(s.list)
	s.mu.Unlock()
	from, to := s.clk.Journey()
	for _, sc := range list {
		for {
			d, after, ok := sc.take(s.Sparse, now, from, to)
			if !ok {
				break
			}
			given, err := s.fire(ctx, sc, d, after)
			if ctx.Err() != nil {
				return told // nothing is saved: it fires again
			}
			if err != nil {
				slog.Error("eventsource: a schedule's progress is not saved", "schedule", sc.Name, "error", err)
			}
			told = append(told, clock.Happening{At: d.At, Source: "schedule", What: sc.Name + ": " + given})
		}
	}
	return told
}

// take finds one delivery that is due, and the state once it is made.
func (sc *scheduled) take(sparse time.Duration, now, from, to time.Time) (d delivery, after scheduleState, ok bool) {
	after = sc.state
	after.Retries = slices.Clone(after.Retries)
	if i := slices.IndexFunc(after.Retries, func(r delivery) bool { return !r.At.After(now) }); i >= 0 {
		d = after.Retries[i]
		after.Retries = slices.Delete(after.Retries, i, i+1)
		return d, after, true
	}
	if nextFiring(after.Last, sc.Every, sparse, from, to).After(now) {
		return delivery{}, after, false
	}
	after.Last = lastBeat(after.Last, sc.Every, now)
	return delivery{At: after.Last, Event: sc.event(after.Last)}, after, true
}

// fire calls the function and commits what follows: done, a retry, or the on-failure queue.
func (s *Schedules) fire(ctx context.Context, sc *scheduled, d delivery, after scheduleState) (what string, err error) {
	var a answer
	a.result, a.functionError, a.err = s.invoker.Invoke(ctx, sc.Function, d.Event)
	if ctx.Err() != nil {
		return "", nil
	}
	what = sc.Function + " called"
	now := s.clk.Now()
	var lost *discardedEvent
	if a.failed() {
		d.Failures++
		if d.Failures > len(asyncRetries) {
			lost = discarded(sc.Function, sc.ARN+timestamp(now), d.Event, d.Failures, a, now)
			what += "; failed, given up"
		} else {
			d.At = now.Add(asyncRetries[d.Failures-1])
			after.Retries = append(after.Retries, d)
			what += "; failed, again at " + timestamp(d.At)
		}
	}
	s.mu.Lock()
	sc.state = after
	s.mu.Unlock()
	return what, s.db.Update(func(tx *bolt.Tx) error {
		if lost != nil && sc.OnFailure != "" {
			if err := put(tx, sc.OnFailure, lost, now); err != nil {
				return err
			}
		}
		return save(tx, schedules, sc.Name, after)
	})
}

// event is what EventBridge Scheduler sends. The id is the same when the same beat is sent twice.
func (sc *scheduled) event(at time.Time) json.RawMessage {
	if sc.Input != nil {
		return sc.Input
	}
	parts := strings.Split(sc.ARN, ":")
	raw, err := json.Marshal(map[string]any{
		"version": "0", "id": nameID(sc.ARN + timestamp(at)), "detail-type": "Scheduled Event", "source": "aws.scheduler",
		"account": parts[4], "time": at.UTC().Format(time.RFC3339), "region": parts[3], "resources": []string{sc.ARN}, "detail": "{}",
	})
	if err != nil {
		panic(err) // strings only
	}
	return raw
}

// discardedEvent is the message that Lambda sends for an asynchronous event that was given up.
type discardedEvent struct {
	Version         string           `json:"version"`
	Timestamp       string           `json:"timestamp"`
	RequestContext  requestContext   `json:"requestContext"`
	RequestPayload  json.RawMessage  `json:"requestPayload"`
	ResponseContext *responseContext `json:"responseContext"`
	ResponsePayload json.RawMessage  `json:"responsePayload,omitempty"`
}

func discarded(function, name string, event json.RawMessage, failures int, a answer, now time.Time) *discardedEvent {
	m := &discardedEvent{
		Version: "1.0", Timestamp: timestamp(now),
		RequestContext: requestContext{
			RequestID: nameID(name), FunctionARN: function, Condition: retriesExhausted, ApproximateInvokeCount: failures,
		},
		RequestPayload: event, ResponseContext: a.context(),
	}
	if json.Valid(a.result) {
		m.ResponsePayload = a.result
	}
	return m
}
