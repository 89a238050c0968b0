package local

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/callsheet/callsheet/shared/help"
	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// checkMoney: every entry sums to zero and so does the book; every passed assignment has one reward; every state that a
// reward or adjustment is or was in has its one entry, and there is no other; what a pro's entries add up to is what their
// rewards and adjustments say, and never less than nothing (I1, I3–I6).
func (b *books) checkMoney() {
	for id, a := range b.assignments {
		if r, ok := b.rewards[project.RewardID(id)]; ok != !a.PassedAt.IsZero() || ok && (r.Pro != a.Pro || whole(r) != a.Terms.Reward) {
			b.fault("I4", "assignment %s passed at %s, and its reward is %+v", id, a.PassedAt, r)
		}
		for _, n := range a.Fees {
			if r, ok := b.rewards[project.FeeID(id, n)]; !ok || r.Pro != a.Pro || r.Change != n {
				b.fault("I4", "assignment %s has a fee for request %d, and its reward is %+v", id, n, r)
			}
		}
	}
	var all []ledger.Entry
	undone := map[string]int{}
	for _, e := range b.entries {
		all = append(all, e)
		if err := b.book.Add(e); err != nil {
			b.fault("I8", "%w", err)
		}
		if e.Reverses != "" {
			undone[e.Reverses]++
		}
		if err := e.Validate(); err != nil {
			b.fault("I1", "%w", err)
		}
	}
	explained := map[string]bool{}
	standing := map[ledger.Account]map[string]int64{}
	for _, r := range b.rewards {
		b.checkReward(r, undone[r.ID], explained)
		switch r.Progress.State {
		case ledger.RewardHeld, ledger.RewardFrozen:
			stands(standing, ledger.Held(r.Pro), r.Amount)
		case ledger.RewardCredited:
			stands(standing, ledger.Available(r.Pro), r.Amount)
		}
	}
	for _, a := range b.adjustments {
		b.checkAdjustment(a, undone[a.ID], explained)
		if a.Progress.State == ledger.AdjustmentPosted && a.Kind != ledger.Correction {
			stands(standing, ledger.Available(a.Pro), a.Share)
		}
	}
	for id := range b.entries {
		if !explained[id] {
			b.fault("I4", "entry %s belongs to no reward or adjustment", id)
		}
	}
	b.checkBalances(all, standing)
}

// stands adds an amount to what rewards and adjustments say of an account.
func stands(on map[ledger.Account]map[string]int64, a ledger.Account, m ledger.Money) {
	if on[a] == nil {
		on[a] = map[string]int64{}
	}
	on[a][m.Currency] += m.Minor
}

func (b *books) checkReward(r ledger.Reward, undone int, explained map[string]bool) {
	switch a, ok := b.assignments[r.Assignment]; {
	case !ok || r.Change == 0 && r.ID != project.RewardID(r.Assignment):
		b.fault("I4", "reward %s is for assignment %s, which is not there", r.ID, r.Assignment)
	case r.Change > 0:
		b.checkFee(r, a)
	}
	credited := r.Amount
	for _, p := range b.entries[r.ID+".not_picked"].Postings {
		if p.Account == ledger.Available(r.Pro) {
			credited = whole(r) // it was taken away afterwards
		}
	}
	b.explain(explained, r.ID+".hold", r.Pro, whole(r), true)
	b.explain(explained, r.ID+".credit", r.Pro, credited, !r.CreditedAt.IsZero())
	b.explain(explained, r.ID+".not_picked", r.Pro, r.Forgone.Neg(), !r.Forgone.IsZero())
	if voided := r.Progress.State == ledger.RewardVoided; voided != (undone == 1) || voided == r.VoidedAt.IsZero() || undone > 1 {
		b.fault("I3", "reward %s is %s, and is taken back %d times", r.ID, r.Progress.State, undone)
	}
	if r.Progress.State == ledger.RewardCredited && r.CreditedAt.IsZero() || !r.CreditedAt.IsZero() && !r.ReleaseAt.IsZero() && !r.CreditedAt.Equal(r.ReleaseAt) {
		b.fault("I4", "reward %s was to be released at %s and was at %s", r.ID, r.ReleaseAt, r.CreditedAt)
	}
}

// whole is a reward with what was taken away of it.
func whole(r ledger.Reward) ledger.Money {
	return ledger.Money{Minor: r.Amount.Minor + r.Forgone.Minor, Currency: r.Amount.Currency}
}

// checkFee: a fee is one that its assignment knows of, charged to its client in the entry that holds it, and its clock runs
// once the changes that it pays for have passed (A11, A18).
func (b *books) checkFee(r ledger.Reward, a project.Assignment) {
	if r.ID != project.FeeID(a.ID, r.Change) || !slices.Contains(a.Fees, r.Change) {
		b.fault("I4", "assignment %s knows of no fee %s", a.ID, r.ID)
	}
	for n, p := range b.entries[r.ID+".hold"].Postings {
		charged := n == 0 && p.Account == ledger.Client(a.Client) && p.Amount.Minor < 0
		if !charged && p.Account != ledger.Platform && p.Account != ledger.Held(a.Pro) {
			b.fault("I5", "fee %s moves %s on account %s", r.ID, p.Amount, p.Account)
		}
	}
	if made := a.Request.Number != r.Change; made && r.Rule == policy.AfterHold && r.ReleaseAt.IsZero() && r.Progress.State != ledger.RewardVoided {
		b.fault("I10", "the changes of fee %s are made, and nothing releases it", r.ID)
	}
}

func (b *books) checkAdjustment(a ledger.Adjustment, undone int, explained map[string]bool) {
	if of, ok := b.assignments[a.Assignment]; !ok || of.Pro != a.Pro || of.Client != a.Client {
		b.fault("I4", "adjustment %s is of assignment %s, which is not theirs", a.ID, a.Assignment)
	}
	state := a.Progress.State
	b.explain(explained, a.EntryID(), a.Pro, a.Share, state == ledger.AdjustmentPosted || state == ledger.AdjustmentReversed)
	if reversed := state == ledger.AdjustmentReversed; reversed != (undone == 1) || undone > 1 {
		b.fault("I3", "adjustment %s is %s, and is taken back %d times", a.ID, state, undone)
	}
	if a.DecidedBy != "" && a.DecidedBy == a.By && state != ledger.AdjustmentDeclined {
		b.fault("I30", "adjustment %s was approved by who proposed it", a.ID)
	}
}

// explain expects an entry to be there or not, and to bring its pro an amount.
func (b *books) explain(explained map[string]bool, id, pro string, brings ledger.Money, want bool) {
	e, got := b.entries[id]
	if explained[id] = got; got != want {
		b.fault("I4", "whether there is an entry %s is %t", id, got)
	}
	if !got || len(e.Postings) == 0 {
		return
	}
	held, err := e.Change(ledger.Held(pro))
	available, failed := e.Change(ledger.Available(pro))
	if err = errors.Join(err, failed); err != nil || e.Pro != pro {
		b.fault("I8", "entry %s of %s: %w", id, e.Pro, err)
	}
	if e.Kind == "credit" && e.Reward != "" { // from one of the pro's accounts to the other
		held = ledger.Money{Currency: held.Currency}
	}
	if held.Minor+available.Minor != brings.Minor || held.Currency != brings.Currency {
		b.fault("I4", "%s should bring %s, and its entry brings %d and %d", id, brings, held.Minor, available.Minor)
	}
}

func (b *books) checkBalances(all []ledger.Entry, standing map[ledger.Account]map[string]int64) {
	balances, err := ledger.Balances(all)
	if err != nil {
		b.fault("I8", "%w", err)
		return
	}
	total := map[string]int64{}
	for account, sums := range balances {
		for currency, sum := range sums {
			total[currency] += sum.Minor
			if account.MayOwe() {
				continue
			}
			if sum.Minor < 0 {
				b.fault("I6", "account %s owes %s", account, sum)
			}
			if sum.Minor != standing[account][currency] {
				b.fault("I5", "account %s has %s by its entries and %d by its rewards and adjustments", account, sum, standing[account][currency])
			}
		}
	}
	for account, sums := range standing {
		for currency, sum := range sums {
			if balances[account][currency].Minor != sum {
				b.fault("I5", "account %s has no %d %s in its entries", account, sum, currency)
			}
		}
	}
	for currency, sum := range total {
		if sum != 0 {
			b.fault("I1", "all accounts together are %d %s off", sum, currency)
		}
	}
}

// checkSeats: every taken seat and every assignment are each other's, won by an invitation that was that pro's, and a
// project is filled exactly while all its seats are taken (I12).
func (b *books) checkSeats() {
	seated := map[string]bool{}
	for id, p := range b.projects {
		pros := map[string]bool{}
		for _, s := range p.Seats {
			if s.Assignment == "" {
				continue
			}
			a, ok := b.assignments[s.Assignment]
			i, invited := b.rounds[project.RoundOf(s.Invitation)].Find(s.Invitation, p)
			switch {
			case !ok || a.Project != id || a.Pro != s.Pro || a.Invitation != s.Invitation || seated[a.ID]:
				b.fault("I12", "a seat of %s and assignment %s do not fit", id, s.Assignment)
			case !invited || i.Line.Pro != s.Pro || i.Round.Project != id || i.Line.State != project.Invited:
				b.fault("I12", "a seat of %s was won by %s, which is not an open invitation of %s", id, s.Invitation, s.Pro)
			case pros[s.Pro]:
				b.fault("I17", "%s has two seats of %s", s.Pro, id)
			}
			seated[s.Assignment], pros[s.Pro] = true, true
		}
		for _, r := range p.Rounds {
			if round := b.rounds[r.Round]; round.Project != id || round.Version != 1+r.Answers {
				b.fault("I19", "%s knows %d answers to %s, which has version %d", id, r.Answers, r.Round, round.Version)
			}
		}
		b.checkFormer(p, seated)
		full := p.Taken() == len(p.Seats)
		if filled := p.Progress.State == project.Filled; filled != full || filled == p.FilledAt.IsZero() {
			b.fault("I12", "%s is %s since %s with %d of %d seats taken", id, p.Progress.State, p.FilledAt, p.Taken(), len(p.Seats))
		}
	}
	for id := range b.assignments {
		if !seated[id] {
			b.fault("I12", "assignment %s has no seat", id)
		}
	}
}

// checkContests: of a contest whose client has picked, every entry is a winner's, was not picked, or was closed by itself before,
// and nobody else was picked or passed over (A14); of who was not picked the reward is what their policy leaves of it (A13).
func (b *books) checkContests() {
	picked := map[string]int{} // winners by project, as its story tells
	for ref, story := range b.stories {
		for _, e := range story {
			for _, f := range e.Facts {
				if f, ok := f.(project.WinnersPicked); ok && ref.Kind == store.Project {
					picked[ref.ID] += f.Picked
				}
			}
		}
	}
	for id, p := range b.projects {
		won, settled := 0, 0
		for _, s := range p.Seats {
			times, over := b.endedAs(s.Assignment)
			if won += times; over {
				settled++
			}
		}
		if won != picked[id] || picked[id] > 0 && settled != len(p.Seats) {
			b.fault("A14", "the client of %s picked %d winners; %d are told so, and %d of %d entries are settled", id, picked[id], won, settled, len(p.Seats))
		}
	}
	for id, a := range b.assignments {
		if a.Progress.State == project.NotPicked && picked[a.Project] == 0 {
			b.fault("A14", "assignment %s was not picked, and %s has no winners", id, a.Project)
		}
		b.checkShare(a)
	}
}

// endedAs tells how often an entry of a contest was picked, and whether it was, was passed over, or was closed by itself.
func (b *books) endedAs(assignment string) (times int, over bool) {
	over = b.assignments[assignment].Progress.State == project.NotPicked
	for _, e := range b.stories[store.Ref{Kind: store.Assignment, ID: assignment}] {
		for _, f := range e.Facts {
			switch f.(type) {
			case project.WorkPicked:
				times++
				over = true
			case project.WorkApproved:
				over = true
			}
		}
	}
	return times, over
}

func (b *books) checkShare(a project.Assignment) {
	r, ok := b.rewards[project.RewardID(a.ID)]
	if !ok {
		return
	}
	book, err := policy.Editions().At(a.Policy)
	kept, forgone, failed := a.Terms.Reward.Kept(book.NotPickedShare)
	if err = errors.Join(err, failed); err != nil {
		b.fault("A13", "assignment %s: %w", a.ID, err)
		return
	}
	if a.Progress.State != project.NotPicked {
		kept, forgone = a.Terms.Reward, ledger.Money{}
	} else if r.VoidedBy != "" && r.Forgone.IsZero() {
		return // taken back before the pick
	}
	if r.Amount != kept || r.Forgone.Minor != forgone.Minor {
		b.fault("A13", "assignment %s is %s, and its reward keeps %s and not %s", a.ID, a.Progress.State, r.Amount, kept)
	}
}

// checkPairs: a proofreading and its translation name each other, one of them at a time and for one client; whoever has
// the proofreading's seat has and had none of the translation's (R32).
func (b *books) checkPairs() {
	for _, a := range b.assignments {
		if p := b.projects[a.Project]; a.Of != p.Of {
			b.fault("R32", "assignment %s proofreads %q, and its project %q", a.ID, a.Of, p.Of)
		}
	}
	for id, p := range b.projects {
		if reading := b.projects[p.Proofreading]; p.Proofreading != "" && reading.Of != id {
			b.fault("R32", "%s is proofread by %s, which proofreads %q", id, p.Proofreading, reading.Of)
		}
		if p.Of == "" {
			continue
		}
		of, ok := b.projects[p.Of]
		if !ok || of.Client != p.Client || of.Proofreading != id && p.Progress.State != project.Cancelled {
			b.fault("R32", "%s proofreads %s, which is proofread by %q", id, p.Of, of.Proofreading)
		}
		for _, s := range p.Seats {
			if s.Assignment != "" && slices.ContainsFunc(slices.Concat(of.Seats, of.Former), func(had project.Seat) bool { return had.Pro == s.Pro }) {
				b.fault("R32", "%s proofreads their own work on %s", s.Pro, p.Of)
			}
		}
	}
}

// checkLists: every invitation that went out is on its pro's list, and on nobody else's (I32).
func (b *books) checkLists() {
	sent := map[store.Listing]bool{}
	for _, r := range b.rounds {
		for i, line := range r.Lines {
			l := store.Listing{Invitation: project.InvitationID(r.ID, i), Project: r.Project, Pro: line.Pro}
			sent[l] = true
			if !b.listings[l] {
				b.fault("I32", "%+v went out and is on no list", l)
			}
		}
	}
	for l := range b.listings {
		if !sent[l] {
			b.fault("I32", "%+v is on a list and in no round", l)
		}
	}
}

// checkFormer: a seat that was left was its assignment's, which says so and has no other; and who waits for one has come
// too late (A21).
func (b *books) checkFormer(p project.Project, seated map[string]bool) {
	for _, s := range p.Former {
		a, ok := b.assignments[s.Assignment]
		gone := a.Progress.State == project.Withdrawn || a.Progress.State == project.Reassigned
		if !ok || !gone || a.Project != p.ID || a.Pro != s.Pro || seated[a.ID] || !a.LeftAt.Equal(s.LeftAt) {
			b.fault("I12", "a former seat of %s and assignment %s do not fit", p.ID, s.Assignment)
		}
		seated[s.Assignment] = true
	}
	for _, w := range p.Watchers {
		i, ok := b.rounds[project.RoundOf(w.Invitation)].Find(w.Invitation, p)
		again, invited := b.rounds[project.RoundOf(w.Again)].Find(w.Again, p)
		if !ok || i.Line.Pro != w.Pro || i.ClosedAt().IsZero() || w.Again != "" && (!invited || again.Line.Pro != w.Pro) {
			b.fault("I12", "%s waits for a seat of %s by %s, which is not a closed invitation of theirs", w.Pro, p.ID, w.Invitation)
		}
	}
}

// alarm is a deadline as events and records both name it.
type alarm struct {
	ref  store.Ref
	kind string
	at   time.Time
}

// checkDeadlines: what is live on a record is what its events have set and not ended, and is what its state needs (I10).
func (b *books) checkDeadlines() {
	open := map[alarm]int{}
	for _, story := range b.stories {
		for _, e := range story {
			for _, a := range e.Armed {
				open[alarm{a.Ref, a.Kind, a.DueAt.UTC()}]++
			}
			for _, d := range e.Ended {
				open[alarm{d.Ref, d.Kind, d.At.UTC()}]--
			}
		}
	}
	for _, r := range b.records {
		d, ok := r.(store.Deadlined)
		if !ok {
			continue
		}
		live := map[string]int{}
		for _, due := range d.Standing().Deadlines {
			open[alarm{d.Ref(), due.Kind, due.At.UTC()}]--
			live[due.Kind]++
		}
		if need := needed(d); !maps.Equal(live, need) {
			b.fault("I10", "%s is %s with the deadlines %v, and needs %v", d.Ref(), d.Standing().State, live, need)
		}
	}
	for a, n := range open {
		if n != 0 {
			b.fault("I10", "deadline %s of %s at %s is %+d times too often in the events", a.kind, a.ref, a.at, n)
		}
	}
}

// needed counts, by kind, the deadlines that a record must have. A delivery that is late, or was in quality control when
// it was due, has none any more; which of them it is stands in the events.
func needed(d store.Deadlined) map[string]int {
	need := map[string]int{}
	switch r := d.(type) {
	case project.Project:
		for _, round := range r.Rounds {
			if r.Progress.State == project.Open && !round.Expired && round.ClosedAt.IsZero() {
				need[project.RoundExpiry]++
			}
		}
	case project.Assignment:
		_, running := r.Progress.Live(project.DeliveryDue, "")
		switch state := r.Progress.State; {
		case state == project.InReview, state == project.Clarifying:
			need[project.ReviewAutoClose] = 1
		case state == project.Quoted, state == project.Offered:
			need[project.QuoteExpiry] = 1
		case state == project.InQC && running, state == project.Working && !r.Late && !held(r), state == project.Revising && (running || !r.Late && !held(r)):
			need[project.DeliveryDue] = 1
		}
	case help.Flag:
		if !r.OwedSince.IsZero() && !r.Escalated {
			need[help.FirstResponse] = 1
			if _, unwarned := r.Progress.Live(help.Warning, ""); unwarned {
				need[help.Warning] = 1
			}
		}
	case ledger.Reward:
		if r.Progress.State == ledger.RewardHeld && !r.ReleaseAt.IsZero() {
			need[ledger.ReleaseDeadline] = 1
		}
	}
	return need
}

// checkThreads: the messages of a thread are those that it counts, numbered without gaps, each from a source of its own,
// and its marks count what the other side wrote after them (I26).
func (b *books) checkThreads() {
	sources := map[project.Source]string{}
	for id := range b.messages {
		if _, ok := b.threads[id]; !ok {
			b.fault("I26", "thread %s has messages and is not there", id)
		}
	}
	for id, t := range b.threads {
		said := b.messages[id]
		if id != project.ThreadID(t.Project, t.Pro) || t.Count != len(said) {
			b.fault("I26", "thread %s counts %d messages and has %d", id, t.Count, len(said))
		}
		slices.SortFunc(said, func(x, y project.Message) int { return x.Number() - y.Number() })
		unread := map[bool]int{}
		for i, m := range said {
			if had := sources[m.Source]; m.Number() != i+1 || m.Source.ID == "" || had != "" {
				b.fault("I26", "%s is message %d of its thread, and %s came from %+v before", m.Ref(), i+1, had, m.Source)
			}
			sources[m.Source] = m.Ref().String()
			if mark := map[bool]project.Mark{true: t.TeamRead, false: t.ProRead}[m.OfPro()]; m.Number() > mark.UpTo {
				unread[m.OfPro()]++
			}
		}
		if t.TeamRead.Unread != unread[true] || t.ProRead.Unread != unread[false] {
			b.fault("I26", "thread %s has %+v and %+v, and %v is unread", id, t.TeamRead, t.ProRead, unread)
		}
	}
}

// held reports whether a delivery deadline stands still for a flag.
func held(a project.Assignment) bool { return len(a.Hold.For) > 0 }

// checkFlags: an asker knows exactly their flags that are not resolved, no two about the same, and a question is open
// exactly while its flag waits for it (A6, R20).
func (b *books) checkFlags() {
	open := map[string]string{}
	for id, f := range b.flags {
		if f.Progress.State == help.Resolved {
			continue
		}
		about := f.Subject.Pro + " " + f.Subject.Project + f.Subject.Reference + " " + string(f.Reason)
		if other, twice := open[about]; twice {
			b.fault("A6", "flags %s and %s are open about the same: %s", id, other, about)
		}
		open[about] = id
	}
	known := 0
	for _, r := range b.records {
		switch r := r.(type) {
		case help.Asker:
			for _, o := range r.Open {
				known++
				if f, there := b.flags[o.Flag]; !there || f.Subject.Pro != r.ID || f.Progress.State == help.Resolved {
					b.fault("A6", "%s is thought to have flag %s open", r.ID, o.Flag)
				}
			}
		case help.Question:
			f := b.flags[r.Flag.Reveal()]
			if waits := f.Paused.Question == r.ID; waits != (r.Progress.State == help.Asked) {
				b.fault("R20", "question %s is %s, and flag %s waits for it: %v", r.ID, r.Progress.State, f.ID, waits)
			}
		}
	}
	if known != len(open) {
		b.fault("A6", "askers know %d open flags of %d", known, len(open))
	}
}

// checkStories: replayed in their order, the events of a record lead from state to state as its table allows, and end
// where the record is (I9, I21).
func (b *books) checkStories() {
	for _, r := range b.records {
		switch r := r.(type) {
		case project.Project:
			b.replay(project.Lifecycle, r.Ref(), r.Progress.State)
		case project.Assignment:
			b.replay(project.AssignmentLifecycle, r.Ref(), r.Progress.State)
		case project.Stray:
			b.replay(project.StrayLifecycle, r.Ref(), r.Progress.State)
		case help.Flag:
			b.replay(help.Lifecycle, r.Ref(), r.Progress.State)
		case help.Question:
			b.replay(help.QuestionLifecycle, r.Ref(), r.Progress.State)
		}
	}
}

func (b *books) replay(table lifecycle.Table, ref store.Ref, stands lifecycle.State) {
	story := b.stories[ref]
	var state lifecycle.State
	for i, e := range story {
		if e.State == "" { // it moved another record: a reward, an invitation
			continue
		}
		if adjusts := e.Action == ledger.Adjust || e.Action == ledger.ApproveAdjustment; adjusts && e.State == state {
			continue // of the assignment it moved only the sum that was decided alone, which any state allows
		}
		to, err := table.Next(state, e.Action, e.Role)
		if filling := table.Name == project.Lifecycle.Name && (state == project.Open || state == project.Filled); filling && (err != nil || to != e.State) {
			// Seats are taken and left by events of the assignments, so it may have been filled or opened in between.
			to, err = table.Next(other(state), e.Action, e.Role)
		}
		if i > 0 && (err != nil || to != e.State) {
			b.fault("I9", "event %s of %s: %s by %s from %s to %s", e.ID, ref, e.Action, e.Role, state, e.State)
		}
		state = e.State
	}
	filling := table.Name == project.Lifecycle.Name && stands == other(state) // by the events of its assignments
	if state != stands && !filling {
		b.fault("I9", "%s is %s, and its %d events end in %s", ref, stands, len(story), state)
	}
}

// other is filled for an open project, and open for a filled one.
func other(s lifecycle.State) lifecycle.State {
	switch s {
	case project.Open:
		return project.Filled
	case project.Filled:
		return project.Open
	}
	return ""
}

// checkVersions: each commit that wrote a record has its event, and raised the version by one (I14, I18, I22).
func (b *books) checkVersions() {
	written := map[store.Ref]int{}
	for subject, story := range b.stories {
		for _, e := range story {
			if e.State != "" {
				written[subject]++
			}
			for _, f := range e.Facts {
				for _, ref := range alsoWritten(subject, f) {
					written[ref]++
				}
			}
		}
	}
	for _, r := range b.records {
		if ref := r.Ref(); ref.Kind != store.Profile && ref.Kind != store.Reward && r.Revision() != written[ref] {
			b.fault("I18", "%s has version %d after %d commits", ref, r.Revision(), written[ref])
		}
	}
	for ref := range written {
		if !slices.ContainsFunc(b.records, func(r store.Record) bool { return r.Ref() == ref }) {
			b.fault("I14", "%s has events and is not there", ref)
		}
	}
}

// alsoWritten are the records that the commit of a fact wrote besides one whose state its event names.
func alsoWritten(subject store.Ref, fact store.Fact) []store.Ref {
	round := func(id string) store.Ref { return store.Ref{Kind: store.Round, ID: id} }
	adjustment := func(id string) store.Ref { return store.Ref{Kind: store.Adjustment, ID: id} }
	switch f := fact.(type) {
	case project.InvitationsSent:
		return []store.Ref{round(f.Round)}
	case project.ProofreadingOffered:
		return []store.Ref{round(f.Round)}
	case project.InvitationDeclined:
		return []store.Ref{round(project.RoundOf(f.Invitation)), subject}
	case project.InvitationWithdrawn:
		return []store.Ref{round(f.Round), subject}
	case project.MailQuarantined:
		return inbox(f.Inbox)
	case project.MailsDropped:
		return inbox(project.InboxID(f.Project, f.Pro))
	case project.AdjustmentProposed:
		return []store.Ref{adjustment(f.Adjustment)}
	case project.AdjustmentDeclined:
		return []store.Ref{adjustment(f.Adjustment)}
	case project.AdjustmentPosted:
		if strings.HasPrefix(f.Of, "adj_") {
			return []store.Ref{adjustment(f.Adjustment), adjustment(f.Of)}
		}
		return []store.Ref{adjustment(f.Adjustment)}
	case project.SeatGivenUp:
		return []store.Ref{{Kind: store.Project, ID: f.Project}}
	case project.SeatTakenBack:
		return []store.Ref{{Kind: store.Project, ID: f.Project}}
	case project.SeatReopened:
		return []store.Ref{round(f.Round)}
	case project.InvitationRepriced:
		return []store.Ref{round(f.Round), subject}
	case help.FlagRaised:
		return []store.Ref{asker(f.Flag)}
	case help.FlagCommented:
		return []store.Ref{asker(f.Flag)}
	case help.FlagResolved:
		return []store.Ref{asker(f.Flag)}
	case help.FlagReopened:
		return []store.Ref{asker(f.Flag)}
	case project.SeatTaken:
		taken := []store.Ref{{Kind: store.Project, ID: f.Project}}
		if f.Other != "" {
			taken = append(taken, store.Ref{Kind: store.Project, ID: f.Other})
		}
		return taken
	case project.TeamWrote:
		return append(inbox(f.Inbox), store.Ref{Kind: store.Thread, ID: f.Thread}, store.Ref{Kind: store.Message, ID: f.Message, Owner: f.Thread})
	case project.ProWrote:
		return alsoWritten(subject, project.TeamWrote(f))
	case project.MailAccredited:
		return []store.Ref{{Kind: store.Thread, ID: f.Thread}, {Kind: store.Message, ID: f.Message, Owner: f.Thread}}
	case project.MessagesRead:
		return []store.Ref{{Kind: store.Thread, ID: f.Thread}}
	}
	return nil
}

// asker is who raised a flag, as a record: each word of theirs and each resolution writes it.
func asker(f help.Told) store.Ref { return store.Ref{Kind: store.Asker, ID: f.Pro} }

// inbox is what counted a mail; older mails were not counted.
func inbox(id string) []store.Ref {
	if id == "" {
		return nil
	}
	return []store.Ref{{Kind: store.Inbox, ID: id}}
}
