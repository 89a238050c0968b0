package stepfunctions

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"time"
)

// A failure is an error as the states language names it: Retry and Catch match its name.
type failure struct {
	Name  string
	Cause string
}

func (f failure) Error() string { return f.Name + ": " + f.Cause }

// asFailure names an error that has no name of its own States.Runtime.
func asFailure(err error) failure {
	var f failure
	if errors.As(err, &f) {
		return f
	}
	return failure{"States.Runtime", err.Error()}
}

// terminal failures end the execution whatever Retry and Catch say.
func (f failure) terminal() bool {
	return f.Name == "States.Runtime" || f.Name == "States.DataLimitExceeded"
}

func (f failure) matches(names []string) bool {
	if f.terminal() {
		return false
	}
	return slices.ContainsFunc(names, func(name string) bool {
		return name == f.Name || name == "States.ALL" || name == "States.TaskFailed" && f.Name != "States.Timeout"
	})
}

type retrier struct {
	ErrorEquals     []string
	IntervalSeconds *int
	MaxAttempts     *int
	BackoffRate     *float64
	MaxDelaySeconds *int
	JitterStrategy  string
}

const mostSeconds = 99_999_999

func (r *retrier) UnmarshalJSON(raw []byte) error {
	type plain retrier
	if err := strict(raw, (*plain)(r), "ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy", "Comment"); err != nil {
		return err
	}
	interval := value(r.IntervalSeconds, 1)
	switch attempts := value(r.MaxAttempts, 3); {
	case interval < 1 || interval > mostSeconds:
		return fmt.Errorf("IntervalSeconds must be between 1 and %d", mostSeconds)
	case attempts < 0 || attempts > mostSeconds:
		return fmt.Errorf("MaxAttempts must be between 0 and %d", mostSeconds)
	case value(r.BackoffRate, 2) < 1:
		return fmt.Errorf("BackoffRate must be at least 1")
	case r.MaxDelaySeconds != nil && (*r.MaxDelaySeconds <= interval || *r.MaxDelaySeconds >= 31_622_400):
		return fmt.Errorf("MaxDelaySeconds must be above IntervalSeconds and below 31622400")
	case !slices.Contains([]string{"", "NONE", "FULL"}, r.JitterStrategy):
		return fmt.Errorf("JitterStrategy must be NONE or FULL, not %q", r.JitterStrategy)
	}
	return nil
}

// delay before the nth retry, n from 1. Full jitter is drawn from seed, so that a journey through time can be repeated.
func (r retrier) delay(n int, seed string) time.Duration {
	seconds := float64(value(r.IntervalSeconds, 1)) * math.Pow(value(r.BackoffRate, 2), float64(n-1))
	seconds = min(seconds, float64(value(r.MaxDelaySeconds, mostSeconds)))
	if r.JitterStrategy == "FULL" {
		h := fnv.New64a()
		fmt.Fprintf(h, "%s %d", seed, n)
		seconds *= float64(h.Sum64()>>11) / (1 << 53)
	}
	return time.Duration(seconds * float64(time.Second)).Round(time.Millisecond)
}

type catcher struct {
	ErrorEquals []string
	ResultPath  resultPath
	Next        string
}

func (c *catcher) UnmarshalJSON(raw []byte) error {
	type plain catcher
	return strict(raw, (*plain)(c), "ErrorEquals", "ResultPath", "Next", "Comment")
}

// checkErrorEquals holds the language's rule that States.ALL stands alone and last.
func checkErrorEquals(rules [][]string) error {
	for i, names := range rules {
		if len(names) == 0 {
			return fmt.Errorf("ErrorEquals must name an error")
		}
		if slices.Contains(names, "States.ALL") && (len(names) > 1 || i < len(rules)-1) {
			return fmt.Errorf("States.ALL must stand alone in ErrorEquals and in the last entry")
		}
	}
	return nil
}

func value[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}
