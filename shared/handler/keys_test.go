package handler_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/callsheet/callsheet/shared/handler"
)

// has reports whether the cache gives a key of that id at an instant.
func has(t *testing.T, k *handler.Keys, kid, alg string, now time.Time) bool {
	t.Helper()
	key, err := k.Find(t.Context(), kid, alg, now)
	if (key == nil) == (err == nil) {
		t.Fatalf("key %v with error %v", key, err)
	}
	return err == nil
}

func keysOf(s *keyServer) *handler.Keys { return &handler.Keys{URL: s.URL, Client: s.Client()} }

func TestKeysAreAskedForSparingly(t *testing.T) {
	t.Run("known keys are asked for once", func(t *testing.T) {
		s := newKeyServer(t, keySet(t))
		k := keysOf(s)
		for range 100 {
			if !has(t, k, "rsa-1", "RS256", noon) || !has(t, k, "ec-1", "ES256", noon) {
				t.Fatal("no key")
			}
		}
		if s.times() != 1 {
			t.Errorf("asked %d times", s.times())
		}
	})
	t.Run("B40 unknown key ids cause one look per five minutes", func(t *testing.T) {
		s := newKeyServer(t, keySet(t))
		k := keysOf(s)
		for i := range 1000 {
			if has(t, k, fmt.Sprintf("unknown-%d", i), "RS256", noon) {
				t.Fatal("a key out of nothing")
			}
		}
		if has(t, k, "unknown", "RS256", noon.Add(5*time.Minute-time.Millisecond)); s.times() != 1 {
			t.Errorf("asked %d times within five minutes", s.times())
		}
		if has(t, k, "unknown", "RS256", noon.Add(5*time.Minute)); s.times() != 2 {
			t.Errorf("asked %d times after five minutes", s.times())
		}
	})
	t.Run("B40 an implausible key id causes no look at all", func(t *testing.T) {
		s := newKeyServer(t, keySet(t))
		for _, kid := range []string{"", "../../etc/passwd", "a b", "x' OR 1=1", "https://evil.example", strings.Repeat("k", 129), "é"} {
			if has(t, keysOf(s), kid, "RS256", noon) {
				t.Errorf("a key %q", kid)
			}
		}
		if s.times() != 0 {
			t.Errorf("asked %d times", s.times())
		}
	})
	t.Run("a new key of the issuer is found at the next look", func(t *testing.T) {
		s := newKeyServer(t, keySet(t))
		k := keysOf(s)
		has(t, k, "rsa-1", "RS256", noon)
		s.publish(append(keySet(t), rsaJWK("rsa-2", &issuerKeys().other.PublicKey)))
		if !has(t, k, "rsa-2", "RS256", noon.Add(5*time.Minute)) {
			t.Error("not found")
		}
	})
	t.Run("a key that the issuer has taken back is gone within half a day", func(t *testing.T) {
		s := newKeyServer(t, keySet(t))
		k := keysOf(s)
		has(t, k, "rsa-1", "RS256", noon)
		s.publish(keySet(t)[1:])
		if has(t, k, "rsa-1", "RS256", noon.Add(12*time.Hour+time.Millisecond)) {
			t.Error("still good")
		}
	})
	t.Run("a key is only good for its own algorithm", func(t *testing.T) {
		k := keysOf(newKeyServer(t, keySet(t)))
		if has(t, k, "rsa-1", "ES256", noon) || has(t, k, "ec-1", "RS256", noon) {
			t.Error("algorithms are confused")
		}
	})
}

func TestKeysOutliveAnIssuerThatIsDown(t *testing.T) {
	for _, row := range []struct {
		name string
		down time.Duration
		good bool
	}{
		{"23 h 59 they are good", 23*time.Hour + 59*time.Minute, true},
		{"24 h they are good", 24 * time.Hour, true},
		{"24 h and a millisecond they are not", 24*time.Hour + time.Millisecond, false},
	} {
		t.Run("after "+row.name, func(t *testing.T) {
			s := newKeyServer(t, keySet(t))
			k := keysOf(s)
			if !has(t, k, "rsa-1", "RS256", noon) {
				t.Fatal("no key")
			}
			s.goDown()
			for at := time.Duration(0); at < row.down; at += 10 * time.Minute {
				if !has(t, k, "rsa-1", "RS256", noon.Add(at)) {
					t.Fatalf("gone after %s", at)
				}
			}
			if got := has(t, k, "rsa-1", "RS256", noon.Add(row.down)); got != row.good {
				t.Errorf("good: %v", got)
			}
		})
	}
	t.Run("it is asked again once it is back", func(t *testing.T) {
		s := newKeyServer(t, keySet(t))
		s.goDown()
		k := keysOf(s)
		if has(t, k, "rsa-1", "RS256", noon) {
			t.Fatal("a key out of nothing")
		}
		s.publish(keySet(t))
		if !has(t, k, "rsa-1", "RS256", noon.Add(5*time.Minute)) {
			t.Error("not found")
		}
	})
}

func TestHostileKeyServer(t *testing.T) {
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	one := rsaJWK("rsa-1", &issuerKeys().rsa.PublicKey)
	with := func(name string, value any) map[string]any {
		changed := map[string]any{}
		for k, v := range one {
			changed[k] = v
		}
		changed[name] = value
		return changed
	}
	point := func(x, y string) map[string]any {
		return map[string]any{"kty": "EC", "crv": "P-256", "kid": "rsa-1", "x": x, "y": y}
	}
	b64 := base64.RawURLEncoding.EncodeToString
	many := []map[string]any{one}
	for i := range 20 {
		many = append(many, rsaJWK(fmt.Sprint("k", i), &issuerKeys().rsa.PublicKey))
	}
	for name, keys := range map[string][]map[string]any{
		"21 keys":                          many,
		"a small RSA key":                  {rsaJWK("rsa-1", &small.PublicKey)},
		"exponent 1":                       {with("e", "AQ")},
		"exponent 2":                       {with("e", "Ag")},
		"a huge exponent":                  {with("e", b64(new(big.Int).Lsh(big.NewInt(1), 40).Bytes()))},
		"a modulus that is no base64":      {with("n", "!!!")},
		"a key for encryption":             {with("use", "enc")},
		"a symmetric key":                  {{"kty": "oct", "kid": "rsa-1", "k": "c2VjcmV0"}},
		"a point that is not on the curve": {point(b64([]byte{1}), b64([]byte{1}))},
		"the point at zero":                {point("", "")},
		"coordinates of 1,000 bytes":       {point(b64(make([]byte, 1000)), b64([]byte(strings.Repeat("x", 1000))))},
		"another curve":                    {{"kty": "EC", "crv": "P-384", "kid": "rsa-1", "x": "AQ", "y": "AQ"}},
		"no keys":                          {},
	} {
		t.Run(name+" gives no key", func(t *testing.T) {
			k := keysOf(newKeyServer(t, keys))
			if has(t, k, "rsa-1", "RS256", noon) || has(t, k, "rsa-1", "ES256", noon) {
				t.Error("a key was taken")
			}
		})
	}
	t.Run("20 keys are taken", func(t *testing.T) {
		if !has(t, keysOf(newKeyServer(t, many[:20])), "rsa-1", "RS256", noon) {
			t.Error("no key")
		}
	})
	t.Run("a redirect is not followed", func(t *testing.T) {
		reached := false
		other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
		defer other.Close()
		s := newKeyServer(t, nil)
		s.answerWith(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, http.StatusFound) })
		if has(t, keysOf(s), "rsa-1", "RS256", noon) || reached {
			t.Error("followed")
		}
	})
	for name, body := range map[string]string{
		"1 MB": `{"keys":[],"padding":"` + strings.Repeat("x", 1<<20) + `"}`, "no JSON": "<html>", "an empty answer": "", "a list": "[]", "keys of another type": `{"keys":[{"kid":{}}]}`,
	} {
		t.Run(name+" is refused, and what was known stays good", func(t *testing.T) {
			s := newKeyServer(t, keySet(t))
			k := keysOf(s)
			has(t, k, "rsa-1", "RS256", noon)
			s.answerWith(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) })
			if has(t, k, "other", "RS256", noon.Add(time.Hour)) {
				t.Error("a key out of nothing")
			}
			if !has(t, k, "rsa-1", "RS256", noon.Add(time.Hour)) || s.times() != 2 {
				t.Errorf("lost after %d looks", s.times())
			}
		})
	}
	t.Run("an address that is none is an error", func(t *testing.T) {
		if has(t, &handler.Keys{URL: "://", Client: http.DefaultClient}, "rsa-1", "RS256", noon) {
			t.Error("a key out of nothing")
		}
	})
	t.Run("a line that breaks is an error", func(t *testing.T) {
		client := &http.Client{Transport: broken{}}
		if has(t, &handler.Keys{URL: "http://issuer.example", Client: client}, "rsa-1", "RS256", noon) {
			t.Error("a key out of nothing")
		}
	})
}

type broken struct{}

func (broken) RoundTrip(*http.Request) (*http.Response, error) { return nil, errors.New("no line") }
