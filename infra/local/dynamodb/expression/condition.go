package expression

import (
	"strings"

	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
)

// A Condition is a parsed ConditionExpression or FilterExpression.
type Condition struct {
	root  node
	paths []Path
}

// ParseCondition parses source; kind is the name of the request parameter.
func (ph *Placeholders) ParseCondition(kind, source string) (*Condition, error) {
	p, err := ph.parser(kind, source)
	if err != nil {
		return nil, err
	}
	root, err := p.disjunction()
	if err != nil {
		return nil, err
	}
	return &Condition{root, p.paths}, p.finish()
}

// Holds evaluates the condition; an item that does not exist is nil.
func (c *Condition) Holds(item attribute.Map) bool { return c.root.holds(item) }

// Mentions tells whether a path of the condition begins with the attribute.
func (c *Condition) Mentions(name string) bool {
	for _, p := range c.paths {
		if p.Attribute() == name {
			return true
		}
	}
	return false
}

// A node of the syntax tree is true or false of an item.
type node interface {
	holds(item attribute.Map) bool
}

type (
	and        struct{ left, right node }
	or         struct{ left, right node }
	not        struct{ inner node }
	comparison struct {
		operator    string
		left, right operand
	}
	between struct{ value, low, high operand }
	in      struct {
		value operand
		list  []operand
	}
)

func (n *and) holds(item attribute.Map) bool { return n.left.holds(item) && n.right.holds(item) }
func (n *or) holds(item attribute.Map) bool  { return n.left.holds(item) || n.right.holds(item) }
func (n *not) holds(item attribute.Map) bool { return !n.inner.holds(item) }

// holds is false when a side is missing or the types differ, except that <> is then true.
func (n *comparison) holds(item attribute.Map) bool {
	return compare(n.operator, n.left.on(item), n.right.on(item))
}

func compare(operator string, left, right attribute.Value) bool {
	equal := left != nil && attribute.Equal(left, right)
	switch operator {
	case "=":
		return equal
	case "<>":
		return !equal
	}
	order, ok := attribute.Compare(left, right)
	if !ok {
		return false
	}
	switch operator {
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	}
	return order >= 0
}

func (n *between) holds(item attribute.Map) bool {
	v := n.value.on(item)
	return compare(">=", v, n.low.on(item)) && compare("<=", v, n.high.on(item))
}

func (n *in) holds(item attribute.Map) bool {
	v := n.value.on(item)
	for _, o := range n.list {
		if compare("=", v, o.on(item)) {
			return true
		}
	}
	return false
}

func (p *parser) disjunction() (node, error) {
	left, err := p.conjunction()
	for err == nil && p.keyword("OR") {
		var right node
		right, err = p.conjunction()
		left = &or{left, right}
	}
	return left, err
}

func (p *parser) conjunction() (node, error) {
	left, err := p.negation()
	for err == nil && p.keyword("AND") {
		var right node
		right, err = p.negation()
		left = &and{left, right}
	}
	return left, err
}

func (p *parser) negation() (node, error) {
	if p.keyword("NOT") {
		inner, err := p.negation()
		return &not{inner}, err
	}
	if p.symbol("(") {
		return p.parenthesised()
	}
	return p.predicate()
}

// parenthesised reads the rest of "(condition)" and refuses "((condition))".
func (p *parser) parenthesised() (node, error) {
	inner, err := p.disjunction()
	if err != nil {
		return nil, err
	}
	if p.closed == inner {
		return nil, p.invalid("The expression has redundant parentheses;")
	}
	p.closed = inner
	return inner, p.expect(")")
}

// predicate reads a function that is true or false, or a comparison.
func (p *parser) predicate() (node, error) {
	if t := p.peek(); conditionFunctions[t.text] {
		if name, ok := p.function(); ok {
			return p.functionCall(name)
		}
	}
	left, err := p.operand()
	if err != nil {
		return nil, err
	}
	switch {
	case p.keyword("BETWEEN"):
		return p.between(left)
	case p.keyword("IN"):
		return p.in(left)
	}
	return p.comparison(left)
}

func (p *parser) comparison(left operand) (node, error) {
	t := p.peek()
	if t.kind != symbol || !strings.Contains(" = <> < <= > >= ", " "+t.text+" ") {
		return nil, p.syntaxError()
	}
	p.advance()
	right, err := p.operand()
	if err != nil {
		return nil, err
	}
	if t.text != "=" && t.text != "<>" {
		if err := p.ordered(t.text, left, right); err != nil {
			return nil, err
		}
	}
	return &comparison{t.text, left, right}, p.different(t.text, left, right)
}

func (p *parser) between(value operand) (node, error) {
	low, err := p.operand()
	if err != nil {
		return nil, err
	}
	if !p.keyword("AND") {
		return nil, p.syntaxError()
	}
	high, err := p.operand()
	if err != nil {
		return nil, err
	}
	if err := p.ordered("BETWEEN", value, low, high); err != nil {
		return nil, err
	}
	return &between{value, low, high}, p.bounds(low, high)
}

// bounds refuses two :values of different types, or in the wrong order.
func (p *parser) bounds(low, high operand) error {
	a, aIsLiteral := low.(literal)
	b, bIsLiteral := high.(literal)
	if !aIsLiteral || !bIsLiteral {
		return nil
	}
	shown := func(l literal) string { return "AttributeValue: " + string(attribute.AppendJSON(nil, l.value)) }
	order, ok := attribute.Compare(a.value, b.value)
	if !ok {
		return p.invalid("The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: %s, upper bound operand: %s", shown(a), shown(b))
	}
	if order > 0 {
		return p.invalid("The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: %s, upper bound operand: %s", shown(a), shown(b))
	}
	return nil
}

func (p *parser) in(value operand) (node, error) {
	const most = 100
	if err := p.expect("("); err != nil {
		return nil, err
	}
	n := &in{value: value}
	for {
		o, err := p.operand()
		if err != nil {
			return nil, err
		}
		if err := p.different("IN", value, o); err != nil {
			return nil, err
		}
		n.list = append(n.list, o)
		if !p.symbol(",") {
			break
		}
	}
	if len(n.list) > most {
		return nil, p.invalid("The IN operator is provided with too many operands; number of operands: %d", len(n.list))
	}
	return n, p.expect(")")
}
