package project_test

import (
	"context"
	"time"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/store"
)

// schedule lets several acts go on at once with one store call at a time, in an order that choose draws: among how many of
// them wait. The same choices are the same interleaving of reads and writes, so what is found is found again.
func (w *world) schedule(choose func(waiting int) int, acts ...func()) {
	asks, ends := make(chan chan struct{}), make(chan struct{})
	whole := w.Service.Store
	w.Service.Store = turned{whole, func() {
		mine := make(chan struct{})
		asks <- mine
		<-mine
	}}
	defer func() { w.Service.Store = whole }()
	var waiting []chan struct{}
	settle := func() {
		select {
		case one := <-asks:
			waiting = append(waiting, one)
		case <-ends:
		}
	}
	for _, act := range acts { // one after the other, so that they always queue alike
		go func() {
			act()
			ends <- struct{}{}
		}()
		settle()
	}
	for len(waiting) > 0 {
		n := choose(len(waiting))
		next := waiting[n]
		waiting = append(waiting[:n:n], waiting[n+1:]...)
		close(next)
		settle()
	}
}

// turned is a store whose every call waits for its turn.
type turned struct {
	store.Store
	turn func()
}

func (t turned) Get(ctx context.Context, ref store.Ref, f store.Freshness) (store.Record, error) {
	t.turn()
	return t.Store.Get(ctx, ref, f)
}

func (t turned) GetAll(ctx context.Context, refs []store.Ref, f store.Freshness) ([]store.Record, error) {
	t.turn()
	return t.Store.GetAll(ctx, refs, f)
}

func (t turned) Story(ctx context.Context, ref store.Ref, f store.Freshness) (store.Record, []store.Event, error) {
	t.turn()
	return t.Store.Story(ctx, ref, f)
}

func (t turned) Answered(ctx context.Context, id string, now time.Time) (store.Request, bool, error) {
	t.turn()
	return t.Store.Answered(ctx, id, now)
}

func (t turned) Entry(ctx context.Context, pro, id string) (ledger.Entry, error) {
	t.turn()
	return t.Store.Entry(ctx, pro, id)
}

func (t turned) Commit(ctx context.Context, c store.Change) error {
	t.turn()
	return t.Store.Commit(ctx, c)
}

// every walks through all ways in which choices can fall, one run of play after the other.
func every(play func(choose func(n int) int)) (runs int) {
	type choice struct{ taken, among int }
	var path []choice
	for {
		at := 0
		play(func(n int) int {
			if at == len(path) {
				path = append(path, choice{0, n})
			}
			at++
			return path[at-1].taken
		})
		runs++
		for len(path) > 0 && path[len(path)-1].taken == path[len(path)-1].among-1 {
			path = path[:len(path)-1]
		}
		if len(path) == 0 {
			return runs
		}
		path[len(path)-1].taken++
	}
}
