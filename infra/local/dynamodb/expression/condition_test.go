package expression

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
)

func item(t testing.TB, text string) attribute.Map {
	t.Helper()
	var m attribute.Map
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func placeholders(t testing.TB) *Placeholders {
	t.Helper()
	ph, err := NewPlaceholders(
		map[string]string{"#s": "status", "#dot": "a.b"},
		item(t, `{":one":{"N":"1"},":two":{"N":"2"},":three":{"N":"3"},":open":{"S":"open"},":op":{"S":"op"},":empty":{"S":""},":bin":{"B":"AQ=="},":true":{"BOOL":true},
			":ss":{"SS":["x"]},":ns":{"NS":["1","2"]},":list":{"L":[{"S":"x"}]},":S":{"S":"S"},":M":{"S":"M"},":wrong":{"S":"string"}}`),
	)
	if err != nil {
		t.Fatal(err)
	}
	return ph
}

func TestCondition(t *testing.T) {
	record := item(t, `{"n":{"N":"2"},"m":{"N":"2.0"},"status":{"S":"open"},"a.b":{"S":"dotted"},"b":{"B":"AQI="},"t":{"BOOL":true},"z":{"NULL":true},
		"tags":{"SS":["x","y"]},"nums":{"NS":["1","2"]},"l":{"L":[{"S":"x"},{"M":{"k":{"N":"1"}}}]},"mp":{"M":{"deep":{"M":{"n":{"N":"3"}}}}}}`)
	for source, want := range map[string]bool{
		"n = :two": true, "n = m": true, "n <> :two": false, "n < :three": true, "n <= :two": true, "n > :two": false, "n >= :two": true, ":one < n": true,
		"n = :open": false, "n <> :open": true, "n < :open": false, "absent = :two": false, "absent <> :two": true, "absent < :two": false, "NOT absent < :two": true, "absent = gone": false,
		"n BETWEEN :one AND :three": true, "n BETWEEN :three AND :three": false, ":two BETWEEN n AND :three": true, "n between :two and :two": true, "absent BETWEEN :one AND :two": false,
		"#s IN (:op, :open)": true, "#s IN (:op)": false, "absent IN (:op)": false,
		"#s = :open AND n = :one OR n = :two": true, "#s = :op AND (n = :one OR n = :two)": false, "NOT n = :one AND n = :two": true, "NOT (n = :one OR n = :two)": false, "not not n = :two": true,
		"attribute_exists(n)": true, "attribute_exists(absent)": false, "attribute_not_exists(absent)": true, "attribute_exists(mp.deep.n)": true, "attribute_exists(l[1].k)": true,
		"attribute_exists(l[2])": false, "attribute_exists(n.x)": false, "attribute_exists(l.x)": false, "attribute_exists(mp[0])": false, "attribute_exists(#dot)": true, "attribute_exists(z)": true,
		"attribute_type(#s, :S)": true, "attribute_type(mp, :M)": true, "attribute_type(n, :S)": false, "attribute_type(absent, :S)": false,
		"begins_with(#s, :op)": true, "begins_with(#s, :open)": true, "begins_with(:op, #s)": false, "begins_with(n, :op)": false, "begins_with(b, :bin)": true, "begins_with(absent, :op)": false,
		"contains(#s, :op)": true, "contains(tags, :ss)": false, "contains(nums, :two)": true, "contains(nums, :three)": false, "contains(l, :op)": false, "contains(b, :bin)": true, "contains(absent, :op)": false,
		"size(#s) > :three": true, "size(tags) = :two": true, "size(l) = :two": true, "size(mp) = :one": true, "size(b) = :two": true, "size(n) = :one": false, "size(absent) = :one": false,
		"mp.deep.n = :three": true, "l[1].k = :one": true, "t = :true": true, "(n = :two)": true, "tags <> :ss": true,
	} {
		t.Run(source, func(t *testing.T) {
			c, err := placeholders(t).ParseCondition("ConditionExpression", source)
			if err != nil {
				t.Fatal(err)
			}
			if got := c.Holds(record); got != want {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func TestConditionRefuses(t *testing.T) {
	for source, want := range map[string]string{
		"": "can not be empty", "  ": "can not be empty", "n": `token: "<EOF>"`, "n =": "Syntax error", "n = :two x": `token: "x", near: ":two x"`, "n == :two": `token: "="`, "n ! :two": `token: "!"`, "n = 2": "Syntax error",
		"# = :two": "Syntax error", "(n = :two": "Syntax error", "n = :two)": "Syntax error", "((n = :two))": "redundant parentheses", "n = :two AND": "Syntax error", "NOT": "Syntax error",
		"n IN ()": "Syntax error", "n BETWEEN :one": "Syntax error", "n BETWEEN :two AND :one": "upper bound to be greater", "n BETWEEN :one AND :open": "same data type", "n BETWEEN :true AND :true": "Incorrect operand type",
		"n = n": "must be distinct", "n IN (n)": "must be distinct", "n < :true": "Incorrect operand type", "n > :ss": "Incorrect operand type",
		"n = :undefined": "attribute value: :undefined", "#undefined = :two": "attribute name: #undefined", "status = :open": "reserved keyword: status", "n.Name = :open": "reserved keyword: Name",
		"foo(n)": "Invalid function name; function: foo", "n = foo(n)": "Invalid function name", "size(n)": "Syntax error", "n = attribute_exists(n)": "not allowed to be used this way", "if_not_exists(n, :two)": "not allowed to be used this way",
		"attribute_exists(:two)": "requires a document path", "size(:two) = :two": "requires a document path", "attribute_exists(n, m)": "Incorrect number of operands", "attribute_exists()": "Syntax error",
		"attribute_type(n, :wrong)": "Invalid attribute type name", "attribute_type(n, :two)": "Incorrect operand type", "attribute_type(n, m)": "Syntax error",
		"begins_with(n, :two)": "Incorrect operand type", "begins_with(n)": "Syntax error", "contains(n, n)": "must be distinct", "begins_with(n, :op, :op)": "Incorrect number",
		"l[x] = :two": "Syntax error", "l[1 = :two": "Syntax error", "l[99999999999999999999] = :two": "Syntax error", "n. = :two": "Syntax error", ".n = :two": "Syntax error", "1n = :two": "Syntax error",
		"n IN (" + strings.Repeat(":one, ", 100) + ":one)": "too many operands", strings.Repeat("n", maxLength+1): "maximum allowed size",
	} {
		t.Run("refuses "+source[:min(len(source), 40)], func(t *testing.T) {
			_, err := placeholders(t).ParseCondition("ConditionExpression", source)
			refused(t, err, want)
		})
	}
}

func refused(t *testing.T, err error, want string) {
	t.Helper()
	if _, invalid := errors.AsType[attribute.ValidationError](err); !invalid || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want a validation error with %q", err, want)
	}
}

func TestPlaceholders(t *testing.T) {
	values := item(t, `{":v":{"N":"1"},":w":{"N":"1"}}`)
	t.Run("tells the unused names", func(t *testing.T) {
		ph, err := NewPlaceholders(map[string]string{"#b": "b", "#a": "a"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		refused(t, ph.Unused(), "ExpressionAttributeNames unused in expressions: keys: {#a, #b}")
	})
	t.Run("tells the unused values", func(t *testing.T) {
		ph, err := NewPlaceholders(nil, values)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ph.ParseCondition("FilterExpression", "a = :v"); err != nil {
			t.Fatal(err)
		}
		refused(t, ph.Unused(), "ExpressionAttributeValues unused in expressions: keys: {:w}")
	})
	for name, key := range map[string]string{"without mark": "a", "with nothing but the mark": "#", "with a dash": "#a-b"} {
		t.Run("refuses a name "+name, func(t *testing.T) {
			_, err := NewPlaceholders(map[string]string{key: "a"}, nil)
			refused(t, err, "contains invalid key")
		})
	}
	t.Run("refuses a value without mark", func(t *testing.T) {
		_, err := NewPlaceholders(nil, attribute.Map{"v": attribute.Null{}})
		refused(t, err, "contains invalid key")
	})
	t.Run("refuses empty maps and empty names", func(t *testing.T) {
		_, err := NewPlaceholders(map[string]string{}, nil)
		refused(t, err, "must not be empty")
		_, err = NewPlaceholders(nil, attribute.Map{})
		refused(t, err, "must not be empty")
		_, err = NewPlaceholders(map[string]string{"#a": ""}, nil)
		refused(t, err, "must not be empty")
	})
	t.Run("knows all 573 reserved words", func(t *testing.T) {
		if len(reserved) != 573 {
			t.Errorf("%d words", len(reserved))
		}
	})
}

func TestKeyCondition(t *testing.T) {
	t.Run("reads the terms in order", func(t *testing.T) {
		terms, err := placeholders(t).ParseKeyCondition("(pk = :open) AND sk BETWEEN :one AND :two")
		if err != nil {
			t.Fatal(err)
		}
		if len(terms) != 2 || terms[0].Attribute != "pk" || terms[0].Operator != "=" || terms[1].Operator != "BETWEEN" || len(terms[1].Values) != 2 {
			t.Errorf("got %+v", terms)
		}
	})
	for source, want := range map[string]string{
		"pk = :open OR sk = :one": "OR", "NOT pk = :open": "NOT", "pk <> :open": "<>", "pk IN (:open)": "IN", "attribute_exists(pk)": "Invalid operator", "pk = sk": "compared with a value",
		":open = pk": "left side", "pk.a = :open": "left side", "pk = :open AND pk = :op": "one condition per key", "a = :one AND b = :one AND c = :one": "one condition per key",
	} {
		t.Run("refuses "+source, func(t *testing.T) {
			_, err := placeholders(t).ParseKeyCondition(source)
			refused(t, err, want)
		})
	}
}

func FuzzExpressions(f *testing.F) {
	for _, source := range []string{
		"n = :two AND (NOT attribute_exists(a.b[0]) OR size(#s) > :one)", "begins_with(#s, :op)", "n BETWEEN :one AND :two", "#s IN (:op, :open)",
		"SET n = if_not_exists(n, :one) + :two, l[3] = :open REMOVE mp.deep, l[0] ADD c :one, tags :ss DELETE nums :ns", "SET l = list_append(l, :list)", "a, b.c, l[1]", "((((", "n=",
	} {
		f.Add(source)
	}
	record := item(f, `{"n":{"N":"2"},"status":{"S":"open"},"tags":{"SS":["x","y"]},"nums":{"NS":["1","2"]},"l":{"L":[{"S":"x"},{"M":{"k":{"N":"1"}}}]},"mp":{"M":{"deep":{"M":{"n":{"N":"3"}}}}}}`)
	before := string(record.AppendJSON(nil))
	f.Fuzz(func(t *testing.T, source string) {
		ph := placeholders(t)
		if c, err := ph.ParseCondition("ConditionExpression", source); err == nil {
			negated, err := ph.ParseCondition("ConditionExpression", "NOT (NOT ("+source+"))")
			if err == nil && negated.Holds(record) != c.Holds(record) {
				t.Errorf("%q is not its double negation", source)
			}
		}
		if p, err := ph.ParseProjection(source); err == nil {
			if part := p.Of(record); attribute.Size(part) > attribute.Size(record) {
				t.Errorf("%q projects more than there is", source)
			}
		}
		if u, err := ph.ParseUpdate(source); err == nil {
			if after, err := u.Apply(record); (after == nil) == (err == nil) {
				t.Errorf("%q: %v, %v", source, after, err)
			}
		}
		if string(record.AppendJSON(nil)) != before {
			t.Fatalf("%q changed the item it read", source)
		}
	})
}
