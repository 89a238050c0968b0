package notice

import (
	"testing"
	"time"

	"github.com/callsheet/callsheet/shared/party"
)

func TestWhen(t *testing.T) {
	winter := time.Date(2026, 11, 24, 13, 5, 59, 999, time.UTC)
	summer := time.Date(2026, 7, 1, 22, 30, 0, 0, time.UTC)
	cases := []struct {
		name, language, zone string
		at                   time.Time
		want                 string
	}{
		{"in English", "en", "Europe/Madrid", winter, "Tuesday 24 November 2026, 14:05 (Europe/Madrid, UTC+1)"},
		{"in Spanish", "es", "Europe/Madrid", winter, "martes 24 de noviembre de 2026, 14:05 (Europe/Madrid, UTC+1)"},
		{"in summer time, on the next day there", "es", "Europe/Madrid", summer, "jueves 2 de julio de 2026, 00:30 (Europe/Madrid, UTC+2)"},
		{"west of Greenwich", "en", "America/New_York", winter, "Tuesday 24 November 2026, 08:05 (America/New_York, UTC-5)"},
		{"with half an hour", "en", "Asia/Kolkata", winter, "Tuesday 24 November 2026, 18:35 (Asia/Kolkata, UTC+5:30)"},
		{"west with half an hour", "en", "America/St_Johns", winter, "Tuesday 24 November 2026, 09:35 (America/St_Johns, UTC-3:30)"},
		{"in UTC", "en", "UTC", winter, "Tuesday 24 November 2026, 13:05 (UTC)"},
		{"in UTC for a zone that does not exist", "es", "Europe/Atlantis", winter, "martes 24 de noviembre de 2026, 13:05 (UTC)"},
		{"in English for a language that we do not speak", "tlh", "UTC", winter, "Tuesday 24 November 2026, 13:05 (UTC)"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := readerOf(party.Contact{Language: c.language, Zone: c.zone}).When(c.at)
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
	t.Run("knows every day and month in both languages", func(t *testing.T) {
		seen := map[string]bool{}
		for _, language := range party.Languages() {
			for day := range 365 {
				seen[readerOf(party.Contact{Language: language, Zone: "UTC"}).When(summer.AddDate(0, 0, day))] = true
			}
		}
		if len(seen) != 2*365 {
			t.Errorf("%d different dates", len(seen))
		}
	})
}

func TestDaysLeft(t *testing.T) {
	until := now.Add(90 * 24 * time.Hour)
	for _, c := range []struct {
		name string
		at   time.Time
		want int
	}{
		{"is 90 at the start", now, 90},
		{"is 90 one millisecond later", now.Add(time.Millisecond), 90},
		{"is 91 one millisecond earlier", now.Add(-time.Millisecond), 91},
		{"is 1 one millisecond before the end", until.Add(-time.Millisecond), 1},
		{"is 0 at the end", until, 0},
		{"is 0 after the end", until.Add(72 * time.Hour), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := daysLeft(until, c.at); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}
