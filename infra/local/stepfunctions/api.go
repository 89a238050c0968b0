package stepfunctions

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
)

const targetPrefix = "AWSStepFunctions."

// largestRequest leaves room for the largest input with every byte escaped.
const largestRequest = 8 * largestData

// operations are the API actions that exist here; any other is an UnknownOperationException.
var operations = map[string]func(*Service, []byte) (any, error){
	"StartExecution":       operation((*Service).startExecution),
	"StopExecution":        operation((*Service).stopExecution),
	"DescribeExecution":    operation((*Service).describeExecution),
	"ListExecutions":       operation((*Service).listExecutions),
	"GetExecutionHistory":  operation((*Service).getExecutionHistory),
	"DescribeStateMachine": operation((*Service).describeStateMachine),
	"ListStateMachines":    operation((*Service).listStateMachines),
}

// An apiError is an exception of the Step Functions API.
type apiError struct {
	Code    string `json:"__type"`
	Message string `json:"message"`
}

func (e apiError) Error() string { return e.Code + ": " + e.Message }

func refusal(code, format string, args ...any) error {
	return apiError{code, fmt.Sprintf(format, args...)}
}

// operation decodes strictly: a parameter that is not supported is refused by its name.
func operation[Request, Answer any](do func(*Service, Request) (Answer, error)) func(*Service, []byte) (any, error) {
	return func(s *Service, body []byte) (any, error) {
		var request Request
		d := json.NewDecoder(bytes.NewReader(body))
		d.DisallowUnknownFields()
		if err := d.Decode(&request); err != nil {
			return nil, refusal("ValidationException", "the request is not supported: %s", strings.TrimPrefix(err.Error(), "json: "))
		}
		return do(s, request)
	}
}

// ServeHTTP speaks the AWS JSON 1.0 protocol.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, err := s.answer(w, r)
	status := http.StatusOK
	var refused apiError
	switch {
	case errors.As(err, &refused):
		status, answer = http.StatusBadRequest, refused
	case err != nil:
		slog.Error("stepfunctions: a request failed", "target", r.Header.Get("X-Amz-Target"), "error", err)
		status, answer = http.StatusInternalServerError, apiError{"InternalFailure", "the local Step Functions failed; see its log"}
	}
	body, err := encode(answer)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.Header().Set("X-Amzn-Requestid", newID())
	w.WriteHeader(status)
	if _, err := w.Write(body); err != nil {
		slog.Debug("stepfunctions: the caller went away", "error", err)
	}
}

func (s *Service) answer(w http.ResponseWriter, r *http.Request) (any, error) {
	name, ok := strings.CutPrefix(r.Header.Get("X-Amz-Target"), targetPrefix)
	do := operations[name]
	if r.Method != http.MethodPost || !ok || do == nil {
		return nil, refusal("UnknownOperationException", "the operation %q is not supported by the local Step Functions", r.Header.Get("X-Amz-Target"))
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largestRequest))
	if err != nil {
		return nil, refusal("ValidationException", "the request body: %v", err)
	}
	return do(s, body)
}
