package project_test

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/clock"
	local "github.com/callsheet/callsheet/infra/local/dynamodb"
	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
	"github.com/callsheet/callsheet/shared/dynamo/item"
)

const table = "callsheet"

// embedded is a client of a new, empty table on the local cloud's DynamoDB, over HTTP.
func embedded(t testing.TB) *dynamodb.Client {
	t.Helper()
	db, err := bolt.Open(filepath.Join(t.TempDir(), "data"), 0o600, &bolt.Options{NoSync: true, NoFreelistSync: true})
	must(t, err)
	clk, err := clock.Open(db, noon, true)
	must(t, err)
	engine, err := local.Open(db, clk)
	must(t, err)
	text := func(partition, sort string) local.Key {
		return local.Key{Partition: local.KeyAttribute{Name: partition, Type: attribute.StringKind}, Sort: local.KeyAttribute{Name: sort, Type: attribute.StringKind}}
	}
	must(t, engine.CreateTable(local.TableSpec{
		Name: table, ARN: "arn:aws:dynamodb:us-east-1:000000000000:table/" + table, Key: text(item.PK, item.SK), TTLAttribute: item.TTL, StreamViewType: "NEW_IMAGE",
		Indexes: []local.Index{
			{Name: item.DueIndex, Key: text(item.DuePK, item.DueSK), Projection: local.KeysOnly},
			{Name: item.ListIndex, Key: text(item.ListPK, item.ListSK), Projection: local.KeysOnly},
			{Name: item.QueueIndex, Key: text(item.QueuePK, item.QueueSK), Projection: local.KeysOnly},
		},
	}))
	server := httptest.NewServer(engine)
	t.Cleanup(func() {
		server.Close()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return dynamodb.New(dynamodb.Options{
		Region: "us-east-1", BaseEndpoint: &server.URL, Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
		HTTPClient: &http.Client{Transport: &http.Transport{MaxConnsPerHost: 16, MaxIdleConnsPerHost: 16}},
	})
}
