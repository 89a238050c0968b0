package contract

import (
	"context"
	"testing"
	"time"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

func movement(id, pro string, at time.Time) ledger.Entry {
	return ledger.Entry{ID: id, Pro: pro, Kind: "hold", At: at, Postings: []ledger.Posting{
		{Account: ledger.Held(pro), Amount: ledger.Money{Minor: 1250, Currency: "USD"}},
		{Account: ledger.Due("prj_1"), Amount: ledger.Money{Minor: -1250, Currency: "USD"}},
	}}
}

func testProjectsOf(t *testing.T, s store.Store) {
	for n := 1; n <= 5; n++ {
		commit(t, s, draft(numbered("prj", n), 1))
	}
	foreign := draft("prj_foreign", 1)
	foreign.Client = "acme-2"
	commit(t, s, foreign)
	list := func(ctx context.Context, limit int, after store.Position) (store.Page[store.Record], error) {
		return s.ProjectsOf(ctx, "acme", limit, after)
	}
	t.Run("lists one client's projects, newest first", func(t *testing.T) {
		want := []string{"prj_00005", "prj_00004", "prj_00003", "prj_00002", "prj_00001"}
		for size := 1; size <= 6; size++ {
			same(t, want, pages(t, size, list, idOf, nothing))
		}
	})
	t.Run("ends with the last item, not after it", func(t *testing.T) {
		page, err := list(t.Context(), 5, nil)
		must(t, err)
		same(t, 5, len(page.Items))
		same(t, store.Position(nil), page.Next)
	})
	t.Run("neither repeats nor misses what was there, while projects come and change", func(t *testing.T) {
		got := pages(t, 2, list, idAndVersion, func(page int) {
			if page == 1 {
				commit(t, s, draft("prj_00006", 1), draft("prj_00003", 2), draft("prj_00005", 2))
			}
		})
		same(t, []string{"prj_00005 v1", "prj_00004 v1", "prj_00003 v2", "prj_00002 v1", "prj_00001 v1"}, got)
	})
	t.Run("is empty for a client without projects", func(t *testing.T) {
		page, err := s.ProjectsOf(t.Context(), "nobody", 5, nil)
		must(t, err)
		same(t, 0, len(page.Items))
		same(t, store.Position(nil), page.Next)
	})
	t.Run("refuses a page of nothing", func(t *testing.T) {
		if _, err := list(t.Context(), 0, nil); err == nil {
			t.Fatal("it was read")
		}
	})
}

func waiting(id string, version int, state lifecycle.State, since time.Time) project.Assignment {
	return project.Assignment{ID: id, Version: version, Progress: lifecycle.Progress{State: state, Entry: version}, WaitsSince: since}
}

func testWaiting(t *testing.T, s store.Store) {
	list := func(ctx context.Context, limit int, after store.Position) (store.Page[store.Record], error) {
		return s.Waiting(ctx, store.QC, limit, after)
	}
	ids := []string{"asg_d", "asg_b", "asg_e", "asg_a", "asg_c"}
	for n, id := range ids {
		commit(t, s, waiting(id, 1, project.InQC, noon.Add(time.Duration(n)*tick)))
	}
	commit(t, s, waiting("asg_working", 1, project.Working, noon), waiting("asg_done", 1, project.Done, noon))
	t.Run("lists who waits, longest first", func(t *testing.T) {
		for size := 1; size <= 6; size++ {
			same(t, ids, pages(t, size, list, idOf, nothing))
		}
	})
	t.Run("goes on behind an assignment that has left, and a new one waits at the end", func(t *testing.T) {
		got := pages(t, 2, list, idOf, func(page int) {
			if page == 1 {
				commit(t, s, waiting("asg_b", 2, project.InReview, noon.Add(tick)), waiting("asg_f", 1, project.InQC, noon.Add(time.Hour)))
			}
		})
		same(t, []string{"asg_d", "asg_b", "asg_e", "asg_a", "asg_c", "asg_f"}, got)
		same(t, []string{"asg_d", "asg_e", "asg_a", "asg_c", "asg_f"}, pages(t, 2, list, idOf, nothing))
	})
	t.Run("puts who comes back at the end", func(t *testing.T) {
		commit(t, s, waiting("asg_d", 2, project.Revising, noon), waiting("asg_d", 3, project.InQC, noon.Add(2*time.Hour)))
		same(t, []string{"asg_e", "asg_a", "asg_c", "asg_f", "asg_d"}, pages(t, 2, list, idOf, nothing))
	})
	t.Run("shows who comes back while it is read at the end, and not twice", func(t *testing.T) {
		got := pages(t, 2, list, idOf, func(page int) {
			if page == 1 {
				commit(t, s, waiting("asg_c", 2, project.Revising, noon), waiting("asg_c", 3, project.InQC, noon.Add(3*time.Hour)))
			}
		})
		same(t, []string{"asg_e", "asg_a", "asg_f", "asg_d", "asg_c"}, got)
	})
	t.Run("goes by the ref among those of one instant", func(t *testing.T) {
		for _, id := range []string{"asg_y", "asg_z", "asg_x"} {
			commit(t, s, waiting(id, 1, project.InQC, noon.Add(4*time.Hour)))
		}
		for size := 1; size <= 3; size++ {
			all := pages(t, size, list, idOf, nothing)
			same(t, []string{"asg_x", "asg_y", "asg_z"}, all[len(all)-3:])
		}
	})
	t.Run("is of one queue", func(t *testing.T) {
		page, err := s.Waiting(t.Context(), store.Screening, 100, nil)
		must(t, err)
		same(t, 0, len(page.Items))
	})
}

func testAssignmentsOf(t *testing.T, s store.Store) {
	of := func(pro string, n, version int) project.Assignment {
		return project.Assignment{ID: numbered("asg", n), Version: version, Pro: pro, Progress: lifecycle.Start(project.AssignmentLifecycle)}
	}
	for n := 1; n <= 5; n++ {
		commit(t, s, of("ana", n, 1))
	}
	commit(t, s, of("ana-2", 9, 1), ledger.Reward{ID: "rwd_00001", Version: 1, Pro: "ana"})
	list := func(ctx context.Context, limit int, after store.Position) (store.Page[store.Record], error) {
		return s.AssignmentsOf(ctx, "ana", limit, after)
	}
	t.Run("lists one pro's assignments and nothing else of theirs, newest first", func(t *testing.T) {
		for size := 1; size <= 6; size++ {
			same(t, []string{"asg_00005", "asg_00004", "asg_00003", "asg_00002", "asg_00001"}, pages(t, size, list, idOf, nothing))
		}
	})
	t.Run("neither repeats nor misses what was there, while assignments come and change — F17", func(t *testing.T) {
		got := pages(t, 2, list, idAndVersion, func(page int) {
			if page == 1 {
				commit(t, s, of("ana", 6, 1), of("ana", 3, 2), of("ana", 5, 2))
			}
		})
		same(t, []string{"asg_00005 v1", "asg_00004 v1", "asg_00003 v2", "asg_00002 v1", "asg_00001 v1"}, got)
	})
	t.Run("is empty for a pro without assignments", func(t *testing.T) {
		page, err := s.AssignmentsOf(t.Context(), "nobody", 5, nil)
		must(t, err)
		same(t, 0, len(page.Items))
	})
}

func testInvitationsOf(t *testing.T, s store.Store) {
	listing := func(pro string, n int) store.Listing {
		return store.Listing{Invitation: numbered("inv", n) + "-1", Project: numbered("prj", n), Pro: pro}
	}
	var all []store.Listing
	for n := 1; n <= 60; n++ {
		all = append(all, listing("ana", n), listing("ana-2", n))
	}
	for range 2 {
		must(t, s.List(t.Context(), all))
	}
	commit(t, s, ledger.Reward{ID: "rwd_00001", Version: 1, Pro: "ana"})
	of := func(pro string) func(context.Context, int, store.Position) (store.Page[store.Listing], error) {
		return func(ctx context.Context, limit int, after store.Position) (store.Page[store.Listing], error) {
			return s.InvitationsOf(ctx, pro, limit, after)
		}
	}
	id := func(l store.Listing) string { return l.Pro + " " + l.Invitation }
	t.Run("lists each invitation of one pro once, newest first, however often it was listed", func(t *testing.T) {
		var want []string
		for n := 60; n >= 1; n-- {
			want = append(want, id(listing("ana", n)))
		}
		for _, size := range []int{1, 7, 60, 61} {
			same(t, want, pages(t, size, of("ana"), id, nothing))
		}
	})
	t.Run("gives what was listed", func(t *testing.T) {
		page, err := s.InvitationsOf(t.Context(), "ana-2", 1, nil)
		must(t, err)
		same(t, []store.Listing{listing("ana-2", 60)}, page.Items)
	})
	t.Run("goes on behind what was shown, while invitations come — F17", func(t *testing.T) {
		must(t, s.List(t.Context(), []store.Listing{listing("olga", 1), listing("olga", 2), listing("olga", 3)}))
		got := pages(t, 2, of("olga"), id, func(int) { must(t, s.List(t.Context(), []store.Listing{listing("olga", 4)})) })
		same(t, []string{id(listing("olga", 3)), id(listing("olga", 2)), id(listing("olga", 1))}, got)
	})
	t.Run("lists nothing for nothing", func(t *testing.T) {
		must(t, s.List(t.Context(), nil))
		page, err := s.InvitationsOf(t.Context(), "nobody", 5, nil)
		must(t, err)
		same(t, 0, len(page.Items))
	})
}

func testBook(t *testing.T, s store.Store) {
	month := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	west := time.FixedZone("west", -8*3600)
	for id, at := range map[string]time.Time{
		"rwd_1.hold": month.Add(-tick), "rwd_2.hold": month, "rwd_3.hold": month, "rwd_1.credit": month.Add(time.Hour).In(west), "rwd_4.hold": month.AddDate(0, 1, 0).Add(-tick),
		"rwd_5.hold": month.AddDate(0, 1, 0),
	} {
		must(t, s.Commit(t.Context(), store.Change{Entries: []ledger.Entry{movement(id, "pro of "+id, at)}}))
	}
	book := func(name string) func(context.Context, int, store.Position) (store.Page[ledger.Entry], error) {
		return func(ctx context.Context, limit int, after store.Position) (store.Page[ledger.Entry], error) {
			return s.Book(ctx, name, limit, after)
		}
	}
	id := func(e ledger.Entry) string { return e.ID }
	t.Run("lists everybody's entries of one month in UTC, oldest first", func(t *testing.T) {
		for size := 1; size <= 5; size++ {
			same(t, []string{"rwd_2.hold", "rwd_3.hold", "rwd_1.credit", "rwd_4.hold"}, pages(t, size, book("2026-11"), id, nothing))
		}
		same(t, []string{"rwd_1.hold"}, pages(t, 5, book("2026-10"), id, nothing))
		same(t, []string{"rwd_5.hold"}, pages(t, 5, book("2026-12"), id, nothing))
	})
	t.Run("gives whole entries", func(t *testing.T) {
		page, err := s.Book(t.Context(), "2026-12", 5, nil)
		must(t, err)
		same(t, []ledger.Entry{movement("rwd_5.hold", "pro of rwd_5.hold", month.AddDate(0, 1, 0))}, page.Items)
	})
	t.Run("goes on behind what was shown, while entries come — F17", func(t *testing.T) {
		got := pages(t, 2, book("2026-11"), id, func(page int) {
			if page == 1 {
				must(t, s.Commit(t.Context(), store.Change{Entries: []ledger.Entry{movement("rwd_6.hold", "ana", month.Add(2*time.Hour))}}))
			}
		})
		same(t, []string{"rwd_2.hold", "rwd_3.hold", "rwd_1.credit", "rwd_6.hold", "rwd_4.hold"}, got)
	})
}

func testRewardsOf(t *testing.T, s store.Store) {
	for n := 1; n <= 5; n++ {
		commit(t, s, ledger.Reward{ID: numbered("rwd", n), Version: 1, Pro: "ana", Title: "A title"})
	}
	commit(t, s, ledger.Reward{ID: "rwd_olga", Version: 1, Pro: "olga"})
	must(t, s.Commit(t.Context(), store.Change{Entries: []ledger.Entry{movement("rwd_00001.hold", "ana", noon)}}))
	list := func(ctx context.Context, limit int, after store.Position) (store.Page[store.Record], error) {
		return s.RewardsOf(ctx, "ana", limit, after)
	}
	t.Run("lists one pro's rewards, newest first", func(t *testing.T) {
		for size := 1; size <= 6; size++ {
			same(t, []string{"rwd_00005", "rwd_00004", "rwd_00003", "rwd_00002", "rwd_00001"}, pages(t, size, list, idOf, nothing))
		}
	})
	t.Run("neither repeats nor misses what was there, while rewards come and change", func(t *testing.T) {
		got := pages(t, 2, list, idAndVersion, func(page int) {
			if page == 1 {
				commit(t, s, ledger.Reward{ID: "rwd_00006", Version: 1, Pro: "ana"}, ledger.Reward{ID: "rwd_00001", Version: 2, Pro: "ana"})
			}
		})
		same(t, []string{"rwd_00005 v1", "rwd_00004 v1", "rwd_00003 v1", "rwd_00002 v1", "rwd_00001 v2"}, got)
	})
	t.Run("loads one by its ref, and not under another pro", func(t *testing.T) {
		_, err := s.Get(t.Context(), store.Ref{Kind: store.Reward, ID: "rwd_olga", Owner: "olga"}, store.Fresh)
		must(t, err)
		_, err = s.Get(t.Context(), store.Ref{Kind: store.Reward, ID: "rwd_olga", Owner: "ana"}, store.Fresh)
		fails(t, err, store.ErrNoRecord)
	})
}

func testEntriesOf(t *testing.T, s store.Store) {
	want := []string{"rwd_1.credit", "rwd_1.hold", "rwd_2.hold", "rwd_3.credit", "rwd_3.hold"}
	for n := range want {
		must(t, s.Commit(t.Context(), store.Change{Entries: []ledger.Entry{movement(want[len(want)-1-n], "ana", noon)}}))
	}
	must(t, s.Commit(t.Context(), store.Change{Entries: []ledger.Entry{movement("rwd_1.hold", "olga", noon)}}))
	t.Run("lists one pro's entries by their IDs", func(t *testing.T) {
		list := func(ctx context.Context, limit int, after store.Position) (store.Page[ledger.Entry], error) {
			return s.EntriesOf(ctx, "ana", limit, after)
		}
		for size := 1; size <= 6; size++ {
			same(t, want, pages(t, size, list, func(e ledger.Entry) string { return e.ID }, nothing))
		}
	})
}

func testMessagesOf(t *testing.T, s store.Store) {
	say := func(thread string, n int) project.Message {
		return project.Message{ID: project.MessageID(n), Thread: thread, At: noon, Author: "ana", Text: "A word."}
	}
	for n := 8; n <= 12; n++ { // past a digit, where texts and numbers may differ in order
		commit(t, s, say("thr_1.ana", n))
	}
	commit(t, s, say("thr_1.ana-2", 1))
	list := func(ctx context.Context, limit int, after store.Position) (store.Page[store.Record], error) {
		return s.MessagesOf(ctx, "thr_1.ana", limit, after)
	}
	want := []string{"msg_00000012", "msg_00000011", "msg_00000010", "msg_00000009", "msg_00000008"}
	t.Run("lists one thread's messages, newest first", func(t *testing.T) {
		for size := 1; size <= 6; size++ {
			same(t, want, pages(t, size, list, idOf, nothing))
		}
	})
	t.Run("goes on behind what was shown, whatever is said meanwhile", func(t *testing.T) {
		same(t, want, pages(t, 2, list, idOf, func(page int) {
			if page == 1 {
				commit(t, s, say("thr_1.ana", 13))
			}
		}))
	})
	t.Run("keeps a message as it was said, and none in its place", func(t *testing.T) {
		got, err := s.Get(t.Context(), say("thr_1.ana", 9).Ref(), store.Fresh)
		must(t, err)
		same(t, store.Record(say("thr_1.ana", 9)), got)
		fails(t, s.Commit(t.Context(), store.Change{Records: []store.Record{say("thr_1.ana", 9)}}), store.ErrLostRace)
	})
	t.Run("is empty for a thread in which nothing was said", func(t *testing.T) {
		page, err := s.MessagesOf(t.Context(), "thr_2.ana", 5, nil)
		must(t, err)
		same(t, 0, len(page.Items))
		same(t, store.Position(nil), page.Next)
	})
}
