package lambda

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/callsheet/callsheet/infra/local/clock"
)

const (
	// MaxPayload is Lambda's limit for a synchronous request and for its response.
	MaxPayload = 6_291_556

	defaultConcurrency = 8
	defaultIdleAfter   = 5 * time.Minute
)

// Config is what all functions share. Logs may be nil.
type Config struct {
	Clock     *clock.Clock
	AccountID string
	Region    string
	Logs      io.Writer     // every line of every function, prefixed by the function's name
	IdleAfter time.Duration // how long an idle process is kept; 0 means 5 minutes
	Elsewhere string        // base URL of the Lambda API that runs the functions registered so (sam local start-lambda)
}

// Platform is the set of functions and their processes.
type Platform struct {
	config  Config
	spawner spawner
	logs    *lockedWriter
	over    context.Context // ends when the platform is closed
	end     context.CancelFunc
	running sync.WaitGroup

	mu        sync.Mutex
	functions map[string]*function
	closed    bool
}

// Result is what an invocation answered. FunctionError is "" for success and "Unhandled" for every failure of the
// function, in which case Payload is Lambda's error document.
type Result struct {
	RequestID     string
	Payload       []byte
	FunctionError string
}

// New starts a platform without functions. Close it, or its processes end only with this one.
func New(config Config) *Platform {
	config.IdleAfter = cmp.Or(config.IdleAfter, defaultIdleAfter)
	p := &Platform{
		config:    config,
		spawner:   newSpawner(),
		functions: map[string]*function{},
	}
	p.over, p.end = context.WithCancel(context.Background())
	if config.Logs != nil {
		p.logs = &lockedWriter{w: config.Logs}
	}
	p.running.Go(p.stopIdleFromTimeToTime)
	return p
}

// Register makes a function known. Nothing runs before its first invocation.
func (p *Platform) Register(f Function) error {
	if err := f.validate(); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return errClosed()
	}
	if _, taken := p.functions[f.Name]; taken {
		return &Error{409, "ResourceConflictException", "Function already exist: " + f.Name}
	}
	p.functions[f.Name] = newFunction(p, f)
	return nil
}

// ARN is the function's name as AWS writes it in full.
func (p *Platform) ARN(name string) string {
	return "arn:aws:lambda:" + p.config.Region + ":" + p.config.AccountID + ":function:" + name
}

// Invoke runs the function, named by name or ARN, and waits for its answer. When ctx ends first the function goes on,
// as on AWS, and the clock waits for it. An error means that the function did not run or that nobody waits any more; an
// error of the function itself is a Result.
func (p *Platform) Invoke(ctx context.Context, name string, payload []byte) (Result, error) {
	inv, f, err := p.accept(name, payload)
	if err != nil {
		return Result{}, err
	}
	f.enqueue(inv)
	select {
	case answer := <-inv.answer:
		return answer.result, answer.err
	case <-ctx.Done():
		f.abandon(inv)
		return Result{}, fmt.Errorf("invoke %s: %w", f.Name, context.Cause(ctx))
	}
}

// accept checks an invocation and, if it may run, holds the clock for it.
func (p *Platform) accept(name string, payload []byte) (*invocation, *function, error) {
	f, err := p.find(name)
	if err != nil {
		return nil, nil, err
	}
	if len(payload) > MaxPayload {
		return nil, nil, &Error{413, "RequestTooLargeException", fmt.Sprintf("%d byte payload is too large for the RequestResponse invocation type (limit %d bytes)", len(payload), MaxPayload)}
	}
	if len(payload) == 0 {
		payload = []byte("{}")
	}
	if !json.Valid(payload) {
		return nil, nil, &Error{400, "InvalidRequestContentException", "Could not parse request body into json"}
	}
	return newInvocation(payload, p.config.Clock), f, nil
}

func (p *Platform) find(name string) (*function, error) {
	short := strings.TrimSuffix(strings.TrimPrefix(name, p.ARN("")), ":$LATEST")
	p.mu.Lock()
	defer p.mu.Unlock()
	f, ok := p.functions[short]
	if !ok {
		return nil, &Error{404, "ResourceNotFoundException", "Function not found: " + p.ARN(short)}
	}
	return f, nil
}

// Kill sends SIGKILL to every process of the function, busy or idle, and tells how many there were. It exists to prove
// what happens when an execution environment dies.
func (p *Platform) Kill(name string) (int, error) {
	f, err := p.find(name)
	if err != nil {
		return 0, err
	}
	return f.kill(), nil
}

// Stats is a snapshot of every function's counters, by name.
func (p *Platform) Stats() map[string]Stats {
	all := map[string]Stats{}
	for _, f := range p.all() {
		all[f.Name] = f.snapshot()
	}
	return all
}

// Log is the function's last lines, oldest first.
func (p *Platform) Log(name string) ([]string, error) {
	f, err := p.find(name)
	if err != nil {
		return nil, err
	}
	return f.log.last(), nil
}

// Close kills every process, fails what runs or waits, and returns when all of them are gone.
func (p *Platform) Close() {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return
	}
	p.closed = true
	p.mu.Unlock()
	p.end()
	for _, f := range p.all() {
		f.close()
	}
	p.running.Wait()
	close(p.spawner)
}

func (p *Platform) all() []*function {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Collect(maps.Values(p.functions))
}

func (p *Platform) stopIdleFromTimeToTime() {
	ticker := time.NewTicker(max(p.config.IdleAfter/4, time.Millisecond))
	defer ticker.Stop()
	for {
		select {
		case <-p.over.Done():
			return
		case now := <-ticker.C:
			p.stopIdle(now)
		}
	}
}

// stopIdle ends the processes that have been idle for IdleAfter at now.
func (p *Platform) stopIdle(now time.Time) {
	for _, f := range p.all() {
		f.stopIdle(now.Add(-p.config.IdleAfter))
	}
}
