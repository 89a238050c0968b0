package api

import (
	"context"
	"net/http"

	"github.com/callsheet/callsheet/shared/files"
	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// MessageBody is what one side says to the other: text, files that were announced and have arrived, or both (R36).
type MessageBody struct {
	Text        string   `json:"text" max:"8000" text:"lines"`
	Attachments []string `json:"attachments" max:"64"`
}

// ReadBody says how far the caller has read, by the number of the last message.
type ReadBody struct {
	UpTo int `json:"upTo"`
}

// ThreadView is the conversation of the team with one pro about one project, without its messages.
type ThreadView struct {
	Project      string    `json:"project"`
	Title        string    `json:"title"`
	Invitation   string    `json:"invitation"`
	Assignment   string    `json:"assignment,omitempty"` // once the pro has a seat
	Pro          string    `json:"pro"`
	Agent        string    `json:"agent,omitempty"` // in charge; staff only
	Count        int       `json:"count"`           // messages; also the number of the last one
	LastAt       string    `json:"lastAt,omitempty"`
	Unread       int       `json:"unread"` // by the reader's side, which the team is one of
	WaitingSince string    `json:"waitingSince,omitempty"`
	Read         ReadMarks `json:"read"`
}

// ReadMarks say how far each side has read: the numbers of the last messages, 0 for none.
type ReadMarks struct {
	Pro  int `json:"pro"`
	Team int `json:"team"`
}

// MessageView is one message. The pro is not told who of the team wrote.
type MessageView struct {
	Number      int        `json:"number"`
	At          string     `json:"at"`
	From        string     `json:"from"`          // pro, team
	Who         string     `json:"who,omitempty"` // staff see who; the pro sees themself
	Channel     string     `json:"channel"`       // api, mail
	Automatic   bool       `json:"automatic"`     // such as an out-of-office note
	Text        string     `json:"text"`
	Attachments []FileView `json:"attachments"`
	NotKept     []string   `json:"notKept,omitempty"`  // names of files that a mail came with
	LeftOut     []string   `json:"leftOut,omitempty"`  // what else of a mail was not kept, in words; staff only
	Answered    string     `json:"answered,omitempty"` // what the mail was answered by itself about
}

// MessagesView is a conversation with a page of its messages.
type MessagesView struct {
	Thread     ThreadView    `json:"thread"`
	Data       []MessageView `json:"data"`
	NextCursor string        `json:"nextCursor,omitempty"`
}

// Messages serves the function messages: the same conversation at the pro's assignment and, for who has none, at their
// invitation; and for staff what waits.
func Messages(jobs *project.Service, bucket *files.Bucket, cursors handler.Cursors) []handler.Endpoint {
	m := talk{jobs, bucket, cursors}
	endpoints := []handler.Endpoint{{Route: "GET /v1/threads", Handle: m.waiting}}
	for _, at := range []struct{ path, id string }{{"/v1/assignments/", "assignmentId"}, {"/v1/invitations/", "invitationId"}} {
		base := at.path + "{" + at.id + "}/messages"
		on := func(do func(context.Context, *handler.Call, string) (store.Reply, error)) func(context.Context, *handler.Call) (store.Reply, error) {
			return func(ctx context.Context, c *handler.Call) (store.Reply, error) {
				return onID(c, at.id, func(id string) (store.Reply, error) { return do(ctx, c, id) })
			}
		}
		endpoints = append(endpoints,
			handler.Endpoint{Route: "GET " + base, Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
				return m.list(ctx, c, at.id)
			}},
			handler.Endpoint{Route: "POST " + base, Once: true, Body: true, Handle: on(m.say)},
			handler.Endpoint{Route: "POST " + base + "/read", Body: true, Handle: on(m.read)},
			handler.Endpoint{Route: "POST " + base + "/attachments", Body: true, Handle: on(m.attach(at.path))},
			handler.Endpoint{Route: "POST " + base + "/attachments/{uploadId}/complete", Body: true, Handle: on(m.complete)},
		)
	}
	return endpoints
}

// talk is what the endpoints of the function messages work with.
type talk struct {
	jobs    *project.Service
	bucket  *files.Bucket
	cursors handler.Cursors
}

func (m talk) list(ctx context.Context, c *handler.Call, parameter string) (store.Reply, error) {
	id, err := id(c, parameter)
	if err != nil {
		return store.Reply{}, err
	}
	list := "messages of " + id
	limit, after, err := m.cursors.Page(ctx, c, list)
	if err != nil {
		return store.Reply{}, err
	}
	talk, err := m.jobs.Messages(ctx, c.Actor, id, limit, after)
	if err != nil {
		return store.Reply{}, err
	}
	view := MessagesView{Thread: threadView(c, talk.Thread), Data: []MessageView{}}
	for _, said := range talk.Messages {
		v := messageView(c, talk.Thread, said)
		if err := m.link(ctx, v.Attachments, said.Thread); err != nil {
			return store.Reply{}, err
		}
		view.Data = append(view.Data, v)
	}
	if view.NextCursor, err = m.cursors.Next(ctx, c, list, limit, talk.Next); err != nil {
		return store.Reply{}, err
	}
	return shown(view, 0)
}

// link adds download links.
func (m talk) link(ctx context.Context, list []FileView, thread string) error {
	for i := range list {
		if err := list[i].link(ctx, m.bucket, project.AttachmentKey(thread, list[i].ID), m.jobs.Policies.Current().DownloadURL); err != nil {
			return err
		}
	}
	return nil
}

func (m talk) say(ctx context.Context, c *handler.Call, id string) (store.Reply, error) {
	var body MessageBody
	if err := c.Read(&body); err != nil {
		return store.Reply{}, err
	}
	if err := eachOnce(body.Attachments, "/attachments/").Err(); err != nil {
		return store.Reply{}, err
	}
	answer := func(outcome any) (store.Reply, error) {
		talk := outcome.(project.Talk)
		return ok(http.StatusCreated, messageView(c, talk.Thread, talk.Messages[0]), 0, "")
	}
	return m.jobs.Say(ctx, ask(c, answer), id, body.Text, body.Attachments)
}

func (m talk) read(ctx context.Context, c *handler.Call, id string) (store.Reply, error) {
	var body ReadBody
	if err := c.Read(&body); err != nil {
		return store.Reply{}, err
	}
	return m.jobs.Read(ctx, ask(c, func(outcome any) (store.Reply, error) {
		return shown(threadView(c, outcome.(project.Talk).Thread), 0)
	}), id, body.UpTo)
}

func (m talk) attach(path string) func(context.Context, *handler.Call, string) (store.Reply, error) {
	return func(ctx context.Context, c *handler.Call, id string) (store.Reply, error) {
		return announce(ctx, c, m.bucket, m.jobs.Policies.Current(), func() (slot, error) {
			thread, file, err := m.jobs.Attach(ctx, c.Actor, id)
			return slot{file, project.AttachmentKey(thread, file), path + id + "/messages/attachments/" + file + "/complete"}, err
		})
	}
}

func (m talk) complete(ctx context.Context, c *handler.Call, id string) (store.Reply, error) {
	return complete(ctx, c, m.bucket, func(file string) (string, error) {
		thread, _, err := m.jobs.Attach(ctx, c.Actor, id)
		return project.AttachmentKey(thread, file), err
	})
}

func (m talk) waiting(ctx context.Context, c *handler.Call) (store.Reply, error) {
	limit, after, err := m.cursors.Page(ctx, c, "threads")
	if err != nil {
		return store.Reply{}, err
	}
	page, err := m.jobs.Threads(ctx, c.Actor, limit, after)
	if err != nil {
		return store.Reply{}, err
	}
	view := List[ThreadView]{Data: []ThreadView{}}
	for _, r := range page.Items {
		if t, ok := r.(project.Thread); ok {
			view.Data = append(view.Data, threadView(c, t))
		}
	}
	if view.NextCursor, err = m.cursors.Next(ctx, c, "threads", limit, page.Next); err != nil {
		return store.Reply{}, err
	}
	return shown(view, 0)
}

// readsAsTeam reports whether the caller is on the team's side: a thread's own pro is not, also if they are of the team.
func readsAsTeam(c *handler.Call, t project.Thread) bool {
	role, takesPart := t.RoleOf(c.Actor)
	return takesPart && role != party.Pro
}

func threadView(c *handler.Call, t project.Thread) ThreadView {
	own := t.ProRead
	if readsAsTeam(c, t) {
		own = t.TeamRead
	}
	v := ThreadView{
		Project: t.Project, Title: t.Title, Invitation: t.Invitation, Assignment: t.Assignment, Pro: t.Pro, Count: t.Count, LastAt: stamp(t.LastAt),
		Unread: own.Unread, WaitingSince: stamp(own.Since), Read: ReadMarks{Pro: t.ProRead.UpTo, Team: t.TeamRead.UpTo},
	}
	if readsAsTeam(c, t) {
		v.Agent = t.Agent
	}
	return v
}

func messageView(c *handler.Call, t project.Thread, m project.Message) MessageView {
	v := MessageView{
		Number: m.Number(), At: stamp(m.At), From: "team", Channel: m.Source.Kind, Automatic: m.Auto, Text: m.Text, Attachments: []FileView{},
		Answered: string(m.Answered),
	}
	for _, f := range m.Files {
		if f.ID == "" {
			v.NotKept = append(v.NotKept, f.Name)
		} else {
			v.Attachments = append(v.Attachments, FileView{ID: f.ID, Name: f.Name, Size: f.Size, SHA256: f.SHA256})
		}
	}
	if m.OfPro() {
		v.From = "pro"
	}
	if who := m.Author.Reveal(); readsAsTeam(c, t) || c.Actor.ID == who {
		v.Who = who
	}
	if readsAsTeam(c, t) {
		v.LeftOut = m.LeftOut
	}
	return v
}
