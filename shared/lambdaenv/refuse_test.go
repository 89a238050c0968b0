package lambdaenv

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRefuse(t *testing.T) {
	t.Setenv("SITE_NAME", "Callsheet")
	t.Setenv("SITE_URL", "/pages")
	t.Setenv("SUPPORT_URL", "")
	env := Open()
	for _, name := range []string{"SITE_NAME", "SITE_URL"} {
		env.Need(name)
	}
	t.Run("nothing is wrong with what nobody refused", func(t *testing.T) {
		if diff := cmp.Diff([]string(nil), env.wrong()); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("names the variable and why", func(t *testing.T) {
		env.Refuse("SITE_URL", "It is absolute.")
		if diff := cmp.Diff([]string{"SITE_URL: It is absolute."}, env.wrong()); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("says of a missing one only that it is missing, and that first", func(t *testing.T) {
		env.Need("SUPPORT_URL")
		env.Refuse("SUPPORT_URL", "It is absolute.")
		if diff := cmp.Diff([]string{"set SUPPORT_URL", "SITE_URL: It is absolute."}, env.wrong()); diff != "" {
			t.Error(diff)
		}
	})
}
