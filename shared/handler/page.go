package handler

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/callsheet/callsheet/shared/problem"
)

// Page is one route of the pages behind links in mails: HTML for people, who are not signed in.
type Page struct {
	Route string // "GET /invitations/{invitationId}/{key}", as in the template
	// Serve may answer a refusal with words of its own, beside the error that gives the status.
	Serve func(ctx context.Context, v *Visit) (Sheet, error)
}

// Sheet is what a page answers with: HTML, or after something was done the path to show next.
type Sheet struct {
	HTML     string
	Location string
}

// Visit is one request for a page. What the link in Path proves is for the page to judge.
type Visit struct {
	Now       time.Time
	Trace     string
	Path      map[string]string
	Languages string // the browser's Accept-Language
	request   Request
}

// Front is what all pages of a function have in common.
type Front struct {
	Style string // the one inline style sheet; browsers are told to use no other
	// Refused is the page for a refusal without words of its own.
	Refused func(v *Visit, p *problem.Error) string
}

// maxForm is the largest form in bytes.
const maxForm = 16 << 10

// Pages serves the pages of one function. A link's key is a password, so neither path nor form is ever logged.
func Pages(edge Edge, front Front, pages ...Page) func(context.Context, Request) (Response, error) {
	routes := map[string]Page{}
	for _, p := range pages {
		routes[p.Route] = p
	}
	return func(ctx context.Context, r Request) (Response, error) {
		v := &Visit{Trace: requestID(ctx), Path: r.PathParameters, Languages: r.header("accept-language"), request: r}
		refused := func(err error) Response { return front.answer(v, Sheet{}, err) }
		return edge.guard(ctx, r, refused, func(ctx context.Context) Response {
			sheet, err := edge.visit(ctx, routes, v)
			if err != nil {
				edge.log(ctx, r, err)
			}
			return front.answer(v, sheet, err)
		}), nil
	}
}

func (edge Edge) visit(ctx context.Context, routes map[string]Page, v *Visit) (Sheet, error) {
	page, ok := routes[v.request.RouteKey]
	if !ok {
		return Sheet{}, problem.New(problem.CodeNotFound, "There is nothing at this path.")
	}
	var err error
	if v.Now, err = edge.Now(ctx); err != nil {
		return Sheet{}, problem.New(problem.CodeUnavailable, "The clock did not answer.").Because(err)
	}
	return page.Serve(ctx, v)
}

// Form reads a form of exactly these fields, each once.
func (v *Visit) Form(fields ...string) (url.Values, error) {
	b, err := body(v.request, "application/x-www-form-urlencoded", maxForm)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(b))
	if err != nil {
		return nil, problem.New(problem.CodeValidation, "The form is malformed.")
	}
	if err := onlyKnown(form, fields); err != nil {
		return nil, err
	}
	var wrong problem.Fields
	for _, name := range fields {
		if len(form[name]) != 1 || form.Get(name) == "" {
			wrong.Add(name, "This field is given exactly once.")
		}
	}
	return form, wrong.Err()
}

// answer makes the response. The path of a page holds its key: it must not leave by a Referer, and no cache may keep it.
func (f Front) answer(v *Visit, s Sheet, err error) Response {
	style := sha256.Sum256([]byte(f.Style))
	resp := Response{StatusCode: http.StatusOK, Body: s.HTML, Headers: map[string]string{
		"content-type": "text/html; charset=utf-8", "cache-control": "no-store", "referrer-policy": "no-referrer",
		"x-content-type-options": "nosniff", "x-robots-tag": "noindex", "request-id": v.Trace,
		"content-security-policy": "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(style[:]) +
			"'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
	}}
	if s.Location != "" {
		resp.StatusCode, resp.Headers["location"] = http.StatusSeeOther, s.Location
	}
	if err != nil {
		p := problem.As(err)
		row := translation[p.Kind()]
		resp.StatusCode = row.Status
		if resp.Body == "" {
			resp.Body = f.Refused(v, p)
		}
		if wait := retryAfter(p); wait > 0 {
			resp.Headers["retry-after"] = strconv.Itoa(wait)
		}
	}
	if v.request.RequestContext.HTTP.Method == http.MethodHead {
		resp.Body = ""
	}
	return resp
}
