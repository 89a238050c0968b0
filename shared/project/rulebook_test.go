package project_test

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// rulebook checks, after each step of a play, what must be true of everything that is kept.
type rulebook struct {
	*play
	seen    int                                  // events that were checked
	live    map[store.Ref]map[time.Time][]string // deadlines that events have armed and not ended
	written []string                             // entries, as they were when they came
}

func (r *rulebook) check() error {
	if err := r.newEvents(); err != nil {
		return err
	}
	for ref, versions := range r.mem.versions {
		if err := history(ref, versions); err != nil {
			return err
		}
		if d, ok := versions[len(versions)-1].(store.Deadlined); ok {
			if err := r.deadlines(d); err != nil {
				return err
			}
		}
	}
	for _, p := range latest[project.Project](r.mem) {
		if err := errors.Join(seats(p), r.former(p), r.waiting(p), r.pair(p)); err != nil {
			return err
		}
	}
	return errors.Join(r.talk(), r.money(), r.alone())
}

// alone: what one person each decided on a work since two agreed is within the limit, also on an invitation (R106).
func (r *rulebook) alone() error {
	within := func(of string, sum ledger.Money) error {
		if sum.Minor < 0 || sum.Minor > limit || sum.IsZero() != (sum.Currency == "") {
			return fmt.Errorf("on %s %s is decided alone", of, sum)
		}
		return nil
	}
	var wrong []error
	for _, a := range latest[project.Assignment](r.mem) {
		wrong = append(wrong, within(a.ID, a.Alone))
	}
	for _, round := range latest[project.Round](r.mem) {
		for _, l := range round.Lines {
			wrong = append(wrong, within(round.ID, l.Alone))
		}
	}
	return errors.Join(wrong...)
}

// talk: a thread's messages are numbered without gaps, each from a source of its own, and the marks count what the other
// side wrote after them (I26).
func (r *rulebook) talk() error {
	said := map[string][]project.Message{}
	sources := map[project.Source]bool{}
	for _, m := range latest[project.Message](r.mem) {
		said[m.Thread] = append(said[m.Thread], m)
		if m.Number() != len(said[m.Thread]) || sources[m.Source] || m.Source.ID == "" {
			return fmt.Errorf("message %s of %s from %+v is out of order, or comes twice", m.ID, m.Thread, m.Source)
		}
		sources[m.Source] = true
	}
	for _, t := range latest[project.Thread](r.mem) {
		var pro, team project.Mark
		pro.UpTo, team.UpTo = t.ProRead.UpTo, t.TeamRead.UpTo
		for _, m := range said[t.ID] {
			mark := &pro
			if m.OfPro() {
				mark = &team
			}
			if m.Number() > mark.UpTo {
				if mark.Unread++; mark.Unread == 1 {
					mark.Since = m.At
				}
			}
		}
		if t.Count != len(said[t.ID]) || t.ProRead != pro || t.TeamRead != team {
			return fmt.Errorf("%+v has %d messages, and its marks are %+v and %+v", t, len(said[t.ID]), pro, team)
		}
	}
	return nil
}

// newEvents keeps the books of alarms: what was armed, and what became of it.
func (r *rulebook) newEvents() error {
	if r.live == nil {
		r.live = map[store.Ref]map[time.Time][]string{}
	}
	for _, e := range r.mem.events[r.seen:] {
		for _, d := range e.Ended {
			i := slices.Index(r.live[d.Ref][d.At], d.Kind)
			if i < 0 {
				return fmt.Errorf("%s ended %s of %s, which was not live", e.Action, d.Kind, d.Ref)
			}
			r.live[d.Ref][d.At] = slices.Delete(r.live[d.Ref][d.At], i, i+1)
		}
		for _, a := range e.Armed {
			if r.live[a.Ref] == nil {
				r.live[a.Ref] = map[time.Time][]string{}
			}
			r.live[a.Ref][a.DueAt] = append(r.live[a.Ref][a.DueAt], a.Kind)
			r.alarms = append(r.alarms, a)
		}
		if e.Role == "" || e.Actor == "" || e.Policy == "" {
			return fmt.Errorf("%+v does not say who, in which role or under which policy", e)
		}
	}
	r.seen = len(r.mem.events)
	return nil
}

// history: versions grow by one, time never goes back, and every change of state is an edge of the table (I9, I18, I21).
func history(ref store.Ref, versions []store.Record) error {
	for n, v := range versions {
		if v.Revision() != n+1 {
			return fmt.Errorf("%s: version %d comes as number %d", ref, v.Revision(), n+1)
		}
		if n == 0 {
			continue
		}
		if updated(v).Before(updated(versions[n-1])) {
			return fmt.Errorf("%s: updatedAt went back from %s to %s", ref, updated(versions[n-1]), updated(v))
		}
		if d, ok := v.(store.Deadlined); ok {
			from, to := versions[n-1].(store.Deadlined).Standing(), d.Standing()
			if from.State != to.State && !slices.ContainsFunc(tableOf(ref).Transitions, func(tr lifecycle.Transition) bool { return tr.From == from.State && tr.To == to.State }) {
				return fmt.Errorf("%s: went from %s to %s", ref, from.State, to.State)
			}
			if from.State != to.State && to.Entry <= from.Entry {
				return fmt.Errorf("%s: entered %s under entry %d after %d", ref, to.State, to.Entry, from.Entry)
			}
		}
	}
	return nil
}

func updated(r store.Record) time.Time {
	switch r := r.(type) {
	case project.Project:
		return r.UpdatedAt
	case project.Assignment:
		return r.UpdatedAt
	case project.Thread:
		return r.UpdatedAt
	case project.Stray:
		return r.UpdatedAt
	}
	return time.Time{}
}

func tableOf(ref store.Ref) lifecycle.Table {
	return map[string]lifecycle.Table{
		store.Project: project.Lifecycle, store.Assignment: project.AssignmentLifecycle, store.Reward: ledger.RewardLifecycle,
		store.Adjustment: ledger.AdjustmentLifecycle, store.Stray: project.StrayLifecycle,
	}[ref.Kind]
}

// deadlines: exactly those that the state requires are live, and the events know of exactly those (I10, I11).
func (r *rulebook) deadlines(d store.Deadlined) error {
	want := map[string]int{}
	free := map[string]bool{} // may be live or not
	switch d := d.(type) {
	case project.Project:
		for _, round := range d.Rounds {
			if d.Progress.State == project.Open && !round.Expired && round.ClosedAt.IsZero() {
				want[project.RoundExpiry]++
			}
		}
	case project.Assignment:
		switch d.Progress.State {
		case project.Working:
			if !d.Late && len(d.Hold.For) == 0 {
				want[project.DeliveryDue] = 1
			}
		case project.InReview, project.Clarifying:
			want[project.ReviewAutoClose] = 1
		case project.Quoted, project.Offered:
			want[project.QuoteExpiry] = 1
		case project.Revising:
			if free[project.DeliveryDue] = d.Late || len(d.Hold.For) > 0; !free[project.DeliveryDue] {
				want[project.DeliveryDue] = 1
			}
		case project.InQC:
			free[project.DeliveryDue] = true
		}
	case ledger.Reward:
		if d.Progress.State == ledger.RewardHeld && !d.ReleaseAt.IsZero() {
			want[ledger.ReleaseDeadline] = 1
		}
	}
	got, told := map[string]int{}, 0
	for _, due := range d.Standing().Deadlines {
		got[due.Kind]++
		if !slices.Contains(r.live[d.Ref()][due.At], due.Kind) {
			return fmt.Errorf("%s: no event armed %s at %s", d.Ref(), due.Kind, due.At)
		}
	}
	for _, kinds := range r.live[d.Ref()] {
		told += len(kinds)
	}
	if told != len(d.Standing().Deadlines) {
		return fmt.Errorf("%s: the events leave %d alarms live, the record has %+v", d.Ref(), told, d.Standing())
	}
	for kind, n := range got {
		if n != want[kind] && !(free[kind] && n == 1) {
			return fmt.Errorf("%s is %s with %d × %s, want %d", d.Ref(), d.Standing().State, n, kind, want[kind])
		}
	}
	for kind, n := range want {
		if got[kind] != n {
			return fmt.Errorf("%s is %s with %d × %s, want %d", d.Ref(), d.Standing().State, got[kind], kind, n)
		}
	}
	return nil
}

// seats: never oversold, each with a pro and an assignment of its own; filled when and only when all are taken (I12).
func seats(p project.Project) error {
	taken := map[string]bool{}
	for _, s := range p.Seats {
		if s.Assignment == "" {
			continue
		}
		if taken[s.Pro] || taken[s.Assignment] || taken[s.Invitation] {
			return fmt.Errorf("%s: a seat is taken twice: %+v", p.ID, p.Seats)
		}
		taken[s.Pro], taken[s.Assignment], taken[s.Invitation] = true, true, true
	}
	full := p.Taken() == len(p.Seats)
	if full != (p.Progress.State == project.Filled) || full == p.FilledAt.IsZero() || p.Progress.State == project.Cancelled && p.Taken() > 0 {
		return fmt.Errorf("%s is %s with %d of %d seats taken", p.ID, p.Progress.State, p.Taken(), len(p.Seats))
	}
	return nil
}

// former: an assignment is in a seat of its project or among those that were left, as its state says (I12).
func (r *rulebook) former(p project.Project) error {
	left := map[string]bool{}
	for _, s := range p.Former {
		left[s.Assignment] = true
	}
	for _, a := range latest[project.Assignment](r.mem) {
		gone := a.Progress.State == project.Withdrawn || a.Progress.State == project.Reassigned
		if a.Project == p.ID && (gone != left[a.ID] || gone == slices.ContainsFunc(p.Seats, func(s project.Seat) bool { return s.Assignment == a.ID })) {
			return fmt.Errorf("%s is %s, and its project has %+v and once had %+v", a.ID, a.Progress.State, p.Seats, p.Former)
		}
	}
	return nil
}

// pair: a proofreading and its translation name each other, one of them at a time, and nobody proofreads their own work (R32).
func (r *rulebook) pair(p project.Project) error {
	for _, a := range latest[project.Assignment](r.mem) {
		if a.Project == p.ID && a.Of != p.Of {
			return fmt.Errorf("%s proofreads %q, and its project %q", a.ID, a.Of, p.Of)
		}
	}
	if p.Proofreading != "" {
		if reading := load[project.Project](r.world, store.Ref{Kind: store.Project, ID: p.Proofreading}); reading.Of != p.ID {
			return fmt.Errorf("%s is proofread by %s, which proofreads %q", p.ID, reading.ID, reading.Of)
		}
	}
	if p.Of == "" {
		return nil
	}
	of := load[project.Project](r.world, store.Ref{Kind: store.Project, ID: p.Of})
	if of.Proofreading != p.ID && p.Progress.State != project.Cancelled {
		return fmt.Errorf("%s proofreads %s, which has %q", p.ID, of.ID, of.Proofreading)
	}
	for _, s := range p.Seats {
		if s.Pro != "" && slices.ContainsFunc(slices.Concat(of.Seats, of.Former), func(had project.Seat) bool { return had.Pro == s.Pro }) {
			return fmt.Errorf("%s proofreads their own work on %s", s.Pro, of.ID)
		}
	}
	return nil
}

// waiting: who waits has come too late and has no seat, and nobody waits while they could be invited (A21).
func (r *rulebook) waiting(p project.Project) error {
	for _, w := range p.Watchers {
		lost, err := r.Invitation(r.Context(), agent, w.Invitation)
		if err != nil || lost.State(r.now) != project.Closed || lost.Line.Pro != w.Pro {
			return fmt.Errorf("%s waits on an invitation that is %s: %v", w.Pro, lost.State(r.now), err)
		}
		if slices.ContainsFunc(p.Seats, func(s project.Seat) bool { return s.Pro == w.Pro }) {
			return fmt.Errorf("%s waits and has a seat", w.Pro)
		}
		for _, other := range p.Watchers {
			if other != w && other.Invitation == w.Invitation {
				return fmt.Errorf("%s waits twice", w.Pro)
			}
		}
	}
	return nil
}

// money: the book sums to zero and no account that may not owe does, after each entry; what is written stays as it was; a
// reward was held once since QC passed it, and every state it is or was in has its one entry; so has every adjustment (I1–I6).
func (r *rulebook) money() error {
	count, undone := map[string]int{}, map[string]int{}
	for n, e := range r.mem.entries {
		if n == len(r.written) {
			r.written = append(r.written, fmt.Sprint(e))
		}
		if r.written[n] != fmt.Sprint(e) {
			return fmt.Errorf("entry %s was changed", e.ID)
		}
		if err := e.Validate(); err != nil {
			return err
		}
		count[e.ID]++
		undone[e.Reverses]++
		if err := solvent(r.mem.entries[:n+1]); err != nil {
			return fmt.Errorf("after entry %s: %w", e.ID, err)
		}
	}
	entries := 0
	once := func(id string, want bool) error {
		if want {
			entries++
		}
		if count[id] > 1 || want != (count[id] == 1) {
			return fmt.Errorf("%d entries %s", count[id], id)
		}
		return nil
	}
	for _, a := range latest[project.Assignment](r.mem) {
		versions := r.mem.versions[store.Ref{Kind: store.Reward, ID: project.RewardID(a.ID), Owner: a.Pro}]
		if held := !a.PassedAt.IsZero(); held != (len(versions) > 0) {
			return fmt.Errorf("%s passed QC: %t, rewards %d", a.ID, held, len(versions))
		}
	}
	for _, reward := range latest[ledger.Reward](r.mem) {
		state := reward.Progress.State
		if err := errors.Join(once(reward.ID+".hold", true), once(reward.ID+".credit", !reward.CreditedAt.IsZero()), once(reward.ID+".not_picked", !reward.Forgone.IsZero())); err != nil {
			return fmt.Errorf("%+v: %w", reward, err)
		}
		if (state == ledger.RewardVoided) != (undone[reward.ID] == 1) || state == ledger.RewardCredited && reward.CreditedAt.IsZero() {
			return fmt.Errorf("%+v is undone %d times", reward, undone[reward.ID])
		}
	}
	for _, adj := range latest[ledger.Adjustment](r.mem) {
		state := adj.Progress.State
		if err := once(adj.EntryID(), state == ledger.AdjustmentPosted || state == ledger.AdjustmentReversed); err != nil {
			return fmt.Errorf("%+v: %w", adj, err)
		}
		if (state == ledger.AdjustmentReversed) != (undone[adj.ID] == 1) || adj.DecidedBy != "" && adj.DecidedBy == adj.By && state != ledger.AdjustmentDeclined {
			return fmt.Errorf("%+v is undone %d times", adj, undone[adj.ID])
		}
	}
	if n := len(r.mem.entries); entries != n || n < len(r.written) {
		return fmt.Errorf("%d entries, of %d once written, and %d that a reward or adjustment explains", n, len(r.written), entries)
	}
	return errors.Join(r.fees(), r.shares())
}

// shares: who was not picked keeps what their edition leaves of the reward for work that passed, unless it was taken back
// before; from nobody else anything is taken away (A13, A14).
func (r *rulebook) shares() error {
	for _, reward := range latest[ledger.Reward](r.mem) {
		a := load[project.Assignment](r.world, store.Ref{Kind: store.Assignment, ID: reward.Assignment})
		book, err := r.Policies.At(a.Policy)
		must(r, err)
		kept, forgone, err := a.Terms.Reward.Kept(book.NotPickedShare)
		must(r, err)
		passedOver := a.Progress.State == project.NotPicked && reward.Change == 0
		takenBack := reward.VoidedBy != "" && !reward.VoidedAt.After(a.DoneAt)
		switch {
		case !passedOver && reward.Forgone.Minor != 0:
			return fmt.Errorf("%+v is lessened, and %s is %s", reward, a.ID, a.Progress.State)
		case passedOver && !takenBack && (reward.Amount != kept || reward.Forgone.Minor != forgone.Minor):
			return fmt.Errorf("%+v of %s was not picked, and keeps %s", reward, a.ID, kept)
		}
	}
	return nil
}

// fees: what client and pro agreed on, and nothing else, is a reward of its own over the pro's share, and its entry charges the
// client what the share and the platform's rest come to (A18, I4).
func (r *rulebook) fees() error {
	agreed := map[string]project.FeeAgreed{}
	for _, e := range r.mem.events {
		for _, f := range e.Facts {
			if f, ok := f.(project.FeeAgreed); ok {
				agreed[f.Reward] = f
			}
		}
	}
	for _, reward := range latest[ledger.Reward](r.mem) {
		f, ok := agreed[reward.ID]
		if delete(agreed, reward.ID); ok != (reward.Change > 0) || ok && (reward.Amount != f.Share || reward.Change != f.Number) {
			return fmt.Errorf("%+v was agreed as %+v", reward, f)
		}
		i := slices.IndexFunc(r.mem.entries, func(e ledger.Entry) bool { return ok && e.ID == reward.ID+".hold" })
		if i < 0 {
			continue
		}
		balances, err := ledger.Balances(r.mem.entries[i : i+1])
		if err != nil {
			return err
		}
		if charged := balances[ledger.Client(f.Client)]["USD"]; charged != f.Fee.Neg() || balances[ledger.Platform]["USD"].Minor != f.Fee.Minor-f.Share.Minor {
			return fmt.Errorf("%s charges %s for %+v", reward.ID, charged, f)
		}
	}
	if len(agreed) > 0 {
		return fmt.Errorf("there are no rewards for %v", agreed)
	}
	return nil
}

// solvent: all accounts together are zero in every currency, and none that may not owe does (I1, I6).
func solvent(entries []ledger.Entry) error {
	balances, err := ledger.Balances(entries)
	if err != nil {
		return err
	}
	total := int64(0)
	for account, sums := range balances {
		total += sums["USD"].Minor
		if !account.MayOwe() && sums["USD"].Minor < 0 {
			return fmt.Errorf("%s has %s", account, sums["USD"])
		}
	}
	if total != 0 {
		return fmt.Errorf("the book is %d off", total)
	}
	return nil
}

// settled: when time alone has done all it can, nothing is overdue, and only what waits for a person is open (I3, I11, I31).
func (r *rulebook) settled() error {
	for _, d := range latest[store.Deadlined](r.mem) {
		if at, live := d.Standing().Earliest(); live {
			return fmt.Errorf("%s still has a deadline at %s", d.Ref(), at)
		}
	}
	for _, a := range latest[project.Assignment](r.mem) {
		if slices.Contains([]lifecycle.State{project.InReview, project.Clarifying, project.Quoted, project.Offered}, a.Progress.State) {
			return fmt.Errorf("%s is still %s", a.ID, a.Progress.State)
		}
	}
	for _, reward := range latest[ledger.Reward](r.mem) {
		if reward.Progress.State == ledger.RewardHeld && !r.waits(reward) {
			return fmt.Errorf("%s is still held", reward.ID)
		}
	}
	return nil
}

// waits tells whether a reward is held for work that is not approved yet: a fee whose changes are being made, or whatever
// the client's approval releases while the client's wish for changes is with somebody.
func (r *rulebook) waits(reward ledger.Reward) bool {
	a := load[project.Assignment](r.world, store.Ref{Kind: store.Assignment, ID: reward.Assignment})
	return a.Request.Number > 0 && (reward.Rule == policy.OnClientApproval || reward.Change == a.Request.Number)
}
