package project

import (
	"slices"
	"time"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
)

// Who came too late for a translation can be offered to proofread it (R32, A16). The proofreading is a project of its own,
// with a lifecycle of its own; the two name each other as Of and Proofreading.

// The categories of the pair.
const (
	translation  = "translation"
	proofreading = "proofreading"
)

// ProofreadingTerms is what staff decide about a proofreading.
type ProofreadingTerms struct {
	Reward           ledger.Money
	ZeroRewardReason string    // why it may be 0 (R54, A22)
	DeliverBy        time.Time // zero for the policy's
	ExpiresAt        time.Time // of the invitations; zero for the policy's
}

// Losers is whom the proofreading of a translation may be offered to.
type Losers struct {
	Pros    []party.Profile // active ones, in the order in which they were first invited
	Offered Project         // the proofreading that was offered last; the zero value where none was
}

// losersOf names the pros whose last invitation to a filled project was closed because others had taken all seats. Who has
// or had one of them, said no, was withdrawn or let the time pass is none.
func losersOf(p Project, rounds []Round) []string {
	came := map[string]bool{}
	var pros []string
	for _, known := range p.Rounds {
		n := slices.IndexFunc(rounds, func(r Round) bool { return r.ID == known.Round })
		if n < 0 {
			continue
		}
		for line, l := range rounds[n].Lines {
			if _, seen := came[l.Pro]; !seen {
				pros = append(pros, l.Pro)
			}
			i := Invitation{ID: InvitationID(known.Round, line), Line: l, Round: rounds[n], Project: p}
			came[l.Pro] = i.State(p.FilledAt) == Closed
		}
	}
	return slices.DeleteFunc(pros, func(pro string) bool {
		return !came[pro] || pro == p.Client || slices.ContainsFunc(slices.Concat(p.Seats, p.Former), func(s Seat) bool { return s.Pro == pro })
	})
}

// proofreadable refuses where there is no translation, nobody to ask, or a proofreading already; one that was cancelled
// does not count.
func (p Project) proofreadable(l Losers) error {
	switch {
	case p.Category != translation:
		return problem.New(problem.CodeStateChanged, "Only the proofreading of a translation is offered to who came too late.")
	case l.Offered.ID != "" && l.Offered.Progress.State != Cancelled:
		return problem.New(problem.CodeStateChanged, "Its proofreading has been offered already.").With("proofreading", l.Offered.ID)
	case len(l.Pros) == 0:
		return problem.New(problem.CodeStateChanged, "Nobody who can be invited came too late for it.")
	}
	return nil
}

// Proofread is a proofreading that is offered: its project, and the translation that names it.
type Proofread struct {
	Project     Project
	Translation Project
	Round       Round
	Left        []string // pros for whom one call has no room
}

// ProofreadingOf is a filled translation with its proofreading, published, linked, and offered in one round to its losers,
// the earliest invited first (R32, A16).
func ProofreadingOf(p Project, l Losers, t ProofreadingTerms, id, roundID string, by party.Actor, book policy.Policy, now time.Time) (Proofread, error) {
	progress, err := p.Progress.Do(Lifecycle, OfferProofreading, p.RolesOf(by)...)
	if err != nil {
		return Proofread{}, err
	}
	if err := p.proofreadable(l); err != nil {
		return Proofread{}, err
	}
	if t.Reward.Currency != p.Reward.Currency {
		return Proofread{}, problem.New(problem.CodeCurrencyMismatch, "Rewards of this project are in %s.", p.Reward.Currency)
	}
	reading, err := Drafted(id, t.brief(p, book, now), by, book, now)
	if err != nil {
		return Proofread{}, err
	}
	reading.Of = p.ID
	if reading, err = Opened(reading, by, now); err != nil {
		return Proofread{}, err
	}
	guests, profiles, left := l.guests(book.InvitationsPerCall)
	reading, round, err := Called(reading, p, nil, roundID, guests, profiles, t.ExpiresAt, by, book, now)
	if err != nil {
		return Proofread{}, err
	}
	reading.Version = 1
	p.Progress, p.Proofreading = progress, reading.ID
	return Proofread{Project: reading, Translation: p.touched(now), Round: round, Left: left}, nil
}

// guests are as many as one call invites, and who is left.
func (l Losers) guests(most int) (guests []Guest, profiles map[string]party.Profile, left []string) {
	profiles = map[string]party.Profile{}
	for _, profile := range l.Pros {
		if len(guests) == most {
			left = append(left, profile.ID)
			continue
		}
		guests, profiles[profile.ID] = append(guests, Guest{Pro: profile.ID}), profile
	}
	return guests, profiles, left
}

// titleLength is the longest title in runes.
const titleLength = 120

// brief says what is to be proofread, with what the translator was given.
func (t ProofreadingTerms) brief(p Project, book policy.Policy, now time.Time) Brief {
	title := []rune("Proofreading: " + p.Title)
	if len(title) > titleLength {
		title = append(title[:titleLength-1], '…')
	}
	due := t.DeliverBy
	if due.IsZero() {
		due = later(p.DeliverBy, now).Add(book.ProofreadingWindow)
		if most := now.AddDate(2, 0, 0); due.After(most) {
			due = most
		}
	}
	return Brief{
		Client: p.Client, Type: Speedy, Category: proofreading, Title: string(title), Assets: p.Assets, Seats: 1,
		Text:   "Proofread the translation “" + p.Title + "”. Its newest version is on your assignment as soon as it has been handed in. The translator works to this brief:\n\n" + p.Brief,
		Reward: t.Reward, ZeroRewardReason: t.ZeroRewardReason, DeliverBy: due,
	}
}

// bars names who may not work on a project because of a seat on the other one of its pair: nobody proofreads their own
// work. Who has or had a seat of the translation does not proofread it; who has the proofreading's does not translate.
func (p Project) bars(other Project) []string {
	seats := other.Seats
	if p.Of != "" {
		seats = slices.Concat(seats, other.Former)
	}
	var pros []string
	for _, s := range seats {
		if s.Assignment != "" {
			pros = append(pros, s.Pro)
		}
	}
	return pros
}

// OwnWork refuses the invitation's pro what they may not do to their own work.
func (i Invitation) OwnWork() error {
	switch {
	case !slices.Contains(i.Project.bars(i.Other), i.Line.Pro):
		return nil
	case i.Project.Of != "":
		return problem.New(problem.CodeOwnWork, "You have worked on this translation, and nobody proofreads their own work.")
	}
	return problem.New(problem.CodeOwnWork, "You proofread this translation, and nobody proofreads their own work.")
}

// ProofreadingSource is the translation as its proofreader gets it: the newest version that each of its translators handed in, a
// contest's losers left out, without what was said about it.
type ProofreadingSource struct {
	Title string
	Works []Work
}

// Work is what one translator handed in last.
type Work struct {
	Assignment string
	Version    Version
}

// OffersSource reports whether the actor finds what the assignment proofreads, as soon as there is something.
func (a Assignment) OffersSource(to party.Actor) bool { return a.Of != "" && a.readsSource(to) == nil }

// readsSource refuses who sees the assignment and gets no source: its client, who sees of a translation what quality
// control has passed (R46), and its pro once the work is no longer theirs.
func (a Assignment) readsSource(by party.Actor) error {
	switch roles := a.RolesOf(by); {
	case slices.ContainsFunc(roles, func(r lifecycle.Role) bool { return r != party.Client && r != party.Pro }):
		return nil
	case !slices.Contains(roles, party.Pro):
		return problem.New(problem.CodeForbidden, "What is to be proofread is for its proofreader and the team.")
	case !a.LeftAt.IsZero():
		return problem.New(problem.CodeStateChanged, "This work is no longer yours.")
	}
	return nil
}

// nothingToRead says why there is no source.
func (p Project) nothingToRead() error {
	if p.Progress.State == Cancelled {
		return problem.New(problem.CodeStateChanged, "The translation was cancelled.")
	}
	return problem.New(problem.CodeNotYet, "Nothing of the translation has been handed in yet.")
}
