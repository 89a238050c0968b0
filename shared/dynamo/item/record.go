package item

import (
	"fmt"
	"reflect"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// recordTypes is what can be kept as a record.
var recordTypes = map[string]reflect.Type{
	store.Profile:    reflect.TypeFor[party.Profile](),
	store.Project:    reflect.TypeFor[project.Project](),
	store.Round:      reflect.TypeFor[project.Round](),
	store.Assignment: reflect.TypeFor[project.Assignment](),
	store.Reward:     reflect.TypeFor[ledger.Reward](),
}

// ownerField is where a record that is kept with its owner names them.
const ownerField = "Pro"

// EncodeRecord spells a record, with its place in the sparse indexes.
func EncodeRecord(r store.Record) (Item, error) {
	ref := r.Ref()
	k, err := RecordKey(ref)
	if err != nil {
		return nil, err
	}
	if want := recordTypes[ref.Kind]; reflect.TypeOf(r) != want {
		return nil, fmt.Errorf("item: %s is a %T, and records of its kind are %s", ref, r, want)
	}
	implied := []string{"ID"}
	if ref.Owner != "" {
		implied = append(implied, ownerField)
	}
	i, err := encode(k, ref.Kind, r, implied...)
	if err != nil {
		return nil, err
	}
	if d, ok := r.(store.Deadlined); ok {
		if at, live := d.Standing().Earliest(); live {
			i[DuePK], i[DueSK] = S(DuePartition(shard(ref.String()))), S(Stamp(at)+"#"+ref.String())
		}
	}
	switch r := r.(type) {
	case project.Project:
		i[ListPK], i[ListSK] = S(ClientPartition(r.Client)), S(r.ID)
	case project.Assignment:
		if r.Progress.State == project.InQC {
			i[ListPK], i[ListSK] = S(QCPartition), S(Stamp(r.WaitsSince)+"#"+r.ID)
		}
	}
	return i, nil
}

// DecodeRecord reads a record of any kind.
func DecodeRecord(i Item) (store.Record, error) {
	kind := Text(i, Kind)
	t := recordTypes[kind]
	if t == nil {
		return nil, fmt.Errorf("item: %s / %s is of the unknown kind %q", Text(i, PK), Text(i, SK), kind)
	}
	ref, err := RefOf(i)
	if err != nil {
		return nil, err
	}
	out := reflect.New(t)
	if err := decode(i, kind, out.Interface()); err != nil {
		return nil, err
	}
	out.Elem().FieldByName("ID").SetString(ref.ID)
	if ref.Owner != "" {
		out.Elem().FieldByName(ownerField).SetString(ref.Owner)
	}
	return out.Elem().Interface().(store.Record), nil // every type of recordTypes is one
}
