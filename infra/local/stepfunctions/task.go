package stepfunctions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Invoker calls a Lambda function by name or ARN. functionError is set when the function ran and failed, err when it could
// not be run; an err with an ErrorCode, such as TooManyRequestsException, reaches Retry as Lambda.<code>.
type Invoker interface {
	Invoke(ctx context.Context, function string, payload []byte) (result []byte, functionError string, err error)
}

// schedule makes the Lambda call the execution's next step.
func (t *turn) schedule() {
	t.Phase, t.Wake = calling, t.now
	function, payload, err := t.request()
	if err != nil {
		t.settle(nil, err)
		return
	}
	t.tell("TaskScheduled", details{"resourceType": "lambda", "resource": "invoke", "region": regionOf(t.ARN), "parameters": parameters(function, payload)})
	t.tell("TaskStarted", details{"resourceType": "lambda", "resource": "invoke"})
}

// request is a pure function of the snapshot, so a call can be made again after a crash.
func (t *turn) request() (function string, payload []byte, err error) {
	data, err := decode(t.Data)
	if err != nil {
		return "", nil, err
	}
	filled, err := fill(t.state().Parameters.tree, data, t.context())
	if err != nil {
		return "", nil, err
	}
	given := filled.(map[string]any)
	content, ok := given["Payload"]
	if !ok {
		content = map[string]any{}
	}
	payload, err = encode(content)
	return given["FunctionName"].(string), payload, err
}

func parameters(function string, payload []byte) string {
	text, err := encode(map[string]any{"FunctionName": function, "Payload": json.RawMessage(payload)})
	if err != nil {
		panic(err) // both were encoded just before
	}
	return string(text)
}

// call makes the Lambda call. interrupted means that ctx ended first and nothing is known: the call is to be made again.
func call(ctx context.Context, invoker Invoker, t *turn) (result []byte, interrupted bool, err error) {
	function, payload, err := t.request()
	if err != nil {
		return nil, false, err
	}
	limited, cancel := ctx, func() {}
	if seconds := t.state().TimeoutSeconds; seconds != nil {
		limited, cancel = context.WithTimeout(ctx, time.Duration(*seconds)*time.Second)
	}
	defer cancel()
	result, functionError, err := invoker.Invoke(limited, function, payload)
	switch {
	case ctx.Err() != nil:
		return nil, true, nil
	case limited.Err() != nil:
		return nil, false, failure{Name: "States.Timeout"}
	case err != nil:
		return nil, false, infrastructureFailure(err)
	case functionError != "":
		return nil, false, functionFailure(result)
	case !json.Valid(result):
		return nil, false, failure{"States.Runtime", fmt.Sprintf("function %s answered with something that is not JSON", function)}
	}
	return result, false, nil
}

func infrastructureFailure(err error) failure {
	code := "ServiceException"
	var coded interface{ ErrorCode() string }
	if errors.As(err, &coded) {
		code = coded.ErrorCode()
	}
	return failure{"Lambda." + code, err.Error()}
}

func functionFailure(payload []byte) failure {
	var answer struct {
		ErrorType string `json:"errorType"`
	}
	if err := json.Unmarshal(payload, &answer); err != nil || answer.ErrorType == "" {
		return failure{"Lambda.Unknown", string(payload)}
	}
	return failure{answer.ErrorType, string(payload)}
}

// settle takes the call's outcome: on to the next state, into a retry, into a catcher, or the end.
func (t *turn) settle(result []byte, err error) {
	if err == nil {
		err = t.complete(result)
	}
	if err == nil {
		return
	}
	f := asFailure(err)
	what := "TaskFailed"
	if f.Name == "States.Timeout" {
		what = "TaskTimedOut"
	}
	t.tell(what, f.details("resourceType", "lambda", "resource", "invoke"))
	if t.retry(f) || t.catch(f) {
		return
	}
	t.fail(f)
}

func (t *turn) complete(result []byte) error {
	s := t.state()
	payload, err := decode(result)
	if err != nil {
		return err
	}
	var answer any = map[string]any{"ExecutedVersion": "$LATEST", "Payload": payload, "StatusCode": 200}
	t.tellOutput(answer)
	if !s.ResultSelector.absent() {
		if answer, err = fill(s.ResultSelector.tree, answer, t.context()); err != nil {
			return err
		}
	}
	output, err := t.place(s.ResultPath, answer)
	if err != nil {
		return err
	}
	if output, err = s.OutputPath.cut(output); err != nil {
		return err
	}
	t.leave(output, s.Next)
	return nil
}

// cut reduces a state's output to what OutputPath names.
func (p path) cut(output []byte) ([]byte, error) {
	if len(p.steps) == 0 {
		return output, nil
	}
	data, err := decode(output)
	if err != nil {
		return nil, err
	}
	found, ok := p.lookup(data, nil)
	if !ok {
		return nil, failure{"States.Runtime", fmt.Sprintf("the OutputPath %q was not found in the output", p.text)}
	}
	return encode(found)
}

// retry uses the first retrier that matches; each counts its own attempts.
func (t *turn) retry(f failure) bool {
	for i, r := range t.state().Retry {
		if !f.matches(r.ErrorEquals) {
			continue
		}
		if t.Retries[i] >= value(r.MaxAttempts, 3) {
			return false
		}
		t.Retries[i]++
		t.Phase, t.Wake = retrying, t.now.Add(r.delay(t.Retries[i], t.ARN+t.State))
		return true
	}
	return false
}

func (t *turn) catch(f failure) bool {
	for _, c := range t.state().Catch {
		if !f.matches(c.ErrorEquals) {
			continue
		}
		output, err := t.place(c.ResultPath, map[string]any{"Error": f.Name, "Cause": f.Cause})
		if err != nil {
			t.fail(asFailure(err))
			return true
		}
		t.leave(output, c.Next)
		return true
	}
	return false
}
