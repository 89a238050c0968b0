package handler_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/help"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// released are the alarms of testdata/alarms as the jobs must read them for ever (F43): executions wait for months.
var released = map[string]store.Alarm{
	"v1-project-round-expiry.json": {
		Kind: "round.expiry", Entry: 3, DueAt: time.Date(2026, 11, 4, 12, 0, 0, 0, time.UTC), Ref: store.Ref{Kind: "project", ID: "prj_01JBKXQ6V6M8S2T8Y5R0ZC9D4E"},
	},
	"v1-assignment-delivery-due.json": {
		Kind: "delivery.due", Entry: 2, DueAt: time.Date(2026, 11, 10, 9, 30, 0, 125e6, time.UTC), Ref: store.Ref{Kind: "assignment", ID: "asg_01JBKXQ6V6M8S2T8Y5R0ZC9D4F"},
	},
	"v1-assignment-review-auto-close.json": {
		Kind: "review.auto_close", Entry: 7, DueAt: time.Date(2027, 2, 8, 9, 30, 0, 0, time.UTC), Ref: store.Ref{Kind: "assignment", ID: "asg_01JBKXQ6V6M8S2T8Y5R0ZC9D4F"},
	},
	"v1-assignment-quote-expiry.json": {
		Kind: "quote.expiry", Entry: 9, DueAt: time.Date(2026, 11, 17, 9, 30, 0, 0, time.UTC), Ref: store.Ref{Kind: "assignment", ID: "asg_01JBKXQ6V6M8S2T8Y5R0ZC9D4F"},
	},
	"v1-flag-warning.json": {
		Kind: "flag.warning", Entry: 2, DueAt: time.Date(2026, 11, 10, 19, 30, 0, 0, time.UTC), Ref: store.Ref{Kind: "flag", ID: "flg_01JBKXQ6V6M8S2T8Y5R0ZC9D4F"},
	},
	"v1-flag-first-response.json": {
		Kind: "flag.first_response", Entry: 3, DueAt: time.Date(2026, 11, 10, 21, 30, 0, 0, time.UTC), Ref: store.Ref{Kind: "flag", ID: "flg_01JBKXQ6V6M8S2T8Y5R0ZC9D4F"},
	},
	"v1-reward-release.json": {
		Kind: "reward.release", Entry: 2, DueAt: time.Date(2026, 12, 10, 9, 30, 0, 0, time.UTC), Ref: store.Ref{Kind: "reward", ID: "rwd_01JBKXQ6V6M8S2T8Y5R0ZC9D4F", Owner: "ada"},
	},
}

// ring fires an alarm whose work comes to err, and tells what the job was asked.
func ring(t *testing.T, payload []byte, err error) (asked []store.Alarm, outcome handler.Outcome, failure error) {
	t.Helper()
	var alarm handler.Alarm
	if err := json.Unmarshal(payload, &alarm); err != nil {
		t.Fatal(err)
	}
	clock := func(context.Context) (time.Time, error) { return noon, nil }
	outcome, failure = handler.Timer(slog.New(slog.DiscardHandler), clock, func(_ context.Context, channel string, now time.Time, a store.Alarm) error {
		if channel != "timer" || !now.Equal(noon) {
			t.Errorf("fired through %s at %s", channel, now)
		}
		asked = append(asked, a)
		return err
	})(t.Context(), alarm)
	return asked, outcome, failure
}

func golden(t *testing.T, name string) []byte {
	t.Helper()
	payload, err := os.ReadFile(filepath.Join("testdata", "alarms", name))
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

func TestReleasedAlarms(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "alarms", "*.json"))
	if err != nil || len(files) != len(released) {
		t.Fatalf("%d files, %d alarms, %v", len(files), len(released), err)
	}
	seen := map[string]bool{}
	for name, want := range released {
		seen[want.Kind] = true
		t.Run("F43 "+name+" is read as it was meant", func(t *testing.T) {
			asked, outcome, err := ring(t, golden(t, name), nil)
			if diff := cmp.Diff([]store.Alarm{want}, asked); diff != "" || err != nil || outcome.Outcome != "fired" {
				t.Errorf("%s %v %v", diff, outcome, err)
			}
		})
		t.Run("F43 "+name+" is what is sent today", func(t *testing.T) {
			var was bytes.Buffer
			if err := json.Compact(&was, golden(t, name)); err != nil {
				t.Fatal(err)
			}
			if now, err := json.Marshal(handler.AlarmOf(want)); err != nil || string(now) != was.String() {
				t.Errorf("sent %s, released %s, %v", now, was.String(), err)
			}
		})
	}
	t.Run("every deadline of every lifecycle has a released alarm", func(t *testing.T) {
		for _, table := range slices.Concat(project.Lifecycles(), help.Lifecycles()) {
			for _, d := range table.Kinds() {
				if !seen[d.Kind] {
					t.Errorf("none of %s", d.Kind)
				}
			}
		}
	})
	t.Run("a field that a later release adds does not disturb", func(t *testing.T) {
		later := bytes.Replace(golden(t, "v1-reward-release.json"), []byte(`"v": 1,`), []byte(`"v": 1, "note": {"x": 1},`), 1)
		if asked, _, err := ring(t, later, nil); err != nil || !cmp.Equal(asked, []store.Alarm{released["v1-reward-release.json"]}) {
			t.Errorf("%v %v", asked, err)
		}
	})
}

// sent is the name that Step Functions sees of an error: aws-lambda-go reports the error's own Go type.
func sent(err error) string {
	if err == nil {
		return ""
	}
	of := reflect.TypeOf(err)
	if of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	return of.Name()
}

func TestTimer(t *testing.T) {
	t.Run("is retried while the clock does not answer, and fires nothing", func(t *testing.T) {
		broken := func(context.Context) (time.Time, error) { return time.Time{}, errors.New("no clock") }
		_, err := handler.Timer(slog.New(slog.DiscardHandler), broken, func(context.Context, string, time.Time, store.Alarm) error {
			t.Error("fired without a clock")
			return nil
		})(t.Context(), handler.Alarm{V: 1, Kind: "reward.release", Ref: handler.AlarmRef{Kind: "reward", ID: "rwd_1"}})
		if sent(err) != "Unavailable" {
			t.Errorf("got %v", err)
		}
	})
	alarm := golden(t, "v1-reward-release.json")
	for _, row := range kinds {
		for _, code := range codesOf(t, row.kind) {
			t.Run(fmt.Sprintf("%s is to %s", code, row.timer), func(t *testing.T) {
				err := fmt.Errorf("fire: %w", problem.New(code, "Refused.").Because(errors.New("SECRET")))
				asked, outcome, failure := ring(t, alarm, err)
				wantOutcome, wantName := "", "Internal"
				switch {
				case row.timer == handler.Drop:
					wantOutcome, wantName = "nothing", ""
				case row.kind == problem.RateLimited:
					wantName = "RateLimited"
				case row.timer == handler.Retry:
					wantName = "Unavailable"
				}
				if len(asked) != 1 || outcome.Outcome != wantOutcome || sent(failure) != wantName {
					t.Errorf("asked %d times, outcome %q, error %q; want %q, %q", len(asked), outcome.Outcome, sent(failure), wantOutcome, wantName)
				}
				if failure != nil && strings.Contains(failure.Error(), "SECRET") {
					t.Errorf("the cause goes into the execution's history: %v", failure)
				}
			})
		}
	}
	t.Run("an unclassified error is Internal and hidden", func(t *testing.T) {
		if _, _, err := ring(t, alarm, errors.New("SECRET")); sent(err) != "Internal" || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%v", err)
		}
	})
	for name, payload := range map[string]string{
		"an empty object": `{}`, "a version of the future": `{"v":2,"kind":"reward.release","ref":{"kind":"reward","id":"rwd_1"}}`,
		"an alarm without kind": `{"v":1,"ref":{"kind":"reward","id":"rwd_1"}}`, "an alarm without record": `{"v":1,"kind":"reward.release"}`, "a foreign event": `{"Records":[]}`,
	} {
		t.Run("B111 "+name+" fails loudly and asks nobody", func(t *testing.T) {
			if asked, _, err := ring(t, []byte(payload), nil); len(asked) != 0 || sent(err) != "Internal" {
				t.Errorf("asked %v, %v", asked, err)
			}
		})
	}
}

// TestErrorEquals holds the generated state machines to the names that the code can send.
func TestErrorEquals(t *testing.T) {
	alarm := golden(t, "v1-reward-release.json")
	_, _, unavailable := ring(t, alarm, problem.New(problem.CodeUnavailable, "No answer."))
	_, _, limited := ring(t, alarm, problem.New(problem.CodeRateLimited, "Too often."))
	_, _, internal := ring(t, alarm, errors.New("a fault"))
	retried, failed := []string{sent(unavailable), sent(limited)}, sent(internal)
	for _, table := range slices.Concat(project.Lifecycles(), help.Lifecycles()) {
		for _, d := range table.Kinds() {
			asl, err := table.ASL(d)
			if err != nil {
				t.Fatal(err)
			}
			var machine struct {
				States map[string]struct {
					Retry, Catch []struct{ ErrorEquals []string }
				}
			}
			if err := json.Unmarshal(asl, &machine); err != nil {
				t.Fatal(err)
			}
			var ours []string
			for _, s := range machine.States {
				for _, r := range s.Retry {
					for _, name := range r.ErrorEquals {
						if !strings.Contains(name, ".") { // those with a dot are Lambda's and Step Functions' own
							ours = append(ours, name)
						}
					}
				}
			}
			slices.Sort(ours)
			slices.Sort(retried)
			t.Run(d.Kind+" retries exactly what the code calls retryable", func(t *testing.T) {
				if diff := cmp.Diff(retried, ours); diff != "" || slices.Contains(ours, failed) {
					t.Errorf("%s (internal is %s)", diff, failed)
				}
			})
			t.Run(d.Kind+" catches everything else", func(t *testing.T) {
				if c := machine.States["Fire"].Catch; len(c) != 1 || !slices.Equal(c[0].ErrorEquals, []string{"States.ALL"}) {
					t.Errorf("%v", c)
				}
			})
		}
	}
}

func TestScheduled(t *testing.T) {
	clock := func(context.Context) (time.Time, error) { return noon, nil }
	t.Run("a job that fails does not hold back the next, and the run fails", func(t *testing.T) {
		var done []string
		var logged bytes.Buffer
		err := handler.Scheduled(slog.New(slog.NewTextHandler(&logged, nil)), clock,
			func(context.Context, time.Time) error { done = append(done, "one"); return errors.New("SECRET") },
			func(_ context.Context, now time.Time) error {
				done = append(done, now.Format(time.TimeOnly))
				return nil
			},
		)(t.Context(), json.RawMessage(`{"source":"aws.events"}`))
		if sent(err) != "Internal" || strings.Contains(err.Error(), "SECRET") || !slices.Equal(done, []string{"one", "12:00:00"}) || !strings.Contains(logged.String(), "SECRET") {
			t.Errorf("%v, %v, %s", err, done, &logged)
		}
	})
	t.Run("without a clock nothing runs", func(t *testing.T) {
		ran := false
		err := handler.Scheduled(slog.New(slog.DiscardHandler), func(context.Context) (time.Time, error) { return time.Time{}, errors.New("down") },
			func(context.Context, time.Time) error { ran = true; return nil })(t.Context(), nil)
		if err == nil || ran {
			t.Errorf("%v, ran: %v", err, ran)
		}
	})
}
