package api

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// RewardView is one reward: amount, state, release date, the rule and the facts behind it (R55, A11, A12).
type RewardView struct {
	ID            string     `json:"id"`
	State         string     `json:"state"`
	Amount        Money      `json:"amount"`
	Forgone       *Money     `json:"forgone,omitempty"` // taken away because the work was not picked
	Title         string     `json:"title"`
	Project       string     `json:"project"`
	Assignment    string     `json:"assignment"`
	Change        int        `json:"change,omitempty"` // the client's request whose fee this is a share of
	Rule          string     `json:"rule"`
	PolicyVersion string     `json:"policyVersion"`
	HeldAt        string     `json:"heldAt"` // the first QC approval, where the hold starts; of a fee, when the pro accepted their share
	ReleaseAt     string     `json:"releaseAt,omitempty"`
	FrozenAt      string     `json:"frozenAt,omitempty"`
	CreditedAt    string     `json:"creditedAt,omitempty"`
	VoidedAt      string     `json:"voidedAt,omitempty"`
	Entries       []string   `json:"entries"` // of the ledger
	Actions       []Action   `json:"actions"`
	Deadlines     []Deadline `json:"deadlines"`
}

// StatementView is a pro's statement; balances are over everything, rewards are this page.
type StatementView struct {
	Pro        string        `json:"pro"`
	Balances   []BalanceView `json:"balances"`
	Data       []RewardView  `json:"data"`
	NextCursor string        `json:"nextCursor,omitempty"`
}

// BalanceView is what stands on an account.
type BalanceView struct {
	Account string `json:"account"` // held or available
	Amount  Money  `json:"amount"`
}

// Rewards serves the function rewards.
func Rewards(jobs *project.Service, cursors handler.Cursors) []handler.Endpoint {
	statement := func(ctx context.Context, c *handler.Call, pro string) (store.Reply, error) {
		list := "statement/" + pro
		limit, after, err := cursors.Page(ctx, c, list)
		if err != nil {
			return store.Reply{}, err
		}
		st, err := jobs.Statement(ctx, c.Actor, pro, limit, after)
		if err != nil {
			return store.Reply{}, err
		}
		view := StatementView{Pro: st.Pro, Balances: balances(st), Data: []RewardView{}}
		for _, r := range st.Rewards {
			view.Data = append(view.Data, rewardView(c, r))
		}
		if view.NextCursor, err = cursors.Next(ctx, c, list, limit, st.Next); err != nil {
			return store.Reply{}, err
		}
		return shown(view, 0)
	}
	return append(statementFiles(jobs), []handler.Endpoint{
		{Route: "GET /v1/statement", Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return statement(ctx, c, "")
		}},
		{Route: "GET /v1/pros/{proId}/statement", Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			pro, err := id(c, "proId")
			if err != nil {
				return store.Reply{}, err
			}
			return statement(ctx, c, pro)
		}},
		{Route: "GET /v1/rewards/{rewardId}", Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onID(c, "rewardId", func(id string) (store.Reply, error) {
				r, err := jobs.Reward(ctx, c.Actor, id)
				if err != nil {
					return store.Reply{}, err
				}
				return shown(rewardView(c, r), r.Version)
			})
		}},
	}...)
}

func balances(st project.Statement) []BalanceView {
	out := []BalanceView{}
	for _, account := range []ledger.Account{ledger.Held(st.Pro), ledger.Available(st.Pro)} {
		name, _, _ := strings.Cut(string(account), ":")
		for _, currency := range slices.Sorted(maps.Keys(st.Balances[account])) {
			out = append(out, BalanceView{name, money(st.Balances[account][currency])})
		}
	}
	return out
}

func rewardView(c *handler.Call, r project.Earned) RewardView {
	v := RewardView{
		ID: r.ID, State: string(r.Progress.State), Amount: money(r.Amount), Title: r.Title, Project: r.Project, Assignment: r.Assignment, Change: r.Change,
		Rule: string(r.Rule), PolicyVersion: string(r.Policy), HeldAt: stamp(r.HeldAt), ReleaseAt: stamp(r.ReleaseAt), FrozenAt: stamp(r.FrozenAt), CreditedAt: stamp(r.CreditedAt), VoidedAt: stamp(r.VoidedAt),
		Entries: []string{r.ID + ".hold"}, Actions: actions(r.Offers(c.Actor, c.Now)), Deadlines: deadlines(r.Ref(), r.Progress, nil),
	}
	if r.Progress.State == ledger.RewardFrozen {
		v.ReleaseAt = "" // what was promised does not hold while it is held back
	}
	if !r.CreditedAt.IsZero() {
		v.Entries = append(v.Entries, r.ID+".credit")
		if !r.ReleaseAt.IsZero() {
			v.Deadlines = append(v.Deadlines, Deadline{ledger.ReleaseDeadline, stamp(r.ReleaseAt), "fired"})
		}
	}
	if !r.Forgone.IsZero() {
		v.Forgone, v.Entries = some(r.Forgone), append(v.Entries, r.ID+".not_picked")
	}
	if r.VoidedBy != "" {
		v.Entries = append(v.Entries, r.VoidedBy+"."+string(ledger.Correction))
	}
	return v
}
