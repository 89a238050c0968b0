package expression

import (
	"slices"
	"strings"

	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
)

var updateFunctions = map[string]bool{"if_not_exists": true, "list_append": true}

// ParseUpdate parses an UpdateExpression and refuses paths that overlap.
func (ph *Placeholders) ParseUpdate(source string) (*Update, error) {
	p, err := ph.parser("UpdateExpression", source)
	if err != nil {
		return nil, err
	}
	u := &Update{}
	seen := map[string]bool{}
	for p.peek().kind != end {
		section := strings.ToUpper(p.peek().text)
		read, ok := updateSections[section]
		if !ok || p.peek().kind != word {
			return nil, p.syntaxError()
		}
		if seen[section] {
			return nil, p.invalid("The %q section can only be used once in an update expression;", section)
		}
		seen[section] = true
		p.advance()
		for more := true; more; more = p.symbol(",") {
			if err := read(p, u); err != nil {
				return nil, err
			}
		}
	}
	slices.SortStableFunc(u.sets, func(a, b assignment) int { return a.path.compare(b.path) })
	slices.SortFunc(u.removes, func(a, b Path) int { return b.compare(a) })
	return u, distinct(p.kind, u.Paths())
}

var updateSections = map[string]func(*parser, *Update) error{
	"SET": (*parser).assignment, "REMOVE": (*parser).removal, "ADD": (*parser).addition, "DELETE": (*parser).deletion,
}

func (p *parser) assignment(u *Update) error {
	path, err := p.path()
	if err != nil {
		return err
	}
	if err := p.expect("="); err != nil {
		return err
	}
	value, err := p.sum()
	u.sets = append(u.sets, assignment{path, value})
	return err
}

func (p *parser) removal(u *Update) error {
	path, err := p.path()
	u.removes = append(u.removes, path)
	return err
}

func (p *parser) addition(u *Update) error {
	c, err := p.change("ADD", attribute.NumberKind, attribute.StringSetKind, attribute.NumberSetKind, attribute.BinarySetKind)
	u.adds = append(u.adds, c)
	return err
}

func (p *parser) deletion(u *Update) error {
	c, err := p.change("DELETE", attribute.StringSetKind, attribute.NumberSetKind, attribute.BinarySetKind)
	u.deletes = append(u.deletes, c)
	return err
}

// change reads "path :value" with a value of one of the kinds.
func (p *parser) change(section string, kinds ...attribute.Kind) (change, error) {
	path, err := p.path()
	if err != nil {
		return change{}, err
	}
	l, err := p.value()
	if err != nil {
		return change{}, err
	}
	if !slices.Contains(kinds, l.value.Kind()) {
		return change{}, p.invalid("Incorrect operand type for operator or function; operator: %s, operand type: %s", section, l.value.Kind())
	}
	return change{path, l.value}, nil
}

// sum reads one term, or two with + or - between.
func (p *parser) sum() (term, error) {
	left, err := p.term()
	if err != nil {
		return nil, err
	}
	operator := p.peek().text
	if !p.symbol("+") && !p.symbol("-") {
		return left, nil
	}
	right, err := p.term()
	if err != nil {
		return nil, err
	}
	return arithmetic{operator, left, right}, p.typed(operator, attribute.NumberKind, left, right)
}

// term reads a path, a :value, if_not_exists(path, term) or list_append(term, term).
func (p *parser) term() (term, error) {
	if p.peek().kind == valuePlaceholder {
		return p.value()
	}
	name, ok := p.function()
	if !ok {
		return p.path()
	}
	if !updateFunctions[name] {
		return nil, p.unknownFunction(name)
	}
	return p.updateFunction(name)
}

func (p *parser) updateFunction(name string) (term, error) {
	var path Path
	var left term
	var err error
	if name == "if_not_exists" {
		path, err = p.pathArgument(name)
	} else {
		left, err = p.term()
	}
	if err != nil {
		return nil, err
	}
	if err := p.expect(","); err != nil {
		return nil, err
	}
	right, err := p.term()
	if err != nil {
		return nil, err
	}
	if err := p.expect(")"); err != nil {
		return nil, err
	}
	if name == "if_not_exists" {
		return ifNotExists{path, right}, nil
	}
	return listAppend{left, right}, p.typed(name, attribute.ListKind, left, right)
}

// typed refuses a :value of another kind than the operator takes.
func (p *parser) typed(operator string, kind attribute.Kind, terms ...term) error {
	for _, t := range terms {
		if l, ok := t.(literal); ok && l.value.Kind() != kind {
			return p.invalid("Incorrect operand type for operator or function; operator or function: %s, operand type: %s", operator, l.value.Kind())
		}
	}
	return nil
}
