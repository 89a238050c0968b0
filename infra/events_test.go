package infra_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callsheet/callsheet/infra/local"
)

var update = flag.Bool("update", false, "write what each event gives into its want file")

// TestEvents gives every file of events/ to its function, on a fresh local cloud with the seeded world in it, and compares
// what comes of it with the want file: the answer, and what the invocation caused. The clock stands at the instant that
// the event itself names.
func TestEvents(t *testing.T) {
	deployed := described(t)
	contract := loadContract(t)
	binaries := t.TempDir()
	if err := local.Build(t.Context(), project, binaries, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, name := range eventNames(t) {
		t.Run(name+" gives what its want file says", func(t *testing.T) {
			payload := readFile(t, eventFile(name))
			s := openStage(t, deployed, binaries, instant(t, payload))
			s.deliver(t, name, payload)
			raw := s.replay(t, functionOf(name), payload)
			contract.keeps(t, payload, raw.Answer)
			got := masked(t, raw)
			if *update {
				writeWant(t, name, got)
				return
			}
			var want outcome
			readJSON(t, readFile(t, wantFile(name)), &want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("want -, got +; if the change is meant, run this test with -update and read the difference:\n%s", diff)
			}
		})
	}
}

// TestEventFiles holds the folder complete: a want file for every event and the reverse, and for every function something
// that it does and something that it refuses.
func TestEventFiles(t *testing.T) {
	names := eventNames(t)
	t.Run("every want file belongs to an event", func(t *testing.T) {
		wants, err := filepath.Glob(wantFile("*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range wants {
			if name := strings.TrimSuffix(filepath.Base(want), ".want.json"); !slices.Contains(names, name) {
				t.Errorf("%s: delete it, or add events/%s.json", want, name)
			}
		}
	})
	done, refused := map[string]bool{}, map[string]bool{}
	for _, name := range names {
		var o outcome
		readJSON(t, readFile(t, wantFile(name)), &o)
		if refusal(functionOf(name), o) {
			refused[functionOf(name)] = true
		} else {
			done[functionOf(name)] = true
		}
	}
	for _, f := range described(t).Functions {
		name := filepath.Base(f.CodeURI)
		t.Run(name+" has an event that it does and one that it refuses", func(t *testing.T) {
			if !done[name] || !refused[name] {
				t.Errorf("does one: %v, refuses one: %v; add events/%s-<case>.json and run TestEvents with -update", done[name], refused[name], name)
			}
		})
	}
}

// refusal tells whether a function did not do what the event was for.
func refusal(function string, o outcome) bool {
	answer, _ := o.Answer.(map[string]any)
	switch function {
	case "authorizer":
		return answer["context"].(map[string]any)["subject"] == ""
	case "schedule", "notify":
		return len(answer["batchItemFailures"].([]any)) > 0
	case "timers":
		return o.Error != "" || answer["outcome"] != "fired"
	case "sweep", "inbound":
		return len(o.Committed) == 0
	case "unmatched": // its work is to say which methods a path takes
		return answer["statusCode"] == 404.0
	}
	return answer["statusCode"].(float64) >= 400
}

// outcome is a want file: what a function answers to an event, and what that causes in the cloud.
type outcome struct {
	Answer    any      `json:"answer"`
	Error     string   `json:"error,omitempty"`     // Lambda's X-Amz-Function-Error
	Committed []string `json:"committed,omitempty"` // rows of the timelines
	Mails     []string `json:"mails,omitempty"`
	Alarms    []string `json:"alarms,omitempty"` // executions of the state machines
}

// readable is an answer with its JSON body as JSON.
func readable(t *testing.T, raw []byte) any {
	t.Helper()
	var answer any
	readJSON(t, raw, &answer)
	if response, ok := answer.(map[string]any); ok {
		if body, ok := response["body"].(string); ok && strings.HasPrefix(body, "{") {
			var parsed any
			readJSON(t, []byte(body), &parsed)
			response["body"] = parsed
		}
	}
	return answer
}

// unfixed are the parts of an outcome that differ from run to run, and what stands for them; and the style sheet of pages,
// which no event is about.
var unfixed = []struct {
	form *regexp.Regexp
	mask string
}{
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), "<request id>"},
	{regexp.MustCompile(`(prj|rnd|inv|asg|rwd|adj|fil|str|flg|qst)_(?:[1-9A-HJKMNP-TV-Z]|0[02-9A-HJKMNP-TV-Z]|01[0-9B-HJKMNP-TV-Z])[0-9A-HJKMNP-TV-Z]{23,25}`), "${1}_<ulid>"},
	{regexp.MustCompile(`http://127\.0\.0\.1:\d+`), "<endpoint>"},
	{regexp.MustCompile(`<style>[^<]*</style>`), "<style></style>"},
	{regexp.MustCompile(`style-src 'sha256-[^']+'`), "style-src '<style>'"},
	{regexp.MustCompile(`X-Amz-Signature=[0-9a-f]{64}`), "X-Amz-Signature=<signature>"},
}

func masked(t *testing.T, o outcome) outcome {
	t.Helper()
	text := writeJSON(t, o, "")
	for _, u := range unfixed {
		text = u.form.ReplaceAll(text, []byte(u.mask))
	}
	var out outcome
	readJSON(t, text, &out)
	return out
}

// instant is when an event says that it happened, in the way of its kind.
func instant(t *testing.T, payload []byte) time.Time {
	t.Helper()
	var e struct {
		RequestContext struct{ TimeEpoch int64 } // HTTP
		Time           time.Time                 // a schedule
		DueAt          time.Time                 // an alarm
		Records        []struct {                // a stream, or mail that comes in
			DynamoDB struct{ ApproximateCreationDateTime int64 }
			SES      struct{ Mail struct{ Timestamp time.Time } }
		}
	}
	readJSON(t, payload, &e)
	switch {
	case e.RequestContext.TimeEpoch > 0:
		return time.UnixMilli(e.RequestContext.TimeEpoch)
	case !e.Time.IsZero():
		return e.Time
	case !e.DueAt.IsZero():
		return e.DueAt
	case len(e.Records) > 0 && !e.Records[0].SES.Mail.Timestamp.IsZero():
		return e.Records[0].SES.Mail.Timestamp
	case len(e.Records) > 0:
		return time.Unix(e.Records[0].DynamoDB.ApproximateCreationDateTime, 0)
	}
	t.Fatal("the event names no instant")
	return time.Time{}
}

func eventFile(name string) string { return filepath.Join(project, "events", name+".json") }
func wantFile(name string) string  { return filepath.Join(project, "events", name+".want.json") }

// functionOf is the function that an event is for: its file's name up to the first hyphen.
func functionOf(name string) string {
	function, _, _ := strings.Cut(name, "-")
	return function
}

func eventNames(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob(eventFile("*"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no events: %v", err)
	}
	var names []string
	for _, path := range paths {
		if name := strings.TrimSuffix(filepath.Base(path), ".json"); !strings.HasSuffix(name, ".want") {
			names = append(names, name)
		}
	}
	return names
}

func writeWant(t *testing.T, name string, o outcome) {
	t.Helper()
	if err := os.WriteFile(wantFile(name), writeJSON(t, o, "  "), 0o644); err != nil {
		t.Fatal(err)
	}
}

// writeJSON writes JSON for people: placeholders keep their angle brackets.
func writeJSON(t *testing.T, v any, indent string) []byte {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func readJSON(t *testing.T, raw []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
