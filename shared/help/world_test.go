package help_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/callsheet/callsheet/shared/help"
	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

var noon = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

const ms = time.Millisecond

var numbers = policy.Editions().Current().Help

// edges are the instants around a deadline: half-open, people act while it has not passed.
var edges = []struct {
	name   string
	by     time.Duration
	passed bool
}{{"1 ms before", -ms, false}, {"exactly at", 0, true}, {"1 ms after", ms, true}}

// The people. Everybody's name says what they are; pros are ana and ben.
var (
	ana    = person("ana", party.Pro)
	ben    = person("ben", party.Pro)
	client = person("cleo", party.Client)
	qc     = person("quinn", party.QC)
	agent  = person("abe", party.Agent)
	other  = person("alf", party.Agent)
	lead   = person("lea", party.Lead)
	admin  = person("ada", party.Admin)
	gone   = person("gus", party.Agent) // not active any more
)

func person(id string, roles ...lifecycle.Role) party.Actor { return party.Actor{ID: id, Roles: roles} }

// world is the service over a store, at an instant that the test moves. It is the work and the bucket, too.
type world struct {
	testing.TB
	*help.Service
	mem *memory
	now time.Time

	mu      sync.Mutex
	closed  error // what the work says to who asks about it
	relief  []help.Relief
	refuses error // what the work says to a relief
	files   map[string]help.File
	kept    []string
}

func newWorld(t testing.TB) *world {
	w := &world{TB: t, mem: newMemory(), now: noon, files: map[string]help.File{}}
	next := make(chan int, 1)
	next <- 0
	w.Service = &help.Service{Store: w.mem, Work: w, Files: w, Policies: policy.Editions(), Pause: func(context.Context, int) {}, NewID: func(prefix string) string {
		n := <-next + 1
		next <- n
		return fmt.Sprintf("%s_%026d", prefix, n)
	}}
	var everybody store.Change
	for _, a := range []party.Actor{ana, ben, client, qc, agent, other, lead, admin, gone} {
		everybody.Records = append(everybody.Records, party.Profile{ID: a.ID, Version: 1, Roles: a.Roles, Active: a.ID != gone.ID, Contact: party.Contact{Name: a.ID, Language: "en", Zone: "UTC"}})
	}
	must(t, w.mem.Commit(t.Context(), everybody))
	return w
}

// About is the work: everybody has a part in every project that begins with "prj".
func (w *world) About(_ context.Context, ask help.Request, project string, _ store.Freshness) (help.Subject, help.Snapshot, error) {
	if w.closed != nil {
		return help.Subject{}, help.Snapshot{}, w.closed
	}
	if len(project) < 3 || project[:3] != "prj" {
		return help.Subject{}, help.Snapshot{}, problem.New(problem.CodeNotFound, "There is no such thing, or it is not yours to see.")
	}
	about := help.Subject{Project: project, Title: "A subtitle", Client: client.ID, Pro: ask.By.ID, Invitation: "inv_1-1", Assignment: "asg_1", InCharge: agent.ID, Reward: usd(10_000)}
	return about, help.Snapshot{Title: "A subtitle", Brief: "Two minutes of film.", Reward: usd(10_000)}, nil
}

// Relieve is the work, where nobody has raised a reward before.
func (w *world) Relieve(_ context.Context, _ help.Request, _ help.Subject, r help.Relief, _ store.Freshness) (store.Change, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.relief = append(w.relief, r)
	if to := r.Outcome.Amount; to.Currency != "" && !r.Agreed {
		if _, err := usd(to.Minor-10_000).Alone(ledger.Money{}, w.Policies.Current()); err != nil {
			return store.Change{}, err
		}
	}
	return store.Change{}, w.refuses
}

// Stored and Keep are the bucket.
func (w *world) Stored(_ context.Context, key string) (help.File, bool, error) {
	f, ok := w.files[key]
	return f, ok, nil
}

func (w *world) Keep(_ context.Context, key string) error {
	w.kept = append(w.kept, key)
	return nil
}

// ask is a request of somebody's now.
func (w *world) ask(by party.Actor) help.Request {
	return help.Request{By: by, Channel: "http", Now: w.now, Answer: func(any) (store.Reply, error) { return store.Reply{Status: 200}, nil }}
}

// raise is a flag of a pro's on project prj_1, as it is then.
func (w *world) raise(by party.Actor, reason help.Reason, comment string) (help.Held, error) {
	var held help.Held
	ask := w.ask(by)
	ask.Answer = func(outcome any) (store.Reply, error) {
		held = outcome.(help.Held)
		return store.Reply{Status: 201}, nil
	}
	_, err := w.Raise(w.Context(), ask, "prj_1", help.Call{Reason: reason, Comment: comment})
	return held, err
}

// raised is a fresh flag of ana's for more time.
func (w *world) raised() help.Flag {
	w.Helper()
	held, err := w.raise(ana, help.MoreTime, "Two days, please.")
	must(w, err)
	return held.Flag
}

// claimed is one in the agent's hands.
func (w *world) claimed() help.Flag {
	w.Helper()
	f := w.raised()
	must(w, w.did(w.Claim, agent, f.ID))
	return w.load(f.ID)
}

// resolved is one that the agent answered and closed.
func (w *world) resolved() help.Flag {
	w.Helper()
	f := w.claimed()
	must(w, w.resolve(agent, f.ID, answered("You have them.")))
	return w.load(f.ID)
}

func answered(text string) help.Outcome { return help.Outcome{Kind: help.ByAnswer, Text: text} }

func (w *world) did(do func(context.Context, help.Request, string) (store.Reply, error), by party.Actor, id string) error {
	_, err := do(w.Context(), w.ask(by), id)
	return err
}

func (w *world) reply(by party.Actor, id, text string) error {
	_, err := w.Reply(w.Context(), w.ask(by), id, text)
	return err
}

func (w *world) resolve(by party.Actor, id string, o help.Outcome) error {
	_, err := w.Resolve(w.Context(), w.ask(by), id, o, nil)
	return err
}

func (w *world) reopen(by party.Actor, id string) error {
	_, err := w.Reopen(w.Context(), w.ask(by), id, "It is not solved.")
	return err
}

func (w *world) askClient(by party.Actor, id string) error {
	_, err := w.AskClient(w.Context(), w.ask(by), id, "Which voice?", "We asked the client which voice.")
	return err
}

func (w *world) answer(by party.Actor, question string) error {
	_, err := w.Answer(w.Context(), w.ask(by), question, "The low one.")
	return err
}

// fire rings a deadline of a flag as it is.
func (w *world) fire(f help.Flag, kind string) error {
	due, _ := f.Progress.Live(kind, "")
	_, err := w.Fire(w.Context(), w.ask(party.Actor{}), store.Alarm{Ref: f.Ref(), Kind: kind, Entry: due.Entry, DueAt: due.At})
	return err
}

func (w *world) sweep() int {
	w.Helper()
	fired, err := store.Sweep(w.Context(), w.mem, func(ctx context.Context, channel string, now time.Time, alarm store.Alarm) error {
		ask := w.ask(party.Actor{})
		ask.Channel = channel
		_, err := w.Fire(ctx, ask, alarm)
		return err
	}, w.now, 100)
	must(w, err)
	return fired
}

func (w *world) load(id string) help.Flag {
	w.Helper()
	f, err := store.Is[help.Flag](w.mem.Get(w.Context(), store.Ref{Kind: store.Flag, ID: id}, store.Fresh))
	must(w, err)
	return f
}

// facts lists what happened to a flag, in order.
func (w *world) facts(id string) []string {
	_, story, err := w.mem.Story(w.Context(), store.Ref{Kind: store.Flag, ID: id}, store.Fresh)
	must(w, err)
	var names []string
	for _, e := range story {
		for _, f := range e.Facts {
			names = append(names, f.FactName())
		}
	}
	return names
}

func (w *world) last() store.Event { return w.mem.events[len(w.mem.events)-1] }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func refused(t testing.TB, err error, code problem.Code) {
	t.Helper()
	if !problem.Is(err, code) {
		t.Errorf("got %v, want %s", err, code)
	}
}

// refusedAt checks a validation and the place that it points at.
func refusedAt(t testing.TB, err error, pointer string) {
	t.Helper()
	fields := problem.As(err).Fields
	if !problem.Is(err, problem.CodeValidation) || len(fields) == 0 || fields[0].Pointer != pointer {
		t.Errorf("got %v at %v, want validation at %s", err, fields, pointer)
	}
}

// unchanged checks that do writes nothing.
func (w *world) unchanged(do func()) {
	w.Helper()
	events := len(w.mem.events)
	do()
	if len(w.mem.events) != events {
		w.Errorf("something was written: %+v", w.mem.events[events:])
	}
}

func usd(minor int64) ledger.Money { return ledger.Money{Minor: minor, Currency: "USD"} }
