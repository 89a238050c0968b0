package lambda

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/clock"
)

// invokeUntilKilled is what the process does that TestTheDeathOfThePlatform kills. It leaves its folder to the test.
func invokeUntilKilled(dir, url string) error {
	db, err := bolt.Open(filepath.Join(dir, "db"), 0o600, nil)
	if err != nil {
		return err
	}
	clk, err := clock.Open(db, start, true)
	if err != nil {
		return err
	}
	p := New(Config{Clock: clk, Region: "eu-west-1"})
	if err := p.Register(Function{Name: "worker", Binary: bootstrap, Timeout: time.Minute, MemorySize: 128}); err != nil {
		return err
	}
	_, err = p.Invoke(context.Background(), "worker", []byte(`{"do":"call","url":"`+url+`"}`))
	return err
}

func TestTheDeathOfThePlatform(t *testing.T) {
	if url := os.Getenv("PLATFORM_URL"); url != "" {
		t.Fatal("the platform was not killed: ", invokeUntilKilled(os.Getenv("PLATFORM_DIR"), url))
	}
	t.Run("by SIGKILL takes its functions along", func(t *testing.T) {
		g := newGate(t)
		platform := exec.Command(os.Args[0], "-test.run=^TestTheDeathOfThePlatform$")
		platform.Env = append(os.Environ(), "PLATFORM_BOOTSTRAP="+bootstrap, "PLATFORM_DIR="+t.TempDir(), "PLATFORM_URL="+g.url)
		if err := platform.Start(); err != nil {
			t.Fatal(err)
		}
		function := <-g.arrived
		if err := platform.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = platform.Wait()         // says "signal: killed"
		<-function.Context().Done() // its connection breaks when it dies
	})
}
