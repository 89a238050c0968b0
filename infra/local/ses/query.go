package ses

import (
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/oklog/ulid/v2"
)

const (
	version     = "2010-12-01"
	namespace   = "http://ses.amazonaws.com/doc/2010-12-01/"
	largestForm = 2*largestMessage + 1<<16 // base64, then percent signs
)

// An action is one call: who serves it, and the parameters it understands. Any other is refused by name.
type action struct {
	serve      func(*Server, url.Values) (any, error)
	parameters *regexp.Regexp
}

var actions = map[string]action{
	"SendRawEmail": {(*Server).sendRaw, regexp.MustCompile(`^(RawMessage\.Data|Source|ConfigurationSetName|Destinations\.member\.\d+|Tags\.member\.\d+\.(Name|Value))$`)},
	"GetSendQuota": {(*Server).sendQuota, regexp.MustCompile(`^$`)},
}

type sendRawEmailResponse struct {
	XMLName   xml.Name `xml:"http://ses.amazonaws.com/doc/2010-12-01/ SendRawEmailResponse"`
	MessageID string   `xml:"SendRawEmailResult>MessageId"`
}

type getSendQuotaResponse struct {
	XMLName         xml.Name `xml:"http://ses.amazonaws.com/doc/2010-12-01/ GetSendQuotaResponse"`
	Max24HourSend   float64  `xml:"GetSendQuotaResult>Max24HourSend"`
	MaxSendRate     float64  `xml:"GetSendQuotaResult>MaxSendRate"`
	SentLast24Hours float64  `xml:"GetSendQuotaResult>SentLast24Hours"`
}

// A refusal is an error in SES's words.
type refusal struct {
	status  int
	code    string
	message string
}

func (e refusal) Error() string { return e.code + ": " + e.message }

func invalid(message string) error {
	return refusal{http.StatusBadRequest, "InvalidParameterValue", message}
}

// ServeHTTP takes a form in a POST. The call must be signed, so that a client without credentials fails here as it would
// in the cloud; whose signature it is, and whether it is right, is not checked.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	requestID := ulid.Make().String()
	w.Header().Set("Content-Type", "text/xml")
	w.Header().Set("X-Amzn-Requestid", requestID)
	answer, err := s.call(w, r)
	if err != nil {
		writeError(w, requestID, err)
		return
	}
	writeXML(w, answer)
}

func (s *Server) call(w http.ResponseWriter, r *http.Request) (any, error) {
	if !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 ") {
		return nil, refusal{http.StatusForbidden, "MissingAuthenticationToken", "Request is missing Authentication Token"}
	}
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.Method != http.MethodPost || err != nil || media != "application/x-www-form-urlencoded" {
		return nil, refusal{http.StatusBadRequest, "InvalidParameterValue", "The local cloud takes a POST of application/x-www-form-urlencoded only."}
	}
	r.Body = http.MaxBytesReader(w, r.Body, largestForm)
	if err := r.ParseForm(); err != nil {
		if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
			return nil, tooLong()
		}
		return nil, refusal{http.StatusBadRequest, "MalformedInput", "The form cannot be read: " + err.Error()}
	}
	form := r.PostForm
	act, known := actions[form.Get("Action")]
	if !known || form.Get("Version") != version {
		return nil, refusal{http.StatusBadRequest, "InvalidAction", fmt.Sprintf("Could not find operation %s for version %s in the local cloud", form.Get("Action"), form.Get("Version"))}
	}
	for name, values := range form {
		if name != "Action" && name != "Version" && !act.parameters.MatchString(name) {
			return nil, invalid("The parameter " + name + " of " + form.Get("Action") + " is not implemented by the local cloud.")
		}
		if len(values) > 1 {
			return nil, invalid("The parameter " + name + " is given more than once.")
		}
	}
	return act.serve(s, form)
}

func tooLong() error {
	return invalid(fmt.Sprintf("Message length is more than %d bytes long.", largestMessage))
}

// members reads prefix1, prefix2, … A gap would hide a recipient, so it is refused.
func members(form url.Values, prefix string) ([]string, error) {
	var list []string
	for i := 1; form.Has(fmt.Sprint(prefix, i)); i++ {
		list = append(list, form.Get(fmt.Sprint(prefix, i)))
	}
	given := 0
	for name := range form {
		if strings.HasPrefix(name, prefix) {
			given++
		}
	}
	if given != len(list) {
		return nil, invalid("The members of " + strings.TrimSuffix(prefix, ".member.") + " are not numbered 1, 2, 3, …")
	}
	return list, nil
}

func writeError(w http.ResponseWriter, requestID string, err error) {
	answer := refusal{http.StatusInternalServerError, "InternalFailure", "The request processing has failed because of an unknown error."}
	kind := "Sender"
	if !errors.As(err, &answer) {
		slog.Error("ses", "request", requestID, "error", err)
		kind = "Receiver"
	}
	w.WriteHeader(answer.status)
	writeXML(w, struct {
		XMLName   xml.Name `xml:"ErrorResponse"`
		Namespace string   `xml:"xmlns,attr"`
		Type      string   `xml:"Error>Type"`
		Code      string   `xml:"Error>Code"`
		Message   string   `xml:"Error>Message"`
		RequestID string   `xml:"RequestId"`
	}{Namespace: namespace, Type: kind, Code: answer.code, Message: answer.message, RequestID: requestID})
}

// writeXML ignores a failed write: a caller who hung up cannot be told anything.
func writeXML(w http.ResponseWriter, answer any) {
	text, err := xml.Marshal(answer)
	if err != nil {
		panic("ses: answer is not XML: " + err.Error()) // our own types
	}
	_, _ = w.Write(append([]byte(xml.Header), text...))
}
