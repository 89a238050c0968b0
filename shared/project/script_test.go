package project_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/callsheet/callsheet/shared/dynamo"
	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// command is one line of a script. Its numbers choose among what there is when it is played, so that any script can be
// played on any store.
type command struct {
	Verb  string
	Which int           // of the projects, invitations, assignments or alarms
	Who   int           // of the people
	Much  time.Duration // how far time moves first
}

// play is a script being played: what there is to act on, and what was answered.
type play struct {
	*world
	projects, invitations, assignments []string
	adjustments                        []string
	alarms                             []store.Alarm // every one that was ever armed
	said                               []string
}

var cast = append(slices.Clone(pros), client, agent, qc, otherQC)

// verbs is what scripts are made of. Each answers with what it made.
var verbs = map[string]func(p *play, c command, by party.Actor) error{
	"create": func(p *play, c command, by party.Actor) error {
		b := brief()
		b.Seats = 1 + c.Which%3
		b.Type = []project.Type{project.Speedy, project.Contest, project.Contest}[c.Which%3]
		b.Category = []string{"translation", "video"}[c.Who%2]
		b.DeliverBy = p.now.Add(time.Duration(4+c.Which%9) * day)
		made, err := p.create(client, b, c.Which%4 != 3)
		if err == nil {
			p.projects = append(p.projects, made.ID)
		}
		return err
	},
	"publish": func(p *play, c command, by party.Actor) error {
		_, err := p.publish(client, at(p.projects, c.Which))
		return err
	},
	"invite": func(p *play, c command, by party.Actor) error {
		first := c.Who % len(pros)
		sent, err := p.call(agent, at(p.projects, c.Which), time.Time{}, guests(pros[first:min(first+3, len(pros))]...)...)
		for i := range sent.Round.Lines {
			p.invitations = append(p.invitations, project.InvitationID(sent.Round.ID, i))
		}
		return err
	},
	"proofread": func(p *play, c command, by party.Actor) error {
		made, err := p.proofread(agent, at(p.projects, c.Which))
		if err != nil {
			return err
		}
		p.projects = append(p.projects, made.Project.ID)
		for i := range made.Round.Lines {
			p.invitations = append(p.invitations, project.InvitationID(made.Round.ID, i))
		}
		return nil
	},
	"accept": func(p *play, c command, by party.Actor) error {
		id, by, err := p.invitee(c, by)
		if err != nil {
			return err
		}
		a, err := p.accept(by, id)
		if err == nil {
			p.assignments = append(p.assignments, a.ID)
		}
		return err
	},
	"decline": func(p *play, c command, by party.Actor) error {
		id, by, err := p.invitee(c, by)
		if err == nil {
			_, err = p.answer(by, project.Decline, id)
		}
		return err
	},
	"withdraw": func(p *play, c command, by party.Actor) error {
		_, err := p.answer(agent, project.Withdraw, at(p.invitations, c.Which))
		return err
	},
	"cancel": func(p *play, c command, by party.Actor) error {
		_, err := p.cancel(client, at(p.projects, c.Which))
		return err
	},
	"give up": func(p *play, c command, by party.Actor) error {
		id := at(p.assignments, c.Which)
		held, err := p.Assignment(p.Context(), agent, id)
		if err != nil {
			return err
		}
		if c.Who%4 != 3 {
			by = named(held.Assignment.Pro)
		}
		_, err = p.giveUp(by, id)
		return p.found(err)
	},
	"take back": func(p *play, c command, by party.Actor) error {
		_, err := p.takeBack(agent, at(p.assignments, c.Which))
		return p.found(err)
	},
	"extend": func(p *play, c command, by party.Actor) error {
		_, err := p.extend(agent, at(p.assignments, c.Which), p.now.Add(time.Duration(c.Who)*day))
		return err
	},
	// The client picks whom they can, mostly once the work was due.
	"pick": func(p *play, c command, by party.Actor) error {
		id := at(p.projects, c.Which)
		told, err := p.Project(p.Context(), agent, id)
		var winners []string
		for _, s := range told.Project.Seats {
			if held, err := p.Assignment(p.Context(), agent, s.Assignment); err == nil && held.Assignment.Progress.State == project.InReview && len(winners) <= c.Who%2 {
				winners = append(winners, s.Assignment)
			}
		}
		if err == nil {
			_, err = p.pick(client, id, winners...)
		}
		return err
	},
	"prolong": func(p *play, c command, by party.Actor) error {
		_, err := p.prolong(agent, at(p.projects, c.Which), p.now.Add(time.Duration(c.Who)*day))
		return p.found(err)
	},
	"watch": func(p *play, c command, by party.Actor) error {
		id, by, err := p.loser(c, by)
		if err == nil {
			_, err = p.watch(by, project.Watch, id)
		}
		return p.found(err)
	},
	"unwatch": func(p *play, c command, by party.Actor) error {
		id, by, err := p.loser(c, by)
		for _, one := range p.projects { // mostly somebody who waits
			seen := load[project.Project](p.world, store.Ref{Kind: store.Project, ID: one})
			if err == nil && seen.Waiting() > 0 && c.Which%3 > 0 {
				id, by = seen.Watchers[0].Invitation, named(seen.Watchers[0].Pro)
			}
		}
		if err == nil {
			_, err = p.watch(by, project.Unwatch, id)
		}
		return err
	},
	"submit": (*play).hand,
	"claim": func(p *play, c command, by party.Actor) error {
		_, err := p.claim(reviewer(c), at(p.assignments, c.Which))
		return err
	},
	"unclaim": func(p *play, c command, by party.Actor) error {
		_, err := p.unclaim(reviewer(c), at(p.assignments, c.Which))
		return err
	},
	"revise": func(p *play, c command, by party.Actor) error {
		_, err := p.revise(reviewer(c), at(p.assignments, c.Which), "Louder.")
		return err
	},
	"pass": func(p *play, c command, by party.Actor) error {
		_, err := p.pass(reviewer(c), at(p.assignments, c.Which))
		return err
	},
	"approve": func(p *play, c command, by party.Actor) error {
		_, err := p.approve(client, at(p.assignments, c.Which))
		return err
	},
	"say": func(p *play, c command, _ party.Actor) error {
		place, by, err := p.talker(c)
		if err == nil {
			_, err = p.say(by, place, "A word.")
		}
		return err
	},
	"mail": func(p *play, c command, by party.Actor) error {
		i, err := p.Invitation(p.Context(), agent, at(p.invitations, c.Which))
		if err == nil {
			_, err = p.mailed(named(i.Line.Pro), project.Mail{Project: i.Project.ID, Pro: i.Line.Pro, Source: fmt.Sprint("mail ", c.Who, " of ", p.now.Year()), Text: "A question.", Auto: c.Who%5 == 0})
		}
		return err
	},
	// A mail comes in, from an address of its pro or from another.
	"post": func(p *play, c command, _ party.Actor) error {
		id := at(p.invitations, c.Which)
		i, err := p.Invitation(p.Context(), agent, id)
		if err == nil {
			from := []string{i.Line.Contact.Email, "else@example.com"}[c.Who%2]
			err = p.Take(p.Context(), project.Ask{Channel: "mail", Now: p.now}, id, project.Incoming{Name: fmt.Sprint("post ", c.Who, " of ", p.now.Year()), From: from, Text: fmt.Sprint(c.Much)}, nil)
		}
		return err
	},
	"accredit": func(p *play, c command, by party.Actor) error { return p.decideStray(by, c.Which, project.Accredit) },
	"dismiss":  func(p *play, c command, by party.Actor) error { return p.decideStray(by, c.Which, project.Dismiss) },
	"read": func(p *play, c command, _ party.Actor) error {
		place, by, err := p.talker(c)
		if err != nil {
			return err
		}
		talk, err := p.Messages(p.Context(), by, place, 1, nil)
		if err == nil {
			_, err = p.read(by, place, talk.Thread.Count-c.Which%3)
		}
		return err
	},
	"freeze": func(p *play, c command, by party.Actor) error {
		_, err := p.freeze(decider(c), p.rewardAt(c))
		return err
	},
	"unfreeze": func(p *play, c command, by party.Actor) error {
		_, err := p.unfreeze(decider(c), p.rewardAt(c))
		return err
	},
	"adjust": func(p *play, c command, by party.Actor) error {
		proposal := credit(1 + int64(c.Which)*limit/10) // half of them take two people
		if c.Who%2 == 1 {
			proposal = fee(1 + int64(c.Which)*limit/10)
		}
		return p.decides(c, at(p.assignments, c.Which), proposal)
	},
	"reverse": func(p *play, c command, by party.Actor) error {
		of, id := at(p.adjustments, c.Which), at(p.assignments, c.Which)
		if adj, err := p.Adjustment(p.Context(), lead, of); err == nil {
			id = adj.Assignment
		}
		return p.decides(c, id, undoing(of))
	},
	"void": func(p *play, c command, by party.Actor) error {
		id := at(p.assignments, c.Which)
		return p.decides(c, id, undoing(p.rewardAt(c)))
	},
	"agree": func(p *play, c command, by party.Actor) error {
		_, err := p.approveAdjustment(decider(c), at(p.adjustments, c.Which))
		return err
	},
	"disagree": func(p *play, c command, by party.Actor) error {
		_, err := p.declineAdjustment(decider(c), at(p.adjustments, c.Which))
		return err
	},
	"ask changes": func(p *play, c command, by party.Actor) error {
		_, err := p.askChanges(client, at(p.assignments, c.Which), "Warmer.")
		return err
	},
	"clarify": func(p *play, c command, by party.Actor) error {
		_, err := p.clarify(client, at(p.assignments, c.Which), "The second half.")
		return err
	},
	"drop": func(p *play, c command, by party.Actor) error {
		_, err := p.drop(client, at(p.assignments, c.Which))
		return err
	},
	// What staff do with a request: forward it, ask back, decline it, or price it.
	"screen": func(p *play, c command, by party.Actor) error {
		id, err := at(p.assignments, c.Which), error(nil)
		switch c.Who % 6 {
		case 0:
			_, err = p.askBack(agent, id, "Which half?")
		case 1:
			_, err = p.declineChanges(lead, id, "The brief says cold.")
		case 2:
			_, err = p.forward(agent, id)
		default:
			_, err = p.quote(agent, id, ledger.Money{}, ledger.Money{})
		}
		return err
	},
	"withdraw quote": func(p *play, c command, by party.Actor) error {
		_, err := p.withdrawQuote(agent, at(p.assignments, c.Which))
		return err
	},
	"answer quote": func(p *play, c command, by party.Actor) error {
		id := at(p.assignments, c.Which)
		if c.Who%4 == 0 {
			_, err := p.declineQuote(client, id)
			return err
		}
		_, err := p.approveQuote(client, id, p.quoteOf(id))
		return err
	},
	"answer offer": func(p *play, c command, by party.Actor) error {
		id := at(p.assignments, c.Which)
		held, err := p.Assignment(p.Context(), agent, id)
		if err != nil {
			return err
		}
		switch by := named(held.Assignment.Pro); c.Who % 3 {
		case 0:
			_, err = p.declineOffer(by, id)
		case 1:
			_, err = p.askFee(by, id, usd(2000))
		default:
			_, err = p.acceptOffer(by, id, p.quoteOf(id))
		}
		return err
	},
	"look at case": func(p *play, c command, by party.Actor) error {
		_, err := p.reviewCase(lead, at(p.assignments, c.Which), "Called them.")
		return err
	},
	"hand over": func(p *play, c command, by party.Actor) error {
		_, err := p.handOver(admin, at(p.assignments, c.Which), []string{lead.ID, agent.ID, qc.ID}[c.Who%3])
		return err
	},
	// A flag's answer, or the wait for it, reaches the work.
	"relieve": func(p *play, c command, by party.Actor) error {
		held, err := p.Assignment(p.Context(), agent, at(p.assignments, c.Which))
		if err != nil {
			return err
		}
		r := project.Relief{Flag: []string{"flg_1", "flg_2"}[c.Which%2], Project: held.Assignment.Project, Invitation: held.Assignment.Invitation, Assignment: held.Assignment.ID, Why: "because"}
		switch c.Who % 6 {
		case 0, 1:
			r.Hold = true
		case 2:
			r.Resume = true
		case 3:
			r.Resume, r.MoreTime = true, p.now.Add(time.Duration(1+c.Which)*day)
		case 4:
			r.Reward = usd(held.Assignment.Terms.Reward.Minor + int64(c.Which)*limit/4)
		case 5:
			r.Material = []project.Material{{Name: "music"}}
		}
		return p.decided([]party.Actor{agent, agent, client}[c.Which%3], r)
	},
	"correct": func(p *play, c command, by party.Actor) error {
		r := project.Relief{Flag: "flg_1", Project: at(p.projects, c.Which), Invitation: at(p.invitations, c.Who), Correction: project.Correction{Brief: "Another brief."}}
		if i, err := p.Invitation(p.Context(), agent, r.Invitation); err == nil && c.Who%2 == 0 {
			r.Project, r.Correction, r.Reward = i.Project.ID, project.Correction{}, usd(i.Reward().Minor+limit*2/3)
		}
		return p.decided(agent, r)
	},
	// An alarm rings: in time, early, late, stale or once more.
	"alarm": func(p *play, c command, by party.Actor) error {
		if len(p.alarms) == 0 {
			return nil
		}
		return p.fire(p.alarms[c.Which%len(p.alarms)])
	},
	"sweep": func(p *play, c command, by party.Actor) error {
		_, err := p.Sweep(p.Context(), p.now, 1+c.Which%5)
		return err
	},
	// A worker's clock is five minutes behind for one decision.
	"skewed": func(p *play, c command, by party.Actor) error {
		p.now = p.now.Add(-5 * time.Minute)
		defer func() { p.now = p.now.Add(5 * time.Minute) }()
		return p.hand(c, by)
	},
}

// talker is a place where a pro and the team talk, and one of them.
func (p *play) talker(c command) (place string, by party.Actor, err error) {
	place = at(p.invitations, c.Which)
	i, err := p.Invitation(p.Context(), agent, place)
	if err != nil {
		return place, agent, err
	}
	for _, s := range i.Project.Seats {
		if s.Invitation == place && s.Assignment != "" && c.Who%2 == 0 {
			place = s.Assignment
		}
	}
	if c.Who%3 == 0 {
		return place, agent, nil
	}
	return place, named(i.Line.Pro), nil
}

// decides proposes an adjustment, mostly by the agent in charge.
func (p *play) decides(c command, id string, proposal project.Proposal) error {
	adj, err := p.adjust(decider(c), id, proposal)
	if err == nil {
		p.adjustments = append(p.adjustments, adj.ID)
	}
	return err
}

func rewardOf(assignment string) string {
	if len(assignment) < len("asg_") {
		return "rwd_0"
	}
	return project.RewardID(assignment)
}

func decider(c command) party.Actor {
	return []party.Actor{agent, agent, lead, admin, otherAgent, ana}[c.Who%6]
}

// invitee is an invitation with, mostly, the pro that it is for.
func (p *play) invitee(c command, by party.Actor) (string, party.Actor, error) {
	id := at(p.invitations, c.Which)
	i, err := p.Invitation(p.Context(), agent, id)
	if err == nil && c.Who%4 != 3 {
		by = named(i.Line.Pro)
	}
	return id, by, err
}

// rewardAt is the reward of an assignment, or that of its last fee.
func (p *play) rewardAt(c command) string {
	id := at(p.assignments, c.Which)
	if held, err := p.Assignment(p.Context(), agent, id); err == nil && c.Which%2 == 1 && len(held.Assignment.Fees) > 0 {
		return project.FeeID(id, held.Assignment.Fees[len(held.Assignment.Fees)-1])
	}
	return rewardOf(id)
}

// quoteOf is the quote that is open, as whoever has to answer it sees it.
func (p *play) quoteOf(id string) string {
	held, err := p.Assignment(p.Context(), agent, id)
	if err != nil {
		return "none"
	}
	return held.Assignment.Request.Quote.Version
}

// loser is an invitation of all those that there are, since who came too late may be far back.
func (p *play) loser(c command, by party.Actor) (string, party.Actor, error) {
	if len(p.invitations) == 0 {
		return "none", by, nil
	}
	id := p.invitations[len(p.invitations)-1-(c.Which+c.Who)%len(p.invitations)]
	i, err := p.Invitation(p.Context(), agent, id)
	if err == nil && c.Who%4 != 3 {
		by = named(i.Line.Pro)
	}
	return id, by, err
}

// found takes in the invitations that came of a seat that reopened.
func (p *play) found(err error) error {
	for _, id := range p.projects {
		for _, w := range load[project.Project](p.world, store.Ref{Kind: store.Project, ID: id}).Watchers {
			if w.Again != "" && !slices.Contains(p.invitations, w.Again) {
				p.invitations = append(p.invitations, w.Again)
			}
		}
	}
	return err
}

func named(id string) party.Actor {
	return pros[slices.IndexFunc(pros, func(a party.Actor) bool { return a.ID == id })]
}

// hand hands in a version, mostly by the assignment's pro.
func (p *play) hand(c command, by party.Actor) error {
	id := at(p.assignments, c.Which)
	held, err := p.Assignment(p.Context(), agent, id)
	if err != nil {
		return err
	}
	if c.Who%4 != 3 {
		by = named(held.Assignment.Pro)
	}
	_, err = p.submit(by, id, p.arrived(held.Assignment, "take.mov"))
	return err
}

func at(ids []string, n int) string {
	if len(ids) == 0 {
		return "none"
	}
	return ids[len(ids)-1-n%min(len(ids), 4)] // mostly what was made last
}

func reviewer(c command) party.Actor { return []party.Actor{qc, qc, qc, otherQC, pat}[c.Who%5] }

// plot is where scripts begin, and what happens in them mostly. Rapid prefers what is named first and last.
type plot struct {
	name      string
	beginning []command
	verbs     []string
}

var plots = []plot{
	{"from the call to the approval", []command{
		{Verb: "create", Which: 3}, {Verb: "publish"}, {Verb: "create", Which: 1}, {Verb: "invite"}, {Verb: "create", Which: 2, Who: 1}, {Verb: "invite"}, {Verb: "invite", Who: 3},
	}, []string{
		"accept", "submit", "pass", "invite", "create", "approve", "alarm", "revise", "decline", "withdraw", "claim", "cancel",
		"unclaim", "skewed", "say", "read", "mail", "say", "publish", "sweep", "freeze", "adjust", "unfreeze", "reverse",
		"unclaim", "create", "invite", "accept", "submit",
	}},
	{"mails that come in", []command{
		{Verb: "create", Which: 3}, {Verb: "publish"}, {Verb: "invite"}, {Verb: "invite", Who: 1}, {Verb: "post"}, {Verb: "post", Who: 1}, {Verb: "accredit", Who: 3}, {Verb: "post", Who: 3}, {Verb: "dismiss", Who: 3},
	}, []string{"post", "accredit", "accept", "say", "mail", "read", "invite", "create", "cancel", "decline", "dismiss", "post"}},
	{"around the seats", []command{
		{Verb: "create"}, {Verb: "invite"}, {Verb: "accept"}, {Verb: "watch", Which: 1},
		{Verb: "create", Which: 1}, {Verb: "invite"}, {Verb: "accept"}, {Verb: "accept", Which: 1}, {Verb: "watch", Which: 2}, {Verb: "proofread"},
	}, []string{
		"give up", "watch", "accept", "unwatch", "take back", "proofread", "extend", "prolong", "invite", "create", "submit", "pass", "revise", "decline", "withdraw", "cancel",
		"alarm", "sweep", "skewed", "approve", "watch", "give up", "accept", "submit", "pass",
	}},
	{"to the end of a contest", []command{
		{Verb: "create", Which: 2}, {Verb: "invite"}, {Verb: "accept"}, {Verb: "accept", Which: 1}, {Verb: "accept", Which: 2}, {Verb: "submit"}, {Verb: "pass"},
		{Verb: "create", Which: 1}, {Verb: "invite", Who: 2}, {Verb: "accept"}, {Verb: "accept", Which: 1}, {Verb: "submit"}, {Verb: "pass"}, {Verb: "submit", Which: 1}, {Verb: "pass", Which: 1},
	}, []string{"pick", "submit", "pass", "revise", "pick", "alarm", "sweep", "extend", "take back", "accept", "approve", "skewed", "create", "invite", "accept", "submit", "pass", "pick"}},
	{"from the review on", []command{
		{Verb: "create"}, {Verb: "invite"}, {Verb: "accept"}, {Verb: "submit"}, {Verb: "pass"},
		{Verb: "create", Who: 1}, {Verb: "invite"}, {Verb: "accept"}, {Verb: "submit"}, {Verb: "pass"},
		{Verb: "ask changes"}, {Verb: "screen", Who: 3}, {Verb: "answer quote", Who: 1},
	}, []string{
		"ask changes", "screen", "answer quote", "answer offer", "submit", "pass", "approve", "alarm", "clarify", "drop", "revise", "claim", "unclaim", "skewed",
		"withdraw quote", "look at case", "hand over", "sweep", "freeze", "unfreeze", "void", "ask changes", "screen", "answer quote", "answer offer",
	}},
	{"about money", []command{
		{Verb: "create"}, {Verb: "invite"}, {Verb: "accept"}, {Verb: "submit"}, {Verb: "pass"},
		{Verb: "create", Who: 1}, {Verb: "invite"}, {Verb: "accept"}, {Verb: "submit"}, {Verb: "pass"},
	}, []string{
		"adjust", "agree", "reverse", "freeze", "unfreeze", "void", "disagree", "alarm", "sweep", "approve", "ask changes", "screen", "answer quote", "answer offer",
		"submit", "pass", "reverse", "agree", "adjust",
	}},
	{"with a pro who asks for help", []command{
		{Verb: "create"}, {Verb: "invite"}, {Verb: "accept"}, {Verb: "create", Which: 2}, {Verb: "invite"}, {Verb: "create", Which: 1}, {Verb: "invite", Who: 3}, {Verb: "accept"},
	}, []string{
		"relieve", "submit", "correct", "accept", "pass", "alarm", "relieve", "revise", "sweep", "invite", "create", "skewed", "decline", "ask changes", "screen", "relieve", "submit",
	}},
	{"about money", []command{
		{Verb: "create"}, {Verb: "invite"}, {Verb: "accept"}, {Verb: "submit"}, {Verb: "pass"},
		{Verb: "create", Who: 1}, {Verb: "invite"}, {Verb: "accept"}, {Verb: "submit"}, {Verb: "pass"},
	}, []string{
		"adjust", "agree", "reverse", "freeze", "unfreeze", "void", "disagree", "alarm", "sweep", "approve", "ask changes", "screen", "answer quote", "answer offer",
		"submit", "pass", "reverse", "agree", "adjust",
	}},
}

// script draws commands, after a beginning on which most of them can act.
func (p plot) script() *rapid.Generator[[]command] {
	one := rapid.Custom(func(r *rapid.T) command {
		return command{
			Verb: rapid.SampledFrom(p.verbs).Draw(r, "verb"), Which: rapid.IntRange(0, 20).Draw(r, "which"), Who: rapid.IntRange(0, 20).Draw(r, "who"),
			Much: rapid.SampledFrom([]time.Duration{0, 0, 0, ms, time.Minute, time.Hour, day, 30 * day, 3 * day, time.Hour, 0, 0, 0}).Draw(r, "much"),
		}
	})
	return rapid.Map(rapid.SliceOfN(one, 120, 180), func(drawn []command) []command { return append(slices.Clone(p.beginning), drawn...) })
}

// do plays one command and notes the answer.
func (p *play) do(c command) error {
	p.now = p.now.Add(c.Much)
	err := verbs[c.Verb](p, c, cast[c.Who%len(cast)])
	answer := "ok"
	if err != nil {
		answer = string(problem.As(err).Code)
	}
	p.said = append(p.said, fmt.Sprintf("%s: %s", c.Verb, answer))
	return err
}

// settle lets 100 days pass in which nobody acts, until the sweep finds nothing more to do.
func (p *play) settle() error {
	p.mem.behind = kinds()
	p.now = p.now.Add(100 * day)
	for {
		if fired, err := p.Sweep(p.Context(), p.now, 10); err != nil || fired == 0 {
			return err
		}
	}
}

func TestScript(t *testing.T) {
	reached := map[string]int{}
	draw := func(t *testing.T, story plot) {
		rapid.Check(t, func(r *rapid.T) {
			for action, times := range playedThrough(t, r, story) {
				reached[action] += times
			}
		})
	}
	for _, story := range plots {
		t.Run("drawn at random "+story.name+" breaks no rule after any step, nor after 100 quiet days — I1 I2 I3 I4 I5 I6 I9 I10 I11 I12 I18 I19 I21 I31", func(t *testing.T) {
			draw(t, story)
		})
		t.Run(story.name+" is answered and ends alike in memory and on the embedded DynamoDB", func(t *testing.T) {
			for seed := range 2 {
				alike(t, story, seed)
			}
		})
	}
	t.Run("comes to every edge of every table, a rare one after a few draws more", func(t *testing.T) {
		for more := 0; len(unreached(reached)) > 0; more++ {
			if more == 5 {
				t.Fatalf("no script reached %v", unreached(reached))
			}
			for _, story := range plots {
				draw(t, story)
			}
		}
	})
}

// unreached lists the edges that nobody has gone; what follows from others is no act of its own.
func unreached(reached map[string]int) []string {
	derived := []lifecycle.Action{project.Edit, project.Upload, project.TakeSeat, project.TakeLastSeat, project.ReopenSeat, project.Expire, project.Close, project.Leave}
	var left []string
	for _, table := range project.Lifecycles() {
		for _, tr := range table.Transitions {
			if !slices.Contains(derived, tr.Action) && reached[string(tr.Action)] == 0 {
				left = append(left, string(tr.Action)+" of "+table.Name)
			}
		}
	}
	return left
}

// playedThrough plays one script, with the rules checked after every step, and gives how often what was done.
// decided is a relief by one person or, where that takes two, by two.
func (p *play) decided(by party.Actor, r project.Relief) error {
	err := p.relieve(by, r)
	if errors.Is(err, ledger.ErrTakesTwo) {
		r.Agreed = true
		err = p.relieve(by, r)
	}
	return err
}

func playedThrough(t *testing.T, r *rapid.T, story plot) map[string]int {
	p := &play{world: newWorld(t)}
	p.leaving(rapid.SampledFrom([]policy.BasisPoints{4_000, policy.Whole, 0}).Draw(r, "share of who is not picked"))
	rules := &rulebook{play: p, seen: len(p.mem.events)}
	p.mem.behind = kinds(rapid.SliceOf(rapid.SampledFrom([]string{store.Project, store.Round, store.Assignment, store.Reward, store.Adjustment, store.Thread})).Draw(r, "stale reads are behind")...)
	for _, c := range story.script().Draw(r, "script") {
		before := len(p.mem.events)
		err := p.do(c)
		if problem.Is(err, problem.CodeInternal) || err != nil && !errors.As(err, new(*problem.Error)) {
			r.Fatalf("%+v: %v", c, err)
		}
		if err != nil && len(p.mem.events) != before && c.Verb != "sweep" {
			r.Fatalf("%+v was refused and changed something: %v", c, err)
		}
		if broken := rules.check(); broken != nil {
			r.Fatalf("after %v\n%+v: %v", p.said, c, broken)
		}
	}
	if broken := errors.Join(p.settle(), rules.check(), rules.settled()); broken != nil {
		r.Fatalf("after %v and 100 quiet days: %v", p.said, broken)
	}
	reached := map[string]int{}
	for _, e := range p.mem.events {
		reached[string(e.Action)]++
	}
	for _, reward := range latest[ledger.Reward](p.mem) {
		switch {
		case reward.VoidedBy != "":
			reached[string(ledger.Void)]++
		case reward.Progress.State == ledger.RewardVoided:
			reached[string(ledger.Forfeit)]++
		case !reward.Forgone.IsZero():
			reached[string(ledger.Lessen)]++
		}
	}
	for _, adj := range latest[ledger.Adjustment](p.mem) {
		if adj.Progress.State == ledger.AdjustmentReversed {
			reached[string(ledger.Reverse)]++
		}
	}
	return reached
}

// alike plays one script on two stores, and compares what was answered and what is kept.
func alike(t *testing.T, story plot, seed int) {
	inMemory := &play{world: newWorld(t)}
	onTable := &play{world: over(t, dynamo.New(embedded(t), table))}
	for _, p := range []*play{inMemory, onTable} {
		p.leaving(4_000)
	}
	for _, c := range story.script().Example(seed) {
		if c.Verb == "alarm" {
			c.Verb = "sweep" // the table's alarms are not listed
		}
		_, _ = inMemory.do(c), onTable.do(c)
	}
	if diff := cmp.Diff(inMemory.said, onTable.said); diff != "" {
		t.Fatalf("seed %d: (-memory +table):\n%s", seed, diff)
	}
	for ref, versions := range inMemory.mem.versions {
		want := versions[len(versions)-1]
		got, err := onTable.Store.Get(t.Context(), ref, store.Fresh)
		must(t, err)
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("seed %d: %s (-memory +table):\n%s", seed, ref, diff)
		}
	}
}
