package stepfunctions

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	bolt "go.etcd.io/bbolt"
)

type executionSummary struct {
	ExecutionARN    string  `json:"executionArn"`
	StateMachineARN string  `json:"stateMachineArn"`
	Name            string  `json:"name"`
	Status          string  `json:"status"`
	StartDate       float64 `json:"startDate"`
	StopDate        float64 `json:"stopDate,omitempty"`
}

func (x *execution) summary() executionSummary {
	v := executionSummary{ExecutionARN: x.ARN, StateMachineARN: x.Machine, Name: x.Name, Status: x.Status, StartDate: epoch(x.StartedAt)}
	if x.Status != running {
		v.StopDate = epoch(x.StoppedAt)
	}
	return v
}

type describeExecutionRequest struct {
	ExecutionARN string `json:"executionArn"`
}

type executionView struct {
	executionSummary
	Input  string `json:"input"`
	Output string `json:"output,omitempty"`
	Error  string `json:"error,omitempty"`
	Cause  string `json:"cause,omitempty"`
}

func (s *Service) describeExecution(r describeExecutionRequest) (v executionView, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		x, err := s.executionFor(tx, r.ExecutionARN)
		if err != nil {
			return err
		}
		v = executionView{x.summary(), x.Input, string(x.Output), x.Failure.Name, x.Failure.Cause}
		return nil
	})
	return v, err
}

// paging is the part of a request that asks for a page.
type paging struct {
	MaxResults int    `json:"maxResults"`
	NextToken  string `json:"nextToken"`
}

// page cuts the list after the item that the token names.
func page[T any](items []T, p paging, key func(T) string) (cut []T, next string, err error) {
	if p.MaxResults < 0 || p.MaxResults > 1000 {
		return nil, "", refusal("ValidationException", "1 validation error detected: Value '%d' at 'maxResults' failed to satisfy constraint: Member must have value between 0 and 1000", p.MaxResults)
	}
	if p.NextToken != "" {
		last, err := base64.RawURLEncoding.DecodeString(p.NextToken)
		at := slices.IndexFunc(items, func(item T) bool { return key(item) == string(last) })
		if err != nil || at < 0 {
			return nil, "", refusal("InvalidToken", "Invalid Token: '%s'", p.NextToken)
		}
		items = items[at+1:]
	}
	if n := cmp.Or(p.MaxResults, 100); len(items) > n {
		items = items[:n]
		next = base64.RawURLEncoding.EncodeToString([]byte(key(items[n-1])))
	}
	return items, next, nil
}

type listExecutionsRequest struct {
	paging
	StateMachineARN string `json:"stateMachineArn"`
	StatusFilter    string `json:"statusFilter"`
}

type listExecutionsAnswer struct {
	Executions []executionSummary `json:"executions"`
	NextToken  string             `json:"nextToken,omitempty"`
}

// listExecutions shows the latest started first.
func (s *Service) listExecutions(r listExecutionsRequest) (listExecutionsAnswer, error) {
	m, err := s.machineFor(r.StateMachineARN)
	if err != nil {
		return listExecutionsAnswer{}, err
	}
	found := []executionSummary{}
	err = s.db.View(func(tx *bolt.Tx) error {
		prefix := []byte(executionARN(m.ARN, ""))
		c := in(tx, executions).Cursor()
		for k, raw := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, raw = c.Next() {
			var x execution
			if err := json.Unmarshal(raw, &x); err != nil {
				return err
			}
			if !x.forgotten(s.clk.Now()) && (r.StatusFilter == "" || r.StatusFilter == x.Status) {
				found = append(found, x.summary())
			}
		}
		return nil
	})
	if err != nil {
		return listExecutionsAnswer{}, err
	}
	slices.SortStableFunc(found, func(a, b executionSummary) int { return cmp.Compare(b.StartDate, a.StartDate) })
	cut, next, err := page(found, r.paging, func(v executionSummary) string { return v.ExecutionARN })
	return listExecutionsAnswer{cut, next}, err
}

type historyRequest struct {
	paging
	ExecutionARN string `json:"executionArn"`
	ReverseOrder bool   `json:"reverseOrder"`
}

type historyAnswer struct {
	Events    []json.RawMessage `json:"events"`
	NextToken string            `json:"nextToken,omitempty"`
}

func (s *Service) getExecutionHistory(r historyRequest) (historyAnswer, error) {
	type numbered struct {
		id  int
		raw json.RawMessage
	}
	var events []numbered
	err := s.db.View(func(tx *bolt.Tx) error {
		x, err := s.executionFor(tx, r.ExecutionARN)
		if err != nil {
			return err
		}
		for id := 1; id <= x.Events; id++ {
			events = append(events, numbered{id, bytes.Clone(in(tx, histories).Get(historyKey(x.ARN, id)))})
		}
		return nil
	})
	if err != nil {
		return historyAnswer{}, err
	}
	if r.ReverseOrder {
		slices.Reverse(events)
	}
	cut, next, err := page(events, r.paging, func(e numbered) string { return strconv.Itoa(e.id) })
	answer := historyAnswer{Events: []json.RawMessage{}, NextToken: next}
	for _, e := range cut {
		answer.Events = append(answer.Events, e.raw)
	}
	return answer, err
}

type machineSummary struct {
	StateMachineARN string  `json:"stateMachineArn"`
	Name            string  `json:"name"`
	Type            string  `json:"type"`
	CreationDate    float64 `json:"creationDate"`
}

func (m *machine) summary() machineSummary {
	return machineSummary{m.ARN, m.Name, "STANDARD", epoch(m.createdAt)}
}

type describeMachineRequest struct {
	StateMachineARN string `json:"stateMachineArn"`
}

type machineView struct {
	machineSummary
	Status     string `json:"status"`
	Definition string `json:"definition"`
}

func (s *Service) describeStateMachine(r describeMachineRequest) (machineView, error) {
	m, err := s.machineFor(r.StateMachineARN)
	if err != nil {
		return machineView{}, err
	}
	return machineView{m.summary(), "ACTIVE", string(m.Definition)}, nil
}

type listMachinesRequest struct{ paging }

type listMachinesAnswer struct {
	StateMachines []machineSummary `json:"stateMachines"`
	NextToken     string           `json:"nextToken,omitempty"`
}

func (s *Service) listStateMachines(r listMachinesRequest) (listMachinesAnswer, error) {
	s.mu.Lock()
	known := slices.Collect(maps.Values(s.machines))
	s.mu.Unlock()
	found := []machineSummary{}
	for _, m := range known {
		found = append(found, m.summary())
	}
	slices.SortFunc(found, func(a, b machineSummary) int { return cmp.Compare(a.Name, b.Name) })
	cut, next, err := page(found, r.paging, func(v machineSummary) string { return v.StateMachineARN })
	return listMachinesAnswer{cut, next}, err
}
