package project

import (
	"time"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/store"
)

// Facts are what people are told and timelines keep. Fields may be added, never changed: rows outlive deploys.
type (
	// Created: a project was drafted.
	Created struct{ Title string }
	// Edited: a draft was changed.
	Edited struct{ Title string }
	// Published: the project may be offered to pros.
	Published struct{ Title string }
	// InvitationsSent: a round went out; its lines are on the round.
	InvitationsSent struct {
		Project   string
		Round     string
		Title     string
		Count     int
		DeliverBy time.Time
	}
	// InvitationDeclined: a pro said no.
	InvitationDeclined struct{ Invitation, Pro string }
	// InvitationWithdrawn: the team took an invitation back.
	InvitationWithdrawn struct{ Invitation, Project, Round, Title, Pro string }
	// RoundExpired: nobody may accept this round's invitations any more.
	RoundExpired struct {
		Project, Round, Title, Agent string
		Count, Taken, Seats          int
	}
	// SeatTaken: a pro accepted; they may start at once.
	SeatTaken struct {
		Project, Assignment, Invitation, Pro string
		Other                                string // the second project of a pair of translation and proofreading, written too
		Reward                               ledger.Money
		DeliverBy                            time.Time
	}
	// SeatGivenUp: the pro withdrew, and the seat is free.
	SeatGivenUp struct {
		Project, Assignment, Invitation, Title, Pro, Agent, Reason string
		Waiting, Recalled                                          int // pros who asked to be told of it, and who are invited with it
	}
	// SeatTakenBack: the team took the work back, and the seat is free.
	SeatTakenBack struct {
		Project, Assignment, Invitation, Title, Pro, Agent, Reason string
		Waiting, Recalled                                          int
	}
	// SeatReopened: those who had asked to be told are invited anew, all in one round.
	SeatReopened struct {
		Project, Round, Title string
		Count                 int
		DeliverBy             time.Time
	}
	// ProofreadingOffered: those who came too late for a translation are invited to proofread it, all in one round. It is in
	// the timeline of the proofreading; ProofreadingLinked says so in that of the translation.
	ProofreadingOffered struct {
		Project, Round, Title string
		Of, Translation       string // the translation's project and title
		Count                 int
		DeliverBy             time.Time
	}
	ProofreadingLinked struct {
		Project, Proofreading string
		Count                 int
	}
	// WatchBegun and WatchEnded: a pro who came too late wants to be told when a seat reopens, or no longer.
	WatchBegun struct{ Invitation, Project, Pro string }
	WatchEnded struct{ Invitation, Project, Pro string }
	// DeliveryExtended: the team granted more time.
	DeliveryExtended struct {
		Assignment, Project, Title, Pro, Reason string
		From, DeliverBy                         time.Time
	}
	// ProjectExtended: who is invited from now on has more time.
	ProjectExtended struct {
		Project, Title, Reason string
		From, DeliverBy        time.Time
	}
	// WinnersPicked: the client ended a contest. WorkPicked and NotChosen tell it of each seat; Paid: quality control passed it,
	// and Earns is left of its reward.
	WinnersPicked struct {
		Project, Title, Client string
		Picked, Seats          int
	}
	WorkPicked struct{ Assignment, Project, Title, Pro string }
	NotChosen  struct {
		Assignment, Project, Title, Pro string
		Paid                            bool
		Earns, Forgone                  ledger.Money // no currency in the first edition, which left all of it
	}
	// BookingDeclined: the one pro who was asked said no, so the team has to find another (R33).
	BookingDeclined struct{ Project, Invitation, Title, Agent string }
	// FilledUp: the last seat was taken. Everybody else who was invited is told once.
	FilledUp struct {
		Project, Title string
		Rounds         []string
		Won            []string // invitations that have a seat; never told
		Seats          int
		At             time.Time
	}
	// ProjectCancelled: the work is not wanted any more; who was invited is told once.
	ProjectCancelled struct {
		Project, Title, Reason string
		Rounds                 []string
	}
	// VersionSubmitted: the pro handed in a version, whole.
	VersionSubmitted struct {
		Assignment string
		Number     int
		Files      []File
		Comment    string
		Answers    []Answer
	}
	// Claimed and Released: a reviewer took a version from the queue, or gave it back.
	Claimed  struct{ Reviewer party.Hidden }
	Released struct{ Reviewer party.Hidden }
	// RevisionRequested: QC wants another version; all comments in one (R44).
	RevisionRequested struct {
		Assignment, Project, Title, Pro string
		Number                          int
		Comments                        []string
		Places                          []Place // of the comments, one each; none in the first edition
		DeliverBy                       time.Time
	}
	// QCPassed: the client may see the version, and the first time the reward is on hold.
	QCPassed struct {
		Assignment, Project, Title, Pro, Client string
		Number                                  int
		Reward                                  ledger.Money
		Release                                 policy.Release
		ReleaseAt                               time.Time
		ReviewUntil                             time.Time
		Later                                   bool // an earlier version had passed, and put the reward on hold
		Contest                                 bool // the client picks winners instead of approving
	}
	// DeliveryOverdue: the deadline passed and nothing was submitted.
	DeliveryOverdue struct {
		Assignment, Project, Title, Pro, Agent string
		DeliverBy                              time.Time
	}
	// DeliveryMet: the deadline passed while the version was with QC; nobody is late.
	DeliveryMet struct{ Assignment string }
	// WorkApproved: the client approved, or the review closed by itself.
	WorkApproved struct {
		Assignment, Project, Title, Pro string
		ByItself                        bool
	}
	// ProjectCorrected: the brief or the deadline was wrong; everybody who is invited or works on it is told.
	ProjectCorrected struct {
		Project, Title string
		Rounds, Won    []string
		Open           bool     // who is invited may still accept,
		Closed         []string // save of these rounds, whose seats were all taken before one reopened
		Brief          bool     // there is a new one
		DeliverBy      time.Time
		Said           string // to those who are told
	}
	// InvitationRepriced: one invitation offers another reward.
	InvitationRepriced struct {
		Invitation, Project, Round, Pro string
		From, To                        ledger.Money
	}
	// DeliveryHeld and DeliveryResumed: the delivery deadline stands still while the client is asked, and goes on.
	DeliveryHeld    struct{ Assignment, Why string }
	DeliveryResumed struct {
		Assignment string
		Held       time.Duration
		DeliverBy  time.Time
	}
	// DeadlineMoved: the pro has more time.
	DeadlineMoved struct {
		Assignment string
		From, To   time.Time
	}
	// RewardRaised: the terms' reward is another one.
	RewardRaised struct {
		Assignment, Pro string
		From, To        ledger.Money
	}
	// MaterialSupplied: there is more to work with.
	MaterialSupplied struct {
		Assignment string
		Count      int
	}
	// RewardCredited: the reward is the pro's.
	RewardCredited struct {
		Reward, Assignment, Project, Title, Pro string
		Amount                                  ledger.Money
		HeldAt                                  time.Time
	}
	// TeamWrote and ProWrote: one side wrote to the other; the words are on the message, and in no timeline.
	TeamWrote struct {
		Thread, Message, Project, Title, Pro, Agent string
		Invitation, Assignment                      string // where the pro stands; no assignment without a seat
		Answered                                    Cause  // about what a pro's mail was answered by itself
		Inbox                                       string // that counts it; empty for what did not come by mail
		Proofreading                                bool   // of the project, which may be offered to those who came too late
	}
	ProWrote TeamWrote
	// LateAnswered: the mail of a pro who came too late is answered by the facts, once: when the seats went, how many there
	// were, when the invitation went out, and whether proofreading may be offered (R30, R31, R32).
	LateAnswered struct {
		Project, Title, Round, Invitation, Pro string
		FilledAt, SentAt                       time.Time
		Seats                                  int
		Proofreading                           bool
		MessageID                              string // of their mail; may be empty
	}
	// CancelledAnswered, WithdrawnAnswered, ExpiredAnswered: so is, once for each invitation, the mail of a pro whose invitation
	// ended otherwise: when it did, and when it went out (R30, R31).
	CancelledAnswered struct {
		Project, Title, Round, Invitation, Pro string
		At, SentAt                             time.Time // At is zero where the invitation had expired before the project was cancelled
		MessageID                              string
	}
	WithdrawnAnswered CancelledAnswered
	ExpiredAnswered   CancelledAnswered
	// MailQuarantined: a mail came in that may not be from who it says; staff decide, and are told of it where no other waits.
	// MailAccredited: it counts as the pro's words. MailDismissed: it does not.
	MailQuarantined struct{ Mail, Project, Inbox string }
	MailAccredited  struct{ Mail, Project, Pro, Thread, Message string }
	MailDismissed   struct{ Mail, Project string }
	// MailsDropped: more mails came from a pro, or from nobody who is known, than are held back within an hour (F57).
	MailsDropped struct{ Project, Pro string }
	// MessagesRead: one side has read up to a message.
	MessagesRead struct {
		Thread string
		UpTo   int
	}
	// RewardFrozen: a person holds the reward back. The reason is the team's, the note is for the pro.
	RewardFrozen struct {
		Reward, Assignment, Project, Title, Pro string
		Amount                                  ledger.Money
		Reason                                  party.Hidden
		Note                                    string
	}
	// RewardUnfrozen: the hold goes on as if nothing had been, or is over at once.
	RewardUnfrozen struct {
		Reward, Assignment, Project, Title, Pro string
		Amount                                  ledger.Money
		ReleaseAt                               time.Time // zero while it waits for the client or, of a fee, for its changes to pass
		Reason                                  party.Hidden
		Note                                    string
		Release                                 policy.Release
	}
	// AdjustmentProposed: money waits for a second person.
	AdjustmentProposed struct {
		Adjustment, Assignment, Project, Title string
		Kind                                   ledger.AdjustmentKind
		Amount                                 ledger.Money
		Of                                     string
		Reason                                 party.Hidden
		Proposer                               party.Hidden
	}
	// AdjustmentDeclined: it does not happen.
	AdjustmentDeclined struct {
		Adjustment, Assignment, Project, Title string
		Kind                                   ledger.AdjustmentKind
		Amount                                 ledger.Money
		Proposer                               party.Hidden
		Reason                                 party.Hidden // why it was declined
	}
	// AdjustmentPosted: the pro has more, or of a correction less.
	AdjustmentPosted struct {
		Adjustment, Assignment, Project, Title, Pro string
		Kind                                        ledger.AdjustmentKind
		Share                                       ledger.Money // the pro's part, negative where it is taken back
		Of                                          string
		Reason                                      party.Hidden
		Note                                        string
	}
	// ClientCharged: the client pays a fee, or has it back.
	ClientCharged struct {
		Adjustment, Assignment, Project, Title, Client string
		Charge                                         ledger.Money // negative where it is given back
		Note                                           string
	}
)

func (Created) FactName() string             { return "project.created" }
func (Edited) FactName() string              { return "project.edited" }
func (Published) FactName() string           { return "project.published" }
func (InvitationsSent) FactName() string     { return "invitations.sent" }
func (InvitationDeclined) FactName() string  { return "invitation.declined" }
func (InvitationWithdrawn) FactName() string { return "invitation.withdrawn" }
func (RoundExpired) FactName() string        { return "round.expired" }
func (SeatTaken) FactName() string           { return "seat.taken" }
func (SeatGivenUp) FactName() string         { return "seat.given_up" }
func (SeatTakenBack) FactName() string       { return "seat.taken_back" }
func (SeatReopened) FactName() string        { return "seat.reopened" }
func (ProofreadingOffered) FactName() string { return "proofreading.offered" }
func (ProofreadingLinked) FactName() string  { return "proofreading.linked" }
func (WatchBegun) FactName() string          { return "watch.begun" }
func (WatchEnded) FactName() string          { return "watch.ended" }
func (DeliveryExtended) FactName() string    { return "delivery.extended" }
func (ProjectExtended) FactName() string     { return "project.extended" }
func (WinnersPicked) FactName() string       { return "winners.picked" }
func (WorkPicked) FactName() string          { return "work.picked" }
func (NotChosen) FactName() string           { return "work.not_picked" }
func (BookingDeclined) FactName() string     { return "booking.declined" }
func (FilledUp) FactName() string            { return "project.filled" }
func (ProjectCancelled) FactName() string    { return "project.cancelled" }
func (VersionSubmitted) FactName() string    { return "version.submitted" }
func (Claimed) FactName() string             { return "version.claimed" }
func (Released) FactName() string            { return "version.released" }
func (RevisionRequested) FactName() string   { return "revision.requested" }
func (QCPassed) FactName() string            { return "qc.passed" }
func (DeliveryOverdue) FactName() string     { return "delivery.overdue" }
func (DeliveryMet) FactName() string         { return "delivery.met" }
func (WorkApproved) FactName() string        { return "work.approved" }
func (ProjectCorrected) FactName() string    { return "project.corrected" }
func (InvitationRepriced) FactName() string  { return "invitation.repriced" }
func (DeliveryHeld) FactName() string        { return "delivery.held" }
func (DeliveryResumed) FactName() string     { return "delivery.resumed" }
func (DeadlineMoved) FactName() string       { return "deadline.moved" }
func (RewardRaised) FactName() string        { return "reward.raised" }
func (MaterialSupplied) FactName() string    { return "material.supplied" }
func (RewardCredited) FactName() string      { return "reward.credited" }
func (TeamWrote) FactName() string           { return "message.to_pro" }
func (ProWrote) FactName() string            { return "message.from_pro" }
func (MessagesRead) FactName() string        { return "messages.read" }
func (RewardFrozen) FactName() string        { return "reward.frozen" }
func (RewardUnfrozen) FactName() string      { return "reward.unfrozen" }
func (AdjustmentProposed) FactName() string  { return "adjustment.proposed" }
func (AdjustmentDeclined) FactName() string  { return "adjustment.declined" }
func (AdjustmentPosted) FactName() string    { return "adjustment.posted" }
func (ClientCharged) FactName() string       { return "client.charged" }
func (LateAnswered) FactName() string        { return "mail.answered" }
func (CancelledAnswered) FactName() string   { return "mail.answered_cancelled" }
func (WithdrawnAnswered) FactName() string   { return "mail.answered_withdrawn" }
func (ExpiredAnswered) FactName() string     { return "mail.answered_expired" }
func (MailQuarantined) FactName() string     { return "mail.quarantined" }
func (MailAccredited) FactName() string      { return "mail.accredited" }
func (MailDismissed) FactName() string       { return "mail.dismissed" }
func (MailsDropped) FactName() string        { return "mails.dropped" }

// Said are the comments with their places.
func (f RevisionRequested) Said() []Comment { return join(f.Comments, f.Places) }

// Facts is one zero value of each; the codec reads rows with it.
func Facts() []store.Fact {
	return []store.Fact{
		Created{}, Edited{}, Published{}, InvitationsSent{}, InvitationDeclined{}, InvitationWithdrawn{}, RoundExpired{},
		SeatTaken{}, FilledUp{}, ProjectCancelled{}, VersionSubmitted{}, Claimed{}, Released{}, RevisionRequested{},
		QCPassed{}, DeliveryOverdue{}, DeliveryMet{}, WorkApproved{}, RewardCredited{},
		TeamWrote{}, ProWrote{}, MessagesRead{},
		RewardFrozen{}, RewardUnfrozen{}, AdjustmentProposed{}, AdjustmentDeclined{}, AdjustmentPosted{}, ClientCharged{},
		ChangesRequested{}, ChangesQuestioned{}, ChangesReturned{}, ChangesForwarded{}, ChangesDeclined{}, ChangesStopped{}, ChangesSettled{},
		FeeQuoted{}, FeeOffered{}, FeeAgreed{}, QuoteDeclined{}, QuoteLapsed{}, QuoteWithdrawn{}, OfferWithdrawn{},
		CaseRaised{}, CaseReviewed{}, HandedOver{},
		SeatGivenUp{}, SeatTakenBack{}, SeatReopened{}, WatchBegun{}, WatchEnded{}, DeliveryExtended{}, ProjectExtended{}, BookingDeclined{},
		LateAnswered{}, CancelledAnswered{}, WithdrawnAnswered{}, ExpiredAnswered{}, MailQuarantined{}, MailAccredited{}, MailDismissed{}, MailsDropped{},
		WinnersPicked{}, WorkPicked{}, NotChosen{},
		ProofreadingOffered{}, ProofreadingLinked{},
		ProjectCorrected{}, InvitationRepriced{}, DeliveryHeld{}, DeliveryResumed{}, DeadlineMoved{}, RewardRaised{}, MaterialSupplied{},
	}
}
