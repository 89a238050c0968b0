package infra_test

import (
	"go/ast"
	"go/token"
	"maps"
	"slices"
	"strings"
	"testing"
)

// A place is what one package may import: packages of this module and of others by name, and a part of the standard
// library. why says what the package is for, or why an import that looks wrong is right.
type place struct {
	standard []string // nil: any but those of netOrMachine
	may      []string
	why      string
}

// values are the packages of the standard library that compute and touch nothing: no clock, network, file or randomness.
var values = []string{"cmp", "encoding/json", "errors", "fmt", "maps", "math", "regexp", "slices", "strconv", "strings", "time", "unicode", "unicode/utf8"}

func withValues(more ...string) []string { return slices.Concat(values, more) }

const (
	awsCore     = "github.com/aws/aws-sdk-go-v2/aws"
	awsRetry    = "github.com/aws/aws-sdk-go-v2/aws/retry"
	awsSigner   = "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awsDynamoDB = "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	awsRows     = "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	awsSES      = "github.com/aws/aws-sdk-go-v2/service/ses"
	awsSFN      = "github.com/aws/aws-sdk-go-v2/service/sfn"
	smithy      = "github.com/aws/smithy-go"
	lambdaHost  = "github.com/aws/aws-lambda-go/lambda"
	lambdaCtx   = "github.com/aws/aws-lambda-go/lambdacontext"
)

// places are the rings (design: core, jobs, notice, edges), one row per package below shared.
var places = map[string]place{
	// Core: values in, values out.
	"shared/problem":   {standard: values, why: "the closed list of what can go wrong"},
	"shared/policy":    {standard: values, why: "numbers with a name"},
	"shared/lifecycle": {standard: values, may: []string{"shared/problem"}, why: "tables; it knows no domain"},
	"shared/party": {standard: withValues("net/mail", "log/slog"), may: []string{"shared/lifecycle", "shared/problem"},
		why: "net/mail only parses addresses; log/slog only lets a hidden value refuse to be logged"},
	"shared/ledger": {standard: values, may: []string{"shared/lifecycle", "shared/party", "shared/policy", "shared/problem"}, why: "money"},

	// The port and the jobs: the core, the port, a context that is handed through. Jobs never import each other.
	"shared/store": {standard: withValues("context"), may: []string{"shared/ledger", "shared/lifecycle", "shared/policy", "shared/problem"}, why: "the port"},
	"shared/store/contract": {standard: withValues("context", "sync", "testing"),
		may: []string{"shared/ledger", "shared/lifecycle", "shared/party", "shared/problem", "shared/project", "shared/store", "github.com/google/go-cmp/cmp", "pgregory.net/rapid"},
		why: "a test suite as a package, so that every store can be held to it; only tests import it"},
	"shared/project": {standard: withValues("context", "crypto/sha256", "encoding/base32", "encoding/base64"), may: []string{"shared/ledger", "shared/lifecycle", "shared/party", "shared/policy", "shared/problem", "shared/store"},
		why: "a hash is a value: it names the terms that a pro has seen, and the files of a mail"},
	"shared/help": {standard: withValues("context", "crypto/sha256", "encoding/hex"), may: []string{"shared/ledger", "shared/lifecycle", "shared/party", "shared/policy", "shared/problem", "shared/store"},
		why: "a hash is a value: it names an uploader's folder without naming them"},
	"shared/directory": {standard: withValues("context"), may: []string{"shared/lifecycle", "shared/party", "shared/policy", "shared/problem", "shared/store"}, why: "profiles"},
	"shared/notice": {standard: withValues("context", "crypto/sha256", "embed", "encoding/hex", "html/template", "text/template", "log/slog", "net/mail", "net/url", "sync", "time/tzdata"),
		may: []string{"shared/help", "shared/ledger", "shared/party", "shared/policy", "shared/problem", "shared/project", "shared/reader", "shared/store"},
		why: "words for the jobs' facts; net/mail and net/url only spell addresses and links"},

	// Edges: one thing of the outside each. They meet in functions/*, not in each other; each exception is explained.
	"shared/handler": {may: []string{"shared/party", "shared/problem", "shared/store", lambdaCtx, "github.com/golang-jwt/jwt/v5", "golang.org/x/text/unicode/norm"},
		standard: withValues("bytes", "context", "crypto/ecdsa", "crypto/elliptic", "crypto/hmac", "crypto/rsa", "crypto/sha256", "encoding/base64", "encoding/hex", "io", "log/slog", "math/big", "net/http", "net/url", "reflect", "runtime/debug", "sync"),
		why:      "the only place that knows Lambda's events; net/http fetches the issuer's keys"},
	"shared/dynamo/item": {may: []string{"shared/help", "shared/ledger", "shared/lifecycle", "shared/party", "shared/project", "shared/store", "github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue", awsRows},
		standard: withValues("bytes", "compress/gzip", "hash/fnv", "io", "reflect"), why: "how records are spelled; it makes no call"},
	"shared/dynamo": {may: []string{"shared/dynamo/item", "shared/ledger", "shared/problem", "shared/store", awsCore, awsRetry, awsDynamoDB, awsRows, smithy, smithy + "/transport/http"},
		standard: withValues("context"), why: "the store on DynamoDB"},
	"shared/stepfn": {may: []string{"shared/dynamo/item", "shared/handler", "shared/problem", "shared/store", awsCore, awsSFN, awsSFN + "/types"},
		standard: withValues("context"), why: "handler for the form in which an alarm rings, dynamo/item to read the stream's rows: each is written down once"},
	"shared/mail": {may: []string{"shared/link", "shared/notice", "shared/party", "shared/policy", "shared/problem", "shared/store", awsCore, awsRetry, awsSES, awsSES + "/types", smithy, smithy + "/transport/http"},
		standard: withValues("bytes", "context", "mime", "mime/multipart", "mime/quotedprintable", "net", "net/mail", "net/textproto"), why: "notice for the messages that it hands over, link for the signer that a teller needs; net only to tell that nobody was reached"},
	"shared/reply": {may: []string{"shared/handler", "shared/problem", "shared/project", "github.com/inbucket/html2text", "github.com/jhillyerd/enmime/v2", "github.com/jhillyerd/enmime/v2/mediatype", "golang.org/x/text/encoding/charmap"},
		standard: withValues("bytes", "context", "hash/fnv", "mime", "net/mail"), why: "handler for the form in which a mail is announced, project for the mail as a job knows it"},
	"shared/files": {may: []string{"shared/problem", "shared/project", awsCore, awsSigner},
		standard: withValues("bytes", "context", "crypto/sha256", "encoding/base64", "encoding/hex", "encoding/xml", "io", "net/http", "net/url"), why: "project for the file that a job speaks of"},
	"shared/api": {may: []string{"shared/directory", "shared/files", "shared/handler", "shared/help", "shared/ledger", "shared/lifecycle", "shared/link", "shared/party", "shared/policy", "shared/problem", "shared/project", "shared/store"},
		standard: withValues("context", "encoding/base64", "encoding/csv", "log/slog", "net/http", "net/url"), why: "the HTTP contract joins handler, jobs and files; net/http only for the names of methods and statuses, encoding/csv to spell a statement"},
	"shared/link": {may: []string{"github.com/oklog/ulid/v2"}, standard: withValues("context", "crypto/hmac", "crypto/sha256", "encoding/base32", "encoding/base64", "net/url", "sync"),
		why: "it spells and signs links and reply addresses; pages and mails both need them"},
	"shared/reader":      {standard: withValues("time/tzdata"), may: []string{"shared/party"}, why: "instants in a person's language and zone; pages and mails both need them"},
	"shared/page/markup": {standard: withValues("html", "net/url"), why: "HTML that is escaped by construction; no templates, which cost a megabyte"},
	"shared/page": {may: []string{"shared/directory", "shared/handler", "shared/help", "shared/lifecycle", "shared/link", "shared/page/markup", "shared/party", "shared/policy", "shared/problem", "shared/project", "shared/reader", "shared/store"},
		standard: withValues("context", "crypto/sha256", "embed", "encoding/hex", "net/http"), why: "like shared/api, for people without a sign-in: handler for the form of a page, the jobs for what it does; net/http only for statuses"},
	"shared/lambdaenv": {may: []string{lambdaCtx, awsCore, "github.com/oklog/ulid/v2"},
		standard: withValues("bytes", "context", "crypto/rand", "crypto/tls", "crypto/x509", "embed", "io", "log/slog", "math/rand/v2", "net/http", "os"), why: "the only package that touches the machine: variables, clock, randomness, trust"},
}

// wiring is what a function's main may import: the host, one client per service, and what it joins.
var wiring = place{
	standard: []string{"context", "encoding/json", "time", "time/tzdata"}, // Lambda's image has no time zones
	may: []string{lambdaHost, awsDynamoDB, awsSES, awsSFN, "shared/api", "shared/directory", "shared/dynamo", "shared/dynamo/item",
		"shared/files", "shared/handler", "shared/lambdaenv", "shared/link", "shared/mail", "shared/page", "shared/reply", "shared/stepfn", "shared/store"},
	why: "a main joins parts and decides nothing; its imports are its privileges",
}

func TestImports(t *testing.T) {
	all := parsed(t)
	for _, folder := range slices.Sorted(maps.Keys(all)) {
		s := all[folder]
		if len(s.files) == 0 || strings.HasPrefix(folder, "infra") {
			continue
		}
		t.Run(folder+" stays in its place", func(t *testing.T) {
			p, known := places[folder]
			if strings.HasPrefix(folder, "functions/") {
				p, known = wiring, true
			}
			if !known {
				t.Fatalf("%s has no place yet: a package belongs to a ring, so that rules stay free of the outside. Give it a row in places, in infra/imports_test.go.", folder)
			}
			for _, path := range slices.Sorted(maps.Keys(s.imports)) {
				if !slices.Contains(p.may, path) && !slices.Contains(p.standard, path) {
					t.Errorf("%s imports %s. It may not (%s). Move what needs it to the ring where it belongs, or add the import to its row in infra/imports_test.go with a reason.", folder, path, p.why)
				}
			}
		})
	}
	t.Run("no row is left over", func(t *testing.T) {
		for folder, p := range places {
			if all[folder] == nil {
				t.Errorf("infra/imports_test.go still has a row for %s, which is gone. Remove it.", folder)
				continue
			}
			for _, path := range p.may {
				if !all[folder].imports[path] {
					t.Errorf("%s does not import %s any more. Remove it from its row in infra/imports_test.go, or the next import of it goes unnoticed.", folder, path)
				}
			}
		}
	})
}

func TestLocalCloudImports(t *testing.T) {
	all := parsed(t)
	// The parts of the local cloud are told apart as AWS's services are. infra/local alone joins them.
	joins := map[string][]string{
		"infra/local/gateway": {"infra/local/lambda"}, // it answers with Lambda's limits for a payload
	}
	for _, folder := range slices.Sorted(maps.Keys(all)) {
		if part, ok := strings.CutPrefix(folder, "infra/local/"); ok && len(all[folder].files) > 0 && part != "serve" {
			t.Run(folder+" knows no other part and nothing of the program", func(t *testing.T) {
				own, _, _ := strings.Cut(part, "/")
				for path := range all[folder].imports {
					isOwn := path == "infra/local/clock" || path == "infra/local/"+own || strings.HasPrefix(path, "infra/local/"+own+"/")
					if !isStandard(path) && !strings.Contains(path, ".") && !isOwn && !slices.Contains(joins[folder], path) {
						t.Errorf("%s imports %s. A part of the local cloud stands for a service of AWS, which knows neither Callsheet nor the others. Join them in infra/local/parts.go.", folder, path)
					}
				}
			})
		}
	}
	t.Run("an acceptance suite knows nothing of the program but its contract", func(t *testing.T) {
		for path := range all["infra/acceptance"].imports {
			if !isStandard(path) && path != "infra/journey" && path != "github.com/getkin/kin-openapi/openapi3" {
				t.Errorf("infra/acceptance imports %s. It is a black box, so that it also runs against a deployed one: what starts a local cloud stands in its test file.", path)
			}
		}
	})
	t.Run("a journey knows nothing of the program", func(t *testing.T) {
		for path := range all["infra/journey"].imports {
			if !isStandard(path) {
				t.Errorf("infra/journey imports %s. It walks the product from outside, over HTTP and mail, so that it also runs against a deployed one.", path)
			}
		}
	})
}

func TestPackageNames(t *testing.T) {
	banned := []string{"util", "utils", "common", "helper", "helpers", "manager", "types", "misc", "base", "lib"}
	for folder, s := range parsed(t) {
		if slices.Contains(banned, s.name) {
			t.Errorf("%s is called %s, which says nothing about what is in it. Name it after what it provides.", folder, s.name)
		}
		documented := slices.ContainsFunc(s.files, func(f *ast.File) bool { return f.Doc != nil })
		if len(s.files) > 0 && !documented {
			t.Errorf("%s has no package comment: what it is, and what it is not. Add one.", folder)
		}
	}
}

// outside are calls that make a result depend on more than its arguments: the time, chance, the process's output, or
// http's client without a timeout.
var outside = map[string][]string{
	"time":         {"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"},
	"math/rand":    nil, // nil: everything
	"math/rand/v2": nil,
	"crypto/rand":  nil,
	"net/http":     {"Get", "Head", "Post", "PostForm", "DefaultClient", "DefaultTransport"},
	"fmt":          {"Print", "Printf", "Println", "Fprint", "Fprintf", "Fprintln"},
	"log":          nil,
	"os":           nil,
	"log/slog":     {"Default", "SetDefault", "Debug", "Info", "Warn", "Error", "Log"},
}

// mayReachOutside are the exceptions, each with its reason.
var mayReachOutside = map[string]string{
	"shared/lambdaenv time.Now":                  "it is the clock that all others are handed",
	"shared/lambdaenv time.After":                "it is the pause between two tries",
	"shared/lambdaenv math/rand/v2.N":            "jitter",
	"shared/lambdaenv crypto/rand.Read":          "signing keys",
	"shared/lambdaenv net/http.DefaultTransport": "cloned, with Amazon's roots and a timeout around it",
	"shared/lambdaenv fmt.Fprintf":               "tells what is missing before there is a log",
	"shared/lambdaenv os.Getenv":                 "it reads the variables",
	"shared/lambdaenv os.Stderr":                 "tells what is missing before there is a log",
	"shared/lambdaenv os.Exit":                   "a half-configured function never runs",
}

func TestOutsideIsHandedIn(t *testing.T) {
	used := map[string]bool{}
	for folder, s := range parsed(t) {
		if !strings.HasPrefix(folder, "shared/") && !strings.HasPrefix(folder, "functions/") {
			continue
		}
		for _, file := range s.files {
			selectors(file, func(at token.Pos, path, name string) {
				names, watched := outside[path]
				if !watched || names != nil && !slices.Contains(names, name) {
					return
				}
				key := folder + " " + path + "." + name
				used[key] = true
				if mayReachOutside[key] == "" && !writesToArgument(path, name, folder) {
					t.Errorf("%s: %s uses %s.%s. Time, chance and the machine come in from outside, so that every test decides them. Take it as a parameter, or from shared/lambdaenv.", position(at), folder, path, name)
				}
			})
		}
	}
	for key, why := range mayReachOutside {
		if !used[key] {
			t.Errorf("infra/imports_test.go still allows %q (%s), which is gone. Remove it.", key, why)
		}
	}
}

// writesToArgument: Fprint to a writer that was handed in is no output of the process. os, which has the process's own
// writers, is watched itself.
func writesToArgument(path, name, folder string) bool {
	return path == "fmt" && strings.HasPrefix(name, "Fprint") && folder != "shared/lambdaenv"
}

func TestMoneyHasNoFloats(t *testing.T) {
	exact := []string{"MaxInt64", "MinInt64", "MaxInt", "MinInt"}
	refuse := func(at token.Pos, what string) {
		t.Errorf("%s: %s. 0.1 + 0.2 is not 0.3 in binary fractions, and cents must add up. Use minor units in int64.", position(at), what)
	}
	for _, file := range parsed(t)["shared/ledger"].files {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.Ident:
				if n.Name == "float64" || n.Name == "float32" || n.Name == "ParseFloat" || n.Name == "FormatFloat" {
					refuse(n.Pos(), n.Name)
				}
			case *ast.BasicLit:
				if n.Kind == token.FLOAT {
					refuse(n.Pos(), n.Value)
				}
			}
			return true
		})
		selectors(file, func(at token.Pos, path, name string) {
			if path == "math" && !slices.Contains(exact, name) {
				refuse(at, "math."+name)
			}
		})
	}
}
