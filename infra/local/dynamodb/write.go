package dynamodb

import (
	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
	"github.com/callsheet/callsheet/infra/local/dynamodb/expression"
)

// An action is one write, or one mere check, of one item: parsed, and checked as far as that goes without the item.
type action struct {
	name      string // the IAM action, such as dynamodb:PutItem
	table     *table
	position  []byte
	invalid   error                 // why the key or item cannot be; a transaction tells it among its reasons
	condition *expression.Condition // nil is none
	returnOld bool                  // tell the item that failed the condition
	// next returns the item as the action leaves it, nil for none.
	next func(before attribute.Map) (attribute.Map, error)
}

// An effect is what an action does to the item it found.
type effect struct {
	*action
	before, after attribute.Map
}

var errConditionFailed = &apiError{Type: "ConditionalCheckFailedException", Message: "The conditional request failed"}

// evaluate decides what the action does. It changes nothing. On a failed condition it returns an apiError together with
// the effect, which then tells only what was there before.
func (a *action) evaluate(tx *bolt.Tx) (effect, error) {
	if a.invalid != nil {
		return effect{action: a}, a.invalid
	}
	before, err := a.table.load(tx, a.position)
	e := effect{action: a, before: before}
	if err != nil {
		return e, err
	}
	if a.condition != nil && !a.condition.Holds(before) {
		failed := *errConditionFailed
		if a.returnOld {
			failed.Item = before
		}
		return e, &failed
	}
	after, err := a.next(before)
	if err != nil {
		return e, err
	}
	if after != nil {
		err = a.table.validateItem(after)
	}
	if err == nil && attribute.Size(after) > maxItem {
		err = attribute.Invalidf("Item size has exceeded the maximum allowed size")
	}
	if err != nil {
		return e, err
	}
	e.after = after
	return e, nil
}

// changes is false when the item stays as it is: then nothing is written and the stream stays silent.
func (e effect) changes() bool {
	return (e.before == nil) != (e.after == nil) || !attribute.Equal(e.before, e.after)
}

// apply writes the item, its index entries, its expiry and its stream record. by says who deletes, if it is not a caller.
func (s *Store) apply(tx *bolt.Tx, e effect, by *userIdentity, c *consumption) error {
	if !e.changes() {
		return nil
	}
	items := e.table.bucket(tx, itemsBucket)
	if e.after == nil {
		if err := items.Delete(e.position); err != nil {
			return err
		}
	} else if err := items.Put(e.position, e.after.AppendJSON(nil)); err != nil {
		return err
	}
	for _, x := range e.table.Indexes {
		units, err := x.update(tx, e.table, e.before, e.after)
		if err != nil {
			return err
		}
		if units > 0 {
			c.addIndex(x.Name, units)
		}
	}
	now := s.clock.Now()
	if err := e.table.updateExpiry(tx, e, now); err != nil {
		return err
	}
	return e.table.appendStream(tx, e, by, now)
}

// write carries out a single action.
func (s *Store) write(a *action) (effect, *consumption, consumptions, error) {
	var used consumptions
	c := used.on(a.table.Name, true)
	c.addAction(a.name)
	var e effect
	err := s.db.Update(func(tx *bolt.Tx) error {
		var err error
		e, err = a.evaluate(tx)
		c.onTable = writeUnits(e.before, e.after) // a failed condition costs what the item weighs
		if err != nil {
			return err
		}
		return s.apply(tx, e, nil, c)
	})
	if err == nil && e.changes() {
		s.announce(a.table)
	}
	return e, c, used, err
}

// announce tells the listener that the table's stream has grown.
func (s *Store) announce(t *table) {
	if s.OnStream != nil && t.StreamViewType != "" {
		s.OnStream(t.Name)
	}
}
