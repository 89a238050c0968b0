// Package gateway is an API Gateway HTTP API on the $default stage: routes, payload format 2.0, Lambda authorizers with
// simple responses, CORS and the service's own limits and error answers. It does not throttle, log access, validate
// bodies, or speak format 1.0, JWT or IAM authorization.
package gateway
