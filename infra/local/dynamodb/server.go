package dynamodb

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"hash/crc32"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
)

// An operation answers a request body. It returns what it consumed also when it fails.
type operation func(s *Store, body []byte) (answer any, used consumptions, err error)

var operations = map[string]operation{
	"GetItem":            decoded((*Store).getItem),
	"BatchGetItem":       decoded((*Store).batchGetItem),
	"Query":              decoded((*Store).query),
	"PutItem":            decoded((*Store).putItem),
	"UpdateItem":         decoded((*Store).updateItem),
	"DeleteItem":         decoded((*Store).deleteItem),
	"BatchWriteItem":     decoded((*Store).batchWriteItem),
	"TransactWriteItems": decoded((*Store).transactWriteItems),
	"DescribeTable":      decoded((*Store).describeTable),
	"ListTables":         decoded((*Store).listTables),
}

// decoded decodes the body strictly: a parameter that the input type does not have is refused by name.
func decoded[Input any](run func(*Store, *Input) (any, consumptions, error)) operation {
	return func(s *Store, body []byte) (any, consumptions, error) {
		input := new(Input)
		decoder := json.NewDecoder(bytes.NewReader(body))
		decoder.DisallowUnknownFields()
		err := decoder.Decode(input)
		if err == nil && decoder.More() {
			err = errors.New("trailing data")
		}
		if err != nil {
			return nil, nil, decodingError(err)
		}
		return run(s, input)
	}
}

func decodingError(err error) error {
	if _, invalid := errors.AsType[attribute.ValidationError](err); invalid {
		return err
	}
	if name, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); unknown {
		return attribute.Invalidf("The parameter %s is not supported by the local DynamoDB", name)
	}
	return &apiError{Type: "SerializationException", Message: err.Error()}
}

// maxBody is DynamoDB's limit for one request.
const maxBody = 16 << 20

// ServeHTTP answers one request of the protocol.
func (s *Store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, err := s.serve(w, r)
	if err == nil {
		respond(w, http.StatusOK, answer)
		return
	}
	failure, expected := apiErrorOf(err)
	status := http.StatusBadRequest
	if !expected {
		status = http.StatusInternalServerError
		slog.Error("dynamodb", "target", r.Header.Get("X-Amz-Target"), "error", err)
	}
	respond(w, status, failure.body())
}

func (s *Store) serve(w http.ResponseWriter, r *http.Request) (any, error) {
	const prefix = "DynamoDB_20120810."
	name, ok := strings.CutPrefix(r.Header.Get("X-Amz-Target"), prefix)
	run := operations[name]
	if r.Method != http.MethodPost || !ok || run == nil {
		return nil, &apiError{Type: "UnknownOperationException", Message: "The local DynamoDB does not support " + name}
	}
	accessKeyID, ok := accessKeyID(r)
	if !ok {
		return nil, &apiError{Type: "MissingAuthenticationTokenException", Message: "Request is missing Authentication Token"}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return nil, &apiError{Type: "SerializationException", Message: err.Error()}
	}
	answer, used, err := run(s, body)
	s.account(name, accessKeyID, used)
	return answer, err
}

// accessKeyID reads the key id out of "AWS4-HMAC-SHA256 Credential=<id>/<date>/…, …".
func accessKeyID(r *http.Request) (string, bool) {
	credential, ok := strings.CutPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=")
	id, _, scoped := strings.Cut(credential, "/")
	return id, ok && scoped && id != ""
}

// body spells the error; two of them have their message under another name.
func (e *apiError) body() map[string]any {
	message := "message"
	body := map[string]any{}
	switch e.Type {
	case "TransactionCanceledException":
		message = "Message"
		body["CancellationReasons"] = e.Reasons
	case "IdempotentParameterMismatchException":
		message = "Message"
	}
	if e.Item != nil {
		body["Item"] = e.Item
	}
	body["__type"] = "com.amazonaws.dynamodb.v20120810#" + e.Type
	body[message] = e.Message
	return body
}

func respond(w http.ResponseWriter, status int, answer any) {
	body, err := json.Marshal(answer)
	if err != nil {
		panic(err) // answers are made of types that always marshal
	}
	header := w.Header()
	header.Set("Content-Type", "application/x-amz-json-1.0")
	header.Set("Content-Length", strconv.Itoa(len(body)))
	header.Set("X-Amzn-Requestid", rand.Text()+rand.Text())
	header.Set("X-Amz-Crc32", strconv.FormatUint(uint64(crc32.ChecksumIEEE(body)), 10))
	w.WriteHeader(status)
	// A client that has gone away learns nothing; its change, if any, is committed.
	_, _ = w.Write(body)
}
