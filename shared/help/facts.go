package help

import (
	"time"

	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/store"
)

// Facts are what people are told and timelines keep. Fields may be added, never changed: rows outlive deploys.
type (
	// FlagRaised: a pro called for help, with everything that the team needs (R6–R8).
	FlagRaised struct {
		Flag     Told
		Reason   Reason
		Comment  string
		Files    []File
		Snapshot Snapshot
		AnswerBy time.Time
	}
	// FlagCommented: its pro added to it.
	FlagCommented struct {
		Flag    Told
		Comment string
		Files   []File
	}
	// FlagClaimed, FlagUnclaimed, FlagHandedOver: who works on it.
	FlagClaimed    struct{ Agent party.Hidden }
	FlagUnclaimed  struct{ Agent party.Hidden }
	FlagHandedOver struct{ From, To party.Hidden }
	// FlagReplied: a person answered the pro.
	FlagReplied struct {
		Flag Told
		Text string
	}
	// FlagNoted: a word for the team only.
	FlagNoted struct{ Text party.Hidden }
	// FlagPaused: it waits for the client; FlagResumed: the wait is over, after so long.
	FlagPaused  struct{ Why string }
	FlagResumed struct {
		Why      string
		Since    time.Time
		Waited   time.Duration
		Answered bool // by the client
	}
	// ClientAsked: a question went to the client. ClientAnswered: it was answered, and is for the team to relay.
	ClientAsked struct {
		Question, Project, Title, Client string
		Text                             party.Hidden
		Working                          bool // somebody is, and their delivery waits for the answer
	}
	ClientAnswered struct {
		Flag     Told
		Question string
		Text     party.Hidden
	}
	// QuestionAnswered and QuestionDropped are the question's own story.
	QuestionAnswered struct{ Question string }
	QuestionDropped  struct{ Question string }
	// FlagWarned: the promise is about to be broken; FlagBreached: nobody answered in time.
	FlagWarned struct {
		Flag     Told
		AnswerBy time.Time
	}
	FlagBreached struct {
		Flag       Told
		AnswerBy   time.Time
		AnsweredAt time.Time // where the answer itself came too late
		Held       bool      // nobody else may take it: it waits for the client or for a second person
	}
	// FlagProposed: an outcome waits for a second person. ProposalRefused: they said no.
	FlagProposed struct {
		Flag Told
		By   party.Hidden
	}
	ProposalRefused struct{ Why party.Hidden }
	// FlagResolved: it is over, and this is what came of it (R5).
	FlagResolved struct {
		Flag    Told
		Outcome Outcome
	}
	// FlagReopened: it is not over after all.
	FlagReopened struct {
		Flag     Told
		Why      string
		AnswerBy time.Time
	}
)

// Told is what a fact repeats of its flag, so that telling people needs no other read.
type Told struct {
	ID, Project, Reference, Title string
	Pro, InCharge                 string
	Agent                         party.Hidden
	Reason                        Reason
	Assignment, Invitation        string
}

func (f Flag) told() Told {
	return Told{
		ID: f.ID, Project: f.Subject.Project, Reference: f.Subject.Reference, Title: f.Subject.Title, Pro: f.Subject.Pro, InCharge: f.Subject.InCharge,
		Agent: f.Agent, Reason: f.Reason, Assignment: f.Subject.Assignment, Invitation: f.Subject.Invitation,
	}
}

func (FlagRaised) FactName() string       { return "flag.raised" }
func (FlagCommented) FactName() string    { return "flag.commented" }
func (FlagClaimed) FactName() string      { return "flag.claimed" }
func (FlagUnclaimed) FactName() string    { return "flag.unclaimed" }
func (FlagHandedOver) FactName() string   { return "flag.handed_over" }
func (FlagReplied) FactName() string      { return "flag.replied" }
func (FlagNoted) FactName() string        { return "flag.noted" }
func (FlagPaused) FactName() string       { return "flag.paused" }
func (FlagResumed) FactName() string      { return "flag.resumed" }
func (ClientAsked) FactName() string      { return "client.asked" }
func (ClientAnswered) FactName() string   { return "client.answered" }
func (QuestionAnswered) FactName() string { return "question.answered" }
func (QuestionDropped) FactName() string  { return "question.withdrawn" }
func (FlagWarned) FactName() string       { return "flag.warned" }
func (FlagBreached) FactName() string     { return "flag.breached" }
func (FlagProposed) FactName() string     { return "flag.proposed" }
func (ProposalRefused) FactName() string  { return "flag.proposal_refused" }
func (FlagResolved) FactName() string     { return "flag.resolved" }
func (FlagReopened) FactName() string     { return "flag.reopened" }

// Facts is one zero value of each; the codec reads rows with it.
func Facts() []store.Fact {
	return []store.Fact{
		FlagRaised{}, FlagCommented{}, FlagClaimed{}, FlagUnclaimed{}, FlagHandedOver{}, FlagReplied{}, FlagNoted{}, FlagPaused{}, FlagResumed{},
		ClientAsked{}, ClientAnswered{}, QuestionAnswered{}, QuestionDropped{}, FlagWarned{}, FlagBreached{}, FlagProposed{}, ProposalRefused{},
		FlagResolved{}, FlagReopened{},
	}
}
