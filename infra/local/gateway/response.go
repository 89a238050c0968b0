package gateway

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// response is what a function wants to be answered.
type response struct {
	status  int
	headers map[string]string
	cookies []string
	body    []byte
}

// hopHeaders belong to the connection, which is the gateway's.
var hopHeaders = []string{"connection", "content-length", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}

// parseResponse reads payload format 2.0. JSON without a statusCode is the body of a 200.
func parseResponse(payload []byte) (*response, error) {
	if !json.Valid(payload) {
		return nil, errors.New("malformed response: not JSON")
	}
	var full struct {
		StatusCode        *int              `json:"statusCode"`
		Headers           map[string]string `json:"headers"`
		MultiValueHeaders json.RawMessage   `json:"multiValueHeaders"`
		Cookies           []string          `json:"cookies"`
		Body              string            `json:"body"`
		IsBase64Encoded   bool              `json:"isBase64Encoded"`
	}
	if !hasStatusCode(payload) {
		return inferred(payload), nil
	}
	if err := json.Unmarshal(payload, &full); err != nil {
		return nil, fmt.Errorf("malformed response: %w", err)
	}
	if full.StatusCode == nil || *full.StatusCode < 200 || *full.StatusCode > 599 {
		return nil, errors.New("malformed response: statusCode is not between 200 and 599")
	}
	if m := full.MultiValueHeaders; len(m) > 0 && string(m) != "null" {
		return nil, errors.New("malformed response: multiValueHeaders is of format 1.0; use headers and cookies")
	}
	out := &response{status: *full.StatusCode, headers: full.Headers, cookies: full.Cookies, body: []byte(full.Body)}
	if err := out.checkHeaders(); err != nil {
		return nil, err
	}
	if full.IsBase64Encoded {
		body, err := base64.StdEncoding.DecodeString(full.Body)
		if err != nil {
			return nil, fmt.Errorf("malformed response: body: %w", err)
		}
		out.body = body
	}
	return out, nil
}

func hasStatusCode(payload []byte) bool {
	var object map[string]json.RawMessage
	if json.Unmarshal(payload, &object) != nil {
		return false
	}
	_, ok := object["statusCode"]
	return ok
}

// inferred is the answer for a function that returned no response object: a string is the text itself.
func inferred(payload []byte) *response {
	body := bytes.TrimSpace(payload)
	var text string
	if json.Unmarshal(body, &text) == nil && body[0] == '"' {
		body = []byte(text)
	}
	return &response{status: http.StatusOK, headers: map[string]string{"content-type": "application/json"}, body: body}
}

func (r *response) checkHeaders() error {
	seen := map[string]bool{}
	for name, value := range r.headers {
		lower := strings.ToLower(name)
		if seen[lower] {
			return fmt.Errorf("malformed response: header %q is given twice", lower)
		}
		seen[lower] = true
		if name == "" || strings.ContainsFunc(name, notToken) || strings.ContainsAny(value, "\r\n\x00") {
			return fmt.Errorf("malformed response: header %q: %q", name, value)
		}
	}
	for _, cookie := range r.cookies {
		if strings.ContainsAny(cookie, "\r\n\x00") {
			return fmt.Errorf("malformed response: cookie %q", cookie)
		}
	}
	return nil
}

// notToken tells which characters a header's name cannot have (RFC 9110, section 5.6.2).
func notToken(c rune) bool {
	return c <= ' ' || c >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, c)
}

// answer writes the one answer to a request.
type answer struct {
	w         http.ResponseWriter
	cors      *CORS
	origin    string
	requestID string
	status    int
}

// message is an answer of the gateway itself.
func (a *answer) message(status int, text string) {
	a.write(status, http.Header{"Content-Type": {"application/json"}}, []byte(`{"message":"`+text+`"}`), false)
}

func (a *answer) preflight() { a.write(http.StatusNoContent, http.Header{}, nil, true) }

func (a *answer) respond(r *response) {
	h := http.Header{}
	for name, value := range r.headers {
		if !slices.Contains(hopHeaders, strings.ToLower(name)) {
			h.Set(name, value)
		}
	}
	for _, cookie := range r.cookies {
		h.Add("Set-Cookie", cookie)
	}
	if h.Get("Content-Type") == "" && len(r.body) > 0 {
		h.Set("Content-Type", "text/plain;charset=UTF-8")
	}
	a.write(r.status, h, r.body, false)
}

func (a *answer) write(status int, h http.Header, body []byte, preflight bool) {
	if a.cors != nil {
		a.cors.decorate(h, a.origin, preflight)
	}
	h.Set("Apigw-Requestid", a.requestID)
	for name, values := range h {
		a.w.Header()[name] = values
	}
	a.status = status
	a.w.WriteHeader(status)
	_, _ = a.w.Write(body) // fails for a client that is gone or a status without a body
}
