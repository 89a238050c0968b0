package contract

import (
	"slices"
	"testing"
	"time"

	"github.com/callsheet/callsheet/shared/store"
)

// untold commits a project with an event whose outbox is open.
func untold(t *testing.T, s store.Store, id string) store.Event {
	t.Helper()
	p := draft("prj_"+id, 1)
	e := about("evt_"+id, p.Ref(), noon)
	e.Outbox = true
	must(t, s.Commit(t.Context(), store.Change{Records: []store.Record{p}, Event: e}))
	return e
}

const leaseLife = 15 * time.Minute

// claim asks for an event's lease and, where it is granted, tells which mails were delivered before.
func claim(t *testing.T, s store.Store, e store.Event, now time.Time) (store.Lease, []store.Mail) {
	t.Helper()
	lease, told, err := s.Lease(t.Context(), e, now, now.Add(leaseLife))
	must(t, err)
	return lease, told
}

func testLease(t *testing.T, s store.Store) {
	granted := func(t *testing.T, e store.Event, now time.Time, want ...store.Mail) {
		t.Helper()
		lease, told := claim(t, s, e, now)
		same(t, store.Granted, lease)
		same(t, want, told)
	}
	withheld := func(t *testing.T, want store.Lease, e store.Event, now time.Time) {
		t.Helper()
		lease, told := claim(t, s, e, now)
		same(t, want, lease)
		same(t, 0, len(told))
	}
	for n, edge := range edges {
		t.Run(edge.name+" the end of a lease an event is granted again only if that has come", func(t *testing.T) {
			e := untold(t, s, numbered("edge", n))
			granted(t, e, noon)
			if again := noon.Add(leaseLife + edge.offset); edge.passed {
				granted(t, e, again)
			} else {
				withheld(t, store.Running, e, again)
			}
		})
	}
	t.Run("is granted to one of 50 who ask at once", func(t *testing.T) {
		e := untold(t, s, "rush")
		said := together(50, func(int) string {
			lease, _, err := s.Lease(t.Context(), e, noon, noon.Add(leaseLife))
			switch {
			case err != nil:
				return err.Error()
			case lease == store.Granted:
				return "granted"
			case lease == store.Running:
				return "running"
			}
			return "done"
		})
		same(t, map[string]int{"granted": 1, "running": 49}, said)
	})
	t.Run("after an earlier one comes with that event's delivered mails and no others", func(t *testing.T) {
		e, other := untold(t, s, "first"), untold(t, s, "first-2")
		granted(t, e, noon)
		ana := store.Mail{Notice: "filled", Recipient: "es/Europe/Madrid/1", MessageID: "message-1"}
		eva := store.Mail{Notice: "invitation", Recipient: "eva#1@example.com", MessageID: "message-2"}
		bob := store.Mail{Notice: "invitation", Recipient: "bob", MessageID: "message-3"}
		must(t, s.Delivered(t.Context(), e, []store.Mail{ana, eva}, noon))
		must(t, s.Delivered(t.Context(), e, []store.Mail{bob}, noon))
		must(t, s.Delivered(t.Context(), e, []store.Mail{ana}, noon.Add(tick)))
		must(t, s.Delivered(t.Context(), other, []store.Mail{{Notice: "filled", Recipient: "olga"}}, noon))
		granted(t, e, noon.Add(leaseLife), ana, eva, bob, ana)
	})
	t.Run("leaves the outbox open", func(t *testing.T) {
		e := untold(t, s, "listed")
		granted(t, e, noon)
		page, err := s.Unsent(t.Context(), noon, 100, nil)
		must(t, err)
		if !slices.ContainsFunc(page.Items, func(o store.Event) bool { return o.ID == e.ID }) {
			t.Error("a leased event is not listed as unsent")
		}
	})
	t.Run("of a closed outbox is done, however often and whenever it is asked for", func(t *testing.T) {
		e := untold(t, s, "closed")
		granted(t, e, noon)
		must(t, s.Sent(t.Context(), e))
		withheld(t, store.Done, e, noon)
		withheld(t, store.Done, e, noon.Add(leaseLife))
		must(t, s.Release(t.Context(), e, noon.Add(leaseLife)))
		withheld(t, store.Done, e, noon)
	})
	t.Run("of an event that never was is refused", func(t *testing.T) {
		_, _, err := s.Lease(t.Context(), about("evt_never", ref("prj_rush"), noon), noon, noon.Add(leaseLife))
		fails(t, err, store.ErrNoRecord)
	})
}

func testRelease(t *testing.T, s store.Store) {
	t.Run("lets the next one begin at once, past what was delivered", func(t *testing.T) {
		e := untold(t, s, "early")
		claim(t, s, e, noon)
		m := store.Mail{Notice: "invitation", Recipient: "ana", MessageID: "message-1"}
		must(t, s.Delivered(t.Context(), e, []store.Mail{m}, noon))
		must(t, s.Release(t.Context(), e, noon.Add(leaseLife)))
		lease, told := claim(t, s, e, noon)
		same(t, store.Granted, lease)
		same(t, []store.Mail{m}, told)
	})
	t.Run("leaves the lease of somebody else", func(t *testing.T) {
		e := untold(t, s, "late")
		claim(t, s, e, noon)
		claim(t, s, e, noon.Add(leaseLife))
		must(t, s.Release(t.Context(), e, noon.Add(leaseLife)))
		lease, _ := claim(t, s, e, noon.Add(leaseLife))
		same(t, store.Running, lease)
	})
	t.Run("keeps the timeline as it is", func(t *testing.T) {
		e := untold(t, s, "story")
		claim(t, s, e, noon)
		must(t, s.Release(t.Context(), e, noon.Add(leaseLife)))
		_, story, err := s.Story(t.Context(), e.Subject, store.Fresh)
		must(t, err)
		same(t, []store.Event{e}, story)
	})
}

func testSigningKey(t *testing.T, s store.Store) {
	t.Run("is the first that was brought, for everybody who asks at once", func(t *testing.T) {
		said := together(20, func(i int) string {
			key, err := s.SigningKey(t.Context(), "cursor", []byte(numbered("secret", i)))
			if err != nil {
				return err.Error()
			}
			return string(key)
		})
		kept, err := s.SigningKey(t.Context(), "cursor", []byte("too late"))
		must(t, err)
		same(t, map[string]int{string(kept): 20}, said)
	})
	t.Run("is another under another name", func(t *testing.T) {
		key, err := s.SigningKey(t.Context(), "link", []byte("other"))
		must(t, err)
		same(t, "other", string(key))
	})
}
