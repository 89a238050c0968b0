package item

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/callsheet/callsheet/shared/help"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// factTypes is what can have happened.
var factTypes = func() map[string]reflect.Type {
	known := map[string]reflect.Type{}
	for _, f := range slices.Concat(project.Facts(), help.Facts()) {
		known[f.FactName()] = reflect.TypeOf(f)
	}
	return known
}()

// namedFact is a fact whose map also says which one it is.
type namedFact struct{ store.Fact }

// factName stands beside a fact's own fields, which begin with a capital.
const factName = "fact"

// MarshalDynamoDBAttributeValue spells a fact that we could also read.
func (f namedFact) MarshalDynamoDBAttributeValue() (types.AttributeValue, error) {
	name := f.FactName()
	if reflect.TypeOf(f.Fact) != factTypes[name] {
		return nil, fmt.Errorf("unknown fact %q (%T)", name, f.Fact)
	}
	v, err := marshal(f.Fact)
	if m, ok := v.(*types.AttributeValueMemberM); ok {
		m.Value[factName] = S(name)
	}
	return v, err
}

// UnmarshalDynamoDBAttributeValue reads a fact that we know.
func (f *namedFact) UnmarshalDynamoDBAttributeValue(v types.AttributeValue) error {
	m, ok := v.(*types.AttributeValueMemberM)
	if !ok {
		return fmt.Errorf("a fact is a map, not %T", v)
	}
	name := Text(m.Value, factName)
	t := factTypes[name]
	if t == nil {
		return fmt.Errorf("unknown fact %q", name)
	}
	out := reflect.New(t)
	if err := attributevalue.Unmarshal(v, out.Interface()); err != nil {
		return fmt.Errorf("fact %s: %w", name, err)
	}
	f.Fact = out.Elem().Interface().(store.Fact) // every type of factTypes is one
	return nil
}
