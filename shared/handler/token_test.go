package handler_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	issuer   = "https://issuer.example"
	audience = "callsheet"
)

// issuerKeys are the keys of the tests' issuer, made once.
var issuerKeys = sync.OnceValue(func() (k struct {
	rsa, other *rsa.PrivateKey
	ec         *ecdsa.PrivateKey
}) {
	var err error
	for _, into := range []**rsa.PrivateKey{&k.rsa, &k.other} {
		if *into, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
			panic(err)
		}
	}
	if k.ec, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		panic(err)
	}
	return k
})

// token is one to be spoiled: a header, claims, and the way to sign them.
type token struct {
	header map[string]any
	claims map[string]any
	sign   func(message string) []byte
}

func genuine() *token {
	return &token{
		header: map[string]any{"alg": "RS256", "kid": "rsa-1", "typ": "at+jwt"},
		claims: map[string]any{"iss": issuer, "aud": audience, "sub": "ada", "iat": noon.Unix(), "exp": noon.Add(time.Hour).Unix()},
		sign:   func(m string) []byte { return rs256(issuerKeys().rsa, m) },
	}
}

func (tk *token) String() string {
	message := segment(tk.header) + "." + segment(tk.claims)
	return message + "." + base64.RawURLEncoding.EncodeToString(tk.sign(message))
}

func segment(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // the tests' own values
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func rs256(key *rsa.PrivateKey, message string) []byte {
	sum := sha256.Sum256([]byte(message))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return signature
}

func es256(key *ecdsa.PrivateKey, message string) []byte {
	sum := sha256.Sum256([]byte(message))
	r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
	if err != nil {
		panic(err)
	}
	return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
}

func hs256(secret []byte, message string) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(message))
	return mac.Sum(nil)
}

// publicPEM is the public key as an attacker finds it published.
func publicPEM(key *rsa.PublicKey) []byte {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

func number(n *big.Int) string { return base64.RawURLEncoding.EncodeToString(n.Bytes()) }

func rsaJWK(kid string, key *rsa.PublicKey) map[string]any {
	return map[string]any{"kty": "RSA", "kid": kid, "use": "sig", "n": number(key.N), "e": number(big.NewInt(int64(key.E)))}
}

func ecJWK(t testing.TB, kid string, key *ecdsa.PublicKey) map[string]any {
	t.Helper()
	point, err := key.Bytes() // 4, x, y
	if err != nil {
		t.Fatal(err)
	}
	return map[string]any{"kty": "EC", "crv": "P-256", "kid": kid, "x": base64.RawURLEncoding.EncodeToString(point[1:33]), "y": base64.RawURLEncoding.EncodeToString(point[33:])}
}

// keySet is the issuer's published set.
func keySet(t testing.TB) []map[string]any {
	k := issuerKeys()
	return []map[string]any{rsaJWK("rsa-1", &k.rsa.PublicKey), ecJWK(t, "ec-1", &k.ec.PublicKey)}
}

// keyServer publishes keys, and counts how often it is asked.
type keyServer struct {
	*httptest.Server
	mu     sync.Mutex
	answer http.HandlerFunc
	asked  int
}

func newKeyServer(t testing.TB, keys []map[string]any) *keyServer {
	t.Helper()
	s := &keyServer{}
	s.publish(keys)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked++
		answer := s.answer
		s.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *keyServer) publish(keys []map[string]any) {
	s.answerWith(func(w http.ResponseWriter, _ *http.Request) {
		if err := json.NewEncoder(w).Encode(map[string]any{"keys": keys}); err != nil {
			panic(err)
		}
	})
}

func (s *keyServer) answerWith(answer http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
}

func (s *keyServer) goDown() {
	s.answerWith(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
}

func (s *keyServer) times() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// dots is a token of nothing but separators.
func dots(n int) string { return strings.Repeat(".", n) }
