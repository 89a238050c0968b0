package lambdaenv

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	_ "embed"
	"errors"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Amazon's own roots. Reading the system bundle costs a cold start more than everything else that we do.
//
//go:embed roots.pem
var amazonRoots []byte

// AWS is the configuration of one service's client, built by hand: the config package would link three more services and
// their endpoint tables. The standard variable AWS_ENDPOINT_URL_<SERVICE> points it at a local cloud.
func (e *Env) AWS(service string) aws.Config {
	cfg := aws.Config{Region: e.Need("AWS_REGION"), Credentials: environment{}, HTTPClient: e.client}
	if url := e.Endpoint(service); url != "" {
		cfg.BaseEndpoint = aws.String(url)
	}
	return cfg
}

// Endpoint is where a service answers instead of AWS; empty in the cloud.
func (e *Env) Endpoint(service string) string { return os.Getenv("AWS_ENDPOINT_URL_" + service) }

// Client is the HTTP client that trusts Amazon's roots.
func (e *Env) Client() *http.Client { return e.client }

// Issuers is an HTTP client that trusts the system's roots: a token issuer may be anybody's.
func (e *Env) Issuers() *http.Client { return &http.Client{Timeout: 5 * time.Second} }

// environment reads the role's credentials, which Lambda keeps in these variables.
type environment struct{}

func (environment) Retrieve(context.Context) (aws.Credentials, error) {
	c := aws.Credentials{AccessKeyID: os.Getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY"), SessionToken: os.Getenv("AWS_SESSION_TOKEN"), Source: "environment"}
	if !c.HasKeys() {
		return c, errors.New("no AWS credentials in the environment")
	}
	return c, nil
}

// transport trusts Amazon's roots only, unless TRUST_SYSTEM_ROOTS says otherwise: the way out should Amazon ever change
// its authorities (docs/runbook).
func transport() http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 16
	if strings.EqualFold(os.Getenv("TRUST_SYSTEM_ROOTS"), "true") {
		return t
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(amazonRoots)
	t.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	return t
}
