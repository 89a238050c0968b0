// Command function is the Lambda function of the tests: it does what its event says.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sort"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type event struct {
	Do   string          `json:"do"`
	URL  string          `json:"url"`
	Text string          `json:"text"`
	Code int             `json:"code"`
	JSON json.RawMessage `json:"json"`
}

func main() {
	switch os.Getenv("INIT") {
	case "exit":
		os.Exit(4)
	case "report":
		reportInit()
	}
	lambda.Start(handle)
}

// reportInit posts an init error and waits to be killed.
func reportInit() {
	url := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/init/error"
	body := bytes.NewBufferString(`{"errorType":"ConfigError","errorMessage":"TABLE is missing"}`)
	answer, err := http.Post(url, "application/json", body)
	if err != nil || answer.StatusCode != http.StatusAccepted {
		os.Exit(5)
	}
	hang()
}

func hang() { select {} }

func handle(ctx context.Context, raw json.RawMessage) (any, error) {
	var e event
	if err := json.Unmarshal(raw, &e); err != nil {
		return nil, err
	}
	switch e.Do {
	case "json":
		return e.JSON, nil
	case "call":
		return call(e.URL)
	case "hang":
		hang()
	case "panic":
		panic(e.Text)
	case "exit":
		os.Exit(e.Code)
	case "error":
		return nil, errors.New(e.Text)
	case "print":
		fmt.Println(e.Text)
		fmt.Fprint(os.Stderr, "unfinished")
		return "printed", nil
	case "raw": // bytes as they are, JSON or not
		return bytes.NewBufferString(e.Text), nil
	case "large":
		return bytes.NewReader(bytes.Repeat([]byte("1"), e.Code)), nil
	case "broken": // the response breaks off with an error
		return io.MultiReader(bytes.NewBufferString(`{"half":`), failing{}), nil
	case "describe":
		return describe(ctx)
	}
	return raw, nil
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("disk on fire") }

// call asks url before it answers, so that a test decides when the function goes on.
func call(url string) (any, error) {
	answer, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	return map[string]any{"pid": os.Getpid(), "body": string(body)}, err
}

func describe(ctx context.Context) (any, error) {
	lc, _ := lambdacontext.FromContext(ctx)
	deadline, _ := ctx.Deadline()
	env := os.Environ()
	sort.Strings(env)
	dir, err := os.Getwd()
	return map[string]any{
		"pid": os.Getpid(), "env": env, "dir": dir, "requestId": lc.AwsRequestID, "arn": lc.InvokedFunctionArn,
		"deadlineMs": deadline.UnixMilli(), "trace": ctx.Value("x-amzn-trace-id"),
	}, err
}
