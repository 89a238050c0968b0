package project

import (
	"context"
	"time"

	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/store"
)

// ProStanding is what became of the seats that a pro has won: facts for whoever decides whom to invite, and no score. Nothing
// is kept of it and nothing follows from it by itself; it is counted from the assignments when somebody asks (A15, R52).
type ProStanding struct {
	Pro   string
	Since time.Time // when the oldest seat that is counted was won; zero without any
	Whole bool      // nothing older is left out

	Won       int // seats
	InWork    int // not over: neither done, left nor passed over
	Delivered int // passed quality control at least once
	Done      int
	Late      int // were late at least once, whatever more time was granted afterwards
	TimesLate int // deadlines that passed without a version, over all of them

	Withdrawn, Reassigned, NotPicked int

	QCRevisions     int // versions that quality control sent back
	ClientRevisions int // requests of clients for changes, whatever became of them
}

// with counts one more assignment.
func (p ProStanding) with(a Assignment) ProStanding {
	if p.Won == 0 || a.CreatedAt.Before(p.Since) {
		p.Since = a.CreatedAt
	}
	p.Won++
	switch a.Progress.State {
	case Done:
		p.Done++
	case Withdrawn:
		p.Withdrawn++
	case Reassigned:
		p.Reassigned++
	case NotPicked:
		p.NotPicked++
	default:
		p.InWork++
	}
	if !a.PassedAt.IsZero() {
		p.Delivered++
	}
	times := a.TimesLate
	if a.Late {
		times = max(times, 1) // earlier releases did not count
	}
	if times > 0 {
		p.Late++
	}
	p.TimesLate += times
	p.QCRevisions += a.Revisions
	p.ClientRevisions += a.Changes
	return p
}

// StandingOf counts a pro's latest assignments, at most as many as the policy says: the pro's own, or anybody's for staff. A
// party that is neither a pro nor ever was one has none.
func (s *Service) StandingOf(ctx context.Context, by party.Actor, pro string) (ProStanding, error) {
	standing := ProStanding{Pro: pro}
	if !by.IsStaff() && (!by.Is(party.Pro) || pro != by.ID) {
		return standing, notFound()
	}
	const size = 100
	var page store.Page[store.Record]
	for most := s.Policies.Current().StandingSeats; most > 0; most -= size {
		var err error
		if page, err = s.Store.AssignmentsOf(ctx, pro, min(size, most), page.Next); err != nil {
			return standing, err
		}
		for _, r := range page.Items {
			if a, ok := r.(Assignment); ok {
				standing = standing.with(a)
			}
		}
		if page.Next == nil {
			break
		}
	}
	standing.Whole = page.Next == nil
	if standing.Won > 0 {
		return standing, nil
	}
	profile, err := s.profile(ctx, pro)
	if err == nil && (profile == nil || !profile.Actor().Is(party.Pro)) {
		err = notFound()
	}
	return standing, err
}
