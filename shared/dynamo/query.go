package dynamo

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/callsheet/callsheet/shared/dynamo/item"
	"github.com/callsheet/callsheet/shared/store"
)

// everything is the limit of a query that reads to the end.
const everything = 0

// query reads up to limit rows, over as many answers as DynamoDB makes of them, and tells whether there are more.
func (s *Store) query(ctx context.Context, in *dynamodb.QueryInput, limit int) (rows []item.Item, more bool, err error) {
	in.TableName = s.table
	for {
		if limit != everything {
			// One more than asked for shows whether there is a next page; the answer's own key does not.
			in.Limit = aws.Int32(int32(limit - len(rows) + 1))
		}
		out, err := s.client.Query(ctx, in)
		if err != nil {
			return nil, false, failure("query", err)
		}
		rows = append(rows, out.Items...)
		if limit != everything && len(rows) > limit {
			return rows[:limit], true, nil
		}
		if len(out.LastEvaluatedKey) == 0 {
			return rows, false, nil
		}
		in.ExclusiveStartKey = out.LastEvaluatedKey
	}
}

// page reads one page of a list. Its next position is the key of its last row, with that of the index which is read, so a
// list goes on behind what was shown even when rows have come or gone since.
func (s *Store) page(ctx context.Context, in *dynamodb.QueryInput, limit int, after store.Position, index ...string) ([]item.Item, store.Position, error) {
	if limit < 1 {
		return nil, nil, fmt.Errorf("dynamo: a page of %d rows", limit)
	}
	if after != nil {
		in.ExclusiveStartKey = item.Item{}
		for name, v := range after {
			in.ExclusiveStartKey[name] = item.S(v)
		}
	}
	rows, more, err := s.query(ctx, in, limit)
	if err != nil || !more {
		return rows, nil, err
	}
	next := store.Position{}
	for _, name := range append(index, item.PK, item.SK) {
		next[name] = item.Text(rows[len(rows)-1], name)
	}
	return rows, next, nil
}
