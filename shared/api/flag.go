package api

import (
	"strconv"
	"time"

	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/help"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// FlagView is a flag as its pro or the team see it. The pro sees when somebody answers and why that moved, and nothing of who
// works on it (A9); the client sees none of it.
type FlagView struct {
	ID         string        `json:"id"`
	State      string        `json:"state"`
	Relation   string        `json:"relation"` // invited, assigned, or old_system
	Project    string        `json:"project,omitempty"`
	Reference  string        `json:"reference,omitempty"`
	Title      string        `json:"title"`
	Assignment string        `json:"assignment,omitempty"`
	Invitation string        `json:"invitation,omitempty"`
	Pro        string        `json:"pro,omitempty"` // staff
	Reason     string        `json:"reason"`
	Agent      string        `json:"agent,omitempty"` // staff
	RaisedAt   string        `json:"raisedAt"`
	Promise    PromiseView   `json:"promise"`
	Waiting    *WaitView     `json:"waiting,omitempty"`
	Proposal   *ProposalView `json:"proposal,omitempty"` // staff
	Outcome    *OutcomeView  `json:"outcome,omitempty"`
	ResolvedAt string        `json:"resolvedAt,omitempty"`
	Said       []SaidView    `json:"said"`
	Snapshot   *SnapshotView `json:"snapshot,omitempty"`
	UpdatedAt  string        `json:"updatedAt"`
	Policy     string        `json:"policyVersion"`
	Actions    []Action      `json:"actions"`
	Deadlines  []Deadline    `json:"deadlines"`
	Timeline   []Entry       `json:"timeline"`
}

// PromiseView says until when a person answers, until when the flag is usually resolved, why either moved, and both clocks.
type PromiseView struct {
	AnswerBy        string     `json:"answerBy"`
	AnsweredAt      string     `json:"answeredAt,omitempty"` // by a person, first
	BreachedAt      string     `json:"breachedAt,omitempty"`
	ExpectedBy      string     `json:"expectedBy"`
	Moved           []MoveView `json:"moved"`
	PromisedSeconds int        `json:"promisedSeconds"` // since it was raised; never pauses
	OwnedSeconds    int        `json:"ownedSeconds"`    // of those, in the team's hands
}

// MoveView is one reason for which a promise moved.
type MoveView struct {
	At      string `json:"at"`
	Why     string `json:"why"`
	Seconds int    `json:"seconds,omitempty"` // by which the expected resolution moved
	To      string `json:"to,omitempty"`      // the new instant of the answer, after reopening
}

// WaitView is the wait for the client.
type WaitView struct {
	Since    string `json:"since"`
	Reason   string `json:"reason"`
	Question string `json:"question,omitempty"` // staff
}

// ProposalView is an outcome that waits for a second person.
type ProposalView struct {
	By      string      `json:"by"`
	At      string      `json:"at"`
	Outcome OutcomeView `json:"outcome"`
}

// OutcomeView is how a flag ended.
type OutcomeView struct {
	Outcome string      `json:"outcome"`
	Text    string      `json:"text"`
	To      string      `json:"to,omitempty"`
	Amount  *Money      `json:"amount,omitempty"`
	Assets  []AssetBody `json:"assets,omitempty"`
	Files   []FileView  `json:"files,omitempty"`
	Brief   string      `json:"brief,omitempty"`
}

// SaidView is one thing that was said on a flag, by the pro, the team, or the client. Notes and the client's own words are
// for staff.
type SaidView struct {
	At    string     `json:"at"`
	From  string     `json:"from"` // pro, team, note, client
	Who   string     `json:"who,omitempty"`
	Text  string     `json:"text,omitempty"`
	Files []FileView `json:"files,omitempty"`
}

// SnapshotView is the work as it was when the flag was raised (R7, R9).
type SnapshotView struct {
	State     string             `json:"state"`
	Type      string             `json:"type,omitempty"`
	Category  string             `json:"category,omitempty"`
	Title     string             `json:"title"`
	Brief     string             `json:"brief,omitempty"`
	Assets    []AssetBody        `json:"assets"`
	Terms     string             `json:"terms,omitempty"`
	Reward    *Money             `json:"reward,omitempty"`
	DeliverBy string             `json:"deliverBy,omitempty"`
	Late      bool               `json:"late"`
	Versions  []SnapshotVersion  `json:"versions"`
	Profile   *SnapshotProfile   `json:"profile,omitempty"` // staff
	History   []SnapshotFactView `json:"history"`
	LeftOut   int                `json:"leftOut"` // comments and lines for which there was no room
}

// SnapshotVersion is one version of the deliverable.
type SnapshotVersion struct {
	Number      int      `json:"number"`
	Outcome     string   `json:"outcome"`
	SubmittedAt string   `json:"submittedAt"`
	Files       []string `json:"files"`
	Comment     string   `json:"comment,omitempty"`
	Comments    []string `json:"comments"`
}

// SnapshotProfile is the pro as they are reached.
type SnapshotProfile struct {
	Name     string `json:"name"`
	Email    string `json:"email"`
	Language string `json:"language"`
	Zone     string `json:"zone"`
}

// SnapshotFactView is one line of the pro's history on the project.
type SnapshotFactView struct {
	At     string `json:"at"`
	Role   string `json:"role"`
	Action string `json:"action"`
	State  string `json:"state,omitempty"`
}

// readBy is a call by who its caller is to a flag: whoever raised it reads it as its pro, also if they are of the team.
func readBy(c *handler.Call, f help.Flag) *handler.Call {
	as := *c
	as.Actor.Roles = f.RolesOf(c.Actor)
	return &as
}

func flagView(c *handler.Call, held help.Held, book policy.Policy) FlagView {
	c = readBy(c, held.Flag)
	f, story, staff := held.Flag, forPro(c, held.Timeline), c.Actor.IsStaff()
	v := FlagView{
		ID: f.ID, State: string(f.Progress.State), Relation: f.Subject.Relation(), Project: f.Subject.Project, Reference: f.Subject.Reference,
		Title: f.Subject.Title, Assignment: f.Subject.Assignment, Invitation: f.Subject.Invitation, Reason: string(f.Reason), RaisedAt: stamp(f.RaisedAt),
		Promise: promiseView(c, held), ResolvedAt: stamp(f.ResolvedAt), Said: said(c, held.Timeline), UpdatedAt: stamp(f.UpdatedAt), Policy: string(f.Policy),
		Actions: actions(f.Offers(c.Actor, book, c.Now)), Deadlines: deadlines(f.Ref(), f.Progress, story), Timeline: timeline(c, story),
	}
	if !f.Paused.Since.IsZero() {
		v.Waiting = &WaitView{Since: stamp(f.Paused.Since), Reason: f.Paused.Why}
	}
	if f.Outcome.Kind != "" {
		o := outcomeView(f.Outcome)
		v.Outcome = &o
	}
	if raised, ok := raisedFact(held.Timeline); ok {
		v.Snapshot = snapshotView(c, raised.Snapshot)
	}
	if !staff {
		v.Deadlines = withoutWarning(v.Deadlines)
		return v
	}
	v.Pro, v.Agent = f.Subject.Pro, f.Agent.Reveal()
	if v.Waiting != nil {
		v.Waiting.Question = f.Paused.Question
	}
	if f.Proposal.By != "" {
		v.Proposal = &ProposalView{By: f.Proposal.By.Reveal(), At: stamp(f.Proposal.At), Outcome: outcomeView(f.Proposal.Outcome)}
	}
	return v
}

// withoutWarning leaves out what is between the team and its clock.
func withoutWarning(all []Deadline) []Deadline {
	kept := []Deadline{}
	for _, d := range all {
		if d.Kind != help.Warning {
			kept = append(kept, d)
		}
	}
	return kept
}

// forPro leaves out what only the team does with a flag.
func forPro(c *handler.Call, story []store.Event) []store.Event {
	if c.Actor.IsStaff() {
		return story
	}
	var kept []store.Event
	for _, e := range story {
		switch e.Action {
		case help.Note, help.Claim, help.Unclaim, help.HandOver, help.Propose, help.Refuse, help.Warn:
			continue
		}
		kept = append(kept, e)
	}
	return kept
}

func raisedFact(story []store.Event) (help.FlagRaised, bool) {
	for _, e := range story {
		for _, f := range e.Facts {
			if raised, ok := f.(help.FlagRaised); ok {
				return raised, true
			}
		}
	}
	return help.FlagRaised{}, false
}

func promiseView(c *handler.Call, held help.Held) PromiseView {
	f := held.Flag
	v := PromiseView{
		AnswerBy: stamp(f.AnswerBy), AnsweredAt: stamp(f.RespondedAt), BreachedAt: stamp(f.BreachedAt), ExpectedBy: stamp(f.ExpectedBy(c.Now)), Moved: []MoveView{},
		PromisedSeconds: int(f.Promised(c.Now).Seconds()), OwnedSeconds: int(f.Owned(c.Now).Seconds()),
	}
	for _, e := range held.Timeline {
		for _, fact := range e.Facts {
			switch fact := fact.(type) {
			case help.FlagResumed:
				v.Moved = append(v.Moved, MoveView{At: stamp(e.At), Why: fact.Why, Seconds: int(fact.Waited.Seconds())})
			case help.FlagReopened:
				v.Moved = append(v.Moved, MoveView{At: stamp(e.At), Why: "reopened", To: stamp(fact.AnswerBy)})
			}
		}
	}
	return v
}

func outcomeView(o help.Outcome) OutcomeView {
	v := OutcomeView{Outcome: string(o.Kind), Text: o.Text, To: stamp(o.To), Brief: o.Brief, Assets: assetBodies(o.Assets), Files: attachments(o.Files)}
	if o.Amount.Currency != "" {
		m := money(o.Amount)
		v.Amount = &m
	}
	return v
}

func assetBodies(list []help.Asset) []AssetBody {
	out := []AssetBody{}
	for _, a := range list {
		out = append(out, AssetBody(a))
	}
	return out
}

func attachments(list []help.File) []FileView {
	out := []FileView{}
	for _, f := range list {
		out = append(out, FileView{ID: f.ID, Name: f.Name, Size: f.Size, SHA256: f.SHA256})
	}
	return out
}

// said tells what was said on a flag, in order.
func said(c *handler.Call, story []store.Event) []SaidView {
	out := []SaidView{}
	staff := c.Actor.IsStaff()
	for _, e := range story {
		one := SaidView{At: stamp(e.At)}
		if staff || e.Actor == c.Actor.ID {
			one.Who = e.Actor
		}
		for _, f := range e.Facts {
			switch f := f.(type) {
			case help.FlagRaised:
				one.From, one.Text, one.Files = "pro", f.Comment, attachments(f.Files)
			case help.FlagCommented:
				one.From, one.Text, one.Files = "pro", f.Comment, attachments(f.Files)
			case help.FlagReopened:
				one.From, one.Text = saidBy(e), f.Why
			case help.FlagReplied:
				one.From, one.Text = "team", f.Text
			case help.FlagResolved:
				one.From, one.Text, one.Files = "team", f.Outcome.Text, attachments(f.Outcome.Files)
			case help.FlagNoted:
				one.From, one.Text = "note", f.Text.Reveal()
			case help.ProposalRefused:
				one.From, one.Text = "note", f.Why.Reveal()
			case help.ClientAnswered:
				one.From, one.Text = "client", f.Text.Reveal()
			default:
				continue
			}
			if staff || one.From == "pro" || one.From == "team" {
				out = append(out, one)
			}
		}
	}
	return out
}

func saidBy(e store.Event) string {
	if e.Role == party.Pro {
		return "pro"
	}
	return "team"
}

func snapshotView(c *handler.Call, s help.Snapshot) *SnapshotView {
	v := &SnapshotView{
		State: s.State, Type: s.Type, Category: s.Category, Title: s.Title, Brief: s.Brief, Assets: assetBodies(s.Assets), Terms: s.Terms,
		DeliverBy: stamp(s.DeliverBy), Late: s.Late, Versions: []SnapshotVersion{}, History: []SnapshotFactView{}, LeftOut: s.LeftOut,
	}
	if c.Actor.IsStaff() {
		v.Profile = &SnapshotProfile{Name: s.Contact.Name, Email: s.Contact.Email, Language: s.Contact.Language, Zone: s.Contact.Zone}
	}
	if s.Reward.Currency != "" {
		m := money(s.Reward)
		v.Reward = &m
	}
	for _, one := range s.Versions {
		v.Versions = append(v.Versions, SnapshotVersion{
			Number: one.Number, Outcome: one.Outcome, SubmittedAt: stamp(one.SubmittedAt), Files: append([]string{}, one.Files...), Comment: one.Comment,
			Comments: append([]string{}, one.QC...),
		})
	}
	for _, l := range s.History {
		v.History = append(v.History, SnapshotFactView{At: stamp(l.At), Role: l.Role, Action: l.Action, State: l.State})
	}
	return v
}

// helpDetails is what may be told of a fact of help, and of what it changed in the work.
func helpDetails(f store.Fact, to party.Actor) map[string]string {
	switch f := f.(type) {
	case help.FlagRaised:
		return map[string]string{"reason": string(f.Reason), "answerBy": stamp(f.AnswerBy)}
	case help.FlagReopened:
		return map[string]string{"answerBy": stamp(f.AnswerBy)}
	case help.FlagBreached:
		return map[string]string{"answerBy": stamp(f.AnswerBy)}
	case help.FlagPaused:
		return map[string]string{"reason": f.Why}
	case help.FlagResumed:
		return map[string]string{"reason": f.Why, "seconds": seconds(f.Waited)}
	case help.FlagResolved:
		return map[string]string{"outcome": string(f.Outcome.Kind)}
	case project.DeliveryHeld:
		return map[string]string{"reason": f.Why}
	case project.DeliveryResumed:
		return map[string]string{"seconds": seconds(f.Held), "deliverBy": stamp(f.DeliverBy)}
	case project.DeadlineMoved:
		return map[string]string{"from": stamp(f.From), "to": stamp(f.To)}
	case project.RewardRaised:
		if to.IsStaff() || to.ID == f.Pro {
			return map[string]string{"from": f.From.String(), "to": f.To.String()}
		}
	case project.MaterialSupplied:
		return map[string]string{"count": strconv.Itoa(f.Count)}
	}
	return nil
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d.Seconds())) }
