package local

import (
	"net/http"
	"strings"

	"github.com/callsheet/callsheet/infra/local/console"
)

// front is the first port: the API as the world sees it, and below /_local/ what only a laptop has.
func (c *Cloud) front() http.Handler {
	view := view{c}
	local := http.NewServeMux()
	local.Handle("/_local/oidc/", http.StripPrefix("/_local/oidc", c.Issuer))
	local.Handle("/_local/", console.New(console.Config{Inbox: view, Post: view, Records: view, Runtime: view, Clock: c.Clock}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/_local/") {
			local.ServeHTTP(w, r)
			return
		}
		c.Gateway.ServeHTTP(w, r)
	})
}

// services is the second port: what the AWS SDK finds at its endpoints, told apart as the protocols themselves do.
func (c *Cloud) services() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		target := r.Header.Get("X-Amz-Target")
		switch {
		case strings.HasPrefix(target, "DynamoDB_"):
			c.Database.ServeHTTP(w, r)
		case strings.HasPrefix(target, "AWSStepFunctions."):
			c.Machines.ServeHTTP(w, r)
		default:
			c.Mail.ServeHTTP(w, r)
		}
	})
}

// withLambda adds the Lambda API. Whoever reaches it invokes functions in anybody's name, so it stays on loopback.
func (c *Cloud) withLambda(services http.Handler) http.Handler {
	functions := c.Lambda.InvokeAPI()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/2015-03-31/") {
			functions.ServeHTTP(w, r)
			return
		}
		services.ServeHTTP(w, r)
	})
}
