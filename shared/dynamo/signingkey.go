package dynamo

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/callsheet/callsheet/shared/dynamo/item"
	"github.com/callsheet/callsheet/shared/store"
)

// SigningKey is the key kept under a name; of several callers who bring the first one, all get the one that was kept.
func (s *Store) SigningKey(ctx context.Context, name string, fresh []byte) ([]byte, error) {
	row, err := s.get(ctx, item.SigningKeyKey(name), store.Stale)
	if err != nil {
		return nil, err
	}
	if row == nil {
		if row, err = s.keepSigningKey(ctx, name, fresh); err != nil {
			return nil, err
		}
	}
	kept, err := item.DecodeSigningKey(row)
	return kept.Key, err
}

// keepSigningKey writes the key unless there is one, and returns the row that is there then.
func (s *Store) keepSigningKey(ctx context.Context, name string, fresh []byte) (item.Item, error) {
	row, err := item.EncodeSigningKey(name, item.SigningKey{Key: fresh})
	if err != nil {
		return nil, err
	}
	_, err = s.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName:                           s.table,
		Item:                                row,
		ConditionExpression:                 aws.String("attribute_not_exists(PK)"),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	var had *types.ConditionalCheckFailedException
	switch {
	case errors.As(err, &had):
		return had.Item, nil
	case err != nil:
		return nil, failure("keep signing key "+name, err)
	}
	return row, nil
}
