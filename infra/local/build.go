package local

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
)

// buildsAtOnce keeps a laptop usable; Go's own cache makes the second build of anything quick.
const buildsAtOnce = 2

// tags leave out what no function uses: the RPC runtime of Lambda's past, and HTTP/2, which none of AWS's endpoints that we call
// offers and which is 0.14 MB of every zip.
const tags = "lambda.norpc,nethttpomithttp2"

// Build compiles every function of the project into a folder each, as `sam build` does, and tells its progress. The flags
// are those of the deployed build; it is for this machine, unless target says otherwise (GOARCH=arm64).
func Build(ctx context.Context, project, into string, progress io.Writer, target ...string) error {
	mains, err := filepath.Glob(filepath.Join(project, "functions", "*", "main.go"))
	if err != nil || len(mains) == 0 {
		return fmt.Errorf("no functions below %s: run this in the project's folder", project)
	}
	var (
		wg     sync.WaitGroup
		free   = make(chan struct{}, buildsAtOnce)
		done   atomic.Int32
		failed = make(chan error, len(mains))
	)
	for _, main := range mains {
		name := filepath.Base(filepath.Dir(main))
		free <- struct{}{}
		wg.Go(func() {
			defer func() { <-free }()
			if err := build(ctx, project, name, filepath.Join(into, name), target); err != nil {
				failed <- err
				return
			}
			fmt.Fprintf(progress, "  built %-11s %2d of %d\n", name, done.Add(1), len(mains))
		})
	}
	wg.Wait()
	close(failed)
	return <-failed
}

func build(ctx context.Context, project, name, into string, target []string) error {
	if err := os.MkdirAll(into, 0o755); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-tags", tags, "-ldflags", "-s -w", "-o", filepath.Join(into, "bootstrap"), "./functions/"+name)
	cmd.Dir = project
	cmd.Env = append(append(os.Environ(), "CGO_ENABLED=0"), target...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", name, err, out)
	}
	return nil
}
