package api

import (
	"context"
	"strconv"

	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// ComparisonView is what changed between two versions of a deliverable.
type ComparisonView struct {
	From     int              `json:"from"`
	To       int              `json:"to"`
	Files    []FileChangeView `json:"files"`
	Comments []CommentView    `json:"comments"` // on the older version, with the pro's answers; empty for a client
}

// FileChangeView is one file of either version.
type FileChangeView struct {
	Change string    `json:"change"` // same, changed, renamed, added, removed
	From   *FileView `json:"from,omitempty"`
	To     *FileView `json:"to,omitempty"`
}

func comparison(ctx context.Context, c *handler.Call, jobs *project.Service) (store.Reply, error) {
	assignment, err := id(c, "assignmentId")
	if err != nil {
		return store.Reply{}, err
	}
	from, to, err := compared(c)
	if err != nil {
		return store.Reply{}, err
	}
	found, err := jobs.Comparison(ctx, c.Actor, assignment, from, to)
	if err != nil {
		return store.Reply{}, err
	}
	return shown(comparisonView(found), 0)
}

func comparisonView(c project.Comparison) ComparisonView {
	v := ComparisonView{From: c.From.Number, To: c.To.Number, Files: []FileChangeView{}, Comments: []CommentView{}}
	for _, f := range c.Files {
		v.Files = append(v.Files, FileChangeView{Change: string(f.Change), From: fileView(f.From), To: fileView(f.To)})
	}
	for _, comment := range c.Comments {
		v.Comments = append(v.Comments, commentView(comment))
	}
	return v
}

func fileView(f *project.File) *FileView {
	if f == nil {
		return nil
	}
	return &fileViews([]project.File{*f})[0]
}

// compared reads which versions to compare; 0 where the query leaves it open.
func compared(c *handler.Call) (from, to int, err error) {
	var wrong problem.Fields
	number := func(name string) int {
		if !c.Query.Has(name) {
			return 0
		}
		n, err := strconv.Atoi(c.Query.Get(name))
		if err != nil || n < 1 {
			wrong.Add(name, "A version is a number from 1.")
		}
		return n
	}
	from, to = number("from"), number("to")
	if err := wrong.Err(); err != nil {
		return 0, 0, err
	}
	return from, to, c.OnlyQuery("from", "to")
}
