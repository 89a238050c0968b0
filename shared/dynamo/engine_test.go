package dynamo_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/clock"
	local "github.com/callsheet/callsheet/infra/local/dynamodb"
	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
	"github.com/callsheet/callsheet/shared/dynamo"
	"github.com/callsheet/callsheet/shared/dynamo/item"
	"github.com/callsheet/callsheet/shared/store"
	"github.com/callsheet/callsheet/shared/store/contract"
)

var noon = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

const table = "callsheet"

func TestContractOnTheEmbeddedDynamoDB(t *testing.T) {
	contract.Run(t, func(t *testing.T) store.Store {
		client, _ := embedded(t)
		return dynamo.New(dynamo.Narrow(client), table)
	})
}

// TestContractOnAnotherDynamoDB needs an endpoint whose tables it may create and delete, such as DynamoDB Local.
func TestContractOnAnotherDynamoDB(t *testing.T) {
	endpoint := os.Getenv("DYNAMODB_ENDPOINT")
	if endpoint == "" {
		t.Log("not run: the contract on an independent DynamoDB, because DYNAMODB_ENDPOINT names none")
		return
	}
	tables := 0
	contract.Run(t, func(t *testing.T) store.Store {
		tables++
		name := fmt.Sprintf("callsheet-contract-%d-%d", os.Getpid(), tables)
		client := clientOf(endpoint)
		createTable(t, client, name)
		return dynamo.New(client, name)
	})
}

// embedded is a new, empty table on the local cloud's DynamoDB.
func embedded(t *testing.T) (*dynamodb.Client, *local.Store) {
	t.Helper()
	db, err := bolt.Open(filepath.Join(t.TempDir(), "data"), 0o600, &bolt.Options{NoSync: true, NoFreelistSync: true})
	if err != nil {
		t.Fatal(err)
	}
	clk, err := clock.Open(db, noon, true)
	if err != nil {
		t.Fatal(err)
	}
	engine, err := local.Open(db, clk)
	if err != nil {
		t.Fatal(err)
	}
	text := func(partition, sort string) local.Key {
		return local.Key{Partition: local.KeyAttribute{Name: partition, Type: attribute.StringKind}, Sort: local.KeyAttribute{Name: sort, Type: attribute.StringKind}}
	}
	err = engine.CreateTable(local.TableSpec{
		Name: table, ARN: "arn:aws:dynamodb:us-east-1:000000000000:table/" + table, Key: text(item.PK, item.SK), TTLAttribute: item.TTL, StreamViewType: "NEW_IMAGE",
		Indexes: []local.Index{
			{Name: item.DueIndex, Key: text(item.DuePK, item.DueSK), Projection: local.KeysOnly},
			{Name: item.ListIndex, Key: text(item.ListPK, item.ListSK), Projection: local.KeysOnly},
			{Name: item.QueueIndex, Key: text(item.QueuePK, item.QueueSK), Projection: local.KeysOnly},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(engine)
	t.Cleanup(func() {
		server.Close()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return clientOf(server.URL), engine
}

func clientOf(endpoint string) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(endpoint), Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
		HTTPClient: &http.Client{Transport: &http.Transport{MaxConnsPerHost: 64, MaxIdleConnsPerHost: 64}},
	})
}

func createTable(t *testing.T, client *dynamodb.Client, name string) {
	t.Helper()
	schema := func(partition, sort string) []types.KeySchemaElement {
		return []types.KeySchemaElement{{AttributeName: &partition, KeyType: types.KeyTypeHash}, {AttributeName: &sort, KeyType: types.KeyTypeRange}}
	}
	keysOnly := &types.Projection{ProjectionType: types.ProjectionTypeKeysOnly}
	in := &dynamodb.CreateTableInput{
		TableName: &name, BillingMode: types.BillingModePayPerRequest, KeySchema: schema(item.PK, item.SK),
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{
			{IndexName: aws.String(item.DueIndex), KeySchema: schema(item.DuePK, item.DueSK), Projection: keysOnly},
			{IndexName: aws.String(item.ListIndex), KeySchema: schema(item.ListPK, item.ListSK), Projection: keysOnly},
			{IndexName: aws.String(item.QueueIndex), KeySchema: schema(item.QueuePK, item.QueueSK), Projection: keysOnly},
		},
	}
	for _, key := range []string{item.PK, item.SK, item.DuePK, item.DueSK, item.ListPK, item.ListSK, item.QueuePK, item.QueueSK} {
		in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{AttributeName: &key, AttributeType: types.ScalarAttributeTypeS})
	}
	// No other test has this name: who finds it in use is the SDK, which asked again when no answer came.
	if _, err := client.CreateTable(t.Context(), in); err != nil && !errors.As(err, new(*types.ResourceInUseException)) {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := client.DeleteTable(context.WithoutCancel(t.Context()), &dynamodb.DeleteTableInput{TableName: &name}); err != nil {
			t.Error(err)
		}
	})
	active := dynamodb.NewTableExistsWaiter(client)
	if err := active.Wait(t.Context(), &dynamodb.DescribeTableInput{TableName: &name}, time.Minute); err != nil {
		t.Fatal(err)
	}
}
