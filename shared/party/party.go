// Package party knows who acts: actors, their roles, and the profiles through which they are reached. It does not
// authenticate anybody (shared/handler does) and knows no job.
package party

import (
	"net/mail"
	"regexp"
	"slices"
	"time"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/problem"
)

// The roles that people hold. Pro and client count only on their own objects; the others are staff.
const (
	Pro    lifecycle.Role = "pro"
	Client lifecycle.Role = "client"
	QC     lifecycle.Role = "qc"
	Agent  lifecycle.Role = "agent"
	Lead   lifecycle.Role = "lead"
	Admin  lifecycle.Role = "admin"
)

// Roles lists every role a profile may hold.
func Roles() []lifecycle.Role { return []lifecycle.Role{Pro, Client, QC, Agent, Lead, Admin} }

// Staff are the roles that run the marketplace's work.
func Staff() []lifecycle.Role { return []lifecycle.Role{Agent, Lead, Admin} }

// Actor is who does something: a person with the roles that the directory holds now, or a timer.
type Actor struct {
	ID    string
	Roles []lifecycle.Role
}

// IsStaff reports whether the actor runs the marketplace's work.
func (a Actor) IsStaff() bool { return a.Is(Staff()...) }

// TimerActor is the actor of deadlines that fire.
var TimerActor = Actor{ID: "timer", Roles: []lifecycle.Role{lifecycle.Timer}}

// Stranger is whoever sent a mail that may not be from who it says. The role grants nothing.
var Stranger = Actor{ID: "stranger", Roles: []lifecycle.Role{"stranger"}}

// Is reports whether the actor holds one of the roles.
func (a Actor) Is(roles ...lifecycle.Role) bool {
	return slices.ContainsFunc(roles, func(r lifecycle.Role) bool { return slices.Contains(a.Roles, r) })
}

// Profile is a person of the directory. Its ID is the subject that the token issuer gives them.
type Profile struct {
	ID        string
	Version   int
	Roles     []lifecycle.Role
	Active    bool
	Contact   Contact
	UpdatedAt time.Time
}

// Actor is the profile as an actor.
func (p Profile) Actor() Actor { return Actor{ID: p.ID, Roles: p.Roles} }

// Ref names the profile.
func (p Profile) Ref() lifecycle.Ref { return lifecycle.Ref{Kind: "profile", ID: p.ID} }

// Revision is the version to be written.
func (p Profile) Revision() int { return p.Version }

// Contact is how and in which words a person is reached.
type Contact struct {
	Name     string
	Email    string
	Language string // "en" or "es"
	Zone     string // IANA
}

// Languages lists those that the product speaks (R130).
func Languages() []string { return []string{"en", "es"} }

var (
	idForm   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.|@-]{0,63}$`)
	zoneForm = regexp.MustCompile(`^(UTC|[A-Z][A-Za-z_]+/[A-Za-z0-9_+/-]+)$`)
	mailForm = regexp.MustCompile(`^[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}$`)
)

// ValidID reports whether s may name a party: no separators of keys or paths.
func ValidID(s string) bool { return idForm.MatchString(s) }

// Validate says what is wrong with a profile, field by field.
func (p Profile) Validate() error {
	var wrong problem.Fields
	if len(p.Roles) == 0 {
		wrong.Add("/roles", "At least one role is needed.")
	}
	for _, r := range p.Roles {
		if !slices.Contains(Roles(), r) {
			wrong.Add("/roles", "Unknown role %q.", r)
		}
	}
	if p.Contact.Name == "" {
		wrong.Add("/name", "A name is needed.")
	}
	if !ValidEmail(p.Contact.Email) {
		wrong.Add("/email", "This is not a plain e-mail address like name@example.com.")
	}
	if !slices.Contains(Languages(), p.Contact.Language) {
		wrong.Add("/language", "The language is one of en, es.")
	}
	if _, err := ZoneOf(p.Contact.Zone); err != nil {
		wrong.Add("/zone", "The zone is an IANA name like Europe/Madrid, or UTC.")
	}
	return wrong.Err()
}

// ValidEmail accepts the plain form of an address: no display name, quoting, comments or IP literals.
func ValidEmail(s string) bool {
	if len(s) > 254 || !mailForm.MatchString(s) {
		return false
	}
	parsed, err := mail.ParseAddress(s)
	return err == nil && parsed.Address == s
}

// ZoneOf loads an IANA zone; names like Local or EST5EDT are refused.
func ZoneOf(name string) (*time.Location, error) {
	if !zoneForm.MatchString(name) {
		return nil, problem.New(problem.CodeValidation, "unknown zone %q", name)
	}
	return time.LoadLocation(name)
}
