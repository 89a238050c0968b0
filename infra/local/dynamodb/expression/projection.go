package expression

import (
	"slices"

	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
)

// A Projection is a parsed ProjectionExpression.
type Projection struct{ paths []Path }

// ParseProjection parses source and refuses paths that overlap.
func (ph *Placeholders) ParseProjection(source string) (*Projection, error) {
	p, err := ph.parser("ProjectionExpression", source)
	if err != nil {
		return nil, err
	}
	for {
		if _, err := p.path(); err != nil {
			return nil, err
		}
		if !p.symbol(",") {
			break
		}
	}
	if err := p.finish(); err != nil {
		return nil, err
	}
	return &Projection{p.paths}, distinct(p.kind, p.paths)
}

// Attributes lists the top-level attributes that the projection names.
func (p *Projection) Attributes() []string {
	var names []string
	for _, path := range p.paths {
		names = append(names, path.Attribute())
	}
	return names
}

// Of is the part of item that the projection names; what is missing is left out.
func (p *Projection) Of(item attribute.Map) attribute.Map { return project(item, p.paths) }

// project cuts item down to the paths, keeping the containers on the way; list elements close ranks in their order.
func project(item attribute.Map, paths []Path) attribute.Map {
	part := cut(item, paths)
	if part == nil {
		return attribute.Map{}
	}
	return part.(attribute.Map)
}

// cut is the part of v that the paths name, nil when there is none. An empty path names all of v.
func cut(v attribute.Value, paths []Path) attribute.Value {
	var order []step
	inner := map[step][]Path{}
	for _, p := range paths {
		if len(p) == 0 {
			return v
		}
		if inner[p[0]] == nil {
			order = append(order, p[0])
		}
		inner[p[0]] = append(inner[p[0]], p[1:])
	}
	slices.SortFunc(order, func(a, b step) int { return a.index - b.index })
	switch container := v.(type) {
	case attribute.Map:
		part := attribute.Map{}
		for _, s := range order {
			if kept := cut(container[s.name], inner[s]); s.name != "" && kept != nil {
				part[s.name] = kept
			}
		}
		if len(part) > 0 {
			return part
		}
	case attribute.List:
		var part attribute.List
		for _, s := range order {
			if s.name != "" || s.index >= len(container) {
				continue
			}
			if kept := cut(container[s.index], inner[s]); kept != nil {
				part = append(part, kept)
			}
		}
		if len(part) > 0 {
			return part
		}
	}
	return nil
}
