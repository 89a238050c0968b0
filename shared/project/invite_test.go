package project_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

func TestInvite(t *testing.T) {
	t.Run("calls many pros at once, in one commit that has them told — R24", func(t *testing.T) {
		w := newWorld(t)
		p := w.published()
		sent, err := w.call(agent, p.ID, time.Time{}, guests(ana, ben, pat)...)
		must(t, err)
		told, ok := fact[project.InvitationsSent](w)
		if len(sent.Round.Lines) != 3 || !ok || told.Count != 3 || told.Round != sent.Round.ID || !w.last().Outbox {
			t.Errorf("got %+v, told %+v", sent.Round, w.last())
		}
	})
	t.Run("offers each pro the reward decided for them, or the project's — R26", func(t *testing.T) {
		w := newWorld(t)
		forBen := usd(7550)
		sent, err := w.call(agent, w.published().ID, time.Time{}, project.Guest{Pro: ana.ID}, project.Guest{Pro: ben.ID, Reward: &forBen})
		must(t, err)
		first, _ := sent.Round.Find(project.InvitationID(sent.Round.ID, 0), sent.Project)
		second, _ := sent.Round.Find(project.InvitationID(sent.Round.ID, 1), sent.Project)
		if first.Reward() != usd(5000) || second.Reward() != usd(7550) {
			t.Errorf("got %s and %s", first.Reward(), second.Reward())
		}
	})
	t.Run("lets the pro see details, reward, terms and deadlines, and what may be done, before accepting — R25 R26 R27 R53", func(t *testing.T) {
		w := newWorld(t)
		i, err := w.Invitation(t.Context(), ana, w.invited(w.published(), ana)[0])
		must(t, err)
		terms := project.TermsOf(i, w.Policies.Current())
		want := project.Terms{Title: "A subtitle", Category: "translation", Reward: usd(5000), DeliverBy: noon.Add(14 * day), Release: "after_hold", Seen: terms.Seen}
		if diff := cmp.Diff(want, terms); diff != "" || terms.Seen == "" || i.Project.Brief == "" || len(i.Project.Assets) != 1 || i.Round.ExpiresAt.IsZero() {
			t.Errorf("%s, got %+v", diff, i)
		}
		if diff := cmp.Diff([]lifecycle.Action{project.Accept, project.Decline}, allowedOf(i.Offers(ana, w.now))); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("shows an invitation to its pro and to staff, and to nobody else — B45 B46", func(t *testing.T) {
		w := newWorld(t)
		id := w.invited(w.published(), ana, ben)[0]
		for _, by := range []party.Actor{ana, agent, lead, admin} {
			_, err := w.Invitation(t.Context(), by, id)
			must(t, err)
		}
		for _, by := range []party.Actor{ben, pat, client, stranger, qc, person("nobody")} {
			_, err := w.Invitation(t.Context(), by, id)
			refused(t, err, problem.CodeNotFound)
		}
	})
	t.Run("names no invitation but those of its rounds — B48", func(t *testing.T) {
		w := newWorld(t)
		id := w.invited(w.published(), ana)[0]
		for _, wrong := range []string{id + "0", id[:len(id)-1] + "2", id[:len(id)-1] + "0", id[:len(id)-1], "inv_", "", "asg_1"} {
			_, err := w.Invitation(t.Context(), agent, wrong)
			refused(t, err, problem.CodeNotFound)
		}
	})
	t.Run("invites all or nobody, and says where it is wrong", func(t *testing.T) {
		in, zero := usd(100), usd(0)
		in.Currency = "EUR"
		off := ben
		for _, c := range []struct {
			name   string
			guests []project.Guest
			at     string
			code   problem.Code
		}{
			{"nobody is named", nil, "/invitations", ""},
			{"somebody unknown", []project.Guest{{Pro: "ana"}, {Pro: "zoe"}}, "/invitations/1/pro", ""},
			{"somebody who cannot be a party", []project.Guest{{Pro: "a/b"}}, "/invitations/0/pro", ""},
			{"a reviewer", guests(qc), "/invitations/0/pro", ""},
			{"an inactive pro", guests(off), "/invitations/0/pro", ""},
			{"the same pro twice", guests(ana, ana), "/invitations/1/pro", ""},
			{"a reward in another currency — B56", []project.Guest{{Pro: "ana"}, {Pro: "pat", Reward: &in}}, "", problem.CodeCurrencyMismatch},
			{"a reward of 0 that nobody explained — R54 A22", []project.Guest{{Pro: "ana", Reward: &zero}}, "", problem.CodeZeroReward},
		} {
			w := newWorld(t)
			inactive(w, off)
			p := w.published()
			_, err := w.call(agent, p.ID, time.Time{}, c.guests...)
			if c.code != "" {
				refused(t, err, c.code)
			} else {
				refusedAt(t, err, c.at)
			}
			if after := load[project.Project](w, p.Ref()); after.Version != p.Version {
				t.Errorf("%s: the project changed", c.name)
			}
		}
	})
	t.Run("lets no client work on their own project", func(t *testing.T) {
		w := newWorld(t)
		p, err := w.create(agent, brief(func(b *project.Brief) { b.Client = pat.ID }), true)
		must(t, err)
		_, err = w.call(agent, p.ID, time.Time{}, guests(pat)...)
		refusedAt(t, err, "/invitations/0/pro")
	})
	t.Run("bounds a call by the policy", func(t *testing.T) {
		w := newWorld(t)
		w.Policies = slices.Clone(w.Policies)
		w.Policies[0].InvitationsPerCall = 2
		p := w.published()
		_, err := w.call(agent, p.ID, time.Time{}, guests(ana, ben, pat)...)
		refused(t, err, problem.CodeTooManyItems)
		w.invited(p, ana, ben)
	})
	t.Run("is for staff: the client is forbidden, others find nothing — B43 B45", func(t *testing.T) {
		w := newWorld(t)
		p := w.published()
		for _, by := range []party.Actor{agent, lead, admin} {
			p := w.published()
			_, err := w.call(by, p.ID, time.Time{}, guests(ana)...)
			must(t, err)
		}
		_, err := w.call(client, p.ID, time.Time{}, guests(ana)...)
		refused(t, err, problem.CodeForbidden)
		for _, by := range []party.Actor{stranger, ana, qc} {
			_, err := w.call(by, p.ID, time.Time{}, guests(ana)...)
			refused(t, err, problem.CodeNotFound)
		}
	})
	t.Run("is possible while the project is open and not before or after", func(t *testing.T) {
		w := newWorld(t)
		draft, err := w.create(client, brief(), false)
		must(t, err)
		cancelled := w.published()
		_, err = w.cancel(client, cancelled.ID)
		must(t, err)
		for _, id := range []string{draft.ID, cancelled.ID, w.working(ana).Project} {
			_, err := w.call(agent, id, time.Time{}, guests(ben)...)
			refused(t, err, problem.CodeStateChanged)
		}
	})
	t.Run("does not invite a pro again who has an open invitation or a seat", func(t *testing.T) {
		w := newWorld(t)
		p := w.published(contest(3))
		ids := w.invited(p, ana, ben)
		_, err := w.accept(ben, ids[1])
		must(t, err)
		for _, again := range []party.Actor{ana, ben} {
			_, err := w.call(agent, p.ID, time.Time{}, guests(pat, again)...)
			refused(t, err, problem.CodeAlreadyInvited)
		}
	})
	t.Run("does not invite a pro again whose round a stale read does not show yet — F16", func(t *testing.T) {
		w := newWorld(t)
		p := w.published(contest(3))
		w.invited(p, ana)
		w.mem.behind = kinds(store.Round)
		_, err := w.call(agent, p.ID, time.Time{}, guests(ana)...)
		refused(t, err, problem.CodeAlreadyInvited)
	})
	t.Run("invites a pro again who declined, was withdrawn or let it expire", func(t *testing.T) {
		w := newWorld(t)
		p := w.published()
		ids := w.invited(p, ana, ben, pat)
		_, err := w.answer(ana, project.Decline, ids[0])
		must(t, err)
		_, err = w.answer(agent, project.Withdraw, ids[1])
		must(t, err)
		w.invited(p, ana, ben)
		w.now = noon.Add(w.Policies.Current().InvitationExpiry)
		w.invited(p, pat)
	})
}

// allowedOf are the actions that may be done now.
func allowedOf(offers []lifecycle.Offer) []lifecycle.Action {
	var actions []lifecycle.Action
	for _, o := range offers {
		if o.Allowed {
			actions = append(actions, o.Action)
		}
	}
	return actions
}

func inactive(w *world, who party.Actor) {
	w.Helper()
	p := load[party.Profile](w, store.Ref{Kind: store.Profile, ID: who.ID})
	p.Version, p.Active = p.Version+1, false
	must(w, w.Store.Commit(w.Context(), store.Change{Records: []store.Record{p}}))
}

func TestBooking(t *testing.T) {
	t.Run("is for one named pro, who always gets in — R33", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana, booking)
		if a.Pro != ana.ID || load[project.Project](w, store.Ref{Kind: store.Project, ID: a.Project}).Progress.State != project.Filled {
			t.Errorf("got %+v", a)
		}
	})
	t.Run("is never a race: a second pro is not invited — R33", func(t *testing.T) {
		w := newWorld(t)
		p := w.published(booking)
		_, err := w.call(agent, p.ID, time.Time{}, guests(ana, ben)...)
		refused(t, err, problem.CodeStateChanged)
		w.invited(p, ana)
		_, err = w.call(agent, p.ID, time.Time{}, guests(ben)...)
		refused(t, err, problem.CodeStateChanged)
	})
	t.Run("that is declined or expires goes to staff: the agent who invited is told — R33", func(t *testing.T) {
		w := newWorld(t)
		p := w.published(booking)
		id := w.invited(p, ana)[0]
		_, err := w.answer(ana, project.Decline, id)
		must(t, err)
		told, ok := fact[project.BookingDeclined](w)
		if want := (project.BookingDeclined{Project: p.ID, Invitation: id, Title: p.Title, Agent: agent.ID}); !ok || told != want || !w.last().Outbox {
			t.Errorf("told %+v", w.last())
		}
		w.invited(p, ben)
		p = load[project.Project](w, p.Ref())
		w.now = noon.Add(w.Policies.Current().InvitationExpiry)
		must(t, w.fire(alarms(p, project.RoundExpiry)[1]))
		if expired, ok := fact[project.RoundExpired](w); !ok || expired.Agent != agent.ID || !w.last().Outbox {
			t.Errorf("told %+v", w.last())
		}
	})
	t.Run("goes to another pro as soon as the first declined, was withdrawn or let it expire — A15", func(t *testing.T) {
		w := newWorld(t)
		p := w.published(booking)
		_, err := w.answer(ana, project.Decline, w.invited(p, ana)[0])
		must(t, err)
		_, err = w.answer(agent, project.Withdraw, w.invited(p, ben)[0])
		must(t, err)
		w.invited(p, pat)
		w.now = noon.Add(w.Policies.Current().InvitationExpiry)
		w.invited(p, ana)
	})
}

func TestInvitationExpiry(t *testing.T) {
	hold := newWorld(t).Policies.Current().InvitationExpiry
	t.Run("is the policy's, or the delivery deadline where that is nearer — A15", func(t *testing.T) {
		for due, want := range map[time.Duration]time.Duration{14 * day: hold, hold: hold, hold - ms: hold - ms} {
			w := newWorld(t)
			sent, err := w.call(agent, w.published(func(b *project.Brief) { b.DeliverBy = noon.Add(due) }).ID, time.Time{}, guests(ana)...)
			must(t, err)
			if !sent.Round.ExpiresAt.Equal(noon.Add(want)) {
				t.Errorf("due in %s: got %s", due, sent.Round.ExpiresAt.Sub(noon))
			}
		}
	})
	t.Run("is what staff ask for: after now, not after the work is due — A15", func(t *testing.T) {
		for at, sound := range map[time.Duration]bool{-ms: false, 0: false, ms: true, 14 * day: true, 14*day + ms: false} {
			w := newWorld(t)
			sent, err := w.call(agent, w.published().ID, noon.Add(at), guests(ana)...)
			if !sound {
				refusedAt(t, err, "/expiresAt")
				continue
			}
			must(t, err)
			if !sent.Round.ExpiresAt.Equal(noon.Add(at)) {
				t.Errorf("got %s", sent.Round.ExpiresAt)
			}
		}
	})
	for _, edge := range edges {
		t.Run(fmt.Sprintf("%s it a pro may accept: %t — A15 B86", edge.name, !edge.passed), func(t *testing.T) {
			w := newWorld(t)
			id := w.invited(w.published(), ana)[0]
			w.now = noon.Add(hold + edge.by)
			_, err := w.accept(ana, id)
			if !edge.passed {
				must(t, err)
				return
			}
			refused(t, err, problem.CodeDeadlinePassed)
			if got := problem.As(err).Facts["expiredAt"]; got != "2026-11-04T12:00:00.000Z" {
				t.Errorf("told %q", got)
			}
		})
		t.Run(fmt.Sprintf("%s it a pro may decline, and staff may withdraw: %t — A15 B86", edge.name, !edge.passed), func(t *testing.T) {
			for by, action := range map[*party.Actor]lifecycle.Action{&ana: project.Decline, &agent: project.Withdraw} {
				w := newWorld(t)
				id := w.invited(w.published(), ana)[0]
				w.now = noon.Add(hold + edge.by)
				_, err := w.answer(*by, action, id)
				if edge.passed {
					refused(t, err, problem.CodeDeadlinePassed)
				} else {
					must(t, err)
				}
			}
		})
		t.Run(fmt.Sprintf("%s it the timer acts: %t — A15 B86", edge.name, edge.passed), func(t *testing.T) {
			w := newWorld(t)
			p := w.published(contest(2))
			_, err := w.accept(ana, w.invited(p, ana, ben)[0])
			must(t, err)
			p = load[project.Project](w, p.Ref())
			w.now = noon.Add(hold + edge.by)
			err = w.ring(p, project.RoundExpiry)
			after := load[project.Project](w, p.Ref())
			if !edge.passed {
				refused(t, err, problem.CodeNotYet)
				if after.Version != p.Version {
					t.Errorf("got %+v", after)
				}
				return
			}
			must(t, err)
			told, _ := fact[project.RoundExpired](w)
			if !after.Rounds[0].Expired || len(after.Progress.Deadlines) != 0 || after.Progress.State != project.Open || !w.last().Outbox || told.Count != 2 || told.Taken != 1 || told.Seats != 2 || told.Agent != agent.ID {
				t.Errorf("got %+v, told %+v", after, told)
			}
		})
	}
	t.Run("ends one round and no other", func(t *testing.T) {
		w := newWorld(t)
		p := w.published()
		w.invited(p, ana)
		w.now = noon.Add(time.Hour)
		second := w.invited(p, ben)[0]
		p = load[project.Project](w, p.Ref())
		w.now = noon.Add(hold)
		must(t, w.ring(p, project.RoundExpiry))
		after := load[project.Project](w, p.Ref())
		if !after.Rounds[0].Expired || after.Rounds[1].Expired || len(alarms(after, project.RoundExpiry)) != 1 {
			t.Errorf("got %+v", after)
		}
		_, err := w.accept(ben, second)
		must(t, err)
	})
}

func TestDecline(t *testing.T) {
	t.Run("ends one's own invitation, and the others stay open — A15", func(t *testing.T) {
		w := newWorld(t)
		ids := w.invited(w.published(), ana, ben)
		i, err := w.answer(ana, project.Decline, ids[0])
		must(t, err)
		if i.State(w.now) != project.Declined || !i.Line.At.Equal(noon) || w.invitation(ids[1]).State(w.now) != project.Invited || w.last().Outbox {
			t.Errorf("got %+v", i)
		}
		_, err = w.accept(ana, ids[0])
		refused(t, err, problem.CodeStateChanged)
	})
	t.Run("is not for staff, nor for another pro", func(t *testing.T) {
		w := newWorld(t)
		id := w.invited(w.published(), ana, ben)[0]
		_, err := w.answer(agent, project.Decline, id)
		refused(t, err, problem.CodeForbidden)
		_, err = w.answer(ben, project.Decline, id)
		refused(t, err, problem.CodeNotFound)
	})
}

func TestWithdraw(t *testing.T) {
	t.Run("takes an invitation back and tells its pro — A15", func(t *testing.T) {
		w := newWorld(t)
		id := w.invited(w.published(), ana)[0]
		i, err := w.answer(lead, project.Withdraw, id)
		must(t, err)
		told, _ := fact[project.InvitationWithdrawn](w)
		if i.State(w.now) != project.Withdrawn || !w.last().Outbox || told.Pro != ana.ID || told.Invitation != id {
			t.Errorf("got %+v, told %+v", i, told)
		}
		_, err = w.accept(ana, id)
		refused(t, err, problem.CodeStateChanged)
	})
	t.Run("is refused once the pro has the seat", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana, contest(2))
		_, err := w.answer(agent, project.Withdraw, a.Invitation)
		refused(t, err, problem.CodeStateChanged)
	})
	t.Run("is not for the pro", func(t *testing.T) {
		w := newWorld(t)
		_, err := w.answer(ana, project.Withdraw, w.invited(w.published(), ana)[0])
		refused(t, err, problem.CodeForbidden)
	})
	t.Run("does not take back what a stale read does not show as accepted yet — F16 I19", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana, contest(2))
		w.mem.behind = kinds(store.Project)
		_, err := w.answer(agent, project.Withdraw, a.Invitation)
		refused(t, err, problem.CodeStateChanged)
	})
}
