package project

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"slices"
	"strings"

	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

// The use cases of the thread between the team and a pro: say, attach, read. A thread is found by what its people know,
// which is where the pro stands: an assignment's or an invitation's ID.

// Talk is a thread with some of its messages.
type Talk struct {
	Thread   Thread
	Messages []Message // newest first
	Next     store.Position
}

// Messages lists what was said, newest first.
func (s *Service) Messages(ctx context.Context, by party.Actor, where string, limit int, after store.Position) (Talk, error) {
	t, err := s.visibleThread(ctx, where, by, store.Fresh)
	if err != nil {
		return Talk{}, err
	}
	page, err := s.Store.MessagesOf(ctx, t.ID, limit, after)
	if err != nil {
		return Talk{}, err
	}
	return Talk{Thread: t, Messages: messages(page.Items), Next: page.Next}, nil
}

// Threads lists those with messages of pros that the team has not read, longest waiting first (R31, R39, R45).
func (s *Service) Threads(ctx context.Context, by party.Actor, limit int, after store.Position) (store.Page[store.Record], error) {
	if !by.IsStaff() {
		return store.Page[store.Record]{}, problem.New(problem.CodeForbidden, "What pros wrote is for staff.")
	}
	return s.Store.Waiting(ctx, store.Threads, limit, after)
}

// AttachmentKey is where a file of a thread lies in the bucket. The pro's ID is no part of it, since it may have
// characters that keys better do without.
func AttachmentKey(thread, file string) string {
	sum := sha256.Sum256([]byte(thread))
	return "messages/" + base64.RawURLEncoding.EncodeToString(sum[:16]) + "/" + file
}

// Attach checks that the actor may add a file to the thread, and names it.
func (s *Service) Attach(ctx context.Context, by party.Actor, where string) (thread, fileID string, err error) {
	t, err := s.visibleThread(ctx, where, by, store.Fresh)
	return t.ID, s.NewID("fil"), err
}

// Say adds a message: text, and files that have arrived whole. The other side is mailed.
func (s *Service) Say(ctx context.Context, ask Ask, where, text string, uploads []string) (store.Reply, error) {
	return s.transact(ctx, ask, func(f store.Freshness) (step, error) {
		t, err := s.visibleThread(ctx, where, ask.By, f)
		if err != nil {
			return step{}, err
		}
		book, err := s.policyOf(t.Policy)
		if err != nil {
			return step{}, err
		}
		if err := MaySay(t, ask.By, book, ask.Now); err != nil {
			return step{}, err
		}
		if err := s.reachable(ctx, t, ask.By, f); err != nil {
			return step{}, err
		}
		if len(uploads) > book.FilesPerMessage {
			return step{}, problem.New(problem.CodeTooManyItems, "A message has at most %d files.", book.FilesPerMessage)
		}
		files, err := s.arrived(ctx, uploads, func(file string) string { return AttachmentKey(t.ID, file) })
		if err != nil {
			return step{}, err
		}
		return said(t, Words{Source: Source{FromAPI, ask.Once.ID}, Text: text, Files: files}, ask, book)
	})
}

// reachable refuses to write to a pro whose account is not active: nobody would be told, and who wrote should know.
func (s *Service) reachable(ctx context.Context, t Thread, by party.Actor, f store.Freshness) error {
	if role, _ := t.RoleOf(by); role == party.Pro {
		return nil
	}
	profile, err := store.Is[party.Profile](s.Store.Get(ctx, store.Ref{Kind: store.Profile, ID: t.Pro}, f))
	if err != nil && !problem.Is(err, problem.CodeNotFound) {
		return err
	}
	if err != nil || !profile.Active {
		return problem.New(problem.CodeRecipientInactive, "The pro has no active account; nobody would read this.")
	}
	return nil
}

// said is the step of a message that the decision takes.
func said(t Thread, w Words, ask Ask, book policy.Policy) (step, error) {
	next, m, tell, err := Said(t, w, ask.By, book, ask.Now)
	if err != nil {
		return step{}, err
	}
	var fact store.Fact = TeamWrote{
		Thread: t.ID, Message: m.ID, Project: t.Project, Title: t.Title, Pro: t.Pro, Agent: t.Agent, Invitation: t.Invitation, Assignment: t.Assignment,
		Answered: m.Answered, Inbox: w.Inbox, Proofreading: w.Proofreading,
	}
	if m.OfPro() {
		fact = ProWrote(fact.(TeamWrote))
	}
	return step{
		action: Say, role: m.Role, subject: t.Ref(), policy: t.Policy, records: []store.Record{next, m}, facts: []store.Fact{fact}, tell: tell,
		outcome: func(store.Event) any { return Talk{Thread: next, Messages: []Message{m}} },
	}, nil
}

// Read moves the mark of the actor's side up to a message. A mark that is there already stays, and nothing is written.
func (s *Service) Read(ctx context.Context, ask Ask, where string, n int) (store.Reply, error) {
	return s.transact(ctx, ask, func(f store.Freshness) (step, error) {
		t, err := s.visibleThread(ctx, where, ask.By, f)
		if err != nil {
			return step{}, err
		}
		later, err := s.since(ctx, t, n)
		if err != nil {
			return step{}, err
		}
		next, moved, err := ReadUpTo(t, n, later, ask.By, ask.Now)
		if err != nil {
			return step{}, err
		}
		st := step{outcome: func(store.Event) any { return Talk{Thread: next} }}
		if moved {
			st.action, st.subject, st.policy = Read, t.Ref(), t.Policy
			st.role, _ = t.RoleOf(ask.By)
			st.records, st.facts = []store.Record{next}, []store.Fact{MessagesRead{Thread: t.ID, UpTo: n}}
		}
		return st, nil
	})
}

// since are the messages after the n-th, oldest first; mostly none.
func (s *Service) since(ctx context.Context, t Thread, n int) ([]Message, error) {
	const page = 100
	var found []Message
	var after store.Position
	for n > 0 && len(found) < t.Count-n {
		got, err := s.Store.MessagesOf(ctx, t.ID, page, after)
		if err != nil {
			return nil, err
		}
		for _, m := range messages(got.Items) {
			if m.Number() > n && m.Number() <= t.Count {
				found = append(found, m)
			}
		}
		if after = got.Next; after == nil {
			break
		}
	}
	slices.Reverse(found)
	return found, nil
}

func messages(records []store.Record) []Message {
	var list []Message
	for _, r := range records {
		if m, ok := r.(Message); ok {
			list = append(list, m)
		}
	}
	return list
}

// visibleThread loads a thread, which is empty before the first message, for those who take part in it.
func (s *Service) visibleThread(ctx context.Context, where string, by party.Actor, f store.Freshness) (Thread, error) {
	t, err := s.threadOf(ctx, where, f)
	if err != nil {
		return t, err
	}
	if _, ok := t.RoleOf(by); !ok {
		return t, notFound()
	}
	had, err := s.Store.Get(ctx, t.Ref(), f)
	if errors.Is(err, store.ErrNoRecord) {
		return t, nil
	}
	kept, err := store.Is[Thread](had, err)
	if err == nil && t.Assignment != "" {
		kept.Assignment, kept.Agent = t.Assignment, t.Agent
	}
	return kept, err
}

// threadOf is the thread as it is before the first message.
func (s *Service) threadOf(ctx context.Context, where string, f store.Freshness) (Thread, error) {
	book := s.Policies.Current().Version
	if strings.HasPrefix(where, "asg_") {
		a, err := store.Is[Assignment](s.Store.Get(ctx, store.Ref{Kind: store.Assignment, ID: where}, f))
		return Thread{
			ID: ThreadID(a.Project, a.Pro), Policy: book, Project: a.Project, Pro: a.Pro, Title: a.Terms.Title,
			Agent: a.Agent, Invitation: a.Invitation, Assignment: a.ID,
		}, err
	}
	i, err := s.invitation(ctx, where, f)
	if err != nil {
		return Thread{}, err
	}
	return Thread{
		ID: ThreadID(i.Project.ID, i.Line.Pro), Policy: book, Project: i.Project.ID, Pro: i.Line.Pro, Title: i.Project.Title,
		Agent: i.Round.By, Invitation: i.ID,
	}, nil
}

// placeOf finds where a pro stands on a project: on their seat, or at their last invitation.
func (s *Service) placeOf(ctx context.Context, id, pro string, f store.Freshness) (string, error) {
	p, err := s.project(ctx, id, f)
	if err != nil {
		return "", err
	}
	for _, seat := range p.Seats {
		if seat.Pro == pro && seat.Assignment != "" {
			return seat.Assignment, nil
		}
	}
	rounds, err := s.rounds(ctx, p, f)
	if err != nil {
		return "", err
	}
	slices.SortFunc(rounds, func(a, b Round) int { return b.SentAt.Compare(a.SentAt) })
	for _, r := range rounds {
		if i := slices.IndexFunc(r.Lines, func(l Line) bool { return l.Pro == pro }); i >= 0 {
			return InvitationID(r.ID, i), nil
		}
	}
	return "", notFound()
}
