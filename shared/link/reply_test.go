package link_test

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/oklog/ulid/v2"
	"pgregory.net/rapid"

	"github.com/callsheet/callsheet/shared/link"
)

const round = "01ARZ3NDEKTSV4RRFFQ69RACE0"

func token(t interface{ Fatal(...any) }, s *link.Signer, id string) string {
	made, err := s.ReplyToken(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func names(t interface{ Fatal(...any) }, s *link.Signer, token string) string {
	id, genuine, err := s.Replied(context.Background(), token)
	if err != nil {
		t.Fatal(err)
	}
	if !genuine && id != "" {
		t.Fatal("names something and is not genuine")
	}
	return id
}

// anyID is an ID that a token may name.
var anyID = rapid.Custom(func(t *rapid.T) string {
	made := ulid.ULID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "ulid")).String()
	line := rapid.SampledFrom([]string{"-1", "-2", "-25", "-255"}).Draw(t, "line")
	return rapid.SampledFrom([]string{"prj_" + made, "asg_" + made, "inv_" + made + line}).Draw(t, "id")
})

func TestReplyToken(t *testing.T) {
	s := link.New(&keys{}, fresh("k"))
	t.Run("is short, and of letters and digits in one case", func(t *testing.T) {
		if made := token(t, s, "inv_"+round+"-25"); len(made) != link.ReplyTokenLength || !regexp.MustCompile(`^[a-z2-7]+$`).MatchString(made) {
			t.Errorf("%q", made)
		}
	})
	t.Run("names what it was made for, in whatever case it comes back — B104", func(t *testing.T) {
		rapid.Check(t, func(rt *rapid.T) {
			id := anyID.Draw(rt, "id")
			made := []byte(token(rt, s, id))
			for i := range made {
				if rapid.Bool().Draw(rt, "upper") {
					made[i] = strings.ToUpper(string(made[i]))[0]
				}
			}
			if got := names(rt, s, string(made)); got != id {
				rt.Fatalf("%q names %q, want %q", made, got, id)
			}
		})
	})
	t.Run("that is altered, cut, longer or of another deployment names nothing — B104", func(t *testing.T) {
		made := token(t, s, "inv_"+round+"-2")
		for i := range made {
			for _, letter := range "ab7=+-É" {
				if altered := made[:i] + string(letter) + made[i+1:]; altered != made && names(t, s, altered) != "" {
					t.Errorf("%q names something", altered)
				}
			}
			if names(t, s, made[:i]) != "" || names(t, s, made+made[:i+1]) != "" {
				t.Errorf("cut or longer at %d names something", i)
			}
		}
		if names(t, link.New(&keys{}, fresh("other")), made) != "" {
			t.Error("another deployment's token names something")
		}
	})
	t.Run("is not made for what it could not name", func(t *testing.T) {
		for _, id := range []string{"", "prj_", "prj_1", "rnd_" + round, "inv_" + round + "-256", "inv_" + round + "-01", "inv_" + round + "-0", "inv_" + round + "-", "prj_" + strings.ToLower(round)} {
			if made, err := s.ReplyToken(t.Context(), id); err == nil {
				t.Errorf("%q has the token %q", id, made)
			}
		}
	})
	t.Run("is neither made nor believed without the deployment's key", func(t *testing.T) {
		down := link.New(&keys{err: errors.New("down")}, fresh("k"))
		if _, err := down.ReplyToken(t.Context(), "prj_"+round); err == nil {
			t.Error("made")
		}
		if _, genuine, err := down.Replied(t.Context(), token(t, s, "prj_"+round)); err == nil || genuine {
			t.Error("believed")
		}
	})
}

// FuzzReplied holds that nothing but a token of ours is believed, and that whatever is believed names what a token can name.
func FuzzReplied(f *testing.F) {
	s := link.New(&keys{}, fresh("k"))
	for _, id := range []string{"prj_" + round, "asg_" + round, "inv_" + round + "-3"} {
		f.Add(token(f, s, id))
	}
	f.Add(strings.Repeat("a", link.ReplyTokenLength))
	f.Add("reply+\r\n")
	f.Fuzz(func(t *testing.T, brought string) {
		if id := names(t, s, brought); id != "" && token(t, s, id) != strings.ToLower(brought) {
			t.Errorf("%q names %q, whose token is another", brought, id)
		}
	})
}
