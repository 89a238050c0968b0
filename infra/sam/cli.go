package sam

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// buildDir is apart from that of `sam build`, so that what runs on this machine is never what is deployed.
const buildDir = ".aws-sam/local"

// CLI is the SAM CLI on a project, with a Docker engine behind it.
type CLI struct {
	project      string
	architecture string
	environment  []string
	logs         io.Writer
}

// Open looks for all that is needed and says how to get what is missing. Credentials in this process's environment are set
// aside, and told says so. logs gets what the CLI and the functions print.
func Open(ctx context.Context, project string, logs, told io.Writer) (_ *CLI, err error) {
	if _, err := exec.LookPath("sam"); err != nil {
		return nil, errors.New("the SAM CLI is missing: install it (pip install aws-sam-cli, or your package manager), so that `sam --version` answers")
	}
	if _, err := exec.LookPath("docker"); err != nil {
		return nil, errors.New("no Docker: install a Docker engine, so that `docker info` answers")
	}
	if out, err := exec.CommandContext(ctx, "docker", "info", "--format", "{{.ServerVersion}}").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("no Docker engine answers; start it (systemctl start docker, or Docker Desktop): %s", bytes.TrimSpace(out))
	}
	architecture, ok := map[string]string{"amd64": "x86_64", "arm64": "arm64"}[runtime.GOARCH]
	if !ok {
		return nil, fmt.Errorf("this machine is %s, and Lambda runs on x86_64 and arm64", runtime.GOARCH)
	}
	if project, err = filepath.Abs(project); err != nil {
		return nil, err
	}
	env, found := harmless(os.Environ())
	if len(found) > 0 {
		fmt.Fprintf(told, "%s of this shell are set aside: nothing that runs here can reach an AWS account\n", strings.Join(found, ", "))
	}
	return &CLI{project: project, architecture: architecture, environment: env, logs: logs}, nil
}

// Build builds every function for this machine, each time anew: the CLI's own cache does not see an edit outside functions/.
func (c *CLI) Build(ctx context.Context) error {
	cmd := c.command(ctx, "build", "--build-dir", buildDir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("sam build: %w\n%s", err, out)
	}
	return nil
}

// Invoke runs `sam local invoke` with an event of a file and returns what the function answers.
func (c *CLI) Invoke(ctx context.Context, function, event, variables string) ([]byte, error) {
	cmd := c.local(ctx, variables, "invoke", function, "--event", event)
	var answer, told bytes.Buffer
	cmd.Stdout, cmd.Stderr = &answer, &told
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("sam local invoke %s: %w\n%s", function, err, told.Bytes())
	}
	fmt.Fprintf(c.logs, "%s", told.Bytes())
	return bytes.TrimSpace(answer.Bytes()), nil
}

// local is a command of `sam local` on what was built.
func (c *CLI) local(ctx context.Context, variables string, arguments ...string) *exec.Cmd {
	arguments = append([]string{"local"}, arguments...)
	return c.command(ctx, append(arguments, "--template", filepath.Join(buildDir, "template.yaml"), "--env-vars", variables)...)
}

func (c *CLI) command(ctx context.Context, arguments ...string) *exec.Cmd {
	// Without --config-file the CLI looks for it beside the built template.
	arguments = append(arguments, "--config-file", filepath.Join(c.project, "samconfig.toml"), "--parameter-overrides", "Architecture="+c.architecture)
	cmd := exec.CommandContext(ctx, "sam", arguments...)
	cmd.Dir, cmd.Env = c.project, c.environment
	return cmd
}

// WriteVariables writes the file of --env-vars: each function's variables by its logical id. It fails where the file is there:
// that is of another run or somebody's own, and what it names would be lost.
func WriteVariables(file string, environments map[string]map[string]string) error {
	text, err := json.MarshalIndent(environments, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already: of a run that goes on, of one that was killed, or your own; end the run, or move the file away", file)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	return errors.Join(err, f.Close())
}
