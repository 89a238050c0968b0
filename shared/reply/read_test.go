package reply

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/project"
)

var update = flag.Bool("update", false, "write what the mails of testdata are read as")

// proven is a receipt in which nothing is wrong.
var proven = handler.Receipt{ID: "ses-1", Source: "ben@pro.example.com", Spam: "PASS", Virus: "PASS", SPF: "PASS", DKIM: "PASS", DMARC: "PASS"}

// read is a mail of testdata.
func read(t *testing.T, name string, r handler.Receipt) project.Incoming {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name+".eml"))
	if err != nil {
		t.Fatal(err)
	}
	in, _ := Read(raw, r)
	return in
}

func TestRead(t *testing.T) {
	mails, err := filepath.Glob("testdata/*.eml")
	if err != nil || len(mails) == 0 {
		t.Fatalf("no mails: %v", err)
	}
	for _, path := range mails {
		name := strings.TrimSuffix(filepath.Base(path), ".eml")
		t.Run(name+" — B102 B103 B106", func(t *testing.T) {
			got, err := json.MarshalIndent(read(t, name, proven), "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden := strings.TrimSuffix(path, ".eml") + ".want.json"
			if *update {
				if err := os.WriteFile(golden, append(got, '\n'), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)+"\n"); diff != "" {
				t.Errorf("%s is read otherwise (go test -update writes it):\n%s", name, diff)
			}
		})
	}
}

func TestMachine(t *testing.T) {
	for name, want := range map[string]string{
		"plain": "", "gmail-es": "", "vacation": Automatic, "bounce": Bounce, "list": List, "bulk": Automatic, "own": Own, "calendar": Calendar,
	} {
		t.Run(fmt.Sprintf("a mail like %q is told by its header: %q — B106 F57 F58", name, want), func(t *testing.T) {
			if got := read(t, name, proven).Machine; got != want {
				t.Errorf("got %q", got)
			}
		})
	}
	t.Run("a mail without a sender in its envelope is a bounce — B106", func(t *testing.T) {
		r := proven
		r.Source = ""
		if got := read(t, "plain", r).Machine; got != Bounce {
			t.Errorf("got %q", got)
		}
	})
	t.Run("what is enclosed comes with the name that it may be saved under — R36 B97", func(t *testing.T) {
		raw := "From: ben@pro.example.com\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee this.\r\n" +
			"--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename*=utf-8''..%2Fguide%E2%80%AEfdp.exe\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n--b--\r\n"
		in, enclosed := Read([]byte(raw), proven)
		if in.Text != "See this." || len(in.Files) != 1 || in.Files[0].Name != "guide fdp.exe" || in.Files[0].Size != 5 || len(enclosed) != 1 || string(enclosed[0]) != "hello" {
			t.Errorf("%+v enclosing %q", in, enclosed)
		}
	})
	t.Run("a person may say that nothing is automatic", func(t *testing.T) {
		if in, _ := Read([]byte("From: ben@pro.example.com\r\nAuto-Submitted: no\r\n\r\nHi"), proven); in.Machine != "" {
			t.Errorf("got %q", in.Machine)
		}
	})
}

func TestDoubts(t *testing.T) {
	for name, c := range map[string]struct {
		edit func(*handler.Receipt)
		want []string
	}{
		"nothing wrong":                      {func(*handler.Receipt) {}, nil},
		"DMARC says no, with the right From": {func(r *handler.Receipt) { r.DMARC = "FAIL" }, []string{Forged}},
		"a virus":                            {func(r *handler.Receipt) { r.Virus = "FAIL" }, []string{Virus}},
		"spam":                               {func(r *handler.Receipt) { r.Spam = "FAIL" }, []string{Spam}},
		"all of it":                          {func(r *handler.Receipt) { r.Virus, r.Spam, r.DMARC = "FAIL", "FAIL", "FAIL" }, []string{Virus, Spam, Forged}},
		"no DMARC policy, a signature":       {func(r *handler.Receipt) { r.DMARC, r.SPF = "GRAY", "FAIL" }, nil},
		"no DMARC policy, SPF of the same domain":     {func(r *handler.Receipt) { r.DMARC, r.DKIM = "GRAY", "GRAY" }, nil},
		"no DMARC policy, SPF of another domain":      {func(r *handler.Receipt) { r.DMARC, r.DKIM, r.Source = "GRAY", "GRAY", "eve@evil.example.com" }, []string{Unauthenticated}},
		"nothing that proves the domain":              {func(r *handler.Receipt) { r.DMARC, r.DKIM, r.SPF = "GRAY", "GRAY", "GRAY" }, []string{Unauthenticated}},
		"verdicts that the service could not come to": {func(r *handler.Receipt) { r.Virus, r.Spam = "PROCESSING_FAILED", "DISABLED" }, nil},
	} {
		t.Run(name+" — B105", func(t *testing.T) {
			r := proven
			c.edit(&r)
			if diff := cmp.Diff(c.want, read(t, "plain", r).Doubts); diff != "" {
				t.Error(diff)
			}
		})
	}
	for _, name := range []string{"two-froms", "group-from", "two-mailboxes", "sender-only"} {
		t.Run(name+" is ambiguous and from nobody — B102 B105", func(t *testing.T) {
			if got := read(t, name, proven); got.From != "" || !slices.Contains(got.Doubts, Ambiguous) {
				t.Errorf("from %q, doubts %v", got.From, got.Doubts)
			}
		})
	}
}

// monsters are mails that nobody writes (B103).
func monsters() map[string]string {
	const head = "From: ben@pro.example.com\r\nMessage-ID: <m@pro.example.com>\r\n"
	multipart := head + "Content-Type: multipart/mixed; boundary=b0\r\n\r\n"
	nested := func(levels int, says func(boundary string) string) string {
		var b strings.Builder
		for i := range levels {
			fmt.Fprintf(&b, "--b%d\r\nContent-Type: %s\r\n\r\n", i, says(fmt.Sprint("b", i+1)))
		}
		return multipart + b.String() + fmt.Sprintf("--b%d\r\n\r\nhi\r\n", levels)
	}
	plainly := func(b string) string { return "multipart/mixed; boundary=" + b }
	var unlike strings.Builder
	for i := range 300_000 {
		fmt.Fprintf(&unlike, "--b0%c%d\n\n", " \t\v\f\xa0"[i%5], i)
	}
	html := head + "Content-Type: text/html; charset=utf-8\r\n\r\n"
	return map[string]string{
		"a thousand levels":                nested(1000, plainly),
		"levels that the outermost closes": nested(deepest-1, plainly) + "--b0--\r\n",
		"levels said after a long line": nested(40, func(b string) string {
			return "multipart/mixed; x=\"" + strings.Repeat("x", 1000) + "\"; boundary=" + b
		}),
		"levels said in pieces":      nested(40, func(b string) string { return "multipart/mixed; boundary*0=" + b[:1] + "; boundary*1=" + b[1:] }),
		"levels said with a charset": nested(40, func(b string) string { return "multipart/mixed; boundary*=utf-8''" + b }),
		"levels said on two lines":   nested(40, func(b string) string { return "multipart/mixed; boundary\r\n =" + b }),
		"levels said in an encoded word": nested(40, func(b string) string {
			return "multipart/mixed; =?utf-8?b?" + base64.StdEncoding.EncodeToString([]byte("boundary="+b)) + "?="
		}),
		"half a million parts":              multipart + strings.Repeat("--b0\n\n", 500_000),
		"parts whose delimiters are unlike": multipart + unlike.String(),
		"parts behind a character":          multipart + strings.Repeat("x--b0\n\n", 500_000),
		"ten thousand parts":                multipart + strings.Repeat("--b0\r\nContent-Type: text/plain\r\n\r\nhello\r\n", 10_000),
		"40 MB of lines":                    head + "\r\n" + strings.Repeat(strings.Repeat("x", 70)+"\r\n", 40<<20/72),
		"40 MB in one line":                 head + "\r\n" + strings.Repeat("x", 40<<20),
		"40 MB of header":                   head + strings.Repeat("X-Header: x\r\n", 40<<20/13),
		"an encoded-word bomb":              head + "Subject: " + strings.Repeat("=?utf-8?q?=41?= ", 15_000) + "\r\n\r\nhi",
		"a stack of tags":                   html + strings.Repeat("<div><table><td>x", 300_000),
		"a wall of links":                   html + strings.Repeat("<b>x</b><a href=http://a.example.com>y</a>", 200_000),
		"nothing but attributions":          head + "\r\n" + strings.Repeat("On "+strings.Repeat("wrote ", 50)+"\r\n", 3_000),
		"nothing but dashes":                multipart + strings.Repeat("--\r\n", 1_000_000),
		"broken base64":                     head + "Content-Transfer-Encoding: base64\r\n\r\n" + strings.Repeat("=*=", 1_000_000),
	}
}

func TestMonsters(t *testing.T) {
	for name, raw := range monsters() {
		t.Run(name+" end soon, within the limits — B103", func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			in, _ := Read([]byte(raw), proven)
			runtime.ReadMemStats(&after)
			wellFormed(t, in)
			// All that was ever allocated, not what is in use at once.
			if allocated := after.TotalAlloc - before.TotalAlloc; allocated > mostAllocated {
				t.Errorf("allocated %d MB", allocated>>20)
			}
		})
	}
	t.Run("say what was left out", func(t *testing.T) {
		for name, want := range map[string]string{
			"a thousand levels": "what was nested deeper than 12", "levels said in pieces": "what was nested deeper than 12",
			"levels said in an encoded word": "what was nested deeper than 12", "half a million parts": "the parts after the first 200", "ten thousand parts": "the parts after the first 200",
			"40 MB in one line": "everything after 4 MB", "40 MB of header": "everything after 256 KB of headers",
		} {
			if in, _ := Read([]byte(monsters()[name]), proven); !slices.Contains(in.LeftOut, want) {
				t.Errorf("%s: %v", name, in.LeftOut)
			}
		}
	})
	t.Run("keep what was readable", func(t *testing.T) {
		if in, _ := Read([]byte(monsters()["ten thousand parts"]), proven); !strings.Contains(in.Text, "hello") || in.From != "ben@pro.example.com" {
			t.Errorf("from %q: %.40q", in.From, in.Text)
		}
	})
}

// wellFormed holds what everybody after the parser relies on.
func wellFormed(t *testing.T, in project.Incoming) {
	t.Helper()
	if len(in.Text) > longestText || utf8.RuneCountInString(in.Subject) > longestSubject || len(in.LeftOut) > mostNamed+5 {
		t.Errorf("too long: text %d, subject %d, notes %d", len(in.Text), len(in.Subject), len(in.LeftOut))
	}
	if strings.ContainsFunc(in.Text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
		t.Errorf("text has control characters")
	}
	for _, s := range append([]string{in.Subject, in.From, in.MessageID, in.Name}, in.LeftOut...) {
		if strings.ContainsFunc(s, unicode.IsControl) {
			t.Errorf("%q has control characters", s)
		}
	}
	for _, s := range append([]string{in.Subject, in.Text}, in.LeftOut...) {
		if !utf8.ValidString(s) {
			t.Errorf("%q is not UTF-8", s)
		}
	}
	if in.Name == "" || in.From == "" && len(in.Doubts) == 0 {
		t.Errorf("name %q, from %q without a doubt", in.Name, in.From)
	}
}

// FuzzRead holds that no mail breaks the reader.
func FuzzRead(f *testing.F) {
	mails, err := filepath.Glob("testdata/*.eml")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range mails {
		raw, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		in, _ := Read(raw, proven)
		wellFormed(t, in)
		if again, _ := Read(bytes.Clone(raw), proven); cmp.Diff(in, again) != "" {
			t.Errorf("read twice, in two ways: %s", cmp.Diff(in, again))
		}
	})
}
