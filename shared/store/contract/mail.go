package contract

import (
	"testing"
	"time"

	"github.com/callsheet/callsheet/shared/store"
)

func testLease(t *testing.T, s store.Store) {
	until := noon.Add(15 * time.Minute)
	claim := func(t *testing.T, m store.Mail, now time.Time) store.Lease {
		t.Helper()
		lease, err := s.Lease(t.Context(), m, now, now.Add(15*time.Minute))
		must(t, err)
		return lease
	}
	for _, edge := range edges {
		m := store.Mail{Event: "evt_" + edge.name, Notice: "invitation", Recipient: "ana"}
		same(t, store.Granted, claim(t, m, noon))
		t.Run(edge.name+" the end of a lease a mail is granted again only if that has come", func(t *testing.T) {
			want := store.Running
			if edge.passed {
				want = store.Granted
			}
			same(t, want, claim(t, m, until.Add(edge.offset)))
		})
		t.Run(edge.name+" the end of a lease a delivered mail is done", func(t *testing.T) {
			must(t, s.Delivered(t.Context(), m, "message-1"))
			same(t, store.Done, claim(t, m, until.Add(edge.offset)))
			same(t, store.Done, claim(t, m, until.Add(24*time.Hour)))
		})
	}
	t.Run("is granted to one of 50 who ask at once", func(t *testing.T) {
		m := store.Mail{Event: "evt_rush", Notice: "invitation", Recipient: "ana"}
		said := together(50, func(int) string {
			lease, err := s.Lease(t.Context(), m, noon, until)
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
	t.Run("is about one notice of one event to one recipient", func(t *testing.T) {
		for _, m := range []store.Mail{
			{Event: "evt_1", Notice: "invitation", Recipient: "ana"}, {Event: "evt_1", Notice: "invitation", Recipient: "olga"},
			{Event: "evt_1", Notice: "digest", Recipient: "ana"}, {Event: "evt_2", Notice: "invitation", Recipient: "ana"},
			{Event: "evt_1", Notice: "invitation", Recipient: "ana#1@example.com"},
		} {
			same(t, store.Granted, claim(t, m, noon))
		}
	})
	t.Run("comes before delivery", func(t *testing.T) {
		m := store.Mail{Event: "evt_unleased", Notice: "invitation", Recipient: "ana"}
		fails(t, s.Delivered(t.Context(), m, "message-1"), store.ErrNoRecord)
		same(t, store.Granted, claim(t, m, noon))
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
