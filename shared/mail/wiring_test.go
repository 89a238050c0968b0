package mail

import (
	"maps"
	"slices"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/service/ses"
	"github.com/google/go-cmp/cmp"

	"github.com/callsheet/callsheet/shared/notice"
)

// environment is a function's variables, and those that were refused.
type environment struct {
	set     map[string]string
	refused []string
}

func (e *environment) Need(name string) string  { return e.set[name] }
func (e *environment) Maybe(name string) string { return e.set[name] }
func (e *environment) Refuse(name, why string) {
	if why != "" {
		e.refused = append(e.refused, name)
	}
}

// configured is an environment in which mails can be written.
func configured() *environment {
	return &environment{set: map[string]string{
		"SITE_NAME": "Callsheet", "SITE_URL": "https://pages.example.com", "SUPPORT_URL": "https://community.example.com/ask",
		"SENDER_ADDRESS": "team@mail.example.com", "REPLY_ADDRESS": "replies@mail.example.com", "CONFIGURATION_SET": "callsheet",
	}}
}

func TestTeller(t *testing.T) {
	t.Run("takes every word of its site from its own variable", func(t *testing.T) {
		env := configured()
		want := notice.Site{
			Name: "Callsheet", URL: "https://pages.example.com", Support: "https://community.example.com/ask", From: "team@mail.example.com",
			ReplyTo: "replies@mail.example.com", ConfigurationSet: "callsheet",
		}
		if diff := cmp.Diff(want, Teller(nil, sdk.New(sdk.Options{}), env).Site); diff != "" || len(env.refused) > 0 {
			t.Errorf("refused %v, %s", env.refused, diff)
		}
	})
	t.Run("needs no configuration set", func(t *testing.T) {
		env := configured()
		env.set["CONFIGURATION_SET"] = ""
		if Teller(nil, sdk.New(sdk.Options{}), env); len(env.refused) > 0 {
			t.Errorf("refused %v", env.refused)
		}
	})
	wrong := map[string]string{"SITE_NAME": "", "SITE_URL": "/pages", "SUPPORT_URL": "ask", "SENDER_ADDRESS": "Callsheet", "REPLY_ADDRESS": "nobody"}
	for name, value := range wrong {
		t.Run("refuses "+name+" by name when no mail can be written with it", func(t *testing.T) {
			env := configured()
			env.set[name] = value
			Teller(nil, sdk.New(sdk.Options{}), env)
			if diff := cmp.Diff([]string{name}, env.refused); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("refuses all that is wrong at once", func(t *testing.T) {
		env := configured()
		maps.Copy(env.set, wrong)
		Teller(nil, sdk.New(sdk.Options{}), env)
		slices.Sort(env.refused)
		if diff := cmp.Diff(slices.Sorted(maps.Keys(wrong)), env.refused); diff != "" {
			t.Error(diff)
		}
	})
}

func (*environment) NewKey() []byte { return make([]byte, 32) }
