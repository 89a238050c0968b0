package template

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// problems collects everything that is wrong, so that one run tells it all.
type problems struct {
	file string
	list []problem
}

type problem struct {
	line int
	text string
}

func (p *problems) add(line int, format string, args ...any) {
	found := problem{line, fmt.Sprintf(format, args...)}
	if !slices.Contains(p.list, found) {
		p.list = append(p.list, found)
	}
}

// err is all problems, in the order of the file, or nil.
func (p *problems) err() error {
	slices.SortStableFunc(p.list, func(a, b problem) int { return cmp.Compare(a.line, b.line) })
	var all []error
	for _, found := range p.list {
		all = append(all, fmt.Errorf("%s:%d: %s", p.file, found.line, found.text))
	}
	return errors.Join(all...)
}
