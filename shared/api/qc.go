package api

import (
	"context"
	"net/http"
	"strconv"

	"github.com/callsheet/callsheet/shared/files"
	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// RevisionBody asks for another version, with all comments in one (R44).
type RevisionBody struct {
	Comments []CommentBody `json:"comments"`
}

// CommentBody is one comment, and where in which file of the version.
type CommentBody struct {
	Text     string      `json:"text" max:"2000" text:"lines"`
	File     string      `json:"file" max:"64"`
	Page     int         `json:"page"`
	TimeCode string      `json:"timeCode" max:"20"`
	Region   *RegionBody `json:"region"`
}

// RegionBody is a part of a page or picture, in thousandths of its width and height.
type RegionBody struct {
	Left   int `json:"left"`
	Top    int `json:"top"`
	Width  int `json:"width"`
	Height int `json:"height"`
}

// QueueRow is one version that waits for QC.
type QueueRow struct {
	Assignment   string   `json:"assignment"`
	Title        string   `json:"title"`
	Category     string   `json:"category"`
	Version      int      `json:"version"`
	WaitingSince string   `json:"waitingSince"`
	ClaimedBy    string   `json:"claimedBy,omitempty"`
	Actions      []Action `json:"actions"`
}

// QC serves the function qc.
func QC(jobs *project.Service, bucket *files.Bucket, cursors handler.Cursors) []handler.Endpoint {
	return []handler.Endpoint{
		{Route: "GET /v1/qc/queue", Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return queue(ctx, c, jobs, cursors)
		}},
		{Route: "GET /v1/qc/assignments/{assignmentId}/files", Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onID(c, "assignmentId", func(id string) (store.Reply, error) {
				held, err := jobs.Assignment(ctx, c.Actor, id)
				if err != nil {
					return store.Reply{}, err
				}
				if !c.Actor.Is(party.QC) && !c.Actor.IsStaff() {
					return store.Reply{}, problem.New(problem.CodeForbidden, "These links are for quality control.")
				}
				list, err := downloads(ctx, bucket, id, fileViews(held.Assignment.Files), jobs.Policies.Current().DownloadURL)
				if err != nil {
					return store.Reply{}, err
				}
				return shown(List[FileView]{Data: list}, 0)
			})
		}},
		{Route: "POST /v1/assignments/{assignmentId}/claim", Handle: onAssignment(jobs.Claim)},
		{Route: "POST /v1/assignments/{assignmentId}/unclaim", Handle: onAssignment(jobs.Unclaim)},
		{Route: "POST /v1/assignments/{assignmentId}/pass", Once: true, Handle: onAssignment(jobs.Pass)},
		{Route: "POST /v1/assignments/{assignmentId}/revision", Once: true, Body: true, Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onID(c, "assignmentId", func(id string) (store.Reply, error) {
				var body RevisionBody
				if err := c.Read(&body); err != nil {
					return store.Reply{}, err
				}
				comments, err := readComments(body.Comments)
				if err != nil {
					return store.Reply{}, err
				}
				return jobs.Revise(ctx, ask(c, assignmentReply(c, http.StatusOK)), id, comments)
			})
		}},
	}
}

// maxComments bounds one request for changes.
const maxComments = 50

func readComments(given []CommentBody) ([]project.Comment, error) {
	if len(given) > maxComments {
		return nil, problem.New(problem.CodeTooManyItems, "One request has at most %d comments.", maxComments)
	}
	var wrong problem.Fields
	var comments []project.Comment
	for i, b := range given {
		if b.Text == "" {
			wrong.Add("/comments/"+strconv.Itoa(i)+"/text", "Say what has to change.")
		}
		place := project.Place{File: b.File, Page: b.Page, TimeCode: b.TimeCode}
		if b.Region != nil {
			place.Region = project.Region{Left: b.Region.Left, Top: b.Region.Top, Width: b.Region.Width, Height: b.Region.Height}
		}
		comments = append(comments, project.Comment{Text: b.Text, Place: place})
	}
	return comments, wrong.Err()
}

// onAssignment is an endpoint that does one thing to the assignment in its path.
func onAssignment(do func(context.Context, project.Ask, string) (store.Reply, error)) func(context.Context, *handler.Call) (store.Reply, error) {
	return func(ctx context.Context, c *handler.Call) (store.Reply, error) {
		return onID(c, "assignmentId", func(id string) (store.Reply, error) {
			return do(ctx, ask(c, assignmentReply(c, http.StatusOK)), id)
		})
	}
}

func queue(ctx context.Context, c *handler.Call, jobs *project.Service, cursors handler.Cursors) (store.Reply, error) {
	f := filter{call: c}
	what := project.QueueFilter{
		Category: f.category("category", jobs.Policies.Current()), Claims: oneOf(&f, "claimed", project.Unclaimed, project.Taken, project.Mine),
	}
	if err := f.wrong.Err(); err != nil {
		return store.Reply{}, err
	}
	return page(ctx, c, cursors, listing{"qc", []string{"category", "claimed"}}, func(limit int, after store.Position) (store.Page[project.Assignment], error) {
		return jobs.Queue(ctx, c.Actor, what, limit, after)
	}, func(a project.Assignment) QueueRow {
		return QueueRow{
			Assignment: a.ID, Title: a.Terms.Title, Category: a.Terms.Category, Version: a.Number,
			WaitingSince: stamp(a.WaitsSince), ClaimedBy: a.ReviewerFor(c.Actor), Actions: actions(a.Offers(c.Actor, c.Now)),
		}
	})
}
