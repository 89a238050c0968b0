package api

import (
	"github.com/callsheet/callsheet/shared/handler"
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
	Of            string        `json:"of,omitempty"`     // the project of the translation that it proofreads; its client and staff
	Source        string        `json:"source,omitempty"` // where the newest version of that is; who gets it
	Pro           string        `json:"pro,omitempty"`
	Agent         string        `json:"agent,omitempty"`    // who is in charge; staff
	Reviewer      string        `json:"reviewer,omitempty"` // staff and QC
	Terms         *TermsView    `json:"terms,omitempty"`    // the pro and staff
	DeliverBy     string        `json:"deliverBy"`
	Late          bool          `json:"late"`
	Versions      []VersionView `json:"versions"`
	Changes       []RequestView `json:"changes"`               // that the client asked for
	NeedsReview   *CaseView     `json:"needsReview,omitempty"` // staff
	PassedAt      string        `json:"passedAt,omitempty"`
	DoneAt        string        `json:"doneAt,omitempty"`
	LeftAt        string        `json:"leftAt,omitempty"` // given up or taken back
	CreatedAt     string        `json:"createdAt"`
	UpdatedAt     string        `json:"updatedAt"`
	PolicyVersion string        `json:"policyVersion"`
	Actions       []Action      `json:"actions"`
	Deadlines     []Deadline    `json:"deadlines"`
	Timeline      []Entry       `json:"timeline"`
}

// VersionView is one submitted version and what became of it.
type VersionView struct {
	Number      int           `json:"number"`
	Outcome     string        `json:"outcome"` // in_qc, revision_requested, passed
	SubmittedAt string        `json:"submittedAt"`
	Comment     string        `json:"comment,omitempty"`
	Comments    []CommentView `json:"comments,omitempty"` // of QC, all in one (R44)
	Files       []FileView    `json:"files"`
}

// CommentView is one comment on a version: where it points, and what the pro says they did about it in the next one.
type CommentView struct {
	Number   int         `json:"number"`
	Text     string      `json:"text"`
	File     string      `json:"file,omitempty"`
	Name     string      `json:"name,omitempty"` // of the file
	Page     int         `json:"page,omitempty"`
	TimeCode string      `json:"timeCode,omitempty"`
	Region   *RegionBody `json:"region,omitempty"`
	Answer   string      `json:"answer,omitempty"`
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
		ID: a.ID, State: string(a.Progress.State), Project: a.Project, Title: a.Terms.Title, Category: a.Terms.Category, Source: sourceOf(c, a),
		DeliverBy: stamp(a.Terms.DeliverBy), Late: a.Late, Reviewer: a.ReviewerFor(c.Actor), Versions: versions(c, a, held.Timeline), PassedAt: stamp(a.PassedAt), DoneAt: stamp(a.DoneAt), LeftAt: stamp(a.LeftAt),
		Changes: requests(c, a, held.Timeline), NeedsReview: caseView(c, a),
		CreatedAt: stamp(a.CreatedAt), UpdatedAt: stamp(a.UpdatedAt), PolicyVersion: string(a.Policy),
		Actions: actions(a.Offers(c.Actor, c.Now)), Deadlines: deadlines(a.Ref(), a.Progress, story), Timeline: timeline(c, story),
	}
	if c.Actor.IsStaff() || c.Actor.ID == a.Pro {
		v.Pro = a.Pro
		v.Terms = &TermsView{Version: a.Terms.Seen, Reward: money(a.Terms.Reward), DeliverBy: stamp(a.Terms.DeliverBy), Release: string(a.Terms.Release)}
	}
	if c.Actor.IsStaff() {
		v.Agent = a.Agent
	}
	if c.Actor.IsStaff() || c.Actor.ID == a.Client {
		v.Of = a.Of
	}
	return v
}

func versions(c *handler.Call, a project.Assignment, story []store.Event) []VersionView {
	out := []VersionView{}
	all := project.Versions(a, story, c.Actor)
	for i, v := range all {
		view := VersionView{Number: v.Number, Outcome: string(v.Outcome), SubmittedAt: stamp(v.SubmittedAt), Comment: v.Note, Files: fileViews(v.Files)}
		for n, comment := range v.Comments {
			said := project.Remark{Number: n + 1, Comment: comment}
			if i+1 < len(all) {
				said.Answer = all[i+1].AnswerTo(n + 1)
			}
			view.Comments = append(view.Comments, commentView(said))
		}
		out = append(out, view)
	}
	return out
}

func commentView(c project.Remark) CommentView {
	v := CommentView{Number: c.Number, Text: c.Text, File: c.Place.File, Name: c.Place.Name, Page: c.Place.Page, TimeCode: c.Place.TimeCode, Answer: c.Answer}
	if r := c.Place.Region; r != (project.Region{}) {
		v.Region = &RegionBody{Left: r.Left, Top: r.Top, Width: r.Width, Height: r.Height}
	}
	return v
}

func fileViews(list []project.File) []FileView {
	out := []FileView{}
	for _, f := range list {
		out = append(out, FileView{ID: f.ID, Name: f.Name, Size: f.Size, SHA256: f.SHA256})
	}
	return out
}
