package dynamo_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/callsheet/callsheet/shared/dynamo"
	"github.com/callsheet/callsheet/shared/dynamo/item"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// lagging is a DynamoDB whose indexes and cheap reads show what was there before: nothing, or an earlier answer. It gives
// that to every query of an index, so with several shards it also shows a row more than once.
type lagging struct {
	dynamo.Client
	before *dynamodb.QueryOutput
}

func (l lagging) GetItem(ctx context.Context, in *dynamodb.GetItemInput, o ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	if in.ConsistentRead == nil || !*in.ConsistentRead {
		return &dynamodb.GetItemOutput{}, nil
	}
	return l.Client.GetItem(ctx, in, o...)
}

func (l lagging) Query(ctx context.Context, in *dynamodb.QueryInput, o ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	if in.IndexName != nil {
		return l.before, nil
	}
	return l.Client.Query(ctx, in, o...)
}

// remembering keeps the answer of the last query.
type remembering struct {
	dynamo.Client
	last *dynamodb.QueryOutput
}

func (r *remembering) Query(ctx context.Context, in *dynamodb.QueryInput, o ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	var err error
	r.last, err = r.Client.Query(ctx, in, o...)
	return r.last, err
}

// outboxQuery lists the one shard in which an event's open outbox lies.
func outboxQuery(e store.Event) *dynamodb.QueryInput {
	row, err := item.EncodeEvent(e)
	if err != nil {
		panic(err)
	}
	return &dynamodb.QueryInput{
		TableName: aws.String(table), IndexName: aws.String(item.DueIndex), KeyConditionExpression: aws.String("duePK = :shard"),
		ExpressionAttributeValues: item.Item{":shard": row[item.DuePK]},
	}
}

func TestStaleReads(t *testing.T) {
	client, _ := embedded(t)
	now := dynamo.New(client, table)
	t.Run("a queue does not show who has left it", func(t *testing.T) {
		waiting := project.Assignment{ID: "asg_1", Version: 1, WaitsSince: noon, Progress: lifecycle.Progress{State: project.InQC}}
		if err := now.Commit(t.Context(), store.Change{Records: []store.Record{waiting}}); err != nil {
			t.Fatal(err)
		}
		then := &remembering{Client: client}
		if page, err := dynamo.New(then, table).Waiting(t.Context(), store.QC, 10, nil); err != nil || len(page.Items) != 1 {
			t.Fatalf("got %+v, %v", page, err)
		}
		waiting.Version, waiting.Progress.State = 2, project.InReview
		if err := now.Commit(t.Context(), store.Change{Records: []store.Record{waiting}}); err != nil {
			t.Fatal(err)
		}
		page, err := dynamo.New(lagging{client, then.last}, table).Waiting(t.Context(), store.QC, 10, nil)
		if err != nil || len(page.Items) != 0 {
			t.Errorf("got %+v, %v", page.Items, err)
		}
	})
	t.Run("an outbox that was closed is not listed as open", func(t *testing.T) {
		p := project.Project{ID: "prj_1", Version: 1}
		e := store.Event{ID: "evt_1", Subject: p.Ref(), At: noon, Outbox: true}
		if err := now.Commit(t.Context(), store.Change{Records: []store.Record{p}, Event: e}); err != nil {
			t.Fatal(err)
		}
		page, err := client.Query(t.Context(), outboxQuery(e))
		if err != nil || len(page.Items) != 1 {
			t.Fatalf("got %+v, %v", page, err)
		}
		if err := now.Sent(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		unsent, err := dynamo.New(lagging{client, page}, table).Unsent(t.Context(), noon, 10, nil)
		if err != nil || len(unsent.Items) != 0 {
			t.Errorf("got %+v, %v", unsent.Items, err)
		}
	})
	t.Run("a signing key that another caller has just kept is not replaced", func(t *testing.T) {
		if _, err := now.SigningKey(t.Context(), "cursor", []byte("first")); err != nil {
			t.Fatal(err)
		}
		key, err := dynamo.New(lagging{Client: client}, table).SigningKey(t.Context(), "cursor", []byte("second"))
		if err != nil || string(key) != "first" {
			t.Errorf("got %q, %v", key, err)
		}
	})
	t.Run("a refusal is decided on a read that sees every commit", func(t *testing.T) {
		p := project.Project{ID: "prj_2", Version: 1}
		if err := now.Commit(t.Context(), store.Change{Records: []store.Record{p}}); err != nil {
			t.Fatal(err)
		}
		if _, err := dynamo.New(lagging{Client: client}, table).Get(t.Context(), p.Ref(), store.Fresh); err != nil {
			t.Error(err)
		}
	})
}
