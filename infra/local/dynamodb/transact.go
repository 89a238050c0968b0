package dynamodb

import (
	"strings"

	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
)

type transactWriteItemsInput struct {
	TransactItems               []transactItem
	ClientRequestToken          string
	ReturnConsumedCapacity      string
	ReturnItemCollectionMetrics string
}

type transactItem struct {
	Put            *putInput            `json:",omitempty"`
	Update         *updateInput         `json:",omitempty"`
	Delete         *deleteInput         `json:",omitempty"`
	ConditionCheck *conditionCheckInput `json:",omitempty"`
}

type transactWriteItemsOutput struct {
	ConsumedCapacity []*consumedCapacity `json:",omitempty"`
}

func (in *transactWriteItemsInput) validate() error {
	const mostActions, longestToken = 100, 36
	if n := len(in.TransactItems); n < 1 || n > mostActions {
		return attribute.Invalidf("1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have length between 1 and %d, not %d", mostActions, n)
	}
	if n := len(in.ClientRequestToken); n > longestToken {
		return attribute.Invalidf("1 validation error detected: Value at 'clientRequestToken' failed to satisfy constraint: Member must have length less than or equal to %d", longestToken)
	}
	return writeOptions{ReturnConsumedCapacity: in.ReturnConsumedCapacity, ReturnItemCollectionMetrics: in.ReturnItemCollectionMetrics}.validate()
}

// transactWriteItems carries out all actions or none.
func (s *Store) transactWriteItems(in *transactWriteItemsInput) (any, consumptions, error) {
	if err := in.validate(); err != nil {
		return nil, nil, err
	}
	actions, err := in.actions(s)
	if err != nil {
		return nil, nil, err
	}
	var used consumptions
	var changed []*table
	err = s.db.Update(func(tx *bolt.Tx) error {
		repeated, err := s.remember(tx, in)
		if err != nil {
			return err
		}
		if repeated {
			return readAll(tx, actions, &used)
		}
		changed, err = s.transact(tx, actions, &used)
		return err
	})
	if err == nil {
		for _, t := range changed {
			s.announce(t)
		}
	}
	return transactWriteItemsOutput{used.report(in.ReturnConsumedCapacity, true)}, used, err
}

// actions parses every action; no two may be about the same item.
func (in *transactWriteItemsInput) actions(s *Store) ([]*action, error) {
	actions := make([]*action, len(in.TransactItems))
	seen := map[string]bool{}
	for i, item := range in.TransactItems {
		a, err := item.action(s)
		if err != nil {
			return nil, err
		}
		actions[i] = a
		if a.invalid != nil {
			continue
		}
		id := a.table.Name + "/" + string(a.position)
		if seen[id] {
			return nil, attribute.Invalidf("Transaction request cannot include multiple operations on one item")
		}
		seen[id] = true
	}
	return actions, nil
}

func (item transactItem) action(s *Store) (*action, error) {
	var made []func() (*action, error)
	if in := item.Put; in != nil {
		made = append(made, func() (*action, error) { return in.action(s) })
	}
	if in := item.Update; in != nil {
		made = append(made, func() (*action, error) {
			if in.UpdateExpression == nil {
				return nil, missing("updateExpression")
			}
			a, _, err := in.action(s)
			return a, err
		})
	}
	if in := item.Delete; in != nil {
		made = append(made, func() (*action, error) { return in.action(s) })
	}
	if in := item.ConditionCheck; in != nil {
		made = append(made, func() (*action, error) { return in.action(s) })
	}
	if len(made) != 1 {
		return nil, attribute.Invalidf("TransactItems can only contain one of Check, Put, Update or Delete")
	}
	return made[0]()
}

// transact evaluates every action on what was there before, then applies all or fails with a reason for each. It
// returns the tables that changed.
func (s *Store) transact(tx *bolt.Tx, actions []*action, used *consumptions) (changed []*table, err error) {
	const mostBytes, twice = 4 << 20, 2 // a transaction prepares and commits each item; its indexes follow once
	effects := make([]effect, len(actions))
	failures := make([]error, len(actions))
	size := 0
	for i, a := range actions {
		effects[i], failures[i] = a.evaluate(tx)
		size += max(attribute.Size(effects[i].before), attribute.Size(effects[i].after))
		c := used.on(a.table.Name, true)
		c.addAction(a.name)
		c.onTable += twice * writeUnits(effects[i].before, effects[i].after)
	}
	if err := cancelled(failures); err != nil {
		return nil, err
	}
	if size > mostBytes {
		return nil, attribute.Invalidf("Transaction request size has exceeded the maximum allowed size of 4 MB")
	}
	seen := map[*table]bool{}
	for _, e := range effects {
		if err := s.apply(tx, e, nil, used.on(e.table.Name, true)); err != nil {
			return nil, err
		}
		if e.changes() && !seen[e.table] {
			seen[e.table] = true
			changed = append(changed, e.table)
		}
	}
	return changed, nil
}

// cancelled says why the transaction cannot be, action by action; nil when nothing failed.
func cancelled(failures []error) error {
	reasons := make([]cancellationReason, len(failures))
	codes := make([]string, len(failures))
	failed := false
	for i, failure := range failures {
		reasons[i].Code = "None"
		if failure != nil {
			failed = true
			e, expected := apiErrorOf(failure)
			if !expected {
				return failure
			}
			reasons[i] = cancellationReason{cancellationCode[e.Type], e.Message, e.Item}
		}
		codes[i] = reasons[i].Code
	}
	if !failed {
		return nil
	}
	return &apiError{
		Type:    "TransactionCanceledException",
		Message: "Transaction cancelled, please refer cancellation reasons for specific reasons [" + strings.Join(codes, ", ") + "]",
		Reasons: reasons,
	}
}

var cancellationCode = map[string]string{
	"ConditionalCheckFailedException": "ConditionalCheckFailed",
	"ValidationException":             "ValidationError",
}

// readAll counts a repeated transaction: it costs the reading of its items.
func readAll(tx *bolt.Tx, actions []*action, used *consumptions) error {
	const twice = 2
	for _, a := range actions {
		item, err := a.table.load(tx, a.position)
		if err != nil {
			return err
		}
		c := used.on(a.table.Name, false)
		c.addAction(a.name)
		c.onTable += twice * readUnits(attribute.Size(item), true)
	}
	return nil
}
