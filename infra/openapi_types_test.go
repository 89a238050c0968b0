package infra_test

import (
	"context"
	"encoding/json"
	"go/ast"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/callsheet/callsheet/shared/api"
	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/store"
)

// roots are the types that requests are read into and answers are made of; what they contain is found from them.
var (
	requests = []any{
		api.ProjectBody{}, api.CancelBody{}, api.LeaveBody{}, api.ExtendBody{}, api.PickBody{}, api.InviteBody{}, api.ProofreadingBody{}, api.AcceptBody{}, api.UploadBody{}, api.CompleteBody{}, api.SubmitBody{}, api.RevisionBody{}, api.ProfileBody{},
		api.ChangesBody{}, api.QuestionBody{}, api.ClarifyBody{}, api.ReasonBody{}, api.QuoteBody{}, api.SeenBody{}, api.FeeBody{}, api.NoteBody{}, api.AgentBody{},
		api.AccreditBody{}, api.WhyBody{}, api.RefusalBody{}, api.AdjustmentBody{},
		api.MessageBody{}, api.ReadBody{},
		api.FlagBody{}, api.FlagCommentBody{}, api.ReopenBody{}, api.ClientAnswerBody{}, api.HandOverBody{}, api.TextBody{}, api.FlagWhyBody{}, api.ClientQuestionBody{}, api.ResolveBody{}, api.LegacyLinkBody{},
	}
	answers = []any{
		api.ProjectView{}, api.List[api.ProjectSummary]{}, api.RoundView{}, api.List[api.RoundView]{}, api.InvitationView{}, api.AssignmentView{}, api.UploadView{},
		api.FileView{}, api.List[api.FileView]{}, api.List[api.QueueRow]{}, api.List[api.InvitationSummary]{}, api.List[api.AssignmentSummary]{}, api.List[api.ScreeningRow]{}, api.List[api.DueRow]{}, api.DeliveryView{}, api.ComparisonView{}, api.ProofreadingView{}, api.SourceView{}, api.RewardView{}, api.StandingView{}, api.StatementView{}, api.ProfileView{},
		api.AdjustmentView{}, api.List[api.AdjustmentView]{}, api.MovementsView{}, api.BookView{},
		api.WhatIfView{}, api.StrayView{}, api.List[api.StrayView]{},
		api.ThreadView{}, api.List[api.ThreadView]{}, api.MessageView{}, api.MessagesView{},
		api.FlagView{}, api.List[api.FlagSummary]{}, api.List[api.ReasonView]{}, api.ClientQuestionView{}, api.List[api.ClientQuestionView]{}, api.List[api.MaterialView]{}, api.List[api.FigureView]{}, api.LegacyLinkView{},
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
