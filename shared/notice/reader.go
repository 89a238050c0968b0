package notice

import (
	"fmt"
	"log/slog"
	"slices"
	"time"
	_ "time/tzdata" // Lambda's image has no zones

	"github.com/callsheet/callsheet/shared/party"
)

// reader is for whom a mail is written: one person, or all who share a language and a zone.
type reader struct {
	Name     string // empty for a group
	Language string
	zone     *time.Location
}

// readerOf reads a contact. The directory refuses unknown languages and zones; should one be there all the same, English
// and UTC are used, and both are true as written.
func readerOf(c party.Contact) reader {
	r := reader{Name: c.Name, Language: c.Language, zone: time.UTC}
	if !slices.Contains(party.Languages(), c.Language) {
		r.Language = party.Languages()[0]
	}
	zone, err := party.ZoneOf(c.Zone)
	if err != nil {
		slog.Warn("notice: unknown zone, UTC is used", "zone", c.Zone, "error", err)
		return r
	}
	r.zone = zone
	return r
}

// group names those who get the same words.
func (r reader) group() string { return r.Language + "/" + r.zone.String() }

// When is an instant as the reader's calendar and clock show it, with the zone, so that it means one thing only.
func (r reader) When(t time.Time) string {
	t = t.In(r.zone)
	date := fmt.Sprintf("%s %d %s %d", englishDays[t.Weekday()], t.Day(), englishMonths[t.Month()-1], t.Year())
	if r.Language == "es" {
		date = fmt.Sprintf("%s %d de %s de %d", spanishDays[t.Weekday()], t.Day(), spanishMonths[t.Month()-1], t.Year())
	}
	return fmt.Sprintf("%s, %s (%s)", date, t.Format("15:04"), r.zoneAt(t))
}

func (r reader) zoneAt(t time.Time) string {
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
