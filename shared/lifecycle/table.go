// Package lifecycle is the language in which lifecycles are written: tables of transitions and deadlines, as plain data.
// One table drives the code (Next), the answer to "what may I do now, and if not, why not" (Offers), the exhaustive
// tests, the diagrams, the Step Functions machines and the sample timer events. It knows no domain.
package lifecycle

import (
	"fmt"
	"slices"

	"github.com/callsheet/callsheet/shared/problem"
)

type (
	// State is where a record stands: an adjective or participle.
	State string
	// Action is what somebody does to it: an imperative.
	Action string
	// Role is who does it. A timer is an actor with a role like any other.
	Role string
)

// Timer is the role of a deadline that fires.
const Timer Role = "timer"

// Transition is one edge of a lifecycle.
type Transition struct {
	From   State
	Action Action
	To     State
	By     []Role
	Rules  string // the requirements it serves
}

// Deadline is an alarm that a state may carry. Firing is the action, done by Timer.
type Deadline struct {
	Kind   string
	Action Action
	Rules  string
}

// Table is one lifecycle, whole.
type Table struct {
	Name        string
	Initial     State
	Transitions []Transition
	// Deadlines lists, per state, what may ring there, in the order in which it falls due. A state entered from one that
	// declares the same kind keeps the live deadline and its entry number.
	Deadlines map[State][]Deadline
}

// Next is the state after action, or a refusal: not possible in this state, or possible but not for these roles.
func (t Table) Next(from State, action Action, roles ...Role) (State, error) {
	known := false
	for _, tr := range t.Transitions {
		if tr.From != from || tr.Action != action {
			continue
		}
		known = true
		if slices.ContainsFunc(tr.By, func(r Role) bool { return slices.Contains(roles, r) }) {
			return tr.To, nil
		}
	}
	if known {
		return "", problem.New(problem.CodeForbidden, "Your role does not allow %s on this %s.", action, t.Name)
	}
	return "", problem.New(problem.CodeStateChanged, "The %s is %s; %s is not possible now.", t.Name, from, action).
		With("state", string(from))
}

// As is the role under which one of the roles does action from a state: the first that the table names.
func (t Table) As(from State, action Action, roles ...Role) Role {
	for _, tr := range t.Transitions {
		if tr.From != from || tr.Action != action {
			continue
		}
		for _, r := range tr.By {
			if slices.Contains(roles, r) {
				return r
			}
		}
	}
	return ""
}

// Offer answers "may I do this now, and if not, why not".
type Offer struct {
	Action  Action
	Allowed bool
	Code    problem.Code // why not
	Reason  string       // why not, in words
}

// Offers lists every action that any of the roles may ever do, with the answer for this state, in table order.
func (t Table) Offers(from State, roles ...Role) []Offer {
	var offers []Offer
	for _, tr := range t.Transitions {
		mine := slices.ContainsFunc(tr.By, func(r Role) bool { return slices.Contains(roles, r) })
		seen := slices.ContainsFunc(offers, func(o Offer) bool { return o.Action == tr.Action })
		if !mine || seen {
			continue
		}
		offer := Offer{Action: tr.Action, Allowed: true}
		if _, err := t.Next(from, tr.Action, roles...); err != nil {
			refusal := problem.As(err)
			offer = Offer{Action: tr.Action, Code: refusal.Code, Reason: refusal.Message}
		}
		offers = append(offers, offer)
	}
	return offers
}

// States lists the states in the order in which the table names them, the initial one first.
func (t Table) States() []State {
	states := []State{t.Initial}
	for _, tr := range t.Transitions {
		for _, s := range []State{tr.From, tr.To} {
			if !slices.Contains(states, s) {
				states = append(states, s)
			}
		}
	}
	return states
}

// Terminal reports whether nothing leaves the state.
func (t Table) Terminal(s State) bool {
	return !slices.ContainsFunc(t.Transitions, func(tr Transition) bool { return tr.From == s && tr.To != s })
}

// Deadline finds what a state declares under kind.
func (t Table) Deadline(s State, kind string) (Deadline, bool) {
	i := slices.IndexFunc(t.Deadlines[s], func(d Deadline) bool { return d.Kind == kind })
	if i < 0 {
		return Deadline{}, false
	}
	return t.Deadlines[s][i], true
}

// Validate says what is wrong with a table: an edge twice or for nobody, a state nobody reaches, a deadline twice or of a
// state that the table does not have, or one that no timer may act on.
func (t Table) Validate() error {
	edges := map[string]bool{}
	for _, tr := range t.Transitions {
		id := fmt.Sprintf("%s/%s", tr.From, tr.Action)
		if edges[id] {
			return fmt.Errorf("%s: %s appears twice", t.Name, id)
		}
		edges[id] = true
		if len(tr.By) == 0 {
			return fmt.Errorf("%s: nobody may do %s", t.Name, id)
		}
	}
	reached := t.reached()
	for _, s := range t.States() {
		if !reached[s] {
			return fmt.Errorf("%s: %s is never reached", t.Name, s)
		}
	}
	for s, deadlines := range t.Deadlines {
		kinds := map[string]bool{}
		for _, d := range deadlines {
			if _, err := t.Next(s, d.Action, Timer); err != nil {
				return fmt.Errorf("%s: deadline %s of %s: %w", t.Name, d.Kind, s, err)
			}
			if kinds[d.Kind] {
				return fmt.Errorf("%s: deadline %s of %s appears twice", t.Name, d.Kind, s)
			}
			kinds[d.Kind] = true
		}
	}
	return nil
}

// reached are the states to which a way leads from the initial one.
func (t Table) reached() map[State]bool {
	reached := map[State]bool{t.Initial: true}
	for range t.Transitions {
		for _, tr := range t.Transitions {
			if reached[tr.From] {
				reached[tr.To] = true
			}
		}
	}
	return reached
}
