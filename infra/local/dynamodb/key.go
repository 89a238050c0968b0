package dynamodb

import (
	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
)

// DynamoDB's limits on one item.
const (
	maxPartitionKey = 2048
	maxSortKey      = 1024
	maxItem         = 400 * 1024
	maxDepth        = 32
)

// position is where an item stands in the order of the key. The key attributes must be present and well typed.
func (k Key) position(item attribute.Map) []byte {
	var position []byte
	for _, a := range k.attributes() {
		position = attribute.AppendKey(position, item[a.Name])
	}
	return position
}

// of is the key part of item.
func (k Key) of(item attribute.Map) attribute.Map {
	key := attribute.Map{}
	for _, a := range k.attributes() {
		key[a.Name] = item[a.Name]
	}
	return key
}

// exact refuses a Key parameter that has not precisely the key attributes, each with its type.
func (k Key) exact(key attribute.Map) error {
	attributes := k.attributes()
	if len(key) != len(attributes) {
		return attribute.Invalidf("The provided key element does not match the schema")
	}
	for _, a := range attributes {
		if v := key[a.Name]; v == nil || v.Kind() != a.Type {
			return attribute.Invalidf("The provided key element does not match the schema")
		}
	}
	return k.within(key)
}

// within refuses empty and oversized key values.
func (k Key) within(item attribute.Map) error {
	for i, a := range k.attributes() {
		length, most := keyLength(item[a.Name]), maxPartitionKey
		if i == 1 {
			most = maxSortKey
		}
		switch {
		case length == 0:
			return attribute.Invalidf("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty %s value. Key: %s", keyTypeName[a.Type], a.Name)
		case length > most && i == 0:
			return attribute.Invalidf("One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of%d bytes", most)
		case length > most:
			return attribute.Invalidf("One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of %d bytes", most)
		}
	}
	return nil
}

var keyTypeName = map[attribute.Kind]string{attribute.StringKind: "string", attribute.BinaryKind: "binary"}

// keyLength is the size of a string or binary; a number always fits.
func keyLength(v attribute.Value) int {
	switch v := v.(type) {
	case attribute.String:
		return len(v)
	case attribute.Binary:
		return len(v)
	}
	return 1
}

// validateItem refuses an item that may not be stored in the table.
func (t *table) validateItem(item attribute.Map) error {
	for _, a := range t.Key.attributes() {
		v := item[a.Name]
		if v == nil {
			return attribute.Invalidf("One or more parameter values were invalid: Missing the key %s in the item", a.Name)
		}
		if v.Kind() != a.Type {
			return attribute.Invalidf("One or more parameter values were invalid: Type mismatch for key %s expected: %s actual: %s", a.Name, a.Type, v.Kind())
		}
	}
	if err := t.Key.within(item); err != nil {
		return err
	}
	for _, x := range t.Indexes {
		if err := x.validateItem(item); err != nil {
			return err
		}
	}
	if _, nameless := item[""]; nameless {
		return attribute.Invalidf("One or more parameter values were invalid: The attribute name must not be empty")
	}
	if attribute.Depth(item) > maxDepth {
		return attribute.Invalidf("Nesting Levels have exceeded supported limits")
	}
	return nil
}

// validateItem refuses an index key of the wrong type, empty or too long. A missing one keeps the item out of the index.
func (x Index) validateItem(item attribute.Map) error {
	for i, a := range x.Key.attributes() {
		v := item[a.Name]
		if v == nil {
			continue
		}
		if v.Kind() != a.Type {
			return attribute.Invalidf("One or more parameter values were invalid: Type mismatch for Index Key %s Expected: %s Actual: %s IndexName: %s", a.Name, a.Type, v.Kind(), x.Name)
		}
		length, most := keyLength(v), maxPartitionKey
		if i == 1 {
			most = maxSortKey
		}
		if length == 0 {
			return attribute.Invalidf("One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty %s value. IndexName: %s, IndexKey: %s", keyTypeName[a.Type], x.Name, a.Name)
		}
		if length > most {
			return attribute.Invalidf("One or more parameter values were invalid: Size of index key %s has exceeded the maximum size limit of %d bytes IndexName: %s", a.Name, most, x.Name)
		}
	}
	return nil
}
