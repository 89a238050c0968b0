package handler_test

import (
	"context"
	"encoding/base64"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

const cursorLife = time.Hour

func cursors(key string) handler.Cursors {
	return handler.Cursors{Life: cursorLife, Key: func(context.Context) ([]byte, error) { return []byte(key), nil }}
}

// asking is a call of a list.
func asking(who, query string, now time.Time) *handler.Call {
	values, err := url.ParseQuery(query)
	if err != nil {
		panic(err) // the tests' own queries
	}
	return &handler.Call{Actor: party.Actor{ID: who}, Now: now, Query: values}
}

func TestCursor(t *testing.T) {
	at := store.Position{"PK": "client#ada", "SK": "prj_1"}
	const list, limit = "projects", 10
	given, err := cursors("key").Next(t.Context(), asking("ada", "client=c1&limit=10", noon), list, limit, at, "client")
	if err != nil {
		t.Fatal(err)
	}
	open := func(cs handler.Cursors, who, list, query, cursor string, now time.Time) (store.Position, error) {
		_, got, err := cs.Page(t.Context(), asking(who, query+"&cursor="+url.QueryEscape(cursor), now), list, "client")
		return got, err
	}
	t.Run("it goes on where the page ended", func(t *testing.T) {
		got, err := open(cursors("key"), "ada", list, "client=c1&limit=10", given, noon)
		if diff := cmp.Diff(at, got); diff != "" || err != nil {
			t.Error(diff, err)
		}
	})
	for _, row := range []struct {
		name           string
		key, who, list string
		query, cursor  string
		late           time.Duration
		stillGood      bool
	}{
		{name: "B91 another caller", who: "bob"},
		{name: "B91 another list", list: "rewards"},
		{name: "B91 another filter", query: "client=c2&limit=10"},
		{name: "B91 no filter", query: "limit=10"},
		{name: "B91 another limit", query: "client=c1&limit=11"},
		{name: "B91 no limit", query: "client=c1"},
		{name: "B91 another deployment", key: "other"},
		{name: "B91 a cut half", cursor: given[:len(given)/2]},
		{name: "B91 no seal", cursor: given[22:]},
		{name: "B91 a tail", cursor: given + "AA"},
		{name: "B91 10 KB", cursor: strings.Repeat("A", 10<<10)},
		{name: "B91 an empty cursor", cursor: " "},
		{name: "B91 no base64", cursor: "%%%"},
		{name: "B91 padded base64", cursor: given + "="},
		{name: "B89 a millisecond before it expires", late: cursorLife - time.Millisecond, stillGood: true},
		{name: "B89 the instant it expires", late: cursorLife},
		{name: "B89 a millisecond after it expires", late: cursorLife + time.Millisecond},
	} {
		or := func(value, otherwise string) string {
			if value == "" {
				return otherwise
			}
			return value
		}
		verb := " is refused"
		if row.stillGood {
			verb = " is good"
		}
		t.Run(row.name+verb, func(t *testing.T) {
			_, err := open(cursors(or(row.key, "key")), or(row.who, "ada"), or(row.list, list), or(row.query, "client=c1&limit=10"), or(row.cursor, given), noon.Add(row.late))
			if row.stillGood != (err == nil) || err != nil && !problem.Is(err, problem.CodeCursorInvalid) {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("B91 every flipped bit is refused", func(t *testing.T) {
		sealed, err := base64.RawURLEncoding.DecodeString(given)
		if err != nil {
			t.Fatal(err)
		}
		for bit := range len(sealed) * 8 {
			forged := append([]byte(nil), sealed...)
			forged[bit/8] ^= 1 << (bit % 8)
			if _, err := open(cursors("key"), "ada", list, "client=c1&limit=10", base64.RawURLEncoding.EncodeToString(forged), noon); !problem.Is(err, problem.CodeCursorInvalid) {
				t.Fatalf("bit %d: %v", bit, err)
			}
		}
	})
	t.Run("B91 every changed or missing letter is refused", func(t *testing.T) {
		for i := range given {
			for _, forged := range []string{given[:i], given[:i] + given[i+1:], given[:i] + string(given[i]^1) + given[i+1:], given[:i] + "\n" + given[i:]} {
				if _, err := open(cursors("key"), "ada", list, "client=c1&limit=10", forged, noon); !problem.Is(err, problem.CodeCursorInvalid) {
					t.Fatalf("letter %d, %q: %v", i, forged, err)
				}
			}
		}
	})
	t.Run("the end of a list has none", func(t *testing.T) {
		if got, err := cursors("key").Next(t.Context(), asking("ada", "", noon), list, limit, nil); got != "" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	})
	t.Run("without a key there is no page and no cursor", func(t *testing.T) {
		none := handler.Cursors{Life: cursorLife, Key: func(context.Context) ([]byte, error) { return nil, errors.New("no key") }}
		if _, err := open(none, "ada", list, "client=c1&limit=10", given, noon); err == nil {
			t.Error("a page without key")
		}
		if _, err := none.Next(t.Context(), asking("ada", "", noon), list, limit, at); err == nil {
			t.Error("a cursor without key")
		}
	})
}

func TestLimit(t *testing.T) {
	for _, raw := range []string{"0", "-1", "101", "1000000000", "abc", "", "1.5", "1e1", " 1", "1,2", "99999999999999999999", "０"} {
		t.Run("B29 limit="+strconv.Quote(raw)+" is refused", func(t *testing.T) {
			_, _, err := cursors("key").Page(t.Context(), asking("ada", "limit="+url.QueryEscape(raw), noon), "projects")
			if p := problem.As(err); p.Code != problem.CodeValidation || len(p.Fields) != 1 || p.Fields[0].Pointer != "limit" {
				t.Errorf("got %v", err)
			}
		})
	}
	for query, want := range map[string]int{"": 25, "limit=1": 1, "limit=100": 100} {
		t.Run("a page of "+strconv.Itoa(want), func(t *testing.T) {
			if got, _, err := cursors("key").Page(t.Context(), asking("ada", query, noon), "projects"); got != want || err != nil {
				t.Errorf("%d, %v", got, err)
			}
		})
	}
	t.Run("B28 a filter that the list does not have is refused", func(t *testing.T) {
		_, _, err := cursors("key").Page(t.Context(), asking("ada", "client=c1&state=x&include=internal", noon), "projects", "client")
		if p := problem.As(err); p.Code != problem.CodeValidation || len(p.Fields) != 2 || p.Fields[0].Pointer != "include" {
			t.Errorf("got %v", err)
		}
	})
	t.Run("B28 a limit given twice never reaches the list", func(t *testing.T) {
		r := serve(t, returning(store.Reply{Status: 200}, nil), func(r *handler.Request) { r.RawQueryString = "limit=1&limit=2" })
		if d := refused(t, r, 422, "validation"); pointers(d) != "[limit]" {
			t.Errorf("%+v", d)
		}
	})
}
