package infra_test

import (
	"context"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/callsheet/callsheet/shared/api"
	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
)

// contract is infra/openapi.yaml, which these tests hold equal to template.yaml and to shared/api.
type contract struct{ *openapi3.T }

func loadContract(t *testing.T) contract {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile("openapi.yaml")
	if err != nil {
		t.Fatalf("infra/openapi.yaml: %v", err)
	}
	return contract{doc}
}

// operation is one route of the contract.
func (c contract) operation(route string) *openapi3.Operation {
	method, path, _ := strings.Cut(route, " ")
	if item := c.Paths.Value(path); item != nil {
		return item.GetOperation(method)
	}
	return nil
}

func TestContract(t *testing.T) {
	t.Run("is valid OpenAPI 3.0.3, its examples included", func(t *testing.T) {
		doc := loadContract(t)
		if err := doc.Validate(t.Context(), openapi3.EnableExamplesValidation(), openapi3.EnableSchemaFormatValidation()); err != nil || doc.OpenAPI != "3.0.3" {
			t.Errorf("correct infra/openapi.yaml: version %s: %v", doc.OpenAPI, err)
		}
	})
	t.Run("has the routes that the template deploys and the code serves, with their functions", func(t *testing.T) {
		documented, deployed, served := map[string]string{}, map[string]string{}, map[string]string{}
		for path, item := range loadContract(t).Paths.Map() {
			for method, op := range item.Operations() {
				documented[method+" "+path] = strings.Join(op.Tags, " ")
			}
		}
		for _, f := range described(t).Functions {
			for _, r := range f.Routes {
				if isContract(r.Path) {
					deployed[r.Method+" "+r.Path] = filepath.Base(f.CodeURI)
				}
			}
		}
		for function, endpoints := range api.Functions() {
			for _, e := range endpoints {
				served[e.Route] = function
			}
		}
		for where, routes := range map[string]map[string]string{"template.yaml (the function's Events)": deployed, "infra/openapi.yaml (path, method and tag)": documented} {
			for route := range both(routes, served) {
				if routes[route] != served[route] {
					t.Errorf("%s: shared/api serves it by %q, %s has it with %q. Make them equal.", route, served[route], where, routes[route])
				}
			}
		}
	})
}

// isContract tells the HTTP contract from pages for people and from what no route matches.
func isContract(path string) bool { return strings.HasPrefix(path, "/v1/") }

// both are the keys of two maps.
func both[V any](a, b map[string]V) map[string]V {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// TestContractRequests holds what an endpoint declares to what the contract tells callers to send, and which refusals
// follow from it.
func TestContractRequests(t *testing.T) {
	doc := loadContract(t)
	for _, endpoints := range api.Functions() {
		for _, e := range endpoints {
			t.Run(e.Route+" asks for what its endpoint needs", func(t *testing.T) {
				op := doc.operation(e.Route)
				if op == nil {
					t.Fatal("add it to infra/openapi.yaml")
				}
				for name, needed := range map[string]bool{"Idempotency-Key": e.Once, "If-Match": e.Edit} {
					p := op.Parameters.GetByInAndName("header", name)
					if (p != nil && p.Required) != needed {
						t.Errorf("%s required: the endpoint says %v. Edit its parameters in infra/openapi.yaml.", name, needed)
					}
				}
				if (op.RequestBody != nil) != e.Body {
					t.Errorf("a body: the endpoint says %v. Edit its requestBody in infra/openapi.yaml.", e.Body)
				}
				paged := op.Parameters.GetByInAndName("query", "cursor") != nil
				for status, needed := range map[int]bool{
					400: e.Body || e.Once || paged, 401: true, 403: true, 413: e.Body, 415: e.Body, 412: e.Edit, 428: e.Edit, 422: true, 429: true, 500: true, 503: true,
				} {
					if (op.Responses.Status(status) != nil) != needed {
						t.Errorf("a response %d belongs there: %v. Edit its responses in infra/openapi.yaml.", status, needed)
					}
				}
			})
		}
	}
}

// TestContractProblems holds every problem code of the contract to the catalogue, and to the status that it is answered with.
func TestContractProblems(t *testing.T) {
	doc := loadContract(t)
	status := map[string]int{}
	for _, e := range problem.Catalogue() {
		status[string(e.Code)] = handler.Status(e.Kind)
	}
	t.Run("the list of codes is the catalogue", func(t *testing.T) {
		equal(t, "components.schemas.ProblemCode.enum", texts(doc.Components.Schemas["ProblemCode"].Value.Enum), slices.Collect(maps.Keys(status)))
	})
	t.Run("every code stands under its own status", func(t *testing.T) {
		for route, op := range doc.operations() {
			for at, response := range op.Responses.Map() {
				for _, code := range codes(response.Value) {
					if strconv.Itoa(status[code]) != at {
						t.Errorf("%s, response %s: %s is answered with %d. Move it in infra/openapi.yaml.", route, at, code, status[code])
					}
				}
			}
		}
	})
	t.Run("a refusal is a ProblemDocument with nothing more", func(t *testing.T) {
		edge := handler.Edge{
			Log: slog.New(slog.DiscardHandler), Now: func(context.Context) (time.Time, error) { return time.Time{}, nil },
			Actor: func(context.Context, string) (party.Actor, error) {
				return party.Actor{}, &problem.Error{Code: problem.CodeValidation, Message: "m", Fields: problem.Fields{{Pointer: "/p", Message: "m"}}, Facts: map[string]string{"f": "1"}}
			},
		}
		r := handler.Request{RouteKey: "GET /x", RawPath: "/x"}
		r.RequestContext.Authorizer.Lambda.Subject = "ana"
		resp, err := handler.HTTP(edge, handler.Endpoint{Route: "GET /x"})(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		var document map[string]any
		readJSON(t, []byte(resp.Body), &document)
		schema := doc.Components.Schemas["ProblemDocument"].Value
		if err := schema.VisitJSON(document, openapi3.MultiErrors()); err != nil {
			t.Errorf("correct components.schemas.ProblemDocument: %v", err)
		}
		equal(t, "components.schemas.ProblemDocument.properties", slices.Collect(maps.Keys(schema.Properties)), slices.Collect(maps.Keys(document)))
	})
}

// operations are all of the contract, by route.
func (c contract) operations() map[string]*openapi3.Operation {
	all := map[string]*openapi3.Operation{}
	for path, item := range c.Paths.Map() {
		for method, op := range item.Operations() {
			all[method+" "+path] = op
		}
	}
	return all
}

// codes are the problem codes that a response may carry.
func codes(r *openapi3.Response) []string {
	media := r.Content["application/problem+json"]
	if media == nil {
		return nil
	}
	var found []string
	for _, part := range media.Schema.Value.AllOf {
		if code := part.Value.Properties["code"]; code != nil && part.Ref == "" {
			found = append(found, texts(code.Value.Enum)...)
		}
	}
	return found
}

// equal compares two lists as sets and says what to edit.
func equal(t *testing.T, where string, documented, want []string) {
	t.Helper()
	for _, w := range want {
		if !slices.Contains(documented, w) {
			t.Errorf("%s: add %q in infra/openapi.yaml", where, w)
		}
	}
	for _, d := range documented {
		if !slices.Contains(want, d) {
			t.Errorf("%s: remove %q in infra/openapi.yaml", where, d)
		}
	}
}
