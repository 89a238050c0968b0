package item_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"github.com/callsheet/callsheet/shared/dynamo/item"
	"github.com/callsheet/callsheet/shared/help"
	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

var update = flag.Bool("update", false, "write the golden items anew and keep those that differ under testdata/old")

// full is a value with something in every field that depends on the field's name alone, so that goldens change only
// where types do.
func full(t reflect.Type, name string) reflect.Value {
	v := reflect.New(t).Elem()
	switch {
	case t == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(time.Date(2026, 11, 1, 12, len(name), 0, 7e6, time.UTC)))
	case t == reflect.TypeFor[[]store.Fact]():
	case t.Kind() == reflect.String:
		v.SetString("some " + name)
	case t.Kind() == reflect.Bool:
		v.SetBool(true)
	case t.Kind() == reflect.Slice:
		v = reflect.Append(v, full(t.Elem(), name), full(t.Elem(), "other "+name))
	case t.Kind() == reflect.Struct:
		for n := range t.NumField() {
			v.Field(n).Set(full(t.Field(n).Type, t.Field(n).Name))
		}
	case t.Kind() == reflect.Uint8:
		v.SetUint(uint64(len(name)))
	case v.CanInt():
		v.SetInt(int64(len(name)))
	default:
		panic(fmt.Sprintf("no rows hold a %s", t))
	}
	return v
}

func fullOf[T any]() T { return full(reflect.TypeFor[T](), "").Interface().(T) }

// samples is one value of everything that is kept, by the name of its golden file.
func samples() map[string]any {
	all := map[string]any{
		"profile":    fullOf[party.Profile](),
		"project":    fullOf[project.Project](),
		"round":      fullOf[project.Round](),
		"assignment": fullOf[project.Assignment](),
		"reward":     fullOf[ledger.Reward](),
		"thread":     fullOf[project.Thread](),
		"message":    fullOf[project.Message](),
		"adjustment": fullOf[ledger.Adjustment](),
		"flag":       fullOf[help.Flag](),
		"question":   fullOf[help.Question](),
		"asker":      fullOf[help.Asker](),
		"inbox":      fullOf[project.Inbox](),
		"entry":      fullOf[ledger.Entry](),
		"mail":       fullOf[item.Mark](),
		"invitation": fullOf[store.Listing](),
		"key":        item.SigningKey{Key: []byte("secret")},
	}
	waiting := fullOf[project.Assignment]()
	waiting.Progress.State = project.InQC
	all["assignment-in-qc"] = waiting
	proposed := fullOf[ledger.Adjustment]()
	proposed.Progress.State = ledger.AdjustmentProposed
	all["adjustment-proposed"] = proposed
	request := fullOf[store.Request]()
	request.Reply.Body = nil // a packed body is spelled as the Go release likes; TestRequest has one
	all["request"] = request
	for _, f := range slices.Concat(project.Facts(), help.Facts()) {
		e := fullOf[store.Event]()
		e.Subject = store.Ref{Kind: store.Project, ID: "prj_1"}
		e.Facts = []store.Fact{full(reflect.TypeOf(f), "").Interface().(store.Fact)}
		all["event-"+f.FactName()] = e
	}
	return all
}

func encode(v any) (item.Item, error) {
	switch v := v.(type) {
	case store.Record:
		return item.EncodeRecord(v)
	case store.Event:
		return item.EncodeEvent(v)
	case ledger.Entry:
		return item.EncodeEntry(v)
	case store.Request:
		return item.EncodeRequest(v)
	case store.Listing:
		return item.EncodeListing(v)
	case item.Mark:
		return item.EncodeMark("evt_1", v)
	case item.SigningKey:
		return item.EncodeSigningKey("cursor", v)
	}
	return nil, fmt.Errorf("nothing keeps a %T", v)
}

func decode(i item.Item) (any, error) {
	switch item.Text(i, item.Kind) {
	case "event":
		return item.DecodeEvent(i)
	case "entry":
		return item.DecodeEntry(i)
	case "request":
		return item.DecodeRequest(i)
	case "invitation":
		return item.DecodeListing(i)
	case "mail":
		return item.DecodeMark(i)
	case "key":
		return item.DecodeSigningKey(i)
	}
	return item.DecodeRecord(i)
}

func TestGoldenItems(t *testing.T) {
	for name, value := range samples() {
		t.Run(name+" is spelled as it always was", func(t *testing.T) {
			encoded, err := encode(value)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", name+".json")
			if *update {
				replace(t, path, pretty(t, encoded))
			}
			golden, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(golden), string(pretty(t, encoded))); diff != "" {
				t.Errorf("the golden item is written otherwise (-golden +now):\n%s", diff)
			}
			decoded, err := decode(parse(t, golden))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(value, decoded); diff != "" {
				t.Errorf("the golden item is read otherwise (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOldItems(t *testing.T) {
	for _, pattern := range []string{"testdata/*.json", "testdata/old/*.json"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: %d items, %v", pattern, len(paths), err)
		}
		for _, path := range paths {
			t.Run(filepath.Base(path)+" is read without losing a field", func(t *testing.T) {
				raw, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				old := parse(t, raw)
				value, err := decode(old)
				if err != nil {
					t.Fatal(err)
				}
				again, err := encode(value)
				if err != nil {
					t.Fatal(err)
				}
				for _, moved := range []struct{ field, to string }{{"Pro", item.ListPK}, {"WaitsSince", item.QueueSK}} {
					body := old[item.Body].(*types.AttributeValueMemberM).Value
					if had := item.Text(body, moved.field); had != "" && strings.Contains(item.Text(again, moved.to), had) {
						delete(body, moved.field) // a key says it now
					}
				}
				lost(t, item.Body, old[item.Body], again[item.Body])
			})
		}
	}
}

// lost complains of every attribute that the newer item does not have.
func lost(t *testing.T, path string, older, newer types.AttributeValue) {
	t.Helper()
	if reflect.TypeOf(older) != reflect.TypeOf(newer) {
		t.Errorf("%s was %T and is %T", path, older, newer)
		return
	}
	switch older := older.(type) {
	case *types.AttributeValueMemberM:
		for name, v := range older.Value {
			lost(t, path+"."+name, v, newer.(*types.AttributeValueMemberM).Value[name])
		}
	case *types.AttributeValueMemberL:
		for n, v := range older.Value {
			lost(t, fmt.Sprintf("%s[%d]", path, n), v, newer.(*types.AttributeValueMemberL).Value[n])
		}
	}
}

func replace(t *testing.T, path string, now []byte) {
	t.Helper()
	if had, err := os.ReadFile(path); err == nil && !bytes.Equal(had, now) {
		old := filepath.Join("testdata", "old", fmt.Sprintf("%x-%s", len(had), filepath.Base(path)))
		if err := os.WriteFile(old, had, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(path, now, 0o644); err != nil {
		t.Fatal(err)
	}
}

// pretty is an item as DynamoDB writes it in JSON, in order and indented.
func pretty(t *testing.T, i item.Item) []byte {
	t.Helper()
	raw, err := attributevalue.MarshalMapJSON(i)
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := json.Unmarshal(raw, &tree); err != nil {
		t.Fatal(err)
	}
	out, err := json.MarshalIndent(tree, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return append(out, '\n')
}

func parse(t *testing.T, raw []byte) item.Item {
	t.Helper()
	i, err := attributevalue.UnmarshalMapJSON(raw)
	if err != nil {
		t.Fatal(err)
	}
	return i
}
