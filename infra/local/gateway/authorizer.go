package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

const (
	maxCacheTTL       = time.Hour
	authorizerTimeout = 10 * time.Second
)

// Authorizer is a Lambda REQUEST authorizer, payload format 2.0 with simple responses.
type Authorizer struct {
	Function        string
	IdentitySources []string      // "$request.header.Authorization", "$request.querystring.key", "$context.routeKey"
	CacheTTL        time.Duration // of virtual time; 0 for no cache
}

// A source reads one identity source from an event; "" means that it is missing.
type source func(*event) string

type authorizer struct {
	Authorizer
	sources []source

	mu    sync.Mutex
	cache map[string]decision
}

type decision struct {
	allowed bool
	context json.RawMessage
	expires time.Time
}

func newAuthorizer(a Authorizer) (*authorizer, error) {
	if a.CacheTTL < 0 || a.CacheTTL > maxCacheTTL {
		return nil, fmt.Errorf("cache time %s is not between 0 and 1 hour", a.CacheTTL)
	}
	if a.CacheTTL > 0 && len(a.IdentitySources) == 0 {
		return nil, errors.New("a cache needs an identity source")
	}
	built := &authorizer{Authorizer: a, cache: map[string]decision{}}
	for _, text := range a.IdentitySources {
		s, err := parseSource(text)
		if err != nil {
			return nil, err
		}
		built.sources = append(built.sources, s)
	}
	return built, nil
}

func parseSource(text string) (source, error) {
	if name, ok := strings.CutPrefix(text, "$request.header."); ok && name != "" {
		name = strings.ToLower(name)
		return func(e *event) string { return e.Headers[name] }, nil
	}
	if name, ok := strings.CutPrefix(text, "$request.querystring."); ok && name != "" {
		return func(e *event) string { return e.Query[name] }, nil
	}
	if text == "$context.routeKey" {
		return func(e *event) string { return e.RouteKey }, nil
	}
	return nil, fmt.Errorf("identity source %s is not supported; use $request.header.NAME, $request.querystring.NAME or $context.routeKey", text)
}

// authorizerEvent is the request as an authorizer sees it.
type authorizerEvent struct {
	*event
	Type            string    `json:"type"`
	RouteARN        string    `json:"routeArn"`
	IdentitySource  []string  `json:"identitySource"`
	IsBase64Encoded *struct{} `json:"isBase64Encoded,omitempty"` // hides the event's: there is no body
}

// authorize asks the route's authorizer and adds its context to the event. When it returns false, it has answered.
func (g *Gateway) authorize(a *answer, r *http.Request, route *route, e *event) bool {
	if route.authorizer == nil {
		return true
	}
	identity, complete := route.authorizer.identity(e)
	if !complete {
		a.message(http.StatusUnauthorized, "Unauthorized")
		return false
	}
	d, err := g.decide(r, route, e, identity)
	if err != nil {
		g.fail(a, fmt.Errorf("%s: authorizer %s: %w", route.key, route.authorizer.Function, err))
		return false
	}
	if !d.allowed {
		a.message(http.StatusForbidden, "Forbidden")
		return false
	}
	e.RequestContext.Authorizer = &authorizerContext{Lambda: d.context}
	return true
}

func (a *authorizer) identity(e *event) (values []string, complete bool) {
	for _, read := range a.sources {
		value := read(e)
		if value == "" {
			return nil, false
		}
		values = append(values, value)
	}
	return values, true
}

// decide takes the cached decision for this identity or a new one.
func (g *Gateway) decide(r *http.Request, route *route, e *event, identity []string) (decision, error) {
	a, now := route.authorizer, g.config.Now()
	key := fmt.Sprintf("%q", identity) // quoted, so that no two identities share a key
	if d, ok := a.cached(key, now); ok {
		return d, nil
	}
	ctx, cancel := context.WithTimeout(r.Context(), authorizerTimeout)
	defer cancel()
	payload, err := g.invoke(ctx, a.Function, authorizerEvent{
		event:          e,
		Type:           "REQUEST",
		RouteARN:       g.routeARN(r.Method, route),
		IdentitySource: identity,
	})
	if err != nil {
		return decision{}, err
	}
	d, err := parseDecision(payload)
	if err == nil && a.CacheTTL > 0 {
		d.expires = now.Add(a.CacheTTL)
		a.keep(key, d, now)
	}
	return d, err
}

func (g *Gateway) routeARN(method string, route *route) string {
	arn := "arn:aws:execute-api:" + g.config.API.Region + ":" + g.config.API.AccountID + ":" + g.config.API.ID + "/" + defaultRoute
	if route.key == defaultRoute {
		return arn + "/" + defaultRoute
	}
	return arn + "/" + method + route.Path
}

func parseDecision(payload []byte) (decision, error) {
	var simple struct {
		IsAuthorized *bool           `json:"isAuthorized"`
		Context      json.RawMessage `json:"context"`
	}
	if err := json.Unmarshal(payload, &simple); err != nil {
		return decision{}, fmt.Errorf("the answer is not a simple response: %w", err)
	}
	if simple.IsAuthorized == nil {
		return decision{}, errors.New(`the answer has no boolean "isAuthorized"`)
	}
	if c := bytes.TrimSpace(simple.Context); len(c) > 0 && c[0] != '{' && string(c) != "null" {
		return decision{}, errors.New(`the answer's "context" is not an object`)
	}
	return decision{allowed: *simple.IsAuthorized, context: simple.Context}, nil
}

// cached is the decision for key while now is before its expiry.
func (a *authorizer) cached(key string, now time.Time) (decision, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	d, ok := a.cache[key]
	return d, ok && now.Before(d.expires)
}

// keep caches a decision and drops the expired ones.
func (a *authorizer) keep(key string, d decision, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for k, old := range a.cache {
		if !now.Before(old.expires) {
			delete(a.cache, k)
		}
	}
	a.cache[key] = d
}
