package api

import (
	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// AssignmentView is an assignment as its reader may see it. The client sees no version before QC has approved it, no
// comment of QC and not the reward (R46).
type AssignmentView struct {
	ID            string        `json:"id"`
	State         string        `json:"state"`
	Project       string        `json:"project"`
	Title         string        `json:"title"`
	Category      string        `json:"category"`
	Pro           string        `json:"pro,omitempty"`
	Reviewer      string        `json:"reviewer,omitempty"` // staff and QC
	Terms         *TermsView    `json:"terms,omitempty"`    // the pro and staff
	DeliverBy     string        `json:"deliverBy"`
	Late          bool          `json:"late"`
	Versions      []VersionView `json:"versions"`
	PassedAt      string        `json:"passedAt,omitempty"`
	DoneAt        string        `json:"doneAt,omitempty"`
	CreatedAt     string        `json:"createdAt"`
	UpdatedAt     string        `json:"updatedAt"`
	PolicyVersion string        `json:"policyVersion"`
	Actions       []Action      `json:"actions"`
	Deadlines     []Deadline    `json:"deadlines"`
	Timeline      []Entry       `json:"timeline"`
}

// VersionView is one submitted version and what became of it.
type VersionView struct {
	Number      int        `json:"number"`
	Outcome     string     `json:"outcome"` // in_qc, revision_requested, passed
	SubmittedAt string     `json:"submittedAt"`
	Comment     string     `json:"comment,omitempty"`
	Comments    []string   `json:"comments,omitempty"` // of QC, all in one (R44)
	Files       []FileView `json:"files"`
}

// FileView is one file of a version.
type FileView struct {
	ID       string        `json:"id"`
	Name     string        `json:"name"`
	Size     int64         `json:"size"`
	SHA256   string        `json:"sha256"`
	Download *TransferView `json:"download,omitempty"`
}

// TransferView is a presigned request: send it exactly so, before it expires.
type TransferView struct {
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers,omitempty"`
	ExpiresAt string            `json:"expiresAt"`
}

func assignmentReply(c *handler.Call, status int) func(any) (store.Reply, error) {
	return func(outcome any) (store.Reply, error) {
		held := outcome.(project.Held)
		return ok(status, assignmentView(c, held), held.Assignment.Version, "/v1/assignments/"+held.Assignment.ID)
	}
}

func assignmentView(c *handler.Call, held project.Held) AssignmentView {
	a, story := held.Assignment, forClient(c, held.Assignment.Client, held.Timeline)
	v := AssignmentView{
		ID: a.ID, State: string(a.Progress.State), Project: a.Project, Title: a.Terms.Title, Category: a.Terms.Category,
		DeliverBy: stamp(a.Terms.DeliverBy), Late: a.Late, Reviewer: reviewer(c, a), Versions: versions(c, a, held.Timeline), PassedAt: stamp(a.PassedAt), DoneAt: stamp(a.DoneAt),
		CreatedAt: stamp(a.CreatedAt), UpdatedAt: stamp(a.UpdatedAt), PolicyVersion: string(a.Policy),
		Actions: actions(a.Offers(c.Actor, c.Now)), Deadlines: deadlines(a.Ref(), a.Progress, story), Timeline: timeline(c, story),
	}
	if c.Actor.IsStaff() || c.Actor.ID == a.Pro {
		v.Pro = a.Pro
		v.Terms = &TermsView{Version: a.Terms.Seen, Reward: money(a.Terms.Reward), DeliverBy: stamp(a.Terms.DeliverBy), Release: string(a.Terms.Release)}
	}
	return v
}

// reviewer is for staff and QC only, and never for the pro whose work it is.
func reviewer(c *handler.Call, a project.Assignment) string {
	if c.Actor.IsStaff() || c.Actor.Is(party.QC) && c.Actor.ID != a.Pro {
		return a.Reviewer.Reveal()
	}
	return ""
}

// versions tells the deliverable's history from the facts; a client gets only what passed.
func versions(c *handler.Call, a project.Assignment, story []store.Event) []VersionView {
	clientOnly := c.Actor.ID == a.Client && !c.Actor.IsStaff()
	out := []VersionView{}
	for _, e := range story {
		for _, f := range e.Facts {
			switch f := f.(type) {
			case project.VersionSubmitted:
				out = append(out, VersionView{Number: f.Number, Outcome: "in_qc", SubmittedAt: stamp(e.At), Comment: f.Comment, Files: fileViews(f.Files)})
			case project.RevisionRequested:
				last := &out[len(out)-1]
				last.Outcome, last.Comments = "revision_requested", f.Comments
			case project.QCPassed:
				out[len(out)-1].Outcome = "passed"
			}
		}
	}
	if !clientOnly {
		return out
	}
	passed := []VersionView{}
	for _, v := range out {
		if v.Outcome == "passed" {
			v.Comment = ""
			passed = append(passed, v)
		}
	}
	return passed
}

func fileViews(list []project.File) []FileView {
	out := []FileView{}
	for _, f := range list {
		out = append(out, FileView{ID: f.ID, Name: f.Name, Size: f.Size, SHA256: f.SHA256})
	}
	return out
}
