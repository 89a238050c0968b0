package gateway

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callsheet/callsheet/infra/local/lambda"
)

// guarded has two guarded routes and an open one.
func guarded(a Authorizer) API {
	a.Function = "auth"
	return API{
		Authorizers: map[string]Authorizer{"token": a},
		Routes: []Route{
			{Method: "GET", Path: "/pets/{id}", Function: "main", Authorizer: "token"},
			{Method: "GET", Path: "/cats", Function: "main", Authorizer: "token"},
			{Method: "GET", Path: "/open", Function: "main"},
		},
	}
}

var bearer = Authorizer{IdentitySources: []string{"$request.header.Authorization"}}

func TestTheAuthorizer(t *testing.T) {
	t.Run("sees the request in format 2.0", func(t *testing.T) {
		r := newRig(t, guarded(Authorizer{IdentitySources: []string{"$request.header.Authorization", "$request.querystring.key", "$context.routeKey"}}))
		r.answers["auth"] = says(`{"isAuthorized":true}`)
		r.send(request("GET", "/pets/7?key=k", "body", "Authorization", "Bearer t"))
		got := r.last(t, "auth")
		want := map[string]any{"version": "2.0", "type": "REQUEST", "routeKey": "GET /pets/{id}", "rawPath": "/pets/7",
			"routeArn":       "arn:aws:execute-api:us-east-1:123456789012:api-id/$default/GET/pets/{id}",
			"identitySource": []any{"Bearer t", "k", "GET /pets/{id}"}, "pathParameters": map[string]any{"id": "7"}}
		for name := range want {
			if diff := cmp.Diff(want[name], got[name]); diff != "" {
				t.Error(name, diff)
			}
		}
		for _, name := range []string{"body", "isBase64Encoded"} {
			if v, ok := got[name]; ok {
				t.Errorf("%s is %v", name, v)
			}
		}
	})
	t.Run("hands its context to the function with types kept", func(t *testing.T) {
		r := newRig(t, guarded(bearer))
		r.answers["auth"] = says(`{"isAuthorized":true,"context":{"actor":"pro_1","level":3,"staff":false}}`)
		r.send(request("GET", "/cats", "", "Authorization", "t"))
		want := map[string]any{"lambda": map[string]any{"actor": "pro_1", "level": 3.0, "staff": false}}
		if diff := cmp.Diff(want, r.last(t, "main")["requestContext"].(map[string]any)["authorizer"]); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("is not asked for an open route", func(t *testing.T) {
		r := newRig(t, guarded(bearer))
		if w := r.send(request("GET", "/open", "")); w.Code != 200 || r.events["auth"] != nil {
			t.Error(w.Code, r.events)
		}
		if _, ok := r.last(t, "main")["requestContext"].(map[string]any)["authorizer"]; ok {
			t.Error("has an authorizer context")
		}
	})
	t.Run("is not asked when an identity source is missing or empty", func(t *testing.T) {
		r := newRig(t, guarded(bearer))
		is(t, r.send(request("GET", "/cats", "")), 401, "Unauthorized")
		is(t, r.send(request("GET", "/cats", "", "Authorization", "")), 401, "Unauthorized")
		if len(r.events) != 0 {
			t.Error(r.events)
		}
	})
	t.Run("has 10 seconds", func(t *testing.T) {
		r, before := newRig(t, guarded(bearer)), time.Now()
		var deadline time.Time
		r.answers["auth"] = func(ctx context.Context) (lambda.Result, error) {
			deadline, _ = ctx.Deadline()
			return lambda.Result{Payload: []byte(`{"isAuthorized":true}`)}, nil
		}
		r.send(request("GET", "/cats", "", "Authorization", "t"))
		if deadline.Before(before.Add(10*time.Second)) || deadline.After(time.Now().Add(10*time.Second)) {
			t.Error(deadline)
		}
	})
	for what, answer := range map[string]func(context.Context) (lambda.Result, error){
		"fails": func(context.Context) (lambda.Result, error) { return lambda.Result{}, errors.New("down") },
		"has a function error": func(context.Context) (lambda.Result, error) {
			return lambda.Result{FunctionError: "Unhandled", Payload: []byte(`{"isAuthorized":true}`)}, nil
		},
		"answers no JSON":    says(`yes`),
		"answers a policy":   says(`{"principalId":"x","policyDocument":{}}`),
		"answers a text":     says(`{"isAuthorized":"true"}`),
		"has a text context": says(`{"isAuthorized":true,"context":"x"}`),
	} {
		t.Run("lets nobody in and is a reported 500 when it "+what, func(t *testing.T) {
			r := newRig(t, guarded(bearer))
			r.answers["auth"] = answer
			is(t, r.send(request("GET", "/cats", "", "Authorization", "t")), 500, "Internal Server Error")
			if len(r.reports) != 1 || r.events["main"] != nil {
				t.Error(r.reports, r.events["main"])
			}
		})
	}
	t.Run("that says no is 403", func(t *testing.T) {
		r := newRig(t, guarded(bearer))
		r.answers["auth"] = says(`{"isAuthorized":false}`)
		is(t, r.send(request("GET", "/cats", "", "Authorization", "t")), 403, "Forbidden")
		if r.events["main"] != nil {
			t.Error("invoked")
		}
	})
}

func TestTheAuthorizerCache(t *testing.T) {
	cached := func(sources ...string) API {
		return guarded(Authorizer{IdentitySources: sources, CacheTTL: time.Minute})
	}
	for _, row := range []struct {
		what  string
		later time.Duration
		asked int
	}{{"holds 1 ms before its time is over", time.Minute - time.Millisecond, 1}, {"asks again when its time is over", time.Minute, 2}, {"asks again 1 ms later", time.Minute + time.Millisecond, 2}} {
		for _, verdict := range []string{"true", "false"} {
			t.Run(row.what+" for "+verdict, func(t *testing.T) {
				r := newRig(t, cached("$request.header.Authorization"))
				r.answers["auth"] = says(`{"isAuthorized":` + verdict + `}`)
				first := r.send(request("GET", "/cats", "", "Authorization", "t"))
				r.now = r.now.Add(row.later)
				second := r.send(request("GET", "/cats", "", "Authorization", "t"))
				if asked := len(r.events["auth"]); asked != row.asked || first.Code != second.Code {
					t.Error(asked, first.Code, second.Code)
				}
			})
		}
	}
	for _, row := range []struct {
		what  string
		api   API
		asked int
	}{
		{"is shared by routes", cached("$request.header.Authorization"), 1},
		{"is apart by route with the route key in the identity", cached("$request.header.Authorization", "$context.routeKey"), 2},
		{"is off without a time", guarded(bearer), 2},
	} {
		t.Run(row.what, func(t *testing.T) {
			r := newRig(t, row.api)
			r.answers["auth"] = says(`{"isAuthorized":true}`)
			r.send(request("GET", "/cats", "", "Authorization", "t"))
			r.send(request("GET", "/pets/1", "", "Authorization", "t"))
			if asked := len(r.events["auth"]); asked != row.asked {
				t.Error(asked)
			}
		})
	}
	t.Run("never mixes identities that only look alike when joined", func(t *testing.T) {
		r := newRig(t, cached("$request.querystring.a", "$request.querystring.b"))
		r.answers["auth"] = says(`{"isAuthorized":true}`)
		for _, query := range []string{"a=x%00y&b=z", "a=x&b=y%00z", "a=x%22+%22y&b=z", "a=x&b=y%22+%22z"} {
			r.send(request("GET", "/cats?"+query, ""))
		}
		if asked := len(r.events["auth"]); asked != 4 {
			t.Error(asked)
		}
	})
	t.Run("does not keep a failure", func(t *testing.T) {
		r := newRig(t, cached("$request.header.Authorization"))
		r.answers["auth"] = says(`{}`)
		r.send(request("GET", "/cats", "", "Authorization", "t"))
		r.answers["auth"] = says(`{"isAuthorized":true}`)
		if w := r.send(request("GET", "/cats", "", "Authorization", "t")); w.Code != 200 {
			t.Error(w.Code)
		}
	})
	t.Run("drops what is over", func(t *testing.T) {
		r := newRig(t, cached("$request.header.Authorization"))
		r.answers["auth"] = says(`{"isAuthorized":true}`)
		r.send(request("GET", "/cats", "", "Authorization", "old"))
		r.now = r.now.Add(time.Minute)
		r.send(request("GET", "/cats", "", "Authorization", "new"))
		if n := len(r.gateway.authorizers["token"].cache); n != 1 {
			t.Error(n)
		}
	})
}
