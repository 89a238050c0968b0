package project_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callsheet/callsheet/shared/project"
)

func TestComment(t *testing.T) {
	at := func(file string, change func(*project.Place)) project.Comment {
		place := project.Place{File: file}
		change(&place)
		return project.Comment{Text: "Louder.", Place: place}
	}
	t.Run("points into a file of the version: page, time code and region, under the file's name — R44", func(t *testing.T) {
		w := newWorld(t)
		a := w.submitted(ana)
		file := a.Files[0].ID
		said := []project.Comment{
			at(file, func(p *project.Place) {
				p.Page = 3
				p.Region = project.Region{Left: 0, Top: 500, Width: 1000, Height: 500}
			}),
			at(file, func(p *project.Place) { p.TimeCode = "00:01:23.500" }),
			{Text: "Shorter, as a whole."},
		}
		_, err := w.comment(qc, a.ID, said...)
		must(t, err)
		told, _ := fact[project.RevisionRequested](w)
		want := slices.Clone(said)
		want[0].Place.Name, want[1].Place.Name = "take 1.mov", "take 1.mov"
		if diff := cmp.Diff(want, told.Said()); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("of a fact without places is about the version as a whole — F32", func(t *testing.T) {
		old := project.RevisionRequested{Comments: []string{"Louder."}}
		if got := old.Said(); !slices.Equal(got, []project.Comment{{Text: "Louder."}}) {
			t.Errorf("got %+v", got)
		}
	})
	for name, row := range map[string]struct {
		pointer string
		change  func(*project.Place)
	}{
		"a file of another version":            {"/comments/0/file", func(p *project.Place) { p.File = "fil_other" }},
		"a page without a file":                {"/comments/0/file", func(p *project.Place) { p.File, p.Page = "", 1 }},
		"a time code without a file":           {"/comments/0/file", func(p *project.Place) { p.File, p.TimeCode = "", "00:00:01" }},
		"a page below 1":                       {"/comments/0/page", func(p *project.Place) { p.Page = -1 }},
		"a page beyond any document":           {"/comments/0/page", func(p *project.Place) { p.Page = 100_001 }},
		"a time code of 60 seconds":            {"/comments/0/timeCode", func(p *project.Place) { p.TimeCode = "00:00:60" }},
		"a time code in words":                 {"/comments/0/timeCode", func(p *project.Place) { p.TimeCode = "at the end" }},
		"a region without a size":              {"/comments/0/region", func(p *project.Place) { p.Region = project.Region{Left: 10} }},
		"a region over the right edge":         {"/comments/0/region", func(p *project.Place) { p.Region = project.Region{Left: 501, Width: 500, Height: 1} }},
		"a region that starts before the page": {"/comments/0/region", func(p *project.Place) { p.Region = project.Region{Top: -1, Width: 1, Height: 1} }},
		"a region larger than any number":      {"/comments/0/region", func(p *project.Place) { p.Region = project.Region{Left: 1, Width: 1 << 62, Height: 1} }},
	} {
		t.Run("is refused with "+name, func(t *testing.T) {
			w := newWorld(t)
			a := w.submitted(ana)
			_, err := w.comment(qc, a.ID, at(a.Files[0].ID, row.change))
			refusedAt(t, err, row.pointer)
			if now := load[project.Assignment](w, a.Ref()); now.Version != a.Version {
				t.Errorf("something changed: %+v", now)
			}
		})
	}
}

func TestAnswers(t *testing.T) {
	revising := func(w *world) project.Assignment {
		a, err := w.revise(qc, w.submitted(ana).ID, "Louder.", "Shorter.")
		must(w, err)
		return a
	}
	hand := func(w *world, a project.Assignment, given ...project.Answer) error {
		_, err := w.hand(ana, a.ID, project.Submission{Uploads: []string{w.arrived(a, "take 2.mov")}, Answers: given})
		return err
	}
	t.Run("go with the next version, to comments by their number, to some or all — R44 R45", func(t *testing.T) {
		w := newWorld(t)
		must(t, hand(w, revising(w), project.Answer{Comment: 2, Text: "Cut by four seconds."}))
		told, _ := fact[project.VersionSubmitted](w)
		if !slices.Equal(told.Answers, []project.Answer{{Comment: 2, Text: "Cut by four seconds."}}) {
			t.Errorf("told %+v", told)
		}
	})
	for name, row := range map[string]struct {
		pointer string
		given   []project.Answer
	}{
		"to a comment that nobody made": {"/answers/0/comment", []project.Answer{{Comment: 3, Text: "Done."}}},
		"to comment 0":                  {"/answers/0/comment", []project.Answer{{Comment: 0, Text: "Done."}}},
		"to one comment twice":          {"/answers/1/comment", []project.Answer{{Comment: 1, Text: "Done."}, {Comment: 1, Text: "Really."}}},
		"that say nothing":              {"/answers/0/text", []project.Answer{{Comment: 1}}},
	} {
		t.Run("are refused "+name, func(t *testing.T) {
			w := newWorld(t)
			a := revising(w)
			refusedAt(t, hand(w, a, row.given...), row.pointer)
			if now := load[project.Assignment](w, a.Ref()); now.Version != a.Version {
				t.Errorf("something changed: %+v", now)
			}
		})
	}
	t.Run("are refused with a first version, on which nobody has commented", func(t *testing.T) {
		w := newWorld(t)
		refusedAt(t, hand(w, w.working(ana), project.Answer{Comment: 1, Text: "Done."}), "/answers/0/comment")
	})
}
