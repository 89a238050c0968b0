package project

import (
	"time"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/store"
)

// Stray is a mail that came in about a project and is in no thread, because it may not be from who it says. Staff look at
// it and decide.
type Stray struct {
	ID        string
	Version   int
	Policy    policy.Version
	Progress  lifecycle.Progress
	Project   string
	Pro       string // whom it should be from; empty where nobody is known under the address
	Mail      Incoming
	Raw       string // the mail service's name for it, under which the mail itself is kept for a while
	At        time.Time
	By        party.Hidden // who of the team decided
	UpdatedAt time.Time
}

// The states of a mail that was held back, and what staff do about it.
const (
	InQuarantine lifecycle.State = "in_quarantine"
	Accredited   lifecycle.State = "accredited" // it counts as the pro's words
	Dismissed    lifecycle.State = "dismissed"

	Quarantine lifecycle.Action = "quarantine"
	Accredit   lifecycle.Action = "accredit"
	Dismiss    lifecycle.Action = "dismiss"
)

// StrayLifecycle is the table of a mail that was held back.
var StrayLifecycle = lifecycle.Table{
	Name: "stray", Initial: InQuarantine,
	Transitions: transitions{
		{From: InQuarantine, Action: Accredit, To: Accredited, By: staff, Rules: "R30"},
		{From: InQuarantine, Action: Dismiss, To: Dismissed, By: staff, Rules: "R30"},
	},
}

// Ref names the mail.
func (m Stray) Ref() store.Ref { return store.Ref{Kind: store.Stray, ID: m.ID} }

// Revision is the version to be written.
func (m Stray) Revision() int { return m.Version }

// Standing is where it is in its lifecycle.
func (m Stray) Standing() lifecycle.Progress { return m.Progress }

// Waits is for staff until they decide.
func (m Stray) Waits() (store.Queue, time.Time) {
	if m.Progress.State == InQuarantine {
		return store.Quarantine, m.At
	}
	return "", time.Time{}
}

// Decided is the mail after staff have looked at it.
func Decided(m Stray, action lifecycle.Action, by party.Actor, now time.Time) (Stray, error) {
	next, err := m.Progress.Do(StrayLifecycle, action, by.Roles...)
	if err != nil {
		return m, err
	}
	m.Progress, m.By = next, party.Hidden(by.ID)
	m.Version++
	m.UpdatedAt = later(m.UpdatedAt, now)
	return m, nil
}
