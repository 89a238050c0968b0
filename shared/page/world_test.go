package page_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/clock"
	"github.com/callsheet/callsheet/infra/local/dynamodb"
	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
	"github.com/callsheet/callsheet/shared/dynamo"
	"github.com/callsheet/callsheet/shared/dynamo/item"
	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/page"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

var noon = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

var (
	client = party.Actor{ID: "clara", Roles: []lifecycle.Role{party.Client}}
	agent  = party.Actor{ID: "abel", Roles: []lifecycle.Role{party.Agent}}
)

// The pros, with their languages and zones. Each is offered another reward, in this order.
var pros = []party.Profile{
	{ID: "ann", Roles: []lifecycle.Role{party.Pro, party.Agent}, Contact: party.Contact{Name: "Ann", Email: "ann@example.com", Language: "en", Zone: "Europe/London"}},
	{ID: "eva", Roles: []lifecycle.Role{party.Pro}, Contact: party.Contact{Name: "Eva", Email: "eva@example.com", Language: "es", Zone: "America/Bogota"}},
	{ID: "cem", Roles: []lifecycle.Role{party.Pro}, Contact: party.Contact{Name: "Cem", Email: "cem@example.com", Language: "en", Zone: "Asia/Kathmandu"}},
}

// world is the pages over the local cloud's table and clock, without processes in between.
type world struct {
	t      *testing.T
	db     *bolt.DB
	clock  *clock.Clock
	store  *dynamo.Store
	pages  page.Service
	serve  func(context.Context, handler.Request) (handler.Response, error)
	ids    atomic.Int64
	logged safeBuffer

	project string
	links   map[string]string // paths by pro
	invited map[string]string // invitations by pro
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// use starts the function anew over a table.
func (w *world) use(table store.Store) {
	w.pages = page.New(table, w)
	w.serve = handler.Pages(handler.Edge{Now: w.Now, Log: slog.New(slog.NewTextHandler(&w.logged, nil)), Margin: time.Second}, w.pages.Front(), w.pages.Pages()...)
}

// brief is what the pros are invited to; change may alter it.
func brief(change ...func(*project.Brief)) project.Brief {
	b := project.Brief{
		Client: client.ID, Type: project.Speedy, Category: "translation", Title: "Museum audio guide",
		Text:   "Forty short texts for visitors.\nKeep the warm tone.",
		Assets: []project.Asset{{Name: "source texts", URL: "https://client.example.com/texts.zip?v=1&lang=en"}, {Name: "glossary"}},
		Reward: ledger.Money{Minor: 12000, Currency: "USD"}, DeliverBy: noon.Add(5 * 24 * time.Hour), Seats: 1,
	}
	for _, c := range change {
		c(&b)
	}
	return b
}

// newWorld has a project to which all pros are invited.
func newWorld(t *testing.T, b project.Brief) *world {
	t.Helper()
	w := &world{t: t, links: map[string]string{}, invited: map[string]string{}}
	w.open()
	w.use(w.store)
	var guests []project.Guest
	for i, p := range pros {
		w.put(p, true)
		guests = append(guests, project.Guest{Pro: p.ID, Reward: &ledger.Money{Minor: 11000 + int64(i)*777, Currency: "USD"}})
	}
	w.did(w.pages.Jobs.Create(t.Context(), w.ask(client, func(outcome any) { w.project = outcome.(project.Told).Project.ID }), b, true))
	w.did(w.pages.Jobs.Invite(t.Context(), w.ask(agent, func(outcome any) {
		round := outcome.(project.Sent).Round
		for i, line := range round.Lines {
			w.invited[line.Pro] = project.InvitationID(round.ID, i)
		}
	}), w.project, guests, time.Time{}))
	for pro, id := range w.invited {
		path, err := w.pages.Links.Invitation(t.Context(), id, pro)
		if err != nil {
			t.Fatal(err)
		}
		w.links[pro] = path
	}
	return w
}

func (w *world) open() {
	w.t.Helper()
	must := func(err error) {
		w.t.Helper()
		if err != nil {
			w.t.Fatal(err)
		}
	}
	var err error
	w.db, err = bolt.Open(filepath.Join(w.t.TempDir(), "state.db"), 0o600, &bolt.Options{NoSync: true, NoFreelistSync: true})
	must(err)
	w.clock, err = clock.Open(w.db, noon, true)
	must(err)
	engine, err := dynamodb.Open(w.db, w.clock)
	must(err)
	key := func(partition, sort string) dynamodb.Key {
		return dynamodb.Key{Partition: dynamodb.KeyAttribute{Name: partition, Type: attribute.StringKind}, Sort: dynamodb.KeyAttribute{Name: sort, Type: attribute.StringKind}}
	}
	must(engine.CreateTable(dynamodb.TableSpec{
		Name: "callsheet", ARN: "arn:aws:dynamodb:us-east-1:000000000000:table/callsheet", Key: key(item.PK, item.SK), TTLAttribute: item.TTL,
		Indexes: []dynamodb.Index{
			{Name: item.DueIndex, Key: key(item.DuePK, item.DueSK), Projection: dynamodb.KeysOnly},
			{Name: item.ListIndex, Key: key(item.ListPK, item.ListSK), Projection: dynamodb.KeysOnly},
			{Name: item.QueueIndex, Key: key(item.QueuePK, item.QueueSK), Projection: dynamodb.KeysOnly},
		},
	}))
	server := httptest.NewServer(engine)
	w.t.Cleanup(func() {
		server.Close()
		if err := w.db.Close(); err != nil {
			w.t.Error(err)
		}
	})
	w.store = dynamo.New(sdk.NewFromConfig(aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(server.URL), Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
	}), "callsheet")
}

// Now, Need, NewID, NewKey and Pause make the world the pages' environment.
func (w *world) Now(context.Context) (time.Time, error) { return w.clock.Now(), nil }
func (w *world) NewID(prefix string) string             { return fmt.Sprintf("%s_%026d", prefix, w.ids.Add(1)) }
func (w *world) NewKey() []byte                         { return []byte("a key of thirty-two bytes, fixed") }
func (w *world) Pause(context.Context, int)             {}
func (w *world) Need(name string) string {
	return map[string]string{"SITE_NAME": "Callsheet", "SUPPORT_URL": "https://callsheet.example.com/community"}[name]
}

// put writes a pro's profile, again if it is there.
func (w *world) put(p party.Profile, active bool) {
	w.t.Helper()
	had, err := store.Is[party.Profile](w.store.Get(w.t.Context(), p.Ref(), store.Fresh))
	if err == nil {
		p.Version = had.Version
	}
	p.Version, p.Active = p.Version+1, active
	if err := w.store.Commit(w.t.Context(), store.Change{Records: []store.Record{p}}); err != nil {
		w.t.Fatal(err)
	}
}

// ask is what somebody wants of the jobs, signed in.
func (w *world) ask(by party.Actor, look func(outcome any)) project.Ask {
	return project.Ask{By: by, Channel: "http", Now: w.clock.Now(), Answer: func(outcome any) (store.Reply, error) {
		if look != nil {
			look(outcome)
		}
		return store.Reply{}, nil
	}}
}

func (w *world) did(_ store.Reply, err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) advance(d time.Duration) {
	w.t.Helper()
	if _, err := w.clock.Advance(w.t.Context(), d); err != nil {
		w.t.Fatal(err)
	}
}

// visit sends a request to the path of a link; change may alter it.
func (w *world) visit(method, path string, change ...func(*handler.Request)) handler.Response {
	w.t.Helper()
	parts := strings.Split(path, "/")
	r := handler.Request{RawPath: path, Headers: map[string]string{}}
	switch {
	case len(parts) == 4 && parts[1] == "invitations":
		r.RouteKey, r.PathParameters = method+" /invitations/{invitationId}/{key}", map[string]string{"invitationId": parts[2], "key": parts[3]}
	case len(parts) == 6 && parts[1] == "help":
		r.RouteKey = method + " /help/{reference}/{proId}/{until}/{key}"
		r.PathParameters = map[string]string{"reference": parts[2], "proId": parts[3], "until": parts[4], "key": parts[5]}
	default:
		w.t.Fatalf("%q is not the path of a link", path)
	}
	r.RequestContext.HTTP.Method = method
	for _, c := range change {
		c(&r)
	}
	resp, err := w.serve(lambdacontext.NewContext(w.t.Context(), &lambdacontext.LambdaContext{AwsRequestID: "req-1"}), r)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp
}

func (w *world) get(path string) handler.Response { w.t.Helper(); return w.visit("GET", path) }

// post sends a form as API Gateway passes it on.
func (w *world) post(path, form string) handler.Response {
	w.t.Helper()
	return w.visit("POST", path, func(r *handler.Request) {
		r.Headers["content-type"] = "application/x-www-form-urlencoded"
		r.Body, r.IsBase64Encoded = base64.StdEncoding.EncodeToString([]byte(form)), true
	})
}

var hidden = regexp.MustCompile(`name="terms" type="hidden" value="([^"]+)"`)

// form is what a browser sends when the button is pressed on the open page.
func (w *world) form(pro, do string) string {
	w.t.Helper()
	found := hidden.FindStringSubmatch(w.get(w.links[pro]).Body)
	if found == nil {
		w.t.Fatalf("the page of %s has no form", pro)
	}
	return url.Values{"do": {do}, "terms": {found[1]}}.Encode()
}

// press is a click on the button of the open page.
func (w *world) press(pro, do string) handler.Response {
	w.t.Helper()
	return w.post(w.links[pro], w.form(pro, do))
}

// seats are the seats that are taken.
func (w *world) seats() []project.Seat {
	w.t.Helper()
	p, err := store.Is[project.Project](w.store.Get(w.t.Context(), store.Ref{Kind: store.Project, ID: w.project}, store.Fresh))
	if err != nil {
		w.t.Fatal(err)
	}
	var taken []project.Seat
	for _, s := range p.Seats {
		if s.Assignment != "" {
			taken = append(taken, s)
		}
	}
	return taken
}

// digest sums up everything that is kept.
func (w *world) digest() string {
	w.t.Helper()
	h := sha256.New()
	var walk func(b *bolt.Bucket) error
	walk = func(b *bolt.Bucket) error {
		return b.ForEach(func(k, v []byte) error {
			fmt.Fprintf(h, "%d:%s%d:%s", len(k), k, len(v), v)
			if v == nil {
				return walk(b.Bucket(k))
			}
			return nil
		})
	}
	err := w.db.View(func(tx *bolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bolt.Bucket) error { h.Write(name); return walk(b) })
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// unchanged runs f and fails when anything kept has changed.
func (w *world) unchanged(t *testing.T, f func()) {
	t.Helper()
	before := w.digest()
	f()
	if w.digest() != before {
		t.Error("something was written")
	}
}

// says checks status and words of an answer.
func says(t *testing.T, r handler.Response, status int, words ...string) {
	t.Helper()
	if r.StatusCode != status {
		t.Errorf("status %d, want %d", r.StatusCode, status)
	}
	for _, word := range words {
		if !strings.Contains(r.Body, word) {
			t.Errorf("lacks %q in %s", word, r.Body)
		}
	}
}

// done checks that an answer leads back to the page.
func done(t *testing.T, r handler.Response, path string) {
	t.Helper()
	if r.StatusCode != http.StatusSeeOther || r.Headers["location"] != path || r.Body != "" {
		t.Errorf("%d to %q: %s", r.StatusCode, r.Headers["location"], r.Body)
	}
}

var keep = policy.Editions().Current().IdempotencyKeep
