package infra_test

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/callsheet/callsheet/infra/budget"
	"github.com/callsheet/callsheet/infra/local/template"
)

const services = "github.com/aws/aws-sdk-go-v2/service/"

// services that a grant's prefix stands for. Nothing is linked for sqs: Lambda sends to the on-failure queue by itself.
var clientOf = map[string]string{"dynamodb": services + "dynamodb", "states": services + "sfn", "ses": services + "ses", "s3": "shared/files", "sqs": ""}

// links are all packages that each function's binary links, by the function's name.
func links(t *testing.T) map[string]map[string]bool {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-tags", "lambda.norpc,nethttpomithttp2", "-json=ImportPath,Imports", "./functions/...")
	cmd.Dir = project
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	imports := map[string][]string{}
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		imports[p.ImportPath] = p.Imports
	}
	all := map[string]map[string]bool{}
	for _, name := range functionNames(t) {
		all[name] = map[string]bool{}
		follow(imports, module+"/functions/"+name, all[name])
	}
	return all
}

func follow(imports map[string][]string, path string, seen map[string]bool) {
	if seen[path] {
		return
	}
	seen[path] = true
	for _, next := range imports[path] {
		follow(imports, next, seen)
	}
}

func TestLinkedClients(t *testing.T) {
	all := links(t)
	for _, f := range described(t).Functions {
		t.Run(f.LogicalID+" links the AWS clients that it is granted, and no other", func(t *testing.T) {
			name := filepath.Base(f.CodeURI)
			granted, has := clientsGranted(t, f), clientsLinked(t, name, all[name])
			for _, client := range slices.Sorted(maps.Keys(granted)) {
				if !has[client] {
					t.Errorf("template.yaml grants %s actions of %s, which functions/%s does not link. A grant nobody needs is a hole: remove it.", f.LogicalID, client, name)
				}
			}
			for _, client := range slices.Sorted(maps.Keys(has)) {
				if !granted[client] {
					t.Errorf("functions/%s links %s without a grant in template.yaml. A client costs every cold start: remove the import, or grant what it calls.", name, client)
				}
			}
		})
	}
}

func clientsGranted(t *testing.T, f template.Function) map[string]bool {
	t.Helper()
	granted := map[string]bool{}
	for _, s := range f.Statements {
		for _, action := range s.Actions {
			service, _, _ := strings.Cut(action, ":")
			client, known := clientOf[service]
			if !known {
				t.Errorf("template.yaml:%d grants %s, of a service that no client stands for. Add it to clientOf in infra/linked_test.go.", s.Line, action)
			}
			if client != "" {
				granted[client] = true
			}
		}
	}
	return granted
}

// clientsLinked are the services' clients in a binary. The bucket has no client of its own, and the HTTP contract names
// its type in every HTTP function; a function uses it if its main opens it.
func clientsLinked(t *testing.T, name string, packages map[string]bool) map[string]bool {
	t.Helper()
	has := map[string]bool{}
	for path := range packages {
		rest, isService := strings.CutPrefix(path, services)
		if isService && !strings.HasPrefix(rest, "internal/") && !strings.Contains(rest, "/") {
			has[path] = true
		}
	}
	if parsed(t)["functions/"+name].imports["shared/files"] {
		has["shared/files"] = true
	}
	return has
}

// unwanted are packages that a function pays for at every cold start.
var unwanted = map[string]string{
	"github.com/aws/aws-sdk-go-v2/config":                      "it links SSO, STS and their endpoint tables; shared/lambdaenv builds the configuration by hand",
	"github.com/aws/aws-sdk-go-v2/credentials":                 "the environment's keys are read by shared/lambdaenv",
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds":            "a function asks no instance for credentials",
	"github.com/aws/aws-sdk-go-v2/service/sso":                 "nobody signs in to SSO from a function",
	"github.com/aws/aws-sdk-go-v2/service/ssooidc":             "nobody signs in to SSO from a function",
	"github.com/aws/aws-sdk-go-v2/service/sts":                 "no role is assumed from a function",
	"github.com/aws/aws-sdk-go-v2/service/s3":                  "it alone is over the size budget; shared/files signs the few requests by hand",
	"github.com/aws/aws-lambda-go/events":                      "shared/handler declares the fields that it reads; the package links every event of every service",
	"net/rpc":                                                  "build with -tags lambda.norpc; the RPC runtime is gone",
	"expvar":                                                   "it serves variables on the default mux",
	"net/http/pprof":                                           "it serves profiles on the default mux",
	"testing":                                                  "test code is in the binary",
	"go.etcd.io/bbolt":                                         "the local cloud is in the binary",
	"github.com/aws/aws-sdk-go-v2/feature/s3/manager":          "bytes never pass through a function",
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams":     "Lambda reads the stream",
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression": "expressions are constants",
}

func TestNothingUnwantedIsLinked(t *testing.T) {
	all := links(t)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t.Run(name+" links nothing that only costs", func(t *testing.T) {
			for path, why := range unwanted {
				if all[name][path] {
					t.Errorf("functions/%s links %s: %s. Find who imports it with `go mod why` and remove that.", name, path, why)
				}
			}
			speaks := name == "notify" || name == "sweep"
			if all[name]["text/template"] != speaks {
				t.Errorf("functions/%s: text/template is linked = %v. Templates keep the linker from dropping any exported method, about 1 MB; only notify and sweep write mails.", name, !speaks)
			}
			if path := "github.com/jhillyerd/enmime/v2"; all[name][path] && name != "inbound" {
				t.Errorf("functions/%s links %s, which only inbound needs.", name, path)
			}
			for path := range all[name] {
				if strings.HasPrefix(path, module+"/infra") {
					t.Errorf("functions/%s links %s. What is only for a laptop does not belong into the account.", name, path)
				}
			}
		})
	}
}

func TestSystemRootsAreNotRead(t *testing.T) {
	for folder, s := range parsed(t) {
		if !strings.HasPrefix(folder, "functions/") {
			continue
		}
		asks := calls(s, "Issuers")
		if isAuthorizer := folder == "functions/authorizer"; (len(asks) > 0) != isAuthorizer {
			t.Errorf("%s: asks for the client that trusts the system's certificates = %v. Reading them costs a cold start more than all else; only the authorizer, whose issuer may be anybody's, needs to.", folder, !isAuthorizer)
		}
	}
}

// The limits of a function's zip: a cold start reads all of it.
const (
	zipLimit     = 3_400_000
	mailZipLimit = 5_000_000 // with the templates' reflection, or what reads MIME and HTML
)

func TestZipBudget(t *testing.T) {
	sizes, err := budget.Sizes(t.Context(), project)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range functionNames(t) {
		limit := int64(zipLimit)
		switch name {
		case "notify", "sweep", "inbound":
			limit = mailZipLimit
		}
		t.Logf("%-11s %.2f MB", name, float64(sizes[name])/1e6)
		if sizes[name] == 0 || sizes[name] > limit {
			t.Errorf("functions/%s zips to %d bytes, limit %d. A cold start loads every one of them: see what it links with `go list -deps ./functions/%s`.", name, sizes[name], limit, name)
		}
	}
}
