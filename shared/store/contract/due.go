package contract

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// ringing is a project with deadlines at the given instants.
func ringing(id string, version int, at ...time.Time) project.Project {
	p := draft(id, version)
	p.Progress.State = project.Open
	for _, due := range at {
		p.Progress = p.Progress.Arm(project.Lifecycle, project.RoundExpiry, due.String(), due)
	}
	return p
}

func testOverdue(t *testing.T, s store.Store) {
	// Enough records to lie in every shard, made in an order that is not the order in which they fall due.
	const many = 30
	var want []store.Ref
	for n := range many {
		id := numbered("prj", (n*7)%many)
		commit(t, s, ringing(id, 1, noon.Add(time.Duration((n*7)%many)*tick), noon.Add(time.Hour)))
		want = append(want, ref(numbered("prj", n)))
	}
	at := func(now time.Time, limit int) []store.Ref {
		refs, err := s.Overdue(t.Context(), now, limit)
		must(t, err)
		return refs
	}
	t.Run("lists what is due by its earliest deadline, and no more than asked for", func(t *testing.T) {
		same(t, want, at(noon.Add(many*tick), 100))
		same(t, want[:7], at(noon.Add(many*tick), 7))
	})
	t.Run("lists nothing before the first instant", func(t *testing.T) {
		same(t, 0, len(at(noon.Add(-tick), 100)))
	})
	reward := ledger.Reward{ID: "rwd_1", Version: 1, Pro: "ana", Progress: lifecycle.Start(ledger.RewardLifecycle)}
	release := noon.Add(-24 * time.Hour)
	reward.Progress = reward.Progress.Arm(ledger.RewardLifecycle, ledger.ReleaseDeadline, "", release)
	commit(t, s, reward)
	for _, edge := range edges {
		t.Run(edge.name+" its deadline a record is listed only if that has come", func(t *testing.T) {
			var want []store.Ref
			if edge.passed {
				want = []store.Ref{reward.Ref()}
			}
			same(t, want, at(release.Add(edge.offset), 1))
		})
	}
	t.Run("forgets a deadline that was ended, and follows one that was moved", func(t *testing.T) {
		reward.Version, reward.Progress = 2, reward.Progress.Disarm(ledger.ReleaseDeadline, "")
		commit(t, s, reward, ringing("prj_00000", 2, noon.Add(3*time.Hour)))
		same(t, want[1:], at(noon.Add(many*tick), 100))
		same(t, append(want[1:many:many], ref("prj_00000")), at(noon.Add(3*time.Hour), 100))
	})
}

func testDue(t *testing.T, s store.Store) {
	const many = 30
	var want []string
	for n := range many {
		n = (n * 7) % many
		commit(t, s, ringing(numbered("prj", n), 1, noon.Add(time.Duration(n)*time.Hour), noon.Add(1000*time.Hour)))
	}
	for n := range many {
		want = append(want, numbered("prj", n))
	}
	commit(t, s, draft("prj_quiet", 1))
	before := func(at time.Time) func(context.Context, int, store.Position) (store.Page[store.Record], error) {
		return func(ctx context.Context, limit int, after store.Position) (store.Page[store.Record], error) {
			return s.Due(ctx, at, limit, after)
		}
	}
	t.Run("lists every record with a deadline, soonest first, over all shards, in pages of any size", func(t *testing.T) {
		for _, size := range []int{1, 7, many, many + 1} {
			same(t, want, pages(t, size, before(time.Time{}), idOf, nothing))
		}
	})
	for _, edge := range edges {
		t.Run(edge.name+" its deadline as the end of the list, a record is listed only if it falls due earlier", func(t *testing.T) {
			listed := want[:3]
			if edge.offset > 0 {
				listed = want[:4]
			}
			same(t, listed, pages(t, 2, before(noon.Add(3*time.Hour+edge.offset)), idOf, nothing))
		})
	}
	t.Run("goes on behind what was shown, while deadlines end, move and come — F17", func(t *testing.T) {
		got := pages(t, 5, before(time.Time{}), idAndVersion, func(page int) {
			if page == 1 {
				ended := draft("prj_00006", 2)
				moved := ringing("prj_00007", 2, noon.Add(500*time.Hour))
				commit(t, s, ended, moved, ringing("prj_early", 1, noon.Add(-time.Hour)), ringing("prj_new", 1, noon.Add(400*time.Hour)))
			}
		})
		var expected []string
		for n, id := range want {
			if n != 6 && n != 7 {
				expected = append(expected, id+" v1")
			}
		}
		same(t, append(expected, "prj_new v1", "prj_00007 v2"), got)
	})
}

func testOutbox(t *testing.T, s store.Store) {
	const many = 20
	var want []store.Event
	for n := range many {
		p := draft(numbered("prj", n), 1)
		e := about(numbered("evt", many-n), p.Ref(), noon.Add(time.Duration(n)*tick))
		e.Outbox = true
		must(t, s.Commit(t.Context(), store.Change{Records: []store.Record{p}, Event: e}))
		want = append(want, e)
	}
	quiet := draft("prj_quiet", 1)
	must(t, s.Commit(t.Context(), store.Change{Records: []store.Record{quiet}, Event: about("evt_quiet", quiet.Ref(), noon)}))
	at := func(now time.Time, limit int) []store.Event {
		page, err := s.Unsent(t.Context(), now, limit, nil)
		must(t, err)
		return page.Items
	}
	t.Run("lists events with an open outbox, whole, oldest first, and no more than asked for", func(t *testing.T) {
		same(t, want, at(noon.Add(many*tick), 100))
		same(t, want[:3], at(noon.Add(many*tick), 3))
	})
	for _, size := range []int{1, 7, many, many + 1} {
		t.Run(fmt.Sprintf("is listed whole in pages of %d, oldest first", size), func(t *testing.T) {
			unsent := func(ctx context.Context, limit int, after store.Position) (store.Page[store.Event], error) {
				return s.Unsent(ctx, noon.Add(many*tick), limit, after)
			}
			var ids []string
			for _, e := range want {
				ids = append(ids, e.ID)
			}
			same(t, ids, pages(t, size, unsent, func(e store.Event) string { return e.ID }, nothing))
		})
	}
	for _, edge := range edges {
		t.Run(edge.name+" its own instant an event is listed only if that has come", func(t *testing.T) {
			if listed := len(at(noon.Add(edge.offset), 100)) > 0; listed != edge.passed {
				t.Errorf("listed: %t", listed)
			}
		})
	}
	t.Run("is closed once and stays closed, and the event stays in the timeline", func(t *testing.T) {
		for range 2 {
			must(t, s.Sent(t.Context(), want[1]))
		}
		same(t, append([]store.Event{want[0]}, want[2:]...), at(noon.Add(many*tick), 100))
		_, story, err := s.Story(t.Context(), want[1].Subject, store.Fresh)
		must(t, err)
		closed := want[1]
		closed.Outbox = false
		same(t, []store.Event{closed}, story)
	})
	t.Run("of an event that never was cannot be closed", func(t *testing.T) {
		fails(t, s.Sent(t.Context(), about("evt_never", ref("prj_00000"), noon)), store.ErrNoRecord)
		_, story, err := s.Story(t.Context(), ref("prj_00000"), store.Fresh)
		must(t, err)
		same(t, 1, len(story))
	})
}
