package infra_test

import (
	"bytes"
	"go/ast"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// documents are the texts that people read, by their path in the project.
func documents(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md", "infra/*/README.md", "infra/*/*/README.md"} {
		files, err := filepath.Glob(filepath.Join(project, filepath.FromSlash(pattern)))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			name, err := filepath.Rel(project, file)
			if err != nil {
				t.Fatal(err)
			}
			found[filepath.ToSlash(name)] = string(text)
		}
	}
	if len(found) == 0 {
		t.Fatal("there are no documents")
	}
	return found
}

var (
	fence = regexp.MustCompile("(?ms)^```.*?^```")
	link  = regexp.MustCompile(`\]\(([^)\s]+)(?: "[^"]*")?\)`)
)

func TestLinks(t *testing.T) {
	texts := documents(t)
	for name, text := range texts {
		for _, found := range link.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
			target, anchor, _ := strings.Cut(found[1], "#")
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			to := path.Join(path.Dir(name), target)
			if target == "" {
				to = name
			}
			if _, err := os.Stat(filepath.Join(project, filepath.FromSlash(to))); err != nil {
				t.Errorf("%s links %s, which is not there. Who reads it stops here: correct the link.", name, found[1])
				continue
			}
			if text, isDocument := texts[to]; isDocument && anchor != "" && !slices.Contains(anchors(text), anchor) {
				t.Errorf("%s links %s, but %s has no such heading. Correct the link.", name, found[1], to)
			}
		}
	}
}

var (
	heading  = regexp.MustCompile(`(?m)^#{1,6} +(.+?) *$`)
	unspoken = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// anchors are the headings of a text as GitHub spells them in links.
func anchors(text string) []string {
	var all []string
	for _, h := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		all = append(all, strings.ReplaceAll(unspoken.ReplaceAllString(strings.ToLower(h[1]), ""), " ", "-"))
	}
	return all
}

// private is what belongs to one machine or one workplace: home folders, package mirrors, and settings that send Go
// somewhere else than to its public proxy.
var private = regexp.MustCompile(`/home/[a-z]|/Users/[a-z]|/root/|[A-Z]:\\Users|https?://[\w.-]*\.(internal|corp|lan|intranet)\b|artifactory|nexus\.[a-z]|GOPROXY=https?://|GONOSUMDB=`)

func TestNothingPrivateIsWritten(t *testing.T) {
	err := filepath.WalkDir(project, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if slices.Contains([]string{".git", "build", ".aws-sam", ".callsheet"}, entry.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		if file == filepath.Join(project, "infra", "docs_test.go") {
			return nil // it names what it looks for
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		text = bytes.ReplaceAll(text, []byte("host.docker.internal"), nil) // Docker's own name for the machine that it runs on
		if found := private.Find(text); found != nil {
			t.Errorf("%s contains %q, which is true on one machine only. Write a relative path or a public name.", strings.TrimPrefix(filepath.ToSlash(file), "../"), found)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestGeneratedFilesAreCurrent(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "go", "run", "./infra/generate", "-check")
	cmd.Dir = project
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("what is derived from the lifecycle tables is not what is committed: %v\n%s\nRun `make generate` and look at the difference.", err, out)
	}
}

// A claim is one row of docs/requirements.md: a rule, and the tests that show it.
type claim struct {
	rule  string
	tests []string
}

var (
	claimRow = regexp.MustCompile(`(?m)^\| *((?:[RA]\d+)(?:, *[RA]\d+)*) *\|(.*)\|([^|]*)\| *$`)
	testName = regexp.MustCompile("`([a-z][\\w/]*)\\.(Test\\w+)((?:/[^`]+)?)`")
	rule     = regexp.MustCompile(`\b[RA]\d+\b`)
)

// claims reads the table with the columns Rule, What it says, Shown by.
func claims(text string) []claim {
	var all []claim
	for _, row := range claimRow.FindAllStringSubmatch(text, -1) {
		c := claim{rule: row[1]}
		for _, found := range testName.FindAllStringSubmatch(row[3], -1) {
			c.tests = append(c.tests, found[0])
		}
		all = append(all, c)
	}
	return all
}

func TestRequirementsAreShown(t *testing.T) {
	text := documents(t)["docs/requirements.md"]
	if text == "" {
		t.Fatal("docs/requirements.md is missing: it says for every rule which test shows it")
	}
	rows := claims(text)
	t.Run("every test that a rule names is there", func(t *testing.T) {
		for _, c := range rows {
			for _, name := range c.tests {
				if why := missing(t, name); why != "" {
					t.Errorf("docs/requirements.md: %s is shown by %s, but %s. Name the test that shows it now.", c.rule, name, why)
				}
			}
		}
	})
	t.Run("every rule of this release names a test", func(t *testing.T) {
		promised := promisedRules(text)
		if len(promised) == 0 {
			t.Fatal(`docs/requirements.md needs a heading with "in this release" and below it a table: Rule | What it says | Shown by`)
		}
		for _, r := range promised {
			if !slices.ContainsFunc(rows, func(c claim) bool { return slices.Contains(rule.FindAllString(c.rule, -1), r) && len(c.tests) > 0 }) {
				t.Errorf("docs/requirements.md promises %s in this release, and no test shows it. Name one as `package.TestName/subtest`, or move the rule to what comes later.", r)
			}
		}
	})
}

// promisedRules are those that the section "in this release" names, in its list and in the first column of its table.
func promisedRules(text string) []string {
	_, section, found := strings.Cut(strings.ToLower(text), "in this release")
	if !found {
		return nil
	}
	section = text[len(text)-len(section):]
	if end := regexp.MustCompile(`(?m)^## `).FindStringIndex(section); end != nil {
		section = section[:end[0]]
	}
	var named []string
	for line := range strings.Lines(section) {
		if cells := strings.Split(line, "|"); len(cells) > 2 {
			line = cells[1]
		}
		named = append(named, rule.FindAllString(line, -1)...)
	}
	slices.Sort(named)
	return slices.Compact(named)
}

// missing says what of a test in backquotes is not there; "" when it is.
func missing(t *testing.T, quoted string) string {
	t.Helper()
	parts := testName.FindStringSubmatch(quoted)
	folder, name, subtest := parts[1], parts[2], strings.TrimPrefix(parts[3], "/")
	s := parsed(t)[folder]
	if s == nil {
		return "there is no package " + folder
	}
	for _, file := range s.tests {
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == name {
				if subtest == "" || names(file, subtest) {
					return ""
				}
				return "no subtest of it is called so"
			}
		}
	}
	return folder + " has no such test"
}

// names tells whether a test file holds each level of a subtest's name as a text, or a text that ends one: a name may be
// put together at run time.
func names(file *ast.File, subtest string) bool {
	var texts []string
	ast.Inspect(file, func(n ast.Node) bool {
		if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
			if text, ok := literal(l); ok && len(text) > 3 {
				texts = append(texts, strings.ReplaceAll(text, " ", "_"))
			}
		}
		return true
	})
	spoken := strings.ReplaceAll(subtest, " ", "_")
	return slices.ContainsFunc(texts, func(text string) bool {
		return text == spoken || strings.HasSuffix(spoken, "/"+text) || strings.HasSuffix(spoken, text) && strings.HasPrefix(text, "_") || strings.HasPrefix(spoken, text) && strings.HasSuffix(text, "_")
	})
}
