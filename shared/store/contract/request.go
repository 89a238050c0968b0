package contract

import (
	"testing"
	"time"

	"github.com/callsheet/callsheet/shared/store"
)

func testReplay(t *testing.T, s store.Store) {
	p := draft("prj_1", 1)
	request := store.Request{
		ID: "caller/route/key", Fingerprint: "f", ExpiresAt: noon.Add(time.Hour),
		Reply: store.Reply{Status: 201, Body: []byte(`{"id":"prj_1"}`), ETag: `"1"`, Location: "/v1/projects/prj_1"},
	}
	change := store.Change{Records: []store.Record{p}, Event: about("evt_1", p.Ref(), noon), Request: &request}
	must(t, s.Commit(t.Context(), change))
	t.Run("knows a request that was committed before, whatever else stands in the way", func(t *testing.T) {
		fails(t, s.Commit(t.Context(), change), store.ErrRepeated)
		other := draft("prj_2", 1)
		fails(t, s.Commit(t.Context(), store.Change{Records: []store.Record{other}, Event: about("evt_2", other.Ref(), noon), Request: &request}), store.ErrRepeated)
		_, err := s.Get(t.Context(), other.Ref(), store.Fresh)
		fails(t, err, store.ErrNoRecord)
	})
	t.Run("gives the first reply back, byte by byte", func(t *testing.T) {
		got, ok, err := s.Answered(t.Context(), request.ID, noon)
		must(t, err)
		same(t, true, ok)
		same(t, request, got)
	})
	t.Run("has no reply for a request that was never committed", func(t *testing.T) {
		_, ok, err := s.Answered(t.Context(), "caller/route/other", noon)
		must(t, err)
		same(t, false, ok)
	})
	t.Run("refuses a request in a change without an event", func(t *testing.T) {
		other := request
		other.ID = "caller/route/eventless"
		if err := s.Commit(t.Context(), store.Change{Records: []store.Record{draft("prj_3", 1)}, Request: &other}); err == nil {
			t.Fatal("it was committed")
		}
	})
}

func testExpiry(t *testing.T, s store.Store) {
	expires := noon.Add(24 * time.Hour)
	for n, edge := range edges {
		at := expires.Add(edge.offset)
		id := numbered("request", n)
		change := func(eventID string, at, expires time.Time) store.Change {
			return store.Change{
				Event:   about(numbered(eventID, n), ref("prj_1"), at),
				Request: &store.Request{ID: id, Fingerprint: eventID, ExpiresAt: expires},
			}
		}
		must(t, s.Commit(t.Context(), change("evt_first", noon, expires)))
		t.Run(edge.name+" its expiry a request is answered only if not expired", func(t *testing.T) {
			_, ok, err := s.Answered(t.Context(), id, at)
			must(t, err)
			same(t, !edge.passed, ok)
		})
		t.Run(edge.name+" its expiry a request has its effect again only if expired", func(t *testing.T) {
			err := s.Commit(t.Context(), change("evt_second", at, at.Add(time.Hour)))
			if !edge.passed {
				fails(t, err, store.ErrRepeated)
				return
			}
			must(t, err)
			got, ok, err := s.Answered(t.Context(), id, at)
			must(t, err)
			same(t, true, ok)
			same(t, "evt_second", got.Fingerprint)
		})
	}
}
