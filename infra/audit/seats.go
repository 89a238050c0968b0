package audit

import (
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

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
