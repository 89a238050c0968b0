package page

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"time"

	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/reader"
	"github.com/callsheet/callsheet/shared/store"
)

// channel is what timelines say of an answer that came by a mail's link.
const channel = "mail"

// opened is an invitation whose link has proved genuine, as of an instant, and for whom it is shown.
type opened struct {
	project.Invitation
	now   time.Time
	by    party.Actor
	to    reader.Reader
	book  policy.Policy
	terms project.Terms
	path  string
	again string // where the invitation is that came of a seat that reopened; empty for none
}

// open finds what a link leads to. Whoever holds it acts for the pro that it was made for: as a pro, with none of their
// other roles, and only while their profile is active. Whatever is wrong with a link looks the same.
func (s Service) open(ctx context.Context, v *handler.Visit) (opened, error) {
	id := v.Path["invitationId"]
	pro, err := s.invited(ctx, id, v.Path["key"])
	if err != nil {
		return opened{}, err
	}
	o := opened{now: v.Now, by: party.Actor{ID: pro, Roles: []lifecycle.Role{party.Pro}}}
	profile, err := s.People.Profile(ctx, o.by, pro)
	if err != nil && !problem.Is(err, problem.CodeNotFound) {
		return o, err
	}
	if err != nil || !profile.Active || !profile.Actor().Is(party.Pro) {
		return o, problem.New(problem.CodeAccountDisabled, "This account is not an active pro's.")
	}
	o.to = reader.Of(profile.Contact)
	if o.Invitation, err = s.Jobs.Invitation(ctx, o.by, id); err != nil {
		return o, err
	}
	if o.book, err = s.Jobs.Policies.At(o.Round.Policy); err != nil {
		return o, err
	}
	o.terms = project.TermsOf(o.Invitation, o.book)
	if o.path, err = s.Links.Invitation(ctx, id, pro); err != nil {
		return o, err
	}
	if w, asked := o.Watch(); asked && w.Again != "" {
		o.again, err = s.Links.Invitation(ctx, w.Again, pro)
	}
	return o, err
}

// invited is the pro of an invitation, if the key is theirs. Only the round knows, so it is read before the key can be checked.
func (s Service) invited(ctx context.Context, id, key string) (string, error) {
	round, err := store.Is[project.Round](s.Jobs.Store.Get(ctx, store.Ref{Kind: store.Round, ID: project.RoundOf(id)}, store.Fresh))
	if err != nil {
		return "", err
	}
	noSuchLink := problem.New(problem.CodeNotFound, "There is no such link.")
	i, ok := round.Find(id, project.Project{})
	if !ok {
		return "", noSuchLink
	}
	genuine, err := s.Links.OpensInvitation(ctx, key, id, i.Line.Pro)
	if err == nil && !genuine {
		err = noSuchLink
	}
	return i.Line.Pro, err
}

// showInvitation changes nothing, however often and by whomever it is asked.
func (s Service) showInvitation(ctx context.Context, v *handler.Visit) (handler.Sheet, error) {
	o, err := s.open(ctx, v)
	if err != nil {
		return handler.Sheet{}, err
	}
	return handler.Sheet{HTML: s.invitation(o, "")}, nil
}

// answerInvitation takes the pro's yes or no, and leads to what came of it. A refusal shows the truth as it is by then.
func (s Service) answerInvitation(ctx context.Context, v *handler.Visit) (handler.Sheet, error) {
	o, err := s.open(ctx, v)
	if err != nil {
		return handler.Sheet{}, err
	}
	refusal := s.take(ctx, v, o)
	if refusal == nil {
		return handler.Sheet{Location: o.path}, nil
	}
	if status := handler.Status(problem.As(refusal).Kind()); status >= http.StatusInternalServerError {
		return handler.Sheet{}, refusal
	}
	if o, err = s.open(ctx, v); err != nil {
		return handler.Sheet{}, err
	}
	refusal = ofLink(refusal, o)
	return handler.Sheet{HTML: s.invitation(o, problem.As(refusal).Code)}, refusal
}

// take does what the form says. Its terms are the version that was shown: nobody agrees to anything else, and a scanner
// that posts to what it finds has not seen them. Neither answer moves money, so the link is enough; what does move money
// needs a sign-in besides. The link, answer and terms are the request's identity: a second click is answered like the first.
func (s Service) take(ctx context.Context, v *handler.Visit, o opened) error {
	form, err := v.Form("do", "terms")
	if err != nil {
		return err
	}
	do, seen := form.Get("do"), form.Get("terms")
	act, known := map[string]func(context.Context, project.Ask) (store.Reply, error){
		"accept": func(ctx context.Context, ask project.Ask) (store.Reply, error) {
			return s.Jobs.Accept(ctx, ask, o.ID, seen)
		},
		"decline": func(ctx context.Context, ask project.Ask) (store.Reply, error) { return s.Jobs.Decline(ctx, ask, o.ID) },
		"watch":   func(ctx context.Context, ask project.Ask) (store.Reply, error) { return s.Jobs.Watch(ctx, ask, o.ID) },
		"unwatch": func(ctx context.Context, ask project.Ask) (store.Reply, error) { return s.Jobs.Unwatch(ctx, ask, o.ID) },
	}[do]
	if !known {
		return problem.New(problem.CodeValidation, "The answer is accept, decline, watch or unwatch.")
	}
	if seen != o.terms.Seen {
		return problem.New(problem.CodeTermsChanged, "The terms are not those that were shown.")
	}
	_, err = act(ctx, project.Ask{
		By: o.by, Channel: channel, Now: v.Now, Trace: v.Trace, Once: o.once(do, seen),
		Answer: func(any) (store.Reply, error) { return store.Reply{Status: http.StatusSeeOther}, nil },
	})
	if before := (*store.Answered)(nil); errors.As(err, &before) {
		return nil
	}
	return err
}

// once is the request's identity. Whoever asks to be told of a seat may take it back and ask again, each time with effect.
func (o opened) once(do, seen string) store.Once {
	if do == "watch" || do == "unwatch" {
		return store.Once{}
	}
	sum := sha256.Sum256([]byte("link\n" + o.ID + "\n" + o.by.ID + "\n" + do + "\n" + seen))
	return store.Once{ID: hex.EncodeToString(sum[:16]), Fingerprint: do, Keep: o.book.IdempotencyKeep}
}

// ofLink says of a link what the refusal says of its invitation: one that was answered is used, one past its time expired.
func ofLink(refusal error, o opened) error {
	if problem.As(refusal).Kind() != problem.Conflict {
		return refusal
	}
	switch o.State(o.now) {
	case project.Accepted, project.Declined:
		return problem.New(problem.CodeLinkUsed, "This link has done its work.").Because(refusal)
	case project.Expired:
		return problem.New(problem.CodeLinkExpired, "This link was valid until its deadline.").Because(refusal)
	}
	return refusal
}
