package handler

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

// once reads the Idempotency-Key, bare or as the quoted string of the IETF draft. The identity is caller, method, path
// and key, so two people never meet on one; the fingerprint is the body, also where the endpoint reads none.
func once(r Request, subject string, keep time.Duration) (store.Once, error) {
	key := r.header("idempotency-key")
	if key == "" {
		return store.Once{}, problem.New(problem.CodeIdempotencyKeyMissing, "Send an Idempotency-Key header.")
	}
	if len(key) >= 2 && key[0] == '"' && key[len(key)-1] == '"' {
		key = key[1 : len(key)-1]
	}
	if key == "" || len(key) > 255 || strings.ContainsFunc(key, func(c rune) bool { return c < 0x21 || c > 0x7e || c == '"' }) {
		return store.Once{}, problem.New(problem.CodeIdempotencyKeyInvalid, "An Idempotency-Key has 1 to 255 printable ASCII characters.")
	}
	id := sha256.Sum256([]byte(subject + "\n" + r.RequestContext.HTTP.Method + "\n" + r.RawPath + "\n" + key))
	said := sha256.Sum256([]byte(r.Body))
	return store.Once{ID: hex.EncodeToString(id[:16]), Fingerprint: base64.RawStdEncoding.EncodeToString(said[:12]), Keep: keep}, nil
}

// ETag is the entity tag of a version.
func ETag(version int) string { return `"` + strconv.Itoa(version) + `"` }

// ifMatch reads the one version that an edit is based on; a wildcard would defeat its purpose.
func ifMatch(r Request) (int, error) {
	tag := r.header("if-match")
	if tag == "" {
		return 0, problem.New(problem.CodePreconditionRequired, "Send If-Match with the ETag that you read.")
	}
	version, err := strconv.Atoi(strings.Trim(tag, `"`))
	if err != nil || version < 0 || ETag(version) != tag {
		var wrong problem.Fields
		wrong.Add("If-Match", "If-Match is one strong ETag as we gave it, like \"3\".")
		return 0, wrong.Err()
	}
	return version, nil
}
