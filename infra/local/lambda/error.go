package lambda

import "fmt"

// Error is a refusal by the Lambda service itself, with its HTTP status and AWS's name for it.
type Error struct {
	Status  int
	Code    string
	Message string
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

func errClosed() *Error {
	return &Error{500, "ServiceException", "the local Lambda platform is closed"}
}

func errInvalid(format string, args ...any) *Error {
	return &Error{400, "InvalidParameterValueException", fmt.Sprintf(format, args...)}
}
