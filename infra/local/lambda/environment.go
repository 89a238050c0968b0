package lambda

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"time"
)

const (
	initTimeout = 10 * time.Second // Lambda's limit for the init phase
	outputGrace = time.Second      // for output that a killed process's own children still hold
	headerWait  = 5 * time.Second
)

// An environment is one process of a function with a Runtime API endpoint of its own, so that invocations cannot mix.
type environment struct {
	function *function
	work     chan *invocation // holds the one that the process has been given and not yet fetched

	// Guarded by the function's lock.
	cmd       *exec.Cmd   // nil until started
	doomed    bool        // killed, perhaps before it was started
	killedFor string      // the reason to report instead of "signal: killed"
	ready     bool        // has asked for work at least once
	initTimer *time.Timer // kills a process that does not ask for work
	initError []byte      // what it posted to init/error
	current   *invocation
	idleSince time.Time
	asking    bool // has a request for work open
}

func newEnvironment(f *function) *environment {
	e := &environment{function: f, work: make(chan *invocation, 1)}
	e.initTimer = time.AfterFunc(initTimeout, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if !e.ready {
			e.kill(fmt.Sprintf("Init timed out after %.2f seconds", initTimeout.Seconds()))
		}
	})
	return e
}

// run is the life of the process.
func (e *environment) run() {
	errorType, reason := e.serve()
	e.initTimer.Stop()
	e.function.gone(e, errorType, reason, time.Now())
}

// serve starts the process and its endpoint and waits for the process's end, whose reason it returns as Lambda words it.
func (e *environment) serve() (errorType, reason string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "ServiceException", "no Runtime API endpoint: " + err.Error()
	}
	server := &http.Server{Handler: e.runtimeAPI(), ReadHeaderTimeout: headerWait}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	err = e.runProcess(listener.Addr().String())
	if closing := server.Close(); closing != nil {
		e.function.log.add("closing the Runtime API: " + closing.Error())
	}
	if failed := <-served; !errors.Is(failed, http.ErrServerClosed) {
		e.function.log.add("the Runtime API failed: " + failed.Error())
	}
	return e.reason(err)
}

func (e *environment) runProcess(runtimeAPI string) error {
	f := e.function
	output := &lineWriter{log: f.log}
	cmd := exec.Command(f.Binary)
	cmd.Dir = filepath.Dir(f.Binary)
	cmd.Env = f.environ(f.platform.config.Region, runtimeAPI, "[$LATEST]"+randomHex(16))
	cmd.Stdout, cmd.Stderr = output, output
	cmd.WaitDelay = outputGrace
	if err := f.platform.spawner.start(cmd); err != nil {
		return &startError{err}
	}
	f.mu.Lock()
	e.cmd = cmd
	if e.doomed {
		e.kill(e.killedFor)
	}
	f.mu.Unlock()
	err := cmd.Wait()
	output.flush()
	return err
}

// startError is a binary that cannot be started at all.
type startError struct{ error }

func (e *environment) reason(err error) (errorType, reason string) {
	e.function.mu.Lock()
	defer e.function.mu.Unlock()
	var start *startError
	switch {
	case e.killedFor != "":
		errorType, reason = "Sandbox.Timedout", e.killedFor
	case errors.As(err, &start):
		errorType, reason = "Runtime.InvalidEntrypoint", err.Error()
	case err == nil:
		errorType, reason = "Runtime.ExitError", "Runtime exited without providing a reason"
	default:
		errorType, reason = "Runtime.ExitError", "Runtime exited with error: "+err.Error()
	}
	if e.killedFor != "" || !e.doomed {
		e.function.log.add(reason)
	}
	return errorType, reason
}

// initFailure is the answer to the invocation for which a process was started that never became ready.
func (e *environment) initFailure(inv *invocation, errorType, reason string) Result {
	if e.initError != nil {
		return unhandled(e.initError)
	}
	return inv.failure(errorType, reason)
}

// kill ends the process; what it was doing is answered when it is gone. The function's lock is held.
func (e *environment) kill(reason string) {
	e.doomed = true
	e.function.retire(e)
	e.killedFor = cmp.Or(e.killedFor, reason)
	if e.cmd != nil {
		_ = e.cmd.Process.Kill() // fails only when the process is gone already
	}
}

// assign gives an idle process its next invocation. The function's lock is held.
func (e *environment) assign(inv *invocation) {
	e.current = inv
	e.work <- inv
}

// begin marks the invocation as received by the process and starts its timeout, by the wall. A process that is being
// killed receives nothing: the invocation is left for another one.
func (e *environment) begin(inv *invocation) (deadline time.Time, ok bool) {
	f := e.function
	f.mu.Lock()
	defer f.mu.Unlock()
	if e.doomed {
		return time.Time{}, false
	}
	e.asking = false
	inv.started = time.Now()
	inv.timer = time.AfterFunc(f.Timeout, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if e.current == inv {
			e.kill(fmt.Sprintf("Task timed out after %.2f seconds", f.Timeout.Seconds()))
		}
	})
	return inv.started.Add(f.Timeout), true
}
