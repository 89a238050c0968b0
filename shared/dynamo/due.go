package dynamo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/callsheet/callsheet/shared/dynamo/item"
	"github.com/callsheet/callsheet/shared/store"
)

// Overdue lists records with a deadline at or before now, earliest first. The index may be a moment old; firing a
// deadline looks at the record itself.
func (s *Store) Overdue(ctx context.Context, now time.Time, limit int) ([]store.Ref, error) {
	rows, _, err := s.until(ctx, item.DuePartition, item.UpTo(now), limit, nil)
	if err != nil {
		return nil, err
	}
	return decodeAll(rows, item.RefOf)
}

// Due lists records by their next deadline; those that have got another since the index was written are left out.
func (s *Store) Due(ctx context.Context, before time.Time, limit int, after store.Position) (store.Page[store.Record], error) {
	var page store.Page[store.Record]
	keys, next, err := s.until(ctx, item.DuePartition, item.Until(before), limit, after)
	if err != nil {
		return page, err
	}
	rows, err := s.still(ctx, keys, store.Stale, item.DuePK, item.DueSK)
	if err != nil {
		return page, err
	}
	page.Next = next
	page.Items, err = decodeAll(rows, item.DecodeRecord)
	return page, err
}

// Unsent lists events at or before now whose outbox is still open, oldest first. An event that this program cannot read
// comes as an error beside the page, so that it keeps nobody from being told of the others (F32).
func (s *Store) Unsent(ctx context.Context, now time.Time, limit int, after store.Position) (store.Page[store.Event], error) {
	var page store.Page[store.Event]
	rows, next, err := s.until(ctx, item.OutboxPartition, item.UpTo(now), limit, after)
	if err != nil {
		return page, err
	}
	if rows, err = s.inOrder(ctx, rows, store.Fresh); err != nil {
		return page, err
	}
	page.Next = next
	var unread []error
	for _, row := range rows {
		e, err := item.DecodeEvent(row)
		if err != nil {
			unread = append(unread, err)
			continue
		}
		if e.Outbox {
			page.Items = append(page.Items, e)
		}
	}
	return page, errors.Join(unread...)
}

// until lists the rows of the due index up to a sort key, over all shards, earliest first.
func (s *Store) until(ctx context.Context, partition func(shard int) string, end string, limit int, after store.Position) ([]item.Item, store.Position, error) {
	if limit < 1 {
		return nil, nil, fmt.Errorf("dynamo: a list of %d rows", limit)
	}
	var all []item.Item
	more := false
	for shard := range item.Shards {
		rows, left, err := s.query(ctx, &dynamodb.QueryInput{
			IndexName:              aws.String(item.DueIndex),
			KeyConditionExpression: aws.String("duePK = :partition AND dueSK BETWEEN :after AND :until"),
			ExpressionAttributeValues: item.Item{
				":partition": item.S(partition(shard)), ":after": item.S(item.After(after[item.DueSK])), ":until": item.S(end),
			},
		}, limit)
		if err != nil {
			return nil, nil, err
		}
		all, more = append(all, rows...), more || left
	}
	slices.SortFunc(all, func(a, b item.Item) int {
		return strings.Compare(item.Text(a, item.DueSK), item.Text(b, item.DueSK))
	})
	if len(all) <= limit && !more {
		return all, nil, nil
	}
	all = all[:min(limit, len(all))]
	return all, store.Position{item.DueSK: item.Text(all[len(all)-1], item.DueSK)}, nil
}
