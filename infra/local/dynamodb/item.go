package dynamodb

import (
	"fmt"

	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
	"github.com/callsheet/callsheet/infra/local/dynamodb/expression"
)

// load reads the item at position, nil when there is none.
func (t *table) load(tx *bolt.Tx, position []byte) (attribute.Map, error) {
	stored := t.bucket(tx, itemsBucket).Get(position)
	if stored == nil {
		return nil, nil
	}
	return decodeItem(stored)
}

func decodeItem(stored []byte) (attribute.Map, error) {
	var item attribute.Map
	if err := item.UnmarshalJSON(stored); err != nil {
		return nil, fmt.Errorf("stored item: %v", err) // not a ValidationError: the caller is not to blame
	}
	return item, nil
}

// expressions are the expressions of one request with their placeholders; nil ones were not given.
type expressions struct {
	Condition    *string
	Filter       *string
	KeyCondition *string
	Projection   *string
	Update       *string
	Names        map[string]string
	Values       attribute.Map
}

type parsedExpressions struct {
	condition    *expression.Condition
	filter       *expression.Condition
	keyCondition []expression.KeyTerm
	projection   *expression.Projection
	update       *expression.Update
}

// parse parses all of them and refuses placeholders that none uses.
func (e expressions) parse() (parsed parsedExpressions, err error) {
	ph, err := expression.NewPlaceholders(e.Names, e.Values)
	if err != nil {
		return parsed, err
	}
	if e.KeyCondition != nil {
		if parsed.keyCondition, err = ph.ParseKeyCondition(*e.KeyCondition); err != nil {
			return parsed, err
		}
	}
	if e.Update != nil {
		if parsed.update, err = ph.ParseUpdate(*e.Update); err != nil {
			return parsed, err
		}
	}
	if e.Condition != nil {
		if parsed.condition, err = ph.ParseCondition("ConditionExpression", *e.Condition); err != nil {
			return parsed, err
		}
	}
	if e.Filter != nil {
		if parsed.filter, err = ph.ParseCondition("FilterExpression", *e.Filter); err != nil {
			return parsed, err
		}
	}
	if e.Projection != nil {
		if parsed.projection, err = ph.ParseProjection(*e.Projection); err != nil {
			return parsed, err
		}
	}
	return parsed, ph.Unused()
}

// project applies an optional projection.
func (e parsedExpressions) project(item attribute.Map) attribute.Map {
	if e.projection == nil || item == nil {
		return item
	}
	return e.projection.Of(item)
}
