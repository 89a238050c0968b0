package handler

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"regexp"
	"slices"
	"sync"
	"time"
)

// Keys caches the issuer's public keys. An unknown key id causes at most one look per refreshEvery; while the issuer is
// down the keys that we have stay good for staleFor.
type Keys struct {
	URL    string
	Client *http.Client

	mu      sync.Mutex
	byID    map[string]publicKey
	fetched time.Time // last success
	tried   time.Time
}

type publicKey struct {
	alg string
	key any
}

const (
	refreshEvery = 5 * time.Minute
	staleFor     = 24 * time.Hour
	maxKeys      = 20
	maxKeyBody   = 64 << 10
)

var kidForm = regexp.MustCompile(`^[A-Za-z0-9_=-]{1,128}$`)

// Find is the issuer's key of that id and algorithm.
func (k *Keys) Find(ctx context.Context, kid, alg string, now time.Time) (any, error) {
	if !kidForm.MatchString(kid) {
		return nil, errors.New("jwks: the token names no plausible key")
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	found, ok := k.byID[kid]
	if (!ok || now.Sub(k.fetched) > staleFor/2) && now.Sub(k.tried) >= refreshEvery {
		k.tried = now
		if err := k.refresh(ctx, now); err != nil && !ok {
			return nil, err
		}
		found, ok = k.byID[kid]
	}
	if !ok || found.alg != alg || now.Sub(k.fetched) > staleFor {
		return nil, fmt.Errorf("jwks: no %s key %q", alg, kid)
	}
	return found.key, nil
}

func (k *Keys) refresh(ctx context.Context, now time.Time) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, k.URL, nil)
	if err != nil {
		return err
	}
	client := *k.Client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return errors.New("jwks: redirects are not followed") }
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("jwks: %s", resp.Status)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxKeyBody+1))
	if err != nil {
		return err
	}
	if len(body) > maxKeyBody {
		return errors.New("jwks: the key set is too large")
	}
	byID, err := parseKeys(body)
	if err != nil {
		return err
	}
	k.byID, k.fetched = byID, now
	return nil
}

func parseKeys(body []byte) (map[string]publicKey, error) {
	var set struct {
		Keys []struct {
			Kty, Kid, Use, Crv, N, E, X, Y string
		}
	}
	if err := json.Unmarshal(body, &set); err != nil {
		return nil, fmt.Errorf("jwks: %w", err)
	}
	if len(set.Keys) > maxKeys {
		return nil, errors.New("jwks: too many keys")
	}
	byID := map[string]publicKey{}
	for _, j := range set.Keys {
		if j.Use != "" && j.Use != "sig" {
			continue
		}
		switch {
		case j.Kty == "RSA":
			n, e := number(j.N), number(j.E)
			if n.BitLen() >= 2048 && e.IsInt64() && e.Int64() > 2 && e.Int64() < 1<<31 {
				byID[j.Kid] = publicKey{"RS256", &rsa.PublicKey{N: n, E: int(e.Int64())}}
			}
		case j.Kty == "EC" && j.Crv == "P-256":
			point := slices.Concat([]byte{4}, octets(j.X), octets(j.Y))
			if key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point); err == nil { // only points on the curve
				byID[j.Kid] = publicKey{"ES256", key}
			}
		}
	}
	return byID, nil
}

func number(s string) *big.Int { return new(big.Int).SetBytes(octets(s)) }

// octets is nothing where s is no base64url, which no kind of key accepts.
func octets(s string) []byte {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return nil
	}
	return b
}
