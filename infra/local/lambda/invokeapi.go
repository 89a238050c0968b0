package lambda

import (
	"errors"
	"io"
	"net/http"
)

// maxEvent is Lambda's limit for an asynchronous request.
const maxEvent = 1 << 20

// InvokeAPI serves POST /2015-03-31/functions/{name}/invocations for RequestResponse and Event invocations, so that the
// AWS SDK and `aws lambda invoke` reach the functions. An Event is run once: retries belong to whoever sends it.
func (p *Platform) InvokeAPI() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /2015-03-31/functions/{name}/invocations", func(w http.ResponseWriter, r *http.Request) {
		if err := p.serveInvoke(w, r); err != nil {
			writeError(w, err)
		}
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		writeError(w, &Error{404, "UnknownOperationException", r.Method + " " + r.URL.Path + " is not served by the local Lambda API"})
	})
	return mux
}

func (p *Platform) serveInvoke(w http.ResponseWriter, r *http.Request) error {
	if err := checkInvokeOptions(r); err != nil {
		return err
	}
	payload, err := io.ReadAll(io.LimitReader(r.Body, MaxPayload+1))
	if err != nil {
		return errInvalid("reading the payload: %v", err)
	}
	if r.Header.Get("X-Amz-Invocation-Type") == "Event" {
		return p.serveEvent(w, r.PathValue("name"), payload)
	}
	result, err := p.Invoke(r.Context(), r.PathValue("name"), payload)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("X-Amzn-Requestid", result.RequestID)
	h.Set("X-Amz-Executed-Version", "$LATEST")
	if result.FunctionError != "" {
		h.Set("X-Amz-Function-Error", result.FunctionError)
	}
	_, _ = w.Write(result.Payload) // a client that is gone needs no answer
	return nil
}

// checkInvokeOptions refuses what would change the meaning of the call.
func checkInvokeOptions(r *http.Request) error {
	switch kind := r.Header.Get("X-Amz-Invocation-Type"); kind {
	case "", "RequestResponse", "Event":
	default:
		return errInvalid("InvocationType %s is not supported; use RequestResponse or Event", kind)
	}
	if tail := r.Header.Get("X-Amz-Log-Type"); tail != "" && tail != "None" {
		return errInvalid("LogType %s is not supported; use None", tail)
	}
	if r.Header.Get("X-Amz-Client-Context") != "" {
		return errInvalid("ClientContext is not supported")
	}
	if q := r.URL.Query().Get("Qualifier"); q != "" && q != "$LATEST" {
		return &Error{404, "ResourceNotFoundException", "Function not found: qualifier " + q + "; only $LATEST exists"}
	}
	return nil
}

func (p *Platform) serveEvent(w http.ResponseWriter, name string, payload []byte) error {
	if len(payload) > maxEvent {
		return &Error{413, "RequestTooLargeException", "the payload is too large for the Event invocation type (limit 1048576 bytes)"}
	}
	inv, f, err := p.accept(name, payload)
	if err != nil {
		return err
	}
	f.enqueue(inv)
	w.Header().Set("X-Amzn-Requestid", inv.id)
	w.WriteHeader(http.StatusAccepted)
	return nil
}

func writeError(w http.ResponseWriter, err error) {
	var refused *Error
	if !errors.As(err, &refused) {
		refused = &Error{500, "ServiceException", err.Error()}
	}
	kind := "User"
	if refused.Status >= 500 {
		kind = "Server"
	}
	w.Header().Set("X-Amzn-Errortype", refused.Code)
	writeJSON(w, refused.Status, map[string]string{"Type": kind, "message": refused.Message})
}
