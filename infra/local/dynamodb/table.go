package dynamodb

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
)

// TableSpec describes a table as its CloudFormation resource does.
type TableSpec struct {
	Name    string
	ARN     string // arn:aws:dynamodb:<region>:<account>:table/<name>
	Key     Key
	Indexes []Index
	// StreamViewType is KEYS_ONLY, NEW_IMAGE, OLD_IMAGE or NEW_AND_OLD_IMAGES; empty means no stream.
	StreamViewType string
	// TTLAttribute holds the second of the Unix epoch at which an item expires; empty means that none does.
	TTLAttribute string
}

// Key is a partition key and, unless its name is empty, a sort key.
type Key struct {
	Partition KeyAttribute
	Sort      KeyAttribute
}

// KeyAttribute is a key's name and type: S, N or B.
type KeyAttribute struct {
	Name string
	Type attribute.Kind
}

// Index is a global secondary index.
type Index struct {
	Name       string
	Key        Key
	Projection Projection
	Include    []string // the non-key attributes of an INCLUDE projection
}

// Projection says what an index keeps of an item beside the keys.
type Projection string

// The projections of an index.
const (
	KeysOnly Projection = "KEYS_ONLY"
	Include  Projection = "INCLUDE"
	All      Projection = "ALL"
)

// table is a TableSpec that exists.
type table struct {
	TableSpec
	Created time.Time
}

// attributes lists the one or two key attributes.
func (k Key) attributes() []KeyAttribute {
	if k.Sort.Name == "" {
		return []KeyAttribute{k.Partition}
	}
	return []KeyAttribute{k.Partition, k.Sort}
}

func (k Key) has(name string) bool {
	return slices.ContainsFunc(k.attributes(), func(a KeyAttribute) bool { return a.Name == name })
}

func (s TableSpec) equal(t TableSpec) bool { return reflect.DeepEqual(s, t) }

func (s TableSpec) validate() error {
	if s.Name == "" {
		return errors.New("a table needs a name")
	}
	if parts := strings.Split(s.ARN, ":"); len(parts) != 6 || parts[5] != "table/"+s.Name {
		return fmt.Errorf("%q is not the ARN of table %s", s.ARN, s.Name)
	}
	if !slices.Contains([]string{"", "KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"}, s.StreamViewType) {
		return fmt.Errorf("unknown stream view type %q", s.StreamViewType)
	}
	if err := s.Key.validate(); err != nil {
		return err
	}
	for i, index := range s.Indexes {
		if err := index.validate(); err != nil {
			return fmt.Errorf("index %q: %w", index.Name, err)
		}
		if slices.ContainsFunc(s.Indexes[:i], func(other Index) bool { return other.Name == index.Name }) {
			return fmt.Errorf("index %q occurs twice", index.Name)
		}
	}
	return nil
}

func (x Index) validate() error {
	switch {
	case x.Name == "":
		return errors.New("an index needs a name")
	case !slices.Contains([]Projection{KeysOnly, Include, All}, x.Projection):
		return fmt.Errorf("unknown projection %q", x.Projection)
	case (x.Projection == Include) != (len(x.Include) > 0):
		return errors.New("projection INCLUDE and only that names attributes")
	}
	return x.Key.validate()
}

func (k Key) validate() error {
	for _, a := range k.attributes() {
		if a.Name == "" {
			return errors.New("a partition key needs a name")
		}
		if !slices.Contains([]attribute.Kind{attribute.StringKind, attribute.NumberKind, attribute.BinaryKind}, a.Type) {
			return fmt.Errorf("key attribute %s has type %q, not S, N or B", a.Name, a.Type)
		}
	}
	if k.Partition.Name == k.Sort.Name {
		return fmt.Errorf("%s is both partition and sort key", k.Sort.Name)
	}
	return nil
}

func (t *table) create(tx *bolt.Tx, definition []byte) error {
	b, err := tx.Bucket(rootBucket).Bucket(tablesBucket).CreateBucket([]byte(t.Name))
	if err != nil {
		return err
	}
	for _, name := range tableSubBuckets {
		if _, err := b.CreateBucket(name); err != nil {
			return err
		}
	}
	for _, index := range t.Indexes {
		if _, err := b.Bucket(indexesBucket).CreateBucket([]byte(index.Name)); err != nil {
			return err
		}
	}
	return b.Put(definitionKey, definition)
}

func (t *table) bucket(tx *bolt.Tx, part []byte) *bolt.Bucket {
	return tx.Bucket(rootBucket).Bucket(tablesBucket).Bucket([]byte(t.Name)).Bucket(part)
}

func (t *table) index(name string) (Index, bool) {
	i := slices.IndexFunc(t.Indexes, func(x Index) bool { return x.Name == name })
	if i < 0 {
		return Index{}, false
	}
	return t.Indexes[i], true
}

func (t *table) region() string { return strings.Split(t.ARN, ":")[3] }

func (t *table) streamLabel() string { return t.Created.Format("2006-01-02T15:04:05.000") }

func (t *table) streamARN() string { return t.ARN + "/stream/" + t.streamLabel() }
