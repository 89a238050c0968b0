package handler_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/store"
)

// order is a request with one field of every form that the contract uses.
type order struct {
	Title  string   `json:"title" max:"10"`
	Brief  string   `json:"brief" max:"40" text:"lines"`
	Amount int64    `json:"amount"`
	Seats  *int     `json:"seats"`
	Urgent bool     `json:"urgent"`
	Names  []string `json:"names" max:"5"`
	Lines  []line   `json:"lines"`
	Reward line     `json:"reward"`
}

type line struct {
	Text  string `json:"text"`
	Count int    `json:"count"`
}

// bind reads a body as an endpoint does.
func bind(t *testing.T, body string) (order, handler.Response) {
	t.Helper()
	var into order
	r := serve(t, handler.Endpoint{Route: "POST /v1/things", Body: true, Handle: func(_ context.Context, c *handler.Call) (store.Reply, error) {
		return store.Reply{Status: 200}, c.Read(&into)
	}}, func(r *handler.Request) { r.Body = body })
	return into, r
}

func TestStrictJSON(t *testing.T) {
	const malformed, invalid = "malformed-json", "validation"
	for _, row := range []struct{ name, body, code, at string }{
		{"B1 an empty body is malformed", "", malformed, ""},
		{"B1 blanks are malformed", " \n\t", malformed, ""},
		{"B2 null is malformed", "null", malformed, ""},
		{"B2 a list is malformed", "[]", malformed, ""},
		{"B2 a string is malformed", `"x"`, malformed, ""},
		{"B2 a number is malformed", "1", malformed, ""},
		{"B3 an object cut after its brace is malformed", "{", malformed, ""},
		{"B3 an object cut after a key is malformed", `{"title"`, malformed, ""},
		{"B3 an object cut after a value is malformed", `{"title":"x"`, malformed, ""},
		{"B3 a cut list is malformed", `{"names":["a"`, malformed, ""},
		{"B3 a cut string is malformed", `{"title":"x`, malformed, ""},
		{"B3 a comma at the end is malformed", `{"amount":1,}`, malformed, ""},
		{"B3 a comma at the end of a list is malformed", `{"names":["a",]}`, malformed, ""},
		{"B3 a missing colon is malformed", `{"amount" 1}`, malformed, ""},
		{"B3 a missing comma is malformed", `{"names":["a" "b"]}`, malformed, ""},
		{"B3 the wrong bracket is malformed", `{"names":["a"}}`, malformed, ""},
		{"B3 a key without quotes is malformed", `{title:"x"}`, malformed, ""},
		{"B3 a comment is malformed", `{"amount":1/*x*/}`, malformed, ""},
		{"B4 two values are malformed", `{}{}`, malformed, ""},
		{"B4 a trailing bracket is malformed", `{}]`, malformed, ""},
		{"B4 trailing text is malformed", `{} x`, malformed, ""},
		{"B4 a trailing NUL is malformed", "{}\x00", malformed, ""},
		{"B5 a key twice is malformed", `{"amount":1,"amount":9}`, malformed, ""},
		{"B5 a key twice in other spelling is malformed", `{"amount":1,"\u0061mount":9}`, malformed, ""},
		{"B5 a key twice deep down is malformed", `{"lines":[{"text":"a","text":"b"}]}`, malformed, ""},
		{"B6 a key in other case is unknown", `{"Amount":1}`, invalid, "[/Amount]"},
		{"B7 an unknown field is refused", `{"colour":1}`, invalid, "[/colour]"},
		{"B7 an unknown field deep down is refused", `{"lines":[{"text":"a"},{"txt":"b"}]}`, invalid, "[/lines/1/txt]"},
		{"B7 unknown fields are told in order, with escaped pointers", `{"z":1,"a/b":1,"m~n":1}`, invalid, "[/a~1b /m~0n /z]"},
		{"B8 fields of the server are unknown", `{"status":"x","role":"admin","ownerId":"x","version":2}`, invalid, "[/ownerId /role /status /version]"},
		{"B9 a depth of 10,000 is malformed", `{"names":` + strings.Repeat("[", 10000) + strings.Repeat("]", 10000) + `}`, malformed, ""},
		{"B9 objects 10,000 deep are malformed", strings.Repeat(`{"reward":`, 10000) + "1" + strings.Repeat("}", 10000), malformed, ""},
		{"B9 a depth that is never closed is malformed", strings.Repeat(`{"reward":`, 10000), malformed, ""},
		{"B10 a list of 100,000 has too many items", `{"names":[` + strings.Repeat(`0,`, 99999) + `0]}`, "too-many-items", ""},
		{"B10 a list of 1,001 has too many items", `{"names":[` + strings.Repeat(`"a",`, 1000) + `"a"]}`, "too-many-items", ""},
		{"B12 invalid UTF-8 is malformed", "{\"title\":\"\xff\"}", malformed, ""},
		{"B12 overlong UTF-8 is malformed", "{\"title\":\"\xc0\xaf\"}", malformed, ""},
		{"B12 a surrogate in UTF-8 is malformed", "{\"title\":\"\xed\xa0\x80\"}", malformed, ""},
		{"B13 half of a surrogate pair is malformed", `{"title":"\ud800"}`, malformed, ""},
		{"B13 the other half is malformed", `{"title":"\udc00"}`, malformed, ""},
		{"B13 a pair in the wrong order is malformed", `{"title":"\udc00\ud800"}`, malformed, ""},
		{"B13 a half before another escape is malformed", `{"title":"\ud800\u0041"}`, malformed, ""},
		{"B13 a half in a key is malformed", `{"\ud83d":1}`, malformed, ""},
		{"B13 a half after an escaped backslash is malformed", `{"title":"\\\ud800"}`, malformed, ""},
		{"B14 NUL is refused", `{"title":"a\u0000"}`, invalid, "[/title]"},
		{"B14 a C0 control is refused", `{"brief":"a\u0007"}`, invalid, "[/brief]"},
		{"B14 a C1 control is refused", `{"brief":"a\u0085"}`, invalid, "[/brief]"},
		{"B14 a raw control in a string is malformed", "{\"title\":\"a\x01\"}", malformed, ""},
		{"B14 a line break in a line is refused", `{"title":"a\nb"}`, invalid, "[/title]"},
		{"B14 a carriage return is refused even in lines", `{"brief":"a\r\nb"}`, invalid, "[/brief]"},
		{"B15 a byte order mark is malformed", "\uFEFF{}", malformed, ""},
		{"B15 UTF-16 is malformed", "\xff\xfe{\x00}\x00", malformed, ""},
		{"B15 UTF-16 without a mark is malformed", "{\x00}\x00", malformed, ""},
		{"B19 NaN is malformed", `{"amount":NaN}`, malformed, ""},
		{"B19 Infinity is malformed", `{"amount":-Infinity}`, malformed, ""},
		{"B19 1e400 is no whole number", `{"amount":1e400}`, invalid, "[/amount]"},
		{"B19 -0 is no whole number", `{"amount":-0}`, invalid, "[/amount]"},
		{"B19 a leading zero is malformed", `{"amount":01}`, malformed, ""},
		{"B20 int64 plus one is no whole number that we take", `{"amount":9223372036854775808}`, invalid, "[/amount]"},
		{"B20 1.0 is no whole number", `{"amount":1.0}`, invalid, "[/amount]"},
		{"B20 1e2 is no whole number", `{"amount":1e2}`, invalid, "[/amount]"},
		{"B20 a number in quotes is no number", `{"amount":"1"}`, invalid, "[/amount]"},
		{"a number is no string", `{"title":1}`, invalid, "[/title]"},
		{"null is no string", `{"title":null}`, invalid, "[/title]"},
		{"null is no optional number", `{"seats":null}`, invalid, "[/seats]"},
		{"a string is no boolean", `{"urgent":"true"}`, invalid, "[/urgent]"},
		{"an object is no list", `{"names":{}}`, invalid, "[/names]"},
		{"a list is no object", `{"reward":[]}`, invalid, "[/reward]"},
		{"everything wrong is told at once", `{"title":1,"amount":"x","reward":{"count":1.5}}`, invalid, "[/title /amount /reward/count]"},
		{"B21 one character too many is refused", `{"title":"12345678901"}`, invalid, "[/title]"},
		{"B21 200,000 characters are refused", `{"title":"` + strings.Repeat("x", 200000) + `"}`, invalid, "[/title]"},
		{"B21 zero-width characters alone are refused", `{"title":"\u200b\u200d\ufeff"}`, invalid, "[/title]"},
		{"B21 blanks alone are refused", `{"title":"  \u00a0"}`, invalid, "[/title]"},
		{"B21 an item of a list has the list's limit", `{"names":["12345","123456"]}`, invalid, "[/names/1]"},
		{"B22 what stays over the limit after composition is refused", `{"title":"` + strings.Repeat(`e\u0301`, 11) + `"}`, invalid, "[/title]"},
		{"B23 an override of direction is refused", `{"title":"a\u202eb"}`, invalid, "[/title]"},
		{"B23 an isolate is refused", `{"brief":"a\u2066b"}`, invalid, "[/brief]"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, r := bind(t, row.body)
			status := 422
			if row.code == malformed {
				status = 400
			}
			d := refused(t, r, status, row.code)
			if row.at != "" && pointers(d) != row.at {
				t.Errorf("told %s, want %s", pointers(d), row.at)
			}
		})
	}
}

func TestStrictJSONBinds(t *testing.T) {
	two := 2
	for _, row := range []struct {
		name, body string
		want       order
	}{
		{"an empty object", "{}", order{}},
		{"every field", `{"title":"t","brief":"a\n\tb","amount":-5,"seats":2,"urgent":true,"names":["a","b"],"lines":[{"text":"x","count":1}],"reward":{"text":"y"}}`,
			order{Title: "t", Brief: "a\n\tb", Amount: -5, Seats: &two, Urgent: true, Names: []string{"a", "b"}, Lines: []line{{"x", 1}}, Reward: line{Text: "y"}}},
		{"B20 2^53 + 1 to the last digit", `{"amount":9007199254740993}`, order{Amount: 9007199254740993}},
		{"B20 the largest int64", `{"amount":9223372036854775807}`, order{Amount: 9223372036854775807}},
		{"B22 NFD as NFC, counted after it", `{"title":"` + strings.Repeat(`e\u0301`, 10) + `"}`, order{Title: strings.Repeat("é", 10)}},
		{"B22 NFD and NFC twins as one", "{\"names\":[\"A\u030a\",\"\u212b\",\"\u00c5\"]}", order{Names: []string{"Å", "Å", "Å"}}},
		{"B24 emoji", `{"title":"\ud83d\udc69\u200d\ud83d\ude80 ok"}`, order{Title: "👩‍🚀 ok"}},
		{"B24 a script from right to left", `{"title":"שלום"}`, order{Title: "שלום"}},
		{"B24 an escaped backslash before a u", `{"title":"\\ud800"}`, order{Title: `\ud800`}},
		{"blanks around a text are cut", `{"title":"  a  "}`, order{Title: "a"}},
		{"1,000 items", `{"lines":[` + strings.Repeat("{},", 999) + `{}]}`, order{Lines: make([]line, 1000)}},
		{"blanks after the object", "{} \r\n\t", order{}},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, r := bind(t, row.body)
			if r.StatusCode != 200 {
				t.Fatalf("%d %s", r.StatusCode, r.Body)
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// FuzzStrictJSON: nothing makes the reader panic, and what it binds survives being written and read again.
func FuzzStrictJSON(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"title":"a","amount":1,"seats":2,"names":["x"],"lines":[{"text":"t","count":1}],"reward":{"count":-1},"urgent":true}`,
		`{"amount":1,"amount":2}`, `{"title":"\ud83d\ude00"}`, `{"title":"\ud800"}`, "\uFEFF{}", `{"brief":"a\nb"}`, `{"a":[[[[1]]]]}`, `[1}`, "{\"title\":\"e\u0301\"}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		got, r := bind(t, body)
		if strings.Contains(r.Body, `"internal"`) {
			t.Fatalf("%q made it panic", body)
		}
		if r.StatusCode != 200 {
			return
		}
		written, err := json.Marshal(given(got))
		if err != nil {
			t.Fatal(err)
		}
		again, r := bind(t, string(written))
		if r.StatusCode != 200 {
			t.Fatalf("%q bound, and %s did not: %s", body, written, r.Body)
		}
		if diff := cmp.Diff(got, again); diff != "" {
			t.Errorf("%q changed on the way: %s", body, diff)
		}
	})
}

// given is an order as a client would write it: what is absent stays absent.
func given(o order) map[string]any {
	m := map[string]any{"title": o.Title, "brief": o.Brief, "amount": o.Amount, "urgent": o.Urgent, "reward": o.Reward}
	if o.Seats != nil {
		m["seats"] = *o.Seats
	}
	if o.Names != nil {
		m["names"] = o.Names
	}
	if o.Lines != nil {
		m["lines"] = o.Lines
	}
	return m
}
