package stepfn_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/clock"
	local "github.com/callsheet/callsheet/infra/local/stepfunctions"
	"github.com/callsheet/callsheet/shared/dynamo/item"
	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/stepfn"
	"github.com/callsheet/callsheet/shared/store"
)

var noon = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

const machines = "arn:aws:states:us-east-1:000000000000:stateMachine:"

// timers is the function that alarms ring; it remembers what they say.
type timers struct{ rung []handler.Alarm }

func (l *timers) Invoke(_ context.Context, _ string, payload []byte) ([]byte, string, error) {
	var a handler.Alarm
	if err := json.Unmarshal(payload, &a); err != nil {
		return nil, "", err
	}
	l.rung = append(l.rung, a)
	return []byte(`{"outcome":"fired"}`), "", nil
}

// cloud is every generated machine on the local Step Functions.
type cloud struct {
	stepfn.Alarms
	t      *testing.T
	clock  *clock.Clock
	engine *local.Service
	timers *timers
	client *sfn.Client
}

func open(t *testing.T) *cloud {
	t.Helper()
	db, err := bolt.Open(filepath.Join(t.TempDir(), "state.db"), 0o600, &bolt.Options{NoSync: true, NoFreelistSync: true})
	if err != nil {
		t.Fatal(err)
	}
	c := &cloud{t: t, timers: &timers{}}
	if c.clock, err = clock.Open(db, noon, true); err != nil {
		t.Fatal(err)
	}
	if c.engine, err = local.Open(db, c.clock, c.timers); err != nil {
		t.Fatal(err)
	}
	for _, table := range project.Lifecycles() {
		for _, d := range table.Kinds() {
			asl, err := table.ASL(d)
			if err != nil {
				t.Fatal(err)
			}
			name := lifecycle.Machine(table.Name, d.Kind)
			definition := strings.ReplaceAll(string(asl), "${TimersFunctionArn}", "arn:aws:lambda:us-east-1:000000000000:function:timers")
			if err := c.engine.Create(local.Machine{Name: name, ARN: machines + name, Definition: []byte(definition)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	c.clock.Attach(c.engine)
	line := httptest.NewServer(c.engine)
	t.Cleanup(func() {
		line.Close()
		c.engine.Close()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	c.client = clientOf(line.URL)
	c.Alarms = stepfn.Alarms{Client: c.client, Machines: machines}
	return c
}

// clientOf tries once: waiting between tries is the SDK's business, not ours to test.
func clientOf(endpoint string) *sfn.Client {
	return sfn.New(sfn.Options{Region: "us-east-1", BaseEndpoint: aws.String(endpoint), RetryMaxAttempts: 1, Credentials: credentials.NewStaticCredentialsProvider("id", "secret", "")})
}

// alarms is one of every deadline of every lifecycle, of records with ids as long as they come.
func alarms() []store.Alarm {
	ids := map[string]store.Ref{
		"project":    {Kind: store.Project, ID: "prj_01JBKXQ6V6M8S2T8Y5R0ZC9D4E"},
		"assignment": {Kind: store.Assignment, ID: "asg_01JBKXQ6V6M8S2T8Y5R0ZC9D4E"},
		"reward":     {Kind: store.Reward, ID: "rwd_01JBKXQ6V6M8S2T8Y5R0ZC9D4E", Owner: strings.Repeat("p", 64)},
	}
	var all []store.Alarm
	for _, table := range project.Lifecycles() {
		for _, d := range table.Kinds() {
			all = append(all, store.Alarm{Machine: lifecycle.Machine(table.Name, d.Kind), Ref: ids[table.Name], Kind: d.Kind, Entry: 2, DueAt: noon.Add(72 * time.Hour)})
		}
	}
	return all
}

func TestName(t *testing.T) {
	allowed := regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)
	seen := map[string]bool{}
	for _, a := range alarms() {
		for _, entry := range []int{1, 2, 999_999_999} {
			a.Entry = entry
			t.Run(fmt.Sprintf("F33 %s, entry %d, has a name that Step Functions takes and nothing else has", a.Kind, entry), func(t *testing.T) {
				name := stepfn.Name(a)
				if !allowed.MatchString(name) || seen[name] || !strings.Contains(name, a.Ref.ID) {
					t.Errorf("%q has %d characters, seen: %v", name, len(name), seen[name])
				}
				seen[name] = true
			})
		}
	}
	if len(seen) < 4*3 {
		t.Errorf("only %d names", len(seen))
	}
}

func TestStart(t *testing.T) {
	for _, a := range alarms() {
		t.Run("F33 "+a.Kind+" rings once at its instant, however often it was set", func(t *testing.T) {
			c := open(t)
			for range 3 {
				if err := c.Start(t.Context(), a); err != nil {
					t.Fatal(err)
				}
			}
			if got := c.engine.Usage().Executions; got != 1 {
				t.Errorf("%d executions", got)
			}
			c.advance(72*time.Hour - time.Millisecond)
			if len(c.timers.rung) != 0 {
				t.Fatalf("rang early: %v", c.timers.rung)
			}
			c.advance(time.Millisecond)
			if len(c.timers.rung) != 1 || c.timers.rung[0] != handler.AlarmOf(a) || c.timers.rung[0].Deadline() != deadline(a) {
				t.Errorf("rang %v, want %v", c.timers.rung, handler.AlarmOf(a))
			}
		})
	}
	a := alarms()[0]
	t.Run("F33 an alarm that has rung is set already", func(t *testing.T) {
		c := open(t)
		if err := c.Start(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		c.advance(80 * time.Hour)
		if err := c.Start(t.Context(), a); err != nil || len(c.timers.rung) != 1 {
			t.Errorf("%v, rang %d times", err, len(c.timers.rung))
		}
	})
	t.Run("F33 a name taken with another input is set already", func(t *testing.T) {
		c := open(t)
		_, err := c.client.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: aws.String(machines + a.Machine), Name: aws.String(stepfn.Name(a)), Input: aws.String(`{"v":0,"dueAt":"2027-01-01T00:00:00Z"}`)})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(t.Context(), a); err != nil {
			t.Error(err)
		}
	})
	t.Run("F40 the deadline armed anew is another alarm", func(t *testing.T) {
		c := open(t)
		again := a
		again.Entry++
		if err := errors.Join(c.Start(t.Context(), a), c.Start(t.Context(), again)); err != nil || c.engine.Usage().Executions != 2 {
			t.Errorf("%v, %d executions", err, c.engine.Usage().Executions)
		}
	})
	t.Run("a machine that is not deployed is unavailable, so that the stream tries again", func(t *testing.T) {
		c := open(t)
		stray := a
		stray.Machine = "none"
		unavailable(t, c.Start(t.Context(), stray))
	})
}

// deadline is an alarm as the jobs get it back: which machine rang is nothing to them.
func deadline(a store.Alarm) store.Alarm {
	a.Machine = ""
	return a
}

func (c *cloud) advance(d time.Duration) {
	c.t.Helper()
	if _, err := c.clock.Advance(c.t.Context(), d); err != nil {
		c.t.Fatal(err)
	}
}

func unavailable(t *testing.T, err error) {
	t.Helper()
	if !problem.Is(err, problem.CodeUnavailable) {
		t.Errorf("got %v", err)
	}
}

func TestStepFunctionsIsDown(t *testing.T) {
	for name, status := range map[string]int{"ThrottlingException": 400, "ExecutionLimitExceeded": 400, "StateMachineDeleting": 400, "InternalFailure": 500, "ServiceUnavailable": 503} {
		t.Run("F34 F46 "+name+" is unavailable", func(t *testing.T) {
			var asked atomic.Int32
			line := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				asked.Add(1)
				w.Header().Set("Content-Type", "application/x-amz-json-1.0")
				w.WriteHeader(status)
				_ = json.NewEncoder(w).Encode(map[string]string{"__type": name, "message": "SECRET"})
			}))
			defer line.Close()
			err := stepfn.Alarms{Client: clientOf(line.URL), Machines: machines}.Start(t.Context(), alarms()[0])
			unavailable(t, err)
			if asked.Load() != 1 || strings.Contains(problem.As(err).Message, "SECRET") {
				t.Errorf("asked %d times: %v", asked.Load(), err)
			}
		})
	}
	t.Run("F34 no line is unavailable", func(t *testing.T) {
		unavailable(t, stepfn.Alarms{Client: clientOf("http://127.0.0.1:1"), Machines: machines}.Start(t.Context(), alarms()[0]))
	})
}

// failsAt is a Step Functions that refuses the nth start.
type failsAt struct {
	n     int
	named []string
}

func (f *failsAt) StartExecution(_ context.Context, in *sfn.StartExecutionInput, _ ...func(*sfn.Options)) (*sfn.StartExecutionOutput, error) {
	f.named = append(f.named, *in.Name)
	if len(f.named) == f.n {
		return nil, &types.ExecutionLimitExceeded{}
	}
	return &sfn.StartExecutionOutput{}, nil
}

// image is an event row as the stream delivers it.
func image(t *testing.T, e store.Event) json.RawMessage {
	t.Helper()
	row, err := item.EncodeEvent(e)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := attributevalue.MarshalMapJSON(row)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestFromImage(t *testing.T) {
	event := store.Event{ID: "evt_1", Subject: alarms()[0].Ref, At: noon, Actor: "ann", Role: "agent", Action: project.Invite, Armed: alarms()[:2]}
	t.Run("every deadline that a commit set is started", func(t *testing.T) {
		c := open(t)
		if err := c.FromImage(t.Context(), image(t, event)); err != nil || c.engine.Usage().Executions != 2 {
			t.Errorf("%v, %d executions", err, c.engine.Usage().Executions)
		}
	})
	t.Run("F23 the same record twice starts nothing twice", func(t *testing.T) {
		c := open(t)
		for range 2 {
			if err := c.FromImage(t.Context(), image(t, event)); err != nil {
				t.Fatal(err)
			}
		}
		if got := c.engine.Usage().Executions; got != 2 {
			t.Errorf("%d executions", got)
		}
	})
	t.Run("F25 after one that fails none is started", func(t *testing.T) {
		client := &failsAt{n: 1}
		unavailable(t, stepfn.Alarms{Client: client, Machines: machines}.FromImage(t.Context(), image(t, event)))
		if len(client.named) != 1 {
			t.Errorf("started %v", client.named)
		}
	})
	for name, raw := range map[string]string{"no JSON": `x`, "no item": `{"PK":5}`, "no event": `{"PK":{"S":"x"},"SK":{"S":"record"}}`, "nothing": ``} {
		t.Run("B111 F26 "+name+" is an error, never a success", func(t *testing.T) {
			client := &failsAt{}
			if err := (stepfn.Alarms{Client: client}).FromImage(t.Context(), json.RawMessage(raw)); err == nil || len(client.named) != 0 {
				t.Errorf("%v, started %v", err, client.named)
			}
		})
	}
}
