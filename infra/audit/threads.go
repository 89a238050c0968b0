package audit

import (
	"slices"

	"github.com/callsheet/callsheet/shared/project"
)

// checkThreads: the messages of a thread are those that it counts, numbered without gaps, each from a source of its own,
// and its marks count what the other side wrote after them (I26).
func (b *books) checkThreads() {
	sources := map[project.Source]string{}
	for id := range b.messages {
		if _, ok := b.threads[id]; !ok {
			b.fault("I26", "thread %s has messages and is not there", id)
		}
	}
	for id, t := range b.threads {
		said := b.messages[id]
		if id != project.ThreadID(t.Project, t.Pro) || t.Count != len(said) {
			b.fault("I26", "thread %s counts %d messages and has %d", id, t.Count, len(said))
		}
		slices.SortFunc(said, func(x, y project.Message) int { return x.Number() - y.Number() })
		unread := map[bool]int{}
		for i, m := range said {
			if had := sources[m.Source]; m.Number() != i+1 || m.Source.ID == "" || had != "" {
				b.fault("I26", "%s is message %d of its thread, and %s came from %+v before", m.Ref(), i+1, had, m.Source)
			}
			sources[m.Source] = m.Ref().String()
			if mark := map[bool]project.Mark{true: t.TeamRead, false: t.ProRead}[m.OfPro()]; m.Number() > mark.UpTo {
				unread[m.OfPro()]++
			}
		}
		if t.TeamRead.Unread != unread[true] || t.ProRead.Unread != unread[false] {
			b.fault("I26", "thread %s has %+v and %+v, and %v is unread", id, t.TeamRead, t.ProRead, unread)
		}
	}
}
