package store

import (
	"context"
	"errors"
	"time"

	"github.com/callsheet/callsheet/shared/problem"
)

// Fire does what a deadline is for. An alarm that is early, doubled, stale or about something gone finds nothing to do,
// which is a problem of kind Conflict or NotFound for the edge to count.
type Fire func(ctx context.Context, channel string, now time.Time, alarm Alarm) error

// Sweep fires every deadline that is overdue, a page of records at a time: alarms may be lost, doubled, early or late, and
// nothing but latency changes. One that fails does not hold back the others, and ctx says how long it may go on.
func Sweep(ctx context.Context, s Store, fire Fire, now time.Time, page int) (fired int, err error) {
	var failed []error
	tried := map[Ref]bool{}
	stuck := 0 // records that failed and so are still listed, before those to come
	for ctx.Err() == nil {
		limit := page + stuck
		refs, err := s.Overdue(ctx, now, limit)
		if err != nil {
			return fired, errors.Join(append(failed, err)...)
		}
		fresh := 0
		for _, ref := range refs {
			if tried[ref] || ctx.Err() != nil {
				continue
			}
			tried[ref] = true
			fresh++
			n, err := fireDue(ctx, s, fire, ref, now)
			fired += n
			if err != nil {
				failed = append(failed, err)
				stuck++
			}
		}
		if fresh == 0 || len(refs) < limit {
			break
		}
	}
	return fired, errors.Join(append(failed, ctx.Err())...)
}

// fireDue fires what is overdue on one record. That another was quicker is no failure.
func fireDue(ctx context.Context, s Store, fire Fire, ref Ref, now time.Time) (fired int, err error) {
	alarms, err := due(ctx, s, ref, now)
	failed := []error{err}
	for _, alarm := range alarms {
		err := fire(ctx, "sweep", now, alarm)
		switch kind := problem.As(err).Kind(); {
		case err == nil:
			fired++
		case kind != problem.Conflict && kind != problem.NotFound:
			failed = append(failed, err)
		}
	}
	return fired, errors.Join(failed...)
}

// due lists the alarms of a record whose time has come.
func due(ctx context.Context, s Store, ref Ref, now time.Time) ([]Alarm, error) {
	record, err := Is[Deadlined](s.Get(ctx, ref, Fresh))
	if err != nil {
		return nil, err
	}
	var due []Alarm
	for _, d := range record.Standing().Deadlines {
		if !now.Before(d.At) {
			due = append(due, Alarm{Ref: ref, Kind: d.Kind, Entry: d.Entry, DueAt: d.At})
		}
	}
	return due, nil
}
