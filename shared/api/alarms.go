package api

import (
	"context"
	"time"

	"github.com/callsheet/callsheet/shared/help"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// Alarms does what a deadline is for, in the job that its record belongs to. Nobody waits for the reply.
func Alarms(db store.Store, env Environment) store.Fire {
	jobs := Jobs(db, env, nil)
	desk := Help(db, env, jobs, nil)
	unanswered := func(any) (store.Reply, error) { return store.Reply{}, nil }
	return func(ctx context.Context, channel string, now time.Time, alarm store.Alarm) error {
		var err error
		switch alarm.Ref.Kind {
		case store.Flag:
			_, err = desk.Fire(ctx, help.Request{Channel: channel, Now: now, Answer: unanswered}, alarm)
		default:
			_, err = jobs.Fire(ctx, project.Ask{Channel: channel, Now: now, Answer: unanswered}, alarm)
		}
		return err
	}
}
