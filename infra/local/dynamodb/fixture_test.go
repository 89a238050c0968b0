package dynamodb

import (
	"encoding/json"
	"errors"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/clock"
	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
)

// A cloud is a store behind HTTP with the SDK's client before it, on a clock that stands still.
type cloud struct {
	testing.TB
	*sdk.Client
	store *Store
	clock *clock.Clock
	db    *bolt.DB
	url   string
}

var start = time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)

var jobs = TableSpec{
	Name: "jobs", ARN: "arn:aws:dynamodb:eu-west-1:123456789012:table/jobs",
	Key: Key{KeyAttribute{"pk", attribute.StringKind}, KeyAttribute{"sk", attribute.StringKind}},
	Indexes: []Index{
		{Name: "byState", Key: Key{KeyAttribute{"phase", attribute.StringKind}, KeyAttribute{"due", attribute.NumberKind}}, Projection: Include, Include: []string{"title"}},
		{Name: "byPro", Key: Key{Partition: KeyAttribute{"pro", attribute.StringKind}}, Projection: KeysOnly},
		{Name: "byKind", Key: Key{KeyAttribute{"kind", attribute.StringKind}, KeyAttribute{"sk", attribute.StringKind}}, Projection: All},
	},
	StreamViewType: "NEW_AND_OLD_IMAGES",
	TTLAttribute:   "expires",
}

const tableName = "jobs"

func newCloud(t testing.TB) *cloud {
	return openCloud(t, filepath.Join(t.TempDir(), "cloud.db"))
}

func openCloud(t testing.TB, file string) *cloud {
	t.Helper()
	db, err := bolt.Open(file, 0o600, &bolt.Options{NoSync: true, NoFreelistSync: true})
	if err != nil {
		t.Fatal(err)
	}
	clk, err := clock.Open(db, start, true)
	if err != nil {
		t.Fatal(err)
	}
	store, err := Open(db, clk)
	if err != nil {
		t.Fatal(err)
	}
	clk.Attach(store)
	if err := store.CreateTable(jobs); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(store)
	client := sdk.New(sdk.Options{
		BaseEndpoint: &server.URL, Region: "eu-west-1",
		Credentials: credentials.NewStaticCredentialsProvider("AKIATEST", "secret", ""),
	})
	t.Cleanup(func() {
		server.Close()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return &cloud{t, client, store, clk, db, server.URL}
}

// item reads DynamoDB JSON.
func item(t testing.TB, text string) map[string]types.AttributeValue {
	t.Helper()
	m, err := attributevalue.UnmarshalMapJSON([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return m
}

// job is an item with the key and some more attributes.
func job(t testing.TB, pk, sk, more string) map[string]types.AttributeValue {
	t.Helper()
	if more != "" {
		more = "," + more
	}
	return item(t, `{"pk":{"S":"`+pk+`"},"sk":{"S":"`+sk+`"}`+more+`}`)
}

// shown writes DynamoDB JSON in its normal form; nothing for no item.
func shown(t testing.TB, m map[string]types.AttributeValue) string {
	t.Helper()
	if m == nil {
		return ""
	}
	text, err := attributevalue.MarshalMapJSON(m)
	if err != nil {
		t.Fatal(err)
	}
	var item attribute.Map
	if err := json.Unmarshal(text, &item); err != nil {
		t.Fatal(err)
	}
	return string(item.AppendJSON(nil))
}

func same(t testing.TB, got map[string]types.AttributeValue, want string) {
	t.Helper()
	if want != "" {
		want = shown(t, item(t, want))
	}
	if got := shown(t, got); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func (c *cloud) put(items ...map[string]types.AttributeValue) {
	c.Helper()
	for _, i := range items {
		if _, err := c.PutItem(c.Context(), &sdk.PutItemInput{TableName: aws.String(tableName), Item: i}); err != nil {
			c.Fatal(err)
		}
	}
}

func (c *cloud) get(pk, sk string) map[string]types.AttributeValue {
	c.Helper()
	out, err := c.GetItem(c.Context(), &sdk.GetItemInput{TableName: aws.String(tableName), Key: job(c, pk, sk, ""), ConsistentRead: aws.Bool(true)})
	if err != nil {
		c.Fatal(err)
	}
	return out.Item
}

func (c *cloud) advance(d time.Duration) []clock.Happening {
	c.Helper()
	happened, err := c.clock.Advance(c.Context(), d)
	if err != nil {
		c.Fatal(err)
	}
	return happened
}

func (c *cloud) stream(after string) []StreamRecord {
	c.Helper()
	records, err := c.store.ReadStream(tableName, after, 1000)
	if err != nil {
		c.Fatal(err)
	}
	return records
}

// refused checks the error's code and a part of its message.
func refused(t testing.TB, err error, code, message string) {
	t.Helper()
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok || api.ErrorCode() != code || !strings.Contains(api.ErrorMessage(), message) {
		t.Errorf("got %v, want %s with %q", err, code, message)
	}
}
