package files

import (
	"encoding/xml"
	"errors"
	"fmt"
)

// refused is an error answer of S3.
type refused struct {
	status int
	code   string
}

func (r *refused) Error() string { return fmt.Sprintf("files: S3 answered %d %s", r.status, r.code) }

func asRefused(err error, target **refused) bool { return errors.As(err, target) }

func code(body []byte) string {
	var e struct {
		Code string
	}
	if xml.Unmarshal(body, &e) != nil {
		return ""
	}
	return e.Code
}
