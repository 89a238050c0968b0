package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/clock"
	"github.com/callsheet/callsheet/infra/local/lambda"
)

var bootstrap string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "gateway")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		bootstrap = filepath.Join(dir, "bootstrap")
		if out, err := exec.Command("go", "build", "-tags=lambda.norpc", "-o", bootstrap, "../lambda/testdata/function").CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "%s%v\n", out, err)
			return 1
		}
		return m.Run()
	}())
}

var now = time.UnixMilli(1583348638390) // of AWS's documented sample

// functions are answers by function name; they record the events that arrived.
type functions struct {
	answers map[string]func(context.Context) (lambda.Result, error)

	mu     sync.Mutex
	events map[string][]map[string]any
}

func (f *functions) Invoke(ctx context.Context, name string, payload []byte) (lambda.Result, error) {
	var event map[string]any
	if err := json.Unmarshal(payload, &event); err != nil {
		return lambda.Result{}, err
	}
	f.mu.Lock()
	f.events[name] = append(f.events[name], event)
	f.mu.Unlock()
	return f.answers[name](ctx)
}

func says(payload string) func(context.Context) (lambda.Result, error) {
	return func(context.Context) (lambda.Result, error) { return lambda.Result{Payload: []byte(payload)}, nil }
}

// rig is a gateway before fake functions. "main" answers {} unless told otherwise.
type rig struct {
	*functions
	gateway *Gateway
	now     time.Time
	reports []error
}

func newRig(t testing.TB, api API) *rig {
	t.Helper()
	r := &rig{now: now, functions: &functions{events: map[string][]map[string]any{}}}
	r.answers = map[string]func(context.Context) (lambda.Result, error){"main": says(`{}`)}
	api.ID, api.AccountID, api.Region = "api-id", "123456789012", "us-east-1"
	g, err := New(Config{API: api, Functions: r, Now: func() time.Time { return r.now }, Report: func(err error) { r.reports = append(r.reports, err) }})
	if err != nil {
		t.Fatal(err)
	}
	r.gateway = g
	return r
}

// open is an API of open routes to "main".
func open(keys ...string) API {
	var api API
	for _, key := range keys {
		method, path, _ := strings.Cut(key, " ")
		if path == "" {
			method = ""
		}
		api.Routes = append(api.Routes, Route{Method: method, Path: path, Function: "main"})
	}
	return api
}

func request(method, target, body string, header ...string) *http.Request {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	return r
}

func (r *rig) send(q *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r.gateway.ServeHTTP(w, q)
	return w
}

func (r *rig) last(t testing.TB, function string) map[string]any {
	t.Helper()
	events := r.events[function]
	if len(events) == 0 {
		t.Fatal("not invoked")
	}
	return events[len(events)-1]
}

// is checks an answer of the gateway itself.
func is(t testing.TB, w *httptest.ResponseRecorder, status int, message string) {
	t.Helper()
	want := `{"message":"` + message + `"}`
	if w.Code != status || w.Body.String() != want || w.Header().Get("Content-Type") != "application/json" || w.Header().Get("Apigw-Requestid") == "" {
		t.Errorf("got %d %s %v, want %d %s", w.Code, w.Body, w.Header(), status, want)
	}
}

func TestTheEvent(t *testing.T) {
	t.Run("is the documented sample of format 2.0", func(t *testing.T) {
		r := newRig(t, open("$default"))
		q := request("POST", "/my/path?parameter1=value1&parameter1=value2&parameter2=value", "Hello from Lambda",
			"Header1", "value1", "Header2", "value1", "Header2", "value2", "Cookie", "cookie1; cookie2", "User-Agent", "agent", "Content-Type", "text/plain")
		q.Host, q.RemoteAddr = "id.execute-api.us-east-1.amazonaws.com", "192.0.2.1:4711"
		r.send(q)
		got := r.last(t, "main")
		requestID := got["requestContext"].(map[string]any)["requestId"]
		want := map[string]any{
			"version": "2.0", "routeKey": "$default", "rawPath": "/my/path",
			"rawQueryString":        "parameter1=value1&parameter1=value2&parameter2=value",
			"cookies":               []any{"cookie1", "cookie2"},
			"queryStringParameters": map[string]any{"parameter1": "value1,value2", "parameter2": "value"},
			"headers": map[string]any{"header1": "value1", "header2": "value1,value2", "user-agent": "agent", "content-type": "text/plain",
				"content-length": "17", "host": "id.execute-api.us-east-1.amazonaws.com", "x-forwarded-for": "192.0.2.1", "x-forwarded-proto": "http"},
			"requestContext": map[string]any{
				"accountId": "123456789012", "apiId": "api-id", "domainName": "id.execute-api.us-east-1.amazonaws.com", "domainPrefix": "id",
				"http":      map[string]any{"method": "POST", "path": "/my/path", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "agent"},
				"requestId": requestID, "routeKey": "$default", "stage": "$default", "time": "04/Mar/2020:19:03:58 +0000", "timeEpoch": 1583348638390.0,
			},
			"body": "Hello from Lambda", "isBase64Encoded": false,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("has a request id of its own, which the answer repeats", func(t *testing.T) {
		r, seen := newRig(t, open("GET /")), map[string]bool{}
		for range 100 {
			w := r.send(request("GET", "/", ""))
			id := r.last(t, "main")["requestContext"].(map[string]any)["requestId"].(string)
			if seen[id] || w.Header().Get("Apigw-Requestid") != id {
				t.Fatal(id, w.Header())
			}
			seen[id] = true
		}
	})
	t.Run("appends to X-Forwarded-For", func(t *testing.T) {
		r := newRig(t, open("GET /"))
		q := request("GET", "/", "", "X-Forwarded-For", "198.51.100.7")
		q.RemoteAddr = "[::1]:99"
		r.send(q)
		if got := r.last(t, "main")["headers"].(map[string]any)["x-forwarded-for"]; got != "198.51.100.7, ::1" {
			t.Error(got)
		}
	})
	t.Run("decodes path and parameters and leaves the raw query", func(t *testing.T) {
		r := newRig(t, open("GET /v1/{name}"))
		r.send(request("GET", "/v1/J%C3%B6rg%20B?a=%C3%A9+x&b&=1&c=%zz", ""))
		got := r.last(t, "main")
		want := map[string]any{"rawPath": "/v1/Jörg B", "rawQueryString": "a=%C3%A9+x&b&=1&c=%zz",
			"pathParameters":        map[string]any{"name": "Jörg B"},
			"queryStringParameters": map[string]any{"a": "é x", "b": "", "": "1", "c": "%zz"}}
		for name := range want {
			if diff := cmp.Diff(want[name], got[name]); diff != "" {
				t.Error(name, diff)
			}
		}
	})
	t.Run("leaves out what is not there", func(t *testing.T) {
		r := newRig(t, open("GET /"))
		r.send(request("GET", "/", ""))
		for _, name := range []string{"body", "cookies", "queryStringParameters", "pathParameters"} {
			if got, ok := r.last(t, "main")[name]; ok {
				t.Errorf("%s is %v", name, got)
			}
		}
	})
	for _, row := range []struct{ what, contentType, body, want string }{
		{"JSON as text", "application/json; charset=utf-8", `{"é":1}`, `{"é":1}`},
		{"problem JSON as text", "application/problem+json", `{}`, `{}`},
		{"a body without a type as text", "", "plain", "plain"},
		{"a form in base64", "application/x-www-form-urlencoded", "a=1", "YT0x"},
		{"an image in base64", "image/png", "\x89PNG", "iVBORw=="},
		{"invalid UTF-8 in base64", "application/json", "\"\xff\"", "Iv8i"},
		{"an unreadable type in base64", "a/b/c", "x", "eA=="},
	} {
		t.Run("passes "+row.what, func(t *testing.T) {
			r := newRig(t, open("POST /"))
			q := request("POST", "/", row.body)
			if row.contentType != "" {
				q.Header.Set("Content-Type", row.contentType)
			}
			r.send(q)
			got := r.last(t, "main")
			if got["body"] != row.want || got["isBase64Encoded"] != (row.want != row.body) {
				t.Errorf("%v %v", got["body"], got["isBase64Encoded"])
			}
		})
	}
}

func TestRouting(t *testing.T) {
	full := []string{"$default", "ANY /{proxy+}", "GET /pets/{proxy+}", "GET /pets/dog/{id}", "GET /pets/dog/1", "ANY /pets/dog/{id}", "GET /", "POST /files/{path+}"}
	for _, row := range []struct {
		routes             []string
		method, path, want string // want is the route's key, "" for 404
	}{
		{full, "GET", "/pets/dog/1", "GET /pets/dog/1"},
		{full, "GET", "/pets/dog/2", "GET /pets/dog/{id}"},
		{full, "POST", "/pets/dog/2", "ANY /pets/dog/{id}"},
		{full, "GET", "/pets/cat/1", "GET /pets/{proxy+}"},
		{full, "POST", "/test/5", "ANY /{proxy+}"},
		{full, "GET", "/", "GET /"},
		{full, "POST", "/", "$default"},
		{full, "TRACE", "/test", "$default"},
		{full, "POST", "/files/a/b/c", "POST /files/{path+}"},
		{[]string{"GET /v1/x/{id}"}, "GET", "/v1/x/1", "GET /v1/x/{id}"},
		{[]string{"GET /v1/x/{id}"}, "GET", "/v1/x/1/", ""},
		{[]string{"GET /v1/x/{id}"}, "GET", "/v1/x/", ""},
		{[]string{"GET /v1/x/{id}"}, "GET", "/v1/x", ""},
		{[]string{"GET /v1/x/{id}"}, "GET", "//v1/x/1", ""},
		{[]string{"GET /v1/x/{id}"}, "GET", "/v1/x/a%2Fb", ""},
		{[]string{"GET /v1/x/{id}"}, "GET", "/V1/x/1", ""},
		{[]string{"GET /v1/x/{id}"}, "HEAD", "/v1/x/1", ""},
		{[]string{"GET /v1/x/{id}"}, "POST", "/v1/x/1", ""},
		{[]string{"GET /v1/x"}, "GET", "/v1/x/", ""},
		{[]string{"GET /v1/x"}, "GET", "/v1/./x", ""},
		{[]string{"GET /v1/x"}, "GET", "/v1/y/../x", ""},
		{[]string{"POST /files/{path+}"}, "POST", "/files/", ""},
		{[]string{"ANY /x"}, "TRACE", "/x", ""},
	} {
		t.Run(fmt.Sprintf("%s %s takes %q of %d", row.method, row.path, row.want, len(row.routes)), func(t *testing.T) {
			r := newRig(t, open(row.routes...))
			w := r.send(request(row.method, row.path, ""))
			if row.want == "" {
				is(t, w, 404, "Not Found")
				return
			}
			if got := r.last(t, "main")["routeKey"]; got != row.want {
				t.Error(got)
			}
		})
	}
	t.Run("hands over a greedy variable whole", func(t *testing.T) {
		r := newRig(t, open("POST /files/{dir}/{path+}"))
		r.send(request("POST", "/files/a/b/c", ""))
		if diff := cmp.Diff(map[string]any{"dir": "a", "path": "b/c"}, r.last(t, "main")["pathParameters"]); diff != "" {
			t.Error(diff)
		}
	})
}

func TestNewRefuses(t *testing.T) {
	authorizer := func(change func(*Authorizer)) API {
		a := Authorizer{Function: "auth", IdentitySources: []string{"$request.header.Authorization"}}
		change(&a)
		return API{Authorizers: map[string]Authorizer{"a": a}}
	}
	for _, row := range []struct {
		what string
		api  API
		want string
	}{
		{"an unknown method", open("FETCH /x"), "FETCH"},
		{"a path without /", open("GET x"), "begin with /"},
		{"an empty segment", open("GET /x//y"), `segment ""`},
		{"a half variable", open("GET /x/{y"), `segment "{y"`},
		{"a greedy variable in the middle", open("GET /{x+}/y"), "not the last"},
		{"a route twice", open("GET /x", "GET /x"), "twice"},
		{"an authorizer that is not there", API{Routes: []Route{{Method: "GET", Path: "/", Authorizer: "none"}}}, "named none"},
		{"more than 30 seconds", API{Routes: []Route{{Method: "GET", Path: "/", Timeout: 30*time.Second + 1}}}, "30 seconds"},
		{"another identity source", authorizer(func(a *Authorizer) { a.IdentitySources = []string{"$context.path"} }), "$context.path"},
		{"a header source without a name", authorizer(func(a *Authorizer) { a.IdentitySources = []string{"$request.header."} }), "not supported"},
		{"a cache above an hour", authorizer(func(a *Authorizer) { a.CacheTTL = time.Hour + 1 }), "1 hour"},
		{"a cache without identity", authorizer(func(a *Authorizer) { a.IdentitySources, a.CacheTTL = nil, 1 }), "identity source"},
		{"credentials from everywhere", API{CORS: &CORS{AllowCredentials: true, AllowOrigins: []string{"*"}}}, "AllowCredentials"},
	} {
		t.Run(row.what, func(t *testing.T) {
			if _, err := New(Config{API: row.api}); err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestTheResponse(t *testing.T) {
	type want struct {
		status int
		header map[string][]string
		body   string
	}
	jsonType := map[string][]string{"Content-Type": {"application/json"}}
	for _, row := range []struct {
		what, payload string
		want          want
	}{
		{"is a full object", `{"statusCode":201,"headers":{"location":"/x","content-type":"application/json"},"cookies":["a=1","b=2"],"body":"{}","isBase64Encoded":false}`,
			want{201, map[string][]string{"Location": {"/x"}, "Content-Type": {"application/json"}, "Set-Cookie": {"a=1", "b=2"}}, "{}"}},
		{"has text in base64", `{"statusCode":200,"headers":{"content-type":"image/png"},"body":"iVBORw==","isBase64Encoded":true}`,
			want{200, map[string][]string{"Content-Type": {"image/png"}}, "\x89PNG"}},
		{"is plain text without a type", `{"statusCode":200,"body":"hi"}`, want{200, map[string][]string{"Content-Type": {"text/plain;charset=UTF-8"}}, "hi"}},
		{"may have no body", `{"statusCode":204}`, want{204, map[string][]string{}, ""}},
		{"may be of aws-lambda-go's type", `{"statusCode":200,"headers":null,"multiValueHeaders":null,"body":"x","cookies":null}`,
			want{200, map[string][]string{"Content-Type": {"text/plain;charset=UTF-8"}}, "x"}},
		{"keeps the connection's headers to the gateway", `{"statusCode":200,"headers":{"Connection":"close","Content-Length":"99","x-a":"1"},"body":"x"}`,
			want{200, map[string][]string{"X-A": {"1"}, "Content-Type": {"text/plain;charset=UTF-8"}}, "x"}},
		{"is inferred from an object without statusCode", `{"message":"Hello"}`, want{200, jsonType, `{"message":"Hello"}`}},
		{"is inferred from a string", `"Hello from Lambda!"`, want{200, jsonType, "Hello from Lambda!"}},
		{"is inferred from a list", ` [1, 2] `, want{200, jsonType, "[1, 2]"}},
		{"is inferred from null", `null`, want{200, jsonType, "null"}},
	} {
		t.Run(row.what, func(t *testing.T) {
			r := newRig(t, open("GET /"))
			r.answers["main"] = says(row.payload)
			w := r.send(request("GET", "/", ""))
			w.Header().Del("Apigw-Requestid")
			got := want{w.Code, w.Header(), w.Body.String()}
			if diff := cmp.Diff(row.want, got, cmp.AllowUnexported(want{}), cmp.Transformer("header", func(h http.Header) map[string][]string { return h })); diff != "" {
				t.Error(diff)
			}
		})
	}
	for what, payload := range map[string]string{
		"is not JSON":               `{"statusCode":200`,
		"is nothing":                ``,
		"has a text status":         `{"statusCode":"abc"}`,
		"has a null status":         `{"statusCode":null}`,
		"has status 99":             `{"statusCode":99}`,
		"has status 600":            `{"statusCode":600}`,
		"has a body object":         `{"statusCode":200,"body":{}}`,
		"has bad base64":            `{"statusCode":200,"body":"%","isBase64Encoded":true}`,
		"splits a header":           `{"statusCode":200,"headers":{"x":"a\r\nset-cookie: b"}}`,
		"splits a cookie":           `{"statusCode":200,"cookies":["a\r\nx: b"]}`,
		"has a header with a space": `{"statusCode":200,"headers":{"x y":"a"}}`,
		"has a header twice":        `{"statusCode":200,"headers":{"x-a":"a","X-A":"b"}}`,
		"is of format 1.0":          `{"statusCode":200,"multiValueHeaders":{"a":["b"]}}`,
	} {
		t.Run("is a reported 500 when it "+what, func(t *testing.T) {
			r := newRig(t, open("GET /"))
			r.answers["main"] = says(payload)
			is(t, r.send(request("GET", "/", "")), 500, "Internal Server Error")
			if len(r.reports) != 1 || !strings.Contains(r.reports[0].Error(), "GET /: main: malformed response") {
				t.Error(r.reports)
			}
		})
	}
}

func TestFailures(t *testing.T) {
	for _, row := range []struct {
		what    string
		answer  func(context.Context) (lambda.Result, error)
		timeout time.Duration
		status  int
		message string
	}{
		{"a function error is 500", func(context.Context) (lambda.Result, error) {
			return lambda.Result{FunctionError: "Unhandled", Payload: []byte(`{"errorMessage":"secret"}`)}, nil
		}, 0, 500, "Internal Server Error"},
		{"a function that does not exist is 500", func(context.Context) (lambda.Result, error) {
			return lambda.Result{}, &lambda.Error{Status: 404, Code: "ResourceNotFoundException"}
		}, 0, 500, "Internal Server Error"},
		{"an event above Lambda's limit is 413", func(context.Context) (lambda.Result, error) {
			return lambda.Result{}, &lambda.Error{Status: 413, Code: "RequestTooLargeException"}
		}, 0, 413, "Request Entity Too Large"},
		{"an integration that takes too long is 503", func(ctx context.Context) (lambda.Result, error) {
			<-ctx.Done()
			return lambda.Result{}, ctx.Err()
		}, time.Millisecond, 503, "Service Unavailable"},
	} {
		t.Run(row.what, func(t *testing.T) {
			r := newRig(t, API{Routes: []Route{{Method: "GET", Path: "/", Function: "main", Timeout: row.timeout}}})
			r.answers["main"] = row.answer
			is(t, r.send(request("GET", "/", "")), row.status, row.message)
		})
	}
	t.Run("the integration has 30 seconds", func(t *testing.T) {
		r := newRig(t, open("GET /"))
		before := time.Now()
		var deadline time.Time
		r.answers["main"] = func(ctx context.Context) (lambda.Result, error) {
			deadline, _ = ctx.Deadline()
			return lambda.Result{Payload: []byte(`{}`)}, nil
		}
		r.send(request("GET", "/", ""))
		if deadline.Before(before.Add(30*time.Second)) || deadline.After(time.Now().Add(30*time.Second)) {
			t.Error(deadline)
		}
	})
	for _, row := range []struct {
		what   string
		size   int
		status int
	}{{"exactly 10 MB passes", maxBody, 200}, {"10 MB and a byte is 413", maxBody + 1, 413}} {
		t.Run(row.what, func(t *testing.T) {
			r := newRig(t, open("POST /"))
			if w := r.send(request("POST", "/", strings.Repeat("x", row.size))); w.Code != row.status {
				t.Error(w.Code, w.Body)
			}
		})
	}
	for _, row := range []struct {
		what   string
		size   int
		status int
	}{{"exactly 10,240 bytes of headers pass", maxHeaders, 200}, {"10,241 bytes of headers are 431", maxHeaders + 1, 431}} {
		t.Run(row.what, func(t *testing.T) {
			r := newRig(t, open("GET /"))
			q := request("GET", "/", "")
			q.Header.Set("X", strings.Repeat("x", row.size-headerSize(q)-1))
			if w := r.send(q); w.Code != row.status {
				t.Error(w.Code, w.Body)
			}
		})
	}
	t.Run("a body that breaks off is 400 and not invoked", func(t *testing.T) {
		r := newRig(t, open("POST /"))
		q := httptest.NewRequest("POST", "/", io.MultiReader(strings.NewReader("half"), broken{}))
		is(t, r.send(q), 400, "Bad Request")
		if len(r.events) != 0 {
			t.Error(r.events)
		}
	})
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

func TestCORS(t *testing.T) {
	api := open("GET /x")
	api.CORS = &CORS{AllowOrigins: []string{"https://app.example.com"}, AllowMethods: []string{"GET", "POST"}, AllowHeaders: []string{"authorization"},
		ExposeHeaders: []string{"etag"}, AllowCredentials: true, MaxAge: time.Minute}
	preflight := func(origin string) *http.Request {
		return request("OPTIONS", "/anything", "", "Origin", origin, "Access-Control-Request-Method", "GET")
	}
	t.Run("answers a preflight without asking anyone", func(t *testing.T) {
		r := newRig(t, api)
		w := r.send(preflight("https://app.example.com"))
		h := w.Header()
		if w.Code != 204 || h.Get("Access-Control-Allow-Origin") != "https://app.example.com" || h.Get("Access-Control-Allow-Methods") != "GET,POST" ||
			h.Get("Access-Control-Allow-Headers") != "authorization" || h.Get("Access-Control-Max-Age") != "60" || h.Get("Access-Control-Allow-Credentials") != "true" || len(r.events) != 0 {
			t.Error(w.Code, h)
		}
	})
	t.Run("tells a strange origin nothing", func(t *testing.T) {
		w := newRig(t, api).send(preflight("https://app.example.com.evil.example"))
		for name := range w.Header() {
			if strings.HasPrefix(name, "Access-Control-") {
				t.Error(name)
			}
		}
		if w.Code != 204 {
			t.Error(w.Code)
		}
	})
	t.Run("owns the headers of every answer", func(t *testing.T) {
		r := newRig(t, api)
		r.answers["main"] = says(`{"statusCode":200,"headers":{"access-control-allow-origin":"*","access-control-x":"y"}}`)
		for path, status := range map[string]int{"/x": 200, "/none": 404} {
			w := r.send(request("GET", path, "", "Origin", "https://app.example.com"))
			h := w.Header()
			if w.Code != status || h.Get("Access-Control-Allow-Origin") != "https://app.example.com" || h.Get("Access-Control-Expose-Headers") != "etag" || h.Get("Access-Control-X") != "" || h.Get("Vary") != "Origin" {
				t.Error(path, w.Code, h)
			}
		}
	})
	t.Run("is absent without an origin", func(t *testing.T) {
		if w := newRig(t, api).send(request("GET", "/x", "")); w.Header().Get("Access-Control-Allow-Origin") != "" {
			t.Error(w.Header())
		}
	})
	t.Run("knows wildcards", func(t *testing.T) {
		for _, row := range []struct {
			allowed, origin, want string
		}{{"*", "http://a", "*"}, {"https://*", "https://a", "https://a"}, {"https://*", "http://a", ""}} {
			api := open("GET /x")
			api.CORS = &CORS{AllowOrigins: []string{row.allowed}}
			if got := newRig(t, api).send(request("GET", "/x", "", "Origin", row.origin)).Header().Get("Access-Control-Allow-Origin"); got != row.want {
				t.Errorf("%+v: %q", row, got)
			}
		}
	})
	t.Run("leaves a plain OPTIONS to the routes", func(t *testing.T) {
		is(t, newRig(t, api).send(request("OPTIONS", "/x", "")), 404, "Not Found")
	})
}

func TestStats(t *testing.T) {
	r := newRig(t, open("GET /x"))
	for range 3 {
		r.send(request("GET", "/x", ""))
	}
	r.answers["main"] = says(`{"statusCode":409}`)
	r.send(request("GET", "/x", ""))
	r.send(request("GET", "/y", ""))
	got := r.gateway.Stats()
	t.Run("count requests and statuses by route", func(t *testing.T) {
		if x, none := got["GET /x"], got[""]; x.Requests != 4 || x.Statuses[200] != 3 || x.Statuses[409] != 1 || none.Requests != 1 || none.Statuses[404] != 1 {
			t.Errorf("%+v", got)
		}
	})
	t.Run("give quantiles of the last requests", func(t *testing.T) {
		c := newCounters()
		for i := range keptLatencies + 100 {
			c.record("k", 200, time.Duration(i))
		}
		s := c.snapshot()["k"]
		if s.Quantile(0) != 100 || s.Quantile(0.5) != 5100 || s.Quantile(1) != keptLatencies+99 || (RouteStats{}).Quantile(0.99) != 0 {
			t.Error(s.Quantile(0), s.Quantile(0.5), s.Quantile(1))
		}
	})
}

// newServer is the gateway before a real function.
func newServer(t testing.TB) *httptest.Server {
	t.Helper()
	db, err := bolt.Open(filepath.Join(t.TempDir(), "db"), 0o600, &bolt.Options{NoSync: true, NoFreelistSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	clk, err := clock.Open(db, now, true)
	if err != nil {
		t.Fatal(err)
	}
	platform := lambda.New(lambda.Config{Clock: clk, AccountID: "123456789012", Region: "eu-west-1"})
	t.Cleanup(platform.Close)
	if err := platform.Register(lambda.Function{Name: "main", Binary: bootstrap, Timeout: time.Minute, MemorySize: 128}); err != nil {
		t.Fatal(err)
	}
	api := open("POST /echo")
	api.ID, api.AccountID, api.Region = "api-id", "123456789012", "eu-west-1"
	g, err := New(Config{API: api, Functions: platform, Now: clk.Now})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(g)
	t.Cleanup(s.Close)
	return s
}

func post(t testing.TB, url string, body []byte) (int, []byte) {
	t.Helper()
	answer, err := http.Post(url, "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, text
}

func TestARealFunction(t *testing.T) {
	s := newServer(t)
	t.Run("gets the event and its answer reaches the client", func(t *testing.T) {
		status, body := post(t, s.URL+"/echo", []byte(`{"a":1}`))
		var event map[string]any
		if err := json.Unmarshal(body, &event); err != nil || status != 200 || event["body"] != `{"a":1}` || event["routeKey"] != "POST /echo" {
			t.Error(status, string(body), err)
		}
	})
}

func BenchmarkWarmRequest(b *testing.B) {
	s := newServer(b)
	post(b, s.URL+"/echo", []byte(`{}`))
	for b.Loop() {
		if status, body := post(b, s.URL+"/echo", []byte(`{}`)); status != 200 {
			b.Fatal(status, string(body))
		}
	}
}
