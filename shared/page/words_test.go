package page

import (
	"reflect"
	"regexp"
	"slices"
	"testing"

	"github.com/callsheet/callsheet/shared/party"
)

var verb = regexp.MustCompile(`%[a-z%]`)

// texts are all texts of a language by their field's name.
func texts(v reflect.Value, at string, into map[string]string) map[string]string {
	for i := range v.NumField() {
		name := at + v.Type().Field(i).Name
		if v.Field(i).Kind() == reflect.Struct {
			texts(v.Field(i), name+".", into)
			continue
		}
		into[name] = v.Field(i).String()
	}
	return into
}

func TestWords(t *testing.T) {
	english := texts(reflect.ValueOf(speech["en"]), "", map[string]string{})
	for _, language := range party.Languages() {
		t.Run(language+" says everything, with the same verbs in the same order as English", func(t *testing.T) {
			for name, text := range texts(reflect.ValueOf(speech[language]), "", map[string]string{}) {
				if text == "" {
					t.Errorf("%s is empty", name)
				}
				if got, want := verb.FindAllString(text, -1), verb.FindAllString(english[name], -1); !slices.Equal(got, want) {
					t.Errorf("%s has the verbs %v, want %v", name, got, want)
				}
			}
		})
	}
	t.Run("no language is left over", func(t *testing.T) {
		if len(speech) != len(party.Languages()) {
			t.Errorf("%d languages", len(speech))
		}
	})
}

func TestStranger(t *testing.T) {
	for header, want := range map[string]string{
		"": "en", "de": "en", "es": "es", "es-CO,es;q=0.9,en;q=0.8": "es", "en-GB, es": "en", "fr, ES;q=0.5": "es", "*": "en", ",,;": "en", "español": "en",
	} {
		t.Run("with "+header+" reads "+want, func(t *testing.T) {
			if got := stranger(header).Language; got != want {
				t.Error(got)
			}
		})
	}
}
