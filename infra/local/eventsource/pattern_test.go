package eventsource_test

import (
	"strings"
	"testing"

	"github.com/callsheet/callsheet/infra/local/eventsource"
)

func TestPattern(t *testing.T) {
	tests := []struct {
		name, pattern, event string
		matches              bool
	}{
		{"an exact string", `{"a":["x"]}`, `{"a":"x"}`, true},
		{"another string", `{"a":["x"]}`, `{"a":"X"}`, false},
		{"one of several values", `{"a":["x","y"]}`, `{"a":"y"}`, true},
		{"a number is not its text", `{"a":["1"]}`, `{"a":1}`, false},
		{"a number as it is written", `{"a":[300]}`, `{"a":300}`, true},
		{"a number written otherwise", `{"a":[300]}`, `{"a":300.0}`, false},
		{"null", `{"a":[null]}`, `{"a":null}`, true},
		{"null is not absent", `{"a":[null]}`, `{}`, false},
		{"a boolean", `{"a":[true]}`, `{"a":true}`, true},
		{"all fields have to match", `{"a":["x"],"b":["y"]}`, `{"a":"x","b":"z"}`, false},
		{"a deeper field", `{"a":{"b":["x"]}}`, `{"a":{"b":"x","c":1}}`, true},
		{"a missing level", `{"a":{"b":["x"]}}`, `{"a":"x"}`, false},
		{"any element of an array", `{"a":["x"]}`, `{"a":["w","x"]}`, true},
		{"an empty array", `{"a":["x"]}`, `{"a":[]}`, false},
		{"a prefix", `{"a":[{"prefix":"FACT#"}]}`, `{"a":"FACT#1"}`, true},
		{"no prefix", `{"a":[{"prefix":"FACT#"}]}`, `{"a":"DEADLINE#1"}`, false},
		{"a prefix of a number", `{"a":[{"prefix":"1"}]}`, `{"a":12}`, false},
		{"exists", `{"a":[{"exists":true}]}`, `{"a":null}`, true},
		{"exists, but is not there", `{"a":[{"exists":true}]}`, `{"b":1}`, false},
		{"exists holds for leaves only", `{"a":[{"exists":true}]}`, `{"a":{"b":1}}`, false},
		{"does not exist", `{"a":{"b":[{"exists":false}]}}`, `{"a":{}}`, true},
		{"does not exist below a missing level", `{"a":{"b":[{"exists":false}]}}`, `{}`, true},
		{"does not exist, but is there", `{"a":[{"exists":false}]}`, `{"a":1}`, false},
		{"exists false or a value", `{"a":[{"exists":false},"x"]}`, `{"a":"x"}`, true},
		{"anything but a string", `{"a":[{"anything-but":"x"}]}`, `{"a":"y"}`, true},
		{"anything but, and it is", `{"a":[{"anything-but":["x","y"]}]}`, `{"a":"y"}`, false},
		{"anything but needs the field", `{"a":[{"anything-but":"x"}]}`, `{}`, false},
		{"anything but a number", `{"a":[{"anything-but":[5]}]}`, `{"a":5}`, false},
		{"anything but a prefix", `{"a":[{"anything-but":{"prefix":"x"}}]}`, `{"a":"yx"}`, true},
		{"anything but a prefix, and it has it", `{"a":[{"anything-but":{"prefix":"x"}}]}`, `{"a":"xy"}`, false},
		{"a numeric bound", `{"a":[{"numeric":[">",0]}]}`, `{"a":0.5}`, true},
		{"a numeric bound, exactly", `{"a":[{"numeric":[">",0]}]}`, `{"a":0}`, false},
		{"a numeric range", `{"a":[{"numeric":[">=",0,"<",5]}]}`, `{"a":5}`, false},
		{"numeric equality by value", `{"a":[{"numeric":["=",3e2]}]}`, `{"a":300.0}`, true},
		{"numeric of a DynamoDB number, which is a string", `{"a":{"N":[{"numeric":["=",5]}]}}`, `{"a":{"N":"5"}}`, false},
		{"an event that is no object", `{"a":[1]}`, `[1]`, false},
		{"an event that is no JSON", `{"a":[{"exists":false}]}`, `{`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := eventsource.ParsePattern([]byte(tt.pattern))
			if err != nil {
				t.Fatal(err)
			}
			if got := p.Matches([]byte(tt.event)); got != tt.matches {
				t.Errorf("%s on %s is %v", tt.pattern, tt.event, got)
			}
		})
	}
}

func TestPatternRefusals(t *testing.T) {
	for pattern, wants := range map[string]string{
		`[]`:                                      "object",
		`{}`:                                      "empty object",
		`{"a":`:                                   "EOF",
		`{"a":"x"}`:                               "array",
		`{"a":[]}`:                                "empty array",
		`{"a":[["x"]]}`:                           "array in an array",
		`{"$or":[{"a":[1]}]}`:                     "$or",
		`{"a":[{"wildcard":"x*"}]}`:               "wildcard",
		`{"a":[{"suffix":"x"}]}`:                  "suffix",
		`{"a":[{"equals-ignore-case":"x"}]}`:      "equals-ignore-case",
		`{"a":[{"cidr":"10.0.0.0/24"}]}`:          "cidr",
		`{"a":[{"prefix":1}]}`:                    "prefix",
		`{"a":[{"exists":"yes"}]}`:                "exists",
		`{"a":[{"exists":true,"prefix":"x"}]}`:    "exactly one operator",
		`{"a":[{"anything-but":[]}]}`:             "anything-but",
		`{"a":[{"anything-but":{"suffix":"x"}}]}`: "anything-but",
		`{"a":[{"anything-but":[true]}]}`:         "anything-but",
		`{"a":[{"numeric":["~",1]}]}`:             "~",
		`{"a":[{"numeric":["<"]}]}`:               "numeric",
		`{"a":[{"numeric":["<","1"]}]}`:           "number",
	} {
		t.Run("refuses "+pattern, func(t *testing.T) {
			if _, err := eventsource.ParsePattern([]byte(pattern)); err == nil || !strings.Contains(err.Error(), wants) {
				t.Errorf("got %v, want %s", err, wants)
			}
		})
	}
}

// FuzzPattern: no text makes parsing or matching panic, and a pattern that demands a value never matches the empty event.
func FuzzPattern(f *testing.F) {
	f.Add(`{"dynamodb":{"NewImage":{"kind":{"S":["fact",{"prefix":"x"}]}}}}`, `{"dynamodb":{"NewImage":{"kind":{"S":"fact"}}}}`)
	f.Add(`{"a":[{"numeric":[">",0,"<=",5]},{"anything-but":{"prefix":"x"}}]}`, `{"a":[1,"y"]}`)
	f.Add(`{"a":[{"exists":false}]}`, `{}`)
	f.Fuzz(func(t *testing.T, pattern, event string) {
		p, err := eventsource.ParsePattern([]byte(pattern))
		if err != nil {
			return
		}
		p.Matches([]byte(event))
		if p.Matches([]byte(`{}`)) && !strings.Contains(strings.ToLower(pattern), `exist`) && !strings.Contains(pattern, `\u`) {
			t.Errorf("%s matches the empty event", pattern)
		}
	})
}
