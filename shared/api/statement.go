package api

import (
	"context"
	"encoding/csv"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// LineView is one movement on one of a pro's accounts, and what stood on it after. A credit of a reward is two: from what
// is held to what is available.
type LineView struct {
	At         string `json:"at"`
	Local      string `json:"local"` // the same instant by the pro's clock
	What       string `json:"what"`
	Title      string `json:"title"`
	Assignment string `json:"assignment"`
	Amount     Money  `json:"amount"`
	Account    string `json:"account"` // held or available
	Balance    Money  `json:"balance"`
	Entry      string `json:"entry"`
	Reverses   string `json:"reverses,omitempty"` // the reward or adjustment that it takes back
}

// MovementsView is a statement line by line, oldest first.
type MovementsView struct {
	Pro  string     `json:"pro"`
	Zone string     `json:"zone"` // in which the period is meant
	Data []LineView `json:"data"`
}

// columns are those of the file, in the order of a LineView.
var columns = []string{"at", "local", "what", "title", "assignment", "amount", "currency", "account", "balance", "entry", "reverses"}

// statementFiles are the endpoints that show a statement line by line, as JSON and as CSV.
func statementFiles(jobs *project.Service) []handler.Endpoint {
	answer := func(of func(project.Movements, string) (store.Reply, error)) (own, anybodys func(context.Context, *handler.Call) (store.Reply, error)) {
		read := func(ctx context.Context, c *handler.Call, pro string) (store.Reply, error) {
			in, err := period(c)
			if err != nil {
				return store.Reply{}, err
			}
			m, err := jobs.Movements(ctx, c.Actor, pro, in)
			if err != nil {
				return store.Reply{}, err
			}
			return of(m, c.Query.Get("year")+c.Query.Get("month"))
		}
		return func(ctx context.Context, c *handler.Call) (store.Reply, error) { return read(ctx, c, "") },
			func(ctx context.Context, c *handler.Call) (store.Reply, error) {
				pro, err := id(c, "proId")
				if err != nil {
					return store.Reply{}, err
				}
				return read(ctx, c, pro)
			}
	}
	ownLines, lines := answer(linesReply)
	ownFile, file := answer(fileReply)
	return []handler.Endpoint{
		{Route: "GET /v1/statement/entries", Handle: ownLines},
		{Route: "GET /v1/statement.csv", Handle: ownFile},
		{Route: "GET /v1/pros/{proId}/statement/entries", Handle: lines},
		{Route: "GET /v1/pros/{proId}/statement.csv", Handle: file},
	}
}

// period reads ?year=2026 or ?month=2026-11; neither is always.
func period(c *handler.Call) (project.Period, error) {
	if err := c.OnlyQuery("year", "month"); err != nil {
		return project.Period{}, err
	}
	var wrong problem.Fields
	if c.Query.Has("year") && c.Query.Has("month") {
		wrong.Add("year", "Ask for a year or for a month; a month has its year in it.")
	}
	for name, form := range map[string]string{"year": "2006", "month": "2006-01"} {
		if !c.Query.Has(name) {
			continue
		}
		t, err := time.Parse(form, c.Query.Get(name))
		if err != nil || t.Year() < 1 {
			wrong.Add(name, "Write it like %s.", time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC).Format(form))
			continue
		}
		in := project.Period{Year: t.Year()}
		if name == "month" {
			in.Month = t.Month()
		}
		if len(wrong) == 0 {
			return in, nil
		}
	}
	return project.Period{}, wrong.Err()
}

func linesReply(m project.Movements, _ string) (store.Reply, error) {
	view := MovementsView{Pro: m.Pro, Zone: m.Zone.String(), Data: []LineView{}}
	for _, l := range m.Lines {
		view.Data = append(view.Data, lineView(l, m.Zone))
	}
	return shown(view, 0)
}

// fileReply is the same as a file for spreadsheets: RFC 4180, in UTF-8, with numbers as numbers and nothing that a
// spreadsheet would run.
func fileReply(m project.Movements, period string) (store.Reply, error) {
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	rows := [][]string{columns}
	for _, l := range m.Lines {
		v := lineView(l, m.Zone)
		rows = append(rows, []string{
			v.At, v.Local, v.What, inert(v.Title), v.Assignment, v.Amount.Amount, v.Amount.Currency, v.Account, v.Balance.Amount, v.Entry, v.Reverses,
		})
	}
	if err := w.WriteAll(rows); err != nil {
		return store.Reply{}, err
	}
	name := "statement"
	if period != "" {
		name += "-" + period
	}
	return store.Reply{Status: http.StatusOK, Type: "text/csv; charset=utf-8", File: name + ".csv", Body: []byte(b.String())}, nil
}

func lineView(l ledger.Line, zone *time.Location) LineView {
	e := l.Entry
	what := "adjustment." + e.Kind
	if e.Reward != "" {
		what = "reward." + e.Kind
	}
	return LineView{
		At: stamp(e.At), Local: e.At.In(zone).Format("2006-01-02T15:04:05.000Z07:00"), What: what, Title: e.Title, Assignment: e.Assignment,
		Amount: money(l.Amount), Account: l.Account.Class(), Balance: money(l.Balance), Entry: e.ID, Reverses: e.Reverses,
	}
}

// inert puts an apostrophe before what a spreadsheet would take for a formula; people's words are never run.
func inert(cell string) string {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(cell, " \u00a0\t\r\n"))
	if strings.ContainsRune("=+-@\t\r＝＋－＠", first) {
		return "'" + cell
	}
	return cell
}
