package stepfunctions

import (
	"encoding/json"
	"time"
)

// An execution is one run of a machine: the snapshot that is committed after every step.
type execution struct {
	ARN, Name, Machine string
	Definition         string // the hash of the definition it started with, and keeps
	Status             string
	Input              string // verbatim: StartExecution compares it
	StartedAt          time.Time
	StoppedAt          time.Time
	Output             json.RawMessage `json:",omitempty"`
	Failure            failure

	State     string
	Data      json.RawMessage // the state's input
	EnteredAt time.Time
	Phase     phase
	Wake      time.Time // when the phase goes on
	Retries   []int     // made so far, per retrier of the state

	Events int       // the length of its history
	Due    time.Time // its entry in the due index; zero once closed
}

// A phase is where the execution stands inside its state.
type phase string

const (
	entering phase = "entering" // the state is next
	waiting  phase = "waiting"  // a Wait state until Wake
	retrying phase = "retrying" // a Task until the Wake of its retry
	calling  phase = "calling"  // the Lambda call is out, or was when the process died
)

const (
	running   = "RUNNING"
	succeeded = "SUCCEEDED"
	failed    = "FAILED"
	timedOut  = "TIMED_OUT"
	aborted   = "ABORTED"
)

// retention is how long a closed execution is remembered; until then its name is taken.
const retention = 90 * 24 * time.Hour

func (x *execution) forgotten(now time.Time) bool {
	return x.Status != running && !now.Before(x.StoppedAt.Add(retention))
}

func (x *execution) retryCount() int {
	n := 0
	for _, made := range x.Retries {
		n += made
	}
	return n
}

// deadline is when the machine's own TimeoutSeconds ends the execution.
func (x *execution) deadline(d *definition) (at time.Time, ok bool) {
	if d.TimeoutSeconds == nil {
		return time.Time{}, false
	}
	return x.StartedAt.Add(time.Duration(*d.TimeoutSeconds) * time.Second), true
}

// due is the next instant at which time has work with the execution.
func (x *execution) due(d *definition) time.Time {
	if x.Status != running {
		return time.Time{}
	}
	if deadline, ok := x.deadline(d); ok && deadline.Before(x.Wake) {
		return deadline
	}
	return x.Wake
}

// context is the context object, "$$".
func (x *execution) context() any {
	input, _ := decode([]byte(x.Input)) // valid since StartExecution accepted it
	return map[string]any{
		"Execution": map[string]any{"Id": x.ARN, "Name": x.Name, "StartTime": timestamp(x.StartedAt), "Input": input},
		"State":     map[string]any{"Name": x.State, "EnteredTime": timestamp(x.EnteredAt), "RetryCount": x.retryCount()},
	}
}

func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }
