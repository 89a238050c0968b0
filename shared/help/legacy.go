package help

import (
	"context"
	"regexp"
	"time"

	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

// referenceForm is what the old system calls a project, as far as a path may hold it.
var referenceForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// LegacyPro checks what a link from the old system is to be made for, and is its pro: staff make links, for an active pro,
// until an instant that lies ahead and not too far. wrong may hold what was found wrong before.
func (s *Service) LegacyPro(ctx context.Context, by party.Actor, reference, pro string, expires, now time.Time, wrong *problem.Fields) (string, error) {
	if !by.IsStaff() {
		return "", problem.New(problem.CodeForbidden, "Links from the old system are made by the team.")
	}
	if !referenceForm.MatchString(reference) {
		wrong.Add("/reference", "A reference has 1 to 64 letters, digits, dots, dashes and underscores.")
	}
	profile := party.Profile{}
	if party.ValidID(pro) {
		var err error
		if profile, err = s.profile(ctx, pro, store.Fresh); err != nil {
			return "", err
		}
	}
	if !profile.Active || !profile.Actor().Is(party.Pro) {
		wrong.Add("/pro", "There is no active pro %q.", pro)
	}
	longest := s.Policies.Current().Help.Link
	if len(*wrong) == 0 && (!expires.After(now) || expires.After(now.Add(longest))) {
		wrong.Add("/expiresAt", "A link expires after now, and within %d days.", int(longest.Hours()/24))
	}
	return pro, wrong.Err()
}
