package project_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// entered is a contest whose first seats have work in review; the pros of the others work on.
func entered(w *world, seats, inReview int, changes ...func(*project.Brief)) (project.Project, []string) {
	w.Helper()
	p := w.published(append([]func(*project.Brief){contest(seats)}, changes...)...)
	ids := w.invited(p, pros[:seats]...)
	var entries []string
	for n, by := range pros[:seats] {
		a, err := w.accept(by, ids[n])
		must(w, err)
		if n < inReview {
			_, err = w.submit(by, a.ID, w.arrived(a, "take 1.mov"))
			must(w, err)
			_, err = w.pass(qc, a.ID)
			must(w, err)
		}
		entries = append(entries, a.ID)
	}
	return load[project.Project](w, p.Ref()), entries
}

// paidChanges is an assignment in review whose pro makes changes for the policy's fee.
func (w *world) paidChanges(id string) project.Assignment {
	w.Helper()
	_, err := w.askChanges(client, id, "Warmer, please.")
	must(w, err)
	a, err := w.quote(agent, id, ledger.Money{}, ledger.Money{})
	must(w, err)
	_, err = w.approveQuote(client, id, a.Request.Quote.Version)
	must(w, err)
	a, err = w.acceptOffer(named(a.Pro), id, a.Request.Quote.Version)
	must(w, err)
	return a
}

func (w *world) stateOf(id string) lifecycle.State {
	return load[project.Assignment](w, store.Ref{Kind: store.Assignment, ID: id}).Progress.State
}

func TestPick(t *testing.T) {
	t.Run("makes winners of those whom the client names, and the others are not picked; each is told — A14", func(t *testing.T) {
		w := newWorld(t)
		p, entries := entered(w, 3, 3)
		after, err := w.pick(client, p.ID, entries[1], entries[2])
		must(t, err)
		if got := []lifecycle.State{w.stateOf(entries[0]), w.stateOf(entries[1]), w.stateOf(entries[2])}; !slices.Equal(got, []lifecycle.State{project.NotPicked, project.Done, project.Done}) || after.Progress.State != project.Filled {
			t.Errorf("got %v, %s", got, after.Progress.State)
		}
		told := map[string]int{}
		for _, e := range w.mem.events[len(w.mem.events)-4:] {
			for _, f := range e.Facts {
				told[f.FactName()]++
			}
			if !e.Outbox || e.Action == "" || e.State == "" {
				t.Errorf("got %+v", e)
			}
		}
		if told["winners.picked"] != 1 || told["work.picked"] != 2 || told["work.not_picked"] != 1 {
			t.Errorf("told %v", told)
		}
		for _, id := range entries {
			held, err := w.Assignment(t.Context(), agent, id)
			must(t, err)
			if last := held.Timeline[len(held.Timeline)-1]; last.State != held.Assignment.Progress.State || len(held.Assignment.Progress.Deadlines) != 0 {
				t.Errorf("its story ends with %+v", last)
			}
		}
	})
	t.Run("is what the client of a contest is told of when work passes, and of a speedy it is not — A14", func(t *testing.T) {
		passed := func(play func(*world)) (contest []bool) {
			w := newWorld(t)
			play(w)
			for _, e := range w.mem.events {
				for _, f := range e.Facts {
					if p, ok := f.(project.QCPassed); ok {
						contest = append(contest, p.Contest)
					}
				}
			}
			return contest
		}
		if got := passed(func(w *world) { entered(w, 2, 2) }); !slices.Equal(got, []bool{true, true}) {
			t.Errorf("a contest of two: %v", got)
		}
		if got := passed(func(w *world) { w.delivered(ana) }); !slices.Equal(got, []bool{false}) {
			t.Errorf("a speedy: %v", got)
		}
	})
	t.Run("pays whoever quality control passed, picked or not, and nobody else — A13 A14", func(t *testing.T) {
		w := newWorld(t)
		p, entries := entered(w, 3, 2, video)
		w.now = p.DeliverBy
		_, err := w.pick(client, p.ID, entries[0])
		must(t, err)
		if w.available(ana) != usd(5000) || w.available(ben) != usd(5000) {
			t.Errorf("ana has %s, ben has %s", w.available(ana), w.available(ben))
		}
		s, err := w.Statement(t.Context(), pros[2], "", 10, nil)
		must(t, err)
		if len(s.Rewards) != 0 {
			t.Errorf("who delivered nothing has %+v", s.Rewards)
		}
	})
	for _, edge := range edges {
		t.Run(fmt.Sprintf("%s the deadline of work that has not come is possible: %t — B86", edge.name, edge.passed), func(t *testing.T) {
			w := newWorld(t)
			p, entries := entered(w, 2, 1)
			w.now = p.DeliverBy.Add(edge.by)
			_, err := w.pick(client, p.ID, entries[0])
			if !edge.passed {
				refused(t, err, problem.CodeNotYet)
				return
			}
			must(t, err)
			if w.stateOf(entries[1]) != project.NotPicked {
				t.Errorf("the other is %s", w.stateOf(entries[1]))
			}
		})
	}
	t.Run("waits for quality control to look at what came in time, however long that takes", func(t *testing.T) {
		w := newWorld(t)
		p, entries := entered(w, 2, 1)
		a := load[project.Assignment](w, store.Ref{Kind: store.Assignment, ID: entries[1]})
		_, err := w.submit(ben, a.ID, w.arrived(a, "take 1.mov"))
		must(t, err)
		w.now = p.DeliverBy.Add(day)
		_, err = w.pick(client, p.ID, entries[0])
		refused(t, err, problem.CodeNotYet)
		_, err = w.pass(qc, a.ID)
		must(t, err)
		_, err = w.pick(client, p.ID, entries[0])
		must(t, err)
	})
	t.Run("waits for changes that the client pays for, however late, so that nobody is paid for what was not made — R49 A18", func(t *testing.T) {
		w := newWorld(t)
		p, entries := entered(w, 2, 2, video)
		a := w.paidChanges(entries[0])
		due := alarms(a, project.DeliveryDue)[0]
		w.now = due.DueAt
		must(t, w.fire(due))
		_, err := w.pick(client, p.ID, entries[1])
		refused(t, err, problem.CodeNotYet)
		if !w.available(ana).IsZero() || !w.fee(a, 1).Pending() {
			t.Errorf("ana has %s, her fee is %s", w.available(ana), w.fee(a, 1).Progress.State)
		}
		w.revised(a)
		_, err = w.pick(client, p.ID, entries[1])
		must(t, err)
		if w.available(ana) != usd(5600) {
			t.Errorf("ana has %s", w.available(ana))
		}
	})
	t.Run("gives up seats that nobody took, once the work was due — A14", func(t *testing.T) {
		w := newWorld(t)
		p := w.published(contest(3))
		a, err := w.accept(ana, w.invited(p, ana)[0])
		must(t, err)
		_, err = w.submit(ana, a.ID, w.arrived(a, "take 1.mov"))
		must(t, err)
		_, err = w.pass(qc, a.ID)
		must(t, err)
		_, err = w.pick(client, p.ID, a.ID)
		refused(t, err, problem.CodeNotYet)
		w.now = p.DeliverBy
		after, err := w.pick(client, p.ID, a.ID)
		must(t, err)
		if len(after.Seats) != 1 || after.Progress.State != project.Filled {
			t.Errorf("got %+v", after)
		}
	})
	t.Run("takes one or more of those in review, each once", func(t *testing.T) {
		w := newWorld(t)
		p, entries := entered(w, 2, 1)
		w.now = p.DeliverBy
		for _, winners := range [][]string{nil, {entries[1]}, {"asg_1"}, {entries[0], entries[0]}} {
			_, err := w.pick(client, p.ID, winners...)
			if fields := problem.As(err).Fields; !problem.Is(err, problem.CodeValidation) || len(fields) == 0 {
				t.Errorf("%v: %v", winners, err)
			}
		}
	})
	t.Run("is how a contest is approved: one work alone is not, and says where — A14", func(t *testing.T) {
		w := newWorld(t)
		p, entries := entered(w, 2, 2)
		_, err := w.approve(client, entries[0])
		refused(t, err, problem.CodePickWinners)
		if problem.As(err).Facts["project"] != p.ID {
			t.Errorf("told %+v", problem.As(err))
		}
		_, err = w.approve(client, w.delivered(ana, contest(1)).ID)
		must(t, err)
	})
	t.Run("is offered on the project as the call would answer: not while work is on its way, nor once all is decided — A14", func(t *testing.T) {
		w := newWorld(t)
		p, entries := entered(w, 2, 1)
		offered := func() lifecycle.Offer {
			told, err := w.Project(t.Context(), client, p.ID)
			must(t, err)
			return told.Offers(client, w.now)[slices.IndexFunc(told.Offers(client, w.now), func(o lifecycle.Offer) bool { return o.Action == project.Pick })]
		}
		if o := offered(); o.Allowed || o.Code != problem.CodeNotYet {
			t.Errorf("while ben works: %+v", o)
		}
		w.now = p.DeliverBy
		if o := offered(); !o.Allowed {
			t.Errorf("once it was due: %+v", o)
		}
		_, err := w.pick(client, p.ID, entries[0])
		must(t, err)
		if o := offered(); o.Allowed || o.Code != problem.CodeStateChanged {
			t.Errorf("once picked: %+v", o)
		}
	})
	t.Run("is the client's, once, and of a contest — B43", func(t *testing.T) {
		w := newWorld(t)
		p, entries := entered(w, 2, 2)
		for by, code := range map[*party.Actor]problem.Code{&agent: problem.CodeForbidden, &admin: problem.CodeForbidden, &stranger: problem.CodeNotFound, &ana: problem.CodeNotFound} {
			_, err := w.pick(*by, p.ID, entries[0])
			refused(t, err, code)
		}
		_, err := w.pick(client, p.ID, entries[0])
		must(t, err)
		_, err = w.pick(client, p.ID, entries[1])
		refused(t, err, problem.CodeValidation)
		a := w.delivered(ana)
		_, err = w.pick(client, a.Project, a.ID)
		refused(t, err, problem.CodeStateChanged)
	})
	t.Run("leaves to itself what its review closed by itself: nobody picked in time — A20", func(t *testing.T) {
		w := newWorld(t)
		p, entries := entered(w, 2, 2)
		w.now = noon.Add(w.Policies.Current().ReviewAutoClose)
		_, err := w.pick(client, p.ID, entries[0])
		refused(t, err, problem.CodeValidation)
		_, err = w.Sweep(t.Context(), w.now, 10)
		must(t, err)
		if w.stateOf(entries[0]) != project.Done || w.stateOf(entries[1]) != project.Done {
			t.Errorf("%s and %s", w.stateOf(entries[0]), w.stateOf(entries[1]))
		}
	})
	t.Run("of the largest contest fits one transaction of 100 items", func(t *testing.T) {
		most := newWorld(t).Policies.Current().SeatsPerProject
		const perSeat, besides = 5, 3 // assignment, event, reward, credit, and one to spare; project, event and request
		if most*perSeat+besides > 100 {
			t.Errorf("%d seats", most)
		}
		w := newWorld(t)
		p, entries := entered(w, len(pros), len(pros), video)
		var records int
		counted := counting{w.Store, &records}
		w.Service.Store = counted
		_, err := w.pick(client, p.ID, entries[0])
		must(t, err)
		if records > len(pros)*(perSeat-1)+besides {
			t.Errorf("%d items for %d seats", records, len(pros))
		}
	})
}

// counting counts what a commit writes.
type counting struct {
	store.Store
	items *int
}

func (c counting) Commit(ctx context.Context, change store.Change) error {
	*c.items += len(change.Records) + 1 + len(change.Others) + len(change.Entries)
	return c.Store.Commit(ctx, change)
}
