package dynamodb

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
)

// event reads a record as a Lambda function does.
func event(t testing.TB, r StreamRecord) events.DynamoDBEventRecord {
	t.Helper()
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var e events.DynamoDBEventRecord
	if err := json.Unmarshal(text, &e); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return e
}

func image(t testing.TB, m map[string]events.DynamoDBAttributeValue) string {
	t.Helper()
	if m == nil {
		return ""
	}
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var item attribute.Map
	if err := json.Unmarshal(text, &item); err != nil {
		t.Fatal(err)
	}
	return string(item.AppendJSON(nil))
}

func TestStream(t *testing.T) {
	c := newCloud(t)
	var told []string
	c.store.OnStream = func(table string) { told = append(told, table) }
	c.put(job(t, "a", "1", `"n":{"N":"1"}`))
	c.advance(time.Second)
	c.put(job(t, "a", "1", `"n":{"N":"2"}`))
	c.put(job(t, "a", "1", `"n":{"N":"2.0"}`)) // the same item
	if _, err := c.DeleteItem(t.Context(), &sdk.DeleteItemInput{TableName: aws.String(tableName), Key: job(t, "a", "1", "")}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.DeleteItem(t.Context(), &sdk.DeleteItemInput{TableName: aws.String(tableName), Key: job(t, "a", "1", "")}); err != nil {
		t.Fatal(err)
	}
	records := c.stream("")
	t.Run("has one record per change, with both images, and none for a write that changes nothing", func(t *testing.T) {
		one, two := `{"n":{"N":"1"},"pk":{"S":"a"},"sk":{"S":"1"}}`, `{"n":{"N":"2"},"pk":{"S":"a"},"sk":{"S":"1"}}`
		var got []string
		for _, r := range records {
			e := event(t, r)
			got = append(got, fmt.Sprintf("%s %s -> %s", e.EventName, image(t, e.Change.OldImage), image(t, e.Change.NewImage)))
		}
		want := []string{"INSERT  -> " + one, "MODIFY " + one + " -> " + two, "REMOVE " + two + " -> "}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
	t.Run("fills in the record as Lambda hands it on", func(t *testing.T) {
		e := event(t, records[1])
		if e.AWSRegion != "eu-west-1" || e.EventSource != "aws:dynamodb" || e.EventVersion != "1.1" || len(e.EventID) != 32 || e.UserIdentity != nil ||
			e.EventSourceArn != "arn:aws:dynamodb:eu-west-1:123456789012:table/jobs/stream/2027-03-01T12:00:00.000" ||
			!e.Change.ApproximateCreationDateTime.Equal(start.Add(time.Second)) || e.Change.StreamViewType != "NEW_AND_OLD_IMAGES" ||
			e.Change.SequenceNumber != records[1].SequenceNumber || e.Change.SizeBytes != 6+9+9 || image(t, e.Change.Keys) != `{"pk":{"S":"a"},"sk":{"S":"1"}}` {
			t.Errorf("got %+v", e)
		}
		if !records[1].At.Equal(start.Add(time.Second)) {
			t.Errorf("at %v", records[1].At)
		}
	})
	t.Run("tells the listener once per commit with records", func(t *testing.T) {
		if len(told) != 3 {
			t.Errorf("told %v", told)
		}
	})
	t.Run("goes on after a sequence number", func(t *testing.T) {
		rest, err := c.store.ReadStream(tableName, records[0].SequenceNumber, 1)
		if err != nil || len(rest) != 1 || rest[0].SequenceNumber != records[1].SequenceNumber || records[0].SequenceNumber >= records[1].SequenceNumber {
			t.Errorf("got %v, %v", rest, err)
		}
		if rest := c.stream(records[2].SequenceNumber); len(rest) != 0 {
			t.Errorf("got %v after the last", rest)
		}
	})
	t.Run("refuses what is no sequence number, or no table", func(t *testing.T) {
		if _, err := c.store.ReadStream(tableName, "12", 1); err == nil {
			t.Error("took 12")
		}
		if _, err := c.store.ReadStream("none", "", 1); err == nil {
			t.Error("took a table that is not there")
		}
	})
}

func TestStreamLife(t *testing.T) {
	for offset, want := range map[time.Duration]int{-time.Millisecond: 1, 0: 0, time.Millisecond: 0} {
		t.Run(fmt.Sprintf("keeps a record 24 h: %d left at %v", want, offset), func(t *testing.T) {
			c := newCloud(t)
			c.put(job(t, "a", "1", ""))
			c.advance(24*time.Hour + offset)
			if got := len(c.stream("")); got != want {
				t.Errorf("%d records", got)
			}
			c.put(job(t, "a", "2", "")) // this trims
			if got := len(c.stream("")); got != want+1 {
				t.Errorf("%d records after the next write", got)
			}
			kept := 0
			err := c.db.View(func(tx *bolt.Tx) error {
				kept = c.store.tables[tableName].bucket(tx, streamBucket).Stats().KeyN
				return nil
			})
			if err != nil || kept != want+1 {
				t.Errorf("%d records in the file, %v", kept, err)
			}
		})
	}
}

func TestStreamViews(t *testing.T) {
	for view, want := range map[string][2]bool{"KEYS_ONLY": {false, false}, "NEW_IMAGE": {true, false}, "OLD_IMAGE": {false, true}, "NEW_AND_OLD_IMAGES": {true, true}} {
		t.Run("shows the images of "+view, func(t *testing.T) {
			spec := jobs
			spec.StreamViewType = view
			existing := &table{TableSpec: spec, Created: start}
			i := attribute.Map{"pk": attribute.String("a"), "sk": attribute.String("1")}
			change := existing.streamEvent(effect{before: i, after: i}, nil, start, sequenceNumber(1)).Change
			if got := [2]bool{change.NewImage != nil, change.OldImage != nil}; got != want || len(change.Keys) != 2 {
				t.Errorf("new and old image: %v, want %v", got, want)
			}
		})
	}
	t.Run("is absent from a table without stream", func(t *testing.T) {
		c := newCloud(t)
		plain := TableSpec{Name: "plain", ARN: "arn:aws:dynamodb:eu-west-1:123456789012:table/plain", Key: Key{Partition: KeyAttribute{"id", attribute.NumberKind}}}
		if err := c.store.CreateTable(plain); err != nil {
			t.Fatal(err)
		}
		c.store.OnStream = func(table string) { t.Errorf("told of %s", table) }
		if _, err := c.PutItem(t.Context(), &sdk.PutItemInput{TableName: aws.String("plain"), Item: item(t, `{"id":{"N":"1"}}`)}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.store.ReadStream("plain", "", 1); err == nil {
			t.Error("reads a stream that is not there")
		}
	})
}

func TestTTL(t *testing.T) {
	at := func(d time.Duration) string { return fmt.Sprintf(`"expires":{"N":"%d"}`, start.Add(d).Unix()) }
	c := newCloud(t)
	c.put(job(t, "a", "soon", at(10*time.Minute)), job(t, "a", "hour", at(time.Hour)), job(t, "a", "text", `"expires":{"S":"1"}`), job(t, "a", "ancient", at(-6*365*24*time.Hour)), job(t, "a", "moved", at(time.Minute)), job(t, "a", "gone", at(time.Minute)))
	c.put(job(t, "a", "moved", at(48*time.Hour)))
	if _, err := c.DeleteItem(t.Context(), &sdk.DeleteItemInput{TableName: aws.String(tableName), Key: job(t, "a", "gone", "")}); err != nil {
		t.Fatal(err)
	}
	left := func() string {
		out, err := c.Query(t.Context(), &sdk.QueryInput{TableName: aws.String(tableName), KeyConditionExpression: aws.String("pk = :a"), ExpressionAttributeValues: item(t, `{":a":{"S":"a"}}`)})
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(texts(out.Items, "sk"), " ")
	}
	last := c.stream("")[len(c.stream(""))-1].SequenceNumber
	for _, step := range []struct {
		what string
		by   time.Duration
		want string
	}{
		{"keeps an expired item until the next full hour", time.Hour - time.Millisecond, "ancient hour moved soon text"},
		{"deletes it at the full hour, but not what expires just then", time.Millisecond, "ancient hour moved text"},
		{"deletes the rest in its own hour", time.Hour, "ancient moved text"},
		{"goes by the latest expiry and ignores texts and times long past", 46 * time.Hour, "ancient moved text"},
		{"deletes what was moved", time.Hour, "ancient text"},
	} {
		t.Run(step.what, func(t *testing.T) {
			c.advance(step.by)
			if got := left(); got != step.want {
				t.Errorf("left: %s, want %s", got, step.want)
			}
			if step.by == time.Hour-time.Millisecond {
				return
			}
			for _, r := range c.stream(last) {
				e := event(t, r)
				if e.EventName != "REMOVE" || e.UserIdentity == nil || e.UserIdentity.Type != "Service" || e.UserIdentity.PrincipalID != "dynamodb.amazonaws.com" {
					t.Errorf("record of a deletion by TTL: %+v", e)
				}
			}
		})
	}
	t.Run("tells what it did, and of nothing else, and costs nothing", func(t *testing.T) {
		c.put(job(t, "a", "x", at(51*time.Hour)), job(t, "a", "y", at(51*time.Hour)))
		before := c.store.Usage().WriteUnits
		var told int
		c.store.OnStream = func(string) { told++ }
		happened := c.advance(24 * time.Hour)
		if len(happened) != 1 || happened[0].Source != "dynamodb" || happened[0].What != "deleted 2 expired items of jobs" || !happened[0].At.Equal(start.Add(52*time.Hour)) {
			t.Errorf("happened: %+v", happened)
		}
		if told != 1 || c.store.Usage().WriteUnits != before {
			t.Errorf("told %d times, %v units", told, c.store.Usage().WriteUnits-before)
		}
		if at, due := c.store.Due(); due {
			t.Errorf("still due at %v", at)
		}
	})
}
