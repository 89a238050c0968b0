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

// Lease claims the telling of an event on the event's own row. The first lease finds none before it and reads no marks.
func (s *Store) Lease(ctx context.Context, e store.Event, now, until time.Time) (store.Lease, []store.Mail, error) {
	key, err := item.EventKey(e)
	if err != nil {
		return 0, nil, err
	}
	out, err := s.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName:                           s.table,
		Key:                                 key,
		UpdateExpression:                    aws.String("SET leaseUntil = :until"),
		ConditionExpression:                 aws.String("attribute_exists(tell) AND (attribute_not_exists(leaseUntil) OR leaseUntil <= :now)"),
		ExpressionAttributeValues:           item.Item{":now": item.S(item.Stamp(now)), ":until": item.S(item.Stamp(until))},
		ReturnValues:                        types.ReturnValueUpdatedOld,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	var had *types.ConditionalCheckFailedException
	switch {
	case errors.As(err, &had):
		lease, err := withheld(had.Item, e)
		return lease, nil, err
	case err != nil:
		return 0, nil, failure("lease event "+e.ID, err)
	case item.Text(out.Attributes, item.LeaseUntil) == "":
		return store.Granted, nil, nil
	}
	told, err := s.delivered(ctx, e)
	if err != nil {
		return 0, nil, err
	}
	return store.Granted, told, nil
}

// withheld says why a lease was not granted, by the event's row.
func withheld(row item.Item, e store.Event) (store.Lease, error) {
	switch {
	case row == nil:
		return 0, noEvent(e)
	case item.Text(row, item.Tell) == "":
		return store.Done, nil
	}
	return store.Running, nil
}

// delivered lists the mails of an event that are marked.
func (s *Store) delivered(ctx context.Context, e store.Event) ([]store.Mail, error) {
	rows, _, err := s.query(ctx, &dynamodb.QueryInput{
		KeyConditionExpression:    aws.String("PK = :partition"),
		ExpressionAttributeValues: item.Item{":partition": item.S(item.MarkPartition(e.ID))},
		ConsistentRead:            aws.Bool(true),
	}, everything)
	if err != nil {
		return nil, err
	}
	marks, err := decodeAll(rows, item.DecodeMark)
	var mails []store.Mail
	for _, m := range marks {
		mails = append(mails, m.Mails...)
	}
	return mails, err
}

// Release leaves a lease that ended long ago, so that the next one looks for marks.
func (s *Store) Release(ctx context.Context, e store.Event, until time.Time) error {
	key, err := item.EventKey(e)
	if err != nil {
		return err
	}
	_, err = s.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName:                 s.table,
		Key:                       key,
		UpdateExpression:          aws.String("SET leaseUntil = :ended"),
		ConditionExpression:       aws.String("leaseUntil = :until"),
		ExpressionAttributeValues: item.Item{":until": item.S(item.Stamp(until)), ":ended": item.S(item.Stamp(time.Time{}))},
	})
	var passed *types.ConditionalCheckFailedException
	if err == nil || errors.As(err, &passed) {
		return nil
	}
	return failure("release event "+e.ID, err)
}

// Delivered marks mails as handed over. Whoever has the lease of their event is alone, so nothing is asked first.
func (s *Store) Delivered(ctx context.Context, e store.Event, mails []store.Mail, at time.Time) error {
	row, err := item.EncodeMark(e.ID, item.Mark{Mails: mails, At: at})
	if err != nil {
		return err
	}
	if _, err = s.client.PutItem(ctx, &dynamodb.PutItemInput{TableName: s.table, Item: row}); err != nil {
		return failure("mark mails of event "+e.ID, err)
	}
	return nil
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
		UpdateExpression:    aws.String("REMOVE tell, duePK, dueSK, leaseUntil"),
		ConditionExpression: aws.String("attribute_exists(PK)"),
	})
	var absent *types.ConditionalCheckFailedException
	if errors.As(err, &absent) {
		return noEvent(e)
	}
	if err != nil {
		return failure("close the outbox of event "+e.ID, err)
	}
	return nil
}

func noEvent(e store.Event) error {
	return fmt.Errorf("%w: event %s of %s", store.ErrNoRecord, e.ID, e.Subject)
}
