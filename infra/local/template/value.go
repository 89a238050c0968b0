package template

import (
	"fmt"
	"strconv"

	"go.yaml.in/yaml/v4"
)

type kind int

const (
	absent kind = iota // also AWS::NoValue
	scalar
	list
	mapping
)

// value is a node with its intrinsics resolved.
type value struct {
	kind   kind
	line   int
	text   string // of a scalar
	tag    string // of a scalar: "!!str", "!!int", "!!bool", …
	items  []value
	fields []field // in the order of the file
}

type field struct {
	name  string
	line  int
	value value
}

func textValue(line int, text string) value {
	return value{kind: scalar, line: line, text: text, tag: "!!str"}
}

// plain is the value as JSON's types, for what is handed on unread.
func (v value) plain() any {
	switch v.kind {
	case scalar:
		switch v.tag {
		case "!!bool":
			return v.text == "true"
		case "!!int", "!!float":
			if n, err := strconv.ParseFloat(v.text, 64); err == nil {
				return n
			}
		}
		return v.text
	case list:
		items := make([]any, len(v.items))
		for i, item := range v.items {
			items[i] = item.plain()
		}
		return items
	case mapping:
		fields := map[string]any{}
		for _, f := range v.fields {
			fields[f.name] = f.value.plain()
		}
		return fields
	}
	return nil
}

// describe names a value's kind for a message.
func (v value) describe() string {
	switch v.kind {
	case scalar:
		return fmt.Sprintf("%q", v.text)
	case list:
		return "a list"
	case mapping:
		return "a mapping"
	}
	return "nothing"
}

// entries lists a mapping node's keys and values; duplicates, aliases and merges are problems.
func (p *parser) entries(n *yaml.Node) []entry {
	if n == nil {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		p.add(n.Line, "expected a mapping")
		return nil
	}
	var out []entry
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode || key.Tag == "!!merge" {
			p.add(key.Line, "a key is plain text here; YAML aliases and merges are not supported")
			continue
		}
		if seen[key.Value] {
			p.add(key.Line, "%s is given twice", key.Value)
			continue
		}
		seen[key.Value] = true
		out = append(out, entry{key.Value, key.Line, n.Content[i+1]})
	}
	return out
}

// entry is one key and its unresolved node.
type entry struct {
	name string
	line int
	node *yaml.Node
}
