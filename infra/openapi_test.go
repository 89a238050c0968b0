package infra_test

import (
	"context"
	"encoding/json"
	"go/ast"
	"log/slog"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/callsheet/callsheet/shared/api"
	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
	jobs "github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
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

// roots are the types that requests are read into and answers are made of; what they contain is found from them.
var (
	requests = []any{
		api.ProjectBody{}, api.CancelBody{}, api.InviteBody{}, api.AcceptBody{}, api.UploadBody{}, api.CompleteBody{}, api.SubmitBody{}, api.RevisionBody{}, api.ProfileBody{},
	}
	answers = []any{
		api.ProjectView{}, api.List[api.ProjectSummary]{}, api.RoundView{}, api.List[api.RoundView]{}, api.InvitationView{}, api.AssignmentView{}, api.UploadView{},
		api.FileView{}, api.List[api.FileView]{}, api.List[api.QueueRow]{}, api.DeliveryView{}, api.RewardView{}, api.StatementView{}, api.ProfileView{},
	}
)

// schemaName is the name under which the contract knows a type.
func schemaName(t reflect.Type) string {
	if strings.HasPrefix(t.Name(), "List[") {
		return t.Field(0).Type.Elem().Name() + "List"
	}
	return t.Name()
}

// reach collects the structs that values are made of, by the names of their schemas.
func reach(values []any) map[string]reflect.Type {
	found := map[string]reflect.Type{}
	var visit func(reflect.Type)
	visit = func(t reflect.Type) {
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			visit(t.Elem())
		case reflect.Struct:
			if found[schemaName(t)] != nil {
				return
			}
			found[schemaName(t)] = t
			for i := range t.NumField() {
				visit(t.Field(i).Type)
			}
		}
	}
	for _, v := range values {
		visit(reflect.TypeOf(v))
	}
	return found
}

// TestContractSchemas holds every object of the contract to the Go type of its name.
func TestContractSchemas(t *testing.T) {
	doc, read, shown := loadContract(t), reach(requests), reach(answers)
	types := both(read, shown)
	t.Run("no type of shared/api is left out", func(t *testing.T) {
		for _, name := range marshalledTypes(t) {
			if types[name] == nil {
				t.Errorf("shared/api.%s: add it to requests or answers in infra/openapi_test.go, and to components.schemas", name)
			}
		}
	})
	t.Run("every object has its type", func(t *testing.T) {
		for name, schema := range doc.Components.Schemas {
			edge := slices.Contains([]string{"ProblemDocument", "FieldProblem", "GatewayMessage"}, name)
			if schema.Value.Type.Is("object") && types[name] == nil && !edge {
				t.Errorf("components.schemas.%s: no type of shared/api has this name. Remove it, or rename it.", name)
			}
		}
	})
	for name, goType := range types {
		t.Run(name+" has the properties of its type", func(t *testing.T) {
			schema := doc.Components.Schemas[name]
			if schema == nil {
				t.Fatalf("add components.schemas.%s", name)
			}
			c := comparison{t: t, at: "components.schemas." + name, read: read[name] != nil, shown: shown[name] != nil}
			c.object(schema.Value, goType)
		})
	}
}

// marshalledTypes are the exported structs of shared/api that have JSON names.
func marshalledTypes(t *testing.T) []string {
	var names []string
	for _, file := range parsed(t)["shared/api"].files {
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok || spec.TypeParams != nil {
				return true
			}
			s, ok := spec.Type.(*ast.StructType)
			if ok && spec.Name.IsExported() && s.Fields.NumFields() > 0 && s.Fields.List[0].Tag != nil && strings.Contains(s.Fields.List[0].Tag.Value, "json:") {
				names = append(names, spec.Name.Name)
			}
			return true
		})
	}
	return names
}

// comparison is one schema held to one type.
type comparison struct {
	t           *testing.T
	at          string
	read, shown bool // whether requests and answers have it
}

func (c comparison) object(schema *openapi3.Schema, goType reflect.Type) {
	var names, always []string
	for i := range goType.NumField() {
		f := goType.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		names = append(names, name)
		if options != "omitempty" {
			always = append(always, name)
		}
		property := schema.Properties[name]
		if property == nil {
			continue // equal tells it
		}
		field := c
		field.at += ".properties." + name
		field.value(property, f.Type, f.Tag)
		if c.read && f.Type.Kind() == reflect.Pointer && slices.Contains(schema.Required, name) {
			c.t.Errorf("%s may be left out (%s.%s is a pointer). Take it out of required.", field.at, goType.Name(), f.Name)
		}
	}
	equal(c.t, c.at+".properties", slices.Collect(maps.Keys(schema.Properties)), names)
	if c.shown {
		equal(c.t, c.at+".required", schema.Required, always)
	}
	if closed := schema.AdditionalProperties.Has != nil && !*schema.AdditionalProperties.Has; closed != c.read {
		c.t.Errorf("%s: additionalProperties false: %v; requests are read strictly, answers may grow", c.at, closed)
	}
}

func (c comparison) value(ref *openapi3.SchemaRef, goType reflect.Type, tag reflect.StructTag) {
	for ref.Ref == "" && len(ref.Value.AllOf) == 1 { // a reference with a description of its own
		ref = ref.Value.AllOf[0]
	}
	want := map[reflect.Kind]string{
		reflect.String: "string", reflect.Bool: "boolean", reflect.Int: "integer", reflect.Int64: "integer", reflect.Slice: "array", reflect.Map: "object", reflect.Struct: "object",
	}
	if goType.Kind() == reflect.Pointer {
		goType = goType.Elem()
	}
	if !ref.Value.Type.Is(want[goType.Kind()]) {
		c.t.Errorf("%s has type %v; the Go field is a %s", c.at, ref.Value.Type.Slice(), goType)
		return
	}
	switch goType.Kind() {
	case reflect.Struct:
		if want := "#/components/schemas/" + schemaName(goType); ref.Ref != want {
			c.t.Errorf("%s refers to %q; the Go field is a %s. Write $ref: %q.", c.at, ref.Ref, goType, want)
		}
	case reflect.Slice:
		if c.read && !c.shown && (ref.Value.MaxItems == nil || *ref.Value.MaxItems > 1000) {
			c.t.Errorf("%s: say maxItems; no list has more than 1000", c.at)
		}
		c.at += ".items"
		c.value(ref.Value.Items, goType.Elem(), tag)
	case reflect.String:
		if c.read {
			c.limit(ref.Value, tag)
		}
	}
}

// limit holds a text to the length that the strict reader allows: 200 characters unless the field's tag says otherwise. A
// closed list and a pattern of fixed length are shorter.
func (c comparison) limit(schema *openapi3.Schema, tag reflect.StructTag) {
	limit := uint64(200)
	if n, err := strconv.ParseUint(tag.Get("max"), 10, 64); err == nil {
		limit = n
	}
	fixed := schema.Pattern != "" && !strings.ContainsAny(strings.TrimSuffix(schema.Pattern, "$"), "*+")
	switch {
	case schema.MaxLength != nil && *schema.MaxLength != limit:
		c.t.Errorf("%s.maxLength is %d; the Go field takes %d characters", c.at, *schema.MaxLength, limit)
	case schema.MaxLength == nil && len(schema.Enum) == 0 && !fixed:
		c.t.Errorf("%s: say maxLength: %d", c.at, limit)
	}
}

// TestContractLists holds the closed lists and the numbers of the contract to where they are decided.
func TestContractLists(t *testing.T) {
	doc, book := loadContract(t), policy.Editions().Current()
	staff := party.Staff()
	actions := slices.Concat(
		offered(jobs.Lifecycle, append(staff, party.Client)...), offered(jobs.InvitationLifecycle, append(staff, party.Pro)...), offered(jobs.AssignmentLifecycle, party.Roles()...),
	)
	var kinds, facts, categories []string
	for _, table := range jobs.Lifecycles() {
		for _, d := range table.Kinds() {
			kinds = append(kinds, d.Kind)
		}
	}
	for _, f := range jobs.Facts() {
		facts = append(facts, f.FactName())
	}
	for _, c := range book.Categories {
		categories = append(categories, c.Name)
	}
	types := words(jobs.Speedy, jobs.Contest, jobs.Booking)
	releases := words(policy.AfterHold, policy.OnClientApproval)
	for at, want := range map[string][]string{
		"Category": categories, "Action.action": actions, "Deadline.kind": kinds, "Fact.fact": facts, "Money.currency": currencies(),
		"ProjectBody.type": types, "ProjectView.type": types, "ProjectSummary.type": types, "InvitationView.type": types,
		"ProjectView.state": words(jobs.Lifecycle.States()...), "ProjectSummary.state": words(jobs.Lifecycle.States()...),
		"InvitationView.state": words(jobs.InvitationLifecycle.States()...), "InvitationLine.state": words(jobs.InvitationLifecycle.States()...),
		"AssignmentView.state": words(jobs.AssignmentLifecycle.States()...), "DeliveryView.state": words(jobs.AssignmentLifecycle.States()...),
		"RewardView.state": words(ledger.RewardLifecycle.States()...), "RewardView.rule": releases, "TermsView.release": releases,
		"ProfileBody.roles": words(party.Roles()...), "ProfileView.roles": words(party.Roles()...), "Entry.role": words(append(party.Roles(), lifecycle.Timer)...),
		"ProfileBody.language": party.Languages(), "ProfileView.language": party.Languages(),
	} {
		t.Run(at+" lists what the code knows", func(t *testing.T) {
			schema := doc.property(t, at)
			if schema.Type.Is("array") {
				schema = schema.Items.Value
			}
			equal(t, "components.schemas."+at+".enum", texts(schema.Enum), want)
		})
	}
	for at, want := range map[string]int{"InviteBody.invitations": book.InvitationsPerCall, "SubmitBody.uploads": book.FilesPerVersion, "UploadBody.sha256": int(book.FileSize / book.PartSize)} {
		t.Run(at+" has the policy's limit", func(t *testing.T) {
			if got := *doc.property(t, at).MaxItems; got != uint64(want) {
				t.Errorf("components.schemas.%s.maxItems is %d; policy says %d", at, got, want)
			}
		})
	}
	for at, want := range map[string]int64{"ProjectBody.seats": int64(book.SeatsPerProject), "UploadBody.size": book.FileSize} {
		t.Run(at+" has the policy's limit", func(t *testing.T) {
			if got := *doc.property(t, at).Max; got != float64(want) {
				t.Errorf("components.schemas.%s.maximum is %.0f; policy says %d", at, got, want)
			}
		})
	}
}

// property is a schema by its name, or one of its properties.
func (c contract) property(t *testing.T, at string) *openapi3.Schema {
	t.Helper()
	name, property, nested := strings.Cut(at, ".")
	schema := c.Components.Schemas[name]
	if schema != nil && nested {
		schema = schema.Value.Properties[property]
	}
	if schema == nil {
		t.Fatalf("components.schemas has no %s", at)
	}
	return schema.Value
}

// offered are the actions that roles are ever told about.
func offered(table lifecycle.Table, roles ...lifecycle.Role) []string {
	var names []string
	for _, o := range table.Offers(table.Initial, roles...) {
		names = append(names, string(o.Action))
	}
	return names
}

// currencies are those in which the ledger reads some amount.
func currencies() []string {
	var found []string
	for n := range 26 * 26 * 26 {
		code := string([]byte{'A' + byte(n/676), 'A' + byte(n/26%26), 'A' + byte(n%26)})
		for _, amount := range []string{"1", "1.00", "1.000"} {
			if _, err := ledger.Parse(amount, code); err == nil {
				found = append(found, code)
			}
		}
	}
	return found
}

// TestContractExamples gives every example of a request to the strict reader, whose idea of it counts.
func TestContractExamples(t *testing.T) {
	doc := loadContract(t)
	for _, request := range requests {
		goType := reflect.TypeOf(request)
		t.Run(goType.Name()+"'s example is read as it stands", func(t *testing.T) {
			example := doc.Components.Schemas[goType.Name()].Value.Example
			body, err := json.Marshal(example)
			if err != nil || example == nil {
				t.Fatalf("components.schemas.%s needs an example: %v", goType.Name(), err)
			}
			edge := handler.Edge{
				Log: slog.New(slog.DiscardHandler), Now: func(context.Context) (time.Time, error) { return time.Time{}, nil },
				Actor: func(context.Context, string) (party.Actor, error) { return party.Actor{ID: "ana"}, nil },
			}
			r := handler.Request{RouteKey: "POST /x", RawPath: "/x", Headers: map[string]string{"content-type": "application/json"}, Body: string(body)}
			r.RequestContext.Authorizer.Lambda.Subject = "ana"
			resp, err := handler.HTTP(edge, handler.Endpoint{Route: "POST /x", Body: true, Handle: func(_ context.Context, c *handler.Call) (store.Reply, error) {
				return store.Reply{Status: 204}, c.Read(reflect.New(goType).Interface())
			}})(t.Context(), r)
			if err != nil || resp.StatusCode != 204 {
				t.Errorf("correct components.schemas.%s.example: %v %s", goType.Name(), err, resp.Body)
			}
		})
	}
}

// everyAnswer are the headers that the contract promises once, in its introduction.
var everyAnswer = []string{"content-type", "cache-control", "x-content-type-options"}

// keeps checks an answer to an HTTP event: status, headers and body are what the contract promises, and a request that
// was done is one that the contract describes. Pages and other events have no contract.
func (c contract) keeps(t *testing.T, payload []byte, answer any) {
	t.Helper()
	var event struct{ RouteKey, RawPath, Body string }
	readJSON(t, payload, &event)
	response, _ := answer.(map[string]any)
	status, isHTTP := response["statusCode"].(float64)
	if !isHTTP || !isContract(event.RawPath) {
		return
	}
	op := c.operation(event.RouteKey)
	promised := c.unmatched()
	if op != nil {
		promised = op.Responses
	}
	p := promised.Status(int(status))
	if p == nil {
		t.Fatalf("%s answered %.0f; add the response to infra/openapi.yaml", event.RouteKey, status)
	}
	headers := response["headers"].(map[string]any)
	for name := range headers {
		documented := slices.ContainsFunc(slices.Collect(maps.Keys(p.Value.Headers)), func(d string) bool { return strings.EqualFold(d, name) })
		if !documented && !slices.Contains(everyAnswer, name) {
			t.Errorf("%s, response %.0f has the header %s; add it to infra/openapi.yaml", event.RouteKey, status, name)
		}
	}
	media := p.Value.Content[headers["content-type"].(string)]
	if media == nil {
		t.Fatalf("%s, response %.0f is %s; add it to infra/openapi.yaml", event.RouteKey, status, headers["content-type"])
	}
	if err := media.Schema.Value.VisitJSON(response["body"], openapi3.MultiErrors()); err != nil {
		t.Errorf("%s, response %.0f is not as infra/openapi.yaml says: %v", event.RouteKey, status, err)
	}
	if op != nil && op.RequestBody != nil && status < 300 {
		var body any
		readJSON(t, []byte(event.Body), &body)
		if err := op.RequestBody.Value.Content["application/json"].Schema.Value.VisitJSON(body, openapi3.MultiErrors()); err != nil {
			t.Errorf("%s did what infra/openapi.yaml does not describe: %v", event.RouteKey, err)
		}
	}
}

// unmatched are the answers to what no route matches.
func (c contract) unmatched() *openapi3.Responses {
	return openapi3.NewResponses(
		openapi3.WithStatus(404, c.Components.Responses["NotFound"]), openapi3.WithStatus(405, c.Components.Responses["MethodNotAllowed"]),
	)
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

func texts(values []any) []string {
	var out []string
	for _, v := range values {
		out = append(out, v.(string))
	}
	return out
}

func words[S ~string](values ...S) []string {
	var out []string
	for _, v := range values {
		out = append(out, string(v))
	}
	return out
}
