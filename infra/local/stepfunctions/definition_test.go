package stepfunctions

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestDefinition(t *testing.T) {
	task := func(fields string) string {
		return `{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Parameters":{"FunctionName":"f"}` + fields + `,"End":true}}}`
	}
	tests := []struct{ name, definition, wants string }{
		{"takes a task", task(``), ""},
		{"takes a comment", task(`,"Comment":"why"`), ""},
		{"refuses a state type by name", `{"StartAt":"M","States":{"M":{"Type":"Map","End":true}}}`, `state type "Map" is not supported`},
		{"refuses a field by name", task(`,"HeartbeatSeconds":5`), `field "HeartbeatSeconds" is not supported here`},
		{"refuses a field of another type of state", `{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":1,"Retry":[],"End":true}}}`, `field "Retry"`},
		{"refuses a field in other letters", task(`,"timeoutSeconds":5`), `field "timeoutSeconds"`},
		{"refuses a field given twice", task(`,"End":true`), `field "End" is given twice`},
		{"refuses a top-level field by name", `{"QueryLanguage":"JSONata","StartAt":"S","States":{"S":{"Type":"Succeed"}}}`, `field "QueryLanguage"`},
		{"refuses another resource", strings.Replace(task(``), "lambda:invoke", "sqs:sendMessage", 1), `sqs:sendMessage`},
		{"refuses another parameter", strings.Replace(task(``), `"f"`, `"f","Qualifier":"live"`, 1), `parameter "Qualifier"`},
		{"refuses an intrinsic function", strings.Replace(task(``), `"f"`, `"f","Payload.$":"States.Format('{}', $.a)"`, 1), `States.Format`},
		{"refuses an unknown context field", strings.Replace(task(``), `"f"`, `"f","Payload":{"t.$":"$$.Task.Token"}`, 1), `$$.Task.Token`},
		{"refuses a filter expression", task(`,"OutputPath":"$..a"`), `$..a`},
		{"refuses an index in ResultPath", task(`,"ResultPath":"$.a[0]"`), `array index`},
		{"refuses a missing StartAt", `{"StartAt":"X","States":{"S":{"Type":"Succeed"}}}`, `state "X" does not exist`},
		{"refuses a missing target", `{"StartAt":"S","States":{"S":{"Type":"Pass","Next":"X"}}}`, `target "X" does not exist`},
		{"refuses a missing catch target", task(`,"Catch":[{"ErrorEquals":["States.ALL"],"Next":"X"}]`), `target "X" does not exist`},
		{"refuses a state that cannot be reached", `{"StartAt":"S","States":{"S":{"Type":"Succeed"},"X":{"Type":"Succeed"}}}`, `/States/X: the state cannot be reached`},
		{"refuses a machine that cannot end", `{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"A"}}}`, `no state ends`},
		{"refuses both Next and End", `{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"A","End":true}}}`, `exactly one of Next and End`},
		{"refuses neither Next nor End", `{"StartAt":"A","States":{"A":{"Type":"Pass"}}}`, `exactly one of Next and End`},
		{"refuses two kinds of wait", `{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":1,"TimestampPath":"$.at","End":true}}}`, `exactly one of Seconds`},
		{"refuses a bad timestamp", `{"StartAt":"W","States":{"W":{"Type":"Wait","Timestamp":"tomorrow","End":true}}}`, `tomorrow`},
		{"refuses States.ALL beside another error", task(`,"Retry":[{"ErrorEquals":["States.ALL","X"]}]`), `stand alone`},
		{"refuses States.ALL before another entry", task(`,"Retry":[{"ErrorEquals":["States.ALL"]},{"ErrorEquals":["X"]}]`), `last entry`},
		{"refuses a shrinking backoff", task(`,"Retry":[{"ErrorEquals":["X"],"BackoffRate":0.5}]`), `BackoffRate`},
		{"refuses a greatest delay below the interval", task(`,"Retry":[{"ErrorEquals":["X"],"IntervalSeconds":5,"MaxDelaySeconds":5}]`), `MaxDelaySeconds`},
		{"refuses a timeout of zero", task(`,"TimeoutSeconds":0`), `TimeoutSeconds`},
		{"refuses a choice of two tests", `{"StartAt":"C","States":{"C":{"Type":"Choice","Choices":[{"Variable":"$.a","IsPresent":true,"StringEquals":"x","Next":"S"}]},"S":{"Type":"Succeed"}}}`, `exactly one of`},
		{"refuses an operator by name", `{"StartAt":"C","States":{"C":{"Type":"Choice","Choices":[{"Variable":"$.a","NumericEquals":1,"Next":"S"}]},"S":{"Type":"Succeed"}}}`, `field "NumericEquals"`},
		{"refuses a name of 81 characters", `{"StartAt":"S","States":{"` + strings.Repeat("S", 81) + `":{"Type":"Succeed"}}}`, `1 to 80`},
		{"refuses trailing data", `{"StartAt":"S","States":{"S":{"Type":"Succeed"}}} {}`, `invalid character`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parseDefinition([]byte(tt.definition))
			if tt.wants == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.wants) || !strings.Contains(err.Error(), "InvalidDefinition") {
				t.Fatalf("got %v, want %s", err, tt.wants)
			}
		})
	}
}

// TestStates runs machines that need no Lambda and no time.
func TestStates(t *testing.T) {
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	tests := []struct{ name, states, input, status, output string }{
		{"Pass hands its input on", `{"A":{"Type":"Pass","End":true}}`, `{"n":1.50}`, succeeded, `{"n":1.50}`},
		{"Pass puts its Result into the input", `{"A":{"Type":"Pass","Result":[1],"ResultPath":"$.x.y","End":true}}`, `{"n":1}`, succeeded, `{"n":1,"x":{"y":[1]}}`},
		{"Pass fills its Parameters", `{"A":{"Type":"Pass","Parameters":{"id.$":"$.list[1].id","by.$":"$$.Execution.Name","at.$":"$$.Execution.StartTime","in":["$$.State.Name",{"s.$":"$$.State.Name"}]},"End":true}}`,
			`{"list":[{},{"id":"x"}]}`, succeeded, `{"at":"2026-03-01T09:00:00.000Z","by":"name","id":"x","in":["$$.State.Name",{"s":"A"}]}`},
		{"Pass may put the whole input below itself", `{"A":{"Type":"Pass","Parameters":{"was.$":"$"},"ResultPath":"$.b","End":true}}`, `{"n":1}`, succeeded, `{"b":{"was":{"n":1}},"n":1}`},
		{"a null ResultPath drops the result", `{"A":{"Type":"Pass","Result":1,"ResultPath":null,"End":true}}`, `{"n":1}`, succeeded, `{"n":1}`},
		{"a parameter that is not there fails by name", `{"A":{"Type":"Pass","Parameters":{"id.$":"$.none"},"End":true}}`, `{}`, failed, "States.ParameterPathFailure"},
		{"a ResultPath through a string fails by name", `{"A":{"Type":"Pass","Result":1,"ResultPath":"$.n.m","End":true}}`, `{"n":"s"}`, failed, "States.ResultPathMatchFailure"},
		{"Fail names its error", `{"A":{"Type":"Fail","Error":"Lost","Cause":"c"}}`, `{}`, failed, "Lost"},
		{"Choice compares strings", choices(`"Variable":"$.k","StringEquals":"yes"`), `{"k":"yes"}`, succeeded, `{"k":"yes"}`},
		{"Choice compares booleans", choices(`"Variable":"$.k","BooleanEquals":true`), `{"k":true}`, succeeded, `{"k":true}`},
		{"Choice sees what is absent", choices(`"Variable":"$.k","IsPresent":false`), `{}`, succeeded, `{}`},
		{"Choice without a match fails by name", choices(`"Variable":"$.k","StringEquals":"yes"`), `{"k":"no"}`, failed, "States.NoChoiceMatched"},
		{"Choice fails on a variable that is not there", choices(`"Variable":"$.k","StringEquals":"yes"`), `{}`, failed, "States.Runtime"},
		{"Wait fails on a path without a timestamp", `{"A":{"Type":"Wait","TimestampPath":"$.at","End":true}}`, `{"at":5}`, failed, "States.Runtime"},
		{"Wait goes on at its very instant", `{"A":{"Type":"Wait","Timestamp":"2026-03-01T10:00:00+01:00","End":true}}`, `{}`, succeeded, `{}`},
		{"Wait does not go on early", `{"A":{"Type":"Wait","Timestamp":"2026-03-01T09:00:00.0001Z","End":true}}`, `{}`, running, ``},
		{"too much output fails by name", `{"A":{"Type":"Pass","Parameters":{"a.$":"$","b.$":"$"},"End":true}}`, `"` + strings.Repeat("x", 200<<10) + `"`, failed, "States.DataLimitExceeded"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			turn := turnOf(t, `{"StartAt":"A","States":`+tt.states+`}`, tt.input, now)
			turn.proceed()
			got := string(turn.Output)
			if turn.Status == failed {
				got = turn.Failure.Name
			}
			if turn.Status != tt.status || got != tt.output {
				t.Errorf("%s %s (%s), want %s %s", turn.Status, got, turn.Failure.Cause, tt.status, tt.output)
			}
		})
	}
}

func choices(rule string) string {
	return `{"A":{"Type":"Choice","Choices":[{` + rule + `,"Next":"S"}]},"S":{"Type":"Succeed"}}`
}

func turnOf(t *testing.T, raw, input string, now time.Time) *turn {
	t.Helper()
	d, err := parseDefinition([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	arn := "arn:aws:states:eu-west-1:123456789012:execution:m:name"
	return begin(&execution{ARN: arn, Name: "name", Input: input}, d, now)
}

type invoke func(ctx context.Context) ([]byte, string, error)

func (f invoke) Invoke(ctx context.Context, _ string, _ []byte) ([]byte, string, error) {
	return f(ctx)
}

func TestTaskTimeout(t *testing.T) {
	for _, tt := range []struct {
		name, equals, status string
	}{
		{"a task over its TimeoutSeconds is States.Timeout", "States.Timeout", succeeded},
		{"States.TaskFailed does not catch a timeout", "States.TaskFailed", failed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				turn := turnOf(t, `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Parameters":{"FunctionName":"f"},
					"TimeoutSeconds":5,"Catch":[{"ErrorEquals":["`+tt.equals+`"],"Next":"S"}],"End":true},"S":{"Type":"Succeed"}}}`, `{}`, time.Now())
				turn.proceed()
				result, interrupted, err := call(t.Context(), invoke(func(ctx context.Context) ([]byte, string, error) {
					<-ctx.Done()
					return nil, "", ctx.Err()
				}), turn)
				if interrupted {
					t.Fatal("a timeout is an outcome, not an interruption")
				}
				turn.settle(result, err)
				turn.proceed()
				if turn.Status != tt.status {
					t.Errorf("%s %v, want %s", turn.Status, turn.Failure, tt.status)
				}
			})
		})
	}
}

// FuzzDefinition: whatever the text, parsing does not panic, and an accepted machine runs to a wait, a call or an end.
func FuzzDefinition(f *testing.F) {
	f.Add(`{"StartAt":"A","States":{"A":{"Type":"Pass","Parameters":{"a.$":"$.b[0]"},"ResultPath":"$.c","Next":"B"},"B":{"Type":"Wait","TimestampPath":"$.at","End":true}}}`, `{"b":[1]}`)
	f.Add(`{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Parameters":{"FunctionName":"f","Payload.$":"$$.Execution.Input"},"Retry":[{"ErrorEquals":["States.ALL"]}],"End":true}}}`, `{}`)
	f.Add(`{"StartAt":"A","States":`+choices(`"Variable":"$.k","IsPresent":false`)+`}`, `null`)
	f.Fuzz(func(t *testing.T, raw, input string) {
		d, err := parseDefinition([]byte(raw))
		if err != nil || !json.Valid([]byte(input)) || len(input) > largestData {
			return
		}
		turn := begin(&execution{ARN: "arn:aws:states:r:a:execution:m:n", Input: input}, d, time.UnixMilli(0))
		turn.proceed()
		if turn.Status == running && turn.Phase != calling && !turn.Wake.After(turn.now) {
			t.Errorf("stands still in phase %s", turn.Phase)
		}
	})
}
