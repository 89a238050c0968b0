package eventsource_test

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/clock"
	"github.com/callsheet/callsheet/infra/local/eventsource"
)

// post is an Async over one file, with an Invoker that remembers its calls.
type post struct {
	t      *testing.T
	file   string
	db     *bolt.DB
	clk    *clock.Clock
	sweep  *sweep
	async  *eventsource.Async
	queues *eventsource.Queues
}

func newPost(t *testing.T, fails int) *post {
	p := &post{t: t, file: filepath.Join(t.TempDir(), "cloud.db"), sweep: &sweep{fails: fails}}
	p.open(start)
	t.Cleanup(p.close)
	return p
}

func (p *post) open(now time.Time) {
	p.t.Helper()
	var err error
	if p.db, err = bolt.Open(p.file, 0o600, &bolt.Options{NoSync: true, NoFreelistSync: true}); err != nil {
		p.t.Fatal(err)
	}
	if p.clk, err = clock.Open(p.db, now, true); err != nil {
		p.t.Fatal(err)
	}
	p.sweep.clk = p.clk
	if p.queues, err = eventsource.OpenQueues(p.db); err != nil {
		p.t.Fatal(err)
	}
	if p.async, err = eventsource.OpenAsync(p.db, p.clk, p.sweep); err != nil {
		p.t.Fatal(err)
	}
	p.clk.Attach(p.async)
}

func (p *post) close() {
	p.async.Close()
	if err := p.db.Close(); err != nil {
		p.t.Error(err)
	}
}

func (p *post) accept(event string) {
	p.t.Helper()
	if err := p.async.Accept(eventsource.Call{Function: "inbound", Event: json.RawMessage(event), Retries: 2, OnFailure: "lost"}); err != nil {
		p.t.Fatal(err)
	}
}

func (p *post) pass(d time.Duration) {
	p.t.Helper()
	if _, err := p.clk.Advance(p.t.Context(), d); err != nil {
		p.t.Fatal(err)
	}
}

func (p *post) lost() []eventsource.Message {
	p.t.Helper()
	list, err := p.queues.Messages("lost")
	if err != nil {
		p.t.Fatal(err)
	}
	return list
}

func TestAsync(t *testing.T) {
	t.Run("calls at once, and once where that succeeds", func(t *testing.T) {
		p := newPost(t, 0)
		p.accept(`{"n":1}`)
		p.accept(`{"n":2}`)
		p.pass(time.Hour)
		slices.Sort(p.sweep.payloads)
		if !slices.Equal(p.sweep.payloads, []string{`{"n":1}`, `{"n":2}`}) || len(p.lost()) != 0 {
			t.Errorf("%v, lost %v", p.sweep.payloads, p.lost())
		}
	})
	t.Run("tries again after one and after two more minutes", func(t *testing.T) {
		p := newPost(t, 2)
		p.accept(`{"n":1}`)
		p.pass(time.Hour)
		if !slices.Equal(p.sweep.at, []time.Duration{0, 1, 3}) || len(p.lost()) != 0 {
			t.Errorf("called in the minutes %v, lost %v", p.sweep.at, p.lost())
		}
	})
	t.Run("gives up after two retries, to the queue, with what was asked and answered", func(t *testing.T) {
		p := newPost(t, 9)
		p.accept(`{"n":1}`)
		p.pass(time.Hour)
		if len(p.sweep.at) != 3 || len(p.lost()) != 1 {
			t.Fatalf("called %d times, lost %v", len(p.sweep.at), p.lost())
		}
		body := string(p.lost()[0].Body)
		for _, want := range []string{`"condition":"RetriesExhausted"`, `"approximateInvokeCount":3`, `"functionArn":"inbound"`, `"requestPayload":{"n":1}`, `"responsePayload":{"errorType":"Busy"}`} {
			if !strings.Contains(body, want) {
				t.Errorf("lacks %s in %s", want, body)
			}
		}
	})
	t.Run("goes on after a restart where it was", func(t *testing.T) {
		p := newPost(t, 1)
		p.accept(`{"n":1}`)
		p.pass(30 * time.Second)
		p.close()
		p.open(p.clk.Now())
		p.pass(29 * time.Second)
		if len(p.sweep.at) != 1 {
			t.Errorf("called again after 59 s: %v", p.sweep.at)
		}
		p.pass(time.Second)
		p.close()
		p.open(p.clk.Now())
		p.pass(time.Hour)
		if !slices.Equal(p.sweep.at, []time.Duration{0, 1}) {
			t.Errorf("called in the minutes %v", p.sweep.at)
		}
	})
}
