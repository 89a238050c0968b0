package project_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// bid is a part of a project whose reward flags raise: an invitation, and an assignment once it is accepted.
type bid struct {
	*world
	invitation string
	assignment store.Ref // zero while invited
}

func (w *world) bid() *bid {
	w.Helper()
	return &bid{world: w, invitation: w.invited(w.published(), ana)[0]}
}

func (w *world) bidOf(a project.Assignment) *bid {
	return &bid{world: w, invitation: a.Invitation, assignment: a.Ref()}
}

func (b *bid) accepted() *bid {
	b.Helper()
	a, err := b.accept(ana, b.invitation)
	must(b, err)
	b.assignment = a.Ref()
	return b
}

// stands is the reward, and what of it and on top of it one person each decided since two last agreed.
func (b *bid) stands() (reward, alone ledger.Money) {
	b.Helper()
	if b.assignment.ID != "" {
		a := load[project.Assignment](b.world, b.assignment)
		return a.Terms.Reward, a.Alone
	}
	i := b.world.invitation(b.invitation)
	return i.Reward(), i.Line.Alone
}

// raise is another flag that raises the reward by so much.
func (b *bid) raise(minor int64, agreed bool) error {
	b.Helper()
	to, _ := b.stands()
	to.Minor += minor
	i := b.world.invitation(b.invitation)
	return b.relieve(agent, project.Relief{
		Flag: fmt.Sprintf("flg_%d", minor), Project: i.Project.ID, Invitation: i.ID, Assignment: b.assignment.ID, Reward: to, Agreed: agreed,
	})
}

func takesTwo(t testing.TB, err error) {
	t.Helper()
	if !errors.Is(err, ledger.ErrTakesTwo) {
		t.Errorf("got %v, want two people", err)
	}
}

func TestRaisedAlone(t *testing.T) {
	for name, begin := range map[string]func(*world) *bid{
		"who is invited":  func(w *world) *bid { return w.bid() },
		"who is assigned": func(w *world) *bid { return w.bid().accepted() },
	} {
		t.Run("counts together over the flags of "+name+": exactly the limit is one person's, a cent more takes two — R16 R106 A36", func(t *testing.T) {
			for _, steps := range [][]int64{{limit}, {limit - 1, 1}, {100, limit - 200, 100}} {
				b := begin(newWorld(t))
				before, _ := b.stands()
				for _, minor := range steps {
					must(t, b.raise(minor, false))
				}
				written := len(b.mem.events)
				takesTwo(t, b.raise(1, false))
				if reward, alone := b.stands(); reward.Minor != before.Minor+limit || alone != usd(limit) || len(b.mem.events) != written {
					t.Errorf("%v: got %s, %s alone", steps, reward, alone)
				}
			}
			takesTwo(t, begin(newWorld(t)).raise(limit+1, false))
		})
		t.Run("starts anew for "+name+" once two agree — R16 R106", func(t *testing.T) {
			b := begin(newWorld(t))
			must(t, b.raise(limit, false))
			must(t, b.raise(limit+1, true))
			if _, alone := b.stands(); alone != (ledger.Money{}) {
				t.Errorf("got %s alone", alone)
			}
			must(t, b.raise(limit, false))
			takesTwo(t, b.raise(1, false))
		})
		t.Run("always takes two for "+name+" in a currency without a limit", func(t *testing.T) {
			w := newWorld(t)
			book := w.Policies.Current()
			book.SecondPersonAbove = map[string]int64{"EUR": limit}
			book.Version += "-eur"
			w.Policies = append(slices.Clone(w.Policies), book)
			b := begin(w)
			takesTwo(t, b.raise(1, false))
		})
	}
	t.Run("of who was invited counts on once they have accepted — R16 R106", func(t *testing.T) {
		b := newWorld(t).bid()
		must(t, b.raise(limit-1, false))
		b.accepted()
		if _, alone := b.stands(); alone != usd(limit-1) {
			t.Errorf("got %s alone", alone)
		}
		takesTwo(t, b.raise(2, false))
		must(t, b.raise(1, false))
	})
	t.Run("of who came too late counts on when they are invited again at that reward — R106 A21", func(t *testing.T) {
		w := newWorld(t)
		p := w.published()
		ids := w.invited(p, ana, ben)
		late := &bid{world: w, invitation: ids[1]}
		must(t, late.raise(limit, false))
		a, err := w.accept(ana, ids[0])
		must(t, err)
		_, err = w.watch(ben, project.Watch, ids[1])
		must(t, err)
		w.now = noon.Add(day)
		_, err = w.giveUp(ana, a.ID)
		must(t, err)
		late.invitation = projectOf(w, a).Watchers[0].Again
		if reward, alone := late.stands(); reward.Minor != p.Reward.Minor+limit || alone != usd(limit) {
			t.Errorf("got %s, %s alone", reward, alone)
		}
		takesTwo(t, late.raise(1, false))
	})
	t.Run("and what is adjusted are one sum; two people who agree on either let both start anew — R56 R106", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		b := w.bidOf(a)
		adjusts := func(minor int64, want string) ledger.Adjustment {
			t.Helper()
			adj := w.adjusted(a, credit(minor))
			if string(adj.Progress.State) != want {
				t.Errorf("an adjustment of %d is %s", minor, adj.Progress.State)
			}
			return adj
		}
		must(t, b.raise(limit/2, false))
		waits := adjusts(limit-limit/2+1, "proposed")
		adjusts(limit-limit/2, "posted")
		takesTwo(t, b.raise(1, false))
		_, err := w.approveAdjustment(lead, waits.ID)
		must(t, err)
		must(t, b.raise(limit, false))
		adjusts(1, "proposed")
		must(t, b.raise(1, true))
		adjusts(limit, "posted")
		takesTwo(t, b.raise(1, false))
	})
	t.Run("is refused by the work before anybody counts: too low, another currency, over — R16", func(t *testing.T) {
		b := newWorld(t).bid().accepted()
		must(t, b.raise(limit, false))
		refusedAt(t, b.raise(0, false), "/amount")
		w := newWorld(t)
		refused(t, w.bidOf(w.delivered(ana)).raise(limit+1, false), problem.CodeStateChanged)
	})
	t.Run("and adjusted at one instant counts one after the other, so that none walks past the limit — R106", func(t *testing.T) {
		w := onTable(t)
		a := w.working(ana)
		steps := []func() (bool, error){
			func() (bool, error) {
				adj, err := w.adjust(agent, a.ID, credit(limit/2))
				return adj.Progress.State == ledger.AdjustmentPosted, err
			},
			func() (bool, error) {
				r := relief(a)
				r.Reward = usd(a.Terms.Reward.Minor + limit/2)
				err := w.relieve(agent, r)
				if errors.Is(err, ledger.ErrTakesTwo) {
					return false, nil
				}
				return err == nil, err
			},
		}
		steps = append(steps, steps[0])
		alone := make(chan bool, len(steps))
		for _, step := range steps {
			go func() {
				did, err := step()
				if err != nil {
					t.Error(err)
				}
				alone <- did
			}()
		}
		count := 0
		for range cap(alone) {
			if <-alone {
				count++
			}
		}
		if sum := load[project.Assignment](w, a.Ref()).Alone; count != 2 || sum != usd(limit/2*2) {
			t.Errorf("%d were decided alone, together %s", count, sum)
		}
	})
	t.Run("is what came alone since two last agreed, whatever the steps and their order, and never above the limit — R56 R106 A36", func(t *testing.T) {
		rapid.Check(t, func(r *rapid.T) {
			b := newWorld(t).bid()
			var model int64
			for range rapid.IntRange(1, 12).Draw(r, "steps") {
				minor := rapid.OneOf(rapid.Int64Range(1, limit/3), rapid.Int64Range(1, limit+1)).Draw(r, "minor")
				alone := model+minor <= limit
				switch kind := rapid.SampledFrom([]string{"raise", "raise", "agreed raise", "adjust", "accept"}).Draw(r, "step"); {
				case kind == "raise" && alone:
					must(t, b.raise(minor, false))
					model += minor
				case kind == "raise":
					takesTwo(t, b.raise(minor, false))
				case kind == "agreed raise":
					must(t, b.raise(minor, true))
					model = 0
				case b.assignment.ID == "":
					b.accepted()
				case kind == "adjust":
					adj := b.adjusted(load[project.Assignment](b.world, b.assignment), credit(minor))
					if model += minor; adj.Progress.State == ledger.AdjustmentProposed {
						_, err := b.approveAdjustment(lead, adj.ID)
						must(t, err)
						model = 0
					}
					if posted := adj.Progress.State == ledger.AdjustmentPosted; posted != alone {
						r.Fatalf("%d more is %s", minor, adj.Progress.State)
					}
				}
				if _, sum := b.stands(); sum.Minor != model || sum.Minor > limit {
					r.Fatalf("%s stands as decided alone, want %d", sum, model)
				}
			}
		})
	})
}
