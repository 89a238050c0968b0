package contract

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

func numbered(prefix string, n int) string { return fmt.Sprintf("%s_%05d", prefix, n) }

func testRead(t *testing.T, s store.Store) {
	ana := party.Profile{ID: "auth0|ana@example.com", Version: 1, Roles: []lifecycle.Role{party.Pro}, Active: true, Contact: party.Contact{Name: "Ana Núñez", Zone: "Europe/Madrid"}}
	commit(t, s, ana, draft("prj_1", 1))
	for _, f := range []store.Freshness{store.Stale, store.Fresh} {
		t.Run(fmt.Sprintf("loads what is there (fresh: %t)", f), func(t *testing.T) {
			got, err := s.Get(t.Context(), ana.Ref(), f)
			must(t, err)
			same(t, store.Record(ana), got)
		})
		t.Run(fmt.Sprintf("says that there is no record (fresh: %t)", f), func(t *testing.T) {
			for _, id := range []string{"prj_2", "", "prj_1#record", strings.Repeat("x", 3000)} {
				_, err := s.Get(t.Context(), ref(id), f)
				fails(t, err, store.ErrNoRecord)
				_, _, err = s.Story(t.Context(), ref(id), f)
				fails(t, err, store.ErrNoRecord)
			}
		})
		t.Run(fmt.Sprintf("loads those of many that exist, each once (fresh: %t)", f), func(t *testing.T) {
			refs := []store.Ref{ref("prj_1"), ana.Ref(), ref("prj_1"), ref("")}
			for n := range 90 {
				refs = append(refs, ref(numbered("prj_absent", n)))
			}
			got, err := s.GetAll(t.Context(), refs, f)
			must(t, err)
			ids := []string{}
			for _, r := range got {
				ids = append(ids, idOf(r))
			}
			slices.Sort(ids)
			same(t, []string{ana.ID, "prj_1"}, ids)
		})
	}
	t.Run("loads one entry of a pro's, and none of somebody else's or that is not there", func(t *testing.T) {
		want := movement("rwd_entry.hold", "paula", noon)
		must(t, s.Commit(t.Context(), store.Change{Entries: []ledger.Entry{want}}))
		got, err := s.Entry(t.Context(), "paula", want.ID)
		must(t, err)
		same(t, want, got)
		for pro, id := range map[string]string{"paula": "rwd_entry.credit", "paul": want.ID} {
			_, err := s.Entry(t.Context(), pro, id)
			fails(t, err, store.ErrNoRecord)
		}
	})
	t.Run("loads nothing for no refs", func(t *testing.T) {
		got, err := s.GetAll(t.Context(), nil, store.Fresh)
		must(t, err)
		same(t, 0, len(got))
	})
}

func testTimeline(t *testing.T, s store.Store) {
	const length = 40
	var want []store.Event
	for n := 1; n <= length; n++ {
		p := draft("prj_long", n)
		e := about(numbered("evt", n), p.Ref(), noon.Add(time.Duration(n)*time.Minute))
		e.Facts = []store.Fact{
			project.VersionSubmitted{Assignment: "asg_1", Number: n, Files: []project.File{{ID: "fil_1", Size: 1 << 40}}, Comment: strings.Repeat("c", 40_000)},
			project.SeatTaken{Pro: "ana", DeliverBy: noon},
		}
		e.Armed = []store.Alarm{{Machine: "project-round-expiry", Ref: p.Ref(), Kind: project.RoundExpiry, Entry: n, DueAt: noon.Add(time.Hour)}}
		e.Ended = []store.Ended{{Ref: p.Ref(), Kind: project.RoundExpiry, At: noon, How: "replaced"}}
		must(t, s.Commit(t.Context(), store.Change{Records: []store.Record{p}, Event: e}))
		want = append(want, e)
	}
	commit(t, s, draft("prj_longer", 1))
	t.Run("is whole and oldest first, however long", func(t *testing.T) {
		record, story, err := s.Story(t.Context(), ref("prj_long"), store.Fresh)
		must(t, err)
		same(t, length, record.Revision())
		same(t, want, story)
	})
	t.Run("is not mixed with that of a record with a longer name", func(t *testing.T) {
		_, story, err := s.Story(t.Context(), ref("prj_longer"), store.Fresh)
		must(t, err)
		same(t, 0, len(story))
	})
}
