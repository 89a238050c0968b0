package help

import (
	"strings"
	"time"

	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
)

// Replied is a flag that a person answered: that keeps the promise, or ends a broken one (R23, A2). Answering what nobody
// has claimed claims it. broke says that the promise broke at this moment, before any timer said so.
func Replied(f Flag, text string, by party.Actor, now time.Time) (next Flag, broke bool, err error) {
	progress, err := f.do(Reply, by)
	if err != nil {
		return f, false, err
	}
	if err := words("/text", text); err != nil {
		return f, false, err
	}
	f.Progress = progress
	if f.Agent == "" {
		f.Agent = party.Hidden(by.ID)
	}
	f, broke = f.respond(now)
	return f.touched(now), broke, nil
}

// Noted is a flag with a word for the team only.
func Noted(f Flag, text string, by party.Actor, now time.Time) (Flag, error) {
	progress, err := f.do(Note, by)
	if err != nil {
		return f, err
	}
	if err := words("/text", text); err != nil {
		return f, err
	}
	f.Progress = progress
	return f.touched(now), nil
}

func words(pointer, text string) error {
	var wrong problem.Fields
	if strings.TrimSpace(text) == "" {
		wrong.Add(pointer, "Say it in words.")
	}
	return wrong.Err()
}
