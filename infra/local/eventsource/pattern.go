package eventsource

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
)

// A Pattern is a filter in EventBridge's pattern language: exact values, prefix, exists, anything-but and numeric.
type Pattern struct {
	fields map[string]node
}

// A node is either a deeper level or the tests of one leaf, of which any has to match.
type node struct {
	fields map[string]node
	tests  []test
}

// A test judges the values at a leaf: none where the field is absent, several where it holds an array.
type test func(values []any) bool

// ParsePattern refuses what the local cloud does not support, by name.
func ParsePattern(raw []byte) (Pattern, error) {
	v, err := decode(raw)
	if err != nil {
		return Pattern{}, fmt.Errorf("filter pattern: %w", err)
	}
	object, ok := v.(map[string]any)
	if !ok {
		return Pattern{}, fmt.Errorf("filter pattern: a JSON object is needed")
	}
	n, err := parseFields(object)
	if err != nil {
		return Pattern{}, fmt.Errorf("filter pattern: %w", err)
	}
	return Pattern{n.fields}, nil
}

func parseFields(object map[string]any) (node, error) {
	if len(object) == 0 {
		return node{}, fmt.Errorf("an empty object matches nothing")
	}
	n := node{fields: map[string]node{}}
	for name, v := range object {
		if strings.HasPrefix(name, "$") {
			return node{}, fmt.Errorf("%q is not supported", name)
		}
		var err error
		switch v := v.(type) {
		case map[string]any:
			n.fields[name], err = parseFields(v)
		case []any:
			n.fields[name], err = parseTests(v)
		default:
			err = fmt.Errorf("a value must stand in an array")
		}
		if err != nil {
			return node{}, fmt.Errorf("%s: %w", name, err)
		}
	}
	return n, nil
}

func parseTests(array []any) (node, error) {
	if len(array) == 0 {
		return node{}, fmt.Errorf("an empty array matches nothing")
	}
	var n node
	for _, v := range array {
		t, err := parseTest(v)
		if err != nil {
			return node{}, err
		}
		n.tests = append(n.tests, t)
	}
	return n, nil
}

func parseTest(v any) (test, error) {
	switch v := v.(type) {
	case map[string]any:
		if len(v) != 1 {
			return nil, fmt.Errorf("a comparison has exactly one operator")
		}
		for operator, operand := range v {
			return parseOperator(operator, operand)
		}
	case []any:
		return nil, fmt.Errorf("an array in an array is not supported")
	}
	return anyOf(func(value any) bool { return equal(value, v) }), nil
}

// anyOf matches when one of the values does.
func anyOf(matches func(value any) bool) test {
	return func(values []any) bool {
		for _, value := range values {
			if matches(value) {
				return true
			}
		}
		return false
	}
}

func parseOperator(operator string, operand any) (test, error) {
	switch operator {
	case "prefix":
		start, ok := operand.(string)
		if !ok {
			return nil, fmt.Errorf("prefix needs a string")
		}
		return anyOf(func(value any) bool {
			text, ok := value.(string)
			return ok && strings.HasPrefix(text, start)
		}), nil
	case "exists":
		wanted, ok := operand.(bool)
		if !ok {
			return nil, fmt.Errorf("exists needs true or false")
		}
		return func(values []any) bool { return (len(values) > 0) == wanted }, nil
	case "anything-but":
		return parseAnythingBut(operand)
	case "numeric":
		return parseNumeric(operand)
	}
	return nil, fmt.Errorf("the operator %q is not supported; use exact values, prefix, exists, anything-but or numeric", operator)
}

func parseAnythingBut(operand any) (test, error) {
	if inner, ok := operand.(map[string]any); ok {
		start, ok := inner["prefix"].(string)
		if len(inner) != 1 || !ok {
			return nil, fmt.Errorf("anything-but takes values or a prefix")
		}
		return anyOf(func(value any) bool {
			text, ok := value.(string)
			return ok && !strings.HasPrefix(text, start)
		}), nil
	}
	excluded, ok := operand.([]any)
	if !ok {
		excluded = []any{operand}
	}
	for _, v := range excluded {
		switch v.(type) {
		case string, json.Number:
		default:
			return nil, fmt.Errorf("anything-but takes strings and numbers")
		}
	}
	if len(excluded) == 0 {
		return nil, fmt.Errorf("anything-but needs a value")
	}
	return anyOf(func(value any) bool {
		for _, v := range excluded {
			if equal(value, v) {
				return false
			}
		}
		return true
	}), nil
}

// parseNumeric takes one bound or two: [">", 0, "<=", 5].
func parseNumeric(operand any) (test, error) {
	parts, ok := operand.([]any)
	if !ok || len(parts) != 2 && len(parts) != 4 {
		return nil, fmt.Errorf("numeric needs one or two pairs of operator and number")
	}
	var bounds []func(float64) bool
	for i := 0; i < len(parts); i += 2 {
		limit, ok := number(parts[i+1])
		if !ok {
			return nil, fmt.Errorf("numeric needs a number after %v", parts[i])
		}
		holds, ok := comparisons[fmt.Sprint(parts[i])]
		if !ok {
			return nil, fmt.Errorf("numeric does not know %v", parts[i])
		}
		bounds = append(bounds, func(n float64) bool { return holds(cmp.Compare(n, limit)) })
	}
	return anyOf(func(value any) bool {
		n, ok := number(value)
		for _, holds := range bounds {
			ok = ok && holds(n)
		}
		return ok
	}), nil
}

var comparisons = map[string]func(order int) bool{
	"=":  func(order int) bool { return order == 0 },
	"<":  func(order int) bool { return order < 0 },
	"<=": func(order int) bool { return order <= 0 },
	">":  func(order int) bool { return order > 0 },
	">=": func(order int) bool { return order >= 0 },
}

func number(v any) (float64, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	f, err := n.Float64()
	return f, err == nil
}

// equal holds numbers against each other as they are written, as EventBridge does: 300 is not 300.0.
func equal(a, b any) bool {
	switch a.(type) {
	case map[string]any, []any:
		return false
	}
	return a == b
}

// Matches judges one event. Text that is not a JSON object matches nothing.
func (p Pattern) Matches(event []byte) bool {
	v, err := decode(event)
	if err != nil {
		return false
	}
	object, ok := v.(map[string]any)
	return ok && node{fields: p.fields}.matches(object)
}

func (n node) matches(object map[string]any) bool {
	for name, below := range n.fields {
		v, present := object[name]
		if below.tests == nil {
			deeper, _ := v.(map[string]any) // a missing level still satisfies exists:false below it
			if !below.matches(deeper) {
				return false
			}
			continue
		}
		if !below.matchesLeaf(v, present) {
			return false
		}
	}
	return true
}

func (n node) matchesLeaf(v any, present bool) bool {
	var values []any
	switch v := v.(type) {
	case map[string]any: // not a leaf
	case []any:
		values = v
	default:
		if present {
			values = []any{v}
		}
	}
	for _, matches := range n.tests {
		if matches(values) {
			return true
		}
	}
	return false
}

// decode keeps numbers as they were written.
func decode(raw []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, fmt.Errorf("more than one JSON value")
	}
	return v, nil
}
