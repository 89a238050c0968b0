package stepfunctions_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/smithy-go"
	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/clock"
	"github.com/callsheet/callsheet/infra/local/stepfunctions"
)

var start = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

const machineARN = "arn:aws:states:eu-west-1:123456789012:stateMachine:alarm"

// lambda is an Invoker that remembers its calls and answers by script.
type lambda struct {
	mu     sync.Mutex
	calls  []string
	answer func(ctx context.Context, n int, payload string) (result, functionError string, err error)
}

func (l *lambda) Invoke(ctx context.Context, function string, payload []byte) ([]byte, string, error) {
	l.mu.Lock()
	l.calls = append(l.calls, function+" "+string(payload))
	n := len(l.calls)
	l.mu.Unlock()
	if l.answer == nil {
		return []byte(`{"done":true}`), "", nil
	}
	result, functionError, err := l.answer(ctx, n, string(payload))
	return []byte(result), functionError, err
}

func (l *lambda) seen() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.calls...)
}

// cloud is a Step Functions service on a file, with a client; reopen is a new process on the same file.
type cloud struct {
	t       *testing.T
	file    string
	db      *bolt.DB
	clk     *clock.Clock
	lambda  *lambda
	service *stepfunctions.Service
	client  *sfn.Client
}

func newCloud(t *testing.T, definition string) *cloud {
	t.Helper()
	c := &cloud{t: t, file: filepath.Join(t.TempDir(), "cloud.db"), lambda: &lambda{}}
	c.open(definition)
	t.Cleanup(func() {
		c.service.Close()
		if err := c.db.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func (c *cloud) open(definition string) {
	c.t.Helper()
	var err error
	if c.db, err = bolt.Open(c.file, 0o600, &bolt.Options{NoSync: true, NoFreelistSync: true}); err != nil {
		c.t.Fatal(err)
	}
	if c.clk, err = clock.Open(c.db, start, true); err != nil {
		c.t.Fatal(err)
	}
	if c.service, err = stepfunctions.Open(c.db, c.clk, c.lambda); err != nil {
		c.t.Fatal(err)
	}
	if err := c.service.Create(stepfunctions.Machine{Name: "alarm", ARN: machineARN, Definition: []byte(definition)}); err != nil {
		c.t.Fatal(err)
	}
	c.clk.Attach(c.service)
	server := httptest.NewServer(c.service)
	c.t.Cleanup(server.Close)
	c.client = sfn.New(sfn.Options{
		Region: "eu-west-1", BaseEndpoint: aws.String(server.URL), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
	})
}

func (c *cloud) reopen(definition string) {
	c.t.Helper()
	c.service.Close()
	if err := c.db.Close(); err != nil {
		c.t.Fatal(err)
	}
	c.open(definition)
}

func (c *cloud) start(name, input string) (arn string) {
	c.t.Helper()
	out, err := c.tryStart(name, input)
	if err != nil {
		c.t.Fatal(err)
	}
	return *out.ExecutionArn
}

func (c *cloud) tryStart(name, input string) (*sfn.StartExecutionOutput, error) {
	return c.client.StartExecution(c.t.Context(), &sfn.StartExecutionInput{
		StateMachineArn: aws.String(machineARN), Name: aws.String(name), Input: aws.String(input),
	})
}

func (c *cloud) advance(d time.Duration) []clock.Happening {
	c.t.Helper()
	happened, err := c.clk.Advance(c.t.Context(), d)
	if err != nil {
		c.t.Fatal(err)
	}
	return happened
}

func (c *cloud) describe(arn string) *sfn.DescribeExecutionOutput {
	c.t.Helper()
	out, err := c.client.DescribeExecution(c.t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: aws.String(arn)})
	if err != nil {
		c.t.Fatal(err)
	}
	return out
}

func (c *cloud) wantStatus(arn string, want types.ExecutionStatus) {
	c.t.Helper()
	if got := c.describe(arn); got.Status != want {
		c.t.Fatalf("status %s (%s: %s), want %s", got.Status, aws.ToString(got.Error), aws.ToString(got.Cause), want)
	}
}

func (c *cloud) wantCalls(want int) {
	c.t.Helper()
	if got := c.lambda.seen(); len(got) != want {
		c.t.Fatalf("%d calls %v, want %d", len(got), got, want)
	}
}

func wantCode(t *testing.T, err error, want string) {
	t.Helper()
	var refused smithy.APIError
	if !errors.As(err, &refused) || refused.ErrorCode() != want {
		t.Fatalf("got %v, want %s", err, want)
	}
}

// alarm is what Callsheet generates: wait for a timestamp, call the timers function, wait for the next one.
const alarm = `{"StartAt":"WaitReminder","States":{
	"WaitReminder":{"Type":"Wait","TimestampPath":"$.deadlines[0].dueAt","Next":"Reminder"},
	"Reminder":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke",
		"Parameters":{"FunctionName":"timers","Payload":{"kind":"reminder","record.$":"$.record","execution.$":"$$.Execution.Name"}},
		"ResultPath":null,
		"Retry":[{"ErrorEquals":["Lambda.ServiceException","Lambda.TooManyRequestsException"],"IntervalSeconds":2,"MaxAttempts":6,"BackoffRate":2,"MaxDelaySeconds":10}],
		"Catch":[{"ErrorEquals":["States.ALL"],"ResultPath":"$.failure","Next":"WaitExpiry"}],
		"Next":"WaitExpiry"},
	"WaitExpiry":{"Type":"Wait","TimestampPath":"$.deadlines[1].dueAt","Next":"Expiry"},
	"Expiry":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke",
		"Parameters":{"FunctionName":"timers","Payload.$":"$"},"OutputPath":"$.Payload","Next":"Done"},
	"Done":{"Type":"Succeed"}}}`

const alarmInput = `{"record":"inv_1", "deadlines":[{"dueAt":"2026-03-02T09:00:00Z"},{"dueAt":"2026-03-31T09:00:00Z"}]}`

func TestTimeTravel(t *testing.T) {
	t.Run("a deadline fires at its instant and not a millisecond before", func(t *testing.T) {
		c := newCloud(t, alarm)
		arn := c.start("inv_1-1", alarmInput)
		c.advance(24*time.Hour - time.Millisecond)
		c.wantCalls(0)
		c.advance(time.Millisecond)
		c.wantCalls(1)
		if got, want := c.lambda.seen()[0], `timers {"execution":"inv_1-1","kind":"reminder","record":"inv_1"}`; got != want {
			t.Errorf("call %s, want %s", got, want)
		}
		happened := c.advance(30 * 24 * time.Hour)
		c.wantCalls(2)
		c.wantStatus(arn, types.ExecutionStatusSucceeded)
		if got := aws.ToString(c.describe(arn).Output); got != `{"done":true}` {
			t.Errorf("output %s", got)
		}
		if len(happened) != 2 || !happened[0].At.Equal(start.AddDate(0, 0, 30)) || happened[0].What != "alarm/inv_1-1: Expiry done" {
			t.Errorf("happened %+v", happened)
		}
		if got, want := c.service.Usage(), (stepfunctions.Usage{Executions: 1, Transitions: 6}); got != want {
			t.Errorf("usage %+v, want %+v: the start and five states", got, want)
		}
	})
	t.Run("executions due at one instant all run before time goes on, told in due order", func(t *testing.T) {
		c := newCloud(t, `{"StartAt":"W","States":{"W":{"Type":"Wait","TimestampPath":"$.at","Next":"T"},
			"T":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Parameters":{"FunctionName":"timers","Payload.$":"$"},"End":true}}}`)
		for i := range 60 {
			at := start.Add(time.Duration(60-i/2) * time.Minute).Format(time.RFC3339)
			c.start(fmt.Sprintf("x%d", i), `{"at":"`+at+`"}`)
		}
		happened := c.advance(2 * time.Hour)
		c.wantCalls(60)
		for i := 1; i < len(happened); i++ {
			if happened[i].At.Before(happened[i-1].At) {
				t.Fatalf("%v is told after %v", happened[i], happened[i-1])
			}
		}
	})
	t.Run("a wait for the past goes on at once, without time passing", func(t *testing.T) {
		c := newCloud(t, alarm)
		c.start("late", `{"record":"inv_1","deadlines":[{"dueAt":"2020-01-01T00:00:00Z"},{"dueAt":"2027-01-01T00:00:00Z"}]}`)
		if err := c.clk.Quiesce(t.Context()); err != nil {
			t.Fatal(err)
		}
		c.wantCalls(1)
	})
	t.Run("the machine's own timeout ends it at its instant", func(t *testing.T) {
		c := newCloud(t, `{"StartAt":"W","TimeoutSeconds":60,"States":{"W":{"Type":"Wait","Seconds":3600,"End":true}}}`)
		arn := c.start("slow", `{}`)
		c.advance(time.Minute - time.Millisecond)
		c.wantStatus(arn, types.ExecutionStatusRunning)
		c.advance(time.Millisecond)
		c.wantStatus(arn, types.ExecutionStatusTimedOut)
	})
}

func TestRestart(t *testing.T) {
	t.Run("an execution resumes in the middle of its wait with the definition it started with", func(t *testing.T) {
		c := newCloud(t, alarm)
		arn := c.start("inv_1-1", alarmInput)
		c.advance(48 * time.Hour)
		c.reopen(`{"StartAt":"Other","States":{"Other":{"Type":"Succeed"}}}`)
		c.advance(30 * 24 * time.Hour)
		c.wantStatus(arn, types.ExecutionStatusSucceeded)
		c.wantCalls(2)
	})
	t.Run("a call that was in flight is made again with the same payload", func(t *testing.T) {
		c := newCloud(t, alarm)
		out := make(chan struct{})
		c.lambda.answer = func(ctx context.Context, n int, _ string) (string, string, error) {
			if n == 1 {
				close(out)
				<-ctx.Done()
				return "", "", ctx.Err()
			}
			return `{}`, "", nil
		}
		arn := c.start("late", `{"record":"inv_1","deadlines":[{"dueAt":"2020-01-01T00:00:00Z"},{"dueAt":"2020-01-01T00:00:00Z"}]}`)
		<-out
		c.reopen(alarm)
		c.advance(0)
		c.wantStatus(arn, types.ExecutionStatusSucceeded)
		if calls := c.lambda.seen(); len(calls) != 3 || calls[0] != calls[1] {
			t.Fatalf("calls %v", calls)
		}
	})
}

func TestStop(t *testing.T) {
	t.Run("a stopped execution never fires", func(t *testing.T) {
		c := newCloud(t, alarm)
		arn := c.start("inv_1-1", alarmInput)
		stop := &sfn.StopExecutionInput{ExecutionArn: aws.String(arn), Error: aws.String("Rescheduled"), Cause: aws.String("new entry")}
		first, err := c.client.StopExecution(t.Context(), stop)
		if err != nil {
			t.Fatal(err)
		}
		c.advance(60 * 24 * time.Hour)
		c.wantCalls(0)
		c.wantStatus(arn, types.ExecutionStatusAborted)
		again, err := c.client.StopExecution(t.Context(), stop)
		if err != nil || !again.StopDate.Equal(*first.StopDate) {
			t.Errorf("stopping again: %v, %v", again, err)
		}
	})
	t.Run("a stop during a call wins over the call's outcome", func(t *testing.T) {
		c := newCloud(t, alarm)
		var arn string
		c.lambda.answer = func(ctx context.Context, _ int, _ string) (string, string, error) {
			_, err := c.client.StopExecution(ctx, &sfn.StopExecutionInput{ExecutionArn: aws.String(arn)})
			return `{}`, "", err
		}
		arn = c.start("inv_1-1", alarmInput)
		c.advance(60 * 24 * time.Hour)
		c.wantCalls(1)
		c.wantStatus(arn, types.ExecutionStatusAborted)
	})
}
