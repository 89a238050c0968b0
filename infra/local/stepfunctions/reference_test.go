package stepfunctions_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/google/go-cmp/cmp"
)

// TestDefinitionsOnAnotherStepFunctions runs every state machine of this project on the local cloud and on an independent
// emulator, and wants the same of both: how it ends, with what, and by which states and calls. It needs an endpoint of Step
// Functions and Lambda that takes no time to wait and fails as testdata/failures.json says (the format of AWS's own Step
// Functions Local); `make test-reference` starts one.
func TestDefinitionsOnAnotherStepFunctions(t *testing.T) {
	endpoint := os.Getenv("STEPFUNCTIONS_ENDPOINT")
	if endpoint == "" {
		t.Log("not run: the state machines on an independent Step Functions, because STEPFUNCTIONS_ENDPOINT names none")
		return
	}
	files, err := filepath.Glob("../../statemachines/*.asl.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no state machines", err)
	}
	createTimers(t, endpoint)
	another := sfn.New(sfn.Options{
		Region: "us-east-1", BaseEndpoint: &endpoint, Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
		// A connection for each call: answers over a kept one were at times cut in the middle.
		HTTPClient: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}},
	})
	for _, file := range files {
		definition := substituted(t, file)
		t.Run(filepath.Base(file)+" is valid", func(t *testing.T) {
			out, err := another.ValidateStateMachineDefinition(t.Context(), &sfn.ValidateStateMachineDefinitionInput{Definition: &definition, Severity: types.ValidateStateMachineDefinitionSeverityWarning})
			if err != nil || out.Result != types.ValidateStateMachineDefinitionResultCodeOk {
				t.Errorf("%+v %v", out, err)
			}
		})
		for name, failure := range map[string]string{
			"rings, and the function answers":                         "",
			"rings, and the function is away longer than it is tried": "unavailable",
			"rings, and Lambda turns every try away":                  "throttled",
			"rings, and the function fails beyond mending":            "broken",
		} {
			t.Run(filepath.Base(file)+" "+name, func(t *testing.T) {
				there, here := ranThere(t, another, definition, failure), ranHere(t, definition, failure)
				if diff := cmp.Diff(there, here); diff != "" {
					t.Errorf("there -, here +\n%s", diff)
				}
			})
		}
	}
}

const ringing = `{"dueAt":"2026-03-01T09:00:05Z","entry":3,"kind":"round-expiry","record":"prj_1"}`

// ran is what an execution came to.
type ran struct {
	Status, Output, Error, Cause string
	History                      []string
}

func substituted(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`\$\{\w+\}`).ReplaceAllString(string(text), "arn:aws:lambda:us-east-1:000000000000:function:timers")
}

func ranHere(t *testing.T, definition, failure string) ran {
	t.Helper()
	c := newCloud(t, definition)
	if c.lambda.answer = answers(`{"outcome":"fired","more":1}`, ""); failure != "" {
		c.lambda.answer = answers(causeOf(t, failure), "Unhandled")
	}
	arn := c.start("alarm", ringing)
	c.advance(time.Hour)
	r := outcome(t, c.client, arn)
	r.History = slices.DeleteFunc(r.History, func(event string) bool { return event == "TaskStarted" }) // MiniStack writes none
	return r
}

func answers(result, functionError string) func(context.Context, int, string) (string, string, error) {
	return func(context.Context, int, string) (string, string, error) { return result, functionError, nil }
}

// causeOf is the error document of a failure.
func causeOf(t *testing.T, failure string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/failures.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		MockedResponses map[string]map[string]struct{ Throw struct{ Cause string } }
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	return file.MockedResponses[failure]["0-9"].Throw.Cause
}

// timers is the function in Python, which the emulator runs.
const timers = `
def handler(event, context):
    return {"outcome": "fired", "more": 1}
`

func createTimers(t *testing.T, endpoint string) {
	t.Helper()
	var packed bytes.Buffer
	z := zip.NewWriter(&packed)
	w, err := z.Create("timers.py")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, timers); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(map[string]any{
		"FunctionName": "timers", "Runtime": "python3.13", "Handler": "timers.handler", "Role": "arn:aws:iam::000000000000:role/none", "Code": map[string]any{"ZipFile": packed.Bytes()},
	})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(endpoint+"/2015-03-31/functions", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if said, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != http.StatusCreated {
		t.Fatalf("the emulator does not take the function: %s %s %v", resp.Status, said, err)
	}
}

func ranThere(t *testing.T, client *sfn.Client, definition, failure string) ran {
	t.Helper()
	made, err := client.CreateStateMachine(t.Context(), &sfn.CreateStateMachineInput{Name: aws.String("reference"), Definition: &definition, RoleArn: aws.String("arn:aws:iam::000000000000:role/none")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if _, err := client.DeleteStateMachine(context.WithoutCancel(t.Context()), &sfn.DeleteStateMachineInput{StateMachineArn: made.StateMachineArn}); err != nil {
			t.Error(err)
		}
	}()
	machine := *made.StateMachineArn
	if failure != "" {
		machine += "#" + failure
	}
	started, err := client.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: &machine, Input: aws.String(ringing)})
	if err != nil {
		t.Fatal(err)
	}
	return outcome(t, client, *started.ExecutionArn)
}

// outcome waits for the end of an execution.
func outcome(t *testing.T, client *sfn.Client, arn string) ran {
	t.Helper()
	for {
		got, err := client.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: &arn})
		if err != nil {
			t.Fatal(err)
		}
		if got.Status == types.ExecutionStatusRunning {
			continue
		}
		history, err := client.GetExecutionHistory(t.Context(), &sfn.GetExecutionHistoryInput{ExecutionArn: &arn, MaxResults: 1000})
		if err != nil {
			t.Fatal(err)
		}
		r := ran{Status: string(got.Status), Error: aws.ToString(got.Error), Cause: aws.ToString(got.Cause)}
		if got.Status == types.ExecutionStatusSucceeded { // MiniStack shows an output of failures too
			r.Output = strings.ReplaceAll(aws.ToString(got.Output), `": `, `":`)
		}
		for _, e := range history.Events {
			r.History = append(r.History, string(e.Type))
		}
		return r
	}
}
