package project

import (
	"time"

	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
)

// Correction is what was wrong with a published project: its brief, or its deadline for who has not accepted yet.
type Correction struct {
	Brief     string    // empty leaves it
	Assets    []Asset   // added to those there are
	DeliverBy time.Time // zero leaves it
}

// Corrected is a project with a new version of its brief (R15, A5). The terms of open invitations change by themselves as
// their fingerprint does; what was agreed to stays, and who agreed is told.
func Corrected(p Project, c Correction, by party.Actor, now time.Time) (Project, error) {
	progress, err := p.Progress.Do(Lifecycle, Correct, p.RolesOf(by)...)
	if err != nil {
		return p, err
	}
	var wrong problem.Fields
	if c.Brief == "" && len(c.Assets) == 0 && c.DeliverBy.IsZero() {
		wrong.Add("/brief", "Say what the brief is now.")
	}
	to := c.DeliverBy.UTC().Truncate(time.Millisecond)
	if !c.DeliverBy.IsZero() && (!to.After(p.DeliverBy) || !to.After(now) || to.After(now.AddDate(2, 0, 0))) {
		wrong.Add("/to", "More time ends after now and after %s, within two years.", p.DeliverBy.Format(time.RFC3339))
	}
	if err := wrong.Err(); err != nil {
		return p, err
	}
	p.Progress = progress
	if c.Brief != "" {
		p.Brief = c.Brief
	}
	p.Assets = append(p.Assets[:len(p.Assets):len(p.Assets)], c.Assets...)
	if !c.DeliverBy.IsZero() {
		p.DeliverBy = to
	}
	return p.touched(now), nil
}
