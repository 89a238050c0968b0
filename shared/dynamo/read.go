package dynamo

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/callsheet/callsheet/shared/dynamo/item"
	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/store"
)

// Get loads a record, or store.ErrNoRecord.
func (s *Store) Get(ctx context.Context, ref store.Ref, f store.Freshness) (store.Record, error) {
	key, err := item.RecordKey(ref)
	if err != nil {
		return nil, err
	}
	row, err := s.get(ctx, key, f)
	switch {
	case err != nil:
		return nil, err
	case row == nil:
		return nil, fmt.Errorf("%w: %s", store.ErrNoRecord, ref)
	}
	return item.DecodeRecord(row)
}

// Entry loads one entry of a pro's, or store.ErrNoRecord: money, so never a moment old.
func (s *Store) Entry(ctx context.Context, pro, id string) (ledger.Entry, error) {
	row, err := s.get(ctx, item.EntryKey(pro, id), store.Fresh)
	switch {
	case err != nil:
		return ledger.Entry{}, err
	case row == nil:
		return ledger.Entry{}, fmt.Errorf("%w: entry %s", store.ErrNoRecord, id)
	}
	return item.DecodeEntry(row)
}

// get loads an item; nil when there is none.
func (s *Store) get(ctx context.Context, key item.Item, f store.Freshness) (item.Item, error) {
	out, err := s.client.GetItem(ctx, &dynamodb.GetItemInput{TableName: s.table, Key: key, ConsistentRead: aws.Bool(bool(f))})
	if err != nil {
		return nil, failure("get "+item.Text(key, item.PK), err)
	}
	return out.Item, nil
}

// GetAll loads those of the refs that exist.
func (s *Store) GetAll(ctx context.Context, refs []store.Ref, f store.Freshness) ([]store.Record, error) {
	var keys []item.Item
	for _, ref := range refs {
		key, err := item.RecordKey(ref)
		switch {
		case errors.Is(err, store.ErrNoRecord):
			continue
		case err != nil:
			return nil, err
		}
		keys = append(keys, key)
	}
	rows, err := s.batch(ctx, distinct(keys), f)
	if err != nil {
		return nil, err
	}
	return decodeAll(rows, item.DecodeRecord)
}

// batchSize is the most that one BatchGetItem takes.
const batchSize = 100

// distinct drops repeated keys, which DynamoDB refuses: a row that moves in an index while it is read can show twice.
func distinct(keys []item.Item) []item.Item {
	seen := map[[2]string]bool{}
	return slices.DeleteFunc(keys, func(key item.Item) bool {
		had := seen[nameOf(key)]
		seen[nameOf(key)] = true
		return had
	})
}

// nameOf is an item's key as a map key.
func nameOf(i item.Item) [2]string {
	return [2]string{item.Text(i, item.PK), item.Text(i, item.SK)}
}

// batch loads those of the items that exist, in any order.
func (s *Store) batch(ctx context.Context, keys []item.Item, f store.Freshness) ([]item.Item, error) {
	var rows []item.Item
	for chunk := range slices.Chunk(keys, batchSize) {
		for len(chunk) > 0 {
			out, err := s.client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{
				*s.table: {Keys: chunk, ConsistentRead: aws.Bool(bool(f))},
			}})
			if err != nil {
				return nil, failure("batch get", err)
			}
			rows = append(rows, out.Responses[*s.table]...)
			left := out.UnprocessedKeys[*s.table].Keys
			if len(left) == len(chunk) {
				return nil, unavailable("batch get", fmt.Errorf("none of %d keys was processed", len(left)))
			}
			chunk = left
		}
	}
	return rows, nil
}

// Story loads a record with its timeline: both lie in one partition.
func (s *Store) Story(ctx context.Context, ref store.Ref, f store.Freshness) (store.Record, []store.Event, error) {
	partition, err := item.TimelinePartition(ref)
	if err != nil {
		return nil, nil, err
	}
	rows, _, err := s.query(ctx, &dynamodb.QueryInput{
		KeyConditionExpression:    aws.String("PK = :partition"),
		ExpressionAttributeValues: item.Item{":partition": item.S(partition)},
		ConsistentRead:            aws.Bool(bool(f)),
	}, everything)
	if err != nil {
		return nil, nil, err
	}
	var record store.Record
	var events []store.Event
	for _, row := range rows {
		if item.IsEvent(row) {
			e, err := item.DecodeEvent(row)
			if err != nil {
				return nil, nil, err
			}
			events = append(events, e)
			continue
		}
		if record, err = item.DecodeRecord(row); err != nil {
			return nil, nil, err
		}
	}
	if record == nil {
		return nil, nil, fmt.Errorf("%w: %s", store.ErrNoRecord, ref)
	}
	return record, events, nil
}

func decodeAll[T any](rows []item.Item, decode func(item.Item) (T, error)) ([]T, error) {
	var all []T
	for _, row := range rows {
		v, err := decode(row)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}
