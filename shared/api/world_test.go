package api_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
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
	"github.com/callsheet/callsheet/infra/local/s3"
	"github.com/callsheet/callsheet/shared/api"
	"github.com/callsheet/callsheet/shared/directory"
	"github.com/callsheet/callsheet/shared/dynamo"
	"github.com/callsheet/callsheet/shared/dynamo/item"
	"github.com/callsheet/callsheet/shared/files"
	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/link"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

var noon = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

const region = "us-east-1"

// The people of the tests. Their names are canaries: none is a word of the contract.
const (
	winner    = "ada-wins"     // a pro who is invited and takes the seat
	loser     = "bob-loses"    // a pro who is invited and comes too late
	stranger  = "eve-uninvted" // a pro who is not invited
	double    = "dot-double"   // a pro who is also in quality control
	client    = "cli-orders"
	otherCli  = "oth-orders"
	reviewer  = "kim-reviews"
	reviewer2 = "lou-reviews"
	agent     = "ann-agent"
	lead      = "lee-lead"
	admin     = "max-admin"
	former    = "fay-former" // an agent whose account is disabled
	unknown   = "uwe-unknown"
)

var roles = map[string][]lifecycle.Role{
	winner: {party.Pro}, loser: {party.Pro}, stranger: {party.Pro}, double: {party.Pro, party.QC}, client: {party.Client}, otherCli: {party.Client},
	reviewer: {party.QC}, reviewer2: {party.QC}, agent: {party.Agent}, lead: {party.Lead}, admin: {party.Admin}, former: {party.Agent},
}

// world is the whole HTTP contract over the local cloud's table, bucket and clock, without processes in between.
type world struct {
	t      *testing.T
	db     *bolt.DB
	clock  *clock.Clock
	store  *dynamo.Store
	bucket *files.Bucket
	jobs   *project.Service                                                            // behind the routes
	serve  map[string]func(context.Context, handler.Request) (handler.Response, error) // by route
	spec   map[string]handler.Endpoint
	ids    atomic.Int64
	heard  []answer // everything that anybody was answered
}

// answer is a response, to whom, and on what.
type answer struct {
	t       *testing.T
	to      string
	request string
	handler.Response
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, serve: map[string]func(context.Context, handler.Request) (handler.Response, error){}, spec: map[string]handler.Endpoint{}}
	w.open()
	w.routes()
	for id, held := range roles {
		profile := party.Profile{ID: id, Version: 1, Roles: held, Active: id != former, UpdatedAt: noon, Contact: party.Contact{
			Name: "Name of " + id, Email: id + "@example.com", Language: "en", Zone: "UTC",
		}}
		if err := w.store.Commit(t.Context(), store.Change{Records: []store.Record{profile}}); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// open starts table, bucket and clock.
func (w *world) open() {
	w.t.Helper()
	must := func(err error) {
		w.t.Helper()
		if err != nil {
			w.t.Fatal(err)
		}
	}
	folder := w.t.TempDir()
	var err error
	w.db, err = bolt.Open(filepath.Join(folder, "state.db"), 0o600, &bolt.Options{NoSync: true, NoFreelistSync: true})
	must(err)
	w.clock, err = clock.Open(w.db, noon, true)
	must(err)
	engine, err := dynamodb.Open(w.db, w.clock)
	must(err)
	key := func(partition, sort string) dynamodb.Key {
		return dynamodb.Key{Partition: dynamodb.KeyAttribute{Name: partition, Type: attribute.StringKind}, Sort: dynamodb.KeyAttribute{Name: sort, Type: attribute.StringKind}}
	}
	must(engine.CreateTable(dynamodb.TableSpec{
		Name: "callsheet", ARN: "arn:aws:dynamodb:" + region + ":000000000000:table/callsheet", Key: key(item.PK, item.SK), TTLAttribute: item.TTL,
		Indexes: []dynamodb.Index{
			{Name: item.DueIndex, Key: key(item.DuePK, item.DueSK), Projection: dynamodb.KeysOnly},
			{Name: item.ListIndex, Key: key(item.ListPK, item.ListSK), Projection: dynamodb.KeysOnly},
			{Name: item.QueueIndex, Key: key(item.QueuePK, item.QueueSK), Projection: dynamodb.KeysOnly},
		},
	}))
	objects, err := s3.Open(s3.Config{DB: w.db, Clock: w.clock, Folder: filepath.Join(folder, "objects"), Region: region,
		Secret: func(string) (string, bool) { return "local", true }})
	must(err)
	must(objects.CreateBucket("files"))
	table, bucket := httptest.NewServer(engine), httptest.NewServer(objects)
	w.t.Cleanup(func() {
		table.Close()
		bucket.Close()
		if err := w.db.Close(); err != nil {
			w.t.Error(err)
		}
	})
	cfg := aws.Config{Region: region, Credentials: credentials.NewStaticCredentialsProvider("local", "local", "")}
	cfg.BaseEndpoint = aws.String(bucket.URL)
	w.bucket = files.Open(cfg, "files", bucket.Client(), w.Now)
	cfg.BaseEndpoint = aws.String(table.URL)
	w.store = dynamo.New(sdk.NewFromConfig(cfg), "callsheet")
}

// routes serves every endpoint of the contract as its function does.
func (w *world) routes() {
	w.jobs = api.Jobs(w.store, w, w.bucket)
	jobs, cursors := w.jobs, api.Cursors(w.store, w)
	people := &directory.Service{Store: w.store, NewID: w.NewID, Pause: w.Pause}
	desk := api.Help(w.store, w, jobs, w.bucket)
	edge := api.Edge(w.store, w, slog.New(slog.DiscardHandler))
	for _, endpoints := range [][]handler.Endpoint{
		api.Projects(jobs, cursors), api.Invite(jobs), api.Accept(jobs), api.Upload(jobs, w.bucket), api.QC(jobs, w.bucket, cursors),
		api.Review(jobs, w.bucket), api.Changes(jobs), api.Seats(jobs), api.Rewards(jobs, cursors), api.Decisions(jobs, cursors), api.Lists(jobs, cursors), api.Quarantine(jobs, cursors), api.Profiles(people),
		api.Messages(jobs, w.bucket, cursors), api.RequestHelp(desk, jobs, w.bucket, cursors),
		api.Desk(desk, link.New(w.store, w.NewKey), "https://pages.example.com", cursors),
	} {
		serve := handler.HTTP(edge, endpoints...)
		for _, e := range endpoints {
			w.serve[e.Route], w.spec[e.Route] = serve, e
		}
	}
	if len(w.serve) != len(api.Routes()) {
		w.t.Fatalf("%d routes are served, the contract has %d", len(w.serve), len(api.Routes()))
	}
}

// Now, NewID, NewKey and Pause make the world an api.Environment.
func (w *world) Now(context.Context) (time.Time, error) { return w.clock.Now(), nil }
func (w *world) NewID(prefix string) string             { return fmt.Sprintf("%s_%026d", prefix, w.ids.Add(1)) }
func (w *world) NewKey() []byte                         { return []byte("a key of thirty-two bytes, fixed") }
func (w *world) Pause(context.Context, int)             {}

func (w *world) advance(d time.Duration) {
	w.t.Helper()
	if _, err := w.clock.Advance(w.t.Context(), d); err != nil {
		w.t.Fatal(err)
	}
}

// call sends a request as a person; headers come in pairs. What the route needs by its contract and is not given, a fresh
// Idempotency-Key, is added.
func (w *world) call(who, method, path string, body any, headers ...string) answer {
	w.t.Helper()
	path, query, _ := strings.Cut(path, "?")
	route, params := w.match(method, path)
	r := handler.Request{RouteKey: route, RawPath: path, RawQueryString: query, PathParameters: params, Headers: map[string]string{}}
	r.RequestContext.HTTP.Method = method
	r.RequestContext.Authorizer.Lambda.Subject = who
	switch b := body.(type) {
	case nil:
	case string:
		r.Body = b
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			w.t.Fatal(err)
		}
		r.Body = string(raw)
	}
	r.Headers["content-type"] = "application/json"
	if w.spec[route].Once {
		r.Headers["idempotency-key"] = "key-" + strconv.FormatInt(w.ids.Add(1), 10)
	}
	for pair := range slices.Chunk(headers, 2) {
		r.Headers[pair[0]] = pair[1]
		if pair[1] == "" {
			delete(r.Headers, pair[0])
		}
	}
	resp, err := w.serve[route](lambdacontext.NewContext(w.t.Context(), &lambdacontext.LambdaContext{AwsRequestID: "req-1"}), r)
	if err != nil {
		w.t.Fatal(err)
	}
	return answer{w.t, who, method + " " + path, resp}
}

// ask is call, and remembers the answer.
func (w *world) ask(who, method, path string, body any, headers ...string) answer {
	w.t.Helper()
	a := w.call(who, method, path, body, headers...)
	w.heard = append(w.heard, a)
	return a
}

// match finds a path's route as the gateway does, and its parameters, decoded.
func (w *world) match(method, path string) (route string, params map[string]string) {
	w.t.Helper()
	have := strings.Split(path, "/")
	for route := range w.serve {
		verb, template, _ := strings.Cut(route, " ")
		want := strings.Split(template, "/")
		if verb != method || len(want) != len(have) {
			continue
		}
		params, fits := map[string]string{}, true
		for i := range want {
			if name, ok := strings.CutPrefix(want[i], "{"); ok {
				value, err := url.PathUnescape(have[i])
				if err != nil {
					w.t.Fatal(err)
				}
				params[strings.TrimSuffix(name, "}")] = value
			} else {
				fits = fits && want[i] == have[i]
			}
		}
		if fits {
			return route, params
		}
	}
	w.t.Fatalf("no route for %s %s", method, path)
	return "", nil
}

// want checks the status and gives the body.
func (a answer) want(status int) map[string]any {
	a.t.Helper()
	if a.StatusCode != status {
		a.t.Fatalf("%s by %s: %d, want %d: %s", a.request, a.to, a.StatusCode, status, a.Body)
	}
	var body map[string]any
	if strings.HasPrefix(a.Headers["content-type"], "text/csv") {
		return nil
	}
	if err := json.Unmarshal([]byte(a.Body), &body); err != nil {
		a.t.Fatalf("%s: %v: %s", a.request, err, a.Body)
	}
	return body
}

// refused checks that the answer is a problem document with one of the codes.
func (a answer) refused(status int, codes ...string) map[string]any {
	a.t.Helper()
	body := a.want(status)
	if a.Headers["content-type"] != "application/problem+json" || len(codes) > 0 && !slices.Contains(codes, fmt.Sprint(body["code"])) {
		a.t.Fatalf("%s by %s: %s, want code %v: %s", a.request, a.to, a.Headers["content-type"], codes, a.Body)
	}
	return body
}

// pointers lists what a problem document says is wrong.
func pointers(body map[string]any) []string {
	var at []string
	list, _ := body["errors"].([]any)
	for _, e := range list {
		at = append(at, fmt.Sprint(e.(map[string]any)["pointer"]))
	}
	return at
}

// digest sums up everything that is kept: table, bucket and clock.
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

func sum(content string) string {
	s := sha256.Sum256([]byte(content))
	return base64.StdEncoding.EncodeToString(s[:])
}

func md5Hex(content string) string {
	s := md5.Sum([]byte(content))
	return hex.EncodeToString(s[:])
}

// transfer sends what a presigned request asks for, as a browser does.
func transfer(t *testing.T, signed map[string]any, content string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), fmt.Sprint(signed["method"]), fmt.Sprint(signed["url"]), bytes.NewReader([]byte(content)))
	if err != nil {
		t.Fatal(err)
	}
	headers, _ := signed["headers"].(map[string]any)
	for name, value := range headers {
		req.Header.Set(name, fmt.Sprint(value))
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode
}
