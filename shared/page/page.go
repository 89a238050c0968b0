// Package page is what a person sees who follows a link of a mail: HTML in their language and zone that shows on GET and
// acts only on POST, and works without scripts. It decides nothing; the jobs do.
package page

import (
	"context"
	"fmt"
	"net/http"

	"github.com/callsheet/callsheet/shared/directory"
	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/help"
	"github.com/callsheet/callsheet/shared/link"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/reader"
	"github.com/callsheet/callsheet/shared/store"
)

// Service serves the pages.
type Service struct {
	Jobs   *project.Service
	Help   *help.Service // of flags from the old system, which are about no work here
	People *directory.Service
	Links  *link.Signer
	Site   Site
}

// Site is what a deployment says about itself on its pages.
type Site struct {
	Name    string
	Support string // the page where questions go
}

// Environment is what a function gives to the parts that must not know where they run.
type Environment interface {
	Need(name string) string
	NewID(prefix string) string
	NewKey() []byte
	Pause(ctx context.Context, try int)
}

// New is the pages over a store.
func New(db store.Store, env Environment) Service {
	return Service{
		Jobs:   &project.Service{Store: db, Policies: policy.Editions(), NewID: env.NewID, Pause: env.Pause},
		Help:   &help.Service{Store: db, Policies: policy.Editions(), NewID: env.NewID, Pause: env.Pause},
		People: &directory.Service{Store: db}, Links: link.New(db, env.NewKey),
		Site: Site{Name: env.Need("SITE_NAME"), Support: env.Need("SUPPORT_URL")},
	}
}

// Pages lists every route.
func (s Service) Pages() []handler.Page {
	return []handler.Page{
		{Route: link.ShowInvitation, Serve: s.showInvitation},
		{Route: link.ProbeInvitation, Serve: s.showInvitation},
		{Route: link.AnswerInvitation, Serve: s.answerInvitation},
		{Route: link.ShowLegacy, Serve: s.showLegacy},
		{Route: link.ProbeLegacy, Serve: s.showLegacy},
		{Route: link.AnswerLegacy, Serve: s.answerLegacy},
	}
}

// Front is what the pages have in common.
func (s Service) Front() handler.Front {
	return handler.Front{Style: style, Refused: func(v *handler.Visit, p *problem.Error) string {
		return s.refused(stranger(v.Languages), handler.Status(p.Kind()), v.Trace)
	}}
}

// refused is the page for who is not known, or where there is nothing to show.
func (s Service) refused(to reader.Reader, status int, trace string) string {
	w := speech[to.Language]
	said := w.Failed
	switch status {
	case http.StatusNotFound:
		said = w.NoSuchLink
	case http.StatusForbidden:
		said = w.NotActive
	case http.StatusGone:
		said = w.LinkOver
	}
	return s.document(to, said.Title, paragraph(said.Text), small(fmt.Sprintf(w.Reference, trace)))
}
