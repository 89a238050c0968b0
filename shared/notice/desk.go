package notice

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/callsheet/callsheet/shared/help"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// Who is told of flags, and what.

// Topic is why a flag was raised, in the reader's words.
func (p page) Topic() string {
	for _, o := range help.Reasons() {
		if o.Reason == p.Asked {
			return o.In(p.Language).Title
		}
	}
	return string(p.Asked)
}

// helpMatterOf reads a fact of help, or of what a flag's answer corrected.
func helpMatterOf(fact store.Fact, s Site) (matter, bool) {
	switch f := fact.(type) {
	case project.ProjectCorrected:
		return matter{project: f.Project, rounds: f.Rounds, won: f.Won, open: f.Open, closed: f.Closed, page: page{Title: f.Title, Said: f.Said, DeliverBy: f.DeliverBy}}, true
	case help.FlagRaised:
		m := matterOfFlag(f.Flag, s, page{Said: f.Comment, AnswerBy: f.AnswerBy, Count: len(f.Files)})
		m.leads = f.Flag.Reason.ForLeads()
		return m, true
	case help.FlagCommented:
		return matterOfFlag(f.Flag, s, page{Said: f.Comment, Count: len(f.Files)}), true
	case help.FlagReplied:
		return matterOfFlag(f.Flag, s, page{Said: f.Text}), true
	case help.FlagWarned:
		return matterOfFlag(f.Flag, s, page{AnswerBy: f.AnswerBy}), true
	case help.FlagBreached:
		return matterOfFlag(f.Flag, s, page{AnswerBy: f.AnswerBy, At: f.AnsweredAt, Held: f.Held}), true
	case help.FlagProposed:
		m := matterOfFlag(f.Flag, s, page{})
		m.proposer = f.By.Reveal()
		return m, true
	case help.FlagResolved:
		return matterOfFlag(f.Flag, s, page{Said: f.Outcome.Text, DeliverBy: f.Outcome.To, Reward: f.Outcome.Amount, Count: len(f.Outcome.Files) + len(f.Outcome.Assets)}), true
	case help.FlagReopened:
		return matterOfFlag(f.Flag, s, page{Said: f.Why, AnswerBy: f.AnswerBy}), true
	case help.ClientAsked:
		return matter{project: f.Project, client: f.Client, page: page{Title: f.Title, Link: s.question(f.Question), Said: f.Text.Reveal(), Working: f.Working}}, true
	case help.ClientAnswered:
		return matterOfFlag(f.Flag, s, page{Said: f.Text.Reveal(), Working: f.Flag.Assignment != ""}), true
	}
	return matter{}, false
}

func matterOfFlag(f help.Told, s Site, p page) matter {
	p.Title, p.Link, p.Asked = f.Title, s.flag(f.ID), f.Reason
	return matter{
		project: cmp.Or(f.Project, f.Reference), assignment: cmp.Or(f.Assignment, f.Invitation), pro: f.Pro, agent: cmp.Or(f.Agent.Reveal(), f.InCharge), page: p,
	}
}

// toTheDesk writes to who works on a flag, or is in charge of its pro; a flag that is nobody's is the leads'.
func (t Teller) toTheDesk(ctx context.Context, n Notice, m matter) ([]letter, error) {
	var letters []letter
	if m.agent != "" {
		var err error
		if letters, err = t.toParty(ctx, n, m, m.agent); err != nil {
			return nil, err
		}
	}
	if len(letters) > 0 && !m.leads {
		return letters, nil
	}
	others, err := t.toLeads(ctx, n, m)
	if len(letters) > 0 { // who is told already may be a lead
		others = slices.DeleteFunc(others, func(l letter) bool { return l.recipient == letters[0].recipient })
	}
	return append(letters, others...), err
}

// mostLeads is how many leads a notice reaches; more of them would not make the team faster.
const mostLeads = 25

// toLeads leaves out who proposed what they are told of, and whose flag it is: somebody else decides about it (I30).
func (t Teller) toLeads(ctx context.Context, n Notice, m matter) ([]letter, error) {
	page, err := t.Store.Leads(ctx, mostLeads, nil)
	if err != nil {
		return nil, fmt.Errorf("notice: list leads: %w", err)
	}
	var letters []letter
	for _, r := range page.Items {
		if lead, ok := r.(party.Profile); ok && lead.Active && lead.ID != m.proposer && lead.ID != m.pro {
			letters = append(letters, toOne(n, m, person{lead.ID, lead.Contact}))
		}
	}
	return letters, nil
}
