package local_test

import (
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/callsheet/callsheet/infra/journey"
	"github.com/callsheet/callsheet/infra/local"
	"github.com/callsheet/callsheet/infra/local/dynamodb"
)

// executioner kills a function's processes right after one of its calls took effect and before it is answered.
type executioner struct {
	mu        sync.Mutex
	cloud     *town
	function  string
	operation string
}

// after arms it for the next such call.
func (x *executioner) after(function, operation string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.function, x.operation = function, operation
}

func (x *executioner) hears(c dynamodb.Call) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.function == "" || c.AccessKeyID != x.function || !strings.HasSuffix(x.operation, c.Operation) {
		return
	}
	x.function = ""
	if _, err := x.cloud.Lambda.Kill(c.AccessKeyID); err != nil {
		x.cloud.t.Error(err)
	}
}

// request is one that must have its effect once.
type request struct {
	name, function, who, path string
	body, other               map[string]any // other is as good a body, with another meaning
	status                    int
}

// act sends it under a key.
func (tn *town) act(r request, key string) journey.Answer {
	tn.t.Helper()
	var body any
	if r.body != nil {
		body = r.body
	}
	a, err := tn.as(r.who).Do(http.MethodPost, r.path, body, map[string]string{"Idempotency-Key": key})
	tn.must(err)
	return a
}

// story walks through every request of a project's life that needs a key; each step depends on those before.
func (tn *town) story(visit func(r request) journey.Answer) {
	tn.t.Helper()
	type body = map[string]any
	created := func(r request) string { a := visit(r); return ok[named](tn, r.status, a, nil).ID }
	project := created(request{"create", "projects", "client", "/v1/projects", tn.brief(nil), tn.brief(body{"title": "Another title"}), http.StatusCreated})
	guests := func(pro string) body { return body{"invitations": []map[string]string{{"pro": pro}}} }
	a := visit(request{"invite", "invite", "agent", "/v1/projects/" + project + "/invitations", guests("pro-ana"), guests("pro-ben"), http.StatusCreated})
	invitation := ok[round](tn, http.StatusCreated, a, nil).Invitations[0].ID
	terms := body{"terms": tn.terms("pro-ana", invitation)["terms"]}
	assignment := created(request{"accept", "accept", "pro-ana", "/v1/invitations/" + invitation + "/accept", terms, body{"terms": "another"}, http.StatusCreated})
	path := "/v1/assignments/" + assignment
	submit := func(name string) {
		upload, err := tn.as("pro-ana").Upload(assignment, "guide.docx", []byte("forty texts"))
		tn.must(err)
		sent := body{"uploads": []string{upload}}
		visit(request{name, "upload", "pro-ana", path + "/submit", sent, body{"uploads": []string{upload}, "comment": "Another."}, http.StatusOK})
	}
	submit("submit")
	comments := func(text string) body { return body{"comments": []body{{"text": text}}} }
	visit(request{"revision", "qc", "qc", path + "/revision", comments("Text 7: the year."), comments("Text 8: the day."), http.StatusOK})
	submit("submit-again")
	visit(request{"pass", "qc", "qc", path + "/pass", nil, body{"another": "body"}, http.StatusOK})
	visit(request{"approve", "review", "client", path + "/approve", nil, body{"another": "body"}, http.StatusOK})
}

func TestRequestFaults(t *testing.T) {
	x := &executioner{}
	tn := open(t, func(c *local.Config) { c.OnCall = x.hears })
	x.cloud = tn
	t.Run("a function that dies after its commit gives the retry the first answer, and one effect (F1)", func(t *testing.T) {
		tn := tn.in(t)
		tn.story(func(r request) journey.Answer {
			x.after(tn.function(r.function), "TransactWriteItems")
			if cut := tn.act(r, "f1-"+r.name); cut.Status < 500 {
				t.Errorf("%s: the cut request is answered %d %s", r.name, cut.Status, cut.Body)
			}
			a := tn.act(r, "f1-"+r.name)
			if a.Status != r.status || a.Header.Get("Idempotency-Replayed") != "true" {
				t.Errorf("%s: the retry is answered %d, replayed %q: %s", r.name, a.Status, a.Header.Get("Idempotency-Replayed"), a.Body)
			}
			return a
		})
		tn.sound()
	})
	t.Run("a function that dies before its commit has changed nothing, and the retry works (F2)", func(t *testing.T) {
		tn := tn.in(t)
		tn.story(func(r request) journey.Answer {
			before := len(tn.rows())
			x.after(tn.function(r.function), "GetItem")
			if cut := tn.act(r, "f2-"+r.name); cut.Status < 500 {
				t.Errorf("%s: the cut request is answered %d %s", r.name, cut.Status, cut.Body)
			}
			equal(t, r.name+": rows after the cut", len(tn.rows()), before)
			a := tn.act(r, "f2-"+r.name)
			if a.Status != r.status || a.Header.Get("Idempotency-Replayed") != "" {
				t.Errorf("%s: the retry is answered %d %s", r.name, a.Status, a.Body)
			}
			tn.pass(0)
			return a
		})
		tn.sound()
	})
}

func TestIdempotency(t *testing.T) {
	tn := open(t)
	draft := func(title string) request {
		return request{"create", "projects", "client", "/v1/projects", tn.brief(map[string]any{"publish": false, "title": title, "client": "client", "deliverBy": "2027-06-01T00:00:00Z"}), nil, http.StatusCreated}
	}
	t.Run("the same request 64 times in parallel has one effect and one answer (F5)", func(t *testing.T) {
		tn := tn.in(t)
		r, client, before := draft("parallel"), tn.as("client"), len(tn.rows())
		var mu sync.Mutex
		bodies, fresh := map[string]int{}, 0
		atOnce(64, func(int) {
			a, err := client.Do(http.MethodPost, r.path, r.body, map[string]string{"Idempotency-Key": "f5"})
			mu.Lock()
			defer mu.Unlock()
			if err != nil || a.Status != http.StatusCreated {
				t.Errorf("got %d %s, %v", a.Status, a.Body, err)
			}
			bodies[string(a.Body)]++
			if a.Header.Get("Idempotency-Replayed") == "" {
				fresh++
			}
		})
		equal(t, "different answers", len(bodies), 1)
		equal(t, "answers that are not a replay", fresh, 1)
		equal(t, "new rows: project, event, request", len(tn.rows())-before, 3)
	})
	t.Run("the same key with another body is refused on every route, and changes nothing (F6)", func(t *testing.T) {
		tn := tn.in(t)
		tn.story(func(r request) journey.Answer {
			a := tn.act(r, "f6-"+r.name)
			tn.pass(0)
			before := len(tn.rows())
			other := r
			other.body = r.other
			equal(t, r.name+" with another body", refused(tn.act(other, "f6-"+r.name)), "422 idempotency-key-reused")
			equal(t, r.name+": rows", len(tn.rows()), before)
			return a
		})
	})
	t.Run("the same key of another caller is another request (F7)", func(t *testing.T) {
		tn := tn.in(t)
		r := draft("theirs")
		first := ok[named](tn, r.status, tn.act(r, "f7"), nil)
		r.who = "agent"
		a := tn.act(r, "f7")
		if second := ok[named](tn, r.status, a, nil); second.ID == first.ID || a.Header.Get("Idempotency-Replayed") != "" {
			t.Errorf("the agent is shown the client's answer: %s", a.Body)
		}
	})
	t.Run("a reply is kept 24 hours to the millisecond, whether or not its row is still there (F8)", func(t *testing.T) {
		for wait, replayed := range map[time.Duration]string{24*time.Hour - time.Millisecond: "true", 24 * time.Hour: "", 24*time.Hour + time.Millisecond: ""} {
			tn := open(t)
			r := draft("kept")
			first := ok[named](tn, r.status, tn.act(r, "f8"), nil)
			tn.pass(wait)
			rowsBefore := len(tn.rows())
			a := tn.act(r, "f8")
			again := ok[named](tn, r.status, a, nil)
			equal(t, "replayed after "+wait.String(), a.Header.Get("Idempotency-Replayed"), replayed)
			equal(t, "the same project after "+wait.String(), again.ID == first.ID, replayed == "true")
			want := 2 // project and event; the request's row is replaced, not added
			if replayed == "true" {
				want = 0
			}
			equal(t, "new rows after "+wait.String(), len(tn.rows())-rowsBefore, want)
			tn.sound()
		}
	})
}

func TestMissingConfiguration(t *testing.T) {
	optional := map[string]bool{ // the template declares them empty, or they may be
		"CLOCK_URL": true, "AWS_ENDPOINT_URL_DYNAMODB": true, "AWS_ENDPOINT_URL_SFN": true, "AWS_ENDPOINT_URL_SES": true,
		"AWS_ENDPOINT_URL_S3": true, "TRUST_SYSTEM_ROOTS": true, "FIRST_ADMIN": true, "CONFIGURATION_SET": true,
	}
	for _, f := range parsed(t).Functions {
		folder := filepath.Base(f.CodeURI)
		env := map[string]string{}
		for name, value := range f.Env {
			if !optional[name] {
				env[name] = value
			}
		}
		for missing := range env {
			t.Run(folder+" stops at once without "+missing+" and names it (F20)", func(t *testing.T) {
				cmd := exec.Command(filepath.Join(binaries, folder, "bootstrap"))
				cmd.Env = []string{"AWS_REGION=eu-west-1"}
				for name, value := range env {
					if name != missing {
						cmd.Env = append(cmd.Env, name+"="+value)
					}
				}
				out, err := cmd.CombinedOutput()
				if cmd.ProcessState.ExitCode() < 1 || !strings.Contains(string(out), "not configured: set "+missing) {
					t.Errorf("%v: %s", err, out)
				}
			})
		}
	}
}
