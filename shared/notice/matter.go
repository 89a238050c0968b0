package notice

import (
	"fmt"
	"time"

	"github.com/callsheet/callsheet/shared/help"
	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// page is everything that a mail may say. It has no field for a person but its reader, nor for an ID outside the link, so
// no template can give away who won, reviewed or decided.
type page struct {
	reader
	Site        Site
	Title       string
	Translation string       // the title of the one that is to be proofread
	Link        string       // empty where there is nothing to do
	Project     string       // its page, where a mail for staff speaks of that besides
	Reward      ledger.Money // offered, on hold or credited
	Amount      ledger.Money // of an adjustment, never negative
	Back        bool         // the amount is taken or given back
	Reason      string       // in a person's words: why a proposal was declined, work given up or taken back, time granted
	Note        string       // what the team says to those whose money it is
	OnApproval  bool         // the client's approval releases the reward
	Later       bool         // an earlier version put it on hold
	Contest     bool         // winners are picked
	ReleaseAt   time.Time    // zero where an approval releases it, or an earlier version has set it
	HeldAt      time.Time
	ExpiresAt   time.Time
	DeliverBy   time.Time // zero where an earlier edition of the fact did not say
	ReviewUntil time.Time
	DaysLeft    int
	At          time.Time   // when it happened
	SentAt      []time.Time // when the invitations went out
	Count       int         // invitations of the round
	Taken       int
	Seats       int
	Number      int // of the version, or of the client's request for changes
	Comments    []project.Comment
	Token       string       // in the address that replies go to; empty where nobody reads them
	Text        string       // of a message, a question, an answer or a reason
	Files       []string     // names of what is attached to it
	Fee         ledger.Money // that a client pays, or a pro asks for
	Until       time.Time    // for an answer
	Late        bool         // after the client's approval
	Because     string       // what brought a request back to the agent: clarify, ask_fee, decline_offer, lapse_quote; or an adjustment's kind
	Paid        bool         // it is paid all the same
	Earns       ledger.Money // for it; no currency where an earlier edition of the fact did not say
	Forgone     ledger.Money // what was taken away of it
	Waiting     int          // pros who asked to be told when a seat reopens
	Recalled    int          // those of them who are invited again
	Answered    bool         // a message was answered by itself
	Proofreads  bool         // proofreading may be offered
	Asked       help.Reason  // why a flag was raised
	Said        string       // a person's words
	AnswerBy    time.Time    // until when somebody answers a flag
	Working     bool         // somebody is, so that a delivery waited for the client's answer
	Held        bool         // a flag waits for the client or a second person, so nobody else may take it
}

// matter is a fact as its notices need it: what a mail may say, and whom it concerns, which it may not.
type matter struct {
	page       page
	project    string
	assignment string // of the pro
	pro        string
	client     string
	agent      string
	proposer   string
	rounds     []string
	invitation string
	won        []string // invitations that have a seat
	message    store.Ref
	replyTo    string   // the Message-ID that this answers; may be empty
	open       bool     // who is invited may still accept,
	closed     []string // save of these rounds
	leads      bool     // they are told besides whoever else is
}

// matterOf reads a fact that somebody is told about.
func matterOf(fact store.Fact, s Site, at, now time.Time) (matter, error) {
	switch f := fact.(type) {
	case project.InvitationsSent:
		return matter{project: f.Project, rounds: []string{f.Round}, page: page{Title: f.Title, DeliverBy: f.DeliverBy}}, nil
	case project.InvitationWithdrawn:
		return matter{project: f.Project, rounds: []string{f.Round}, invitation: f.Invitation, page: page{Title: f.Title}}, nil
	case project.RoundExpired:
		return matter{project: f.Project, agent: f.Agent, page: page{
			Title: f.Title, Link: s.project(f.Project), Count: f.Count, Taken: f.Taken, Seats: f.Seats,
		}}, nil
	case project.BookingDeclined:
		return matter{project: f.Project, agent: f.Agent, page: page{Title: f.Title, Link: s.project(f.Project)}}, nil
	case project.SeatGivenUp:
		return matter{project: f.Project, agent: f.Agent, page: page{
			Title: f.Title, Link: s.project(f.Project), Reason: f.Reason, Waiting: f.Waiting, Recalled: f.Recalled,
		}}, nil
	case project.SeatTakenBack:
		return matter{project: f.Project, assignment: f.Assignment, pro: f.Pro, page: page{Title: f.Title, Reason: f.Reason}}, nil
	case project.SeatReopened:
		return matter{project: f.Project, rounds: []string{f.Round}, page: page{Title: f.Title, DeliverBy: f.DeliverBy}}, nil
	case project.ProofreadingOffered:
		return matter{project: f.Project, rounds: []string{f.Round}, page: page{Title: f.Title, Translation: f.Translation, DeliverBy: f.DeliverBy}}, nil
	case project.WinnersPicked:
		return matter{project: f.Project, client: f.Client, page: page{Title: f.Title, Taken: f.Picked, Seats: f.Seats}}, nil
	case project.WorkPicked:
		return matter{project: f.Project, assignment: f.Assignment, pro: f.Pro, page: page{Title: f.Title, Link: s.assignment(f.Assignment)}}, nil
	case project.NotChosen:
		return matter{project: f.Project, assignment: f.Assignment, pro: f.Pro, page: page{
			Title: f.Title, Link: s.statement(), Paid: f.Paid, Earns: f.Earns, Forgone: f.Forgone,
		}}, nil
	case project.DeliveryExtended:
		return matter{project: f.Project, assignment: f.Assignment, pro: f.Pro, page: page{
			Title: f.Title, Link: s.assignment(f.Assignment), Reason: f.Reason, DeliverBy: f.DeliverBy,
		}}, nil
	case project.FilledUp:
		return matter{project: f.Project, rounds: f.Rounds, won: f.Won, page: page{Title: f.Title, Seats: f.Seats, At: f.At}}, nil
	case project.ProjectCancelled:
		return matter{project: f.Project, rounds: f.Rounds, page: page{Title: f.Title, At: at}}, nil
	case project.RevisionRequested:
		return matter{project: f.Project, assignment: f.Assignment, pro: f.Pro, page: page{
			Title: f.Title, Link: s.assignment(f.Assignment), Number: f.Number, Comments: f.Said(), DeliverBy: f.DeliverBy,
		}}, nil
	case project.QCPassed:
		return matter{project: f.Project, assignment: f.Assignment, pro: f.Pro, client: f.Client, page: page{
			Title: f.Title, Link: s.assignment(f.Assignment), Number: f.Number, Reward: f.Reward, OnApproval: f.Release == policy.OnClientApproval,
			ReleaseAt: f.ReleaseAt, ReviewUntil: f.ReviewUntil, DaysLeft: daysLeft(f.ReviewUntil, now), Later: f.Later, Contest: f.Contest,
		}}, nil
	case project.DeliveryOverdue:
		return matter{project: f.Project, assignment: f.Assignment, pro: f.Pro, agent: f.Agent, page: page{
			Title: f.Title, Link: s.assignment(f.Assignment), DeliverBy: f.DeliverBy,
		}}, nil
	case project.RewardCredited:
		return matter{project: f.Project, assignment: f.Assignment, pro: f.Pro, page: page{
			Title: f.Title, Link: s.statement(), Reward: f.Amount, HeldAt: f.HeldAt,
		}}, nil
	case project.LateAnswered:
		return matter{project: f.Project, rounds: []string{f.Round}, invitation: f.Invitation, replyTo: f.MessageID, page: page{
			Title: f.Title, At: f.FilledAt, Seats: f.Seats, SentAt: []time.Time{f.SentAt}, Proofreads: f.Proofreading,
		}}, nil
	case project.CancelledAnswered:
		return answerOf(f), nil
	case project.WithdrawnAnswered:
		return answerOf(project.CancelledAnswered(f)), nil
	case project.ExpiredAnswered:
		return answerOf(project.CancelledAnswered(f)), nil
	case project.TeamWrote:
		return messageOf(f, s), nil
	case project.ProWrote:
		return messageOf(project.TeamWrote(f), s), nil
	case project.RewardFrozen:
		return matter{project: f.Project, assignment: f.Assignment, pro: f.Pro, page: page{
			Title: f.Title, Link: s.statement(), Reward: f.Amount, Note: f.Note,
		}}, nil
	case project.RewardUnfrozen:
		return matter{project: f.Project, assignment: f.Assignment, pro: f.Pro, page: page{
			Title: f.Title, Link: s.statement(), Reward: f.Amount, ReleaseAt: f.ReleaseAt, Note: f.Note,
			OnApproval: f.Release != policy.AfterHold, // which earlier editions of the fact did not say
		}}, nil
	case project.AdjustmentProposed:
		return matter{project: f.Project, proposer: f.Proposer.Reveal(), page: page{
			Title: f.Title, Link: s.assignment(f.Assignment), Amount: f.Amount, Reason: f.Reason.Reveal(), Because: string(f.Kind),
		}}, nil
	case project.MailQuarantined:
		return matter{project: f.Project, page: page{Link: s.quarantine()}}, nil
	case project.AdjustmentDeclined:
		return matter{project: f.Project, proposer: f.Proposer.Reveal(), page: page{
			Title: f.Title, Link: s.assignment(f.Assignment), Amount: f.Amount, Reason: f.Reason.Reveal(),
		}}, nil
	case project.AdjustmentPosted:
		m := matter{project: f.Project, assignment: f.Assignment, pro: f.Pro, page: page{Title: f.Title, Link: s.statement(), Note: f.Note}}
		m.page.Amount, m.page.Back = unsigned(f.Share)
		return m, nil
	case project.ClientCharged:
		m := matter{project: f.Project, client: f.Client, page: page{Title: f.Title, Link: s.assignment(f.Assignment), Note: f.Note}}
		m.page.Amount, m.page.Back = unsigned(f.Charge)
		return m, nil
	}
	if m, ok := helpMatterOf(fact, s); ok {
		return m, nil
	}
	return matterOfChanges(fact, s)
}

// matterOfChanges reads a fact of a client's request for changes. Only the pro's page has the pro's share, and only the
// others have the fee.
func matterOfChanges(fact store.Fact, s Site) (matter, error) {
	about := func(c project.Case, p page) (matter, error) {
		p.Title, p.Link = c.Title, s.assignment(c.Assignment)
		return matter{project: c.Project, assignment: c.Assignment, pro: c.Pro, client: c.Client, agent: c.Agent, page: p}, nil
	}
	switch f := fact.(type) {
	case project.ChangesRequested:
		return about(f.Case, page{Number: f.Number, Late: f.Late, Comments: project.Request{Text: f.Text, Comments: f.Comments}.Said()})
	case project.ChangesQuestioned:
		return about(f.Case, page{Number: f.Number, Text: f.Question, Until: f.AnswerBy})
	case project.ChangesReturned:
		return about(f.Case, page{Number: f.Number, Because: string(f.Why), Text: f.Text, Fee: f.Amount})
	case project.ChangesForwarded:
		return about(f.Case, page{Number: f.Number, Comments: f.Comments, DeliverBy: f.DeliverBy})
	case project.ChangesDeclined:
		return about(f.Case, page{Number: f.Number, Text: f.Reason, ReviewUntil: f.ReviewUntil})
	case project.ChangesStopped:
		return about(f.Case, page{Number: f.Number})
	case project.FeeQuoted:
		return about(f.Case, page{Number: f.Number, Fee: f.Fee, Text: f.Reason, Until: f.Until})
	case project.FeeOffered:
		return about(f.Case, page{Number: f.Number, Reward: f.Share, Comments: f.Comments, Until: f.Until})
	case project.FeeAgreed:
		return about(f.Case, page{Number: f.Number, Fee: f.Fee, DeliverBy: f.DeliverBy})
	case project.QuoteDeclined:
		return about(f.Case, page{Number: f.Number, Fee: f.Fee})
	case project.QuoteLapsed:
		return about(f.Case, page{Number: f.Number, Fee: f.Fee, ReviewUntil: f.ReviewUntil})
	case project.QuoteWithdrawn:
		return about(f.Case, page{Number: f.Number, Fee: f.Fee})
	case project.OfferWithdrawn:
		return about(f.Case, page{Number: f.Number, Reward: f.Share})
	case project.CaseRaised:
		return about(f.Case, page{Number: f.Number})
	case project.HandedOver:
		return about(f.Case, page{})
	}
	return matter{}, fmt.Errorf("notice: the table has words for %s, matterOf has no case", fact.FactName())
}

// messageOf is a message without its words, which the fact does not have.
func messageOf(f project.TeamWrote, s Site) matter {
	return matter{
		project: f.Project, assignment: f.Assignment, invitation: f.Invitation, pro: f.Pro, agent: f.Agent, message: store.Ref{Kind: store.Message, ID: f.Message, Owner: f.Thread},
		page: page{Title: f.Title, Link: s.messages(f.Assignment, f.Invitation), Answered: f.Answered != "", Proofreads: f.Proofreading, Project: s.project(f.Project)},
	}
}

// unsigned is an amount without its sign, and whether it had one.
func unsigned(m ledger.Money) (ledger.Money, bool) {
	if m.Minor < 0 {
		return m.Neg(), true
	}
	return m, false
}

// daysLeft counts days of 24 hours, a begun one as a whole.
func daysLeft(until, now time.Time) int {
	const day = 24 * time.Hour
	return max(0, int((until.Sub(now)+day-1)/day))
}

// answerOf is what a mail is answered about whose invitation came to nothing other than by its seats going.
func answerOf(f project.CancelledAnswered) matter {
	return matter{project: f.Project, rounds: []string{f.Round}, invitation: f.Invitation, replyTo: f.MessageID, page: page{
		Title: f.Title, At: f.At, SentAt: []time.Time{f.SentAt},
	}}
}
