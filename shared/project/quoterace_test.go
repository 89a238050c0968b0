package project_test

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/anishathalye/porcupine"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
)

func TestRaceOfQuoteWithExpiry(t *testing.T) {
	for _, edge := range edges {
		for name, order := range map[string]func(approve, lapse func() error) []string{
			"before the timer": func(approve, lapse func() error) []string { return []string{answerOf(approve()), answerOf(lapse())} },
			"after the timer": func(approve, lapse func() error) []string {
				lapsed := answerOf(lapse())
				return []string{answerOf(approve()), lapsed}
			},
			"together with the timer": func(approve, lapse func() error) []string { return together(approve, lapse) },
		} {
			t.Run(fmt.Sprintf("the client approves %s the expiry, %s: the pro is offered their share at most before it — A18 B86", edge.name, name), func(t *testing.T) {
				w := onTable(t)
				a := w.quoted(ana)
				alarm := alarms(a, project.QuoteExpiry)[0]
				w.now = alarm.DueAt
				early := *w
				early.now = alarm.DueAt.Add(edge.by)
				got := order(func() error { _, err := early.approveQuote(client, a.ID, "1.1"); return err }, func() error { return w.fire(alarm) })
				end := load[project.Assignment](w, a.Ref())
				lapsed := slices.Equal(got, []string{"state-changed", "ok"}) || slices.Equal(got, []string{"deadline-passed", "ok"})
				approved := slices.Equal(got, []string{"ok", "not-yet"}) && !edge.passed
				if !lapsed && !approved || lapsed != (end.Progress.State == project.InReview) || approved != (end.Progress.State == project.Offered) {
					t.Errorf("got %v, then %s", got, end.Progress.State)
				}
			})
		}
	}
}

// quoteModel is a quote as if everybody answered it one after the other: where each act leads from where it is possible.
var quoteModel = porcupine.Model{
	Init: func() any { return project.Quoted },
	Step: func(state, input, output any) (bool, any) {
		acts := map[lifecycle.State]map[lifecycle.Action]lifecycle.State{
			project.Quoted: {
				project.ApproveQuote: project.Offered, project.DeclineQuote: project.InReview, project.WithdrawQuote: project.Screening, project.LapseQuote: project.InReview,
			},
			project.Offered:  {project.AcceptOffer: project.Revising, project.DeclineOffer: project.Screening, project.AskFee: project.Screening, project.WithdrawQuote: project.Screening},
			project.Revising: {},
		}
		act := input.(lifecycle.Action)
		to, possible := acts[state.(lifecycle.State)][act]
		switch {
		case possible:
			return output == "ok", to
		case act == project.LapseQuote:
			return output == "not-yet", state
		}
		return output == "state-changed", state
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%v: %v", input, output) },
}

// answeredByAll lets client, pro, staff and timer act on one quote at once, and notes when each call began and ended.
func answeredByAll(w *world, a project.Assignment) []porcupine.Operation {
	alarm := alarms(a, project.QuoteExpiry)[0]
	acts := []struct {
		action lifecycle.Action
		do     func() error
	}{
		{project.ApproveQuote, func() error { _, err := w.approveQuote(client, a.ID, "1.1"); return err }},
		{project.ApproveQuote, func() error { _, err := w.approveQuote(client, a.ID, "1.1"); return err }},
		{project.DeclineQuote, func() error { _, err := w.declineQuote(client, a.ID); return err }},
		{project.WithdrawQuote, func() error { _, err := w.withdrawQuote(agent, a.ID); return err }},
		{project.AcceptOffer, func() error { _, err := w.acceptOffer(ana, a.ID, "1.1"); return err }},
		{project.AcceptOffer, func() error { _, err := w.acceptOffer(ana, a.ID, "1.1"); return err }},
		{project.DeclineOffer, func() error { _, err := w.declineOffer(ana, a.ID); return err }},
		{project.LapseQuote, func() error {
			late := *w
			late.now = alarm.DueAt
			return late.fire(alarm)
		}},
	}
	var clock atomic.Int64
	var mu sync.Mutex
	var done []porcupine.Operation
	var clients []func() error
	for n, act := range acts {
		clients = append(clients, func() error {
			op := porcupine.Operation{ClientId: n, Input: act.action, Call: clock.Add(1)}
			op.Output = answerOf(act.do())
			op.Return = clock.Add(1)
			mu.Lock()
			defer mu.Unlock()
			done = append(done, op)
			return nil
		})
	}
	together(clients...)
	return done
}

func TestQuotesAreLinearizable(t *testing.T) {
	t.Run("with client, pro, staff and timer acting at once — A18 I19", func(t *testing.T) {
		for range 6 {
			w := onTable(t)
			a := w.quoted(ana)
			w.now = alarms(a, project.QuoteExpiry)[0].DueAt.Add(-ms)
			done := answeredByAll(w, a)
			if !porcupine.CheckOperations(quoteModel, done) {
				t.Fatalf("no order of these calls explains their answers: %+v", done)
			}
			w.promised(ana, load[project.Assignment](w, a.Ref()).Progress.State == project.Revising)
		}
	})
	t.Run("and the check finds a fee that was agreed after its quote had lapsed", func(t *testing.T) {
		wrong := []porcupine.Operation{
			{ClientId: 0, Input: project.LapseQuote, Output: "ok", Call: 1, Return: 2}, {ClientId: 1, Input: project.ApproveQuote, Output: "ok", Call: 3, Return: 4},
		}
		if porcupine.CheckOperations(quoteModel, wrong) {
			t.Error("it did not")
		}
	})
	t.Run("and a quote that nobody may answer is refused as the state says", func(t *testing.T) {
		w := newWorld(t)
		_, err := w.approveQuote(client, w.screening(ana).ID, "1.1")
		refused(t, err, problem.CodeStateChanged)
	})
}
