package expression

import (
	"strings"

	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
)

// conditionFunctions are the functions that are true or false.
var conditionFunctions = map[string]bool{
	"attribute_exists": true, "attribute_not_exists": true, "attribute_type": true, "begins_with": true, "contains": true,
}

type (
	exists struct {
		path Path
		want bool
	}
	hasType struct {
		path Path
		kind attribute.Kind
	}
	beginsWith struct{ value, prefix operand }
	contains   struct{ value, part operand }
)

func (n *exists) holds(item attribute.Map) bool { return (n.path.lookup(item) != nil) == n.want }

func (n *hasType) holds(item attribute.Map) bool {
	v := n.path.lookup(item)
	return v != nil && v.Kind() == n.kind
}

func (n *beginsWith) holds(item attribute.Map) bool {
	switch v := n.value.on(item).(type) {
	case attribute.String:
		prefix, ok := n.prefix.on(item).(attribute.String)
		return ok && strings.HasPrefix(string(v), string(prefix))
	case attribute.Binary:
		prefix, ok := n.prefix.on(item).(attribute.Binary)
		return ok && strings.HasPrefix(string(v), string(prefix))
	}
	return false
}

// holds looks for a substring, a set member or a list element.
func (n *contains) holds(item attribute.Map) bool {
	part := n.part.on(item)
	switch v := n.value.on(item).(type) {
	case attribute.String:
		s, ok := part.(attribute.String)
		return ok && strings.Contains(string(v), string(s))
	case attribute.Binary:
		b, ok := part.(attribute.Binary)
		return ok && strings.Contains(string(v), string(b))
	case attribute.Set:
		return v.Contains(part)
	case attribute.List:
		for _, element := range v {
			if attribute.Equal(element, part) {
				return true
			}
		}
	}
	return false
}

// functionCall reads the arguments of a condition function and the closing parenthesis.
func (p *parser) functionCall(name string) (node, error) {
	var n node
	var err error
	switch name {
	case "attribute_exists", "attribute_not_exists":
		var path Path
		path, err = p.pathArgument(name)
		n = &exists{path, name == "attribute_exists"}
	case "attribute_type":
		n, err = p.attributeType()
	default:
		n, err = p.twoOperands(name)
	}
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.text == "," && t.kind == symbol {
		return nil, p.invalid("Incorrect number of operands for operator or function; operator or function: %s", name)
	}
	return n, p.expect(")")
}

func (p *parser) attributeType() (node, error) {
	path, err := p.pathArgument("attribute_type")
	if err != nil {
		return nil, err
	}
	if err := p.expect(","); err != nil {
		return nil, err
	}
	l, err := p.value()
	if err != nil {
		return nil, err
	}
	kind, ok := l.value.(attribute.String)
	if !ok {
		return nil, p.invalid("Incorrect operand type for operator or function; operator or function: attribute_type, operand type: %s", l.value.Kind())
	}
	if !strings.Contains(" S N B BOOL NULL L M SS NS BS ", " "+string(kind)+" ") {
		return nil, p.invalid("Invalid attribute type name found; type: %s, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}", kind)
	}
	return &hasType{path, attribute.Kind(kind)}, nil
}

func (p *parser) twoOperands(name string) (node, error) {
	first, err := p.operand()
	if err != nil {
		return nil, err
	}
	if err := p.expect(","); err != nil {
		return nil, err
	}
	second, err := p.operand()
	if err != nil {
		return nil, err
	}
	if err := p.different(name, first, second); err != nil {
		return nil, err
	}
	if name == "contains" {
		return &contains{first, second}, nil
	}
	for _, o := range []operand{first, second} {
		if l, ok := o.(literal); ok && l.value.Kind() != attribute.StringKind && l.value.Kind() != attribute.BinaryKind {
			return nil, p.invalid("Incorrect operand type for operator or function; operator or function: begins_with, operand type: %s", l.value.Kind())
		}
	}
	return &beginsWith{first, second}, nil
}
