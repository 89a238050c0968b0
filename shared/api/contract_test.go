package api_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callsheet/callsheet/shared/api"
	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/party"
)

// TestSamples holds the tests' own table to the contract: what follows from it is generated over every route.
func TestSamples(t *testing.T) {
	table := samples()
	for _, route := range api.Routes() {
		if _, ok := table[route]; !ok {
			t.Errorf("%s has no sample", route)
		}
	}
	if len(table) != len(api.Routes()) {
		t.Errorf("%d samples, %d routes", len(table), len(api.Routes()))
	}
	for route, smp := range table {
		t.Run(route+" is done for who may send it", func(t *testing.T) {
			if a := tell(t, smp.at).send(t, route, smp.by); a.StatusCode < 200 || a.StatusCode > 299 {
				t.Errorf("%d %s", a.StatusCode, a.Body)
			}
		})
	}
}

// TestUnauthenticated asks every endpoint without a subject. Nothing behind the edge may be reached: the services are
// empty and the directory panics.
func TestUnauthenticated(t *testing.T) {
	edge := handler.Edge{
		Actor: func(context.Context, string) (party.Actor, error) { panic("the directory was asked") },
		Now:   func(context.Context) (time.Time, error) { return noon, nil },
		Log:   slog.New(slog.DiscardHandler),
	}
	for function, endpoints := range api.Functions() {
		serve := handler.HTTP(edge, endpoints...)
		for _, e := range endpoints {
			t.Run("B36 "+function+" answers 401 to "+e.Route+" without a subject", func(t *testing.T) {
				r := handler.Request{RouteKey: e.Route, RawPath: "/v1", Body: "{}", Headers: map[string]string{
					"content-type": "application/json", "authorization": "Bearer x", "x-user": admin, "idempotency-key": "k", "if-match": `"1"`,
				}}
				resp, err := serve(t.Context(), r)
				a := answer{t, "nobody", e.Route, resp}
				if err != nil {
					t.Fatal(err)
				}
				a.refused(401, "unauthenticated")
			})
		}
	}
}

// TestEndpointForms: what the contract says of an endpoint follows from its method.
func TestEndpointForms(t *testing.T) {
	for _, endpoints := range api.Functions() {
		for _, e := range endpoints {
			t.Run(e.Route, func(t *testing.T) {
				switch m := method(e.Route); {
				case m == "GET" && (e.Body || e.Once || e.Edit):
					t.Error("a read takes no body, no key and no version")
				case m == "PUT" && (!e.Edit || !e.Body):
					t.Error("an edit needs the version that it is based on, and says what it writes")
				case e.Once && m != "POST":
					t.Error("only a POST creates")
				}
			})
		}
	}
}

// TestMalformedBodies sends what is no request of the contract to every endpoint that reads a body.
func TestMalformedBodies(t *testing.T) {
	at := tellOnce(t)
	for route, smp := range samples() {
		if smp.body == nil {
			continue
		}
		t.Run(route, func(t *testing.T) {
			s := at(smp.at)
			for _, row := range []struct {
				name, body string
				status     int
				code       string
			}{
				{"B1", "", 400, "malformed-json"}, {"B2", "null", 400, "malformed-json"}, {"B2", "[]", 400, "malformed-json"},
				{"B3", `{"a":`, 400, "malformed-json"}, {"B4", "{}{}", 400, "malformed-json"}, {"B5", `{"a":1,"a":2}`, 400, "malformed-json"},
				{"B12", "{\"a\":\"\xff\"}", 400, "malformed-json"}, {"B15", "\uFEFF{}", 400, "malformed-json"},
				{"B7", `{"colour":1}`, 422, "validation"},
			} {
				s.unchanged(t, func() {
					s.call(smp.by, method(route), smp.path(s), row.body, smp.headers...).refused(row.status, row.code)
				})
			}
			s.unchanged(t, func() {
				s.send(t, route, smp.by, "content-type", "text/plain").refused(415, "unsupported-media-type")
				s.send(t, route, smp.by, "content-encoding", "gzip").refused(415, "unsupported-media-type")
			})
		})
	}
}

// TestServerOwnedFields: what only the server decides cannot be sent (B8, B42).
func TestServerOwnedFields(t *testing.T) {
	at := tellOnce(t)
	owned := []string{"id", "status", "state", "role", "ownerId", "creditFactor", "version", "createdAt", "updatedAt", "policyVersion", "entry", "pro", "reviewer", "agent", "passedAt", "balance", "credited"}
	for route, smp := range samples() {
		if smp.body == nil {
			continue
		}
		t.Run("B8 "+route, func(t *testing.T) {
			s := at(smp.at)
			for _, field := range owned {
				body := with(smp.body(s).(map[string]any), field, "x")
				s.unchanged(t, func() {
					refusal := s.call(smp.by, method(route), smp.path(s), body, smp.headers...).refused(422, "validation")
					if !slices.Contains(pointers(refusal), "/"+field) {
						t.Errorf("%s: told %v", field, pointers(refusal))
					}
				})
			}
		})
	}
	t.Run("B8 fields of the server inside a list are refused too", func(t *testing.T) {
		s := tell(t, published)
		body := map[string]any{"invitations": []map[string]any{{"pro": winner, "state": "accepted"}}}
		if got := pointers(s.call(agent, "POST", "/v1/projects/"+s.project+"/invitations", body).refused(422, "validation")); !slices.Equal(got, []string{"/invitations/0/state"}) {
			t.Errorf("told %v", got)
		}
	})
	t.Run("B42 a role in a header changes nothing", func(t *testing.T) {
		s := tell(t, published)
		s.send(t, "POST /v1/projects/{projectId}/invitations", client, "x-role", "admin", "role", "agent").refused(403, "forbidden")
	})
}

// TestUnknownQuery: nothing that a caller adds to a URL is silently ignored (B50).
func TestUnknownQuery(t *testing.T) {
	at := tellOnce(t)
	for route, smp := range samples() {
		t.Run("B50 "+route, func(t *testing.T) {
			s := at(smp.at)
			var body any
			if smp.body != nil {
				body = smp.body(s)
			}
			for _, query := range []string{"fields=creditFactors", "include=internal", "role=admin"} {
				and := "?"
				if strings.Contains(smp.path(s), "?") {
					and = "&"
				}
				s.unchanged(t, func() {
					s.call(smp.by, method(route), smp.path(s)+and+query, body, smp.headers...).refused(422, "validation")
				})
			}
		})
	}
}

// TestPreconditions: every edit needs the version that it is based on (B30, B31).
func TestPreconditions(t *testing.T) {
	for route, smp := range samples() {
		if method(route) != "PUT" {
			continue
		}
		s := tell(t, smp.at)
		for _, row := range []struct {
			tag    string
			status int
			code   string
		}{{"", 428, "precondition-required"}, {"*", 422, "validation"}, {"1", 422, "validation"}, {`W/"1"`, 422, "validation"}, {`"7"`, 412, "stale-version"}, {`"0"`, 412, "stale-version"}} {
			t.Run(fmt.Sprintf("B30 %s with If-Match %q is %d", route, row.tag, row.status), func(t *testing.T) {
				s.unchanged(t, func() { s.send(t, route, smp.by, "if-match", row.tag).refused(row.status, row.code) })
			})
		}
		t.Run("B31 "+route+" twice with the same version is done once", func(t *testing.T) {
			if first := s.send(t, route, smp.by); first.StatusCode != 200 || first.Headers["etag"] != `"2"` {
				t.Fatalf("%d %v", first.StatusCode, first.Headers)
			}
			s.unchanged(t, func() { s.send(t, route, smp.by).refused(412, "stale-version") })
		})
	}
}
