package template

import "go.yaml.in/yaml/v4"

// checkRules holds the parameters to what the template asserts of them together, as CloudFormation does before it changes anything.
func (p *parser) checkRules(n *yaml.Node) {
	for _, rule := range p.entries(n) {
		for _, part := range p.entries(rule.node) {
			if part.name != "Assertions" || part.node.Kind != yaml.SequenceNode {
				p.add(part.line, "rule %s: %s is not supported by the local cloud; write a list of Assertions only", rule.name, part.name)
				continue
			}
			for _, assertion := range part.node.Content {
				p.checkAssertion(rule.name, assertion)
			}
		}
	}
}

func (p *parser) checkAssertion(rule string, n *yaml.Node) {
	description, holds := "", true
	for _, part := range p.entries(n) {
		switch part.name {
		case "Assert":
			holds = p.holds(part.node)
		case "AssertDescription":
			description = part.node.Value
		default:
			p.add(part.line, "rule %s: %s is no part of an assertion", rule, part.name)
		}
	}
	if !holds {
		p.add(n.Line, "rule %s: %s", rule, description)
	}
}
