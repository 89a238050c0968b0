package dynamo_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	local "github.com/callsheet/callsheet/infra/local/dynamodb"
	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
	"github.com/callsheet/callsheet/shared/dynamo"
	"github.com/callsheet/callsheet/shared/dynamo/item"
	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/link"
	"github.com/callsheet/callsheet/shared/notice"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// spine is one project from draft to credit with 20 invited pros, run by the job itself on the embedded DynamoDB.
type spine struct {
	written recorder
	engine  *local.Store
	service *project.Service
	ids     int
	now     time.Time
	reply   any // what the last request came to
	mails   atomic.Int32
}

var (
	lea    = party.Actor{ID: "lea", Roles: []lifecycle.Role{party.Agent}}
	client = party.Actor{ID: "5b1f0c9e-0000-4a7e-9d55-00000000c11e", Roles: []lifecycle.Role{party.Client}}
	book   = policy.Editions()
)

func newSpine(t *testing.T) *spine {
	client, engine := embedded(t)
	rec := recorder{client, map[string]int{}}
	r := &spine{written: rec, engine: engine, now: noon}
	r.service = &project.Service{
		Store: dynamo.New(rec, table), Policies: book, Files: world{}, Pause: func(context.Context, int) {},
		NewID: func(prefix string) string { r.ids++; return fmt.Sprintf("%s_01JBK9ZQ3V%016d", prefix, r.ids) },
	}
	return r
}

// answer weighs as much as those of the samples in events/ do on average when they are packed.
var answer = func() []byte {
	packed := make([]byte, 740)
	_, _ = rand.NewChaCha8([32]byte{}).Read(packed) // never fails
	return packed
}()

// ask is one request with its key, which the edge makes as long.
func (r *spine) ask(by party.Actor) project.Ask {
	r.now = r.now.Add(time.Minute)
	return project.Ask{
		By: by, Channel: "http", Now: r.now, Trace: "Root=1-67891233-abcdef012345678912345678", Once: store.Once{ID: fmt.Sprintf("%032d", r.ids), Fingerprint: strings.Repeat("f", 16), Keep: 24 * time.Hour},
		Answer: func(outcome any) (store.Reply, error) {
			r.reply = outcome
			return store.Reply{Status: 201, Body: answer, ETag: `"1"`}, nil
		},
	}
}

// units is what do costs.
func (r *spine) units(t *testing.T, do func() error) (reads, writes float64) {
	t.Helper()
	r.engine.ResetUsage()
	if err := do(); err != nil {
		t.Fatal(err)
	}
	used := r.engine.Usage()
	return used.ReadUnits, used.WriteUnits
}

const invited = 20

// world is the bucket in which every upload has arrived.
type world struct{}

func (world) Stored(_ context.Context, key string) (project.File, bool, error) {
	return project.File{Name: "spring-film-es.srt", Size: 48_213, SHA256: strings.Repeat("A", 43) + "="}, true, nil
}

func (world) Put(context.Context, string, project.File, []byte) error { return nil }

func (world) Keep(context.Context, string) error { return nil }

// tell tells people of what has just happened, as the stream would have it done.
func (r *spine) tell(ctx context.Context) error {
	unsent, err := r.service.Store.Unsent(ctx, r.now, 10, nil)
	failed := []error{err}
	for _, e := range unsent.Items {
		signer := link.New(r.service.Store, func() []byte { return make([]byte, 32) })
		failed = append(failed, notice.Teller{Store: r.service.Store, Send: r, Policies: book, Site: site, Link: signer.Invitation, Token: signer.ReplyToken}.Tell(ctx, e, r.now))
	}
	return errors.Join(failed...)
}

var site = notice.Site{
	Name: "Callsheet", URL: "https://callsheet.example.com", Support: "https://callsheet.example.com/community", From: "team@callsheet.example.com", ReplyTo: "reply@reply.callsheet.example.com",
}

// Send accepts every mail, under a name as long as those of SES.
func (r *spine) Send(context.Context, notice.Message) (string, error) {
	return fmt.Sprintf("0102018c%052d", r.mails.Add(1)), nil
}

// play takes a project from the draft to the credited reward, with one rejection by QC, and tells what its steps cost, and
// their mails.
func (r *spine) play(t *testing.T) (total, mails float64) {
	ctx, s := t.Context(), r.service
	qc := party.Actor{ID: "5b1f0c9e-0000-4a7e-9d55-000000000c0c", Roles: []lifecycle.Role{party.QC}}
	ana := party.Actor{ID: r.pro(0), Roles: []lifecycle.Role{party.Pro}}
	brief := project.Brief{
		Client: client.ID, Type: project.Speedy, Category: "translation", Title: "Subtitles of the spring film, EN to ES",
		Text:   "Translate the attached script of 12 minutes. Keep names as they are; at most 42 characters a line.",
		Assets: []project.Asset{{Name: "script.docx", URL: "https://files.example.com/spring/script.docx"}},
		Reward: ledger.Money{Minor: 12500, Currency: "USD"}, DeliverBy: noon.Add(96 * time.Hour), Seats: 1,
	}
	var p project.Project
	var round project.Round
	var a project.Assignment
	on := func(do func(context.Context, project.Ask, string) (store.Reply, error), by party.Actor) func() error {
		return func() error { _, err := do(ctx, r.ask(by), a.ID); return err }
	}
	claim := func() error { ask := r.ask(qc); ask.Once = store.Once{}; _, err := s.Claim(ctx, ask, a.ID); return err }
	submit := func() error {
		_, err := s.Submit(ctx, r.ask(ana), a.ID, project.Submission{Uploads: []string{"fil_01JBK9ZQ3V0000000000000009"}, Note: "Here it is."})
		return err
	}
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"create and publish", func() error { _, err := s.Create(ctx, r.ask(lea), brief, true); return err }},
		{"invite 20", func() error { _, err := s.Invite(ctx, r.ask(lea), p.ID, r.guests(), time.Time{}); return err }},
		{"accept", func() error {
			i, _ := round.Find(project.InvitationID(round.ID, 0), p)
			_, err := s.Accept(ctx, r.ask(ana), i.ID, project.TermsOf(i, book.Current()).Seen)
			return err
		}},
		{"submit", submit},
		{"claim", claim},
		{"request a revision", func() error {
			_, err := s.Revise(ctx, r.ask(qc), a.ID, []project.Comment{{Text: "Line 12 is too long."}, {Text: "The brand name must stay in English."}})
			return err
		}},
		{"submit again", submit},
		{"claim again", claim},
		{"pass", on(s.Pass, qc)},
		{"approve", on(s.Approve, client)},
		{"credit", func() error { return r.credit(ctx, project.RewardID(a.ID), ana.ID) }},
	} {
		reads, writes := r.units(t, step.do)
		mailReads, mailWrites := r.units(t, func() error { return r.tell(ctx) })
		t.Logf("%-20s %4g write units %4g read units, its mails %4g and %4g", step.name, writes, reads, mailWrites, mailReads)
		total, mails = total+writes, mails+mailWrites
		switch reply := r.reply.(type) {
		case project.Told:
			p = reply.Project
		case project.Sent:
			p, round = reply.Project, reply.Round
		case project.Held:
			a = reply.Assignment
		}
	}
	return total, mails
}

func (r *spine) credit(ctx context.Context, reward, pro string) error {
	r.now = r.now.Add(book.Current().RewardHold)
	ask := r.ask(party.TimerActor)
	ask.Once = store.Once{}
	ref := store.Ref{Kind: store.Reward, ID: reward, Owner: pro}
	_, err := r.service.Fire(ctx, ask, store.Alarm{Ref: ref, Kind: ledger.ReleaseDeadline, Entry: 2})
	return err
}

func (r *spine) pro(n int) string { return fmt.Sprintf("5b1f0c9e-0000-4a7e-9d55-%012d", n) }

func (r *spine) guests() []project.Guest {
	var guests []project.Guest
	for n := range invited {
		guests = append(guests, project.Guest{Pro: r.pro(n)})
	}
	return guests
}

// enrol keeps a profile of the client and of every pro.
func (r *spine) enrol(t *testing.T) {
	t.Helper()
	people := map[string]lifecycle.Role{client.ID: party.Client}
	for n := range invited {
		people[r.pro(n)] = party.Pro
	}
	for id, role := range people {
		p := party.Profile{
			ID: id, Version: 1, Roles: []lifecycle.Role{role}, Active: true,
			Contact: party.Contact{Name: "Ana Núñez", Email: "ana.nunez." + id + "@example.com", Language: "es", Zone: "Europe/Madrid"},
		}
		if err := r.service.Store.Commit(t.Context(), store.Change{Records: []store.Record{p}}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestBudget(t *testing.T) {
	r := newSpine(t)
	r.enrol(t)
	total, mails := r.play(t)
	t.Run("a project with 20 invited and one rejection costs at most 120 write units before its mails", func(t *testing.T) {
		t.Logf("%g write units", total)
		if total > 120 {
			t.Errorf("%g write units", total)
		}
	})
	t.Run("with its 25 mails it costs at most 150", func(t *testing.T) {
		t.Logf("%g write units, %g of them for %d mails", total+mails, mails, r.mails.Load())
		if total+mails > 150 || r.mails.Load() != 25 {
			t.Errorf("%g write units, %d mails", total+mails, r.mails.Load())
		}
	})
	for kind, most := range map[string]int{
		"profile": 1, "project": 1, "assignment": 1, "reward": 1, "entry": 1, "event": 2, "request": 2, "round": 4,
	} {
		t.Run(fmt.Sprintf("a row of kind %s weighs at most %d KB", kind, most), func(t *testing.T) {
			size, ok := r.written.largest[kind]
			t.Logf("%d bytes", size)
			if !ok || size > most*1024 {
				t.Errorf("%d bytes", size)
			}
		})
	}
}

// recorder weighs every item that is written, as DynamoDB counts it.
type recorder struct {
	dynamo.Client
	largest map[string]int
}

func (r recorder) BatchWriteItem(ctx context.Context, in *dynamodb.BatchWriteItemInput, o ...func(*dynamodb.Options)) (*dynamodb.BatchWriteItemOutput, error) {
	return r.Client.(dynamo.BatchClient).BatchWriteItem(ctx, in, o...)
}

func (r recorder) TransactWriteItems(ctx context.Context, in *dynamodb.TransactWriteItemsInput, o ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error) {
	for _, w := range in.TransactItems {
		raw, err := attributevalue.MarshalMapJSON(w.Put.Item)
		if err != nil {
			return nil, err
		}
		var counted attribute.Map
		if err := json.Unmarshal(raw, &counted); err != nil {
			return nil, err
		}
		kind := item.Text(w.Put.Item, item.Kind)
		r.largest[kind] = max(r.largest[kind], attribute.Size(counted))
	}
	return r.Client.TransactWriteItems(ctx, in, o...)
}
