package lambda

import (
	"os/exec"
	"runtime"
)

// A spawner starts processes from one thread that lives as long as the platform: Linux sends the death signal when the
// thread that forked ends, not the process.
type spawner chan func()

func newSpawner() spawner {
	s := make(spawner)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		for start := range s {
			start()
		}
	}()
	return s
}

func (s spawner) start(cmd *exec.Cmd) error {
	cmd.SysProcAttr = processAttributes()
	started := make(chan error, 1)
	s <- func() { started <- cmd.Start() }
	return <-started
}
