package notice

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"slices"
	"time"

	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// letter is one mail to be: what about, and to whom.
type letter struct {
	notice    Notice
	project   string
	about     string // what a reply to it is about: an invitation, an assignment, a project; empty where no thread stands behind it
	recipient string // a party, or a group of readers; the same at every try, since the mark is kept under it
	replyTo   string // the Message-ID of the mail that it answers; may be empty
	group     bool   // the recipients must not see each other
	to        []person
	page      page
	message   Message // once composed
}

// person is a party and how they are reached.
type person struct {
	id      string
	contact party.Contact
}

func (p person) address() mail.Address {
	return mail.Address{Name: p.contact.Name, Address: p.contact.Email}
}

// lettersFor finds out who is told, as of now.
func (t Teller) lettersFor(ctx context.Context, n Notice, m matter, most int, now time.Time) ([]letter, error) {
	switch n.Audience {
	case EachInvited:
		return t.toEachInvited(ctx, n, m, now)
	case TheInvited:
		return t.toTheInvited(ctx, n, m)
	case WhoWrote:
		return t.toWhoWrote(ctx, n, m)
	case WhoLostOut:
		return t.toWhoLostOut(ctx, n, m, most)
	case ThePro:
		letters, err := t.toParty(ctx, n, m, m.pro)
		for i := range letters {
			letters[i].about = cmp.Or(m.assignment, m.invitation)
		}
		return letters, err
	case TheClient:
		return t.toParty(ctx, n, m, m.client)
	case TheAgent:
		return t.toParty(ctx, n, m, m.agent)
	case TheProposer:
		return t.toParty(ctx, n, m, m.proposer)
	case TheDesk:
		return t.toTheDesk(ctx, n, m)
	case TheLeads, OtherLeads:
		return t.toLeads(ctx, n, m)
	case WhoIsOnIt:
		return t.toWhoIsOnIt(ctx, n, m, most, now)
	}
	return nil, fmt.Errorf("notice: %s has an audience that nobody resolves: %q", n.Name, n.Audience)
}

func toOne(n Notice, m matter, to person) letter {
	p := m.page
	p.reader = readerOf(to.contact)
	return letter{notice: n, project: m.project, recipient: to.id, to: []person{to}, page: p}
}

// toEachInvited writes no mail to whom an invitation can no longer help: answered, withdrawn or expired while it waited;
// theirs is a letter to nobody, which their list has all the same. It must see the commits up to now, hence Fresh.
func (t Teller) toEachInvited(ctx context.Context, n Notice, m matter, now time.Time) ([]letter, error) {
	rounds, err := t.rounds(ctx, m, store.Fresh)
	if err != nil {
		return nil, err
	}
	var letters []letter
	var errs []error
	for _, r := range rounds {
		for i, line := range r.Lines {
			l := toOne(n, m, person{line.Pro, line.Contact})
			l.about = project.InvitationID(r.ID, i)
			l.page.ExpiresAt, l.page.Reward = r.ExpiresAt, project.Invitation{Line: line, Round: r}.Reward()
			if line.State != project.Invited || !now.Before(r.ExpiresAt) {
				l.to = nil
			} else if path, err := t.Link(ctx, l.about, line.Pro); err != nil {
				l.to, errs = nil, append(errs, fmt.Errorf("notice: link of %s: %w", l.about, err))
			} else {
				l.page.Link = t.Site.URL + path
			}
			letters = append(letters, l)
		}
	}
	return letters, errors.Join(errs...)
}

func (t Teller) toTheInvited(ctx context.Context, n Notice, m matter) ([]letter, error) {
	rounds, err := t.rounds(ctx, m, store.Stale)
	if err != nil {
		return nil, err
	}
	for _, r := range rounds {
		if i, ok := r.Find(m.invitation, project.Project{}); ok {
			l := toOne(n, m, person{i.Line.Pro, i.Line.Contact})
			l.about = i.ID
			return []letter{l}, nil
		}
	}
	return nil, fmt.Errorf("notice: no invitation %s in its round", m.invitation)
}

// toWhoWrote answers a mail with the page of the invitation, where its pro finds what there is to do.
func (t Teller) toWhoWrote(ctx context.Context, n Notice, m matter) ([]letter, error) {
	letters, err := t.toTheInvited(ctx, n, m)
	for i := range letters {
		path, err := t.Link(ctx, m.invitation, letters[i].recipient)
		if err != nil {
			return nil, fmt.Errorf("notice: link of %s: %w", m.invitation, err)
		}
		letters[i].page.Link, letters[i].replyTo = t.Site.URL+path, m.replyTo
	}
	return letters, err
}

// toWhoLostOut writes once per language and zone. Rounds do not change once their project is filled or cancelled, so every
// try finds the same groups, and a Stale read does.
func (t Teller) toWhoLostOut(ctx context.Context, n Notice, m matter, most int) ([]letter, error) {
	rounds, err := t.rounds(ctx, m, store.Stale)
	if err != nil {
		return nil, err
	}
	return grouped(n, m, rounds, most, func(_ project.Round, line project.Line, won bool) bool { return line.State == project.Invited && !won }), nil
}

// toWhoIsOnIt writes once per language and zone to who has a seat, and to who may still take one.
func (t Teller) toWhoIsOnIt(ctx context.Context, n Notice, m matter, most int, now time.Time) ([]letter, error) {
	rounds, err := t.rounds(ctx, m, store.Fresh)
	if err != nil {
		return nil, err
	}
	return grouped(n, m, rounds, most, func(r project.Round, line project.Line, won bool) bool {
		return won || m.open && !slices.Contains(m.closed, r.ID) && line.State == project.Invited && now.Before(r.ExpiresAt)
	}), nil
}

// grouped makes one letter for all whom a notice concerns and who read the same words, each pro once.
func grouped(n Notice, m matter, rounds []project.Round, most int, concerns func(r project.Round, line project.Line, won bool) bool) []letter {
	groups := map[string]*letter{}
	told := map[string]bool{}
	for _, r := range rounds {
		for i, line := range r.Lines {
			if told[line.Pro] || !concerns(r, line, slices.Contains(m.won, project.InvitationID(r.ID, i))) {
				continue
			}
			told[line.Pro] = true
			reads := readerOf(line.Contact)
			g := groups[reads.Group()]
			if g == nil {
				reads.Name = ""
				g = &letter{notice: n, project: m.project, about: m.project, recipient: reads.Group(), group: true, page: m.page}
				g.page.reader = reads
				groups[reads.Group()] = g
			}
			g.to = append(g.to, person{line.Pro, line.Contact})
			if !slices.Contains(g.page.SentAt, r.SentAt) {
				g.page.SentAt = append(g.page.SentAt, r.SentAt)
			}
		}
	}
	return parts(groups, most)
}

// parts splits groups that are larger than one mail may be, in an order that does not change.
func parts(groups map[string]*letter, most int) []letter {
	var letters []letter
	for _, g := range groups {
		part := 0
		for to := range slices.Chunk(g.to, most) {
			part++
			l := *g
			l.to, l.recipient = to, fmt.Sprintf("%s/%d", g.recipient, part)
			letters = append(letters, l)
		}
	}
	slices.SortFunc(letters, func(a, b letter) int { return cmp.Compare(a.recipient, b.recipient) })
	return letters
}

// rounds reads in the fact's order. One that a Stale read does not see yet is an error, and seen at the next try.
func (t Teller) rounds(ctx context.Context, m matter, f store.Freshness) ([]project.Round, error) {
	var refs []store.Ref
	for _, id := range m.rounds {
		refs = append(refs, store.Ref{Kind: store.Round, ID: id})
	}
	if len(refs) == 0 {
		return nil, nil
	}
	records, err := t.Store.GetAll(ctx, refs, f)
	if err != nil {
		return nil, fmt.Errorf("notice: load rounds of %s: %w", m.project, err)
	}
	found := map[string]project.Round{}
	for _, r := range records {
		if round, ok := r.(project.Round); ok {
			found[round.ID] = round
		}
	}
	rounds := make([]project.Round, len(refs))
	for i, id := range m.rounds {
		round, ok := found[id]
		if !ok {
			return nil, fmt.Errorf("notice: round %s of %s: %w", id, m.project, store.ErrNoRecord)
		}
		rounds[i] = round
	}
	return rounds, nil
}

// toParty writes to somebody of the directory. Who is not there or not active any more is left out, and the log says so.
func (t Teller) toParty(ctx context.Context, n Notice, m matter, id string) ([]letter, error) {
	record, err := t.Store.Get(ctx, store.Ref{Kind: store.Profile, ID: id}, store.Stale)
	if err != nil && !errors.Is(err, store.ErrNoRecord) {
		return nil, fmt.Errorf("notice: load profile %s: %w", id, err)
	}
	profile, ok := record.(party.Profile)
	if err != nil || !ok || !profile.Active {
		slog.WarnContext(ctx, "notice: no active profile, nobody is told", "notice", n.Name, "party", id)
		return nil, nil
	}
	return []letter{toOne(n, m, person{id, profile.Contact})}, nil
}
