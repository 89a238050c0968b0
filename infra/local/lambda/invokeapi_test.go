package lambda

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestTheInvokeAPI(t *testing.T) {
	p := newPlatform(t, work(nil))
	server := httptest.NewServer(p.InvokeAPI())
	defer server.Close()
	call := func(t *testing.T, path, body string, header ...string) (*http.Response, string) {
		t.Helper()
		r, err := http.NewRequest("POST", server.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if len(header) == 2 {
			r.Header.Set(header[0], header[1])
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer, string(text)
	}
	const path = "/2015-03-31/functions/worker/invocations"

	t.Run("answers with the payload", func(t *testing.T) {
		for _, name := range []string{"worker", url.PathEscape(p.ARN("worker"))} {
			answer, body := call(t, "/2015-03-31/functions/"+name+"/invocations", `{"do":"json","json":7}`)
			if answer.StatusCode != 200 || body != "7" || answer.Header.Get("X-Amz-Function-Error") != "" || answer.Header.Get("X-Amz-Executed-Version") != "$LATEST" {
				t.Error(answer.Status, body)
			}
		}
	})
	t.Run("marks an error of the function", func(t *testing.T) {
		answer, body := call(t, path, `{"do":"error","text":"no"}`)
		if answer.StatusCode != 200 || answer.Header.Get("X-Amz-Function-Error") != "Unhandled" || !strings.Contains(body, `"errorMessage":"no"`) {
			t.Error(answer.Status, body)
		}
	})
	t.Run("accepts an event before it has run, and the clock waits for it", func(t *testing.T) {
		g := newGate(t)
		answer, _ := call(t, path, string(g.event()), "X-Amz-Invocation-Type", "Event")
		if answer.StatusCode != 202 {
			t.Fatal(answer.Status)
		}
		close(g.open)
		before := len(g.arrived)
		if err := p.config.Clock.Quiesce(t.Context()); err != nil || before > 1 || len(g.arrived) != 1 {
			t.Error(err, before, len(g.arrived))
		}
	})
	for _, row := range []struct {
		what, path, body string
		header           []string
		status           int
		code             string
	}{
		{"an unknown function", "/2015-03-31/functions/none/invocations", "{}", nil, 404, "ResourceNotFoundException"},
		{"a body that is not JSON", path, "{", nil, 400, "InvalidRequestContentException"},
		{"an event above 1 MB", path, `"` + strings.Repeat("x", maxEvent) + `"`, []string{"X-Amz-Invocation-Type", "Event"}, 413, "RequestTooLargeException"},
		{"a dry run", path, "{}", []string{"X-Amz-Invocation-Type", "DryRun"}, 400, "InvalidParameterValueException"},
		{"a log tail", path, "{}", []string{"X-Amz-Log-Type", "Tail"}, 400, "InvalidParameterValueException"},
		{"a client context", path, "{}", []string{"X-Amz-Client-Context", "e30="}, 400, "InvalidParameterValueException"},
		{"another version", path + "?Qualifier=prod", "{}", nil, 404, "ResourceNotFoundException"},
		{"another operation", "/2015-03-31/functions", "{}", nil, 404, "UnknownOperationException"},
	} {
		t.Run("refuses "+row.what, func(t *testing.T) {
			answer, body := call(t, row.path, row.body, row.header...)
			if answer.StatusCode != row.status || answer.Header.Get("X-Amzn-Errortype") != row.code {
				t.Error(answer.Status, answer.Header, body)
			}
		})
	}
}
