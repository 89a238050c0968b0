package handler_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/problem"
)

const (
	pageRoute = "POST /things/{key}"
	style     = "p { margin: 0 }"
	secret    = "a-key-that-nobody-may-read"
)

var front = handler.Front{Style: style, Refused: func(v *handler.Visit, p *problem.Error) string {
	return "<p>refused " + string(p.Code) + " " + v.Trace + " " + v.Languages + "</p>"
}}

type visitFunc = func(context.Context, *handler.Visit) (handler.Sheet, error)

// look visits a page that is served so, and tells what was logged.
func look(t *testing.T, serve visitFunc, change ...func(*handler.Edge, *handler.Request)) (handler.Response, string) {
	t.Helper()
	at, logged := edge()
	r := handler.Request{RouteKey: pageRoute, RawPath: "/things/" + secret, PathParameters: map[string]string{"key": secret}, Headers: map[string]string{}, Body: "token=" + secret}
	r.RequestContext.HTTP.Method = "POST"
	for _, c := range change {
		c(&at, &r)
	}
	resp, err := handler.Pages(at, front, handler.Page{Route: pageRoute, Serve: serve})(traced(t.Context()), r)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(logged.String(), secret) {
		t.Errorf("the key is in the log: %s", logged)
	}
	return resp, logged.String()
}

func sheet(s handler.Sheet, err error) visitFunc {
	return func(context.Context, *handler.Visit) (handler.Sheet, error) { return s, err }
}

func pageHeaders() map[string]string {
	sum := sha256.Sum256([]byte(style))
	return map[string]string{
		"content-type": "text/html; charset=utf-8", "cache-control": "no-store", "referrer-policy": "no-referrer", "x-content-type-options": "nosniff",
		"x-robots-tag": "noindex", "request-id": requestID,
		"content-security-policy": "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
	}
}

func TestPages(t *testing.T) {
	t.Run("a page is HTML that no cache keeps, no frame holds and no link betrays", func(t *testing.T) {
		r, _ := look(t, sheet(handler.Sheet{HTML: "<p>hello</p>"}, nil))
		if diff := cmp.Diff(handler.Response{StatusCode: http.StatusOK, Body: "<p>hello</p>", Headers: pageHeaders()}, r); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("after something was done the browser goes on with GET", func(t *testing.T) {
		r, _ := look(t, sheet(handler.Sheet{Location: "/things/next"}, nil))
		want := pageHeaders()
		want["location"] = "/things/next"
		if diff := cmp.Diff(handler.Response{StatusCode: http.StatusSeeOther, Headers: want}, r); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("HEAD has the headers of GET and no body", func(t *testing.T) {
		r, _ := look(t, sheet(handler.Sheet{HTML: "<p>hello</p>"}, nil), func(_ *handler.Edge, r *handler.Request) { r.RequestContext.HTTP.Method = "HEAD" })
		if diff := cmp.Diff(handler.Response{StatusCode: http.StatusOK, Headers: pageHeaders()}, r); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("a visit has the instant, the path, the request's id and the browser's languages", func(t *testing.T) {
		_, _ = look(t, func(_ context.Context, v *handler.Visit) (handler.Sheet, error) {
			if v.Now != noon || v.Path["key"] != secret || v.Trace != requestID || v.Languages != "es" {
				t.Errorf("%+v", v)
			}
			return handler.Sheet{}, nil
		}, func(_ *handler.Edge, r *handler.Request) { r.Headers["Accept-Language"] = "es" })
	})
	for _, row := range kinds {
		for _, code := range codesOf(t, row.kind) {
			t.Run("a refusal with "+string(code)+" is a page with its status, in its own words or the front's", func(t *testing.T) {
				plain, logged := look(t, sheet(handler.Sheet{}, problem.New(code, "No.")))
				own, _ := look(t, sheet(handler.Sheet{HTML: "<p>own words</p>"}, problem.New(code, "No.")))
				if plain.StatusCode != row.status || plain.Body != "<p>refused "+string(code)+" req-1 </p>" || plain.Headers["retry-after"] != row.retryAfter {
					t.Errorf("%+v", plain)
				}
				if own.StatusCode != row.status || own.Body != "<p>own words</p>" {
					t.Errorf("%+v", own)
				}
				if !strings.Contains(logged, string(code)) || !strings.Contains(logged, pageRoute) {
					t.Errorf("logged %s", logged)
				}
			})
		}
	}
	for name, serve := range map[string]visitFunc{
		"an error that is no refusal": sheet(handler.Sheet{}, errors.New("inside")),
		"a panic":                     func(context.Context, *handler.Visit) (handler.Sheet, error) { panic("inside") },
	} {
		t.Run(name+" is a page with 500, and the log knows why", func(t *testing.T) {
			r, logged := look(t, serve)
			if r.StatusCode != http.StatusInternalServerError || strings.Contains(r.Body, "inside") || !strings.Contains(logged, "inside") {
				t.Errorf("%+v, logged %s", r, logged)
			}
		})
	}
	t.Run("a route of another function is 404", func(t *testing.T) {
		r, _ := look(t, sheet(handler.Sheet{HTML: "x"}, nil), func(_ *handler.Edge, r *handler.Request) { r.RouteKey = "GET /else" })
		if r.StatusCode != http.StatusNotFound {
			t.Errorf("%+v", r)
		}
	})
	t.Run("without a clock it is 503", func(t *testing.T) {
		r, _ := look(t, sheet(handler.Sheet{HTML: "x"}, nil), func(e *handler.Edge, _ *handler.Request) {
			e.Now = func(context.Context) (time.Time, error) { return time.Time{}, errors.New("down") }
		})
		if r.StatusCode != http.StatusServiceUnavailable || r.Headers["retry-after"] != "1" {
			t.Errorf("%+v", r)
		}
	})
	t.Run("a page has the time of its function less the margin (F3)", func(t *testing.T) {
		until := time.Now().Add(time.Hour)
		at, _ := edge()
		ctx, cancel := context.WithDeadline(traced(t.Context()), until)
		defer cancel()
		_, err := handler.Pages(at, front, handler.Page{Route: pageRoute, Serve: func(ctx context.Context, _ *handler.Visit) (handler.Sheet, error) {
			if deadline, ok := ctx.Deadline(); !ok || !deadline.Equal(until.Add(-time.Second)) {
				t.Errorf("deadline %s", deadline)
			}
			return handler.Sheet{}, nil
		}})(ctx, handler.Request{RouteKey: pageRoute})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestForm(t *testing.T) {
	read := func(t *testing.T, body string, change ...func(*handler.Request)) (got string, err error) {
		t.Helper()
		_, _ = look(t, func(_ context.Context, v *handler.Visit) (handler.Sheet, error) {
			form, failed := v.Form("do", "terms")
			got, err = form.Encode(), failed
			return handler.Sheet{}, nil
		}, func(_ *handler.Edge, r *handler.Request) {
			r.Headers["content-type"], r.Body = "application/x-www-form-urlencoded", body
			for _, c := range change {
				c(r)
			}
		})
		return got, err
	}
	inBase64 := func(r *handler.Request) {
		r.Body, r.IsBase64Encoded = base64.StdEncoding.EncodeToString([]byte(r.Body)), true
	}
	filler := func(n int) string { return "do=yes&terms=" + strings.Repeat("x", n-len("do=yes&terms=")) }
	t.Run("is read as it comes, also in base64 and at its largest", func(t *testing.T) {
		for _, body := range []string{"do=yes&terms=a%2Bb+c", filler(16 << 10)} {
			plain, err := read(t, body)
			coded, err2 := read(t, body, inBase64)
			if err != nil || err2 != nil || plain != body || coded != body {
				t.Errorf("%q, %v, %q, %v", plain, err, coded, err2)
			}
		}
	})
	for name, row := range map[string]struct {
		body string
		code problem.Code
	}{
		"one byte too large": {filler(16<<10 + 1), problem.CodePayloadTooLarge}, "empty": {"", problem.CodeValidation},
		"without a field": {"do=yes", problem.CodeValidation}, "with an empty field": {"do=&terms=a", problem.CodeValidation},
		"with a field twice": {"do=yes&do=no&terms=a", problem.CodeValidation}, "with a field more": {"do=yes&terms=a&x=", problem.CodeValidation},
		"with a broken escape": {"do=%&terms=a", problem.CodeValidation}, "with semicolons": {"do=yes;terms=a", problem.CodeValidation},
	} {
		t.Run(name+" is refused with "+string(row.code), func(t *testing.T) {
			_, err := read(t, row.body)
			_, coded := read(t, row.body, inBase64)
			if !problem.Is(err, row.code) || !problem.Is(coded, row.code) {
				t.Errorf("%v, %v", err, coded)
			}
		})
	}
	for _, media := range []string{"", "application/json", "multipart/form-data; boundary=b", "text/plain", "application/x-www-form-urlencoded; charset=latin1"} {
		t.Run("as "+media+" is refused with 415", func(t *testing.T) {
			if _, err := read(t, "do=yes&terms=a", func(r *handler.Request) { r.Headers["content-type"] = media }); !problem.Is(err, problem.CodeUnsupportedMedia) {
				t.Error(err)
			}
		})
	}
}
