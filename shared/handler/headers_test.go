package handler_test

import (
	"context"
	"encoding/base64"
	"strconv"
	"strings"
	"testing"

	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/store"
)

func header(name, value string) func(*handler.Request) {
	return func(r *handler.Request) { r.Headers[name] = value }
}

func TestBody(t *testing.T) {
	reads := handler.Endpoint{Route: "POST /v1/things", Body: true, Handle: func(_ context.Context, c *handler.Call) (store.Reply, error) {
		var into struct {
			Text string `json:"text" max:"300000"`
		}
		return store.Reply{Status: 200}, c.Read(&into)
	}}
	filled := func(size int) string { return `{"text":"` + strings.Repeat("x", size-len(`{"text":""}`)) + `"}` }
	for _, row := range []struct {
		name   string
		change func(*handler.Request)
		status int
		code   string
	}{
		{"B16 a missing content type is refused", func(r *handler.Request) { delete(r.Headers, "content-type") }, 415, "unsupported-media-type"},
		{"B16 a form is refused", header("content-type", "application/x-www-form-urlencoded"), 415, "unsupported-media-type"},
		{"B16 text is refused", header("content-type", "text/plain"), 415, "unsupported-media-type"},
		{"B16 another charset is refused", header("content-type", "application/json; charset=utf-16"), 415, "unsupported-media-type"},
		{"B16 a suffix is refused", header("content-type", "application/merge-patch+json"), 415, "unsupported-media-type"},
		{"B16 UTF-8 may be named", header("content-type", "Application/JSON; Charset=UTF-8"), 200, ""},
		{"B17 gzip is refused and not inflated", header("content-encoding", "gzip"), 415, "unsupported-media-type"},
		{"B17 br in any spelling of the header is refused", header("Content-Encoding", "br"), 415, "unsupported-media-type"},
		{"B17 identity is no encoding", header("content-encoding", "identity"), 200, ""},
		{"B18 a base64 flag on what is not base64 is malformed", func(r *handler.Request) { r.IsBase64Encoded, r.Body = true, "{}" }, 400, "malformed-json"},
		{"B18 cut base64 is malformed", func(r *handler.Request) { r.IsBase64Encoded, r.Body = true, "e30" }, 400, "malformed-json"},
		{"B18 base64 is decoded", func(r *handler.Request) { r.IsBase64Encoded, r.Body = true, "e30=" }, 200, ""},
		{"B11 256 KiB are read", func(r *handler.Request) { r.Body = filled(256 << 10) }, 200, ""},
		{"B11 a byte more is too large", func(r *handler.Request) { r.Body = filled(256<<10 + 1) }, 413, "payload-too-large"},
		{"B11 256 KiB in base64 are read", func(r *handler.Request) {
			r.IsBase64Encoded, r.Body = true, base64.StdEncoding.EncodeToString([]byte(filled(256<<10)))
		}, 200, ""},
		{"B11 a byte more in base64 is too large", func(r *handler.Request) {
			r.IsBase64Encoded, r.Body = true, base64.StdEncoding.EncodeToString([]byte(filled(256<<10+1)))
		}, 413, "payload-too-large"},
		{"B11 10 MB are too large", func(r *handler.Request) { r.Body = filled(10 << 20) }, 413, "payload-too-large"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := serve(t, reads, row.change)
			if row.status != 200 {
				refused(t, r, row.status, row.code)
			} else if r.StatusCode != 200 {
				t.Errorf("%d %s", r.StatusCode, r.Body)
			}
		})
	}
}

func TestIdempotencyKey(t *testing.T) {
	var once store.Once
	creates := handler.Endpoint{Route: "POST /v1/things", Once: true, Body: true, Handle: func(_ context.Context, c *handler.Call) (store.Reply, error) {
		once = c.Once
		return store.Reply{Status: 201}, nil
	}}
	identity := func(t *testing.T, change func(*handler.Request)) store.Once {
		t.Helper()
		r := serve(t, creates, func(r *handler.Request) {
			r.Headers["idempotency-key"] = "k1"
			change(r)
		})
		if r.StatusCode != 201 {
			t.Fatalf("%d %s", r.StatusCode, r.Body)
		}
		return once
	}
	for name, key := range map[string]string{
		"an empty quoted key": `""`, "256 characters": strings.Repeat("k", 256), "a control character": "a\x01b", "a space": "a b",
		"a letter beyond ASCII": "schlüssel", "an open quote": `"abc`, "a quote inside": `a"b`, "DEL": "a\x7f", "a tab": "a\tb",
	} {
		t.Run("B33 "+name+" is invalid", func(t *testing.T) {
			refused(t, serve(t, creates, header("Idempotency-Key", key)), 400, "idempotency-key-invalid")
		})
	}
	t.Run("B32 a missing key is refused", func(t *testing.T) {
		refused(t, serve(t, creates, nil), 400, "idempotency-key-missing")
	})
	t.Run("255 characters are a key", func(t *testing.T) {
		if r := serve(t, creates, header("idempotency-key", strings.Repeat("k", 255))); r.StatusCode != 201 {
			t.Errorf("%d %s", r.StatusCode, r.Body)
		}
	})
	bare := identity(t, func(*handler.Request) {})
	t.Run("quoted and bare are the same key", func(t *testing.T) {
		if got := identity(t, header("idempotency-key", `"k1"`)); got != bare {
			t.Errorf("%+v, want %+v", got, bare)
		}
	})
	for name, change := range map[string]func(*handler.Request){
		"B35 another caller":  func(r *handler.Request) { r.RequestContext.Authorizer.Lambda.Subject = "bob" },
		"another path":        func(r *handler.Request) { r.RawPath = "/v1/things/2" },
		"another method":      func(r *handler.Request) { r.RequestContext.HTTP.Method = "PUT" },
		"another key":         header("idempotency-key", "k2"),
		"a key in upper case": header("idempotency-key", "K1"),
	} {
		t.Run(name+" is another request", func(t *testing.T) {
			if got := identity(t, change); got.ID == bare.ID {
				t.Errorf("the same identity %q", got.ID)
			}
		})
	}
	t.Run("B34 another body is the same request with another fingerprint", func(t *testing.T) {
		got := identity(t, func(r *handler.Request) { r.Body = `{"a":1}` })
		if got.ID != bare.ID || got.Fingerprint == bare.Fingerprint {
			t.Errorf("%+v, %+v", got, bare)
		}
	})
}

func TestIfMatch(t *testing.T) {
	edits := handler.Endpoint{Route: "POST /v1/things", Edit: true, Handle: func(_ context.Context, c *handler.Call) (store.Reply, error) {
		return store.Reply{Status: 200, Body: []byte(strconv.Itoa(c.IfMatch))}, nil
	}}
	t.Run("B30 a missing If-Match is required", func(t *testing.T) { refused(t, serve(t, edits, nil), 428, "precondition-required") })
	for _, tag := range []string{"*", `"*"`, "3", `W/"3"`, `"3", "4"`, `"-1"`, `"+3"`, `"03"`, `"3.0"`, `"x"`, `""`, `"3`, `""3""`, `"99999999999999999999"`, `" 3"`} {
		t.Run("B30 "+tag+" is malformed", func(t *testing.T) {
			if d := refused(t, serve(t, edits, header("If-Match", tag)), 422, "validation"); pointers(d) != "[If-Match]" {
				t.Errorf("%+v", d)
			}
		})
	}
	for _, version := range []string{"0", "3", "1200"} {
		t.Run("the ETag that we gave is version "+version, func(t *testing.T) {
			if r := serve(t, edits, header("if-match", `"`+version+`"`)); r.Body != version {
				t.Errorf("%d %s", r.StatusCode, r.Body)
			}
		})
	}
	t.Run("an ETag reads back as its version", func(t *testing.T) {
		if r := serve(t, edits, header("if-match", handler.ETag(41))); r.Body != "41" {
			t.Errorf("%d %s", r.StatusCode, r.Body)
		}
	})
}

func TestQuery(t *testing.T) {
	plain := handler.Endpoint{Route: "GET /v1/things", Handle: func(_ context.Context, c *handler.Call) (store.Reply, error) {
		return store.Reply{Status: 200}, c.NoQuery()
	}}
	for query, pointer := range map[string]string{"a=1": "[a]", "include=internal": "[include]", "fields=creditFactors&b": "[b fields]", "role=admin&role=lead": "[role]"} {
		t.Run("B50 "+query+" is refused where no parameter is known", func(t *testing.T) {
			if d := refused(t, serve(t, plain, func(r *handler.Request) { r.RawQueryString = query }), 422, "validation"); pointers(d) != pointer {
				t.Errorf("%+v", d)
			}
		})
	}
	for _, query := range []string{"%zz", "a=%", "a;b"} {
		t.Run("B28 "+query+" is malformed", func(t *testing.T) {
			refused(t, serve(t, plain, func(r *handler.Request) { r.RawQueryString = query }), 422, "validation")
		})
	}
}
