package eventsource_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/clock"
	"github.com/callsheet/callsheet/infra/local/eventsource"
)

// sweep is an Invoker that remembers what it got and when.
type sweep struct {
	clk      *clock.Clock
	at       []time.Duration
	payloads []string
	fails    int // so many calls, then it succeeds
}

func (s *sweep) Invoke(_ context.Context, _ string, payload []byte) ([]byte, string, error) {
	s.at = append(s.at, s.clk.Now().Sub(start)/time.Minute)
	s.payloads = append(s.payloads, string(payload))
	if s.fails > 0 {
		s.fails--
		return []byte(`{"errorType":"Busy"}`), "Unhandled", nil
	}
	return []byte(`{}`), "", nil
}

type beats struct {
	t      *testing.T
	file   string
	db     *bolt.DB
	clk    *clock.Clock
	sweep  *sweep
	queues *eventsource.Queues

	schedules *eventsource.Schedules
}

func everyFive() eventsource.Schedule {
	return eventsource.Schedule{
		Name: "sweep", ARN: "arn:aws:scheduler:eu-west-1:123456789012:schedule/default/sweep", Function: "sweep", Every: 5 * time.Minute, OnFailure: "lost",
	}
}

func newBeats(t *testing.T, sc eventsource.Schedule) *beats {
	t.Helper()
	b := &beats{t: t, file: filepath.Join(t.TempDir(), "cloud.db"), sweep: &sweep{}}
	b.open(sc, start)
	t.Cleanup(func() {
		if err := b.db.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func (b *beats) open(sc eventsource.Schedule, now time.Time) {
	b.t.Helper()
	var err error
	if b.db, err = bolt.Open(b.file, 0o600, &bolt.Options{NoSync: true, NoFreelistSync: true}); err != nil {
		b.t.Fatal(err)
	}
	if b.clk, err = clock.Open(b.db, now, true); err != nil {
		b.t.Fatal(err)
	}
	b.sweep.clk = b.clk
	if b.schedules, err = eventsource.OpenSchedules(b.db, b.clk, b.sweep); err != nil {
		b.t.Fatal(err)
	}
	if err := b.schedules.Create(sc); err != nil {
		b.t.Fatal(err)
	}
	if b.queues, err = eventsource.OpenQueues(b.db); err != nil {
		b.t.Fatal(err)
	}
	b.clk.Attach(b.schedules)
}

func (b *beats) advance(d time.Duration) []clock.Happening {
	b.t.Helper()
	happened, err := b.clk.Advance(b.t.Context(), d)
	if err != nil {
		b.t.Fatal(err)
	}
	return happened
}

func (b *beats) wantAt(want ...time.Duration) {
	b.t.Helper()
	if len(b.sweep.at) != len(want) {
		b.t.Fatalf("fired at minutes %v, want %v", b.sweep.at, want)
	}
	for i := range want {
		if b.sweep.at[i] != want[i] {
			b.t.Fatalf("fired at minutes %v, want %v", b.sweep.at, want)
		}
	}
}

func TestSchedule(t *testing.T) {
	t.Run("fires at its instant and not a millisecond before, with the scheduler's event", func(t *testing.T) {
		b := newBeats(t, everyFive())
		b.advance(5*time.Minute - time.Millisecond)
		b.wantAt()
		happened := b.advance(time.Millisecond)
		b.wantAt(5)
		if len(happened) != 1 || happened[0].What != "sweep: sweep called" {
			t.Errorf("happened %v", happened)
		}
		var event struct {
			events.EventBridgeEvent
			Detail string `json:"detail"`
		}
		if err := json.Unmarshal([]byte(b.sweep.payloads[0]), &event); err != nil {
			t.Fatal(err)
		}
		if event.Source != "aws.scheduler" || event.DetailType != "Scheduled Event" || !event.Time.Equal(start.Add(5*time.Minute)) ||
			event.Region != "eu-west-1" || event.AccountID != "123456789012" || event.ID == "" || event.Detail != "{}" {
			t.Errorf("event %s", b.sweep.payloads[0])
		}
	})
	t.Run("sends its input in place of the event", func(t *testing.T) {
		sc := everyFive()
		sc.Input = json.RawMessage(`{"full":true}`)
		b := newBeats(t, sc)
		b.advance(5 * time.Minute)
		if got := b.sweep.payloads[0]; got != `{"full":true}` {
			t.Errorf("payload %s", got)
		}
	})
	t.Run("fires every time on a journey of an hour", func(t *testing.T) {
		b := newBeats(t, everyFive())
		b.advance(time.Hour)
		b.wantAt(5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60)
	})
	t.Run("fires once an hour on a longer journey, and at the last beat before its end", func(t *testing.T) {
		b := newBeats(t, everyFive())
		b.advance(3*time.Minute + 0)
		b.advance(2*time.Hour + 10*time.Minute)
		b.wantAt(60, 120, 130)
	})
	t.Run("fires once where the last beat is the journey's end", func(t *testing.T) {
		b := newBeats(t, everyFive())
		b.advance(2 * time.Hour)
		b.wantAt(60, 120)
	})
	t.Run("fires once a day on a longer journey where that was asked for, and every time on an hour's", func(t *testing.T) {
		b := newBeats(t, everyFive())
		b.schedules.Sparse = 24 * time.Hour
		b.advance(49 * time.Hour)
		b.wantAt(24*60, 48*60, 49*60)
		b.advance(10 * time.Minute)
		b.wantAt(24*60, 48*60, 49*60, 49*60+5, 49*60+10)
	})
	t.Run("a slower rate than hourly keeps each of its beats", func(t *testing.T) {
		sc := everyFive()
		sc.Every = 90 * time.Minute
		b := newBeats(t, sc)
		b.advance(5 * time.Hour)
		b.wantAt(90, 180, 270)
	})
	t.Run("keeps its beat across a restart; what was missed becomes one firing", func(t *testing.T) {
		b := newBeats(t, everyFive())
		b.advance(6 * time.Minute)
		if err := b.db.Close(); err != nil {
			t.Fatal(err)
		}
		b.open(everyFive(), start.Add(33*time.Minute))
		b.advance(2 * time.Minute)
		b.wantAt(5, 33, 35)
		if !strings.Contains(b.sweep.payloads[1], start.Add(30*time.Minute).Format(time.RFC3339)) {
			t.Errorf("the late firing carries %s", b.sweep.payloads[1])
		}
	})
}

func TestScheduleFailure(t *testing.T) {
	t.Run("a failed event comes again after one and two minutes, unchanged", func(t *testing.T) {
		sc := everyFive()
		sc.Every = time.Hour
		b := newBeats(t, sc)
		b.sweep.fails = 2
		b.advance(time.Hour)
		b.advance(10 * time.Minute)
		b.wantAt(60, 61, 63)
		if p := b.sweep.payloads; p[0] != p[1] || p[1] != p[2] {
			t.Errorf("payloads %v", p)
		}
		if lost, err := b.queues.Messages("lost"); err != nil || len(lost) != 0 {
			t.Errorf("gave up %v, %v", lost, err)
		}
	})
	t.Run("after two retries it goes to the queue with its payload, and the schedule goes on", func(t *testing.T) {
		sc := everyFive()
		sc.Every = time.Hour
		b := newBeats(t, sc)
		b.sweep.fails = 3
		b.advance(time.Hour)
		b.advance(time.Hour)
		b.wantAt(60, 61, 63, 120)
		lost, err := b.queues.Messages("lost")
		if err != nil || len(lost) != 1 {
			t.Fatalf("%v, %v", lost, err)
		}
		var message struct {
			RequestContext struct {
				Condition              string
				ApproximateInvokeCount int
			}
			RequestPayload, ResponsePayload json.RawMessage
		}
		if err := json.Unmarshal(lost[0].Body, &message); err != nil {
			t.Fatal(err)
		}
		if message.RequestContext.Condition != "RetriesExhausted" || message.RequestContext.ApproximateInvokeCount != 3 ||
			string(message.RequestPayload) != b.sweep.payloads[0] || string(message.ResponsePayload) != `{"errorType":"Busy"}` {
			t.Errorf("message %s", lost[0].Body)
		}
	})
	t.Run("a retry survives a restart", func(t *testing.T) {
		b := newBeats(t, everyFive())
		b.sweep.fails = 1
		b.advance(5 * time.Minute)
		if err := b.db.Close(); err != nil {
			t.Fatal(err)
		}
		b.open(everyFive(), start)
		b.advance(time.Minute)
		b.wantAt(5, 6)
	})
}

func TestScheduleLimits(t *testing.T) {
	for name, change := range map[string]func(*eventsource.Schedule){
		"an ARN of another kind":    func(sc *eventsource.Schedule) { sc.ARN = "arn:aws:events:eu-west-1:1:rule/sweep" },
		"no function":               func(sc *eventsource.Schedule) { sc.Function = "" },
		"a rate under a minute":     func(sc *eventsource.Schedule) { sc.Every = 30 * time.Second },
		"a rate of broken minutes":  func(sc *eventsource.Schedule) { sc.Every = 90 * time.Second },
		"an input that is not JSON": func(sc *eventsource.Schedule) { sc.Input = json.RawMessage(`{`) },
		"a name twice":              func(*eventsource.Schedule) {},
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			b := newBeats(t, everyFive())
			schedules, err := eventsource.OpenSchedules(b.db, b.clk, b.sweep)
			if err != nil {
				t.Fatal(err)
			}
			if err := schedules.Create(everyFive()); err != nil {
				t.Fatal(err)
			}
			sc := everyFive()
			if name != "a name twice" {
				sc.Name = "second"
			}
			change(&sc)
			if err := schedules.Create(sc); err == nil {
				t.Error("taken")
			}
		})
	}
}
