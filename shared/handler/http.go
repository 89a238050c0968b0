package handler

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

// Request is what we use of an API Gateway HTTP API event, payload 2.0.
type Request struct {
	RouteKey        string            `json:"routeKey"`
	RawPath         string            `json:"rawPath"`
	RawQueryString  string            `json:"rawQueryString"`
	Headers         map[string]string `json:"headers"`
	PathParameters  map[string]string `json:"pathParameters"`
	Body            string            `json:"body"`
	IsBase64Encoded bool              `json:"isBase64Encoded"`
	RequestContext  struct {
		HTTP struct {
			Method string `json:"method"`
		} `json:"http"`
		Authorizer struct {
			Lambda struct {
				Subject string `json:"subject"`
			} `json:"lambda"`
		} `json:"authorizer"`
	} `json:"requestContext"`
}

// Response is the answer to an HTTP API.
type Response struct {
	StatusCode int               `json:"statusCode"`
	Headers    map[string]string `json:"headers,omitempty"`
	Body       string            `json:"body,omitempty"`
}

// Endpoint is one route of the HTTP contract.
type Endpoint struct {
	Route string // "POST /v1/projects", as in the template
	// Once: creates something or moves money, so it needs an Idempotency-Key.
	Once bool
	// Edit: changes what the caller has read, so it needs If-Match.
	Edit bool
	// Body: reads a JSON object.
	Body   bool
	Handle func(ctx context.Context, c *Call) (store.Reply, error)
}

// Call is one authenticated request on its way through an endpoint.
type Call struct {
	Actor   party.Actor
	Now     time.Time
	Trace   string
	Path    map[string]string
	Query   url.Values
	IfMatch int
	Once    store.Once
	body    []byte
}

// Edge is what every HTTP function needs from outside.
type Edge struct {
	// Actor finds who a verified subject is now. Roles come from the directory, never from the token, so a demoted agent
	// is one at once.
	Actor func(ctx context.Context, subject string) (party.Actor, error)
	Now   func(ctx context.Context) (time.Time, error)
	Log   *slog.Logger
	Keep  time.Duration // of idempotency records
	// Margin is kept back from the function's timeout, so that the caller gets an answer and not a cut line (F3).
	Margin time.Duration
}

// HTTP serves the endpoints of one function.
func HTTP(edge Edge, endpoints ...Endpoint) func(context.Context, Request) (Response, error) {
	routes := map[string]Endpoint{}
	for _, e := range endpoints {
		routes[e.Route] = e
	}
	return func(ctx context.Context, r Request) (Response, error) {
		id := requestID(ctx)
		refused := func(err error) Response { return refusal(err, r.RawPath, id) }
		return edge.guard(ctx, r, refused, func(ctx context.Context) Response {
			reply, err := edge.serve(ctx, routes, r, id)
			var before *store.Answered
			if errors.As(err, &before) {
				resp := answer(before.Reply, id)
				resp.Headers["idempotency-replayed"] = "true"
				return resp
			}
			if err != nil {
				edge.log(ctx, r, err)
				return refused(err)
			}
			return answer(reply, id)
		}), nil
	}
}

// guard keeps back the margin, and turns a panic into an answer.
func (edge Edge) guard(ctx context.Context, r Request, refused func(error) Response, serve func(context.Context) Response) (resp Response) {
	defer func() {
		if p := recover(); p != nil {
			edge.Log.ErrorContext(ctx, "panic", "route", r.RouteKey, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			resp = refused(fmt.Errorf("panic: %v", p))
		}
	}()
	if deadline, ok := ctx.Deadline(); ok && edge.Margin > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-edge.Margin))
		defer cancel()
	}
	return serve(ctx)
}

func (edge Edge) serve(ctx context.Context, routes map[string]Endpoint, r Request, id string) (store.Reply, error) {
	endpoint, ok := routes[r.RouteKey]
	if !ok {
		return store.Reply{}, problem.New(problem.CodeNotFound, "There is nothing at this path.")
	}
	subject := r.RequestContext.Authorizer.Lambda.Subject
	if subject == "" {
		return store.Reply{}, problem.New(problem.CodeUnauthenticated, "The access token is missing, malformed, expired or not for us.")
	}
	now, err := edge.Now(ctx)
	if err != nil {
		return store.Reply{}, problem.New(problem.CodeUnavailable, "The clock did not answer.").Because(err)
	}
	call := &Call{Now: now, Trace: id, Path: r.PathParameters}
	if call.Query, err = query(r.RawQueryString); err != nil {
		return store.Reply{}, err
	}
	if endpoint.Body {
		if call.body, err = body(r, "application/json", maxBody); err != nil {
			return store.Reply{}, err
		}
	}
	if call.Actor, err = edge.Actor(ctx, subject); err != nil {
		return store.Reply{}, err
	}
	if endpoint.Once {
		if call.Once, err = once(r, subject, edge.Keep); err != nil {
			return store.Reply{}, err
		}
	}
	if endpoint.Edit {
		if call.IfMatch, err = ifMatch(r); err != nil {
			return store.Reply{}, err
		}
	}
	return endpoint.Handle(ctx, call)
}

func (edge Edge) log(ctx context.Context, r Request, err error) {
	p := problem.As(err)
	level := slog.LevelInfo
	switch p.Kind() {
	case problem.Internal:
		level = slog.LevelError
	case problem.Unavailable, problem.RateLimited:
		level = slog.LevelWarn
	}
	attrs := []any{"route", r.RouteKey, "code", string(p.Code)}
	if p.Cause != nil {
		attrs = append(attrs, "cause", p.Cause.Error())
	}
	edge.Log.Log(ctx, level, "refused", attrs...)
}

func answer(reply store.Reply, id string) Response {
	r := Response{StatusCode: reply.Status, Body: string(reply.Body), Headers: map[string]string{
		"content-type": "application/json", "cache-control": "no-store", "x-content-type-options": "nosniff", "request-id": id,
	}}
	if reply.Type != "" {
		r.Headers["content-type"] = reply.Type
	}
	if reply.File != "" {
		r.Headers["content-disposition"] = `attachment; filename="` + reply.File + `"`
	}
	if reply.ETag != "" {
		r.Headers["etag"] = reply.ETag
	}
	if reply.Location != "" {
		r.Headers["location"] = reply.Location
	}
	return r
}

// requestID is Lambda's own, which is unique locally too.
func requestID(ctx context.Context) string {
	if lc, ok := lambdacontext.FromContext(ctx); ok {
		return lc.AwsRequestID
	}
	return ""
}

// header finds a header without regard to case: gateways differ.
func (r Request) header(name string) string {
	for k, v := range r.Headers {
		if strings.EqualFold(k, name) {
			return v
		}
	}
	return ""
}

// query refuses a parameter that is given twice, which the gateway would join into one value.
func query(raw string) (url.Values, error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, problem.New(problem.CodeValidation, "The query string is malformed.")
	}
	var wrong problem.Fields
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if len(values[name]) > 1 {
			wrong.Add(name, "This query parameter is given more than once.")
		}
	}
	return values, wrong.Err()
}

// maxBody is the largest JSON body in bytes.
const maxBody = 256 << 10

// body reads a body of one media type, in UTF-8, up to a limit. API Gateway sends what is no text in base64, forms included.
func body(r Request, media string, limit int) ([]byte, error) {
	given, params, _ := strings.Cut(r.header("content-type"), ";")
	charset := strings.ToLower(strings.TrimSpace(params))
	if !strings.EqualFold(strings.TrimSpace(given), media) || (charset != "" && charset != "charset=utf-8") {
		return nil, problem.New(problem.CodeUnsupportedMedia, "Send the body as %s in UTF-8.", media)
	}
	if e := r.header("content-encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return nil, problem.New(problem.CodeUnsupportedMedia, "Bodies are read without content encoding.")
	}
	if len(r.Body) > limit*4/3+4 {
		return nil, problem.New(problem.CodePayloadTooLarge, "The body has more than %d bytes.", limit)
	}
	b := []byte(r.Body)
	if r.IsBase64Encoded {
		var err error
		if b, err = base64.StdEncoding.DecodeString(r.Body); err != nil {
			return nil, problem.New(problem.CodeMalformedJSON, "The body is not valid base64.")
		}
	}
	if len(b) > limit {
		return nil, problem.New(problem.CodePayloadTooLarge, "The body has more than %d bytes.", limit)
	}
	return b, nil
}
