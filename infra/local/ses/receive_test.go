package ses_test

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/clock"
	"github.com/callsheet/callsheet/infra/local/ses"
)

// office receives for reply.example.com and help@example.com, and remembers what it kept and told.
type office struct {
	server *ses.Server
	kept   map[string]string
	told   []events.SimpleEmailRecord
	fails  error
}

func receiving(t *testing.T) *office {
	t.Helper()
	db, err := bolt.Open(filepath.Join(t.TempDir(), "state.db"), 0o600, &bolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	c, err := clock.Open(db, start, true)
	if err != nil {
		t.Fatal(err)
	}
	o := &office{kept: map[string]string{}}
	o.server, err = ses.Open(ses.Config{
		DB: db, Clock: c, Region: "eu-west-1", Rules: []ses.Rule{{Recipients: []string{"reply.example.com", "Help@example.com"}, Bucket: "mails", Prefix: "inbound/", Function: "arn:f"}},
		Keep: func(bucket, key string, content []byte) error {
			o.kept[bucket+"/"+key] = string(content)
			return o.fails
		},
		Tell: func(function string, event []byte) error {
			var e events.SimpleEmailEvent
			if err := json.Unmarshal(event, &e); err != nil || function != "arn:f" || len(e.Records) != 1 {
				t.Errorf("told %s: %s", function, event)
			}
			o.told = append(o.told, e.Records...)
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

const letter = "From: Ben <ben@pro.example.com>\r\nTo: reply+Token@reply.example.com\r\nSubject: Re: a\r\n folded\r\nMessage-ID: <1@pro.example.com>\r\n\r\nHello\r\n"

func TestReceive(t *testing.T) {
	t.Run("keeps the mail with SES's headers, then tells the function in SES's words", func(t *testing.T) {
		o := receiving(t)
		id, err := o.server.Receive(ses.Addressed([]byte(letter)))
		if err != nil {
			t.Fatal(err)
		}
		kept := o.kept["mails/inbound/"+id]
		if !strings.HasPrefix(kept, "Return-Path: <ben@pro.example.com>\r\nReceived: ") || !strings.HasSuffix(kept, letter) || !strings.Contains(kept, "X-SES-Virus-Verdict: PASS\r\n") {
			t.Errorf("kept %q", kept)
		}
		mail, receipt := o.told[0].SES.Mail, o.told[0].SES.Receipt
		if mail.MessageID != id || mail.Source != "ben@pro.example.com" || mail.CommonHeaders.Subject != "Re: a folded" || mail.CommonHeaders.MessageID != "<1@pro.example.com>" || !mail.Timestamp.Equal(start) {
			t.Errorf("%+v", mail)
		}
		if !slices.Equal(receipt.Recipients, []string{"reply+Token@reply.example.com"}) || receipt.SpamVerdict.Status != "PASS" || receipt.DMARCVerdict.Status != "PASS" || receipt.Action.InvocationType != "Event" || receipt.Action.FunctionARN != "arn:f" {
			t.Errorf("%+v", receipt)
		}
	})
	t.Run("is for addresses with any label, for domains without their subdomains, in any case", func(t *testing.T) {
		o := receiving(t)
		for to, taken := range map[string]bool{
			"reply+x@reply.example.com": true, "anybody@REPLY.example.com": true, "help@example.com": true, "HELP+label@EXAMPLE.com": true,
			"other@example.com": false, "reply@sub.reply.example.com": false, "reply.example.com": false, "": false,
		} {
			_, err := o.server.Receive(ses.Inbound{Raw: []byte(letter), To: []string{to}})
			if taken != (err == nil) || !taken && !errors.Is(err, ses.ErrNoRule) {
				t.Errorf("%q: %v", to, err)
			}
		}
	})
	t.Run("tells the envelope and the verdicts that it was given, and refuses what is none", func(t *testing.T) {
		o := receiving(t)
		_, err := o.server.Receive(ses.Inbound{Raw: []byte(letter), To: []string{"a@elsewhere.example.com", "b@reply.example.com"}, Verdicts: map[string]string{"dmarc": "FAIL", "spf": "GRAY"}})
		if err != nil {
			t.Fatal(err)
		}
		e := o.told[0].SES
		if e.Mail.Source != "" || len(e.Mail.Destination) != 2 || !slices.Equal(e.Receipt.Recipients, []string{"b@reply.example.com"}) || e.Receipt.DMARCVerdict.Status != "FAIL" || e.Receipt.SPFVerdict.Status != "GRAY" {
			t.Errorf("%+v", e)
		}
		for kind, verdict := range map[string]string{"dmarc": "MAYBE", "karma": "PASS"} {
			if _, err := o.server.Receive(ses.Inbound{Raw: []byte(letter), To: []string{"b@reply.example.com"}, Verdicts: map[string]string{kind: verdict}}); !ses.IsRefusal(err) {
				t.Errorf("%s=%s: %v", kind, verdict, err)
			}
		}
	})
	t.Run("tells nobody of a mail that it could not keep", func(t *testing.T) {
		o := receiving(t)
		o.fails = errors.New("disk full")
		if _, err := o.server.Receive(ses.Addressed([]byte(letter))); !errors.Is(err, o.fails) || ses.IsRefusal(err) || len(o.told) != 0 {
			t.Errorf("%v, told %v", err, o.told)
		}
	})
	t.Run("takes 40 MB and not more", func(t *testing.T) {
		o := receiving(t)
		for size, taken := range map[int]bool{40 << 20: true, 40<<20 + 1: false} {
			_, err := o.server.Receive(ses.Inbound{Raw: make([]byte, size), To: []string{"b@reply.example.com"}})
			if taken != (err == nil) || !taken && !ses.IsRefusal(err) {
				t.Errorf("%d bytes: %v", size, err)
			}
		}
	})
	t.Run("reads no envelope from what is no mail", func(t *testing.T) {
		if in := ses.Addressed([]byte("\x00\x01")); in.From != "" || len(in.To) != 0 {
			t.Errorf("%+v", in)
		}
	})
}
