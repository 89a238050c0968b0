package project

import (
	"cmp"
	"context"

	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/store"
)

// The use cases of proofreading.

// OfferProofreading has the losers of a translation proofread it: the project, its invitations and the link to the
// translation are one commit, for staff, once for each translation (R32, A16).
func (s *Service) OfferProofreading(ctx context.Context, ask Ask, id string, terms ProofreadingTerms) (store.Reply, error) {
	readingID, roundID := s.NewID("prj"), s.NewID("rnd")
	return s.transact(ctx, ask, func(f store.Freshness) (step, error) {
		before, err := s.visibleProject(ctx, id, ask.By, f)
		if err != nil {
			return step{}, err
		}
		losers, err := s.losers(ctx, before, ask.By)
		if err != nil {
			return step{}, err
		}
		book := s.Policies.Current()
		made, err := ProofreadingOf(before, losers, terms, readingID, roundID, ask.By, book, ask.Now)
		if err != nil {
			return step{}, err
		}
		p, reading, round := made.Translation, made.Project, made.Round
		st := step{
			action: OfferProofreading, role: Lifecycle.As(before.Progress.State, OfferProofreading, before.RolesOf(ask.By)...), records: []store.Record{round}, tell: true,
			facts: []store.Fact{ProofreadingLinked{Project: p.ID, Proofreading: reading.ID, Count: len(round.Lines)}},
			others: []meant{{subject: reading.Ref(), action: Create, policy: book.Version, facts: []store.Fact{
				Created{Title: reading.Title}, Published{Title: reading.Title},
				ProofreadingOffered{Project: reading.ID, Round: round.ID, Title: reading.Title, Of: p.ID, Translation: p.Title, Count: len(round.Lines), DeliverBy: reading.DeliverBy},
			}}},
		}
		st = st.about(before, p, nil)
		st.moved = append(st.moved, moved{machine: Lifecycle.Name, after: reading})
		st.outcome = func(store.Event) any { return made }
		return st, nil
	})
}

// losers finds whom the proofreading of a project may be offered to, where the actor may offer one at all. Neither rounds
// nor profiles are written, so no version guards them, and they are read fresh.
func (s *Service) losers(ctx context.Context, p Project, by party.Actor) (Losers, error) {
	if _, err := p.Progress.Do(Lifecycle, OfferProofreading, p.RolesOf(by)...); err != nil || p.Category != translation {
		return Losers{}, nil
	}
	offered, err := s.counterpart(ctx, p, store.Fresh)
	if err != nil {
		return Losers{}, err
	}
	rounds, err := s.rounds(ctx, p, store.Fresh)
	if err != nil {
		return Losers{}, err
	}
	var guests []Guest
	for _, pro := range losersOf(p, rounds) {
		guests = append(guests, Guest{Pro: pro})
	}
	profiles, err := s.directory(ctx, guests, store.Fresh)
	found := Losers{Offered: offered}
	for _, g := range guests {
		if profile := profiles[g.Pro]; profile.Active && profile.Actor().Is(party.Pro) {
			found.Pros = append(found.Pros, profile)
		}
	}
	return found, err
}

// counterpart is the other project of a pair: the translation of a proofreading, or the last proofreading of a translation;
// the zero value where there is none.
func (s *Service) counterpart(ctx context.Context, p Project, f store.Freshness) (Project, error) {
	id := cmp.Or(p.Of, p.Proofreading)
	if id == "" {
		return Project{}, nil
	}
	return s.project(ctx, id, f)
}

// Source is what the proofreader of an assignment works on, for them, quality control and staff. An assignment that
// proofreads nothing has none (CodeNotFound), nor has one whose translation has not been handed in (CodeNotYet).
func (s *Service) Source(ctx context.Context, by party.Actor, id string) (ProofreadingSource, error) {
	a, err := store.Is[Assignment](s.Store.Get(ctx, store.Ref{Kind: store.Assignment, ID: id}, store.Fresh))
	if err == nil && (!a.Visible(by) || a.Of == "") {
		err = notFound()
	}
	if err == nil {
		err = a.readsSource(by)
	}
	if err != nil {
		return ProofreadingSource{}, err
	}
	p, err := s.project(ctx, a.Of, store.Fresh)
	if err != nil {
		return ProofreadingSource{}, err
	}
	source := ProofreadingSource{Title: p.Title}
	for _, seat := range p.Seats {
		if seat.Assignment == "" {
			continue
		}
		record, story, err := s.Store.Story(ctx, store.Ref{Kind: store.Assignment, ID: seat.Assignment}, store.Fresh)
		of, err := store.Is[Assignment](record, err)
		if err != nil {
			return ProofreadingSource{}, err
		}
		if versions := Versions(of, story, by); len(versions) > 0 && of.Progress.State != NotPicked {
			source.Works = append(source.Works, Work{of.ID, versions[len(versions)-1]})
		}
	}
	if len(source.Works) == 0 {
		return ProofreadingSource{}, p.nothingToRead()
	}
	return source, nil
}
