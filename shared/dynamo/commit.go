package dynamo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/callsheet/callsheet/shared/dynamo/item"
	"github.com/callsheet/callsheet/shared/store"
)

// Commit writes all of a change or nothing, in one transaction. The SDK gives each call its own request token, so its
// own retries cannot write twice; retries of a caller meet the request's row.
func (s *Store) Commit(ctx context.Context, c store.Change) error {
	writes, err := s.writes(c)
	if err != nil {
		return err
	}
	_, err = s.client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: writes})
	if err == nil {
		return nil
	}
	var cancelled *types.TransactionCanceledException
	if errors.As(err, &cancelled) {
		return because(cancelled, c.Request != nil)
	}
	return failure("commit", err)
}

// writes spells a change, the request first. Nothing is overwritten but the version of a record that was read, and a
// request that has expired. What happens to nobody's timeline, such as a new profile, has no event, and no request.
func (s *Store) writes(c store.Change) ([]types.TransactWriteItem, error) {
	if c.Request != nil && c.Event.ID == "" {
		return nil, fmt.Errorf("dynamo: request %s without an event, whose instant decides about expired requests", c.Request.ID)
	}
	var writes []types.TransactWriteItem
	add := func(row item.Item, err error, condition string, values item.Item) error {
		if err != nil {
			return err
		}
		writes = append(writes, types.TransactWriteItem{Put: &types.Put{
			TableName: s.table, Item: row, ConditionExpression: aws.String(condition), ExpressionAttributeValues: values,
		}})
		return nil
	}
	const isNew = "attribute_not_exists(PK)"
	var failed error
	if c.Request != nil {
		row, err := item.EncodeRequest(*c.Request)
		failed = add(row, err, isNew+" OR body.ExpiresAt <= :now", item.Item{":now": item.S(item.Stamp(c.Event.At))})
	}
	for _, r := range c.Records {
		row, err := item.EncodeRecord(r)
		condition, values := isNew, item.Item(nil)
		if r.Revision() > 1 {
			condition, values = "body.Version = :before", item.Item{":before": item.N(r.Revision() - 1)}
		}
		failed = errors.Join(failed, add(row, err, condition, values))
	}
	for _, e := range append([]store.Event{c.Event}, c.Others...) {
		if e.ID == "" {
			continue
		}
		row, err := item.EncodeEvent(e)
		failed = errors.Join(failed, add(row, err, isNew, nil))
	}
	for _, e := range c.Entries {
		row, err := item.EncodeEntry(e)
		failed = errors.Join(failed, add(row, err, isNew, nil))
	}
	return writes, failed
}

// because reads why a transaction was cancelled. That the request was committed before explains every other failed
// condition, so it counts first; then that somebody else was quicker; then that there was no capacity.
func because(cancelled *types.TransactionCanceledException, withRequest bool) error {
	lost, busy := false, false
	for n, reason := range cancelled.CancellationReasons {
		switch code := aws.ToString(reason.Code); {
		case code == "ConditionalCheckFailed" && n == 0 && withRequest:
			return store.ErrRepeated
		case code == "ConditionalCheckFailed", code == "TransactionConflict":
			lost = true
		case throttled(code):
			busy = true
		}
	}
	switch {
	case lost:
		return store.ErrLostRace
	case busy:
		return unavailable("commit", cancelled)
	}
	return fmt.Errorf("dynamo: commit: %w", cancelled)
}

// Answered is what was kept of a committed request, until the instant at which it expires.
func (s *Store) Answered(ctx context.Context, requestID string, now time.Time) (store.Request, bool, error) {
	row, err := s.get(ctx, item.RequestKey(requestID), store.Fresh)
	if err != nil || row == nil {
		return store.Request{}, false, err
	}
	r, err := item.DecodeRequest(row)
	if err != nil || !now.Before(r.ExpiresAt) {
		return store.Request{}, false, err
	}
	return r, true, nil
}
