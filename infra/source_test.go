// Package infra_test holds the house rules that no compiler knows: which package may import what, which function may do
// what on AWS, that template, code and documents agree. A rule that fails says why it is there and what to edit.
package infra_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const (
	module  = "github.com/callsheet/callsheet"
	project = ".." // tests run in their package's folder
)

// A source is a package of this module, parsed.
type source struct {
	folder  string // "shared/ledger"
	name    string
	files   []*ast.File // without tests
	tests   []*ast.File
	imports map[string]bool // of files; those of this module as folders
}

var fileSet = token.NewFileSet()

// sources are all packages of the module by folder.
var sources = sync.OnceValues(func() (map[string]*source, error) {
	found := map[string]*source{}
	err := filepath.WalkDir(project, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "testdata" || entry.Name() == "build" || entry.Name() == ".git" || entry.Name() == ".aws-sam") {
			return fs.SkipDir
		}
		if entry.IsDir() || filepath.Ext(path) != ".go" {
			return nil
		}
		file, err := parser.ParseFile(fileSet, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		folder, err := filepath.Rel(project, filepath.Dir(path))
		if err != nil {
			return err
		}
		add(found, filepath.ToSlash(folder), file, strings.HasSuffix(path, "_test.go"))
		return nil
	})
	return found, err
})

func add(found map[string]*source, folder string, file *ast.File, isTest bool) {
	s := found[folder]
	if s == nil {
		s = &source{folder: folder, imports: map[string]bool{}}
		found[folder] = s
	}
	if isTest {
		s.tests = append(s.tests, file)
		return
	}
	s.name, s.files = file.Name.Name, append(s.files, file)
	for _, spec := range file.Imports {
		s.imports[folderOf(importPath(spec))] = true
	}
}

// folderOf is the folder of an import of this module, or the import itself.
func folderOf(path string) string { return strings.TrimPrefix(path, module+"/") }

func importPath(spec *ast.ImportSpec) string {
	path, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		panic(err) // the parser accepts only string literals
	}
	return path
}

func parsed(t *testing.T) map[string]*source {
	t.Helper()
	found, err := sources()
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// linked are the folders of this module that a package links, itself included.
func linked(t *testing.T, folder string) []string {
	t.Helper()
	all, seen := parsed(t), map[string]bool{}
	var visit func(string)
	visit = func(folder string) {
		if all[folder] == nil || seen[folder] {
			return
		}
		seen[folder] = true
		for path := range all[folder].imports {
			visit(path)
		}
	}
	visit(folder)
	return slices.Sorted(maps.Keys(seen))
}

// isStandard tells packages of the standard library, whose first element has no dot, from all others.
func isStandard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".") && !slices.Contains([]string{"shared", "functions", "infra"}, first)
}

// selectors visits every pkg.Name of a file where pkg is an import.
func selectors(file *ast.File, visit func(at token.Pos, path, name string)) {
	names := map[string]string{}
	for _, spec := range file.Imports {
		path := importPath(spec)
		names[packageName(path)] = path
		if spec.Name != nil {
			names[spec.Name.Name] = path
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && x.Obj == nil && names[x.Name] != "" {
				visit(s.Pos(), names[x.Name], s.Sel.Name)
			}
		}
		return true
	})
}

// packageName is the name that an import has unless it is given another: its last element, without a version.
func packageName(path string) string {
	elements := strings.Split(path, "/")
	last := elements[len(elements)-1]
	if len(elements) > 1 && len(last) > 1 && last[0] == 'v' && strings.Trim(last[1:], "0123456789") == "" {
		last = elements[len(elements)-2]
	}
	return last
}

// functionNames are the folders below functions/.
func functionNames(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(project, "functions"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func position(at token.Pos) string {
	p := fileSet.Position(at)
	return strings.TrimPrefix(filepath.ToSlash(p.Filename), "../") + ":" + strconv.Itoa(p.Line)
}
