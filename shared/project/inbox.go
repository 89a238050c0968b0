package project

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

// Inbox counts what came by mail about one project from one pro, or from all who are nobody's known address, within the
// last hour. Every mail that is kept writes it, and its version lets one of two at a time through: so no address of ours
// takes in more than the policy says, whoever or whatever writes to it (F57).
type Inbox struct {
	ID        string
	Version   int
	Kept      []time.Time // mails of the last hour that became messages
	Held      []time.Time // and those that were held back
	DroppedAt time.Time   // when it was last noted that there are more than those
}

// DropMails is what the mails' reader does when more come than are held back.
const DropMails lifecycle.Action = "drop_mails"

// InboxID names the one inbox of a project and a pro; no pro are all whom nobody knows.
func InboxID(project, pro string) string {
	return "inb_" + strings.TrimPrefix(project, "prj_") + "." + pro
}

// Ref names the inbox.
func (i Inbox) Ref() store.Ref { return store.Ref{Kind: store.Inbox, ID: i.ID} }

// Revision is the version to be written.
func (i Inbox) Revision() int { return i.Version }

// keeps counts one more mail that becomes a message, or refuses.
func (i Inbox) keeps(book policy.Policy, now time.Time) (_ Inbox, err error) {
	i.Version++
	i.Kept, err = counted(i.Kept, book.MailsPerHour, now)
	return i, err
}

// holds counts one more mail that is held back, or refuses.
func (i Inbox) holds(book policy.Policy, now time.Time) (_ Inbox, err error) {
	i.Version++
	i.Held, err = counted(i.Held, book.MailsHeldPerHour, now)
	return i, err
}

// counted are the instants of the last hour with one more, where there are fewer than so many.
func counted(times []time.Time, most int, now time.Time) ([]time.Time, error) {
	times = slices.DeleteFunc(slices.Clone(times), func(t time.Time) bool { return over(t, now) })
	if len(times) >= most {
		return times, problem.New(problem.CodeRateLimited, "More mails came within an hour than are taken in.")
	}
	return append(times, now), nil
}

func over(t, now time.Time) bool { return !now.Before(t.Add(time.Hour)) }

func (s *Service) inbox(ctx context.Context, project, pro string, f store.Freshness) (Inbox, error) {
	i := Inbox{ID: InboxID(project, pro)}
	kept, err := s.Store.Get(ctx, i.Ref(), f)
	if errors.Is(err, store.ErrNoRecord) {
		return i, nil
	}
	return store.Is[Inbox](kept, err)
}

// drop notes in the project's timeline, once an hour, that mails are dropped. Only who takes mails in learns of the refusal.
func (s *Service) drop(ctx context.Context, ask Ask, c correspondent, refusal error) error {
	ask.Once = store.Once{}
	_, err := s.transact(ctx, ask, func(f store.Freshness) (step, error) {
		st := step{outcome: func(store.Event) any { return nil }}
		i, err := s.inbox(ctx, c.project, c.pro, f)
		if err != nil || !i.DroppedAt.IsZero() && !over(i.DroppedAt, ask.Now) {
			return st, err
		}
		i.DroppedAt = ask.Now
		i.Version++
		st.action, st.role, st.subject = DropMails, ask.By.Roles[0], store.Ref{Kind: store.Project, ID: c.project}
		st.policy, st.records = s.Policies.Current().Version, []store.Record{i}
		st.facts = []store.Fact{MailsDropped{Project: c.project, Pro: c.pro}}
		return st, nil
	})
	if err != nil {
		return err
	}
	return refusal
}
