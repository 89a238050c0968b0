package help

import (
	"time"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
)

// Paused is a flag that waits for the client: the owned clock stands still, and with it the delivery deadline; the promise
// does not (A4, A34). question is empty where the client is asked elsewhere.
func Paused(f Flag, action lifecycle.Action, why, question string, by party.Actor, now time.Time) (Flag, error) {
	progress, err := f.do(action, by)
	if err != nil {
		return f, err
	}
	if err := words("/reason", why); err != nil {
		return f, err
	}
	f.Progress, f.Paused = progress, Pause{Since: now, Why: why, Question: question}
	return f.touched(now), nil
}

// Resumed is a flag that staff take up again without the client's answer.
func Resumed(f Flag, by party.Actor, now time.Time) (Flag, error) {
	progress, err := f.do(Resume, by)
	if err != nil {
		return f, err
	}
	f.Progress = progress
	return f.unpaused(now).touched(now), nil
}

func (f Flag) unpaused(now time.Time) Flag {
	if !f.Paused.Since.IsZero() {
		f.Waited += now.Sub(f.Paused.Since)
	}
	f.Paused = Pause{}
	return f
}
