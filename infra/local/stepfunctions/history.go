package stepfunctions

import (
	"strings"
	"time"
)

// An event is one line of an execution's history, as GetExecutionHistory shows it.
type event map[string]any

type details map[string]any

func (f failure) details(also ...string) details {
	d := details{"error": f.Name, "cause": f.Cause}
	for i := 0; i < len(also); i += 2 {
		d[also[i]] = also[i+1]
	}
	return d
}

// tell appends to the history. The details' member is named after the kind of event, as in the AWS model.
func (t *turn) tell(kind string, d details) {
	t.Events++
	e := event{"id": t.Events, "previousEventId": t.Events - 1, "timestamp": epoch(t.now), "type": kind}
	for _, shared := range []string{"StateEntered", "StateExited"} {
		if strings.HasSuffix(kind, shared) {
			kind = shared
		}
	}
	e[strings.ToLower(kind[:1])+kind[1:]+"EventDetails"] = d
	t.history = append(t.history, e)
}

func (t *turn) tellOutput(answer any) {
	text, err := encode(answer)
	if err != nil {
		panic(err) // made of decoded JSON
	}
	t.tell("TaskSucceeded", details{"resourceType": "lambda", "resource": "invoke", "output": string(text)})
}

// epoch is a timestamp of the AWS JSON protocol: seconds, with milliseconds as the fraction.
func epoch(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
