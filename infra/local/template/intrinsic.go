package template

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"
)

const supported = "use Ref, Fn::Sub, Fn::GetAtt, Fn::Join or Fn::If"

// resolve turns a node into a value. What cannot be resolved is a problem and an absent value.
func (p *parser) resolve(n *yaml.Node) value {
	if name, argument := intrinsic(n); name != "" {
		v := p.call(name, argument)
		v.line = n.Line
		return v
	}
	switch n.Kind {
	case yaml.ScalarNode:
		if n.Tag == "!!null" {
			return value{line: n.Line}
		}
		return value{kind: scalar, line: n.Line, text: n.Value, tag: n.Tag}
	case yaml.SequenceNode:
		out := value{kind: list, line: n.Line}
		for _, item := range n.Content {
			if v := p.resolve(item); v.kind != absent {
				out.items = append(out.items, v)
			}
		}
		return out
	case yaml.MappingNode:
		out := value{kind: mapping, line: n.Line}
		for _, e := range p.entries(n) {
			if v := p.resolve(e.node); v.kind != absent {
				out.fields = append(out.fields, field{e.name, e.line, v})
			}
		}
		return out
	}
	p.add(n.Line, "YAML aliases are not supported; write the value out")
	return value{line: n.Line}
}

// intrinsic recognises the short form (!Sub …) and the long form ({Fn::Sub: …}). The name is without "Fn::".
func intrinsic(n *yaml.Node) (name string, argument *yaml.Node) {
	if strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!") {
		plain := *n
		plain.Tag = ""
		if plain.Kind == yaml.ScalarNode {
			plain.Tag = "!!str"
		}
		return n.Tag[1:], &plain
	}
	if n.Kind == yaml.MappingNode && len(n.Content) == 2 {
		switch key := n.Content[0].Value; {
		case key == "Ref":
			return key, n.Content[1]
		case strings.HasPrefix(key, "Fn::"):
			return strings.TrimPrefix(key, "Fn::"), n.Content[1]
		}
	}
	return "", nil
}

func (p *parser) call(name string, argument *yaml.Node) value {
	switch name {
	case "Ref":
		return p.ref(argument.Line, argument.Value)
	case "GetAtt":
		return p.getAtt(argument)
	case "Sub":
		return p.sub(argument)
	case "Join":
		return p.join(argument)
	case "If":
		return p.ifThenElse(argument)
	}
	p.add(argument.Line, "Fn::%s is not supported by the local cloud; %s", name, supported)
	return value{}
}

func (p *parser) ref(line int, name string) value {
	if name == "AWS::NoValue" {
		return value{line: line}
	}
	if text, ok := p.pseudo(name); ok {
		return textValue(line, text)
	}
	if text, ok := p.parameters[name]; ok {
		return textValue(line, text)
	}
	if d := p.declarations[name]; d != nil {
		return textValue(line, p.reference(d))
	}
	p.add(line, "%s is neither a parameter nor a resource of this template", name)
	return value{line: line}
}

func (p *parser) pseudo(name string) (string, bool) {
	switch name {
	case "AWS::AccountId":
		return p.settings.AccountID, true
	case "AWS::Region":
		return p.settings.Region, true
	case "AWS::StackName":
		return p.settings.Stack, true
	case "AWS::Partition":
		return "aws", true
	case "AWS::URLSuffix":
		return "amazonaws.com", true
	}
	return "", false
}

func (p *parser) getAtt(n *yaml.Node) value {
	logicalID, attribute, _ := strings.Cut(n.Value, ".")
	if n.Kind == yaml.SequenceNode && len(n.Content) == 2 {
		logicalID, attribute = n.Content[0].Value, n.Content[1].Value
	}
	return p.attributeOf(n.Line, logicalID, attribute)
}

func (p *parser) attributeOf(line int, logicalID, attribute string) value {
	d := p.declarations[logicalID]
	if d == nil {
		p.add(line, "%s is not a resource of this template", logicalID)
		return value{line: line}
	}
	text, ok := p.attribute(d, attribute)
	if !ok {
		p.add(line, "%s (%s) has no attribute %s in the local cloud", logicalID, d.Type, attribute)
	}
	return textValue(line, text)
}

var placeholder = regexp.MustCompile(`\$\{(!?)([^}]*)\}`)

// sub is "text with ${Name}" or ["text", {Name: value}].
func (p *parser) sub(n *yaml.Node) value {
	text, local := n, map[string]string{}
	if n.Kind == yaml.SequenceNode {
		if len(n.Content) != 2 {
			p.add(n.Line, "Fn::Sub takes a text, or a list of a text and a mapping")
			return value{}
		}
		text = n.Content[0]
		for _, e := range p.entries(n.Content[1]) {
			local[e.name] = p.text(p.resolve(e.node), "Fn::Sub."+e.name)
		}
	}
	if text.Kind != yaml.ScalarNode {
		p.add(n.Line, "Fn::Sub takes a text, or a list of a text and a mapping")
		return value{}
	}
	return textValue(n.Line, placeholder.ReplaceAllStringFunc(text.Value, func(match string) string {
		parts := placeholder.FindStringSubmatch(match)
		name := strings.TrimSpace(parts[2])
		if parts[1] == "!" {
			return "${" + parts[2] + "}"
		}
		if v, ok := local[name]; ok {
			return v
		}
		if logicalID, attribute, ok := strings.Cut(name, "."); ok {
			return p.attributeOf(text.Line, logicalID, attribute).text
		}
		return p.ref(text.Line, name).text
	}))
}

func (p *parser) join(n *yaml.Node) value {
	if n.Kind != yaml.SequenceNode || len(n.Content) != 2 {
		p.add(n.Line, "Fn::Join takes a delimiter and a list")
		return value{}
	}
	delimiter, parts := p.resolve(n.Content[0]), p.resolve(n.Content[1])
	if parts.kind != list {
		p.add(n.Line, "Fn::Join takes a delimiter and a list")
		return value{}
	}
	var texts []string
	for _, part := range parts.items {
		texts = append(texts, p.text(part, "Fn::Join"))
	}
	return textValue(n.Line, strings.Join(texts, p.text(delimiter, "Fn::Join")))
}

func (p *parser) ifThenElse(n *yaml.Node) value {
	if n.Kind != yaml.SequenceNode || len(n.Content) != 3 {
		p.add(n.Line, "Fn::If takes a condition's name and two values")
		return value{}
	}
	if p.condition(n.Content[0].Line, n.Content[0].Value) {
		return p.resolve(n.Content[1])
	}
	return p.resolve(n.Content[2])
}
