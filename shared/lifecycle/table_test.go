package lifecycle

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callsheet/callsheet/shared/problem"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares got with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (go test -update writes it):\n%s", path, diff)
	}
}

// door is a small lifecycle with a self-loop, two ways into one state, and a deadline that outlives the state it was armed in.
var door = Table{
	Name: "door", Initial: "closed",
	Transitions: []Transition{
		{From: "closed", Action: "knock", To: "closed", By: []Role{"guest", "owner"}, Rules: "D1"},
		{From: "closed", Action: "open", To: "ajar", By: []Role{"owner", Timer}, Rules: "D2"},
		{From: "ajar", Action: "open", To: "wide", By: []Role{"guest", "owner"}, Rules: "D3"},
		{From: "ajar", Action: "slam", To: "closed", By: []Role{Timer}, Rules: "D4"},
		{From: "wide", Action: "slam", To: "closed", By: []Role{Timer}, Rules: "D4"},
		{From: "wide", Action: "unhinge", To: "gone", By: []Role{"owner"}, Rules: "D5"},
	},
	Deadlines: map[State][]Deadline{
		"closed": {{Kind: "door.air_out", Action: "open", Rules: "D2"}},
		"ajar":   {{Kind: "draught", Action: "slam", Rules: "D4"}},
		"wide":   {{Kind: "draught", Action: "slam", Rules: "D4"}},
	},
}

func TestNext(t *testing.T) {
	for _, c := range []struct {
		name   string
		from   State
		action Action
		roles  []Role
		to     State
		code   problem.Code
	}{
		{"moves along an edge for a role that may", "closed", "open", []Role{"owner"}, "ajar", ""},
		{"takes any of several roles", "ajar", "open", []Role{"stranger", "guest"}, "wide", ""},
		{"treats a timer as a role like any other", "wide", "slam", []Role{Timer}, "closed", ""},
		{"refuses a role that may not with forbidden", "closed", "open", []Role{"guest"}, "", problem.CodeForbidden},
		{"refuses nobody with forbidden", "closed", "open", nil, "", problem.CodeForbidden},
		{"refuses an action of another state with state-changed", "closed", "slam", []Role{Timer}, "", problem.CodeStateChanged},
		{"refuses an unknown action with state-changed", "closed", "paint", []Role{"owner"}, "", problem.CodeStateChanged},
		{"lets nothing leave a terminal state", "gone", "open", []Role{"owner"}, "", problem.CodeStateChanged},
	} {
		t.Run(c.name, func(t *testing.T) {
			to, err := door.Next(c.from, c.action, c.roles...)
			if to != c.to || (c.code == "") != (err == nil) || c.code != "" && !problem.Is(err, c.code) {
				t.Errorf("got %q, %v; want %q, %q", to, err, c.to, c.code)
			}
		})
	}
	t.Run("tells the state with the refusal", func(t *testing.T) {
		_, err := door.Next("gone", "open", "owner")
		if got := problem.As(err).Facts["state"]; got != "gone" {
			t.Errorf("got %q", got)
		}
	})
}

func TestAs(t *testing.T) {
	for _, c := range []struct {
		name  string
		roles []Role
		want  Role
	}{
		{"is the first role that the table names, not the first that is held", []Role{"owner", "guest"}, "guest"},
		{"is the one role held", []Role{"owner"}, "owner"},
		{"is nothing for who may not", []Role{Timer}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := door.As("closed", "knock", c.roles...); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestOffers(t *testing.T) {
	t.Run("list what the role may ever do, each once, in table order, with why not", func(t *testing.T) {
		want := []Offer{
			{Action: "knock", Code: problem.CodeStateChanged, Reason: "The door is wide; knock is not possible now."},
			{Action: "open", Code: problem.CodeStateChanged, Reason: "The door is wide; open is not possible now."},
			{Action: "unhinge", Allowed: true},
		}
		if diff := cmp.Diff(want, door.Offers("wide", "owner")); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("say that another role may", func(t *testing.T) {
		want := []Offer{
			{Action: "knock", Allowed: true},
			{Action: "open", Code: problem.CodeForbidden, Reason: "Your role does not allow open on this door."},
		}
		if diff := cmp.Diff(want, door.Offers("closed", "guest")); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("are empty for a role without actions", func(t *testing.T) {
		if got := door.Offers("closed", "stranger"); len(got) != 0 {
			t.Error(got)
		}
	})
	t.Run("agree with Next in every state, action and role", func(t *testing.T) {
		for _, s := range door.States() {
			for _, r := range []Role{"guest", "owner", "stranger", Timer} {
				for _, o := range door.Offers(s, r) {
					if _, err := door.Next(s, o.Action, r); o.Allowed != (err == nil) || err != nil && !problem.Is(err, o.Code) {
						t.Errorf("%s, %s, %s: offered %+v, answered %v", s, o.Action, r, o, err)
					}
				}
			}
		}
	})
}

func TestStates(t *testing.T) {
	t.Run("are in table order, the initial one first", func(t *testing.T) {
		if diff := cmp.Diff([]State{"closed", "ajar", "wide", "gone"}, door.States()); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("are terminal where only self-loops leave", func(t *testing.T) {
		looped := Table{Initial: "a", Transitions: []Transition{{From: "a", Action: "go", To: "b"}, {From: "b", Action: "stay", To: "b"}}}
		if looped.Terminal("a") || !looped.Terminal("b") || !door.Terminal("gone") {
			t.Error("a, b and gone are judged wrongly")
		}
	})
}

func TestValidate(t *testing.T) {
	t.Run("accepts a sound table", func(t *testing.T) {
		if err := door.Validate(); err != nil {
			t.Error(err)
		}
	})
	edge := func(from State, action Action, to State, by ...Role) Transition {
		return Transition{From: from, Action: action, To: to, By: by}
	}
	for _, c := range []struct {
		name, want string
		spoil      func(*Table)
	}{
		{"finds an edge that is there twice", "closed/open appears twice", func(d *Table) {
			d.Transitions = append(d.Transitions, edge("closed", "open", "wide", "owner"))
		}},
		{"finds an edge that nobody may go", "nobody may do wide/paint", func(d *Table) {
			d.Transitions = append(d.Transitions, edge("wide", "paint", "wide"))
		}},
		{"finds a state without a way in", "rusty is never reached", func(d *Table) {
			d.Transitions = append(d.Transitions, edge("rusty", "oil", "closed", "owner"))
		}},
		{"finds a state that only its own loop enters", "rusty is never reached", func(d *Table) {
			d.Transitions = append(d.Transitions, edge("rusty", "oil", "rusty", "owner"))
		}},
		{"finds an island of states", "north is never reached", func(d *Table) {
			d.Transitions = append(d.Transitions, edge("north", "drift", "south", "owner"), edge("south", "drift", "north", "owner"))
		}},
		{"finds a deadline whose action the state does not have", "deadline draught of gone", func(d *Table) {
			d.Deadlines = map[State][]Deadline{"gone": {{Kind: "draught", Action: "slam"}}}
		}},
		{"finds a deadline whose action no timer may do", "deadline squeak of closed", func(d *Table) {
			d.Deadlines = map[State][]Deadline{"closed": {{Kind: "squeak", Action: "knock"}}}
		}},
		{"finds a deadline of a state that does not exist", "deadline draught of attic", func(d *Table) {
			d.Deadlines = map[State][]Deadline{"attic": {{Kind: "draught", Action: "slam"}}}
		}},
		{"finds a deadline that is there twice", "deadline draught of wide appears twice", func(d *Table) {
			d.Deadlines = map[State][]Deadline{"wide": {{Kind: "draught", Action: "slam"}, {Kind: "draught", Action: "slam"}}}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			spoiled := door
			spoiled.Transitions = append([]Transition(nil), door.Transitions...)
			c.spoil(&spoiled)
			if err := spoiled.Validate(); err == nil || !strings.Contains(err.Error(), "door: ") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestMermaid(t *testing.T) {
	t.Run("draws every edge with its roles, every end and every deadline", func(t *testing.T) {
		golden(t, "door.mmd", door.Mermaid())
	})
}

func TestASL(t *testing.T) {
	t.Run("lists each kind of deadline once, in the order of the states", func(t *testing.T) {
		var kinds []string
		for _, d := range door.Kinds() {
			kinds = append(kinds, Machine(door.Name, d.Kind))
		}
		if diff := cmp.Diff([]string{"door-air-out", "door-draught"}, kinds); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("waits for the instant of the input, fires, and leaves what keeps failing to the sweep", func(t *testing.T) {
		draught, _ := door.Deadline("wide", "draught")
		asl, err := door.ASL(draught)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "door-draught.asl.json", string(asl))
	})
	t.Run("holds no business number, so a change of policy moves no running clock", func(t *testing.T) {
		for _, d := range door.Kinds() {
			asl, err := door.ASL(d)
			if err != nil {
				t.Fatal(err)
			}
			if wait := string(asl); strings.Contains(wait, `"Seconds"`) || strings.Contains(wait, `"Timestamp":`) || !strings.Contains(wait, `"TimestampPath": "$.dueAt"`) {
				t.Errorf("%s waits for something of its own:\n%s", d.Kind, asl)
			}
		}
	})
}
