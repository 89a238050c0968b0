// Package directory keeps the profiles: who is who, in which roles, and how they are reached. Roles are read from here at
// every request, so a change counts at once, whatever an older token says.
package directory

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

// Service reads and writes profiles.
type Service struct {
	Store store.Store
	// FirstAdmin may act as admin while the directory has no profile of theirs, so that an empty account can be filled.
	FirstAdmin string
	NewID      func(prefix string) string
	Pause      store.Pause
}

// Actor is who a verified subject is now. Nobody unknown and nobody disabled gets further.
func (s *Service) Actor(ctx context.Context, subject string) (party.Actor, error) {
	if !party.ValidID(subject) {
		return party.Actor{}, problem.New(problem.CodeAccountDisabled, "There is no account for this sign-in.")
	}
	record, err := s.Store.Get(ctx, ref(subject), store.Stale)
	if errors.Is(err, store.ErrNoRecord) {
		record, err = s.Store.Get(ctx, ref(subject), store.Fresh)
	}
	if errors.Is(err, store.ErrNoRecord) && subject == s.FirstAdmin {
		return party.Actor{ID: subject, Roles: []lifecycle.Role{party.Admin}}, nil
	}
	profile, err := store.Is[party.Profile](record, err)
	switch {
	case problem.Is(err, problem.CodeNotFound):
		return party.Actor{}, problem.New(problem.CodeAccountDisabled, "There is no account for this sign-in.")
	case err != nil:
		return party.Actor{}, err
	case !profile.Active:
		return party.Actor{}, problem.New(problem.CodeAccountDisabled, "This account is not active.")
	}
	return profile.Actor(), nil
}

// Profile is one's own, or anybody's for staff.
func (s *Service) Profile(ctx context.Context, by party.Actor, id string) (party.Profile, error) {
	if id != by.ID && !by.IsStaff() {
		return party.Profile{}, problem.New(problem.CodeNotFound, "There is no such thing, or it is not yours to see.")
	}
	return store.Is[party.Profile](s.Store.Get(ctx, ref(id), store.Fresh))
}

// Put writes a profile whole. Version is the one that the caller read, 0 for a new profile. Agents keep pros and clients;
// only a lead or an admin keeps staff and QC, and only an admin makes an admin.
func (s *Service) Put(ctx context.Context, by party.Actor, now time.Time, p party.Profile, version int, answer func(party.Profile) (store.Reply, error)) (store.Reply, error) {
	return store.Transact(ctx, s.Store, store.Once{}, now, s.Pause, func(f store.Freshness) (store.Change, store.Reply, error) {
		if err := mayKeep(by, p.Roles); err != nil {
			return store.Change{}, store.Reply{}, err
		}
		if err := p.Validate(); err != nil {
			return store.Change{}, store.Reply{}, err
		}
		had, err := store.Is[party.Profile](s.Store.Get(ctx, ref(p.ID), f))
		if err != nil && !problem.Is(err, problem.CodeNotFound) {
			return store.Change{}, store.Reply{}, err
		}
		if had.Version != version {
			return store.Change{}, store.Reply{}, problem.New(problem.CodeStaleVersion, "The profile is at version %d now.", had.Version)
		}
		if err := mayKeep(by, had.Roles); err != nil {
			return store.Change{}, store.Reply{}, err
		}
		next := p
		next.Version, next.UpdatedAt = version+1, now
		if now.Before(had.UpdatedAt) { // another worker's clock is ahead; time never goes back (I21)
			next.UpdatedAt = had.UpdatedAt
		}
		reply, err := answer(next)
		return store.Change{Records: []store.Record{next}, Event: store.Event{
			ID: s.NewID("evt"), Subject: next.Ref(), At: now, Actor: by.ID, Role: highest(by), Channel: "http", Action: "put", Policy: policy.Version("directory"),
		}}, reply, err
	})
}

func mayKeep(by party.Actor, roles []lifecycle.Role) error {
	need := party.Staff()
	for _, r := range roles {
		switch r {
		case party.Admin:
			need = []lifecycle.Role{party.Admin}
		case party.QC, party.Agent, party.Lead:
			if len(need) > 2 {
				need = []lifecycle.Role{party.Lead, party.Admin}
			}
		}
	}
	if !by.Is(need...) {
		return problem.New(problem.CodeForbidden, "Your role does not keep profiles with these roles.")
	}
	return nil
}

func highest(a party.Actor) lifecycle.Role {
	for _, r := range slices.Backward(party.Roles()) {
		if a.Is(r) {
			return r
		}
	}
	return ""
}

func ref(id string) store.Ref { return store.Ref{Kind: store.Profile, ID: id} }
