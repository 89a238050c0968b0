package reply

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
)

var now = time.Date(2026, 11, 24, 13, 5, 0, 0, time.UTC)

// desk is one at which the token good names inv_1-2, and all others name nothing.
func desk(t *testing.T, raw string) (d Desk, fetched, received *[]string) {
	fetched, received = &[]string{}, &[]string{}
	return Desk{
		Address: "Reply@reply.example.com",
		Replied: func(_ context.Context, token string) (string, bool, error) { return "inv_1-2", token == "good", nil },
		Fetch: func(_ context.Context, key string, most int64) ([]byte, error) {
			*fetched = append(*fetched, key)
			return []byte(raw)[:min(int64(len(raw)), most)], nil
		},
		Receive: func(_ context.Context, ask project.Ask, about string, in project.Incoming, _ [][]byte) error {
			if ask.Channel != "mail" || !ask.Now.Equal(now) || ask.Trace != "ses-1" || len(ask.By.Roles) != 0 {
				t.Errorf("%+v", ask)
			}
			*received = append(*received, about+" "+in.Text)
			return nil
		},
	}, fetched, received
}

func to(recipients ...string) handler.Receipt {
	r := proven
	r.Recipients = recipients
	return r
}

const hello = "From: ben@pro.example.com\r\nMessage-ID: <1@pro.example.com>\r\n\r\nHello, about prj_2 by reply+other@reply.example.com\r\n"

func TestDesk(t *testing.T) {
	t.Run("hands on the mail under what its token names, whatever the mail says — B104", func(t *testing.T) {
		for _, recipient := range []string{"reply+good@reply.example.com", "REPLY+GOOD@Reply.Example.com"} {
			d, fetched, received := desk(t, hello)
			if err := d.Take(t.Context(), to(recipient), now); err != nil {
				t.Error(err)
			}
			if !slices.Equal(*fetched, []string{"inbound/ses-1"}) || !slices.Equal(*received, []string{"inv_1-2 Hello, about prj_2 by reply+other@reply.example.com"}) {
				t.Errorf("%s: fetched %v, received %v", recipient, *fetched, *received)
			}
		}
	})
	t.Run("drops a mail without a genuine token, unread — B104", func(t *testing.T) {
		for _, recipient := range []string{
			"reply+bad@reply.example.com", "reply@reply.example.com", "reply+good@other.example.com", "reply+good@reply.example.com.evil.example", "replygood@reply.example.com",
			"other+good@reply.example.com", "good", "", "reply+good+good@reply.example.com",
		} {
			d, fetched, received := desk(t, hello)
			if err := d.Take(t.Context(), to(recipient), now); !problem.Is(err, problem.CodeNotFound) || len(*fetched)+len(*received) > 0 {
				t.Errorf("%q: %v, fetched %v, received %v", recipient, err, *fetched, *received)
			}
		}
	})
	t.Run("takes the genuine one of several recipients", func(t *testing.T) {
		d, _, received := desk(t, hello)
		if err := d.Take(t.Context(), to("reply+bad@reply.example.com", "reply+good@reply.example.com"), now); err != nil || len(*received) != 1 {
			t.Errorf("%v, received %v", err, *received)
		}
	})
	t.Run("takes a mail in at the one address where the other has had too many — F57", func(t *testing.T) {
		d, _, _ := desk(t, hello)
		var took []string
		d.Replied = func(_ context.Context, token string) (string, bool, error) { return token, true, nil }
		d.Receive = func(_ context.Context, _ project.Ask, about string, _ project.Incoming, _ [][]byte) error {
			if about == "full" {
				return problem.New(problem.CodeRateLimited, "too many")
			}
			took = append(took, about)
			return nil
		}
		if err := d.Take(t.Context(), to("reply+full@reply.example.com", "reply+good@reply.example.com"), now); !problem.Is(err, problem.CodeRateLimited) || !slices.Equal(took, []string{"good"}) {
			t.Errorf("%v, took %v", err, took)
		}
	})
	t.Run("waits for a mail that is not in the bucket yet, for the key, and for the store — F59", func(t *testing.T) {
		down := errors.New("down")
		for name, break1 := range map[string]func(*Desk){
			"key": func(d *Desk) {
				d.Replied = func(context.Context, string) (string, bool, error) { return "", false, down }
			},
			"mail": func(d *Desk) { d.Fetch = func(context.Context, string, int64) ([]byte, error) { return nil, down } },
			"store": func(d *Desk) {
				d.Receive = func(context.Context, project.Ask, string, project.Incoming, [][]byte) error { return down }
			},
		} {
			d, _, _ := desk(t, hello)
			break1(&d)
			if err := d.Take(t.Context(), to("reply+good@reply.example.com"), now); !errors.Is(err, down) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
	t.Run("notices that a mail is longer than it reads — B103", func(t *testing.T) {
		d, _, _ := desk(t, hello+strings.Repeat("x", MostBytes))
		d.Receive = func(_ context.Context, _ project.Ask, _ string, in project.Incoming, _ [][]byte) error {
			if !slices.Contains(in.LeftOut, "everything after 4 MB") {
				t.Errorf("%v", in.LeftOut)
			}
			return nil
		}
		if err := d.Take(t.Context(), to("reply+good@reply.example.com"), now); err != nil {
			t.Error(err)
		}
	})
}
