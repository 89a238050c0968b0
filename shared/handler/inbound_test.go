package handler_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/problem"
)

// arrived gives the sample event of events/ to the edge, and tells what was received, the error, and the log.
func arrived(t *testing.T, edit func(string) string, fails error) (got []handler.Receipt, log string, err error) {
	t.Helper()
	raw, err := os.ReadFile("../../events/inbound-reply.json")
	if err != nil {
		t.Fatal(err)
	}
	var batch handler.ReceivedBatch
	if err := json.Unmarshal([]byte(edit(string(raw))), &batch); err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	err = handler.Inbound(slog.New(slog.NewTextHandler(&lines, nil)), func(_ context.Context, r handler.Receipt) error {
		got = append(got, r)
		return fails
	})(t.Context(), batch)
	return got, lines.String(), err
}

func TestInbound(t *testing.T) {
	same := func(s string) string { return s }
	t.Run("hands on who sent the mail to whom, and every verdict of SES", func(t *testing.T) {
		got, _, err := arrived(t, func(s string) string {
			for _, v := range []string{"spam", "virus", "spf", "dkim", "dmarc"} {
				s = strings.Replace(s, `"`+v+`Verdict": {"status": "PASS"}`, `"`+v+`Verdict": {"status": "`+v+`"}`, 1)
			}
			return s
		}, nil)
		if err != nil || len(got) != 1 {
			t.Fatalf("%v, %v", got, err)
		}
		r := got[0]
		if len(r.Recipients) != 1 || !strings.HasPrefix(r.Recipients[0], "reply+") {
			t.Errorf("recipients %v", r.Recipients)
		}
		r.Recipients = nil
		want := handler.Receipt{ID: "o3vrnil0e2ic28trm7dfhrc2v0clambda4nbp0g1", Source: "ben@pro.example.com", Spam: "spam", Virus: "virus", SPF: "spf", DKIM: "dkim", DMARC: "dmarc"}
		if diff := cmp.Diff(want, r); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("drops what no retry can change with one line that names the mail and nobody, and no bounce — B104 F57", func(t *testing.T) {
		for _, refusal := range []error{problem.New(problem.CodeNotFound, "no token"), problem.New(problem.CodeRateLimited, "too many")} {
			_, log, err := arrived(t, same, refusal)
			if err != nil || strings.Count(log, "\n") != 1 || !strings.Contains(log, "o3vrnil0e2ic28trm7dfhrc2v0clambda4nbp0g1") || strings.Contains(log, "@") {
				t.Errorf("err = %v, log %q", err, log)
			}
		}
	})
	t.Run("has Lambda try again what may succeed later, and what is our fault — F59", func(t *testing.T) {
		for _, fails := range []error{errors.New("S3 has no such key"), problem.New(problem.CodeUnavailable, "down")} {
			if _, log, err := arrived(t, same, fails); err == nil || !strings.Contains(log, fails.Error()) || strings.Contains(err.Error(), fails.Error()) {
				t.Errorf("%v: err = %v, log %q", fails, err, log)
			}
		}
	})
	t.Run("refuses what is no event of a receipt rule", func(t *testing.T) {
		got, _, err := arrived(t, func(s string) string { return strings.ReplaceAll(s, `"messageId"`, `"id"`) }, nil)
		if err == nil || len(got) != 0 {
			t.Errorf("%v, %v", got, err)
		}
	})
}
