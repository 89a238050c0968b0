package help

import (
	"strconv"
	"strings"
	"time"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
)

// Call is what a pro says when they press Request Help, or add to it.
type Call struct {
	Reason  Reason
	Comment string
	Uploads []string // announced before
}

// validate holds a call to its reason: free text where the reason is not enough (A7).
func (c Call) validate(book policy.Policy) error {
	var wrong problem.Fields
	offer, known := c.Reason.offer()
	if !known {
		wrong.Add("/reason", "There is no reason %q; the list of reasons has those there are.", c.Reason)
	}
	if offer.NeedsComment && strings.TrimSpace(c.Comment) == "" {
		wrong.Add("/comment", "Say what it is: this reason needs a comment.")
	}
	wrongUploads(&wrong, c.Uploads, book)
	return wrong.Err()
}

func wrongUploads(wrong *problem.Fields, uploads []string, book policy.Policy) {
	if len(uploads) > book.Help.Attachments {
		wrong.Add("/uploads", "At most %d files travel with one comment.", book.Help.Attachments)
	}
	seen := map[string]bool{}
	for i, u := range uploads {
		if seen[u] {
			wrong.Add("/uploads/"+strconv.Itoa(i), "Each upload is named once.")
		}
		seen[u] = true
	}
}

// Raised is a new flag: in the queue at once, with a promise (R6, R22, R23, A1).
func Raised(id string, about Subject, reason Reason, book policy.Policy, now time.Time) Flag {
	f := Flag{ID: id, Progress: lifecycle.Start(Lifecycle), Policy: book.Version, Subject: about, Reason: reason, RaisedAt: now}
	return f.owed(book, now).touched(now)
}

// owed promises an answer by a person: from the first word on, or once more after reopening.
func (f Flag) owed(book policy.Policy, now time.Time) Flag {
	f.OwedSince, f.AnswerBy = now, now.Add(book.Help.FirstResponse).UTC().Truncate(time.Millisecond)
	f.Progress = f.Progress.Arm(Lifecycle, Warning, "", f.AnswerBy.Add(-book.Help.Warning))
	f.Progress = f.Progress.Arm(Lifecycle, FirstResponse, "", f.AnswerBy)
	return f
}

// Commented is a flag to which its pro added; the same reason raised again ends here (R8, A6).
func Commented(f Flag, c Call, by party.Actor, book policy.Policy, now time.Time) (Flag, error) {
	progress, err := f.Progress.Do(Lifecycle, Comment, f.RolesOf(by)...)
	if err != nil {
		return f, err
	}
	var wrong problem.Fields
	if strings.TrimSpace(c.Comment) == "" && len(c.Uploads) == 0 {
		wrong.Add("/comment", "Add words or files.")
	}
	wrongUploads(&wrong, c.Uploads, book)
	if err := wrong.Err(); err != nil {
		return f, err
	}
	f.Progress = progress
	return f.touched(now), nil
}
