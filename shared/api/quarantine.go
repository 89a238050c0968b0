package api

import (
	"context"
	"net/http"

	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// AccreditBody names the pro who wrote a mail, where the mail does not say so.
type AccreditBody struct {
	Pro string `json:"pro" max:"64"`
}

// StrayView is a mail that came in and may not be from who it says. Staff only.
type StrayView struct {
	ID          string   `json:"id"`
	State       string   `json:"state"`
	Project     string   `json:"project"`
	Pro         string   `json:"pro,omitempty"` // whom it should be from, where that is known
	From        string   `json:"from"`          // as the mail says; empty where it is not clear
	Subject     string   `json:"subject"`
	Text        string   `json:"text"`
	Attachments []string `json:"attachments"`       // their names; they are not kept
	LeftOut     []string `json:"leftOut"`           // what was not read
	Machine     string   `json:"machine,omitempty"` // why no person wrote it
	Doubts      []string `json:"doubts"`            // why it is here
	Mail        string   `json:"mail"`              // under which the raw mail is kept for a while
	At          string   `json:"at"`
}

// Quarantine serves the function quarantine: what came in by mail and is in no thread, and what becomes of it.
func Quarantine(jobs *project.Service, cursors handler.Cursors) []handler.Endpoint {
	return []handler.Endpoint{
		{Route: "GET /v1/quarantine", Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return strays(ctx, c, jobs, cursors)
		}},
		{Route: "POST /v1/quarantine/{mailId}/accredit", Body: true, Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onID(c, "mailId", func(id string) (store.Reply, error) {
				var body AccreditBody
				if err := c.Read(&body); err != nil {
					return store.Reply{}, err
				}
				return jobs.Accredit(ctx, ask(c, strayReply), id, body.Pro)
			})
		}},
		{Route: "POST /v1/quarantine/{mailId}/dismiss", Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onID(c, "mailId", func(id string) (store.Reply, error) { return jobs.Dismiss(ctx, ask(c, strayReply), id) })
		}},
	}
}

func strays(ctx context.Context, c *handler.Call, jobs *project.Service, cursors handler.Cursors) (store.Reply, error) {
	limit, after, err := cursors.Page(ctx, c, "quarantine")
	if err != nil {
		return store.Reply{}, err
	}
	page, err := jobs.Quarantined(ctx, c.Actor, limit, after)
	if err != nil {
		return store.Reply{}, err
	}
	view := List[StrayView]{Data: []StrayView{}}
	for _, r := range page.Items {
		if m, isStray := r.(project.Stray); isStray && m.Progress.State == project.InQuarantine { // the index may be a moment behind
			view.Data = append(view.Data, strayView(m))
		}
	}
	if view.NextCursor, err = cursors.Next(ctx, c, "quarantine", limit, page.Next); err != nil {
		return store.Reply{}, err
	}
	return shown(view, 0)
}

func strayReply(outcome any) (store.Reply, error) {
	m, _ := outcome.(project.Stray)
	return ok(http.StatusOK, strayView(m), 0, "")
}

func strayView(m project.Stray) StrayView {
	v := StrayView{
		ID: m.ID, State: string(m.Progress.State), Project: m.Project, Pro: m.Pro, From: m.Mail.From, Subject: m.Mail.Subject, Text: m.Mail.Text,
		Attachments: []string{}, LeftOut: append([]string{}, m.Mail.LeftOut...), Machine: m.Mail.Machine, Doubts: append([]string{}, m.Mail.Doubts...), Mail: m.Raw, At: stamp(m.At),
	}
	for _, f := range m.Mail.Files {
		v.Attachments = append(v.Attachments, f.Name)
	}
	return v
}
