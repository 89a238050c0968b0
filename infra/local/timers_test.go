package local_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/callsheet/callsheet/infra/local"
	"github.com/callsheet/callsheet/shared/dynamo/item"
	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// alarms are all that were ever set.
func (tn *town) alarms() []store.Alarm {
	tn.t.Helper()
	var all []store.Alarm
	for _, row := range tn.rows() {
		if item.IsEvent(row) {
			e, err := item.DecodeEvent(row)
			tn.must(err)
			all = append(all, e.Armed...)
		}
	}
	return all
}

// alarm is the one of that kind that was set last, as far as the clock goes.
func (tn *town) alarm(kind string) store.Alarm {
	tn.t.Helper()
	var last store.Alarm
	for _, a := range tn.alarms() {
		if a.Kind == kind && !a.DueAt.Before(last.DueAt) {
			last = a
		}
	}
	if last.Kind == "" {
		tn.t.Fatalf("no alarm %s", kind)
	}
	return last
}

// ring has the timers function hear an alarm, and answers with the outcome and whether any row or mail came of it.
func (tn *town) ring(a store.Alarm) (outcome string, changed bool) {
	tn.t.Helper()
	before := tn.everything()
	var out handler.Outcome
	tn.must(json.Unmarshal(tn.invoke("timers", handler.AlarmOf(a)), &out))
	return out.Outcome, tn.everything() != before
}

// everything is the table's contents and the number of mails, as one text.
func (tn *town) everything() string {
	tn.t.Helper()
	all := fmt.Sprint(tn.sends())
	tn.must(tn.Database.Walk(tn.Table, func(raw json.RawMessage) error {
		all += string(raw)
		return nil
	}))
	return all
}

// deaf holds that an alarm finds nothing to do.
func (tn *town) deaf(a store.Alarm, why string) {
	tn.t.Helper()
	if outcome, changed := tn.ring(a); outcome != "nothing" || changed {
		tn.t.Errorf("%s, %s: %s, something changed: %v", a.Kind, why, outcome, changed)
	}
}

func TestTimerFaults(t *testing.T) {
	const day = 24 * time.Hour
	// Each brings about a record that waits for that kind of deadline.
	waits := map[string]func(*town){
		project.RoundExpiry: func(tn *town) { tn.invite(tn.project(nil), "pro-ana") },
		project.DeliveryDue: func(tn *town) { tn.assignment("pro-ana", nil) },
		project.ReviewAutoClose: func(tn *town) {
			a := tn.assignment("pro-ana", nil)
			tn.submit("pro-ana", a)
			tn.passQC(a)
		},
		project.QuoteExpiry: func(tn *town) { tn.quoted("pro-ana") },
		ledger.ReleaseDeadline: func(tn *town) {
			a := tn.assignment("pro-ana", nil)
			tn.submit("pro-ana", a)
			tn.passQC(a)
		},
	}
	for kind, wait := range waits {
		t.Run(kind+" rings in vain a millisecond early, and doubled (F35, F37)", func(t *testing.T) {
			tn := open(t)
			wait(tn)
			a := tn.alarm(kind)
			tn.pass(a.DueAt.Sub(tn.Clock.Now()) - time.Millisecond)
			tn.deaf(a, "early")
			before := tn.everything()
			tn.pass(time.Millisecond)
			if tn.everything() == before {
				t.Errorf("%s has no effect at its instant", kind)
			}
			tn.deaf(a, "doubled")
			tn.pass(time.Millisecond)
			tn.deaf(a, "doubled, later")
			tn.sound()
		})
	}
	// Each moves on what waits, before its deadline comes.
	for name, stale := range map[string]struct {
		kind  string
		after time.Duration
		move  func(*town)
	}{
		"after the project was filled":    {project.RoundExpiry, 4 * day, func(tn *town) { tn.assignment("pro-ana", nil) }},
		"after the project was cancelled": {project.RoundExpiry, 4 * day, cancelled},
		"while the version is with quality control, after a new deadline was set": {project.DeliveryDue, 2 * day, func(tn *town) {
			a := tn.assignment("pro-ana", map[string]any{"deliverBy": noon.Add(day).Format(time.RFC3339)})
			tn.submit("pro-ana", a)
			first := tn.alarm(project.DeliveryDue)
			tn.do("qc", a, "revision", map[string]any{"comments": []map[string]any{{"text": "Text 7: the year."}}})
			tn.pass(day)
			tn.deaf(first, "replaced by a later one")
			equal(tn.t, "state", tn.state("pro-ana", a), "revising")
		}},
		"after the version passed": {project.DeliveryDue, 6 * day, waits[project.ReviewAutoClose]},
		"after the client approved": {project.ReviewAutoClose, 91 * day, func(tn *town) {
			a := tn.assignment("pro-ana", nil)
			tn.submit("pro-ana", a)
			tn.passQC(a)
			equal(tn.t, "state", tn.do("client", a, "approve", nil), "done")
		}},
		"after the pro accepted what the client had approved": {project.QuoteExpiry, 11 * day, func(tn *town) { tn.agreed("pro-ana") }},
		"after the reward was credited":                       {ledger.ReleaseDeadline, 31 * day, waits[ledger.ReleaseDeadline]},
	} {
		t.Run(stale.kind+" rings in vain "+name+" (F36)", func(t *testing.T) {
			tn := open(t)
			stale.move(tn)
			tn.pass(stale.after)
			for _, a := range tn.alarms() {
				if !a.DueAt.After(tn.Clock.Now()) {
					tn.deaf(a, "too late")
				}
			}
			tn.sound()
		})
	}
	t.Run("a reward whose alarm and sweep come six hours late is credited as of its instant, once (F34, F38, F39)", func(t *testing.T) {
		tn := open(t, func(c *local.Config) { c.Binaries = without(t, "timers", "sweep") })
		waits[ledger.ReleaseDeadline](tn)
		a := tn.alarm(ledger.ReleaseDeadline)
		tn.pass(a.DueAt.Sub(tn.Clock.Now()) + 6*time.Hour)
		equal(t, "reward while nothing rings", tn.rewards("pro-ana")[0].State, "held")
		tn.reopen(func(c *local.Config) { c.Binaries = binaries })
		tn.pass(10 * time.Minute)
		r := tn.rewards("pro-ana")
		if len(r) != 1 || r[0].State != "credited" || r[0].CreditedAt != item.Stamp(a.DueAt) || r[0].ReleaseAt != r[0].CreditedAt {
			t.Errorf("rewards: %+v, due %s", r, item.Stamp(a.DueAt))
		}
		equal(t, "mails about the credit", len(tn.mails("credited")), 1)
		tn.sound()
	})
	t.Run("a hold over the change to summer time is 30 times 24 hours (F45)", func(t *testing.T) {
		tn := open(t) // Madrid changes on 28 March 2027
		waits[ledger.ReleaseDeadline](tn)
		tn.pass(30 * day)
		equal(t, "credited at", tn.rewards("pro-ana")[0].CreditedAt, item.Stamp(noon.Add(30*day)))
	})
	t.Run("an alarm of every released form is understood, and one of none fails (F43)", func(t *testing.T) {
		tn := open(t)
		golden, err := filepath.Glob(filepath.Join(checkout, "shared", "handler", "testdata", "alarms", "*.json"))
		tn.must(err)
		understood := 0
		for _, file := range golden {
			payload, err := os.ReadFile(file)
			tn.must(err)
			understood++
			equal(t, file, string(tn.invoke("timers", json.RawMessage(payload))), `{"outcome":"nothing"}`)
		}
		if understood < len(waits) {
			t.Errorf("%d golden alarms for %d kinds", understood, len(waits))
		}
		result, err := tn.Lambda.Invoke(t.Context(), tn.function("timers"), []byte(`{"v":2,"kind":"reward.release"}`))
		if err != nil || result.FunctionError == "" {
			t.Errorf("an alarm from the future: %s, %v", result.Payload, err)
		}
	})
	t.Run("1,000 deadlines of one minute, whose alarms all fail, are fired by the sweep within ten minutes (F39, F47)", func(t *testing.T) {
		tn := open(t, func(c *local.Config) { c.Binaries = without(t, "timers") })
		end := noon.Add(2 * time.Hour)
		tn.rounds(1000, end)
		tn.pass(end.Add(10 * time.Minute).Sub(tn.Clock.Now()))
		tn.onTime(0)
		equal(t, "mails that a round is over", len(tn.mails("round_expired")), 1000)
		tn.sound()
	})
}

func cancelled(tn *town) {
	id := tn.project(nil)
	tn.invite(id, "pro-ana")
	a, err := tn.as("client").Post("/v1/projects/"+id+"/cancel", map[string]string{"reason": "Not needed."})
	ok[named](tn, http.StatusOK, a, err)
}

// rounds writes n projects with one invitation each, all of which end in that minute, through the job itself.
func (tn *town) rounds(n int, end time.Time) {
	tn.t.Helper()
	jobs := &project.Service{
		Store: tn.store(), Policies: policy.Editions(), Pause: func(context.Context, int) {},
		NewID: func(prefix string) string { return prefix + "_" + ulid.Make().String() },
	}
	agent := party.Actor{ID: "agent", Roles: []lifecycle.Role{party.Agent}}
	atOnce(n, func(i int) {
		var id string
		ask := project.Ask{By: agent, Channel: "http", Now: noon, Answer: func(outcome any) (store.Reply, error) {
			if told, isProject := outcome.(project.Told); isProject {
				id = told.Project.ID
			}
			return store.Reply{}, nil
		}}
		_, err := jobs.Create(tn.t.Context(), ask, project.Brief{
			Client: "client", Type: project.Speedy, Category: "translation", Title: fmt.Sprintf("Guide %d", i), Text: "Forty short texts.",
			Reward: ledger.Money{Minor: 12000, Currency: "USD"}, DeliverBy: noon.Add(48 * time.Hour), Seats: 1,
		}, true)
		if err == nil {
			_, err = jobs.Invite(tn.t.Context(), ask, id, []project.Guest{{Pro: "pro-ana"}}, end.Add(time.Duration(i*60/n)*time.Second))
		}
		if err != nil {
			tn.t.Errorf("project %d: %v", i, err)
		}
	})
}
