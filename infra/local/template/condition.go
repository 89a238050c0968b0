package template

import "go.yaml.in/yaml/v4"

// condition is the verdict of a named condition.
func (p *parser) condition(line int, name string) bool {
	n, ok := p.conditions[name]
	if !ok {
		p.add(line, "condition %s is not declared", name)
		return false
	}
	if p.visiting["condition "+name] {
		p.add(line, "condition %s refers to itself", name)
		return false
	}
	p.visiting["condition "+name] = true
	defer delete(p.visiting, "condition "+name)
	return p.holds(n)
}

// holds evaluates Fn::Equals, Fn::Not, Fn::And, Fn::Or and Condition.
func (p *parser) holds(n *yaml.Node) bool {
	name, argument := intrinsic(n)
	if name == "" && n.Kind == yaml.MappingNode && len(n.Content) == 2 && n.Content[0].Value == "Condition" {
		name, argument = "Condition", n.Content[1]
	}
	switch {
	case name == "Condition":
		return p.condition(argument.Line, argument.Value)
	case name == "Equals" && len(argument.Content) == 2:
		return p.resolve(argument.Content[0]).text == p.resolve(argument.Content[1]).text
	case name == "Not" && len(argument.Content) == 1:
		return !p.holds(argument.Content[0])
	case name == "And" && len(argument.Content) >= 2:
		return p.count(argument.Content) == len(argument.Content)
	case name == "Or" && len(argument.Content) >= 2:
		return p.count(argument.Content) > 0
	}
	p.add(n.Line, "a condition is Fn::Equals of two values, Fn::Not of one condition, Fn::And or Fn::Or of several, or Condition")
	return false
}

// count looks at all of them, so that a problem in any is found.
func (p *parser) count(conditions []*yaml.Node) (holding int) {
	for _, n := range conditions {
		if p.holds(n) {
			holding++
		}
	}
	return holding
}
