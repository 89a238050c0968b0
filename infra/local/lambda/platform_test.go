package lambda

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/clock"
)

var bootstrap string

func TestMain(m *testing.M) {
	if bootstrap = os.Getenv("PLATFORM_BOOTSTRAP"); bootstrap != "" { // this is the process that a test kills
		os.Exit(m.Run())
	}
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "lambda")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		bootstrap = filepath.Join(dir, "bootstrap")
		if out, err := exec.Command("go", "build", "-tags=lambda.norpc", "-o", bootstrap, "./testdata/function").CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "%s%v\n", out, err)
			return 1
		}
		return m.Run()
	}())
}

var start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

func newClock(t testing.TB) *clock.Clock {
	t.Helper()
	db, err := bolt.Open(filepath.Join(t.TempDir(), "db"), 0o600, &bolt.Options{NoSync: true, NoFreelistSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	clk, err := clock.Open(db, start, true)
	if err != nil {
		t.Fatal(err)
	}
	return clk
}

func newPlatform(t testing.TB, functions ...Function) *Platform {
	t.Helper()
	p := New(Config{Clock: newClock(t), AccountID: "123456789012", Region: "eu-west-1"})
	t.Cleanup(p.Close)
	for _, f := range functions {
		if err := p.Register(f); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func work(change func(*Function)) Function {
	f := Function{Name: "worker", Binary: bootstrap, Timeout: time.Minute, MemorySize: 256}
	if change != nil {
		change(&f)
	}
	return f
}

func invoke(t testing.TB, p *Platform, event string) Result {
	t.Helper()
	result, err := p.Invoke(context.Background(), "worker", []byte(event))
	if err != nil {
		t.Fatal(err)
	}
	return result
}

type description struct {
	PID        int      `json:"pid"`
	Env        []string `json:"env"`
	Dir        string   `json:"dir"`
	RequestID  string   `json:"requestId"`
	ARN        string   `json:"arn"`
	DeadlineMs int64    `json:"deadlineMs"`
	Trace      string   `json:"trace"`
	Body       string   `json:"body"`
}

func describe(t testing.TB, p *Platform) description {
	t.Helper()
	return read(t, invoke(t, p, `{"do":"describe"}`))
}

func read(t testing.TB, r Result) description {
	t.Helper()
	var d description
	if err := json.Unmarshal(r.Payload, &d); err != nil || r.FunctionError != "" {
		t.Fatalf("%s %s: %v", r.FunctionError, r.Payload, err)
	}
	return d
}

// message checks that the function failed and gives Lambda's words for it, without the request id.
func message(t testing.TB, r Result) string {
	t.Helper()
	var d struct {
		Type    string `json:"errorType"`
		Message string `json:"errorMessage"`
	}
	if err := json.Unmarshal(r.Payload, &d); err != nil || r.FunctionError != "Unhandled" {
		t.Fatalf("%q %s: %v", r.FunctionError, r.Payload, err)
	}
	return d.Type + ": " + strings.TrimPrefix(d.Message, "RequestId: "+r.RequestID+" Error: ")
}

// gate is a server that holds each caller until the test lets it go on.
type gate struct {
	url     string
	arrived chan *http.Request
	open    chan struct{}
}

func newGate(t testing.TB) *gate {
	g := &gate{arrived: make(chan *http.Request, 100), open: make(chan struct{})}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then is it seen that the caller has left
		g.arrived <- r
		select {
		case <-g.open:
			fmt.Fprint(w, "open")
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(s.Close)
	g.url = s.URL
	return g
}

func (g *gate) event() []byte { return []byte(`{"do":"call","url":"` + g.url + `"}`) }

func TestAnInvocation(t *testing.T) {
	t.Setenv("AWS_SESSION_TOKEN", "the developer's own")
	p := newPlatform(t, work(func(f *Function) { f.Env = map[string]string{"TABLE": "callsheet", "EMPTY": ""} }))

	t.Run("answers with what the function returned", func(t *testing.T) {
		if got := invoke(t, p, `{"do":"json","json":{"a":[1,"é"]}}`); string(got.Payload) != `{"a":[1,"é"]}` || got.FunctionError != "" {
			t.Errorf("%+v", got)
		}
	})
	t.Run("sees the declared variables and Lambda's own and nothing else", func(t *testing.T) {
		var names []string
		for _, pair := range describe(t, p).Env {
			names = append(names, strings.SplitN(pair, "=", 2)[0])
		}
		want := []string{"AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_NAME",
			"AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
			"AWS_LAMBDA_RUNTIME_API", "AWS_REGION", "AWS_SECRET_ACCESS_KEY", "EMPTY", "LAMBDA_TASK_ROOT", "LANG", "PATH", "TABLE",
			"TMPDIR", "TZ", "_HANDLER", "_X_AMZN_TRACE_ID"}
		if !slices.Equal(names, want) {
			t.Errorf("got  %v\nwant %v", names, want)
		}
	})
	t.Run("is attributed by the access key id and told its own identity", func(t *testing.T) {
		d := describe(t, p)
		if !slices.Contains(d.Env, "AWS_ACCESS_KEY_ID=worker") || !slices.Contains(d.Env, "TABLE=callsheet") || !slices.Contains(d.Env, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256") {
			t.Error(d.Env)
		}
		if d.ARN != "arn:aws:lambda:eu-west-1:123456789012:function:worker" || d.Dir != filepath.Dir(bootstrap) || !strings.HasPrefix(d.Trace, "Root=1-695b7d90-") {
			t.Errorf("%+v", d)
		}
	})
	t.Run("has a request id of its own and a deadline one timeout away", func(t *testing.T) {
		before := time.Now()
		r := invoke(t, p, `{"do":"describe"}`)
		d := read(t, r)
		earliest, latest := before.Add(time.Minute).UnixMilli(), time.Now().Add(time.Minute).UnixMilli()
		if d.RequestID != r.RequestID || d.RequestID == describe(t, p).RequestID || d.DeadlineMs < earliest || d.DeadlineMs > latest {
			t.Errorf("%s %s: %d not in %d…%d", d.RequestID, r.RequestID, d.DeadlineMs, earliest, latest)
		}
	})
	t.Run("after another meets the same warm process", func(t *testing.T) {
		first := describe(t, p).PID
		for range 50 {
			if pid := describe(t, p).PID; pid != first {
				t.Fatalf("process %d, then %d", first, pid)
			}
		}
		if s := p.Stats()["worker"]; s.ColdStarts != 1 || s.Processes != 1 || s.Errors != 0 || s.Busy < s.Longest || s.Longest <= 0 {
			t.Errorf("%+v", s)
		}
	})
	t.Run("may name the function by its ARN", func(t *testing.T) {
		for _, name := range []string{p.ARN("worker"), p.ARN("worker") + ":$LATEST"} {
			if _, err := p.Invoke(t.Context(), name, nil); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestWhatTheServiceRefuses(t *testing.T) {
	p := newPlatform(t, work(nil))
	for _, row := range []struct{ what, name, payload, code string }{
		{"an unknown function", "play", `{}`, "ResourceNotFoundException"},
		{"a version it does not have", p.ARN("worker") + ":7", `{}`, "ResourceNotFoundException"},
		{"an event that is not JSON", "worker", `{`, "InvalidRequestContentException"},
		{"an event above 6 MB", "worker", `"` + strings.Repeat("x", MaxPayload) + `"`, "RequestTooLargeException"},
	} {
		t.Run(row.what, func(t *testing.T) {
			_, err := p.Invoke(t.Context(), row.name, []byte(row.payload))
			var refused *Error
			if !errors.As(err, &refused) || refused.Code != row.code {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestRegistrationRefuses(t *testing.T) {
	for what, change := range map[string]func(*Function){
		"a name AWS would refuse":    func(f *Function) { f.Name = "no spaces" },
		"a relative binary":          func(f *Function) { f.Binary = "bootstrap" },
		"no timeout":                 func(f *Function) { f.Timeout = 0 },
		"a timeout above 15 minutes": func(f *Function) { f.Timeout = 15*time.Minute + 1 },
		"too little memory":          func(f *Function) { f.MemorySize = 127 },
		"negative concurrency":       func(f *Function) { f.Concurrency = -1 },
		"a reserved variable":        func(f *Function) { f.Env = map[string]string{"AWS_REGION": "x"} },
		"a variable of Lambda's own": func(f *Function) { f.Env = map[string]string{"AWS_LAMBDA_X": "x"} },
		"4 KB of variables and one":  func(f *Function) { f.Env = map[string]string{"A": strings.Repeat("x", 4096)} },
		"a name that is taken":       func(f *Function) { f.Name = "taken" },
	} {
		t.Run(what, func(t *testing.T) {
			p := newPlatform(t, work(func(f *Function) { f.Name = "taken" }))
			var refused *Error
			if err := p.Register(work(change)); !errors.As(err, &refused) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAFailingFunction(t *testing.T) {
	for _, row := range []struct{ what, event, want string }{
		{"returns an error", `{"do":"error","text":"no"}`, "errorString: no"},
		{"panics", `{"do":"panic","text":"oh"}`, "string: oh"},
		{"exits", `{"do":"exit","code":3}`, "Runtime.ExitError: Runtime exited with error: exit status 3"},
		{"exits with success", `{"do":"exit"}`, "Runtime.ExitError: Runtime exited without providing a reason"},
		{"answers above 6 MB", `{"do":"large","code":6291557}`, "Function.ResponseSizeTooLarge: Response payload size exceeded maximum allowed payload size (6291556 bytes)."},
		{"breaks off in its answer", `{"do":"broken"}`, "errorString: disk on fire"},
	} {
		t.Run(row.what+" and the next invocation works", func(t *testing.T) {
			p := newPlatform(t, work(nil))
			if got := message(t, invoke(t, p, row.event)); got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
			describe(t, p)
			if s := p.Stats()["worker"]; s.Invocations != 2 || s.Errors != 1 {
				t.Errorf("%+v", s)
			}
		})
	}
	t.Run("runs out of time, is killed and replaced", func(t *testing.T) {
		p := newPlatform(t, work(func(f *Function) { f.Timeout = time.Second }))
		before := describe(t, p).PID
		if got := message(t, invoke(t, p, `{"do":"hang"}`)); got != "Sandbox.Timedout: Task timed out after 1.00 seconds" {
			t.Error(got)
		}
		if after := describe(t, p).PID; after == before {
			t.Errorf("process %d still answers", after)
		}
	})
	t.Run("may answer 6 MB", func(t *testing.T) {
		p := newPlatform(t, work(nil))
		if got := invoke(t, p, `{"do":"large","code":6291556}`); len(got.Payload) != MaxPayload || got.FunctionError != "" {
			t.Errorf("%d bytes, %q", len(got.Payload), got.FunctionError)
		}
	})
}

func TestAFunctionThatCannotStart(t *testing.T) {
	for _, row := range []struct {
		what   string
		change func(*Function)
		want   string
	}{
		{"because it exits", func(f *Function) { f.Env = map[string]string{"INIT": "exit"} }, "Runtime.ExitError: Runtime exited with error: exit status 4"},
		{"and says why", func(f *Function) { f.Env = map[string]string{"INIT": "report"} }, "ConfigError: TABLE is missing"},
		{"because it is not there", func(f *Function) { f.Binary += ".missing" }, "Runtime.InvalidEntrypoint: fork/exec " + bootstrap + ".missing: no such file or directory"},
	} {
		t.Run(row.what+" fails every invocation, also those that waited", func(t *testing.T) {
			p := newPlatform(t, work(func(f *Function) { row.change(f); f.Concurrency = 1 }))
			answers := make(chan Result, 3)
			for range cap(answers) {
				go func() {
					r, _ := p.Invoke(context.Background(), "worker", nil)
					answers <- r
				}()
			}
			for range cap(answers) {
				if got := message(t, <-answers); got != row.want {
					t.Errorf("got %q, want %q", got, row.want)
				}
			}
		})
	}
}

func TestParallelInvocations(t *testing.T) {
	t.Run("run in processes of their own up to the limit, the others wait", func(t *testing.T) {
		p, g := newPlatform(t, work(func(f *Function) { f.Concurrency = 3 })), newGate(t)
		answers := make(chan Result, 7)
		for range cap(answers) {
			go func() {
				r, _ := p.Invoke(context.Background(), "worker", g.event())
				answers <- r
			}()
		}
		for range 3 {
			<-g.arrived
		}
		if s := p.Stats()["worker"]; s.Processes != 3 || s.Invocations != 0 {
			t.Errorf("%+v", s)
		}
		close(g.open)
		pids := map[int]bool{}
		for range cap(answers) {
			pids[read(t, <-answers).PID] = true
		}
		if s := p.Stats()["worker"]; len(pids) != 3 || s.ColdStarts != 3 || s.Invocations != 7 {
			t.Errorf("%v %+v", pids, s)
		}
	})
	t.Run("never mix their answers", func(t *testing.T) {
		p := newPlatform(t, work(func(f *Function) { f.Concurrency = 4 }))
		wrong := make(chan string, 400)
		for i := range cap(wrong) {
			go func() {
				event := fmt.Sprintf(`{"do":"json","json":%d}`, i)
				r, err := p.Invoke(context.Background(), "worker", []byte(event))
				if want := fmt.Sprint(i); err != nil || string(r.Payload) != want {
					wrong <- fmt.Sprintf("want %s, got %s %v", want, r.Payload, err)
					return
				}
				wrong <- ""
			}()
		}
		for range cap(wrong) {
			if w := <-wrong; w != "" {
				t.Error(w)
			}
		}
	})
}

func TestACallerThatLeaves(t *testing.T) {
	p, g := newPlatform(t, work(func(f *Function) { f.Concurrency = 1 })), newGate(t)
	running, leaveRunning := context.WithCancel(t.Context())
	waiting, leaveWaiting := context.WithCancel(t.Context())
	left := make(chan error, 2)
	go func() { _, err := p.Invoke(running, "worker", g.event()); left <- err }()
	<-g.arrived
	go func() { _, err := p.Invoke(waiting, "worker", []byte(`{"do":"exit","code":9}`)); left <- err }()

	leaveWaiting()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	leaveRunning()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	t.Run("does not stop the function, and the clock waits for it", func(t *testing.T) {
		now, cancel := context.WithCancel(t.Context())
		cancel()
		if err := p.config.Clock.Quiesce(now); err == nil {
			t.Error("the clock did not wait")
		}
		close(g.open)
		if err := p.config.Clock.Quiesce(t.Context()); err != nil {
			t.Error(err)
		}
	})
	t.Run("before its turn never runs", func(t *testing.T) {
		describe(t, p)
		if s := p.Stats()["worker"]; s.Invocations != 2 || s.Errors != 0 || s.ColdStarts != 1 {
			t.Errorf("%+v", s)
		}
	})
}

func TestKill(t *testing.T) {
	t.Run("fails what runs", func(t *testing.T) {
		p, g := newPlatform(t, work(nil)), newGate(t)
		answer := make(chan Result, 1)
		go func() {
			r, _ := p.Invoke(context.Background(), "worker", g.event())
			answer <- r
		}()
		<-g.arrived
		if n, err := p.Kill("worker"); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		if got := message(t, <-answer); got != "Runtime.ExitError: Runtime exited with error: signal: killed" {
			t.Error(got)
		}
		describe(t, p)
	})
	t.Run("does not fail an invocation that the dead process never saw", func(t *testing.T) {
		p := newPlatform(t, work(nil))
		before := describe(t, p).PID
		for range 20 {
			if _, err := p.Kill("worker"); err != nil {
				t.Fatal(err)
			}
			after := describe(t, p).PID
			if after == before {
				t.Fatalf("process %d survived", after)
			}
			before = after
		}
	})
	t.Run("refuses an unknown function", func(t *testing.T) {
		if _, err := newPlatform(t).Kill("worker"); err == nil {
			t.Error("no error")
		}
	})
}

func TestIdleProcesses(t *testing.T) {
	for _, row := range []struct {
		what string
		past time.Duration
		left int
	}{{"are kept 1 ms before the limit", -time.Millisecond, 1}, {"are stopped at the limit", 0, 0}, {"are stopped 1 ms after it", time.Millisecond, 0}} {
		t.Run(row.what, func(t *testing.T) {
			p := newPlatform(t, work(nil))
			before := describe(t, p).PID
			f := p.functions["worker"]
			f.mu.Lock()
			since := f.idle[0].idleSince
			f.mu.Unlock()
			p.stopIdle(since.Add(p.config.IdleAfter + row.past))
			f.mu.Lock()
			left := len(f.idle)
			f.mu.Unlock()
			if left != row.left {
				t.Errorf("%d left", left)
			}
			if after := describe(t, p).PID; (after == before) != (row.left == 1) {
				t.Errorf("process %d, then %d", before, after)
			}
		})
	}
}

func TestClose(t *testing.T) {
	p, g := newPlatform(t, work(func(f *Function) { f.Concurrency = 1 })), newGate(t)
	failed := make(chan error, 2)
	run := func() {
		r, err := p.Invoke(context.Background(), "worker", g.event())
		if err == nil && r.FunctionError == "" {
			err = errors.New("succeeded")
		}
		failed <- err
	}
	go run()
	function := <-g.arrived
	go run()
	p.Close()
	t.Run("ends every process and every invocation", func(t *testing.T) {
		<-function.Context().Done()
		var closed *Error
		if a, b := <-failed, <-failed; !errors.As(errors.Join(a, b), &closed) || a != nil && b != nil {
			t.Errorf("%v, %v", a, b)
		}
		if s := p.Stats()["worker"]; s.Processes != 0 {
			t.Errorf("%+v", s)
		}
		if err := p.config.Clock.Quiesce(t.Context()); err != nil {
			t.Error(err)
		}
	})
	t.Run("refuses new work and new functions", func(t *testing.T) {
		if _, err := p.Invoke(t.Context(), "worker", nil); err == nil {
			t.Error("invoked")
		}
		if err := p.Register(work(func(f *Function) { f.Name = "other" })); err == nil {
			t.Error("registered")
		}
	})
	t.Run("may be called again", func(*testing.T) { p.Close() })
}

func TestLogs(t *testing.T) {
	var all bytes.Buffer
	p := New(Config{Clock: newClock(t), AccountID: "123456789012", Region: "eu-west-1", Logs: &all})
	if err := p.Register(work(nil)); err != nil {
		t.Fatal(err)
	}
	invoke(t, p, `{"do":"print","text":"one\ntwo"}`)
	invoke(t, p, `{"do":"exit","code":2}`)
	p.Close()
	lines, err := p.Log("worker")
	if err != nil {
		t.Fatal(err)
	}
	t.Run("keep standard output and error and how the process ended", func(t *testing.T) {
		want := []string{"one", "two", "unfinished", "Runtime exited with error: exit status 2"}
		if !slices.Equal(lines, want) {
			t.Errorf("%q", lines)
		}
	})
	t.Run("go to the writer with the function's name", func(t *testing.T) {
		if want := "worker | one\nworker | two\nworker | unfinished\nworker | Runtime exited with error: exit status 2\n"; all.String() != want {
			t.Errorf("%q", all.String())
		}
	})
	t.Run("keep the last lines only", func(t *testing.T) {
		l := &functionLog{}
		w := &lineWriter{log: l}
		for i := range keptLines + 3 {
			fmt.Fprintf(w, "%d\n", i)
		}
		if last := l.last(); len(last) != keptLines || last[0] != "3" || last[keptLines-1] != fmt.Sprint(keptLines+2) {
			t.Errorf("%d lines, %s … %s", len(last), last[0], last[len(last)-1])
		}
	})
	t.Run("split a line that never ends", func(t *testing.T) {
		l := &functionLog{}
		w := &lineWriter{log: l}
		fmt.Fprint(w, strings.Repeat("x", longestRow+1))
		w.flush()
		if last := l.last(); len(last) != 2 || len(last[0]) != longestRow || last[1] != "x" {
			t.Errorf("%d lines", len(last))
		}
	})
}

func BenchmarkWarmInvocation(b *testing.B) {
	p := newPlatform(b, work(nil))
	event := []byte(`{"do":"json","json":{"ok":true}}`)
	invoke(b, p, string(event))
	for b.Loop() {
		if _, err := p.Invoke(context.Background(), "worker", event); err != nil {
			b.Fatal(err)
		}
	}
}
