package notice

import (
	"fmt"
	"testing"
	"time"

	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// untold is a world with n events about credits, each told to another pro, an age ago.
func untold(n int, age time.Duration) *world {
	w := newWorld()
	for i := range n {
		pro := fmt.Sprintf("pro-%03d", i)
		f := samples()["credited"].(project.RewardCredited)
		f.Pro = pro
		p := profile(pro, "es", party.Pro)
		w.records[p.Ref()] = p
		w.events = append(w.events, store.Event{
			ID: fmt.Sprintf("evt_%03d", i), At: now.Add(-age), Policy: "2026-11", Facts: []store.Fact{f}, Outbox: true,
		})
	}
	return w
}

func TestResend(t *testing.T) {
	lease := policy.Editions().Current().MailLease
	for _, c := range []struct {
		name string
		age  time.Duration
		want int
	}{
		{"leaves an event to the stream until one millisecond before an attempt is over", lease - time.Millisecond, 0},
		{"tells it when an attempt would be over", lease, 1},
		{"tells it one millisecond later", lease + time.Millisecond, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := untold(1, c.age)
			if err := w.teller().Resend(t.Context(), now); err != nil {
				t.Fatal(err)
			}
			same(t, len(w.sent), c.want)
			same(t, len(w.closed), c.want)
		})
	}
	t.Run("told again sends nothing", func(t *testing.T) {
		w := untold(3, lease)
		for range 2 {
			if err := w.teller().Resend(t.Context(), now); err != nil {
				t.Fatal(err)
			}
		}
		same(t, len(w.sent), 3)
	})
	t.Run("gets past any number of events that fail", func(t *testing.T) {
		const failing = 2*resendPage + 1
		w := untold(failing+1, lease)
		for i := range failing {
			w.answers[fmt.Sprintf("pro-%03d@people.example.com", i)] = throttled
		}
		if err := w.teller().Resend(t.Context(), now); !problem.Is(err, problem.CodeUnavailable) {
			t.Errorf("err = %v", err)
		}
		same(t, w.closed, []string{w.events[failing].ID})
		same(t, len(w.sent), 1)
	})
}
