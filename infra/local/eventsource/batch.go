package eventsource

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// A Record is one change in a table's stream.
type Record struct {
	SequenceNumber string
	At             time.Time
	JSON           json.RawMessage // as the Lambda event carries it
}

// A batch is what one call of the function is about.
type batch struct {
	records []Record // those that match the filter
	through string   // the last sequence number it covers, matching or not
}

// A part is a batch that comes again.
type part struct {
	Through   string    // its last sequence number; it begins after the checkpoint or the part before
	Failures  int       // calls that failed so far
	NotBefore time.Time // the end of its back-off
}

// A verdict is what becomes of a batch after a call.
type verdict struct {
	checkpoint string    // everything up to here is done with; empty when nothing is
	again      []part    // what comes again, in order
	discarded  []Record  // given up
	condition  condition // why
	failures   int
}

// A condition is AWS's word for why a delivery was given up.
type condition string

const (
	retryAttemptsExhausted condition = "RetryAttemptsExhausted"
	recordAgeExceeded      condition = "RecordAgeExceeded"
	retriesExhausted       condition = "RetriesExhausted" // of an asynchronous event
)

// judge holds Lambda's rules. Records before the lowest reported failure are done with. When the mapping bisects and the
// function was at fault, the batch is split there, or in the middle; a split costs neither an attempt nor a pause. Anything
// else that fails counts as an attempt, and the attempts are limited.
func (m Mapping) judge(b batch, failures int, a answer, now time.Time) verdict {
	first := firstFailure(b.records, a, m.ReportBatchItemFailures)
	if first == len(b.records) {
		return verdict{checkpoint: b.through}
	}
	v := verdict{failures: failures + 1}
	if first > 0 {
		v.checkpoint, v.failures = b.records[first-1].SequenceNumber, 1
	}
	if m.BisectBatchOnFunctionError && a.err == nil && len(b.records) > 1 {
		v.again = []part{{Through: b.through, NotBefore: now}}
		if first == 0 {
			middle := b.records[(len(b.records)-1)/2].SequenceNumber
			v.again = slices.Insert(v.again, 0, part{Through: middle, NotBefore: now})
		}
		return v
	}
	if m.MaximumRetryAttempts >= 0 && v.failures > m.MaximumRetryAttempts {
		v.checkpoint, v.discarded, v.condition = b.through, b.records[first:], retryAttemptsExhausted
		return v
	}
	v.again = []part{{Through: b.through, Failures: v.failures, NotBefore: now.Add(backoff(v.failures))}}
	return v
}

// expired gives up the records at the batch's head that are older than the mapping allows; ok is false when there are none.
func (m Mapping) expired(b batch, head part, now time.Time) (v verdict, ok bool) {
	n := slices.IndexFunc(b.records, func(r Record) bool { return m.MaximumRecordAge <= 0 || now.Sub(r.At) <= m.MaximumRecordAge })
	if n == 0 || len(b.records) == 0 {
		return verdict{}, false
	}
	if n < 0 {
		return verdict{checkpoint: b.through, discarded: b.records, condition: recordAgeExceeded, failures: head.Failures}, true
	}
	v = verdict{checkpoint: b.records[n-1].SequenceNumber, discarded: b.records[:n], condition: recordAgeExceeded, failures: head.Failures}
	if head.Through != "" {
		v.again = []part{head}
	}
	return v, true
}

// firstFailure is the index of the first record to deliver again, len(records) when all went well.
func firstFailure(records []Record, a answer, reports bool) int {
	if a.failed() {
		return 0
	}
	if !reports {
		return len(records)
	}
	var response struct {
		BatchItemFailures []struct {
			ItemIdentifier string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if len(a.result) == 0 {
		return len(records)
	}
	if err := json.Unmarshal(a.result, &response); err != nil {
		return 0
	}
	first := len(records)
	for _, f := range response.BatchItemFailures {
		i := slices.IndexFunc(records, func(r Record) bool { return r.SequenceNumber == f.ItemIdentifier })
		if i < 0 { // empty or unknown: the whole batch
			return 0
		}
		first = min(first, i)
	}
	return first
}

// backoff doubles from a second to a minute.
func backoff(failures int) time.Duration {
	return min(time.Second<<min(failures-1, 6), time.Minute)
}

// isAfter compares sequence numbers, which are decimal and of any length.
func isAfter(a, b string) bool {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	if len(a) != len(b) {
		return len(a) > len(b)
	}
	return a > b
}
