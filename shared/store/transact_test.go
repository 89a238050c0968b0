package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

var noon = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// counter is a record that can only be counted up.
type counter struct{ Version int }

func (counter) Ref() store.Ref  { return store.Ref{Kind: "counter", ID: "c"} }
func (c counter) Revision() int { return c.Version }

// shelf keeps one counter and the requests that moved it. Every other call of the port would panic.
type shelf struct {
	store.Store
	now, before counter // a stale read still sees before
	requests    map[string]store.Request
	rivals      int                                  // how many rivals are quicker than the next commits
	fault       func(s *shelf, c store.Change) error // what happens to a commit instead, once
	read        []store.Freshness
}

func newShelf() *shelf { return &shelf{requests: map[string]store.Request{}} }

func (s *shelf) load(f store.Freshness) counter {
	s.read = append(s.read, f)
	if f == store.Stale {
		return s.before
	}
	return s.now
}

func (s *shelf) apply(c store.Change) error {
	if c.Request != nil {
		if had, ok := s.requests[c.Request.ID]; ok && c.Event.At.Before(had.ExpiresAt) {
			return store.ErrRepeated
		}
	}
	for _, r := range c.Records {
		if r.Revision() != s.now.Version+1 {
			return store.ErrLostRace
		}
		s.before, s.now = s.now, r.(counter)
	}
	if c.Request != nil {
		s.requests[c.Request.ID] = *c.Request
	}
	return nil
}

func (s *shelf) Commit(_ context.Context, c store.Change) error {
	if s.rivals > 0 {
		s.rivals--
		s.now.Version++
	}
	if fault := s.fault; fault != nil {
		s.fault = nil
		return fault(s, c)
	}
	return s.apply(c)
}

func (s *shelf) Answered(_ context.Context, id string, now time.Time) (store.Request, bool, error) {
	r, ok := s.requests[id]
	return r, ok && now.Before(r.ExpiresAt), nil
}

// count moves the counter up, to at most limit.
func (s *shelf) count(t *testing.T, once store.Once, now time.Time, limit int) (store.Reply, error) {
	return store.Transact(t.Context(), s, once, now, func(context.Context, int) {}, func(f store.Freshness) (store.Change, store.Reply, error) {
		c := s.load(f)
		if c.Version >= limit {
			return store.Change{}, store.Reply{}, problem.New(problem.CodeStateChanged, "The counter is full.")
		}
		c.Version++
		return store.Change{Records: []store.Record{c}, Event: store.Event{ID: "evt", At: now}}, store.Reply{Status: 200 + c.Version}, nil
	})
}

func once(body string) store.Once {
	return store.Once{ID: "caller/route/key", Fingerprint: body, Keep: time.Hour}
}

func TestTransact(t *testing.T) {
	t.Run("decides on a cheap read and commits what it decided", func(t *testing.T) {
		s := newShelf()
		reply, err := s.count(t, once("a"), noon, 9)
		if err != nil || reply.Status != 201 || s.now.Version != 1 || !cmp.Equal(s.read, []store.Freshness{store.Stale}) {
			t.Errorf("got %+v, %v, %+v", reply, err, s)
		}
	})
	t.Run("decides a lost race again, on a fresh read, and never answers it as a conflict", func(t *testing.T) {
		s := newShelf()
		s.rivals = 3
		reply, err := s.count(t, once("a"), noon, 9)
		if err != nil || reply.Status != 204 || s.now.Version != 4 {
			t.Errorf("got %+v, %v, %+v", reply, err, s)
		}
		if want := []store.Freshness{store.Stale, store.Fresh, store.Fresh, store.Fresh}; !cmp.Equal(s.read, want) {
			t.Errorf("read %v", s.read)
		}
	})
	t.Run("answers the rule, not the race, when a rival took the last place", func(t *testing.T) {
		s := newShelf()
		s.rivals = 1
		if _, err := s.count(t, once("a"), noon, 1); !problem.Is(err, problem.CodeStateChanged) || s.now.Version != 1 {
			t.Errorf("got %v, %+v", err, s)
		}
	})
	t.Run("believes a refusal from fresh data only — F16", func(t *testing.T) {
		s := newShelf()
		s.before, s.now = counter{5}, counter{2} // the stale read sees a counter that seems full
		reply, err := s.count(t, once("a"), noon, 5)
		if err != nil || reply.Status != 203 || !cmp.Equal(s.read, []store.Freshness{store.Stale, store.Fresh}) {
			t.Errorf("got %+v, %v, read %v", reply, err, s.read)
		}
	})
	t.Run("does not read twice for a refusal that no reload can change", func(t *testing.T) {
		for _, code := range []problem.Code{problem.CodeInternal, problem.CodeUnavailable, problem.CodeMalformedJSON, problem.CodeRateLimited, problem.CodeNotYet} {
			asked := 0
			_, err := store.Transact(t.Context(), newShelf(), store.Once{}, noon, nil, func(store.Freshness) (store.Change, store.Reply, error) {
				asked++
				return store.Change{}, store.Reply{}, problem.New(code, "No.")
			})
			if !problem.Is(err, code) || asked != 1 {
				t.Errorf("%s: got %v after %d decisions", code, err, asked)
			}
		}
	})
	t.Run("gives up after a bounded number of lost races, as unavailable", func(t *testing.T) {
		s := newShelf()
		s.rivals = 1_000_000
		if _, err := s.count(t, once("a"), noon, 1<<40); !problem.Is(err, problem.CodeUnavailable) || len(s.read) != 16 || len(s.requests) != 0 {
			t.Errorf("got %v after %d decisions", err, len(s.read))
		}
	})
	t.Run("gives up when there is no time left, as unavailable", func(t *testing.T) {
		s := newShelf()
		s.rivals = 5
		ctx, cancel := context.WithCancel(t.Context())
		_, err := store.Transact(ctx, s, store.Once{}, noon, func(context.Context, int) { cancel() }, func(store.Freshness) (store.Change, store.Reply, error) {
			return store.Change{Records: []store.Record{counter{1}}}, store.Reply{}, nil
		})
		if !problem.Is(err, problem.CodeUnavailable) || s.rivals != 4 {
			t.Errorf("got %v with %d rivals left", err, s.rivals)
		}
	})
	t.Run("commits no entry that does not sum to zero — I1", func(t *testing.T) {
		s := newShelf()
		unsound := ledger.Entry{ID: "e", Postings: []ledger.Posting{{Account: "a", Amount: ledger.Money{Minor: 1, Currency: "USD"}}, {Account: "b", Amount: ledger.Money{Currency: "USD"}}}}
		_, err := store.Transact(t.Context(), s, store.Once{}, noon, nil, func(store.Freshness) (store.Change, store.Reply, error) {
			return store.Change{Records: []store.Record{counter{1}}, Entries: []ledger.Entry{unsound}}, store.Reply{}, nil
		})
		if err == nil || s.now.Version != 0 {
			t.Errorf("got %v, %+v", err, s)
		}
	})
	t.Run("commits nothing where nothing is to be written, and answers", func(t *testing.T) {
		s := newShelf()
		s.fault = func(*shelf, store.Change) error { return errors.New("it was committed") }
		reply, err := store.Transact(t.Context(), s, store.Once{}, noon, func(context.Context, int) {}, func(store.Freshness) (store.Change, store.Reply, error) {
			return store.Change{Event: store.Event{ID: "evt", At: noon}}, store.Reply{Status: 200}, nil
		})
		if err != nil || reply.Status != 200 {
			t.Errorf("got %+v, %v", reply, err)
		}
	})
	t.Run("passes on what the engine says, with nothing committed", func(t *testing.T) {
		s := newShelf()
		broken := errors.New("broken")
		s.fault = func(*shelf, store.Change) error { return broken }
		if _, err := s.count(t, once("a"), noon, 9); !errors.Is(err, broken) || s.now.Version != 0 {
			t.Errorf("got %v, %+v", err, s)
		}
	})
}

func TestRepeatedRequest(t *testing.T) {
	first := func(t *testing.T) *shelf {
		s := newShelf()
		if _, err := s.count(t, once("a"), noon, 9); err != nil {
			t.Fatal(err)
		}
		return s
	}
	answered := func(t *testing.T, err error, status int) {
		t.Helper()
		if got, ok := errors.AsType[*store.Answered](err); !ok || got.Reply.Status != status {
			t.Errorf("got %v, want the first answer %d", err, status)
		}
	}
	t.Run("gets the first answer and has no second effect — F1 F4 I20", func(t *testing.T) {
		s := first(t)
		_, err := s.count(t, once("a"), noon.Add(11*time.Minute), 9)
		answered(t, err, 201)
		if s.now.Version != 1 {
			t.Errorf("counted to %d", s.now.Version)
		}
	})
	t.Run("gets the first answer also when its own effect would now refuse it", func(t *testing.T) {
		s := newShelf()
		if _, err := s.count(t, once("a"), noon, 1); err != nil {
			t.Fatal(err)
		}
		_, err := s.count(t, once("a"), noon, 1)
		answered(t, err, 201)
	})
	t.Run("is refused with another body, before and after its effect would refuse it — F6 B34", func(t *testing.T) {
		for _, limit := range []int{9, 1} {
			s := first(t)
			if _, err := s.count(t, once("b"), noon, limit); !problem.Is(err, problem.CodeIdempotencyKeyReused) || problem.As(err).Kind() != problem.Invalid || s.now.Version != 1 {
				t.Errorf("limit %d: got %v, %+v", limit, err, s)
			}
		}
	})
	t.Run("of another caller is independent — F7 B35", func(t *testing.T) {
		s := first(t)
		other := once("a")
		other.ID = "other caller/route/key"
		s.before = s.now
		if reply, err := s.count(t, other, noon, 9); err != nil || reply.Status != 202 {
			t.Errorf("got %+v, %v", reply, err)
		}
	})
	for _, edge := range []struct {
		name    string
		by      time.Duration
		version int
	}{{"1 ms before its record expires gets the first answer — F8", -time.Millisecond, 1}, {"exactly when its record expires counts as new — F8", 0, 2}, {"1 ms after its record expired counts as new — F8", time.Millisecond, 2}} {
		t.Run(edge.name, func(t *testing.T) {
			s := first(t)
			s.before = s.now
			if _, err := s.count(t, once("a"), noon.Add(time.Hour+edge.by), 9); s.now.Version != edge.version {
				t.Errorf("counted to %d: %v", s.now.Version, err)
			}
		})
	}
	t.Run("after a crash behind the commit gets the same answer — F1", func(t *testing.T) {
		s := newShelf()
		s.fault = func(s *shelf, c store.Change) error { return errors.Join(s.apply(c), errors.New("the process died")) }
		if _, err := s.count(t, once("a"), noon, 9); err == nil {
			t.Fatal("nobody was there to answer")
		}
		_, err := s.count(t, once("a"), noon, 9)
		answered(t, err, 201)
	})
	unknown := problem.New(problem.CodeUnavailable, "The outcome is unknown.")
	t.Run("after an unknown outcome that was a commit gets its answer — F3", func(t *testing.T) {
		s := newShelf()
		s.fault = func(s *shelf, c store.Change) error { return errors.Join(s.apply(c), unknown) }
		if _, err := s.count(t, once("a"), noon, 9); !problem.Is(err, problem.CodeUnavailable) {
			t.Fatal(err)
		}
		_, err := s.count(t, once("a"), noon, 9)
		answered(t, err, 201)
		if s.now.Version != 1 {
			t.Errorf("counted to %d", s.now.Version)
		}
	})
	t.Run("after an unknown outcome that was none has its effect now — F2 F3", func(t *testing.T) {
		s := newShelf()
		s.fault = func(*shelf, store.Change) error { return unknown }
		if _, err := s.count(t, once("a"), noon, 9); !problem.Is(err, problem.CodeUnavailable) || s.now.Version != 0 {
			t.Fatal(err)
		}
		if reply, err := s.count(t, once("a"), noon, 9); err != nil || reply.Status != 201 || s.now.Version != 1 {
			t.Errorf("got %+v, %v", reply, err)
		}
	})
	t.Run("is told to wait while the first attempt cannot be read yet", func(t *testing.T) {
		s := newShelf()
		s.fault = func(*shelf, store.Change) error { return store.ErrRepeated }
		if _, err := s.count(t, once("a"), noon, 9); !problem.Is(err, problem.CodeUnavailable) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("leaves a refusal a refusal, and nothing is kept of it — I19", func(t *testing.T) {
		s := newShelf()
		if _, err := s.count(t, once("a"), noon, 0); !problem.Is(err, problem.CodeStateChanged) || len(s.requests) != 0 {
			t.Errorf("got %v, kept %v", err, s.requests)
		}
	})
}

func TestIs(t *testing.T) {
	t.Run("calls a missing record and one of another kind not found — B47", func(t *testing.T) {
		for _, err := range []error{
			second(store.Is[counter](nil, store.ErrNoRecord)),
			second(store.Is[counter](other{}, nil)),
		} {
			if !problem.Is(err, problem.CodeNotFound) {
				t.Errorf("got %v", err)
			}
		}
	})
	t.Run("passes on any other failure", func(t *testing.T) {
		broken := errors.New("broken")
		if err := second(store.Is[counter](nil, broken)); !errors.Is(err, broken) || problem.Is(err, problem.CodeNotFound) {
			t.Errorf("got %v", err)
		}
	})
}

type other struct{ counter }

func second[T any](_ T, err error) error { return err }

func TestDiff(t *testing.T) {
	ref := store.Ref{Kind: store.Project, ID: "prj_1"}
	due := func(kind, key string, entry int) lifecycle.Due {
		return lifecycle.Due{Kind: kind, Key: key, At: noon.Add(time.Duration(entry) * time.Hour), Entry: entry}
	}
	diff := func(before, after []lifecycle.Due, fired string) store.Event {
		var e store.Event
		e.Diff("project", ref, before, after, fired)
		return e
	}
	a, b := due("round.expiry", "a", 2), due("round.expiry", "b", 3)
	for _, c := range []struct {
		name          string
		before, after []lifecycle.Due
		fired         string
		want          store.Event
	}{
		{"says nothing about what stays", []lifecycle.Due{a}, []lifecycle.Due{a}, "", store.Event{}},
		{"names the machine and the entry of what is armed", []lifecycle.Due{a}, []lifecycle.Due{a, b}, "", store.Event{
			Armed: []store.Alarm{{Machine: "project-round-expiry", Ref: ref, Kind: "round.expiry", Entry: 3, DueAt: b.At}},
		}},
		{"tells what was cancelled", []lifecycle.Due{a, b}, []lifecycle.Due{b}, "", store.Event{
			Ended: []store.Ended{{Ref: ref, Kind: "round.expiry", At: a.At, How: "cancelled"}},
		}},
		{"tells what fired", []lifecycle.Due{a, b}, []lifecycle.Due{b}, "round.expiry", store.Event{
			Ended: []store.Ended{{Ref: ref, Kind: "round.expiry", At: a.At, How: "fired"}},
		}},
		{"tells what was replaced, and arms the new one", []lifecycle.Due{a}, []lifecycle.Due{due("round.expiry", "a", 5)}, "", store.Event{
			Armed: []store.Alarm{{Machine: "project-round-expiry", Ref: ref, Kind: "round.expiry", Entry: 5, DueAt: noon.Add(5 * time.Hour)}},
			Ended: []store.Ended{{Ref: ref, Kind: "round.expiry", At: a.At, How: "replaced"}},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, diff(c.before, c.after, c.fired)); d != "" {
				t.Error(d)
			}
		})
	}
}
