package expression

import (
	"slices"

	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
)

// An Update is a parsed UpdateExpression.
type Update struct {
	sets    []assignment
	removes []Path // deepest list index first, so that each still means its element when its turn comes
	adds    []change
	deletes []change
}

type assignment struct {
	path  Path
	value term
}

// A change adds a number or set members to, or deletes set members from, what is at path.
type change struct {
	path  Path
	value attribute.Value
}

// Paths lists every path that the update writes.
func (u *Update) Paths() []Path {
	var paths []Path
	for _, a := range u.sets {
		paths = append(paths, a.path)
	}
	for _, c := range slices.Concat(u.adds, u.deletes) {
		paths = append(paths, c.path)
	}
	return append(paths, u.removes...)
}

// OnlyRemoves tells whether the update cannot bring an item into being: it has REMOVE or DELETE and nothing else.
func (u *Update) OnlyRemoves() bool { return len(u.sets) == 0 && len(u.adds) == 0 }

// Touched is the part of item at the paths that the update writes.
func (u *Update) Touched(item attribute.Map) attribute.Map { return project(item, u.Paths()) }

// Apply returns item as the update leaves it. Every value is computed from the item as it was before.
func (u *Update) Apply(item attribute.Map) (attribute.Map, error) {
	after := item
	for _, write := range []func(before, after attribute.Map) (attribute.Map, error){u.set, u.add, u.delete, u.remove} {
		var err error
		if after, err = write(item, after); err != nil {
			return nil, err
		}
	}
	return after, nil
}

func (u *Update) set(before, after attribute.Map) (attribute.Map, error) {
	for _, a := range u.sets {
		v, err := a.value.compute(before)
		if err != nil {
			return nil, err
		}
		if after, err = a.path.replace(after, v); err != nil {
			return nil, err
		}
	}
	return after, nil
}

func (u *Update) add(before, after attribute.Map) (attribute.Map, error) {
	for _, c := range u.adds {
		v, err := sum(c.path.lookup(before), c.value)
		if err != nil {
			return nil, err
		}
		if after, err = c.path.replace(after, v); err != nil {
			return nil, err
		}
	}
	return after, nil
}

// sum is what ADD makes of the old value, which may be missing.
func sum(old, added attribute.Value) (attribute.Value, error) {
	if old == nil {
		return added, nil
	}
	if old.Kind() != added.Kind() {
		return nil, errOperandType
	}
	if set, ok := old.(attribute.Set); ok {
		return set.Union(added.(attribute.Set)), nil
	}
	return old.(attribute.Number).Plus(added.(attribute.Number))
}

func (u *Update) delete(before, after attribute.Map) (attribute.Map, error) {
	for _, c := range u.deletes {
		old := c.path.lookup(before)
		if old == nil {
			continue
		}
		if old.Kind() != c.value.Kind() {
			return nil, errOperandType
		}
		var left attribute.Value
		if rest, ok := old.(attribute.Set).Without(c.value.(attribute.Set)); ok {
			left = rest
		}
		var err error
		if after, err = c.path.replace(after, left); err != nil {
			return nil, err
		}
	}
	return after, nil
}

func (u *Update) remove(_, after attribute.Map) (attribute.Map, error) {
	for _, p := range u.removes {
		var err error
		if after, err = p.replace(after, nil); err != nil {
			return nil, err
		}
	}
	return after, nil
}

const (
	errOperandType = attribute.ValidationError("An operand in the update expression has an incorrect data type")
	errNoAttribute = attribute.ValidationError("The provided expression refers to an attribute that does not exist in the item")
)
