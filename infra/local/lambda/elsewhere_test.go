package lambda

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// elsewhere is a platform whose function worker runs at a Lambda API.
func elsewhere(t *testing.T, api string) *Platform {
	t.Helper()
	p := New(Config{Clock: newClock(t), AccountID: "123456789012", Region: "eu-west-1", Elsewhere: api})
	t.Cleanup(p.Close)
	if err := p.Register(Function{Name: "worker", Elsewhere: "Worker Function", Timeout: time.Minute, MemorySize: 256}); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestElsewhere(t *testing.T) {
	there := newPlatform(t, work(nil))
	asked := make(chan string, 100)
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.URL.Path
		r.URL.Path = "/2015-03-31/functions/worker/invocations"
		there.InvokeAPI().ServeHTTP(w, r)
	}))
	defer api.Close()
	p := elsewhere(t, api.URL)

	t.Run("answers what the function there answers, under its name there", func(t *testing.T) {
		r, err := p.Invoke(t.Context(), "worker", []byte(`{"do":"json","json":7}`))
		if path := <-asked; err != nil || string(r.Payload) != "7" || r.FunctionError != "" || r.RequestID == "" || path != "/2015-03-31/functions/Worker Function/invocations" {
			t.Errorf("%+v %v %s", r, err, path)
		}
	})
	t.Run("tells an error of the function from a failure to run it", func(t *testing.T) {
		r, err := p.Invoke(t.Context(), "worker", []byte(`{"do":"error","text":"no"}`))
		if err != nil || r.FunctionError != "Unhandled" || !strings.Contains(string(r.Payload), `"errorMessage":"no"`) {
			t.Errorf("%+v %v", r, err)
		}
		broken := httptest.NewServer(http.NotFoundHandler())
		defer broken.Close()
		if r, err := elsewhere(t, broken.URL).Invoke(t.Context(), "worker", nil); err == nil || !strings.Contains(err.Error(), "404") {
			t.Errorf("%+v %v", r, err)
		}
	})
	t.Run("holds the clock until it is answered", func(t *testing.T) {
		g := newGate(t)
		answered := make(chan error, 1)
		go func() {
			_, err := p.Invoke(t.Context(), "worker", g.event())
			answered <- err
		}()
		<-g.arrived
		quiet := make(chan error, 1)
		go func() { quiet <- p.config.Clock.Quiesce(t.Context()) }()
		select {
		case <-quiet:
			t.Error("the clock went on")
		default:
		}
		close(g.open)
		if err := <-answered; err != nil {
			t.Error(err)
		}
		if err := <-quiet; err != nil {
			t.Error(err)
		}
	})
	t.Run("counts as it does here", func(t *testing.T) {
		if s := p.Stats()["worker"]; s.Invocations != 3 || s.Errors != 1 || s.ColdStarts != 0 {
			t.Errorf("%+v", s)
		}
	})
	t.Run("is waited for while it does not listen yet", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		address := l.Addr().String()
		l.Close()
		early := elsewhere(t, "http://"+address)
		answered := make(chan error, 1)
		go func() {
			_, err := early.Invoke(t.Context(), "worker", []byte(`{"do":"json","json":7}`))
			answered <- err
		}()
		if l, err = net.Listen("tcp", address); err != nil {
			t.Fatal(err)
		}
		late := httptest.NewUnstartedServer(api.Config.Handler)
		late.Listener.Close()
		late.Listener = l
		late.Start()
		defer late.Close()
		if err := <-answered; err != nil {
			t.Error(err)
		}
	})
	t.Run("answers everybody when this cloud closes", func(t *testing.T) {
		silent := newGate(t)
		p := elsewhere(t, silent.url)
		answered := make(chan error, 1)
		go func() {
			_, err := p.Invoke(t.Context(), "worker", nil)
			answered <- err
		}()
		<-silent.arrived
		p.Close()
		if err := <-answered; err == nil {
			t.Error("no error")
		}
	})
}
