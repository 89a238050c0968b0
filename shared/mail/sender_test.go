package mail

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/ses"
	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/clock"
	"github.com/callsheet/callsheet/infra/local/ses"
	"github.com/callsheet/callsheet/shared/notice"
	"github.com/callsheet/callsheet/shared/problem"
)

var _ notice.Sender = (*Sender)(nil)

// against is a Sender that talks to a handler and does not wait between two tries.
func against(t *testing.T, h http.Handler) *Sender {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	s := New(sdk.New(sdk.Options{
		BaseEndpoint: aws.String(server.URL), Region: "eu-west-1", Credentials: credentials.NewStaticCredentialsProvider("notify", "local-only", ""),
	}))
	s.retryer = atOnce{s.retryer}
	return s
}

type atOnce struct{ aws.Retryer }

func (atOnce) RetryDelay(int, error) (time.Duration, error) { return 0, nil }

// answers is an SES that gives each answer once, in order, and the last one for ever.
func answers(calls *atomic.Int32, list ...func(http.ResponseWriter)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		answer := list[min(int(calls.Add(1)), len(list))-1]
		w.Header().Set("Content-Type", "text/xml")
		answer(w)
	})
}

func accepted(w http.ResponseWriter) {
	fmt.Fprint(w, `<SendRawEmailResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><SendRawEmailResult><MessageId>ses-1</MessageId></SendRawEmailResult></SendRawEmailResponse>`)
}

func fails(status int, code, message string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.WriteHeader(status)
		fmt.Fprintf(w, `<ErrorResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>r</RequestId></ErrorResponse>`, code, message)
	}
}

func hangsUp(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		conn.Close()
	}
}

func TestSendTranslates(t *testing.T) {
	throttle := fails(400, "Throttling", "Maximum sending rate exceeded.")
	cases := []struct {
		name    string
		answers []func(http.ResponseWriter)
		calls   int32
		refused string // else Unavailable
	}{
		{"throttling that does not end as not sent", []func(http.ResponseWriter){throttle}, 8, ""},
		{"a paused account as not sent", []func(http.ResponseWriter){fails(400, "AccountSendingPausedException", "paused")}, 1, ""},
		{"a configuration set that is missing as not sent", []func(http.ResponseWriter){fails(400, "ConfigurationSetDoesNotExist", "no set")}, 1, ""},
		{"our own sender unverified as not sent, and ours to repair", []func(http.ResponseWriter){fails(400, "MessageRejected", "Email address is not verified. The following identities failed the check in region EU-WEST-1: team@mail.example.com")}, 1, ""},
		{"a recipient unverified as refused", []func(http.ResponseWriter){fails(400, "MessageRejected", "Email address is not verified. The following identities failed the check in region EU-WEST-1: ana@example.com")}, 1, "Email address is not verified. The following identities failed the check in region EU-WEST-1: ana@example.com"},
		{"a suppressed address as refused", []func(http.ResponseWriter){fails(400, "MessageRejected", "Address blacklisted.")}, 1, "Address blacklisted."},
		{"an illegal address as refused", []func(http.ResponseWriter){fails(400, "InvalidParameterValue", "Illegal address")}, 1, "Illegal address"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var calls atomic.Int32
			_, err := against(t, answers(&calls, c.answers...)).Send(t.Context(), message())
			var refused *notice.Refused
			switch {
			case errors.As(err, &refused):
				if refused.Reason != c.refused || refused.Cause == nil {
					t.Errorf("refused: %q, want %q", refused.Reason, c.refused)
				}
			case c.refused != "" || problem.As(err).Kind() != problem.Unavailable || !errors.Is(err, notice.ErrNotSent):
				t.Errorf("err = %v", err)
			}
			if calls.Load() != c.calls {
				t.Errorf("%d calls, want %d", calls.Load(), c.calls)
			}
		})
	}
	for name, answer := range map[string]func(http.ResponseWriter){
		"a fault of SES as worth another try, but not at once, for the mail may have gone": fails(500, "InternalFailure", "x"), "silence likewise": hangsUp,
	} {
		t.Run(name, func(t *testing.T) {
			var calls atomic.Int32
			_, err := against(t, answers(&calls, answer)).Send(t.Context(), message())
			if problem.As(err).Kind() != problem.Unavailable || errors.Is(err, notice.ErrNotSent) || errors.Unwrap(err) == nil || calls.Load() != 1 {
				t.Errorf("err %v, %d calls", err, calls.Load())
			}
		})
	}
	t.Run("a refused connection as not sent", func(t *testing.T) {
		server := httptest.NewServer(nil)
		server.Close()
		s := New(sdk.New(sdk.Options{BaseEndpoint: aws.String(server.URL), Region: "eu-west-1", Credentials: credentials.NewStaticCredentialsProvider("notify", "local-only", "")}))
		if _, err := s.Send(t.Context(), message()); problem.As(err).Kind() != problem.Unavailable || !errors.Is(err, notice.ErrNotSent) {
			t.Errorf("err = %v", err)
		}
	})
	t.Run("throttling that ends into a delivered mail", func(t *testing.T) {
		var calls atomic.Int32
		id, err := against(t, answers(&calls, throttle, throttle, accepted)).Send(t.Context(), message())
		if id != "ses-1" || err != nil || calls.Load() != 3 {
			t.Errorf("id %q, err %v, %d calls", id, err, calls.Load())
		}
	})
	t.Run("its own time running out as worth another try", func(t *testing.T) {
		var calls atomic.Int32
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := against(t, answers(&calls, accepted)).Send(ctx, message())
		if problem.As(err).Kind() != problem.Unavailable || !errors.Is(err, context.Canceled) || calls.Load() != 0 {
			t.Errorf("err %v, %d calls", err, calls.Load())
		}
	})
	t.Run("a header with a line break as refused, without asking SES", func(t *testing.T) {
		var calls atomic.Int32
		m := message()
		m.Subject = "Trailer\r\nBcc: eve@example.com"
		_, err := against(t, answers(&calls, accepted)).Send(t.Context(), m)
		if refused := (*notice.Refused)(nil); !errors.As(err, &refused) || calls.Load() != 0 {
			t.Errorf("err %v, %d calls", err, calls.Load())
		}
	})
}

func TestSendAsksFor(t *testing.T) {
	t.Run("exactly the envelope's recipients, whatever the headers name", func(t *testing.T) {
		var form map[string][]string
		s := against(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := r.ParseForm(); err != nil {
				t.Error(err)
			}
			form = r.PostForm
			w.Header().Set("Content-Type", "text/xml")
			accepted(w)
		}))
		m := message()
		m.To, m.Undisclosed = append(m.To, mail.Address{Address: "bob@example.com"}), true
		if _, err := s.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		raw, err := base64.StdEncoding.DecodeString(strings.Join(form["RawMessage.Data"], ""))
		if err != nil || parse(t, raw).text != m.Text {
			t.Errorf("raw: %v", err)
		}
		delete(form, "RawMessage.Data")
		want := map[string][]string{
			"Action": {"SendRawEmail"}, "Version": {"2010-12-01"}, "Source": {"team@mail.example.com"},
			"Destinations.member.1": {"ana@example.com"}, "Destinations.member.2": {"bob@example.com"},
		}
		if diff := cmp.Diff(want, form); diff != "" {
			t.Error(diff)
		}
	})
}

// TestSendToTheLocalCloud goes through the embedded SES, which checks mail as the real one does.
func TestSendToTheLocalCloud(t *testing.T) {
	open := func(t *testing.T) (*ses.Server, *Sender) {
		db, err := bolt.Open(filepath.Join(t.TempDir(), "state.db"), 0o600, &bolt.Options{NoSync: true, NoFreelistSync: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
		c, err := clock.Open(db, time.Date(2026, 11, 24, 13, 5, 0, 0, time.UTC), true)
		if err != nil {
			t.Fatal(err)
		}
		server, err := ses.Open(ses.Config{DB: db, Clock: c, Region: "eu-west-1", Identities: []string{"mail.example.com"}})
		if err != nil {
			t.Fatal(err)
		}
		return server, against(t, server)
	}
	t.Run("delivers to everybody, with nobody named and its tags read", func(t *testing.T) {
		server, sender := open(t)
		m := message()
		m.To, m.Undisclosed = append(m.To, mail.Address{Address: "bob@example.com"}), true
		m.Headers = append(m.Headers, notice.Header{Name: "X-SES-CONFIGURATION-SET", Value: "callsheet"},
			notice.Header{Name: "X-SES-MESSAGE-TAGS", Value: "notice=filled, event=evt_1, recipient=24d4"})
		id, err := sender.Send(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		got, err := server.Message(id)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"ana@example.com", "bob@example.com"}, got.Recipients); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(map[string]string{"notice": "filled", "event": "evt_1", "recipient": "24d4"}, got.Tags); diff != "" {
			t.Error(diff)
		}
		if got.Subject != m.Subject || got.ConfigurationSet != "callsheet" || got.HTML != strings.ReplaceAll(m.HTML, "\n", "\r\n") || strings.Contains(string(got.Raw), "bob@") {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("waits with an unverified sender until it is verified", func(t *testing.T) {
		_, sender := open(t)
		m := message()
		m.From.Address = "team@unverified.example.org"
		if _, err := sender.Send(t.Context(), m); problem.As(err).Kind() != problem.Unavailable {
			t.Errorf("err = %v", err)
		}
	})
	t.Run("is throttled in a burst, and says that it is worth another try", func(t *testing.T) {
		_, sender := open(t)
		for n := range 15 {
			_, err := sender.Send(t.Context(), message())
			if throttled := n == 14; throttled != (err != nil) || throttled && problem.As(err).Kind() != problem.Unavailable {
				t.Errorf("mail %d: %v", n+1, err)
			}
		}
	})
}
