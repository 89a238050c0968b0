package dynamo

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/callsheet/callsheet/shared/dynamo/item"
	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/store"
)

// ProjectsOf lists a client's projects, newest first.
func (s *Store) ProjectsOf(ctx context.Context, client string, limit int, after store.Position) (store.Page[store.Record], error) {
	return s.listed(ctx, item.ClientPartition(client), backward, limit, after)
}

// QCQueue lists assignments that wait for quality control, longest waiting first.
func (s *Store) QCQueue(ctx context.Context, limit int, after store.Position) (store.Page[store.Record], error) {
	return s.listed(ctx, item.QCPartition, forward, limit, after)
}

type direction bool

const (
	forward  direction = true
	backward direction = false
)

// listed reads a page of the list index, then its records. The index may be a moment old: a record that has left the
// list is left out, so a page may be short though more follow.
func (s *Store) listed(ctx context.Context, partition string, d direction, limit int, after store.Position) (store.Page[store.Record], error) {
	var page store.Page[store.Record]
	keys, next, err := s.page(ctx, &dynamodb.QueryInput{
		IndexName:                 aws.String(item.ListIndex),
		KeyConditionExpression:    aws.String("listPK = :partition"),
		ExpressionAttributeValues: item.Item{":partition": item.S(partition)},
		ScanIndexForward:          aws.Bool(bool(d)),
	}, limit, after)
	if err != nil {
		return page, err
	}
	rows, err := s.inOrder(ctx, keys, store.Stale)
	if err != nil {
		return page, err
	}
	var still []item.Item
	for _, row := range rows {
		if item.Text(row, item.ListPK) == partition {
			still = append(still, row)
		}
	}
	page.Next = next
	page.Items, err = decodeAll(still, item.DecodeRecord)
	return page, err
}

// inOrder loads the items that index rows stand for, in the order of those rows.
func (s *Store) inOrder(ctx context.Context, indexed []item.Item, f store.Freshness) ([]item.Item, error) {
	var keys []item.Item
	for _, row := range indexed {
		keys = append(keys, item.KeyOf(row))
	}
	keys = distinct(keys)
	rows, err := s.batch(ctx, keys, f)
	if err != nil {
		return nil, err
	}
	found := map[[2]string]item.Item{}
	for _, row := range rows {
		found[nameOf(row)] = row
	}
	var ordered []item.Item
	for _, key := range keys {
		if row, ok := found[nameOf(key)]; ok {
			ordered = append(ordered, row)
		}
	}
	return ordered, nil
}

// RewardsOf lists a pro's rewards, newest first.
func (s *Store) RewardsOf(ctx context.Context, pro string, limit int, after store.Position) (store.Page[store.Record], error) {
	var page store.Page[store.Record]
	rows, next, err := s.page(ctx, ofPro(pro, item.RewardPrefix, backward), limit, after)
	if err != nil {
		return page, err
	}
	page.Next = next
	page.Items, err = decodeAll(rows, item.DecodeRecord)
	return page, err
}

// EntriesOf lists a pro's ledger entries by their IDs: those of the oldest reward first.
func (s *Store) EntriesOf(ctx context.Context, pro string, limit int, after store.Position) (store.Page[ledger.Entry], error) {
	var page store.Page[ledger.Entry]
	rows, next, err := s.page(ctx, ofPro(pro, item.EntryPrefix, forward), limit, after)
	if err != nil {
		return page, err
	}
	page.Next = next
	page.Items, err = decodeAll(rows, item.DecodeEntry)
	return page, err
}

// ofPro reads what is kept with a pro: money, so never a moment old.
func ofPro(pro, prefix string, d direction) *dynamodb.QueryInput {
	return &dynamodb.QueryInput{
		KeyConditionExpression:    aws.String("PK = :partition AND begins_with(SK, :prefix)"),
		ExpressionAttributeValues: item.Item{":partition": item.S(item.ProPartition(pro)), ":prefix": item.S(prefix)},
		ScanIndexForward:          aws.Bool(bool(d)),
		ConsistentRead:            aws.Bool(bool(store.Fresh)),
	}
}
