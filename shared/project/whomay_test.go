package project_test

import (
	"slices"
	"testing"
	"time"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// everybody is each role on one's own objects and on others', and none.
var everybody = []struct {
	column string
	actor  party.Actor
}{
	{"own client", client}, {"other client", stranger}, {"own pro", ana}, {"other pro", ben}, {"qc", qc}, {"agent", agent}, {"lead", lead}, {"admin", admin}, {"nobody", person("nobody")},
}

// scene is a record in a state, and what one may try on it.
type scene struct {
	state string
	set   func(*world) string // gives the record's id
}

type attempt struct {
	action lifecycle.Action
	try    func(w *world, by party.Actor, id string) error
}

// whoMay plays every attempt of everybody in every scene, each in a world of its own.
func whoMay(t *testing.T, scenes []scene, attempts []attempt) string {
	head := []string{"state", "action"}
	for _, e := range everybody {
		head = append(head, e.column)
	}
	var rows [][]string
	for _, s := range scenes {
		for _, a := range attempts {
			row := []string{s.state, string(a.action)}
			for _, e := range everybody {
				w := newWorld(t)
				id := s.set(w)
				commits := len(w.mem.events)
				err := a.try(w, e.actor, id)
				answer := "ok"
				if err != nil {
					answer = string(problem.As(err).Code)
					if len(w.mem.events) != commits {
						t.Errorf("%s, %s by %s was refused and changed something", s.state, a.action, e.column)
					}
				}
				row = append(row, answer)
			}
			rows = append(rows, row)
		}
	}
	return matrix(head, rows)
}

func TestWhoMay(t *testing.T) {
	t.Run("do what with a project, in every state, on one's own and on others' — B43 B45 I28", func(t *testing.T) {
		golden(t, "whomay-project.txt", whoMay(t, projectScenes, projectAttempts))
	})
	t.Run("do what with an invitation, in every state, on one's own and on others' — B43 B45 B46 I28", func(t *testing.T) {
		golden(t, "whomay-invitation.txt", whoMay(t, invitationScenes, invitationAttempts))
	})
	t.Run("do what with an assignment, in every state, on one's own and on others' — B43 B44 B45 I28", func(t *testing.T) {
		golden(t, "whomay-assignment.txt", whoMay(t, assignmentScenes, assignmentAttempts))
	})
	t.Run("do what with a reward, in every state, on one's own and on others' — B43 B45 I28 I30", func(t *testing.T) {
		golden(t, "whomay-reward.txt", whoMay(t, rewardScenes, rewardAttempts))
	})
	t.Run("do what with an adjustment, in every state, on one's own and on others' — B43 B45 I28 I30", func(t *testing.T) {
		golden(t, "whomay-adjustment.txt", whoMay(t, adjustmentScenes, adjustmentAttempts))
	})
	t.Run("do anything with what is not there, or is something else: not found — B47", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		for _, id := range []string{"prj_0", "", a.ID, a.Invitation} {
			for _, try := range projectAttempts {
				refused(t, try.try(w, admin, id), problem.CodeNotFound)
			}
		}
		for _, id := range []string{"asg_0", "", a.Project} {
			for _, try := range assignmentAttempts {
				refused(t, try.try(w, admin, id), problem.CodeNotFound)
			}
		}
	})
	t.Run("do what the timer does: nobody, whatever roles they hold", func(t *testing.T) {
		w := newWorld(t)
		a := w.delivered(ana)
		everything := party.Actor{ID: client.ID, Roles: party.Roles()}
		w.now = noon.Add(89 * day)
		for _, o := range a.Offers(everything, w.now) {
			if o.Action == project.AutoClose || o.Action == project.Overdue || o.Action == project.LapseQuote {
				t.Errorf("offered %+v", o)
			}
		}
	})
}

// TestOffers holds that what somebody is offered is what the call answers, by everybody in every state.
func TestOffers(t *testing.T) {
	type offering interface {
		Offers(by party.Actor, now time.Time) []lifecycle.Offer
	}
	otherwise := map[string]string{ // what is not offered as it is answered
		"revising for a fee/decline_changes":                      "the fee's record says whether it is voided",
		"closed, and told if it reopens/" + string(project.Watch): "asking twice is asking once",
	}
	for name, of := range map[string]struct {
		scenes   []scene
		attempts []attempt
		read     func(w *world, by party.Actor, id string) (offering, error)
	}{
		"project":    {projectScenes, projectAttempts, func(w *world, by party.Actor, id string) (offering, error) { return w.Project(w.Context(), by, id) }},
		"invitation": {invitationScenes, invitationAttempts, func(w *world, by party.Actor, id string) (offering, error) { return w.Invitation(w.Context(), by, id) }},
		"assignment": {assignmentScenes, assignmentAttempts, func(w *world, by party.Actor, id string) (offering, error) {
			held, err := w.Assignment(w.Context(), by, id)
			return held.Assignment, err
		}},
		"reward": {rewardScenes, rewardAttempts, func(w *world, by party.Actor, id string) (offering, error) { return w.Reward(w.Context(), by, id) }},
	} {
		t.Run("of "+name+" are answered as they say — B45", func(t *testing.T) {
			for _, s := range of.scenes {
				for _, a := range of.attempts {
					for _, e := range everybody {
						w := newWorld(t)
						id := s.set(w)
						seen, err := of.read(w, e.actor, id)
						if err != nil { // nobody who may not know of it is offered anything
							continue
						}
						offers := seen.Offers(e.actor, w.now)
						i := slices.IndexFunc(offers, func(o lifecycle.Offer) bool { return o.Action == a.action })
						if i < 0 || otherwise[s.state+"/"+string(a.action)] != "" {
							continue
						}
						if err := a.try(w, e.actor, id); offers[i].Allowed != (err == nil) {
							t.Errorf("%s, %s by %s: offered %+v, answered %v", s.state, a.action, e.column, offers[i], err)
						}
					}
				}
			}
		})
	}
}

var projectScenes = []scene{
	{"draft", func(w *world) string {
		p, err := w.create(client, brief(), false)
		must(w, err)
		return p.ID
	}},
	{"open", func(w *world) string { return w.published().ID }},
	{"open, and due", func(w *world) string {
		p := w.published()
		w.now = p.DeliverBy
		return p.ID
	}},
	{"filled", func(w *world) string { return w.working(ana).Project }},
	{"filled, and others came too late", func(w *world) string { a, _ := lostBy(w, ana, ben, pat); return a.Project }},
	{"cancelled", func(w *world) string {
		p, err := w.cancel(client, w.published().ID)
		must(w, err)
		return p.ID
	}},
}

var projectAttempts = []attempt{
	{"read", func(w *world, by party.Actor, id string) error { _, err := w.Project(w.Context(), by, id); return err }},
	{"read rounds", func(w *world, by party.Actor, id string) error {
		_, _, err := w.Rounds(w.Context(), by, id)
		return err
	}},
	{project.Edit, func(w *world, by party.Actor, id string) error {
		record, err := w.Store.Get(w.Context(), store.Ref{Kind: store.Project, ID: id}, store.Fresh)
		version := 1
		if err == nil {
			version = record.Revision()
		}
		_, err = w.edit(by, id, version, brief())
		return err
	}},
	{project.Publish, func(w *world, by party.Actor, id string) error { _, err := w.publish(by, id); return err }},
	{project.Invite, func(w *world, by party.Actor, id string) error {
		_, err := w.call(by, id, time.Time{}, guests(pat)...)
		return err
	}},
	{project.Cancel, func(w *world, by party.Actor, id string) error { _, err := w.cancel(by, id); return err }},
	{project.OfferProofreading, func(w *world, by party.Actor, id string) error { _, err := w.proofread(by, id); return err }},
	{project.Pick, func(w *world, by party.Actor, id string) error { _, err := w.pick(by, id, "asg_1"); return err }},
	{project.Extend, func(w *world, by party.Actor, id string) error {
		_, err := w.prolong(by, id, noon.Add(30*day))
		return err
	}},
}

var invitationScenes = []scene{
	{"open", func(w *world) string { return w.invited(w.published(), ana)[0] }},
	{"accepted", func(w *world) string { return w.working(ana).Invitation }},
	{"declined", func(w *world) string {
		i, err := w.answer(ana, project.Decline, w.invited(w.published(), ana)[0])
		must(w, err)
		return i.ID
	}},
	{"withdrawn", func(w *world) string {
		i, err := w.answer(agent, project.Withdraw, w.invited(w.published(), ana)[0])
		must(w, err)
		return i.ID
	}},
	{"expired", func(w *world) string {
		id := w.invited(w.published(), ana)[0]
		w.now = w.now.Add(w.Policies.Current().InvitationExpiry)
		return id
	}},
	{"closed", func(w *world) string {
		ids := w.invited(w.published(), ana, pat)
		_, err := w.accept(pat, ids[1])
		must(w, err)
		return ids[0]
	}},
	{"closed, and told if it reopens", func(w *world) string {
		ids := w.invited(w.published(), ana, pat)
		_, err := w.accept(pat, ids[1])
		must(w, err)
		_, err = w.watch(ana, project.Watch, ids[0])
		must(w, err)
		return ids[0]
	}},
	{"left", func(w *world) string {
		a, err := w.giveUp(ana, w.working(ana).ID)
		must(w, err)
		return a.Invitation
	}},
}

var invitationAttempts = []attempt{
	{"read", func(w *world, by party.Actor, id string) error {
		_, err := w.Invitation(w.Context(), by, id)
		return err
	}},
	{project.Accept, func(w *world, by party.Actor, id string) error { _, err := w.accept(by, id); return err }},
	{project.Decline, func(w *world, by party.Actor, id string) error {
		_, err := w.answer(by, project.Decline, id)
		return err
	}},
	{project.Withdraw, func(w *world, by party.Actor, id string) error {
		_, err := w.answer(by, project.Withdraw, id)
		return err
	}},
	{project.Watch, func(w *world, by party.Actor, id string) error { _, err := w.watch(by, project.Watch, id); return err }},
	{project.Unwatch, func(w *world, by party.Actor, id string) error {
		_, err := w.watch(by, project.Unwatch, id)
		return err
	}},
}

var assignmentScenes = []scene{
	{"working", func(w *world) string { return w.working(ana).ID }},
	{"in_qc", func(w *world) string { return w.submitted(ana).ID }},
	{"in_qc, claimed by another", func(w *world) string {
		a, err := w.claim(otherQC, w.submitted(ana).ID)
		must(w, err)
		return a.ID
	}},
	{"revising", func(w *world) string {
		a, err := w.revise(qc, w.submitted(ana).ID, "Louder.")
		must(w, err)
		return a.ID
	}},
	{"in_review", func(w *world) string { return w.delivered(ana).ID }},
	{"done", func(w *world) string {
		a, err := w.approve(client, w.delivered(ana).ID)
		must(w, err)
		return a.ID
	}},
	{"screening", func(w *world) string { return w.screening(ana).ID }},
	{"clarifying", func(w *world) string {
		a, err := w.askBack(agent, w.screening(ana).ID, "Which half?")
		must(w, err)
		return a.ID
	}},
	{"quoted", func(w *world) string { return w.quoted(ana).ID }},
	{"offered", func(w *world) string { return w.offered(ana).ID }},
	{"revising for the client", func(w *world) string {
		a, err := w.forward(agent, w.screening(ana).ID)
		must(w, err)
		return a.ID
	}},
	{"revising for a fee", func(w *world) string { return w.agreed(ana).ID }},
	{"screening, with many requests", func(w *world) string { return w.unhappy(ana).ID }},
	{"proofreading a version", func(w *world) string {
		ids := w.invited(w.published(), pat, ana)
		a, err := w.accept(pat, ids[0])
		must(w, err)
		_, err = w.submit(pat, a.ID, w.arrived(a, "take.mov"))
		must(w, err)
		made, err := w.proofread(agent, a.Project)
		must(w, err)
		reading, err := w.accept(ana, project.InvitationID(made.Round.ID, 0))
		must(w, err)
		return reading.ID
	}},
	{"withdrawn", func(w *world) string {
		a, err := w.giveUp(ana, w.working(ana).ID)
		must(w, err)
		return a.ID
	}},
	{"reassigned", func(w *world) string {
		a, err := w.takeBack(lead, w.working(ana).ID)
		must(w, err)
		return a.ID
	}},
}

var assignmentAttempts = []attempt{
	{"read", func(w *world, by party.Actor, id string) error {
		_, err := w.Assignment(w.Context(), by, id)
		return err
	}},
	{"read source", func(w *world, by party.Actor, id string) error { _, err := w.Source(w.Context(), by, id); return err }},
	{project.Upload, func(w *world, by party.Actor, id string) error { _, err := w.Upload(w.Context(), by, id); return err }},
	{project.Submit, func(w *world, by party.Actor, id string) error {
		_, err := w.submit(by, id, w.arrived(project.Assignment{ID: id}, "take.mov"))
		return err
	}},
	{project.Claim, func(w *world, by party.Actor, id string) error { _, err := w.claim(by, id); return err }},
	{project.Unclaim, func(w *world, by party.Actor, id string) error { _, err := w.unclaim(by, id); return err }},
	{project.Revise, func(w *world, by party.Actor, id string) error { _, err := w.revise(by, id, "Louder."); return err }},
	{project.Pass, func(w *world, by party.Actor, id string) error { _, err := w.pass(by, id); return err }},
	{project.Approve, func(w *world, by party.Actor, id string) error { _, err := w.approve(by, id); return err }},
	{project.AskChanges, func(w *world, by party.Actor, id string) error { _, err := w.askChanges(by, id, "Warmer."); return err }},
	{project.Clarify, func(w *world, by party.Actor, id string) error {
		_, err := w.clarify(by, id, "The second.")
		return err
	}},
	{project.DropChanges, func(w *world, by party.Actor, id string) error { _, err := w.drop(by, id); return err }},
	{project.Forward, func(w *world, by party.Actor, id string) error { _, err := w.forward(by, id); return err }},
	{project.AskBack, func(w *world, by party.Actor, id string) error {
		_, err := w.askBack(by, id, "Which half?")
		return err
	}},
	{project.DeclineChanges, func(w *world, by party.Actor, id string) error { _, err := w.declineChanges(by, id, "No."); return err }},
	{"what if", func(w *world, by party.Actor, id string) error {
		_, _, err := w.WhatIf(w.Context(), project.Ask{By: by, Now: w.now}, id, ledger.Money{})
		return err
	}},
	{project.QuoteFee, func(w *world, by party.Actor, id string) error {
		_, err := w.quote(by, id, ledger.Money{}, ledger.Money{})
		return err
	}},
	{project.WithdrawQuote, func(w *world, by party.Actor, id string) error { _, err := w.withdrawQuote(by, id); return err }},
	{project.ApproveQuote, func(w *world, by party.Actor, id string) error { _, err := w.approveQuote(by, id, "1.1"); return err }},
	{project.DeclineQuote, func(w *world, by party.Actor, id string) error { _, err := w.declineQuote(by, id); return err }},
	{project.AcceptOffer, func(w *world, by party.Actor, id string) error { _, err := w.acceptOffer(by, id, "1.1"); return err }},
	{project.DeclineOffer, func(w *world, by party.Actor, id string) error { _, err := w.declineOffer(by, id); return err }},
	{project.AskFee, func(w *world, by party.Actor, id string) error { _, err := w.askFee(by, id, usd(2000)); return err }},
	{project.ReviewCase, func(w *world, by party.Actor, id string) error { _, err := w.reviewCase(by, id, "Called."); return err }},
	{project.HandOver, func(w *world, by party.Actor, id string) error { _, err := w.handOver(by, id, lead.ID); return err }},
	{project.Withdraw, func(w *world, by party.Actor, id string) error { _, err := w.giveUp(by, id); return err }},
	{project.Reassign, func(w *world, by party.Actor, id string) error { _, err := w.takeBack(by, id); return err }},
	{project.Extend, func(w *world, by party.Actor, id string) error {
		_, err := w.extend(by, id, noon.Add(30*day))
		return err
	}},
}

var rewardScenes = []scene{
	{"held", func(w *world) string { return w.reward(w.delivered(ana)).ID }},
	{"frozen", func(w *world) string {
		r, err := w.freeze(agent, w.reward(w.delivered(ana)).ID)
		must(w, err)
		return r.ID
	}},
	{"credited", func(w *world) string {
		r := w.reward(w.delivered(ana))
		w.now = r.ReleaseAt
		must(w, w.ring(r, ledger.ReleaseDeadline))
		return r.ID
	}},
	{"voided", func(w *world) string {
		a := w.delivered(ana)
		w.adjusted(a, undoing(w.reward(a).ID))
		return w.reward(a).ID
	}},
}

var rewardAttempts = []attempt{
	{"read", func(w *world, by party.Actor, id string) error { _, err := w.Reward(w.Context(), by, id); return err }},
	{ledger.Freeze, func(w *world, by party.Actor, id string) error { _, err := w.freeze(by, id); return err }},
	{ledger.Unfreeze, func(w *world, by party.Actor, id string) error { _, err := w.unfreeze(by, id); return err }},
	{ledger.Void, func(w *world, by party.Actor, id string) error {
		_, err := w.adjust(by, "asg_"+id[len("rwd_"):], undoing(id))
		return err
	}},
}

var adjustmentScenes = []scene{
	{"proposed", func(w *world) string { return w.adjusted(w.working(ana), fee(limit+1)).ID }},
	{"posted", func(w *world) string { return w.adjusted(w.working(ana), fee(limit)).ID }},
	{"declined", func(w *world) string {
		adj, err := w.declineAdjustment(lead, w.adjusted(w.working(ana), fee(limit+1)).ID)
		must(w, err)
		return adj.ID
	}},
	{"reversed", func(w *world) string {
		a := w.working(ana)
		adj := w.adjusted(a, fee(limit/2))
		w.adjusted(a, undoing(adj.ID))
		return adj.ID
	}},
}

var adjustmentAttempts = []attempt{
	{"read", func(w *world, by party.Actor, id string) error {
		_, err := w.Adjustment(w.Context(), by, id)
		return err
	}},
	{ledger.ApproveAdjustment, func(w *world, by party.Actor, id string) error { _, err := w.approveAdjustment(by, id); return err }},
	{ledger.DeclineAdjustment, func(w *world, by party.Actor, id string) error { _, err := w.declineAdjustment(by, id); return err }},
	{ledger.Reverse, func(w *world, by party.Actor, id string) error {
		_, err := w.adjust(by, load[ledger.Adjustment](w, store.Ref{Kind: store.Adjustment, ID: id}).Assignment, undoing(id))
		return err
	}},
}
