package expression

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
)

// A Path leads into an item: a.b[0].
type Path []step

// A step is a name in a map, or an index in a list when name is empty.
type step struct {
	name  string
	index int
}

func (s step) String() string {
	if s.name == "" {
		return fmt.Sprintf("[%d]", s.index)
	}
	return s.name
}

func (p Path) String() string {
	names := make([]string, len(p))
	for i, s := range p {
		names[i] = s.String()
	}
	return "[" + strings.Join(names, ", ") + "]"
}

// Attribute is the name of the top-level attribute.
func (p Path) Attribute() string { return p[0].name }

func (p Path) compare(q Path) int {
	return slices.CompareFunc(p, q, func(a, b step) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.index, b.index))
	})
}

// lookup is the value at the path, nil when there is none.
func (p Path) lookup(item attribute.Map) attribute.Value {
	var at attribute.Value = item
	for _, s := range p {
		switch container := at.(type) {
		case attribute.Map:
			at = nil
			if s.name != "" {
				at = container[s.name]
			}
		case attribute.List:
			at = nil
			if s.name == "" && s.index < len(container) {
				at = container[s.index]
			}
		default:
			return nil
		}
	}
	return at
}

// replace returns item with the value at the path replaced, or removed when value is nil. An index beyond the end of
// its list appends. The containers on the way are copied, so item itself stays as it was.
func (p Path) replace(item attribute.Map, value attribute.Value) (attribute.Map, error) {
	changed, err := replace(item, p, value)
	if err != nil {
		return nil, err
	}
	return changed.(attribute.Map), nil
}

func replace(container attribute.Value, p Path, value attribute.Value) (attribute.Value, error) {
	last := len(p) == 1
	switch container := container.(type) {
	case attribute.Map:
		if p[0].name != "" {
			return replaceInMap(container, p, value, last)
		}
	case attribute.List:
		if p[0].name == "" {
			return replaceInList(container, p, value, last)
		}
	}
	return nil, errInvalidForUpdate
}

const errInvalidForUpdate = attribute.ValidationError("The document path provided in the update expression is invalid for update")

func replaceInMap(container attribute.Map, p Path, value attribute.Value, last bool) (attribute.Value, error) {
	if !last {
		inner, err := replace(container[p[0].name], p[1:], value)
		if err != nil {
			return nil, err
		}
		value = inner
	}
	changed := make(attribute.Map, len(container)+1)
	for name, v := range container {
		changed[name] = v
	}
	if value == nil {
		delete(changed, p[0].name)
	} else {
		changed[p[0].name] = value
	}
	return changed, nil
}

func replaceInList(container attribute.List, p Path, value attribute.Value, last bool) (attribute.Value, error) {
	index := p[0].index
	switch {
	case !last && index >= len(container):
		return nil, errInvalidForUpdate
	case !last:
		inner, err := replace(container[index], p[1:], value)
		if err != nil {
			return nil, err
		}
		value = inner
	case index >= len(container) && value == nil:
		return container, nil
	case index >= len(container):
		return append(slices.Clone(container), value), nil
	case value == nil:
		return slices.Delete(slices.Clone(container), index, index+1), nil
	}
	changed := slices.Clone(container)
	changed[index] = value
	return changed, nil
}

// distinct refuses paths of which one leads through another, or that read one place both as map and as list.
func distinct(kind string, paths []Path) error {
	for i, p := range paths {
		for _, q := range paths[:i] {
			n := 0
			for n < len(p) && n < len(q) && p[n] == q[n] {
				n++
			}
			if n == len(p) || n == len(q) {
				return attribute.Invalidf("Invalid %s: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: %s, path two: %s", kind, q, p)
			}
			if (p[n].name == "") != (q[n].name == "") {
				return attribute.Invalidf("Invalid %s: Two document paths conflict with each other; must remove or rewrite one of these paths; path one: %s, path two: %s", kind, q, p)
			}
		}
	}
	return nil
}
