package handler

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"
)

// Scheduled runs a job on a schedule. The event says nothing that we need; the instant is the clock's.
func Scheduled(log *slog.Logger, clock func(context.Context) (time.Time, error), do ...func(ctx context.Context, now time.Time) error) func(context.Context, json.RawMessage) error {
	return func(ctx context.Context, _ json.RawMessage) error {
		now, err := clock(ctx)
		if err != nil {
			return err
		}
		var failed error
		for _, job := range do { // one that fails does not hold back the next
			if err := job(ctx, now); err != nil {
				log.ErrorContext(ctx, "scheduled job failed", "cause", err.Error())
				failed = Internal{"A scheduled job failed; see the log."}
			}
		}
		return failed
	}
}
