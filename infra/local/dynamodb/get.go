package dynamodb

import (
	"maps"
	"slices"

	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
)

type getItemInput struct {
	TableName                string
	Key                      attribute.Map
	ConsistentRead           bool
	ProjectionExpression     *string
	ExpressionAttributeNames map[string]string
	ReturnConsumedCapacity   string
}

type getItemOutput struct {
	Item             attribute.Map     `json:",omitzero"` // empty when nothing of it is projected
	ConsumedCapacity *consumedCapacity `json:",omitempty"`
}

func (s *Store) getItem(in *getItemInput) (any, consumptions, error) {
	t, err := s.table(in.TableName)
	if err != nil {
		return nil, nil, err
	}
	parsed, err := expressions{Projection: in.ProjectionExpression, Names: in.ExpressionAttributeNames}.parse()
	if err != nil {
		return nil, nil, err
	}
	if err := validCapacityDetail(in.ReturnConsumedCapacity); err != nil {
		return nil, nil, err
	}
	if err := t.Key.exact(in.Key); err != nil {
		return nil, nil, err
	}
	var item attribute.Map
	err = s.db.View(func(tx *bolt.Tx) error {
		item, err = t.load(tx, t.Key.position(in.Key))
		return err
	})
	var used consumptions
	c := used.on(t.Name, false)
	c.addAction("dynamodb:GetItem")
	c.onTable = readUnits(attribute.Size(item), in.ConsistentRead)
	return getItemOutput{parsed.project(item), c.report(in.ReturnConsumedCapacity, false)}, used, err
}

func validCapacityDetail(detail string) error {
	return oneOf("returnConsumedCapacity", detail, "INDEXES", "TOTAL", "NONE")
}

type batchGetItemInput struct {
	RequestItems           map[string]*keysAndAttributes
	ReturnConsumedCapacity string
}

type keysAndAttributes struct {
	Keys                     []attribute.Map
	ConsistentRead           bool              `json:",omitempty"`
	ProjectionExpression     *string           `json:",omitempty"`
	ExpressionAttributeNames map[string]string `json:",omitempty"`
}

type batchGetItemOutput struct {
	Responses        map[string][]attribute.Map
	UnprocessedKeys  map[string]*keysAndAttributes
	ConsumedCapacity []*consumedCapacity `json:",omitempty"`
}

// A tableBatch is the checked part of a BatchGetItem that concerns one table.
type tableBatch struct {
	*keysAndAttributes
	table  *table
	parsed parsedExpressions
}

func (s *Store) batchGetItem(in *batchGetItemInput) (any, consumptions, error) {
	if err := validCapacityDetail(in.ReturnConsumedCapacity); err != nil {
		return nil, nil, err
	}
	batches, err := s.tableBatches(in.RequestItems)
	if err != nil {
		return nil, nil, err
	}
	const mostBytes = 16 << 20
	out := batchGetItemOutput{Responses: map[string][]attribute.Map{}, UnprocessedKeys: map[string]*keysAndAttributes{}}
	var used consumptions
	left := mostBytes
	err = s.db.View(func(tx *bolt.Tx) error {
		for _, b := range batches {
			c := used.on(b.table.Name, false)
			c.addAction("dynamodb:BatchGetItem")
			if err := b.read(tx, &left, &out, c); err != nil {
				return err
			}
		}
		return nil
	})
	out.ConsumedCapacity = used.report(in.ReturnConsumedCapacity, false)
	return out, used, err
}

// read answers the keys until no bytes are left; the other keys are handed back as unprocessed.
func (b tableBatch) read(tx *bolt.Tx, left *int, out *batchGetItemOutput, c *consumption) error {
	name := b.table.Name
	out.Responses[name] = []attribute.Map{}
	for i, key := range b.Keys {
		item, err := b.table.load(tx, b.table.Key.position(key))
		if err != nil {
			return err
		}
		size := attribute.Size(item)
		if size > *left {
			rest := *b.keysAndAttributes
			rest.Keys = b.Keys[i:]
			out.UnprocessedKeys[name] = &rest
			*left = 0
			return nil
		}
		*left -= size
		c.onTable += readUnits(size, b.ConsistentRead)
		if item != nil {
			out.Responses[name] = append(out.Responses[name], b.parsed.project(item))
		}
	}
	return nil
}

func (s *Store) tableBatches(requests map[string]*keysAndAttributes) ([]tableBatch, error) {
	const mostKeys = 100
	var batches []tableBatch
	total := 0
	for _, name := range slices.Sorted(maps.Keys(requests)) {
		t, err := s.table(name)
		if err != nil {
			return nil, err
		}
		request := requests[name]
		if request == nil || len(request.Keys) == 0 {
			return nil, missing("requestItems." + name + ".member.keys")
		}
		total += len(request.Keys)
		if total > mostKeys {
			return nil, attribute.Invalidf("Too many items requested for the BatchGetItem call")
		}
		parsed, err := expressions{Projection: request.ProjectionExpression, Names: request.ExpressionAttributeNames}.parse()
		if err != nil {
			return nil, err
		}
		if err := t.distinctKeys(request.Keys); err != nil {
			return nil, err
		}
		batches = append(batches, tableBatch{request, t, parsed})
	}
	if len(batches) == 0 {
		return nil, missing("requestItems")
	}
	return batches, nil
}

func (t *table) distinctKeys(keys []attribute.Map) error {
	seen := map[string]bool{}
	for _, key := range keys {
		if err := t.Key.exact(key); err != nil {
			return err
		}
		position := string(t.Key.position(key))
		if seen[position] {
			return attribute.Invalidf("Provided list of item keys contains duplicates")
		}
		seen[position] = true
	}
	return nil
}
