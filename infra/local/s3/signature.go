package s3

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	algorithm       = "AWS4-HMAC-SHA256"
	unsignedPayload = "UNSIGNED-PAYLOAD"
	dateLayout      = "20060102T150405Z"
	longestPresign  = 7 * 24 * time.Hour
	earliestPresign = 15 * time.Minute // how far in the future a presigned date may lie
)

// A claim is what a request says about its own signature (Signature Version 4).
type claim struct {
	accessKeyID, day, region string
	date                     string // as sent, and as a time:
	signedAt                 time.Time
	headers                  []string // signed ones, lower case, as sent
	signature                string
	payload                  string // hash of the body, or UNSIGNED-PAYLOAD
}

// authenticate refuses a request that is not signed by a known key over exactly this method, path, query and headers.
// A presigned one must also be within its time on the virtual clock; a header-signed one is not held to a time, because
// SDKs sign with wall time.
func (s *Server) authenticate(r *http.Request, query url.Values) (payload string, err error) {
	var c claim
	presigned := query.Has("X-Amz-Signature") || query.Has("X-Amz-Algorithm")
	switch {
	case presigned && r.Header.Get("Authorization") != "":
		return "", refuse(http.StatusBadRequest, "InvalidArgument", "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter or the Authorization header should be specified")
	case presigned:
		c, err = claimInQuery(r, query)
	case r.Header.Get("Authorization") != "":
		c, err = claimInHeader(r)
	default:
		err = accessDenied("Access Denied")
	}
	if err != nil {
		return "", err
	}
	if err := s.checkSignature(r, query, c); err != nil {
		return "", err
	}
	if presigned {
		return c.payload, s.checkTime(c, query)
	}
	return c.payload, nil
}

func (s *Server) checkSignature(r *http.Request, query url.Values, c claim) error {
	secret, known := s.secret(c.accessKeyID)
	switch {
	case !known:
		return refuse(http.StatusForbidden, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.")
	case query.Has("X-Amz-Security-Token") || r.Header.Get("X-Amz-Security-Token") != "":
		return refuse(http.StatusBadRequest, "InvalidToken", "The provided token is malformed or otherwise invalid: this cloud knows no session tokens.")
	case c.region != s.region:
		return refuse(http.StatusBadRequest, "AuthorizationHeaderMalformed", "The region '"+c.region+"' is wrong; expecting '"+s.region+"'")
	}
	if err := checkSignedHeaders(r, c.headers); err != nil {
		return err
	}
	want := c.sign(secret, canonicalRequest(r, query, c))
	if subtle.ConstantTimeCompare([]byte(want), []byte(c.signature)) != 1 {
		return refuse(http.StatusForbidden, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your key and signing method.")
	}
	return nil
}

// checkSignedHeaders: what changes the meaning of a request must be signed, or whoever holds a URL could add to it.
func checkSignedHeaders(r *http.Request, signed []string) error {
	if !slices.Contains(signed, "host") {
		return refuse(http.StatusForbidden, "SignatureDoesNotMatch", "The host header must be signed.")
	}
	for name := range r.Header {
		name = strings.ToLower(name)
		if strings.HasPrefix(name, "x-amz-") && !slices.Contains(signed, name) {
			return accessDenied("There were headers present in the request which were not signed: " + name)
		}
	}
	return nil
}

func claimInHeader(r *http.Request) (claim, error) {
	malformed := refuse(http.StatusBadRequest, "AuthorizationHeaderMalformed", "The authorization header is malformed; expecting Credential, SignedHeaders and Signature of "+algorithm)
	rest, ok := strings.CutPrefix(r.Header.Get("Authorization"), algorithm+" ")
	if !ok {
		return claim{}, malformed
	}
	fields := map[string]string{}
	for field := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(field), "=")
		fields[name] = value
	}
	c := claim{
		date:      r.Header.Get("X-Amz-Date"),
		headers:   strings.Split(fields["SignedHeaders"], ";"),
		signature: fields["Signature"],
		payload:   r.Header.Get("X-Amz-Content-Sha256"),
	}
	if c.payload == "" {
		return claim{}, refuse(http.StatusBadRequest, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256")
	}
	if !c.scope(fields["Credential"]) {
		return claim{}, malformed
	}
	return c, nil
}

func claimInQuery(r *http.Request, query url.Values) (claim, error) {
	c := claim{
		date:      query.Get("X-Amz-Date"),
		headers:   strings.Split(query.Get("X-Amz-SignedHeaders"), ";"),
		signature: query.Get("X-Amz-Signature"),
		payload:   unsignedPayload,
	}
	if hash := r.Header.Get("X-Amz-Content-Sha256"); hash != "" {
		c.payload = hash
	}
	if query.Get("X-Amz-Algorithm") != algorithm || !c.scope(query.Get("X-Amz-Credential")) {
		return claim{}, malformedQuery("Query-string authentication requires X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders and X-Amz-Expires.")
	}
	return c, nil
}

// scope reads "<key id>/<day>/<region>/s3/aws4_request"; the day must be that of the date.
func (c *claim) scope(credential string) bool {
	parts := strings.Split(credential, "/")
	if len(parts) != 5 || parts[3] != "s3" || parts[4] != "aws4_request" {
		return false
	}
	c.accessKeyID, c.day, c.region = parts[0], parts[1], parts[2]
	at, err := time.Parse(dateLayout, c.date)
	c.signedAt = at
	return err == nil && strings.HasPrefix(c.date, c.day+"T")
}

// checkTime: valid from the signed date until, and not at, date + X-Amz-Expires.
func (s *Server) checkTime(c claim, query url.Values) error {
	seconds, err := strconv.Atoi(query.Get("X-Amz-Expires"))
	lasts := time.Duration(seconds) * time.Second
	if err != nil || seconds < 1 || seconds > int(longestPresign/time.Second) {
		return malformedQuery("X-Amz-Expires must be a number of seconds from 1 to 604800")
	}
	now := s.clock.Now()
	if c.signedAt.After(now.Add(earliestPresign)) {
		return accessDenied("Request is not valid yet")
	}
	if !now.Before(c.signedAt.Add(lasts)) {
		return accessDenied("Request has expired")
	}
	return nil
}

func (c claim) sign(secret, request string) string {
	key := []byte("AWS4" + secret)
	for _, part := range []string{c.day, c.region, "s3", "aws4_request"} {
		key = mac(key, part)
	}
	hash := sha256.Sum256([]byte(request))
	scope := strings.Join([]string{c.day, c.region, "s3", "aws4_request"}, "/")
	return hex.EncodeToString(mac(key, strings.Join([]string{algorithm, c.date, scope, hex.EncodeToString(hash[:])}, "\n")))
}

func mac(key []byte, text string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}

func canonicalRequest(r *http.Request, query url.Values, c claim) string {
	var headers strings.Builder
	for _, name := range c.headers {
		values := r.Header.Values(name)
		if name == "host" {
			values = []string{r.Host}
		}
		trimmed := make([]string, len(values))
		for i, v := range values {
			trimmed[i] = strings.Join(strings.Fields(v), " ")
		}
		headers.WriteString(name + ":" + strings.Join(trimmed, ",") + "\n")
	}
	return strings.Join([]string{
		r.Method, uriEncode(r.URL.Path, "/"), canonicalQuery(query), headers.String(), strings.Join(c.headers, ";"), c.payload,
	}, "\n")
}

func canonicalQuery(query url.Values) string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if name == "X-Amz-Signature" {
			continue
		}
		for _, v := range slices.Sorted(slices.Values(query[name])) {
			pairs = append(pairs, uriEncode(name, "")+"="+uriEncode(v, ""))
		}
	}
	return strings.Join(pairs, "&")
}

// uriEncode leaves RFC 3986's unreserved characters, and those of keep, as they are.
func uriEncode(s, keep string) string {
	const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
	var out strings.Builder
	for _, b := range []byte(s) {
		if strings.IndexByte(unreserved, b) >= 0 || strings.IndexByte(keep, b) >= 0 {
			out.WriteByte(b)
		} else {
			out.WriteString("%" + strings.ToUpper(hex.EncodeToString([]byte{b})))
		}
	}
	return out.String()
}
