package page

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/help"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/page/markup"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/reader"
	"github.com/callsheet/callsheet/shared/store"
)

// longest is how many characters the page of the old system takes at a time; more is added with another word.
const longest = 2000

// called is a link from the old system that has proved genuine and in time, and for whom its page is shown.
type called struct {
	reference string
	by        party.Actor
	to        reader.Reader
	flag      help.Flag // zero while they have none open
	path      string
}

// call finds what a link from the old system leads to (R18, R19). One that was altered in any part, or stands for another
// reference, leads nowhere; one that is over says so.
func (s Service) call(ctx context.Context, v *handler.Visit) (called, error) {
	c := called{reference: v.Path["reference"], by: party.Actor{ID: v.Path["proId"], Roles: []lifecycle.Role{party.Pro}}}
	genuine, err := s.Links.OpensLegacy(ctx, v.Path["key"], c.reference, c.by.ID, v.Path["until"])
	if err != nil {
		return c, err
	}
	seconds, malformed := strconv.ParseInt(v.Path["until"], 10, 64)
	if !genuine || malformed != nil {
		return c, problem.New(problem.CodeNotFound, "There is no such link.")
	}
	until := time.Unix(seconds, 0)
	if !v.Now.Before(until) {
		return c, problem.New(problem.CodeLinkExpired, "This link was valid until %s.", until.UTC().Format(time.RFC3339))
	}
	profile, err := s.People.Profile(ctx, c.by, c.by.ID)
	if err != nil && !problem.Is(err, problem.CodeNotFound) {
		return c, err
	}
	if err != nil || !profile.Active || !profile.Actor().Is(party.Pro) {
		return c, problem.New(problem.CodeAccountDisabled, "This account is not an active pro's.")
	}
	c.to = reader.Of(profile.Contact)
	if c.flag, err = s.Help.OldFlag(ctx, c.by.ID, c.reference); err != nil {
		return c, err
	}
	c.path, err = s.Links.Legacy(ctx, c.reference, c.by.ID, until)
	return c, err
}

// showLegacy changes nothing, however often it is asked.
func (s Service) showLegacy(ctx context.Context, v *handler.Visit) (handler.Sheet, error) {
	c, err := s.call(ctx, v)
	if err != nil {
		return handler.Sheet{}, err
	}
	return handler.Sheet{HTML: s.question(c, "")}, nil
}

// answerLegacy takes the free text, raises the flag and leads back to the page, which then says until when somebody answers
// (R21–R23).
func (s Service) answerLegacy(ctx context.Context, v *handler.Visit) (handler.Sheet, error) {
	c, err := s.call(ctx, v)
	if err != nil {
		return handler.Sheet{}, err
	}
	refusal := s.submit(ctx, v, c)
	if refusal == nil {
		return handler.Sheet{Location: c.path}, nil
	}
	if handler.Status(problem.As(refusal).Kind()) >= http.StatusInternalServerError {
		return handler.Sheet{}, refusal
	}
	return handler.Sheet{HTML: s.question(c, problem.As(refusal).Code)}, refusal
}

// submit raises the flag. The link and the words are the request's identity: a second click is answered like the first.
func (s Service) submit(ctx context.Context, v *handler.Visit, c called) error {
	form, err := v.Form("text")
	if err != nil {
		return err
	}
	text, err := handler.Lines(form.Get("text"), "text", longest)
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte("legacy\n" + c.reference + "\n" + c.by.ID + "\n" + text))
	_, err = s.Help.RaiseOld(ctx, help.Request{
		By: c.by, Channel: channel, Now: v.Now, Trace: v.Trace,
		Once:   store.Once{ID: hex.EncodeToString(sum[:16]), Fingerprint: "text", Keep: s.Jobs.Policies.Current().IdempotencyKeep},
		Answer: func(any) (store.Reply, error) { return store.Reply{Status: http.StatusSeeOther}, nil },
	}, c.reference, text)
	if before := (*store.Answered)(nil); errors.As(err, &before) {
		return nil
	}
	return err
}

// question is the page: the old system's question, and what is known of the answer.
func (s Service) question(c called, code problem.Code) string {
	w := speech[c.to.Language]
	var content []markup.Node
	if said := w.refusal(code); said != "" {
		content = append(content, markup.El("p", markup.Attrs{"class": "said", "role": "alert"}, markup.Text(said)))
	}
	if c.flag.ID != "" {
		content = append(content, heading(w.HelpSent.Title), paragraph(fmt.Sprintf(w.HelpSent.Text, c.to.When(c.flag.AnswerBy))))
	}
	content = append(content, facts(row{w.HelpProject, c.reference}), markup.El("form", markup.Attrs{"method": "post", "action": c.path},
		markup.El("p", nil, markup.El("label", markup.Attrs{"for": "text"}, markup.Text(w.HelpAsk))),
		markup.El("textarea", markup.Attrs{"id": "text", "name": "text", "rows": "8", "maxlength": strconv.Itoa(longest), "required": "required", "dir": "auto"}),
		markup.El("div", class("offer"), markup.El("button", markup.Attrs{"type": "submit", "class": "yes"}, markup.Text(w.HelpSend))),
	), small(w.HelpPersonal))
	return s.document(c.to, w.HelpTitle, content...)
}
