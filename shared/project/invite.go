package project

import (
	"slices"
	"time"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
)

// Guest is one pro to be invited, with the reward decided for them; nil means the project's (R26).
type Guest struct {
	Pro    string
	Reward *ledger.Money
}

// Called is a project with one more round of invitations: all of them, or none and why (R24, R26). other is the second one
// of a pair of translation and proofreading, if p is of one.
func Called(p, other Project, earlier []Round, roundID string, guests []Guest, profiles map[string]party.Profile, expires time.Time, by party.Actor, book policy.Policy, now time.Time) (Project, Round, error) {
	progress, err := p.Progress.Do(Lifecycle, Invite, p.RolesOf(by)...)
	if err != nil {
		return p, Round{}, err
	}
	if len(guests) > book.InvitationsPerCall {
		return p, Round{}, problem.New(problem.CodeTooManyItems, "One call invites at most %d pros.", book.InvitationsPerCall)
	}
	open := openTo(p, earlier, now)
	if p.Type == Booking && len(guests)+len(open) > 1 {
		return p, Round{}, problem.New(problem.CodeStateChanged, "A booking is for one named pro.")
	}
	expires, err = expiry(p, expires, book, now)
	if err != nil {
		return p, Round{}, err
	}
	round := Round{ID: roundID, Version: 1, Policy: book.Version, Project: p.ID, By: by.ID, SentAt: now, ExpiresAt: expires, Currency: p.Reward.Currency}
	if round.Lines, err = lines(p, other, guests, profiles); err != nil {
		return p, Round{}, err
	}
	for _, l := range round.Lines {
		if slices.Contains(open, l.Pro) {
			return p, Round{}, problem.New(problem.CodeAlreadyInvited, "%q has an invitation to this project already.", l.Pro)
		}
	}
	p.Progress = progress
	return p.called(round).touched(now), round, nil
}

// openTo lists the pros who have an open or an accepted invitation.
func openTo(p Project, earlier []Round, now time.Time) []string {
	var pros []string
	for _, r := range earlier {
		for i, l := range r.Lines {
			switch (Invitation{ID: InvitationID(r.ID, i), Line: l, Round: r, Project: p}).State(now) {
			case Invited, Accepted:
				pros = append(pros, l.Pro)
			}
		}
	}
	return pros
}

// expiry is the instant until which the round may be accepted: never after the work is due.
func expiry(p Project, asked time.Time, book policy.Policy, now time.Time) (time.Time, error) {
	if err := p.stillDue(now); err != nil {
		return asked, err
	}
	if asked.IsZero() {
		asked = now.Add(book.InvitationExpiry)
		if asked.After(p.DeliverBy) {
			asked = p.DeliverBy
		}
	}
	asked = asked.UTC().Truncate(time.Millisecond)
	if !asked.After(now) || asked.After(p.DeliverBy) {
		var wrong problem.Fields
		wrong.Add("/expiresAt", "An invitation expires after now and not after the work is due.")
		return asked, wrong.Err()
	}
	return asked, nil
}

// stillDue refuses invitations to work that nobody could deliver in time.
func (p Project) stillDue(now time.Time) error {
	if now.Before(p.DeliverBy) {
		return nil
	}
	return problem.New(problem.CodeDeadlinePassed, "The work was due by %s. Extend the project first.", p.DeliverBy.Format(time.RFC3339)).With("deliverBy", stamp(p.DeliverBy))
}

func lines(p, other Project, guests []Guest, profiles map[string]party.Profile) ([]Line, error) {
	var wrong problem.Fields
	if len(guests) == 0 {
		wrong.Add("/invitations", "Name at least one pro.")
	}
	seen := map[string]bool{}
	var lines []Line
	for i, g := range guests {
		at := "/invitations/" + itoa(i)
		profile, ok := profiles[g.Pro]
		reward := p.Reward
		if g.Reward != nil {
			reward = *g.Reward
		}
		switch {
		case !ok || !profile.Actor().Is(party.Pro) || !profile.Active:
			wrong.Add(at+"/pro", "There is no active pro %q.", g.Pro)
		case seen[g.Pro]:
			wrong.Add(at+"/pro", "%q is invited twice in this call.", g.Pro)
		case g.Pro == p.Client:
			wrong.Add(at+"/pro", "A client does not work on their own project.")
		case slices.Contains(p.bars(other), g.Pro):
			wrong.Add(at+"/pro", "%q would proofread their own work.", g.Pro)
		case reward.Currency != p.Reward.Currency:
			return nil, problem.New(problem.CodeCurrencyMismatch, "Rewards of this project are in %s.", p.Reward.Currency)
		case reward.IsZero() && p.ZeroRewardReason == "":
			return nil, problem.New(problem.CodeZeroReward, "%q is offered 0, and the project has no zeroRewardReason.", g.Pro)
		}
		seen[g.Pro] = true
		lines = append(lines, Line{Pro: g.Pro, Reward: reward.Minor, State: Invited, Contact: profile.Contact})
	}
	return lines, wrong.Err()
}

// Answered is an invitation after the pro's no or the team's withdrawal. Its project is written with the round, so that
// no acceptance can slip in between.
func Answered(i Invitation, action lifecycle.Action, by party.Actor, now time.Time) (Invitation, error) {
	roles := i.RolesOf(by)
	to, err := InvitationLifecycle.Next(i.State(now), action, roles...)
	if err != nil {
		return i, i.explain(err, now)
	}
	i.Line.State, i.Line.At = to, now
	return i.rewritten(now), nil
}

// rewritten is the invitation with its line in its round, and the round counted on its project.
func (i Invitation) rewritten(now time.Time) Invitation {
	i.Round.Lines = slices.Clone(i.Round.Lines)
	for n := range i.Round.Lines {
		if InvitationID(i.Round.ID, n) == i.ID {
			i.Round.Lines[n] = i.Line
		}
	}
	i.Round.Version++
	i.Project = i.Project.rewritten(i.Round, now)
	return i
}

// RoundOver is an open project whose round has expired.
func RoundOver(p Project, kind string, entry int, now time.Time) (Project, Invitations, error) {
	due, rings := p.Progress.Rings(kind, entry, now)
	if !rings {
		return p, Invitations{}, nothingDue()
	}
	progress, err := p.Progress.Do(Lifecycle, ExpireRound, lifecycle.Timer)
	if err != nil {
		return p, Invitations{}, err
	}
	p.Progress = progress.Disarm(kind, due.Key)
	p.Rounds = append([]Invitations(nil), p.Rounds...)
	var over Invitations
	for i := range p.Rounds {
		if p.Rounds[i].Round == due.Key {
			p.Rounds[i].Expired = true
			over = p.Rounds[i]
		}
	}
	return p.touched(now), over, nil
}

// nothingDue answers an alarm that is early, doubled or stale.
func nothingDue() error {
	return problem.New(problem.CodeNotYet, "Nothing is due.")
}
