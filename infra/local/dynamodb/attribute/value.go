// Package attribute is DynamoDB's data model: the ten attribute types, numbers exact to 38 digits, the JSON in which
// items travel and are stored, what they weigh, and the byte order of keys. It knows neither tables nor expressions.
package attribute

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// A Kind is the type tag of a value, as DynamoDB spells it.
type Kind string

// The ten attribute types.
const (
	StringKind    Kind = "S"
	NumberKind    Kind = "N"
	BinaryKind    Kind = "B"
	BoolKind      Kind = "BOOL"
	NullKind      Kind = "NULL"
	ListKind      Kind = "L"
	MapKind       Kind = "M"
	StringSetKind Kind = "SS"
	NumberSetKind Kind = "NS"
	BinarySetKind Kind = "BS"
)

// Value is one attribute value. Values are never changed in place, so they may be shared.
type Value interface {
	Kind() Kind
	size() int
	depth() int
	appendJSON(dst []byte) []byte
}

type (
	// String is an S.
	String string
	// Binary is a B; it holds raw bytes.
	Binary string
	// Bool is a BOOL.
	Bool bool
	// Null is a NULL.
	Null struct{}
	// List is an L.
	List []Value
	// Map is an M, and also a whole item.
	Map map[string]Value
	// Set is an SS, NS or BS: never empty, members sorted and distinct.
	Set struct {
		of      Kind
		members []Value
	}
)

// Kind implements Value.
func (String) Kind() Kind { return StringKind }

// Kind implements Value.
func (Number) Kind() Kind { return NumberKind }

// Kind implements Value.
func (Binary) Kind() Kind { return BinaryKind }

// Kind implements Value.
func (Bool) Kind() Kind { return BoolKind }

// Kind implements Value.
func (Null) Kind() Kind { return NullKind }

// Kind implements Value.
func (List) Kind() Kind { return ListKind }

// Kind implements Value.
func (Map) Kind() Kind { return MapKind }

// Kind implements Value.
func (s Set) Kind() Kind { return s.of + "S" }

// A ValidationError is what DynamoDB answers as a ValidationException; its text is the message.
type ValidationError string

func (e ValidationError) Error() string { return string(e) }

// Invalidf makes a ValidationError.
func Invalidf(format string, args ...any) error {
	return ValidationError(fmt.Sprintf(format, args...))
}

// Equal tells whether two values have the same type and content; nil is a missing value and equals only nil.
func Equal(a, b Value) bool {
	switch a := a.(type) {
	case List:
		b, ok := b.(List)
		return ok && slices.EqualFunc(a, b, Equal)
	case Map:
		b, ok := b.(Map)
		return ok && maps.EqualFunc(a, b, Equal)
	case Set:
		b, ok := b.(Set)
		return ok && a.of == b.of && slices.EqualFunc(a.members, b.members, Equal)
	}
	switch b.(type) {
	case List, Map, Set: // not comparable by ==
		return false
	}
	return a == b
}

// Compare orders two values of the same scalar type: strings by their UTF-8 bytes, numbers by value, binaries by
// unsigned bytes. ok is false for every other pair, which DynamoDB does not order.
func Compare(a, b Value) (order int, ok bool) {
	switch a := a.(type) {
	case String:
		if b, same := b.(String); same {
			return cmp.Compare(a, b), true
		}
	case Number:
		if b, same := b.(Number); same {
			return a.compare(b), true
		}
	case Binary:
		if b, same := b.(Binary); same {
			return cmp.Compare(a, b), true
		}
	}
	return 0, false
}

// NewSet makes a set of S, N or B members. It refuses an empty set and duplicates.
func NewSet(of Kind, members []Value) (Set, error) {
	if len(members) == 0 {
		return Set{}, Invalidf("One or more parameter values were invalid: An %s set  may not be empty", setName[of])
	}
	s := Set{of, slices.Clone(members)}
	slices.SortFunc(s.members, func(a, b Value) int { order, _ := Compare(a, b); return order })
	for i := 1; i < len(s.members); i++ {
		if Equal(s.members[i-1], s.members[i]) {
			return Set{}, Invalidf("One or more parameter values were invalid: Input collection contains duplicates.")
		}
	}
	return s, nil
}

var setName = map[Kind]string{StringKind: "string", NumberKind: "number", BinaryKind: "binary"}

// Len is the number of members.
func (s Set) Len() int { return len(s.members) }

// Contains tells whether v is a member.
func (s Set) Contains(v Value) bool {
	return slices.ContainsFunc(s.members, func(m Value) bool { return Equal(m, v) })
}

// Union is every member of s and t, two sets of one kind.
func (s Set) Union(t Set) Set {
	all := slices.Clone(s.members)
	for _, m := range t.members {
		if !s.Contains(m) {
			all = append(all, m)
		}
	}
	slices.SortFunc(all, func(a, b Value) int { order, _ := Compare(a, b); return order })
	return Set{s.of, all}
}

// Without is the members of s that t has not. ok is false when none is left: a set is never empty.
func (s Set) Without(t Set) (rest Set, ok bool) {
	rest.of = s.of
	for _, m := range s.members {
		if !t.Contains(m) {
			rest.members = append(rest.members, m)
		}
	}
	return rest, len(rest.members) > 0
}
