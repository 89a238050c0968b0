package gateway

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

const (
	defaultRoute = "$default"
	anyMethod    = "ANY"
)

var methods = []string{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}

var (
	staticSegment   = regexp.MustCompile(`^[^{}]+$`)
	variableSegment = regexp.MustCompile(`^\{([a-zA-Z0-9._:-]+)(\+?)\}$`)
)

// A kind orders segments: what is more specific comes first.
type kind int

const (
	static kind = iota
	variable
	greedy
)

type segment struct {
	kind kind
	text string // the text, or the variable's name
}

type route struct {
	Route
	key        string // "GET /v1/pets/{petId}"
	segments   []segment
	authorizer *authorizer // nil for an open route
}

func newRoute(r Route) (*route, error) {
	if r.Path == "" {
		return &route{Route: r, key: defaultRoute}, nil
	}
	built := &route{Route: r, key: r.Method + " " + r.Path}
	if r.Method != anyMethod && !slices.Contains(methods, r.Method) {
		return nil, fmt.Errorf("route %s: the method is none of ANY, %s", built.key, strings.Join(methods, ", "))
	}
	if !strings.HasPrefix(r.Path, "/") {
		return nil, fmt.Errorf("route %s: the path does not begin with /", built.key)
	}
	if r.Path == "/" {
		return built, nil
	}
	parts := strings.Split(r.Path[1:], "/")
	for i, part := range parts {
		s, err := parseSegment(part)
		if err != nil {
			return nil, fmt.Errorf("route %s: %w", built.key, err)
		}
		if s.kind == greedy && i != len(parts)-1 {
			return nil, fmt.Errorf("route %s: {%s+} is not the last segment", built.key, s.text)
		}
		built.segments = append(built.segments, s)
	}
	return built, nil
}

func parseSegment(part string) (segment, error) {
	if staticSegment.MatchString(part) {
		return segment{static, part}, nil
	}
	m := variableSegment.FindStringSubmatch(part)
	switch {
	case m == nil:
		return segment{}, fmt.Errorf("segment %q is neither text nor {name} nor {name+}", part)
	case m[2] == "+":
		return segment{greedy, m[1]}, nil
	}
	return segment{variable, m[1]}, nil
}

// match finds the most specific route for the method and the decoded path, and the values of its variables. A route
// for the method goes before one for ANY of the same path, and $default comes last.
func match(routes []*route, method, path string) (best *route, parameters map[string]string) {
	for _, r := range routes {
		if p, ok := r.match(method, path); ok && (best == nil || r.before(best)) {
			best, parameters = r, p
		}
	}
	return best, parameters
}

func (r *route) match(method, path string) (map[string]string, bool) {
	if r.key == defaultRoute {
		return nil, true
	}
	if r.Method != method && (r.Method != anyMethod || !slices.Contains(methods, method)) || !strings.HasPrefix(path, "/") {
		return nil, false
	}
	var parameters map[string]string
	rest, more := path[1:], path != "/"
	for _, s := range r.segments {
		if !more {
			return nil, false
		}
		part := rest
		if s.kind == greedy {
			more = false
		} else {
			part, rest, more = strings.Cut(rest, "/")
		}
		if part == "" || s.kind == static && part != s.text {
			return nil, false
		}
		if s.kind != static {
			if parameters == nil {
				parameters = map[string]string{}
			}
			parameters[s.text] = part
		}
	}
	return parameters, !more
}

// before tells whether r is more specific than other, both matching the same request.
func (r *route) before(other *route) bool {
	if r.key == defaultRoute || other.key == defaultRoute {
		return other.key == defaultRoute
	}
	order := slices.CompareFunc(r.segments, other.segments, func(a, b segment) int { return int(a.kind - b.kind) })
	if order != 0 {
		return order < 0
	}
	return other.Method == anyMethod
}
