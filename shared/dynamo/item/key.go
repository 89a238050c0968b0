package item

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/callsheet/callsheet/shared/store"
)

// Every access pattern, with the key that serves it and who uses it:
//
//	a record                     PK <kind>#<ID>          SK record                     Get, GetAll, Commit
//	a record with its timeline   PK <kind>#<ID>          all of it                     Story
//	an event                     PK <kind>#<ID>          SK event#<event>              Commit, Lease, Release, Sent
//	a reward                     PK pro#<pro>            SK reward#<ID>                Get, Commit
//	a pro's rewards              PK pro#<pro>            SK reward#…, backward         RewardsOf
//	a ledger entry               PK pro#<pro>            SK entry#<ID>                 Entry, Commit
//	a pro's ledger entries       PK pro#<pro>            SK entry#…                    EntriesOf
//	a pro's invitations          PK pro#<pro>            SK invitation#<ID>, backward  List, InvitationsOf
//	a message                    PK messages#<thread>    SK <ID>                       Get, Commit
//	a thread's messages          PK messages#<thread>    all of it, backward           MessagesOf
//	a request's reply            PK request#<ID>         SK record                     Answered, Commit
//	a mark of delivered mails    PK mail#<event>         SK <at>#<notice>#<recipient>  Delivered
//	the marks of an event        PK mail#<event>         all of it                     Lease
//	a signing key                PK key#<name>           SK record                     SigningKey
//	deadlines that have passed   due:  due#<shard>       <earliest>#<kind>:<ID>        Overdue
//	outboxes still open          due:  outbox#<shard>    <at>#<event>                  Unsent
//	a client's projects          list: client#<client>   <project>, backward           ProjectsOf
//	a pro's assignments          list: pro#<pro>         <assignment>, backward        AssignmentsOf
//	a month's ledger entries     list: book#<YYYY-MM>    <at>#<ID>                     Book
//	what waits in a queue        queue: <queue>          <since>#<kind>:<ID>           Waiting
//	the flags of a month         list: flags#<YYYY-MM>   <flag>                        FlagsIn
//	the questions to a client    list: questions#<client> <question>, backward         QuestionsOf
//	who leads the team           list: leads             <profile>                     Leads
//
// IDs are type-prefixed ULIDs, so their order is the order of creation. An entry's key comes from its ID alone, so that
// a movement of money cannot be written twice, whenever it is tried.
//
// The indexes are KEYS_ONLY. With all attributes a list page of 25 would save 25 reads of half a unit, but each of the
// about 8 writes of a project's life would cost 1 more unit, at 5 times the price of a read: that pays only for a project
// shown in more than 80 pages. With keys only an index is written when a row enters, moves in, or leaves it.

// The table's attributes that are not bodies, and its indexes.
const (
	PK, SK         = "PK", "SK"
	DueIndex       = "due"
	DuePK, DueSK   = "duePK", "dueSK"
	ListIndex      = "list"
	ListPK, ListSK = "listPK", "listSK"
	QueueIndex     = "queue"
	QueuePK        = "queuePK"
	QueueSK        = "queueSK"

	Kind   = "kind"   // what the row is
	Format = "format" // which edition of the codec wrote it
	Body   = "body"
	Alarm  = "alarm" // "yes" on an event that sets deadlines: stream filter of schedule
	Tell   = "tell"  // "yes" on an event with an open outbox: stream filter of notify
	TTL    = "ttl"   // epoch seconds

	LeaseUntil = "leaseUntil" // on an event that somebody tells or has tried to tell
)

// Parts of keys that lists ask for.
const (
	recordSK      = "record"
	requestPrefix = "request#"
	eventPrefix   = "event#"
	RewardPrefix  = "reward#"
	messagesOf    = "messages#"
	EntryPrefix   = "entry#"

	InvitationPrefix = "invitation#"
)

// Item is one item of the table.
type Item = map[string]types.AttributeValue

// maxID is far above any ID of ours and far below what a key may hold.
const maxID = 255

// RecordKey is where a record lies. An ID that no record can have is store.ErrNoRecord.
func RecordKey(ref store.Ref) (Item, error) {
	if ref.ID == "" || len(ref.ID)+len(ref.Owner) > maxID {
		return nil, fmt.Errorf("%w: %s with an ID of %d bytes", store.ErrNoRecord, ref.Kind, len(ref.ID))
	}
	switch {
	case recordTypes[ref.Kind] == nil:
		return nil, fmt.Errorf("item: unknown kind of record %q", ref.Kind)
	case ownerField[ref.Kind] == "":
		return key(ref.Kind+"#"+ref.ID, recordSK), nil
	case ref.Owner == "":
		return nil, fmt.Errorf("item: %s %s is kept with its %s, which is not named", ref.Kind, ref.ID, ownerField[ref.Kind])
	case ref.Kind == store.Message:
		return key(MessagePartition(ref.Owner), ref.ID), nil
	}
	return key(ProPartition(ref.Owner), RewardPrefix+ref.ID), nil
}

// TimelinePartition holds a record and its events. What is kept with its owner has no timeline of its own.
func TimelinePartition(ref store.Ref) (string, error) {
	if ownerField[ref.Kind] != "" {
		return "", fmt.Errorf("item: %s has no timeline of its own", ref)
	}
	k, err := RecordKey(ref)
	if err != nil {
		return "", err
	}
	return Text(k, PK), nil
}

// EventKey is where an event lies: with its subject.
func EventKey(e store.Event) (Item, error) {
	pk, err := TimelinePartition(e.Subject)
	return key(pk, eventPrefix+e.ID), err
}

// RequestKey is where a committed request lies.
func RequestKey(id string) Item { return key(requestPrefix+id, recordSK) }

// MarkPartition holds the marks of an event.
func MarkPartition(event string) string { return "mail#" + event }

// markKey is where a mark lies: its first mail is in no other mark of the same attempt.
func markKey(event string, m Mark) Item {
	return key(MarkPartition(event), Stamp(m.At)+"#"+m.Mails[0].Notice+"#"+m.Mails[0].Recipient)
}

// SigningKeyKey is where a signing key lies.
func SigningKeyKey(name string) Item { return key("key#"+name, recordSK) }

// ProPartition holds a pro's rewards, ledger entries and list of invitations, and in the list index their assignments.
func ProPartition(pro string) string { return "pro#" + pro }

// MessagePartition holds the messages of a thread.
func MessagePartition(thread string) string { return messagesOf + thread }

// ClientPartition lists a client's projects.
func ClientPartition(client string) string { return "client#" + client }

// BookPartition lists the ledger entries of a month, written "2006-01".
func BookPartition(month string) string { return "book#" + month }

// LeadsPartition lists active leads.
const LeadsPartition = "leads"

// FlagsPartition lists the flags that were raised in a month, written "2006-01".
func FlagsPartition(month string) string { return "flags#" + month }

// QuestionsPartition lists the questions to a client.
func QuestionsPartition(client string) string { return "questions#" + client }

// Shards is over how many partitions deadlines and open outboxes are spread.
const Shards = 4

// DuePartition lists deadlines; n is 0 to Shards-1.
func DuePartition(n int) string { return "due#" + strconv.Itoa(n) }

// OutboxPartition lists open outboxes; n is 0 to Shards-1.
func OutboxPartition(n int) string { return "outbox#" + strconv.Itoa(n) }

func shard(id string) int {
	h := fnv.New32a()
	h.Write([]byte(id)) // never fails
	return int(h.Sum32() % Shards)
}

// Stamp spells an instant so that text order is time order: UTC, milliseconds.
func Stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }

// UpTo lies in the due index after everything at or before now, and before all else.
func UpTo(now time.Time) string { return Stamp(now.Truncate(time.Millisecond).Add(time.Millisecond)) }

// After is the least sort key of the due index behind a given one, or of all for none.
func After(sk string) string { return sk + "\x00" }

// RefOf is the record that an item, or its keys alone, is about.
func RefOf(i Item) (store.Ref, error) {
	kind, id, _ := strings.Cut(Text(i, PK), "#")
	sk := Text(i, SK)
	reward, isReward := strings.CutPrefix(sk, RewardPrefix)
	switch {
	case kind == "pro" && isReward:
		return store.Ref{Kind: store.Reward, ID: reward, Owner: id}, nil
	case kind+"#" == messagesOf:
		return store.Ref{Kind: store.Message, ID: sk, Owner: id}, nil
	case recordTypes[kind] != nil && sk == recordSK:
		return store.Ref{Kind: kind, ID: id}, nil
	}
	return store.Ref{}, fmt.Errorf("item: %s / %s is not the key of a record", Text(i, PK), sk)
}

// KeyOf is the part of an item that names it.
func KeyOf(i Item) Item { return Item{PK: i[PK], SK: i[SK]} }

// Text is a string attribute, empty where there is none.
func Text(i Item, name string) string {
	if s, ok := i[name].(*types.AttributeValueMemberS); ok {
		return s.Value
	}
	return ""
}

// S is a string as an attribute.
func S(v string) types.AttributeValue { return &types.AttributeValueMemberS{Value: v} }

func key(pk, sk string) Item { return Item{PK: S(pk), SK: S(sk)} }

// N is a number as an attribute.
func N(v int) types.AttributeValue { return &types.AttributeValueMemberN{Value: strconv.Itoa(v)} }
