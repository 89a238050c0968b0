package help

import (
	"time"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
)

// ClaimedBy is the flag in somebody's hands; of two who claim it, one has it, lead or not (R3). Claiming again what one has
// is harmless.
func ClaimedBy(f Flag, by party.Actor, now time.Time) (Flag, error) {
	progress, err := f.do(Claim, by)
	if err != nil {
		return f, err
	}
	if f.Agent != "" && f.Agent.Reveal() != by.ID {
		return f, claimed()
	}
	f.Progress, f.Agent = progress, party.Hidden(by.ID)
	return f.touched(now), nil
}

// GivenBack is the flag back in the queue, where its promise puts it.
func GivenBack(f Flag, by party.Actor, now time.Time) (Flag, error) {
	progress, err := f.do(Unclaim, by)
	if err != nil {
		return f, err
	}
	f.Progress, f.Agent = progress, ""
	return f.touched(now), nil
}

// HandedOver is the flag in somebody else's hands: an active member of the team who may work on it.
func HandedOver(f Flag, to party.Profile, by party.Actor, now time.Time) (Flag, error) {
	progress, err := f.do(HandOver, by)
	if err != nil {
		return f, err
	}
	if !to.Active || !f.staffed(to.Actor()) {
		var wrong problem.Fields
		wrong.Add("/to", "There is no active agent, lead or admin %q who may work on this.", to.ID)
		return f, wrong.Err()
	}
	f.Progress, f.Agent = progress, party.Hidden(to.ID)
	return f.touched(now), nil
}

// do moves a flag for a member of the team. What somebody has claimed is theirs to work on; a lead or an admin may act in
// their place, and anybody may leave a note.
func (f Flag) do(action lifecycle.Action, by party.Actor) (lifecycle.Progress, error) {
	taken := f.Agent != "" && f.Agent.Reveal() != by.ID && !by.Is(second...)
	if taken && f.staffed(by) && action != Note {
		return f.Progress, claimed()
	}
	return f.Progress.Do(Lifecycle, action, f.RolesOf(by)...)
}

// staffed reports whether the actor is of the team on this flag.
func (f Flag) staffed(by party.Actor) bool { return party.Actor{Roles: f.RolesOf(by)}.IsStaff() }

func claimed() error {
	return problem.New(problem.CodeClaimedByOther, "Somebody else works on this flag.")
}
