package project_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// proofreadingTerms are the usual ones, but for the changes.
func proofreadingTerms(changes ...func(*project.ProofreadingTerms)) project.ProofreadingTerms {
	t := project.ProofreadingTerms{Reward: usd(1500)}
	for _, change := range changes {
		change(&t)
	}
	return t
}

func (w *world) proofread(by party.Actor, id string, changes ...func(*project.ProofreadingTerms)) (project.Proofread, error) {
	return told[project.Proofread](w, by, func(ctx context.Context, ask project.Ask) (store.Reply, error) {
		return w.OfferProofreading(ctx, ask, id, proofreadingTerms(changes...))
	})
}

// invites names the pros of a round.
func invites(r project.Round) []string {
	var pros []string
	for _, l := range r.Lines {
		pros = append(pros, l.Pro)
	}
	return pros
}

// proofreading is a translation that Ana won, and its proofreading, offered to Ben and Pat and taken by Ben.
func proofreading(w *world) (translated, reading project.Assignment) {
	w.Helper()
	a, _ := lostBy(w, ana, ben, pat)
	made, err := w.proofread(agent, a.Project)
	must(w, err)
	b, err := w.accept(ben, project.InvitationID(made.Round.ID, 0))
	must(w, err)
	return a, b
}

func (w *world) offer(by party.Actor, id string, action lifecycle.Action) (lifecycle.Offer, bool) {
	w.Helper()
	seen, err := w.Project(w.Context(), by, id)
	must(w, err)
	offers := seen.Offers(by, w.now)
	n := slices.IndexFunc(offers, func(o lifecycle.Offer) bool { return o.Action == action })
	if n < 0 {
		return lifecycle.Offer{}, false
	}
	return offers[n], true
}

func TestProofreading(t *testing.T) {
	t.Run("of a translation is offered to all who came too late: one call, a project of its own, linked, with its own reward — R32 A16", func(t *testing.T) {
		w := newWorld(t)
		a, _ := lostBy(w, ana, ben, pat)
		commits := len(w.mem.events)
		made, err := w.proofread(agent, a.Project)
		must(t, err)
		p, translated := load[project.Project](w, made.Project.Ref()), projectOf(w, a)
		due := noon.Add(14*day + w.Policies.Current().ProofreadingWindow)
		if p.Of != a.Project || translated.Proofreading != p.ID || p.Category != "proofreading" || p.Type != project.Speedy || len(p.Seats) != 1 || p.Progress.State != project.Open ||
			p.Client != client.ID || p.Reward != usd(1500) || !p.DeliverBy.Equal(due) || translated.Progress.State != project.Filled {
			t.Errorf("got %+v of %+v", p, translated)
		}
		if p.Title != "Proofreading: A subtitle" || !strings.Contains(p.Brief, "Two minutes of film.") || len(p.Assets) != 1 {
			t.Errorf("pros decide on %+v", p)
		}
		round := load[project.Round](w, made.Round.Ref())
		if diff := cmp.Diff([]string{ben.ID, pat.ID}, invites(round)); diff != "" || round.By != agent.ID || !round.ExpiresAt.Equal(noon.Add(w.Policies.Current().InvitationExpiry)) {
			t.Errorf("%s, got %+v", diff, round)
		}
		if len(w.mem.events) != commits+2 || w.mem.events[commits].Subject != translated.Ref() || w.last().Subject != p.Ref() || !w.last().Outbox || len(w.last().Armed) != 1 {
			t.Errorf("committed %+v", w.mem.events[commits:])
		}
		told, _ := fact[project.ProofreadingOffered](w)
		want := project.ProofreadingOffered{Project: p.ID, Round: round.ID, Title: p.Title, Of: a.Project, Translation: "A subtitle", Count: 2, DeliverBy: due}
		if told != want {
			t.Errorf("told %+v", told)
		}
	})
	t.Run("goes to the first who accepts, whose reward has a hold of its own — R32 R29 R55", func(t *testing.T) {
		w := newWorld(t)
		_, b := proofreading(w)
		w.files[project.UploadKey(b.ID, "fil_1")] = project.File{Name: "read.docx", Size: 1, SHA256: "sum"}
		_, err := w.submit(ben, b.ID, "fil_1")
		must(t, err)
		_, err = w.pass(qc, b.ID)
		must(t, err)
		if r := w.reward(b); r.Amount != usd(1500) || r.Pro != ben.ID {
			t.Errorf("got %+v", r)
		}
	})
	t.Run("is on the terms that staff say: reward, delivery and how long it may be accepted — R32 R26", func(t *testing.T) {
		w := newWorld(t)
		a, _ := lostBy(w, ana, ben)
		made, err := w.proofread(lead, a.Project, func(r *project.ProofreadingTerms) {
			r.Reward, r.DeliverBy, r.ExpiresAt = usd(2500), noon.Add(3*day), noon.Add(day)
		})
		must(t, err)
		if made.Project.Reward != usd(2500) || !made.Project.DeliverBy.Equal(noon.Add(3*day)) || !made.Round.ExpiresAt.Equal(noon.Add(day)) || made.Round.By != lead.ID {
			t.Errorf("got %+v", made)
		}
	})
	t.Run("is due within two years, also of a translation that is due in two", func(t *testing.T) {
		w := newWorld(t)
		ids := w.invited(w.published(func(b *project.Brief) { b.DeliverBy = noon.AddDate(2, 0, 0) }), ana, ben)
		a, err := w.accept(ana, ids[0])
		must(t, err)
		made, err := w.proofread(agent, a.Project)
		must(t, err)
		if !made.Project.DeliverBy.Equal(noon.AddDate(2, 0, 0)) {
			t.Errorf("due %s", made.Project.DeliverBy)
		}
	})
	t.Run("has a title that fits, of the longest translation too", func(t *testing.T) {
		w := newWorld(t)
		ids := w.invited(w.published(func(b *project.Brief) { b.Title = strings.Repeat("ñ", 120) }), ana, ben)
		a, err := w.accept(ana, ids[0])
		must(t, err)
		made, err := w.proofread(agent, a.Project)
		must(t, err)
		if title := []rune(made.Project.Title); len(title) != 120 || !strings.HasSuffix(made.Project.Title, "ñ…") {
			t.Errorf("%d runes: %s", len(title), made.Project.Title)
		}
	})
}

func TestLosers(t *testing.T) {
	t.Run("are who came too late: not who declined, was withdrawn, let the time pass, is inactive, or has or had a seat — R32", func(t *testing.T) {
		w := newWorld(t)
		p := w.published()
		w.invited(p, pros[3]) // dan lets it pass
		w.now = noon.Add(w.Policies.Current().InvitationExpiry)
		must(t, w.ring(load[project.Project](w, p.Ref()), project.RoundExpiry))
		ids := w.invited(p, ana, ben, pros[2], pros[4], pat)
		_, err := w.answer(ben, project.Decline, ids[1])
		must(t, err)
		_, err = w.answer(agent, project.Withdraw, ids[2])
		must(t, err)
		a, err := w.accept(ana, ids[0])
		must(t, err)
		inactive(w, pros[4])
		made, err := w.proofread(agent, a.Project)
		must(t, err)
		if diff := cmp.Diff([]string{pat.ID}, invites(made.Round)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("are those of the last race where a seat reopened, each by what became of their last invitation — R32 A21", func(t *testing.T) {
		w := newWorld(t)
		a, ids := lostBy(w, ana, ben, pros[2], pat)
		_, err := w.giveUp(ana, a.ID)
		must(t, err)
		p := projectOf(w, a)
		_, err = w.answer(pros[2], project.Decline, p.Watchers[1].Again)
		must(t, err)
		_, err = w.accept(ben, p.Watchers[0].Again)
		must(t, err)
		made, err := w.proofread(agent, p.ID)
		must(t, err)
		if diff := cmp.Diff([]string{pat.ID}, invites(made.Round)); diff != "" || w.invitation(ids[2]).State(w.now) != project.Closed {
			t.Error(diff)
		}
	})
	t.Run("beyond what one call invites are told of, the earliest invited first — B29", func(t *testing.T) {
		w := newWorld(t)
		many := crowd(w, w.Policies.Current().InvitationsPerCall)
		p := w.published()
		w.invited(p, many...)
		a, err := w.accept(ana, w.invited(p, ana, ben)[0])
		must(t, err)
		made, err := w.proofread(agent, a.Project)
		must(t, err)
		if len(made.Round.Lines) != len(many) || made.Round.Lines[0].Pro != many[0].ID || !slices.Equal(made.Left, []string{ben.ID}) {
			t.Errorf("invited %d, left %v", len(made.Round.Lines), made.Left)
		}
		_, err = w.call(agent, made.Project.ID, time.Time{}, guests(ben)...)
		must(t, err)
	})
}

// crowd are so many more pros.
func crowd(w *world, n int) []party.Actor {
	w.Helper()
	var many []party.Actor
	change := store.Change{Event: store.Event{ID: "evt_crowd", Subject: store.Ref{Kind: store.Profile, ID: "crowd"}, At: noon}}
	for i := range n {
		a := person(fmt.Sprintf("pro-%02d", i), party.Pro)
		many = append(many, a)
		change.Records = append(change.Records, party.Profile{ID: a.ID, Version: 1, Roles: a.Roles, Active: true, Contact: party.Contact{Name: a.ID, Email: a.ID + "@example.com", Language: "en", Zone: "UTC"}})
	}
	must(w, w.Store.Commit(w.Context(), change))
	return many
}

func TestProofreadingIsRefused(t *testing.T) {
	late := func(w *world, changes ...func(*project.Brief)) string {
		ids := w.invited(w.published(changes...), ana, ben)
		a, err := w.accept(ana, ids[0])
		must(w, err)
		return a.Project
	}
	nobody := func(w *world) string { return w.working(ana).Project }
	for _, c := range []struct {
		name  string
		set   func(*world) string
		by    party.Actor
		terms func(*project.ProofreadingTerms)
		code  problem.Code
	}{
		{"of what is no translation", func(w *world) string { return late(w, video) }, agent, nil, problem.CodeStateChanged},
		{"of what is not filled", func(w *world) string { return w.published().ID }, agent, nil, problem.CodeStateChanged},
		{"that nobody came too late for", nobody, agent, nil, problem.CodeStateChanged},
		{"to its client", func(w *world) string { return late(w) }, client, nil, problem.CodeForbidden},
		{"to a pro", func(w *world) string { return late(w) }, ben, nil, problem.CodeNotFound},
		{"to quality control", func(w *world) string { return late(w) }, qc, nil, problem.CodeNotFound},
		{"of what is not there", func(*world) string { return "prj_0" }, agent, nil, problem.CodeNotFound},
		{"for 0 without a reason — R54 A22", func(w *world) string { return late(w) }, agent, func(r *project.ProofreadingTerms) { r.Reward = usd(0) }, problem.CodeZeroReward},
		{"in another currency", func(w *world) string { return late(w) }, agent, func(r *project.ProofreadingTerms) { r.Reward = ledger.Money{Minor: 1500, Currency: "EUR"} }, problem.CodeCurrencyMismatch},
		{"that was due now", func(w *world) string { return late(w) }, agent, func(r *project.ProofreadingTerms) { r.DeliverBy = noon }, problem.CodeValidation},
		{"that is due after two years", func(w *world) string { return late(w) }, agent, func(r *project.ProofreadingTerms) { r.DeliverBy = noon.AddDate(2, 0, 0).Add(ms) }, problem.CodeValidation},
		{"that may be accepted until now", func(w *world) string { return late(w) }, agent, func(r *project.ProofreadingTerms) { r.ExpiresAt = noon }, problem.CodeValidation},
		{"that may be accepted until after it is due", func(w *world) string { return late(w) }, agent, func(r *project.ProofreadingTerms) { r.ExpiresAt = noon.Add(17 * day) }, problem.CodeValidation},
	} {
		t.Run(c.name+": nothing changes — R32 B43", func(t *testing.T) {
			w := newWorld(t)
			id := c.set(w)
			commits := len(w.mem.events)
			terms := []func(*project.ProofreadingTerms){}
			if c.terms != nil {
				terms = append(terms, c.terms)
			}
			_, err := w.proofread(c.by, id, terms...)
			refused(t, err, c.code)
			if len(w.mem.events) != commits {
				t.Errorf("changed %+v", w.last())
			}
		})
	}
	t.Run("a second time, unless the first was cancelled — R32", func(t *testing.T) {
		w := newWorld(t)
		a, _ := lostBy(w, ana, ben)
		made, err := w.proofread(agent, a.Project)
		must(t, err)
		_, err = w.proofread(agent, a.Project)
		refused(t, err, problem.CodeStateChanged)
		if problem.As(err).Facts["proofreading"] != made.Project.ID {
			t.Errorf("told %+v", problem.As(err))
		}
		_, err = w.cancel(agent, made.Project.ID)
		must(t, err)
		again, err := w.proofread(agent, a.Project)
		must(t, err)
		if p := projectOf(w, a); p.Proofreading != again.Project.ID || again.Project.ID == made.Project.ID {
			t.Errorf("got %+v", p)
		}
	})
	t.Run("not for 0 where the reason is said — A22", func(t *testing.T) {
		w := newWorld(t)
		_, err := w.proofread(agent, late(w), func(r *project.ProofreadingTerms) { r.Reward, r.ZeroRewardReason = usd(0), "A favour." })
		must(t, err)
	})
}

func TestProofreadingIsSuggested(t *testing.T) {
	t.Run("to staff among what they may do with a filled translation, and why not where it cannot be — R32 A16", func(t *testing.T) {
		w := newWorld(t)
		a, _ := lostBy(w, ana, ben)
		for _, by := range []party.Actor{agent, lead, admin} {
			if o, _ := w.offer(by, a.Project, project.OfferProofreading); !o.Allowed {
				t.Errorf("%s: %+v", by.ID, o)
			}
		}
		if o, offered := w.offer(client, a.Project, project.OfferProofreading); offered {
			t.Errorf("offered to the client: %+v", o)
		}
		made, err := w.proofread(agent, a.Project)
		must(t, err)
		for id, why := range map[string]string{a.Project: "offered already", w.working(ana).Project: "Nobody", w.published().ID: "open"} {
			if o, offered := w.offer(agent, id, project.OfferProofreading); !offered || o.Allowed || !strings.Contains(o.Reason, why) {
				t.Errorf("%s: %+v", id, o)
			}
		}
		for _, id := range []string{made.Project.ID, w.working(ana, video).Project} {
			if o, offered := w.offer(agent, id, project.OfferProofreading); offered {
				t.Errorf("%s: %+v", id, o)
			}
		}
	})
}

func TestOwnWork(t *testing.T) {
	t.Run("is not proofread by who has or had the translation's seat, invited before or by hand — R32", func(t *testing.T) {
		w := newWorld(t)
		a, _ := lostBy(w, ana, ben, pat)
		made, err := w.proofread(agent, a.Project)
		must(t, err)
		_, err = w.call(agent, made.Project.ID, time.Time{}, guests(ana)...)
		refusedAt(t, err, "/invitations/0/pro")
		_, err = w.giveUp(ana, a.ID)
		must(t, err)
		_, err = w.call(agent, made.Project.ID, time.Time{}, guests(ana)...)
		refusedAt(t, err, "/invitations/0/pro")
		_, err = w.accept(ben, projectOf(w, a).Watchers[0].Again)
		must(t, err)
		id := project.InvitationID(made.Round.ID, 0)
		_, err = w.accept(ben, id)
		refused(t, err, problem.CodeOwnWork)
		seen, err := w.Invitation(t.Context(), ben, id)
		must(t, err)
		if offers := seen.Offers(ben, w.now); offers[0].Action != project.Accept || offers[0].Allowed || offers[0].Code != problem.CodeOwnWork {
			t.Errorf("offered %+v", offers)
		}
		_, err = w.accept(pat, project.InvitationID(made.Round.ID, 1))
		must(t, err)
	})
	t.Run("is not taken on by its proofreader when the translation's seat reopens: not told, not invited, refused — R32 A21", func(t *testing.T) {
		w := newWorld(t)
		a, b := proofreading(w) // Ben wants to be told when a seat reopens
		id := w.invited(w.published(contest(2)), ana)[0]
		_, err := w.giveUp(ana, a.ID)
		must(t, err)
		if told, reopened := fact[project.SeatReopened](w); reopened {
			t.Errorf("told %+v", told)
		}
		_, err = w.call(agent, a.Project, time.Time{}, guests(ben)...)
		refusedAt(t, err, "/invitations/0/pro")
		_, err = w.giveUp(ben, b.ID)
		must(t, err)
		_, err = w.accept(ben, w.invited(projectOf(w, a), ben)[0])
		must(t, err)
		_, err = w.accept(ana, id) // another project is nobody's business
		must(t, err)
	})
	t.Run("is nothing to be told of when the proofreading's seat reopens: who has taken the translation since is left out — R32 A21", func(t *testing.T) {
		w := newWorld(t)
		a, b := proofreading(w)
		late := project.InvitationID(project.RoundOf(b.Invitation), 1)
		_, err := w.watch(pat, project.Watch, late)
		must(t, err)
		_, err = w.giveUp(ana, a.ID)
		must(t, err)
		_, err = w.accept(pat, w.invited(projectOf(w, a), pat)[0])
		must(t, err)
		_, err = w.giveUp(ben, b.ID)
		must(t, err)
		if told, reopened := fact[project.SeatReopened](w); reopened {
			t.Errorf("told %+v", told)
		}
	})
	t.Run("lets the proofreading live on as its own when the translation is given up and cancelled", func(t *testing.T) {
		w := newWorld(t)
		a, b := proofreading(w)
		_, err := w.giveUp(ana, a.ID)
		must(t, err)
		_, err = w.cancel(client, a.Project)
		must(t, err)
		if held, err := w.Assignment(t.Context(), ben, b.ID); err != nil || held.Assignment.Progress.State != project.Working {
			t.Errorf("got %+v, %v", held.Assignment, err)
		}
		_, err = w.Source(t.Context(), ben, b.ID)
		refused(t, err, problem.CodeStateChanged)
	})
}

func TestSource(t *testing.T) {
	hand := func(w *world, by party.Actor, a project.Assignment, name string) {
		_, err := w.submit(by, a.ID, w.arrived(a, name))
		must(w, err)
	}
	t.Run("is the newest version that was handed in, and nothing before there is one — R32", func(t *testing.T) {
		w := newWorld(t)
		a, b := proofreading(w)
		_, err := w.Source(t.Context(), ben, b.ID)
		refused(t, err, problem.CodeNotYet)
		for n, name := range []string{"one.docx", "two.docx"} {
			w.now = noon.Add(time.Duration(n+1) * time.Hour)
			hand(w, ana, a, name)
			source, err := w.Source(t.Context(), ben, b.ID)
			must(t, err)
			if v := source.Works[0].Version; len(source.Works) != 1 || source.Title != "A subtitle" || v.Number != n+1 || v.Files[0].Name != name || !v.SubmittedAt.Equal(w.now) {
				t.Errorf("got %+v", source)
			}
			if n == 0 {
				_, err = w.revise(qc, a.ID, "Louder.")
				must(t, err)
			}
		}
	})
	t.Run("is for the proofreader, quality control and staff; not for the client, the translator or who has left — R46 B45", func(t *testing.T) {
		w := newWorld(t)
		a, b := proofreading(w)
		hand(w, ana, a, "one.docx")
		for _, by := range []party.Actor{ben, qc, agent, lead, admin} {
			_, err := w.Source(t.Context(), by, b.ID)
			must(t, err)
		}
		_, err := w.Source(t.Context(), client, b.ID)
		refused(t, err, problem.CodeForbidden)
		for _, by := range []party.Actor{ana, stranger} {
			_, err := w.Source(t.Context(), by, b.ID)
			refused(t, err, problem.CodeNotFound)
		}
		for _, id := range []string{a.ID, "asg_0"} { // proofreads nothing
			_, err := w.Source(t.Context(), admin, id)
			refused(t, err, problem.CodeNotFound)
		}
		_, err = w.giveUp(ben, b.ID)
		must(t, err)
		_, err = w.Source(t.Context(), ben, b.ID)
		refused(t, err, problem.CodeStateChanged)
		_, err = w.Source(t.Context(), agent, b.ID)
		must(t, err)
	})
	t.Run("of a contest is what each of its seats handed in, and of picked winners theirs — A14", func(t *testing.T) {
		w := newWorld(t)
		p := w.published(contest(2))
		ids := w.invited(p, ana, pat, ben)
		var entries []project.Assignment
		for n, by := range []party.Actor{ana, pat} {
			a, err := w.accept(by, ids[n])
			must(t, err)
			entries = append(entries, a)
		}
		made, err := w.proofread(agent, p.ID)
		must(t, err)
		b, err := w.accept(ben, project.InvitationID(made.Round.ID, 0))
		must(t, err)
		hand(w, ana, entries[0], "one.docx")
		hand(w, pat, entries[1], "two.docx")
		source, err := w.Source(t.Context(), ben, b.ID)
		must(t, err)
		if len(source.Works) != 2 {
			t.Errorf("got %+v", source)
		}
		for _, a := range entries {
			_, err := w.pass(qc, a.ID)
			must(t, err)
		}
		_, err = w.pick(client, p.ID, entries[1].ID)
		must(t, err)
		source, err = w.Source(t.Context(), ben, b.ID)
		must(t, err)
		if len(source.Works) != 1 || source.Works[0].Assignment != entries[1].ID {
			t.Errorf("got %+v", source)
		}
	})
}
