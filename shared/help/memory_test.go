package help_test

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/callsheet/callsheet/shared/help"
	"github.com/callsheet/callsheet/shared/store"
)

// memory is what the job needs of the store port, in a few maps. Every other call of the port would panic.
type memory struct {
	store.Store
	mu       sync.Mutex
	versions map[store.Ref][]store.Record // oldest first
	events   []store.Event                // as committed
	requests map[string]store.Request
	behind   func(store.Ref) bool // which records a stale read sees as they were one version ago
}

func newMemory() *memory {
	return &memory{versions: map[store.Ref][]store.Record{}, requests: map[string]store.Request{}, behind: func(store.Ref) bool { return false }}
}

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

// interrupted is a store in which something happens right after a record was read.
type interrupted struct {
	*memory
	after func(store.Ref)
}

func (m interrupted) Get(ctx context.Context, ref store.Ref, f store.Freshness) (store.Record, error) {
	r, err := m.memory.Get(ctx, ref, f)
	m.after(ref)
	return r, err
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
	return r, slices.DeleteFunc(slices.Clone(m.events), func(e store.Event) bool { return e.Subject != ref }), nil
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
	for _, r := range c.Records {
		m.versions[r.Ref()] = append(m.versions[r.Ref()], r)
	}
	m.events = append(append(m.events, c.Event), c.Others...)
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

// latest lists the records of one type as they are now, by their IDs.
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
	var refs []store.Ref
	for _, r := range latest[store.Deadlined](m) {
		if at, ok := r.Standing().Earliest(); ok && !now.Before(at) && len(refs) < limit {
			refs = append(refs, r.Ref())
		}
	}
	return refs, nil
}

func (m *memory) Waiting(_ context.Context, queue store.Queue, _ int, _ store.Position) (store.Page[store.Record], error) {
	var page store.Page[store.Record]
	for _, r := range latest[store.Waiting](m) {
		if q, _ := r.Waits(); q == queue {
			page.Items = append(page.Items, r)
		}
	}
	slices.SortStableFunc(page.Items, func(a, b store.Record) int {
		_, x := a.(store.Waiting).Waits()
		_, y := b.(store.Waiting).Waits()
		return x.Compare(y)
	})
	return page, nil
}

// FlagsIn gives one flag a page, so that who counts them has to turn pages.
func (m *memory) FlagsIn(_ context.Context, month string, _ int, after store.Position) (store.Page[store.Record], error) {
	var page store.Page[store.Record]
	for _, f := range latest[help.Flag](m) {
		switch {
		case f.Month() != month || f.ID <= after["id"]:
		case len(page.Items) == 1:
			page.Next = store.Position{"id": page.Items[0].Ref().ID}
			return page, nil
		default:
			page.Items = append(page.Items, f)
		}
	}
	return page, nil
}
