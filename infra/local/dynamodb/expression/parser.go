package expression

import (
	_ "embed"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
)

// Placeholders are the #names and :values of one request. Every expression of the request is parsed through the same
// Placeholders, so that Unused can tell at the end which of them no expression used.
type Placeholders struct {
	names  map[string]string
	values attribute.Map
	used   map[string]bool
}

// NewPlaceholders checks the spelling of the placeholders.
func NewPlaceholders(names map[string]string, values attribute.Map) (*Placeholders, error) {
	if names != nil && len(names) == 0 {
		return nil, attribute.Invalidf("ExpressionAttributeNames must not be empty")
	}
	if values != nil && len(values) == 0 {
		return nil, attribute.Invalidf("ExpressionAttributeValues must not be empty")
	}
	for _, key := range slices.Sorted(maps.Keys(names)) {
		if !isPlaceholder(key, '#') {
			return nil, attribute.Invalidf("ExpressionAttributeNames contains invalid key: Syntax error; key: %q", key)
		}
		if names[key] == "" {
			return nil, attribute.Invalidf("ExpressionAttributeNames contains invalid value: must not be empty for key %s", key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if !isPlaceholder(key, ':') {
			return nil, attribute.Invalidf("ExpressionAttributeValues contains invalid key: Syntax error; key: %q", key)
		}
	}
	return &Placeholders{names, values, map[string]bool{}}, nil
}

func isPlaceholder(key string, mark byte) bool {
	return len(key) > 1 && key[0] == mark && span(key, 1) == len(key)
}

// Unused refuses placeholders that none of the parsed expressions used.
func (ph *Placeholders) Unused() error {
	isUsed := func(key string) bool { return ph.used[key] }
	if names := slices.DeleteFunc(slices.Sorted(maps.Keys(ph.names)), isUsed); len(names) > 0 {
		return attribute.Invalidf("Value provided in ExpressionAttributeNames unused in expressions: keys: {%s}", strings.Join(names, ", "))
	}
	if values := slices.DeleteFunc(slices.Sorted(maps.Keys(ph.values)), isUsed); len(values) > 0 {
		return attribute.Invalidf("Value provided in ExpressionAttributeValues unused in expressions: keys: {%s}", strings.Join(values, ", "))
	}
	return nil
}

// parser walks the tokens of one expression. kind names the request parameter in messages.
type parser struct {
	*Placeholders
	kind   string
	source string
	tokens []token
	at     int
	paths  []Path // every path met so far
	closed node   // the condition most recently enclosed in parentheses
}

func (ph *Placeholders) parser(kind, source string) (*parser, error) {
	tokens, err := scan(kind, source)
	return &parser{Placeholders: ph, kind: kind, source: source, tokens: tokens}, err
}

func (p *parser) peek() token { return p.tokens[p.at] }

func (p *parser) advance() token {
	t := p.tokens[p.at]
	if t.kind != end {
		p.at++
	}
	return t
}

// symbol consumes the symbol if it comes next.
func (p *parser) symbol(text string) bool {
	if t := p.peek(); t.kind != symbol || t.text != text {
		return false
	}
	p.at++
	return true
}

// keyword consumes the word, in any case, if it comes next.
func (p *parser) keyword(text string) bool {
	if t := p.peek(); t.kind != word || !strings.EqualFold(t.text, text) {
		return false
	}
	p.at++
	return true
}

func (p *parser) expect(text string) error {
	if p.symbol(text) {
		return nil
	}
	return p.syntaxError()
}

// finish refuses anything after the expression.
func (p *parser) finish() error {
	if p.peek().kind == end {
		return nil
	}
	return p.syntaxError()
}

func (p *parser) syntaxError() error {
	from := p.tokens[max(p.at-1, 0)].from
	to := p.tokens[min(p.at+1, len(p.tokens)-1)].to
	return p.invalid("Syntax error; token: %q, near: %q", p.peek().text, p.source[from:to])
}

func (p *parser) invalid(format string, args ...any) error {
	return attribute.Invalidf("Invalid "+p.kind+": "+format, args...)
}

// path reads a document path.
func (p *parser) path() (Path, error) {
	name, err := p.name()
	if err != nil {
		return nil, err
	}
	path := Path{{name: name}}
	for {
		switch {
		case p.symbol("."):
			name, err := p.name()
			if err != nil {
				return nil, err
			}
			path = append(path, step{name: name})
		case p.symbol("["):
			t := p.peek()
			index, err := strconv.Atoi(t.text)
			if t.kind != integer || err != nil {
				return nil, p.syntaxError()
			}
			p.advance()
			if err := p.expect("]"); err != nil {
				return nil, err
			}
			path = append(path, step{index: index})
		default:
			p.paths = append(p.paths, path)
			return path, nil
		}
	}
}

func (p *parser) name() (string, error) {
	t := p.peek()
	switch t.kind {
	case word:
		if reserved[strings.ToUpper(t.text)] {
			return "", p.invalid("Attribute name is a reserved keyword; reserved keyword: %s", t.text)
		}
		p.advance()
		return t.text, nil
	case namePlaceholder:
		name, ok := p.names[t.text]
		if !ok {
			return "", p.invalid("An expression attribute name used in the document path is not defined; attribute name: %s", t.text)
		}
		p.used[t.text] = true
		p.advance()
		return name, nil
	}
	return "", p.syntaxError()
}

// value reads a :value.
func (p *parser) value() (literal, error) {
	t := p.peek()
	if t.kind != valuePlaceholder {
		return literal{}, p.syntaxError()
	}
	v, ok := p.values[t.text]
	if !ok {
		return literal{}, p.invalid("An expression attribute value used in expression is not defined; attribute value: %s", t.text)
	}
	p.used[t.text] = true
	p.advance()
	return literal{v}, nil
}

// function reads "name(" if it comes next, in exact case.
func (p *parser) function() (name string, ok bool) {
	t := p.peek()
	if t.kind != word || p.tokens[p.at+1].text != "(" {
		return "", false
	}
	p.at += 2
	return t.text, true
}

//go:embed reserved.txt
var reservedWords string

// reserved holds the words that DynamoDB does not take as bare attribute names.
var reserved = func() map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(reservedWords) {
		set[w] = true
	}
	return set
}()
