package stepfunctions_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/smithy-go"

	"github.com/callsheet/callsheet/infra/local/stepfunctions"
)

// machine is a Task with the rules under test, and a state for what Catch may send there.
func machine(rules string) string {
	return `{"StartAt":"Way","States":{
		"Way":{"Type":"Choice","Choices":[{"Variable":"$.never","IsPresent":true,"Next":"Missed"}],"Default":"Fire"},
		"Fire":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke",
			"Parameters":{"FunctionName":"timers","Payload.$":"$"}` + rules + `,"Next":"Done"},
		"Missed":{"Type":"Pass","Result":{"missed":true},"ResultPath":"$.note","End":true},
		"Done":{"Type":"Succeed"}}}`
}

func TestRetry(t *testing.T) {
	t.Run("waits in virtual time, doubling up to the greatest delay, and counts each retry as a transition", func(t *testing.T) {
		c := newCloud(t, machine(`,"Retry":[{"ErrorEquals":["Busy"],"IntervalSeconds":2,"MaxAttempts":4,"MaxDelaySeconds":10}]`))
		var at []time.Duration
		c.lambda.answer = func(_ context.Context, n int, _ string) (string, string, error) {
			at = append(at, c.clk.Now().Sub(start))
			if n < 5 {
				return `{"errorType":"Busy","errorMessage":"later"}`, "Unhandled", nil
			}
			return `{}`, "", nil
		}
		arn := c.start("r", `{}`)
		c.advance(time.Hour)
		c.wantStatus(arn, types.ExecutionStatusSucceeded)
		want := []time.Duration{0, 2 * time.Second, 6 * time.Second, 14 * time.Second, 24 * time.Second}
		for i := range want {
			if len(at) != len(want) || at[i] != want[i] {
				t.Fatalf("calls at %v, want %v", at, want)
			}
		}
		if got, want := c.service.Usage(), (stepfunctions.Usage{Executions: 1, Transitions: 8}); got != want {
			t.Errorf("usage %+v, want %+v: the start, three states, four retries", got, want)
		}
	})
	t.Run("fails with the function's error once its attempts are used up", func(t *testing.T) {
		c := newCloud(t, machine(`,"Retry":[{"ErrorEquals":["States.ALL"],"MaxAttempts":1}]`))
		c.lambda.answer = func(context.Context, int, string) (string, string, error) {
			return `{"errorType":"Broken","errorMessage":"no"}`, "Unhandled", nil
		}
		arn := c.start("r", `{}`)
		c.advance(time.Hour)
		c.wantCalls(2)
		got := c.describe(arn)
		if got.Status != types.ExecutionStatusFailed || aws.ToString(got.Error) != "Broken" || aws.ToString(got.Cause) != `{"errorType":"Broken","errorMessage":"no"}` {
			t.Fatalf("got %s %s %s", got.Status, aws.ToString(got.Error), aws.ToString(got.Cause))
		}
	})
	t.Run("survives a restart between two attempts", func(t *testing.T) {
		definition := machine(`,"Retry":[{"ErrorEquals":["States.ALL"],"IntervalSeconds":60,"MaxAttempts":2}]`)
		c := newCloud(t, definition)
		c.lambda.answer = func(context.Context, int, string) (string, string, error) { return `{}`, "Unhandled", nil }
		arn := c.start("r", `{}`)
		c.advance(time.Minute)
		c.wantCalls(2)
		c.reopen(definition)
		c.advance(time.Hour)
		c.wantCalls(3)
		c.wantStatus(arn, types.ExecutionStatusFailed)
	})
	t.Run("full jitter stays within the delay", func(t *testing.T) {
		c := newCloud(t, machine(`,"Retry":[{"ErrorEquals":["States.ALL"],"IntervalSeconds":60,"MaxAttempts":1,"JitterStrategy":"FULL"}]`))
		c.lambda.answer = func(context.Context, int, string) (string, string, error) { return `{}`, "Unhandled", nil }
		c.start("r", `{}`)
		c.advance(time.Minute)
		c.wantCalls(2)
	})
}

func TestErrorNames(t *testing.T) {
	tests := []struct {
		name                  string
		result, functionError string
		err                   error
		equals                string
		caught                bool
	}{
		{"a function's errorType is its name", `{"errorType":"Gone"}`, "Unhandled", nil, `"Gone"`, true},
		{"another errorType is not caught", `{"errorType":"Gone"}`, "Unhandled", nil, `"Lost"`, false},
		{"States.TaskFailed catches any function error", `{"errorType":"Gone"}`, "Unhandled", nil, `"States.TaskFailed"`, true},
		{"States.ALL catches any function error", `{"errorType":"Gone"}`, "Unhandled", nil, `"States.ALL"`, true},
		{"a function error without errorType is Lambda.Unknown", `oops`, "Unhandled", nil, `"Lambda.Unknown"`, true},
		{"a function that cannot be run is Lambda.ServiceException", ``, "", errors.New("no process"), `"Lambda.ServiceException"`, true},
		{"an infrastructure error with a code carries it", ``, "", &smithy.GenericAPIError{Code: "TooManyRequestsException"}, `"Lambda.TooManyRequestsException"`, true},
		{"States.TaskFailed catches infrastructure errors", ``, "", errors.New("no process"), `"States.TaskFailed"`, true},
		{"States.Runtime is never caught", `not json`, "", nil, `"States.ALL"`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newCloud(t, machine(`,"Catch":[{"ErrorEquals":[`+tt.equals+`],"ResultPath":"$.failure","Next":"Missed"}]`))
			c.lambda.answer = func(context.Context, int, string) (string, string, error) {
				return tt.result, tt.functionError, tt.err
			}
			arn := c.start("c", `{"id":1}`)
			c.advance(0)
			want := types.ExecutionStatusFailed
			if tt.caught {
				want = types.ExecutionStatusSucceeded
			}
			c.wantStatus(arn, want)
		})
	}
}

func TestCatch(t *testing.T) {
	t.Run("puts error and cause at its ResultPath beside the state's input", func(t *testing.T) {
		c := newCloud(t, machine(`,"Catch":[{"ErrorEquals":["States.ALL"],"ResultPath":"$.failure","Next":"Missed"}]`))
		c.lambda.answer = func(context.Context, int, string) (string, string, error) {
			return `{"errorType":"Gone"}`, "Unhandled", nil
		}
		arn := c.start("c", `{"amount":12.50}`)
		c.advance(0)
		want := `{"amount":12.50,"failure":{"Cause":"{\"errorType\":\"Gone\"}","Error":"Gone"},"note":{"missed":true}}`
		if got := aws.ToString(c.describe(arn).Output); got != want {
			t.Errorf("output %s, want %s", got, want)
		}
	})
}
