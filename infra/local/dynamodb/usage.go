package dynamodb

import (
	"maps"
	"slices"
)

// Usage is what all calls since the start, or the last ResetUsage, have consumed.
type Usage struct {
	ReadUnits   float64
	WriteUnits  float64
	ByOperation map[string]OperationUsage
}

// OperationUsage is the part of one operation, such as Query.
type OperationUsage struct {
	Calls      int
	ReadUnits  float64
	WriteUnits float64
}

// A Call is one request as far as it concerned one table.
type Call struct {
	Operation   string
	Actions     []string // the IAM actions it needs, such as dynamodb:PutItem; several for a transaction
	Table       string
	Indexes     []string // those it queried, or whose entries it changed
	AccessKeyID string
	ReadUnits   float64
	WriteUnits  float64
}

// Usage returns a copy of the counters.
func (s *Store) Usage() Usage {
	s.mu.RLock()
	defer s.mu.RUnlock()
	u := s.usage
	u.ByOperation = maps.Clone(u.ByOperation)
	return u
}

// ResetUsage sets the counters to zero.
func (s *Store) ResetUsage() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.usage = Usage{ByOperation: map[string]OperationUsage{}}
}

// account counts one request and tells OnCall of it.
func (s *Store) account(operation, accessKeyID string, used consumptions) {
	s.mu.Lock()
	total := s.usage.ByOperation[operation]
	total.Calls++
	calls := make([]Call, len(used))
	for i, c := range used {
		calls[i] = Call{Operation: operation, Actions: c.actions, Table: c.table, Indexes: slices.Sorted(maps.Keys(c.onIndex)), AccessKeyID: accessKeyID}
		if c.write {
			calls[i].WriteUnits = c.total()
		} else {
			calls[i].ReadUnits = c.total()
		}
		total.ReadUnits += calls[i].ReadUnits
		total.WriteUnits += calls[i].WriteUnits
		s.usage.ReadUnits += calls[i].ReadUnits
		s.usage.WriteUnits += calls[i].WriteUnits
	}
	s.usage.ByOperation[operation] = total
	s.mu.Unlock()
	if s.OnCall != nil {
		for _, c := range calls {
			s.OnCall(c)
		}
	}
}
