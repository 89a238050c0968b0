package template

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// object reads a mapping's fields one by one; end refuses those that nobody read. So nothing is ignored by accident.
type object struct {
	p      *parser
	path   string // "AWS::Serverless::Function.Environment"
	line   int
	fields []field
	read   map[string]bool
}

// object opens a mapping. An absent one has no fields.
func (p *parser) object(v value, path string) *object {
	if v.kind != mapping && v.kind != absent {
		p.add(v.line, "%s is %s; write a mapping", path, v.describe())
	}
	return &object{p: p, path: path, line: v.line, fields: v.fields, read: map[string]bool{}}
}

// get is the field's value, of kind absent when it is not there.
func (o *object) get(name string) value {
	o.read[name] = true
	for _, f := range o.fields {
		if f.name == name {
			v := f.value
			v.line = f.line
			return v
		}
	}
	return value{line: o.line}
}

func (o *object) has(name string) bool { return o.get(name).kind != absent }

// pass marks fields that do not change what runs.
func (o *object) pass(names ...string) {
	for _, name := range names {
		o.read[name] = true
	}
}

// refuse marks a field whose presence is a problem, with what to write instead.
func (o *object) refuse(name, instead string) {
	if v := o.get(name); v.kind != absent {
		o.p.add(v.line, "%s.%s is not supported by the local cloud; %s", o.path, name, instead)
	}
}

func (o *object) end() {
	for _, f := range o.fields {
		if !o.read[f.name] {
			o.p.add(f.line, "%s.%s is not supported by the local cloud; remove it", o.path, f.name)
		}
	}
}

func (o *object) object(name string) *object { return o.p.object(o.get(name), o.path+"."+name) }

// text is a scalar, or "" when it is not there.
func (o *object) text(name string) string { return o.p.text(o.get(name), o.path+"."+name) }

func (p *parser) text(v value, path string) string {
	if v.kind != scalar && v.kind != absent {
		p.add(v.line, "%s is %s; write text", path, v.describe())
	}
	return v.text
}

// required is text that must be there.
func (o *object) required(name string) string {
	if !o.has(name) {
		o.p.add(o.line, "%s needs %s", o.path, name)
	}
	return o.text(name)
}

// oneOf is text out of a closed list, or fallback when it is not there.
func (o *object) oneOf(name, fallback string, allowed ...string) string {
	v := o.get(name)
	if v.kind == absent {
		return fallback
	}
	text := o.text(name)
	if v.kind == scalar && !slices.Contains(allowed, text) {
		o.p.add(v.line, "%s.%s is %q; the local cloud supports %s", o.path, name, text, strings.Join(allowed, ", "))
	}
	return text
}

// number is a whole number between least and most, or fallback when it is not there.
func (o *object) number(name string, fallback, least, most int) int {
	v := o.get(name)
	if v.kind == absent {
		return fallback
	}
	n, err := strconv.Atoi(o.text(name))
	if v.kind == scalar && (err != nil || n < least || n > most) {
		o.p.add(v.line, "%s.%s is %q; write a whole number from %d to %d", o.path, name, v.text, least, most)
	}
	return n
}

func (o *object) seconds(name string, fallback, least, most int) time.Duration {
	return time.Duration(o.number(name, fallback, least, most)) * time.Second
}

func (o *object) days(name string) time.Duration {
	return time.Duration(o.number(name, 0, 1, 36500)) * 24 * time.Hour
}

// flag is a boolean, or fallback when it is not there.
func (o *object) flag(name string, fallback bool) bool {
	v := o.get(name)
	if v.kind == absent {
		return fallback
	}
	text := o.text(name)
	if v.kind == scalar && text != "true" && text != "false" {
		o.p.add(v.line, "%s.%s is %q; write true or false", o.path, name, text)
	}
	return text == "true"
}

// list is the items of a list, none when it is not there.
func (o *object) list(name string) []value {
	v := o.get(name)
	if v.kind != list && v.kind != absent {
		o.p.add(v.line, "%s.%s is %s; write a list", o.path, name, v.describe())
	}
	return v.items
}

// texts is a list of text; a single text is a list of one.
func (o *object) texts(name string) []string {
	v := o.get(name)
	if v.kind == scalar {
		return []string{v.text}
	}
	var out []string
	for _, item := range o.list(name) {
		out = append(out, o.p.text(item, o.path+"."+name))
	}
	return out
}

// textMap is a mapping of text to text.
func (o *object) textMap(name string) map[string]string {
	inner := o.object(name)
	out := map[string]string{}
	for _, f := range inner.fields {
		out[f.name] = inner.text(f.name)
	}
	return out
}
