package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/help"
	"github.com/callsheet/callsheet/shared/link"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

// HandOverBody names who has the flag from now on.
type HandOverBody struct {
	To string `json:"to" max:"64"`
}

// TextBody is a reply to the pro, or a note for the team.
type TextBody struct {
	Text string `json:"text" max:"4000" text:"lines"`
}

// FlagWhyBody says why, to the pro.
type FlagWhyBody struct {
	Reason string `json:"reason" max:"500"`
}

// ClientQuestionBody asks the client something; reason is what the pro reads of it.
type ClientQuestionBody struct {
	Question string `json:"question" max:"4000" text:"lines"`
	Reason   string `json:"reason" max:"500"`
}

// ResolveBody ends a flag with an outcome (A5). Each outcome takes its own values and no others.
type ResolveBody struct {
	Outcome string      `json:"outcome"`
	Text    string      `json:"text" max:"4000" text:"lines"`
	To      string      `json:"to" max:"40"`
	Amount  *Money      `json:"amount"`
	Assets  []AssetBody `json:"assets"`
	Uploads []string    `json:"uploads" max:"64"`
	Brief   string      `json:"brief" max:"8000" text:"lines"`
}

// LegacyLinkBody asks for a link from a project of the old system (R19).
type LegacyLinkBody struct {
	Reference string `json:"reference" max:"64"`
	Pro       string `json:"pro" max:"64"`
	ExpiresAt string `json:"expiresAt" max:"40"`
}

// LegacyLinkView is where the old system's page leads its pro.
type LegacyLinkView struct {
	URL       string `json:"url"`
	ExpiresAt string `json:"expiresAt"`
}

// FigureView is how well flags of one reason were answered in a period (R4).
type FigureView struct {
	Reason   string     `json:"reason,omitempty"` // empty for all together
	Raised   int        `json:"raised"`
	Open     int        `json:"open"`
	Breached int        `json:"breached"`
	Response SpreadView `json:"firstResponse"`
	Resolved SpreadView `json:"resolution"`
	Owned    SpreadView `json:"ownedResolution"` // without the waits for the client
}

// SpreadView is a distribution of durations in seconds.
type SpreadView struct {
	Count         int `json:"count"`
	MedianSeconds int `json:"medianSeconds"`
	P95Seconds    int `json:"p95Seconds"`
}

// Desk serves the function desk: the team's queue.
func Desk(desk *help.Service, links *link.Signer, site string, cursors handler.Cursors) []handler.Endpoint {
	return []handler.Endpoint{
		{Route: "GET /v1/desk/flags", Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return flagQueue(ctx, c, desk, cursors)
		}},
		{Route: "GET /v1/desk/figures", Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) { return figures(ctx, c, desk) }},
		{Route: "POST /v1/desk/legacy-links", Body: true, Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return legacyLink(ctx, c, desk, links, site)
		}},
		{Route: "POST /v1/flags/{flagId}/claim", Handle: simply(desk, desk.Claim)},
		{Route: "POST /v1/flags/{flagId}/unclaim", Handle: simply(desk, desk.Unclaim)},
		{Route: "POST /v1/flags/{flagId}/resume", Once: true, Handle: simply(desk, desk.Resume)},
		{Route: "POST /v1/flags/{flagId}/agree", Once: true, Handle: simply(desk, desk.Agree)},
		{Route: "POST /v1/flags/{flagId}/hand-over", Body: true, Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onFlag(c, desk, func(ask help.Request, id string, body HandOverBody) (store.Reply, error) {
				return desk.HandOver(ctx, ask, id, body.To)
			})
		}},
		{Route: "POST /v1/flags/{flagId}/replies", Once: true, Body: true, Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onFlag(c, desk, func(ask help.Request, id string, body TextBody) (store.Reply, error) {
				return desk.Reply(ctx, ask, id, body.Text)
			})
		}},
		{Route: "POST /v1/flags/{flagId}/notes", Once: true, Body: true, Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onFlag(c, desk, func(ask help.Request, id string, body TextBody) (store.Reply, error) {
				return desk.Note(ctx, ask, id, body.Text)
			})
		}},
		{Route: "POST /v1/flags/{flagId}/wait", Once: true, Body: true, Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onFlag(c, desk, func(ask help.Request, id string, body FlagWhyBody) (store.Reply, error) {
				return desk.Wait(ctx, ask, id, body.Reason)
			})
		}},
		{Route: "POST /v1/flags/{flagId}/questions", Once: true, Body: true, Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onFlag(c, desk, func(ask help.Request, id string, body ClientQuestionBody) (store.Reply, error) {
				return desk.AskClient(ctx, ask, id, body.Question, body.Reason)
			})
		}},
		{Route: "POST /v1/flags/{flagId}/refuse", Once: true, Body: true, Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onFlag(c, desk, func(ask help.Request, id string, body FlagWhyBody) (store.Reply, error) {
				return desk.Refuse(ctx, ask, id, body.Reason)
			})
		}},
		{Route: "POST /v1/flags/{flagId}/resolve", Once: true, Body: true, Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onFlag(c, desk, func(ask help.Request, id string, body ResolveBody) (store.Reply, error) {
				o, err := body.outcome()
				if err != nil {
					return store.Reply{}, err
				}
				return desk.Resolve(ctx, ask, id, o, body.Uploads)
			})
		}},
	}
}

// simply is an endpoint that does one thing to the flag in its path.
func simply(desk *help.Service, do func(context.Context, help.Request, string) (store.Reply, error)) func(context.Context, *handler.Call) (store.Reply, error) {
	return func(ctx context.Context, c *handler.Call) (store.Reply, error) {
		return onID(c, "flagId", func(id string) (store.Reply, error) {
			return do(ctx, askHelp(c, flagReply(c, desk, http.StatusOK)), id)
		})
	}
}

// maxAssets bounds the links of one outcome.
const maxAssets = 100

func (b ResolveBody) outcome() (help.Outcome, error) {
	if len(b.Assets) > maxAssets {
		return help.Outcome{}, problem.New(problem.CodeTooManyItems, "One outcome has at most %d links.", maxAssets)
	}
	wrong := eachOnce(b.Uploads, "/uploads/")
	o := help.Outcome{Kind: help.Kind(b.Outcome), Text: b.Text, Brief: b.Brief}
	if b.To != "" {
		o.To = instant(b.To, "/to", &wrong)
	}
	if b.Amount != nil {
		var err error
		if o.Amount, err = amount(*b.Amount, "/amount", &wrong); err != nil {
			return o, err
		}
	}
	for i, a := range b.Assets {
		if a.Name == "" || !linkable(a.URL) {
			wrong.Add("/assets/"+strconv.Itoa(i), "An asset has a name and a link that begins with https://.")
		}
		o.Assets = append(o.Assets, help.Asset(a))
	}
	return o, wrong.Err()
}

func linkable(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && u.Scheme == "https" && u.Host != ""
}

func flagQueue(ctx context.Context, c *handler.Call, desk *help.Service, cursors handler.Cursors) (store.Reply, error) {
	f := filter{call: c}
	what := help.QueueFilter{
		Reason: oneOf(&f, "reason", reasonNames()...), State: oneOf(&f, "state", help.Open, help.Claimed, help.Waiting, help.Proposed),
		Mine: oneOf(&f, "mine", "true", "false") == "true", Breached: oneOf(&f, "breached", "true", "false") == "true",
	}
	if err := f.wrong.Err(); err != nil {
		return store.Reply{}, err
	}
	return page(ctx, c, cursors, listing{"desk", []string{"reason", "state", "mine", "breached"}}, func(limit int, after store.Position) (store.Page[help.Flag], error) {
		return desk.Queue(ctx, c.Actor, what, limit, after)
	}, func(flag help.Flag) FlagSummary { return flagSummary(c, flag, desk.Policies.Current()) })
}

func reasonNames() []help.Reason {
	var names []help.Reason
	for _, o := range help.Reasons() {
		names = append(names, o.Reason)
	}
	return names
}

func figures(ctx context.Context, c *handler.Call, desk *help.Service) (store.Reply, error) {
	if err := c.OnlyQuery("from", "to"); err != nil {
		return store.Reply{}, err
	}
	var wrong problem.Fields
	from, to := instant(c.Query.Get("from"), "from", &wrong), instant(c.Query.Get("to"), "to", &wrong)
	if err := wrong.Err(); err != nil {
		return store.Reply{}, err
	}
	all, err := desk.Figures(ctx, c.Actor, from, to, c.Now)
	if err != nil {
		return store.Reply{}, err
	}
	view := List[FigureView]{Data: []FigureView{}}
	for _, f := range all {
		view.Data = append(view.Data, FigureView{
			Reason: string(f.Reason), Raised: f.Raised, Open: f.Open, Breached: f.Breached,
			Response: spreadView(f.Response), Resolved: spreadView(f.Resolved), Owned: spreadView(f.Owned),
		})
	}
	return shown(view, 0)
}

func spreadView(s help.Spread) SpreadView {
	return SpreadView{Count: s.Count, MedianSeconds: int(s.Median.Seconds()), P95Seconds: int(s.P95.Seconds())}
}

// legacyLink signs a link to the page that the old system shows under "Additional Instructions" (R18, R19). Nothing is kept
// of it.
func legacyLink(ctx context.Context, c *handler.Call, desk *help.Service, links *link.Signer, site string) (store.Reply, error) {
	if err := c.NoQuery(); err != nil {
		return store.Reply{}, err
	}
	var body LegacyLinkBody
	if err := c.Read(&body); err != nil {
		return store.Reply{}, err
	}
	var wrong problem.Fields
	expires := c.Now.Add(desk.Policies.Current().Help.Link).UTC().Truncate(time.Second)
	if body.ExpiresAt != "" {
		expires = instant(body.ExpiresAt, "/expiresAt", &wrong).Truncate(time.Second)
	}
	pro, err := desk.LegacyPro(ctx, c.Actor, body.Reference, body.Pro, expires, c.Now, &wrong)
	if err != nil {
		return store.Reply{}, err
	}
	path, err := links.Legacy(ctx, body.Reference, pro, expires)
	if err != nil {
		return store.Reply{}, err
	}
	return ok(http.StatusCreated, LegacyLinkView{URL: site + path, ExpiresAt: stamp(expires)}, 0, "")
}
