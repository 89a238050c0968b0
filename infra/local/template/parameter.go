package template

import (
	"regexp"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v4"
)

// readParameters settles every parameter: the given value, or the default.
func (p *parser) readParameters(n *yaml.Node) {
	declared := map[string]bool{}
	for _, e := range p.entries(n) {
		declared[e.name] = true
		p.readParameter(e)
	}
	for name := range p.settings.Parameters {
		if !declared[name] {
			p.add(1, "parameter %s is given but not declared", name)
		}
	}
}

func (p *parser) readParameter(e entry) {
	o := p.object(p.resolve(e.node), "parameter "+e.name)
	o.line = e.line
	defer o.end()
	o.pass("Description", "NoEcho", "ConstraintDescription")
	kind := o.oneOf("Type", "", "String", "Number")
	text, given := p.settings.Parameters[e.name]
	if fallback := o.get("Default"); !given && fallback.kind == absent {
		p.add(e.line, "parameter %s has no default; give it a value", e.name)
	} else if !given {
		text = o.text("Default")
	}
	p.parameters[e.name] = text
	if allowed := o.texts("AllowedValues"); len(allowed) > 0 && !slices.Contains(allowed, text) {
		p.add(e.line, "parameter %s is %q; allowed are %q", e.name, text, allowed)
	}
	if pattern := o.text("AllowedPattern"); pattern != "" {
		expression, err := regexp.Compile("^(?:" + pattern + ")$")
		if err != nil {
			p.add(e.line, "parameter %s: AllowedPattern: %v", e.name, err)
		} else if !expression.MatchString(text) {
			p.add(e.line, "parameter %s is %q; it must match %s", e.name, text, pattern)
		}
	}
	p.checkRange(e, o, "MinLength", "MaxLength", float64(len([]rune(text))))
	if kind == "Number" {
		number, err := strconv.ParseFloat(text, 64)
		if err != nil {
			p.add(e.line, "parameter %s is %q; write a number", e.name, text)
		}
		p.checkRange(e, o, "MinValue", "MaxValue", number)
	}
}

func (p *parser) checkRange(e entry, o *object, least, most string, n float64) {
	for _, bound := range []struct {
		name string
		sign float64
	}{{least, 1}, {most, -1}} {
		v := o.get(bound.name)
		if v.kind == absent {
			continue
		}
		limit, err := strconv.ParseFloat(v.text, 64)
		if err != nil {
			p.add(v.line, "parameter %s: %s is %q; write a number", e.name, bound.name, v.text)
		} else if (n-limit)*bound.sign < 0 {
			p.add(e.line, "parameter %s is outside its %s of %s", e.name, bound.name, v.text)
		}
	}
}
