package local

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"sort"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"

	"github.com/callsheet/callsheet/infra/local/console"
	"github.com/callsheet/callsheet/infra/local/ses"
	"github.com/callsheet/callsheet/shared/dynamo/item"
	"github.com/callsheet/callsheet/shared/help"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// view tells the console what is in the cloud, and takes in the mail that it hands over.
type view struct{ cloud *Cloud }

// Mails lists the inbox.
func (v view) Mails(to, subject string) ([]console.MailSummary, error) {
	found, err := v.cloud.Mail.Messages(ses.Filter{To: to, Subject: subject})
	list := []console.MailSummary{}
	for _, m := range found {
		list = append(list, summary(m))
	}
	return list, err
}

// Mail opens one.
func (v view) Mail(id string) (console.Mail, error) {
	m, err := v.cloud.Mail.Message(id)
	if errors.Is(err, ses.ErrNotFound) {
		return console.Mail{}, console.ErrNotFound
	}
	if err != nil {
		return console.Mail{}, err
	}
	mail := console.Mail{MailSummary: summary(m), Header: m.Header, Tags: m.Tags, Text: m.Text, HTML: m.HTML, Source: m.Raw}
	for _, a := range m.Attachments {
		mail.Attachments = append(mail.Attachments, console.Attachment(a))
	}
	return mail, nil
}

// Deliver takes mail in as SES would.
func (v view) Deliver(raw []byte, from *string, to []string, verdicts map[string]string) (string, error) {
	in := ses.Addressed(raw)
	in.Verdicts = verdicts
	if from != nil {
		in.From = *from
	}
	if len(to) > 0 {
		in.To = to
	}
	id, err := v.cloud.Mail.Receive(in)
	if errors.Is(err, ses.ErrNoRule) || ses.IsRefusal(err) {
		return "", &console.Refused{Reason: err.Error()}
	}
	return id, err
}

func summary(m ses.Message) console.MailSummary {
	return console.MailSummary{ID: m.ID, At: m.At, From: m.From, Recipients: m.Recipients, Subject: m.Subject}
}

// Timelines lists projects, assignments, flags and questions with everything that happened to them.
func (v view) Timelines() ([]console.Timeline, error) {
	byRecord := map[string]*console.Timeline{}
	of := func(ref store.Ref) *console.Timeline {
		t, ok := byRecord[ref.String()]
		if !ok {
			t = &console.Timeline{Record: ref.ID, Entries: []console.Entry{}}
			byRecord[ref.String()] = t
		}
		return t
	}
	err := v.walk(func(i item.Item) error {
		if item.IsEvent(i) {
			e, err := item.DecodeEvent(i)
			if err == nil && e.Subject.Kind != store.Profile {
				t := of(e.Subject)
				t.Entries = append(t.Entries, console.Entry{At: e.At, Who: e.Actor, Role: string(e.Role), Channel: e.Channel, Action: string(e.Action)})
			}
			return err
		}
		record, err := item.DecodeRecord(i)
		if err != nil {
			return nil // not a record: a request, a mark, an entry or a key
		}
		switch r := record.(type) {
		case project.Project:
			of(r.Ref()).Title, of(r.Ref()).State = r.Title, string(r.Progress.State)
		case project.Assignment:
			of(r.Ref()).Title, of(r.Ref()).State = r.Terms.Title, string(r.Progress.State)
		case help.Flag:
			of(r.Ref()).Title, of(r.Ref()).State = r.Subject.Title, string(r.Progress.State)
		case help.Question:
			of(r.Ref()).Title, of(r.Ref()).State = r.Title, string(r.Progress.State)
		}
		return nil
	})
	list := []console.Timeline{}
	for _, record := range slices.Sorted(maps.Keys(byRecord)) {
		t := byRecord[record]
		sort.SliceStable(t.Entries, func(a, b int) bool { return t.Entries[a].At.Before(t.Entries[b].At) })
		list = append(list, *t)
	}
	return list, err
}

// Deadlines lists what will fire, soonest first.
func (v view) Deadlines() ([]console.Deadline, error) {
	list := []console.Deadline{}
	err := v.walk(func(i item.Item) error {
		record, err := item.DecodeRecord(i)
		if err != nil {
			return nil // not a record
		}
		if d, ok := record.(store.Deadlined); ok {
			for _, due := range d.Standing().Deadlines {
				list = append(list, console.Deadline{Record: d.Ref().ID, Kind: due.Kind, Due: due.At})
			}
		}
		return nil
	})
	sort.SliceStable(list, func(a, b int) bool { return list[a].Due.Before(list[b].Due) })
	return list, err
}

func (v view) walk(visit func(item.Item) error) error {
	return v.cloud.Database.Walk(v.cloud.Table, func(raw json.RawMessage) error {
		i, err := attributevalue.UnmarshalMapJSON(raw)
		if err != nil {
			return err
		}
		return visit(i)
	})
}

// Functions tells how each function is doing.
func (v view) Functions() ([]console.Function, error) {
	stats := v.cloud.Lambda.Stats()
	list := []console.Function{}
	for _, name := range slices.Sorted(maps.Keys(stats)) {
		lines, err := v.cloud.Lambda.Log(name)
		if err != nil {
			return nil, err
		}
		s := stats[name]
		list = append(list, console.Function{Name: name, Invocations: s.Invocations, ColdStarts: s.ColdStarts, Errors: s.Errors, Log: lines})
	}
	return list, nil
}

// Usage counts what an account would be billed for.
func (v view) Usage() (console.Usage, error) {
	var u console.Usage
	for _, r := range v.cloud.Gateway.Stats() {
		u.Requests += r.Requests
	}
	for _, s := range v.cloud.Lambda.Stats() {
		u.Invocations += s.Invocations
	}
	units := v.cloud.Database.Usage()
	u.ReadUnits, u.WriteUnits = units.ReadUnits, units.WriteUnits
	u.Transitions = v.cloud.Machines.Usage().Transitions
	mails, err := v.cloud.Mail.Usage()
	u.Mails = mails.Sends
	return u, err
}
