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
	now       time.Time
	reference string
	by        party.Actor
	to        reader.Reader
	flag      help.Flag // zero while they have none open
	path      string
}

// call finds what a link from the old system leads to (R18, R19). One that was altered in any part, or stands for another
// reference, leads nowhere; one that is over says so.
func (s Service) call(ctx context.Context, v *handler.Visit) (called, error) {
	c := called{now: v.Now, reference: v.Path["reference"], by: party.Actor{ID: v.Path["proId"], Roles: []lifecycle.Role{party.Pro}}}
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
	return handler.Sheet{HTML: s.question(c, "", "")}, nil
}

// answerLegacy takes the free text, raises the flag and leads back to the page, which then says until when somebody answers
// (R21–R23). A refusal gives their words back.
func (s Service) answerLegacy(ctx context.Context, v *handler.Visit) (handler.Sheet, error) {
	c, err := s.call(ctx, v)
	if err != nil {
		return handler.Sheet{}, err
	}
	form, refusal := v.Form("text")
	if refusal == nil {
		refusal = s.submit(ctx, v, c, form.Get("text"))
	}
	if refusal == nil {
		return handler.Sheet{Location: c.path}, nil
	}
	if handler.Status(problem.As(refusal).Kind()) >= http.StatusInternalServerError {
		return handler.Sheet{}, refusal
	}
	return handler.Sheet{HTML: s.question(c, problem.As(refusal).Code, form.Get("text"))}, refusal
}

// submit raises the flag. The link and the words are the request's identity, so a second click is answered like the first;
// where the flag that they had raised is resolved, they are a question anew.
func (s Service) submit(ctx context.Context, v *handler.Visit, c called, said string) error {
	text, err := handler.Lines(said, "text", longest)
	if err != nil {
		return err
	}
	for resolved := ""; ; {
		sum := sha256.Sum256([]byte("legacy\n" + c.reference + "\n" + c.by.ID + "\n" + resolved + "\n" + text))
		_, err := s.Help.RaiseOld(ctx, help.Request{
			By: c.by, Channel: channel, Now: v.Now, Trace: v.Trace,
			Once: store.Once{ID: hex.EncodeToString(sum[:16]), Fingerprint: "text", Keep: s.Jobs.Policies.Current().IdempotencyKeep},
			Answer: func(outcome any) (store.Reply, error) {
				return store.Reply{Status: http.StatusSeeOther, Location: outcome.(help.Held).Flag.ID}, nil
			},
		}, c.reference, text)
		before := (*store.Answered)(nil)
		if !errors.As(err, &before) {
			return err
		}
		had, err := s.Help.Flag(ctx, c.by, before.Reply.Location)
		if problem.Is(err, problem.CodeNotFound) { // the replies of an earlier release do not name the flag
			return nil
		}
		if err != nil || had.Flag.Progress.State != help.Resolved {
			return err
		}
		resolved = had.Flag.ID
	}
}

// question is the page: the old system's question with what they wrote, and what is known of the answer.
func (s Service) question(c called, code problem.Code, said string) string {
	w := speech[c.to.Language]
	var content []markup.Node
	if why := w.refusal(code); why != "" {
		content = append(content, markup.El("p", markup.Attrs{"class": "said", "role": "alert"}, markup.Text(why)))
	}
	content = append(content, c.known(w)...)
	content = append(content, facts(row{w.HelpProject, c.reference}), markup.El("form", markup.Attrs{"method": "post", "action": c.path},
		markup.El("p", nil, markup.El("label", markup.Attrs{"for": "text"}, markup.Text(w.HelpAsk))),
		markup.El("textarea", markup.Attrs{"id": "text", "name": "text", "rows": "8", "maxlength": strconv.Itoa(longest), "required": "required", "dir": "auto"}, markup.Text(said)),
		markup.El("div", class("offer"), markup.El("button", markup.Attrs{"type": "submit", "class": "yes"}, markup.Text(w.HelpSend))),
	), small(w.HelpPersonal))
	return s.document(c.to, w.HelpTitle, content...)
}

// known tells of the flag that they have open: until when somebody answers, that we are late, or that somebody has.
func (c called) known(w words) []markup.Node {
	switch f := c.flag; {
	case f.ID == "":
		return nil
	case f.OwedSince.IsZero():
		return []markup.Node{heading(w.HelpAnswered.Title), paragraph(w.HelpAnswered.Text)}
	case !c.now.Before(f.AnswerBy):
		return []markup.Node{heading(w.HelpLate.Title), paragraph(fmt.Sprintf(w.HelpLate.Text, c.to.When(f.AnswerBy)))}
	}
	return []markup.Node{heading(w.HelpSent.Title), paragraph(fmt.Sprintf(w.HelpSent.Text, c.to.When(c.flag.AnswerBy)))}
}
