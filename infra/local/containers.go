package local

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Containers are where functions run that are not processes of this cloud: containers of the SAM CLI.
type Containers struct {
	Lambda string // base URL of `sam local start-lambda`, through which streams, timers and schedules reach the functions; empty for processes here
	API    string // base URL of `sam local start-api`, where links in mails lead; empty for this cloud's own
	Bind   string // an address of this machine that containers reach and no other machine does; what functions need listens there too
	Host   string // how containers name it
}

// elsewhere tells whether no function runs as a process of this cloud.
func (c *Containers) elsewhere() bool { return c != nil && c.Lambda != "" }

// reach is where a function finds what it needs of this cloud.
type reach struct{ front, aws, files string }

// inside opens three more ports for what functions in containers need, and nothing else.
func (c *Cloud) inside(containers Containers) ([]net.Listener, error) {
	opened, err := listen(containers.Bind, 0)
	if err != nil {
		return nil, fmt.Errorf("the address at which containers reach this machine: %w", err)
	}
	at := func(l net.Listener) string {
		return fmt.Sprintf("http://%s:%d", containers.Host, l.Addr().(*net.TCPAddr).Port)
	}
	c.functionsReach = reach{at(opened[0]), at(opened[1]), at(opened[2])}
	return opened, nil
}

// frontForFunctions is what functions get of the first port: the instant and the issuer's keys. Tokens, console and API stay on
// loopback.
func (c *Cloud) frontForFunctions() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /_local/clock", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]time.Time{"now": c.Clock.Now()}) // a caller who hung up cannot be told anything
	})
	mux.Handle("GET /_local/oidc/.well-known/jwks.json", http.StripPrefix("/_local/oidc", c.Issuer))
	return mux
}
