package main

import (
	"bytes"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/clock"
	"github.com/callsheet/callsheet/infra/local/dynamodb"
	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
	"github.com/callsheet/callsheet/shared/dynamo"
	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/store"
)

var noon = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// folder is a data folder with a table and these entries in it.
func folder(t *testing.T, entries ...ledger.Entry) string {
	t.Helper()
	data := t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	db, err := bolt.Open(filepath.Join(data, "cloud.db"), 0o600, nil)
	must(err)
	c, err := clock.Open(db, noon, true)
	must(err)
	engine, err := dynamodb.Open(db, c)
	must(err)
	text := func(name string) dynamodb.KeyAttribute {
		return dynamodb.KeyAttribute{Name: name, Type: attribute.StringKind}
	}
	must(engine.CreateTable(dynamodb.TableSpec{Name: "callsheet", ARN: "arn:aws:dynamodb:eu-west-1:123456789012:table/callsheet", Key: dynamodb.Key{Partition: text("PK"), Sort: text("SK")}}))
	server := httptest.NewServer(engine)
	defer server.Close()
	client := sdk.New(sdk.Options{BaseEndpoint: aws.String(server.URL), Region: "eu-west-1", Credentials: credentials.NewStaticCredentialsProvider("local", "local", "")})
	if len(entries) > 0 {
		must(dynamo.New(client, "callsheet").Commit(t.Context(), store.Change{Entries: entries}))
	}
	must(db.Close())
	return data
}

// moved is an entry of an adjustment that is not there.
func moved(out, in int64) ledger.Entry {
	return ledger.Entry{ID: "adj_1.credit", Pro: "ana", Kind: "credit", At: noon, Postings: []ledger.Posting{
		{Account: ledger.Platform, Amount: ledger.Money{Minor: -out, Currency: "USD"}}, {Account: ledger.Available("ana"), Amount: ledger.Money{Minor: in, Currency: "USD"}},
	}}
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name   string
		data   string
		status int
		says   []string
	}{
		{"a folder without a fault is status 0", folder(t), 0, []string{"no fault"}},
		{"an entry that does not sum to zero is status 1, with its figures — I1", folder(t, moved(700, 701)), 1, []string{"I1:", "1 USD off", "7.01 USD"}},
		{"an entry that nothing explains is status 1 — I4", folder(t, moved(700, 700)), 1, []string{"I4:", "1 entry"}},
		{"a folder without data is status 2", t.TempDir(), 2, []string{"no data of a local cloud"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out, complaints bytes.Buffer
			status := check(c.data, &out, &complaints)
			for _, want := range c.says {
				if status != c.status || !strings.Contains(out.String()+complaints.String(), want) {
					t.Errorf("status %d, want %d, and %q in\n%s\n%s", status, c.status, want, out.String(), complaints.String())
				}
			}
		})
	}
}
