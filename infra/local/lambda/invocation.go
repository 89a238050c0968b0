package lambda

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/callsheet/callsheet/infra/local/clock"
)

// An invocation is one event on its way through a function. It holds the clock until it is answered.
type invocation struct {
	id      string
	traceID string
	payload []byte
	answer  chan answer // receives exactly once
	release func()      // lets the clock go on

	// Guarded by the function's lock.
	started time.Time   // when a process received it; zero before
	timer   *time.Timer // its timeout, once started
	outcome *Result     // what the process posted, until the process asks for more work
}

type answer struct {
	result Result
	err    error
}

func newInvocation(payload []byte, clk *clock.Clock) *invocation {
	return &invocation{
		id:      newRequestID(),
		traceID: fmt.Sprintf("Root=1-%08x-%s;Parent=%s;Sampled=0", clk.Now().Unix(), randomHex(12), randomHex(8)),
		payload: payload,
		answer:  make(chan answer, 1),
		release: clk.Begin(),
	}
}

// finish answers the caller. The function's lock need not be held.
func (inv *invocation) finish(r Result, err error) {
	r.RequestID = inv.id
	inv.answer <- answer{r, err}
	inv.release()
}

// failure is Lambda's error document for what the service, not the function, has to say about an invocation.
func (inv *invocation) failure(errorType, message string) Result {
	// A struct of two strings always marshals.
	payload, _ := json.Marshal(struct {
		Type    string `json:"errorType"`
		Message string `json:"errorMessage"`
	}{errorType, "RequestId: " + inv.id + " Error: " + message})
	return unhandled(payload)
}

func unhandled(payload []byte) Result {
	return Result{Payload: payload, FunctionError: "Unhandled"}
}

// newRequestID is a random UUID, version 4.
func newRequestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func randomHex(bytes int) string {
	b := make([]byte, bytes)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}
