package lambda

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// bareRuntime is the Runtime API of an environment without a process, for calls that no well-behaved runtime makes.
func bareRuntime(t *testing.T) (*environment, func(method, path, body string, header ...string) (int, string)) {
	t.Helper()
	p := newPlatform(t, work(nil))
	e := newEnvironment(p.functions["worker"])
	e.initTimer.Stop()
	e.function.starting++
	api := e.runtimeAPI()
	return e, func(method, path, body string, header ...string) (int, string) {
		r := httptest.NewRequest(method, "/2018-06-01/runtime"+path, strings.NewReader(body))
		if len(header) == 2 {
			r.Header.Set(header[0], header[1])
		}
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		answer, _ := io.ReadAll(w.Body)
		return w.Code, string(answer)
	}
}

// give lets the environment fetch one invocation.
func give(t *testing.T, e *environment, call func(method, path, body string, header ...string) (int, string)) *invocation {
	t.Helper()
	inv := newInvocation([]byte(`{}`), e.function.platform.config.Clock)
	e.function.waiting = append(e.function.waiting, inv)
	if status, body := call("GET", "/invocation/next", ""); status != http.StatusOK || body != "{}" {
		t.Fatal(status, body)
	}
	return inv
}

func TestTheRuntimeAPI(t *testing.T) {
	t.Run("refuses an answer to another invocation", func(t *testing.T) {
		e, call := bareRuntime(t)
		give(t, e, call)
		for _, path := range []string{"/invocation/other/response", "/invocation/other/error"} {
			if status, body := call("POST", path, "{}"); status != http.StatusBadRequest || !strings.Contains(body, "InvalidRequestID") {
				t.Error(path, status, body)
			}
		}
	})
	t.Run("counts the first answer and refuses a second", func(t *testing.T) {
		e, call := bareRuntime(t)
		inv := give(t, e, call)
		if status, body := call("POST", "/invocation/"+inv.id+"/response", `1`); status != http.StatusAccepted {
			t.Fatal(status, body)
		}
		if status, body := call("POST", "/invocation/"+inv.id+"/error", `{}`); status != http.StatusBadRequest {
			t.Error(status, body)
		}
		give(t, e, call)
		if got := <-inv.answer; string(got.result.Payload) != "1" || got.result.FunctionError != "" {
			t.Errorf("%+v", got)
		}
	})
	t.Run("refuses to give more work before an answer", func(t *testing.T) {
		e, call := bareRuntime(t)
		give(t, e, call)
		if status, body := call("GET", "/invocation/next", ""); status != http.StatusForbidden || !strings.Contains(body, "InvalidStateTransition") {
			t.Error(status, body)
		}
	})
	t.Run("refuses an init error after init", func(t *testing.T) {
		e, call := bareRuntime(t)
		give(t, e, call)
		if status, body := call("POST", "/init/error", "{}"); status != http.StatusForbidden {
			t.Error(status, body)
		}
	})
	t.Run("refuses response streaming by name", func(t *testing.T) {
		e, call := bareRuntime(t)
		inv := give(t, e, call)
		if status, body := call("POST", "/invocation/"+inv.id+"/response", "{}", "Lambda-Runtime-Function-Response-Mode", "streaming"); status != http.StatusBadRequest || !strings.Contains(body, "streaming") {
			t.Error(status, body)
		}
	})
	t.Run("refuses an error that is not JSON", func(t *testing.T) {
		e, call := bareRuntime(t)
		inv := give(t, e, call)
		if status, body := call("POST", "/invocation/"+inv.id+"/error", "{"); status != http.StatusBadRequest {
			t.Error(status, body)
		}
	})
	t.Run("refuses every other call by name", func(t *testing.T) {
		_, call := bareRuntime(t)
		if status, body := call("GET", "/restore/next", ""); status != http.StatusNotFound || !strings.Contains(body, "/restore/next") {
			t.Error(status, body)
		}
	})
}
