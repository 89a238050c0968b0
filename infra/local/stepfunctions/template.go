package stepfunctions

import (
	"fmt"
	"strings"
)

// A template is a JSON value in which a member "x.$" takes its value from the path it names.
type template struct {
	tree any
}

// reference is a member whose value is looked up.
type reference struct{ path path }

func (t *template) UnmarshalJSON(raw []byte) error {
	v, err := decode(raw)
	if err != nil {
		return err
	}
	t.tree, err = compile(v)
	return err
}

func (t template) absent() bool { return t.tree == nil }

func compile(v any) (any, error) {
	switch v := v.(type) {
	case map[string]any:
		object := make(map[string]any, len(v))
		for key, value := range v {
			name, isReference := strings.CutSuffix(key, ".$")
			if _, twice := object[name]; twice {
				return nil, fmt.Errorf("%q is given both as a value and as a path", name)
			}
			compiled, err := compileMember(value, isReference)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", key, err)
			}
			object[name] = compiled
		}
		return object, nil
	case []any:
		array := make([]any, len(v))
		for i := range v {
			var err error
			if array[i], err = compile(v[i]); err != nil {
				return nil, err
			}
		}
		return array, nil
	}
	return v, nil
}

func compileMember(value any, isReference bool) (any, error) {
	if !isReference {
		return compile(value)
	}
	text, ok := value.(string)
	if !ok {
		return nil, fmt.Errorf("the value must be a path")
	}
	p, err := parsePath(text)
	return reference{p}, err
}

// fill makes a fresh value, which shares what the paths found with data and context.
func fill(tree, data, context any) (any, error) {
	switch v := tree.(type) {
	case reference:
		found, ok := v.path.lookup(data, context)
		if !ok {
			return nil, failure{"States.ParameterPathFailure", fmt.Sprintf("the path %q was not found in the data", v.path.text)}
		}
		return found, nil
	case map[string]any:
		object := make(map[string]any, len(v))
		for key, value := range v {
			filled, err := fill(value, data, context)
			if err != nil {
				return nil, err
			}
			object[key] = filled
		}
		return object, nil
	case []any:
		array := make([]any, len(v))
		for i := range v {
			var err error
			if array[i], err = fill(v[i], data, context); err != nil {
				return nil, err
			}
		}
		return array, nil
	}
	return tree, nil
}
