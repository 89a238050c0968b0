package link_test

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/callsheet/callsheet/shared/link"
)

// keys is a deployment: it keeps the first key that anybody brings under a name.
type keys struct {
	kept  map[string][]byte
	asked int
	err   error
}

func (k *keys) SigningKey(_ context.Context, name string, fresh []byte) ([]byte, error) {
	k.asked++
	if k.err != nil {
		return nil, k.err
	}
	if k.kept[name] == nil {
		k.kept = map[string][]byte{name: fresh}
	}
	return k.kept[name], nil
}

func fresh(key string) func() []byte { return func() []byte { return []byte(key) } }

// keyOf is the key of a link.
func keyOf(t interface{ Fatal(...any) }, s *link.Signer, id, pro string) string {
	path, err := s.Invitation(context.Background(), id, pro)
	if err != nil {
		t.Fatal(err)
	}
	return path[strings.LastIndex(path, "/")+1:]
}

func opens(t interface{ Fatal(...any) }, s *link.Signer, key, id, pro string) bool {
	genuine, err := s.OpensInvitation(context.Background(), key, id, pro)
	if err != nil {
		t.Fatal(err)
	}
	return genuine
}

func TestSigner(t *testing.T) {
	t.Run("makes a path of invitation and 43 letters that fit the routes", func(t *testing.T) {
		path, err := link.New(&keys{}, fresh("k")).Invitation(t.Context(), "inv_1-2", "ann")
		if err != nil || !regexp.MustCompile(`^/invitations/inv_1-2/[A-Za-z0-9_-]{43}$`).MatchString(path) {
			t.Errorf("%q, %v", path, err)
		}
		for _, route := range link.Routes() {
			if !strings.HasSuffix(route, " /invitations/{invitationId}/{key}") && !strings.HasSuffix(route, " /help/{reference}/{proId}/{until}/{key}") {
				t.Errorf("%q", route)
			}
		}
	})
	t.Run("two functions of one deployment make and open the same links", func(t *testing.T) {
		deployment := &keys{}
		mails, pages := link.New(deployment, fresh("first")), link.New(deployment, fresh("second"))
		if !opens(t, pages, keyOf(t, mails, "inv_1-1", "ann"), "inv_1-1", "ann") {
			t.Error("it does not open")
		}
	})
	t.Run("another deployment opens none", func(t *testing.T) {
		if opens(t, link.New(&keys{}, fresh("b")), keyOf(t, link.New(&keys{}, fresh("a")), "inv_1-1", "ann"), "inv_1-1", "ann") {
			t.Error("it opens")
		}
	})
	t.Run("asks for its key once", func(t *testing.T) {
		deployment := &keys{}
		s := link.New(deployment, fresh("k"))
		for range 10 {
			keyOf(t, s, "inv_1-1", "ann")
		}
		if deployment.asked != 1 {
			t.Errorf("asked %d times", deployment.asked)
		}
	})
	t.Run("without its key makes no link and opens none, and asks again later", func(t *testing.T) {
		deployment := &keys{err: errors.New("down")}
		s := link.New(deployment, fresh("k"))
		if _, err := s.Invitation(t.Context(), "inv_1-1", "ann"); err == nil {
			t.Error("a link without a key")
		}
		if genuine, err := s.OpensInvitation(t.Context(), "", "inv_1-1", "ann"); err == nil || genuine {
			t.Error("opened without a key")
		}
		deployment.err = nil
		if !opens(t, s, keyOf(t, s, "inv_1-1", "ann"), "inv_1-1", "ann") {
			t.Error("not opened afterwards")
		}
	})
	t.Run("a key opens its own invitation for its own pro and nothing else", func(t *testing.T) {
		s := link.New(&keys{}, fresh("k"))
		rapid.Check(t, func(rt *rapid.T) {
			names := rapid.StringMatching(`[a-c1-3_-]{1,3}`)
			id, pro, otherID, otherPro := names.Draw(rt, "id"), names.Draw(rt, "pro"), names.Draw(rt, "other id"), names.Draw(rt, "other pro")
			same := id == otherID && pro == otherPro
			if opens(rt, s, keyOf(rt, s, id, pro), otherID, otherPro) != same {
				rt.Fatalf("opens %v", !same)
			}
		})
	})
	t.Run("a key that is altered, cut or longer opens nothing", func(t *testing.T) {
		s := link.New(&keys{}, fresh("k"))
		key := keyOf(t, s, "inv_1-1", "ann")
		for i := range key {
			for _, letter := range "AB_=" {
				altered := key[:i] + string(letter) + key[i+1:]
				if altered != key && opens(t, s, altered, "inv_1-1", "ann") {
					t.Errorf("%q opens", altered)
				}
			}
			if opens(t, s, key[:i], "inv_1-1", "ann") || opens(t, s, key+key[:i+1], "inv_1-1", "ann") {
				t.Errorf("cut or longer at %d opens", i)
			}
		}
	})
}
