package dynamo

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// operation is one call of DynamoDB.
type operation[In, Out any] = func(context.Context, *In, ...func(*dynamodb.Options)) (*Out, error)

// Narrow is a client that can do what Client says and nothing else. In a program with templates, whose reflection may call
// any exported method of whatever an interface holds, the SDK's client would keep all of its 57 operations.
func Narrow(c *dynamodb.Client) Client {
	return narrow{c.GetItem, c.BatchGetItem, c.Query, c.PutItem, c.BatchWriteItem, c.UpdateItem, c.TransactWriteItems}
}

type narrow struct {
	getItem            operation[dynamodb.GetItemInput, dynamodb.GetItemOutput]
	batchGetItem       operation[dynamodb.BatchGetItemInput, dynamodb.BatchGetItemOutput]
	query              operation[dynamodb.QueryInput, dynamodb.QueryOutput]
	putItem            operation[dynamodb.PutItemInput, dynamodb.PutItemOutput]
	batchWriteItem     operation[dynamodb.BatchWriteItemInput, dynamodb.BatchWriteItemOutput]
	updateItem         operation[dynamodb.UpdateItemInput, dynamodb.UpdateItemOutput]
	transactWriteItems operation[dynamodb.TransactWriteItemsInput, dynamodb.TransactWriteItemsOutput]
}

func (n narrow) GetItem(ctx context.Context, in *dynamodb.GetItemInput, o ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	return n.getItem(ctx, in, o...)
}

func (n narrow) BatchGetItem(ctx context.Context, in *dynamodb.BatchGetItemInput, o ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error) {
	return n.batchGetItem(ctx, in, o...)
}

func (n narrow) Query(ctx context.Context, in *dynamodb.QueryInput, o ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	return n.query(ctx, in, o...)
}

func (n narrow) PutItem(ctx context.Context, in *dynamodb.PutItemInput, o ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	return n.putItem(ctx, in, o...)
}

func (n narrow) BatchWriteItem(ctx context.Context, in *dynamodb.BatchWriteItemInput, o ...func(*dynamodb.Options)) (*dynamodb.BatchWriteItemOutput, error) {
	return n.batchWriteItem(ctx, in, o...)
}

func (n narrow) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, o ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	return n.updateItem(ctx, in, o...)
}

func (n narrow) TransactWriteItems(ctx context.Context, in *dynamodb.TransactWriteItemsInput, o ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error) {
	return n.transactWriteItems(ctx, in, o...)
}
