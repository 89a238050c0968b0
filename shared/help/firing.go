package help

import (
	"context"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/store"
)

// Fire does what a flag's deadline is for: an ordinary decision by the timer. An alarm that is early, doubled or stale finds
// nothing to do.
func (s *Service) Fire(ctx context.Context, ask Request, alarm store.Alarm) (store.Reply, error) {
	ask.By = party.TimerActor
	return s.transact(ctx, ask, func(f store.Freshness) (step, error) {
		flag, err := store.Is[Flag](s.Store.Get(ctx, alarm.Ref, f)) // nobody waits for a reply, so no timeline is read
		if err != nil {
			return step{}, err
		}
		st := step{role: lifecycle.Timer, before: flag, fired: alarm.Kind, tell: true}
		if alarm.Kind == Warning {
			st.action = Warn
			st.after, err = Warned(flag, alarm.Kind, alarm.Entry, ask.Now)
			st.facts = []store.Fact{FlagWarned{Flag: st.after.told(), AnswerBy: flag.AnswerBy}}
			return st, err
		}
		st.action = Escalate
		st.after, err = Breached(flag, alarm.Kind, alarm.Entry, ask.Now)
		st.facts = []store.Fact{FlagBreached{Flag: flag.told(), AnswerBy: flag.AnswerBy, Held: st.after.Agent != ""}}
		return st, err
	})
}
