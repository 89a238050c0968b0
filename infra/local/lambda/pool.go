package lambda

import (
	"cmp"
	"errors"
	"slices"
	"sync"
	"time"
)

// A function is a registration with its processes and the invocations that wait for one. An invocation is complete
// when its process asks for the next one or is gone, never before: so one caller after the other meets one process.
type function struct {
	Function
	platform *Platform
	log      *functionLog

	mu           sync.Mutex
	environments map[*environment]struct{} // all that are not gone
	starting     int                       // those of them that have not asked for work yet
	idle         []*environment            // the last used one last
	waiting      []*invocation             // first come, first served
	stats        Stats
	closed       bool
}

func newFunction(p *Platform, f Function) *function {
	f.Concurrency = cmp.Or(f.Concurrency, defaultConcurrency)
	return &function{
		Function:     f,
		platform:     p,
		log:          &functionLog{prefix: f.Name + " | ", out: p.logs},
		environments: map[*environment]struct{}{},
	}
}

// enqueue gives the invocation to an idle process, or queues it and starts a process if another one is allowed. A function
// elsewhere gets it at once: how many may run there is decided there.
func (f *function) enqueue(inv *invocation) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		inv.finish(Result{}, errClosed())
		return
	}
	if f.Elsewhere != "" {
		f.platform.running.Go(func() { f.forward(inv) })
		return
	}
	f.waiting = append(f.waiting, inv)
	f.dispatch()
}

// dispatch moves waiting invocations to idle processes and starts as many processes as the rest needs. f.mu is held.
func (f *function) dispatch() {
	for len(f.waiting) > 0 && len(f.idle) > 0 {
		last := len(f.idle) - 1
		e := f.idle[last]
		f.idle = f.idle[:last]
		e.assign(f.takeFirst())
	}
	for f.starting < len(f.waiting) && len(f.environments) < f.Concurrency && !f.closed {
		e := newEnvironment(f)
		f.environments[e] = struct{}{}
		f.starting++
		f.stats.ColdStarts++
		f.platform.running.Go(e.run)
	}
}

func (f *function) takeFirst() *invocation {
	inv := f.waiting[0]
	f.waiting = f.waiting[1:]
	return inv
}

// abandon forgets an invocation whose caller left while it still waited.
func (f *function) abandon(inv *invocation) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if i := slices.Index(f.waiting, inv); i >= 0 {
		f.waiting = slices.Delete(f.waiting, i, i+1)
		inv.release()
	}
}

// offer is called when a process asks for work: what it had is complete, and it is free. A process that asks twice, or
// before it has answered, is refused.
func (f *function) offer(e *environment, now time.Time) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if e.doomed {
		return errors.New("the process is being stopped")
	}
	if e.asking || e.current != nil && e.current.outcome == nil {
		return errors.New("next was called while an invocation is in progress")
	}
	e.asking = true
	if !e.ready {
		e.ready = true
		e.initTimer.Stop()
		f.starting--
	}
	if inv := e.current; inv != nil {
		e.current = nil
		f.complete(inv, *inv.outcome, now)
	}
	e.idleSince = now
	f.idle = append(f.idle, e)
	f.dispatch()
	return nil
}

// gone is called when a process has ended and its output is read: what it was doing fails with the reason, and what it
// had not yet received goes to another process.
func (f *function) gone(e *environment, errorType, reason string, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.environments, e)
	f.retire(e)
	switch inv := e.current; {
	case inv != nil && inv.started.IsZero() && f.closed:
		inv.finish(Result{}, errClosed())
	case inv != nil && inv.started.IsZero():
		f.waiting = slices.Insert(f.waiting, 0, inv)
	case inv != nil && inv.outcome != nil:
		f.complete(inv, *inv.outcome, now)
	case inv != nil:
		f.complete(inv, inv.failure(errorType, reason), now)
	}
	if !e.ready {
		f.starting--
		if len(f.waiting) > 0 {
			inv := f.takeFirst()
			f.complete(inv, e.initFailure(inv, errorType, reason), now)
		}
	}
	f.dispatch()
}

// retire takes a process out of the idle ones. f.mu is held.
func (f *function) retire(e *environment) {
	f.idle = slices.DeleteFunc(f.idle, func(other *environment) bool { return other == e })
}

// complete counts the invocation and answers it. f.mu is held.
func (f *function) complete(inv *invocation, r Result, now time.Time) {
	f.stats.Invocations++
	if r.FunctionError != "" {
		f.stats.Errors++
	}
	if !inv.started.IsZero() {
		inv.timer.Stop()
		took := now.Sub(inv.started)
		f.stats.Busy += took
		f.stats.Longest = max(f.stats.Longest, took)
	}
	inv.finish(r, nil)
}

func (f *function) snapshot() Stats {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.stats
	s.Processes = len(f.environments)
	return s
}

func (f *function) kill() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	for e := range f.environments {
		e.kill("")
	}
	return len(f.environments)
}

// stopIdle kills the processes that have been idle since limit or longer.
func (f *function) stopIdle(limit time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range slices.Clone(f.idle) {
		if !e.idleSince.After(limit) {
			e.kill("")
		}
	}
}

// close kills every process; those that were busy answer with their end.
func (f *function) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	for _, inv := range f.waiting {
		inv.finish(Result{}, errClosed())
	}
	f.waiting = nil
	for e := range f.environments {
		e.kill("")
	}
}
