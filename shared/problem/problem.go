// Package problem is the one error type of Callsheet and the closed list of its codes. A decision that refuses returns
// an *Error; each edge translates its Kind (handler for HTTP, streams and timers). Anything else is Internal and hidden.
package problem

import (
	"errors"
	"fmt"
	"time"
)

// Kind says what an error means to whoever must act on it. The list is closed; do not reorder it.
type Kind int

const (
	Internal             Kind = iota // unclassified: text hidden from callers
	Malformed                        // not a request of the protocol at all
	Unauthenticated                  // we do not know who asks
	Forbidden                        // we know, and no
	NotFound                         // no such thing, or not the caller's to see
	MethodNotAllowed                 // the path exists, the method does not
	Conflict                         // the lifecycle does not allow this now
	Gone                             // it was there and will not come back
	Stale                            // the caller decided on an older version
	TooLarge                         // the body exceeds the limit
	Unsupported                      // a media type or encoding we do not read
	Invalid                          // understood, and wrong
	PreconditionRequired             // an edit without If-Match
	RateLimited                      // too often
	Unavailable                      // a dependency failed; try again
)

// Error is a refusal: a stable code for programs, a message for people, and a cause for our logs only.
type Error struct {
	Code    Code
	Message string
	Fields  []Field           // where the input is wrong
	Facts   map[string]string // what the caller may know about why: times, counts, never identities
	Wait    time.Duration     // how long trying again makes no sense; 0 where nobody knows
	Cause   error
}

// Field points at one wrong value of the request body (RFC 6901) or names a header or query parameter.
type Field struct {
	Pointer string
	Message string
}

// New is a refusal with the code's kind and a message for the caller.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Because keeps the cause for the logs; callers never see it.
func (e *Error) Because(cause error) *Error { e.Cause = cause; return e }

// After says how long to wait before trying again.
func (e *Error) After(wait time.Duration) *Error { e.Wait = wait; return e }

// With adds a fact that explains the refusal to the caller.
func (e *Error) With(name, value string) *Error {
	if e.Facts == nil {
		e.Facts = map[string]string{}
	}
	e.Facts[name] = value
	return e
}

// Kind is the kind of the error's code.
func (e *Error) Kind() Kind { return codes[e.Code].Kind }

func (e *Error) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("%s: %s: %v", e.Code, e.Message, e.Cause)
	}
	return fmt.Sprintf("%s: %s", e.Code, e.Message)
}

func (e *Error) Unwrap() error { return e.Cause }

// As returns err's refusal. What is not a refusal is Internal, with the cause kept for the logs.
func As(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Code: CodeInternal, Message: "Something went wrong on our side.", Cause: err}
}

// Is reports whether err is a refusal with this code.
func Is(err error, code Code) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == code
}

// Fields collects what is wrong with an input, so that a caller is told everything at once.
type Fields []Field

// Add notes one wrong value.
func (f *Fields) Add(pointer, format string, args ...any) {
	*f = append(*f, Field{Pointer: pointer, Message: fmt.Sprintf(format, args...)})
}

// Err is nil when nothing was noted.
func (f Fields) Err() error {
	if len(f) == 0 {
		return nil
	}
	return &Error{Code: CodeValidation, Message: f[0].Message, Fields: f}
}
