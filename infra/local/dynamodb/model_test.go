package dynamodb

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"pgregory.net/rapid"

	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
)

// A row is an item of the model; due is nil for one outside the index.
type row struct {
	n   int
	due *int
}

type place struct{ pk, sk string }

func (p place) key() attribute.Map {
	return attribute.Map{"pk": attribute.String(p.pk), "sk": attribute.String(p.sk)}
}

func (r row) text() string {
	if r.due == nil {
		return fmt.Sprintf(`"n":{"N":"%d"}`, r.n)
	}
	return fmt.Sprintf(`"n":{"N":"%d"},"phase":{"S":"open"},"due":{"N":"%d"}`, r.n, *r.due)
}

// A world is the store and, beside it, a map that must always say the same.
type world struct {
	*cloud
	rows    map[place]row
	records int
}

func drawPlace(t *rapid.T, label string) place {
	return place{rapid.SampledFrom([]string{"p", "q"}).Draw(t, label+" pk"), rapid.SampledFrom([]string{"1", "2", "10"}).Draw(t, label+" sk")}
}

func drawRow(t *rapid.T) row {
	r := row{n: rapid.IntRange(-2, 2).Draw(t, "n")}
	if rapid.Bool().Draw(t, "indexed") {
		due := rapid.IntRange(-11, 11).Draw(t, "due")
		r.due = &due
	}
	return r
}

// set records a change of the model.
func (w *world) set(at place, to *row) {
	old, existed := w.rows[at]
	switch {
	case to == nil && existed:
		delete(w.rows, at)
		w.records++
	case to != nil && (!existed || old.text() != to.text()):
		w.rows[at] = *to
		w.records++
	}
}

// agree checks that the call failed exactly when the model says so.
func agree(t *rapid.T, err error, ok bool, code string) {
	if ok && err != nil {
		t.Fatalf("failed: %v", err)
	}
	if api, isAPI := errors.AsType[smithy.APIError](err); !ok && (!isAPI || api.ErrorCode() != code) {
		t.Fatalf("got %v, want %s", err, code)
	}
}

func (w *world) put(t *rapid.T) {
	at, r := drawPlace(t, "put"), drawRow(t)
	in := &sdk.PutItemInput{TableName: aws.String(tableName), Item: job(w, at.pk, at.sk, r.text())}
	_, exists := w.rows[at]
	ok := true
	if rapid.Bool().Draw(t, "only new") {
		in.ConditionExpression, ok = aws.String("attribute_not_exists(pk)"), !exists
	}
	_, err := w.PutItem(w.Context(), in)
	agree(t, err, ok, "ConditionalCheckFailedException")
	if ok {
		w.set(at, &r)
	}
}

func (w *world) add(t *rapid.T) {
	at, by, below := drawPlace(t, "add"), rapid.IntRange(-3, 3).Draw(t, "by"), rapid.IntRange(-2, 3).Draw(t, "below")
	r, exists := w.rows[at]
	ok := exists && r.n < below
	_, err := w.UpdateItem(w.Context(), &sdk.UpdateItemInput{
		TableName: aws.String(tableName), Key: job(w, at.pk, at.sk, ""), UpdateExpression: aws.String("SET n = n + :by"), ConditionExpression: aws.String("n < :below"),
		ExpressionAttributeValues: item(w, fmt.Sprintf(`{":by":{"N":"%d"},":below":{"N":"%d"}}`, by, below)),
	})
	agree(t, err, ok, "ConditionalCheckFailedException")
	if ok {
		r.n += by
		w.set(at, &r)
	}
}

func (w *world) remove(t *rapid.T) {
	at := drawPlace(t, "remove")
	if _, err := w.DeleteItem(w.Context(), &sdk.DeleteItemInput{TableName: aws.String(tableName), Key: job(w, at.pk, at.sk, "")}); err != nil {
		t.Fatal(err)
	}
	w.set(at, nil)
}

// move takes a row from one place to another, or does nothing at all.
func (w *world) move(t *rapid.T) {
	from, to := drawPlace(t, "from"), drawPlace(t, "to")
	if from == to {
		return
	}
	r, exists := w.rows[from]
	_, taken := w.rows[to]
	remove := deleting(job(w, from.pk, from.sk, ""))
	remove.Delete.ConditionExpression = aws.String("attribute_exists(pk)")
	err := w.transact(putting(job(w, to.pk, to.sk, r.text()), "attribute_not_exists(pk)"), remove)
	agree(t, err, exists && !taken, "TransactionCanceledException")
	if exists && !taken {
		w.set(to, &r)
		w.set(from, nil)
	}
}

// check compares one view of the store with the model: a partition, the index or the stream.
func (w *world) check(t *rapid.T) {
	switch view := rapid.SampledFrom([]string{"p", "q", "index", "stream"}).Draw(t, "view"); view {
	case "index":
		w.checkIndex(t)
	case "stream":
		if got := len(w.stream("")); got != w.records {
			t.Fatalf("%d stream records, want %d", got, w.records)
		}
	default:
		w.checkPartition(t, view)
	}
}

func (w *world) checkPartition(t *rapid.T, pk string) {
	var want []string
	for _, at := range slices.SortedFunc(maps.Keys(w.rows), func(a, b place) int { return cmp.Compare(a.sk, b.sk) }) {
		if at.pk == pk {
			want = append(want, shown(w, job(w, at.pk, at.sk, w.rows[at].text())))
		}
	}
	w.compare(t, want, &sdk.QueryInput{KeyConditionExpression: aws.String("pk = :v"), ExpressionAttributeValues: item(w, `{":v":{"S":"`+pk+`"}}`)})
}

func (w *world) checkIndex(t *rapid.T) {
	byDue := slices.DeleteFunc(slices.Collect(maps.Keys(w.rows)), func(at place) bool { return w.rows[at].due == nil })
	slices.SortFunc(byDue, func(a, b place) int {
		return cmp.Or(cmp.Compare(*w.rows[a].due, *w.rows[b].due), cmp.Compare(a.pk, b.pk), cmp.Compare(a.sk, b.sk))
	})
	var want []string
	for _, at := range byDue {
		want = append(want, shown(w, job(w, at.pk, at.sk, fmt.Sprintf(`"phase":{"S":"open"},"due":{"N":"%d"}`, *w.rows[at].due))))
	}
	w.compare(t, want, &sdk.QueryInput{IndexName: aws.String("byState"), KeyConditionExpression: aws.String("phase = :v"), ExpressionAttributeValues: item(w, `{":v":{"S":"open"}}`)})
}

func (w *world) compare(t *rapid.T, want []string, in *sdk.QueryInput) {
	in.TableName = aws.String(tableName)
	out, err := w.Query(w.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, i := range out.Items {
		got = append(got, shown(w, map[string]types.AttributeValue(i)))
	}
	if !slices.Equal(got, want) {
		t.Fatalf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestModel(t *testing.T) {
	t.Run("answers like a map, whatever the operations", func(t *testing.T) {
		rapid.Check(t, func(rt *rapid.T) {
			w := &world{cloud: newCloud(t), rows: map[place]row{}}
			rt.Repeat(map[string]func(*rapid.T){"put": w.put, "add": w.add, "remove": w.remove, "move": w.move, "": w.check})
		})
	})
}
