// Package store is the port to what is kept. One commit is one transaction: records (each conditional on its version),
// its events (audit timeline and outbox in one row each), ledger entries, and the idempotency record of the request. Nothing
// else writes, so there is no crash between two writes inside our data.
package store

import (
	"context"
	"errors"
	"time"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/policy"
)

// Ref names a record.
type Ref = lifecycle.Ref

// The kinds of records.
const (
	Profile    = "profile"
	Project    = "project"
	Round      = "round"
	Assignment = "assignment"
	Reward     = "reward"
	Thread     = "thread"
	Message    = "message"
	Adjustment = "adjustment"
	Stray      = "stray"
	Inbox      = "inbox"
	Flag       = "flag"
	Question   = "question"
	Asker      = "asker"
)

// Record is anything kept under a version. Revision is the version to be written: 1 must not exist yet, n replaces n-1.
type Record interface {
	Ref() Ref
	Revision() int
}

// Deadlined is a record with live deadlines; the earliest is indexed for the sweep.
type Deadlined interface {
	Record
	Standing() lifecycle.Progress
}

// Queue names what waits for staff.
type Queue = lifecycle.Queue

// The queues.
const (
	QC           Queue = "qc"        // versions, for quality control
	Screening    Queue = "screening" // clients' requests for changes, for staff
	Flags        Queue = "flags"     // pros' calls for help
	SecondPerson       = ledger.SecondPerson
	Quarantine   Queue = "quarantine" // mails that came in and may not be from who they say, for staff
	Threads      Queue = "threads"    // messages of pros that nobody of the team has read
)

// Waiting is a record that may wait in a queue, since an instant; no queue is the empty name.
type Waiting interface {
	Record
	Waits() (queue Queue, since time.Time)
}

// Headed is a record of another job that says under which title, and with which agent in charge, staff find it.
type Headed interface {
	Heading() (title, agent string)
}

// Fact is something that happened, past tense, self-sufficient for telling people. Versions add fields, never change them.
type Fact interface{ FactName() string }

// Event is one row of a record's timeline, and the outbox row of its commit: who did what, in which role, through which
// channel, when, under which policy version, with which money and which alarms.
type Event struct {
	ID      string
	Subject Ref
	At      time.Time
	Actor   string
	Role    lifecycle.Role
	Channel string // "http", "mail" (a link's page), "timer", "sweep"
	Action  lifecycle.Action
	State   lifecycle.State // after it
	Policy  policy.Version
	Facts   []Fact
	Armed   []Alarm // deadlines set
	Ended   []Ended // deadlines that will not fire any more
	Money   []string
	Request string // the request's trace, for staff
	Outbox  bool   // people still have to be told
}

// Alarm is a deadline to be started at the alarm clock, and what the alarm says when it rings.
type Alarm struct {
	Machine string // the state machine that waits for it
	Ref     Ref
	Kind    string
	Entry   int
	DueAt   time.Time
}

// Ended tells what became of a deadline: "fired", "cancelled" or "replaced".
type Ended struct {
	Ref  Ref
	Kind string
	At   time.Time // when it would have fired
	How  string
}

// Reply is what a request was answered; kept, so that a repeated request gets the same.
type Reply struct {
	Status   int
	Body     []byte
	ETag     string
	Location string
	Type     string // of the body; JSON where it is empty
	File     string // the name under which a browser saves the body: letters, digits, hyphens and a dot
}

// Request is a request that must have its effect once: its identity (caller, route and key), what it said, and its reply.
type Request struct {
	ID          string
	Fingerprint string
	Reply       Reply
	ExpiresAt   time.Time
}

// Change is everything that one commit writes. Event is what was done; Others are what the same act means in the
// timelines of other records, each an event like any other. Event's instant decides whether a request has expired.
type Change struct {
	Records []Record
	Event   Event
	Others  []Event
	Entries []ledger.Entry
	Request *Request // nil for timers and for requests that create nothing
}

// Listing puts an invitation on its pro's list: it says where to find it, and nothing that may change.
type Listing struct {
	Invitation string
	Project    string
	Pro        string
}

// ErrLostRace says that another commit came first. It says nothing about the rules: load and decide again.
var ErrLostRace = errors.New("store: another commit came first")

// ErrRepeated says that this request has been committed before: Answered has its reply.
var ErrRepeated = errors.New("store: the request was committed before")

// ErrNoRecord says that there is no record under the ref.
var ErrNoRecord = errors.New("store: no such record")

// Freshness chooses between a cheap read that may be a moment old and one that sees every acknowledged commit.
type Freshness bool

// The two reads. A decision made on a Stale read is safe to commit (versions guard it) but never safe to refuse with.
const (
	Stale Freshness = false
	Fresh Freshness = true
)

// Page is one page of a list, and where the next one starts (nil at the end).
type Page[T any] struct {
	Items []T
	Next  Position
}

// Position is where a list goes on; opaque outside the engine.
type Position map[string]string

// Store is what the jobs need. Every engine passes the same contract suite.
type Store interface {
	// Get loads a record, or ErrNoRecord.
	Get(ctx context.Context, ref Ref, f Freshness) (Record, error)
	// GetAll loads those of the refs that exist, in any order.
	GetAll(ctx context.Context, refs []Ref, f Freshness) ([]Record, error)
	// Story loads a record with its whole timeline, oldest first, or ErrNoRecord.
	Story(ctx context.Context, ref Ref, f Freshness) (Record, []Event, error)
	// Commit writes all of a change or nothing: ErrLostRace, ErrRepeated, or a problem.
	Commit(ctx context.Context, c Change) error
	// Answered is what was kept of a committed request; ok is false when there is none or it has expired at now.
	Answered(ctx context.Context, requestID string, now time.Time) (r Request, ok bool, err error)

	// ProjectsOf lists a client's projects, newest first.
	ProjectsOf(ctx context.Context, client string, limit int, after Position) (Page[Record], error)
	// AssignmentsOf lists a pro's assignments, newest first.
	AssignmentsOf(ctx context.Context, pro string, limit int, after Position) (Page[Record], error)
	// List puts invitations on their pros' lists; doing it again changes nothing.
	List(ctx context.Context, listings []Listing) error
	// InvitationsOf lists what is on a pro's list of invitations, newest first.
	InvitationsOf(ctx context.Context, pro string, limit int, after Position) (Page[Listing], error)
	// Waiting lists what waits in a queue, longest waiting first.
	Waiting(ctx context.Context, queue Queue, limit int, after Position) (Page[Record], error)
	// RewardsOf lists a pro's rewards, newest first.
	RewardsOf(ctx context.Context, pro string, limit int, after Position) (Page[Record], error)
	// FlagsIn lists the flags that were raised in a month ("2006-01", UTC), oldest first.
	FlagsIn(ctx context.Context, month string, limit int, after Position) (Page[Record], error)
	// QuestionsOf lists the questions to a client, newest first.
	QuestionsOf(ctx context.Context, client string, limit int, after Position) (Page[Record], error)
	// Leads lists the profiles of those who lead the team, by their ID.
	Leads(ctx context.Context, limit int, after Position) (Page[Record], error)
	// EntriesOf lists a pro's ledger entries by their ID, so the oldest reward's first.
	EntriesOf(ctx context.Context, pro string, limit int, after Position) (Page[ledger.Entry], error)
	// Book lists everybody's ledger entries of one month ("2006-01", UTC), oldest first.
	Book(ctx context.Context, month string, limit int, after Position) (Page[ledger.Entry], error)
	// Entry loads one entry of a pro's, or ErrNoRecord.
	Entry(ctx context.Context, pro, id string) (ledger.Entry, error)

	// MessagesOf lists a thread's messages, newest first.
	MessagesOf(ctx context.Context, thread string, limit int, after Position) (Page[Record], error)
	// Due lists records by their next deadline, soonest first: those that fall due before an instant, or for none all.
	Due(ctx context.Context, before time.Time, limit int, after Position) (Page[Record], error)
	// Overdue lists records with a deadline at or before now, earliest first.
	Overdue(ctx context.Context, now time.Time, limit int) ([]Ref, error)
	// Unsent lists events at or before now whose outbox is still open, oldest first.
	Unsent(ctx context.Context, now time.Time, limit int, after Position) (Page[Event], error)
	// Lease claims the telling of an event until the given instant. It is granted while the outbox is open and nobody
	// holds it; after an earlier lease, with the mails that were delivered under it.
	Lease(ctx context.Context, e Event, now, until time.Time) (Lease, []Mail, error)
	// Release ends the lease that lasts until the given instant; one that has passed to somebody else stays.
	Release(ctx context.Context, e Event, until time.Time) error
	// Delivered marks mails of an event, at least one, as handed over at an instant.
	Delivered(ctx context.Context, e Event, mails []Mail, at time.Time) error
	// Sent closes an event's outbox, and with it the lease.
	Sent(ctx context.Context, e Event) error

	// SigningKey is a random key of this deployment under a name; fresh is kept if there is none yet.
	SigningKey(ctx context.Context, name string, fresh []byte) ([]byte, error)
}

// Lease is the answer to the claim of an event.
type Lease int

// The answers.
const (
	Granted Lease = iota + 1 // the caller tells it
	Running                  // another attempt has it, and may still succeed
	Done                     // its outbox is closed
)

// Mail is one mail of an event to one recipient (or one group that gets the same words).
type Mail struct {
	Notice    string
	Recipient string
	MessageID string // what the mail service called it, or why it never took it
}
