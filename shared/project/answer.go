package project

import (
	"context"
	"time"

	"github.com/callsheet/callsheet/shared/store"
)

// What the facts answer by themselves to a pro who writes back to an invitation that came to nothing.

// answerTo is what the facts answer to a pro's mail, if anything: a person who has no seat, and whose invitation came to
// nothing without a no of theirs, is told why, once for each invitation (R30, R31, R32).
func (s *Service) answerTo(ctx context.Context, t Thread, place string, mail Mail, now time.Time) (Cause, store.Fact, error) {
	if mail.Auto || t.Assignment != "" || t.told(place) {
		return "", nil, nil
	}
	i, err := s.invitation(ctx, place, store.Fresh)
	if err != nil {
		return "", nil, err
	}
	cause, answer := i.ended(mail.MessageID, now)
	return cause, answer, nil
}

// ended is why the invitation may no longer be accepted, as an answer to its pro's mail; no cause where it may, or where its
// pro knows best: they declined, or had the seat.
func (i Invitation) ended(mail string, now time.Time) (Cause, store.Fact) {
	end := CancelledAnswered{
		Project: i.Project.ID, Title: i.Project.Title, Round: i.Round.ID, Invitation: i.ID, Pro: i.Line.Pro, At: i.ClosedAt(), SentAt: i.Round.SentAt, MessageID: mail,
	}
	switch state := i.State(now); {
	case state == Closed && i.Project.Progress.State == Cancelled:
		return CauseCancelled, end
	case state == Closed && i.Project.Progress.State == Filled:
		return AllSeatsTaken, LateAnswered{
			Project: end.Project, Title: end.Title, Round: end.Round, Invitation: end.Invitation, Pro: end.Pro, FilledAt: end.At, SentAt: end.SentAt,
			Seats: len(i.Project.Seats), Proofreading: i.Project.Category == translation && i.Project.Proofreading == "", MessageID: mail,
		}
	case state == Withdrawn:
		end.At = i.Line.At
		return CauseWithdrawn, WithdrawnAnswered(end)
	case state == Expired:
		end.At = i.Round.ExpiresAt
		return CauseExpired, ExpiredAnswered(end)
	}
	return "", nil
}
