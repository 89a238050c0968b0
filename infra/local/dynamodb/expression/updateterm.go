package expression

import (
	"slices"

	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
)

// A term is the right side of a SET assignment.
type term interface {
	compute(item attribute.Map) (attribute.Value, error)
}

type (
	arithmetic struct {
		operator    string
		left, right term
	}
	ifNotExists struct {
		path     Path
		fallback term
	}
	listAppend struct{ left, right term }
)

func (l literal) compute(attribute.Map) (attribute.Value, error) { return l.value, nil }

func (p Path) compute(item attribute.Map) (attribute.Value, error) {
	if v := p.lookup(item); v != nil {
		return v, nil
	}
	return nil, errNoAttribute
}

func (t ifNotExists) compute(item attribute.Map) (attribute.Value, error) {
	if v := t.path.lookup(item); v != nil {
		return v, nil
	}
	return t.fallback.compute(item)
}

func (t arithmetic) compute(item attribute.Map) (attribute.Value, error) {
	left, right, err := both[attribute.Number](t.left, t.right, item)
	if err != nil {
		return nil, err
	}
	if t.operator == "+" {
		return left.Plus(right)
	}
	return left.Minus(right)
}

func (t listAppend) compute(item attribute.Map) (attribute.Value, error) {
	left, right, err := both[attribute.List](t.left, t.right, item)
	if err != nil {
		return nil, err
	}
	return slices.Concat(left, right), nil
}

// both computes two terms that must have the type V.
func both[V attribute.Value](a, b term, item attribute.Map) (left, right V, err error) {
	leftValue, err := a.compute(item)
	if err != nil {
		return left, right, err
	}
	rightValue, err := b.compute(item)
	if err != nil {
		return left, right, err
	}
	left, leftOK := leftValue.(V)
	right, rightOK := rightValue.(V)
	if !leftOK || !rightOK {
		return left, right, errOperandType
	}
	return left, right, nil
}
