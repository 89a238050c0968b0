package directory

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

var noon = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// shelf keeps profiles; a stale read does not see those that were just written. Every other call of the port would panic.
type shelf struct {
	store.Store
	fresh, stale map[store.Ref]store.Record
	events       []store.Event
}

func (s *shelf) Get(_ context.Context, ref store.Ref, f store.Freshness) (store.Record, error) {
	kept := s.fresh
	if f == store.Stale {
		kept = s.stale
	}
	if r, ok := kept[ref]; ok {
		return r, nil
	}
	return nil, store.ErrNoRecord
}

func (s *shelf) Commit(_ context.Context, c store.Change) error {
	for _, r := range c.Records {
		had := 0
		if before, ok := s.fresh[r.Ref()]; ok {
			had = before.Revision()
		}
		if r.Revision() != had+1 {
			return store.ErrLostRace
		}
		s.fresh[r.Ref()] = r
	}
	s.events = append(s.events, c.Event)
	return nil
}

func (s *shelf) settle() {
	for ref, r := range s.fresh {
		s.stale[ref] = r
	}
}

func holder(id string, roles ...lifecycle.Role) party.Profile {
	return party.Profile{ID: id, Roles: roles, Active: true, Contact: party.Contact{Name: "Name", Email: id + "@example.com", Language: "en", Zone: "UTC"}}
}

// open is a directory in which each role is held by somebody of that name.
func open(t *testing.T) (*Service, *shelf) {
	kept := &shelf{fresh: map[store.Ref]store.Record{}, stale: map[store.Ref]store.Record{}}
	ids := 0
	s := &Service{
		Store: kept, FirstAdmin: "founder", Pause: func(context.Context, int) {},
		NewID: func(prefix string) string { ids++; return fmt.Sprintf("%s_%d", prefix, ids) },
	}
	for _, r := range party.Roles() {
		put(t, s, by(party.Admin), holder(string(r), r), 0)
	}
	kept.settle()
	return s, kept
}

func by(roles ...lifecycle.Role) party.Actor { return party.Actor{ID: "by", Roles: roles} }

func try(t *testing.T, s *Service, by party.Actor, p party.Profile, version int) error {
	_, err := s.Put(t.Context(), by, noon, p, version, func(p party.Profile) (store.Reply, error) { return store.Reply{Status: p.Version}, nil })
	return err
}

func put(t *testing.T, s *Service, by party.Actor, p party.Profile, version int) {
	t.Helper()
	if err := try(t, s, by, p, version); err != nil {
		t.Fatal(err)
	}
}

func refused(t *testing.T, err error, code problem.Code) {
	t.Helper()
	if !problem.Is(err, code) {
		t.Errorf("got %v, want %s", err, code)
	}
}

func TestActor(t *testing.T) {
	s, _ := open(t)
	t.Run("has the roles of the directory", func(t *testing.T) {
		a, err := s.Actor(t.Context(), "qc")
		if err != nil || a.ID != "qc" || !a.Is(party.QC) || a.IsStaff() {
			t.Errorf("got %+v, %v", a, err)
		}
	})
	t.Run("is found also a moment after the profile was written", func(t *testing.T) {
		put(t, s, by(party.Agent), holder("newcomer", party.Pro), 0)
		if _, err := s.Actor(t.Context(), "newcomer"); err != nil {
			t.Error(err)
		}
	})
	t.Run("is nobody without a profile, or with a subject that cannot be a party — B48", func(t *testing.T) {
		for _, subject := range []string{"stranger", "", "a/b", "a#record", strings.Repeat("a", 65)} {
			_, err := s.Actor(t.Context(), subject)
			refused(t, err, problem.CodeAccountDisabled)
		}
	})
	t.Run("is nobody while the profile is not active — B49", func(t *testing.T) {
		s, kept := open(t)
		gone := holder("pro", party.Pro)
		gone.Active = false
		put(t, s, by(party.Agent), gone, 1)
		kept.settle()
		_, err := s.Actor(t.Context(), "pro")
		refused(t, err, problem.CodeAccountDisabled)
	})
	t.Run("loses a role with the next request after it was taken — B51", func(t *testing.T) {
		s, kept := open(t)
		put(t, s, by(party.Lead), holder("agent", party.Pro), 1)
		kept.settle()
		if a, err := s.Actor(t.Context(), "agent"); err != nil || a.IsStaff() {
			t.Errorf("got %+v, %v", a, err)
		}
	})
	t.Run("is the first admin while the directory does not know them, and what it says afterwards", func(t *testing.T) {
		s, kept := open(t)
		if a, err := s.Actor(t.Context(), "founder"); err != nil || !a.Is(party.Admin) {
			t.Errorf("got %+v, %v", a, err)
		}
		put(t, s, by(party.Admin), holder("founder", party.Pro), 0)
		if a, err := s.Actor(t.Context(), "founder"); err != nil || a.Is(party.Admin) {
			t.Errorf("got %+v, %v", a, err)
		}
		kept.settle()
		if a, err := s.Actor(t.Context(), "founder"); err != nil || a.Is(party.Admin) {
			t.Errorf("got %+v, %v", a, err)
		}
	})
}

func TestProfile(t *testing.T) {
	s, _ := open(t)
	for _, c := range []struct {
		name string
		by   party.Actor
		code problem.Code
	}{
		{"is one's own", party.Actor{ID: "pro", Roles: []lifecycle.Role{party.Pro}}, ""},
		{"is anybody's for staff", by(party.Agent), ""},
		{"is not another pro's — B45", by(party.Pro), problem.CodeNotFound},
		{"is not a client's who knows the name — B45", by(party.Client), problem.CodeNotFound},
		{"is not QC's", by(party.QC), problem.CodeNotFound},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := s.Profile(t.Context(), c.by, "pro")
			if c.code != "" {
				refused(t, err, c.code)
			} else if err != nil || p.ID != "pro" {
				t.Errorf("got %+v, %v", p, err)
			}
		})
	}
	t.Run("that is not there is not found", func(t *testing.T) {
		_, err := s.Profile(t.Context(), by(party.Admin), "stranger")
		refused(t, err, problem.CodeNotFound)
	})
}

func TestPut(t *testing.T) {
	// keeps says which roles' profiles a role may keep.
	keeps := map[lifecycle.Role][]lifecycle.Role{
		party.Agent: {party.Pro, party.Client},
		party.Lead:  {party.Pro, party.Client, party.QC, party.Agent, party.Lead},
		party.Admin: party.Roles(),
	}
	for _, who := range append(party.Roles(), lifecycle.Timer) {
		for _, role := range party.Roles() {
			may := false
			for _, r := range keeps[who] {
				may = may || r == role
			}
			t.Run(fmt.Sprintf("by %s of a profile with role %s is allowed: %t — B42 B43 B44", who, role, may), func(t *testing.T) {
				s, kept := open(t)
				before := len(kept.events)
				made := try(t, s, by(who), holder("new", role), 0)
				taken := try(t, s, by(who), holder(string(role), party.Pro), 1)
				if may != (made == nil) || may != (taken == nil) {
					t.Errorf("made: %v, taken: %v", made, taken)
				}
				if !may && len(kept.events) != before {
					t.Error("something was written")
				}
			})
		}
	}
	t.Run("of several roles needs the right to the highest, in whichever order they are named", func(t *testing.T) {
		s, _ := open(t)
		refused(t, try(t, s, by(party.Lead), holder("new", party.Admin, party.QC), 0), problem.CodeForbidden)
		refused(t, try(t, s, by(party.Lead), holder("new", party.QC, party.Admin), 0), problem.CodeForbidden)
		refused(t, try(t, s, by(party.Agent), holder("new", party.Pro, party.QC), 0), problem.CodeForbidden)
	})
	t.Run("over a version that somebody changed is refused as stale — F15 B31", func(t *testing.T) {
		s, _ := open(t)
		put(t, s, by(party.Agent), holder("pro", party.Pro), 1)
		refused(t, try(t, s, by(party.Agent), holder("pro", party.Pro), 1), problem.CodeStaleVersion)
		refused(t, try(t, s, by(party.Agent), holder("pro", party.Pro), 0), problem.CodeStaleVersion)
		refused(t, try(t, s, by(party.Agent), holder("nobody", party.Pro), 3), problem.CodeStaleVersion)
	})
	t.Run("of an unsound profile is refused field by field", func(t *testing.T) {
		s, _ := open(t)
		unsound := holder("new", party.Pro)
		unsound.Contact.Email = "new"
		refused(t, try(t, s, by(party.Agent), unsound, 0), problem.CodeValidation)
	})
	t.Run("counts the version and tells who did it in which role", func(t *testing.T) {
		s, kept := open(t)
		put(t, s, by(party.Pro, party.Lead), holder("pro", party.Pro), 1)
		p, err := s.Profile(t.Context(), by(party.Agent), "pro")
		last := kept.events[len(kept.events)-1]
		if err != nil || p.Version != 2 || last.Actor != "by" || last.Role != party.Lead || last.Subject != p.Ref() || !last.At.Equal(noon) {
			t.Errorf("got %+v, %v, %+v", p, err, last)
		}
	})
	t.Run("by a worker whose clock is behind does not turn the profile's time back — I21 F19", func(t *testing.T) {
		s, _ := open(t)
		_, err := s.Put(t.Context(), by(party.Agent), noon.Add(-5*time.Minute), holder("pro", party.Pro), 1, func(party.Profile) (store.Reply, error) { return store.Reply{}, nil })
		p, _ := s.Profile(t.Context(), by(party.Agent), "pro")
		if err != nil || p.Version != 2 || !p.UpdatedAt.Equal(noon) {
			t.Errorf("got %+v, %v", p, err)
		}
	})
}
