package policy

import "time"

// Help holds the numbers of Request Help (S0).
type Help struct {
	// FirstResponse is within which a person answers a flag: elapsed time, from whichever system it came (R23, A1, A2).
	FirstResponse time.Duration
	// Warning is how long before that the team is warned: time enough to answer, late enough to be rare.
	Warning time.Duration
	// PerHour is how often one pro may raise or add to flags within an hour: more than anybody in trouble writes (B112).
	PerHour int
	// Reopen is how long a pro may reopen a flag that was resolved; later it is a new question.
	Reopen time.Duration
	// Attachments bounds the files that travel with one comment; AttachmentSize, in bytes, what one PUT carries.
	Attachments    int
	AttachmentSize int64
	// Snapshot bounds in bytes the comments and history that a flag keeps, so that its row stays cheap (R7, R9).
	Snapshot int
	// Link is the longest life of a link from the old system: as long as its projects run (R19).
	Link time.Duration
}

var requestHelp = Help{
	FirstResponse:  12 * time.Hour,
	Warning:        2 * time.Hour,
	PerHour:        20,
	Reopen:         14 * 24 * time.Hour,
	Attachments:    10,
	AttachmentSize: 64 << 20,
	Snapshot:       24 << 10,
	Link:           90 * 24 * time.Hour,
}
