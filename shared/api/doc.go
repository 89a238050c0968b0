// Package api is the HTTP contract in Go: what requests say, what representations show to whom, and which endpoints each
// function serves. It decides nothing; the jobs do. infra/openapi.yaml is held equal to it by a test.
package api
