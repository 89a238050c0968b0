package api

import (
	"context"
	"net/http"
	"time"

	"github.com/callsheet/callsheet/shared/files"
	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// ProofreadingBody is on which terms those who came too late for a translation are offered to proofread it (R32).
type ProofreadingBody struct {
	Reward           Money   `json:"reward"`
	ZeroRewardReason string  `json:"zeroRewardReason" max:"500"`
	DeliverBy        *string `json:"deliverBy" max:"40"` // the policy's window after the translation is due where it is left out
	ExpiresAt        *string `json:"expiresAt" max:"40"`
}

// ProofreadingView is a proofreading that was just offered: its project, and who was invited.
type ProofreadingView struct {
	Project   string    `json:"project"`
	Of        string    `json:"of"` // the translation
	Title     string    `json:"title"`
	Reward    Money     `json:"reward"`
	DeliverBy string    `json:"deliverBy"`
	Round     RoundView `json:"round"`
	LeftOut   []string  `json:"leftOut,omitempty"` // pros beyond what one call invites: invite them to the project
}

// SourceView is what a proofreader works on: the newest version of the translation.
type SourceView struct {
	Title string       `json:"title"`
	Works []SourceWork `json:"works"` // one; of a contest one for each seat that has handed in
}

// SourceWork is one version, without what was said about it.
type SourceWork struct {
	Version     int        `json:"version"`
	SubmittedAt string     `json:"submittedAt"`
	Files       []FileView `json:"files"`
}

// offerProofreading is an endpoint of the function invite.
func offerProofreading(jobs *project.Service) handler.Endpoint {
	return handler.Endpoint{Route: "POST /v1/projects/{projectId}/proofreading", Once: true, Body: true, Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
		return onID(c, "projectId", func(id string) (store.Reply, error) {
			terms, err := readProofreading(c)
			if err != nil {
				return store.Reply{}, err
			}
			return jobs.OfferProofreading(ctx, ask(c, func(outcome any) (store.Reply, error) {
				made := outcome.(project.Proofread)
				return ok(http.StatusCreated, proofreadingView(made, c.Now), 0, "/v1/projects/"+made.Project.ID)
			}), id, terms)
		})
	}}
}

func readProofreading(c *handler.Call) (project.ProofreadingTerms, error) {
	var body ProofreadingBody
	if err := c.Read(&body); err != nil {
		return project.ProofreadingTerms{}, err
	}
	var wrong problem.Fields
	terms := project.ProofreadingTerms{ZeroRewardReason: body.ZeroRewardReason}
	if body.DeliverBy != nil {
		terms.DeliverBy = instant(*body.DeliverBy, "/deliverBy", &wrong)
	}
	if body.ExpiresAt != nil {
		terms.ExpiresAt = instant(*body.ExpiresAt, "/expiresAt", &wrong)
	}
	var err error
	if terms.Reward, err = amount(body.Reward, "/reward", &wrong); err != nil {
		return terms, err
	}
	return terms, wrong.Err()
}

func proofreadingView(made project.Proofread, now time.Time) ProofreadingView {
	p := made.Project
	return ProofreadingView{
		Project: p.ID, Of: p.Of, Title: p.Title, Reward: money(p.Reward), DeliverBy: stamp(p.DeliverBy), Round: roundView(p, made.Round, now), LeftOut: made.Left,
	}
}

// source is an endpoint of the function upload.
func source(jobs *project.Service, bucket *files.Bucket) handler.Endpoint {
	return handler.Endpoint{Route: "GET /v1/assignments/{assignmentId}/source", Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
		return onID(c, "assignmentId", func(id string) (store.Reply, error) {
			source, err := jobs.Source(ctx, c.Actor, id)
			if err != nil {
				return store.Reply{}, err
			}
			view := SourceView{Title: source.Title}
			for _, w := range source.Works {
				list, err := downloads(ctx, bucket, w.Assignment, fileViews(w.Version.Files), jobs.Policies.Current().DownloadURL)
				if err != nil {
					return store.Reply{}, err
				}
				view.Works = append(view.Works, SourceWork{Version: w.Version.Number, SubmittedAt: stamp(w.Version.SubmittedAt), Files: list})
			}
			return shown(view, 0)
		})
	}}
}

// sourceOf is where the reader of an assignment finds what it proofreads; empty for who gets none.
func sourceOf(c *handler.Call, a project.Assignment) string {
	if !a.OffersSource(c.Actor) {
		return ""
	}
	return "/v1/assignments/" + a.ID + "/source"
}
