package item

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/store"
)

const (
	eventKind = "event"
	yes       = "yes"
)

// eventBody is an event with facts that carry their names.
type eventBody struct {
	store.Event
	Facts []namedFact
}

// EncodeEvent spells an event. While its outbox is open it has the mark "tell" and is listed in the due index; nothing
// else says so, so that closing it changes one thing.
func EncodeEvent(e store.Event) (Item, error) {
	k, err := EventKey(e)
	if err != nil {
		return nil, err
	}
	body := eventBody{Event: shortened(e)}
	for _, f := range e.Facts {
		body.Facts = append(body.Facts, namedFact{f})
	}
	i, err := encode(k, eventKind, body, "ID", "Subject", "Outbox")
	if err != nil {
		return nil, err
	}
	if len(e.Armed) > 0 {
		i[Alarm] = S(yes)
	}
	if e.Outbox {
		i[Tell], i[DuePK], i[DueSK] = S(yes), S(OutboxPartition(shard(e.ID))), S(Stamp(e.At)+"#"+e.ID)
	}
	return i, nil
}

// shortened leaves out of an event's alarms and ended deadlines what the event says already: they are mostly about its
// subject, and an alarm mostly waits at the machine of its kind.
func shortened(e store.Event) store.Event {
	e.Armed, e.Ended = slices.Clone(e.Armed), slices.Clone(e.Ended)
	for n, a := range e.Armed {
		if a.Machine == lifecycle.Machine(a.Ref.Kind, a.Kind) {
			e.Armed[n].Machine = ""
		}
		if a.Ref == e.Subject {
			e.Armed[n].Ref = store.Ref{}
		}
	}
	for n, d := range e.Ended {
		if d.Ref == e.Subject {
			e.Ended[n].Ref = store.Ref{}
		}
	}
	return e
}

// restore undoes shortened, in place.
func restore(e store.Event) {
	for n := range e.Armed {
		a := &e.Armed[n]
		if a.Ref == (store.Ref{}) {
			a.Ref = e.Subject
		}
		if a.Machine == "" {
			a.Machine = lifecycle.Machine(a.Ref.Kind, a.Kind)
		}
	}
	for n := range e.Ended {
		if e.Ended[n].Ref == (store.Ref{}) {
			e.Ended[n].Ref = e.Subject
		}
	}
}

// IsEvent tells an event's item from the others of its partition.
func IsEvent(i Item) bool { return Text(i, Kind) == eventKind }

// DecodeEvent reads an event.
func DecodeEvent(i Item) (store.Event, error) {
	var body eventBody
	if err := decode(i, eventKind, &body); err != nil {
		return store.Event{}, err
	}
	kind, id, _ := strings.Cut(Text(i, PK), "#")
	e := body.Event
	e.ID, e.Subject = strings.TrimPrefix(Text(i, SK), eventPrefix), store.Ref{Kind: kind, ID: id}
	e.Outbox = Text(i, Tell) == yes
	restore(e)
	for _, f := range body.Facts {
		e.Facts = append(e.Facts, f.Fact)
	}
	return e, nil
}

// DecodeImage reads an event from a stream record's new image, as Lambda hands it over: {"PK":{"S":"…"},…}.
func DecodeImage(image []byte) (store.Event, error) {
	i, err := attributevalue.UnmarshalMapJSON(image)
	if err != nil {
		return store.Event{}, fmt.Errorf("item: stream image: %w", err)
	}
	return DecodeEvent(i)
}
