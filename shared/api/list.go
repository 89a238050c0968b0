package api

import (
	"context"
	"slices"
	"strings"

	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

// List is one page of a list.
type List[T any] struct {
	Data       []T    `json:"data"`
	NextCursor string `json:"nextCursor,omitempty"`
}

// listing is a list as it is asked for: its name, and the query parameters that narrow it, to which its cursors are bound.
type listing struct {
	name    string
	filters []string
}

// page answers one page of a list: read loads it, and row shows what it has.
func page[T, R any](ctx context.Context, c *handler.Call, cursors handler.Cursors, l listing, read func(limit int, after store.Position) (store.Page[T], error), row func(T) R) (store.Reply, error) {
	limit, after, err := cursors.Page(ctx, c, l.name, l.filters...)
	if err != nil {
		return store.Reply{}, err
	}
	got, err := read(limit, after)
	if err != nil {
		return store.Reply{}, err
	}
	view := List[R]{Data: []R{}}
	for _, item := range got.Items {
		view.Data = append(view.Data, row(item))
	}
	if view.NextCursor, err = cursors.Next(ctx, c, l.name, limit, got.Next, l.filters...); err != nil {
		return store.Reply{}, err
	}
	return shown(view, 0)
}

// filter reads the query parameters that narrow a list. What it cannot read it notes under the parameter's name.
type filter struct {
	call  *handler.Call
	wrong problem.Fields
}

// oneOf reads a parameter with a closed list of values; empty where it is not given.
func oneOf[S ~string](f *filter, name string, values ...S) S {
	value, list := S(f.call.Query.Get(name)), []string{}
	for _, v := range values {
		list = append(list, string(v))
	}
	if f.call.Query.Has(name) && !slices.Contains(values, value) {
		f.wrong.Add(name, "It is one of %s.", strings.Join(list, ", "))
	}
	return value
}

// party reads a parameter that names somebody.
func (f *filter) party(name string) string {
	value := f.call.Query.Get(name)
	if f.call.Query.Has(name) && !party.ValidID(value) {
		f.wrong.Add(name, "It names a person by the subject of their tokens.")
	}
	return value
}

// category reads a parameter that names a category of the policy.
func (f *filter) category(name string, book policy.Policy) string {
	value := f.call.Query.Get(name)
	if _, known := book.Category(value); f.call.Query.Has(name) && !known {
		f.wrong.Add(name, "There is no category %q.", value)
	}
	return value
}
