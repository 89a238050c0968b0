package project_test

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// memory is what the job needs of the store port, in a few maps. TestScript holds it to the embedded DynamoDB. Every
// other call of the port would panic.
type memory struct {
	store.Store
	mu       sync.Mutex
	versions map[store.Ref][]store.Record // oldest first
	events   []store.Event                // as committed
	entries  []ledger.Entry
	requests map[string]store.Request
	listings []store.Listing
	behind   func(store.Ref) bool // which records a stale read sees as they were one version ago
}

func newMemory() *memory {
	return &memory{versions: map[store.Ref][]store.Record{}, requests: map[string]store.Request{}, behind: kinds()}
}

// kinds are the records of some kinds.
func kinds(names ...string) func(store.Ref) bool {
	return func(ref store.Ref) bool { return slices.Contains(names, ref.Kind) }
}

var everything = kinds(store.Profile, store.Project, store.Round, store.Assignment, store.Reward, store.Adjustment, store.Thread)

func (m *memory) Get(_ context.Context, ref store.Ref, f store.Freshness) (store.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	versions := m.versions[ref]
	if f == store.Stale && len(versions) > 0 && m.behind(ref) {
		versions = versions[:len(versions)-1]
	}
	if len(versions) == 0 {
		return nil, store.ErrNoRecord
	}
	return versions[len(versions)-1], nil
}

func (m *memory) GetAll(ctx context.Context, refs []store.Ref, f store.Freshness) ([]store.Record, error) {
	var found []store.Record
	for _, ref := range refs {
		if r, err := m.Get(ctx, ref, f); err == nil {
			found = append(found, r)
		}
	}
	return found, nil
}

func (m *memory) Story(ctx context.Context, ref store.Ref, f store.Freshness) (store.Record, []store.Event, error) {
	r, err := m.Get(ctx, ref, f)
	if err != nil {
		return nil, nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var story []store.Event
	for _, e := range m.events {
		if e.Subject == ref {
			story = append(story, e)
		}
	}
	return r, story, nil
}

func (m *memory) Commit(_ context.Context, c store.Change) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if c.Request != nil {
		if had, ok := m.requests[c.Request.ID]; ok && c.Event.At.Before(had.ExpiresAt) {
			return store.ErrRepeated
		}
	}
	for _, r := range c.Records {
		if r.Revision() != len(m.versions[r.Ref()])+1 {
			return store.ErrLostRace
		}
	}
	for _, e := range c.Entries {
		if slices.ContainsFunc(m.entries, func(had ledger.Entry) bool { return had.ID == e.ID }) {
			return store.ErrLostRace
		}
	}
	for _, r := range c.Records {
		m.versions[r.Ref()] = append(m.versions[r.Ref()], r)
	}
	m.events = append(append(m.events, c.Event), c.Others...)
	m.entries = append(m.entries, c.Entries...)
	if c.Request != nil {
		m.requests[c.Request.ID] = *c.Request
	}
	return nil
}

func (m *memory) Answered(_ context.Context, id string, now time.Time) (store.Request, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.requests[id]
	return r, ok && now.Before(r.ExpiresAt), nil
}

// latest lists the records of one type as they are now.
func latest[T store.Record](m *memory) []T {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []T
	for _, versions := range m.versions {
		if r, ok := versions[len(versions)-1].(T); ok {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b T) int { return cmp.Compare(a.Ref().ID, b.Ref().ID) })
	return found
}

func (m *memory) Overdue(_ context.Context, now time.Time, limit int) ([]store.Ref, error) {
	due := slices.DeleteFunc(latest[store.Deadlined](m), func(r store.Deadlined) bool {
		at, ok := r.Standing().Earliest()
		return !ok || now.Before(at)
	})
	slices.SortStableFunc(due, func(a, b store.Deadlined) int {
		x, _ := a.Standing().Earliest()
		y, _ := b.Standing().Earliest()
		return x.Compare(y)
	})
	var refs []store.Ref
	for _, r := range due[:min(limit, len(due))] {
		refs = append(refs, r.Ref())
	}
	return refs, nil
}

func (m *memory) Due(ctx context.Context, before time.Time, _ int, _ store.Position) (store.Page[store.Record], error) {
	var page store.Page[store.Record]
	if before.IsZero() {
		before = noon.AddDate(100, 0, 0)
	}
	refs, err := m.Overdue(ctx, before.Add(-ms), 1000)
	for _, ref := range refs {
		if r, err := m.Get(ctx, ref, store.Fresh); err == nil {
			page.Items = append(page.Items, r)
		}
	}
	return page, err
}

func (m *memory) ProjectsOf(_ context.Context, client string, _ int, _ store.Position) (store.Page[store.Record], error) {
	var page store.Page[store.Record]
	for _, p := range latest[project.Project](m) {
		if p.Client == client {
			page.Items = append(page.Items, p)
		}
	}
	slices.Reverse(page.Items)
	return page, nil
}

func (m *memory) AssignmentsOf(_ context.Context, pro string, _ int, _ store.Position) (store.Page[store.Record], error) {
	var page store.Page[store.Record]
	for _, a := range latest[project.Assignment](m) {
		if a.Pro == pro {
			page.Items = append(page.Items, a)
		}
	}
	slices.Reverse(page.Items)
	return page, nil
}

func (m *memory) List(_ context.Context, listings []store.Listing) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, l := range listings {
		if !slices.Contains(m.listings, l) {
			m.listings = append(m.listings, l)
		}
	}
	return nil
}

func (m *memory) InvitationsOf(_ context.Context, pro string, _ int, _ store.Position) (store.Page[store.Listing], error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var page store.Page[store.Listing]
	for _, l := range m.listings {
		if l.Pro == pro {
			page.Items = append(page.Items, l)
		}
	}
	slices.SortFunc(page.Items, func(a, b store.Listing) int { return cmp.Compare(b.Invitation, a.Invitation) })
	return page, nil
}

func (m *memory) Waiting(_ context.Context, queue store.Queue, _ int, _ store.Position) (store.Page[store.Record], error) {
	waits := slices.DeleteFunc(latest[store.Waiting](m), func(r store.Waiting) bool {
		in, _ := r.Waits()
		return in != queue
	})
	slices.SortStableFunc(waits, func(a, b store.Waiting) int {
		_, x := a.Waits()
		_, y := b.Waits()
		return x.Compare(y)
	})
	var page store.Page[store.Record]
	for _, r := range waits {
		page.Items = append(page.Items, r)
	}
	return page, nil
}

func (m *memory) RewardsOf(_ context.Context, pro string, _ int, _ store.Position) (store.Page[store.Record], error) {
	var page store.Page[store.Record]
	for _, r := range latest[ledger.Reward](m) {
		if r.Pro == pro {
			page.Items = append(page.Items, r)
		}
	}
	return page, nil
}

// MessagesOf gives one message a page, so that who counts them has to turn pages.
func (m *memory) MessagesOf(_ context.Context, thread string, _ int, after store.Position) (store.Page[store.Record], error) {
	var page store.Page[store.Record]
	said := slices.DeleteFunc(latest[project.Message](m), func(msg project.Message) bool { return msg.Thread != thread })
	for _, msg := range slices.Backward(said) {
		switch {
		case after != nil && msg.ID >= after["last"]:
		case len(page.Items) == 1:
			page.Next = store.Position{"last": page.Items[0].Ref().ID}
			return page, nil
		default:
			page.Items = append(page.Items, msg)
		}
	}
	return page, nil
}

func (m *memory) Entry(_ context.Context, pro, id string) (ledger.Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.IndexFunc(m.entries, func(e ledger.Entry) bool { return e.Pro == pro && e.ID == id })
	if i < 0 {
		return ledger.Entry{}, store.ErrNoRecord
	}
	return m.entries[i], nil
}

// EntriesOf gives one entry a page, so that who sums them has to turn pages.
func (m *memory) EntriesOf(_ context.Context, pro string, _ int, after store.Position) (store.Page[ledger.Entry], error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var page store.Page[ledger.Entry]
	for _, e := range m.entries {
		switch {
		case e.Pro != pro:
		case after != nil:
			if e.ID == after["last"] {
				after = nil
			}
		case len(page.Items) == 1:
			page.Next = store.Position{"last": page.Items[0].ID}
			return page, nil
		default:
			page.Items = append(page.Items, e)
		}
	}
	return page, nil
}
