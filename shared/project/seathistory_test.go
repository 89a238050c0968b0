package project_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// seatCall is one operation of a history: what is done about an invitation or the seat that it won. A pro is invited anew
// without one.
type seatCall struct {
	does            lifecycle.Action
	pro, invitation string
}

// seatSaid is how it ended: the answer, the round of invitations that came of it, with its pros, and in a reading the seats
// that are taken.
type seatSaid struct {
	answer, round, called string
	taken                 int
}

const reading lifecycle.Action = "read"

// seating is what the model knows: of each invitation whose it is and what it is by now, and who waits, in the order of asking.
type seating struct {
	all, taken int
	whose      map[string]string
	is         map[string]lifecycle.State
	waits      []project.Watcher
}

// seatsModel is a project with seats as if everything happened one after the other, from one round of invitations on.
func seatsModel(all int, round project.Round) porcupine.Model {
	return porcupine.Model{
		Init: func() any {
			s := seating{all: all, whose: map[string]string{}, is: map[string]lifecycle.State{}}
			for n, l := range round.Lines {
				s.invite(round.ID, n, l.Pro)
			}
			return s
		},
		Step: func(state, input, output any) (bool, any) {
			s := state.(seating)
			s.whose, s.is, s.waits = maps.Clone(s.whose), maps.Clone(s.is), slices.Clone(s.waits)
			ok := s.explains(input.(seatCall), output.(seatSaid))
			return ok, s
		},
		Equal: func(a, b any) bool { return reflect.DeepEqual(a, b) },
	}
}

// explains does what was asked for and reports whether it would have been answered so.
func (s *seating) explains(in seatCall, out seatSaid) bool {
	if in.does == reading {
		return out.taken == s.taken
	}
	answer := s.answer(in)
	if out.answer != answer || answer != "ok" {
		return out.answer == answer
	}
	var called []string
	switch in.does {
	case project.Accept:
		s.take(in)
	case project.Decline:
		s.is[in.invitation] = project.Declined
	case project.Withdraw:
		s.is[in.invitation] = project.Withdrawn
	case project.Submit:
		s.is[in.invitation] = project.InQC
	case project.Leave, project.Reassign:
		s.is[in.invitation] = project.Left
		s.taken--
		called = s.recall(out.round)
	case project.Unwatch:
		s.waits = slices.DeleteFunc(s.waits, func(w project.Watcher) bool { return w.Invitation == in.invitation })
	case project.Watch:
		if _, asked := s.asked(in.invitation); !asked {
			s.waits = append(s.waits, project.Watcher{Invitation: in.invitation, Pro: in.pro})
		}
		called = s.recall(out.round)
	case project.Invite:
		s.invite(out.round, 0, in.pro)
		called = []string{in.pro}
	}
	return out.called == strings.Join(called, " ")
}

// answer is what somebody is told who asks for it now.
func (s *seating) answer(in seatCall) string {
	is := s.is[in.invitation]
	invited, has := s.busy(in.pro)
	w, asked := s.asked(in.invitation)
	possible := false
	switch in.does {
	case project.Invite:
		if possible = s.taken < s.all; possible && (invited || has) {
			return "already-invited"
		}
	case project.Accept, project.Decline, project.Withdraw:
		if possible = is == project.Invited; is == project.Closed {
			return "already-taken"
		}
	case project.Submit, project.Leave, project.Reassign:
		possible = is == project.Accepted
	case project.Watch:
		possible = is == project.Closed && !has && w.Again == ""
	case project.Unwatch:
		possible = is == project.Closed && !has && w.Again == "" && asked
	}
	if possible {
		return "ok"
	}
	return "state-changed"
}

// busy reports whether a pro has an open invitation, or a seat.
func (s *seating) busy(pro string) (invited, has bool) {
	for id, is := range s.is {
		invited = invited || s.whose[id] == pro && is == project.Invited
		has = has || s.whose[id] == pro && (is == project.Accepted || is == project.InQC)
	}
	return invited, has
}

func (s *seating) asked(invitation string) (project.Watcher, bool) {
	i := slices.IndexFunc(s.waits, func(w project.Watcher) bool { return w.Invitation == invitation })
	if i < 0 {
		return project.Watcher{}, false
	}
	return s.waits[i], true
}

// invite is the n-th line of a round.
func (s *seating) invite(round string, n int, pro string) string {
	id := project.InvitationID(round, n)
	s.whose[id], s.is[id] = pro, project.Invited
	return id
}

// take gives a seat away; with the last one every open invitation closes.
func (s *seating) take(in seatCall) {
	s.is[in.invitation] = project.Accepted
	s.taken++
	s.waits = slices.DeleteFunc(s.waits, func(w project.Watcher) bool { return w.Pro == in.pro })
	for id, is := range s.is {
		if s.taken == s.all && is == project.Invited {
			s.is[id] = project.Closed
		}
	}
}

// recall invites whoever waits, each once, if a seat is free.
func (s *seating) recall(round string) (called []string) {
	for n, w := range s.waits {
		invited, has := s.busy(w.Pro)
		if s.taken == s.all || w.Again != "" || invited || has {
			continue
		}
		s.waits[n].Again = s.invite(round, len(called), w.Pro)
		called = append(called, w.Pro)
	}
	return called
}

// board is what the clients of one history know of each other: whose invitations there are, and what they won.
type board struct {
	sync.Mutex
	project     store.Ref
	invitations map[string][]string
	won         map[string]string // assignments by invitation
	clock       atomic.Int64
	done        []porcupine.Operation
}

func (b *board) invited(r project.Round) {
	for n, l := range r.Lines {
		b.invitations[l.Pro] = append(b.invitations[l.Pro], project.InvitationID(r.ID, n))
	}
}

// draws is what a client does next: mostly with the newest invitation of one pro.
func (b *board) draws(r *rand.Rand, pro string, verbs []lifecycle.Action) (call seatCall, assignment string) {
	b.Lock()
	defer b.Unlock()
	call = seatCall{does: verbs[r.IntN(len(verbs))], pro: pro}
	if call.does == project.Invite || call.does == reading {
		return call, ""
	}
	mine := b.invitations[pro]
	if len(mine) == 0 {
		return seatCall{does: reading}, ""
	}
	call.invitation = mine[max(len(mine)-1-r.IntN(5)/4, 0)]
	if slices.Contains([]lifecycle.Action{project.Submit, project.Leave, project.Reassign}, call.does) {
		for _, id := range mine {
			if b.won[id] != "" {
				call.invitation, assignment = id, b.won[id]
			}
		}
		if assignment == "" {
			return seatCall{does: reading}, ""
		}
	}
	return call, assignment
}

// turn does one operation through a client's own door to the store, and notes when it began and ended.
func (b *board) turn(w *world, client int, call seatCall, assignment string) {
	service := *w.Service
	door := &noting{Store: service.Store}
	service.Store, service.Files = door, whatever{}
	mine := *w
	mine.Service = &service
	op := porcupine.Operation{ClientId: client, Input: call, Call: b.clock.Add(1)}
	said, made := mine.does(b.project, call, assignment)
	op.Return = b.clock.Add(1)
	b.Lock()
	defer b.Unlock()
	if door.called.ID != "" {
		var called []string
		for _, l := range door.called.Lines {
			called = append(called, l.Pro)
		}
		said.round, said.called = door.called.ID, strings.Join(called, " ")
		b.invited(door.called)
	}
	if said.answer == "ok" && made.ID != "" {
		b.won[made.Invitation] = made.ID
	}
	op.Output = said
	b.done = append(b.done, op)
}

// does does what a call says, and gives the assignment that came of it.
func (w *world) does(on store.Ref, call seatCall, assignment string) (said seatSaid, made project.Assignment) {
	by := person(call.pro, party.Pro)
	var err error
	switch call.does {
	case reading:
		said.taken = load[project.Project](w, on).Taken()
	case project.Invite:
		_, err = w.call(agent, on.ID, time.Time{}, guests(by)...)
	case project.Accept:
		made, err = w.accept(by, call.invitation)
	case project.Decline:
		_, err = w.answer(by, project.Decline, call.invitation)
	case project.Withdraw:
		_, err = w.answer(agent, project.Withdraw, call.invitation)
	case project.Submit:
		_, err = w.submit(by, assignment, w.NewID("fil"))
	case project.Leave:
		_, err = w.giveUp(by, assignment)
	case project.Reassign:
		_, err = w.takeBack(agent, assignment)
	default:
		_, err = w.watch(by, call.does, call.invitation)
	}
	said.answer = answerOf(err)
	return said, made
}

// noting is a store that notes the round that is called through it.
type noting struct {
	store.Store
	called project.Round
}

func (n *noting) Commit(ctx context.Context, c store.Change) error {
	err := n.Store.Commit(ctx, c)
	for _, r := range c.Records {
		if round, ok := r.(project.Round); ok && round.Version == 1 && err == nil {
			n.called = round
		}
	}
	return err
}

// whatever is a bucket in which every upload has arrived.
type whatever struct{}

func (whatever) Stored(context.Context, string) (project.File, bool, error) {
	return project.File{Name: "take 1.mov", Size: 42, SHA256: "sum"}, true, nil
}

func (whatever) Put(context.Context, string, project.File, []byte) error { return nil }

func (whatever) Keep(context.Context, string) error { return nil }

// seatsPlayed lets six pros, an agent who runs the project and one who only looks at it act on a project of some seats at
// once, each on their own script drawn from the seed, and checks that some order of all they did explains every answer.
func seatsPlayed(t *testing.T, w *world, all int, seed uint64, together func(clients ...func())) []porcupine.Operation {
	t.Helper()
	p := w.published(contest(all))
	sent, err := w.call(agent, p.ID, time.Time{}, guests(pros[:5]...)...)
	must(t, err)
	b := &board{project: p.Ref(), invitations: map[string][]string{}, won: map[string]string{}}
	b.invited(sent.Round)
	var clients []func()
	for n := range len(pros) + 2 {
		r := rand.New(rand.NewPCG(seed, uint64(n)))
		clients = append(clients, func() {
			for range 5 {
				pro, verbs := pros[r.IntN(len(pros))].ID, byStaff
				if n < len(pros) {
					pro, verbs = pros[n].ID, byPros
				}
				call, assignment := b.draws(r, pro, verbs)
				b.turn(w, n, call, assignment)
			}
		})
	}
	together(clients...)
	if !porcupine.CheckOperations(seatsModel(all, sent.Round), b.done) {
		t.Fatalf("seed %d: no order of these calls explains their answers:%s", seed, listed(b.done))
	}
	return b.done
}

// What pros and staff do in a history.
var (
	byPros = []lifecycle.Action{
		project.Accept, project.Accept, project.Accept, project.Watch, project.Watch, project.Leave, project.Leave, project.Submit, project.Unwatch, project.Decline,
	}
	byStaff = []lifecycle.Action{project.Reassign, project.Reassign, project.Invite, project.Invite, project.Withdraw, reading}
)

func TestSeatsAreLinearizable(t *testing.T) {
	ended := map[string]int{}
	for all := 1; all <= 4; all++ {
		t.Run(fmt.Sprintf("on %d seats that are taken, left, taken back and reopened by 8 clients, in interleavings drawn at random — F11 F13 I12 A21", all), func(t *testing.T) {
			for seed := range uint64(100) {
				w := newWorld(t)
				for _, op := range seatsPlayed(t, w, all, seed, func(clients ...func()) {
					if seed%2 == 1 {
						w.mem.behind = everything
					}
					w.schedule(rand.New(rand.NewPCG(seed, 99)).IntN, clients...)
				}) {
					ended[fmt.Sprintf("%s: %s", op.Input.(seatCall).does, op.Output.(seatSaid).answer)]++
				}
			}
		})
		t.Run(fmt.Sprintf("on %d seats over the embedded DynamoDB, at the same time — F11 F13 I12 A21", all), func(t *testing.T) {
			for seed := range uint64(2) {
				seatsPlayed(t, onTable(t), all, seed, atOnce)
			}
		})
	}
	t.Run("and everything was done, and refused, in some history", func(t *testing.T) {
		for _, does := range slices.Concat(byPros, byStaff) {
			if ended[fmt.Sprintf("%s: ok", does)] == 0 || does != reading && ended[fmt.Sprintf("%s: state-changed", does)] == 0 {
				t.Errorf("%s: %v", does, ended)
			}
		}
	})
	round := project.Round{ID: "rnd_1", Lines: []project.Line{{Pro: "ana"}, {Pro: "ben"}}}
	accepts := func(pro, id, answer string) porcupine.Operation {
		return porcupine.Operation{Input: seatCall{project.Accept, pro, id}, Output: seatSaid{answer: answer}}
	}
	does := func(does lifecycle.Action, pro, id, called string) porcupine.Operation {
		return porcupine.Operation{Input: seatCall{does, pro, id}, Output: seatSaid{answer: "ok", round: "rnd_2", called: called}}
	}
	for name, history := range map[string][]porcupine.Operation{
		"a seat with two winners":                 {accepts("ana", "inv_1-1", "ok"), accepts("ben", "inv_1-2", "ok")},
		"a seat that stays taken once it is left": {accepts("ana", "inv_1-1", "ok"), does(project.Leave, "ana", "inv_1-1", ""), {Input: seatCall{does: reading}, Output: seatSaid{taken: 1}}},
		"a loser who asked and is not told of the reopening": {
			accepts("ana", "inv_1-1", "ok"), does(project.Watch, "ben", "inv_1-2", ""), does(project.Leave, "ana", "inv_1-1", ""),
		},
		"a loser who is invited again without asking": {accepts("ana", "inv_1-1", "ok"), does(project.Leave, "ana", "inv_1-1", "ben")},
		"a loser who wins with the old invitation": {
			accepts("ana", "inv_1-1", "ok"), does(project.Watch, "ben", "inv_1-2", ""), does(project.Leave, "ana", "inv_1-1", "ben"), accepts("ben", "inv_1-2", "ok"),
		},
		"a refusal though a seat is free": {accepts("ana", "inv_1-1", "already-taken")},
	} {
		t.Run("and the check finds "+name, func(t *testing.T) {
			for n := range history {
				history[n].ClientId, history[n].Call, history[n].Return = n, int64(2*n), int64(2*n+1)
			}
			if porcupine.CheckOperations(seatsModel(1, round), history) {
				t.Error("it did not")
			}
			if len(history) > 1 && !porcupine.CheckOperations(seatsModel(1, round), history[:len(history)-1]) {
				t.Error("it finds fault with what is right")
			}
		})
	}
}

// listed is a history to be read, by who began first.
func listed(history []porcupine.Operation) string {
	slices.SortFunc(history, func(a, b porcupine.Operation) int { return cmp.Compare(a.Call, b.Call) })
	var list strings.Builder
	for _, op := range history {
		fmt.Fprintf(&list, "\n%3d to %3d: %v → %v", op.Call, op.Return, op.Input, op.Output)
	}
	return list.String()
}

func atOnce(clients ...func()) {
	var all sync.WaitGroup
	for _, c := range clients {
		all.Go(c)
	}
	all.Wait()
}
