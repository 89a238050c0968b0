package dynamodb

import (
	"slices"

	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
)

type describeTableInput struct{ TableName string }

type describeTableOutput struct{ Table tableDescription }

type tableDescription struct {
	TableName              string
	TableArn               string
	TableStatus            string
	CreationDateTime       float64
	ItemCount              int
	KeySchema              []keySchemaElement
	AttributeDefinitions   []attributeDefinition
	BillingModeSummary     billingMode
	GlobalSecondaryIndexes []indexDescription   `json:",omitempty"`
	StreamSpecification    *streamSpecification `json:",omitempty"`
	LatestStreamArn        string               `json:",omitempty"`
	LatestStreamLabel      string               `json:",omitempty"`
}

type (
	keySchemaElement    struct{ AttributeName, KeyType string }
	attributeDefinition struct {
		AttributeName string
		AttributeType attribute.Kind
	}
	billingMode      struct{ BillingMode string }
	indexDescription struct {
		IndexName   string
		IndexArn    string
		IndexStatus string
		KeySchema   []keySchemaElement
		Projection  projectionDescription
	}
	projectionDescription struct {
		ProjectionType   Projection
		NonKeyAttributes []string `json:",omitempty"`
	}
	streamSpecification struct {
		StreamEnabled  bool
		StreamViewType string
	}
)

// describeTable tells the definition and, unlike AWS, the exact number of items.
func (s *Store) describeTable(in *describeTableInput) (any, consumptions, error) {
	t, err := s.table(in.TableName)
	if err != nil {
		return nil, nil, err
	}
	d := tableDescription{
		TableName: t.Name, TableArn: t.ARN, TableStatus: "ACTIVE", CreationDateTime: float64(t.Created.UnixMilli()) / 1000,
		KeySchema: t.Key.schema(), BillingModeSummary: billingMode{"PAY_PER_REQUEST"},
	}
	defined := t.Key.attributes()
	for _, x := range t.Indexes {
		defined = append(defined, x.Key.attributes()...)
		d.GlobalSecondaryIndexes = append(d.GlobalSecondaryIndexes, indexDescription{
			x.Name, t.ARN + "/index/" + x.Name, "ACTIVE", x.Key.schema(), projectionDescription{x.Projection, x.Include},
		})
	}
	for _, a := range defined {
		if definition := (attributeDefinition{a.Name, a.Type}); !slices.Contains(d.AttributeDefinitions, definition) {
			d.AttributeDefinitions = append(d.AttributeDefinitions, definition)
		}
	}
	if t.StreamViewType != "" {
		d.StreamSpecification = &streamSpecification{true, t.StreamViewType}
		d.LatestStreamArn, d.LatestStreamLabel = t.streamARN(), t.streamLabel()
	}
	err = s.db.View(func(tx *bolt.Tx) error {
		d.ItemCount = t.bucket(tx, itemsBucket).Stats().KeyN
		return nil
	})
	return describeTableOutput{d}, consumptions{{table: t.Name, actions: []string{"dynamodb:DescribeTable"}}}, err
}

func (k Key) schema() []keySchemaElement {
	types := []string{"HASH", "RANGE"}
	var schema []keySchemaElement
	for i, a := range k.attributes() {
		schema = append(schema, keySchemaElement{a.Name, types[i]})
	}
	return schema
}

type listTablesInput struct {
	ExclusiveStartTableName string
	Limit                   *int
}

type listTablesOutput struct {
	TableNames             []string
	LastEvaluatedTableName string `json:",omitempty"`
}

func (s *Store) listTables(in *listTablesInput) (any, consumptions, error) {
	const most = 100
	limit := most
	if in.Limit != nil {
		limit = *in.Limit
	}
	if limit < 1 || limit > most {
		return nil, nil, attribute.Invalidf("1 validation error detected: Value '%d' at 'limit' failed to satisfy constraint: Member must have value between 1 and %d", limit, most)
	}
	names := slices.DeleteFunc(s.tableNames(), func(name string) bool { return name <= in.ExclusiveStartTableName })
	out := listTablesOutput{TableNames: names}
	if len(names) > limit {
		out = listTablesOutput{names[:limit], names[limit-1]}
	}
	return out, nil, nil
}
