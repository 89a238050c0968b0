package page_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

// down is a table that fails from its n-th read of a record or key on.
type down struct {
	store.Store
	after atomic.Int64
	err   error
}

func (d *down) Get(ctx context.Context, ref store.Ref, f store.Freshness) (store.Record, error) {
	if d.after.Add(-1) < 0 {
		return nil, d.err
	}
	return d.Store.Get(ctx, ref, f)
}

func (d *down) SigningKey(ctx context.Context, name string, fresh []byte) ([]byte, error) {
	if d.after.Add(-1) < 0 {
		return nil, d.err
	}
	return d.Store.SigningKey(ctx, name, fresh)
}

func TestTableThatFails(t *testing.T) {
	for status, err := range map[int]error{
		http.StatusServiceUnavailable:  problem.New(problem.CodeUnavailable, "The table at 10.0.0.1 did not answer."),
		http.StatusInternalServerError: errors.New("the table at 10.0.0.1 is broken"),
	} {
		for n := range int64(5) { // round, signing key, profile, round and project
			t.Run(fmt.Sprintf("after %d reads gives a page with %d that says nothing of the inside, and changes nothing", n, status), func(t *testing.T) {
				w := newWorld(t, brief())
				form := w.form("ann", "accept")
				table := &down{Store: w.store, err: err}
				w.use(table)
				w.unchanged(t, func() {
					for _, ask := range []func() handler.Response{
						func() handler.Response { return w.get(w.links["ann"]) }, func() handler.Response { return w.post(w.links["ann"], form) },
					} {
						w.use(table)
						table.after.Store(n)
						r := ask()
						says(t, r, status, "That did not work", "Reference: req-1")
						if strings.Contains(r.Body, "10.0.0.1") {
							t.Error(r.Body)
						}
					}
				})
			})
		}
	}
}
