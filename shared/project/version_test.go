package project_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
)

// threeVersions is an assignment of which two versions were sent back, and the third passed.
func (w *world) threeVersions() project.Assignment {
	w.Helper()
	a := w.working(ana)
	hand := func(answers []project.Answer, files ...string) {
		var uploads []string
		for _, f := range files {
			uploads = append(uploads, w.arrived(a, f))
		}
		_, err := w.hand(ana, a.ID, project.Submission{Uploads: uploads, Note: "as asked", Answers: answers})
		must(w, err)
	}
	hand(nil, "script.docx", "music.wav", "cover.png")
	_, err := w.revise(qc, a.ID, "Louder.", "Shorter.")
	must(w, err)
	hand([]project.Answer{{Comment: 1, Text: "By 3 dB."}}, "script.docx", "music, louder.wav")
	_, err = w.revise(qc, a.ID, "The cover is gone.")
	must(w, err)
	hand([]project.Answer{{Comment: 1, Text: "Back again."}}, "script.docx", "music, louder.wav", "cover.png")
	a, err = w.pass(qc, a.ID)
	must(w, err)
	return a
}

func TestVersions(t *testing.T) {
	w := newWorld(t)
	a := w.threeVersions()
	told := func(by party.Actor) []project.Version {
		held, err := w.Assignment(t.Context(), by, a.ID)
		must(t, err)
		return project.Versions(held.Assignment, held.Timeline, by)
	}
	t.Run("are told whole to pro, quality control and staff — R44 R45", func(t *testing.T) {
		for _, by := range []party.Actor{ana, qc, agent} {
			all := told(by)
			if len(all) != 3 || all[0].Outcome != project.SentBack || len(all[0].Comments) != 2 || all[2].Outcome != project.Passed || all[1].AnswerTo(1) != "By 3 dB." {
				t.Errorf("%s is told %+v", by.ID, all)
			}
		}
	})
	t.Run("keep all that quality control wants beside the client's wishes, forwarded anew, and each is answered by its number — R44 R50", func(t *testing.T) {
		for name, again := range map[string]func(w *world, id string) (project.Assignment, error){
			"forwarded": func(w *world, id string) (project.Assignment, error) { return w.forward(agent, id) },
			"for a fee": func(w *world, id string) (project.Assignment, error) {
				a, err := w.quote(agent, id, ledger.Money{}, ledger.Money{})
				must(t, err)
				_, err = w.approveQuote(client, id, a.Request.Quote.Version)
				must(t, err)
				return w.acceptOffer(ana, id, a.Request.Quote.Version)
			},
		} {
			w := newWorld(t)
			a, err := w.forward(agent, w.screening(ana).ID)
			must(t, err)
			_, err = w.submit(ana, a.ID, w.arrived(a, "take 2.mov"))
			must(t, err)
			_, err = w.revise(qc, a.ID, "Louder.", "The cover is gone.")
			must(t, err)
			for range 2 { // and once more, which counts nothing twice
				_, err = w.askFee(ana, a.ID, usd(2000))
				must(t, err)
				_, err = w.forward(agent, a.ID)
				must(t, err)
			}
			_, err = w.askFee(ana, a.ID, usd(2000))
			must(t, err)
			a, err = again(w, a.ID)
			must(t, err)
			held, err := w.Assignment(t.Context(), ana, a.ID)
			must(t, err)
			all := project.Versions(held.Assignment, held.Timeline, ana)
			var texts []string
			for _, c := range all[1].Comments {
				texts = append(texts, c.Text)
			}
			if want := []string{"Louder.", "The cover is gone.", "Warmer, please.", "0:12 is too loud."}; !slices.Equal(texts, want) || a.Asked != len(want) {
				t.Errorf("%s: %d wait for answers: %q", name, a.Asked, texts)
			}
		}
	})
	t.Run("are told to the client as far as they passed, without what was said on the way — R46", func(t *testing.T) {
		all := told(client)
		if len(all) != 1 || all[0].Number != 3 || all[0].Note != "" || all[0].Comments != nil || all[0].Answers != nil {
			t.Errorf("told %+v", all)
		}
	})
}

// differences spells a comparison in a line.
func differences(c project.Comparison) string {
	var said []string
	for _, f := range c.Files {
		name := ""
		if f.From != nil {
			name = f.From.Name
		}
		if f.To != nil {
			name = f.To.Name
		}
		said = append(said, fmt.Sprintf("%s %s", f.Change, name))
	}
	for _, r := range c.Comments {
		said = append(said, fmt.Sprintf("%d %s %q", r.Number, r.Text, r.Answer))
	}
	return fmt.Sprintf("%d→%d: %s", c.From.Number, c.To.Number, strings.Join(said, ", "))
}

func TestCompare(t *testing.T) {
	w := newWorld(t)
	a := w.threeVersions()
	compare := func(by party.Actor, from, to int) (string, error) {
		c, err := w.Comparison(t.Context(), by, a.ID, from, to)
		return differences(c), err
	}
	for name, row := range map[string]struct {
		from, to int
		want     string
	}{
		"two versions by what changed: files by checksum, comments answered or not — R44 R45": {1, 2,
			`1→2: same script.docx, added music, louder.wav, removed music.wav, removed cover.png, 1 Louder. "By 3 dB.", 2 Shorter. ""`},
		"the newest with the one before, unless asked otherwise": {0, 0, `2→3: same script.docx, same music, louder.wav, added cover.png, 1 The cover is gone. "Back again."`},
		"versions that are further apart":                        {1, 3, `1→3: same script.docx, added music, louder.wav, same cover.png, removed music.wav, 1 Louder. "By 3 dB.", 2 Shorter. ""`},
		"a first version with nothing":                           {0, 1, `0→1: added script.docx, added music.wav, added cover.png`},
	} {
		t.Run("tells "+name, func(t *testing.T) {
			got, err := compare(ana, row.from, row.to)
			must(t, err)
			if got != row.want {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
		})
	}
	t.Run("refuses to compare backwards, or a version with itself", func(t *testing.T) {
		for _, pair := range [][2]int{{2, 1}, {2, 2}} {
			_, err := compare(ana, pair[0], pair[1])
			refusedAt(t, err, "from")
		}
	})
	t.Run("knows no version that is not there, nor one that the client may not see — R46", func(t *testing.T) {
		for _, row := range []struct {
			by       party.Actor
			from, to int
		}{{ana, 1, 4}, {ana, 9, 0}, {client, 1, 3}, {client, 2, 3}, {client, 1, 2}} {
			_, err := compare(row.by, row.from, row.to)
			refused(t, err, problem.CodeNotFound)
		}
	})
	t.Run("calls a file changed under its name, and renamed with its content", func(t *testing.T) {
		file := func(name, sum string) project.File { return project.File{Name: name, Size: 1, SHA256: sum} }
		c, err := project.Compare([]project.Version{
			{Number: 1, Files: []project.File{file("a", "1"), file("b", "2"), file("c", "3")}},
			{Number: 2, Files: []project.File{file("a", "9"), file("z", "2"), file("c", "3")}},
		}, 0, 0)
		must(t, err)
		if got := differences(c); got != "1→2: changed a, renamed z, same c" {
			t.Error(got)
		}
	})
	t.Run("names every file of both versions exactly once", func(t *testing.T) {
		rapid.Check(t, func(r *rapid.T) {
			files := rapid.SliceOfN(rapid.Custom(func(r *rapid.T) project.File {
				return project.File{
					ID: rapid.StringMatching(`[a-z]{8}`).Draw(r, "id"), Name: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(r, "name"),
					Size: 1, SHA256: rapid.SampledFrom([]string{"1", "2", "3"}).Draw(r, "sum"),
				}
			}), 0, 6)
			from, to := files.Draw(r, "from"), files.Draw(r, "to")
			c, err := project.Compare([]project.Version{{Number: 1, Files: from}, {Number: 2, Files: to}}, 1, 2)
			if err != nil {
				r.Fatal(err)
			}
			var was, is []project.File
			for _, f := range c.Files {
				if f.From != nil {
					was = append(was, *f.From)
				}
				if f.To != nil {
					is = append(is, *f.To)
				}
				if (f.Change == project.Same) != (f.From != nil && f.To != nil && f.From.Name == f.To.Name && f.From.SHA256 == f.To.SHA256) {
					r.Fatalf("%+v is called %s", f, f.Change)
				}
			}
			byID := func(a, b project.File) int { return strings.Compare(a.ID+a.Name+a.SHA256, b.ID+b.Name+b.SHA256) }
			for _, list := range [][]project.File{was, is, from, to} {
				slices.SortFunc(list, byID)
			}
			if !slices.Equal(was, from) || !slices.Equal(is, to) {
				r.Fatalf("from %v to %v is told as %+v", from, to, c.Files)
			}
		})
	})
}
