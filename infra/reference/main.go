// Command reference holds what nobody here wrote against what we did: it starts MiniStack, an independent emulator, and runs
// on it the store's contract and every state machine; and it has the SAM CLI's linter, which is AWS's own, read every
// definition. `make test-reference` calls it. What differs, and who is right, stands in infra/local/README.md.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/callsheet/callsheet/infra/sam"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := errors.Join(lint(ctx), steadily(ctx, compare)); err != nil {
		fmt.Fprintln(os.Stderr, "test-reference:", err)
		os.Exit(1)
	}
}

// steadily gives the emulator, which now and then cuts a connection in the middle of an answer, three tries from the start. A
// difference between it and us shows in each of them.
func steadily(ctx context.Context, do func(context.Context) error) error {
	for try := 1; ; try++ {
		err := do(ctx)
		if err == nil || try == 3 || ctx.Err() != nil || errors.Is(err, exec.ErrNotFound) {
			return err
		}
		fmt.Fprintf(os.Stderr, "test-reference: try %d: %v; once more with a fresh emulator\n", try, err)
	}
}

// lint puts every definition into a template, whose structure the linter knows.
func lint(ctx context.Context) error {
	if _, err := exec.LookPath("sam"); err != nil {
		return errors.New("the SAM CLI is missing: install it (pip install aws-sam-cli), so that `sam --version` answers")
	}
	files, err := filepath.Glob("infra/statemachines/*.asl.json")
	if err != nil || len(files) == 0 {
		return errors.Join(errors.New("no state machines: run this in the project's folder"), err)
	}
	resources := map[string]any{}
	for i, file := range files {
		definition, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		resources[fmt.Sprintf("Machine%d", i)] = map[string]any{"Type": "AWS::StepFunctions::StateMachine", "Properties": map[string]any{
			"RoleArn": "arn:aws:iam::123456789012:role/none", "Definition": json.RawMessage(strings.ReplaceAll(string(definition), "${", "")),
		}}
	}
	text, err := json.Marshal(map[string]any{"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources})
	if err != nil {
		return err
	}
	file := filepath.Join(os.TempDir(), fmt.Sprintf("callsheet-machines-%d.json", os.Getpid()))
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return err
	}
	defer os.Remove(file)
	cmd := exec.CommandContext(ctx, "sam", "validate", "--lint", "--template-file", file)
	cmd.Env = sam.Environment()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("the linter refuses a definition: %w\n%s", err, out)
	}
	fmt.Printf("%d state machines pass AWS's linter\n", len(files))
	return nil
}

// suites are the tests that compare, by the variable that names the endpoint.
var suites = []struct{ variable, folder, run string }{
	{"DYNAMODB_ENDPOINT", "./shared/dynamo", "^TestContractOnAnotherDynamoDB$"},
	{"STEPFUNCTIONS_ENDPOINT", "./infra/local/stepfunctions", "^TestDefinitionsOnAnotherStepFunctions$"},
}

// compare runs the suites on a MiniStack of its own, which knows no time to wait.
func compare(ctx context.Context) (err error) {
	if _, err := exec.LookPath("ministack"); err != nil {
		return fmt.Errorf("MiniStack is missing: install it (pip install ministack), so that `ministack --help` answers: %w", err)
	}
	port, err := sam.Port(0)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "callsheet-reference-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	failures, err := filepath.Abs("infra/local/stepfunctions/testdata/failures.json")
	if err != nil {
		return err
	}
	endpoint := fmt.Sprintf("http://127.0.0.1:%d", port)
	emulator := exec.CommandContext(ctx, "ministack")
	emulator.Dir = folder
	emulator.Env = append(sam.Environment(), "BIND_HOST=127.0.0.1", fmt.Sprintf("GATEWAY_PORT=%d", port), "SFN_WAIT_SCALE=0", "SFN_MOCK_CONFIG="+failures)
	emulator.Cancel = func() error { return emulator.Process.Signal(os.Interrupt) }
	if err := emulator.Start(); err != nil {
		return err
	}
	defer func() {
		stopped := emulator.Process.Signal(os.Interrupt)
		_ = emulator.Wait() // it ends by a signal: ours
		err = errors.Join(err, stopped)
	}()
	if err := answers(ctx, endpoint); err != nil {
		return err
	}
	for _, suite := range suites {
		cmd := exec.CommandContext(ctx, "go", "test", suite.folder, "-count=1", "-run", suite.run)
		cmd.Env = append(os.Environ(), suite.variable+"="+endpoint)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		err = errors.Join(err, cmd.Run())
	}
	return err
}

// answers waits until the emulator does.
func answers(ctx context.Context, endpoint string) error {
	ctx, stop := context.WithTimeout(ctx, time.Minute)
	defer stop()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint+"/", nil)
		if err != nil {
			return err
		}
		if resp, err := http.DefaultClient.Do(req); err == nil {
			return resp.Body.Close()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("MiniStack does not answer at %s", endpoint)
		case <-time.After(100 * time.Millisecond):
		}
	}
}
