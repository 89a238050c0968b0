// Package dynamo keeps the store's promises on one DynamoDB table: a commit is one TransactWriteItems, a timeline one
// Query, and expressions are constants. How rows and keys are spelled is package item's business; retrying a lost race is
// the store port's.
package dynamo

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/callsheet/callsheet/shared/store"
)

// Client is what is used of DynamoDB.
type Client interface {
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	BatchGetItem(context.Context, *dynamodb.BatchGetItemInput, ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error)
	Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	TransactWriteItems(context.Context, *dynamodb.TransactWriteItemsInput, ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error)
}

// BatchClient is what List uses besides. It stands alone so that only who tells people of their invitations links it.
type BatchClient interface {
	BatchWriteItem(context.Context, *dynamodb.BatchWriteItemInput, ...func(*dynamodb.Options)) (*dynamodb.BatchWriteItemOutput, error)
}

// Store is the store port on one table.
type Store struct {
	client Client
	table  *string
}

var _ store.Store = (*Store)(nil)

// New is the store on a table; package item says which keys and indexes that table has.
func New(client Client, table string) *Store { return &Store{client: client, table: &table} }
