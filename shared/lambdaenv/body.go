package lambdaenv

import (
	"bytes"
	"io"
	"net/http"
)

// ownBody gives the transport a copy of each request's body. The SDK closes the body as soon as the answer's headers are
// there, and where the answer is quick the transport then takes its own last look at the body for a failure and drops the
// connection under the answer (aws-sdk-go-v2 issue 2737): the call would be made, and paid for, twice. Bodies are small;
// files never pass through a function.
type ownBody struct{ next http.RoundTripper }

func (o ownBody) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return o.next.RoundTrip(r)
	}
	body, err := io.ReadAll(r.Body)
	r.Body.Close()
	if err != nil {
		return nil, err
	}
	own := r.Clone(r.Context())
	own.ContentLength = int64(len(body))
	own.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	own.Body, _ = own.GetBody()
	return o.next.RoundTrip(own)
}
