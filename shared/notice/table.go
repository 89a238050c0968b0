// Package notice decides which fact is told to whom, and in which words: one table, templates in every language of the
// product, and the Teller that works an event off. It knows no protocol (shared/mail hands messages over) and decides
// nothing about the facts themselves.
package notice

import (
	"slices"

	"github.com/callsheet/callsheet/shared/help"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// Audience says who is told, in the words of docs/notices.md.
type Audience string

// The audiences.
const (
	EachInvited Audience = "every pro of the round, one mail each, and their list of invitations"
	WhoLostOut  Audience = "everybody invited who got no seat and has neither declined nor been withdrawn, one mail for all who share language and zone"
	TheInvited  Audience = "the pro whose invitation it was"
	WhoWrote    Audience = "the pro whose mail it answers, by itself"
	ThePro      Audience = "the pro"
	TheClient   Audience = "the client"
	TheAgent    Audience = "the agent in charge"
	TheProposer Audience = "who proposed it"
	TheDesk     Audience = "who works on the flag, or the agent in charge, or all leads; of a new flag also leads, where its reason says so"
	TheLeads    Audience = "all leads"
	OtherLeads  Audience = "all leads but who proposed it"
	WhoIsOnIt   Audience = "everybody who works on the project or may still accept it, one mail for all who share language and zone"
	Nobody      Audience = "nobody; the timeline keeps it"
)

// Notice is one row: a fact, who is told about it, and the name under which the words, the header and the lease go.
type Notice struct {
	Name     string
	Fact     store.Fact // its zero value
	Audience Audience
	Rules    string // the requirements it serves
}

// table has at least one row for every fact, those that nobody is told about included.
var table = []Notice{
	{Fact: project.Created{}, Audience: Nobody},
	{Fact: project.Edited{}, Audience: Nobody},
	{Fact: project.Published{}, Audience: Nobody},
	{Name: "invitation", Fact: project.InvitationsSent{}, Audience: EachInvited, Rules: "R24 R25 R26"},
	{Fact: project.InvitationDeclined{}, Audience: Nobody},
	{Name: "withdrawn", Fact: project.InvitationWithdrawn{}, Audience: TheInvited, Rules: "A15"},
	{Name: "round_expired", Fact: project.RoundExpired{}, Audience: TheAgent, Rules: "A15"},
	{Fact: project.SeatTaken{}, Audience: Nobody},
	{Name: "booking_declined", Fact: project.BookingDeclined{}, Audience: TheAgent, Rules: "R33 R52"},
	{Name: "given_up", Fact: project.SeatGivenUp{}, Audience: TheAgent, Rules: "A15 R52"},
	{Name: "taken_back", Fact: project.SeatTakenBack{}, Audience: ThePro, Rules: "A15"},
	{Name: "reopened", Fact: project.SeatReopened{}, Audience: EachInvited, Rules: "A21"},
	{Name: "proofreading", Fact: project.ProofreadingOffered{}, Audience: EachInvited, Rules: "R32 A16"},
	{Fact: project.ProofreadingLinked{}, Audience: Nobody},
	{Fact: project.WatchBegun{}, Audience: Nobody},
	{Fact: project.WatchEnded{}, Audience: Nobody},
	{Name: "picked_client", Fact: project.WinnersPicked{}, Audience: TheClient, Rules: "A14"},
	{Name: "picked", Fact: project.WorkPicked{}, Audience: ThePro, Rules: "A14"},
	{Name: "not_picked", Fact: project.NotChosen{}, Audience: ThePro, Rules: "A13 A14"},
	{Name: "extended", Fact: project.DeliveryExtended{}, Audience: ThePro, Rules: "A5 A15"},
	{Fact: project.ProjectExtended{}, Audience: Nobody},
	{Name: "filled", Fact: project.FilledUp{}, Audience: WhoLostOut, Rules: "R28 R29 R31 A21"},
	{Name: "cancelled", Fact: project.ProjectCancelled{}, Audience: WhoLostOut, Rules: "A15"},
	{Fact: project.VersionSubmitted{}, Audience: Nobody},
	{Fact: project.Claimed{}, Audience: Nobody},
	{Fact: project.Released{}, Audience: Nobody},
	{Name: "revision", Fact: project.RevisionRequested{}, Audience: ThePro, Rules: "R42 R43 R44 R45"},
	{Name: "passed_pro", Fact: project.QCPassed{}, Audience: ThePro, Rules: "R41 R55 A10 A12"},
	{Name: "passed_client", Fact: project.QCPassed{}, Audience: TheClient, Rules: "R41 R46 A20"},
	{Name: "overdue_pro", Fact: project.DeliveryOverdue{}, Audience: ThePro, Rules: "A15"},
	{Name: "overdue_agent", Fact: project.DeliveryOverdue{}, Audience: TheAgent, Rules: "A15 R52"},
	{Fact: project.DeliveryMet{}, Audience: Nobody},
	{Fact: project.WorkApproved{}, Audience: Nobody},
	{Name: "credited", Fact: project.RewardCredited{}, Audience: ThePro, Rules: "R55"},
	{Name: "message_pro", Fact: project.TeamWrote{}, Audience: ThePro, Rules: "R36 R31 R45"},
	{Name: "message_agent", Fact: project.ProWrote{}, Audience: TheAgent, Rules: "R36 R30 R39 R45"},
	{Fact: project.MessagesRead{}, Audience: Nobody},
	{Name: "frozen", Fact: project.RewardFrozen{}, Audience: ThePro, Rules: "A11"},
	{Name: "unfrozen", Fact: project.RewardUnfrozen{}, Audience: ThePro, Rules: "A11 A12"},
	{Name: "proposed", Fact: project.AdjustmentProposed{}, Audience: OtherLeads, Rules: "R56 R106 A39"},
	{Name: "declined", Fact: project.AdjustmentDeclined{}, Audience: TheProposer, Rules: "R56 A39"},
	{Name: "adjusted", Fact: project.AdjustmentPosted{}, Audience: ThePro, Rules: "R56"},
	{Name: "charged", Fact: project.ClientCharged{}, Audience: TheClient, Rules: "R49 R56"},
	{Name: "changes_requested", Fact: project.ChangesRequested{}, Audience: TheAgent, Rules: "R47 R48 R52"},
	{Name: "changes_question", Fact: project.ChangesQuestioned{}, Audience: TheClient, Rules: "R48 A20"},
	{Name: "changes_returned", Fact: project.ChangesReturned{}, Audience: TheAgent, Rules: "R48 R50 R52"},
	{Name: "changes_forwarded", Fact: project.ChangesForwarded{}, Audience: ThePro, Rules: "R44 R48"},
	{Name: "changes_declined", Fact: project.ChangesDeclined{}, Audience: TheClient, Rules: "R48 A20"},
	{Name: "changes_stopped", Fact: project.ChangesStopped{}, Audience: ThePro, Rules: "R52"},
	{Fact: project.ChangesSettled{}, Audience: Nobody},
	{Name: "fee_quoted", Fact: project.FeeQuoted{}, Audience: TheClient, Rules: "R49 A18"},
	{Name: "fee_offered", Fact: project.FeeOffered{}, Audience: ThePro, Rules: "R49 A18"},
	{Name: "fee_charged", Fact: project.FeeAgreed{}, Audience: TheClient, Rules: "R49 A18"},
	{Name: "quote_declined", Fact: project.QuoteDeclined{}, Audience: TheAgent, Rules: "R52 A18"},
	{Name: "quote_lapsed", Fact: project.QuoteLapsed{}, Audience: TheClient, Rules: "A18 A20"},
	{Name: "quote_withdrawn", Fact: project.QuoteWithdrawn{}, Audience: TheClient, Rules: "R52 A18"},
	{Name: "offer_withdrawn", Fact: project.OfferWithdrawn{}, Audience: ThePro, Rules: "R52 A18"},
	{Name: "changes_review", Fact: project.CaseRaised{}, Audience: TheAgent, Rules: "R51 A17"},
	{Fact: project.CaseReviewed{}, Audience: Nobody},
	{Name: "handed_over", Fact: project.HandedOver{}, Audience: TheAgent, Rules: "R52"},
	{Name: "late", Fact: project.LateAnswered{}, Audience: WhoWrote, Rules: "R30 R31 R32 A21"},
	{Name: "answer_cancelled", Fact: project.CancelledAnswered{}, Audience: WhoWrote, Rules: "R30 R31"},
	{Name: "answer_withdrawn", Fact: project.WithdrawnAnswered{}, Audience: WhoWrote, Rules: "R30 R31"},
	{Name: "answer_expired", Fact: project.ExpiredAnswered{}, Audience: WhoWrote, Rules: "R30 R31"},
	{Name: "quarantined", Fact: project.MailQuarantined{}, Audience: TheLeads, Rules: "R30"},
	{Fact: project.MailAccredited{}, Audience: Nobody},
	{Fact: project.MailDismissed{}, Audience: Nobody},
	{Fact: project.MailsDropped{}, Audience: Nobody},
	{Name: "corrected", Fact: project.ProjectCorrected{}, Audience: WhoIsOnIt, Rules: "R15 A5"},
	{Fact: project.InvitationRepriced{}, Audience: Nobody},
	{Fact: project.DeliveryHeld{}, Audience: Nobody},
	{Fact: project.DeliveryResumed{}, Audience: Nobody},
	{Fact: project.DeadlineMoved{}, Audience: Nobody},
	{Fact: project.RewardRaised{}, Audience: Nobody},
	{Fact: project.MaterialSupplied{}, Audience: Nobody},

	{Name: "flag_received", Fact: help.FlagRaised{}, Audience: ThePro, Rules: "R23 A2"},
	{Name: "flag_raised", Fact: help.FlagRaised{}, Audience: TheDesk, Rules: "R6 R22"},
	{Name: "flag_commented", Fact: help.FlagCommented{}, Audience: TheDesk, Rules: "R8 A6"},
	{Fact: help.FlagClaimed{}, Audience: Nobody},
	{Fact: help.FlagUnclaimed{}, Audience: Nobody},
	{Fact: help.FlagHandedOver{}, Audience: Nobody},
	{Name: "flag_replied", Fact: help.FlagReplied{}, Audience: ThePro, Rules: "R23 A2"},
	{Fact: help.FlagNoted{}, Audience: Nobody},
	{Fact: help.FlagPaused{}, Audience: Nobody},
	{Fact: help.FlagResumed{}, Audience: Nobody},
	{Name: "question", Fact: help.ClientAsked{}, Audience: TheClient, Rules: "R20 A9"},
	{Name: "question_answered", Fact: help.ClientAnswered{}, Audience: TheDesk, Rules: "R20"},
	{Fact: help.QuestionAnswered{}, Audience: Nobody},
	{Fact: help.QuestionDropped{}, Audience: Nobody},
	{Name: "flag_warned", Fact: help.FlagWarned{}, Audience: TheDesk, Rules: "A8"},
	{Name: "flag_breached", Fact: help.FlagBreached{}, Audience: TheLeads, Rules: "R23 A8"},
	{Name: "flag_proposed", Fact: help.FlagProposed{}, Audience: OtherLeads, Rules: "R16 A5"},
	{Fact: help.ProposalRefused{}, Audience: Nobody},
	{Name: "flag_resolved", Fact: help.FlagResolved{}, Audience: ThePro, Rules: "R5 A5"},
	{Name: "flag_reopened", Fact: help.FlagReopened{}, Audience: TheDesk, Rules: "R5"},
}

// submitted is what a mail says about who sent it (RFC 3834): a machine, in answer to somebody or by itself.
func (n Notice) submitted() string {
	if n.Audience == WhoWrote {
		return "auto-replied"
	}
	return "auto-generated"
}

// noticesOf are the rows of a fact that somebody is told about; known is false for a fact that the table lacks.
func noticesOf(fact store.Fact) (rows []Notice, known bool) {
	for _, n := range table {
		if n.Fact.FactName() != fact.FactName() {
			continue
		}
		known = true
		if n.Audience != Nobody {
			rows = append(rows, n)
		}
	}
	return rows, known
}

// named lists the rows that have words.
func named() []Notice {
	return slices.DeleteFunc(slices.Clone(table), func(n Notice) bool { return n.Audience == Nobody })
}
