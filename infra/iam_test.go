package infra_test

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/callsheet/callsheet/infra/journey"
	"github.com/callsheet/callsheet/infra/local"
	"github.com/callsheet/callsheet/infra/local/template"
)

// uses collects what functions did on AWS.
type uses struct {
	mu   sync.Mutex
	seen map[local.Use]bool
}

func (u *uses) add(use local.Use) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.seen[use] = true
}

var build = sync.OnceValues(func() (string, error) {
	into, err := filepath.Abs(filepath.Join(project, "build"))
	if err != nil {
		return "", err
	}
	return into, local.Build(context.Background(), project, into, io.Discard)
})

// built is the folder of the functions' binaries. It is the one of `make local`, so that only what changed is built.
func built(t *testing.T) string {
	t.Helper()
	into, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return into
}

// TestGrantedIsUsed holds the template to least privilege: every route is called and every deadline fires on a local
// cloud that writes down what each function did; what it did it must be granted, and what it is granted it must have done.
func TestGrantedIsUsed(t *testing.T) {
	binaries := built(t)
	used := &uses{seen: map[local.Use]bool{}}
	data := t.TempDir()
	deployed := described(t)

	cloud := running(t, binaries, data, 1000, used)
	walkEveryRoute(t, journey.New(cloud.URL))
	everyRouteWasCalled(t, deployed, cloud)
	stop(t, cloud)

	cloud = running(t, binaries, data, 1, used)
	throttled(t, journey.New(cloud.URL))
	stop(t, cloud)

	cloud = running(t, binaries, t.TempDir(), 1, used)
	firstCursor(t, journey.New(cloud.URL))
	stop(t, cloud)

	cloud = running(t, withoutStream(t, binaries), data, 1, used)
	outage(t, journey.New(cloud.URL))
	stop(t, cloud)

	for _, use := range byPlatform(t, deployed) {
		used.add(use)
	}
	for _, f := range deployed.Functions {
		t.Run(f.LogicalID+" is granted what it uses, and uses what it is granted", func(t *testing.T) { compare(t, f.Name, f.Statements, used) })
	}
	for _, m := range deployed.StateMachines {
		t.Run(m.LogicalID+" is granted what it uses, and uses what it is granted", func(t *testing.T) { compare(t, m.Name, m.Statements, used) })
	}
}

func running(t *testing.T, binaries, data string, mailRate int, used *uses) *local.Cloud {
	t.Helper()
	cloud, err := local.Open(local.Config{
		Project: project, Binaries: binaries, Data: data, Paused: true, MailRate: mailRate,
		Start: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC), Personas: local.Personas(journey.Cast()), OnUse: used.add,
	})
	if err != nil {
		t.Fatal(err)
	}
	return cloud
}

func stop(t *testing.T, cloud *local.Cloud) {
	t.Helper()
	if err := cloud.Close(); err != nil {
		t.Fatal(err)
	}
}

func everyRouteWasCalled(t *testing.T, deployed *template.Template, cloud *local.Cloud) {
	t.Helper()
	called := cloud.Gateway.Stats()
	for _, f := range deployed.Functions {
		for _, r := range f.Routes {
			key := strings.TrimSpace(r.Method + " " + r.Path)
			if key == "" {
				key = "$default"
			}
			succeeded := called[key].Statuses[200] + called[key].Statuses[201] + called[key].Statuses[303]
			if succeeded == 0 && key != "$default" || called[key].Requests == 0 {
				t.Errorf("no call of %q succeeded (%v): its grants cannot be judged. Add it to walkEveryRoute in infra/everyroute_test.go.", key, called[key].Statuses)
			}
		}
	}
}

// withoutStream are the binaries with those that read the stream broken, as if a bad deployment had hit them.
func withoutStream(t *testing.T, binaries string) string {
	t.Helper()
	broken := t.TempDir()
	for _, name := range functionNames(t) {
		if err := os.Mkdir(filepath.Join(broken, name), 0o755); err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(broken, name, "bootstrap")
		var err error
		if name == "notify" || name == "schedule" {
			err = os.WriteFile(to, []byte("#!/bin/sh\nexit 1\n"), 0o755)
		} else {
			err = os.Symlink(filepath.Join(binaries, name, "bootstrap"), to)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return broken
}

// byPlatform is what AWS does in the name of a function or a machine: Lambda sends to the on-failure queue with the
// function's role, Step Functions invokes what the definition names with the machine's.
func byPlatform(t *testing.T, deployed *template.Template) []local.Use {
	t.Helper()
	queues := map[string]string{}
	for _, q := range deployed.Queues {
		queues[q.Name] = q.ARN
	}
	var all []local.Use
	for _, f := range deployed.Functions {
		for _, s := range f.Streams {
			all = append(all, local.Use{Function: f.Name, Action: "sqs:SendMessage", Resource: queues[s.OnFailure]})
		}
		if f.Async.OnFailure != "" {
			all = append(all, local.Use{Function: f.Name, Action: "sqs:SendMessage", Resource: queues[f.Async.OnFailure]})
		}
	}
	for _, m := range deployed.StateMachines {
		for _, arn := range invoked(t, m) {
			all = append(all, local.Use{Function: m.Name, Action: "lambda:InvokeFunction", Resource: arn})
		}
	}
	return all
}

// invoked are the functions that a machine's tasks name.
func invoked(t *testing.T, m template.StateMachine) []string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(project, m.DefinitionURI))
	if err != nil {
		t.Fatal(err)
	}
	var definition struct {
		States map[string]struct {
			Resource   string
			Parameters struct{ FunctionName string }
		}
	}
	if err := json.Unmarshal(raw, &definition); err != nil {
		t.Fatal(err)
	}
	var arns []string
	for _, s := range definition.States {
		if s.Resource == "arn:aws:states:::lambda:invoke" {
			arns = append(arns, m.Substitutions[strings.Trim(s.Parameters.FunctionName, "${}")])
		}
	}
	return arns
}

// compare wants each use under some grant and each action and resource of a grant under some use.
func compare(t *testing.T, name string, statements []template.Statement, used *uses) {
	t.Helper()
	done := map[local.Use]bool{}
	order := func(a, b local.Use) int {
		return cmp.Or(strings.Compare(a.Action, b.Action), strings.Compare(a.Resource, b.Resource))
	}
	for _, use := range slices.SortedFunc(maps.Keys(used.seen), order) {
		if use.Function != name {
			continue
		}
		granted := false
		for _, s := range statements {
			for _, pattern := range s.Resources {
				if slices.Contains(s.Actions, use.Action) && covers(pattern, use.Resource) {
					granted = true
					done[local.Use{Action: use.Action, Resource: pattern}] = true
				}
			}
		}
		if !granted {
			t.Errorf("%s does %s on %s, which template.yaml does not grant. AWS would answer AccessDenied: add it to the function's Policies.", name, use.Action, use.Resource)
		}
	}
	for _, s := range statements {
		for _, action := range s.Actions {
			for _, pattern := range s.Resources {
				empty := strings.HasSuffix(pattern, "/") // the name is a parameter that may be left out; then nothing is granted
				if !empty && !done[local.Use{Action: action, Resource: pattern}] {
					t.Errorf("template.yaml:%d grants %s %s on %s, which it does not do. A right nobody needs is one for an intruder: remove it, or let the journey of infra/everyroute_test.go use it.", s.Line, name, action, pattern)
				}
			}
		}
	}
}

// covers tells whether a resource of a grant covers an ARN; * stands for anything.
func covers(pattern, arn string) bool {
	quoted := strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, `.*`)
	return regexp.MustCompile("^" + quoted + "$").MatchString(arn)
}
