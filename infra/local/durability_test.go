package local_test

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/callsheet/callsheet/infra/journey"
	"github.com/callsheet/callsheet/infra/local"
	"github.com/callsheet/callsheet/infra/local/ses"
)

// serveVariable makes this test binary a process with a local cloud in it, so that a test can kill it.
const serveVariable = "CALLSHEET_TEST_SERVE"

// served is what the process is told.
type served struct {
	Binaries, Data string
	Port           int
}

func (s served) config() local.Config {
	return local.Config{
		Project: checkout, Binaries: s.Binaries, Data: s.Data, Port: s.Port, Paused: true, Start: noon,
		Personas: local.Personas(journey.Cast()), MailRate: 1_000_000,
	}
}

// serve runs a cloud until its input ends, which it does when the test ends, however that happens.
func serve(told string) int {
	var s served
	err := json.Unmarshal([]byte(told), &s)
	if err == nil {
		var cloud *local.Cloud
		if cloud, err = local.Open(s.config()); err == nil {
			fmt.Println(cloud.URL)
			_, err = io.Copy(io.Discard, os.Stdin)
			err = cmp.Or(err, cloud.Close())
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// server is a cloud in a process of its own, started anew after every kill, always on the same port and data.
type server struct {
	t *testing.T
	served

	mu    sync.Mutex
	runs  int // how often it has been started
	up    *sync.Cond
	alive bool
	cmd   *exec.Cmd
	input io.Closer
}

func launch(t *testing.T) *server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, served: served{binaries, t.TempDir(), port}}
	s.up = sync.NewCond(&s.mu)
	s.start()
	t.Cleanup(s.kill)
	return s
}

// start returns once the cloud answers.
func (s *server) start() {
	config, err := json.Marshal(s.served)
	if err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), serveVariable+"="+string(config))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		s.t.Fatalf("the cloud did not start: %v", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cmd, s.input, s.alive = cmd, in, true
	s.runs++
	s.up.Broadcast()
}

// kill is kill -9; killing what is dead already does nothing.
func (s *server) kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.alive {
		return
	}
	s.alive = false
	if err := s.cmd.Process.Kill(); err != nil {
		s.t.Error(err)
	}
	_ = s.cmd.Wait() // "signal: killed"
	_ = s.input.Close()
}

// await returns the number of the present run, once one after that is up.
func (s *server) await(after int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.runs <= after || !s.alive {
		s.up.Wait()
	}
	return s.runs
}

func (s *server) url() string { return fmt.Sprintf("http://127.0.0.1:%d", s.Port) }

// visit opens the killed server's data in this process.
func (s *server) visit(t *testing.T) *town {
	t.Helper()
	s.kill()
	return open(t, func(c *local.Config) { *c = s.config() })
}

func TestKill(t *testing.T) {
	t.Run("in the middle of a wait leaves everything there, and the reward is credited once, at its instant", func(t *testing.T) {
		s := launch(t)
		tn := &town{t: t, world: journey.New(s.url())}
		tn.must(tn.world.Settle(journey.Cast()))
		assignment := tn.assignment("pro-ana", nil)
		tn.submit("pro-ana", assignment)
		tn.passQC(assignment)
		tn.pass(10 * 24 * time.Hour)
		s.kill()
		s.start()
		equal(t, "state after the kill", tn.state("pro-ana", assignment), "in_review")
		tn.pass(20*24*time.Hour - time.Millisecond)
		equal(t, "reward a millisecond early", tn.rewards("pro-ana")[0].State, "held")
		s.kill()
		s.start()
		tn.pass(time.Millisecond)
		r := tn.rewards("pro-ana")
		if len(r) != 1 || r[0].State != "credited" || r[0].CreditedAt != r[0].ReleaseAt {
			t.Errorf("rewards: %+v", r)
		}
		after := s.visit(t)
		equal(t, "mails about the credit", len(after.mails("credited")), 1)
		after.sound()
	})
	t.Run("twenty times while clients write loses nothing that was acknowledged and does nothing twice (I19, I20)", func(t *testing.T) {
		s := launch(t)
		if err := journey.New(s.url()).Settle(journey.Cast()); err != nil {
			t.Fatal(err)
		}
		written := s.hammer(20)
		t.Logf("%d projects with an invitation each, over %d kills", len(written), s.runs-1)
		tn := s.visit(t)
		tn.pass(30 * time.Minute) // leases of mails that were cut off run out, and the sweep sends them
		tn.holds(written, s.runs)
		tn.sound()
	})
}

// deed is what a writer got acknowledged.
type deed struct{ project, invitation string }

// hammer has four clients write while the server is killed that many times, each time after a random number of requests.
func (s *server) hammer(kills int) []deed {
	seed := rand.Uint64()
	s.t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	var (
		mu      sync.Mutex
		written []deed
		writers sync.WaitGroup
		stop    = make(chan struct{})
		sent    = make(chan struct{})
	)
	for w := range 4 {
		writers.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				d := s.write(fmt.Sprintf("writer-%d-%d", w, n), sent)
				mu.Lock()
				written = append(written, d)
				mu.Unlock()
			}
		})
	}
	for range kills {
		for range 1 + random.IntN(12) {
			<-sent
		}
		for range random.IntN(4) { // how far the requests get that are under way
			_, _ = http.Get(s.url() + "/_local/clock")
		}
		s.kill()
		s.start()
	}
	close(stop)
	go func() {
		for range sent { // nobody is killed any more
		}
	}()
	writers.Wait()
	close(sent)
	return written
}

// write does one piece of work, every request again and again with its key until it is acknowledged.
func (s *server) write(key string, sent chan<- struct{}) deed {
	tn := &town{t: s.t, world: journey.New(s.url())}
	body := map[string]any{
		"type": "speedy", "category": "translation", "title": key, "brief": "Forty short texts.", "publish": true,
		"reward": map[string]string{"amount": "120.00", "currency": "USD"}, "deliverBy": noon.Add(24 * time.Hour).Format(time.RFC3339),
	}
	var p named
	s.insist(tn.world, "client", "/v1/projects", key, body, sent, &p)
	var r round
	s.insist(tn.world, "agent", "/v1/projects/"+p.ID+"/invitations", key, map[string]any{"invitations": []map[string]string{{"pro": "pro-ana"}}}, sent, &r)
	return deed{p.ID, r.Invitations[0].ID}
}

func (s *server) insist(w *journey.World, who, path, key string, body any, sent chan<- struct{}, out any) {
	for run := 0; ; {
		run = s.await(run - 1)
		sent <- struct{}{}
		person, err := w.As(who)
		if err != nil {
			run = s.next(run)
			continue
		}
		a, err := person.Do(http.MethodPost, path, body, map[string]string{"Idempotency-Key": key})
		switch {
		case err == nil && a.Status == http.StatusCreated:
			if err := json.Unmarshal(a.Body, out); err == nil {
				return
			}
		case err == nil && a.Status < 500:
			s.t.Errorf("%s: %d %s", path, a.Status, a.Body)
		}
		run = s.next(run)
	}
}

// next is the run after which to try again: the present one if the server is up, else the one to come.
func (s *server) next(run int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.alive {
		return s.runs
	}
	return run + 1
}

// holds finds every deed exactly once, and a mail for each.
func (tn *town) holds(written []deed, runs int) {
	tn.t.Helper()
	there := map[string]int{}
	for path := "/v1/projects?limit=100"; path != ""; {
		a, err := tn.as("client").Get(path)
		page := ok[struct {
			Data       []named
			NextCursor string
		}](tn, http.StatusOK, a, err)
		for _, p := range page.Data {
			there[p.ID]++
		}
		path = ""
		if page.NextCursor != "" {
			path = "/v1/projects?limit=100&cursor=" + page.NextCursor
		}
	}
	equal(tn.t, "projects", len(there), len(written))
	mails, err := tn.Mail.Messages(ses.Filter{To: "ana@pro.example.com"})
	tn.must(err)
	twice := 0
	for _, d := range written {
		equal(tn.t, "times that "+d.project+" is there", there[d.project], 1)
		told := 0
		for _, m := range mails {
			if strings.Contains(m.Text, d.invitation) {
				told++
			}
		}
		if told == 0 {
			tn.t.Errorf("nobody was told of %s", d.invitation)
		}
		twice += max(told-1, 0)
	}
	if twice >= runs { // one mail at most was handed over and not yet marked at each kill, per sender
		tn.t.Errorf("%d mails went twice over %d runs", twice, runs)
	}
	tn.t.Logf("%d of %d mails went twice: handed over, and the process killed before it was marked", twice, len(mails))
}
