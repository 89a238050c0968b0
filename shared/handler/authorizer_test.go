package handler_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/callsheet/callsheet/shared/handler"
)

// authorize sends an Authorization header at an instant and tells who is let in; empty is nobody.
func authorize(t testing.TB, keys *handler.Keys, authorization string, now time.Time) string {
	t.Helper()
	answer, err := handler.Authorizer(slog.New(slog.DiscardHandler), issuer, audience, keys, func(context.Context) (time.Time, error) { return now, nil })(
		t.Context(), handler.AuthorizerRequest{IdentitySource: []string{authorization}, RouteKey: "GET /v1/projects"})
	if err != nil {
		t.Fatal(err)
	}
	if !answer.IsAuthorized || len(answer.Context) != 1 {
		t.Fatalf("the answer is %+v; the endpoint is to say 401, and nothing but the subject goes to it", answer)
	}
	return answer.Context["subject"]
}

func TestGenuineToken(t *testing.T) {
	server := newKeyServer(t, keySet(t))
	for name, change := range map[string]func(*token){
		"RS256": func(*token) {},
		"ES256": func(tk *token) {
			tk.header["alg"], tk.header["kid"] = "ES256", "ec-1"
			tk.sign = func(m string) []byte { return es256(issuerKeys().ec, m) }
		},
		"typ JWT":                   func(tk *token) { tk.header["typ"] = "JWT" },
		"no typ":                    func(tk *token) { delete(tk.header, "typ") },
		"us among other audiences":  func(tk *token) { tk.claims["aud"] = []string{"other", audience} },
		"no iat":                    func(tk *token) { delete(tk.claims, "iat") },
		"B42 a claim of role admin": func(tk *token) { tk.claims["role"], tk.claims["roles"] = "admin", []string{"admin"} },
		"B38 expired by 29 s":       func(tk *token) { tk.claims["exp"] = noon.Add(-29 * time.Second).Unix() },
		"B38 not before in 29 s":    func(tk *token) { tk.claims["nbf"] = noon.Add(29 * time.Second).Unix() },
		"B38 issued in 29 s":        func(tk *token) { tk.claims["iat"] = noon.Add(29 * time.Second).Unix() },
	} {
		t.Run(name+" is let in as its subject and nothing else", func(t *testing.T) {
			tk := genuine()
			change(tk)
			if got := authorize(t, &handler.Keys{URL: server.URL, Client: server.Client()}, "Bearer "+tk.String(), noon); got != "ada" {
				t.Errorf("let in: %q", got)
			}
		})
	}
	t.Run("the scheme may be spelled in any case", func(t *testing.T) {
		if got := authorize(t, &handler.Keys{URL: server.URL, Client: server.Client()}, "bearer "+genuine().String(), noon); got != "ada" {
			t.Errorf("let in: %q", got)
		}
	})
	exp := noon.Add(time.Hour)
	for name, row := range map[string]struct {
		late time.Duration
		want string
	}{
		"B90 29.999 s after expiry is in": {30*time.Second - time.Millisecond, "ada"}, "B90 30 s after expiry is out": {30 * time.Second, ""}, "B90 30.001 s after expiry is out": {30*time.Second + time.Millisecond, ""},
	} {
		t.Run(name, func(t *testing.T) {
			keys := &handler.Keys{URL: server.URL, Client: server.Client()}
			if got := authorize(t, keys, "Bearer "+genuine().String(), exp.Add(row.late)); got != row.want {
				t.Errorf("let in: %q", got)
			}
		})
	}
}

func TestForgedToken(t *testing.T) {
	header := func(name string, value any) func(*token) string {
		return func(tk *token) string { tk.header[name] = value; return "Bearer " + tk.String() }
	}
	claim := func(name string, value any) func(*token) string {
		return func(tk *token) string { tk.claims[name] = value; return "Bearer " + tk.String() }
	}
	without := func(name string) func(*token) string {
		return func(tk *token) string { delete(tk.claims, name); return "Bearer " + tk.String() }
	}
	raw := func(authorization string) func(*token) string { return func(*token) string { return authorization } }
	signed := func(alg, kid string, sign func(string) []byte) func(*token) string {
		return func(tk *token) string {
			tk.header["alg"], tk.header["kid"], tk.sign = alg, kid, sign
			return "Bearer " + tk.String()
		}
	}
	nothing := func(string) []byte { return nil }
	for _, row := range []struct {
		name  string
		spoil func(*token) string
	}{
		{"B36 no token", raw("")},
		{"B36 Bearer alone", raw("Bearer")},
		{"B36 Bearer and a blank", raw("Bearer ")},
		{"B36 Basic", raw("Basic YWRhOmFkYQ==")},
		{"B36 a token without scheme", func(tk *token) string { return tk.String() }},
		{"B36 a genuine token under Basic", func(tk *token) string { return "Basic " + tk.String() }},
		{"B36 two blanks", func(tk *token) string { return "Bearer  " + tk.String() }},
		{"B27 two tokens joined", func(tk *token) string { return "Bearer " + tk.String() + "," + tk.String() }},
		{"B27 two headers joined", func(tk *token) string { return "Bearer " + tk.String() + ", Bearer " + tk.String() }},
		{"B37 alg none without signature", signed("none", "rsa-1", nothing)},
		{"B37 alg None", signed("None", "rsa-1", nothing)},
		{"B37 alg none with the signature of another", signed("none", "rsa-1", func(m string) []byte { return rs256(issuerKeys().rsa, m) })},
		{"B37 alg empty", signed("", "rsa-1", nothing)},
		{"B37 HS256 signed with the public key", signed("HS256", "rsa-1", func(m string) []byte { return hs256(publicPEM(&issuerKeys().rsa.PublicKey), m) })},
		{"B37 HS256 signed with the modulus", signed("HS256", "rsa-1", func(m string) []byte { return hs256(issuerKeys().rsa.N.Bytes(), m) })},
		{"B37 ES256 with a zero signature", signed("ES256", "ec-1", func(string) []byte { return make([]byte, 64) })},
		{"B37 ES256 with an empty signature", signed("ES256", "ec-1", nothing)},
		{"B37 RS256 with a zero signature", signed("RS256", "rsa-1", func(string) []byte { return make([]byte, 256) })},
		{"B37 RS256 under the EC key", signed("RS256", "ec-1", func(m string) []byte { return rs256(issuerKeys().rsa, m) })},
		{"B37 ES256 under the RSA key", signed("ES256", "rsa-1", func(m string) []byte { return es256(issuerKeys().ec, m) })},
		{"B37 PS256", header("alg", "PS256")},
		{"B37 RS512", header("alg", "RS512")},
		{"B37 alg as a list", header("alg", []string{"RS256"})},
		{"B37 signed by somebody else", signed("RS256", "rsa-1", func(m string) []byte { return rs256(issuerKeys().other, m) })},
		{"B37 claims changed after signing", func(tk *token) string {
			parts := strings.Split(tk.String(), ".")
			tk.claims["sub"] = "admin"
			return "Bearer " + parts[0] + "." + segment(tk.claims) + "." + parts[2]
		}},
		{"B38 expired by 30 s", claim("exp", noon.Add(-30*time.Second).Unix())},
		{"B38 expired by 31 s", claim("exp", noon.Add(-31*time.Second).Unix())},
		{"B38 not before in 31 s", claim("nbf", noon.Add(31*time.Second).Unix())},
		{"B38 issued in 31 s", claim("iat", noon.Add(31*time.Second).Unix())},
		{"B38 no expiry", without("exp")},
		{"B38 expiry null", claim("exp", nil)},
		{"B38 expiry as a string", claim("exp", "1793534400")},
		{"B38 expiry with a fraction", claim("exp", 1793534400.5)},
		{"B38 expiry 1e30", claim("exp", 1e30)},
		{"B38 expiry negative", claim("exp", -1)},
		{"B38 expiry zero", claim("exp", 0)},
		{"B38 not before as a string", claim("nbf", "0")},
		{"B38 issued as an object", claim("iat", map[string]any{})},
		{"B39 another issuer", claim("iss", "https://evil.example")},
		{"B39 an issuer with a slash", claim("iss", issuer+"/")},
		{"B39 no issuer", without("iss")},
		{"B39 another audience", claim("aud", "other")},
		{"B39 audiences without us", claim("aud", []string{"a", "b"})},
		{"B39 no audience", without("aud")},
		{"B39 an empty list of audiences", claim("aud", []string{})},
		{"B39 an ID token, which is for the app that signed the person in", func(tk *token) string {
			tk.claims["aud"], tk.claims["nonce"] = "web-app", "n"
			return "Bearer " + tk.String()
		}},
		{"B39 another kind of token", header("typ", "dpop+jwt")},
		{"B39 a typ that is no string", header("typ", 5)},
		{"no subject", without("sub")},
		{"an empty subject", claim("sub", "")},
		{"a subject that is no string", claim("sub", 7)},
		{"B40 an unknown kid", header("kid", "rsa-9")},
		{"B40 a kid with a path", header("kid", "../../etc/passwd")},
		{"B40 a kid with SQL", header("kid", "x' OR '1'='1")},
		{"B40 a kid with a URL", header("kid", "https://evil.example/keys")},
		{"B40 an empty kid", header("kid", "")},
		{"B40 a kid that is no string", header("kid", 1)},
		{"B40 a kid of 129 letters", header("kid", strings.Repeat("k", 129))},
		{"B40 jku to another host", header("jku", "https://evil.example/jwks")},
		{"B40 an embedded key", header("jwk", rsaJWK("rsa-1", &issuerKeys().other.PublicKey))},
		{"B40 x5u", header("x5u", "https://evil.example/cert")},
		{"B40 x5c", header("x5c", []string{"MII"})},
		{"B40 crit", header("crit", []string{"exp"})},
		{"B41 100 KB", claim("padding", strings.Repeat("x", 100<<10))},
		{"B41 100,000 dots", raw("Bearer " + dots(100_000))},
		{"B41 no segments", raw("Bearer " + dots(2))},
		{"B41 four segments", func(tk *token) string { return "Bearer " + tk.String() + ".x" }},
		{"B41 two segments", raw("Bearer a.b")},
		{"no base64", raw("Bearer a+/=.b.c")},
		{"a padded signature", func(tk *token) string { return "Bearer " + tk.String() + "==" }},
	} {
		t.Run(row.name+" is let in as nobody", func(t *testing.T) {
			server := newKeyServer(t, keySet(t))
			if got := authorize(t, &handler.Keys{URL: server.URL, Client: server.Client()}, row.spoil(genuine()), noon); got != "" {
				t.Errorf("let in as %q", got)
			}
			if server.times() > 1 {
				t.Errorf("asked for keys %d times", server.times())
			}
		})
	}
	t.Run("no identity source is let in as nobody", func(t *testing.T) {
		answer, err := handler.Authorizer(slog.New(slog.DiscardHandler), issuer, audience, &handler.Keys{}, func(context.Context) (time.Time, error) { return noon, nil })(t.Context(), handler.AuthorizerRequest{})
		if err != nil || answer.Context["subject"] != "" {
			t.Errorf("%+v, %v", answer, err)
		}
	})
	t.Run("a refused token is logged without the token", func(t *testing.T) {
		var logged bytes.Buffer
		tk := genuine()
		tk.claims["iss"] = "https://evil.example"
		server := newKeyServer(t, keySet(t))
		_, err := handler.Authorizer(slog.New(slog.NewTextHandler(&logged, nil)), issuer, audience, &handler.Keys{URL: server.URL, Client: server.Client()},
			func(context.Context) (time.Time, error) { return noon, nil })(t.Context(), handler.AuthorizerRequest{IdentitySource: []string{"Bearer " + tk.String()}, RouteKey: "GET /v1/projects"})
		if err != nil || !strings.Contains(logged.String(), "GET /v1/projects") || strings.Contains(logged.String(), strings.Split(tk.String(), ".")[1]) {
			t.Errorf("%v: %s", err, &logged)
		}
	})
	t.Run("without a clock nobody is let in", func(t *testing.T) {
		_, err := handler.Authorizer(slog.New(slog.DiscardHandler), issuer, audience, &handler.Keys{}, func(context.Context) (time.Time, error) { return time.Time{}, errors.New("down") })(
			t.Context(), handler.AuthorizerRequest{IdentitySource: []string{"Bearer " + genuine().String()}})
		if err == nil {
			t.Error("no error, so the gateway would let the request through")
		}
	})
	t.Run("B41 oversized tokens are refused before anything is parsed", func(t *testing.T) {
		server := newKeyServer(t, keySet(t))
		keys := &handler.Keys{URL: server.URL, Client: server.Client()}
		log := slog.New(slog.DiscardHandler)
		serves := handler.Authorizer(log, issuer, audience, keys, func(context.Context) (time.Time, error) { return noon, nil })
		for _, authorization := range []string{"Bearer " + dots(100_000), "Bearer " + strings.Repeat("x", 100<<10) + ".y.z"} {
			allocated := testing.AllocsPerRun(10, func() {
				if _, err := serves(t.Context(), handler.AuthorizerRequest{IdentitySource: []string{authorization}}); err != nil {
					t.Fatal(err)
				}
			})
			if allocated > 100 || server.times() != 0 { // splitting at the dots would be 100,000
				t.Errorf("%.0f allocations, %d calls", allocated, server.times())
			}
		}
	})
}

// FuzzToken: nothing makes the authorizer panic, and nothing but the genuine token is let in.
func FuzzToken(f *testing.F) {
	server := newKeyServer(f, keySet(f))
	tk := genuine().String()
	parts := strings.Split(tk, ".")
	for _, seed := range []string{"", "Bearer", "Bearer " + tk, "Bearer " + parts[0] + "." + parts[1] + ".", "Bearer ..", tk, "Bearer e30.e30.e30"} {
		f.Add(seed)
	}
	keys := &handler.Keys{URL: server.URL, Client: server.Client()}
	f.Fuzz(func(t *testing.T, authorization string) {
		subject := authorize(t, keys, authorization, noon)
		scheme, rest, _ := strings.Cut(authorization, " ")
		if subject != "" && !(strings.EqualFold(scheme, "Bearer") && strings.HasPrefix(rest, parts[0]+"."+parts[1]+".")) {
			t.Errorf("%q was let in as %q", authorization, subject)
		}
	})
}
