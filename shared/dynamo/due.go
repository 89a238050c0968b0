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
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/callsheet/callsheet/shared/dynamo/item"
	"github.com/callsheet/callsheet/shared/store"
)

// Overdue lists records with a deadline at or before now, earliest first. The index may be a moment old; firing a
// deadline looks at the record itself.
func (s *Store) Overdue(ctx context.Context, now time.Time, limit int) ([]store.Ref, error) {
	rows, err := s.passed(ctx, item.DuePartition, now, limit)
	if err != nil {
		return nil, err
	}
	return decodeAll(rows, item.RefOf)
}

// Unsent lists events at or before now whose outbox is still open, oldest first.
func (s *Store) Unsent(ctx context.Context, now time.Time, limit int) ([]store.Event, error) {
	rows, err := s.passed(ctx, item.OutboxPartition, now, limit)
	if err != nil {
		return nil, err
	}
	if rows, err = s.inOrder(ctx, rows, store.Fresh); err != nil {
		return nil, err
	}
	events, err := decodeAll(rows, item.DecodeEvent)
	return slices.DeleteFunc(events, func(e store.Event) bool { return !e.Outbox }), err
}

// passed lists the rows of the due index whose time has come, over all shards, earliest first.
func (s *Store) passed(ctx context.Context, partition func(shard int) string, now time.Time, limit int) ([]item.Item, error) {
	if limit < 1 {
		return nil, fmt.Errorf("dynamo: a list of %d rows", limit)
	}
	var all []item.Item
	for shard := range item.Shards {
		rows, _, err := s.query(ctx, &dynamodb.QueryInput{
			IndexName:              aws.String(item.DueIndex),
			KeyConditionExpression: aws.String("duePK = :partition AND dueSK < :until"),
			ExpressionAttributeValues: item.Item{
				":partition": item.S(partition(shard)), ":until": item.S(item.UpTo(now)),
			},
		}, limit)
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	slices.SortFunc(all, func(a, b item.Item) int {
		return strings.Compare(item.Text(a, item.DueSK), item.Text(b, item.DueSK))
	})
	return all[:min(limit, len(all))], nil
}

// Sent closes an event's outbox; closing it again changes nothing.
func (s *Store) Sent(ctx context.Context, e store.Event) error {
	key, err := item.EventKey(e)
	if err != nil {
		return err
	}
	_, err = s.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName:           s.table,
		Key:                 key,
		UpdateExpression:    aws.String("REMOVE tell, duePK, dueSK"),
		ConditionExpression: aws.String("attribute_exists(PK)"),
	})
	var absent *types.ConditionalCheckFailedException
	if errors.As(err, &absent) {
		return fmt.Errorf("%w: event %s of %s", store.ErrNoRecord, e.ID, e.Subject)
	}
	if err != nil {
		return failure("close the outbox of event "+e.ID, err)
	}
	return nil
}
