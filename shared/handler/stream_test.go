package handler_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/problem"
)

// batch is a stream event as Lambda sends it; record n has sequence number 100n, so that no id can be mistaken for it.
func batch(t testing.TB, records int) handler.StreamBatch {
	t.Helper()
	var list []string
	for n := 1; n <= records; n++ {
		list = append(list, fmt.Sprintf(`{"eventID":"e%d","eventName":"INSERT","eventSource":"aws:dynamodb","dynamodb":{"ApproximateCreationDateTime":1,"SequenceNumber":"%d00","NewImage":{"n":{"N":"%d"}}}}`, n, n, n))
	}
	var b handler.StreamBatch
	if err := json.Unmarshal([]byte(`{"Records":[`+strings.Join(list, ",")+`]}`), &b); err != nil {
		t.Fatal(err)
	}
	return b
}

// works through a batch where some records fail, and tells which were tried.
func works(ctx context.Context, b handler.StreamBatch, failing map[int]error) (tried []int, answer handler.StreamAnswer, err error) {
	answer, err = handler.Stream(slog.New(slog.DiscardHandler), func(_ context.Context, image json.RawMessage) error {
		var row struct {
			N struct {
				N int `json:",string"`
			}
		}
		if err := json.Unmarshal(image, &row); err != nil {
			return err
		}
		tried = append(tried, row.N.N)
		return failing[row.N.N]
	})(ctx, b)
	return tried, answer, err
}

func upTo(n int) []int {
	var list []int
	for i := 1; i <= n; i++ {
		list = append(list, i)
	}
	return list
}

func TestStream(t *testing.T) {
	t.Run("F24 a failed record stops the batch and is named by its sequence number", func(t *testing.T) {
		tried, answer, err := works(t.Context(), batch(t, 100), map[int]error{37: errors.New("no answer"), 50: errors.New("never reached")})
		if diff := cmp.Diff(upTo(37), tried); diff != "" || err != nil {
			t.Error(diff, err)
		}
		told, err := json.Marshal(answer)
		if err != nil || string(told) != `{"batchItemFailures":[{"itemIdentifier":"3700"}]}` {
			t.Errorf("%s, %v", told, err)
		}
	})
	t.Run("F24 what is delivered again after the failure completes the batch", func(t *testing.T) {
		b := batch(t, 100)
		b.Records = b.Records[36:]
		if tried, answer, err := works(t.Context(), b, nil); len(tried) != 64 || tried[0] != 37 || len(answer.BatchItemFailures) != 0 || err != nil {
			t.Errorf("%v, %v, %v", tried, answer, err)
		}
	})
	t.Run("a batch that went well fails nothing", func(t *testing.T) {
		_, answer, err := works(t.Context(), batch(t, 3), nil)
		told, _ := json.Marshal(answer)
		if string(told) != `{"batchItemFailures":[]}` || err != nil { // null would count as a failure of the whole batch
			t.Errorf("%s, %v", told, err)
		}
	})
	t.Run("F26 a poison record is named at every try, and nothing behind it is done", func(t *testing.T) {
		for range 10 {
			b := batch(t, 3)
			b.Records[1].DynamoDB.NewImage = json.RawMessage(`"not an item"`)
			if tried, answer, err := works(t.Context(), b, nil); len(tried) != 1 || len(answer.BatchItemFailures) != 1 || answer.BatchItemFailures[0].ItemIdentifier != "200" || err != nil {
				t.Fatalf("%v, %v, %v", tried, answer, err)
			}
		}
	})
	for _, row := range kinds {
		for _, code := range codesOf(t, row.kind) {
			t.Run(fmt.Sprintf("%s is to %s", code, row.stream), func(t *testing.T) {
				failure := fmt.Errorf("record: %w", problem.New(code, "Refused."))
				tried, answer, err := works(t.Context(), batch(t, 3), map[int]error{2: failure})
				goesOn := len(tried) == 3 && len(answer.BatchItemFailures) == 0
				if err != nil || goesOn != (row.stream == handler.Drop) {
					t.Errorf("tried %v, %v, %v", tried, answer, err)
				}
			})
		}
	}
	t.Run("F25 records are done in order, and none behind one that failed", func(t *testing.T) {
		rapid.Check(t, func(rt *rapid.T) {
			records := rapid.IntRange(0, 30).Draw(rt, "records")
			failing, first := map[int]error{}, records+1
			for _, n := range rapid.SliceOf(rapid.IntRange(1, 30)).Draw(rt, "failing") {
				failing[n] = problem.New(problem.CodeUnavailable, "No answer.")
				first = min(first, n)
			}
			tried, answer, err := works(t.Context(), batch(t, records), failing)
			if !slices.Equal(tried, upTo(min(first, records))) || err != nil {
				rt.Fatalf("tried %v of %d, failing %v, %v", tried, records, failing, err)
			}
			want := []handler.FailedRecord{}
			if first <= records {
				want = append(want, handler.FailedRecord{ItemIdentifier: fmt.Sprintf("%d00", first)})
			}
			if diff := cmp.Diff(want, answer.BatchItemFailures); diff != "" {
				rt.Fatal(diff)
			}
		})
	})
}
