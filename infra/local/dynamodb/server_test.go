package dynamodb

import (
	"encoding/json"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
)

func TestRefusesByName(t *testing.T) {
	c := newCloud(t)
	key, name := job(t, "a", "1", ""), aws.String(tableName)
	t.Run("refuses Scan", func(t *testing.T) {
		_, err := c.Scan(t.Context(), &sdk.ScanInput{TableName: name})
		refused(t, err, "UnknownOperationException", "Scan")
	})
	t.Run("refuses CreateTable", func(t *testing.T) {
		_, err := c.CreateTable(t.Context(), &sdk.CreateTableInput{TableName: name, KeySchema: []types.KeySchemaElement{}, AttributeDefinitions: []types.AttributeDefinition{}})
		refused(t, err, "UnknownOperationException", "CreateTable")
	})
	t.Run("refuses Expected", func(t *testing.T) {
		_, err := c.PutItem(t.Context(), &sdk.PutItemInput{TableName: name, Item: key, Expected: map[string]types.ExpectedAttributeValue{"pk": {Exists: aws.Bool(false)}}})
		refused(t, err, "ValidationException", `"Expected" is not supported`)
	})
	t.Run("refuses AttributeUpdates", func(t *testing.T) {
		_, err := c.UpdateItem(t.Context(), &sdk.UpdateItemInput{TableName: name, Key: key, AttributeUpdates: map[string]types.AttributeValueUpdate{}})
		refused(t, err, "ValidationException", `"AttributeUpdates" is not supported`)
	})
	t.Run("refuses AttributesToGet", func(t *testing.T) {
		_, err := c.GetItem(t.Context(), &sdk.GetItemInput{TableName: name, Key: key, AttributesToGet: []string{"pk"}})
		refused(t, err, "ValidationException", `"AttributesToGet" is not supported`)
	})
	t.Run("refuses ConditionalOperator", func(t *testing.T) {
		_, err := c.DeleteItem(t.Context(), &sdk.DeleteItemInput{TableName: name, Key: key, ConditionalOperator: types.ConditionalOperatorAnd})
		refused(t, err, "ValidationException", `"ConditionalOperator" is not supported`)
	})
	t.Run("refuses item collection metrics", func(t *testing.T) {
		_, err := c.PutItem(t.Context(), &sdk.PutItemInput{TableName: name, Item: key, ReturnItemCollectionMetrics: types.ReturnItemCollectionMetricsSize})
		refused(t, err, "ValidationException", "returnItemCollectionMetrics")
	})
	t.Run("refuses return values that a put has not", func(t *testing.T) {
		_, err := c.PutItem(t.Context(), &sdk.PutItemInput{TableName: name, Item: key, ReturnValues: types.ReturnValueAllNew})
		refused(t, err, "ValidationException", "returnValues")
	})
	t.Run("refuses an unused value", func(t *testing.T) {
		_, err := c.PutItem(t.Context(), &sdk.PutItemInput{TableName: name, Item: key, ExpressionAttributeValues: item(t, `{":x":{"S":"x"}}`)})
		refused(t, err, "ValidationException", "unused in expressions: keys: {:x}")
	})
	t.Run("refuses a table that is not there", func(t *testing.T) {
		_, err := c.GetItem(t.Context(), &sdk.GetItemInput{TableName: aws.String("none"), Key: key})
		refused(t, err, "ResourceNotFoundException", "Requested resource not found")
	})
}

const signed = "AWS4-HMAC-SHA256 Credential=AKIATEST/20270301/eu-west-1/dynamodb/aws4_request, SignedHeaders=host, Signature=x"

func TestProtocol(t *testing.T) {
	c := newCloud(t)
	call := func(t *testing.T, target, authorization, body string) (*http.Response, map[string]any) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.url, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("X-Amz-Target", target)
		request.Header.Set("Authorization", authorization)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		if got := response.Header.Get("X-Amz-Crc32"); got != strconv.FormatUint(uint64(crc32.ChecksumIEEE(text)), 10) {
			t.Errorf("checksum %s of %s", got, text)
		}
		var answer map[string]any
		if err := json.Unmarshal(text, &answer); err != nil {
			t.Fatal(err)
		}
		return response, answer
	}
	for _, row := range []struct{ what, target, authorization, body, code string }{
		{"an unknown operation", "DynamoDB_20120810.Fly", signed, `{}`, "UnknownOperationException"}, {"another service", "Fly.GetItem", signed, `{}`, "UnknownOperationException"},
		{"an unsigned request", "DynamoDB_20120810.GetItem", "", `{}`, "MissingAuthenticationTokenException"}, {"another signature", "DynamoDB_20120810.GetItem", "Bearer x", `{}`, "MissingAuthenticationTokenException"},
		{"no JSON", "DynamoDB_20120810.GetItem", signed, `{`, "SerializationException"}, {"trailing data", "DynamoDB_20120810.GetItem", signed, `{"TableName":"jobs"}{}`, "SerializationException"},
		{"a wrong type", "DynamoDB_20120810.GetItem", signed, `{"TableName":1}`, "SerializationException"}, {"no table name", "DynamoDB_20120810.GetItem", signed, `{}`, "ValidationException"},
		{"no key", "DynamoDB_20120810.DeleteItem", signed, `{"TableName":"jobs"}`, "ValidationException"}, {"a null key", "DynamoDB_20120810.GetItem", signed, `{"TableName":"jobs","Key":null}`, "ValidationException"},
		{"no item", "DynamoDB_20120810.PutItem", signed, `{"TableName":"jobs"}`, "ValidationException"}, {"no batch", "DynamoDB_20120810.BatchGetItem", signed, `{}`, "ValidationException"},
		{"a null batch", "DynamoDB_20120810.BatchGetItem", signed, `{"RequestItems":{"jobs":null}}`, "ValidationException"}, {"no actions", "DynamoDB_20120810.TransactWriteItems", signed, `{}`, "ValidationException"},
		{"no requests", "DynamoDB_20120810.BatchWriteItem", signed, `{}`, "ValidationException"}, {"a null request", "DynamoDB_20120810.BatchWriteItem", signed, `{"RequestItems":{"jobs":[{}]}}`, "ValidationException"},
		{"an empty expression", "DynamoDB_20120810.PutItem", signed, `{"TableName":"jobs","Item":{"pk":{"S":"a"},"sk":{"S":"1"}},"ConditionExpression":""}`, "ValidationException"},
		{"a body over 16 MB", "DynamoDB_20120810.GetItem", signed, strings.Repeat(" ", maxBody+1), "SerializationException"},
	} {
		t.Run("refuses "+row.what, func(t *testing.T) {
			response, answer := call(t, row.target, row.authorization, row.body)
			if response.StatusCode != http.StatusBadRequest || answer["__type"] != "com.amazonaws.dynamodb.v20120810#"+row.code {
				t.Errorf("%d %v", response.StatusCode, answer)
			}
			if id := response.Header.Get("X-Amzn-Requestid"); len(id) != 52 {
				t.Errorf("request id %q", id)
			}
		})
	}
}

func TestInternalError(t *testing.T) {
	t.Run("answers 500 without a word about the cause", func(t *testing.T) {
		c := newCloud(t)
		if err := c.db.Close(); err != nil {
			t.Fatal(err)
		}
		request := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"TableName":"jobs","Key":{"pk":{"S":"a"},"sk":{"S":"1"}}}`))
		request.Header.Set("X-Amz-Target", "DynamoDB_20120810.GetItem")
		request.Header.Set("Authorization", signed)
		w := httptest.NewRecorder()
		c.store.ServeHTTP(w, request)
		if want := `{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"Internal server error"}`; w.Code != http.StatusInternalServerError || w.Body.String() != want {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}

func TestDescribe(t *testing.T) {
	c := newCloud(t)
	other := TableSpec{Name: "a-table", ARN: "arn:aws:dynamodb:eu-west-1:123456789012:table/a-table", Key: Key{Partition: KeyAttribute{"id", attribute.NumberKind}}}
	if err := c.store.CreateTable(other); err != nil {
		t.Fatal(err)
	}
	c.put(job(t, "a", "1", ""))
	t.Run("lists the tables by name, in pages", func(t *testing.T) {
		first, err := c.ListTables(t.Context(), &sdk.ListTablesInput{Limit: aws.Int32(1)})
		if err != nil || aws.ToString(first.LastEvaluatedTableName) != "a-table" {
			t.Fatalf("got %+v, %v", first, err)
		}
		rest, err := c.ListTables(t.Context(), &sdk.ListTablesInput{ExclusiveStartTableName: first.LastEvaluatedTableName})
		if err != nil || rest.LastEvaluatedTableName != nil {
			t.Fatalf("got %+v, %v", rest, err)
		}
		if diff := cmp.Diff([]string{"a-table", "jobs"}, append(first.TableNames, rest.TableNames...)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("describes keys, indexes and stream", func(t *testing.T) {
		out, err := c.DescribeTable(t.Context(), &sdk.DescribeTableInput{TableName: aws.String(tableName)})
		if err != nil {
			t.Fatal(err)
		}
		d := out.Table
		if d.TableStatus != types.TableStatusActive || aws.ToString(d.TableArn) != jobs.ARN || aws.ToInt64(d.ItemCount) != 1 || len(d.KeySchema) != 2 || len(d.GlobalSecondaryIndexes) != 3 ||
			len(d.AttributeDefinitions) != 6 || d.StreamSpecification.StreamViewType != types.StreamViewTypeNewAndOldImages || !d.CreationDateTime.Equal(start) ||
			aws.ToString(d.LatestStreamArn) != jobs.ARN+"/stream/2027-03-01T12:00:00.000" || d.GlobalSecondaryIndexes[0].Projection.NonKeyAttributes[0] != "title" {
			t.Errorf("got %+v", d)
		}
	})
}
