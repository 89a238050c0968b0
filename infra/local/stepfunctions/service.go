package stepfunctions

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/clock"
)

// concurrency is how many executions run at the same time.
const concurrency = 4

// Service is the local Step Functions: an http.Handler and a clock.Source. The caller attaches it to the clock.
type Service struct {
	db      *bolt.DB
	clk     *clock.Clock
	invoker Invoker

	life  context.Context
	end   context.CancelFunc
	work  sync.WaitGroup
	slots chan struct{}

	mu       sync.Mutex
	machines map[string]*machine // by ARN
	claimed  map[string]bool     // executions that some goroutine is running
	usage    Usage

	parsed sync.Map // *definition by hash; not under mu, because it is read inside transactions
}

// Machine is what the template says about a state machine.
type Machine struct {
	Name       string
	ARN        string
	Definition []byte
}

type machine struct {
	Machine
	hash      string
	createdAt time.Time
}

// Usage counts what AWS would bill since Open: a transition for the start, for every state entered and for every retry.
type Usage struct {
	Executions  int
	Transitions int
}

// Open finds the executions of an earlier process where they were; the clock's next Run resumes those that are due.
func Open(db *bolt.DB, clk *clock.Clock, invoker Invoker) (*Service, error) {
	if err := db.Update(createBuckets); err != nil {
		return nil, fmt.Errorf("stepfunctions: %w", err)
	}
	s := &Service{
		db: db, clk: clk, invoker: invoker, slots: make(chan struct{}, concurrency),
		machines: map[string]*machine{}, claimed: map[string]bool{},
	}
	s.life, s.end = context.WithCancel(context.Background())
	return s, nil
}

// Close ends the calls in flight and waits for them; the next Open makes them again.
func (s *Service) Close() {
	s.end()
	s.work.Wait()
}

// Create makes a machine known, or gives a known one a new definition: running executions keep the one they started with.
func (s *Service) Create(m Machine) error {
	parts := strings.Split(m.ARN, ":")
	if len(parts) != 7 || parts[2] != "states" || parts[5] != "stateMachine" || parts[6] != m.Name || !validName(m.Name) {
		return fmt.Errorf("state machine %q: InvalidArn: %q is not arn:aws:states:<region>:<account>:stateMachine:%s", m.Name, m.ARN, m.Name)
	}
	if _, err := parseDefinition(m.Definition); err != nil {
		return fmt.Errorf("state machine %q: %w", m.Name, err)
	}
	created := &machine{Machine: m, createdAt: s.clk.Now()}
	err := s.db.Update(func(tx *bolt.Tx) (err error) {
		created.hash, err = putDefinition(tx, m.Definition)
		return err
	})
	if err != nil {
		return fmt.Errorf("state machine %q: %w", m.Name, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.machines[m.ARN] = created
	return nil
}

func (s *Service) machine(arn string) *machine {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.machines[arn]
}

// definition parses each stored definition once.
func (s *Service) definition(tx *bolt.Tx, hash string) (*definition, error) {
	if d, ok := s.parsed.Load(hash); ok {
		return d.(*definition), nil
	}
	d, err := parseDefinition(in(tx, definitions).Get([]byte(hash)))
	if err != nil {
		return nil, err
	}
	s.parsed.Store(hash, d)
	return d, nil
}

// Usage is the count since Open.
func (s *Service) Usage() Usage {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.usage
}

func (s *Service) count(u Usage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.usage.Executions += u.Executions
	s.usage.Transitions += u.Transitions
}

// Due is the first instant of the due index that nobody is working on.
func (s *Service) Due() (at time.Time, ok bool) {
	s.eachDue(func(due time.Time, arn string) bool {
		at, ok = due, true
		return false
	})
	return at, ok
}

// eachDue visits unclaimed executions in due order until visit says stop. It holds s.mu, which nobody takes inside a
// transaction. A closed service has nothing due.
func (s *Service) eachDue(visit func(due time.Time, arn string) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.life.Err() != nil {
		return
	}
	err := s.db.View(func(tx *bolt.Tx) error {
		c := in(tx, dueIndex).Cursor()
		for k, _ := c.First(); k != nil; k, _ = c.Next() {
			due, arn := splitDueKey(k)
			if !s.claimed[arn] && !visit(due, arn) {
				break
			}
		}
		return nil
	})
	if err != nil {
		slog.Error("stepfunctions: the due index cannot be read", "error", err)
	}
}

// Run carries every execution that is due on to its next wait or its end, and tells in due order.
func (s *Service) Run(ctx context.Context, now time.Time) []clock.Happening {
	var due []string
	s.eachDue(func(at time.Time, arn string) bool {
		if at.After(now) {
			return false
		}
		s.claimed[arn] = true
		due = append(due, arn)
		return true
	})
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.life, cancel)()
	told := make([][]clock.Happening, len(due))
	var group sync.WaitGroup
	for i, arn := range due {
		s.slots <- struct{}{}
		group.Go(func() {
			defer func() { <-s.slots }()
			told[i] = s.drive(ctx, arn)
		})
	}
	group.Wait()
	return slices.Concat(told...)
}

// startNow runs a fresh execution that has work at once. It is in flight before StartExecution answers.
func (s *Service) startNow(arn string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.claimed[arn] || s.life.Err() != nil {
		return
	}
	s.claimed[arn] = true
	done := s.clk.Begin()
	s.work.Go(func() {
		defer done()
		s.slots <- struct{}{}
		defer func() { <-s.slots }()
		s.drive(s.life, arn)
	})
}

// drive runs a claimed execution. One whose state cannot be saved keeps its claim: it stands still until the next Open
// instead of spinning.
func (s *Service) drive(ctx context.Context, arn string) []clock.Happening {
	defer s.clk.Begin()()
	told, err := s.steps(ctx, arn)
	if err != nil && !errors.Is(err, errSuperseded) {
		slog.Error("stepfunctions: an execution is stuck", "execution", arn, "error", err)
		return told
	}
	s.mu.Lock()
	delete(s.claimed, arn)
	s.mu.Unlock()
	return told
}

func (s *Service) steps(ctx context.Context, arn string) (told []clock.Happening, err error) {
	t, err := s.load(arn)
	if err != nil || t == nil {
		return nil, err
	}
	for {
		t.now = s.clk.Now()
		t.proceed()
		if err := s.db.Update(func(tx *bolt.Tx) error { return saveTurn(tx, t) }); err != nil {
			return told, err
		}
		s.count(Usage{Transitions: t.transitions})
		t.history, t.transitions = nil, 0
		if t.Status != running {
			return append(told, t.happening("ended "+t.Status)), nil
		}
		if t.Phase != calling {
			return told, nil
		}
		name := t.State
		result, interrupted, err := call(ctx, s.invoker, t)
		if interrupted {
			return told, nil
		}
		t.now = s.clk.Now()
		t.settle(result, err)
		told = append(told, t.happening(outcome(name, err)))
	}
}

// load answers nil when the execution was stopped since it was claimed.
func (s *Service) load(arn string) (t *turn, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		x, err := loadExecution(tx, arn)
		if err != nil || x == nil || x.Status != running {
			return err
		}
		d, err := s.definition(tx, x.Definition)
		t = &turn{execution: x, definition: d}
		return err
	})
	return t, err
}

func outcome(state string, err error) string {
	if err != nil {
		return fmt.Sprintf("%s failed: %v", state, err)
	}
	return state + " done"
}

func (t *turn) happening(what string) clock.Happening {
	machine := t.Machine[strings.LastIndexByte(t.Machine, ':')+1:]
	return clock.Happening{At: t.now, Source: "stepfunctions", What: fmt.Sprintf("%s/%s: %s", machine, t.Name, what)}
}
