package project

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

// The use cases of mails that come in: take, and keep as a message.

// Incoming is a mail that somebody sent back, as it was read.
type Incoming struct {
	Name      string   // the same however often the mail is delivered: its Message-ID, or what the mail service called it
	MessageID string   // what an answer refers to; empty where it has none that may be referred to
	From      string   // the one address that it says it is from; empty where it is not clear
	Subject   string   // on one line
	Text      string   // without what it quotes
	Files     []File   // by name and size
	LeftOut   []string // what was not read, in words for staff
	Machine   string   // why no person wrote it; empty for a person's
	Doubts    []string // why it may not be from who it says, or do harm
}

// Why a mail is held back, besides what its reader doubts.
const (
	fromAnother  = "it is not from an address that we know of the pro"
	notActive    = "the pro has no active account"
	sameName     = "another mail came under the same Message-ID"
	tooMany      = "more mails came from the pro within an hour than people write"
	fromStranger = "it is from nobody who was invited"
)

// correspondent is whom a mail should be from.
type correspondent struct {
	project   string
	pro       string   // empty where the address is nobody's
	addresses []string // from which we believe the pro
	active    bool
}

// Take keeps a mail about an invitation, an assignment or a project, which its token names: as a message of its pro where
// it is from an address of theirs and nothing speaks against it, and in quarantine otherwise. The mail's words have no
// authority. The same mail again changes nothing (F55); another one under its name is held back (B107), and so is what comes
// faster than people write. What is more than we hold back is dropped and refused as rate-limited (F57).
// Enclosed are the contents of its files; they are kept with the message, and of what is held back they are only named.
func (s *Service) Take(ctx context.Context, ask Ask, about string, in Incoming, enclosed [][]byte) error {
	c, err := s.correspondent(ctx, about, in.From)
	if err != nil {
		return err
	}
	switch {
	case c.pro == "":
		in.Doubts = append(slices.Clone(in.Doubts), fromStranger)
	case !c.writesFrom(in.From):
		in.Doubts = append(slices.Clone(in.Doubts), fromAnother)
	case !c.active:
		in.Doubts = append(slices.Clone(in.Doubts), notActive)
	}
	if len(in.Doubts) > 0 {
		return s.quarantine(ctx, ask, c, in)
	}
	if _, held, err := s.Store.Answered(ctx, s.heldOnce(c, in).ID, ask.Now); held || err != nil {
		return err
	}
	ask.By = party.Actor{ID: c.pro, Roles: []lifecycle.Role{party.Pro}}
	_, err = s.Receive(ctx, ask, Mail{
		Project: c.project, Pro: c.pro, Source: about + " " + in.Name, Text: in.Text, Files: in.Files, Enclosed: enclosed, Auto: in.Machine != "", LeftOut: in.LeftOut, MessageID: in.MessageID,
	})
	switch {
	case problem.Is(err, problem.CodeIdempotencyKeyReused):
		in.Doubts = []string{sameName}
	case problem.Is(err, problem.CodeRateLimited):
		in.Doubts = []string{tooMany}
	default:
		return err
	}
	return s.quarantine(ctx, ask, c, in)
}

func (c correspondent) writesFrom(address string) bool {
	return slices.ContainsFunc(c.addresses, func(a string) bool { return strings.EqualFold(a, address) })
}

// correspondent finds the pro that a token stands for: of the invitation, of the assignment, or among all invited to the
// project by the address.
func (s *Service) correspondent(ctx context.Context, about, from string) (c correspondent, err error) {
	var invited []Line
	switch {
	case strings.HasPrefix(about, "prj_"):
		p, err := s.project(ctx, about, store.Fresh)
		if err != nil {
			return c, err
		}
		rounds, err := s.rounds(ctx, p, store.Fresh)
		if err != nil {
			return c, err
		}
		c.project = p.ID
		for _, r := range rounds {
			invited = append(invited, r.Lines...)
		}
		if c.pro, err = s.whose(ctx, invited, from); err != nil {
			return c, err
		}
	default:
		t, err := s.threadOf(ctx, about, store.Fresh)
		if err != nil {
			return c, err
		}
		i, err := s.invitation(ctx, t.Invitation, store.Fresh)
		if err != nil {
			return c, err
		}
		c.project, c.pro, invited = t.Project, t.Pro, []Line{i.Line}
	}
	for _, l := range invited {
		if l.Pro == c.pro {
			c.addresses = append(c.addresses, l.Contact.Email)
		}
	}
	profile, err := store.Is[party.Profile](s.Store.Get(ctx, store.Ref{Kind: store.Profile, ID: c.pro}, store.Fresh))
	switch {
	case c.pro == "" || problem.Is(err, problem.CodeNotFound):
		return c, nil
	case err != nil:
		return c, err
	}
	c.active, c.addresses = profile.Active, append(c.addresses, profile.Contact.Email)
	return c, nil
}

// whose finds the one invited pro who is known under an address: by the one that the invitation went to, or by their
// present one. An address of two pros is nobody's.
func (s *Service) whose(ctx context.Context, invited []Line, from string) (string, error) {
	var found []string
	var refs []store.Ref
	for _, l := range invited {
		if strings.EqualFold(l.Contact.Email, from) {
			found = append(found, l.Pro)
		}
		refs = append(refs, store.Ref{Kind: store.Profile, ID: l.Pro})
	}
	for some := range slices.Chunk(distinct(refs), mostRead) {
		records, err := s.Store.GetAll(ctx, some, store.Stale)
		if err != nil {
			return "", err
		}
		for _, r := range records {
			if p, ok := r.(party.Profile); ok && strings.EqualFold(p.Contact.Email, from) {
				found = append(found, p.ID)
			}
		}
	}
	slices.Sort(found)
	if found = slices.Compact(found); len(found) != 1 {
		return "", nil
	}
	return found[0], nil
}

// mostRead is how many records the store loads at once.
const mostRead = 100

func distinct(refs []store.Ref) []store.Ref {
	seen := map[store.Ref]bool{}
	return slices.DeleteFunc(refs, func(r store.Ref) bool {
		had := seen[r]
		seen[r] = true
		return had
	})
}

// Mail is a mail that came in, read and tied to its thread by who received it.
type Mail struct {
	Project, Pro string // whose thread it belongs to
	Source       string // the one name of this mail, however often it is delivered
	Text         string // without what it quotes
	Files        []File
	Enclosed     [][]byte // the files' contents; one without is only named
	Auto         bool     // sent by a machine: kept, and nobody is mailed about it
	LeftOut      []string // what was not read
	MessageID    string   // what an answer to it refers to; may be empty
}

// Receive keeps a mail by ask.By, the thread's pro or staff, as a message. The same mail again changes nothing and is no
// error (F55); under the same name with other words it is refused as idempotency-key-reused, for the caller to flag
// (B107), and what is more than people write within an hour as rate-limited (F57). A mail that nobody can have been asked
// for, since the pro was never invited, is not found. A pro whose invitation came to nothing is answered by the facts, once
// (R30, R31).
func (s *Service) Receive(ctx context.Context, ask Ask, mail Mail) (again bool, err error) {
	name := sha256.Sum256([]byte(mail.Source))
	words := sha256.Sum256([]byte(mail.Text))
	ask.Once = store.Once{
		ID: "mail." + base64.RawURLEncoding.EncodeToString(name[:16]), Fingerprint: base64.RawURLEncoding.EncodeToString(words[:12]), Keep: s.Policies.Current().MailKeep,
	}
	ask.Answer = unanswered
	_, err = s.transact(ctx, ask, func(f store.Freshness) (step, error) { return s.received(ctx, ask, mail, f) })
	var before *store.Answered
	if errors.As(err, &before) {
		return true, nil
	}
	return false, err
}

// received is the step that keeps a mail as a message, with what the facts answer to it.
func (s *Service) received(ctx context.Context, ask Ask, mail Mail, f store.Freshness) (step, error) {
	place, err := s.placeOf(ctx, mail.Project, mail.Pro, store.Fresh) // not written, so no version guards it
	if err != nil {
		return step{}, err
	}
	t, err := s.visibleThread(ctx, place, ask.By, f)
	if err != nil {
		return step{}, err
	}
	book, err := s.policyOf(t.Policy)
	if err != nil {
		return step{}, err
	}
	inbox, err := s.inbox(ctx, mail.Project, mail.Pro, f)
	if err != nil {
		return step{}, err
	}
	if inbox, err = inbox.keeps(book, ask.Now); err != nil {
		return step{}, err
	}
	w := Words{Source: Source{FromMail, mail.Source}, Text: plain(mail.Text, book.MessageLength), Files: mail.Files, Auto: mail.Auto, LeftOut: mail.LeftOut}
	if w.Files, err = s.enclosed(ctx, t.ID, mail, book); err != nil {
		return step{}, err
	}
	cause, answer, err := s.answerTo(ctx, t, place, mail, ask.Now)
	if err != nil {
		return step{}, err
	}
	w.Answered, w.Told, w.Inbox = cause, place, inbox.ID
	if late, ok := answer.(LateAnswered); ok {
		w.Proofreading = late.Proofreading
	}
	st, err := said(t, w, ask, book)
	st.records = append(st.records, inbox)
	if cause != "" {
		st.facts, st.tell = append(st.facts, answer), true
	}
	return st, err
}

// enclosed puts what came with a mail where attachments of the thread are, as many as a message may have; what is empty or
// more is only named. A name says what it holds and of which mail it is, so the same mail again stores nothing else.
func (s *Service) enclosed(ctx context.Context, thread string, mail Mail, book policy.Policy) ([]File, error) {
	files, kept := slices.Clone(mail.Files), 0
	for n, content := range mail.Enclosed {
		if len(content) == 0 || kept == book.FilesPerMessage {
			continue
		}
		kept++
		sum := sha256.Sum256(content)
		name := sha256.Sum256(fmt.Appendf(nil, "%q %d %x", mail.Source, n, sum))
		files[n].ID, files[n].SHA256 = "fil_"+crockford.EncodeToString(name[:16]), base64.StdEncoding.EncodeToString(sum[:])
		if err := s.Files.Put(ctx, AttachmentKey(thread, files[n].ID), files[n], content); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// crockford spells 16 bytes as IDs are spelled.
var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)
