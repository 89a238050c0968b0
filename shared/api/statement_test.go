package api_test

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/store"
)

// paid is a story with a credit and a fee that was taken back, at noon of 1 November.
func paid(t *testing.T, title string) *story {
	t.Helper()
	s := &story{world: newWorld(t), invited: map[string]string{}, comment: secretNote}
	s.project = s.call(client, "POST", "/v1/projects", with(with(brief(), "title", title), "publish", true)).want(201)["id"].(string)
	for _, now := range []stage{invitedPros, working, uploaded, inQC, inReview} {
		s.next(now)
	}
	s.advance(day)
	s.adjust(credit("20.00"))
	fee := s.adjust(map[string]any{"kind": "fee", "amount": amount("10.00", "USD"), "reason": teamReason})
	s.advance(day)
	s.adjust(map[string]any{"kind": "correction", "of": fee, "reason": teamReason})
	return s
}

func (s *story) adjust(body map[string]any) (id string) {
	s.t.Helper()
	return s.call(agent, "POST", "/v1/assignments/"+s.assignment+"/adjustments", body).want(201)["id"].(string)
}

// file reads a CSV answer.
func file(t *testing.T, a answer) [][]string {
	t.Helper()
	a.want(200)
	if a.Headers["content-type"] != "text/csv; charset=utf-8" {
		t.Errorf("it is %s", a.Headers["content-type"])
	}
	rows, err := csv.NewReader(strings.NewReader(a.Body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestStatementFile(t *testing.T) {
	s := paid(t, projectTitle)
	t.Run("has a line per movement, oldest first, in UTC and by the pro's clock, with what stands on the account after it — R55 A12", func(t *testing.T) {
		s.call(lead, "PUT", "/v1/profiles/"+winner, with(profile("Ada"), "zone", "America/New_York"), "if-match", `"1"`).want(200)
		rows := file(t, s.call(winner, "GET", "/v1/statement.csv", nil))
		var got []string
		for _, r := range rows {
			got = append(got, strings.Join(append(slices.Clone(r[:3]), r[5:9]...), " "))
		}
		want := []string{
			"at local what amount currency account balance",
			"2026-11-01T12:00:00.000Z 2026-11-01T07:00:00.000-05:00 reward.hold 120.00 USD held 120.00",
			"2026-11-02T12:00:00.000Z 2026-11-02T07:00:00.000-05:00 adjustment.credit 20.00 USD available 20.00",
			"2026-11-02T12:00:00.000Z 2026-11-02T07:00:00.000-05:00 adjustment.fee 8.00 USD available 28.00",
			"2026-11-03T12:00:00.000Z 2026-11-03T07:00:00.000-05:00 adjustment.correction -8.00 USD available 20.00",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if last := rows[len(rows)-1]; last[3] != projectTitle || last[4] != s.assignment || !strings.HasPrefix(last[9], "adj_") || !strings.HasPrefix(last[10], "adj_") {
			t.Errorf("got %v", last)
		}
	})
	t.Run("ends its lines as RFC 4180 says, has a name, and is not read as a page", func(t *testing.T) {
		a := s.call(winner, "GET", "/v1/statement.csv?month=2026-11", nil)
		if strings.Count(a.Body, "\r\n") != strings.Count(a.Body, "\n") || a.Headers["content-disposition"] != `attachment; filename="statement-2026-11.csv"` || a.Headers["x-content-type-options"] != "nosniff" {
			t.Errorf("%v\n%q", a.Headers, a.Body)
		}
	})
	t.Run("says the same as the entries do as JSON", func(t *testing.T) {
		rows := file(t, s.call(lead, "GET", "/v1/pros/"+winner+"/statement.csv", nil))[1:]
		lines := s.call(winner, "GET", "/v1/statement/entries", nil).want(200)["data"].([]any)
		if len(rows) != len(lines) {
			t.Fatalf("%d rows, %d lines", len(rows), len(lines))
		}
		for n, l := range lines {
			v := l.(map[string]any)
			money := func(field string) map[string]any { return v[field].(map[string]any) }
			want := []string{
				v["at"].(string), v["local"].(string), v["what"].(string), v["title"].(string), v["assignment"].(string), money("amount")["amount"].(string),
				money("amount")["currency"].(string), v["account"].(string), money("balance")["amount"].(string), v["entry"].(string), fmt.Sprint(v["reverses"]),
			}
			want[10] = strings.ReplaceAll(want[10], "<nil>", "")
			if diff := cmp.Diff(want, rows[n]); diff != "" {
				t.Error(diff)
			}
		}
	})
	t.Run("is of a year or a month by the pro's clock where asked — A12", func(t *testing.T) {
		for query, want := range map[string]int{"": 5, "?year=2026": 5, "?year=2025": 1, "?month=2026-11": 5, "?month=2026-12": 1} {
			if rows := file(t, s.call(winner, "GET", "/v1/statement.csv"+query, nil)); len(rows) != want {
				t.Errorf("%s: %d rows, want %d", query, len(rows), want)
			}
		}
	})
	for _, query := range []string{"year=26", "year=2026-11", "month=2026", "month=2026-13", "month=11", "year=", "year=2026&month=2026-11", "year=0000", "zone=UTC"} {
		t.Run("is not of ?"+query, func(t *testing.T) { s.call(winner, "GET", "/v1/statement.csv?"+query, nil).refused(422, "validation") })
	}
	t.Run("has no more lines than the policy allows, and says how to ask for less", func(t *testing.T) {
		var entries []ledger.Entry
		for n := range 5001 {
			entries = append(entries, ledger.Entry{
				ID: fmt.Sprintf("adj_%026d.credit", n), Pro: loser, Kind: "credit", At: noon,
				Postings: []ledger.Posting{{Account: ledger.Platform, Amount: ledger.Money{Minor: -1, Currency: "USD"}}, {Account: ledger.Available(loser), Amount: ledger.Money{Minor: 1, Currency: "USD"}}},
			})
		}
		for some := range slices.Chunk(entries, 90) {
			if err := s.store.Commit(t.Context(), store.Change{Entries: some}); err != nil {
				t.Fatal(err)
			}
		}
		if refusal := s.call(loser, "GET", "/v1/statement.csv", nil).refused(422, "too-many-items"); !strings.Contains(refusal["detail"].(string), "for a month") {
			t.Errorf("told %v", refusal)
		}
		file(t, s.call(loser, "GET", "/v1/statement.csv?year=2025", nil))
	})
}

func TestStatementFileIsInert(t *testing.T) {
	for _, title := range []string{`=HYPERLINK("http://evil.example","x")`, "+1+1", "-1+1", "@SUM(A1)", "＝1+1", `a "quoted", title`, "plain"} {
		t.Run(fmt.Sprintf("and runs nothing of a title %q", title), func(t *testing.T) {
			rows := file(t, paid(t, title).call(winner, "GET", "/v1/statement.csv", nil))
			want := title
			if strings.ContainsAny(title[:1], "=+-@") || strings.HasPrefix(title, "＝") {
				want = "'" + title
			}
			if rows[1][3] != want || !strings.HasPrefix(rows[4][5], "-8.00") {
				t.Errorf("got %q and %q", rows[1][3], rows[4][5])
			}
		})
	}
}

func TestBook(t *testing.T) {
	s := paid(t, projectTitle)
	t.Run("is a trial balance of a month: what came, what went, and that it sums to zero — I1", func(t *testing.T) {
		view := s.call(lead, "GET", "/v1/book?month=2026-11", nil).want(200)
		var got []string
		for _, a := range view["accounts"].([]any) {
			v := a.(map[string]any)
			amount := func(field string) any { return v[field].(map[string]any)["amount"] }
			got = append(got, fmt.Sprint(v["class"], " ", amount("in"), " ", amount("out"), " ", amount("sum")))
		}
		want := []string{"available 28.00 8.00 20.00", "client 10.00 10.00 0.00", "held 120.00 0.00 120.00", "platform 2.00 22.00 -20.00", "project 0.00 120.00 -120.00"}
		if diff := cmp.Diff(want, got); diff != "" || view["balanced"] != true || view["entries"] != 4.0 || view["nextCursor"] != nil {
			t.Errorf("%s\n%v", diff, view)
		}
	})
	t.Run("of another month is empty, and balanced", func(t *testing.T) {
		if view := s.call(admin, "GET", "/v1/book?month=2026-10", nil).want(200); view["entries"] != 0.0 || view["balanced"] != true {
			t.Errorf("got %v", view)
		}
	})
	for _, query := range []string{"", "?month=2026", "?month=11-2026", "?month=2026-13", "?month=2026-11&limit=5"} {
		t.Run("is not shown for "+query, func(t *testing.T) { s.call(lead, "GET", "/v1/book"+query, nil).refused(422, "validation") })
	}
	t.Run("goes on behind a cursor where a month has more entries than one reading takes in, and names what is not balanced — I1", func(t *testing.T) {
		for n := range 1002 {
			e := ledger.Entry{
				ID: fmt.Sprintf("adj_%026d.credit", n), Pro: loser, Kind: "credit", At: noon.AddDate(0, 2, 0),
				Postings: []ledger.Posting{{Account: ledger.Platform, Amount: ledger.Money{Minor: -1, Currency: "USD"}}, {Account: ledger.Available(loser), Amount: ledger.Money{Minor: 1, Currency: "USD"}}},
			}
			if n == 1001 {
				e.Postings[1].Amount.Minor = 2 // as no commit of ours would: the job refuses it before
			}
			if err := s.store.Commit(t.Context(), store.Change{Entries: []ledger.Entry{e}}); err != nil {
				t.Fatal(err)
			}
		}
		first := s.call(lead, "GET", "/v1/book?month=2027-01", nil).want(200)
		rest := s.call(lead, "GET", "/v1/book?month=2027-01&cursor="+first["nextCursor"].(string), nil).want(200)
		if first["entries"] != 1000.0 || first["balanced"] != true || rest["entries"] != 2.0 || rest["balanced"] != false || rest["nextCursor"] != nil {
			t.Errorf("got %v and %v", first, rest)
		}
		if named := rest["unbalanced"].([]any); len(named) != 1 || !strings.Contains(named[0].(string), "1001") {
			t.Errorf("named %v", named)
		}
	})
}

func TestProposals(t *testing.T) {
	s := tell(t, adjusted)
	second := s.adjust(credit("300.00"))
	listed := func() []string {
		var ids []string
		path := "/v1/adjustments?state=proposed&limit=1"
		for cursor := ""; ; {
			page := s.call(lead, "GET", path+cursor, nil).want(200)
			for _, a := range page["data"].([]any) {
				ids = append(ids, a.(map[string]any)["id"].(string))
			}
			next, ok := page["nextCursor"].(string)
			if !ok {
				return ids
			}
			cursor = "&cursor=" + next
		}
	}
	t.Run("wait for a second person, longest waiting first, until somebody decides — R56 A39", func(t *testing.T) {
		if diff := cmp.Diff([]string{s.proposed, second}, listed()); diff != "" {
			t.Error(diff)
		}
		s.call(lead, "POST", "/v1/adjustments/"+s.proposed+"/approve", nil).want(200)
		if diff := cmp.Diff([]string{second}, listed()); diff != "" {
			t.Error(diff)
		}
		s.call(admin, "POST", "/v1/adjustments/"+second+"/decline", map[string]any{"reason": "no"}).want(200)
		if got := listed(); len(got) != 0 {
			t.Errorf("got %v", got)
		}
	})
	for _, query := range []string{"", "?state=posted", "?state="} {
		t.Run("are the only ones listed: not "+query, func(t *testing.T) { s.call(lead, "GET", "/v1/adjustments"+query, nil).refused(422, "validation") })
	}
}

func TestAdjustmentBodies(t *testing.T) {
	s := tell(t, inReview)
	for name, row := range map[string]struct {
		body map[string]any
		code string
		at   string
	}{
		"without a kind":                         {with(credit("1.00"), "kind", ""), "validation", "/kind"},
		"of a kind that there is not":            {with(credit("1.00"), "kind", "refund"), "validation", "/kind"},
		"without a reason":                       {with(credit("1.00"), "reason", " "), "validation", "/reason"},
		"without an amount":                      {with(credit("1.00"), "amount", nil), "validation", "/amount"},
		"B52 of nothing":                         {credit("0.00"), "amount-out-of-range", ""},
		"B52 of less than nothing":               {credit("-1.00"), "amount-out-of-range", ""},
		"B53 above the cap":                      {credit("10000000000.01"), "amount-out-of-range", ""},
		"B54 with thousands separators":          {credit("1,000.00"), "validation", "/amount"},
		"B56 in another currency":                {with(credit("1.00"), "amount", amount("1.00", "EUR")), "currency-mismatch", ""},
		"of something, but no correction":        {with(credit("1.00"), "of", s.reward), "validation", "/of"},
		"that corrects nothing":                  {map[string]any{"kind": "correction", "reason": "r"}, "validation", "/of"},
		"that corrects an assignment":            {map[string]any{"kind": "correction", "of": s.assignment, "reason": "r"}, "validation", "/of"},
		"that corrects an amount":                {map[string]any{"kind": "correction", "of": s.reward, "amount": amount("1.00", "USD"), "reason": "r"}, "validation", "/amount"},
		"B63 with a date of one's own":           {with(credit("1.00"), "at", "2026-01-01T00:00:00Z"), "validation", "/at"},
		"that corrects what nobody ever decided": {map[string]any{"kind": "correction", "of": "adj_" + strings.Repeat("0", 26), "reason": "r"}, "validation", "/of"},
	} {
		t.Run(name+" are refused", func(t *testing.T) {
			s.unchanged(t, func() {
				refusal := s.call(agent, "POST", "/v1/assignments/"+s.assignment+"/adjustments", row.body).refused(422, row.code)
				if row.at != "" && !slices.Contains(pointers(refusal), row.at) {
					t.Errorf("told %v, want %s", pointers(refusal), row.at)
				}
			})
		})
	}
}
