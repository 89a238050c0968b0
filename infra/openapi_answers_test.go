package infra_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

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
