package notice

import (
	"context"
	"errors"
	"time"

	"github.com/callsheet/callsheet/shared/store"
)

// resendPage is how many events are read at a time.
const resendPage = 50

// Resend tells the events that nobody has told for longer than one attempt may take: the stream lost them, or kept
// failing. One that fails again does not hold back the next, however many fail; what a sweep has no time for, a later one
// gets to, since events that keep failing either fail at once or are leased by then.
func (t Teller) Resend(ctx context.Context, now time.Time) error {
	until := now.Add(-t.Policies.Current().MailLease)
	var failed []error
	var after store.Position
	for {
		page, err := t.Store.Unsent(ctx, until, resendPage, after)
		failed = append(failed, err)
		for _, e := range page.Items {
			failed = append(failed, t.Tell(ctx, e, now))
		}
		if after = page.Next; after == nil {
			return errors.Join(failed...)
		}
	}
}
