// Package oidc is the local identity provider: one issuer, a handful of personas, and a signed access token for whoever
// asks. It exists so that the authorizer verifies real tokens against a real JWKS. It has no login, no secrets, no
// sessions, no refresh and no ID tokens, which is why nothing but a laptop may ever trust it.
package oidc

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"
	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/clock"
)

// TokenLife is how long an access token is valid, in virtual time.
const TokenLife = time.Hour

// A Persona is someone a person at the keyboard can be.
type Persona struct {
	Subject  string
	Name     string
	Role     string
	Email    string
	Language string // BCP 47
	Zone     string // IANA
}

// Config is what the issuer needs from the cloud around it.
type Config struct {
	DB       *bolt.DB
	Clock    *clock.Clock
	Issuer   string // the URL at which this server is reached
	Audience string
	Personas []Persona
}

// Server is an http.Handler: discovery, JWKS, the token endpoint, and a page that lists the personas.
type Server struct {
	clock    *clock.Clock
	issuer   string
	audience string
	personas []Persona
	key      *ecdsa.PrivateKey
	keyID    string
	routes   http.Handler
}

// Open takes the signing key from db, or makes it: tokens stay valid over a restart.
func Open(c Config) (*Server, error) {
	key, err := signingKey(c.DB)
	if err != nil {
		return nil, fmt.Errorf("oidc: signing key: %w", err)
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		return nil, fmt.Errorf("oidc: public key: %w", err)
	}
	sum := sha256.Sum256(point)
	s := &Server{clock: c.Clock, issuer: c.Issuer, audience: c.Audience, personas: slices.Clone(c.Personas),
		key: key, keyID: hex.EncodeToString(sum[:8])}
	s.routes = s.newRoutes()
	return s, nil
}

func signingKey(db *bolt.DB) (key *ecdsa.PrivateKey, err error) {
	root, name := []byte("oidc"), []byte("key")
	err = db.Update(func(tx *bolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists(root)
		if err != nil {
			return err
		}
		if saved := b.Get(name); saved != nil {
			key, err = x509.ParseECPrivateKey(saved)
			return err
		}
		if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			return err
		}
		saved, err := x509.MarshalECPrivateKey(key)
		if err != nil {
			return err
		}
		return b.Put(name, saved)
	})
	return key, err
}

// Key is the signing key and its id, for tests that need a token no persona would get.
func (s *Server) Key() (key *ecdsa.PrivateKey, keyID string) { return s.key, s.keyID }

// ErrUnknownPersona is returned by Token for a subject that is no persona's.
var ErrUnknownPersona = errors.New("oidc: no such persona")

// An access token as RFC 9068 has it, with the standard claims of OpenID Connect for who it is.
type accessToken struct {
	jwt.RegisteredClaims
	ClientID string `json:"client_id"`
	Name     string `json:"name"`
	Role     string `json:"role"`
	Email    string `json:"email"`
	Locale   string `json:"locale"`
	Zone     string `json:"zoneinfo"`
}

// Token signs an access token for the persona with this subject, from now for TokenLife.
func (s *Server) Token(subject string) (string, error) {
	i := slices.IndexFunc(s.personas, func(p Persona) bool { return p.Subject == subject })
	if i < 0 {
		return "", fmt.Errorf("%w: %q", ErrUnknownPersona, subject)
	}
	p, now := s.personas[i], s.clock.Now()
	token := jwt.NewWithClaims(jwt.SigningMethodES256, accessToken{
		RegisteredClaims: jwt.RegisteredClaims{Issuer: s.issuer, Subject: p.Subject, Audience: jwt.ClaimStrings{s.audience}, ID: rand.Text(),
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(TokenLife))},
		ClientID: "local", Name: p.Name, Role: p.Role, Email: p.Email, Locale: p.Language, Zone: p.Zone,
	})
	token.Header["typ"], token.Header["kid"] = "at+jwt", s.keyID
	signed, err := token.SignedString(s.key)
	if err != nil {
		return "", fmt.Errorf("oidc: sign token: %w", err)
	}
	return signed, nil
}

// A jwk is the public key as RFC 7517 has it.
type jwk struct {
	KeyType   string `json:"kty"`
	Use       string `json:"use"`
	Algorithm string `json:"alg"`
	KeyID     string `json:"kid"`
	Curve     string `json:"crv"`
	X         string `json:"x"`
	Y         string `json:"y"`
}

func (s *Server) publicKey() (jwk, error) {
	point, err := s.key.PublicKey.Bytes() // 0x04, X, Y
	if err != nil {
		return jwk{}, fmt.Errorf("oidc: public key: %w", err)
	}
	half := 1 + (len(point)-1)/2
	return jwk{KeyType: "EC", Use: "sig", Algorithm: "ES256", KeyID: s.keyID, Curve: "P-256",
		X: base64.RawURLEncoding.EncodeToString(point[1:half]), Y: base64.RawURLEncoding.EncodeToString(point[half:])}, nil
}
