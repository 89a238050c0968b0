package notice

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template/parse"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

var update = flag.Bool("update", false, "write the golden mails")

// each runs test for the first message of every notice in every language.
func each(t *testing.T, test func(t *testing.T, n Notice, language string, m Message)) {
	for _, n := range named() {
		for _, language := range party.Languages() {
			t.Run(n.Name+"."+language, func(t *testing.T) {
				w := inLanguage(language)
				tell(t, w, event(samples()[n.Name]))
				if len(w.about(n.Name)) == 0 {
					t.Fatal("nobody was told")
				}
				test(t, n, language, w.about(n.Name)[0])
			})
		}
	}
}

func printed(m Message) string {
	var b strings.Builder
	fmt.Fprintf(&b, "From: %s\nReply-To: %s\nEnvelope: %v\nUndisclosed: %t\nSubject: %s\n", m.From.String(), m.ReplyTo.String(), addresses(m), m.Undisclosed, m.Subject)
	fmt.Fprintf(&b, "Date: %s\nMessage-ID: %s\nReferences: %s\n", m.Date, m.ID, m.Thread)
	if m.InReplyTo != "" {
		fmt.Fprintf(&b, "In-Reply-To: %s\n", m.InReplyTo)
	}
	for _, h := range m.Headers {
		fmt.Fprintf(&b, "%s: %s\n", h.Name, h.Value)
	}
	return b.String() + "\n" + m.Text + "\n" + m.HTML
}

func addresses(m Message) []string {
	var list []string
	for _, a := range m.To {
		list = append(list, a.Address)
	}
	return list
}

func TestGoldenMails(t *testing.T) {
	each(t, func(t *testing.T, n Notice, language string, m Message) {
		path := filepath.Join("testdata", n.Name+"."+language+".txt")
		if *update {
			if err := os.WriteFile(path, []byte(printed(m)), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), printed(m)); diff != "" {
			t.Errorf("%s is not what we send (go test -update writes it):\n%s", path, diff)
		}
	})
}

var (
	tag   = regexp.MustCompile(`<[a-z][^>]*>`)
	style = regexp.MustCompile(`style="([^"]*)"`)
	link  = regexp.MustCompile(`href="([^"]*)"`)
)

func TestMarkup(t *testing.T) {
	each(t, func(t *testing.T, _ Notice, language string, m Message) {
		for _, banned := range []string{"<style", "<link", "<img", "<script", "src=", "url(", "class=", "background=", "ZgotmplZ", "<no value>", "0001"} {
			if strings.Contains(m.HTML, banned) {
				t.Errorf("has %s", banned)
			}
		}
		for _, wanted := range []string{`<html lang="` + language + `">`, `name="color-scheme" content="light dark"`, "<title>"} {
			if !strings.Contains(m.HTML, wanted) {
				t.Errorf("lacks %s", wanted)
			}
		}
		for _, s := range style.FindAllStringSubmatch(m.HTML, -1) {
			for _, blinding := range []string{"#fff", "#000", "white;", "black"} {
				if strings.Contains(s[1], blinding) {
					t.Errorf("%s cannot follow a dark mode: %s", blinding, s[1])
				}
			}
			if strings.Contains(s[1], "background") && !strings.Contains(s[1], "; color:") {
				t.Errorf("a background without its text colour: %s", s[1])
			}
		}
		for _, el := range tag.FindAllString(m.HTML, -1) {
			if strings.HasPrefix(el, "<table") && !strings.Contains(el, `role="presentation"`) {
				t.Errorf("a screen reader reads this table aloud: %s", el)
			}
		}
		for _, l := range link.FindAllStringSubmatch(m.HTML, -1) {
			if !strings.HasPrefix(l[1], site.URL+"/") && l[1] != site.Support {
				t.Errorf("a link that is not ours or not absolute: %s", l[1])
			}
			if !strings.Contains(m.Text, l[1]) {
				t.Errorf("the text lacks the link %s", l[1])
			}
		}
		if !strings.Contains(m.HTML, site.Support) || !strings.Contains(m.Text, site.Support) {
			t.Error("does not say where questions go (R57)")
		}
	})
}

func TestLanguages(t *testing.T) {
	t.Run("have the same files", func(t *testing.T) {
		names := map[string][]string{}
		for _, language := range party.Languages() {
			err := fs.WalkDir(files, "templates/"+language, func(_ string, d fs.DirEntry, err error) error {
				if err == nil && !d.IsDir() {
					names[language] = append(names[language], d.Name())
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		want := []string{"frame.txt"}
		for _, n := range named() {
			want = append(want, n.Name+".txt", n.Name+".html")
		}
		slices.Sort(want)
		for _, language := range party.Languages() {
			if diff := cmp.Diff(want, names[language]); diff != "" {
				t.Errorf("%s: %s", language, diff)
			}
		}
	})
	for _, n := range named() {
		t.Run("say the same in "+n.Name, func(t *testing.T) {
			en, es := wordings()["en/"+n.Name], wordings()["es/"+n.Name]
			for _, part := range []string{"subject", "body", "label", "why", "greeting", "questions"} {
				a, b := variables(en.text.Lookup(part).Root), variables(es.text.Lookup(part).Root)
				if diff := cmp.Diff(a, b); diff != "" {
					t.Errorf("%s: %s", part, diff)
				}
			}
			text := variables(en.text.Lookup("body").Root)
			for language, w := range map[string]wording{"en": en, "es": es} {
				if diff := cmp.Diff(text, variables(w.html.Lookup("body").Tree.Root)); diff != "" {
					t.Errorf("HTML in %s: %s", language, diff)
				}
			}
		})
	}
}

// variables are the fields and methods that a template names, each once, in the order of the alphabet.
func variables(n parse.Node) []string {
	found := map[string]bool{}
	for _, v := range regexp.MustCompile(`\$?\.[A-Z][A-Za-z.]*`).FindAllString(actions(n.String()), -1) {
		found[strings.TrimPrefix(v, "$")] = true
	}
	var list []string
	for v := range found {
		list = append(list, v)
	}
	slices.Sort(list)
	return list
}

func actions(source string) string {
	return strings.Join(regexp.MustCompile(`{{[^}]*}}`).FindAllString(source, -1), " ")
}

func TestNobodyIsGivenAway(t *testing.T) {
	for _, n := range named() {
		t.Run(n.Name, func(t *testing.T) {
			w := inLanguage("en")
			tell(t, w, event(samples()[n.Name]))
			for _, m := range w.about(n.Name) {
				m.To = nil // the envelope is not shown to anybody
				for _, hidden := range []string{"secret", "prj_1", "rwd_1", "people.example.com"} {
					if hidden == "prj_1" && n.Audience == TheAgent {
						continue // staff work with projects
					}
					if text := printed(m); strings.Contains(text, hidden) {
						t.Errorf("tells %q in\n%s", hidden, text)
					}
				}
			}
		})
	}
	t.Run("filled names no winner and no other loser", func(t *testing.T) {
		w := inLanguage("en")
		tell(t, w, event(samples()["filled"]))
		m := w.about("filled")[0]
		m.To = nil
		for _, name := range []string{"Ana", "Bob", "Carla", "Dora", "inv_1"} {
			if strings.Contains(printed(m), name) {
				t.Errorf("names %s", name)
			}
		}
	})
}

func TestWordsOfPeople(t *testing.T) {
	hostile := `<script>alert("x")</script> {{.Site}} <a href="https://evil.example.com">click</a>`
	revision := func() store.Fact {
		f := samples()["revision"].(project.RevisionRequested)
		f.Title, f.Comments = hostile, []string{hostile}
		return f
	}
	t.Run("are escaped in HTML and never read as a template", func(t *testing.T) {
		w := inLanguage("en")
		tell(t, w, event(revision()))
		m := w.sent[0]
		if strings.Contains(m.HTML, "<script>") || strings.Contains(m.HTML, `href="https://evil`) {
			t.Errorf("not escaped: %s", m.HTML)
		}
		if !strings.Contains(m.HTML, "&lt;script&gt;") || !strings.Contains(m.HTML, "{{.Site}}") || !strings.Contains(m.Text, hostile) || !strings.Contains(m.Subject, hostile) {
			t.Errorf("changed: %s\n%s\n%s", m.Subject, m.Text, m.HTML)
		}
	})
	t.Run("all comments are told, in order, each under its own bullet", func(t *testing.T) {
		w := inLanguage("es")
		tell(t, w, event(samples()["revision"]))
		want := "\n- cut 1.mov, en 00:00:12: The music is too loud.\n  From 0:12 to 0:40.\n- titles.docx, página 3: Please say “Callsheet”, not <Call sheet>.\n- Shorter.\n"
		if !strings.Contains(w.sent[0].Text, want) {
			t.Errorf("got %s", w.sent[0].Text)
		}
	})
	t.Run("as a link are only a part of its path", func(t *testing.T) {
		if got, want := site.assignment("../a?b#c"), "https://pages.example.com/assignments/..%2Fa%3Fb%23c"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

func TestMoneyTakenBack(t *testing.T) {
	adjusted, charged := samples()["adjusted"].(project.AdjustmentPosted), samples()["charged"].(project.ClientCharged)
	adjusted.Share, adjusted.Note, charged.Charge, charged.Note = adjusted.Share.Neg(), "", charged.Charge.Neg(), ""
	waiting := samples()["unfrozen"].(project.RewardUnfrozen)
	waiting.ReleaseAt, waiting.Release = time.Time{}, policy.OnClientApproval
	unmade, earlier := waiting, waiting
	unmade.Release, earlier.Release = policy.AfterHold, ""
	for _, c := range []struct {
		notice string
		fact   store.Fact
		words  map[string]string
	}{
		{"adjusted", adjusted, map[string]string{"en": "12.50 USD for “Subtítulos & más” have been taken back.", "es": "hemos retirado 12.50 USD por"}},
		{"charged", charged, map[string]string{"en": "The fee of 12.50 USD for “Subtítulos & más” has been taken back.", "es": "Hemos retirado el cargo de 12.50 USD"}},
		{"unfrozen", waiting, map[string]string{"en": "when the client approves", "es": "cuando el cliente apruebe"}},
		{"unfrozen", earlier, map[string]string{"en": "when the client approves", "es": "cuando el cliente apruebe"}},
		{"unfrozen", unmade, map[string]string{"en": "when the changes that it pays for have passed", "es": "cuando los cambios que paga superan"}},
	} {
		for language, want := range c.words {
			t.Run(c.notice+"."+language+" says so, and nothing of a note where there is none — R56", func(t *testing.T) {
				w := inLanguage(language)
				tell(t, w, event(c.fact))
				m := w.about(c.notice)[0]
				if !strings.Contains(m.Text, want) || strings.Contains(m.Text+m.HTML, "-12.50") || strings.Contains(m.HTML, "blockquote") {
					t.Errorf("lacks %q, or has a note or a sign:\n%s\n%s", want, m.Text, m.HTML)
				}
			})
		}
	}
}

func TestQuestions(t *testing.T) {
	each(t, func(t *testing.T, _ Notice, _ string, m Message) {
		if n := strings.Count(m.Text, site.Support); n != 1 {
			t.Errorf("the text names the page for questions %d times — R57:\n%s", n, m.Text)
		}
		if !strings.Contains(m.HTML, `href="`+site.Support+`"`) {
			t.Errorf("the page for questions is not linked — R57:\n%s", m.HTML)
		}
	})
	t.Run("go where the configuration says, in every notice and language — R57", func(t *testing.T) {
		for _, n := range named() {
			for _, language := range party.Languages() {
				w := inLanguage(language)
				teller := w.teller()
				teller.Site.Support = "https://elsewhere.example.com/help"
				if err := teller.Tell(t.Context(), event(samples()[n.Name]), now); err != nil {
					t.Fatal(err)
				}
				for _, m := range w.about(n.Name) {
					if strings.Contains(m.Text+m.HTML, site.Support) || !strings.Contains(m.Text, teller.Site.Support) || !strings.Contains(m.HTML, teller.Site.Support) {
						t.Errorf("%s.%s asks readers to another page:\n%s", n.Name, language, m.Text)
					}
				}
			}
		}
	})
}

func TestRewardOnHold(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*project.QCPassed)
		want string
	}{
		{"tells the instant of release with its zone", func(*project.QCPassed) {}, "on hold until Thursday 24 December 2026, 08:05 (America/New_York, UTC-5)"},
		{"tells that the client's approval releases it", func(f *project.QCPassed) { f.Release, f.ReleaseAt = policy.OnClientApproval, time.Time{} }, "when the client approves, or when the review closes by itself on Monday 22 February 2027, 08:05"},
		{"tells of a later version that what is still on hold waits for the client, since it may be credited already", func(f *project.QCPassed) {
			f.Release, f.ReleaseAt, f.Later = policy.OnClientApproval, time.Time{}, true
		}, "What of your reward is still on hold is credited to your account when the client approves, or when the review closes by itself on Monday 22 February 2027, 08:05"},
		{"tells no date where none came with the fact", func(f *project.QCPassed) { f.ReleaseAt = time.Time{} }, "on the date that the first approved version has set"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := inLanguage("en")
			f := samples()["passed_pro"].(project.QCPassed)
			c.edit(&f)
			tell(t, w, event(f))
			m := w.about("passed_pro")[0]
			if !strings.Contains(m.Text, c.want) || !strings.Contains(regexp.MustCompile(`</?strong>`).ReplaceAllString(m.HTML, ""), c.want) {
				t.Errorf("lacks %q:\n%s\n%s", c.want, m.Text, m.HTML)
			}
		})
	}
	t.Run("an invitation of before there was a delivery date in it tells none", func(t *testing.T) {
		f := samples()["invitation"].(project.InvitationsSent)
		f.DeliverBy = time.Time{}
		w := inLanguage("en")
		tell(t, w, event(f))
		if m := w.sent[0]; strings.Contains(m.Text+m.HTML, "Delivery due") {
			t.Errorf("got %s\n%s", m.Text, m.HTML)
		}
	})
	t.Run("the client of a contest is told to pick winners, and nobody is told to approve what is picked", func(t *testing.T) {
		for language, words := range map[string]struct{ pick, approve string }{
			"en": {"you pick the winners on the project", "approve it"}, "es": {"elegirás a los ganadores en el proyecto", "aprobarla"},
		} {
			for _, contest := range []bool{true, false} {
				w := inLanguage(language)
				f := samples()["passed_client"].(project.QCPassed)
				f.Contest = contest
				tell(t, w, event(f))
				for _, text := range []string{w.about("passed_client")[0].Text, w.about("passed_client")[0].HTML} {
					if strings.Contains(text, words.pick) != contest || strings.Contains(text, words.approve) == contest {
						t.Errorf("contest %t: %s", contest, text)
					}
				}
			}
		}
	})
	t.Run("the client is told that one day is left, in the singular", func(t *testing.T) {
		for language, want := range map[string]string{"en": "You have 1 day left.", "es": "Te queda 1 día."} {
			w := inLanguage(language)
			f := samples()["passed_client"].(project.QCPassed)
			f.ReviewUntil = now.Add(1)
			tell(t, w, event(f))
			if m := w.about("passed_client")[0]; !strings.Contains(m.Text, want) || !strings.Contains(m.HTML, want) {
				t.Errorf("got %s", m.Text)
			}
		}
	})
}

func TestRequestBack(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*project.ChangesReturned)
		want string
	}{
		{name: "with the client's answer", edit: func(f *project.ChangesReturned) { f.Why, f.Text = project.Clarify, "The second." }, want: "has answered your question about request number 2:\n\n- The second."},
		{name: "with the fee that the pro asks for", edit: func(*project.ChangesReturned) {}, want: "asks for a fee for request number 2, of 18.76 USD:\n\n- Forty lines more."},
		{name: "with a fee that the pro leaves to the agent", edit: func(f *project.ChangesReturned) { f.Amount = ledger.Money{} }, want: "asks for a fee for request number 2:"},
		{name: "with the pro's no", edit: func(f *project.ChangesReturned) { f.Why, f.Text = project.DeclineOffer, "" }, want: "has declined their share of the fee for request number 2."},
		{name: "with the pro's silence", edit: func(f *project.ChangesReturned) { f.Why, f.Text = project.LapseQuote, "" }, want: "has not answered the offer for request number 2 in time."},
	} {
		t.Run("tells the agent why: "+c.name+" — R48 R50", func(t *testing.T) {
			w := inLanguage("en")
			f := samples()["changes_returned"].(project.ChangesReturned)
			c.edit(&f)
			tell(t, w, event(f))
			if m := w.about("changes_returned")[0]; !strings.Contains(m.Text, c.want) || !strings.Contains(regexp.MustCompile(`</?strong>`).ReplaceAllString(m.HTML, ""), strings.SplitN(c.want, "\n", 2)[0]) {
				t.Errorf("lacks %q:\n%s\n%s", c.want, m.Text, m.HTML)
			}
		})
	}
}

func TestFeeInMails(t *testing.T) {
	t.Run("the pro is told their share and never the fee, the client the fee and never the share — R49 A18", func(t *testing.T) {
		for name, hidden := range map[string]string{
			"fee_offered": "23.45", "offer_withdrawn": "23.45", "changes_forwarded": "23.45",
			"fee_quoted": "18.76", "fee_charged": "18.76", "quote_lapsed": "18.76", "quote_withdrawn": "18.76",
		} {
			for _, language := range party.Languages() {
				w := inLanguage(language)
				tell(t, w, event(samples()[name]))
				if m := w.about(name)[0]; strings.Contains(printed(m), hidden) {
					t.Errorf("%s tells %s: %s", name, hidden, m.Text)
				}
			}
		}
	})
}

func TestEarnedWithoutBeingPicked(t *testing.T) {
	usd := func(minor int64) ledger.Money { return ledger.Money{Minor: minor, Currency: "USD"} }
	fact := func(earns, forgone ledger.Money) project.NotChosen {
		f := samples()["not_picked"].(project.NotChosen)
		f.Earns, f.Forgone = earns, forgone
		return f
	}
	unpaid := fact(ledger.Money{}, ledger.Money{})
	unpaid.Paid = false
	for name, c := range map[string]struct {
		fact   project.NotChosen
		en, es string
	}{
		"is all of the reward where the policy leaves it — A13":    {fact(usd(1250), ledger.Money{}), "paid for it as agreed: 12.50 USD.", "como acordamos: 12.50 USD."},
		"is the share that the terms leave — A13 R53":              {fact(usd(500), usd(750)), "you earn 5.00 USD for it: that is what the terms leave", "ganas 5.00 USD por él"},
		"is nothing where the policy leaves nothing — A13":         {fact(usd(0), usd(1250)), "nothing of its reward is left", "no queda nada por pagar"},
		"is nothing where the reward was taken back — R56":         {fact(usd(0), ledger.Money{}), "nothing of its reward is left", "no queda nada por pagar"},
		"is all of it, without a number, in an early fact":         {fact(ledger.Money{}, ledger.Money{}), "paid for it as agreed. What", "como acordamos. Lo"},
		"is nothing for work that quality control never saw — A13": {unpaid, "so it is not paid", "así que no se paga"},
	} {
		for language, want := range map[string]string{"en": c.en, "es": c.es} {
			t.Run(name+" ("+language+")", func(t *testing.T) {
				w := inLanguage(language)
				tell(t, w, event(c.fact))
				if m := w.about("not_picked")[0]; !strings.Contains(m.Text, want) || !strings.Contains(m.HTML, want) {
					t.Errorf("lacks %q:\n%s\n%s", want, m.Text, m.HTML)
				}
			})
		}
	}
}
