package party

import (
	"errors"
	"log/slog"
)

// Hidden is an internal fact about the team: who reviews, who decides. It cannot be marshalled into an answer, a mail or
// a log; a view for staff has to reveal it on purpose.
type Hidden string

// Reveal gives the fact to code that shows it to staff only.
func (h Hidden) Reveal() string { return string(h) }

// MarshalJSON refuses: a Hidden in a representation is a defect, and this makes it visible at once.
func (h Hidden) MarshalJSON() ([]byte, error) {
	return nil, errors.New("party: an internal fact cannot be marshalled")
}

// String keeps the fact out of formatted text.
func (h Hidden) String() string { return "[internal]" }

// LogValue keeps it out of logs.
func (h Hidden) LogValue() slog.Value { return slog.StringValue("[internal]") }
