package stepfunctions_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

const waitHour = `{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":3600,"End":true}}}`

func TestExecutionNames(t *testing.T) {
	t.Run("the same name and input while running is the same execution", func(t *testing.T) {
		c := newCloud(t, waitHour)
		first, err := c.tryStart("inv_1-1", `{"a": 1}`)
		if err != nil {
			t.Fatal(err)
		}
		c.advance(time.Minute)
		again, err := c.tryStart("inv_1-1", `{"a": 1}`)
		if err != nil || *again.ExecutionArn != *first.ExecutionArn || !again.StartDate.Equal(*first.StartDate) {
			t.Fatalf("got %v, %v; want %v", again, err, first)
		}
		if got := c.service.Usage().Executions; got != 1 {
			t.Errorf("%d executions", got)
		}
	})
	t.Run("another input while running already exists", func(t *testing.T) {
		c := newCloud(t, waitHour)
		c.start("inv_1-1", `{"a":1}`)
		_, err := c.tryStart("inv_1-1", `{"a":2}`)
		var exists *types.ExecutionAlreadyExists
		if !errors.As(err, &exists) {
			t.Fatalf("got %v", err)
		}
	})
	for _, tt := range []struct {
		name string
		wait time.Duration
		free bool
	}{
		{"a closed execution's name is taken 90 days less a millisecond after its end", 90*24*time.Hour - time.Millisecond, false},
		{"a name is free exactly 90 days after the end", 90 * 24 * time.Hour, true},
		{"a name is free 90 days and a millisecond after the end", 90*24*time.Hour + time.Millisecond, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newCloud(t, waitHour)
			arn := c.start("inv_1-1", `{}`)
			c.advance(time.Hour)
			c.wantStatus(arn, types.ExecutionStatusSucceeded)
			c.advance(tt.wait)
			_, described := c.client.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: aws.String(arn)})
			_, started := c.tryStart("inv_1-1", `{}`)
			if !tt.free {
				wantCode(t, started, "ExecutionAlreadyExists")
				if described != nil {
					t.Errorf("describe: %v", described)
				}
				return
			}
			wantCode(t, described, "ExecutionDoesNotExist")
			if started != nil {
				t.Fatal(started)
			}
			c.wantStatus(arn, types.ExecutionStatusRunning)
		})
	}
	for name, code := range map[string]string{
		strings.Repeat("n", 80): "", "réminder_1.a-b!()'@=+": "",
		strings.Repeat("n", 81): "ValidationException",
		"a b":                   "InvalidName", "a/b": "InvalidName", "a:b": "InvalidName", "a*": "InvalidName", "a\u0007": "InvalidName", "a{b}": "InvalidName",
	} {
		t.Run("name "+name, func(t *testing.T) {
			c := newCloud(t, waitHour)
			_, err := c.tryStart(name, `{}`)
			if code != "" {
				wantCode(t, err, code)
			} else if err != nil {
				t.Fatal(err)
			}
		})
	}
	t.Run("without a name each start is a new execution", func(t *testing.T) {
		c := newCloud(t, waitHour)
		for range 2 {
			if _, err := c.client.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: aws.String(machineARN)}); err != nil {
				t.Fatal(err)
			}
		}
		if got := c.service.Usage().Executions; got != 2 {
			t.Errorf("%d executions", got)
		}
	})
}

func TestRefusals(t *testing.T) {
	c := newCloud(t, waitHour)
	start := func(arn, input string) error {
		_, err := c.client.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: aws.String(arn), Input: aws.String(input)})
		return err
	}
	t.Run("an unknown machine", func(t *testing.T) { wantCode(t, start(machineARN+"s", `{}`), "StateMachineDoesNotExist") })
	t.Run("an ARN of another kind", func(t *testing.T) { wantCode(t, start("arn:aws:sns:eu-west-1:1:topic", `{}`), "InvalidArn") })
	t.Run("input that is not JSON", func(t *testing.T) { wantCode(t, start(machineARN, `{"a":`), "InvalidExecutionInput") })
	t.Run("input of two values", func(t *testing.T) { wantCode(t, start(machineARN, `{} {}`), "InvalidExecutionInput") })
	t.Run("input of exactly 256 KB is taken", func(t *testing.T) {
		if err := start(machineARN, `"`+strings.Repeat("x", 256<<10-2)+`"`); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("input of one byte more", func(t *testing.T) {
		wantCode(t, start(machineARN, `"`+strings.Repeat("x", 256<<10-1)+`"`), "ValidationException")
	})
	t.Run("a parameter that is not supported, by its name", func(t *testing.T) {
		_, err := c.client.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: aws.String(machineARN), TraceHeader: aws.String("Root=1")})
		wantCode(t, err, "ValidationException")
		if !strings.Contains(err.Error(), "traceHeader") {
			t.Errorf("%v does not name it", err)
		}
	})
	t.Run("an operation that is not supported, by its name", func(t *testing.T) {
		_, err := c.client.ListActivities(t.Context(), &sfn.ListActivitiesInput{})
		wantCode(t, err, "UnknownOperationException")
		if !strings.Contains(err.Error(), "ListActivities") {
			t.Errorf("%v does not name it", err)
		}
	})
	t.Run("an unknown execution", func(t *testing.T) {
		_, err := c.client.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: aws.String("arn:aws:states:eu-west-1:123456789012:execution:alarm:none")})
		wantCode(t, err, "ExecutionDoesNotExist")
	})
	t.Run("a next token that nobody gave", func(t *testing.T) {
		_, err := c.client.ListExecutions(t.Context(), &sfn.ListExecutionsInput{StateMachineArn: aws.String(machineARN), NextToken: aws.String("bogus")})
		wantCode(t, err, "InvalidToken")
	})
	t.Run("a GET", func(t *testing.T) {
		w := httptest.NewRecorder()
		c.service.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		if w.Code != http.StatusBadRequest {
			t.Errorf("status %d", w.Code)
		}
	})
}

func TestLists(t *testing.T) {
	c := newCloud(t, waitHour)
	for _, name := range []string{"one", "two", "three"} {
		c.start(name, `{}`)
		c.advance(time.Minute)
	}
	c.advance(58 * time.Minute)
	t.Run("executions come latest first, page by page", func(t *testing.T) {
		var names []string
		pages := sfn.NewListExecutionsPaginator(c.client, &sfn.ListExecutionsInput{StateMachineArn: aws.String(machineARN), MaxResults: 2})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range page.Executions {
				names = append(names, *x.Name+" "+string(x.Status))
			}
		}
		if got := strings.Join(names, ", "); got != "three RUNNING, two SUCCEEDED, one SUCCEEDED" {
			t.Error(got)
		}
	})
	t.Run("executions are filtered by status", func(t *testing.T) {
		out, err := c.client.ListExecutions(t.Context(), &sfn.ListExecutionsInput{StateMachineArn: aws.String(machineARN), StatusFilter: types.ExecutionStatusRunning})
		if err != nil || len(out.Executions) != 1 || *out.Executions[0].Name != "three" {
			t.Errorf("%v, %v", out, err)
		}
	})
	t.Run("machines are listed and described", func(t *testing.T) {
		list, err := c.client.ListStateMachines(t.Context(), &sfn.ListStateMachinesInput{})
		if err != nil || len(list.StateMachines) != 1 || *list.StateMachines[0].Name != "alarm" {
			t.Fatalf("%v, %v", list, err)
		}
		one, err := c.client.DescribeStateMachine(t.Context(), &sfn.DescribeStateMachineInput{StateMachineArn: list.StateMachines[0].StateMachineArn})
		if err != nil || *one.Definition != waitHour || one.Type != types.StateMachineTypeStandard {
			t.Errorf("%v, %v", one, err)
		}
	})
}

func TestHistory(t *testing.T) {
	c := newCloud(t, machine(`,"Retry":[{"ErrorEquals":["States.ALL"],"MaxAttempts":1}]`))
	c.lambda.answer = func(_ context.Context, n int, _ string) (string, string, error) {
		if n == 1 {
			return `{"errorType":"Busy"}`, "Unhandled", nil
		}
		return `{"ok":true}`, "", nil
	}
	arn := c.start("h", `{}`)
	c.advance(time.Minute)
	want := []types.HistoryEventType{
		"ExecutionStarted", "ChoiceStateEntered", "ChoiceStateExited", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskFailed",
		"TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited", "SucceedStateEntered", "SucceedStateExited", "ExecutionSucceeded",
	}
	t.Run("tells every step in order, each with its own details", func(t *testing.T) {
		out, err := c.client.GetExecutionHistory(t.Context(), &sfn.GetExecutionHistoryInput{ExecutionArn: aws.String(arn)})
		if err != nil || len(out.Events) != len(want) {
			t.Fatalf("%d events, %v", len(out.Events), err)
		}
		for i, e := range out.Events {
			if e.Type != want[i] || e.Id != int64(i+1) {
				t.Errorf("event %d is %s, want %s", e.Id, e.Type, want[i])
			}
		}
		if d := out.Events[6].TaskFailedEventDetails; d == nil || *d.Error != "Busy" {
			t.Errorf("failure %+v", d)
		}
		if got := out.Events[7].Timestamp.Sub(*out.Events[6].Timestamp); got != time.Second {
			t.Errorf("retried after %s", got)
		}
		if d := out.Events[10].StateExitedEventDetails; d == nil || *d.Name != "Fire" {
			t.Errorf("exit %+v", d)
		}
	})
	t.Run("comes backwards and in pages when asked", func(t *testing.T) {
		out, err := c.client.GetExecutionHistory(t.Context(), &sfn.GetExecutionHistoryInput{ExecutionArn: aws.String(arn), ReverseOrder: true, MaxResults: 1})
		if err != nil || len(out.Events) != 1 || out.Events[0].Type != "ExecutionSucceeded" || out.NextToken == nil {
			t.Errorf("%v, %v", out, err)
		}
	})
	t.Run("an endless machine fails at the longest history", func(t *testing.T) {
		c := newCloud(t, `{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Choice","Choices":[{"Variable":"$.out","IsPresent":true,"Next":"C"}],"Default":"A"},"C":{"Type":"Succeed"}}}`)
		got := c.describe(c.start("loop", `{}`))
		if got.Status != types.ExecutionStatusFailed || *got.Error != "States.Runtime" {
			t.Errorf("%s %s", got.Status, aws.ToString(got.Error))
		}
	})
}
