// Package reader knows how a person reads: their language, and instants as their calendar and clock show them. It has no
// words of its own; mails and pages have theirs.
package reader

import (
	"fmt"
	"slices"
	"time"
	_ "time/tzdata" // Lambda's image has no zones

	"github.com/callsheet/callsheet/shared/party"
)

// Reader is for whom something is written.
type Reader struct {
	Name     string // may be empty
	Language string // one of party.Languages
	zone     *time.Location
}

// Of reads a contact. The directory refuses unknown languages and zones; should one be there all the same, English and UTC
// are used, and both are true as written.
func Of(c party.Contact) Reader {
	r := Reader{Name: c.Name, Language: c.Language, zone: time.UTC}
	if !slices.Contains(party.Languages(), c.Language) {
		r.Language = party.Languages()[0]
	}
	if zone, err := party.ZoneOf(c.Zone); err == nil {
		r.zone = zone
	}
	return r
}

// Group names those who read the same words: the same language in the same zone.
func (r Reader) Group() string { return r.Language + "/" + r.zone.String() }

// When is an instant with its zone, so that it means one thing only.
func (r Reader) When(t time.Time) string {
	t = t.In(r.zone)
	date := fmt.Sprintf("%s %d %s %d", englishDays[t.Weekday()], t.Day(), englishMonths[t.Month()-1], t.Year())
	if r.Language == "es" {
		date = fmt.Sprintf("%s %d de %s de %d", spanishDays[t.Weekday()], t.Day(), spanishMonths[t.Month()-1], t.Year())
	}
	return fmt.Sprintf("%s, %s (%s)", date, t.Format("15:04"), r.zoneAt(t))
}

func (r Reader) zoneAt(t time.Time) string {
	if r.zone == time.UTC {
		return "UTC"
	}
	_, seconds := t.Zone()
	sign, minutes := "+", seconds/60
	if minutes < 0 {
		sign, minutes = "-", -minutes
	}
	offset := fmt.Sprintf("UTC%s%d", sign, minutes/60)
	if minutes%60 != 0 {
		offset += fmt.Sprintf(":%02d", minutes%60)
	}
	return r.zone.String() + ", " + offset
}

var (
	englishDays   = [...]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}
	englishMonths = [...]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}
	spanishDays   = [...]string{"domingo", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado"}
	spanishMonths = [...]string{"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"}
)
