package journey

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// World is one running Callsheet, local or under the SAM CLI, with the local cloud's clock and inbox.
type World struct {
	API   string // where the HTTP API answers
	Local string // where the local cloud's own pages are; usually the same
	HTTP  *http.Client

	mu   sync.Mutex
	keys int
}

// New is the world at a base URL.
func New(base string) *World { return At(base, base) }

// At is the world whose API answers elsewhere than the local cloud's own pages. Without those, as in an account, it has
// neither tokens nor mails nor a clock to move.
func At(api, local string) *World {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64
	return &World{API: api, Local: local, HTTP: &http.Client{Transport: transport, Timeout: 10 * time.Minute}}
}

// Person is somebody with an access token.
type Person struct {
	World   *World
	Subject string
	token   string
}

// As is the persona of that subject, with a token that is valid now.
func (w *World) As(subject string) (*Person, error) {
	form := url.Values{"persona": {subject}}
	resp, err := w.HTTP.PostForm(w.Local+"/_local/oidc/token", form)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || answer.AccessToken == "" {
		return nil, fmt.Errorf("no token for %s: %s %v", subject, resp.Status, err)
	}
	return &Person{World: w, Subject: subject, token: answer.AccessToken}, nil
}

// Token is the person's access token, for calls that this package does not make.
func (p *Person) Token() string { return p.token }

// Answer is what a call came to.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Get reads a path.
func (p *Person) Get(path string) (Answer, error) { return p.Do(http.MethodGet, path, nil, nil) }

// Post does something once: every call has an idempotency key of its own.
func (p *Person) Post(path string, body any) (Answer, error) {
	return p.Do(http.MethodPost, path, body, map[string]string{"Idempotency-Key": p.World.key()})
}

// Put edits what was read at a version.
func (p *Person) Put(path, version string, body any) (Answer, error) {
	return p.Do(http.MethodPut, path, body, map[string]string{"If-Match": version})
}

// Do sends one request with the person's token. A token that ran out in virtual time is renewed once.
func (p *Person) Do(method, path string, body any, headers map[string]string) (Answer, error) {
	answer, err := p.send(method, path, body, headers)
	if err == nil && answer.Status == http.StatusUnauthorized {
		renewed, err := p.World.As(p.Subject)
		if err != nil {
			return answer, err
		}
		p.token = renewed.token
		return p.send(method, path, body, headers)
	}
	return answer, err
}

func (p *Person) send(method, path string, body any, headers map[string]string) (Answer, error) {
	var content io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return Answer{}, err
		}
		content = bytes.NewReader(b)
	}
	req, err := http.NewRequest(method, p.World.API+path, content)
	if err != nil {
		return Answer{}, err
	}
	req.Header.Set("Authorization", "Bearer "+p.token)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for k, v := range headers {
		req.Header.Set(k, v)
	}
	resp, err := p.World.HTTP.Do(req)
	if err != nil {
		return Answer{}, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return Answer{resp.StatusCode, resp.Header, b}, err
}

func (w *World) key() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.keys++
	return fmt.Sprintf("journey-%d-%d", time.Now().UnixNano(), w.keys)
}

// Into reads the answer's JSON, or says what came instead of the expected status.
func (a Answer) Into(status int, out any) error {
	if a.Status != status {
		return fmt.Errorf("expected %d, got %d: %s", status, a.Status, a.Body)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(a.Body, out)
}
