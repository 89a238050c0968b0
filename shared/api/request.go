package api

import (
	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// RequestView is a client's request for changes as its reader may see it. The client sees the fee and not the pro's share,
// the pro their share and not the fee, and no word of the request before it was forwarded or offered to them (R48, R49).
type RequestView struct {
	Number    int            `json:"number"`
	State     string         `json:"state"` // the assignment's while it is open; then made, declined, dropped, lapsed or closed
	AskedAt   string         `json:"askedAt"`
	Late      bool           `json:"late"` // after the client's approval
	Text      string         `json:"text,omitempty"`
	Comments  []CommentView  `json:"comments,omitempty"`
	Questions []QuestionView `json:"questions,omitempty"`
	Quote     *QuoteView     `json:"quote,omitempty"`
	FeeAsked  *FeeAskedView  `json:"feeAsked,omitempty"` // by the pro: pro and staff
	Reason    string         `json:"reason,omitempty"`   // why staff declined it: client and staff
}

// QuestionView is what staff asked back, and the client's answer.
type QuestionView struct {
	Question string `json:"question"`
	Answer   string `json:"answer,omitempty"`
}

// QuoteView is a fee as its reader may see it.
type QuoteView struct {
	Version       string `json:"version"`         // send it back when agreeing
	Fee           *Money `json:"fee,omitempty"`   // client and staff
	Share         *Money `json:"share,omitempty"` // pro and staff
	Platform      *Money `json:"platform,omitempty"`
	Reason        string `json:"reason,omitempty"` // client and staff
	Rule          string `json:"rule,omitempty"`   // when the share becomes the pro's: pro and staff
	PolicyVersion string `json:"policyVersion"`
	ValidUntil    string `json:"validUntil"`
	AgreedAt      string `json:"agreedAt,omitempty"`
}

// FeeAskedView is the fee that the pro asked for.
type FeeAskedView struct {
	Reason string `json:"reason"`
	Amount *Money `json:"amount,omitempty"`
}

// CaseView says that people have to look at the case, since its client asks so often (A17).
type CaseView struct {
	Since    string `json:"since"`
	Requests int    `json:"requests"`
}

// requests tells all that the client asked for, oldest first: what is settled by the timeline, what is open by the record.
func requests(c *handler.Call, a project.Assignment, story []store.Event) []RequestView {
	out := []RequestView{}
	for _, e := range story {
		for _, f := range e.Facts {
			if f, ok := f.(project.ChangesSettled); ok {
				out = append(out, requestView(c, a, f.Request, f.Outcome, f.Reason))
			}
		}
	}
	if a.Request.Number > 0 {
		out = append(out, requestView(c, a, a.Request, string(a.Progress.State), ""))
	}
	return out
}

func requestView(c *handler.Call, a project.Assignment, r project.Request, state, reason string) RequestView {
	staff, client, pro := c.Actor.IsStaff(), c.Actor.ID == a.Client, c.Actor.ID == a.Pro
	v := RequestView{Number: r.Number, State: state, AskedAt: stamp(r.AskedAt), Late: r.Late}
	if !pro || staff || r.Shared {
		v.Text = r.Text
		for i, comment := range r.Comments {
			v.Comments = append(v.Comments, commentView(project.Remark{Number: i + 1, Comment: comment}))
		}
		for _, q := range r.Questions {
			v.Questions = append(v.Questions, QuestionView{q.Text, q.Answer})
		}
	}
	if staff || client {
		v.Reason = reason
	}
	offered := state == string(project.Offered) || !r.Quote.AgreedAt.IsZero()
	if r.Quote.Version != "" && (staff || client || pro && offered) {
		v.Quote = quoteView(a, r.Quote, staff || client, staff || pro && !client)
	}
	if r.Demand.Reason != "" && (staff || pro) {
		v.FeeAsked = &FeeAskedView{Reason: r.Demand.Reason, Amount: some(r.Demand.Amount)}
	}
	return v
}

func quoteView(a project.Assignment, q project.Quote, fee, share bool) *QuoteView {
	v := &QuoteView{Version: q.Version, PolicyVersion: string(a.Policy), ValidUntil: stamp(q.Until), AgreedAt: stamp(q.AgreedAt)}
	if fee {
		v.Fee, v.Reason = some(q.Fee.Amount), q.Reason
	}
	if share {
		v.Share, v.Rule = some(q.Fee.Share), string(a.Terms.Release)
	}
	if fee && share {
		rest := money(q.Fee.Rest())
		v.Platform = &rest
	}
	return v
}

func some(m ledger.Money) *Money {
	if m == (ledger.Money{}) {
		return nil
	}
	shown := money(m)
	return &shown
}

// caseView is for staff only.
func caseView(c *handler.Call, a project.Assignment) *CaseView {
	if a.CaseSince.IsZero() || !c.Actor.IsStaff() {
		return nil
	}
	return &CaseView{Since: stamp(a.CaseSince), Requests: a.Changes}
}
