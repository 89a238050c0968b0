package dynamodb

import (
	"bytes"
	"iter"

	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
	"github.com/callsheet/callsheet/infra/local/dynamodb/expression"
)

// A span is a range of positions: start is in it, end is not.
type span struct{ start, end []byte }

// spanOf is the positions that begin with prefix.
func spanOf(prefix []byte) span { return span{prefix, attribute.AfterPrefix(prefix)} }

func (s span) holds(position []byte) bool {
	return bytes.Compare(position, s.start) >= 0 && bytes.Compare(position, s.end) < 0
}

// narrow is the part of a partition's span where the sort key satisfies the term.
func (s span) narrow(partition []byte, term expression.KeyTerm) span {
	at := func(v attribute.Value) span {
		return spanOf(attribute.AppendKey(bytes.Clone(partition), v))
	}
	first := term.Values[0]
	switch term.Operator {
	case "=":
		return at(first)
	case "<":
		return span{s.start, at(first).start}
	case "<=":
		return span{s.start, at(first).end}
	case ">":
		return span{at(first).end, s.end}
	case ">=":
		return span{at(first).start, s.end}
	case "BETWEEN":
		return span{at(first).start, at(term.Values[1]).end}
	}
	return spanOf(attribute.AppendKeyPrefix(bytes.Clone(partition), first)) // begins_with
}

// scan walks what the bucket holds in the span, in order or backward.
func (s span) scan(b *bolt.Bucket, backward bool) iter.Seq2[[]byte, []byte] {
	return func(yield func(position, stored []byte) bool) {
		c := b.Cursor()
		step := c.Next
		k, v := c.Seek(s.start)
		if backward {
			step = c.Prev
			if k, _ = c.Seek(s.end); k == nil {
				k, v = c.Last()
			} else {
				k, v = c.Prev()
			}
		}
		for k != nil && s.holds(k) && yield(k, v) {
			k, v = step()
		}
	}
}
