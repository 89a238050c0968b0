package dynamo

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/callsheet/callsheet/shared/dynamo/item"
	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/store"
)

// ProjectsOf lists a client's projects, newest first.
func (s *Store) ProjectsOf(ctx context.Context, client string, limit int, after store.Position) (store.Page[store.Record], error) {
	return listed(ctx, s, owners, item.ClientPartition(client), backward, store.Stale, limit, after, item.DecodeRecord)
}

// AssignmentsOf lists a pro's assignments, newest first.
func (s *Store) AssignmentsOf(ctx context.Context, pro string, limit int, after store.Position) (store.Page[store.Record], error) {
	return listed(ctx, s, owners, item.ProPartition(pro), backward, store.Stale, limit, after, item.DecodeRecord)
}

// Waiting lists what waits in a queue, longest waiting first, and by its ref where several began at one instant.
func (s *Store) Waiting(ctx context.Context, queue store.Queue, limit int, after store.Position) (store.Page[store.Record], error) {
	return listed(ctx, s, queues, string(queue), forward, store.Stale, limit, after, item.DecodeRecord)
}

// Book lists a month's ledger entries, oldest first. What the index shows is there, so entries are read Fresh.
func (s *Store) Book(ctx context.Context, month string, limit int, after store.Position) (store.Page[ledger.Entry], error) {
	return listed(ctx, s, owners, item.BookPartition(month), forward, store.Fresh, limit, after, item.DecodeEntry)
}

// index is a sparse index that lists are read from.
type index struct{ name, pk, sk, partition string }

var (
	owners = index{item.ListIndex, item.ListPK, item.ListSK, "listPK = :partition"}
	queues = index{item.QueueIndex, item.QueuePK, item.QueueSK, "queuePK = :partition"}
)

type direction bool

const (
	forward  direction = true
	backward direction = false
)

// listed reads a page of an index, then what it lists. The index may be a moment old: what has left the list, or has
// another place in it, is left out, so a page may be short though more follow.
func listed[T any](ctx context.Context, s *Store, in index, partition string, d direction, f store.Freshness, limit int, after store.Position, decode func(item.Item) (T, error)) (store.Page[T], error) {
	var page store.Page[T]
	keys, next, err := s.page(ctx, &dynamodb.QueryInput{
		IndexName:                 aws.String(in.name),
		KeyConditionExpression:    aws.String(in.partition),
		ExpressionAttributeValues: item.Item{":partition": item.S(partition)},
		ScanIndexForward:          aws.Bool(bool(d)),
	}, limit, after, in.pk, in.sk)
	if err != nil {
		return page, err
	}
	rows, err := s.still(ctx, keys, f, in.pk, in.sk)
	if err != nil {
		return page, err
	}
	page.Next = next
	page.Items, err = decodeAll(rows, decode)
	return page, err
}

// still loads the items that index rows stand for and that have the same place in the index yet, in the order of the rows.
func (s *Store) still(ctx context.Context, indexed []item.Item, f store.Freshness, pk, sk string) ([]item.Item, error) {
	place := func(row item.Item) [2]string { return [2]string{item.Text(row, pk), item.Text(row, sk)} }
	places := map[[2]string][2]string{}
	for _, row := range indexed {
		places[nameOf(row)] = place(row)
	}
	rows, err := s.inOrder(ctx, indexed, f)
	return slices.DeleteFunc(rows, func(row item.Item) bool { return place(row) != places[nameOf(row)] }), err
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

// List writes the listings in batches, since none depends on another, and again what a batch leaves.
func (s *Store) List(ctx context.Context, listings []store.Listing) error {
	batches, ok := s.client.(BatchClient)
	if !ok {
		return fmt.Errorf("dynamo: a %T writes no batches", s.client)
	}
	var puts []types.WriteRequest
	for _, l := range listings {
		row, err := item.EncodeListing(l)
		if err != nil {
			return err
		}
		puts = append(puts, types.WriteRequest{PutRequest: &types.PutRequest{Item: row}})
	}
	for chunk := range slices.Chunk(puts, writesAtOnce) {
		for len(chunk) > 0 {
			out, err := batches.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{*s.table: chunk}})
			if err != nil {
				return failure("list invitations", err)
			}
			left := out.UnprocessedItems[*s.table]
			if len(left) == len(chunk) {
				return unavailable("list invitations", fmt.Errorf("none of %d was processed", len(left)))
			}
			chunk = left
		}
	}
	return nil
}

// writesAtOnce is the most that one BatchWriteItem takes.
const writesAtOnce = 25

// InvitationsOf lists what is on a pro's list, newest first: the ID of an invitation begins with that of its round.
func (s *Store) InvitationsOf(ctx context.Context, pro string, limit int, after store.Position) (store.Page[store.Listing], error) {
	return kept(ctx, s, ofPro(pro, item.InvitationPrefix), backward, limit, after, item.DecodeListing)
}

// RewardsOf lists a pro's rewards, newest first.
func (s *Store) RewardsOf(ctx context.Context, pro string, limit int, after store.Position) (store.Page[store.Record], error) {
	return kept(ctx, s, ofPro(pro, item.RewardPrefix), backward, limit, after, item.DecodeRecord)
}

// EntriesOf lists a pro's ledger entries by their IDs: those of the oldest reward first.
func (s *Store) EntriesOf(ctx context.Context, pro string, limit int, after store.Position) (store.Page[ledger.Entry], error) {
	return kept(ctx, s, ofPro(pro, item.EntryPrefix), forward, limit, after, item.DecodeEntry)
}

// MessagesOf lists a thread's messages, newest first; marks are set on what was shown.
func (s *Store) MessagesOf(ctx context.Context, thread string, limit int, after store.Position) (store.Page[store.Record], error) {
	return kept(ctx, s, &dynamodb.QueryInput{
		KeyConditionExpression:    aws.String("PK = :partition"),
		ExpressionAttributeValues: item.Item{":partition": item.S(item.MessagePartition(thread))},
	}, backward, limit, after, item.DecodeRecord)
}

// kept reads a page of what is kept with its owner, never a moment old.
func kept[T any](ctx context.Context, s *Store, in *dynamodb.QueryInput, d direction, limit int, after store.Position, decode func(item.Item) (T, error)) (store.Page[T], error) {
	var page store.Page[T]
	in.ScanIndexForward, in.ConsistentRead = aws.Bool(bool(d)), aws.Bool(bool(store.Fresh))
	rows, next, err := s.page(ctx, in, limit, after)
	if err != nil {
		return page, err
	}
	page.Next = next
	page.Items, err = decodeAll(rows, decode)
	return page, err
}

func ofPro(pro, prefix string) *dynamodb.QueryInput {
	return &dynamodb.QueryInput{
		KeyConditionExpression:    aws.String("PK = :partition AND begins_with(SK, :prefix)"),
		ExpressionAttributeValues: item.Item{":partition": item.S(item.ProPartition(pro)), ":prefix": item.S(prefix)},
	}
}
