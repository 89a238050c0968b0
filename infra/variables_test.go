package infra_test

import (
	"go/ast"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"github.com/callsheet/callsheet/infra/local/template"
)

// setByLambda are variables that a function finds without any template.
var setByLambda = []string{"AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}

func TestVariables(t *testing.T) {
	globals := map[string]bool{}
	for n, i := at(written(t), "Globals", "Function", "Environment", "Variables"), 0; i+1 < len(n.Content); i += 2 {
		globals[n.Content[i].Value] = true
	}
	readAnywhere := map[string]bool{}
	for _, f := range described(t).Functions {
		t.Run(f.LogicalID+" declares what its code reads, and nothing else", func(t *testing.T) {
			read := map[string]bool{}
			for _, folder := range linked(t, f.CodeURI) {
				variables(t, parsed(t)[folder], read)
			}
			maps.Copy(readAnywhere, read)
			for _, name := range slices.Sorted(maps.Keys(read)) {
				if _, declared := f.Env[name]; !declared && !slices.Contains(setByLambda, name) {
					t.Errorf("%s reads %s, which template.yaml does not declare for it. The function would stop at its start, and `sam local` passes on only what is declared.", f.CodeURI, name)
				}
			}
			for name := range f.Env {
				if !globals[name] && !read[name] {
					t.Errorf("template.yaml declares %s for %s, which does not read it. Remove it: who operates this would think that it matters.", name, f.LogicalID)
				}
			}
		})
	}
	t.Run("declares for all what at least one reads", func(t *testing.T) {
		for name := range globals {
			if !readAnywhere[name] {
				t.Errorf("Globals declares %s, which no function reads. Remove it.", name)
			}
		}
	})
	t.Run("shows in env.example.json only what some function declares", func(t *testing.T) {
		var example struct{ Parameters map[string]string }
		readJSON(t, readFile(t, filepath.Join(project, "env.example.json")), &example)
		for name := range example.Parameters {
			if !slices.ContainsFunc(described(t).Functions, func(f template.Function) bool { _, ok := f.Env[name]; return ok }) {
				t.Errorf("env.example.json sets %s, which no function declares: the SAM CLI would pass it to nobody.", name)
			}
		}
	})
	t.Run("holds no secret", func(t *testing.T) {
		secret := regexp.MustCompile(`SECRET|PASSWORD|PASSWD|CREDENTIAL|TOKEN|PRIVATE|API_?KEY|_KEY$`)
		for _, f := range described(t).Functions {
			for name := range f.Env {
				if secret.MatchString(name) {
					t.Errorf("%s has the variable %s: everybody who may look at the function would see its value. Secrets are kept in the table or in a parameter store.", f.LogicalID, name)
				}
			}
		}
	})
}

// variables adds what a package reads from its environment. A name that is not written out cannot be checked, so it is
// refused, but where a service's endpoint is looked up: AWS names the service.
func variables(t *testing.T, s *source, read map[string]bool) {
	t.Helper()
	prefixes := map[string]string{"Need": "", "Maybe": "", "Getenv": "", "LookupEnv": "", "AWS": "AWS_ENDPOINT_URL_", "Endpoint": "AWS_ENDPOINT_URL_"}
	for method, prefix := range prefixes {
		for _, call := range calls(s, method) {
			if len(call.Args) != 1 {
				continue
			}
			name, ok := literal(call.Args[0])
			switch {
			case ok:
				read[prefix+name] = true
			case s.folder != "shared/lambdaenv":
				t.Errorf("%s reads a variable whose name is computed. Write it out, so that template and code can be compared.", position(call.Pos()))
			}
		}
	}
}

// calls are the calls of x.method in a package, whatever x is.
func calls(s *source, method string) []*ast.CallExpr {
	var found []*ast.CallExpr
	for _, file := range s.files {
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if selector, ok := call.Fun.(*ast.SelectorExpr); ok && selector.Sel.Name == method {
					found = append(found, call)
				}
			}
			return true
		})
	}
	return found
}

// literal is the text of a string literal.
func literal(e ast.Expr) (string, bool) {
	l, ok := e.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(l.Value)
	return text, err == nil
}
