package s3

import (
	"encoding/xml"
	"errors"
	"log/slog"
	"net/http"

	"github.com/johannesboyne/gofakes3"
)

// A refusal is an error in S3's words.
type refusal struct {
	status  int
	code    string
	message string
}

func (e refusal) Error() string { return e.code + ": " + e.message }

func refuse(status int, code, message string) error { return refusal{status, code, message} }

func accessDenied(message string) error {
	return refuse(http.StatusForbidden, "AccessDenied", message)
}

func malformedQuery(message string) error {
	return refuse(http.StatusBadRequest, "AuthorizationQueryParametersError", message)
}

// unsupported names what this cloud does not do.
func unsupported(what string) error {
	return refuse(http.StatusNotImplemented, "NotImplemented", what+" is not implemented by the local cloud.")
}

func invalidRequest(message string) error {
	return refuse(http.StatusBadRequest, "InvalidRequest", message)
}

// writeError answers err as S3 would. What is neither ours nor gofakes3's is an InternalError, told in full only to the log.
func writeError(w http.ResponseWriter, r *http.Request, err error) {
	answer := refusal{http.StatusInternalServerError, "InternalError", "We encountered an internal error. Please try again."}
	var known gofakes3.Error
	switch {
	case errors.As(err, &answer):
	case errors.As(err, &known) && known.ErrorCode() != gofakes3.ErrInternal:
		answer = refusal{known.ErrorCode().Status(), string(known.ErrorCode()), known.Error()}
	default:
		slog.Error("s3", "method", r.Method, "path", r.URL.Path, "error", err)
	}
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(answer.status)
	if r.Method == http.MethodHead {
		return
	}
	writeBody(w, struct {
		XMLName  xml.Name `xml:"Error"`
		Code     string
		Message  string
		Resource string
	}{Code: answer.code, Message: answer.message, Resource: r.URL.Path})
}

func writeXML(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/xml")
	writeBody(w, body)
}

// writeBody ignores a failed write: the status is out, and a caller who hung up cannot be told anything.
func writeBody(w http.ResponseWriter, body any) {
	text, err := xml.Marshal(body)
	if err != nil {
		panic("s3: answer is not XML: " + err.Error()) // our own types
	}
	_, _ = w.Write(append([]byte(xml.Header), text...))
}
