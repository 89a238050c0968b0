package notice

import (
	"context"
	"errors"
	"time"
)

// resendAtOnce bounds one sweep, so that a long outage is worked off over several.
const resendAtOnce = 50

// Resend tells the events that nobody has told for longer than one attempt may take: the stream lost them, or kept
// failing. One that fails again does not hold back the next.
func (t Teller) Resend(ctx context.Context, now time.Time) error {
	events, err := t.Store.Unsent(ctx, now.Add(-t.Policies.Current().MailLease), resendAtOnce)
	if err != nil {
		return err
	}
	var failed []error
	for _, e := range events {
		failed = append(failed, t.Tell(ctx, e, now))
	}
	return errors.Join(failed...)
}
