package reader_test

import (
	"testing"
	"time"

	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/reader"
)

func TestWhen(t *testing.T) {
	winter, summer := time.Date(2026, 11, 24, 13, 5, 0, 0, time.UTC), time.Date(2027, 7, 1, 23, 30, 0, 0, time.UTC)
	for _, row := range []struct {
		language, zone string
		at             time.Time
		want           string
	}{
		{"en", "UTC", winter, "Tuesday 24 November 2026, 13:05 (UTC)"},
		{"en", "Europe/London", winter, "Tuesday 24 November 2026, 13:05 (Europe/London, UTC+0)"},
		{"en", "Europe/London", summer, "Friday 2 July 2027, 00:30 (Europe/London, UTC+1)"},
		{"es", "America/Bogota", winter, "martes 24 de noviembre de 2026, 08:05 (America/Bogota, UTC-5)"},
		{"es", "Europe/Madrid", summer, "viernes 2 de julio de 2027, 01:30 (Europe/Madrid, UTC+2)"},
		{"en", "Asia/Kathmandu", winter, "Tuesday 24 November 2026, 18:50 (Asia/Kathmandu, UTC+5:45)"},
		{"en", "America/St_Johns", winter, "Tuesday 24 November 2026, 09:35 (America/St_Johns, UTC-3:30)"},
		{"en", "Australia/Lord_Howe", summer, "Friday 2 July 2027, 10:00 (Australia/Lord_Howe, UTC+10:30)"},
		{"de", "UTC", winter, "Tuesday 24 November 2026, 13:05 (UTC)"},
		{"es", "Mars/Olympus", winter, "martes 24 de noviembre de 2026, 13:05 (UTC)"},
		{"", "", winter, "Tuesday 24 November 2026, 13:05 (UTC)"},
	} {
		t.Run("a reader of "+row.language+" in "+row.zone+" reads "+row.want, func(t *testing.T) {
			if got := reader.Of(party.Contact{Language: row.language, Zone: row.zone}).When(row.at); got != row.want {
				t.Errorf("got %s", got)
			}
		})
	}
}
