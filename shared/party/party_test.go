package party

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/problem"
)

func TestActor(t *testing.T) {
	t.Run("is staff as agent, lead or admin, and not as pro, client, QC or timer", func(t *testing.T) {
		for role, want := range map[lifecycle.Role]bool{Agent: true, Lead: true, Admin: true, Pro: false, Client: false, QC: false, lifecycle.Timer: false} {
			if got := (Actor{Roles: []lifecycle.Role{role}}).IsStaff(); got != want {
				t.Errorf("%s: %t", role, got)
			}
		}
	})
	t.Run("holds any of the roles asked for", func(t *testing.T) {
		a := Actor{Roles: []lifecycle.Role{Pro, QC}}
		if !a.Is(Client, QC) || a.Is(Client, Agent) || a.Is() {
			t.Errorf("%+v is judged wrongly", a)
		}
	})
}

func TestHidden(t *testing.T) {
	const reviewer = Hidden("quinn")
	t.Run("is refused by JSON wherever it is in a value", func(t *testing.T) {
		if out, err := json.Marshal(map[string]any{"deep": []any{reviewer}}); err == nil {
			t.Errorf("got %s", out)
		}
	})
	t.Run("is kept out of formatted text and of logs", func(t *testing.T) {
		var b strings.Builder
		slog.New(slog.NewJSONHandler(&b, nil)).Info("claimed", "by", reviewer)
		if text := fmt.Sprintf("%s %v", reviewer, reviewer) + b.String(); strings.Contains(text, "quinn") {
			t.Errorf("got %s", text)
		}
	})
	t.Run("is revealed on purpose only", func(t *testing.T) {
		if reviewer.Reveal() != "quinn" {
			t.Error(reviewer.Reveal())
		}
	})
}

func TestValidID(t *testing.T) {
	for id, want := range map[string]bool{
		"ana": true, "auth0|ana@example.com": true, strings.Repeat("a", 64): true,
		"": false, "a#b": false, "a/b": false, ".": false, "..": false, "a b": false, "a\n": false, "ñ": false, strings.Repeat("a", 65): false,
	} {
		t.Run(fmt.Sprintf("%.20q is valid: %t", id, want), func(t *testing.T) {
			if ValidID(id) != want {
				t.Fail()
			}
		})
	}
}

func TestProfile(t *testing.T) {
	sound := Profile{ID: "ana", Roles: []lifecycle.Role{Pro}, Contact: Contact{Name: "Ana", Email: "ana@example.com", Language: "es", Zone: "Europe/Madrid"}}
	t.Run("is accepted when it is sound", func(t *testing.T) {
		for _, zone := range []string{"Europe/Madrid", "UTC", "America/Argentina/Buenos_Aires", "Etc/GMT+3"} {
			sound.Contact.Zone = zone
			if err := sound.Validate(); err != nil {
				t.Error(err)
			}
		}
	})
	for pointer, spoil := range map[string]func(*Profile){
		"/roles":    func(p *Profile) { p.Roles = nil },
		"/name":     func(p *Profile) { p.Contact.Name = "" },
		"/language": func(p *Profile) { p.Contact.Language = "fr" },
	} {
		t.Run("is refused at "+pointer, func(t *testing.T) { refusedAt(t, sound, spoil, pointer) })
	}
	t.Run("is refused with a role that nobody may hold", func(t *testing.T) {
		for _, r := range []lifecycle.Role{lifecycle.Timer, "root", ""} {
			refusedAt(t, sound, func(p *Profile) { p.Roles = []lifecycle.Role{Pro, r} }, "/roles")
		}
	})
	t.Run("is refused with an address that is not plain — B109", func(t *testing.T) {
		for _, email := range []string{
			"", "ana", "ana@", "@example.com", "a@b", "ana@example.com.", "ana@@example.com", "Ana <ana@example.com>", `"ana"@example.com`, "ana@[127.0.0.1]",
			"ana@exämple.com", "a@example.com\r\nBcc: x@example.com", strings.Repeat("a", 250) + "@example.com",
		} {
			refusedAt(t, sound, func(p *Profile) { p.Contact.Email = email }, "/email")
		}
	})
	t.Run("is refused with a zone that is not an IANA name — B71", func(t *testing.T) {
		for _, zone := range []string{"", "Local", "EST5EDT4", "../../x", "Europe/Atlantis", "europe/madrid", "Europe/../UTC"} {
			refusedAt(t, sound, func(p *Profile) { p.Contact.Zone = zone }, "/zone")
		}
	})
	t.Run("tells everything that is wrong at once", func(t *testing.T) {
		if got := problem.As(Profile{}.Validate()).Fields; len(got) != 5 {
			t.Errorf("got %+v", got)
		}
	})
}

func refusedAt(t *testing.T, p Profile, spoil func(*Profile), pointer string) {
	t.Helper()
	spoil(&p)
	err := p.Validate()
	if !problem.Is(err, problem.CodeValidation) || problem.As(err).Fields[0].Pointer != pointer {
		t.Errorf("%+v: got %+v", p, err)
	}
}
