package api

import (
	"context"

	"github.com/callsheet/callsheet/shared/files"
	"github.com/callsheet/callsheet/shared/help"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// Help is the job of flags over a store, about the work of the project job; bucket is nil where the function does not look
// into it.
func Help(db store.Store, env Environment, jobs *project.Service, bucket *files.Bucket) *help.Service {
	return &help.Service{Store: db, Work: work{jobs}, Files: shelf{bucket}, Policies: policy.Editions(), NewID: env.NewID, Pause: env.Pause}
}

// shelf is the bucket as the job of flags sees it.
type shelf struct{ bucket *files.Bucket }

func (s shelf) Stored(ctx context.Context, key string) (help.File, bool, error) {
	f, ok, err := s.bucket.Stored(ctx, key)
	return help.File{Name: f.Name, Size: f.Size, SHA256: f.SHA256}, ok, err
}

func (s shelf) Keep(ctx context.Context, key string) error { return s.bucket.Keep(ctx, key) }

// work is the project job as the job of flags sees it. The two jobs meet here and nowhere else.
type work struct{ jobs *project.Service }

// About is a pro's part in a project, and the snapshot that a flag carries (A3, R7–R9).
func (w work) About(ctx context.Context, ask help.Request, id string, f store.Freshness) (help.Subject, help.Snapshot, error) {
	part, err := w.jobs.PartOf(ctx, ask.By.ID, id, ask.Now, f)
	if err != nil {
		return help.Subject{}, help.Snapshot{}, err
	}
	profile, err := store.Is[party.Profile](w.jobs.Store.Get(ctx, store.Ref{Kind: store.Profile, ID: ask.By.ID}, f))
	if err != nil {
		return help.Subject{}, help.Snapshot{}, err
	}
	book, err := w.jobs.Policies.At(part.Invitation.Round.Policy)
	if err != nil {
		return help.Subject{}, help.Snapshot{}, err
	}
	p, a := part.Project, part.Assignment
	terms, state := project.TermsOf(part.Invitation, book), part.Invitation.State(ask.Now)
	if a.ID != "" {
		terms, state = a.Terms, a.Progress.State
	}
	about := help.Subject{
		Project: p.ID, Title: p.Title, Client: p.Client, Pro: ask.By.ID, Invitation: part.Invitation.ID, Assignment: a.ID,
		InCharge: part.Invitation.Round.By, Reward: terms.Reward,
	}
	return about, help.Snapshot{
		Type: string(p.Type), Category: p.Category, Title: p.Title, Brief: p.Brief, Assets: linksOf(p.Assets), State: string(state), Terms: terms.Seen,
		Reward: terms.Reward, DeliverBy: terms.DeliverBy, Late: a.Late, Versions: versionsOf(part, ask.By), Contact: profile.Contact, History: historyOf(part, ask.By),
	}, nil
}

func linksOf(assets []project.Asset) []help.Asset {
	var links []help.Asset
	for _, a := range assets {
		links = append(links, help.Asset(a))
	}
	return links
}

func versionsOf(part project.Part, by party.Actor) []help.Version {
	var versions []help.Version
	for _, v := range project.Versions(part.Assignment, part.Timeline, by) {
		kept := help.Version{Number: v.Number, SubmittedAt: v.SubmittedAt, Comment: v.Note, Outcome: string(v.Outcome)}
		for _, f := range v.Files {
			kept.Files = append(kept.Files, f.Name)
		}
		for _, c := range v.Comments {
			kept.QC = append(kept.QC, c.Text)
		}
		versions = append(versions, kept)
	}
	return versions
}

// historyOf is what the pro's own timeline has: the snapshot is theirs to read, too.
func historyOf(part project.Part, by party.Actor) []help.Line {
	history := []help.Line{{At: part.Invitation.Round.SentAt, Role: string(party.Agent), Action: string(project.Invite), State: string(project.Invited)}}
	for _, e := range part.Timeline {
		if mayRead(e, party.Actor{ID: by.ID, Roles: []lifecycle.Role{party.Pro}}) {
			history = append(history, help.Line{At: e.At, Role: string(e.Role), Action: string(e.Action), State: string(e.State)})
		}
	}
	return history
}

// Relieve is what a wait or an outcome does to the work (A4, A5).
func (w work) Relieve(ctx context.Context, ask help.Request, about help.Subject, r help.Relief, f store.Freshness) (store.Change, error) {
	o := r.Outcome
	relief := project.Relief{
		Flag: r.Flag, Project: about.Project, Invitation: about.Invitation, Assignment: about.Assignment,
		Hold: r.Hold != "", Resume: r.Resume, Why: r.Hold, MoreTime: o.To, Reward: o.Amount, Agreed: r.Agreed,
	}
	switch o.Kind {
	case help.AssetSupplied:
		for _, a := range o.Assets {
			relief.Material = append(relief.Material, project.Material{Name: a.Name, URL: a.URL})
		}
		for _, file := range o.Files {
			relief.Material = append(relief.Material, project.Material{Name: file.Name, Folder: file.Folder, File: file.ID, Size: file.Size})
		}
	case help.ProjectCorrected, help.DeadlineExtended:
		relief.Why = o.Text
		relief.Correction.Brief = o.Brief
		for _, a := range o.Assets {
			relief.Correction.Assets = append(relief.Correction.Assets, project.Asset(a))
		}
	}
	return w.jobs.Relieve(ctx, project.Ask{By: ask.By, Channel: ask.Channel, Now: ask.Now, Trace: ask.Trace}, relief, f)
}
