package item

import (
	"fmt"
	"maps"
	"reflect"
	"strings"
	"time"

	"github.com/callsheet/callsheet/shared/help"
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
	store.Thread:     reflect.TypeFor[project.Thread](),
	store.Message:    reflect.TypeFor[project.Message](),
	store.Adjustment: reflect.TypeFor[ledger.Adjustment](),
	store.Stray:      reflect.TypeFor[project.Stray](),
	store.Inbox:      reflect.TypeFor[project.Inbox](),
	store.Flag:       reflect.TypeFor[help.Flag](),
	store.Question:   reflect.TypeFor[help.Question](),
	store.Asker:      reflect.TypeFor[help.Asker](),
}

// ownerField is where a record of a kind that is kept with its owner names them.
var ownerField = map[string]string{store.Reward: "Pro", store.Message: "Thread"}

// The fields of an assignment that its keys in the lists say already: whose it is, and since when it waits.
const (
	listedField = "Pro"
	sinceField  = "WaitsSince"
)

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
	places := placesOf(r)
	i, err := encode(k, ref.Kind, r, implied(ref, places)...)
	if err != nil {
		return nil, err
	}
	maps.Copy(i, places)
	return i, nil
}

// implied names the fields of a record that its keys say.
func implied(ref store.Ref, places Item) []string {
	fields := []string{"ID"}
	if ref.Owner != "" {
		fields = append(fields, ownerField[ref.Kind])
	}
	if ref.Kind == store.Assignment {
		fields = append(fields, listedField)
	}
	if ref.Kind == store.Assignment && places[QueueSK] != nil {
		fields = append(fields, sinceField)
	}
	return fields
}

// placesOf are a record's keys in the sparse indexes.
func placesOf(r store.Record) Item {
	i, id := Item{}, r.Ref().String()
	if d, ok := r.(store.Deadlined); ok {
		if at, live := d.Standing().Earliest(); live {
			i[DuePK], i[DueSK] = S(DuePartition(shard(id))), S(Stamp(at)+"#"+id)
		}
	}
	if w, ok := r.(store.Waiting); ok {
		if queue, since := w.Waits(); queue != "" {
			i[QueuePK], i[QueueSK] = S(string(queue)), S(Stamp(since)+"#"+id)
		}
	}
	switch r := r.(type) {
	case party.Profile:
		if r.Active && r.Actor().Is(party.Lead) {
			i[ListPK], i[ListSK] = S(LeadsPartition), S(r.ID)
		}
	case help.Flag:
		i[ListPK], i[ListSK] = S(FlagsPartition(r.Month())), S(r.ID)
	case help.Question:
		i[ListPK], i[ListSK] = S(QuestionsPartition(r.Client)), S(r.ID)
	case project.Project:
		i[ListPK], i[ListSK] = S(ClientPartition(r.Client)), S(r.ID)
	case project.Assignment:
		i[ListPK], i[ListSK] = S(ProPartition(r.Pro)), S(r.ID)
	}
	return i
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
	if err := restoreImplied(out.Elem(), ref, i); err != nil {
		return nil, err
	}
	return out.Elem().Interface().(store.Record), nil // every type of recordTypes is one
}

// restoreImplied sets the fields that the keys of an item say.
func restoreImplied(record reflect.Value, ref store.Ref, i Item) error {
	record.FieldByName("ID").SetString(ref.ID)
	if ref.Owner != "" {
		record.FieldByName(ownerField[ref.Kind]).SetString(ref.Owner)
	}
	if pro, listed := strings.CutPrefix(Text(i, ListPK), ProPartition("")); listed {
		record.FieldByName(listedField).SetString(pro)
	}
	since, _, waits := strings.Cut(Text(i, QueueSK), "#")
	if ref.Kind != store.Assignment || !waits {
		return nil
	}
	at, err := time.Parse(time.RFC3339, since)
	if err != nil {
		return fmt.Errorf("item: %s waits since %q: %w", ref, since, err)
	}
	record.FieldByName(sinceField).Set(reflect.ValueOf(at))
	return nil
}
