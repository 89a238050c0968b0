package dynamodb

import (
	"maps"
	"slices"

	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
)

type batchWriteItemInput struct {
	RequestItems                map[string][]writeRequest
	ReturnConsumedCapacity      string
	ReturnItemCollectionMetrics string
}

type writeRequest struct {
	PutRequest    *struct{ Item attribute.Map } `json:",omitempty"`
	DeleteRequest *struct{ Key attribute.Map }  `json:",omitempty"`
}

type batchWriteItemOutput struct {
	UnprocessedItems map[string][]writeRequest // never any here
	ConsumedCapacity []*consumedCapacity       `json:",omitempty"`
}

// batchWriteItem puts and deletes without conditions. Nobody can see a part of the batch here; in the cloud one can.
func (s *Store) batchWriteItem(in *batchWriteItemInput) (any, consumptions, error) {
	if err := (writeOptions{ReturnConsumedCapacity: in.ReturnConsumedCapacity, ReturnItemCollectionMetrics: in.ReturnItemCollectionMetrics}).validate(); err != nil {
		return nil, nil, err
	}
	actions, err := in.actions(s)
	if err != nil {
		return nil, nil, err
	}
	var used consumptions
	changed := map[*table]bool{}
	err = s.db.Update(func(tx *bolt.Tx) error {
		for _, a := range actions {
			e, err := a.evaluate(tx)
			if err != nil {
				return err
			}
			c := used.on(a.table.Name, true)
			c.addAction("dynamodb:BatchWriteItem")
			c.onTable += writeUnits(e.before, e.after)
			if err := s.apply(tx, e, nil, c); err != nil {
				return err
			}
			changed[a.table] = changed[a.table] || e.changes()
		}
		return nil
	})
	if err == nil {
		for t := range changed {
			s.announce(t)
		}
	}
	return batchWriteItemOutput{map[string][]writeRequest{}, used.report(in.ReturnConsumedCapacity, false)}, used, err
}

// actions parses every request; no two may be about the same item.
func (in *batchWriteItemInput) actions(s *Store) ([]*action, error) {
	const most = 25
	var actions []*action
	seen := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(in.RequestItems)) {
		for _, r := range in.RequestItems[name] {
			a, err := r.action(s, name)
			if err != nil {
				return nil, err
			}
			if a.invalid != nil {
				return nil, a.invalid
			}
			id := name + "/" + string(a.position)
			if seen[id] {
				return nil, attribute.Invalidf("Provided list of item keys contains duplicates")
			}
			seen[id] = true
			actions = append(actions, a)
		}
	}
	if n := len(actions); n < 1 || n > most {
		return nil, attribute.Invalidf("1 validation error detected: Value at 'requestItems' failed to satisfy constraint: Member must have length between 1 and %d, not %d", most, n)
	}
	return actions, nil
}

func (r writeRequest) action(s *Store, table string) (*action, error) {
	on := conditionInput{TableName: table}
	switch {
	case r.PutRequest != nil && r.DeleteRequest == nil:
		return (&putInput{on, r.PutRequest.Item}).action(s)
	case r.DeleteRequest != nil && r.PutRequest == nil:
		return (&deleteInput{on, r.DeleteRequest.Key}).action(s)
	}
	return nil, attribute.Invalidf("Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes")
}
