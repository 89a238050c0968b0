// Package policy holds every number of the product: named, versioned, with its reason. A record keeps the version that it
// was created under, so a change never moves a running clock.
package policy

import (
	"fmt"
	"time"
)

// Version names one edition of the policy.
type Version string

// Release says when a reward becomes the pro's (R55, A10).
type Release string

const (
	// AfterHold credits the reward a fixed time after the first QC approval, whatever the client decides (A11, A13).
	AfterHold Release = "after_hold"
	// OnClientApproval credits it when the client approves, or when the review closes by itself.
	OnClientApproval Release = "on_client_approval"
)

// BasisPoints is a share in hundredths of a percent, so that every share that we agree on is a whole number.
type BasisPoints int

// Whole is all of it: 100 %.
const Whole BasisPoints = 10_000

// Category is a kind of work that is sold.
type Category struct {
	Name    string
	Release Release
}

// Policy is one edition. Changing a value means adding an edition; see Book.
type Policy struct {
	Version Version

	// InvitationExpiry is how long an invitation may be accepted (A15). Shorter loses pros in other time zones; longer keeps clients waiting.
	InvitationExpiry time.Duration
	// ReopenRoom is the least time between the reopening of a seat and the delivery deadline for which those who wait for a seat
	// are invited by themselves. With less, nobody could do the work well, and the team extends first (A21).
	ReopenRoom time.Duration
	// InvitationsPerCall bounds one invitation round, so that it stays one transaction and one small record.
	InvitationsPerCall int
	// RevisionWindow is the least time a pro has for a QC revision: a nearer delivery deadline moves to it (R42, A15).
	RevisionWindow time.Duration
	// ProofreadingWindow is how long after the translation is due its proofreading is, unless staff say otherwise: as long as a revision (R32).
	ProofreadingWindow time.Duration
	// RewardHold is the time between the first QC approval and the credit: 30 × 24 h, an instant, not calendar days (R55, A11, A12).
	RewardHold time.Duration
	// ReviewAutoClose closes a delivered assignment that the client does not decide on (A20).
	ReviewAutoClose time.Duration
	// ReviewLeast is the least a client has left of their review when a request for changes came to nothing, so that asking never costs
	// them the time to decide (A20).
	ReviewLeast time.Duration
	// QuoteExpiry is how long a client may approve a fee: a week covers a colleague's holiday, and prices do not stay open for ever (A18).
	QuoteExpiry time.Duration
	// OfferExpiry is how long the pro may accept a share that the client has approved: as long as an invitation.
	OfferExpiry time.Duration
	// FeeRate is the fee that a what-if proposes, of the work's reward: a comparable product charges 15 % for changed specifications (A18).
	FeeRate BasisPoints
	// RequestsForReview is the number of a client's requests from which on people look at the case; it never costs anybody a fee (A17, R51).
	RequestsForReview int
	// UploadURL and DownloadURL are lives of presigned links: long enough to start a transfer, short enough that a leaked one is worthless (F70).
	UploadURL, DownloadURL time.Duration
	// FileSize is the largest file in bytes; PartSize is above what one PUT may carry, so larger ones go in parts (R38).
	FileSize, PartSize int64
	// FilesPerVersion bounds one submitted version (A19).
	FilesPerVersion int
	// IdempotencyKeep is how long a repeated request gets its first answer. At least a day; clients retry for hours, not weeks.
	IdempotencyKeep time.Duration
	// CursorLife bounds how long a list may be paged through.
	CursorLife time.Duration
	// DigestRecipients is how many losers one "filled" mail reaches: the limit of destinations of one SES call (A21).
	DigestRecipients int
	// MailLease is how long one attempt to tell an event may take before another may try (F50).
	MailLease time.Duration
	// SeatsPerProject bounds a contest (A14): picking its winners writes up to five items per seat in one transaction of 100, which allows 19.
	SeatsPerProject int
	// FeeShare is the pro's part of a fee that a client pays for work beyond what was agreed (R49, R50, R56). The pro does that
	// work; what is left pays for handling it.
	FeeShare BasisPoints
	// NotPickedShare is what of their reward a contest's pros keep whose work passed quality control and was not picked (A13, A14).
	// All of it: they delivered what was asked for. Less is shown with the terms, before anybody accepts.
	NotPickedShare BasisPoints
	// MessagesAtPace is how many messages one person may write into one thread in any MessagePace: nobody types more, and
	// each is a mail to somebody (B112).
	MessagesAtPace int
	MessagePace    time.Duration
	// MessageLength is the longest message in runes, about three pages; FilesPerMessage bounds what is attached to it (R36).
	MessageLength, FilesPerMessage int
	// MailsPerHour is how many mails of one pro about one project become messages within an hour: people write fewer, and machines
	// that answer each other do not stop. What is more is held back for staff, up to MailsHeldPerHour, and then dropped (F57).
	MailsPerHour, MailsHeldPerHour int
	// MailKeep is how long the same mail is recognised: longer than any server, queue or person sends it again (F55).
	MailKeep time.Duration
	// SecondPersonAbove is, by currency and in minor units, how much of a work's money is adjusted and raised without two people having
	// agreed, in one step or in many: more needs a lead or an admin besides (R56, R106, A36; 250 USD in R106). A currency without a
	// limit always needs two.
	SecondPersonAbove map[string]int64
	// StatementLines bounds one statement as a list or file, so that it fits into one answer.
	StatementLines int
	// StandingSeats is how many of a pro's latest seats their standing counts: years of one's work, and a second's reading.
	StandingSeats int
	// Help has the numbers of Request Help.
	Help Help
	// Categories are the kinds of work sold (R34); release per category (A10).
	Categories []Category
}

// Category finds a category by its name.
func (p Policy) Category(name string) (Category, bool) {
	for _, c := range p.Categories {
		if c.Name == name {
			return c, true
		}
	}
	return Category{}, false
}

// Book is every edition that a record may still be under, oldest first.
type Book []Policy

// Current is the edition for new records.
func (b Book) Current() Policy { return b[len(b)-1] }

// At is the edition that a record was created under.
func (b Book) At(v Version) (Policy, error) {
	for _, p := range b {
		if p.Version == v {
			return p, nil
		}
	}
	return Policy{}, fmt.Errorf("policy: no edition %q", v)
}

// Editions is the product's book.
func Editions() Book {
	return Book{{
		Version:            "2026-11",
		InvitationExpiry:   72 * time.Hour,
		ReopenRoom:         24 * time.Hour,
		InvitationsPerCall: 25,
		RevisionWindow:     48 * time.Hour,
		ProofreadingWindow: 48 * time.Hour,
		RewardHold:         30 * 24 * time.Hour,
		ReviewAutoClose:    90 * 24 * time.Hour,
		ReviewLeast:        7 * 24 * time.Hour,
		QuoteExpiry:        7 * 24 * time.Hour,
		OfferExpiry:        72 * time.Hour,
		FeeRate:            1_500,
		RequestsForReview:  3,
		UploadURL:          10 * time.Minute,
		DownloadURL:        5 * time.Minute,
		FileSize:           50 << 30,
		PartSize:           64 << 20,
		FilesPerVersion:    20,
		IdempotencyKeep:    24 * time.Hour,
		CursorLife:         24 * time.Hour,
		DigestRecipients:   50,
		MailLease:          15 * time.Minute,
		SeatsPerProject:    19,
		FeeShare:           8_000,
		NotPickedShare:     Whole,
		MessagesAtPace:     10,
		MessagePace:        time.Minute,
		MessageLength:      8000,
		FilesPerMessage:    10,
		MailsPerHour:       5,
		MailsHeldPerHour:   20,
		MailKeep:           400 * 24 * time.Hour,
		SecondPersonAbove: map[string]int64{ // round amounts near 250 USD
			"AUD": 400_00, "BRL": 1_500_00, "CAD": 350_00, "CHF": 250_00, "CLP": 250_000, "COP": 1_000_000_00, "EUR": 250_00, "GBP": 200_00,
			"INR": 20_000_00, "JPY": 40_000, "KRW": 350_000, "KWD": 75_000, "MXN": 5_000_00, "PEN": 1_000_00, "PLN": 1_000_00, "USD": 250_00,
		},
		StatementLines: 5_000,
		StandingSeats:  1_000,
		Help:           requestHelp,
		Categories: []Category{
			{Name: "translation", Release: AfterHold},
			{Name: "proofreading", Release: AfterHold},
			{Name: "voice_over", Release: AfterHold},
			{Name: "script", Release: AfterHold},
			{Name: "video", Release: OnClientApproval},
		},
	}}
}
