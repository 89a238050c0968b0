// Package contract is the suite that every engine of the store port passes: what a commit promises, what lists and
// deadlines show, and that nothing happens twice. It is a test; the engine is a parameter.
package contract

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// Run holds an engine to the port. open gives an empty store, and cleans up with t.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	for name, test := range map[string]func(*testing.T, store.Store){
		"Commit":        testCommit,
		"Race":          testRace,
		"Rollback":      testRollback,
		"Read":          testRead,
		"Replay":        testReplay,
		"Expiry":        testExpiry,
		"Timeline":      testTimeline,
		"ProjectsOf":    testProjectsOf,
		"AssignmentsOf": testAssignmentsOf,
		"Book":          testBook,
		"InvitationsOf": testInvitationsOf,
		"Waiting":       testWaiting,
		"RewardsOf":     testRewardsOf,
		"EntriesOf":     testEntriesOf,
		"MessagesOf":    testMessagesOf,
		"Due":           testDue,
		"Overdue":       testOverdue,
		"Outbox":        testOutbox,
		"Lease":         testLease,
		"Release":       testRelease,
		"SigningKey":    testSigningKey,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
	t.Run("Model", func(t *testing.T) { testModel(t, open) })
}

// noon is when things happen here unless said otherwise.
var noon = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

const tick = time.Millisecond

// edges are the instants around one at which something starts to hold.
var edges = []struct {
	name   string
	offset time.Duration
	passed bool
}{{"1 ms before", -tick, false}, {"exactly at", 0, true}, {"1 ms after", tick, true}}

func draft(id string, version int) project.Project {
	return project.Project{
		ID: id, Version: version, Progress: lifecycle.Start(project.Lifecycle), Client: "acme", Title: "A title",
		Seats: make([]project.Seat, 1), CreatedAt: noon,
	}
}

func about(eventID string, subject store.Ref, at time.Time) store.Event {
	return store.Event{ID: eventID, Subject: subject, At: at, Actor: "ana", Channel: "http", Facts: []store.Fact{project.Created{Title: "A title"}}}
}

func ref(id string) store.Ref { return store.Ref{Kind: store.Project, ID: id} }

// commit commits records without an event.
func commit(t *testing.T, s store.Store, records ...store.Record) {
	t.Helper()
	for _, r := range records {
		must(t, s.Commit(t.Context(), store.Change{Records: []store.Record{r}}))
	}
}

// tester is a test, or one draw of a property.
type tester interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

func must(t tester, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func fails(t tester, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got %v, want %v", err, want)
	}
}

func same(t tester, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
}

// together runs n calls at once and counts what they said.
func together(n int, do func(i int) string) map[string]int {
	said := make([]string, n)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-start
			said[i] = do(i)
		})
	}
	close(start)
	all.Wait()
	count := map[string]int{}
	for _, s := range said {
		count[s]++
	}
	return count
}

// outcome names how a commit ended.
func outcome(err error) string {
	switch {
	case err == nil:
		return "won"
	case errors.Is(err, store.ErrLostRace):
		return "lost"
	case errors.Is(err, store.ErrRepeated):
		return "repeated"
	}
	return err.Error()
}

// pages reads a list to its end, page by page; between is run after each page but the last.
func pages[T any](t *testing.T, size int, read func(context.Context, int, store.Position) (store.Page[T], error), name func(T) string, between func(page int)) []string {
	t.Helper()
	var names []string
	var after store.Position
	for n := 1; ; n++ {
		page, err := read(t.Context(), size, after)
		must(t, err)
		if len(page.Items) > size {
			t.Fatalf("page %d has %d items, asked for %d", n, len(page.Items), size)
		}
		for _, item := range page.Items {
			names = append(names, name(item))
		}
		if after = page.Next; after == nil {
			return names
		}
		between(n)
	}
}

func nothing(int) {}

func idOf(r store.Record) string { return r.Ref().ID }

func idAndVersion(r store.Record) string { return fmt.Sprintf("%s v%d", r.Ref().ID, r.Revision()) }
