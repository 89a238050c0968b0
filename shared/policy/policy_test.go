package policy

import (
	"testing"
	"time"
)

func TestBook(t *testing.T) {
	book := Book{{Version: "1", RewardHold: time.Hour}, {Version: "2", RewardHold: 2 * time.Hour}}
	t.Run("gives new records the last edition", func(t *testing.T) {
		if got := book.Current().Version; got != "2" {
			t.Errorf("got %s", got)
		}
	})
	t.Run("finds the edition that a record is under", func(t *testing.T) {
		for _, want := range book {
			if got, err := book.At(want.Version); err != nil || got.RewardHold != want.RewardHold {
				t.Errorf("%s: got %+v, %v", want.Version, got, err)
			}
		}
	})
	t.Run("fails for an edition that is not in it, and never falls back to another", func(t *testing.T) {
		if got, err := book.At("3"); err == nil {
			t.Errorf("got %+v", got)
		}
	})
}

func TestEditions(t *testing.T) {
	versions := map[Version]bool{}
	for _, p := range Editions() {
		t.Run(string(p.Version)+" has a name of its own", func(t *testing.T) {
			if p.Version == "" || versions[p.Version] {
				t.Errorf("version %q", p.Version)
			}
			versions[p.Version] = true
		})
		t.Run(string(p.Version)+" has every number above zero, and no share above the whole", func(t *testing.T) {
			for _, d := range []time.Duration{p.InvitationExpiry, p.RevisionWindow, p.RewardHold, p.ReviewAutoClose, p.ReviewLeast, p.QuoteExpiry, p.OfferExpiry, p.UploadURL, p.DownloadURL, p.IdempotencyKeep, p.CursorLife, p.MailLease, p.MessagePace, p.MailKeep} {
				if d <= 0 {
					t.Errorf("a duration is %s", d)
				}
			}
			if p.FeeShare < 0 || p.FeeShare > Whole {
				t.Errorf("the pro's part of a fee is %d of %d", p.FeeShare, Whole)
			}
			if p.NotPickedShare < 0 || p.NotPickedShare > Whole {
				t.Errorf("who is not picked keeps %d of %d", p.NotPickedShare, Whole)
			}
			for currency, limit := range p.SecondPersonAbove {
				if limit <= 0 {
					t.Errorf("one person decides alone about %d %s", limit, currency)
				}
			}
			if p.FeeRate <= 0 || p.FeeRate > Whole {
				t.Errorf("a proposed fee is %d of %d", p.FeeRate, Whole)
			}
			for _, n := range []int64{int64(p.InvitationsPerCall), int64(p.RequestsForReview), p.FileSize, p.PartSize, int64(p.FilesPerVersion), int64(p.DigestRecipients), int64(p.SeatsPerProject), int64(p.StatementLines), int64(p.StandingSeats), int64(p.MessagesAtPace), int64(p.MailsPerHour), int64(p.MailsHeldPerHour), int64(p.MessageLength), int64(p.FilesPerMessage)} {
				if n <= 0 {
					t.Errorf("a number is %d", n)
				}
			}
		})
		t.Run(string(p.Version)+" names every category once, with a release rule that the ledger knows", func(t *testing.T) {
			names := map[string]bool{}
			for _, c := range p.Categories {
				if names[c.Name] || c.Release != AfterHold && c.Release != OnClientApproval {
					t.Errorf("got %+v", c)
				}
				names[c.Name] = true
				if found, ok := p.Category(c.Name); !ok || found != c {
					t.Errorf("%s is found as %+v", c.Name, found)
				}
			}
			if _, ok := p.Category("sculpture"); ok {
				t.Error("there is a category sculpture")
			}
		})
	}
	t.Run("start with the numbers of the sources", func(t *testing.T) {
		first := Editions()[0]
		if first.RewardHold != 720*time.Hour || first.ReviewAutoClose != 2160*time.Hour || first.FeeRate != 1_500 || first.RequestsForReview != 3 {
			t.Errorf("hold %s, review %s, fee %d, review after %d requests", first.RewardHold, first.ReviewAutoClose, first.FeeRate, first.RequestsForReview)
		}
		for _, name := range []string{"translation", "proofreading", "voice_over", "script"} {
			if c, ok := first.Category(name); !ok || c.Release != AfterHold {
				t.Errorf("%s: %+v", name, c)
			}
		}
	})
}
