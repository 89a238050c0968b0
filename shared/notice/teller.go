package notice

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

// atOnce is how many mails of one event are on their way at a time: few, because the account's rate counts recipients.
const atOnce = 4

// Teller tells people about events.
type Teller struct {
	Store    store.Store
	Send     Sender
	Policies policy.Book
	Site     Site
}

// Tell sends every mail that an event is good for and then closes the event's outbox. Each mail is leased, so telling an
// event again, or twice at once, sends only what has not been sent. One that fails does not hold back the others; the
// outbox stays open for it, and the errors come back joined.
func (t Teller) Tell(ctx context.Context, e store.Event, now time.Time) error {
	if !e.Outbox {
		return nil
	}
	book, err := t.Policies.At(e.Policy)
	if err != nil {
		return fmt.Errorf("notice: event %s: %w", e.ID, err)
	}
	letters, err := t.letters(ctx, e, book, now)
	if err := errors.Join(err, t.deliverAll(ctx, e.ID, letters, now, now.Add(book.MailLease))); err != nil {
		return err
	}
	if err := t.Store.Sent(ctx, e); err != nil {
		return fmt.Errorf("notice: close the outbox of %s: %w", e.ID, err)
	}
	return nil
}

// letters are all letters of an event that can be addressed, and why others cannot.
func (t Teller) letters(ctx context.Context, e store.Event, book policy.Policy, now time.Time) ([]letter, error) {
	var all []letter
	var errs []error
	for _, fact := range e.Facts {
		rows, known := noticesOf(fact)
		if !known {
			errs = append(errs, fmt.Errorf("notice: the table has no row for %s", fact.FactName()))
		}
		for _, n := range rows {
			m, err := matterOf(fact, t.Site, e.At, now)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			some, err := t.lettersFor(ctx, n, m, book.DigestRecipients, now)
			if err != nil {
				errs = append(errs, err)
			}
			all = append(all, some...)
		}
	}
	return all, errors.Join(errs...)
}

func (t Teller) deliverAll(ctx context.Context, event string, letters []letter, now, until time.Time) error {
	errs := make([]error, len(letters))
	free := make(chan struct{}, atOnce)
	var wg sync.WaitGroup
	for i, l := range letters {
		free <- struct{}{}
		wg.Go(func() {
			defer func() { <-free }()
			errs[i] = t.deliver(ctx, event, l, now, until)
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// deliver sends one letter under its lease. Between the sender's yes and our mark the process may die, and the outcome of
// a call may be unknown: then the lease runs out first, and the letter goes once more. Words come before the lease, so
// that a fault in them leaves none behind.
func (t Teller) deliver(ctx context.Context, event string, l letter, now, until time.Time) error {
	message, err := t.compose(l, event, now)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return problem.New(problem.CodeUnavailable, "There is no time left to send %s.", l.notice.Name).Because(err)
	}
	claim := store.Mail{Event: event, Notice: l.notice.Name, Recipient: l.recipient}
	lease, err := t.Store.Lease(ctx, claim, now, until)
	if err != nil {
		return fmt.Errorf("notice: lease %s for %s: %w", l.notice.Name, l.recipient, err)
	}
	switch lease {
	case store.Done:
		return nil
	case store.Running:
		return problem.New(problem.CodeUnavailable, "Another attempt to send %s of %s is under way.", l.notice.Name, event)
	}
	id, err := t.Send.Send(ctx, message)
	if refused := (*Refused)(nil); errors.As(err, &refused) {
		slog.ErrorContext(ctx, "notice: mail refused for ever", "event", event, "notice", l.notice.Name, "recipient", l.recipient, "error", refused)
		if err := t.oneByOne(ctx, event, l, now, until); err != nil {
			return err
		}
		id, err = refused.Error(), nil
	}
	if err != nil {
		return fmt.Errorf("notice: send %s to %s: %w", l.notice.Name, l.recipient, err)
	}
	if err := t.Store.Delivered(context.WithoutCancel(ctx), claim, id); err != nil {
		return fmt.Errorf("notice: mark %s to %s as delivered: %w", l.notice.Name, l.recipient, err)
	}
	return nil
}

// oneByOne tells the members of a refused group by themselves, so that one bad address does not silence the others.
func (t Teller) oneByOne(ctx context.Context, event string, l letter, now, until time.Time) error {
	if len(l.to) == 1 {
		return nil
	}
	var errs []error
	for _, p := range l.to {
		alone := l
		alone.recipient, alone.to = p.id, []person{p}
		errs = append(errs, t.deliver(ctx, event, alone, now, until))
	}
	return errors.Join(errs...)
}
