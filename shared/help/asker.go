package help

import (
	"slices"
	"time"

	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

// Asker is what one pro has asked for. Every flag and comment of theirs writes it, and its version lets one of two at a
// time through: so no rate is passed and no second flag about the same is raised by asking twice at once (A6, B112).
type Asker struct {
	ID      string // the pro's
	Version int
	Asked   []time.Time // within the last hour
	Open    []OpenFlag
	Flags   []string // the latest, oldest first
}

// OpenFlag is a flag that is not resolved.
type OpenFlag struct {
	Topic  string
	Reason Reason
	Flag   string
}

// listed is how many flags an asker remembers: as many as are read at once.
const listed = 100

// Ref names the asker.
func (a Asker) Ref() store.Ref { return store.Ref{Kind: store.Asker, ID: a.ID} }

// Revision is the version to be written.
func (a Asker) Revision() int { return a.Version }

// Asks counts one more word of the pro's, or refuses until the oldest of the last hour is an hour old (B112).
func (a Asker) Asks(book policy.Policy, now time.Time) (Asker, error) {
	a.Asked = slices.DeleteFunc(slices.Clone(a.Asked), func(t time.Time) bool { return !now.Before(t.Add(time.Hour)) })
	if len(a.Asked) >= book.Help.PerHour {
		return a, problem.New(problem.CodeRateLimited, "You may write %d times an hour here. Somebody reads what you wrote already.", book.Help.PerHour).
			After(a.Asked[0].Add(time.Hour).Sub(now))
	}
	a.Asked = append(a.Asked, now)
	a.Version++
	return a, nil
}

// open finds the pro's open flag about a topic for a reason.
func (a Asker) open(topic string, reason Reason) (id string, ok bool) {
	i := slices.IndexFunc(a.Open, func(o OpenFlag) bool { return o.Topic == topic && o.Reason == reason })
	if i < 0 {
		return "", false
	}
	return a.Open[i].Flag, true
}

// with is the asker with a flag open, once more or for the first time.
func (a Asker) with(f Flag) Asker {
	a.Open = append(slices.Clone(a.Open), OpenFlag{Topic: f.Subject.topic(), Reason: f.Reason, Flag: f.ID})
	if !slices.Contains(a.Flags, f.ID) {
		a.Flags = append(slices.Clone(a.Flags), f.ID)
		a.Flags = a.Flags[max(0, len(a.Flags)-listed):]
	}
	return a
}

// without is the asker with a flag resolved.
func (a Asker) without(f Flag) Asker {
	a.Open = slices.DeleteFunc(slices.Clone(a.Open), func(o OpenFlag) bool { return o.Flag == f.ID })
	a.Version++
	return a
}
