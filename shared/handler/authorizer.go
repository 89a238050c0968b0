package handler

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// AuthorizerRequest is what we use of a REQUEST authorizer event, payload 2.0.
type AuthorizerRequest struct {
	IdentitySource []string `json:"identitySource"`
	RouteKey       string   `json:"routeKey"`
}

// AuthorizerAnswer is a simple response. A token that does not verify is let through with no subject: every endpoint
// then answers 401 with a problem document, where API Gateway could only say 403 in words of its own. There is no other
// way past: HTTP refuses a request without subject before anything else.
type AuthorizerAnswer struct {
	IsAuthorized bool              `json:"isAuthorized"`
	Context      map[string]string `json:"context"`
}

const (
	maxToken = 8 << 10
	leeway   = 30 * time.Second
)

// Authorizer verifies access tokens: RS256 or ES256 by a key of the issuer, with issuer, audience, expiry and subject.
// It hands on who asks and nothing that the token says of their roles.
func Authorizer(log *slog.Logger, issuer, audience string, keys *Keys, clock func(context.Context) (time.Time, error)) func(context.Context, AuthorizerRequest) (AuthorizerAnswer, error) {
	return func(ctx context.Context, r AuthorizerRequest) (AuthorizerAnswer, error) {
		now, err := clock(ctx)
		if err != nil {
			return AuthorizerAnswer{}, err
		}
		subject, err := verify(ctx, bearer(r.IdentitySource), issuer, audience, keys, now)
		if err != nil {
			log.InfoContext(ctx, "token refused", "route", r.RouteKey, "cause", err.Error())
		}
		return AuthorizerAnswer{IsAuthorized: true, Context: map[string]string{"subject": subject}}, nil
	}
}

// bearer is the token of the one Authorization header; joined or oversized ones are none (B27, B41).
func bearer(sources []string) string {
	if len(sources) == 0 {
		return ""
	}
	scheme, token, _ := strings.Cut(sources[0], " ")
	if !strings.EqualFold(scheme, "Bearer") || len(token) > maxToken || strings.ContainsAny(token, ", ") || strings.Count(token, ".") != 2 {
		return ""
	}
	return token
}

// claims are the registered ones. Their instants are whole seconds; the library would also take text and fractions (B38).
type claims struct{ jwt.RegisteredClaims }

func (c *claims) UnmarshalJSON(b []byte) error {
	var instants struct{ Exp, Nbf, Iat *int64 }
	if err := json.Unmarshal(b, &instants); err != nil {
		return err
	}
	return json.Unmarshal(b, &c.RegisteredClaims)
}

func verify(ctx context.Context, token, issuer, audience string, keys *Keys, now time.Time) (string, error) {
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{"RS256", "ES256"}), jwt.WithIssuer(issuer), jwt.WithAudience(audience),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(leeway), jwt.WithTimeFunc(func() time.Time { return now }),
	)
	parsed, err := parser.ParseWithClaims(token, &claims{}, func(t *jwt.Token) (any, error) {
		for _, forbidden := range []string{"crit", "jwk", "jku", "x5u", "x5c"} {
			if _, ok := t.Header[forbidden]; ok {
				return nil, jwt.ErrTokenUnverifiable
			}
		}
		typ, given := t.Header["typ"]
		if typ, _ := typ.(string); given && !strings.EqualFold(typ, "at+jwt") && !strings.EqualFold(typ, "JWT") {
			return nil, jwt.ErrTokenUnverifiable
		}
		kid, _ := t.Header["kid"].(string)
		return keys.Find(ctx, kid, t.Method.Alg(), now)
	})
	if err != nil {
		return "", err
	}
	subject, err := parsed.Claims.GetSubject()
	if err == nil && subject == "" {
		err = jwt.ErrTokenRequiredClaimMissing
	}
	return subject, err
}
