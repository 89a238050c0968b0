package dynamodb

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// texts lists one string or number attribute of the items.
func texts(items []map[string]types.AttributeValue, name string) []string {
	var all []string
	for _, i := range items {
		switch v := i[name].(type) {
		case *types.AttributeValueMemberS:
			all = append(all, v.Value)
		case *types.AttributeValueMemberN:
			all = append(all, v.Value)
		}
	}
	return all
}

func TestQueryKeyConditions(t *testing.T) {
	c := newCloud(t)
	for _, sk := range []string{"b", "a", "ab", "a0", "B", "ü", "a\\u0000"} {
		c.put(job(t, "p", sk, `"kind":{"S":"k"}`))
	}
	c.put(job(t, "p1", "x", ""), job(t, "o", "y", ""))
	for condition, want := range map[string]string{
		"pk = :p": "B a a\x00 a0 ab b ü", "pk = :p AND sk = :a": "a", "pk = :p AND sk < :ab": "B a a\x00 a0", "pk = :p AND sk <= :ab": "B a a\x00 a0 ab", "pk = :p AND sk > :a": "a\x00 a0 ab b ü",
		"pk = :p AND sk >= :a": "a a\x00 a0 ab b ü", "sk BETWEEN :a AND :ab AND pk = :p": "a a\x00 a0 ab", "pk = :p AND begins_with(sk, :a)": "a a\x00 a0 ab", "pk = :a": "",
	} {
		for _, index := range []string{"", "byKind"} {
			t.Run(strings.TrimSpace(condition+" "+index), func(t *testing.T) {
				in := &sdk.QueryInput{TableName: aws.String(tableName), KeyConditionExpression: aws.String(condition), ExpressionAttributeValues: map[string]types.AttributeValue{}}
				for name, v := range item(t, `{":p":{"S":"p"},":a":{"S":"a"},":ab":{"S":"ab"}}`) {
					if slices.Contains(strings.FieldsFunc(condition, func(r rune) bool { return strings.ContainsRune(" (),", r) }), name) {
						in.ExpressionAttributeValues[name] = v
					}
				}
				if index != "" {
					in.IndexName = aws.String(index)
					in.KeyConditionExpression = aws.String(strings.Replace(condition, "pk =", "kind =", 1))
					if in.ExpressionAttributeValues[":p"] != nil {
						in.ExpressionAttributeValues[":p"] = &types.AttributeValueMemberS{Value: "k"}
					}
				}
				for _, forward := range []bool{true, false} {
					in.ScanIndexForward = aws.Bool(forward)
					out, err := c.Query(t.Context(), in)
					if err != nil {
						t.Fatal(err)
					}
					got := texts(out.Items, "sk")
					if !forward {
						slices.Reverse(got)
					}
					if strings.Join(got, " ") != want || int(out.Count) != len(got) || out.LastEvaluatedKey != nil {
						t.Errorf("forward %v: got %q, want %q", forward, got, want)
					}
				}
			})
		}
	}
}

func TestQueryOnIndex(t *testing.T) {
	c := newCloud(t)
	for i, due := range []string{"10", "9", "-1", "-20", "0", "2.5", "1e3"} {
		c.put(job(t, "p", fmt.Sprint(i), `"phase":{"S":"open"},"due":{"N":"`+due+`"},"title":{"S":"t"},"secret":{"S":"s"}`))
	}
	c.put(job(t, "p", "sparse", `"phase":{"S":"open"}`))
	query := &sdk.QueryInput{TableName: aws.String(tableName), IndexName: aws.String("byState"), KeyConditionExpression: aws.String("phase = :open"), ExpressionAttributeValues: item(t, `{":open":{"S":"open"}}`)}
	all := func(t *testing.T) []map[string]types.AttributeValue {
		out, err := c.Query(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		return out.Items
	}
	t.Run("sorts numbers as numbers and leaves out what has no index key", func(t *testing.T) {
		if got := strings.Join(texts(all(t), "due"), " "); got != "-20 -1 0 2.5 9 10 1000" {
			t.Errorf("got %s", got)
		}
	})
	t.Run("returns what the index includes", func(t *testing.T) {
		same(t, all(t)[0], `{"pk":{"S":"p"},"sk":{"S":"3"},"phase":{"S":"open"},"due":{"N":"-20"},"title":{"S":"t"}}`)
	})
	t.Run("follows updates and deletes", func(t *testing.T) {
		if _, err := c.UpdateItem(t.Context(), &sdk.UpdateItemInput{TableName: aws.String(tableName), Key: job(t, "p", "3", ""), UpdateExpression: aws.String("REMOVE phase")}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.DeleteItem(t.Context(), &sdk.DeleteItemInput{TableName: aws.String(tableName), Key: job(t, "p", "0", "")}); err != nil {
			t.Fatal(err)
		}
		c.put(job(t, "p", "1", `"phase":{"S":"open"},"due":{"N":"-7"}`))
		if got := strings.Join(texts(all(t), "due"), " "); got != "-7 -1 0 2.5 1000" {
			t.Errorf("got %s", got)
		}
	})
	t.Run("keeps items with the same index key apart", func(t *testing.T) {
		c.put(job(t, "p", "twin", `"phase":{"S":"open"},"due":{"N":"-7"}`))
		if got := strings.Join(texts(all(t), "sk")[:2], " "); got != "1 twin" {
			t.Errorf("got %s", got)
		}
	})
	for what, change := range map[string]func(*sdk.QueryInput){
		"Consistent reads are not supported on global secondary indexes": func(q *sdk.QueryInput) { q.ConsistentRead = aws.Bool(true) },
		"The table does not have the specified index: no":                func(q *sdk.QueryInput) { q.IndexName = aws.String("no") },
		"ALL_ATTRIBUTES is not supported for global secondary index":     func(q *sdk.QueryInput) { q.Select = types.SelectAllAttributes },
		"Global secondary index byState does not project [secret]":       func(q *sdk.QueryInput) { q.ProjectionExpression = aws.String("title, secret") },
		"Query condition missed key schema element: pk":                  func(q *sdk.QueryInput) { q.IndexName = nil },
		"Filter Expression can only contain non-primary key attributes":  func(q *sdk.QueryInput) { q.FilterExpression = aws.String("attribute_exists(due)") },
		"Condition parameter type does not match schema type":            func(q *sdk.QueryInput) { q.ExpressionAttributeValues = item(t, `{":open":{"N":"1"}}`) },
		"cannot contain an empty string value. Key: phase":               func(q *sdk.QueryInput) { q.ExpressionAttributeValues = item(t, `{":open":{"S":""}}`) },
		"Query key condition not supported":                              func(q *sdk.QueryInput) { q.KeyConditionExpression = aws.String("phase > :open") },
		"Query condition missed key schema element: due":                 func(q *sdk.QueryInput) { q.KeyConditionExpression = aws.String("phase = :open AND sk = :open") },
		"parameter must be specified":                                    func(q *sdk.QueryInput) { q.KeyConditionExpression = nil },
		"Member must have value greater than or equal to 1":              func(q *sdk.QueryInput) { q.Limit = aws.Int32(0) },
		"Must specify the ProjectionExpression":                          func(q *sdk.QueryInput) { q.Select = types.SelectSpecificAttributes },
		"Member must satisfy enum value set":                             func(q *sdk.QueryInput) { q.Select = "EVERYTHING" },
		"The provided starting key is invalid":                           func(q *sdk.QueryInput) { q.ExclusiveStartKey = job(t, "p", "1", "") },
		"The provided starting key is outside query boundaries": func(q *sdk.QueryInput) {
			q.ExclusiveStartKey = job(t, "p", "1", `"phase":{"S":"done"},"due":{"N":"1"}`)
		},
		`The parameter "QueryFilter" is not supported by the local DynamoDB`: func(q *sdk.QueryInput) { q.QueryFilter = map[string]types.Condition{} },
	} {
		t.Run("refuses: "+what, func(t *testing.T) {
			bad := *query
			change(&bad)
			_, err := c.Query(t.Context(), &bad)
			refused(t, err, "ValidationException", what)
		})
	}
}

func TestQueryPages(t *testing.T) {
	c := newCloud(t)
	for i := range 7 {
		c.put(job(t, "p", fmt.Sprint(i), fmt.Sprintf(`"kind":{"S":"k"},"phase":{"S":"open"},"due":{"N":"%d"},"even":{"BOOL":%v}`, i%3, i%2 == 0)))
	}
	for _, index := range []string{"", "byKind", "byState"} {
		for _, forward := range []bool{true, false} {
			t.Run(fmt.Sprintf("walks every item once by Limit, index %q, forward %v", index, forward), func(t *testing.T) {
				in := &sdk.QueryInput{TableName: aws.String(tableName), ScanIndexForward: aws.Bool(forward), KeyConditionExpression: aws.String("pk = :v"), ExpressionAttributeValues: item(t, `{":v":{"S":"p"}}`)}
				switch index {
				case "byKind":
					in.IndexName, in.KeyConditionExpression, in.ExpressionAttributeValues = &index, aws.String("kind = :v"), item(t, `{":v":{"S":"k"}}`)
				case "byState":
					in.IndexName, in.KeyConditionExpression, in.ExpressionAttributeValues = &index, aws.String("phase = :v"), item(t, `{":v":{"S":"open"}}`)
				}
				whole, err := c.Query(t.Context(), in)
				if err != nil {
					t.Fatal(err)
				}
				in.Limit = aws.Int32(2)
				var walked []string
				pages := 0
				for p := sdk.NewQueryPaginator(c.Client, in); p.HasMorePages(); pages++ {
					out, err := p.NextPage(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					walked = append(walked, texts(out.Items, "sk")...)
				}
				if !slices.Equal(walked, texts(whole.Items, "sk")) || len(walked) != 7 || pages != 4 {
					t.Errorf("%d pages: %v", pages, walked)
				}
			})
		}
	}
	t.Run("filters after the limit and counts what it looked at", func(t *testing.T) {
		out, err := c.Query(t.Context(), &sdk.QueryInput{
			TableName: aws.String(tableName), KeyConditionExpression: aws.String("pk = :p"), FilterExpression: aws.String("even = :t"),
			ExpressionAttributeValues: item(t, `{":p":{"S":"p"},":t":{"BOOL":true}}`), Limit: aws.Int32(3), Select: types.SelectCount,
		})
		if err != nil || out.Count != 2 || out.ScannedCount != 3 || out.LastEvaluatedKey == nil || out.Items != nil {
			t.Errorf("got %+v, %v", out, err)
		}
	})
	t.Run("ends a page before 1 MB", func(t *testing.T) {
		for i := range 4 {
			c.put(job(t, "big", fmt.Sprint(i), `"x":{"S":"`+strings.Repeat("x", 300_000)+`"}`))
		}
		in := &sdk.QueryInput{TableName: aws.String(tableName), KeyConditionExpression: aws.String("pk = :p"), ExpressionAttributeValues: item(t, `{":p":{"S":"big"}}`)}
		first, err := c.Query(t.Context(), in)
		if err != nil || first.Count != 3 {
			t.Fatalf("got %d, %v", first.Count, err)
		}
		same(t, first.LastEvaluatedKey, `{"pk":{"S":"big"},"sk":{"S":"2"}}`)
		in.ExclusiveStartKey = first.LastEvaluatedKey
		rest, err := c.Query(t.Context(), in)
		if err != nil || rest.Count != 1 || rest.LastEvaluatedKey != nil {
			t.Errorf("got %+v, %v", rest, err)
		}
	})
}
