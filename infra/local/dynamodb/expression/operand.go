package expression

import (
	"unicode/utf8"

	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
)

// An operand of a condition has a value on an item, nil when there is none.
type operand interface {
	on(item attribute.Map) attribute.Value
}

type (
	literal struct{ value attribute.Value }
	size    struct{ path Path }
)

func (l literal) on(attribute.Map) attribute.Value   { return l.value }
func (p Path) on(item attribute.Map) attribute.Value { return p.lookup(item) }

// on counts characters, bytes, members or elements; other types have no size.
func (s size) on(item attribute.Map) attribute.Value {
	switch v := s.path.lookup(item).(type) {
	case attribute.String:
		return attribute.NumberOf(utf8.RuneCountInString(string(v)))
	case attribute.Binary:
		return attribute.NumberOf(len(v))
	case attribute.List:
		return attribute.NumberOf(len(v))
	case attribute.Map:
		return attribute.NumberOf(len(v))
	case attribute.Set:
		return attribute.NumberOf(v.Len())
	}
	return nil
}

// operand reads a path, a :value or size(path).
func (p *parser) operand() (operand, error) {
	if p.peek().kind == valuePlaceholder {
		return p.value()
	}
	name, ok := p.function()
	if !ok {
		return p.path()
	}
	if name != "size" {
		return nil, p.unknownFunction(name)
	}
	path, err := p.pathArgument(name)
	if err != nil {
		return nil, err
	}
	return size{path}, p.expect(")")
}

// pathArgument reads an argument that must be a path.
func (p *parser) pathArgument(function string) (Path, error) {
	if p.peek().kind == valuePlaceholder {
		return nil, p.invalid("Operator or function requires a document path; operator or function: %s", function)
	}
	return p.path()
}

func (p *parser) unknownFunction(name string) error {
	if conditionFunctions[name] || updateFunctions[name] || name == "size" {
		return p.invalid("The function is not allowed to be used this way in an expression; function: %s", name)
	}
	return p.invalid("Invalid function name; function: %s", name)
}

// ordered refuses a :value that no comparison orders.
func (p *parser) ordered(operator string, operands ...operand) error {
	for _, o := range operands {
		l, ok := o.(literal)
		if !ok {
			continue
		}
		switch l.value.Kind() {
		case attribute.StringKind, attribute.NumberKind, attribute.BinaryKind:
		default:
			return p.invalid("Incorrect operand type for operator or function; operator or function: %s, operand type: %s", operator, l.value.Kind())
		}
	}
	return nil
}

// different refuses an operand that is compared with itself.
func (p *parser) different(operator string, first, second operand) error {
	a, aIsPath := first.(Path)
	b, bIsPath := second.(Path)
	if aIsPath && bIsPath && a.compare(b) == 0 {
		return p.invalid("The first operand must be distinct from the remaining operands for this operator or function; operator: %s, first operand: %s", operator, a)
	}
	return nil
}
