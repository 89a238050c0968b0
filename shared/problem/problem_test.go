package problem

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

func TestCatalogue(t *testing.T) {
	form := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	seen := map[Code]bool{}
	for _, e := range Catalogue() {
		t.Run(string(e.Code)+" is well formed, told once, and says what to do", func(t *testing.T) {
			if seen[e.Code] || !form.MatchString(string(e.Code)) || e.Title == "" || !strings.HasSuffix(e.Meaning, ".") {
				t.Errorf("got %+v", e)
			}
			seen[e.Code] = true
			if e.Code.Title() != e.Title || New(e.Code, "no").Kind() != e.Kind {
				t.Errorf("%s is looked up as %q, kind %d", e.Code, e.Code.Title(), New(e.Code, "no").Kind())
			}
		})
	}
	t.Run("cannot be changed by who reads it", func(t *testing.T) {
		Catalogue()[0].Title = "mine"
		if Catalogue()[0].Title == "mine" {
			t.Error("it was changed")
		}
	})
}

func TestError(t *testing.T) {
	cause := errors.New("disk on fire")
	t.Run("keeps its cause for the logs", func(t *testing.T) {
		err := New(CodeUnavailable, "Try %s.", "again").Because(cause)
		if !errors.Is(err, cause) || err.Error() != "unavailable: Try again.: disk on fire" || err.Message != "Try again." {
			t.Errorf("got %v", err)
		}
	})
	t.Run("is found through wrapping, with its facts", func(t *testing.T) {
		err := fmt.Errorf("submit: %w", New(CodeNotYet, "Wait.").With("until", "noon"))
		if !Is(err, CodeNotYet) || Is(err, CodeNotFound) || As(err).Facts["until"] != "noon" {
			t.Errorf("got %+v", As(err))
		}
	})
	t.Run("hides what is not a refusal as internal", func(t *testing.T) {
		got := As(cause)
		if got.Code != CodeInternal || got.Kind() != Internal || strings.Contains(got.Message, "fire") || !errors.Is(got, cause) {
			t.Errorf("got %+v", got)
		}
	})
}

func TestFields(t *testing.T) {
	t.Run("are no error while nothing was noted", func(t *testing.T) {
		if err := (Fields)(nil).Err(); err != nil {
			t.Error(err)
		}
	})
	t.Run("tell everything that is wrong at once", func(t *testing.T) {
		var wrong Fields
		wrong.Add("/a", "A is %d.", 1)
		wrong.Add("/b", "B.")
		got := As(wrong.Err())
		if got.Code != CodeValidation || got.Message != "A is 1." || len(got.Fields) != 2 || got.Fields[1] != (Field{"/b", "B."}) {
			t.Errorf("got %+v", got)
		}
	})
}
