// Package lambda runs real bootstrap binaries as AWS Lambda does: it serves each process the Runtime API (2018-06-01),
// starts processes on demand and in parallel, enforces timeouts, and replaces what crashed. It knows nothing of event
// sources; it does not limit memory or CPU, and a caller above a function's concurrency waits instead of being throttled.
//
// A function's timeout and idle time are measured by the wall, because the process measures its deadline by the wall.
package lambda
