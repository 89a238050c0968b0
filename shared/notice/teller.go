package notice

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
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
	// Link is the path of the page on which the pro may answer an invitation; its key stands for the pro.
	Link func(ctx context.Context, invitation, pro string) (path string, err error)
	// Token names an invitation, an assignment or a project in the address that replies go to.
	Token func(ctx context.Context, id string) (string, error)
}

// errMayHaveGone marks an error after which a mail may have reached its reader unmarked.
var errMayHaveGone = errors.New("notice: the mail may have gone")

// Tell puts invitations on their pros' lists, sends every mail that an event is good for and then closes its outbox. It holds the event's lease and skips
// what earlier attempts delivered, so telling an event again, or twice at once, sends only what has not been sent. A mail
// that fails does not hold back the others; the outbox stays open for it, and the errors come back joined.
func (t Teller) Tell(ctx context.Context, e store.Event, now time.Time) error {
	if !e.Outbox {
		return nil
	}
	book, err := t.Policies.At(e.Policy)
	if err != nil {
		return fmt.Errorf("notice: event %s: %w", e.ID, err)
	}
	letters, unwritten := t.letters(ctx, e, book, now)
	until := now.Add(book.MailLease)
	lease, told, err := t.Store.Lease(ctx, e, now, until)
	switch {
	case err != nil:
		return fmt.Errorf("notice: lease %s: %w", e.ID, err)
	case lease == store.Done:
		return nil
	case lease == store.Running:
		return problem.New(problem.CodeUnavailable, "Another attempt to tell %s is under way.", e.ID)
	}
	a := attempt{Teller: t, event: e, now: now, told: told}
	return t.conclude(ctx, e, until, errors.Join(unwritten, a.list(ctx, letters), a.deliverAll(ctx, letters)))
}

// conclude closes the outbox, or leaves it open for another attempt: at once, unless a mail may have gone; then only after
// the lease has ended, so that a late answer cannot make two of it (F50).
func (t Teller) conclude(ctx context.Context, e store.Event, until time.Time, failed error) error {
	switch {
	case errors.Is(failed, errMayHaveGone):
		return failed
	case failed != nil:
		return errors.Join(failed, t.Store.Release(context.WithoutCancel(ctx), e, until))
	}
	if err := t.Store.Sent(ctx, e); err != nil {
		return fmt.Errorf("notice: close the outbox of %s: %w", e.ID, err)
	}
	return nil
}

// letters are all letters of an event that can be addressed and written, and why others cannot.
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
			if err == nil && m.message.ID != "" {
				err = t.spoken(ctx, &m)
			}
			if err != nil {
				errs = append(errs, err)
				continue
			}
			some, err := t.lettersFor(ctx, n, m, book.DigestRecipients, now)
			if err != nil {
				errs = append(errs, err)
			}
			for _, l := range some {
				if len(l.to) > 0 {
					if l.message, err = t.compose(ctx, l, e.ID, now); err != nil {
						errs, l.to = append(errs, err), nil
					}
				}
				all = append(all, l)
			}
		}
	}
	return all, errors.Join(errs...)
}

// spoken adds the words of the message that a matter is about.
func (t Teller) spoken(ctx context.Context, m *matter) error {
	said, err := store.Is[project.Message](t.Store.Get(ctx, m.message, store.Fresh))
	if err != nil {
		return fmt.Errorf("notice: load %s: %w", m.message, err)
	}
	m.page.Text = said.Text
	for _, f := range said.Files {
		m.page.Files = append(m.page.Files, f.Name)
	}
	return nil
}

// attempt is one try to tell an event, under its lease.
type attempt struct {
	Teller
	event store.Event
	now   time.Time
	told  []store.Mail // by earlier attempts
}

// list puts invitations on their pros' lists: the other way to learn of one, whatever becomes of the mails.
func (a attempt) list(ctx context.Context, letters []letter) error {
	var listings []store.Listing
	for _, l := range letters {
		if l.notice.Audience == EachInvited {
			listings = append(listings, store.Listing{Invitation: l.about, Project: l.project, Pro: l.recipient})
		}
	}
	if len(listings) == 0 {
		return nil
	}
	if err := a.Store.List(ctx, listings); err != nil {
		return fmt.Errorf("notice: list the invitations of %s: %w", a.event.ID, err)
	}
	return nil
}

// deliverAll sends letters, a few at once, and marks those few with one write before it goes on.
func (a attempt) deliverAll(ctx context.Context, letters []letter) error {
	letters = slices.DeleteFunc(letters, func(l letter) bool { return len(l.to) == 0 || a.toldBefore(l) })
	var errs []error
	for some := range slices.Chunk(letters, atOnce) {
		if err := ctx.Err(); err != nil {
			return errors.Join(append(errs, problem.New(problem.CodeUnavailable, "There is no time left to send %s.", some[0].notice.Name).Because(err))...)
		}
		errs = append(errs, a.deliver(ctx, some))
	}
	return errors.Join(errs...)
}

func (a attempt) toldBefore(l letter) bool {
	return slices.ContainsFunc(a.told, func(m store.Mail) bool { return m.Notice == l.notice.Name && m.Recipient == l.recipient })
}

// deliver sends letters at once and marks those that went. Between the sender's yes and our mark the process may die: then
// the lease ends first, and these letters go once more.
func (a attempt) deliver(ctx context.Context, letters []letter) error {
	ids, errs := make([]string, len(letters)), make([]error, len(letters))
	var wg sync.WaitGroup
	for i, l := range letters {
		wg.Go(func() { ids[i], errs[i] = a.Send.Send(ctx, l.message) })
	}
	wg.Wait()
	var went []store.Mail
	for i, l := range letters {
		if refused := (*Refused)(nil); errors.As(errs[i], &refused) {
			slog.ErrorContext(ctx, "notice: mail refused for ever", "event", a.event.ID, "notice", l.notice.Name, "recipient", l.recipient, "error", refused)
			ids[i], errs[i] = refused.Error(), a.oneByOne(ctx, l)
		} else if errs[i] != nil {
			errs[i] = unsent(l, errs[i])
		}
		if errs[i] == nil {
			went = append(went, store.Mail{Notice: l.notice.Name, Recipient: l.recipient, MessageID: ids[i]})
		}
	}
	return errors.Join(append(errs, a.mark(ctx, went))...)
}

// unsent says which letter failed, and whether it may have gone all the same.
func unsent(l letter, err error) error {
	if errors.Is(err, ErrNotSent) {
		return fmt.Errorf("notice: send %s to %s: %w", l.notice.Name, l.recipient, err)
	}
	return fmt.Errorf("%w: send %s to %s: %w", errMayHaveGone, l.notice.Name, l.recipient, err)
}

// mark keeps what went, even when the time of this attempt is up.
func (a attempt) mark(ctx context.Context, went []store.Mail) error {
	if len(went) == 0 {
		return nil
	}
	if err := a.Store.Delivered(context.WithoutCancel(ctx), a.event, went, a.now); err != nil {
		return fmt.Errorf("%w: mark %d mails of %s: %w", errMayHaveGone, len(went), a.event.ID, err)
	}
	return nil
}

// oneByOne tells the members of a refused group by themselves, so that one bad address does not silence the others.
func (a attempt) oneByOne(ctx context.Context, l letter) error {
	if len(l.to) == 1 {
		return nil
	}
	var letters []letter
	for _, p := range l.to {
		alone := l
		alone.recipient, alone.to = p.id, []person{p}
		var err error
		if alone.message, err = a.compose(ctx, alone, a.event.ID, a.now); err != nil {
			return err
		}
		letters = append(letters, alone)
	}
	return a.deliverAll(ctx, letters)
}
