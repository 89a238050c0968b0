package dynamodb

import (
	"errors"
	"slices"
	"strings"

	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
)

// apiError is an error as DynamoDB answers it.
type apiError struct {
	Type    string
	Message string
	// Item is what stood in the way of a condition, when the request asked for it.
	Item attribute.Map
	// Reasons tells, for each action of a cancelled transaction, why.
	Reasons []cancellationReason
}

func (e *apiError) Error() string { return e.Type + ": " + e.Message }

type cancellationReason struct {
	Code    string
	Message string        `json:",omitempty"`
	Item    attribute.Map `json:",omitempty"`
}

// apiErrorOf finds what to answer for any error; ok is false for one that is nobody's fault but ours.
func apiErrorOf(err error) (e *apiError, ok bool) {
	if errors.As(err, &e) {
		return e, true
	}
	if invalid, isInvalid := errors.AsType[attribute.ValidationError](err); isInvalid {
		return &apiError{Type: "ValidationException", Message: string(invalid)}, true
	}
	return &apiError{Type: "InternalServerError", Message: "Internal server error"}, false
}

func missing(parameter string) error {
	return attribute.Invalidf("1 validation error detected: Value null at '%s' failed to satisfy constraint: Member must not be null", parameter)
}

// oneOf refuses a value that is neither empty nor one of the allowed ones.
func oneOf(parameter, value string, allowed ...string) error {
	if value == "" || slices.Contains(allowed, value) {
		return nil
	}
	return attribute.Invalidf("1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: Member must satisfy enum value set: [%s]", value, parameter, strings.Join(allowed, ", "))
}
