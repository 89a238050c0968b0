package contract

import (
	"context"
	"testing"
	"time"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

func testCommit(t *testing.T, s store.Store) {
	t.Run("keeps all of a change", func(t *testing.T) {
		p := draft("prj_all", 1)
		a := project.Assignment{ID: "asg_all", Version: 1, Project: p.ID, Pro: "ana", CreatedAt: noon}
		e := about("evt_all", p.Ref(), noon)
		entry := movement("rwd_all.hold", "ana", noon)
		must(t, s.Commit(t.Context(), store.Change{Records: []store.Record{p, a}, Event: e, Entries: []ledger.Entry{entry}}))
		record, story, err := s.Story(t.Context(), p.Ref(), store.Fresh)
		must(t, err)
		same(t, store.Record(p), record)
		same(t, []store.Event{e}, story)
		other, err := s.Get(t.Context(), a.Ref(), store.Fresh)
		must(t, err)
		same(t, store.Record(a), other)
		entries, err := s.EntriesOf(t.Context(), "ana", 10, nil)
		must(t, err)
		same(t, []ledger.Entry{entry}, entries.Items)
	})
	t.Run("replaces the version before", func(t *testing.T) {
		commit(t, s, draft("prj_next", 1), draft("prj_next", 2))
		got, err := s.Get(t.Context(), ref("prj_next"), store.Fresh)
		must(t, err)
		same(t, 2, got.Revision())
	})
	t.Run("refuses a new record that is there already", func(t *testing.T) {
		commit(t, s, draft("prj_twice", 1))
		fails(t, s.Commit(t.Context(), store.Change{Records: []store.Record{draft("prj_twice", 1)}}), store.ErrLostRace)
	})
	t.Run("refuses a version whose predecessor is gone or missing", func(t *testing.T) {
		commit(t, s, draft("prj_stale", 1), draft("prj_stale", 2))
		for _, stale := range []store.Record{draft("prj_stale", 2), draft("prj_stale", 4), draft("prj_never", 2)} {
			fails(t, s.Commit(t.Context(), store.Change{Records: []store.Record{stale}}), store.ErrLostRace)
		}
	})
	t.Run("refuses an event that is there already", func(t *testing.T) {
		e := about("evt_twice", ref("prj_events"), noon)
		must(t, s.Commit(t.Context(), store.Change{Records: []store.Record{draft("prj_events", 1)}, Event: e}))
		fails(t, s.Commit(t.Context(), store.Change{Records: []store.Record{draft("prj_events", 2)}, Event: e}), store.ErrLostRace)
	})
	t.Run("keeps what one act means for several records in the timeline of each", func(t *testing.T) {
		one, other := draft("prj_one", 1), draft("prj_other", 1)
		acted, meant := about("evt_acted", one.Ref(), noon), about("evt_meant", other.Ref(), noon)
		must(t, s.Commit(t.Context(), store.Change{Records: []store.Record{one, other}, Event: acted, Others: []store.Event{meant}}))
		for _, e := range []store.Event{acted, meant} {
			_, story, err := s.Story(t.Context(), e.Subject, store.Fresh)
			must(t, err)
			same(t, []store.Event{e}, story)
		}
	})
	t.Run("refuses an act of which one event is there already, and keeps none of it", func(t *testing.T) {
		third := draft("prj_third", 1)
		again := store.Change{Records: []store.Record{third}, Event: about("evt_third", third.Ref(), noon), Others: []store.Event{about("evt_meant", ref("prj_other"), noon)}}
		fails(t, s.Commit(t.Context(), again), store.ErrLostRace)
		_, err := s.Get(t.Context(), third.Ref(), store.Fresh)
		fails(t, err, store.ErrNoRecord)
	})
	t.Run("refuses a movement of money that happened already, whenever it is tried", func(t *testing.T) {
		once := store.Change{Entries: []ledger.Entry{movement("rwd_once.credit", "olga", noon)}}
		must(t, s.Commit(t.Context(), once))
		again := store.Change{Records: []store.Record{draft("prj_again", 1)}, Entries: []ledger.Entry{movement("rwd_once.credit", "olga", noon.Add(time.Hour))}}
		fails(t, s.Commit(t.Context(), again), store.ErrLostRace)
		page, err := s.EntriesOf(t.Context(), "olga", 10, nil)
		must(t, err)
		same(t, once.Entries, page.Items)
	})
	t.Run("answers unavailable when there is no time left, and has written nothing", func(t *testing.T) {
		over, cancel := context.WithCancel(t.Context())
		cancel()
		err := s.Commit(over, store.Change{Records: []store.Record{draft("prj_late", 1)}})
		if !problem.Is(err, problem.CodeUnavailable) {
			t.Fatalf("got %v, want %s", err, problem.CodeUnavailable)
		}
		_, err = s.Get(t.Context(), ref("prj_late"), store.Fresh)
		fails(t, err, store.ErrNoRecord)
	})
}

func testRace(t *testing.T, s store.Store) {
	const rivals = 1000
	t.Run("has one winner among 1,000 commits of one version", func(t *testing.T) {
		commit(t, s, draft("prj_race", 1))
		said := together(rivals, func(i int) string {
			p := draft("prj_race", 2)
			p.Seats[0].Pro = "pro"
			return outcome(s.Commit(t.Context(), store.Change{Records: []store.Record{p}, Event: about(numbered("evt_race", i), p.Ref(), noon)}))
		})
		same(t, map[string]int{"won": 1, "lost": rivals - 1}, said)
		record, story, err := s.Story(t.Context(), ref("prj_race"), store.Fresh)
		must(t, err)
		same(t, 2, record.Revision())
		same(t, 1, len(story))
	})
	t.Run("has one effect of one request sent 64 times at once", func(t *testing.T) {
		const sent = 64
		request := &store.Request{ID: "race", Fingerprint: "f", Reply: store.Reply{Status: 201}, ExpiresAt: noon.Add(time.Hour)}
		said := together(sent, func(i int) string {
			p := draft(numbered("prj_sent", i), 1)
			return outcome(s.Commit(t.Context(), store.Change{Records: []store.Record{p}, Event: about(numbered("evt_sent", i), p.Ref(), noon), Request: request}))
		})
		same(t, sent, said["won"]+said["lost"]+said["repeated"])
		same(t, 1, said["won"])
	})
}

func testRollback(t *testing.T, s store.Store) {
	commit(t, s, draft("prj_guard", 1), draft("prj_guard", 2))
	late := draft("prj_guard", 2)
	p := draft("prj_new", 1)
	refused := store.Change{
		Records: []store.Record{p, late},
		Event:   about("evt_refused", late.Ref(), noon),
		Entries: []ledger.Entry{movement("rwd_refused.hold", "ana", noon)},
		Request: &store.Request{ID: "refused", ExpiresAt: noon.Add(time.Hour)},
	}
	refused.Event.Outbox = true
	fails(t, s.Commit(t.Context(), refused), store.ErrLostRace)
	t.Run("shows no record of a refused change", func(t *testing.T) {
		_, err := s.Get(t.Context(), p.Ref(), store.Fresh)
		fails(t, err, store.ErrNoRecord)
	})
	t.Run("shows no event of a refused change", func(t *testing.T) {
		_, story, err := s.Story(t.Context(), late.Ref(), store.Fresh)
		must(t, err)
		same(t, 0, len(story))
		unsent, err := s.Unsent(t.Context(), noon, 10, nil)
		must(t, err)
		same(t, 0, len(unsent.Items))
	})
	t.Run("shows no money of a refused change", func(t *testing.T) {
		page, err := s.EntriesOf(t.Context(), "ana", 10, nil)
		must(t, err)
		same(t, 0, len(page.Items))
	})
	t.Run("knows no request of a refused change", func(t *testing.T) {
		_, ok, err := s.Answered(t.Context(), "refused", noon)
		must(t, err)
		same(t, false, ok)
	})
}
