package dynamodb

import (
	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
)

type queryInput struct {
	TableName                 string
	IndexName                 *string
	KeyConditionExpression    *string
	FilterExpression          *string
	ProjectionExpression      *string
	ExpressionAttributeNames  map[string]string
	ExpressionAttributeValues attribute.Map
	ExclusiveStartKey         attribute.Map
	ScanIndexForward          *bool
	ConsistentRead            bool
	Limit                     *int
	Select                    string
	ReturnConsumedCapacity    string
}

type queryOutput struct {
	Items            []attribute.Map `json:",omitzero"`
	Count            int
	ScannedCount     int
	LastEvaluatedKey attribute.Map     `json:",omitempty"`
	ConsumedCapacity *consumedCapacity `json:",omitempty"`
}

// A query is a checked request: where it reads, from where to where, and what it keeps.
type query struct {
	table    *table
	index    *Index // nil for the table itself
	parsed   parsedExpressions
	scope    span
	backward bool
	limit    int // 0 is none
	counting bool
}

func (s *Store) query(in *queryInput) (any, consumptions, error) {
	q, err := s.plan(in)
	if err != nil {
		return nil, nil, err
	}
	out := queryOutput{}
	if !q.counting {
		out.Items = []attribute.Map{}
	}
	size := 0
	err = s.db.View(func(tx *bolt.Tx) error {
		size, err = q.read(tx, &out)
		return err
	})
	var used consumptions
	c := used.on(q.table.Name, false)
	c.addAction("dynamodb:Query")
	if q.index != nil {
		c.addIndex(q.index.Name, readUnits(size, false))
	} else {
		c.onTable = readUnits(size, in.ConsistentRead)
	}
	out.ConsumedCapacity = c.report(in.ReturnConsumedCapacity, false)
	return out, used, err
}

// read fills one page: up to the limit, up to 1 MB before filtering, or to the end of the scope.
func (q *query) read(tx *bolt.Tx, out *queryOutput) (size int, err error) {
	const page = 1 << 20
	for _, stored := range q.scope.scan(q.bucket(tx), q.backward) {
		item, err := decodeItem(stored)
		if err != nil {
			return size, err
		}
		weight := attribute.Size(item)
		if size+weight > page {
			return size, nil // LastEvaluatedKey is that of the item before
		}
		size += weight
		out.ScannedCount++
		if q.parsed.filter == nil || q.parsed.filter.Holds(item) {
			out.Count++
			if !q.counting {
				out.Items = append(out.Items, q.parsed.project(item))
			}
		}
		out.LastEvaluatedKey = q.positionKey(item)
		if out.ScannedCount == q.limit {
			return size, nil
		}
	}
	out.LastEvaluatedKey = nil
	return size, nil
}

func (q *query) bucket(tx *bolt.Tx) *bolt.Bucket {
	if q.index != nil {
		return q.table.bucket(tx, indexesBucket).Bucket([]byte(q.index.Name))
	}
	return q.table.bucket(tx, itemsBucket)
}

// key is the key that the query's conditions are about.
func (q *query) key() Key {
	if q.index != nil {
		return q.index.Key
	}
	return q.table.Key
}

// positionKey is the key from which a later page goes on: an index adds its key to that of the table.
func (q *query) positionKey(item attribute.Map) attribute.Map {
	key := q.table.Key.of(item)
	if q.index != nil {
		for name, v := range q.index.Key.of(item) {
			key[name] = v
		}
	}
	return key
}
