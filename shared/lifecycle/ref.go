package lifecycle

// Ref names a record: of what kind, which one, and whose where records are kept with their owner (a reward with its pro).
type Ref struct {
	Kind  string
	ID    string
	Owner string
}

func (r Ref) String() string { return r.Kind + ":" + r.ID }

// Queue names a list of records that wait for people.
type Queue string
