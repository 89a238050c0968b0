package contract

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/store"
)

// model is the port in a few maps: what any engine must look like from outside.
type model struct {
	versions map[string]int            // of projects
	events   map[string][]store.Event  // by project, in the order of their IDs
	entries  map[string]bool           // of the one pro, by ID
	requests map[string]*store.Request // by ID
}

// testModel commits changes drawn at random, most of them impossible, and compares what the engine says and shows with
// the model.
func testModel(t *testing.T, open func(t *testing.T) store.Store) {
	t.Run("agrees with the engine on changes drawn at random", func(t *testing.T) {
		rapid.Check(t, func(r *rapid.T) {
			s := open(t)
			m := model{versions: map[string]int{}, events: map[string][]store.Event{}, entries: map[string]bool{}, requests: map[string]*store.Request{}}
			now := noon
			for range rapid.IntRange(1, 25).Draw(r, "changes") {
				now = now.Add(time.Duration(rapid.IntRange(0, 5).Draw(r, "minutes")) * time.Minute)
				c := m.draw(r, now)
				want, got := m.commit(c, now), outcome(s.Commit(t.Context(), c))
				if got != want {
					r.Fatalf("commit of %+v: got %s, want %s", c, got, want)
				}
			}
			m.compare(r, t, s, now)
		})
	})
}

var projects = []string{"prj_1", "prj_2", "prj_3"}

func (m model) draw(r *rapid.T, now time.Time) store.Change {
	var c store.Change
	for _, id := range rapid.SliceOfNDistinct(rapid.SampledFrom(projects), 1, 3, rapid.ID).Draw(r, "projects") {
		version := m.versions[id] + rapid.SampledFrom([]int{1, 1, 1, 1, 0, 2}).Draw(r, "step")
		c.Records = append(c.Records, ringing(id, max(1, version), now.Add(time.Duration(rapid.IntRange(-30, 30).Draw(r, "due"))*time.Minute)))
	}
	c.Event = about(numbered("evt", rapid.IntRange(1, 60).Draw(r, "event")), c.Records[0].Ref(), now)
	c.Event.Outbox = rapid.Bool().Draw(r, "outbox")
	for _, other := range c.Records[1:] {
		if rapid.Bool().Draw(r, "with another event") {
			c.Others = append(c.Others, about(numbered("evt", rapid.IntRange(1, 60).Draw(r, "other event")), other.Ref(), now))
		}
	}
	if rapid.Bool().Draw(r, "with money") {
		c.Entries = []ledger.Entry{movement(numbered("rwd", rapid.IntRange(1, 15).Draw(r, "entry"))+".hold", "ana", now)}
	}
	if rapid.Bool().Draw(r, "with request") {
		c.Request = &store.Request{ID: numbered("request", rapid.IntRange(1, 4).Draw(r, "request")), Fingerprint: c.Event.ID, ExpiresAt: now.Add(10 * time.Minute)}
	}
	return c
}

// commit is the contract of Commit.
func (m model) commit(c store.Change, now time.Time) string {
	if c.Request != nil {
		if had := m.requests[c.Request.ID]; had != nil && now.Before(had.ExpiresAt) {
			return "repeated"
		}
	}
	lost := false
	events := append([]store.Event{c.Event}, c.Others...)
	for _, e := range events {
		lost = lost || slices.ContainsFunc(m.events[e.Subject.ID], func(had store.Event) bool { return had.ID == e.ID })
	}
	for _, r := range c.Records {
		lost = lost || m.versions[r.Ref().ID] != r.Revision()-1
	}
	for _, e := range c.Entries {
		lost = lost || m.entries[e.ID]
	}
	if lost {
		return "lost"
	}
	for _, r := range c.Records {
		m.versions[r.Ref().ID] = r.Revision()
	}
	for _, e := range events {
		story := append(m.events[e.Subject.ID], e)
		slices.SortFunc(story, func(a, b store.Event) int { return strings.Compare(a.ID, b.ID) })
		m.events[e.Subject.ID] = story
	}
	for _, e := range c.Entries {
		m.entries[e.ID] = true
	}
	if c.Request != nil {
		m.requests[c.Request.ID] = c.Request
	}
	return "won"
}

// compare reads everything back.
func (m model) compare(r *rapid.T, t *testing.T, s store.Store, now time.Time) {
	unsent := 0
	for id, version := range m.versions {
		record, story, err := s.Story(t.Context(), ref(id), store.Fresh)
		must(r, err)
		same(r, version, record.Revision())
		same(r, m.events[id], story)
		for _, e := range m.events[id] {
			if e.Outbox {
				unsent++
			}
		}
	}
	open, err := s.Unsent(t.Context(), now, 100, nil)
	must(r, err)
	same(r, unsent, len(open.Items))
	entries, err := s.EntriesOf(t.Context(), "ana", 100, nil)
	must(r, err)
	same(r, len(m.entries), len(entries.Items))
	for id, want := range m.requests {
		got, ok, err := s.Answered(t.Context(), id, now)
		must(r, err)
		same(r, now.Before(want.ExpiresAt), ok)
		if ok {
			same(r, want.Fingerprint, got.Fingerprint)
		}
	}
}
