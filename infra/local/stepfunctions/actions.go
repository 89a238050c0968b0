package stepfunctions

import (
	"crypto/rand"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	bolt "go.etcd.io/bbolt"
)

type startRequest struct {
	StateMachineARN string  `json:"stateMachineArn"`
	Name            string  `json:"name"`
	Input           *string `json:"input"`
}

type startAnswer struct {
	ExecutionARN string  `json:"executionArn"`
	StartDate    float64 `json:"startDate"`
}

// startExecution: the same name with the same input while running is the same execution; the name is free again when the
// closed one is forgotten.
func (s *Service) startExecution(r startRequest) (startAnswer, error) {
	m, err := s.machineFor(r.StateMachineARN)
	if err != nil {
		return startAnswer{}, err
	}
	if r.Name == "" {
		r.Name = newID()
	}
	input := value(r.Input, "{}")
	if err := checkStart(r.Name, input); err != nil {
		return startAnswer{}, err
	}
	x := &execution{ARN: executionARN(m.ARN, r.Name), Name: r.Name, Machine: m.ARN, Definition: m.hash, Input: input}
	started := false
	err = s.db.Update(func(tx *bolt.Tx) error {
		known, err := loadExecution(tx, x.ARN)
		if err != nil {
			return err
		}
		if known != nil && !known.forgotten(s.clk.Now()) {
			if known.Status != running || known.Input != input {
				return refusal("ExecutionAlreadyExists", "Execution Already Exists: '%s'", x.ARN)
			}
			x = known
			return nil
		}
		started = true
		return s.startIn(tx, x)
	})
	if err != nil {
		return startAnswer{}, err
	}
	if started {
		s.wakeFor(x)
	}
	return startAnswer{x.ARN, epoch(x.StartedAt)}, nil
}

// startIn commits the fresh execution with its first steps, so that a Wait is in the due index from the start.
func (s *Service) startIn(tx *bolt.Tx, x *execution) error {
	if err := forget(tx, x.ARN); err != nil {
		return err
	}
	d, err := s.definition(tx, x.Definition)
	if err != nil {
		return err
	}
	t := begin(x, d, s.clk.Now())
	t.proceed()
	tx.OnCommit(func() { s.count(Usage{Executions: 1, Transitions: t.transitions}) })
	return saveTurn(tx, t)
}

func (s *Service) wakeFor(x *execution) {
	if x.Status == running && x.Phase == calling {
		s.startNow(x.ARN)
		return
	}
	s.clk.Wake()
}

func checkStart(name, input string) error {
	if utf8.RuneCountInString(name) > 80 {
		return refusal("ValidationException", "1 validation error detected: Value '%s' at 'name' failed to satisfy constraint: Member must have length less than or equal to 80", name)
	}
	if !validName(name) {
		return refusal("InvalidName", "Invalid Name: '%s'", name)
	}
	if len(input) > largestData {
		return refusal("ValidationException", "1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have length less than or equal to %d", largestData)
	}
	if _, err := decode([]byte(input)); err != nil {
		return refusal("InvalidExecutionInput", "Invalid State Machine Execution Input: '%s'", err)
	}
	return nil
}

// validName holds AWS's rule for names of machines and executions.
func validName(name string) bool {
	if name == "" || utf8.RuneCountInString(name) > 80 || !utf8.ValidString(name) {
		return false
	}
	return !strings.ContainsFunc(name, func(r rune) bool {
		return r <= 0x20 || r >= 0x7f && r <= 0x9f || r == 0xfffe || r == 0xffff || strings.ContainsRune("<>{}[]?*\"#%\\^|~`$&,;:/", r)
	})
}

type stopRequest struct {
	ExecutionARN string `json:"executionArn"`
	Error        string `json:"error"`
	Cause        string `json:"cause"`
}

type stopAnswer struct {
	StopDate float64 `json:"stopDate"`
}

// stopExecution aborts; a Lambda call in flight runs to its end and its outcome is dropped. A closed execution stays as it is.
func (s *Service) stopExecution(r stopRequest) (stopAnswer, error) {
	var stopped time.Time
	err := s.db.Update(func(tx *bolt.Tx) error {
		x, err := s.executionFor(tx, r.ExecutionARN)
		if err != nil {
			return err
		}
		if x.Status != running {
			stopped = x.StoppedAt
			return nil
		}
		d, err := s.definition(tx, x.Definition)
		if err != nil {
			return err
		}
		t := &turn{execution: x, definition: d, now: s.clk.Now()}
		t.close(aborted, "ExecutionAborted", failure{r.Error, r.Cause})
		stopped = x.StoppedAt
		return saveTurn(tx, t)
	})
	return stopAnswer{epoch(stopped)}, err
}

func (s *Service) machineFor(arn string) (*machine, error) {
	parts := strings.Split(arn, ":")
	if len(parts) != 7 || parts[2] != "states" || parts[5] != "stateMachine" {
		return nil, refusal("InvalidArn", "Invalid Arn: '%s'", arn)
	}
	m := s.machine(arn)
	if m == nil {
		return nil, refusal("StateMachineDoesNotExist", "State Machine Does Not Exist: '%s'", arn)
	}
	return m, nil
}

func (s *Service) executionFor(tx *bolt.Tx, arn string) (*execution, error) {
	parts := strings.Split(arn, ":")
	if len(parts) != 8 || parts[2] != "states" || parts[5] != "execution" {
		return nil, refusal("InvalidArn", "Invalid Arn: '%s'", arn)
	}
	x, err := loadExecution(tx, arn)
	if err != nil {
		return nil, err
	}
	if x == nil || x.forgotten(s.clk.Now()) {
		return nil, refusal("ExecutionDoesNotExist", "Execution Does Not Exist: '%s'", arn)
	}
	return x, nil
}

func executionARN(machineARN, name string) string {
	return strings.Replace(machineARN, ":stateMachine:", ":execution:", 1) + ":" + name
}

func regionOf(arn string) string { return strings.Split(arn, ":")[3] }

// newID is a random UUID, as AWS gives an execution without a name and a request.
func newID() string {
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic(err) // crypto/rand never fails
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
