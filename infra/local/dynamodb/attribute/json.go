package attribute

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
)

// UnmarshalJSON reads an item in DynamoDB JSON, {"name":{"S":"value"}}. What is no attribute value is refused with a
// ValidationError.
func (m *Map) UnmarshalJSON(data []byte) error {
	var raw map[string]any
	if err := json.Unmarshal(data, &raw); err != nil {
		return err
	}
	if raw == nil {
		return nil
	}
	item, err := decodeMap(raw)
	*m = item
	return err
}

// MarshalJSON writes DynamoDB JSON with sorted names, so that equal items have equal bytes.
func (m Map) MarshalJSON() ([]byte, error) { return m.AppendJSON(nil), nil }

// AppendJSON appends what MarshalJSON returns.
func (m Map) AppendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	for i, name := range slices.Sorted(maps.Keys(m)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, name), ':')
		dst = AppendJSON(dst, m[name])
	}
	return append(dst, '}')
}

// AppendJSON appends one value, such as {"S":"value"}.
func AppendJSON(dst []byte, v Value) []byte {
	dst = append(dst, '{', '"')
	dst = append(dst, v.Kind()...)
	dst = append(dst, '"', ':')
	return append(v.appendJSON(dst), '}')
}

func (s String) appendJSON(dst []byte) []byte { return appendString(dst, string(s)) }
func (n Number) appendJSON(dst []byte) []byte { return appendString(dst, n.String()) }
func (b Binary) appendJSON(dst []byte) []byte {
	return append(base64.StdEncoding.AppendEncode(append(dst, '"'), []byte(b)), '"')
}
func (Null) appendJSON(dst []byte) []byte  { return append(dst, "true"...) }
func (m Map) appendJSON(dst []byte) []byte { return m.AppendJSON(dst) }
func (b Bool) appendJSON(dst []byte) []byte {
	if b {
		return append(dst, "true"...)
	}
	return append(dst, "false"...)
}

func (l List) appendJSON(dst []byte) []byte { return appendArray(dst, l, AppendJSON) }

func (s Set) appendJSON(dst []byte) []byte {
	return appendArray(dst, s.members, func(dst []byte, member Value) []byte { return member.appendJSON(dst) })
}

func appendArray(dst []byte, values []Value, element func([]byte, Value) []byte) []byte {
	dst = append(dst, '[')
	for i, v := range values {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = element(dst, v)
	}
	return append(dst, ']')
}

func appendString(dst []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			quoted, err := json.Marshal(s)
			if err != nil {
				panic(err) // a string always has a JSON form
			}
			return append(dst, quoted...)
		}
	}
	return append(append(append(dst, '"'), s...), '"')
}

func decodeMap(raw map[string]any) (Map, error) {
	m := make(Map, len(raw))
	for name, v := range raw {
		value, err := decode(v)
		if err != nil {
			return nil, err
		}
		m[name] = value
	}
	return m, nil
}

func decode(raw any) (Value, error) {
	tagged, ok := raw.(map[string]any)
	if !ok || len(tagged) == 0 {
		return nil, Invalidf("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")
	}
	if len(tagged) > 1 {
		return nil, Invalidf("Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes")
	}
	for kind, content := range tagged {
		return decodeKind(Kind(kind), content)
	}
	panic("unreachable: one member")
}

func decodeKind(kind Kind, content any) (Value, error) {
	switch content := content.(type) {
	case string:
		return decodeScalar(kind, content)
	case bool:
		switch {
		case kind == BoolKind:
			return Bool(content), nil
		case kind == NullKind && content:
			return Null{}, nil
		case kind == NullKind:
			return nil, Invalidf("One or more parameter values were invalid: Null attribute value types must have the value of true")
		}
	case map[string]any:
		if kind == MapKind {
			return decodeMap(content)
		}
	case []any:
		switch kind {
		case ListKind:
			return decodeList(content)
		case StringSetKind, NumberSetKind, BinarySetKind:
			return decodeSet(kind[:1], content)
		}
	}
	return nil, Invalidf("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes; found %s", kind)
}

func decodeScalar(kind Kind, content string) (Value, error) {
	switch kind {
	case StringKind:
		return String(content), nil
	case NumberKind:
		return ParseNumber(content)
	case BinaryKind:
		raw, err := base64.StdEncoding.DecodeString(content)
		if err != nil {
			return nil, Invalidf("One or more parameter values were invalid: invalid Base64: %v", err)
		}
		return Binary(raw), nil
	}
	return nil, Invalidf("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes; found %s", kind)
}

func decodeList(content []any) (Value, error) {
	list := make(List, len(content))
	for i, raw := range content {
		v, err := decode(raw)
		if err != nil {
			return nil, err
		}
		list[i] = v
	}
	return list, nil
}

func decodeSet(of Kind, content []any) (Value, error) {
	members := make([]Value, len(content))
	for i, raw := range content {
		v, err := decodeKind(of, raw)
		if err != nil {
			return nil, err
		}
		members[i] = v
	}
	return NewSet(of, members)
}
