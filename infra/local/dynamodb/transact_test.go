package dynamodb

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func putting(i map[string]types.AttributeValue, condition string) types.TransactWriteItem {
	put := &types.Put{TableName: aws.String(tableName), Item: i, ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld}
	if condition != "" {
		put.ConditionExpression = aws.String(condition)
	}
	return types.TransactWriteItem{Put: put}
}

func checking(key map[string]types.AttributeValue, condition string) types.TransactWriteItem {
	return types.TransactWriteItem{ConditionCheck: &types.ConditionCheck{TableName: aws.String(tableName), Key: key, ConditionExpression: aws.String(condition)}}
}

func deleting(key map[string]types.AttributeValue) types.TransactWriteItem {
	return types.TransactWriteItem{Delete: &types.Delete{TableName: aws.String(tableName), Key: key}}
}

func updating(t testing.TB, key map[string]types.AttributeValue, expression, values string) types.TransactWriteItem {
	u := &types.Update{TableName: aws.String(tableName), Key: key, UpdateExpression: aws.String(expression)}
	if values != "" {
		u.ExpressionAttributeValues = item(t, values)
	}
	return types.TransactWriteItem{Update: u}
}

func (c *cloud) transact(items ...types.TransactWriteItem) error {
	_, err := c.TransactWriteItems(c.Context(), &sdk.TransactWriteItemsInput{TransactItems: items})
	return err
}

// reasons checks why a transaction was cancelled and returns the reasons.
func reasons(t testing.TB, err error, codes ...string) []types.CancellationReason {
	t.Helper()
	cancelled, ok := errors.AsType[*types.TransactionCanceledException](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	var got []string
	for _, r := range cancelled.CancellationReasons {
		got = append(got, aws.ToString(r.Code))
	}
	if fmt.Sprint(got) != fmt.Sprint(codes) || !strings.Contains(cancelled.ErrorMessage(), "["+strings.Join(codes, ", ")+"]") {
		t.Errorf("got %v in %q, want %v", got, cancelled.ErrorMessage(), codes)
	}
	return cancelled.CancellationReasons
}

func TestTransaction(t *testing.T) {
	c := newCloud(t)
	c.put(job(t, "a", "1", `"n":{"N":"1"}`), job(t, "a", "2", ""), job(t, "a", "3", ""))
	t.Run("carries out all actions", func(t *testing.T) {
		err := c.transact(
			putting(job(t, "a", "0", ""), "attribute_not_exists(pk)"), updating(t, job(t, "a", "1", ""), "ADD n :n", `{":n":{"N":"1"}}`), deleting(job(t, "a", "2", "")), checking(job(t, "a", "3", ""), "attribute_exists(pk)"))
		if err != nil {
			t.Fatal(err)
		}
		same(t, c.get("a", "0"), `{"pk":{"S":"a"},"sk":{"S":"0"}}`)
		same(t, c.get("a", "1"), `{"pk":{"S":"a"},"sk":{"S":"1"},"n":{"N":"2"}}`)
		same(t, c.get("a", "2"), "")
	})
	t.Run("carries out none when one fails and says why in order", func(t *testing.T) {
		before := len(c.stream(""))
		err := c.transact(
			putting(job(t, "a", "9", ""), ""), putting(job(t, "a", "1", ""), "attribute_not_exists(pk)"), updating(t, job(t, "a", "3", ""), "SET n = n + :n", `{":n":{"N":"1"}}`),
			checking(job(t, "a", "4", ""), "attribute_exists(pk)"), putting(item(t, `{"pk":{"S":"only"}}`), ""))
		all := reasons(t, err, "None", "ConditionalCheckFailed", "ValidationError", "ConditionalCheckFailed", "ValidationError")
		same(t, all[1].Item, `{"pk":{"S":"a"},"sk":{"S":"1"},"n":{"N":"2"}}`)
		if all[3].Item != nil || !strings.Contains(aws.ToString(all[2].Message), "does not exist in the item") || !strings.Contains(aws.ToString(all[4].Message), "Missing the key sk") {
			t.Errorf("got %+v", all)
		}
		same(t, c.get("a", "9"), "")
		if after := len(c.stream("")); after != before {
			t.Errorf("%d stream records from a cancelled transaction", after-before)
		}
	})
	for _, bad := range []struct {
		message string
		items   []types.TransactWriteItem
	}{
		{"multiple operations on one item", []types.TransactWriteItem{putting(job(t, "a", "1", ""), ""), deleting(job(t, "a", "1", ""))}},
		{"one of Check, Put, Update or Delete", []types.TransactWriteItem{{Put: putting(job(t, "a", "1", ""), "").Put, Delete: deleting(job(t, "a", "1", "")).Delete}}},
		{"one of Check, Put, Update or Delete", []types.TransactWriteItem{{}}},
		{"Syntax error", []types.TransactWriteItem{putting(job(t, "a", "1", ""), "attribute_exists(")}},
	} {
		t.Run("refuses: "+bad.message, func(t *testing.T) {
			refused(t, c.transact(bad.items...), "ValidationException", bad.message)
		})
	}
	t.Run("takes 100 actions and refuses 101", func(t *testing.T) {
		var items []types.TransactWriteItem
		for i := range 101 {
			items = append(items, putting(job(t, "many", fmt.Sprint(i), ""), ""))
		}
		if err := c.transact(items[:100]...); err != nil {
			t.Error(err)
		}
		refused(t, c.transact(items...), "ValidationException", "length between 1 and 100")
	})
	t.Run("refuses more than 4 MB", func(t *testing.T) {
		var items []types.TransactWriteItem
		for i := range 11 {
			items = append(items, putting(job(t, "big", fmt.Sprint(i), `"x":{"S":"`+strings.Repeat("x", maxItem-1000)+`"}`), ""))
		}
		refused(t, c.transact(items...), "ValidationException", "4 MB")
		same(t, c.get("big", "0"), "")
	})
}

func TestClientRequestToken(t *testing.T) {
	c := newCloud(t)
	c.put(job(t, "a", "1", `"n":{"N":"0"}`))
	send := func(t *testing.T, by string) error {
		_, err := c.TransactWriteItems(t.Context(), &sdk.TransactWriteItemsInput{
			ClientRequestToken: aws.String("token"), TransactItems: []types.TransactWriteItem{updating(t, job(t, "a", "1", ""), "ADD n :n", `{":n":{"N":"`+by+`"}}`)},
		})
		return err
	}
	n := func() string { return texts([]map[string]types.AttributeValue{c.get("a", "1")}, "n")[0] }
	for _, step := range []struct {
		what  string
		after time.Duration
		by    string
		want  string
		fails bool
	}{
		{"takes effect at first", 0, "1", "1", false}, {"succeeds again without effect", 0, "1", "1", false}, {"refuses another request", 0, "2", "1", true},
		{"still remembers 1 ms before ten minutes", 10*time.Minute - time.Millisecond, "1", "1", false}, {"forgets at exactly ten minutes", time.Millisecond, "1", "2", false}, {"remembers the second time from then", 10*time.Minute - time.Millisecond, "2", "2", true},
	} {
		t.Run(step.what, func(t *testing.T) {
			c.advance(step.after)
			err := send(t, step.by)
			if step.fails {
				refused(t, err, "IdempotentParameterMismatchException", "same client token")
			} else if err != nil {
				t.Error(err)
			}
			if got := n(); got != step.want {
				t.Errorf("n is %s, want %s", got, step.want)
			}
		})
	}
	t.Run("forgets a token whose transaction was cancelled", func(t *testing.T) {
		in := &sdk.TransactWriteItemsInput{ClientRequestToken: aws.String("second"), TransactItems: []types.TransactWriteItem{putting(job(t, "b", "1", ""), ""), checking(job(t, "c", "1", ""), "attribute_exists(pk)")}}
		_, err := c.TransactWriteItems(t.Context(), in)
		reasons(t, err, "None", "ConditionalCheckFailed")
		c.put(job(t, "c", "1", ""))
		if _, err := c.TransactWriteItems(t.Context(), in); err != nil {
			t.Error(err)
		}
		same(t, c.get("b", "1"), `{"pk":{"S":"b"},"sk":{"S":"1"}}`)
	})
	t.Run("refuses a token of more than 36 characters", func(t *testing.T) {
		_, err := c.TransactWriteItems(t.Context(), &sdk.TransactWriteItemsInput{ClientRequestToken: aws.String(strings.Repeat("x", 37)), TransactItems: []types.TransactWriteItem{deleting(job(t, "a", "1", ""))}})
		refused(t, err, "ValidationException", "clientRequestToken")
	})
}

func TestTransactionRace(t *testing.T) {
	c := newCloud(t)
	const contenders = 1000
	var won, lost atomic.Int32
	var wait sync.WaitGroup
	slots := make(chan struct{}, 64) // connections at a time
	for i := range contenders {
		wait.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			err := c.transact(putting(job(t, "seat", "1", fmt.Sprintf(`"pro":{"S":"p%d"}`, i)), "attribute_not_exists(pk)"), putting(job(t, "claim", fmt.Sprint(i), ""), ""))
			switch cancelled, ok := errors.AsType[*types.TransactionCanceledException](err); {
			case err == nil:
				won.Add(1)
			case ok && aws.ToString(cancelled.CancellationReasons[0].Code) == "ConditionalCheckFailed":
				lost.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if won.Load() != 1 || lost.Load() != contenders-1 {
		t.Errorf("%d won and %d lost of %d", won.Load(), lost.Load(), contenders)
	}
	claims, err := c.Query(t.Context(), &sdk.QueryInput{TableName: aws.String(tableName), KeyConditionExpression: aws.String("pk = :c"), ExpressionAttributeValues: item(t, `{":c":{"S":"claim"}}`)})
	if err != nil || claims.Count != 1 {
		t.Errorf("%d claims, %v", claims.Count, err)
	}
	if records := c.stream(""); len(records) != 2 {
		t.Errorf("%d stream records", len(records))
	}
}
