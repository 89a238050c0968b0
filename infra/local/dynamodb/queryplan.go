package dynamodb

import (
	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
	"github.com/callsheet/callsheet/infra/local/dynamodb/expression"
)

// plan checks a Query request.
func (s *Store) plan(in *queryInput) (*query, error) {
	t, err := s.table(in.TableName)
	if err != nil {
		return nil, err
	}
	q := &query{table: t, backward: in.ScanIndexForward != nil && !*in.ScanIndexForward, counting: in.Select == "COUNT"}
	if in.KeyConditionExpression == nil {
		return nil, attribute.Invalidf("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.")
	}
	q.parsed, err = expressions{
		KeyCondition: in.KeyConditionExpression, Filter: in.FilterExpression, Projection: in.ProjectionExpression,
		Names: in.ExpressionAttributeNames, Values: in.ExpressionAttributeValues,
	}.parse()
	if err != nil {
		return nil, err
	}
	for _, check := range []func(*queryInput) error{q.choosePlace, q.checkOptions, q.checkFilter, q.setScope} {
		if err := check(in); err != nil {
			return nil, err
		}
	}
	return q, nil
}

func (q *query) choosePlace(in *queryInput) error {
	if in.IndexName == nil {
		return nil
	}
	x, ok := q.table.index(*in.IndexName)
	switch {
	case !ok:
		return attribute.Invalidf("The table does not have the specified index: %s", *in.IndexName)
	case in.ConsistentRead:
		return attribute.Invalidf("Consistent reads are not supported on global secondary indexes")
	case in.Select == "ALL_ATTRIBUTES" && x.Projection != All:
		return attribute.Invalidf("One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index %s because its projection type is not ALL", x.Name)
	}
	if q.parsed.projection != nil {
		for _, name := range q.parsed.projection.Attributes() {
			if !x.projects(q.table, name) {
				return attribute.Invalidf("One or more parameter values were invalid: Global secondary index %s does not project [%s]", x.Name, name)
			}
		}
	}
	q.index = &x
	return nil
}

func (q *query) checkOptions(in *queryInput) error {
	if err := validCapacityDetail(in.ReturnConsumedCapacity); err != nil {
		return err
	}
	if err := oneOf("select", in.Select, "SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"); err != nil {
		return err
	}
	if in.Limit != nil {
		if *in.Limit < 1 {
			return attribute.Invalidf("1 validation error detected: Value '%d' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1", *in.Limit)
		}
		q.limit = *in.Limit
	}
	projected := in.ProjectionExpression != nil
	switch {
	case projected && in.Select != "" && in.Select != "SPECIFIC_ATTRIBUTES":
		return attribute.Invalidf("Cannot specify the ProjectionExpression when choosing to get %s", in.Select)
	case !projected && in.Select == "SPECIFIC_ATTRIBUTES":
		return attribute.Invalidf("Must specify the ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES")
	case in.Select == "ALL_PROJECTED_ATTRIBUTES" && q.index == nil:
		return attribute.Invalidf("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")
	}
	return nil
}

// checkFilter keeps key attributes out of the filter: they belong into the key condition.
func (q *query) checkFilter(*queryInput) error {
	if q.parsed.filter == nil {
		return nil
	}
	for _, a := range q.key().attributes() {
		if q.parsed.filter.Mentions(a.Name) {
			return attribute.Invalidf("Filter Expression can only contain non-primary key attributes: Primary key attribute: %s", a.Name)
		}
	}
	return nil
}

// setScope turns the key condition and the start key into the range of positions to read.
func (q *query) setScope(in *queryInput) error {
	key := q.key()
	terms := map[string]expression.KeyTerm{}
	for _, term := range q.parsed.keyCondition {
		terms[term.Attribute] = term
	}
	partition, ok := terms[key.Partition.Name]
	if !ok {
		return attribute.Invalidf("Query condition missed key schema element: %s", key.Partition.Name)
	}
	if partition.Operator != "=" {
		return attribute.Invalidf("Query key condition not supported")
	}
	if err := key.Partition.check(partition); err != nil {
		return err
	}
	prefix := attribute.AppendKey(nil, partition.Values[0])
	q.scope = spanOf(prefix)
	if len(terms) == 2 {
		sort, ok := terms[key.Sort.Name]
		if !ok {
			return attribute.Invalidf("Query condition missed key schema element: %s", key.Sort.Name)
		}
		if err := key.Sort.check(sort); err != nil {
			return err
		}
		q.scope = q.scope.narrow(prefix, sort)
	}
	return q.startAfter(in.ExclusiveStartKey)
}

// check refuses values that the key attribute cannot have.
func (a KeyAttribute) check(term expression.KeyTerm) error {
	for _, v := range term.Values {
		if v.Kind() != a.Type {
			return attribute.Invalidf("One or more parameter values were invalid: Condition parameter type does not match schema type")
		}
		if keyLength(v) == 0 {
			return attribute.Invalidf("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty %s value. Key: %s", keyTypeName[a.Type], a.Name)
		}
	}
	if term.Operator == "begins_with" && a.Type == attribute.NumberKind {
		return attribute.Invalidf("Invalid KeyConditionExpression: Incorrect operand type for operator or function; operator or function: begins_with, operand type: N")
	}
	return nil
}

// startAfter cuts the scope behind the start key, which must lie in it.
func (q *query) startAfter(start attribute.Map) error {
	if start == nil {
		return nil
	}
	wanted := len(q.table.Key.attributes())
	position := q.key()
	if q.index != nil {
		for _, a := range position.attributes() {
			if !q.table.Key.has(a.Name) {
				wanted++
			}
		}
	}
	for _, a := range append(q.table.Key.attributes(), position.attributes()...) {
		if v := start[a.Name]; v == nil || v.Kind() != a.Type || len(start) != wanted {
			return attribute.Invalidf("The provided starting key is invalid")
		}
	}
	at := position.position(start)
	if q.index != nil {
		at = append(at, q.table.Key.position(start)...)
	}
	if !q.scope.holds(at) {
		return attribute.Invalidf("The provided starting key is outside query boundaries based on provided conditions")
	}
	if q.backward {
		q.scope.end = at
	} else {
		q.scope.start = append(at, 0) // the next position there can be
	}
	return nil
}
