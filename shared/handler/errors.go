package handler

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/callsheet/callsheet/shared/problem"
)

// Disposition is what a stream or a timer does about an error.
type Disposition string

// The dispositions.
const (
	Drop  Disposition = "drop"  // nothing to do, now or later: count it
	Retry Disposition = "retry" // the platform tries again
	Fail  Disposition = "fail"  // the platform tries again, then a person looks
)

// translation is the one table that turns kinds of errors into answers, per edge.
var translation = map[problem.Kind]struct {
	Status        int
	Stream, Timer Disposition
	RetryAfter    int // seconds
}{
	problem.Internal:             {http.StatusInternalServerError, Fail, Fail, 0},
	problem.Malformed:            {http.StatusBadRequest, Fail, Fail, 0},
	problem.Unauthenticated:      {http.StatusUnauthorized, Fail, Fail, 0},
	problem.Forbidden:            {http.StatusForbidden, Drop, Drop, 0},
	problem.NotFound:             {http.StatusNotFound, Drop, Drop, 0},
	problem.MethodNotAllowed:     {http.StatusMethodNotAllowed, Fail, Fail, 0},
	problem.Conflict:             {http.StatusConflict, Drop, Drop, 0},
	problem.Gone:                 {http.StatusGone, Drop, Drop, 0},
	problem.Stale:                {http.StatusPreconditionFailed, Drop, Drop, 0},
	problem.TooLarge:             {http.StatusRequestEntityTooLarge, Fail, Fail, 0},
	problem.Unsupported:          {http.StatusUnsupportedMediaType, Fail, Fail, 0},
	problem.Invalid:              {http.StatusUnprocessableEntity, Fail, Fail, 0},
	problem.PreconditionRequired: {http.StatusPreconditionRequired, Fail, Fail, 0},
	problem.RateLimited:          {http.StatusTooManyRequests, Retry, Retry, 5},
	problem.Unavailable:          {http.StatusServiceUnavailable, Retry, Retry, 1},
}

// Status is the HTTP status of a kind of problem.
func Status(k problem.Kind) int { return translation[k].Status }

// retryAfter is how many seconds a caller waits before trying again, rounded up; 0 where waiting does not help.
func retryAfter(p *problem.Error) int {
	if p.Wait > 0 {
		return int((p.Wait + time.Second - 1) / time.Second)
	}
	return translation[p.Kind()].RetryAfter
}

// document is RFC 9457, with our code, the places that are wrong and the request's id.
type document struct {
	Type      string            `json:"type"`
	Title     string            `json:"title"`
	Status    int               `json:"status"`
	Detail    string            `json:"detail"`
	Instance  string            `json:"instance,omitempty"`
	Code      problem.Code      `json:"code"`
	RequestID string            `json:"requestId"`
	Facts     map[string]string `json:"facts,omitempty"`
	Errors    []wrong           `json:"errors,omitempty"`
}

type wrong struct {
	Pointer string `json:"pointer"`
	Detail  string `json:"detail"`
}

// refusal renders an error for HTTP. The text of internal errors is hidden; their cause is for the log.
func refusal(err error, instance, requestID string) Response {
	p := problem.As(err)
	row := translation[p.Kind()]
	doc := document{
		Type: "/problems/" + string(p.Code), Title: p.Code.Title(), Status: row.Status, Detail: p.Message,
		Instance: instance, Code: p.Code, RequestID: requestID, Facts: p.Facts,
	}
	for _, f := range p.Fields {
		doc.Errors = append(doc.Errors, wrong{f.Pointer, f.Message})
	}
	body, _ := json.Marshal(doc)
	r := Response{StatusCode: row.Status, Body: string(body), Headers: map[string]string{
		"content-type": "application/problem+json", "cache-control": "no-store", "x-content-type-options": "nosniff", "request-id": requestID,
	}}
	if wait := retryAfter(p); wait > 0 {
		r.Headers["retry-after"] = strconv.Itoa(wait)
	}
	switch p.Kind() {
	case problem.Unauthenticated:
		r.Headers["www-authenticate"] = `Bearer error="invalid_token"`
	case problem.MethodNotAllowed:
		r.Headers["allow"] = p.Facts["allow"]
	}
	return r
}
