package help

import (
	"time"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/party"
)

// Snapshot is the work as it was when the flag was raised, so that nobody has to ask for anything (R7–R9). It is kept in
// the fact that raised the flag and never changes.
type Snapshot struct {
	Type, Category, Title, Brief string
	Assets                       []Asset
	State                        string // of the pro's part
	Terms                        string // version
	Reward                       ledger.Money
	DeliverBy                    time.Time
	Late                         bool
	Versions                     []Version
	Contact                      party.Contact // the pro's profile
	History                      []Line        // of the pro's part, oldest first
	LeftOut                      int           // comments and lines for which there was no room
}

// Asset is something to work with.
type Asset struct{ Name, URL string }

// Version is one version of the deliverable and what became of it.
type Version struct {
	Number      int
	SubmittedAt time.Time
	Files       []string // names
	Comment     string   // the pro's
	Outcome     string
	QC          []string // comments of quality control
}

// Line is one line of the pro's history.
type Line struct {
	At     time.Time
	Role   string
	Action string
	State  string
}

// Bounded keeps the snapshot's comments and history within a number of bytes: the newest versions and lines stay whole, and
// what is left out is counted.
func (s Snapshot) Bounded(bytes int) Snapshot {
	s.Versions = append([]Version(nil), s.Versions...)
	left := bytes
	for i := len(s.Versions) - 1; i >= 0; i-- {
		v := &s.Versions[i]
		var kept []string
		for _, c := range v.QC {
			if left -= len(c); left < 0 {
				s.LeftOut++
				continue
			}
			kept = append(kept, c)
		}
		v.QC = kept
		if left -= len(v.Comment); left < 0 && v.Comment != "" {
			v.Comment = ""
			s.LeftOut++
		}
	}
	const line = 100 // about
	if most := max(0, left) / line; len(s.History) > most {
		s.LeftOut += len(s.History) - most
		s.History = s.History[len(s.History)-most:]
	}
	return s
}
