package dynamo_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/callsheet/callsheet/shared/dynamo"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

var ana = party.Profile{ID: "ana", Version: 1, Roles: []lifecycle.Role{party.Pro}, Active: true}

// cancelling is a DynamoDB that cancels every transaction for these reasons.
type cancelling struct {
	dynamo.Client
	codes []string
}

func (c cancelling) TransactWriteItems(context.Context, *dynamodb.TransactWriteItemsInput, ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error) {
	e := &types.TransactionCanceledException{}
	for _, code := range c.codes {
		e.CancellationReasons = append(e.CancellationReasons, types.CancellationReason{Code: &code})
	}
	return nil, e
}

func TestCancelledTransactions(t *testing.T) {
	unavailable := problem.New(problem.CodeUnavailable, "")
	ours := errors.New("a fault of ours")
	for name, c := range map[string]struct {
		codes []string // of the request and of the record
		want  error
	}{
		"a request that is there is a repetition":                       {[]string{"ConditionalCheckFailed", "None"}, store.ErrRepeated},
		"a request that is there explains what else failed":             {[]string{"ConditionalCheckFailed", "ConditionalCheckFailed"}, store.ErrRepeated},
		"a record in another version is a lost race":                    {[]string{"None", "ConditionalCheckFailed"}, store.ErrLostRace},
		"a conflict about a record is a lost race":                      {[]string{"None", "TransactionConflict"}, store.ErrLostRace},
		"a conflict about the request is a lost race":                   {[]string{"TransactionConflict", "None"}, store.ErrLostRace},
		"a lost race counts even without capacity":                      {[]string{"ThrottlingError", "TransactionConflict"}, store.ErrLostRace},
		"no capacity is unavailable":                                    {[]string{"None", "ThrottlingError"}, unavailable},
		"no provisioned capacity is unavailable":                        {[]string{"ProvisionedThroughputExceeded", "None"}, unavailable},
		"an item that DynamoDB does not accept is our fault":            {[]string{"None", "ValidationError"}, ours},
		"an item collection that is full is our fault, not a lost race": {[]string{"None", "ItemCollectionSizeLimitExceeded"}, ours},
	} {
		t.Run(name, func(t *testing.T) {
			err := dynamo.New(cancelling{codes: c.codes}, table).Commit(t.Context(), requested("1"))
			switch c.want {
			case unavailable, ours:
				judge(t, err, c.want == unavailable)
			default:
				if !errors.Is(err, c.want) {
					t.Errorf("got %v, want %v", err, c.want)
				}
			}
		})
	}
	t.Run("a record in another version is a lost race in a change without a request", func(t *testing.T) {
		err := dynamo.New(cancelling{codes: []string{"ConditionalCheckFailed"}}, table).Commit(t.Context(), store.Change{Records: []store.Record{ana}})
		if !errors.Is(err, store.ErrLostRace) {
			t.Errorf("got %v, want %v", err, store.ErrLostRace)
		}
	})
}

// requested is a change that a request asked for.
func requested(id string) store.Change {
	return store.Change{
		Records: []store.Record{ana},
		Event:   store.Event{ID: "evt_" + id, Subject: ana.Ref(), At: noon},
		Request: &store.Request{ID: id, Reply: store.Reply{Status: 201}, ExpiresAt: noon.Add(time.Hour)},
	}
}

// judge wants a problem that another try may get past, or a fault of ours.
func judge(t *testing.T, err error, unavailable bool) {
	t.Helper()
	switch {
	case err == nil, errors.Is(err, store.ErrLostRace), errors.Is(err, store.ErrRepeated), errors.Is(err, store.ErrNoRecord):
		t.Errorf("got %v, want a failure", err)
	case unavailable != problem.Is(err, problem.CodeUnavailable):
		t.Errorf("got %v; unavailable wanted: %t", err, unavailable)
	case errors.Unwrap(err) == nil:
		t.Errorf("got %v, which hides its cause", err)
	}
}

func TestRefusedCalls(t *testing.T) {
	for name, c := range map[string]struct {
		status      int
		code        string
		unavailable bool
	}{
		"throttling is unavailable":                          {400, "ThrottlingException", true},
		"no provisioned capacity is unavailable":             {400, "ProvisionedThroughputExceededException", true},
		"a request limit is unavailable":                     {400, "RequestLimitExceeded", true},
		"a transaction that is still running is unavailable": {400, "TransactionInProgressException", true},
		"a fault of DynamoDB is unavailable":                 {500, "InternalServerError", true},
		"an overloaded DynamoDB is unavailable":              {503, "ServiceUnavailable", true},
		"a call that DynamoDB does not understand is ours":   {400, "ValidationException", false},
		"a missing permission is ours":                       {400, "AccessDeniedException", false},
		"a missing table is ours":                            {400, "ResourceNotFoundException", false},
		"a request token used twice is ours":                 {400, "IdempotentParameterMismatchException", false},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/x-amz-json-1.0")
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, `{"__type":"com.amazonaws.dynamodb.v20120810#`+c.code+`","message":"no"}`)
			}))
			defer server.Close()
			s := dynamo.New(without(clientOf(server.URL)), table)
			for call, err := range everyCall(t.Context(), s) {
				t.Run(call, func(t *testing.T) { judge(t, err, c.unavailable) })
			}
		})
	}
	t.Run("no answer is unavailable", func(t *testing.T) {
		server := httptest.NewServer(nil)
		server.Close()
		for call, err := range everyCall(t.Context(), dynamo.New(without(clientOf(server.URL)), table)) {
			t.Run(call, func(t *testing.T) { judge(t, err, true) })
		}
	})
}

// without is the client without retries of its own.
func without(c *dynamodb.Client) *dynamodb.Client {
	return dynamodb.New(c.Options(), func(o *dynamodb.Options) { o.Retryer = aws.NopRetryer{} })
}

func everyCall(ctx context.Context, s *dynamo.Store) map[string]error {
	failed := map[string]error{}
	_, failed["Get"] = s.Get(ctx, ana.Ref(), store.Fresh)
	_, failed["GetAll"] = s.GetAll(ctx, []store.Ref{ana.Ref()}, store.Fresh)
	_, _, failed["Story"] = s.Story(ctx, ana.Ref(), store.Fresh)
	failed["Commit"] = s.Commit(ctx, requested("1"))
	_, _, failed["Answered"] = s.Answered(ctx, "1", noon)
	_, failed["ProjectsOf"] = s.ProjectsOf(ctx, "acme", 1, nil)
	_, failed["AssignmentsOf"] = s.AssignmentsOf(ctx, "ana", 1, nil)
	_, failed["Waiting"] = s.Waiting(ctx, store.QC, 1, nil)
	failed["List"] = s.List(ctx, []store.Listing{{Invitation: "inv_1-1", Project: "prj_1", Pro: "ana"}})
	_, failed["InvitationsOf"] = s.InvitationsOf(ctx, "ana", 1, nil)
	_, failed["Book"] = s.Book(ctx, "2026-11", 1, nil)
	_, failed["RewardsOf"] = s.RewardsOf(ctx, "ana", 1, nil)
	_, failed["Entry"] = s.Entry(ctx, "ana", "rwd_1.hold")
	_, failed["EntriesOf"] = s.EntriesOf(ctx, "ana", 1, nil)
	_, failed["Due"] = s.Due(ctx, noon, 1, nil)
	_, failed["Overdue"] = s.Overdue(ctx, noon, 1)
	_, failed["Unsent"] = s.Unsent(ctx, noon, 1, nil)
	failed["Sent"] = s.Sent(ctx, store.Event{ID: "evt_1", Subject: ana.Ref()})
	_, failed["SigningKey"] = s.SigningKey(ctx, "cursor", []byte("secret"))
	_, _, failed["Lease"] = s.Lease(ctx, store.Event{ID: "evt_1", Subject: ana.Ref()}, noon, noon)
	failed["Release"] = s.Release(ctx, store.Event{ID: "evt_1", Subject: ana.Ref()}, noon)
	failed["Delivered"] = s.Delivered(ctx, store.Event{ID: "evt_1", Subject: ana.Ref()}, []store.Mail{{Notice: "n", Recipient: "ana"}}, noon)
	return failed
}

// losing sends every request, and loses the answer of the first transaction on the way back.
type losing struct {
	next aws.HTTPClient
	sent [][]byte // the transactions
}

func (l *losing) Do(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	answer, err := l.next.Do(r)
	if err != nil || !strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".TransactWriteItems") {
		return answer, err
	}
	l.sent = append(l.sent, body)
	if len(l.sent) > 1 {
		return answer, nil
	}
	if err := answer.Body.Close(); err != nil {
		return nil, err
	}
	return nil, io.ErrUnexpectedEOF
}

func TestLostAnswers(t *testing.T) {
	t.Run("a commit that the SDK sends again has one effect", func(t *testing.T) {
		client, _ := embedded(t)
		wire := &losing{next: client.Options().HTTPClient}
		atOnce := retry.NewStandard(func(o *retry.StandardOptions) {
			o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
		})
		s := dynamo.New(dynamodb.New(client.Options(), func(o *dynamodb.Options) { o.HTTPClient, o.Retryer = wire, atOnce }), table)
		if err := s.Commit(t.Context(), requested("1")); err != nil {
			t.Fatal(err)
		}
		if len(wire.sent) != 2 || !bytes.Equal(wire.sent[0], wire.sent[1]) {
			t.Errorf("%d transactions were sent, want the same one twice", len(wire.sent))
		}
	})
	t.Run("a commit of unknown outcome is unavailable, and the caller's next try finds its reply", func(t *testing.T) {
		client, _ := embedded(t)
		wire := &losing{next: client.Options().HTTPClient}
		s := dynamo.New(dynamodb.New(client.Options(), func(o *dynamodb.Options) { o.HTTPClient, o.Retryer = wire, aws.NopRetryer{} }), table)
		judge(t, s.Commit(t.Context(), requested("1")), true)
		if err := s.Commit(t.Context(), requested("1")); !errors.Is(err, store.ErrRepeated) {
			t.Fatalf("got %v, want %v", err, store.ErrRepeated)
		}
		if r, ok, err := s.Answered(t.Context(), "1", noon); err != nil || !ok || r.Reply.Status != 201 {
			t.Errorf("got %+v, %t, %v", r, ok, err)
		}
	})
}

// leaving is a DynamoDB that processes some keys of a batch and leaves the others.
type leaving struct {
	dynamo.Client
	processed int
	calls     int
}

func (l *leaving) BatchGetItem(ctx context.Context, in *dynamodb.BatchGetItemInput, o ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error) {
	l.calls++
	asked := in.RequestItems[table]
	done := min(l.processed, len(asked.Keys))
	out := &dynamodb.BatchGetItemOutput{}
	if done > 0 {
		var err error
		now := types.KeysAndAttributes{Keys: asked.Keys[:done], ConsistentRead: asked.ConsistentRead}
		if out, err = l.Client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{table: now}}, o...); err != nil {
			return nil, err
		}
	}
	if done < len(asked.Keys) {
		out.UnprocessedKeys = map[string]types.KeysAndAttributes{table: {Keys: asked.Keys[done:]}}
	}
	return out, nil
}

func (l *leaving) BatchWriteItem(ctx context.Context, in *dynamodb.BatchWriteItemInput, o ...func(*dynamodb.Options)) (*dynamodb.BatchWriteItemOutput, error) {
	l.calls++
	asked := in.RequestItems[table]
	done := min(l.processed, len(asked))
	if done > 0 {
		if _, err := l.Client.(dynamo.BatchClient).BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{table: asked[:done]}}, o...); err != nil {
			return nil, err
		}
	}
	out := &dynamodb.BatchWriteItemOutput{}
	if done < len(asked) {
		out.UnprocessedItems = map[string][]types.WriteRequest{table: asked[done:]}
	}
	return out, nil
}

func TestUnprocessedWrites(t *testing.T) {
	client, _ := embedded(t)
	var listings []store.Listing
	for n := range 30 {
		listings = append(listings, store.Listing{Invitation: fmt.Sprintf("inv_%02d-1", n), Project: "prj_1", Pro: "ana"})
	}
	t.Run("are sent again until all are there", func(t *testing.T) {
		some := &leaving{Client: client, processed: 10}
		if err := dynamo.New(some, table).List(t.Context(), listings); err != nil || some.calls != 4 {
			t.Fatalf("%d calls, %v; want 3 for the first 25, and one", some.calls, err)
		}
		if page, err := dynamo.New(client, table).InvitationsOf(t.Context(), "ana", 100, nil); err != nil || len(page.Items) != len(listings) {
			t.Errorf("%d listed, %v", len(page.Items), err)
		}
	})
	t.Run("are unavailable when nothing gets on", func(t *testing.T) {
		none := &leaving{Client: client}
		judge(t, dynamo.New(none, table).List(t.Context(), listings), true)
		if none.calls != 1 {
			t.Errorf("%d calls, want 1", none.calls)
		}
	})
}

func TestUnprocessedKeys(t *testing.T) {
	client, _ := embedded(t)
	var refs []store.Ref
	for _, id := range []string{"ana", "eva", "ida", "mia", "olga"} {
		p := ana
		p.ID = id
		refs = append(refs, p.Ref())
		if err := dynamo.New(client, table).Commit(t.Context(), store.Change{Records: []store.Record{p}}); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("are asked for again until all are there", func(t *testing.T) {
		some := &leaving{Client: client, processed: 2}
		got, err := dynamo.New(some, table).GetAll(t.Context(), refs, store.Fresh)
		if err != nil || len(got) != 5 || some.calls != 3 {
			t.Errorf("got %d records in %d calls, %v; want 5 in 3", len(got), some.calls, err)
		}
	})
	t.Run("are unavailable when nothing gets on", func(t *testing.T) {
		none := &leaving{Client: client}
		_, err := dynamo.New(none, table).GetAll(t.Context(), refs, store.Fresh)
		judge(t, err, true)
		if none.calls != 1 {
			t.Errorf("%d calls, want 1", none.calls)
		}
	})
}
