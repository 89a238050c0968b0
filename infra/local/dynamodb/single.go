package dynamodb

import (
	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
	"github.com/callsheet/callsheet/infra/local/dynamodb/expression"
)

// writeOptions are what PutItem, UpdateItem and DeleteItem take beside the action itself.
type writeOptions struct {
	ReturnValues                string
	ReturnConsumedCapacity      string
	ReturnItemCollectionMetrics string
}

type (
	putItemInput struct {
		putInput
		writeOptions
	}
	updateItemInput struct {
		updateInput
		writeOptions
	}
	deleteItemInput struct {
		deleteInput
		writeOptions
	}
)

type writeOutput struct {
	Attributes       attribute.Map     `json:",omitempty"`
	ConsumedCapacity *consumedCapacity `json:",omitempty"`
}

func (o writeOptions) validate(returnValues ...string) error {
	if err := validCapacityDetail(o.ReturnConsumedCapacity); err != nil {
		return err
	}
	// Item collections exist only on tables with local secondary indexes, which this DynamoDB has not.
	if err := oneOf("returnItemCollectionMetrics", o.ReturnItemCollectionMetrics, "NONE"); err != nil {
		return err
	}
	return oneOf("returnValues", o.ReturnValues, returnValues...)
}

func (s *Store) putItem(in *putItemInput) (any, consumptions, error) {
	if err := in.validate("NONE", "ALL_OLD"); err != nil {
		return nil, nil, err
	}
	a, err := in.action(s)
	if err != nil {
		return nil, nil, err
	}
	return s.writeOne(a, nil, in.writeOptions)
}

func (s *Store) deleteItem(in *deleteItemInput) (any, consumptions, error) {
	if err := in.validate("NONE", "ALL_OLD"); err != nil {
		return nil, nil, err
	}
	a, err := in.action(s)
	if err != nil {
		return nil, nil, err
	}
	return s.writeOne(a, nil, in.writeOptions)
}

func (s *Store) updateItem(in *updateItemInput) (any, consumptions, error) {
	if err := in.validate("NONE", "ALL_OLD", "UPDATED_OLD", "ALL_NEW", "UPDATED_NEW"); err != nil {
		return nil, nil, err
	}
	a, update, err := in.action(s)
	if err != nil {
		return nil, nil, err
	}
	return s.writeOne(a, update, in.writeOptions)
}

func (s *Store) writeOne(a *action, update *expression.Update, o writeOptions) (any, consumptions, error) {
	if a.invalid != nil {
		return nil, nil, a.invalid
	}
	e, c, used, err := s.write(a)
	return writeOutput{e.values(o.ReturnValues, update), c.report(o.ReturnConsumedCapacity, false)}, used, err
}

// values picks what ReturnValues asks for.
func (e effect) values(which string, update *expression.Update) attribute.Map {
	switch which {
	case "ALL_OLD":
		return e.before
	case "ALL_NEW":
		return e.after
	}
	if update != nil && which == "UPDATED_OLD" {
		return update.Touched(e.before)
	}
	if update != nil && which == "UPDATED_NEW" {
		return update.Touched(e.after)
	}
	return nil
}
