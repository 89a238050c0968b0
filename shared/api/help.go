package api

import (
	"context"
	"net/http"

	"github.com/callsheet/callsheet/shared/files"
	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/help"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// FlagBody calls for help on a project (R6).
type FlagBody struct {
	Project string   `json:"project" max:"64"`
	Reason  string   `json:"reason" max:"40"`
	Comment string   `json:"comment" max:"4000" text:"lines"`
	Uploads []string `json:"uploads" max:"64"` // announced before, by the same pro
}

// FlagCommentBody adds to a flag.
type FlagCommentBody struct {
	Comment string   `json:"comment" max:"4000" text:"lines"`
	Uploads []string `json:"uploads" max:"64"`
}

// ReopenBody says why a flag is not resolved.
type ReopenBody struct {
	Comment string `json:"comment" max:"4000" text:"lines"`
}

// ClientAnswerBody is a client's answer to a question.
type ClientAnswerBody struct {
	Answer string `json:"answer" max:"4000" text:"lines"`
}

// ReasonView is a reason as a pro reads it before choosing: what it leads to (R11–R17).
type ReasonView struct {
	Reason         string   `json:"reason"`
	Title          string   `json:"title"`
	Next           string   `json:"next"` // who is told, what happens, what it may change
	NeedsComment   bool     `json:"needsComment"`
	Told           string   `json:"told"`
	Outcomes       []string `json:"outcomes"`
	AnsweredWithin int      `json:"answeredWithinHours"`
	UsuallyHours   int      `json:"usuallyHours"`
}

// FlagSummary is a row of a list of flags.
type FlagSummary struct {
	ID         string   `json:"id"`
	State      string   `json:"state"`
	Relation   string   `json:"relation"`
	Project    string   `json:"project,omitempty"`
	Reference  string   `json:"reference,omitempty"`
	Title      string   `json:"title"`
	Reason     string   `json:"reason"`
	RaisedAt   string   `json:"raisedAt"`
	AnswerBy   string   `json:"answerBy"`
	AnsweredAt string   `json:"answeredAt,omitempty"`
	Breached   bool     `json:"breached"`
	Pro        string   `json:"pro,omitempty"`       // staff
	ClaimedBy  string   `json:"claimedBy,omitempty"` // staff
	Actions    []Action `json:"actions"`
}

// ClientQuestionView is a question of the team's to a client about their project (R20, A9).
type ClientQuestionView struct {
	ID         string   `json:"id"`
	State      string   `json:"state"`
	Project    string   `json:"project"`
	Title      string   `json:"title"`
	Question   string   `json:"question"`
	Answer     string   `json:"answer,omitempty"`
	AskedAt    string   `json:"askedAt"`
	AnsweredAt string   `json:"answeredAt,omitempty"`
	Flag       string   `json:"flag,omitempty"` // staff
	Actions    []Action `json:"actions"`
}

// RequestHelp serves the function help: pros who ask, and clients who are asked.
func RequestHelp(desk *help.Service, jobs *project.Service, bucket *files.Bucket, cursors handler.Cursors) []handler.Endpoint {
	return []handler.Endpoint{
		{Route: "GET /v1/flag-reasons", Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) { return reasons(ctx, c, desk) }},
		{Route: "POST /v1/help-uploads", Body: true, Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return announceHelp(ctx, c, desk, bucket)
		}},
		{Route: "POST /v1/flags", Once: true, Body: true, Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			if err := c.NoQuery(); err != nil {
				return store.Reply{}, err
			}
			var body FlagBody
			if err := c.Read(&body); err != nil {
				return store.Reply{}, err
			}
			if !c.Actor.Is(party.Pro) {
				return store.Reply{}, problem.New(problem.CodeForbidden, "Flags are raised by the pro who is invited or assigned.")
			}
			if !ids["projectId"].MatchString(body.Project) {
				return store.Reply{}, problem.New(problem.CodeNotFound, "There is no such thing, or it is not yours to see.")
			}
			if err := eachOnce(body.Uploads, "/uploads/").Err(); err != nil {
				return store.Reply{}, err
			}
			call := help.Call{Reason: help.Reason(body.Reason), Comment: body.Comment, Uploads: body.Uploads}
			return desk.Raise(ctx, askHelp(c, raisedReply(c, desk)), body.Project, call)
		}},
		{Route: "GET /v1/flags", Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			if err := c.NoQuery(); err != nil {
				return store.Reply{}, err
			}
			flags, err := desk.FlagsOf(ctx, c.Actor)
			if err != nil {
				return store.Reply{}, err
			}
			view := List[FlagSummary]{Data: []FlagSummary{}}
			for _, f := range flags {
				view.Data = append(view.Data, flagSummary(c, f, desk.Policies.Current()))
			}
			return shown(view, 0)
		}},
		{Route: "GET /v1/flags/{flagId}", Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onID(c, "flagId", func(id string) (store.Reply, error) {
				held, err := desk.Flag(ctx, c.Actor, id)
				if err != nil {
					return store.Reply{}, err
				}
				return flagReply(c, desk, http.StatusOK)(held)
			})
		}},
		{Route: "GET /v1/flags/{flagId}/files", Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onID(c, "flagId", func(id string) (store.Reply, error) { return flagFiles(ctx, c, desk, bucket, id) })
		}},
		{Route: "POST /v1/flags/{flagId}/comments", Once: true, Body: true, Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onFlag(c, desk, func(ask help.Request, id string, body FlagCommentBody) (store.Reply, error) {
				if err := eachOnce(body.Uploads, "/uploads/").Err(); err != nil {
					return store.Reply{}, err
				}
				return desk.Comment(ctx, ask, id, help.Call{Comment: body.Comment, Uploads: body.Uploads})
			})
		}},
		{Route: "POST /v1/flags/{flagId}/reopen", Once: true, Body: true, Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onFlag(c, desk, func(ask help.Request, id string, body ReopenBody) (store.Reply, error) {
				return desk.Reopen(ctx, ask, id, body.Comment)
			})
		}},
		{Route: "GET /v1/assignments/{assignmentId}/material", Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onID(c, "assignmentId", func(id string) (store.Reply, error) { return material(ctx, c, jobs, bucket, id) })
		}},
		{Route: "GET /v1/questions", Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return questions(ctx, c, desk, cursors)
		}},
		{Route: "GET /v1/questions/{questionId}", Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onID(c, "questionId", func(id string) (store.Reply, error) {
				q, err := desk.Question(ctx, c.Actor, id)
				if err != nil {
					return store.Reply{}, err
				}
				return questionReply(c)(q)
			})
		}},
		{Route: "POST /v1/questions/{questionId}/answer", Once: true, Body: true, Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onID(c, "questionId", func(id string) (store.Reply, error) {
				var body ClientAnswerBody
				if err := c.Read(&body); err != nil {
					return store.Reply{}, err
				}
				return desk.Answer(ctx, askHelp(c, questionReply(c)), id, body.Answer)
			})
		}},
	}
}

// askHelp turns a call into the job's request.
func askHelp(c *handler.Call, answer func(outcome any) (store.Reply, error)) help.Request {
	return help.Request{By: c.Actor, Channel: "http", Now: c.Now, Trace: c.Trace, Once: c.Once, Answer: answer}
}

// onFlag is an endpoint that says one thing about the flag in its path.
func onFlag[B any](c *handler.Call, desk *help.Service, do func(ask help.Request, id string, body B) (store.Reply, error)) (store.Reply, error) {
	return onID(c, "flagId", func(id string) (store.Reply, error) {
		var body B
		if err := c.Read(&body); err != nil {
			return store.Reply{}, err
		}
		return do(askHelp(c, flagReply(c, desk, http.StatusOK)), id, body)
	})
}

func flagReply(c *handler.Call, desk *help.Service, status int) func(any) (store.Reply, error) {
	return func(outcome any) (store.Reply, error) {
		held := outcome.(help.Held)
		book, err := desk.Policies.At(held.Flag.Policy)
		if err != nil {
			return store.Reply{}, err
		}
		return ok(status, flagView(c, held, book), held.Flag.Version, "/v1/flags/"+held.Flag.ID)
	}
}

// raisedReply says 201 for a new flag, and 200 for one that was open already and got the comment (A6).
func raisedReply(c *handler.Call, desk *help.Service) func(any) (store.Reply, error) {
	return func(outcome any) (store.Reply, error) {
		status := http.StatusCreated
		if outcome.(help.Held).Added {
			status = http.StatusOK
		}
		return flagReply(c, desk, status)(outcome)
	}
}

func flagSummary(c *handler.Call, f help.Flag, book policy.Policy) FlagSummary {
	s := FlagSummary{
		ID: f.ID, State: string(f.Progress.State), Relation: f.Subject.Relation(), Project: f.Subject.Project, Reference: f.Subject.Reference,
		Title: f.Subject.Title, Reason: string(f.Reason), RaisedAt: stamp(f.RaisedAt), AnswerBy: stamp(f.AnswerBy), AnsweredAt: stamp(f.RespondedAt),
		Breached: !f.BreachedAt.IsZero(), Actions: actions(f.Offers(c.Actor, book, c.Now)),
	}
	if readBy(c, f).Actor.IsStaff() {
		s.Pro, s.ClaimedBy = f.Subject.Pro, f.Agent.Reveal()
	}
	return s
}

// reasons are in the reader's language, which their profile says.
func reasons(ctx context.Context, c *handler.Call, desk *help.Service) (store.Reply, error) {
	if err := c.NoQuery(); err != nil {
		return store.Reply{}, err
	}
	if !c.Actor.Is(party.Pro) && !c.Actor.IsStaff() {
		return store.Reply{}, problem.New(problem.CodeForbidden, "Flags are between pros and the team.")
	}
	profile, err := store.Is[party.Profile](desk.Store.Get(ctx, store.Ref{Kind: store.Profile, ID: c.Actor.ID}, store.Stale))
	if err != nil && !problem.Is(err, problem.CodeNotFound) {
		return store.Reply{}, err
	}
	view := List[ReasonView]{Data: []ReasonView{}}
	for _, o := range help.Reasons() {
		words := o.In(profile.Contact.Language)
		row := ReasonView{
			Reason: string(o.Reason), Title: words.Title, Next: words.Next, NeedsComment: o.NeedsComment, Told: o.Audience, Outcomes: []string{},
			AnsweredWithin: int(desk.Policies.Current().Help.FirstResponse.Hours()), UsuallyHours: int(o.Usually.Hours()),
		}
		for _, k := range o.Outcomes {
			row.Outcomes = append(row.Outcomes, string(k))
		}
		view.Data = append(view.Data, row)
	}
	return shown(view, 0)
}

// announceHelp signs one upload that is to travel with a flag: any type, any name, in one piece (R38, B96, B97).
func announceHelp(ctx context.Context, c *handler.Call, desk *help.Service, bucket *files.Bucket) (store.Reply, error) {
	if err := c.NoQuery(); err != nil {
		return store.Reply{}, err
	}
	var body UploadBody
	if err := c.Read(&body); err != nil {
		return store.Reply{}, err
	}
	if !c.Actor.Is(party.Pro) && !c.Actor.IsStaff() {
		return store.Reply{}, problem.New(problem.CodeForbidden, "Files travel with flags of pros and answers of the team.")
	}
	book := desk.Policies.Current()
	book.FileSize = book.Help.AttachmentSize
	name, err := body.validate(book)
	if err != nil {
		return store.Reply{}, err
	}
	file := desk.NewID("fil")
	signed, err := bucket.PresignUpload(ctx, help.FileKey(help.FolderOf(c.Actor), file), name, body.Size, body.SHA256[0], book.UploadURL)
	if err != nil {
		return store.Reply{}, err
	}
	return ok(http.StatusCreated, UploadView{ID: file, PartSize: book.PartSize, Transfers: []TransferView{transfer(signed)}}, 0, "")
}

// flagFiles lists what travels with a flag, each with a link that lives for minutes.
func flagFiles(ctx context.Context, c *handler.Call, desk *help.Service, bucket *files.Bucket, id string) (store.Reply, error) {
	held, err := desk.Flag(ctx, c.Actor, id)
	if err != nil {
		return store.Reply{}, err
	}
	view := List[FileView]{Data: []FileView{}}
	for _, e := range held.Timeline {
		for _, fact := range e.Facts {
			var some []help.File
			switch fact := fact.(type) {
			case help.FlagRaised:
				some = fact.Files
			case help.FlagCommented:
				some = fact.Files
			case help.FlagResolved:
				some = fact.Outcome.Files
			}
			for _, f := range some {
				one := FileView{ID: f.ID, Name: f.Name, Size: f.Size, SHA256: f.SHA256}
				if err := one.link(ctx, bucket, help.FileKey(f.Folder, f.ID), desk.Policies.Current().DownloadURL); err != nil {
					return store.Reply{}, err
				}
				view.Data = append(view.Data, one)
			}
		}
	}
	return shown(view, 0)
}

// MaterialView is something that the team supplied to work with: a link, or a file with a download.
type MaterialView struct {
	Name     string        `json:"name"`
	URL      string        `json:"url,omitempty"`
	Size     int64         `json:"size,omitempty"`
	Download *TransferView `json:"download,omitempty"`
}

// material is for the assignment's pro, quality control and staff.
func material(ctx context.Context, c *handler.Call, jobs *project.Service, bucket *files.Bucket, id string) (store.Reply, error) {
	held, err := jobs.Assignment(ctx, c.Actor, id)
	if err != nil {
		return store.Reply{}, err
	}
	if c.Actor.ID != held.Assignment.Pro && !c.Actor.Is(party.QC) && !c.Actor.IsStaff() {
		return store.Reply{}, problem.New(problem.CodeForbidden, "The material is for who works on the assignment.")
	}
	view := List[MaterialView]{Data: []MaterialView{}}
	for _, m := range held.Assignment.Material {
		one := MaterialView{Name: m.Name, URL: m.URL, Size: m.Size}
		if m.File != "" {
			signed, err := bucket.PresignDownload(ctx, help.FileKey(m.Folder, m.File), m.Name, jobs.Policies.Current().DownloadURL)
			if err != nil {
				return store.Reply{}, err
			}
			t := transfer(signed)
			one.Download = &t
		}
		view.Data = append(view.Data, one)
	}
	return shown(view, 0)
}

func questions(ctx context.Context, c *handler.Call, desk *help.Service, cursors handler.Cursors) (store.Reply, error) {
	limit, after, err := cursors.Page(ctx, c, "questions")
	if err != nil {
		return store.Reply{}, err
	}
	page, err := desk.QuestionsOf(ctx, c.Actor, limit, after)
	if err != nil {
		return store.Reply{}, err
	}
	view := List[ClientQuestionView]{Data: []ClientQuestionView{}}
	for _, r := range page.Items {
		if q, isQuestion := r.(help.Question); isQuestion {
			view.Data = append(view.Data, questionView(c, q))
		}
	}
	if view.NextCursor, err = cursors.Next(ctx, c, "questions", limit, page.Next); err != nil {
		return store.Reply{}, err
	}
	return shown(view, 0)
}

func questionReply(c *handler.Call) func(any) (store.Reply, error) {
	return func(outcome any) (store.Reply, error) {
		q := outcome.(help.Question)
		return shown(questionView(c, q), q.Version)
	}
}

func questionView(c *handler.Call, q help.Question) ClientQuestionView {
	v := ClientQuestionView{
		ID: q.ID, State: string(q.Progress.State), Project: q.Project, Title: q.Title, Question: q.Text, Answer: q.Answer,
		AskedAt: stamp(q.AskedAt), AnsweredAt: stamp(q.AnsweredAt), Actions: actions(q.Offers(c.Actor)),
	}
	if c.Actor.IsStaff() {
		v.Flag = q.Flag.Reveal()
	}
	return v
}
