package eventsource_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	bolt "go.etcd.io/bbolt"
	"pgregory.net/rapid"

	"github.com/callsheet/callsheet/infra/local/clock"
	"github.com/callsheet/callsheet/infra/local/eventsource"
)

var start = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// stream is a table's stream in memory.
type stream struct {
	mu      sync.Mutex
	records []eventsource.Record
}

func (s *stream) ReadStream(_, after string, limit int) ([]eventsource.Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	from := 0
	if after != "" {
		from = 1 + slices.IndexFunc(s.records, func(r eventsource.Record) bool { return r.SequenceNumber == after })
	}
	return slices.Clone(s.records[from:min(from+limit, len(s.records))]), nil
}

// add appends records numbered from..through, of one kind.
func (s *stream) add(from, through int, kind string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := from; n <= through; n++ {
		s.records = append(s.records, eventsource.Record{SequenceNumber: fmt.Sprint(n), At: at, JSON: json.RawMessage(fmt.Sprintf(
			`{"eventName":"INSERT","eventSourceARN":"arn:aws:dynamodb:eu-west-1:123456789012:table/t/stream/1","dynamodb":{"SequenceNumber":"%d","NewImage":{"kind":{"S":%q}}}}`, n, kind))})
	}
}

// function is an Invoker: it writes down each batch as sequence numbers and answers by script.
type function struct {
	mu      sync.Mutex
	batches [][]string
	hold    chan struct{} // when set, the next call closes it and stays out until its process ends
	answer  func(batch []string) (result, functionError string, err error)
}

func (f *function) Invoke(ctx context.Context, _ string, payload []byte) ([]byte, string, error) {
	var event events.DynamoDBEvent
	if err := json.Unmarshal(payload, &event); err != nil {
		return nil, "", err
	}
	var batch []string
	for _, r := range event.Records {
		batch = append(batch, r.Change.SequenceNumber)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.batches = append(f.batches, batch)
	if f.hold != nil {
		close(f.hold)
		f.hold = nil
		<-ctx.Done()
		return nil, "", ctx.Err()
	}
	if f.answer == nil {
		return []byte(`{}`), "", nil
	}
	result, functionError, err := f.answer(batch)
	return []byte(result), functionError, err
}

// spans writes the batches as "1-100, 37-100".
func (f *function) spans() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []string
	for _, b := range f.batches {
		list = append(list, b[0]+"-"+b[len(b)-1])
	}
	return strings.Join(list, ", ")
}

type cloud struct {
	t        testing.TB
	db       *bolt.DB
	file     string
	clk      *clock.Clock
	stream   *stream
	function *function
	mappings *eventsource.Mappings
	queues   *eventsource.Queues
}

func newCloud(t testing.TB, dir string, m eventsource.Mapping) *cloud {
	t.Helper()
	c := &cloud{t: t, file: filepath.Join(dir, "cloud.db"), stream: &stream{}, function: &function{}}
	c.open(m)
	return c
}

func (c *cloud) open(m eventsource.Mapping) {
	c.t.Helper()
	var err error
	if c.db, err = bolt.Open(c.file, 0o600, &bolt.Options{NoSync: true, NoFreelistSync: true}); err != nil {
		c.t.Fatal(err)
	}
	if c.clk, err = clock.Open(c.db, start, true); err != nil {
		c.t.Fatal(err)
	}
	if c.mappings, err = eventsource.OpenMappings(c.db, c.clk, c.stream, c.function); err != nil {
		c.t.Fatal(err)
	}
	if c.queues, err = eventsource.OpenQueues(c.db); err != nil {
		c.t.Fatal(err)
	}
	if err := c.mappings.Create(m); err != nil {
		c.t.Fatal(err)
	}
	c.clk.Attach(c.mappings)
}

func (c *cloud) close() {
	c.t.Helper()
	c.mappings.Close()
	if err := c.db.Close(); err != nil {
		c.t.Error(err)
	}
}

// commit adds records as the table does, and waits until their delivery rests.
func (c *cloud) commit(from, through int, kind string) {
	c.t.Helper()
	c.stream.add(from, through, kind, c.clk.Now())
	c.mappings.Notify("t")
	if err := c.clk.Quiesce(context.Background()); err != nil {
		c.t.Fatal(err)
	}
}

func (c *cloud) advance(d time.Duration) []clock.Happening {
	c.t.Helper()
	happened, err := c.clk.Advance(context.Background(), d)
	if err != nil {
		c.t.Fatal(err)
	}
	return happened
}

func (c *cloud) wantSpans(want string) {
	c.t.Helper()
	if got := c.function.spans(); got != want {
		c.t.Fatalf("batches %s, want %s", got, want)
	}
}

type discarded struct {
	RequestContext struct {
		FunctionARN            string
		Condition              string
		ApproximateInvokeCount int
	}
	ResponseContext *struct {
		StatusCode    int
		FunctionError string
	}
	DDBStreamBatchInfo struct {
		ShardID, StartSequenceNumber, EndSequenceNumber, StreamARN string
		BatchSize                                                  int
	}
}

func (c *cloud) discarded() []discarded {
	c.t.Helper()
	messages, err := c.queues.Messages("lost")
	if err != nil {
		c.t.Fatal(err)
	}
	var list []discarded
	for _, m := range messages {
		var d discarded
		if err := json.Unmarshal(m.Body, &d); err != nil {
			c.t.Fatal(err)
		}
		list = append(list, d)
	}
	return list
}

func mapping() eventsource.Mapping {
	return eventsource.Mapping{Name: "notify", Table: "t", Function: "notify", BatchSize: 100, MaximumRetryAttempts: 3, OnFailure: "lost"}
}

// poison fails on the given records: by reporting the first one in the batch, or with a function error.
func poison(reports bool, bad ...string) func([]string) (string, string, error) {
	return func(batch []string) (string, string, error) {
		for _, n := range batch {
			if slices.Contains(bad, n) {
				if reports {
					return `{"batchItemFailures":[{"itemIdentifier":"` + n + `"}]}`, "", nil
				}
				return `{"errorType":"Poison"}`, "Unhandled", nil
			}
		}
		return `{"batchItemFailures":[]}`, "", nil
	}
}

func TestDelivery(t *testing.T) {
	t.Run("a commit is delivered without time passing, in batches of the mapping's size", func(t *testing.T) {
		m := mapping()
		m.BatchSize = 2
		c := newCloud(t, t.TempDir(), m)
		defer c.close()
		c.commit(1, 5, "fact")
		c.wantSpans("1-2, 3-4, 5-5")
		c.commit(6, 6, "fact")
		c.wantSpans("1-2, 3-4, 5-5, 6-6")
	})
	t.Run("another table's commit delivers nothing", func(t *testing.T) {
		c := newCloud(t, t.TempDir(), mapping())
		defer c.close()
		c.stream.add(1, 1, "fact", start)
		c.mappings.Notify("other")
		if err := c.clk.Quiesce(t.Context()); err != nil {
			t.Fatal(err)
		}
		c.wantSpans("")
	})
	t.Run("records that do not match the filter are dropped without a call, and batches fill with those that do", func(t *testing.T) {
		m := mapping()
		m.BatchSize = 2
		m.FilterPatterns = []json.RawMessage{json.RawMessage(`{"dynamodb":{"NewImage":{"kind":{"S":["fact"]}}}}`)}
		c := newCloud(t, t.TempDir(), m)
		defer c.close()
		c.commit(1, 7, "deadline")
		c.wantSpans("")
		c.stream.add(8, 8, "fact", start)
		c.stream.add(9, 12, "deadline", start)
		c.commit(13, 14, "fact")
		c.wantSpans("8-13, 14-14")
	})
	t.Run("a batch stays below the size of a Lambda payload", func(t *testing.T) {
		c := newCloud(t, t.TempDir(), mapping())
		defer c.close()
		c.commit(1, 8, strings.Repeat("x", 1<<20))
		c.wantSpans("1-5, 6-8")
	})
	t.Run("a new process takes up at the checkpoint, and delivers the backlog at the clock's next run", func(t *testing.T) {
		c := newCloud(t, t.TempDir(), mapping())
		c.commit(1, 3, "fact")
		c.close()
		c.stream.add(4, 6, "fact", start)
		c.open(mapping())
		defer c.close()
		c.advance(0)
		c.wantSpans("1-3, 4-6")
	})
	t.Run("records that come in while a batch is out are delivered before the cloud is idle", func(t *testing.T) {
		c := newCloud(t, t.TempDir(), mapping())
		defer c.close()
		c.function.answer = func(batch []string) (string, string, error) {
			if batch[0] == "1" {
				c.stream.add(2, 2, "fact", start)
				c.mappings.Notify("t")
			}
			return `{}`, "", nil
		}
		c.commit(1, 1, "fact")
		c.wantSpans("1-1, 2-2")
	})
	t.Run("a batch that was out when the process ended is delivered again", func(t *testing.T) {
		c := newCloud(t, t.TempDir(), mapping())
		out := make(chan struct{})
		c.function.hold = out
		c.stream.add(1, 3, "fact", start)
		c.mappings.Notify("t")
		<-out
		c.close()
		c.open(mapping())
		defer c.close()
		c.advance(0)
		c.wantSpans("1-3, 1-3")
		if lost := c.discarded(); len(lost) != 0 {
			t.Errorf("gave up %+v", lost)
		}
	})
	t.Run("a name twice is refused", func(t *testing.T) {
		c := newCloud(t, t.TempDir(), mapping())
		defer c.close()
		if err := c.mappings.Create(mapping()); err == nil {
			t.Error("taken")
		}
	})
}

func TestPoison(t *testing.T) {
	tests := []struct {
		name            string
		reports, bisect bool
		bad             []string
		spans           string
		lost            string
	}{
		{"without bisect the whole batch is retried and given up", false, false, []string{"37"}, "1-100, 1-100, 1-100, 1-100", "1-100"},
		{"a reported failure is the checkpoint: what came before is not seen again, what follows is", true, false, []string{"37"}, "1-100, 37-100, 37-100, 37-100", "37-100"},
		{"bisect halves down to the poison record, and only that is given up", false, true, []string{"3"},
			"1-100, 1-50, 1-25, 1-13, 1-7, 1-4, 1-2, 3-4, 3-3, 3-3, 3-3, 3-3, 4-4, 5-7, 8-13, 14-25, 26-50, 51-100", "3-3"},
		{"bisect splits at the reported failure", true, true, []string{"37"},
			"1-100, 37-100, 37-68, 37-52, 37-44, 37-40, 37-38, 37-37, 37-37, 37-37, 37-37, 38-38, 39-40, 41-44, 45-52, 53-68, 69-100", "37-37"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := mapping()
			m.ReportBatchItemFailures, m.BisectBatchOnFunctionError = tt.reports, tt.bisect
			c := newCloud(t, t.TempDir(), m)
			defer c.close()
			c.function.answer = poison(tt.reports, tt.bad...)
			c.commit(1, 100, "fact")
			c.advance(time.Hour)
			c.wantSpans(tt.spans)
			lost := c.discarded()
			if len(lost) != 1 {
				t.Fatalf("%d messages, want one", len(lost))
			}
			info := lost[0].DDBStreamBatchInfo
			if got := info.StartSequenceNumber + "-" + info.EndSequenceNumber; got != tt.lost || lost[0].RequestContext.Condition != "RetryAttemptsExhausted" {
				t.Errorf("gave up %s for %s", got, lost[0].RequestContext.Condition)
			}
			if info.StreamARN == "" || info.ShardID == "" || lost[0].RequestContext.FunctionARN != "notify" {
				t.Errorf("message %+v", lost[0])
			}
			c.commit(101, 101, "fact")
			c.wantSpans(tt.spans + ", 101-101")
		})
	}
	t.Run("with bisect exactly the poison records are given up, and every other succeeds", func(t *testing.T) {
		dir := t.TempDir()
		rapid.Check(t, func(r *rapid.T) {
			n := rapid.IntRange(1, 40).Draw(r, "records")
			bad := rapid.SliceOfDistinct(rapid.Custom(func(r *rapid.T) string { return fmt.Sprint(rapid.IntRange(1, n).Draw(r, "bad")) }), rapid.ID).Draw(r, "poison")
			m := mapping()
			m.BatchSize = rapid.IntRange(1, 20).Draw(r, "batch size")
			m.MaximumRetryAttempts = rapid.IntRange(0, 3).Draw(r, "retries")
			m.BisectBatchOnFunctionError, m.ReportBatchItemFailures = true, rapid.Bool().Draw(r, "reports")
			dir, err := os.MkdirTemp(dir, "")
			if err != nil {
				r.Fatal(err)
			}
			c := newCloud(t, dir, m)
			defer c.close()
			succeeded := map[string]bool{}
			judge := poison(m.ReportBatchItemFailures, bad...)
			c.function.answer = func(batch []string) (string, string, error) {
				result, functionError, err := judge(batch)
				if result == `{"batchItemFailures":[]}` {
					for _, n := range batch {
						succeeded[n] = true
					}
				} else if m.ReportBatchItemFailures {
					for _, n := range batch[:slices.IndexFunc(batch, func(n string) bool { return slices.Contains(bad, n) })] {
						succeeded[n] = true
					}
				}
				return result, functionError, err
			}
			c.commit(1, n, "fact")
			c.advance(24 * time.Hour)
			var lost []string
			for _, d := range c.discarded() {
				if d.DDBStreamBatchInfo.BatchSize != 1 {
					r.Fatalf("gave up %+v", d.DDBStreamBatchInfo)
				}
				lost = append(lost, d.DDBStreamBatchInfo.StartSequenceNumber)
			}
			slices.Sort(lost)
			slices.Sort(bad)
			if !slices.Equal(lost, bad) || len(succeeded) != n-len(bad) {
				r.Fatalf("gave up %v, want %v; %d succeeded", lost, bad, len(succeeded))
			}
		})
	})
}

func TestPartialResponse(t *testing.T) {
	const all = "1-10"
	tests := []struct {
		name, response string
		reports        bool
		then           string // the batch after a second, if any
	}{
		{"an empty list is success", `{"batchItemFailures":[]}`, true, ""},
		{"a null list is success", `{"batchItemFailures":null}`, true, ""},
		{"an empty object is success", `{}`, true, ""},
		{"null is success", `null`, true, ""},
		{"no answer is success", ``, true, ""},
		{"the lowest of several is the checkpoint", `{"batchItemFailures":[{"itemIdentifier":"8"},{"itemIdentifier":"4"},{"itemIdentifier":"9"}]}`, true, "4-10"},
		{"the last record alone comes again", `{"batchItemFailures":[{"itemIdentifier":"10"}]}`, true, "10-10"},
		{"the first record is the whole batch", `{"batchItemFailures":[{"itemIdentifier":"1"}]}`, true, all},
		{"an empty identifier is the whole batch", `{"batchItemFailures":[{"itemIdentifier":""}]}`, true, all},
		{"a null identifier is the whole batch", `{"batchItemFailures":[{"itemIdentifier":null}]}`, true, all},
		{"a misspelt key is the whole batch", `{"batchItemFailures":[{"id":"4"}]}`, true, all},
		{"an unknown identifier is the whole batch", `{"batchItemFailures":[{"itemIdentifier":"4"},{"itemIdentifier":"77"}]}`, true, all},
		{"an answer of another shape is the whole batch", `{"batchItemFailures":"4"}`, true, all},
		{"a report is ignored unless the mapping asks for it", `{"batchItemFailures":[{"itemIdentifier":"4"}]}`, false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := mapping()
			m.ReportBatchItemFailures = tt.reports
			c := newCloud(t, t.TempDir(), m)
			defer c.close()
			first := true
			c.function.answer = func([]string) (string, string, error) {
				if first {
					first = false
					return tt.response, "", nil
				}
				return `{}`, "", nil
			}
			c.commit(1, 10, "fact")
			c.advance(time.Second - time.Millisecond)
			c.wantSpans(all)
			c.advance(time.Millisecond)
			want := all
			if tt.then != "" {
				want += ", " + tt.then
			}
			c.wantSpans(want)
			c.advance(time.Hour)
			c.wantSpans(want)
			if lost := c.discarded(); len(lost) != 0 {
				t.Errorf("gave up %+v", lost)
			}
		})
	}
}

func TestBackoff(t *testing.T) {
	t.Run("doubles from a second to a minute, in virtual time", func(t *testing.T) {
		m := mapping()
		m.MaximumRetryAttempts = 8
		c := newCloud(t, t.TempDir(), m)
		defer c.close()
		var at []time.Duration
		c.function.answer = func([]string) (string, string, error) {
			at = append(at, c.clk.Now().Sub(start)/time.Second)
			return "", "", errors.New("no process")
		}
		c.commit(1, 1, "fact")
		c.advance(time.Hour)
		if want := []time.Duration{0, 1, 3, 7, 15, 31, 63, 123, 183}; !reflect.DeepEqual(at, want) {
			t.Errorf("called at %v, want %v", at, want)
		}
		if lost := c.discarded(); len(lost) != 1 || lost[0].ResponseContext.StatusCode != 500 || lost[0].RequestContext.ApproximateInvokeCount != 9 {
			t.Errorf("gave up %+v", lost)
		}
	})
	t.Run("a function that cannot be run does not split the batch", func(t *testing.T) {
		m := mapping()
		m.BisectBatchOnFunctionError = true
		c := newCloud(t, t.TempDir(), m)
		defer c.close()
		calls := 0
		c.function.answer = func([]string) (string, string, error) {
			if calls++; calls < 3 {
				return "", "", errors.New("no process")
			}
			return `{}`, "", nil
		}
		c.commit(1, 4, "fact")
		c.advance(time.Hour)
		c.wantSpans("1-4, 1-4, 1-4")
	})
	t.Run("attempts and splits survive a new process", func(t *testing.T) {
		m := mapping()
		m.BisectBatchOnFunctionError = true
		c := newCloud(t, t.TempDir(), m)
		c.function.answer = poison(false, "1")
		c.commit(1, 2, "fact")
		c.advance(time.Second)
		c.wantSpans("1-2, 1-1, 1-1")
		c.close()
		c.open(m)
		defer c.close()
		c.advance(time.Hour)
		c.wantSpans("1-2, 1-1, 1-1, 1-1, 1-1, 2-2")
	})
}

func TestRecordAge(t *testing.T) {
	for _, tt := range []struct {
		name string
		age  time.Duration
		lost bool
	}{
		{"a record a millisecond younger than the limit is delivered", 10*time.Minute - time.Millisecond, false},
		{"a record exactly at the limit is delivered", 10 * time.Minute, false},
		{"a record a millisecond older is given up without a call", 10*time.Minute + time.Millisecond, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := mapping()
			m.MaximumRecordAge = 10 * time.Minute
			c := newCloud(t, t.TempDir(), m)
			defer c.close()
			c.stream.add(1, 2, "fact", start.Add(-tt.age))
			c.commit(3, 3, "fact")
			if !tt.lost {
				c.wantSpans("1-3")
				return
			}
			c.wantSpans("3-3")
			lost := c.discarded()
			if len(lost) != 1 || lost[0].RequestContext.Condition != "RecordAgeExceeded" || lost[0].DDBStreamBatchInfo.BatchSize != 2 || lost[0].ResponseContext != nil {
				t.Errorf("gave up %+v", lost)
			}
		})
	}
	t.Run("a batch that fails is given up once it is too old, whatever the attempts", func(t *testing.T) {
		m := mapping()
		m.MaximumRecordAge, m.MaximumRetryAttempts = time.Minute, -1
		c := newCloud(t, t.TempDir(), m)
		defer c.close()
		c.function.answer = poison(false, "1")
		c.commit(1, 2, "fact")
		c.advance(time.Hour)
		c.wantSpans("1-2, 1-2, 1-2, 1-2, 1-2, 1-2")
		if lost := c.discarded(); len(lost) != 1 || lost[0].RequestContext.ApproximateInvokeCount != 6 {
			t.Errorf("gave up %+v", lost)
		}
	})
}

func TestMappingLimits(t *testing.T) {
	for name, change := range map[string]func(*eventsource.Mapping){
		"no table":              func(m *eventsource.Mapping) { m.Table = "" },
		"a batch of none":       func(m *eventsource.Mapping) { m.BatchSize = 0 },
		"too large a batch":     func(m *eventsource.Mapping) { m.BatchSize = 10_001 },
		"fewer than no retries": func(m *eventsource.Mapping) { m.MaximumRetryAttempts = -2 },
		"an age under a minute": func(m *eventsource.Mapping) { m.MaximumRecordAge = time.Second },
		"six patterns": func(m *eventsource.Mapping) {
			m.FilterPatterns = slices.Repeat([]json.RawMessage{[]byte(`{"a":[1]}`)}, 6)
		},
		"an unsupported pattern": func(m *eventsource.Mapping) { m.FilterPatterns = []json.RawMessage{[]byte(`{"a":[{"wildcard":"*"}]}`)} },
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			c := newCloud(t, t.TempDir(), mapping())
			defer c.close()
			m := mapping()
			m.Name = "second"
			change(&m)
			if err := c.mappings.Create(m); err == nil || !strings.Contains(err.Error(), "second") {
				t.Errorf("got %v", err)
			}
		})
	}
}
