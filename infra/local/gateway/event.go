package gateway

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// event is the request in payload format 2.0; an authorizer and a function see the same.
type event struct {
	Version         string            `json:"version"`
	RouteKey        string            `json:"routeKey"`
	RawPath         string            `json:"rawPath"`
	RawQueryString  string            `json:"rawQueryString"`
	Cookies         []string          `json:"cookies,omitempty"`
	Headers         map[string]string `json:"headers"`
	Query           map[string]string `json:"queryStringParameters,omitempty"`
	RequestContext  requestContext    `json:"requestContext"`
	PathParameters  map[string]string `json:"pathParameters,omitempty"`
	Body            *string           `json:"body,omitempty"`
	IsBase64Encoded bool              `json:"isBase64Encoded"`
}

type requestContext struct {
	AccountID    string             `json:"accountId"`
	APIID        string             `json:"apiId"`
	Authorizer   *authorizerContext `json:"authorizer,omitempty"`
	DomainName   string             `json:"domainName"`
	DomainPrefix string             `json:"domainPrefix"`
	HTTP         httpContext        `json:"http"`
	RequestID    string             `json:"requestId"`
	RouteKey     string             `json:"routeKey"`
	Stage        string             `json:"stage"`
	Time         string             `json:"time"`
	TimeEpoch    int64              `json:"timeEpoch"`
}

type authorizerContext struct {
	Lambda json.RawMessage `json:"lambda"`
}

type httpContext struct {
	Method    string `json:"method"`
	Path      string `json:"path"`
	Protocol  string `json:"protocol"`
	SourceIP  string `json:"sourceIp"`
	UserAgent string `json:"userAgent"`
}

// newEvent describes the request without its body, which an authorizer does not get.
func (g *Gateway) newEvent(r *http.Request, route *route, parameters map[string]string, requestID string) *event {
	now := g.config.Now().UTC()
	domain := hostname(r.Host)
	prefix, _, _ := strings.Cut(domain, ".")
	ip := hostname(r.RemoteAddr)
	return &event{
		Version:        "2.0",
		RouteKey:       route.key,
		RawPath:        r.URL.Path, // decoded: so is the service's
		RawQueryString: r.URL.RawQuery,
		Cookies:        cookies(r.Header["Cookie"]),
		Headers:        headers(r, ip),
		Query:          query(r.URL.RawQuery),
		PathParameters: maps.Clone(parameters),
		RequestContext: requestContext{
			AccountID:    g.config.API.AccountID,
			APIID:        g.config.API.ID,
			DomainName:   domain,
			DomainPrefix: prefix,
			HTTP:         httpContext{r.Method, r.URL.Path, r.Proto, ip, r.UserAgent()},
			RequestID:    requestID,
			RouteKey:     route.key,
			Stage:        defaultRoute,
			Time:         now.Format("02/Jan/2006:15:04:05 -0700"),
			TimeEpoch:    now.Truncate(time.Millisecond).UnixMilli(),
		},
	}
}

// hostname is the host of "host:port" or of a bare host.
func hostname(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return hostport
}

// headers are lower-cased, repeated ones joined by commas; cookies are apart.
func headers(r *http.Request, ip string) map[string]string {
	out := make(map[string]string, len(r.Header)+4)
	for name, values := range r.Header {
		out[strings.ToLower(name)] = strings.Join(values, ",")
	}
	delete(out, "cookie")
	out["host"] = r.Host
	if r.ContentLength > 0 {
		out["content-length"] = strconv.FormatInt(r.ContentLength, 10)
	}
	out["x-forwarded-proto"] = "http"
	if before := out["x-forwarded-for"]; before != "" {
		ip = before + ", " + ip
	}
	out["x-forwarded-for"] = ip
	return out
}

func cookies(lines []string) []string {
	var out []string
	for _, line := range lines {
		for cookie := range strings.SplitSeq(line, ";") {
			if cookie = strings.TrimSpace(cookie); cookie != "" {
				out = append(out, cookie)
			}
		}
	}
	return out
}

// query decodes the parameters; the values of a repeated one are joined by commas. What is not valid percent-encoding is
// passed as it came.
func query(raw string) map[string]string {
	if raw == "" {
		return nil
	}
	out := map[string]string{}
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name, value = decoded(name), decoded(value)
		if before, repeated := out[name]; repeated {
			value = before + "," + value
		}
		out[name] = value
	}
	return out
}

func decoded(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

// setBody passes text as it is and everything else in base64.
func (e *event) setBody(r *http.Request, body []byte) {
	if len(body) == 0 {
		return
	}
	text := string(body)
	if !isText(r.Header.Get("Content-Type")) || !utf8.Valid(body) {
		text, e.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
	}
	e.Body = &text
}

// isText tells which types the service passes as text. A form is not among them.
func isText(contentType string) bool {
	if contentType == "" {
		return true
	}
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return false
	}
	switch media {
	case "application/json", "application/xml", "application/javascript":
		return true
	}
	return strings.HasPrefix(media, "text/") || strings.HasSuffix(media, "+json") || strings.HasSuffix(media, "+xml")
}
