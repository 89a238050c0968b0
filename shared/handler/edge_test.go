package handler_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/store"
)

var noon = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

const requestID = "req-1"

// edge is an HTTP edge whose every subject is a pro of that name, and what it has logged.
func edge() (handler.Edge, *bytes.Buffer) {
	var logged bytes.Buffer
	return handler.Edge{
		Actor: func(_ context.Context, subject string) (party.Actor, error) {
			return party.Actor{ID: subject, Roles: party.Roles()}, nil
		},
		Now:  func(context.Context) (time.Time, error) { return noon, nil },
		Log:  slog.New(slog.NewTextHandler(&logged, nil)),
		Keep: 24 * time.Hour, Margin: time.Second,
	}, &logged
}

// serve sends a request to one endpoint.
func serve(t *testing.T, e handler.Endpoint, change func(*handler.Request)) handler.Response {
	t.Helper()
	at, _ := edge()
	return serveAt(t, at, e, change)
}

func serveAt(t *testing.T, at handler.Edge, e handler.Endpoint, change func(*handler.Request)) handler.Response {
	t.Helper()
	resp, err := handler.HTTP(at, e)(traced(t.Context()), request(e.Route, change))
	if err != nil {
		t.Fatalf("the edge failed where it must answer: %v", err)
	}
	return resp
}

func traced(ctx context.Context) context.Context {
	return lambdacontext.NewContext(ctx, &lambdacontext.LambdaContext{AwsRequestID: requestID})
}

func request(route string, change func(*handler.Request)) handler.Request {
	r := handler.Request{RouteKey: route, RawPath: "/v1/things", Headers: map[string]string{"content-type": "application/json"}, Body: "{}"}
	r.RequestContext.HTTP.Method = "POST"
	r.RequestContext.Authorizer.Lambda.Subject = "ada"
	if change != nil {
		change(&r)
	}
	return r
}

// returning is an endpoint whose work comes to this.
func returning(reply store.Reply, err error) handler.Endpoint {
	return handler.Endpoint{Route: "POST /v1/things", Handle: func(context.Context, *handler.Call) (store.Reply, error) { return reply, err }}
}

// document is a problem as a client reads it (RFC 9457).
type document struct {
	Type      string
	Title     string
	Status    int
	Detail    string
	Instance  string
	Code      string
	RequestID string
	Facts     map[string]string
	Errors    []struct{ Pointer, Detail string }
}

// refused reads a problem document and checks what all of them have.
func refused(t *testing.T, r handler.Response, status int, code string) document {
	t.Helper()
	var d document
	if err := json.Unmarshal([]byte(r.Body), &d); err != nil {
		t.Fatalf("status %d with a body that is no problem document: %v: %q", r.StatusCode, err, r.Body)
	}
	if r.StatusCode != status || d.Status != status || d.Code != code {
		t.Fatalf("got %d, document status %d, code %q (%s); want %d %q", r.StatusCode, d.Status, d.Code, d.Detail, status, code)
	}
	want := map[string]string{"content-type": "application/problem+json", "cache-control": "no-store", "x-content-type-options": "nosniff", "request-id": requestID}
	for name, value := range want {
		if r.Headers[name] != value {
			t.Errorf("%s: %q, want %q", name, r.Headers[name], value)
		}
	}
	if d.Type != "/problems/"+code || d.Title == "" || d.Detail == "" || d.RequestID != requestID || d.Instance == "" {
		t.Errorf("incomplete problem document: %+v", d)
	}
	return d
}

func pointers(d document) string {
	var at []string
	for _, e := range d.Errors {
		at = append(at, e.Pointer)
	}
	return fmt.Sprint(at)
}
