package stepfunctions

import (
	"encoding/json"
	"fmt"
	"time"
)

const (
	largestData    = 256 << 10
	longestHistory = 25_000
)

// A turn carries an execution from one instant's start to its next wait, call or end. It decides and writes down; it neither
// calls a Lambda nor commits.
type turn struct {
	*execution
	definition  *definition
	now         time.Time
	history     []event
	transitions int
}

func begin(x *execution, d *definition, now time.Time) *turn {
	t := &turn{execution: x, definition: d, now: now, transitions: 1}
	x.Status, x.StartedAt, x.State, x.Data, x.Phase, x.Wake = running, now, d.StartAt, json.RawMessage(x.Input), entering, now
	t.tell("ExecutionStarted", details{"input": x.Input})
	return t
}

func (t *turn) state() *state { return t.definition.States[t.State] }

// proceed goes on until the execution waits for time, for a Lambda, or is closed.
func (t *turn) proceed() {
	for t.Status == running {
		if deadline, ok := t.deadline(t.definition); ok && !t.now.Before(deadline) {
			t.close(timedOut, "ExecutionTimedOut", failure{Name: "States.Timeout"})
			return
		}
		if t.Events >= longestHistory-1 {
			t.fail(failure{"States.Runtime", fmt.Sprintf("the execution reached the maximum number of history events (%d)", longestHistory)})
			return
		}
		if t.Phase == calling || t.Wake.After(t.now) {
			return
		}
		switch t.Phase {
		case entering:
			t.enter()
		case waiting:
			t.leave(t.Data, t.state().Next)
		case retrying:
			t.transitions++
			t.schedule()
		}
	}
}

func (t *turn) enter() {
	s := t.state()
	t.transitions++
	t.EnteredAt, t.Retries = t.now, make([]int, len(s.Retry))
	t.tell(s.Type+"StateEntered", details{"name": t.State, "input": string(t.Data)})
	var err error
	switch s.Type {
	case "Wait":
		t.Phase = waiting
		t.Wake, err = s.wake(t.now, t.Data, t.context())
	case "Task":
		t.schedule()
	case "Choice":
		err = t.choose(s)
	case "Pass":
		err = t.pass(s)
	case "Succeed":
		t.leave(t.Data, "")
	case "Fail":
		t.fail(failure{s.Error, s.Cause})
	}
	if err != nil {
		t.fail(asFailure(err))
	}
}

func (s *state) wake(now time.Time, raw []byte, context any) (time.Time, error) {
	if s.Seconds != nil {
		return now.Add(time.Duration(*s.Seconds) * time.Second), nil
	}
	text := s.Timestamp
	if s.TimestampPath != nil {
		data, err := decode(raw)
		if err != nil {
			return time.Time{}, err
		}
		found, _ := s.TimestampPath.lookup(data, context)
		var ok bool
		if text, ok = found.(string); !ok {
			return time.Time{}, fmt.Errorf("the TimestampPath %q does not lead to a timestamp", s.TimestampPath.text)
		}
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("the Wait's timestamp: %w", err)
	}
	return at.UTC().Add(time.Millisecond - 1).Truncate(time.Millisecond), nil // the clock's grain, and never early
}

func (t *turn) choose(s *state) error {
	data, err := decode(t.Data)
	if err != nil {
		return err
	}
	next, err := s.choose(data, t.context())
	if err != nil {
		return err
	}
	t.leave(t.Data, next)
	return nil
}

func (t *turn) pass(s *state) error {
	data, err := decode(t.Data)
	if err != nil {
		return err
	}
	result := data
	switch {
	case s.Result != nil:
		result, err = decode(s.Result)
	case !s.Parameters.absent():
		result, err = fill(s.Parameters.tree, data, t.context())
	}
	if err != nil {
		return err
	}
	output, err := t.place(s.ResultPath, result)
	if err != nil {
		return err
	}
	t.leave(output, s.Next)
	return nil
}

// place sets a result into a fresh copy of the state's input.
func (t *turn) place(at resultPath, result any) (json.RawMessage, error) {
	data, err := decode(t.Data)
	if err != nil {
		return nil, err
	}
	placed, err := at.place(data, result)
	if err != nil {
		return nil, err
	}
	return encode(placed)
}

// leave exits the state; without a next one the execution has succeeded.
func (t *turn) leave(output json.RawMessage, next string) {
	if len(output) > largestData {
		t.fail(failure{"States.DataLimitExceeded", fmt.Sprintf("the output of state %q exceeds %d bytes", t.State, largestData)})
		return
	}
	t.tell(t.state().Type+"StateExited", details{"name": t.State, "output": string(output)})
	if next == "" {
		t.Output = output
		t.close(succeeded, "ExecutionSucceeded", failure{})
		return
	}
	t.State, t.Data, t.Phase, t.Wake = next, output, entering, t.now
}

func (t *turn) fail(f failure) { t.close(failed, "ExecutionFailed", f) }

func (t *turn) close(status, event string, f failure) {
	t.Status, t.StoppedAt, t.Failure = status, t.now, f
	if status == succeeded {
		t.tell(event, details{"output": string(t.Output)})
		return
	}
	t.tell(event, f.details())
}
