package infra_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// tables are those of samconfig.toml, each with its lines.
func tables(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, part := range regexp.MustCompile(`(?m)^\[`).Split(string(readFile(t, filepath.Join(project, "samconfig.toml"))), -1)[1:] {
		name, lines, _ := strings.Cut(part, "]\n")
		found[name] = lines
	}
	return found
}

func TestSAMConfig(t *testing.T) {
	all := tables(t)
	t.Run("builds every function anew: the CLI's cache does not see an edit under shared/", func(t *testing.T) {
		for name, lines := range all {
			environment, command, _ := strings.Cut(name, ".")
			if command == "build.parameters" && !strings.Contains(lines, "\ncached = false\n") {
				t.Errorf("[%s] needs cached = false, or a stale binary is deployed", name)
			}
			if _, builds := all[environment+".build.parameters"]; !builds && !strings.HasPrefix(name, "default.") {
				t.Errorf("%s has no [%s.build.parameters] with cached = false", environment, environment)
			}
		}
	})
	t.Run("runs no function without the variables of a local cloud: it would call AWS with the shell's credentials", func(t *testing.T) {
		for _, environment := range []string{"default", "x86"} {
			for _, command := range []string{"local_invoke", "local_start_api", "local_start_lambda"} {
				if name := environment + "." + command + ".parameters"; !strings.Contains(all[name], "env_vars = \"env.json\"\n") {
					t.Errorf("[%s] needs env_vars = \"env.json\"", name)
				}
			}
		}
	})
	t.Run("has a staging and a production, production after a look at the change set", func(t *testing.T) {
		if staging, production := all["staging.deploy.parameters"], all["production.deploy.parameters"]; staging == "" || !strings.Contains(production, "confirm_changeset = true\n") {
			t.Error("it has not")
		}
	})
	t.Run("names the stack of each environment for every command, so that sam list and sam delete find what was deployed", func(t *testing.T) {
		stacks := map[string]string{}
		for _, environment := range []string{"staging", "production"} {
			name := regexp.MustCompile(`(?m)^stack_name = "([\w-]+)"$`).FindStringSubmatch(all[environment+".global.parameters"])
			if name == nil {
				t.Errorf("[%s.global.parameters] needs a stack_name: what stands under deploy only deploy knows", environment)
				continue
			}
			if other := stacks[name[1]]; other != "" {
				t.Errorf("%s and %s are the same stack %s", environment, other, name[1])
			}
			stacks[name[1]] = environment
		}
	})
	t.Run("names no stack without --config-env: a bare sam delete or sam sync would mean production", func(t *testing.T) {
		for name, lines := range all {
			if environment, _, _ := strings.Cut(name, "."); (environment == "default" || environment == "x86") && strings.Contains(lines, "stack_name") {
				t.Errorf("[%s] names a stack", name)
			}
		}
	})
	t.Run("holds no secret", func(t *testing.T) {
		for name, lines := range all {
			if found := regexp.MustCompile(`(?i)secret|password|AKIA[A-Z0-9]`).FindString(lines); found != "" {
				t.Errorf("[%s] holds %q", name, found)
			}
		}
	})
}
