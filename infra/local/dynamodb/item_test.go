package dynamodb

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
)

func TestPutAndGet(t *testing.T) {
	c := newCloud(t)
	everything := `"s":{"S":"ü"},"n":{"N":"1.50"},"b":{"B":"AP8="},"t":{"BOOL":true},"z":{"NULL":true},"l":{"L":[{"S":""},{"M":{"x":{"N":"1"}}}]},"ss":{"SS":["b","a"]},"ns":{"NS":["1e1"]},"bs":{"BS":["AA=="]}`
	c.put(job(t, "a", "1", everything))
	t.Run("returns every type as it was put", func(t *testing.T) {
		same(t, c.get("a", "1"), `{"pk":{"S":"a"},"sk":{"S":"1"},`+everything+`}`)
	})
	t.Run("returns nothing for a key that is not there", func(t *testing.T) {
		same(t, c.get("a", "2"), "")
	})
	t.Run("projects", func(t *testing.T) {
		out, err := c.GetItem(t.Context(), &sdk.GetItemInput{TableName: aws.String(tableName), Key: job(t, "a", "1", ""), ProjectionExpression: aws.String("#l[1].x, n"), ExpressionAttributeNames: map[string]string{"#l": "l"}})
		if err != nil {
			t.Fatal(err)
		}
		same(t, out.Item, `{"l":{"L":[{"M":{"x":{"N":"1"}}}]},"n":{"N":"1.5"}}`)
	})
	t.Run("returns an empty item, not none, when nothing is projected", func(t *testing.T) {
		out, err := c.GetItem(t.Context(), &sdk.GetItemInput{TableName: aws.String(tableName), Key: job(t, "a", "1", ""), ProjectionExpression: aws.String("absent")})
		if err != nil || out.Item == nil {
			t.Errorf("got %v, %v", out, err)
		}
	})
	t.Run("replaces the whole item and returns the old one", func(t *testing.T) {
		out, err := c.PutItem(t.Context(), &sdk.PutItemInput{TableName: aws.String(tableName), Item: job(t, "a", "1", ""), ReturnValues: types.ReturnValueAllOld})
		if err != nil {
			t.Fatal(err)
		}
		same(t, out.Attributes, `{"pk":{"S":"a"},"sk":{"S":"1"},`+everything+`}`)
		same(t, c.get("a", "1"), `{"pk":{"S":"a"},"sk":{"S":"1"}}`)
	})
}

func TestConditionalWrites(t *testing.T) {
	c := newCloud(t)
	c.put(job(t, "a", "1", `"n":{"N":"1"}`))
	put := &sdk.PutItemInput{
		TableName: aws.String(tableName), Item: job(t, "a", "1", `"n":{"N":"2"}`), ConditionExpression: aws.String("attribute_not_exists(pk)"),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
	t.Run("refuses and changes nothing when the condition fails", func(t *testing.T) {
		_, err := c.PutItem(t.Context(), put)
		failed, ok := errors.AsType[*types.ConditionalCheckFailedException](err)
		if !ok {
			t.Fatalf("got %v", err)
		}
		same(t, failed.Item, `{"pk":{"S":"a"},"sk":{"S":"1"},"n":{"N":"1"}}`)
		same(t, c.get("a", "1"), `{"pk":{"S":"a"},"sk":{"S":"1"},"n":{"N":"1"}}`)
	})
	t.Run("tells the item only when asked", func(t *testing.T) {
		quiet := *put
		quiet.ReturnValuesOnConditionCheckFailure = ""
		_, err := c.PutItem(t.Context(), &quiet)
		failed, ok := errors.AsType[*types.ConditionalCheckFailedException](err)
		if !ok || failed.Item != nil {
			t.Errorf("got %v", err)
		}
	})
	t.Run("deletes when the condition holds and returns what was there", func(t *testing.T) {
		out, err := c.DeleteItem(t.Context(), &sdk.DeleteItemInput{
			TableName: aws.String(tableName), Key: job(t, "a", "1", ""), ConditionExpression: aws.String("n = :n"),
			ExpressionAttributeValues: item(t, `{":n":{"N":"1"}}`), ReturnValues: types.ReturnValueAllOld,
		})
		if err != nil {
			t.Fatal(err)
		}
		same(t, out.Attributes, `{"pk":{"S":"a"},"sk":{"S":"1"},"n":{"N":"1"}}`)
		same(t, c.get("a", "1"), "")
	})
	t.Run("deletes what is not there without error", func(t *testing.T) {
		if _, err := c.DeleteItem(t.Context(), &sdk.DeleteItemInput{TableName: aws.String(tableName), Key: job(t, "no", "1", "")}); err != nil {
			t.Error(err)
		}
	})
}

func TestUpdateItem(t *testing.T) {
	c := newCloud(t)
	update := func(t *testing.T, sk, expression, values string, returns types.ReturnValue) map[string]types.AttributeValue {
		t.Helper()
		in := &sdk.UpdateItemInput{TableName: aws.String(tableName), Key: job(t, "a", sk, ""), UpdateExpression: aws.String(expression), ReturnValues: returns}
		if values != "" {
			in.ExpressionAttributeValues = item(t, values)
		}
		out, err := c.UpdateItem(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		return out.Attributes
	}
	for _, step := range []struct {
		what, sk, expression, values string
		returns                      types.ReturnValue
		want                         string
	}{
		{"makes an item that was not there", "1", "SET n = :n, m.a = :n", `{":n":{"N":"1"}}`, "", "refused"},
		{"makes an item that was not there", "1", "SET n = :n, m = :m", `{":n":{"N":"1"},":m":{"M":{"a":{"N":"5"},"b":{"N":"6"}}}}`, types.ReturnValueAllOld, ""},
		{"returns the whole new item", "1", "ADD n :n", `{":n":{"N":"2"}}`, types.ReturnValueAllNew, `{"pk":{"S":"a"},"sk":{"S":"1"},"n":{"N":"3"},"m":{"M":{"a":{"N":"5"},"b":{"N":"6"}}}}`},
		{"returns the old values of what it wrote", "1", "SET n = n + :n, m.a = :n", `{":n":{"N":"1"}}`, types.ReturnValueUpdatedOld, `{"n":{"N":"3"},"m":{"M":{"a":{"N":"5"}}}}`},
		{"returns the new values of what it wrote", "1", "SET n = n + :n, m.a = n", `{":n":{"N":"1"}}`, types.ReturnValueUpdatedNew, `{"n":{"N":"5"},"m":{"M":{"a":{"N":"4"}}}}`},
		{"returns nothing unless asked", "1", "REMOVE m", "", "", ""},
		{"makes no item by removing", "2", "REMOVE n", "", types.ReturnValueAllNew, ""},
	} {
		t.Run(step.what, func(t *testing.T) {
			if step.want == "refused" {
				_, err := c.UpdateItem(t.Context(), &sdk.UpdateItemInput{TableName: aws.String(tableName), Key: job(t, "a", step.sk, ""), UpdateExpression: aws.String(step.expression), ExpressionAttributeValues: item(t, step.values)})
				refused(t, err, "ValidationException", "invalid for update")
				return
			}
			same(t, update(t, step.sk, step.expression, step.values, step.returns), step.want)
		})
	}
	same(t, c.get("a", "1"), `{"pk":{"S":"a"},"sk":{"S":"1"},"n":{"N":"5"}}`)
	same(t, c.get("a", "2"), "")
	t.Run("makes a bare item without an expression", func(t *testing.T) {
		if _, err := c.UpdateItem(t.Context(), &sdk.UpdateItemInput{TableName: aws.String(tableName), Key: job(t, "a", "3", "")}); err != nil {
			t.Fatal(err)
		}
		same(t, c.get("a", "3"), `{"pk":{"S":"a"},"sk":{"S":"3"}}`)
	})
	t.Run("refuses to change a key attribute", func(t *testing.T) {
		_, err := c.UpdateItem(t.Context(), &sdk.UpdateItemInput{TableName: aws.String(tableName), Key: job(t, "a", "1", ""), UpdateExpression: aws.String("SET sk = :s"), ExpressionAttributeValues: item(t, `{":s":{"S":"9"}}`)})
		refused(t, err, "ValidationException", "This attribute is part of the key")
	})
	t.Run("refuses an index key of the wrong type", func(t *testing.T) {
		_, err := c.UpdateItem(t.Context(), &sdk.UpdateItemInput{TableName: aws.String(tableName), Key: job(t, "a", "1", ""), UpdateExpression: aws.String("SET due = :s"), ExpressionAttributeValues: item(t, `{":s":{"S":"9"}}`)})
		refused(t, err, "ValidationException", "Type mismatch for Index Key due Expected: N Actual: S IndexName: byState")
	})
	t.Run("refuses to let an item outgrow 400 KB", func(t *testing.T) {
		in := &sdk.UpdateItemInput{TableName: aws.String(tableName), Key: job(t, "a", "1", ""), UpdateExpression: aws.String("SET big = :s"), ExpressionAttributeValues: item(t, `{":s":{"S":"`+strings.Repeat("x", maxItem)+`"}}`)}
		_, err := c.UpdateItem(t.Context(), in)
		refused(t, err, "ValidationException", "Item size")
	})
}

func TestItemLimits(t *testing.T) {
	c := newCloud(t)
	const overhead = len("pk") + len("a") + len("sk") + len("1") + len("x")
	deep := strings.Repeat(`{"L":[`, maxDepth) + `{"S":"x"}` + strings.Repeat(`]}`, maxDepth)
	for what, ok := range map[string]string{
		"an item of exactly 400 KB": `{"pk":{"S":"a"},"sk":{"S":"1"},"x":{"S":"` + strings.Repeat("x", maxItem-overhead) + `"}}`,
		"the longest key":           `{"pk":{"S":"` + strings.Repeat("p", 2048) + `"},"sk":{"S":"` + strings.Repeat("s", 1024) + `"}}`,
		"32 levels":                 `{"pk":{"S":"a"},"sk":{"S":"1"},"x":` + deep + `}`,
		"an empty string elsewhere": `{"pk":{"S":"a"},"sk":{"S":"1"},"x":{"S":""},"y":{"B":""}}`,
	} {
		t.Run("takes "+what, func(t *testing.T) {
			if _, err := c.PutItem(t.Context(), &sdk.PutItemInput{TableName: aws.String(tableName), Item: item(t, ok)}); err != nil {
				t.Error(err)
			}
		})
	}
	for _, bad := range []struct{ what, item, message string }{
		{"an item one byte over 400 KB", `{"pk":{"S":"a"},"sk":{"S":"1"},"x":{"S":"` + strings.Repeat("x", maxItem-overhead+1) + `"}}`, "Item size"},
		{"a partition key too long", `{"pk":{"S":"` + strings.Repeat("p", 2049) + `"},"sk":{"S":"1"}}`, "Size of hashkey"},
		{"a sort key too long", `{"pk":{"S":"a"},"sk":{"S":"` + strings.Repeat("s", 1025) + `"}}`, "range keys"},
		{"33 levels", `{"pk":{"S":"a"},"sk":{"S":"1"},"x":{"L":[` + deep + `]}}`, "Nesting Levels"},
		{"a missing key", `{"pk":{"S":"a"}}`, "Missing the key sk in the item"},
		{"a key of the wrong type", `{"pk":{"N":"1"},"sk":{"S":"1"}}`, "Type mismatch for key pk expected: S actual: N"},
		{"an empty key", `{"pk":{"S":""},"sk":{"S":"1"}}`, "empty string value. Key: pk"},
		{"an empty index key", `{"pk":{"S":"a"},"sk":{"S":"1"},"pro":{"S":""}}`, "IndexName: byPro, IndexKey: pro"},
		{"an index key too long", `{"pk":{"S":"a"},"sk":{"S":"1"},"pro":{"S":"` + strings.Repeat("p", 2049) + `"}}`, "Size of index key pro"},
		{"an index key of the wrong type", `{"pk":{"S":"a"},"sk":{"S":"1"},"pro":{"N":"1"}}`, "Type mismatch for Index Key pro"},
		{"a nameless attribute", `{"pk":{"S":"a"},"sk":{"S":"1"},"":{"N":"1"}}`, "attribute name must not be empty"},
		{"a number too long", `{"pk":{"S":"a"},"sk":{"S":"1"},"n":{"N":"1` + strings.Repeat("0", 38) + `1"}}`, "38 significant digits"},
		{"an empty set", `{"pk":{"S":"a"},"sk":{"S":"1"},"x":{"SS":[]}}`, "may not be empty"},
	} {
		t.Run("refuses "+bad.what, func(t *testing.T) {
			_, err := c.PutItem(t.Context(), &sdk.PutItemInput{TableName: aws.String(tableName), Item: item(t, bad.item)})
			refused(t, err, "ValidationException", bad.message)
		})
	}
	for what, key := range map[string]string{"without the sort key": `{"pk":{"S":"a"}}`, "with another attribute": `{"pk":{"S":"a"},"sk":{"S":"1"},"x":{"S":"1"}}`, "of the wrong type": `{"pk":{"S":"a"},"sk":{"N":"1"}}`} {
		t.Run("refuses to get by a key "+what, func(t *testing.T) {
			_, err := c.GetItem(t.Context(), &sdk.GetItemInput{TableName: aws.String(tableName), Key: item(t, key)})
			refused(t, err, "ValidationException", "The provided key element does not match the schema")
		})
	}
}

func TestBatchGetItem(t *testing.T) {
	c := newCloud(t)
	c.put(job(t, "a", "1", `"n":{"N":"1"}`), job(t, "a", "2", `"n":{"N":"2"}`))
	batch := func(t *testing.T, keys ...map[string]types.AttributeValue) (*sdk.BatchGetItemOutput, error) {
		return c.BatchGetItem(t.Context(), &sdk.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{tableName: {Keys: keys, ProjectionExpression: aws.String("n")}}})
	}
	t.Run("returns what is there, projected", func(t *testing.T) {
		out, err := batch(t, job(t, "a", "2", ""), job(t, "a", "3", ""), job(t, "a", "1", ""))
		if err != nil {
			t.Fatal(err)
		}
		if got := out.Responses[tableName]; len(got) != 2 || len(out.UnprocessedKeys) != 0 {
			t.Fatalf("got %v", out)
		}
		same(t, out.Responses[tableName][0], `{"n":{"N":"2"}}`)
	})
	t.Run("refuses the same key twice", func(t *testing.T) {
		_, err := batch(t, job(t, "a", "2", ""), job(t, "a", "2", ""))
		refused(t, err, "ValidationException", "duplicates")
	})
	t.Run("refuses more than 100 keys", func(t *testing.T) {
		var keys []map[string]types.AttributeValue
		for i := range 101 {
			keys = append(keys, job(t, "a", strings.Repeat("x", i+1), ""))
		}
		if _, err := batch(t, keys[:100]...); err != nil {
			t.Error(err)
		}
		_, err := batch(t, keys...)
		refused(t, err, "ValidationException", "Too many items")
	})
	t.Run("hands back the keys that no longer fit into the answer", func(t *testing.T) {
		in := &keysAndAttributes{Keys: []attribute.Map{place{"a", "1"}.key(), place{"a", "9"}.key(), place{"a", "2"}.key()}}
		out := batchGetItemOutput{Responses: map[string][]attribute.Map{}, UnprocessedKeys: map[string]*keysAndAttributes{}}
		for left, rest := range map[int]int{19: 0, 18: 0, 17: 1, 9: 1, 8: 3} { // an item weighs 9 bytes
			err := c.db.View(func(tx *bolt.Tx) error {
				clear(out.UnprocessedKeys)
				return tableBatch{in, c.store.tables[tableName], parsedExpressions{}}.read(tx, &left, &out, &consumption{})
			})
			if err != nil {
				t.Fatal(err)
			}
			unprocessed := 0
			if keys := out.UnprocessedKeys[tableName]; keys != nil {
				unprocessed = len(keys.Keys)
			}
			if unprocessed != rest || len(out.Responses[tableName]) != max(0, 2-rest) {
				t.Errorf("%d items, %d unprocessed keys, want %d", len(out.Responses[tableName]), unprocessed, rest)
			}
		}
	})
}

func writing(item map[string]types.AttributeValue) types.WriteRequest {
	return types.WriteRequest{PutRequest: &types.PutRequest{Item: item}}
}

func TestBatchWriteItem(t *testing.T) {
	c := newCloud(t)
	c.put(job(t, "a", "1", `"n":{"N":"1"}`), job(t, "a", "2", `"n":{"N":"2"}`))
	batch := func(t *testing.T, requests ...types.WriteRequest) error {
		out, err := c.BatchWriteItem(t.Context(), &sdk.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{tableName: requests}})
		if err == nil && len(out.UnprocessedItems) != 0 {
			t.Errorf("left %v", out.UnprocessedItems)
		}
		return err
	}
	t.Run("puts new items, replaces others and deletes", func(t *testing.T) {
		if err := batch(t, writing(job(t, "a", "3", "")), writing(job(t, "a", "1", `"n":{"N":"7"}`)), types.WriteRequest{DeleteRequest: &types.DeleteRequest{Key: job(t, "a", "2", "")}}); err != nil {
			t.Fatal(err)
		}
		same(t, c.get("a", "1"), `{"pk":{"S":"a"},"sk":{"S":"1"},"n":{"N":"7"}}`)
		same(t, c.get("a", "2"), "")
		same(t, c.get("a", "3"), `{"pk":{"S":"a"},"sk":{"S":"3"}}`)
	})
	t.Run("refuses one item twice, and changes nothing", func(t *testing.T) {
		refused(t, batch(t, writing(job(t, "a", "8", "")), writing(job(t, "a", "9", "")), writing(job(t, "a", "9", `"n":{"N":"1"}`))), "ValidationException", "duplicates")
		same(t, c.get("a", "8"), "")
	})
	t.Run("refuses an item without its key", func(t *testing.T) {
		refused(t, batch(t, writing(item(t, `{"pk":{"S":"a"}}`))), "ValidationException", "")
	})
	t.Run("takes 25 requests and no more", func(t *testing.T) {
		var requests []types.WriteRequest
		for i := range 26 {
			requests = append(requests, writing(job(t, "b", strings.Repeat("x", i+1), "")))
		}
		if err := batch(t, requests[:25]...); err != nil {
			t.Error(err)
		}
		refused(t, batch(t, requests...), "ValidationException", "25")
	})
}
