package local_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	aws_dynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/callsheet/callsheet/infra/journey"
	"github.com/callsheet/callsheet/infra/local"
	"github.com/callsheet/callsheet/infra/local/template"
	"github.com/callsheet/callsheet/shared/dynamo"
)

const checkout = "../.."

// binaries holds every function, built once.
var binaries string

func TestMain(m *testing.M) {
	if config := os.Getenv(serveVariable); config != "" {
		os.Exit(serve(config))
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "callsheet-functions-")
	if err == nil {
		defer os.RemoveAll(dir)
		binaries = dir
		err = local.Build(context.Background(), checkout, dir, io.Discard)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// noon is when the tests' clocks start: half past, so that an hour's clean-up comes half an hour after any expiry.
var noon = time.Date(2027, 3, 1, 12, 30, 0, 0, time.UTC)

// town is a running cloud with its people.
type town struct {
	*local.Cloud
	t      *testing.T
	config local.Config
	world  *journey.World
}

// open starts a cloud with a paused clock and the cast of the stories; change may alter how. It ends with the test.
func open(t *testing.T, change ...func(*local.Config)) *town {
	t.Helper()
	tn := &town{t: t, config: local.Config{
		Project: checkout, Binaries: binaries, Data: t.TempDir(), Start: noon, Paused: true, Personas: local.Personas(journey.Cast()), MailRate: 1_000_000,
	}}
	for _, c := range change {
		c(&tn.config)
	}
	tn.start()
	t.Cleanup(func() {
		if tn.Cloud != nil {
			tn.close()
		}
	})
	tn.must(tn.world.Settle(journey.Cast()))
	return tn
}

func (tn *town) start() {
	tn.t.Helper()
	cloud, err := local.Open(tn.config)
	tn.must(err)
	tn.Cloud, tn.world = cloud, journey.New(cloud.URL)
}

func (tn *town) close() {
	tn.t.Helper()
	cloud := tn.Cloud
	tn.Cloud = nil
	tn.must(cloud.Close())
}

// reopen ends the cloud and starts it again on the same data.
func (tn *town) reopen(change func(*local.Config)) {
	tn.t.Helper()
	tn.close()
	change(&tn.config)
	tn.start()
}

// in is the town for a subtest.
func (tn *town) in(t *testing.T) *town {
	c := *tn
	c.t = t
	return &c
}

func (tn *town) must(err error) {
	tn.t.Helper()
	if err != nil {
		tn.t.Fatal(err)
	}
}

// as is a person with a token.
func (tn *town) as(subject string) *journey.Person {
	tn.t.Helper()
	p, err := tn.world.As(subject)
	tn.must(err)
	return p
}

// pass lets time pass, with everything that it causes.
func (tn *town) pass(d time.Duration) []journey.Happening {
	tn.t.Helper()
	happened, err := tn.world.Advance(d)
	tn.must(err)
	return happened
}

// sound waits for what is under way and holds every invariant against the table.
func (tn *town) sound() {
	tn.t.Helper()
	tn.pass(0)
	if err := tn.Fsck(); err != nil {
		tn.t.Errorf("fsck: %v", err)
	}
}

// function is the physical name of the function in that folder.
func (tn *town) function(folder string) string {
	tn.t.Helper()
	for name := range tn.Lambda.Stats() {
		if strings.Contains(strings.ToLower(name), folder+"function") {
			return name
		}
	}
	tn.t.Fatalf("no function %s among %v", folder, tn.Lambda.Stats())
	return ""
}

// table is a DynamoDB client of the cloud, as a person with the AWS CLI has one.
func (tn *town) table() *aws_dynamodb.Client {
	return aws_dynamodb.New(aws_dynamodb.Options{
		BaseEndpoint: aws.String(tn.AWS), Region: "eu-west-1", Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
}

func (tn *town) store() *dynamo.Store { return dynamo.New(tn.table(), tn.Table) }

// parsed is the project's template.
func parsed(t *testing.T) *template.Template {
	t.Helper()
	source, err := os.ReadFile(filepath.Join(checkout, "template.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	read, err := template.Parse("template.yaml", source, template.Settings{Stack: "callsheet", AccountID: "123456789012", Region: "eu-west-1"})
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// without is a folder of functions of which the named ones are a bad deploy: they end before they are ready.
func without(t *testing.T, broken ...string) string {
	t.Helper()
	dir := t.TempDir()
	folders, err := os.ReadDir(binaries)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range folders {
		if err := os.Symlink(filepath.Join(binaries, f.Name()), filepath.Join(dir, f.Name())); err != nil {
			t.Fatal(err)
		}
	}
	bad, err := exec.LookPath("false")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range broken {
		folder := filepath.Join(dir, name)
		if err := os.Remove(folder); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(bad, filepath.Join(folder, "bootstrap")); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
