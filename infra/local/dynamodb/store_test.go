package dynamodb

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
)

func TestReopen(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cloud.db")
	token := func(t *testing.T, c *cloud) error {
		_, err := c.TransactWriteItems(t.Context(), &sdk.TransactWriteItemsInput{
			ClientRequestToken: aws.String("token"), TransactItems: []types.TransactWriteItem{updating(t, job(t, "a", "1", ""), "ADD n :n", `{":n":{"N":"1"}}`)},
		})
		return err
	}
	var sequence string
	t.Run("writes", func(t *testing.T) {
		c := openCloud(t, file)
		c.put(job(t, "a", "1", fmt.Sprintf(`"pro":{"S":"p"},"n":{"N":"0"},"expires":{"N":"%d"}`, start.Add(time.Minute).Unix())))
		if err := token(t, c); err != nil {
			t.Fatal(err)
		}
		sequence = c.stream("")[1].SequenceNumber
	})
	t.Run("finds everything again: items, indexes, stream, tokens and expiries", func(t *testing.T) {
		c := openCloud(t, file)
		if err := token(t, c); err != nil {
			t.Fatal(err)
		}
		if got := texts([]map[string]types.AttributeValue{c.get("a", "1")}, "n"); got[0] != "1" {
			t.Errorf("n is %v", got)
		}
		out, err := c.Query(t.Context(), &sdk.QueryInput{TableName: aws.String(tableName), IndexName: aws.String("byPro"), KeyConditionExpression: aws.String("pro = :p"), ExpressionAttributeValues: item(t, `{":p":{"S":"p"}}`)})
		if err != nil || out.Count != 1 {
			t.Errorf("got %+v, %v", out, err)
		}
		c.put(job(t, "b", "1", ""))
		if records := c.stream(""); len(records) != 3 || records[1].SequenceNumber != sequence || records[2].SequenceNumber <= sequence {
			t.Errorf("got %v", records)
		}
		c.advance(time.Hour)
		same(t, c.get("a", "1"), "")
	})
}

func TestCreateTable(t *testing.T) {
	c := newCloud(t)
	t.Run("does nothing for the same definition", func(t *testing.T) {
		c.put(job(t, "a", "1", ""))
		if err := c.store.CreateTable(jobs); err != nil {
			t.Fatal(err)
		}
		same(t, c.get("a", "1"), `{"pk":{"S":"a"},"sk":{"S":"1"}}`)
	})
	for message, change := range map[string]func(*TableSpec){
		"exists with another definition":       func(s *TableSpec) { s.TTLAttribute = "" },
		"needs a name":                         func(s *TableSpec) { s.Name = "" },
		"is not the ARN of table":              func(s *TableSpec) { s.ARN = "arn:aws:dynamodb:eu-west-1:123456789012:table/other" },
		"unknown stream view type":             func(s *TableSpec) { s.StreamViewType = "ALL" },
		"not S, N or B":                        func(s *TableSpec) { s.Key.Partition.Type = attribute.BoolKind },
		"both partition and sort key":          func(s *TableSpec) { s.Key.Sort.Name = "pk" },
		"a partition key needs a name":         func(s *TableSpec) { s.Key.Partition.Name = "" },
		"occurs twice":                         func(s *TableSpec) { s.Indexes = append(s.Indexes[:1:1], s.Indexes[0]) },
		"an index needs a name":                func(s *TableSpec) { s.Indexes = []Index{{Key: s.Key, Projection: All}} },
		"unknown projection":                   func(s *TableSpec) { s.Indexes = []Index{{Name: "x", Key: s.Key}} },
		"INCLUDE and only that names attribut": func(s *TableSpec) { s.Indexes = []Index{{Name: "x", Key: s.Key, Projection: Include}} },
	} {
		t.Run("refuses: "+message, func(t *testing.T) {
			spec := jobs
			change(&spec)
			if err := c.store.CreateTable(spec); err == nil || !strings.Contains(err.Error(), message) {
				t.Errorf("got %v", err)
			}
		})
	}
}
