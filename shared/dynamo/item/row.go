package item

import (
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// format is the edition of the codec. A higher one means that older code must not touch the row.
const format = 1

// encode completes a key to an item: what it is, and the value as its body, without the fields that the key implies.
func encode(key Item, kind string, value any, implied ...string) (Item, error) {
	body, err := marshal(value)
	if err != nil {
		return nil, fmt.Errorf("item: encode %s: %w", kind, err)
	}
	if fields, ok := body.(*types.AttributeValueMemberM); ok {
		for _, name := range implied {
			delete(fields.Value, name)
		}
	}
	i := KeyOf(key)
	i[Kind], i[Format], i[Body] = S(kind), N(format), body
	return i, nil
}

// decode reads the body of an item of one kind into out, a pointer.
func decode(i Item, kind string, out any) error {
	if got := Text(i, Kind); got != kind {
		return fmt.Errorf("item: %s / %s is of kind %q, not %q", Text(i, PK), Text(i, SK), got, kind)
	}
	var wrote int
	if err := attributevalue.Unmarshal(i[Format], &wrote); err != nil || wrote < 1 || wrote > format {
		return fmt.Errorf("item: %s / %s has format %d; this program knows 1 to %d", Text(i, PK), Text(i, SK), wrote, format)
	}
	if _, ok := i[Body].(*types.AttributeValueMemberM); !ok {
		return fmt.Errorf("item: %s / %s has no body", Text(i, PK), Text(i, SK))
	}
	if err := attributevalue.Unmarshal(i[Body], out); err != nil {
		return fmt.Errorf("item: decode %s %s / %s: %w", kind, Text(i, PK), Text(i, SK), err)
	}
	return nil
}

// marshal spells a Go value without its zero values.
func marshal(value any) (types.AttributeValue, error) {
	v, err := attributevalue.MarshalWithOptions(value, func(o *attributevalue.EncoderOptions) { o.EncodeTime = encodeTime })
	if err == nil {
		prune(v)
	}
	return v, err
}

func encodeTime(t time.Time) (types.AttributeValue, error) {
	if t.IsZero() {
		return &types.AttributeValueMemberNULL{Value: true}, nil
	}
	return S(Stamp(t)), nil
}

// prune takes zero values out of maps; elements of lists keep their place.
func prune(v types.AttributeValue) {
	switch v := v.(type) {
	case *types.AttributeValueMemberM:
		for name, field := range v.Value {
			if prune(field); zero(field) {
				delete(v.Value, name)
			}
		}
	case *types.AttributeValueMemberL:
		for _, element := range v.Value {
			prune(element)
		}
	}
}

func zero(v types.AttributeValue) bool {
	switch v := v.(type) {
	case *types.AttributeValueMemberNULL:
		return true
	case *types.AttributeValueMemberS:
		return v.Value == ""
	case *types.AttributeValueMemberN:
		return v.Value == "0"
	case *types.AttributeValueMemberBOOL:
		return !v.Value
	case *types.AttributeValueMemberB:
		return len(v.Value) == 0
	case *types.AttributeValueMemberL:
		return len(v.Value) == 0
	case *types.AttributeValueMemberM:
		return len(v.Value) == 0
	}
	return false
}
