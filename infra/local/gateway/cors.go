package gateway

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// CORS is the API's cross-origin policy. With it, the gateway answers preflights itself and owns all
// Access-Control headers.
type CORS struct {
	AllowOrigins     []string // exact origins, "*", "http://*" or "https://*"
	AllowMethods     []string
	AllowHeaders     []string
	ExposeHeaders    []string
	AllowCredentials bool
	MaxAge           time.Duration
}

func (c *CORS) validate() error {
	if c != nil && c.AllowCredentials && (slices.Contains(c.AllowOrigins, "*") || slices.Contains(c.AllowMethods, "*") || slices.Contains(c.AllowHeaders, "*")) {
		return errors.New("CORS: AllowCredentials does not go with *; name the origins, methods and headers")
	}
	return nil
}

func (c *CORS) isPreflight(r *http.Request) bool {
	return c != nil && r.Method == http.MethodOptions && r.Header.Get("Origin") != "" && r.Header.Get("Access-Control-Request-Method") != ""
}

func (c *CORS) allows(origin string) bool {
	for _, allowed := range c.AllowOrigins {
		scheme, wildcard := strings.CutSuffix(allowed, "*")
		if allowed == origin || wildcard && strings.HasPrefix(origin, scheme) {
			return true
		}
	}
	return false
}

// decorate replaces the function's own Access-Control headers by the policy's.
func (c *CORS) decorate(h http.Header, origin string, preflight bool) {
	for name := range h {
		if strings.HasPrefix(name, "Access-Control-") {
			delete(h, name)
		}
	}
	if origin == "" || !c.allows(origin) {
		return
	}
	set := func(name string, values []string) {
		if len(values) > 0 {
			h.Set(name, strings.Join(values, ","))
		}
	}
	if slices.Contains(c.AllowOrigins, "*") {
		origin = "*"
	} else {
		h.Add("Vary", "Origin")
	}
	h.Set("Access-Control-Allow-Origin", origin)
	if c.AllowCredentials {
		h.Set("Access-Control-Allow-Credentials", "true")
	}
	if !preflight {
		set("Access-Control-Expose-Headers", c.ExposeHeaders)
		return
	}
	set("Access-Control-Allow-Methods", c.AllowMethods)
	set("Access-Control-Allow-Headers", c.AllowHeaders)
	if c.MaxAge > 0 {
		h.Set("Access-Control-Max-Age", strconv.Itoa(int(c.MaxAge.Seconds())))
	}
}
