package project

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

// The use cases of mails that are held back: quarantine, list, accredit, dismiss.

// heldOnce is the identity of a mail that is held back: what was held back stays so, however late it is delivered once more.
func (s *Service) heldOnce(c correspondent, in Incoming) store.Once {
	book := s.Policies.Current()
	words := strings.Join([]string{"quarantine", c.project, in.Name, in.From, in.Subject, plain(in.Text, book.MessageLength)}, "\n")
	name := sha256.Sum256([]byte(words))
	return store.Once{ID: "mail." + base64.RawURLEncoding.EncodeToString(name[:16]), Keep: book.MailKeep}
}

// quarantine holds a mail back, once: it is in no thread, and staff find it in their queue. They are told of it where it is
// the only one there, so that whoever sends many makes us send one.
func (s *Service) quarantine(ctx context.Context, ask Ask, c correspondent, in Incoming) error {
	book := s.Policies.Current()
	ask.Once = s.heldOnce(c, in)
	in.Text = plain(in.Text, book.MessageLength)
	ask.By, ask.Answer = party.Stranger, unanswered
	_, err := s.transact(ctx, ask, func(f store.Freshness) (step, error) {
		inbox, err := s.inbox(ctx, c.project, c.pro, f)
		if err != nil {
			return step{}, err
		}
		if inbox, err = inbox.holds(book, ask.Now); err != nil {
			return step{}, err
		}
		m := Stray{
			ID: s.NewID("str"), Version: 1, Policy: book.Version, Progress: lifecycle.Start(StrayLifecycle), Project: c.project, Pro: c.pro, Mail: in, Raw: ask.Trace,
			At: ask.Now, UpdatedAt: ask.Now,
		}
		waiting, err := s.Store.Waiting(ctx, store.Quarantine, 1, nil)
		if err != nil {
			return step{}, err
		}
		st := m.decided(nil, Quarantine, ask.By.Roles[0], MailQuarantined{Mail: m.ID, Project: m.Project, Inbox: inbox.ID})
		st.tell = len(waiting.Items) == 0 && waiting.Next == nil
		st.records = append(st.records, inbox)
		return st, nil
	})
	switch {
	case errors.As(err, new(*store.Answered)):
		return nil
	case problem.Is(err, problem.CodeRateLimited):
		return s.drop(ctx, ask, c, err)
	}
	return err
}

// decided is the step that writes the mail down after an action; before is nil for a new one.
func (m Stray) decided(before store.Deadlined, action lifecycle.Action, role lifecycle.Role, fact store.Fact) step {
	return step{
		action: action, role: role, subject: m.Ref(), policy: m.Policy, moved: []moved{{StrayLifecycle.Name, before, m}}, facts: []store.Fact{fact},
		outcome: func(store.Event) any { return m },
	}
}

// Quarantined lists the mails that wait for staff, longest waiting first.
func (s *Service) Quarantined(ctx context.Context, by party.Actor, limit int, after store.Position) (store.Page[store.Record], error) {
	if !by.IsStaff() {
		return store.Page[store.Record]{}, problem.New(problem.CodeForbidden, "The quarantine is for staff.")
	}
	return s.Store.Waiting(ctx, store.Quarantine, limit, after)
}

// Accredit has a mail count as the words of a pro: of the one that it should be from or, where nobody is known under its
// address, of the one that staff name. It then stands in their thread; nobody is told, since staff have just read it.
func (s *Service) Accredit(ctx context.Context, ask Ask, id, pro string) (store.Reply, error) {
	return s.transact(ctx, ask, func(f store.Freshness) (step, error) {
		m, next, err := s.decideStray(ctx, ask, id, Accredit, f)
		if err != nil {
			return step{}, err
		}
		if next.Pro == "" {
			next.Pro = pro
		}
		if next.Pro == "" || pro != "" && pro != next.Pro {
			var wrong problem.Fields
			wrong.Add("/pro", "Name the pro who wrote it, where the mail does not.")
			return step{}, wrong.Err()
		}
		place, err := s.placeOf(ctx, m.Project, next.Pro, store.Fresh)
		if problem.Is(err, problem.CodeNotFound) {
			var wrong problem.Fields
			wrong.Add("/pro", "This pro was not invited to the project.")
			return step{}, wrong.Err()
		}
		if err != nil {
			return step{}, err
		}
		writer := party.Actor{ID: next.Pro, Roles: []lifecycle.Role{party.Pro}}
		t, err := s.visibleThread(ctx, place, writer, f)
		if err != nil {
			return step{}, err
		}
		book, err := s.policyOf(t.Policy)
		if err != nil {
			return step{}, err
		}
		thread, said, _, err := Said(t, Words{
			Source: Source{FromMail, m.ID}, Text: m.Mail.Text, Files: m.Mail.Files, Auto: m.Mail.Machine != "", LeftOut: m.Mail.LeftOut,
		}, writer, book, ask.Now)
		if err != nil {
			return step{}, err
		}
		st := next.decided(m, Accredit, StrayLifecycle.As(InQuarantine, Accredit, ask.By.Roles...), MailAccredited{
			Mail: m.ID, Project: m.Project, Pro: next.Pro, Thread: thread.ID, Message: said.ID,
		})
		st.records = []store.Record{thread, said}
		return st, nil
	})
}

// Dismiss takes a mail out of the quarantine for good.
func (s *Service) Dismiss(ctx context.Context, ask Ask, id string) (store.Reply, error) {
	return s.transact(ctx, ask, func(f store.Freshness) (step, error) {
		m, next, err := s.decideStray(ctx, ask, id, Dismiss, f)
		return next.decided(m, Dismiss, StrayLifecycle.As(InQuarantine, Dismiss, ask.By.Roles...), MailDismissed{Mail: m.ID, Project: m.Project}), err
	})
}

func (s *Service) decideStray(ctx context.Context, ask Ask, id string, action lifecycle.Action, f store.Freshness) (m, next Stray, err error) {
	if !ask.By.IsStaff() {
		return m, m, notFound()
	}
	if m, err = store.Is[Stray](s.Store.Get(ctx, store.Ref{Kind: store.Stray, ID: id}, f)); err != nil {
		return m, m, err
	}
	next, err = Decided(m, action, ask.By, ask.Now)
	return m, next, err
}
