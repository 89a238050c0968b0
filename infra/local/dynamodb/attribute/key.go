package attribute

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// AppendKey appends a form of a string, number or binary whose byte order is DynamoDB's sort order. The form ends
// itself, so forms can be concatenated and still sort by their first difference. It panics for any other type: which
// types are keys is decided before.
func AppendKey(dst []byte, v Value) []byte {
	switch v := v.(type) {
	case String:
		return append(AppendKeyPrefix(dst, v), 0, 1)
	case Binary:
		return append(AppendKeyPrefix(dst, v), 0, 1)
	case Number:
		return v.appendKey(dst)
	}
	panic("attribute: " + string(v.Kind()) + " is not a key type")
}

// AppendKeyPrefix appends the beginning that AppendKey gives to every string or binary that begins with v.
func AppendKeyPrefix(dst []byte, v Value) []byte {
	var raw string
	switch v := v.(type) {
	case String:
		raw = string(v)
	case Binary:
		raw = string(v)
	}
	return append(dst, strings.ReplaceAll(raw, "\x00", "\x00\xff")...)
}

// appendKey writes sign, exponent, digits, end. A negative number has every byte after the sign inverted, so that the
// larger magnitude sorts first.
func (n Number) appendKey(dst []byte) []byte {
	const negative, zero, positive = 1, 2, 3
	if n.digits == "" {
		return append(dst, zero)
	}
	if !n.negative {
		return n.appendMagnitude(append(dst, positive))
	}
	dst = append(dst, negative)
	start := len(dst)
	dst = n.appendMagnitude(dst)
	for i := range dst[start:] {
		dst[start+i] ^= 0xff
	}
	return dst
}

func (n Number) appendMagnitude(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint16(dst, uint16(n.exponent-minExponent))
	return append(append(dst, n.digits...), 0)
}

// AfterPrefix is the smallest key above all that begin with prefix. A prefix of only 0xff bytes does not occur: every
// form written here ends or begins with something smaller.
func AfterPrefix(prefix []byte) []byte {
	end := bytes.Clone(prefix)
	for end[len(end)-1] == 0xff {
		end = end[:len(end)-1]
	}
	end[len(end)-1]++
	return end
}
