package notice

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callsheet/callsheet/shared/help"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// reached lists who gets a notice of a fact.
func reached(t *testing.T, w *world, notice string, fact store.Fact) []string {
	t.Helper()
	tell(t, w, event(fact))
	var to []string
	for _, m := range w.about(notice) {
		to = append(to, addresses(m)...)
	}
	slices.Sort(to)
	return to
}

func TestDesk(t *testing.T) {
	team := func() *world {
		return newWorld(
			profile("pro", "en", party.Pro), profile("abel", "en", party.Agent), profile("alma", "en", party.Agent),
			profile("lena", "en", party.Lead), profile("liam", "en", party.Lead), profile("lost", "en", party.Agent),
		)
	}
	told := help.Told{ID: "flg_1", Project: "prj_1", Title: "A film", Pro: "pro", InCharge: "abel", Reason: help.MoreTime}
	raised := func(change func(*help.Told)) help.FlagRaised {
		f := help.FlagRaised{Flag: told, Reason: told.Reason, AnswerBy: now.Add(12 * time.Hour)}
		change(&f.Flag)
		return f
	}
	for name, c := range map[string]struct {
		fact store.Fact
		want []string
	}{
		"is the agent in charge":                              {raised(func(*help.Told) {}), []string{"abel@people.example.com"}},
		"is who has claimed the flag":                         {raised(func(f *help.Told) { f.Agent = "alma" }), []string{"alma@people.example.com"}},
		"are all leads where a flag is nobody's — R22":        {raised(func(f *help.Told) { f.InCharge = "" }), []string{"lena@people.example.com", "liam@people.example.com"}},
		"are all leads where the one in charge is gone":       {raised(func(f *help.Told) { f.InCharge = "nobody" }), []string{"lena@people.example.com", "liam@people.example.com"}},
		"is the agent and all leads where the reason says so": {raised(func(f *help.Told) { f.Reason = help.HigherReward }), []string{"abel@people.example.com", "lena@people.example.com", "liam@people.example.com"}},
		"is a lead once, also one who works on the flag":      {raised(func(f *help.Told) { f.Reason, f.Agent = help.HigherReward, "lena" }), []string{"lena@people.example.com", "liam@people.example.com"}},
	} {
		t.Run("of a flag "+name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, reached(t, team(), "flag_raised", c.fact)); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("of a breach are the leads, whoever worked on the flag — A8", func(t *testing.T) {
		f := help.FlagBreached{Flag: told, AnswerBy: now}
		f.Flag.Agent = "alma"
		if diff := cmp.Diff([]string{"lena@people.example.com", "liam@people.example.com"}, reached(t, team(), "flag_breached", f)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestBreach(t *testing.T) {
	breached := samples()["flag_breached"].(help.FlagBreached)
	answered, held := breached, breached
	answered.AnsweredAt, held.Held = now.Add(time.Minute), true
	for _, c := range []struct {
		name      string
		fact      help.FlagBreached
		says, not map[string]string
	}{
		{"that nobody answered asks for an answer by whoever is free", breached,
			map[string]string{"en": "free for anybody to take. Please see", "es": "cualquiera puede atenderla. Asegúrate"}, map[string]string{"en": "It was answered", "es": "Se respondió"}},
		{"that waits for somebody says so", held,
			map[string]string{"en": "still waits for the client or for a second person. Please see", "es": "sigue esperando al cliente o a una segunda persona. Asegúrate"}, map[string]string{"en": "free for anybody", "es": "cualquiera"}},
		{"that came with the answer asks for nothing", answered,
			map[string]string{"en": "It was answered on ", "es": "Se respondió el "}, map[string]string{"en": "Please", "es": "Asegúrate"}},
	} {
		for language, says := range c.says {
			t.Run("a broken promise "+c.name+", in "+language+" — A8 B85", func(t *testing.T) {
				w := inLanguage(language)
				tell(t, w, event(c.fact))
				m := w.about("flag_breached")[0]
				for _, body := range []string{m.Text, regexp.MustCompile(`</?strong>`).ReplaceAllString(m.HTML, "")} {
					if !strings.Contains(body, says) || strings.Contains(body, c.not[language]) {
						t.Errorf("lacks %q or has %q:\n%s", says, c.not[language], body)
					}
				}
			})
		}
	}
}

func TestClientIsAsked(t *testing.T) {
	asked, answered := samples()["question"].(help.ClientAsked), samples()["question_answered"].(help.ClientAnswered)
	asked.Working, answered.Flag.Assignment = false, ""
	for notice, c := range map[string]struct {
		nobody store.Fact // works on it
		waits  map[string]string
	}{
		"question":          {asked, map[string]string{"en": "The delivery waits", "es": "La entrega espera"}},
		"question_answered": {answered, map[string]string{"en": "so does the delivery deadline", "es": "también el plazo de entrega"}},
	} {
		for language, waits := range c.waits {
			t.Run(notice+"."+language+" speaks of a delivery only where somebody works on one — R20 A4", func(t *testing.T) {
				for fact, want := range map[store.Fact]bool{samples()[notice]: true, c.nobody: false} {
					w := inLanguage(language)
					tell(t, w, event(fact))
					m := w.about(notice)[0]
					if strings.Contains(m.Text, waits) != want || strings.Contains(m.HTML, waits) != want {
						t.Errorf("%+v: %s", fact, m.Text)
					}
				}
			})
		}
	}
}

func TestSecondPersonIsAsked(t *testing.T) {
	team := func() *world {
		return newWorld(profile("abel", "en", party.Agent), profile("lena", "en", party.Lead), profile("liam", "en", party.Lead))
	}
	for proposer, want := range map[string][]string{"abel": {"lena@people.example.com", "liam@people.example.com"}, "lena": {"liam@people.example.com"}} {
		t.Run("by a mail to every lead but who proposed it, here "+proposer+" — R56 R106 A39 I30", func(t *testing.T) {
			f := samples()["proposed"].(project.AdjustmentProposed)
			f.Proposer = party.Hidden(proposer)
			if diff := cmp.Diff(want, reached(t, team(), "proposed", f)); diff != "" {
				t.Error(diff)
			}
		})
		t.Run("of a higher reward that a flag asks for, here by "+proposer+" — R16 A5 I30", func(t *testing.T) {
			f := samples()["flag_proposed"].(help.FlagProposed)
			f.By = party.Hidden(proposer)
			if diff := cmp.Diff(want, reached(t, team(), "flag_proposed", f)); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("and no lead is told of a flag of their own", func(t *testing.T) {
		for _, name := range []string{"flag_proposed", "flag_breached"} {
			fact := samples()[name]
			w := newWorld(profile("pro", "en", party.Pro, party.Lead), profile("lena", "en", party.Lead))
			if diff := cmp.Diff([]string{"lena@people.example.com"}, reached(t, w, name, fact)); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
	})
	t.Run("and leads are told that a mail waits in quarantine, and nothing of what it says — R30", func(t *testing.T) {
		if diff := cmp.Diff([]string{"lena@people.example.com", "liam@people.example.com"}, reached(t, team(), "quarantined", samples()["quarantined"])); diff != "" {
			t.Error(diff)
		}
	})
}

func TestWhoIsOnIt(t *testing.T) {
	fact := project.ProjectCorrected{Project: "prj_1", Title: "A film", Rounds: []string{"rnd_1"}, Won: []string{"inv_1-1"}, Open: true, Said: "Three minutes."}
	t.Run("are who has a seat and who may still take one, and not who said no — A5", func(t *testing.T) {
		want := []string{"ana@people.example.com", "bob@people.example.com", "carla@people.example.com"}
		if diff := cmp.Diff(want, reached(t, newWorld(round()), "corrected", fact)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("are who has a seat alone, once the others cannot accept any more", func(t *testing.T) {
		filled := fact
		filled.Open = false
		over := round()
		over.ExpiresAt = now
		for _, w := range []*world{newWorld(round()), newWorld(over)} {
			if diff := cmp.Diff([]string{"ana@people.example.com"}, reached(t, w, "corrected", filled)); diff != "" {
				t.Error(diff)
			}
			filled.Open = true // but the round is over
		}
		filled.Closed = []string{"rnd_1"} // and this one was, when its last seat went, although one has reopened since
		if diff := cmp.Diff([]string{"ana@people.example.com"}, reached(t, newWorld(round()), "corrected", filled)); diff != "" {
			t.Error(diff)
		}
	})
}
