package expression

import (
	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
)

// A KeyTerm is one comparison of a key attribute with values. Operator is "=", "<", "<=", ">", ">=", "BETWEEN" (two
// values) or "begins_with".
type KeyTerm struct {
	Attribute string
	Operator  string
	Values    []attribute.Value
}

// ParseKeyCondition parses a KeyConditionExpression: one term per key attribute, joined by AND.
func (ph *Placeholders) ParseKeyCondition(source string) ([]KeyTerm, error) {
	c, err := ph.ParseCondition("KeyConditionExpression", source)
	if err != nil {
		return nil, err
	}
	terms, err := keyTerms(c.root)
	if err != nil {
		return nil, err
	}
	if len(terms) > 2 || len(terms) == 2 && terms[0].Attribute == terms[1].Attribute {
		return nil, attribute.Invalidf("KeyConditionExpressions must only contain one condition per key")
	}
	return terms, nil
}

func keyTerms(n node) ([]KeyTerm, error) {
	switch n := n.(type) {
	case *and:
		left, err := keyTerms(n.left)
		if err != nil {
			return nil, err
		}
		right, err := keyTerms(n.right)
		return append(left, right...), err
	case *comparison:
		if n.operator == "<>" {
			return nil, attribute.Invalidf("Invalid operator used in KeyConditionExpression: <>")
		}
		return keyTerm(n.left, n.operator, n.right)
	case *between:
		return keyTerm(n.value, "BETWEEN", n.low, n.high)
	case *beginsWith:
		return keyTerm(n.value, "begins_with", n.prefix)
	case *or:
		return nil, attribute.Invalidf("Invalid operator used in KeyConditionExpression: OR")
	case *not:
		return nil, attribute.Invalidf("Invalid operator used in KeyConditionExpression: NOT")
	case *in:
		return nil, attribute.Invalidf("Invalid operator used in KeyConditionExpression: IN")
	}
	return nil, attribute.Invalidf("Invalid operator used in KeyConditionExpression: only comparisons and begins_with are allowed")
}

func keyTerm(key operand, operator string, values ...operand) ([]KeyTerm, error) {
	path, ok := key.(Path)
	if !ok || len(path) != 1 {
		return nil, attribute.Invalidf("Invalid KeyConditionExpression: a condition must name a key attribute on its left side; operator: %s", operator)
	}
	term := KeyTerm{Attribute: path.Attribute(), Operator: operator}
	for _, o := range values {
		l, ok := o.(literal)
		if !ok {
			return nil, attribute.Invalidf("Invalid KeyConditionExpression: a key must be compared with a value; attribute: %s", term.Attribute)
		}
		term.Values = append(term.Values, l.value)
	}
	return []KeyTerm{term}, nil
}
