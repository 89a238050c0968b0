package dynamodb

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// of writes a consumed capacity in short: total = table + index.
func of(c *types.ConsumedCapacity) string {
	if c == nil {
		return "none"
	}
	s := fmt.Sprint(aws.ToFloat64(c.CapacityUnits))
	if c.Table == nil {
		return s
	}
	s += fmt.Sprint(" = ", aws.ToFloat64(c.Table.CapacityUnits))
	for _, name := range slices.Sorted(maps.Keys(c.GlobalSecondaryIndexes)) {
		s += fmt.Sprint(" + ", name, " ", aws.ToFloat64(c.GlobalSecondaryIndexes[name].CapacityUnits))
	}
	return s
}

// filled is an attribute that brings a job ("a", "1") to exactly size bytes, others of its attributes included.
func filled(size int, others string) string {
	const key = len("pk") + len("a") + len("sk") + len("1")
	fill := `"x":{"S":"` + strings.Repeat("x", size-key-len("x")) + `"}`
	if others != "" {
		fill += "," + others
	}
	return fill
}

func TestWriteCapacity(t *testing.T) {
	const open, later, pro = `"phase":{"S":"open"},"due":{"N":"1"}`, `"phase":{"S":"open"},"due":{"N":"2"}`, `"pro":{"S":"p"}`
	for _, row := range []struct{ what, before, after, want string }{
		{"a small item", "", `"n":{"N":"1"}`, "1 = 1"}, {"exactly 1 KB", "", filled(1024, ""), "1 = 1"}, {"1 KB and a byte", "", filled(1025, ""), "2 = 2"},
		{"a large item made small", filled(5000, ""), "", "5 = 5"}, {"a small item made large", `"n":{"N":"1"}`, filled(5000, ""), "5 = 5"}, {"no change", filled(2500, ""), filled(2500, ""), "3 = 3"},
		{"a new index entry", "", open, "2 = 1 + byState 1"}, {"two new index entries", "", open + "," + pro, "3 = 1 + byPro 1 + byState 1"}, {"a changed index key", open, later, "3 = 1 + byState 2"},
		{"an index entry that goes", open, `"n":{"N":"1"}`, "2 = 1 + byState 1"}, {"a changed projected attribute", open, open + `,"title":{"S":"t"}`, "2 = 1 + byState 1"},
		{"a changed attribute outside the index", open, open + `,"n":{"N":"1"}`, "1 = 1"}, {"an index that keeps all of a large item", "", filled(2500, `"kind":{"S":"k"}`), "6 = 3 + byKind 3"},
		{"an index that keeps only keys of a large item", "", filled(2500, pro), "4 = 3 + byPro 1"},
	} {
		t.Run("counts "+row.what, func(t *testing.T) {
			c := newCloud(t)
			if row.before != "" {
				c.put(job(t, "a", "1", row.before))
			}
			out, err := c.PutItem(t.Context(), &sdk.PutItemInput{TableName: aws.String(tableName), Item: job(t, "a", "1", row.after), ReturnConsumedCapacity: types.ReturnConsumedCapacityIndexes})
			if err != nil {
				t.Fatal(err)
			}
			if got := of(out.ConsumedCapacity); got != row.want {
				t.Errorf("got %s, want %s", got, row.want)
			}
		})
	}
}

func TestTransactionCapacity(t *testing.T) {
	c := newCloud(t)
	c.put(job(t, "a", "1", filled(2500, "")), job(t, "a", "2", `"pro":{"S":"p"}`))
	in := &sdk.TransactWriteItemsInput{ReturnConsumedCapacity: types.ReturnConsumedCapacityIndexes, ClientRequestToken: aws.String("token"), TransactItems: []types.TransactWriteItem{
		checking(job(t, "a", "1", ""), "attribute_exists(pk)"), updating(t, job(t, "a", "2", ""), "SET pro = :p", `{":p":{"S":"q"}}`), putting(job(t, "a", "3", ""), ""),
	}}
	send := func(t *testing.T, want string) types.ConsumedCapacity {
		t.Helper()
		out, err := c.TransactWriteItems(t.Context(), in)
		if err != nil || len(out.ConsumedCapacity) != 1 {
			t.Fatalf("got %+v, %v", out, err)
		}
		if got := of(&out.ConsumedCapacity[0]); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		return out.ConsumedCapacity[0]
	}
	t.Run("counts items twice, checks included, and indexes once", func(t *testing.T) {
		if got := send(t, "12 = 10 + byPro 2"); aws.ToFloat64(got.WriteCapacityUnits) != 12 || got.ReadCapacityUnits != nil {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("counts a repeated transaction as reads", func(t *testing.T) {
		if got := send(t, "6 = 6"); aws.ToFloat64(got.ReadCapacityUnits) != 6 || got.WriteCapacityUnits != nil {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("counts a cancelled transaction", func(t *testing.T) {
		c.store.ResetUsage()
		err := c.transact(checking(job(t, "a", "1", ""), "attribute_not_exists(pk)"), putting(job(t, "a", "9", `"pro":{"S":"p"}`), ""))
		reasons(t, err, "ConditionalCheckFailed", "None")
		if got := c.store.Usage().WriteUnits; got != 8 {
			t.Errorf("got %v, want 2×3 for the item checked and 2×1 for the one not put", got)
		}
	})
	t.Run("counts a failed condition by the item that was there", func(t *testing.T) {
		c.store.ResetUsage()
		_, err := c.PutItem(t.Context(), &sdk.PutItemInput{TableName: aws.String(tableName), Item: job(t, "a", "1", ""), ConditionExpression: aws.String("attribute_not_exists(pk)")})
		refused(t, err, "ConditionalCheckFailedException", "")
		if got := c.store.Usage().WriteUnits; got != 3 {
			t.Errorf("got %v, want 3", got)
		}
	})
}

func TestReadCapacity(t *testing.T) {
	c := newCloud(t)
	c.put(job(t, "a", "1", filled(4096, "")), job(t, "b", "1", filled(4097, "")), job(t, "c", "1", `"pro":{"S":"p"}`), job(t, "c", "2", filled(4090, `"pro":{"S":"p"}`)))
	detail := types.ReturnConsumedCapacityIndexes
	for _, row := range []struct {
		pk         string
		consistent bool
		want       string
	}{{"a", true, "1 = 1"}, {"a", false, "0.5 = 0.5"}, {"b", true, "2 = 2"}, {"b", false, "1 = 1"}, {"none", true, "1 = 1"}, {"none", false, "0.5 = 0.5"}} {
		t.Run(fmt.Sprintf("counts a get of %s, consistent %v", row.pk, row.consistent), func(t *testing.T) {
			out, err := c.GetItem(t.Context(), &sdk.GetItemInput{TableName: aws.String(tableName), Key: job(t, row.pk, "1", ""), ConsistentRead: &row.consistent, ReturnConsumedCapacity: detail})
			if err != nil {
				t.Fatal(err)
			}
			if got := of(out.ConsumedCapacity); got != row.want {
				t.Errorf("got %s, want %s", got, row.want)
			}
		})
	}
	query := func(t *testing.T, in *sdk.QueryInput, want string) {
		t.Helper()
		in.TableName, in.ReturnConsumedCapacity = aws.String(tableName), detail
		out, err := c.Query(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		if got := of(out.ConsumedCapacity); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	t.Run("counts a query by the sum of what it looked at", func(t *testing.T) {
		query(t, &sdk.QueryInput{KeyConditionExpression: aws.String("pk = :p"), FilterExpression: aws.String("attribute_not_exists(pro)"), ExpressionAttributeValues: item(t, `{":p":{"S":"c"}}`), ConsistentRead: aws.Bool(true)}, "2 = 2")
	})
	t.Run("counts a query of an index by what the index keeps", func(t *testing.T) {
		query(t, &sdk.QueryInput{IndexName: aws.String("byPro"), KeyConditionExpression: aws.String("pro = :p"), ExpressionAttributeValues: item(t, `{":p":{"S":"p"}}`)}, "0.5 = 0 + byPro 0.5")
	})
	t.Run("counts an empty query", func(t *testing.T) {
		query(t, &sdk.QueryInput{KeyConditionExpression: aws.String("pk = :p"), ExpressionAttributeValues: item(t, `{":p":{"S":"none"}}`)}, "0.5 = 0.5")
	})
	t.Run("counts a batch item by item", func(t *testing.T) {
		out, err := c.BatchGetItem(t.Context(), &sdk.BatchGetItemInput{ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal, RequestItems: map[string]types.KeysAndAttributes{
			tableName: {ConsistentRead: aws.Bool(true), Keys: []map[string]types.AttributeValue{job(t, "a", "1", ""), job(t, "b", "1", ""), job(t, "none", "1", "")}},
		}})
		if err != nil || len(out.ConsumedCapacity) != 1 {
			t.Fatalf("got %+v, %v", out, err)
		}
		if got := of(&out.ConsumedCapacity[0]); got != "4" {
			t.Errorf("got %s, want 4", got)
		}
	})
}

func TestBatchWriteCapacity(t *testing.T) {
	t.Run("counts a batch of writes item by item, with their index entries, and not twice as a transaction", func(t *testing.T) {
		c := newCloud(t)
		out, err := c.BatchWriteItem(t.Context(), &sdk.BatchWriteItemInput{ReturnConsumedCapacity: types.ReturnConsumedCapacityIndexes, RequestItems: map[string][]types.WriteRequest{
			tableName: {writing(job(t, "a", "1", filled(2500, ""))), writing(job(t, "a", "2", `"pro":{"S":"p"}`))},
		}})
		if err != nil || len(out.ConsumedCapacity) != 1 {
			t.Fatalf("got %+v, %v", out, err)
		}
		if got := of(&out.ConsumedCapacity[0]); got != "5 = 4 + byPro 1" {
			t.Errorf("got %s", got)
		}
	})
}

func TestUsage(t *testing.T) {
	c := newCloud(t)
	var calls []Call
	c.store.OnCall = func(call Call) { calls = append(calls, call) }
	c.put(job(t, "a", "1", `"pro":{"S":"p"}`))
	c.get("a", "1")
	if err := c.transact(putting(job(t, "a", "2", ""), ""), checking(job(t, "a", "1", ""), "attribute_exists(pk)")); err != nil {
		t.Fatal(err)
	}
	t.Run("adds up what all calls consumed", func(t *testing.T) {
		u := c.store.Usage()
		if u.WriteUnits != 6 || u.ReadUnits != 1 || u.ByOperation["PutItem"] != (OperationUsage{Calls: 1, WriteUnits: 2}) || u.ByOperation["GetItem"] != (OperationUsage{Calls: 1, ReadUnits: 1}) {
			t.Errorf("got %+v", u)
		}
	})
	t.Run("tells each call, with its actions and its caller", func(t *testing.T) {
		got := fmt.Sprintf("%+v", calls)
		want := "[{Operation:PutItem Actions:[dynamodb:PutItem] Table:jobs Indexes:[byPro] AccessKeyID:AKIATEST ReadUnits:0 WriteUnits:2}" +
			" {Operation:GetItem Actions:[dynamodb:GetItem] Table:jobs Indexes:[] AccessKeyID:AKIATEST ReadUnits:1 WriteUnits:0}" +
			" {Operation:TransactWriteItems Actions:[dynamodb:ConditionCheckItem dynamodb:PutItem] Table:jobs Indexes:[] AccessKeyID:AKIATEST ReadUnits:0 WriteUnits:4}]"
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
	t.Run("starts again from zero", func(t *testing.T) {
		c.store.ResetUsage()
		if u := c.store.Usage(); u.WriteUnits != 0 || len(u.ByOperation) != 0 {
			t.Errorf("got %+v", u)
		}
	})
}
