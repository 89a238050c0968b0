package oidc_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/clock"
	"github.com/callsheet/callsheet/infra/local/oidc"
)

const (
	issuer   = "http://127.0.0.1:9000"
	audience = "callsheet"
)

var (
	start = time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)
	ana   = oidc.Persona{Subject: "pro-ana", Name: `Ana <script>"`, Role: "pro", Email: "ana@pro.example", Language: "es", Zone: "Europe/Madrid"}
)

func open(t *testing.T, file string) *oidc.Server {
	t.Helper()
	db, err := bolt.Open(file, 0o600, &bolt.Options{NoSync: true, NoFreelistSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { // the key is read at start only
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	clk, err := clock.Open(db, start, true)
	if err != nil {
		t.Fatal(err)
	}
	s, err := oidc.Open(oidc.Config{DB: db, Clock: clk, Issuer: issuer, Audience: audience, Personas: []oidc.Persona{ana}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newServer(t *testing.T) *oidc.Server {
	t.Helper()
	return open(t, filepath.Join(t.TempDir(), "state.db"))
}

func call(s *oidc.Server, method, target, host string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(form.Encode()))
	r.Host = host
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func get(t *testing.T, s *oidc.Server, path string, into any) {
	t.Helper()
	w := call(s, "GET", path, "127.0.0.1:9000", nil)
	if w.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
		t.Fatal(err)
	}
}

// published reads the verification key as a stranger would: discovery, then the JWKS.
func published(t *testing.T, s *oidc.Server) (*ecdsa.PublicKey, string) {
	t.Helper()
	var discovery struct {
		Issuer string `json:"issuer"`
		Keys   string `json:"jwks_uri"`
	}
	get(t, s, "/.well-known/openid-configuration", &discovery)
	if discovery.Issuer != issuer {
		t.Fatalf("issuer %s", discovery.Issuer)
	}
	var set struct{ Keys []map[string]string }
	get(t, s, strings.TrimPrefix(discovery.Keys, issuer), &set)
	if len(set.Keys) != 1 || set.Keys[0]["alg"] != "ES256" || set.Keys[0]["d"] != "" {
		t.Fatalf("%v", set.Keys)
	}
	point := []byte{4}
	for _, name := range []string{"x", "y"} {
		half, err := base64.RawURLEncoding.DecodeString(set.Keys[0][name])
		if err != nil {
			t.Fatal(err)
		}
		point = append(point, half...)
	}
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		t.Fatal(err)
	}
	return key, set.Keys[0]["kid"]
}

func requestToken(t *testing.T, s *oidc.Server) string {
	t.Helper()
	w := call(s, "POST", "/token", "127.0.0.1:9000", url.Values{"persona": {ana.Subject}})
	var answer struct {
		Token     string `json:"access_token"`
		Type      string `json:"token_type"`
		ExpiresIn int    `json:"expires_in"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != http.StatusOK || answer.Type != "Bearer" || answer.ExpiresIn != 3600 {
		t.Fatalf("%d %s %v", w.Code, w.Body, err)
	}
	return answer.Token
}

func verify(token string, key *ecdsa.PublicKey, at time.Time) (*jwt.Token, error) {
	return jwt.Parse(token, func(*jwt.Token) (any, error) { return key, nil }, jwt.WithValidMethods([]string{"ES256"}),
		jwt.WithIssuer(issuer), jwt.WithAudience(audience), jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithTimeFunc(func() time.Time { return at }))
}

func TestToken(t *testing.T) {
	t.Run("verifies against the published key and says who it is", func(t *testing.T) {
		s := newServer(t)
		key, kid := published(t, s)
		token, err := verify(requestToken(t, s), key, start)
		if err != nil {
			t.Fatal(err)
		}
		claims := token.Claims.(jwt.MapClaims)
		for name, want := range map[string]any{"sub": ana.Subject, "name": ana.Name, "role": "pro", "email": ana.Email, "locale": "es", "zoneinfo": "Europe/Madrid",
			"iat": float64(start.Unix()), "exp": float64(start.Add(time.Hour).Unix())} {
			if claims[name] != want {
				t.Errorf("%s: got %v, want %v", name, claims[name], want)
			}
		}
		if token.Header["typ"] != "at+jwt" || token.Header["kid"] != kid {
			t.Errorf("%v", token.Header)
		}
	})
	for name, row := range map[string]struct {
		passed time.Duration
		ok     bool
	}{
		"is valid 1 ms before the hour is over": {time.Hour - time.Millisecond, true},
		"is expired exactly then":               {time.Hour, false},
		"is expired 1 ms after":                 {time.Hour + time.Millisecond, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			key, _ := published(t, s)
			_, err := verify(requestToken(t, s), key, start.Add(row.passed))
			if (err == nil) != row.ok || err != nil && !errors.Is(err, jwt.ErrTokenExpired) {
				t.Fatalf("got %v, want ok %v", err, row.ok)
			}
		})
	}
	t.Run("stays valid over a restart", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "state.db")
		token := requestToken(t, open(t, file))
		key, _ := published(t, open(t, file))
		if _, err := verify(token, key, start); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("is refused by the key of another data folder", func(t *testing.T) {
		key, _ := published(t, newServer(t))
		if _, err := verify(requestToken(t, newServer(t)), key, start); !errors.Is(err, jwt.ErrTokenSignatureInvalid) {
			t.Fatal(err)
		}
	})
	t.Run("is refused to nobody, a stranger and a query parameter", func(t *testing.T) {
		s := newServer(t)
		for _, form := range []url.Values{{}, {"persona": {"root"}}} {
			if w := call(s, "POST", "/token?persona=pro-ana", "127.0.0.1:9000", form); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "invalid_grant") {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
		}
	})
	t.Run("is not given on GET", func(t *testing.T) {
		if w := call(newServer(t), "GET", "/token?persona=pro-ana", "127.0.0.1:9000", nil); w.Code != http.StatusMethodNotAllowed {
			t.Fatalf("%d", w.Code)
		}
	})
}

func TestHost(t *testing.T) {
	for host, want := range map[string]int{"127.0.0.1:9000": 200, "localhost": 200, "[::1]:9000": 200, "evil.example": 403, "127.0.0.1.evil.example:9000": 403, "10.0.0.1": 403} {
		t.Run("answers "+host+" as it should", func(t *testing.T) {
			s := newServer(t)
			if w := call(s, "POST", "/token", host, url.Values{"persona": {ana.Subject}}); w.Code != want {
				t.Errorf("token: got %d, want %d", w.Code, want)
			}
			if w := call(s, "GET", "/", host, nil); w.Code != want {
				t.Errorf("page: got %d, want %d", w.Code, want)
			}
			if w := call(s, "GET", "/.well-known/jwks.json", host, nil); w.Code != 200 {
				t.Errorf("keys: %d", w.Code)
			}
		})
	}
}

func TestPage(t *testing.T) {
	t.Run("lists the personas, escaped", func(t *testing.T) {
		w := call(newServer(t), "GET", "/", "127.0.0.1:9000", nil)
		body, err := io.ReadAll(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(body), "pro-ana") || strings.Contains(string(body), "<script>") || !strings.Contains(w.Header().Get("Content-Security-Policy"), "default-src 'none'") {
			t.Fatalf("%v %s", w.Header(), body)
		}
	})
}
