package handler_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

// kinds is the error table as design.md and docs/errors.md promise it: what each edge makes of each kind.
var kinds = []struct {
	kind          problem.Kind
	status        int
	retryAfter    string
	stream, timer handler.Disposition
}{
	{problem.Internal, 500, "", handler.Fail, handler.Fail},
	{problem.Malformed, 400, "", handler.Fail, handler.Fail},
	{problem.Unauthenticated, 401, "", handler.Fail, handler.Fail},
	{problem.Forbidden, 403, "", handler.Drop, handler.Drop},
	{problem.NotFound, 404, "", handler.Drop, handler.Drop},
	{problem.MethodNotAllowed, 405, "", handler.Fail, handler.Fail},
	{problem.Conflict, 409, "", handler.Drop, handler.Drop},
	{problem.Gone, 410, "", handler.Drop, handler.Drop},
	{problem.Stale, 412, "", handler.Drop, handler.Drop},
	{problem.TooLarge, 413, "", handler.Fail, handler.Fail},
	{problem.Unsupported, 415, "", handler.Fail, handler.Fail},
	{problem.Invalid, 422, "", handler.Fail, handler.Fail},
	{problem.PreconditionRequired, 428, "", handler.Fail, handler.Fail},
	{problem.RateLimited, 429, "5", handler.Retry, handler.Retry},
	{problem.Unavailable, 503, "1", handler.Retry, handler.Retry},
}

// codesOf lists the codes of a kind; there is no kind without one.
func codesOf(t *testing.T, k problem.Kind) []problem.Code {
	t.Helper()
	var codes []problem.Code
	for _, e := range problem.Catalogue() {
		if e.Kind == k {
			codes = append(codes, e.Code)
		}
	}
	if len(codes) == 0 {
		t.Fatalf("no code of kind %d", k)
	}
	return codes
}

func TestErrorTable(t *testing.T) {
	rows := 0
	for _, row := range kinds {
		for _, code := range codesOf(t, row.kind) {
			rows++
			t.Run(fmt.Sprintf("HTTP answers %s with %d", code, row.status), func(t *testing.T) {
				err := problem.New(code, "A word for the caller.").Because(errors.New("SECRET cause")).With("fact", "told")
				resp := serve(t, returning(store.Reply{}, fmt.Errorf("SECRET context: %w", err)), nil)
				d := refused(t, resp, row.status, string(code))
				if d.Title != code.Title() || d.Detail != "A word for the caller." || d.Facts["fact"] != "told" || d.Instance != "/v1/things" {
					t.Errorf("%+v", d)
				}
				if resp.Headers["retry-after"] != row.retryAfter {
					t.Errorf("retry-after %q, want %q", resp.Headers["retry-after"], row.retryAfter)
				}
				if strings.Contains(fmt.Sprint(resp), "SECRET") {
					t.Errorf("the cause is told: %v", resp)
				}
			})
		}
		if handler.Status(row.kind) != row.status {
			t.Errorf("Status(%d) is %d, want %d", row.kind, handler.Status(row.kind), row.status)
		}
	}
	t.Run("a refusal that knows how long to wait says so, in whole seconds rounded up — B112", func(t *testing.T) {
		for wait, want := range map[time.Duration]string{time.Millisecond: "1", time.Second: "1", time.Second + time.Millisecond: "2", time.Minute: "60"} {
			resp := serve(t, returning(store.Reply{}, problem.New(problem.CodeRateLimited, "Wait.").After(wait)), nil)
			if resp.StatusCode != 429 || resp.Headers["retry-after"] != want {
				t.Errorf("%s: %d, retry-after %q, want %q", wait, resp.StatusCode, resp.Headers["retry-after"], want)
			}
		}
	})
	t.Run("every code of the catalogue is in the table", func(t *testing.T) {
		if rows != len(problem.Catalogue()) {
			t.Errorf("%d codes in the table, %d in the catalogue", rows, len(problem.Catalogue()))
		}
	})
}

func TestRefusal(t *testing.T) {
	t.Run("an unclassified error is 500 and tells nothing of itself, but the log does", func(t *testing.T) {
		at, logged := edge()
		resp := serveAt(t, at, returning(store.Reply{}, errors.New("dial tcp 10.0.0.7: SECRET")), nil)
		refused(t, resp, 500, "internal")
		if strings.Contains(resp.Body, "SECRET") || strings.Contains(resp.Body, "10.0.0.7") {
			t.Errorf("told: %s", resp.Body)
		}
		if !strings.Contains(logged.String(), "SECRET") {
			t.Errorf("not logged: %s", logged)
		}
	})
	t.Run("wrong fields come with their JSON pointers", func(t *testing.T) {
		var wrong problem.Fields
		wrong.Add("/a/0", "One.")
		wrong.Add("/b", "Two.")
		if d := refused(t, serve(t, returning(store.Reply{}, wrong.Err()), nil), 422, "validation"); pointers(d) != "[/a/0 /b]" || d.Detail != "One." {
			t.Errorf("%+v", d)
		}
	})
	t.Run("401 names the scheme", func(t *testing.T) {
		resp := serve(t, returning(store.Reply{}, nil), func(r *handler.Request) { r.RequestContext.Authorizer.Lambda.Subject = "" })
		refused(t, resp, 401, "unauthenticated")
		if resp.Headers["www-authenticate"] != `Bearer error="invalid_token"` {
			t.Errorf("www-authenticate: %q", resp.Headers["www-authenticate"])
		}
	})
	t.Run("a route that the function does not serve is 404", func(t *testing.T) {
		refused(t, serve(t, returning(store.Reply{}, nil), func(r *handler.Request) { r.RouteKey = "POST /v1/others" }), 404, "not-found")
	})
	t.Run("a clock that does not answer is 503", func(t *testing.T) {
		at, _ := edge()
		at.Now = func(context.Context) (time.Time, error) { return time.Time{}, errors.New("SECRET") }
		if resp := serveAt(t, at, returning(store.Reply{}, nil), nil); strings.Contains(resp.Body, "SECRET") {
			t.Errorf("told: %s", resp.Body)
		} else {
			refused(t, resp, 503, "unavailable")
		}
	})
	t.Run("B49 a disabled account is 403, whatever the token says", func(t *testing.T) {
		at, _ := edge()
		at.Actor = func(context.Context, string) (party.Actor, error) {
			return party.Actor{}, problem.New(problem.CodeAccountDisabled, "This account is not active.")
		}
		refused(t, serveAt(t, at, returning(store.Reply{Status: 200}, nil), nil), 403, "account-disabled")
	})
}

func TestPanic(t *testing.T) {
	calls := 0
	at, logged := edge()
	serves := handler.HTTP(at, handler.Endpoint{Route: "POST /v1/things", Handle: func(context.Context, *handler.Call) (store.Reply, error) {
		if calls++; calls == 1 {
			panic("SECRET at shared/handler/http.go")
		}
		return store.Reply{Status: 200, Body: []byte(`{"calls":2}`)}, nil
	}})
	first, err := serves(traced(t.Context()), request("POST /v1/things", nil))
	if err != nil {
		t.Fatal(err)
	}
	t.Run("F21 a panic is a 500 problem that tells nothing", func(t *testing.T) {
		refused(t, first, 500, "internal")
		if strings.Contains(first.Body, "SECRET") || strings.Contains(first.Body, "goroutine") || strings.Contains(first.Body, ".go") {
			t.Errorf("told: %s", first.Body)
		}
		if !strings.Contains(logged.String(), "SECRET") || !strings.Contains(logged.String(), "goroutine") {
			t.Errorf("the log has no stack: %s", logged)
		}
	})
	t.Run("F21 the next call works", func(t *testing.T) {
		second, err := serves(traced(t.Context()), request("POST /v1/things", nil))
		if err != nil || second.StatusCode != 200 || second.Body != `{"calls":2}` {
			t.Errorf("%v, %v", second, err)
		}
	})
}

func TestAnswer(t *testing.T) {
	t.Run("a reply carries its version, its place and safe headers", func(t *testing.T) {
		r := serve(t, returning(store.Reply{Status: 201, Body: []byte(`{"id":"x"}`), ETag: `"1"`, Location: "/v1/things/x"}, nil), nil)
		want := map[string]string{
			"content-type": "application/json", "cache-control": "no-store", "x-content-type-options": "nosniff", "request-id": requestID, "etag": `"1"`, "location": "/v1/things/x",
		}
		for name, value := range want {
			if r.Headers[name] != value {
				t.Errorf("%s: %q, want %q", name, r.Headers[name], value)
			}
		}
		if r.StatusCode != 201 || r.Body != `{"id":"x"}` || len(r.Headers) != len(want) {
			t.Errorf("%+v", r)
		}
	})
	t.Run("F1 the answer of a repeated request is the first one, marked as replayed", func(t *testing.T) {
		first := store.Reply{Status: 201, Body: []byte(`{"id":"x"}`), ETag: `"1"`, Location: "/v1/things/x"}
		r := serve(t, returning(store.Reply{}, fmt.Errorf("again: %w", &store.Answered{Reply: first})), nil)
		if r.StatusCode != 201 || r.Body != `{"id":"x"}` || r.Headers["etag"] != `"1"` || r.Headers["location"] != "/v1/things/x" || r.Headers["idempotency-replayed"] != "true" {
			t.Errorf("%+v", r)
		}
	})
	t.Run("F3 the work's deadline is a second before the function's", func(t *testing.T) {
		ends := time.Now().Add(time.Hour) // only compared, never waited for
		ctx, cancel := context.WithDeadline(traced(t.Context()), ends)
		defer cancel()
		at, _ := edge()
		var got time.Time
		_, err := handler.HTTP(at, handler.Endpoint{Route: "GET /v1/things", Handle: func(ctx context.Context, _ *handler.Call) (store.Reply, error) {
			got, _ = ctx.Deadline()
			return store.Reply{Status: 200}, nil
		}})(ctx, request("GET /v1/things", nil))
		if err != nil || !got.Equal(ends.Add(-time.Second)) {
			t.Errorf("the work may last until %s, the function until %s (%v)", got, ends, err)
		}
	})
}

func TestUnmatched(t *testing.T) {
	unmatched := handler.Unmatched([]string{"GET /v1/projects", "POST /v1/projects", "GET /v1/projects/{projectId}", "PUT /v1/projects/{projectId}", "POST /v1/projects/{projectId}/publish"})
	ask := func(t *testing.T, path string) handler.Response {
		t.Helper()
		r, err := unmatched(traced(t.Context()), handler.Request{RawPath: path})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for _, path := range []string{"/", "/v2/projects", "/v1/projects/", "/v1//projects", "//v1/projects", "/v1/projects/x/", "/v1/projects//publish", "/v1/projects/x/publish/y", "/v1/projects%00", "/V1/projects", "/v1/projects/%2e%2e/y"} {
		t.Run("B25 nothing is at "+path, func(t *testing.T) { refused(t, ask(t, path), 404, "not-found") })
	}
	for path, allow := range map[string]string{"/v1/projects": "GET, POST", "/v1/projects/prj_1": "GET, PUT", "/v1/projects/prj_1/publish": "POST"} {
		t.Run("B26 "+path+" takes "+allow, func(t *testing.T) {
			if r := ask(t, path); r.Headers["allow"] != allow {
				t.Errorf("allow: %q", r.Headers["allow"])
			} else {
				refused(t, r, 405, "method-not-allowed")
			}
		})
	}
}
