package gateway

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/callsheet/callsheet/infra/local/lambda"
)

const (
	maxBody            = 10 << 20 // bytes
	maxHeaders         = 10_240   // bytes of the request line and all headers
	integrationTimeout = 30 * time.Second
)

// Invoker runs a function by name. *lambda.Platform is one.
type Invoker interface {
	Invoke(ctx context.Context, function string, payload []byte) (lambda.Result, error)
}

// API describes an HTTP API.
type API struct {
	ID          string
	AccountID   string
	Region      string
	Routes      []Route
	Authorizers map[string]Authorizer
	CORS        *CORS // nil without CORS
}

// Route sends requests to a function. Path is "" for the $default route, whose Method is not looked at.
type Route struct {
	Method     string // ANY for every method
	Path       string // "/v1/pets/{petId}" or "/files/{path+}"
	Function   string
	Authorizer string        // "" for an open route
	Timeout    time.Duration // of the integration; 0 means 30 seconds
}

// Config is what the gateway needs around it. Now is the virtual clock's; Report hears why an answer was a 500, and may
// be nil.
type Config struct {
	API       API
	Functions Invoker
	Now       func() time.Time
	Report    func(error)
}

// Gateway is the http.Handler of one API.
type Gateway struct {
	config      Config
	routes      []*route
	authorizers map[string]*authorizer
	counters    *counters
}

// New checks the API as the service does when it is created.
func New(config Config) (*Gateway, error) {
	g := &Gateway{config: config, authorizers: map[string]*authorizer{}, counters: newCounters()}
	for name, a := range config.API.Authorizers {
		built, err := newAuthorizer(a)
		if err != nil {
			return nil, fmt.Errorf("authorizer %s: %w", name, err)
		}
		g.authorizers[name] = built
	}
	for _, r := range config.API.Routes {
		if err := g.add(r); err != nil {
			return nil, err
		}
	}
	if err := config.API.CORS.validate(); err != nil {
		return nil, err
	}
	return g, nil
}

func (g *Gateway) add(r Route) error {
	built, err := newRoute(r)
	if err != nil {
		return err
	}
	if r.Timeout < 0 || r.Timeout > integrationTimeout {
		return fmt.Errorf("route %s: timeout %s is not between 0 and 30 seconds", built.key, r.Timeout)
	}
	built.Timeout = cmp.Or(r.Timeout, integrationTimeout)
	if r.Authorizer != "" {
		built.authorizer = g.authorizers[r.Authorizer]
		if built.authorizer == nil {
			return fmt.Errorf("route %s: no authorizer is named %s", built.key, r.Authorizer)
		}
	}
	for _, other := range g.routes {
		if other.key == built.key {
			return fmt.Errorf("route %s is declared twice", built.key)
		}
	}
	g.routes = append(g.routes, built)
	return nil
}

// Stats is a snapshot of the counters, by route key.
func (g *Gateway) Stats() map[string]RouteStats { return g.counters.snapshot() }

// ServeHTTP answers one request as the service would.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	a := &answer{w: w, cors: g.config.API.CORS, origin: r.Header.Get("Origin"), requestID: newRequestID()}
	key := g.serve(a, r)
	g.counters.record(key, a.status, time.Since(began))
}

// serve answers the request and tells the key of the route that took it, or "" when none did.
func (g *Gateway) serve(a *answer, r *http.Request) (key string) {
	if headerSize(r) > maxHeaders {
		a.message(http.StatusRequestHeaderFieldsTooLarge, "Request Header Fields Too Large")
		return ""
	}
	if g.config.API.CORS.isPreflight(r) {
		a.preflight()
		return ""
	}
	route, parameters := match(g.routes, r.Method, r.URL.Path)
	if route == nil {
		a.message(http.StatusNotFound, "Not Found")
		return ""
	}
	body, err := io.ReadAll(http.MaxBytesReader(a.w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		a.message(http.StatusRequestEntityTooLarge, "Request Entity Too Large")
		return route.key
	}
	if err != nil {
		a.message(http.StatusBadRequest, "Bad Request")
		return route.key
	}
	e := g.newEvent(r, route, parameters, a.requestID)
	if !g.authorize(a, r, route, e) {
		return route.key
	}
	e.setBody(r, body)
	g.integrate(a, r.Context(), route, e)
	return route.key
}

// integrate invokes the route's function and turns what it says into the answer.
func (g *Gateway) integrate(a *answer, ctx context.Context, route *route, e *event) {
	ctx, cancel := context.WithTimeout(ctx, route.Timeout)
	defer cancel()
	payload, err := g.invoke(ctx, route.Function, e)
	var refused *lambda.Error
	switch {
	case errors.As(err, &refused) && refused.Status == http.StatusRequestEntityTooLarge:
		a.message(http.StatusRequestEntityTooLarge, "Request Entity Too Large")
		return
	case err != nil && ctx.Err() != nil:
		a.message(http.StatusServiceUnavailable, "Service Unavailable")
		return
	}
	var response *response
	if err == nil {
		response, err = parseResponse(payload)
	}
	if err != nil {
		g.fail(a, fmt.Errorf("%s: %s: %w", route.key, route.Function, err))
		return
	}
	a.respond(response)
}

// invoke runs a function on an event. An error of the function itself is an error here.
func (g *Gateway) invoke(ctx context.Context, function string, event any) ([]byte, error) {
	payload, err := json.Marshal(event)
	if err != nil {
		return nil, fmt.Errorf("event: %w", err)
	}
	result, err := g.config.Functions.Invoke(ctx, function, payload)
	if err != nil {
		return nil, err
	}
	if result.FunctionError != "" {
		return nil, fmt.Errorf("function error %s: %s", result.FunctionError, result.Payload)
	}
	return result.Payload, nil
}

func (g *Gateway) fail(a *answer, err error) {
	if g.config.Report != nil {
		g.config.Report(err)
	}
	a.message(http.StatusInternalServerError, "Internal Server Error")
}

// headerSize is the size of the request line and of all headers.
func headerSize(r *http.Request) int {
	size := len(r.Method) + len(r.RequestURI) + len(r.Proto) + len("Host") + len(r.Host)
	for name, values := range r.Header {
		for _, value := range values {
			size += len(name) + len(value)
		}
	}
	return size
}

// newRequestID looks like the service's: 11 random bytes in base64.
func newRequestID() string {
	var b [11]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.URLEncoding.EncodeToString(b[:])
}
