package project

import (
	"slices"
	"time"

	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

// Version is one submitted version of the deliverable, with what was said about it. It is told by the timeline.
type Version struct {
	Number      int
	Outcome     Outcome
	SubmittedAt time.Time
	Note        string // of the pro, for who checks it
	Files       []File
	Answers     []Answer  // to the comments on the version before
	Comments    []Comment // of quality control, then of the client once forwarded, all in one (R44)
}

// Outcome is what quality control made of a version.
type Outcome string

// The outcomes.
const (
	Waits    Outcome = "in_qc"
	SentBack Outcome = "revision_requested"
	Passed   Outcome = "passed"
)

// Versions tells a deliverable's history, oldest first, to one reader: a client gets only what passed, without what was
// said on the way (R46).
func Versions(a Assignment, story []store.Event, by party.Actor) []Version {
	var all []Version
	var fromQC []Comment // on the last one
	for _, e := range story {
		for _, f := range e.Facts {
			switch f := f.(type) {
			case VersionSubmitted:
				fromQC = nil
				all = append(all, Version{Number: f.Number, Outcome: Waits, SubmittedAt: e.At, Note: f.Comment, Files: f.Files, Answers: f.Answers})
			case RevisionRequested:
				last := &all[len(all)-1]
				fromQC = f.Said()
				last.Outcome, last.Comments = SentBack, fromQC
			case QCPassed:
				all[len(all)-1].Outcome = Passed
			case ChangesForwarded: // what the client wants of the version that passed, once it is the pro's to do
				all[len(all)-1].Comments = slices.Concat(fromQC, f.Comments)
			case FeeAgreed:
				all[len(all)-1].Comments = slices.Concat(fromQC, f.Comments)
			}
		}
	}
	if by.ID != a.Client || by.IsStaff() {
		return all
	}
	all = slices.DeleteFunc(all, func(v Version) bool { return v.Outcome != Passed })
	for i := range all {
		all[i].Note, all[i].Answers, all[i].Comments = "", nil, nil
	}
	return all
}

// AnswerTo is what this version says about a comment on the one before; empty for nothing.
func (v Version) AnswerTo(comment int) string {
	for _, a := range v.Answers {
		if a.Comment == comment {
			return a.Text
		}
	}
	return ""
}

// Change is what became of a file from one version to another.
type Change string

// The changes.
const (
	Same    Change = "same"    // name and content
	Changed Change = "changed" // another content under the name
	Renamed Change = "renamed" // the content under another name
	Added   Change = "added"
	Removed Change = "removed"
)

// FileChange is one file of either version; From and To are nil where it is only in the other.
type FileChange struct {
	Change   Change
	From, To *File
}

// Remark is a comment on the older version, and what the pro says they did about it; empty while they have not.
type Remark struct {
	Number int
	Comment
	Answer string
}

// Comparison is what changed between two versions.
type Comparison struct {
	From, To Version
	Files    []FileChange // those of the newer version in its order, then what was removed
	Comments []Remark     // all on the older version
}

// Compare finds two of the versions that the reader may see and what changed between them, content by checksum. 0 for to
// means the newest, and for from the one before to; all of a first version is added.
func Compare(versions []Version, from, to int) (Comparison, error) {
	find := func(number int) int {
		return slices.IndexFunc(versions, func(v Version) bool { return v.Number == number })
	}
	newer := len(versions) - 1
	if to != 0 {
		newer = find(to)
	}
	older := newer - 1
	if from != 0 {
		older = find(from)
	}
	first := older == -1 && from == 0
	switch {
	case newer < 0 || older < 0 && !first:
		return Comparison{}, problem.New(problem.CodeNotFound, "There is no such version, or it is not yours to see.")
	case older >= newer:
		var wrong problem.Fields
		wrong.Add("from", "The version to compare with is an older one.")
		return Comparison{}, wrong.Err()
	}
	c := Comparison{To: versions[newer]}
	if !first {
		c.From = versions[older]
	}
	c.Files = changes(c.From.Files, c.To.Files)
	for i, comment := range c.From.Comments {
		// Answers come with the next version, whichever it is compared with.
		c.Comments = append(c.Comments, Remark{Number: i + 1, Comment: comment, Answer: versions[older+1].AnswerTo(i + 1)})
	}
	return c, nil
}

// changes pairs files by name first, then what is left by content.
func changes(from, to []File) []FileChange {
	partner := map[int]int{} // by place in to, the place in from
	taken := map[int]bool{}
	pair := func(alike func(a, b File) bool) {
		for n := range to {
			if _, had := partner[n]; had {
				continue
			}
			for m := range from {
				if !taken[m] && alike(from[m], to[n]) {
					partner[n], taken[m] = m, true
					break
				}
			}
		}
	}
	pair(func(a, b File) bool { return a.Name == b.Name && a.content() == b.content() })
	pair(func(a, b File) bool { return a.Name == b.Name })
	pair(func(a, b File) bool { return a.content() == b.content() })
	var list []FileChange
	for n := range to {
		m, had := partner[n]
		switch {
		case !had:
			list = append(list, FileChange{Change: Added, To: &to[n]})
		case from[m].content() != to[n].content():
			list = append(list, FileChange{Change: Changed, From: &from[m], To: &to[n]})
		case from[m].Name != to[n].Name:
			list = append(list, FileChange{Change: Renamed, From: &from[m], To: &to[n]})
		default:
			list = append(list, FileChange{Change: Same, From: &from[m], To: &to[n]})
		}
	}
	for m := range from {
		if !taken[m] {
			list = append(list, FileChange{Change: Removed, From: &from[m]})
		}
	}
	return list
}

// content stands for what is in a file.
func (f File) content() [2]string { return [2]string{f.SHA256, itoa(int(f.Size))} }
