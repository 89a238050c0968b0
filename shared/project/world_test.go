package project_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

var noon = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

const (
	ms  = time.Millisecond
	day = 24 * time.Hour
)

// edges are the instants around a deadline: half-open, people may act while it has not passed.
var edges = []struct {
	name   string
	by     time.Duration
	passed bool
}{{"1 ms before", -ms, false}, {"exactly at", 0, true}, {"1 ms after", ms, true}}

// The people. Everybody's name says what they are; pros are ana, ben, cyd, dan and eve, and pat is a pro who also reviews.
var (
	client   = person("cleo", party.Client)
	stranger = person("carl", party.Client)
	agent    = person("abe", party.Agent)
	lead     = person("lea", party.Lead)
	admin    = person("ada", party.Admin)
	qc       = person("quinn", party.QC)
	otherQC  = person("quill", party.QC)
	ana      = person("ana", party.Pro)
	ben      = person("ben", party.Pro)
	pat      = person("pat", party.Pro, party.QC)
	pros     = []party.Actor{ana, ben, person("cyd", party.Pro), person("dan", party.Pro), person("eve", party.Pro), pat}
)

func person(id string, roles ...lifecycle.Role) party.Actor {
	return party.Actor{ID: id, Roles: roles}
}

// world is the service over a store, at an instant that the test moves.
type world struct {
	testing.TB
	*project.Service
	mem   *memory // nil over another store
	now   time.Time
	files map[string]project.File
}

func newWorld(t testing.TB) *world {
	mem := newMemory()
	w := over(t, mem)
	w.mem = mem
	return w
}

// over is a world on any store, with everybody's profile in it.
func over(t testing.TB, s store.Store) *world {
	w := &world{TB: t, now: noon, files: map[string]project.File{}}
	w.Service = &project.Service{Store: s, Policies: policy.Editions(), Files: w, NewID: numbered(), Pause: func(context.Context, int) {}}
	everybody := store.Change{Event: store.Event{ID: "evt_everybody", Subject: store.Ref{Kind: store.Profile, ID: "everybody"}, At: noon}}
	for _, a := range append(slices.Clone(pros), client, stranger, agent, lead, admin, qc, otherQC) {
		everybody.Records = append(everybody.Records, party.Profile{
			ID: a.ID, Version: 1, Roles: a.Roles, Active: true, Contact: party.Contact{Name: a.ID, Email: a.ID + "@example.com", Language: "en", Zone: "UTC"},
		})
	}
	must(t, s.Commit(t.Context(), everybody))
	return w
}

// numbered makes IDs that sort in the order in which they were made.
func numbered() func(prefix string) string {
	next := make(chan int, 1)
	next <- 0
	return func(prefix string) string {
		n := <-next + 1
		next <- n
		return fmt.Sprintf("%s_%026d", prefix, n)
	}
}

// Stored, Put and Keep are the bucket.
func (w *world) Stored(_ context.Context, key string) (project.File, bool, error) {
	f, ok := w.files[key]
	return f, ok, nil
}

func (w *world) Put(_ context.Context, key string, f project.File, content []byte) error {
	f.ID, f.Size = "", int64(len(content))
	w.files[key] = f
	return nil
}

func (w *world) Keep(context.Context, string) error { return nil }

// Sweep fires what is overdue as the sweep function does.
func (w *world) Sweep(ctx context.Context, now time.Time, page int) (int, error) {
	return store.Sweep(ctx, w.Store, func(ctx context.Context, channel string, now time.Time, alarm store.Alarm) error {
		_, err := w.Fire(ctx, project.Ask{Channel: channel, Now: now, Answer: func(any) (store.Reply, error) { return store.Reply{}, nil }}, alarm)
		return err
	}, now, page)
}

// told runs one use case and gives the outcome that was committed.
func told[T any](w *world, by party.Actor, use func(context.Context, project.Ask) (store.Reply, error)) (T, error) {
	var out T
	_, err := use(w.Context(), project.Ask{By: by, Channel: "http", Now: w.now, Trace: "trace", Answer: func(outcome any) (store.Reply, error) {
		out, _ = outcome.(T)
		return store.Reply{Status: 200}, nil
	}})
	return out, err
}

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

func usd(minor int64) ledger.Money { return ledger.Money{Minor: minor, Currency: "USD"} }

// brief is a sound speedy; the changes make it something else.
func brief(changes ...func(*project.Brief)) project.Brief {
	b := project.Brief{
		Client: client.ID, Type: project.Speedy, Category: "translation", Title: "A subtitle", Text: "Two minutes of film.",
		Assets: []project.Asset{{Name: "film", URL: "https://assets.example.com/film"}}, Reward: usd(5000), DeliverBy: noon.Add(14 * day), Seats: 1,
	}
	for _, change := range changes {
		change(&b)
	}
	return b
}

func contest(seats int) func(*project.Brief) {
	return func(b *project.Brief) { b.Type, b.Seats = project.Contest, seats }
}

func booking(b *project.Brief) { b.Type = project.Booking }

func video(b *project.Brief) { b.Category = "video" } // released on the client's approval

func (w *world) create(by party.Actor, b project.Brief, publish bool) (project.Project, error) {
	out, err := told[project.Told](w, by, func(ctx context.Context, ask project.Ask) (store.Reply, error) {
		return w.Create(ctx, ask, b, publish)
	})
	return out.Project, err
}

// published is an open project of the client's.
func (w *world) published(changes ...func(*project.Brief)) project.Project {
	w.Helper()
	p, err := w.create(client, brief(changes...), true)
	must(w, err)
	return p
}

func (w *world) call(by party.Actor, id string, expires time.Time, guests ...project.Guest) (project.Sent, error) {
	return told[project.Sent](w, by, func(ctx context.Context, ask project.Ask) (store.Reply, error) {
		return w.Invite(ctx, ask, id, guests, expires)
	})
}

func guests(actors ...party.Actor) []project.Guest {
	var list []project.Guest
	for _, a := range actors {
		list = append(list, project.Guest{Pro: a.ID})
	}
	return list
}

// invited calls one round and gives its invitations.
func (w *world) invited(p project.Project, actors ...party.Actor) []string {
	w.Helper()
	sent, err := w.call(agent, p.ID, time.Time{}, guests(actors...)...)
	must(w, err)
	var ids []string
	for i := range sent.Round.Lines {
		ids = append(ids, project.InvitationID(sent.Round.ID, i))
	}
	return ids
}

// invitation is one as staff see it.
func (w *world) invitation(id string) project.Invitation {
	w.Helper()
	i, err := w.Invitation(w.Context(), agent, id)
	must(w, err)
	return i
}

// accept accepts the terms as they are.
func (w *world) accept(by party.Actor, id string) (project.Assignment, error) {
	i, err := w.Invitation(w.Context(), agent, id)
	if err != nil {
		return project.Assignment{}, err
	}
	edition, err := w.Policies.At(i.Round.Policy)
	if err != nil {
		return project.Assignment{}, err
	}
	return w.acceptSeen(by, id, project.TermsOf(i, edition).Seen)
}

// seen are the terms of an invitation as its pro sees them now.
func (w *world) seen(id string) string {
	w.Helper()
	return project.TermsOf(w.invitation(id), w.Policies.Current()).Seen
}

func (w *world) acceptSeen(by party.Actor, id, seen string) (project.Assignment, error) {
	held, err := told[project.Held](w, by, func(ctx context.Context, ask project.Ask) (store.Reply, error) {
		return w.Accept(ctx, ask, id, seen)
	})
	return held.Assignment, err
}

// working is an assignment that the pro has just won.
func (w *world) working(by party.Actor, changes ...func(*project.Brief)) project.Assignment {
	w.Helper()
	a, err := w.accept(by, w.invited(w.published(changes...), by)[0])
	must(w, err)
	return a
}

func (w *world) answer(by party.Actor, action lifecycle.Action, id string) (project.Invitation, error) {
	use := w.Decline
	if action == project.Withdraw {
		use = w.Withdraw
	}
	return told[project.Invitation](w, by, func(ctx context.Context, ask project.Ask) (store.Reply, error) { return use(ctx, ask, id) })
}

func (w *world) cancel(by party.Actor, id string) (project.Project, error) {
	out, err := told[project.Told](w, by, func(ctx context.Context, ask project.Ask) (store.Reply, error) {
		return w.Cancel(ctx, ask, id, "no longer needed")
	})
	return out.Project, err
}

// arrived puts a file into the bucket as a complete upload of the assignment, and gives its id.
func (w *world) arrived(a project.Assignment, name string) string {
	id := w.NewID("fil")
	w.files[project.UploadKey(a.ID, id)] = project.File{Name: name, Size: 42, SHA256: "sum of " + name}
	return id
}

func (w *world) submit(by party.Actor, id string, uploads ...string) (project.Assignment, error) {
	return w.hand(by, id, project.Submission{Uploads: uploads, Note: "as asked"})
}

func (w *world) hand(by party.Actor, id string, handed project.Submission) (project.Assignment, error) {
	return w.held(by, func(ctx context.Context, ask project.Ask) (store.Reply, error) { return w.Submit(ctx, ask, id, handed) })
}

func (w *world) held(by party.Actor, use func(context.Context, project.Ask) (store.Reply, error)) (project.Assignment, error) {
	held, err := told[project.Held](w, by, use)
	return held.Assignment, err
}

func (w *world) claim(by party.Actor, id string) (project.Assignment, error) {
	return w.held(by, func(ctx context.Context, ask project.Ask) (store.Reply, error) { return w.Claim(ctx, ask, id) })
}

func (w *world) unclaim(by party.Actor, id string) (project.Assignment, error) {
	return w.held(by, func(ctx context.Context, ask project.Ask) (store.Reply, error) { return w.Unclaim(ctx, ask, id) })
}

func (w *world) revise(by party.Actor, id string, texts ...string) (project.Assignment, error) {
	return w.comment(by, id, remarks(texts)...)
}

// remarks are comments on a version as a whole.
func remarks(texts []string) []project.Comment {
	var comments []project.Comment
	for _, text := range texts {
		comments = append(comments, project.Comment{Text: text})
	}
	return comments
}

func (w *world) comment(by party.Actor, id string, comments ...project.Comment) (project.Assignment, error) {
	return w.held(by, func(ctx context.Context, ask project.Ask) (store.Reply, error) {
		return w.Revise(ctx, ask, id, comments)
	})
}

func (w *world) pass(by party.Actor, id string) (project.Assignment, error) {
	return w.held(by, func(ctx context.Context, ask project.Ask) (store.Reply, error) { return w.Pass(ctx, ask, id) })
}

func (w *world) approve(by party.Actor, id string) (project.Assignment, error) {
	return w.held(by, func(ctx context.Context, ask project.Ask) (store.Reply, error) { return w.Approve(ctx, ask, id) })
}

func (w *world) askChanges(by party.Actor, id, text string, comments ...string) (project.Assignment, error) {
	return w.held(by, func(ctx context.Context, ask project.Ask) (store.Reply, error) {
		return w.AskChanges(ctx, ask, id, text, remarks(comments))
	})
}

func (w *world) clarify(by party.Actor, id, text string) (project.Assignment, error) {
	return w.held(by, func(ctx context.Context, ask project.Ask) (store.Reply, error) { return w.Clarify(ctx, ask, id, text) })
}

func (w *world) drop(by party.Actor, id string) (project.Assignment, error) {
	return w.held(by, func(ctx context.Context, ask project.Ask) (store.Reply, error) { return w.DropChanges(ctx, ask, id) })
}

func (w *world) forward(by party.Actor, id string) (project.Assignment, error) {
	return w.held(by, func(ctx context.Context, ask project.Ask) (store.Reply, error) { return w.Forward(ctx, ask, id) })
}

func (w *world) askBack(by party.Actor, id, question string) (project.Assignment, error) {
	return w.held(by, func(ctx context.Context, ask project.Ask) (store.Reply, error) {
		return w.AskBack(ctx, ask, id, question)
	})
}

func (w *world) declineChanges(by party.Actor, id, reason string) (project.Assignment, error) {
	return w.held(by, func(ctx context.Context, ask project.Ask) (store.Reply, error) {
		return w.DeclineChanges(ctx, ask, id, reason)
	})
}

func (w *world) quote(by party.Actor, id string, amount, share ledger.Money) (project.Assignment, error) {
	return w.held(by, func(ctx context.Context, ask project.Ask) (store.Reply, error) {
		return w.QuoteFee(ctx, ask, id, amount, share, "A character more than agreed.")
	})
}

func (w *world) withdrawQuote(by party.Actor, id string) (project.Assignment, error) {
	return w.held(by, func(ctx context.Context, ask project.Ask) (store.Reply, error) { return w.WithdrawQuote(ctx, ask, id) })
}

func (w *world) approveQuote(by party.Actor, id, seen string) (project.Assignment, error) {
	return w.held(by, func(ctx context.Context, ask project.Ask) (store.Reply, error) {
		return w.ApproveQuote(ctx, ask, id, seen)
	})
}

func (w *world) declineQuote(by party.Actor, id string) (project.Assignment, error) {
	return w.held(by, func(ctx context.Context, ask project.Ask) (store.Reply, error) { return w.DeclineQuote(ctx, ask, id) })
}

func (w *world) acceptOffer(by party.Actor, id, seen string) (project.Assignment, error) {
	return w.held(by, func(ctx context.Context, ask project.Ask) (store.Reply, error) {
		return w.AcceptOffer(ctx, ask, id, seen)
	})
}

func (w *world) declineOffer(by party.Actor, id string) (project.Assignment, error) {
	return w.held(by, func(ctx context.Context, ask project.Ask) (store.Reply, error) { return w.DeclineOffer(ctx, ask, id) })
}

func (w *world) askFee(by party.Actor, id string, amount ledger.Money) (project.Assignment, error) {
	return w.held(by, func(ctx context.Context, ask project.Ask) (store.Reply, error) {
		return w.AskFee(ctx, ask, id, project.Demand{Reason: "Forty lines more.", Amount: amount})
	})
}

func (w *world) reviewCase(by party.Actor, id, note string) (project.Assignment, error) {
	return w.held(by, func(ctx context.Context, ask project.Ask) (store.Reply, error) {
		return w.ReviewCase(ctx, ask, id, note)
	})
}

func (w *world) handOver(by party.Actor, id, to string) (project.Assignment, error) {
	return w.held(by, func(ctx context.Context, ask project.Ask) (store.Reply, error) { return w.HandOver(ctx, ask, id, to) })
}

// screening is an assignment whose client wants changes.
func (w *world) screening(by party.Actor, changes ...func(*project.Brief)) project.Assignment {
	w.Helper()
	a, err := w.askChanges(client, w.delivered(by, changes...).ID, "Warmer, please.", "0:12 is too loud.")
	must(w, err)
	return a
}

// unhappy is one whose client has asked for changes so often that people look at the case.
func (w *world) unhappy(by party.Actor) project.Assignment {
	w.Helper()
	a := w.delivered(by)
	for n := 1; ; n++ {
		a, err := w.askChanges(client, a.ID, "Warmer still.")
		must(w, err)
		if n == w.Policies.Current().RequestsForReview {
			return a
		}
		_, err = w.declineChanges(agent, a.ID, "The brief says cold.")
		must(w, err)
	}
}

// quoted is one whose changes cost the policy's fee.
func (w *world) quoted(by party.Actor, changes ...func(*project.Brief)) project.Assignment {
	w.Helper()
	a, err := w.quote(agent, w.screening(by, changes...).ID, ledger.Money{}, ledger.Money{})
	must(w, err)
	return a
}

// offered is one whose fee the client approved.
func (w *world) offered(by party.Actor, changes ...func(*project.Brief)) project.Assignment {
	w.Helper()
	a := w.quoted(by, changes...)
	a, err := w.approveQuote(client, a.ID, a.Request.Quote.Version)
	must(w, err)
	return a
}

// agreed is one whose pro makes the changes for their share of the fee.
func (w *world) agreed(by party.Actor, changes ...func(*project.Brief)) project.Assignment {
	w.Helper()
	a := w.offered(by, changes...)
	a, err := w.acceptOffer(by, a.ID, a.Request.Quote.Version)
	must(w, err)
	return a
}

// revised is an assignment whose revised version passed QC.
func (w *world) revised(a project.Assignment) project.Assignment {
	w.Helper()
	_, err := w.submit(named(a.Pro), a.ID, w.arrived(a, "another take.mov"))
	must(w, err)
	a, err = w.pass(qc, a.ID)
	must(w, err)
	return a
}

func (w *world) fee(a project.Assignment, change int) ledger.Reward {
	w.Helper()
	return load[ledger.Reward](w, store.Ref{Kind: store.Reward, ID: project.FeeID(a.ID, change), Owner: a.Pro})
}

func (w *world) giveUp(by party.Actor, id string) (project.Assignment, error) {
	return w.held(by, func(ctx context.Context, ask project.Ask) (store.Reply, error) {
		return w.GiveUp(ctx, ask, id, "I have fallen ill.")
	})
}

func (w *world) takeBack(by party.Actor, id string) (project.Assignment, error) {
	return w.held(by, func(ctx context.Context, ask project.Ask) (store.Reply, error) {
		return w.TakeBack(ctx, ask, id, "We could not reach you.")
	})
}

func (w *world) extend(by party.Actor, id string, until time.Time) (project.Assignment, error) {
	return w.held(by, func(ctx context.Context, ask project.Ask) (store.Reply, error) {
		return w.ExtendDelivery(ctx, ask, id, until, "The music came late.")
	})
}

func (w *world) prolong(by party.Actor, id string, until time.Time) (project.Project, error) {
	out, err := told[project.Told](w, by, func(ctx context.Context, ask project.Ask) (store.Reply, error) {
		return w.ExtendProject(ctx, ask, id, until, "Nobody was free.")
	})
	return out.Project, err
}

func (w *world) pick(by party.Actor, id string, winners ...string) (project.Project, error) {
	out, err := told[project.Told](w, by, func(ctx context.Context, ask project.Ask) (store.Reply, error) { return w.Pick(ctx, ask, id, winners) })
	return out.Project, err
}

func (w *world) watch(by party.Actor, action lifecycle.Action, id string) (project.Invitation, error) {
	use := w.Watch
	if action == project.Unwatch {
		use = w.Unwatch
	}
	return told[project.Invitation](w, by, func(ctx context.Context, ask project.Ask) (store.Reply, error) { return use(ctx, ask, id) })
}

// submitted is an assignment with a version in QC.
func (w *world) submitted(by party.Actor, changes ...func(*project.Brief)) project.Assignment {
	w.Helper()
	a := w.working(by, changes...)
	a, err := w.submit(by, a.ID, w.arrived(a, "take 1.mov"))
	must(w, err)
	return a
}

// delivered is an assignment that the client may look at.
func (w *world) delivered(by party.Actor, changes ...func(*project.Brief)) project.Assignment {
	w.Helper()
	a, err := w.pass(qc, w.submitted(by, changes...).ID)
	must(w, err)
	return a
}

// relieve commits what a flag's step does to the work, as the flag's job does.
func (w *world) relieve(by party.Actor, r project.Relief) error {
	ask := project.Ask{By: by, Channel: "http", Now: w.now, Trace: "trace"}
	if c, err := w.Relieve(w.Context(), ask, r, store.Fresh); err == nil && len(c.Records) == 0 {
		return nil // nothing that a commit would write
	}
	_, err := store.Transact(w.Context(), w.Store, store.Once{}, w.now, w.Pause, func(f store.Freshness) (store.Change, store.Reply, error) {
		c, err := w.Relieve(w.Context(), ask, r, f)
		if err == nil && len(c.Others) > 0 {
			c.Event, c.Others = c.Others[0], c.Others[1:]
		}
		return c, store.Reply{}, err
	})
	return err
}

// ring rings the live alarm of a kind on a record, as Step Functions would now.
func (w *world) ring(r store.Deadlined, kind string) error {
	w.Helper()
	return w.fire(alarms(r, kind)[0])
}

func (w *world) fire(a store.Alarm) error {
	_, err := w.Fire(w.Context(), project.Ask{Channel: "timer", Now: w.now, Answer: func(any) (store.Reply, error) { return store.Reply{}, nil }}, a)
	return err
}

// alarms are the live ones of a kind.
func alarms(r store.Deadlined, kind string) []store.Alarm {
	var list []store.Alarm
	for _, d := range r.Standing().Deadlines {
		if d.Kind == kind {
			list = append(list, store.Alarm{Ref: r.Ref(), Kind: d.Kind, Entry: d.Entry, DueAt: d.At})
		}
	}
	return list
}

// load reads a record as it is now.
func load[T store.Record](w *world, ref store.Ref) T {
	w.Helper()
	r, err := store.Is[T](w.Store.Get(w.Context(), ref, store.Fresh))
	must(w, err)
	return r
}

func (w *world) reward(a project.Assignment) ledger.Reward {
	w.Helper()
	return load[ledger.Reward](w, store.Ref{Kind: store.Reward, ID: project.RewardID(a.ID), Owner: a.Pro})
}

// last is the event of the last commit.
func (w *world) last() store.Event { return w.mem.events[len(w.mem.events)-1] }

// fact finds the last event's fact of one type.
func fact[T store.Fact](w *world) (T, bool) {
	for _, f := range w.last().Facts {
		if found, ok := f.(T); ok {
			return found, true
		}
	}
	var none T
	return none, false
}

// mentions reports whether a refusal says any of the words to its caller.
func mentions(err error, words ...string) bool {
	said := problem.As(err)
	text := said.Message + fmt.Sprint(said.Facts, said.Fields)
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(text, word) })
}

// claimedBy is who has claimed it, as staff see it.
func claimedBy(a project.Assignment) string { return a.Reviewer.Reveal() }
