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

// Lease claims the sending of one mail until the given instant: nobody has, or who had did not deliver by now.
func (s *Store) Lease(ctx context.Context, mail store.Mail, now, until time.Time) (store.Lease, error) {
	row, err := item.EncodeMark(item.MailKey(mail), item.Mark{LeaseUntil: until})
	if err != nil {
		return 0, err
	}
	_, err = s.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName:                           s.table,
		Item:                                row,
		ConditionExpression:                 aws.String("attribute_not_exists(PK) OR (attribute_not_exists(body.MessageID) AND body.LeaseUntil <= :now)"),
		ExpressionAttributeValues:           item.Item{":now": item.S(item.Stamp(now))},
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	var had *types.ConditionalCheckFailedException
	switch {
	case err == nil:
		return store.Granted, nil
	case !errors.As(err, &had):
		return 0, failure("lease "+mail.Notice+" of event "+mail.Event, err)
	}
	mark, err := item.DecodeMark(had.Item)
	switch {
	case err != nil:
		return 0, err
	case mark.MessageID != "":
		return store.Done, nil
	}
	return store.Running, nil
}

// Delivered marks a leased mail as handed over.
func (s *Store) Delivered(ctx context.Context, mail store.Mail, messageID string) error {
	_, err := s.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName:                 s.table,
		Key:                       item.MailKey(mail),
		UpdateExpression:          aws.String("SET body.MessageID = :id"),
		ConditionExpression:       aws.String("attribute_exists(PK)"),
		ExpressionAttributeValues: item.Item{":id": item.S(messageID)},
	})
	var absent *types.ConditionalCheckFailedException
	if errors.As(err, &absent) {
		return fmt.Errorf("%w: mail %s of event %s was never leased", store.ErrNoRecord, mail.Notice, mail.Event)
	}
	if err != nil {
		return failure("mark "+mail.Notice+" of event "+mail.Event, err)
	}
	return nil
}
