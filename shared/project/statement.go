package project

import (
	"context"
	"errors"
	"time"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

// Period is a year, or a month of one, by the calendar of who reads; the zero value is always.
type Period struct {
	Year  int
	Month time.Month
}

func (p Period) holds(t time.Time) bool {
	return p.Year == 0 || t.Year() == p.Year && (p.Month == 0 || t.Month() == p.Month)
}

// Movements are the lines of a pro's statement, in the zone in which the pro reads them.
type Movements struct {
	Pro   string
	Zone  *time.Location
	Lines []ledger.Line
}

// Movements lists every movement of a pro's money in a period, oldest first, with what stood on the account after it: a
// pro's own, or anybody's for staff. Days and months are the pro's (A12). More lines than the policy allows are refused.
func (s *Service) Movements(ctx context.Context, by party.Actor, pro string, in Period) (Movements, error) {
	if pro == "" {
		pro = by.ID
	}
	if !readsStatement(by, pro) {
		return Movements{}, notFound()
	}
	zone, err := s.zoneOf(ctx, pro)
	if err != nil {
		return Movements{}, err
	}
	entries, err := s.entriesOf(ctx, pro)
	if err != nil {
		return Movements{}, err
	}
	lines, err := ledger.Lines(pro, entries)
	if err != nil {
		return Movements{}, err
	}
	m := Movements{Pro: pro, Zone: zone}
	for _, l := range lines {
		if in.holds(l.Entry.At.In(zone)) {
			m.Lines = append(m.Lines, l)
		}
	}
	if most := s.Policies.Current().StatementLines; len(m.Lines) > most {
		return Movements{}, problem.New(problem.CodeTooManyItems, "These are %d movements, and a statement has at most %d. Ask for a year, or for a month.", len(m.Lines), most)
	}
	return m, nil
}

// readsStatement: a pro's own, and anybody's for staff.
func readsStatement(by party.Actor, pro string) bool {
	return by.IsStaff() || by.Is(party.Pro) && pro == by.ID
}

// zoneOf is where a pro lives; UTC for who is not in the directory.
func (s *Service) zoneOf(ctx context.Context, pro string) (*time.Location, error) {
	profile, err := store.Is[party.Profile](s.Store.Get(ctx, store.Ref{Kind: store.Profile, ID: pro}, store.Stale))
	if problem.Is(err, problem.CodeNotFound) {
		return time.UTC, nil
	}
	if err != nil {
		return nil, err
	}
	zone, err := party.ZoneOf(profile.Contact.Zone)
	if err != nil {
		return time.UTC, nil // as in mails: UTC is true as written
	}
	return zone, nil
}

// entriesOf lists all of a pro's.
func (s *Service) entriesOf(ctx context.Context, pro string) ([]ledger.Entry, error) {
	const page = 500
	var entries []ledger.Entry
	var after store.Position
	for {
		got, err := s.Store.EntriesOf(ctx, pro, page, after)
		if err != nil {
			return nil, err
		}
		entries = append(entries, got.Items...)
		if after = got.Next; after == nil {
			return entries, nil
		}
	}
}

// bookPage is how many entries one reading of the book takes in.
const bookPage = 1000

// Book is the trial balance of a month ("2006-01", UTC), or of as many of its entries as one reading takes in; the next one
// goes on behind them. It is for leads and admins.
func (s *Service) Book(ctx context.Context, by party.Actor, month string, after store.Position) (ledger.Trial, store.Position, error) {
	var trial ledger.Trial
	if !by.Is(party.Lead, party.Admin) {
		return trial, nil, problem.New(problem.CodeForbidden, "The book is for leads and admins.")
	}
	page, err := s.Store.Book(ctx, month, bookPage, after)
	if err != nil {
		return trial, nil, err
	}
	var failed []error
	for _, e := range page.Items {
		failed = append(failed, trial.Add(e))
	}
	return trial, page.Next, errors.Join(failed...)
}

// Proposals lists the adjustments that wait for a second person, longest waiting first. It is for leads and admins.
func (s *Service) Proposals(ctx context.Context, by party.Actor, limit int, after store.Position) ([]ledger.Adjustment, store.Position, error) {
	if !by.Is(party.Lead, party.Admin) {
		return nil, nil, problem.New(problem.CodeForbidden, "What waits for a second person is for leads and admins.")
	}
	page, err := s.Store.Waiting(ctx, store.SecondPerson, limit, after)
	if err != nil {
		return nil, nil, err
	}
	var waiting []ledger.Adjustment
	for _, r := range page.Items {
		if adj, ok := r.(ledger.Adjustment); ok && adj.Progress.State == ledger.AdjustmentProposed { // the index may be a moment behind
			waiting = append(waiting, adj)
		}
	}
	return waiting, page.Next, nil
}
