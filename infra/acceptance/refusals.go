package acceptance

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
)

// tokenLife is how long the local issuer's tokens are good, with what the authorizer allows for clocks that differ.
const tokenLife = time.Hour + 30*time.Second

// longest is more than the authorizer reads of a token, and less than API Gateway takes of all headers.
const longest = 8200

// strangers have no token, or none that is one.
func (target Target) strangers(t *testing.T) {
	for _, route := range target.routes(t) {
		method, path, _ := strings.Cut(route, " ")
		t.Run(route+" answers nobody without a token", func(t *testing.T) {
			if status, _, body := target.ask(t, method, path, ""); status != http.StatusUnauthorized {
				t.Errorf("%d: %s", status, body)
			}
		})
		t.Run(route+" answers nobody with what is no token", func(t *testing.T) {
			target.refused(t, method, path, "Bearer not.a.token")
		})
	}
	t.Run("a path that is none is 404, a method that a path does not take 405", func(t *testing.T) {
		if status, _, body := target.ask(t, http.MethodGet, "/v1/nowhere", ""); status != http.StatusNotFound {
			t.Errorf("%d: %s", status, body)
		}
		if status, h, body := target.ask(t, http.MethodDelete, "/v1/projects", ""); status != http.StatusMethodNotAllowed || h.Get("Allow") == "" {
			t.Errorf("%d, Allow %q: %s", status, h.Get("Allow"), body)
		}
	})
	t.Run("a link with a wrong key shows nothing, and nobody may keep the page", func(t *testing.T) {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			status, h, _ := target.ask(t, method, "/invitations/inv_01ARZ3NDEKTSV4RRFFQ69RACE0-1/"+strings.Repeat("A", 43), "")
			if status != http.StatusNotFound || h.Get("Cache-Control") != "no-store" || !strings.HasPrefix(h.Get("Content-Type"), "text/html") {
				t.Errorf("%s: %d %v", method, status, h)
			}
		}
	})
}

// forgers have a token of ours and change it.
func (target Target) forgers(t *testing.T) {
	t.Run("the token itself opens its own profile", func(t *testing.T) {
		if status, _, body := target.ask(t, http.MethodGet, "/v1/profile", "Bearer "+target.Token); status != http.StatusOK {
			t.Fatalf("%d: %s", status, body)
		}
	})
	parts := strings.Split(target.Token, ".")
	if len(parts) != 3 {
		t.Fatal("the token is no JWT")
	}
	header, claims, signature := parts[0], parts[1], parts[2]
	somebody := encoded(changed(t, claims, "sub", "admin"))
	for name, authorization := range map[string]string{
		"another subject under the same signature": "Bearer " + header + "." + somebody + "." + signature,
		"a later expiry under the same signature":  "Bearer " + header + "." + encoded(changed(t, claims, "exp", 32503680000)) + "." + signature,
		"no signature":                                   "Bearer " + header + "." + claims + ".",
		"the algorithm none":                             "Bearer " + encoded(changed(t, header, "alg", "none")) + "." + claims + ".",
		"the signature of somebody else's key":           "Bearer " + signed(t, encoded(changed(t, header, "alg", "ES256"))+"."+claims),
		"a key that came with it":                        "Bearer " + signed(t, encoded(changed(t, header, "jku", "https://example.com/jwks.json"))+"."+claims),
		"another scheme":                                 "Basic " + target.Token,
		"two tokens in one header":                       "Bearer " + target.Token + ", Bearer " + target.Token,
		"a token and a half":                             "Bearer " + target.Token + "." + signature,
		"nothing behind the scheme":                      "Bearer ",
		"a token that is too long for any honest issuer": "Bearer " + header + "." + claims + "." + strings.Repeat("A", max(1, longest-len(header)-len(claims))),
	} {
		t.Run(name+" opens nothing", func(t *testing.T) { target.refused(t, http.MethodGet, "/v1/profile", authorization) })
	}
	t.Run("a token in the query opens nothing", func(t *testing.T) {
		if status, _, body := target.ask(t, http.MethodGet, "/v1/profile?access_token="+target.Token, ""); status != http.StatusUnauthorized {
			t.Errorf("%d: %s", status, body)
		}
	})
}

// expired lets a token's time pass.
func (target Target) expired(t *testing.T) {
	client, err := target.World.As("client")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := target.World.Advance(tokenLife + time.Second); err != nil {
		t.Fatal(err)
	}
	target.refused(t, http.MethodGet, "/v1/profile", "Bearer "+client.Token())
	if client, err = target.World.As("client"); err != nil {
		t.Fatal(err)
	}
	if status, _, body := target.ask(t, http.MethodGet, "/v1/profile", "Bearer "+client.Token()); status != http.StatusOK {
		t.Errorf("%d: %s", status, body)
	}
}

// refused wants the one answer that a function gives to whoever it does not know.
func (target Target) refused(t *testing.T, method, path, authorization string) {
	t.Helper()
	status, h, body := target.ask(t, method, path, authorization)
	var problem struct{ Code, RequestID string }
	err := json.Unmarshal(body, &problem)
	if status != http.StatusUnauthorized || err != nil || problem.Code != "unauthenticated" || problem.RequestID == "" ||
		h.Get("Content-Type") != "application/problem+json" || h.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v: %s", status, h, body)
	}
}

func (target Target) ask(t *testing.T, method, path, authorization string) (int, http.Header, []byte) {
	t.Helper()
	var content io.Reader
	if method == http.MethodPost || method == http.MethodPut {
		content = strings.NewReader("{}")
	}
	req, err := http.NewRequestWithContext(t.Context(), method, target.World.API+path, content)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	resp, err := target.World.HTTP.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, body
}

var parameter = regexp.MustCompile(`\{[^}]+\}`)

// routes are those of the published contract, with some value for each parameter.
func (target Target) routes(t *testing.T) []string {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile(target.Contract)
	if err != nil {
		t.Fatal(err)
	}
	var routes []string
	for path, item := range doc.Paths.Map() {
		for _, method := range slices.Sorted(maps.Keys(item.Operations())) {
			routes = append(routes, method+" "+parameter.ReplaceAllString(path, "none"))
		}
	}
	slices.Sort(routes)
	return routes
}

// changed is a part of a token with one field of its own.
func changed(t *testing.T, part, field string, value any) map[string]any {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		t.Fatal(err)
	}
	fields[field] = value
	return fields
}

func encoded(fields map[string]any) string {
	text, err := json.Marshal(fields)
	if err != nil {
		panic(err) // it came from JSON
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// signed signs with a key that nobody knows.
func signed(t *testing.T, content string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte(content))
	r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	signature := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	return content + "." + base64.RawURLEncoding.EncodeToString(signature)
}
