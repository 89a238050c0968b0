package handler

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

// Cursors seal where a list goes on. A cursor works for one caller, one list, one set of filters and one page size, and
// for a limited time; anything else is 400, never another list.
type Cursors struct {
	Key  func(ctx context.Context) ([]byte, error)
	Life time.Duration
}

const (
	defaultLimit = 25
	maxLimit     = 100
	macBytes     = 16
)

// cursor is what is sealed.
type cursor struct {
	Position store.Position `json:"p"`
	Expires  int64          `json:"e"` // Unix milliseconds
}

// Page reads limit and cursor of a list request.
func (cs Cursors) Page(ctx context.Context, c *Call, list string, filters ...string) (limit int, after store.Position, err error) {
	limit = defaultLimit
	if raw := c.Query.Get("limit"); c.Query.Has("limit") {
		if limit, err = strconv.Atoi(raw); err != nil || limit < 1 || limit > maxLimit {
			var wrong problem.Fields
			wrong.Add("limit", "The limit is a whole number from 1 to %d.", maxLimit)
			return 0, nil, wrong.Err()
		}
	}
	if err := onlyKnown(c.Query, append(filters, "limit", "cursor")); err != nil {
		return 0, nil, err
	}
	if !c.Query.Has("cursor") {
		return limit, nil, nil
	}
	after, err = cs.open(ctx, c.Query.Get("cursor"), scope(c, list, limit, filters), c.Now)
	return limit, after, err
}

// Next seals the position of the next page; empty at the end of the list.
func (cs Cursors) Next(ctx context.Context, c *Call, list string, limit int, at store.Position, filters ...string) (string, error) {
	if at == nil {
		return "", nil
	}
	plain, err := json.Marshal(cursor{at, c.Now.Add(cs.Life).UnixMilli()})
	if err != nil {
		return "", err
	}
	key, err := cs.Key(ctx)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(append(seal(key, scope(c, list, limit, filters), plain), plain...)), nil
}

func (cs Cursors) open(ctx context.Context, token, scope string, now time.Time) (store.Position, error) {
	invalid := problem.New(problem.CodeCursorInvalid, "This cursor is not valid for this list. Start again without it.")
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) <= macBytes || len(raw) > 2048 || base64.RawURLEncoding.EncodeToString(raw) != token {
		return nil, invalid
	}
	key, err := cs.Key(ctx)
	if err != nil {
		return nil, err
	}
	var c cursor
	if !hmac.Equal(raw[:macBytes], seal(key, scope, raw[macBytes:])) || json.Unmarshal(raw[macBytes:], &c) != nil || now.UnixMilli() >= c.Expires {
		return nil, invalid
	}
	return c.Position, nil
}

func seal(key []byte, scope string, plain []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(scope))
	mac.Write([]byte{0})
	mac.Write(plain)
	return mac.Sum(nil)[:macBytes]
}

func scope(c *Call, list string, limit int, filters []string) string {
	values := url.Values{"list": {list}, "caller": {c.Actor.ID}, "limit": {strconv.Itoa(limit)}}
	for _, f := range filters {
		values.Set("filter."+f, c.Query.Get(f))
	}
	return values.Encode()
}

// onlyKnown refuses query parameters that the list does not have.
func onlyKnown(q url.Values, known []string) error {
	var wrong problem.Fields
	for _, name := range slices.Sorted(maps.Keys(q)) {
		if !slices.Contains(known, name) {
			wrong.Add(name, "Unknown query parameter.")
		}
	}
	return wrong.Err()
}

// OnlyQuery refuses every query parameter but those named.
func (c *Call) OnlyQuery(names ...string) error { return onlyKnown(c.Query, names) }

// NoQuery refuses any query parameter.
func (c *Call) NoQuery() error { return c.OnlyQuery() }
