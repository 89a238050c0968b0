package lambda

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// runtimeAPI is what the process talks to: version 2018-06-01 of Lambda's Runtime API.
func (e *environment) runtimeAPI() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", e.next)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", e.respond)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", e.fail)
	mux.HandleFunc("POST /2018-06-01/runtime/init/error", e.failInit)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		refuse(w, http.StatusNotFound, "UnknownOperation", r.Method+" "+r.URL.Path+" is not served by the local Runtime API")
	})
	return mux
}

// next waits for an invocation and hands it over.
func (e *environment) next(w http.ResponseWriter, r *http.Request) {
	if err := e.function.offer(e, time.Now()); err != nil {
		refuse(w, http.StatusForbidden, "InvalidStateTransition", err.Error())
		return
	}
	select {
	case inv := <-e.work:
		e.handOver(w, inv)
	case <-r.Context().Done(): // the process is gone, or as good as gone
		e.function.mu.Lock()
		defer e.function.mu.Unlock()
		e.kill("")
	}
}

func (e *environment) handOver(w http.ResponseWriter, inv *invocation) {
	deadline, ok := e.begin(inv)
	if !ok {
		refuse(w, http.StatusForbidden, "InvalidStateTransition", "the process is being stopped")
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Lambda-Runtime-Aws-Request-Id", inv.id)
	h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(deadline.UnixMilli(), 10))
	h.Set("Lambda-Runtime-Invoked-Function-Arn", e.function.platform.ARN(e.function.Name))
	h.Set("Lambda-Runtime-Trace-Id", inv.traceID)
	_, _ = w.Write(inv.payload) // a process that cannot read it is gone, and the invocation fails with its end
}

func (e *environment) respond(w http.ResponseWriter, r *http.Request) {
	if mode := r.Header.Get("Lambda-Runtime-Function-Response-Mode"); mode != "" {
		refuse(w, http.StatusBadRequest, "InvalidResponseMode", "response mode "+mode+" is not served by the local Runtime API")
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxPayload))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		e.settle(w, r, func(inv *invocation) Result {
			return inv.failure("Function.ResponseSizeTooLarge", fmt.Sprintf("Response payload size exceeded maximum allowed payload size (%d bytes).", MaxPayload))
		}, http.StatusRequestEntityTooLarge)
		return
	}
	if err != nil {
		refuse(w, http.StatusBadRequest, "InvalidRequest", "reading the response: "+err.Error())
		return
	}
	if late := r.Trailer.Get("Lambda-Runtime-Function-Error-Body"); late != "" {
		e.settle(w, r, func(inv *invocation) Result { return lateFailure(inv, late) }, http.StatusAccepted)
		return
	}
	e.settle(w, r, func(*invocation) Result { return Result{Payload: body} }, http.StatusAccepted)
}

// lateFailure is an error that the function met while it was sending its response.
func lateFailure(inv *invocation, encoded string) Result {
	document, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || !json.Valid(document) {
		return inv.failure("Runtime.TruncatedResponse", "the response broke off")
	}
	return unhandled(document)
}

func (e *environment) fail(w http.ResponseWriter, r *http.Request) {
	document, err := errorDocument(w, r)
	if err != nil {
		refuse(w, http.StatusBadRequest, "InvalidRequest", err.Error())
		return
	}
	e.settle(w, r, func(*invocation) Result { return unhandled(document) }, http.StatusAccepted)
}

func errorDocument(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	document, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxPayload))
	if err != nil {
		return nil, fmt.Errorf("reading the error: %w", err)
	}
	if !json.Valid(document) {
		return nil, errors.New("the error is not JSON")
	}
	return document, nil
}

// settle records how the invocation ended. The first answer counts; one for another invocation is refused.
func (e *environment) settle(w http.ResponseWriter, r *http.Request, outcome func(*invocation) Result, status int) {
	e.function.mu.Lock()
	inv := e.current
	known := inv != nil && inv.id == r.PathValue("id") && inv.outcome == nil
	if known {
		result := outcome(inv)
		inv.outcome = &result
	}
	e.function.mu.Unlock()
	switch {
	case !known:
		refuse(w, http.StatusBadRequest, "InvalidRequestID", "Invalid request ID")
	case status != http.StatusAccepted:
		refuse(w, status, "RequestEntityTooLarge", "Exceeded maximum allowed payload size")
	default:
		accepted(w)
	}
}

// failInit records why the process cannot start, and ends it.
func (e *environment) failInit(w http.ResponseWriter, r *http.Request) {
	document, err := errorDocument(w, r)
	if err != nil {
		refuse(w, http.StatusBadRequest, "InvalidRequest", err.Error())
		return
	}
	e.function.mu.Lock()
	ready := e.ready
	if !ready {
		e.initError = document
	}
	e.function.mu.Unlock()
	if ready {
		refuse(w, http.StatusForbidden, "InvalidStateTransition", "the init phase is over")
		return
	}
	accepted(w)
	if err := http.NewResponseController(w).Flush(); err != nil {
		e.function.log.add("answering init/error: " + err.Error())
	}
	e.function.mu.Lock()
	defer e.function.mu.Unlock()
	e.kill("")
}

func accepted(w http.ResponseWriter) {
	writeJSON(w, http.StatusAccepted, map[string]string{"status": "OK"})
}

func refuse(w http.ResponseWriter, status int, errorType, message string) {
	writeJSON(w, status, map[string]string{"errorType": errorType, "errorMessage": message})
}

func writeJSON(w http.ResponseWriter, status int, body map[string]string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client that is gone needs no answer
}
