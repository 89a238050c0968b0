package project_test

import (
	"strings"
	"testing"

	"github.com/callsheet/callsheet/shared/project"
)

func TestEnclosed(t *testing.T) {
	enclosing := func(name string, files ...string) (in project.Incoming, contents [][]byte) {
		in = from(pat, name, "See these.")
		for _, f := range files {
			in.Files, contents = append(in.Files, project.File{Name: f, Size: int64(len(f))}), append(contents, []byte(f))
		}
		return in, contents
	}
	t.Run("files of a mail are kept with the message, as what is attached to one is — R36", func(t *testing.T) {
		w, _, ids := late(t)
		in, contents := enclosing("<1@x>", "guide.zip", "screen.png")
		must(t, w.took(ids[2], in, contents...))
		m := latest[project.Message](w.mem)[0]
		for n, name := range []string{"guide.zip", "screen.png"} {
			f := m.Files[n]
			stored, ok := w.files[project.AttachmentKey(m.Thread, f.ID)]
			if !ok || stored.Name != name || stored.Size != f.Size || stored.SHA256 != f.SHA256 || f.Name != name || len(f.ID) != len("fil_01ARZ3NDEKTSV4RRFFQ69G5FAV") || strings.ContainsAny(f.ID[4:], "ILOU") {
				t.Errorf("%+v is stored as %+v", f, stored)
			}
		}
		if m.Files[0].ID == m.Files[1].ID {
			t.Errorf("%+v", m.Files)
		}
	})
	t.Run("the same mail again stores nothing else, and another one under its Message-ID leaves them alone — F55 B107", func(t *testing.T) {
		w, _, ids := late(t)
		in, contents := enclosing("<1@x>", "guide.zip")
		for range 3 {
			must(t, w.took(ids[2], in, contents...))
		}
		if len(w.files) != 1 {
			t.Errorf("stored %v", w.files)
		}
		first := latest[project.Message](w.mem)[0].Files[0]
		in.Text = "And now for something else."
		must(t, w.took(ids[2], in, []byte("another guide")))
		if stored := w.files[project.AttachmentKey(latest[project.Message](w.mem)[0].Thread, first.ID)]; stored.SHA256 != first.SHA256 {
			t.Errorf("%+v became %+v", first, stored)
		}
	})
	t.Run("an empty file, and more than a message may have, are only named — R36", func(t *testing.T) {
		w, _, ids := late(t)
		most := w.Policies.Current().FilesPerMessage
		in, contents := enclosing("<1@x>", strings.Split(strings.Repeat("x.txt ", most+2), " ")[:most+2]...)
		contents[0] = nil
		must(t, w.took(ids[2], in, contents...))
		kept := 0
		for _, f := range latest[project.Message](w.mem)[0].Files {
			if f.ID != "" {
				kept++
			}
		}
		if files := latest[project.Message](w.mem)[0].Files; kept != most || len(files) != most+2 || files[0].ID != "" || len(w.files) != most {
			t.Errorf("%d of %+v", kept, files)
		}
	})
	t.Run("of a mail that is held back, nothing is kept but the names, also once staff accredit it — B105", func(t *testing.T) {
		w, _, ids := late(t)
		in, contents := enclosing("<1@x>", "guide.zip")
		in.From = "eve@example.com"
		must(t, w.took(ids[2], in, contents...))
		held := latest[project.Stray](w.mem)[0]
		_, err := w.accredit(agent, held.ID, "")
		must(t, err)
		if f := latest[project.Message](w.mem)[0].Files; len(w.files) != 0 || len(f) != 1 || f[0].ID != "" || f[0].Name != "guide.zip" {
			t.Errorf("stored %v, named %+v", w.files, f)
		}
	})
	t.Run("a flood of them ends with the messages — F57", func(t *testing.T) {
		w, _, ids := late(t)
		for n := range 50 {
			in, contents := enclosing("<"+strings.Repeat("x", n+1)+"@x>", "guide.zip")
			_ = w.took(ids[2], in, contents...)
		}
		if len(w.files) != w.Policies.Current().MailsPerHour {
			t.Errorf("%d files", len(w.files))
		}
	})
	t.Run("names are what a file may be called — B97", func(t *testing.T) {
		for said, name := range map[string]string{
			`..\..\etc\passwd`: "passwd", "../../x": "x", ".bashrc": "bashrc", "CON": "_CON", "lpt1.txt": "_lpt1.txt", "console.txt": "console.txt", " a b ": "a b", "": "", "..": "",
			strings.Repeat("é", 151): strings.Repeat("é", 150),
		} {
			if got := project.FileName(said); got != name {
				t.Errorf("%q became %q", said, got)
			}
		}
	})
}
