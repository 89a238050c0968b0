package help_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callsheet/callsheet/shared/help"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

func TestClaim(t *testing.T) {
	w := newWorld(t)
	f := w.claimed()
	t.Run("is one person's; a lead does not take it by claiming either — R3", func(t *testing.T) {
		w.unchanged(func() {
			for _, by := range []party.Actor{other, lead, admin} {
				refused(t, w.did(w.Claim, by, f.ID), problem.CodeClaimedByOther)
			}
		})
	})
	t.Run("again by who has it is harmless", func(t *testing.T) { must(t, w.did(w.Claim, agent, f.ID)) })
	t.Run("keeps others from working on it, but not a lead, and nobody from leaving a note", func(t *testing.T) {
		w.unchanged(func() {
			refused(t, w.reply(other, f.ID, "Hello."), problem.CodeClaimedByOther)
			refused(t, w.did(w.Unclaim, other, f.ID), problem.CodeClaimedByOther)
			refused(t, w.resolve(other, f.ID, answered("Done.")), problem.CodeClaimedByOther)
		})
		_, err := w.Note(t.Context(), w.ask(other), f.ID, "I know this client.")
		must(t, err)
		must(t, w.reply(lead, f.ID, "We are on it."))
		if w.load(f.ID).Agent.Reveal() != agent.ID {
			t.Errorf("the lead's reply took it: %v", w.load(f.ID).Agent.Reveal())
		}
	})
	t.Run("is handed over to somebody active of the team only", func(t *testing.T) {
		w.unchanged(func() {
			for _, to := range []string{gone.ID, ana.ID, "nobody", "../x", ""} {
				_, err := w.HandOver(t.Context(), w.ask(agent), f.ID, to)
				refusedAt(t, err, "/to")
			}
			_, err := w.HandOver(t.Context(), w.ask(other), f.ID, other.ID)
			refused(t, err, problem.CodeClaimedByOther)
		})
		_, err := w.HandOver(t.Context(), w.ask(agent), f.ID, other.ID)
		must(t, err)
		if w.load(f.ID).Agent.Reveal() != other.ID {
			t.Errorf("got %+v", w.load(f.ID))
		}
		must(t, w.did(w.Unclaim, other, f.ID))
		if got := w.load(f.ID); got.Agent != "" || got.Progress.State != help.Open {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("comes with a reply to what nobody has claimed", func(t *testing.T) {
		w := newWorld(t)
		f := w.raised()
		must(t, w.reply(agent, f.ID, "Yes."))
		if got := w.load(f.ID); got.Agent.Reveal() != agent.ID || got.Progress.State != help.Claimed {
			t.Errorf("got %+v", got)
		}
	})
}

func TestWhoMay(t *testing.T) {
	w := newWorld(t)
	f := w.claimed()
	t.Run("a flag is nothing to the client, to quality control and to other pros — A9", func(t *testing.T) {
		for _, by := range []party.Actor{client, qc, ben} {
			_, err := w.Flag(t.Context(), by, f.ID)
			refused(t, err, problem.CodeNotFound)
			w.unchanged(func() {
				refused(t, w.reply(by, f.ID, "Hi."), problem.CodeNotFound)
				refused(t, w.resolve(by, f.ID, answered("Hi.")), problem.CodeNotFound)
			})
		}
	})
	t.Run("its pro sees it and does none of the team's work — R3", func(t *testing.T) {
		held, err := w.Flag(t.Context(), ana, f.ID)
		must(t, err)
		book, err := w.Policies.At(held.Flag.Policy)
		must(t, err)
		for _, o := range held.Flag.Offers(ana, book, w.now) {
			if o.Action != help.Comment && o.Action != help.Reopen {
				t.Errorf("a pro is offered %s", o.Action)
			}
		}
		w.unchanged(func() {
			refused(t, w.reply(ana, f.ID, "Hi."), problem.CodeForbidden)
			refused(t, w.did(w.Claim, ana, f.ID), problem.CodeForbidden)
			refused(t, w.resolve(ana, f.ID, answered("Hi.")), problem.CodeForbidden)
		})
	})
	t.Run("one's own flag is nobody's of the team to work on who raised it: no claim, answer, outcome or yes of theirs — I30 A2", func(t *testing.T) {
		both := person("bo", party.Pro, party.Lead)
		held, err := w.raise(both, help.HigherReward, "")
		must(t, err)
		id := held.Flag.ID
		_, err = w.Flag(t.Context(), person(client.ID, party.Client, party.Lead), id)
		refused(t, err, problem.CodeNotFound) // nor the client's, who see no flags of their projects (A9)
		w.unchanged(func() {
			refused(t, w.did(w.Claim, both, id), problem.CodeForbidden)
			refused(t, w.reply(both, id, "Dear me."), problem.CodeForbidden)
			refused(t, w.resolve(both, id, little), problem.CodeForbidden)
		})
		must(t, w.did(w.Claim, agent, id))
		w.unchanged(func() {
			refused(t, w.reply(both, id, "Dear me."), problem.CodeForbidden)
			refused(t, w.did(w.Unclaim, both, id), problem.CodeForbidden)
		})
		must(t, w.resolve(agent, id, much))
		w.unchanged(func() { refused(t, w.did(w.Agree, both, id), problem.CodeForbidden) })
		must(t, w.did(w.Agree, lead, id))
		for _, o := range w.load(id).Offers(both, w.Policies.Current(), w.now) {
			if o.Action != help.Comment && o.Action != help.Reopen {
				t.Errorf("they are offered %s", o.Action)
			}
		}
		w.now = w.now.Add(numbers.Reopen)
		w.unchanged(func() { refused(t, w.reopen(both, id), problem.CodeDeadlinePassed) })
		w.now = noon
	})
	t.Run("its pro is not handed it over, though they are on the team — I30", func(t *testing.T) {
		both := party.Profile{ID: "boy", Version: 1, Roles: []lifecycle.Role{party.Pro, party.Agent}, Active: true}
		must(t, w.mem.Commit(t.Context(), store.Change{Records: []store.Record{both}}))
		held, err := w.raise(both.Actor(), help.MoreTime, "")
		must(t, err)
		w.unchanged(func() {
			_, err := w.HandOver(t.Context(), w.ask(agent), held.Flag.ID, both.ID)
			refusedAt(t, err, "/to")
		})
		must(t, w.did(w.Claim, agent, held.Flag.ID))
		i := slices.IndexFunc(w.load(held.Flag.ID).Offers(both.Actor(), w.Policies.Current(), w.now), func(o lifecycle.Offer) bool { return o.Action == help.Comment && o.Allowed })
		if i < 0 {
			t.Error("they may not add to it")
		}
	})
	t.Run("offers say what one may do now, and why not", func(t *testing.T) {
		offers := w.load(f.ID).Offers(other, w.Policies.Current(), w.now)
		i := slices.IndexFunc(offers, func(o lifecycle.Offer) bool { return o.Action == help.Reply })
		if offers[i].Allowed || offers[i].Code != problem.CodeClaimedByOther || offers[i].Reason == "" {
			t.Errorf("got %+v", offers[i])
		}
	})
	t.Run("lists are for whose they are", func(t *testing.T) {
		_, err := w.Queue(t.Context(), ana, help.QueueFilter{}, 10, nil)
		refused(t, err, problem.CodeForbidden)
		_, err = w.FlagsOf(t.Context(), agent)
		refused(t, err, problem.CodeForbidden)
		_, err = w.QuestionsOf(t.Context(), ana, 10, nil)
		refused(t, err, problem.CodeForbidden)
		_, err = w.Figures(t.Context(), ana, noon, noon.AddDate(0, 1, 0), noon)
		refused(t, err, problem.CodeForbidden)
		flags, err := w.FlagsOf(t.Context(), ana)
		if err != nil || len(flags) != 1 || flags[0].ID != f.ID {
			t.Errorf("%v, %v", flags, err)
		}
	})
}

func TestWait(t *testing.T) {
	t.Run("stops the delivery deadline with a reason, and lets it go on — A4", func(t *testing.T) {
		w := newWorld(t)
		f := w.claimed()
		w.unchanged(func() {
			_, err := w.Wait(t.Context(), w.ask(agent), f.ID, "")
			refusedAt(t, err, "/reason")
		})
		_, err := w.Wait(t.Context(), w.ask(agent), f.ID, "The client is on a plane.")
		must(t, err)
		w.now = w.now.Add(time.Hour)
		must(t, w.did(w.Resume, agent, f.ID))
		want := []help.Relief{{Flag: f.ID, Hold: "The client is on a plane."}, {Flag: f.ID, Resume: true}}
		if len(w.relief) != 2 || w.relief[0].Hold != want[0].Hold || !w.relief[1].Resume {
			t.Errorf("got %+v", w.relief)
		}
		resumed := w.last().Facts[0].(help.FlagResumed)
		if resumed.Waited != time.Hour || resumed.Why != "The client is on a plane." || resumed.Answered {
			t.Errorf("got %+v", resumed)
		}
		refused(t, w.did(w.Resume, agent, f.ID), problem.CodeStateChanged)
	})
}

func TestQuestion(t *testing.T) {
	w := newWorld(t)
	f := w.claimed()
	must(t, w.askClient(agent, f.ID))
	q := latest[help.Question](w.mem)[0]
	t.Run("is the client's own object, mailed, and says nothing of the flag — R20 A9", func(t *testing.T) {
		got, err := w.Question(t.Context(), client, q.ID)
		must(t, err)
		if asked := w.last().Facts[0].(help.ClientAsked); !asked.Working {
			t.Errorf("the client is not told that a delivery waits: %+v", asked)
		}
		if got.Text != "Which voice?" || got.Client != client.ID || strings.Contains(got.Title+got.Text, f.ID) || !w.last().Outbox || w.last().Subject != q.Ref() {
			t.Errorf("got %+v, event %+v", got, w.last())
		}
		for _, by := range []party.Actor{ana, ben, qc, person("carl", party.Client)} {
			_, err := w.Question(t.Context(), by, q.ID)
			refused(t, err, problem.CodeNotFound)
		}
	})
	t.Run("is not asked where the client has no active account: nobody would be told, and the work would stand still", func(t *testing.T) {
		w := newWorld(t)
		f := w.claimed()
		away := party.Profile{ID: client.ID, Version: 2, Roles: client.Roles}
		must(t, w.mem.Commit(t.Context(), store.Change{Records: []store.Record{away}}))
		w.unchanged(func() { refused(t, w.askClient(agent, f.ID), problem.CodeRecipientInactive) })
		_, err := w.Wait(t.Context(), w.ask(agent), f.ID, "We call the client.")
		must(t, err)
	})
	t.Run("is answered by its client only, in words", func(t *testing.T) {
		w.unchanged(func() {
			refused(t, w.answer(agent, q.ID), problem.CodeForbidden)
			_, err := w.Answer(t.Context(), w.ask(client), q.ID, "\n")
			refusedAt(t, err, "/answer")
		})
	})
	t.Run("returns to the flag with its answer and ends the wait, in one commit — R20", func(t *testing.T) {
		w.now = w.now.Add(3 * time.Hour)
		must(t, w.answer(client, q.ID))
		got := w.load(f.ID)
		if got.Progress.State != help.Claimed || got.Waited != 3*time.Hour || got.Agent.Reveal() != agent.ID || !w.relief[len(w.relief)-1].Resume {
			t.Errorf("got %+v", got)
		}
		if !slices.Contains(w.facts(f.ID), "client.answered") || latest[help.Question](w.mem)[0].Answer != "The low one." {
			t.Errorf("got %v", w.facts(f.ID))
		}
		w.unchanged(func() { refused(t, w.answer(client, q.ID), problem.CodeStateChanged) })
	})
	t.Run("is withdrawn when the flag goes on without it", func(t *testing.T) {
		for name, end := range map[string]func(id string) error{
			"resumed":  func(id string) error { return w.did(w.Resume, agent, id) },
			"resolved": func(id string) error { return w.resolve(agent, id, answered("Never mind.")) },
		} {
			w = newWorld(t)
			f := w.claimed()
			must(t, w.askClient(agent, f.ID))
			must(t, end(f.ID))
			q := latest[help.Question](w.mem)[0]
			if q.Progress.State != help.Withdrawn {
				t.Errorf("%s: %+v", name, q)
			}
			w.unchanged(func() { refused(t, w.answer(client, q.ID), problem.CodeStateChanged) })
		}
	})
}

// much is a reward that takes a second person, little one that does not.
var (
	much   = help.Outcome{Kind: help.RewardAdjusted, Text: "You are right.", Amount: usd(35_001)}
	little = help.Outcome{Kind: help.RewardAdjusted, Text: "You are right.", Amount: usd(35_000)}
)

func TestResolve(t *testing.T) {
	sound := map[help.Kind]help.Outcome{
		help.ByAnswer:         answered("Yes."),
		help.Declined:         {Kind: help.Declined, Text: "Sorry, no."},
		help.AssetSupplied:    {Kind: help.AssetSupplied, Text: "Here.", Assets: []help.Asset{{Name: "music", URL: "https://x.example/m.wav"}}},
		help.DeadlineExtended: {Kind: help.DeadlineExtended, Text: "Two days.", To: noon.AddDate(0, 0, 9)},
		help.RewardAdjusted:   little,
		help.ProjectCorrected: {Kind: help.ProjectCorrected, Text: "Three minutes.", Brief: "Three minutes of film."},
	}
	t.Run("reaches the pro at once, keeps the promise, and hands the outcome to the work — R5 A5", func(t *testing.T) {
		for kind, o := range sound {
			w := newWorld(t)
			held, err := w.raise(ana, help.Other, "Help.")
			must(t, err)
			must(t, w.resolve(agent, held.Flag.ID, o))
			got := w.load(held.Flag.ID)
			if got.Progress.State != help.Resolved || got.Outcome.Kind != kind || got.RespondedAt.IsZero() || len(got.Progress.Deadlines) != 0 || !w.last().Outbox {
				t.Errorf("%s: %+v", kind, got)
			}
			if len(w.relief) != 1 || w.relief[0].Outcome.Kind != kind || w.relief[0].Agreed {
				t.Errorf("%s: %+v", kind, w.relief)
			}
			if queue, err := w.Queue(t.Context(), agent, help.QueueFilter{}, 10, nil); err != nil || len(queue.Items) != 0 {
				t.Errorf("%s: still in the queue", kind)
			}
		}
	})
	t.Run("takes the values of its own kind, and words — A5", func(t *testing.T) {
		w := newWorld(t)
		held, err := w.raise(ana, help.Other, "Help.")
		must(t, err)
		for pointer, spoil := range map[string]func(*help.Outcome){
			"/outcome": func(o *help.Outcome) { o.Kind = "magic" },
			"/text":    func(o *help.Outcome) { o.Text = " " },
			"/to":      func(o *help.Outcome) { o.To = noon.AddDate(0, 0, 1) },
			"/amount":  func(o *help.Outcome) { o.Amount = usd(1) },
			"/uploads": func(o *help.Outcome) { o.Kind = help.AssetSupplied },
			"/brief":   func(o *help.Outcome) { o.Kind = help.ProjectCorrected },
		} {
			o := answered("Yes.")
			spoil(&o)
			w.unchanged(func() { refusedAt(t, w.resolve(agent, held.Flag.ID, o), pointer) })
		}
	})
	t.Run("takes the files that the team announced, each once and not too many, and keeps none of a resolution that is refused — A5", func(t *testing.T) {
		w := newWorld(t)
		held, err := w.raise(ana, help.MissingAssets, "")
		must(t, err)
		var many []string
		for n := range numbers.Attachments + 1 {
			many = append(many, fmt.Sprint("fil_", n))
			w.files[help.FileKey(help.FolderOf(agent), many[n])] = help.File{Name: "music.wav", Size: 7}
		}
		resolve := func(o help.Outcome, uploads ...string) error {
			_, err := w.Resolve(t.Context(), w.ask(agent), held.Flag.ID, o, uploads)
			return err
		}
		supplied := help.Outcome{Kind: help.AssetSupplied, Text: "Here."}
		w.unchanged(func() {
			refusedAt(t, resolve(supplied, many...), "/uploads")
			refusedAt(t, resolve(supplied, "fil_1", "fil_1"), "/uploads/1")
			refusedAt(t, resolve(answered("Here."), "fil_1"), "/uploads")
			refused(t, resolve(supplied, "fil_x"), problem.CodeUploadMissing)
			w.refuses = problem.New(problem.CodeStateChanged, "The work is done.")
			refused(t, resolve(supplied, "fil_1"), problem.CodeStateChanged)
			w.refuses = nil
		})
		if len(w.kept) != 0 {
			t.Errorf("kept %v", w.kept)
		}
		must(t, resolve(supplied, "fil_1", "fil_2"))
		if len(w.kept) != 2 || len(w.load(held.Flag.ID).Outcome.Files) != 2 {
			t.Errorf("kept %v, outcome %+v", w.kept, w.load(held.Flag.ID).Outcome)
		}
	})
	t.Run("is one of those that its reason may lead to", func(t *testing.T) {
		w := newWorld(t)
		f := w.raised()
		w.unchanged(func() { refusedAt(t, w.resolve(agent, f.ID, little), "/outcome") })
	})
	t.Run("changes nothing where the work refuses", func(t *testing.T) {
		w := newWorld(t)
		f := w.raised()
		w.refuses = problem.New(problem.CodeStateChanged, "The work is done.")
		w.unchanged(func() { refused(t, w.resolve(agent, f.ID, sound[help.DeadlineExtended]), problem.CodeStateChanged) })
	})
	t.Run("of a reward above the policy's rise takes a second person, never one twice — R16 A5", func(t *testing.T) {
		w := newWorld(t)
		held, err := w.raise(ana, help.HigherReward, "")
		must(t, err)
		id := held.Flag.ID
		must(t, w.did(w.Claim, lead, id))
		w.unchanged(func() {
			w.refuses = problem.New(problem.CodeStateChanged, "The reward is on hold.")
			refused(t, w.resolve(lead, id, much), problem.CodeStateChanged) // nobody is asked to agree to what cannot be
			w.refuses = nil
		})
		must(t, w.resolve(lead, id, much))
		w.relief = nil
		if got := w.load(id); got.Progress.State != help.Proposed || !got.RespondedAt.IsZero() || w.last().Facts[0].(help.FlagProposed).By.Reveal() != lead.ID {
			t.Errorf("got %+v, %+v", got, w.last())
		}
		w.unchanged(func() {
			refused(t, w.did(w.Agree, lead, id), problem.CodeOwnWork)
			refused(t, w.did(w.Agree, other, id), problem.CodeForbidden)
			refused(t, w.did(w.Agree, ana, id), problem.CodeForbidden)
		})
		must(t, w.did(w.Agree, admin, id))
		if got := w.load(id); got.Progress.State != help.Resolved || got.Outcome.Amount != usd(35_001) || len(w.relief) != 1 || !w.relief[0].Agreed {
			t.Errorf("got %+v, %+v", got, w.relief)
		}
	})
	t.Run("of a reward up to that rise takes one", func(t *testing.T) {
		w := newWorld(t)
		held, err := w.raise(ana, help.HigherReward, "")
		must(t, err)
		must(t, w.resolve(agent, held.Flag.ID, little))
		if got := w.load(held.Flag.ID); got.Progress.State != help.Resolved {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("that is refused by the second person goes back to who proposed it, with the reason for the team", func(t *testing.T) {
		w := newWorld(t)
		held, err := w.raise(ana, help.HigherReward, "")
		must(t, err)
		must(t, w.did(w.Claim, agent, held.Flag.ID))
		must(t, w.resolve(agent, held.Flag.ID, much))
		_, err = w.Refuse(t.Context(), w.ask(lead), held.Flag.ID, "Too much.")
		must(t, err)
		if got := w.load(held.Flag.ID); got.Progress.State != help.Claimed || got.Proposal.By != "" || got.Agent.Reveal() != agent.ID {
			t.Errorf("got %+v", got)
		}
	})
}

func TestReopen(t *testing.T) {
	t.Run("is the pro's for the policy's window, and staff's for ever; it starts a new promise — R5", func(t *testing.T) {
		for _, edge := range edges {
			w := newWorld(t)
			f := w.resolved()
			w.now = f.ResolvedAt.Add(numbers.Reopen + edge.by)
			err := w.reopen(ana, f.ID)
			if edge.passed {
				refused(t, err, problem.CodeDeadlinePassed)
				err = w.reopen(agent, f.ID)
			}
			must(t, err)
			got := w.load(f.ID)
			if got.Progress.State != help.Open || got.Agent != "" || !got.AnswerBy.Equal(w.now.Add(12*time.Hour)) || len(got.Progress.Deadlines) != 2 || !got.RespondedAt.Equal(f.RespondedAt) {
				t.Errorf("%s: %+v", edge.name, got)
			}
		}
	})
	t.Run("needs a reason in words", func(t *testing.T) {
		w := newWorld(t)
		f := w.resolved()
		w.unchanged(func() {
			_, err := w.Reopen(t.Context(), w.ask(ana), f.ID, "")
			refusedAt(t, err, "/comment")
		})
	})
	t.Run("gives way to an open flag for the same reason — A6", func(t *testing.T) {
		w := newWorld(t)
		f := w.resolved()
		held, err := w.raise(ana, help.MoreTime, "Once more.")
		must(t, err)
		w.unchanged(func() {
			err := w.reopen(ana, f.ID)
			refused(t, err, problem.CodeStateChanged)
			if problem.As(err).Facts["flag"] != held.Flag.ID {
				t.Errorf("got %+v", problem.As(err).Facts)
			}
		})
	})
}

func TestFigures(t *testing.T) {
	w := newWorld(t)
	for n := range 20 {
		w.now = noon.AddDate(0, 0, n*2).Add(time.Duration(n) * time.Second)
		held, err := w.raise(ana, []help.Reason{help.MoreTime, help.HigherReward}[n%2], "")
		must(t, err)
		raised := w.now
		w.now = raised.Add(time.Duration(n+1) * time.Hour)
		w.sweep()
		must(t, w.reply(lead, held.Flag.ID, "Hm."))
		if n != 19 {
			w.now = raised.Add(30 * time.Hour)
			must(t, w.resolve(lead, held.Flag.ID, answered("Yes.")))
		}
	}
	figures := func(from, to time.Time) []help.Figure {
		got, err := w.Figures(t.Context(), lead, from, to, w.now)
		must(t, err)
		return got
	}
	t.Run("tell open, breached, median and p95 over any period, all together and by reason — R4", func(t *testing.T) {
		all := figures(noon, noon.AddDate(1, 0, 0))
		if len(all) != 3 || all[0].Raised != 20 || all[0].Open != 1 || all[0].Breached != 9 || all[0].Response != (help.Spread{Count: 20, Median: 10 * time.Hour, P95: 19 * time.Hour}) ||
			all[0].Resolved != (help.Spread{Count: 19, Median: 30 * time.Hour, P95: 30 * time.Hour}) {
			t.Errorf("got %+v", all)
		}
		if all[1].Reason != help.HigherReward || all[1].Raised != 10 || all[2].Reason != help.MoreTime || all[2].Response.Median != 9*time.Hour {
			t.Errorf("got %+v", all[1:])
		}
	})
	t.Run("count what was raised in a half-open period", func(t *testing.T) {
		second := noon.AddDate(0, 0, 2).Add(time.Second)
		if got := figures(noon, second)[0].Raised; got != 1 {
			t.Errorf("got %d", got)
		}
		if got := figures(second, second.Add(ms))[0].Raised; got != 1 {
			t.Errorf("got %d", got)
		}
		if got := figures(noon.AddDate(-1, 0, 0), noon); got[0].Raised != 0 || got[0].Response != (help.Spread{}) {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("are refused for no period, one that ends before it begins, and one that is too long", func(t *testing.T) {
		for _, to := range []time.Time{noon, noon.Add(-ms), noon.AddDate(0, 13, 0).Add(ms)} {
			_, err := w.Figures(t.Context(), lead, noon, to, w.now)
			refusedAt(t, err, "to")
		}
	})
}

func TestLegacyPro(t *testing.T) {
	w := newWorld(t)
	try := func(by party.Actor, reference, pro string, expires time.Time) error {
		var wrong problem.Fields
		_, err := w.LegacyPro(t.Context(), by, reference, pro, expires, noon, &wrong)
		return err
	}
	soon := noon.Add(time.Hour)
	t.Run("is an active pro, for a reference, until an instant ahead; the team makes links — R18 R19", func(t *testing.T) {
		must(t, try(agent, "OLD-77", ana.ID, soon))
		refused(t, try(ana, "OLD-77", ana.ID, soon), problem.CodeForbidden)
		for _, reference := range []string{"", "../x", "a b", "a/b", strings.Repeat("a", 65)} {
			refusedAt(t, try(agent, reference, ana.ID, soon), "/reference")
		}
		for _, pro := range []string{"", "nobody", client.ID, gone.ID, "a/b"} {
			refusedAt(t, try(agent, "OLD-77", pro, soon), "/pro")
		}
		for _, expires := range []time.Time{noon, noon.Add(numbers.Link + ms)} {
			refusedAt(t, try(agent, "OLD-77", ana.ID, expires), "/expiresAt")
		}
		must(t, try(agent, "OLD-77", ana.ID, noon.Add(numbers.Link)))
	})
}

// TestStale: a decision on data a moment old is committed only if nobody was quicker, and a refusal is believed fresh.
func TestStale(t *testing.T) {
	w := newWorld(t)
	f := w.raised()
	must(t, w.did(w.Claim, other, f.ID))
	must(t, w.did(w.Unclaim, other, f.ID))
	w.mem.behind = func(ref store.Ref) bool { return ref.Kind == store.Flag }
	must(t, w.did(w.Claim, agent, f.ID)) // a stale read still shows other's claim
	if got := w.load(f.ID); got.Agent.Reveal() != agent.ID {
		t.Errorf("got %+v", got)
	}
}
