package lifecycle

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Machine names the state machine that waits for a deadline. There is one per kind, because a deadline may outlive the
// state that armed it.
func Machine(table, kind string) string {
	return table + "-" + strings.NewReplacer(".", "-", "_", "-").Replace(strings.TrimPrefix(kind, table+"."))
}

// Kinds lists the deadlines of a table, each once, in the order of its states.
func (t Table) Kinds() []Deadline {
	var kinds []Deadline
	for _, s := range t.States() {
		for _, d := range t.Deadlines[s] {
			if !slices.ContainsFunc(kinds, func(k Deadline) bool { return k.Kind == d.Kind }) {
				kinds = append(kinds, d)
			}
		}
	}
	return kinds
}

// ASL prints the alarm clock of one deadline: wait until the instant that the input names, then call the timers function.
// No business number is in it, so a wait of 90 days outlives any change of policy. When the call keeps failing the
// execution fails visibly and the sweep fires the deadline.
func (t Table) ASL(d Deadline) ([]byte, error) {
	var states []string
	for _, s := range t.States() {
		if _, ok := t.Deadline(s, d.Kind); ok {
			states = append(states, string(s))
		}
	}
	machine := map[string]any{
		"Comment": fmt.Sprintf("Generated from the %s lifecycle: %s while %s (%s). Do not edit.", t.Name, d.Kind, strings.Join(states, ", "), d.Rules),
		"StartAt": "Wait",
		"States": map[string]any{
			"Wait": map[string]any{"Type": "Wait", "TimestampPath": "$.dueAt", "Next": "Fire"},
			"Fire": map[string]any{
				"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
				"Parameters":     map[string]any{"FunctionName": "${TimersFunctionArn}", "Payload.$": "$"},
				"ResultSelector": map[string]any{"outcome.$": "$.Payload.outcome"},
				"TimeoutSeconds": 60,
				"Retry": []any{map[string]any{
					"ErrorEquals":     []string{"Unavailable", "RateLimited", "Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException", "Lambda.TooManyRequestsException", "States.Timeout"},
					"IntervalSeconds": 2, "BackoffRate": 2, "MaxAttempts": 5, "MaxDelaySeconds": 60,
				}},
				"Catch": []any{map[string]any{"ErrorEquals": []string{"States.ALL"}, "Next": "LeftToTheSweep"}},
			},
			"LeftToTheSweep": map[string]any{"Type": "Fail", "Error": "AlarmFailed", "Cause": "The timers function kept failing; the sweep fires the deadline within minutes."},
		},
	}
	out, err := json.MarshalIndent(machine, "", "  ")
	return append(out, '\n'), err
}
