package ses_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/ses"
	"github.com/aws/aws-sdk-go-v2/service/ses/types"
	"github.com/aws/smithy-go"
	gomail "github.com/wneessen/go-mail"
	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/clock"
	"github.com/callsheet/callsheet/infra/local/ses"
)

var start = time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)

type cloud struct {
	t      *testing.T
	file   string
	db     *bolt.DB
	clock  *clock.Clock
	server *ses.Server
	http   *httptest.Server
	client *sdk.Client
}

func open(t *testing.T) *cloud {
	t.Helper()
	c := &cloud{t: t, file: filepath.Join(t.TempDir(), "state.db")}
	c.start()
	t.Cleanup(c.stop)
	return c
}

func (c *cloud) start() {
	c.t.Helper()
	var err error
	if c.db, err = bolt.Open(c.file, 0o600, &bolt.Options{NoSync: true, NoFreelistSync: true}); err != nil {
		c.t.Fatal(err)
	}
	if c.clock, err = clock.Open(c.db, start, true); err != nil {
		c.t.Fatal(err)
	}
	if c.server, err = ses.Open(ses.Config{DB: c.db, Clock: c.clock, Region: "eu-west-1", Identities: []string{"callsheet.example", "Solo@other.example"}}); err != nil {
		c.t.Fatal(err)
	}
	c.http = httptest.NewServer(c.server)
	c.client = sdk.New(sdk.Options{BaseEndpoint: aws.String(c.http.URL), Region: "eu-west-1", RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("notify", "local-only", "")})
}

func (c *cloud) stop() {
	c.http.Close()
	if err := c.db.Close(); err != nil {
		c.t.Error(err)
	}
}

func (c *cloud) send(raw string, change ...func(*sdk.SendRawEmailInput)) (string, error) {
	in := &sdk.SendRawEmailInput{RawMessage: &types.RawMessage{Data: []byte(strings.ReplaceAll(raw, "\n", "\r\n"))}}
	for _, f := range change {
		f(in)
	}
	out, err := c.client.SendRawEmail(context.Background(), in)
	if err != nil {
		return "", err
	}
	return *out.MessageId, nil
}

func (c *cloud) mustSend(raw string, change ...func(*sdk.SendRawEmailInput)) ses.Message {
	c.t.Helper()
	id, err := c.send(raw, change...)
	if err != nil {
		c.t.Fatal(err)
	}
	m, err := c.server.Message(id)
	if err != nil {
		c.t.Fatal(err)
	}
	return m
}

func (c *cloud) wantRefused(err error, code, text string) {
	c.t.Helper()
	var known smithy.APIError
	if !errors.As(err, &known) || known.ErrorCode() != code || !strings.Contains(known.ErrorMessage(), text) {
		c.t.Fatalf("got %v, want %s with %q", err, code, text)
	}
	if all, err := c.server.Messages(ses.Filter{}); err != nil || len(all) != 0 {
		c.t.Fatalf("stored all the same: %v %v", all, err)
	}
}

const plain = "From: Callsheet <team@mail.callsheet.example>\nTo: Ana <ana@pro.example>\nSubject: Hello\n\nText\n"

func TestSendRawEmail(t *testing.T) {
	t.Run("stores a mail as it would be delivered", func(t *testing.T) {
		c := open(t)
		m := c.mustSend("From: team@callsheet.example\nTo: ana@pro.example, Ben <ben@pro.example>\nCc: c@pro.example\nBcc: hidden@pro.example,\n also@pro.example\n" +
			"Message-ID: <mine@callsheet.example>\nDate: Mon, 1 Jan 2001 00:00:00 +0000\nX-SES-CONFIGURATION-SET: journal\nX-SES-MESSAGE-TAGS: notice=ntc_1, kind=invited\nX-Folded: a\n b\nSubject: =?utf-8?q?Invitaci=C3=B3n?=\n\nText\n")
		if m.From != "team@callsheet.example" || strings.Join(m.Recipients, " ") != "ana@pro.example ben@pro.example c@pro.example hidden@pro.example also@pro.example" {
			t.Fatalf("envelope %+v", m)
		}
		if m.Subject != "Invitación" || m.Text != "Text\r\n" || !m.At.Equal(start) || m.ConfigurationSet != "journal" || m.Tags["notice"] != "ntc_1" || m.Tags["kind"] != "invited" {
			t.Fatalf("%+v", m)
		}
		if raw := strings.ToLower(string(m.Raw)); strings.Contains(raw, "hidden@") || strings.Contains(raw, "also@") || strings.Contains(raw, "x-ses-") || strings.Contains(raw, "mine@") || !strings.Contains(raw, "x-folded: a\r\n b\r\n") {
			t.Fatalf("raw %s", m.Raw)
		}
		if got, want := m.Header.Get("Message-Id"), "<"+m.ID+"@eu-west-1.amazonses.com>"; got != want {
			t.Fatalf("message id %s, want %s", got, want)
		}
		if date, err := m.Header.Date(); err != nil || !date.Equal(start) {
			t.Fatalf("date %v %v", date, err)
		}
	})
	t.Run("takes envelope, tags and configuration set from the call first", func(t *testing.T) {
		c := open(t)
		m := c.mustSend(plain, func(in *sdk.SendRawEmailInput) {
			in.Source = aws.String("bounce@callsheet.example")
			in.Destinations = []string{"only@pro.example"}
			in.ConfigurationSetName = aws.String("set")
			in.Tags = []types.MessageTag{{Name: aws.String("fact"), Value: aws.String("f1")}}
		})
		if m.From != "bounce@callsheet.example" || strings.Join(m.Recipients, " ") != "only@pro.example" || m.ConfigurationSet != "set" || m.Tags["fact"] != "f1" {
			t.Fatalf("%+v", m)
		}
	})
	t.Run("reads text, HTML and attachments that a mail library composed", func(t *testing.T) {
		c := open(t)
		m := c.mustSendComposed()
		if m.Subject != "Señal – ok" || strings.TrimSpace(m.Text) != "Días = 30" || strings.TrimSpace(m.HTML) != "<p>Días</p>" || len(m.Attachments) != 1 || m.Attachments[0] != (ses.Attachment{Name: "señal.txt", Type: "text/plain", Size: 7}) {
			t.Fatalf("%+v", m)
		}
	})
	t.Run("reads other charsets", func(t *testing.T) {
		c := open(t)
		m := c.mustSend("From: team@callsheet.example\nTo: a@pro.example\nSubject: =?iso-8859-1?q?a=F1o?=\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\na=F1o")
		if m.Subject != "año" || m.Text != "año" {
			t.Fatalf("%q %q", m.Subject, m.Text)
		}
	})
}

func (c *cloud) mustSendComposed() ses.Message {
	c.t.Helper()
	message := gomail.NewMsg()
	if err := errors.Join(message.From("team@callsheet.example"), message.To("ana@pro.example")); err != nil {
		c.t.Fatal(err)
	}
	message.Subject("Señal – ok")
	message.SetBodyString(gomail.TypeTextPlain, "Días = 30")
	message.AddAlternativeString(gomail.TypeTextHTML, "<p>Días</p>")
	if err := message.AttachReader("señal.txt", strings.NewReader("content")); err != nil {
		c.t.Fatal(err)
	}
	var raw bytes.Buffer
	if _, err := message.WriteTo(&raw); err != nil {
		c.t.Fatal(err)
	}
	return c.mustSend(strings.ReplaceAll(raw.String(), "\r\n", "\n"))
}

func TestRefusals(t *testing.T) {
	many := make([]string, 51)
	for i := range many {
		many[i] = fmt.Sprintf("p%d@pro.example", i)
	}
	for name, row := range map[string]struct {
		raw        string
		code, text string
	}{
		"an unverified sender":              {strings.Replace(plain, "mail.callsheet.example", "evil.example", 1), "MessageRejected", "Email address is not verified. The following identities failed the check in region EU-WEST-1: team@evil.example"},
		"a domain that only ends alike":     {strings.Replace(plain, "mail.callsheet.example", "notcallsheet.example", 1), "MessageRejected", "not verified"},
		"another address of a verified one": {strings.Replace(plain, "team@mail.callsheet.example", "duo@other.example", 1), "MessageRejected", "duo@other.example"},
		"an unverified Sender header":       {"Sender: x@evil.example\n" + plain, "MessageRejected", "x@evil.example"},
		"an unverified Return-Path":         {"Return-Path: <x@evil.example>\n" + plain, "MessageRejected", "x@evil.example"},
		"no From":                           {"To: ana@pro.example\n\nText", "InvalidParameterValue", "Missing required header 'From'."},
		"two From addresses":                {"From: a@callsheet.example, b@callsheet.example\nTo: ana@pro.example\n\nText", "InvalidParameterValue", "From"},
		"two From headers":                  {"From: a@callsheet.example\n" + plain, "InvalidParameterValue", "Duplicate header 'From'"},
		"two subjects":                      {"Subject: other\n" + plain, "InvalidParameterValue", "Duplicate header 'Subject'"},
		"no recipient":                      {"From: team@callsheet.example\n\nText", "InvalidParameterValue", "'To'"},
		"a recipient without a domain":      {strings.Replace(plain, "ana@pro.example", "ana@localhost", 1), "InvalidParameterValue", "ana@localhost"},
		"a recipient that is not ASCII":     {strings.Replace(plain, "ana@pro.example", "señor@pro.example", 1), "InvalidParameterValue", "señor"},
		"a To that is not an address":       {strings.Replace(plain, "Ana <ana@pro.example>", "Ana", 1), "InvalidParameterValue", "'To'"},
		"51 recipients":                     {strings.Replace(plain, "Ana <ana@pro.example>", strings.Join(many, ","), 1), "InvalidParameterValue", "50"},
		"a line that is no header":          {"no header at all\n\n", "InvalidParameterValue", "malformed"},
		"multipart without a boundary":      {"Content-Type: multipart/mixed\n" + plain, "InvalidParameterValue", "boundary"},
		"multipart that never ends":         {"Content-Type: multipart/mixed; boundary=b\nFrom: team@callsheet.example\nTo: a@pro.example\n\n--b\n\ntext", "InvalidParameterValue", "malformed"},
		"broken base64":                     {"Content-Transfer-Encoding: base64\n" + plain + "!!!", "InvalidParameterValue", "malformed"},
		"an unknown transfer encoding":      {"Content-Transfer-Encoding: rot13\n" + plain, "InvalidParameterValue", "rot13"},
		"an unknown charset":                {"Content-Type: text/plain; charset=klingon\n" + plain, "InvalidParameterValue", "klingon"},
		"a tag with a space":                {"X-SES-MESSAGE-TAGS: a=b c\n" + plain, "InvalidParameterValue", "tag"},
		"more than 10 MB":                   {plain + strings.Repeat("x", 10<<20), "InvalidParameterValue", "10485760"},
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			c := open(t)
			_, err := c.send(row.raw)
			c.wantRefused(err, row.code, row.text)
		})
	}
	t.Run("refuses an unverified Source", func(t *testing.T) {
		c := open(t)
		_, err := c.send(plain, func(in *sdk.SendRawEmailInput) { in.Source = aws.String("x@evil.example") })
		c.wantRefused(err, "MessageRejected", "x@evil.example")
	})
	t.Run("takes a verified address without regard to case", func(t *testing.T) {
		c := open(t)
		c.mustSend(strings.Replace(plain, "team@mail.callsheet.example", "solo@OTHER.example", 1))
	})
	t.Run("takes 50 recipients", func(t *testing.T) {
		c := open(t)
		c.mustSend(strings.Replace(plain, "Ana <ana@pro.example>", strings.Join(many[:50], ","), 1))
	})
	t.Run("refuses other operations and parameters by name", func(t *testing.T) {
		c := open(t)
		_, err := c.client.SendEmail(context.Background(), &sdk.SendEmailInput{Source: aws.String("team@callsheet.example"), Destination: &types.Destination{}, Message: &types.Message{Subject: &types.Content{Data: aws.String("x")}, Body: &types.Body{}}})
		c.wantRefused(err, "InvalidAction", "SendEmail")
		_, err = c.send(plain, func(in *sdk.SendRawEmailInput) { in.SourceArn = aws.String("arn:aws:ses:x") })
		c.wantRefused(err, "InvalidParameterValue", "SourceArn")
	})
}

func TestProtocol(t *testing.T) {
	post := func(c *cloud, form url.Values, change func(*http.Request)) (int, string) {
		c.t.Helper()
		r, err := http.NewRequestWithContext(context.Background(), "POST", c.http.URL, strings.NewReader(form.Encode()))
		if err != nil {
			c.t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=x")
		change(r)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			c.t.Fatal(err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil {
			c.t.Fatal(err)
		}
		return res.StatusCode, string(text)
	}
	valid := url.Values{"Action": {"GetSendQuota"}, "Version": {"2010-12-01"}}
	for name, row := range map[string]struct {
		form   url.Values
		change func(*http.Request)
		status int
		text   string
	}{
		"takes a signed form":             {valid, func(*http.Request) {}, 200, "<MaxSendRate>14</MaxSendRate>"},
		"refuses an unsigned call":        {valid, func(r *http.Request) { r.Header.Del("Authorization") }, 403, "MissingAuthenticationToken"},
		"refuses GET":                     {valid, func(r *http.Request) { r.Method = "GET" }, 400, "InvalidParameterValue"},
		"refuses JSON":                    {valid, func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }, 400, "InvalidParameterValue"},
		"refuses another version":         {url.Values{"Action": {"GetSendQuota"}, "Version": {"2019-09-27"}}, func(*http.Request) {}, 400, "InvalidAction"},
		"refuses no action":               {url.Values{"Version": {"2010-12-01"}}, func(*http.Request) {}, 400, "InvalidAction"},
		"refuses data that is not base64": {url.Values{"Action": {"SendRawEmail"}, "Version": {"2010-12-01"}, "RawMessage.Data": {"%%%"}}, func(*http.Request) {}, 400, "base64"},
		"refuses a gap in Destinations":   {url.Values{"Action": {"SendRawEmail"}, "Version": {"2010-12-01"}, "RawMessage.Data": {"RnJvbTogYUBjYWxsc2hlZXQuZXhhbXBsZQ0KDQo="}, "Destinations.member.2": {"a@b.example"}}, func(*http.Request) {}, 400, "numbered"},
		"refuses a parameter given twice": {url.Values{"Action": {"SendRawEmail"}, "Version": {"2010-12-01"}, "Source": {"a", "b"}}, func(*http.Request) {}, 400, "more than once"},
	} {
		t.Run(name, func(t *testing.T) {
			c := open(t)
			status, text := post(c, row.form, row.change)
			if status != row.status || !strings.Contains(text, row.text) {
				t.Fatalf("got %d %s, want %d with %q", status, text, row.status, row.text)
			}
		})
	}
}

func TestRate(t *testing.T) {
	fill := func(c *cloud) {
		c.t.Helper()
		for range 14 {
			c.mustSend(plain)
		}
	}
	for name, row := range map[string]struct {
		passed time.Duration
		ok     bool
	}{
		"refuses the 15th recipient 1 ms before the second is over": {time.Second - time.Millisecond, false},
		"takes it exactly then": {time.Second, true},
		"takes it 1 ms after":   {time.Second + time.Millisecond, true},
	} {
		t.Run(name, func(t *testing.T) {
			c := open(t)
			fill(c)
			if _, err := c.clock.Advance(context.Background(), row.passed); err != nil {
				t.Fatal(err)
			}
			_, err := c.send(plain)
			var known smithy.APIError
			if refused := errors.As(err, &known) && known.ErrorCode() == "Throttling" && known.ErrorMessage() == "Maximum sending rate exceeded."; refused == row.ok {
				t.Fatalf("got %v, want ok %v", err, row.ok)
			}
		})
	}
	t.Run("counts recipients, not calls", func(t *testing.T) {
		c := open(t)
		c.mustSend(plain, func(in *sdk.SendRawEmailInput) {
			for i := range 14 {
				in.Destinations = append(in.Destinations, fmt.Sprintf("p%d@pro.example", i))
			}
		})
		if _, err := c.send(plain); err == nil {
			t.Fatal("the 15th recipient went through")
		}
		usage, err := c.server.Usage()
		if err != nil || usage != (ses.Usage{Sends: 1, Recipients: 14}) {
			t.Fatalf("%+v %v", usage, err)
		}
	})
	t.Run("is told by GetSendQuota, with the last day's recipients", func(t *testing.T) {
		c := open(t)
		c.mustSend(plain)
		if _, err := c.clock.Advance(context.Background(), 24*time.Hour+time.Millisecond); err != nil {
			t.Fatal(err)
		}
		c.mustSend(plain)
		quota, err := c.client.GetSendQuota(context.Background(), &sdk.GetSendQuotaInput{})
		if err != nil || quota.SentLast24Hours != 1 || quota.MaxSendRate != 14 || quota.Max24HourSend != -1 {
			t.Fatalf("%+v %v", quota, err)
		}
	})
}

func TestInbox(t *testing.T) {
	t.Run("lists the newest first, filtered by recipient and subject, and survives a restart", func(t *testing.T) {
		c := open(t)
		for i, to := range []string{"ana", "ben", "ana"} {
			c.mustSend(fmt.Sprintf("From: team@callsheet.example\nTo: %s@pro.example\nSubject: Mail %d\n\nx", to, i))
		}
		c.stop()
		c.start()
		subjects := func(f ses.Filter) string {
			all, err := c.server.Messages(f)
			if err != nil {
				t.Fatal(err)
			}
			var list []string
			for _, m := range all {
				list = append(list, m.Subject)
			}
			return strings.Join(list, ", ")
		}
		for f, want := range map[ses.Filter]string{
			{}:                           "Mail 2, Mail 1, Mail 0",
			{To: "ANA@"}:                 "Mail 2, Mail 0",
			{To: "ana", Subject: "il 0"}: "Mail 0",
			{To: "nobody"}:               "",
		} {
			if got := subjects(f); got != want {
				t.Errorf("%+v: %s, want %s", f, got, want)
			}
		}
	})
	t.Run("knows no other id", func(t *testing.T) {
		c := open(t)
		if _, err := c.server.Message("01J"); !errors.Is(err, ses.ErrNotFound) {
			t.Fatal(err)
		}
	})
}
