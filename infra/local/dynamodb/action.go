package dynamodb

import (
	"maps"

	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
	"github.com/callsheet/callsheet/infra/local/dynamodb/expression"
)

// conditionInput is what every write takes.
type conditionInput struct {
	TableName                           string
	ConditionExpression                 *string
	ExpressionAttributeNames            map[string]string
	ExpressionAttributeValues           attribute.Map
	ReturnValuesOnConditionCheckFailure string
}

type putInput struct {
	conditionInput
	Item attribute.Map
}

type deleteInput struct {
	conditionInput
	Key attribute.Map
}

type updateInput struct {
	conditionInput
	Key              attribute.Map
	UpdateExpression *string
}

type conditionCheckInput struct {
	conditionInput
	Key attribute.Map
}

// action makes the part of an action that all writes share. update may be nil.
func (in *conditionInput) action(s *Store, name string, update *string) (*action, *expression.Update, error) {
	t, err := s.table(in.TableName)
	if err != nil {
		return nil, nil, err
	}
	if err := oneOf("returnValuesOnConditionCheckFailure", in.ReturnValuesOnConditionCheckFailure, "ALL_OLD", "NONE"); err != nil {
		return nil, nil, err
	}
	parsed, err := expressions{
		Condition: in.ConditionExpression, Update: update,
		Names: in.ExpressionAttributeNames, Values: in.ExpressionAttributeValues,
	}.parse()
	return &action{
		name: name, table: t, condition: parsed.condition,
		returnOld: in.ReturnValuesOnConditionCheckFailure == "ALL_OLD",
	}, parsed.update, err
}

// at aims the action at the item with the key.
func (a *action) at(key attribute.Map) error {
	if key == nil {
		return missing("key")
	}
	if a.invalid = a.table.Key.exact(key); a.invalid == nil {
		a.position = a.table.Key.position(key)
	}
	return nil
}

func (in *putInput) action(s *Store) (*action, error) {
	a, _, err := in.conditionInput.action(s, "dynamodb:PutItem", nil)
	if err != nil {
		return nil, err
	}
	if in.Item == nil {
		return nil, missing("item")
	}
	if a.invalid = a.table.validateItem(in.Item); a.invalid == nil {
		a.position = a.table.Key.position(in.Item)
	}
	a.next = func(attribute.Map) (attribute.Map, error) { return in.Item, nil }
	return a, nil
}

func (in *deleteInput) action(s *Store) (*action, error) {
	a, _, err := in.conditionInput.action(s, "dynamodb:DeleteItem", nil)
	if err != nil {
		return nil, err
	}
	a.next = func(attribute.Map) (attribute.Map, error) { return nil, nil }
	return a, a.at(in.Key)
}

func (in *conditionCheckInput) action(s *Store) (*action, error) {
	if in.ConditionExpression == nil {
		return nil, missing("conditionExpression")
	}
	a, _, err := in.conditionInput.action(s, "dynamodb:ConditionCheckItem", nil)
	if err != nil {
		return nil, err
	}
	a.next = func(before attribute.Map) (attribute.Map, error) { return before, nil }
	return a, a.at(in.Key)
}

// action also returns the parsed update, nil when there is none: such an update only makes sure that the item exists.
func (in *updateInput) action(s *Store) (*action, *expression.Update, error) {
	a, update, err := in.conditionInput.action(s, "dynamodb:UpdateItem", in.UpdateExpression)
	if err != nil {
		return nil, nil, err
	}
	if err := a.at(in.Key); err != nil {
		return nil, nil, err
	}
	if update != nil {
		for _, path := range update.Paths() {
			if a.table.Key.has(path.Attribute()) {
				a.invalid = attribute.Invalidf("One or more parameter values were invalid: Cannot update attribute %s. This attribute is part of the key", path.Attribute())
			}
		}
	}
	a.next = func(before attribute.Map) (attribute.Map, error) { return updated(before, in.Key, update) }
	return a, update, nil
}

// updated applies the update to the item, or to one of only its key. An update that only removes makes no item.
func updated(before, key attribute.Map, update *expression.Update) (attribute.Map, error) {
	base := before
	if base == nil {
		base = maps.Clone(key)
	}
	if update == nil {
		return base, nil
	}
	after, err := update.Apply(base)
	if err == nil && before == nil && update.OnlyRemoves() {
		return nil, nil
	}
	return after, err
}
