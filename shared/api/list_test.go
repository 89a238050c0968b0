package api_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/callsheet/callsheet/shared/store"
)

// listSamples are requests of the lists that have a function of their own.
func listSamples() map[string]sample {
	return map[string]sample{
		"GET /v1/invitations":     {at: invitedPros, by: winner, path: at("/v1/invitations")},
		"GET /v1/assignments":     {at: working, by: winner, path: at("/v1/assignments")},
		"GET /v1/screening/queue": {at: asked, by: agent, path: at("/v1/screening/queue")},
		"GET /v1/due":             {at: working, by: agent, path: at("/v1/due")},

		"GET /v1/pros/{proId}/standing": {at: inReview, by: winner, path: at("/v1/pros/" + winner + "/standing")},
	}
}

// told puts the story's invitations on the lists of their pros, as who tells them does.
func (s *story) told() {
	s.t.Helper()
	var listings []store.Listing
	for pro, id := range s.invited {
		listings = append(listings, store.Listing{Invitation: id, Project: s.project, Pro: pro})
	}
	if err := s.store.List(s.t.Context(), listings); err != nil {
		s.t.Fatal(err)
	}
}

// twice is two stories up to a stage, so that every list of theirs has a second page; the newer one comes second.
func twice(t *testing.T, until stage) (older, newer *story) {
	t.Helper()
	older = tell(t, until)
	newer = &story{world: older.world, invited: map[string]string{}, comment: secretNote}
	for now := drafted; now <= until; now++ {
		newer.next(now)
	}
	older.told()
	newer.told()
	return older, newer
}

// rows are one attribute of a page's rows.
func rows(page map[string]any, name string) []string {
	list := []string{}
	for _, row := range page["data"].([]any) {
		list = append(list, row.(map[string]any)[name].(string))
	}
	return list
}

// lists are the lists of the contract: who reads them, a filter that their cursors are bound to, and who else may read them.
var lists = []struct{ path, who, filter, also string }{
	{"/v1/invitations", winner, "state=accepted", agent},
	{"/v1/assignments", winner, "state=in_qc", agent},
	{"/v1/projects", client, "state=filled", agent},
	{"/v1/qc/queue", reviewer, "category=translation", agent},
	{"/v1/due", agent, "kind=delivery.due", lead},
	{"/v1/due", client, "before=2027-01-01T00:00:00Z", agent},
}

func TestLists(t *testing.T) {
	s, _ := twice(t, inQC)
	for _, c := range lists {
		t.Run(c.path+" of "+c.who+" has a next page, bound to caller, filter, page size and list — B91", func(t *testing.T) {
			ask := func(who, query string) answer { return s.call(who, "GET", c.path+"?"+query, nil) }
			first := ask(c.who, "limit=1&"+c.filter).want(200)
			next := "&cursor=" + first["nextCursor"].(string)
			second := ask(c.who, "limit=1&"+c.filter+next).want(200)
			if len(first["data"].([]any)) != 1 || len(second["data"].([]any)) != 1 || first["data"].([]any)[0].(map[string]any)["title"] != projectTitle {
				t.Errorf("%v, then %v", first, second)
			}
			for name, refused := range map[string]answer{
				"another page size": ask(c.who, "limit=2&"+c.filter+next), "another caller": ask(c.also, "limit=1&"+c.filter+next), "no filter": ask(c.who, "limit=1"+next),
				"another list": s.call(c.who, "GET", "/v1/statement?limit=1"+next, nil),
			} {
				if name == "another list" && c.who != winner {
					continue
				}
				t.Run("a cursor is nothing to "+name, func(t *testing.T) { refused.refused(400, "cursor-invalid") })
			}
		})
	}
}

func TestFilters(t *testing.T) {
	s := tell(t, inQC)
	for _, row := range []struct{ who, list, filter string }{
		{winner, "/v1/invitations", "state=won"}, {winner, "/v1/invitations", "state="}, {winner, "/v1/invitations", "kind=x"}, {agent, "/v1/invitations", "pro=" + url.QueryEscape("a#b")},
		{winner, "/v1/assignments", "state=lost"}, {agent, "/v1/assignments", "pro="}, {winner, "/v1/assignments", "type=speedy"},
		{client, "/v1/projects", "state=done"}, {client, "/v1/projects", "type=race"}, {agent, "/v1/projects", "client=" + url.QueryEscape("../x")}, {client, "/v1/projects", "sort=title"},
		{reviewer, "/v1/qc/queue", "category=poetry"}, {reviewer, "/v1/qc/queue", "claimed=yes"}, {reviewer, "/v1/qc/queue", "claimed="}, {reviewer, "/v1/qc/queue", "agent=me"},
		{agent, "/v1/screening/queue", "agent=" + url.QueryEscape("who ever")}, {agent, "/v1/screening/queue", "claimed=me"},
		{agent, "/v1/desk/flags", "reason=bored"}, {agent, "/v1/desk/flags", "state=resolved"}, {agent, "/v1/desk/flags", "mine="}, {agent, "/v1/desk/flags", "breached=yes"}, {agent, "/v1/desk/flags", "agent=me"},
		{agent, "/v1/due", "kind=doomsday"}, {agent, "/v1/due", "before=tomorrow"}, {agent, "/v1/due", "before=2026-11-01"}, {agent, "/v1/due", "after=2026-11-01T00:00:00Z"},
	} {
		t.Run("of "+row.list+" refuse "+row.filter+", by name", func(t *testing.T) {
			s.unchanged(t, func() {
				refused := s.call(row.who, "GET", row.list+"?"+row.filter, nil).refused(422, "validation")
				if name, _, _ := strings.Cut(row.filter, "="); !slices.Equal(pointers(refused), []string{name}) {
					t.Errorf("told of %v", refused["errors"])
				}
			})
		})
	}
	read := func(who, path, name string) []string { return rows(s.call(who, "GET", path, nil).want(200), name) }
	s.told()
	for path, want := range map[string]struct {
		who  string
		rows []string
	}{
		"/v1/invitations?state=accepted": {winner, []string{s.invited[winner]}}, "/v1/invitations?state=open": {winner, []string{}},
		"/v1/invitations?state=closed": {loser, []string{s.invited[loser]}}, "/v1/invitations?pro=" + loser: {agent, []string{s.invited[loser]}},
		"/v1/assignments?state=in_qc": {winner, []string{s.assignment}}, "/v1/assignments?state=working": {winner, []string{}}, "/v1/assignments?pro=" + winner: {lead, []string{s.assignment}},
		"/v1/projects?state=filled&type=speedy": {client, []string{s.project}}, "/v1/projects?type=contest": {client, []string{}},
		"/v1/due": {winner, []string{s.assignment}}, "/v1/due?kind=review.auto_close": {agent, []string{}},
	} {
		t.Run(path+" for "+want.who+" leaves out what is not asked for", func(t *testing.T) {
			if got := read(want.who, path, "id"); !slices.Equal(got, want.rows) {
				t.Errorf("got %v, want %v", got, want.rows)
			}
		})
	}
	s.call(reviewer, "POST", "/v1/assignments/"+s.assignment+"/claim", nil).want(200)
	for path, want := range map[string]int{"claimed=me": 1, "claimed=true": 1, "claimed=false": 0, "category=video": 0, "category=translation&claimed=me": 1} {
		t.Run("/v1/qc/queue?"+path+" leaves out what is not asked for", func(t *testing.T) {
			if got := read(reviewer, "/v1/qc/queue?"+path, "assignment"); len(got) != want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestWhatListsTell(t *testing.T) {
	s := tell(t, working)
	s.told()
	row := func(who, path string) map[string]any {
		t.Helper()
		return s.call(who, "GET", path, nil).want(200)["data"].([]any)[0].(map[string]any)
	}
	t.Run("the reward of a lost invitation is not in its pro's list, and staff see it — A21", func(t *testing.T) {
		if got := row(loser, "/v1/invitations"); got["reward"] != nil || got["state"] != "closed" {
			t.Errorf("got %v", got)
		}
		if got := row(agent, "/v1/invitations?pro="+loser); got["reward"] == nil {
			t.Errorf("got %v", got)
		}
	})
	t.Run("who is in charge is told to staff alone — R52", func(t *testing.T) {
		for _, who := range []string{winner, client} {
			if got := row(who, "/v1/due"); got["agent"] != nil {
				t.Errorf("%s reads %v", who, got)
			}
		}
		if got := row(lead, "/v1/due"); got["agent"] != agent || got["kind"] != "delivery.due" || got["overdue"] != false {
			t.Errorf("got %v", got)
		}
	})
	t.Run("a request for changes that waits for staff says since when, which one it is and who is in charge — R48 R52", func(t *testing.T) {
		s := tell(t, asked)
		for path, want := range map[string]int{"": 1, "?agent=me": 1, "?agent=" + lead: 0} {
			got := s.call(agent, "GET", "/v1/screening/queue"+path, nil).want(200)["data"].([]any)
			if len(got) != want {
				t.Errorf("%s: %v", path, got)
			}
			for _, row := range got {
				if r := row.(map[string]any); r["assignment"] != s.assignment || r["request"] != 1.0 || r["version"] != 1.0 || r["agent"] != agent || r["waitingSince"] == "" {
					t.Errorf("got %v", r)
				}
			}
		}
	})
	t.Run("a deadline that has passed is listed as overdue until somebody acts — A15", func(t *testing.T) {
		s.advance(19 * day)
		for _, who := range []string{agent, winner, client} {
			if got := row(who, "/v1/due"); got["overdue"] != true || got["dueAt"] != "2026-11-20T12:00:00.000Z" {
				t.Errorf("%s reads %v", who, got)
			}
		}
	})
}
