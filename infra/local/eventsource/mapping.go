package eventsource

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"time"
)

// A Mapping delivers a table's stream to a function, one batch at a time, oldest record first, at least once. A new one
// begins at the oldest record that the stream still has.
type Mapping struct {
	Name                       string
	Table                      string
	Function                   string
	BatchSize                  int
	MaximumRetryAttempts       int           // -1: no limit
	MaximumRecordAge           time.Duration // 0: as long as the stream keeps the record
	BisectBatchOnFunctionError bool
	ReportBatchItemFailures    bool
	FilterPatterns             []json.RawMessage // a record has to match one; without any, all do
	OnFailure                  string            // the queue that hears of what was given up; empty: nobody does
}

// parse checks the limits that AWS sets.
func (m Mapping) parse() ([]Pattern, error) {
	switch {
	case m.Name == "" || m.Table == "" || m.Function == "":
		return nil, fmt.Errorf("a mapping needs Name, Table and Function")
	case m.BatchSize < 1 || m.BatchSize > 10_000:
		return nil, fmt.Errorf("BatchSize must be between 1 and 10000, not %d", m.BatchSize)
	case m.MaximumRetryAttempts < -1 || m.MaximumRetryAttempts > 10_000:
		return nil, fmt.Errorf("MaximumRetryAttempts must be between -1 and 10000, not %d", m.MaximumRetryAttempts)
	case m.MaximumRecordAge != 0 && (m.MaximumRecordAge < time.Minute || m.MaximumRecordAge > 7*24*time.Hour):
		return nil, fmt.Errorf("MaximumRecordAge must be between a minute and 7 days, not %s", m.MaximumRecordAge)
	case len(m.FilterPatterns) > 5:
		return nil, fmt.Errorf("at most 5 filter patterns are allowed")
	}
	var patterns []Pattern
	for _, raw := range m.FilterPatterns {
		p, err := ParsePattern(raw)
		if err != nil {
			return nil, err
		}
		patterns = append(patterns, p)
	}
	return patterns, nil
}

func matchesAny(patterns []Pattern, event []byte) bool {
	return len(patterns) == 0 || slices.ContainsFunc(patterns, func(p Pattern) bool { return p.Matches(event) })
}

// discardedBatch is the message that AWS sends for a batch that was given up. It names the records; it does not carry them.
type discardedBatch struct {
	RequestContext  requestContext   `json:"requestContext"`
	ResponseContext *responseContext `json:"responseContext,omitempty"`
	Version         string           `json:"version"`
	Timestamp       string           `json:"timestamp"`
	BatchInfo       batchInfo        `json:"DDBStreamBatchInfo"`
}

type requestContext struct {
	RequestID              string    `json:"requestId"`
	FunctionARN            string    `json:"functionArn"`
	Condition              condition `json:"condition"`
	ApproximateInvokeCount int       `json:"approximateInvokeCount"`
}

type responseContext struct {
	StatusCode      int    `json:"statusCode"`
	ExecutedVersion string `json:"executedVersion"`
	FunctionError   string `json:"functionError,omitempty"`
}

type batchInfo struct {
	ShardID                         string `json:"shardId"`
	StartSequenceNumber             string `json:"startSequenceNumber"`
	EndSequenceNumber               string `json:"endSequenceNumber"`
	ApproximateArrivalOfFirstRecord string `json:"approximateArrivalOfFirstRecord"`
	ApproximateArrivalOfLastRecord  string `json:"approximateArrivalOfLastRecord"`
	BatchSize                       int    `json:"batchSize"`
	StreamARN                       string `json:"streamArn"`
}

// message tells of the verdict's discarded records; a is nil when the function was not called for it.
func (m Mapping) message(v verdict, a *answer, now time.Time) discardedBatch {
	first, last := v.discarded[0], v.discarded[len(v.discarded)-1]
	var event struct {
		EventSourceARN string `json:"eventSourceARN"`
	}
	if err := json.Unmarshal(first.JSON, &event); err != nil { // it has to be told of nevertheless
		slog.Warn("eventsource: a record does not name its stream", "mapping", m.Name, "error", err)
	}
	return discardedBatch{
		RequestContext: requestContext{
			RequestID:   nameID(fmt.Sprint(m.Name, first.SequenceNumber, last.SequenceNumber, v.condition)),
			FunctionARN: m.Function, Condition: v.condition, ApproximateInvokeCount: v.failures,
		},
		ResponseContext: a.context(),
		Version:         "1.0",
		Timestamp:       timestamp(now),
		BatchInfo: batchInfo{
			ShardID:             "shardId-00000000000000000000-" + nameID(m.Table)[:8],
			StartSequenceNumber: first.SequenceNumber, EndSequenceNumber: last.SequenceNumber,
			ApproximateArrivalOfFirstRecord: timestamp(first.At), ApproximateArrivalOfLastRecord: timestamp(last.At),
			BatchSize: len(v.discarded), StreamARN: event.EventSourceARN,
		},
	}
}

func (a *answer) context() *responseContext {
	switch {
	case a == nil:
		return nil
	case a.err != nil:
		return &responseContext{StatusCode: 500, ExecutedVersion: "$LATEST"}
	}
	return &responseContext{StatusCode: 200, ExecutedVersion: "$LATEST", FunctionError: a.functionError}
}

func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
