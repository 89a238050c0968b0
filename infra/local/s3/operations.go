package s3

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/johannesboyne/gofakes3"
)

// A request is an HTTP request that was understood: its signature holds and its bucket and key are known.
type request struct {
	*http.Request
	query       url.Values
	bucket, key string
}

// An operation is one S3 call: how it is recognised, what it takes, who serves it. A parameter or header that is not
// listed is refused by name.
type operation struct {
	name    string
	method  string
	object  bool     // addresses a key rather than a bucket
	markers []string // query parameters that tell it from others of the same method
	query   []string
	headers []string // canonical names; a trailing * stands for any rest
	serve   func(*Server, http.ResponseWriter, *request) error
}

var (
	storedHeaders   = []string{"X-Amz-Meta-*", "X-Amz-Tagging"}
	bodyChecks      = []string{"X-Amz-Sdk-Checksum-Algorithm", checksumSHA256, checksumCRC32}
	responseHeaders = []string{"response-content-type", "response-content-language", "response-expires", "response-cache-control", "response-content-disposition", "response-content-encoding"}
)

// operations lists the more specific call before the more general one of the same method.
var operations = []operation{
	{name: "UploadPart", method: "PUT", object: true, markers: []string{"partNumber", "uploadId"}, headers: bodyChecks, serve: (*Server).uploadPart},
	{name: "PutObjectTagging", method: "PUT", object: true, markers: []string{"tagging"}, headers: bodyChecks, serve: (*Server).putTagging},
	{name: "PutObject", method: "PUT", object: true, headers: slices.Concat(storedHeaders, bodyChecks, []string{"If-None-Match", "If-Match"}), serve: (*Server).forward},
	{name: "GetObjectTagging", method: "GET", object: true, markers: []string{"tagging"}, serve: (*Server).getTagging},
	{name: "GetObject", method: "GET", object: true, query: responseHeaders, headers: []string{"Range", "If-None-Match", "If-Modified-Since", "X-Amz-Checksum-Mode"}, serve: (*Server).forward},
	{name: "HeadObject", method: "HEAD", object: true, query: responseHeaders, headers: []string{"Range", "If-None-Match", "If-Modified-Since", "X-Amz-Checksum-Mode"}, serve: (*Server).forward},
	{name: "AbortMultipartUpload", method: "DELETE", object: true, markers: []string{"uploadId"}, serve: (*Server).abortUpload},
	{name: "DeleteObjectTagging", method: "DELETE", object: true, markers: []string{"tagging"}, serve: (*Server).deleteTagging},
	{name: "DeleteObject", method: "DELETE", object: true, serve: (*Server).forward},
	{name: "CreateMultipartUpload", method: "POST", object: true, markers: []string{"uploads"}, headers: slices.Concat(storedHeaders, []string{checksumType, "X-Amz-Checksum-Algorithm"}), serve: (*Server).createUpload},
	{name: "CompleteMultipartUpload", method: "POST", object: true, markers: []string{"uploadId"}, headers: []string{"If-None-Match", "If-Match", checksumType}, serve: (*Server).completeUpload},
	{name: "ListObjectsV2", method: "GET", markers: []string{"list-type"}, query: []string{"prefix", "max-keys", "continuation-token", "start-after"}, serve: (*Server).forward},
	{name: "HeadBucket", method: "HEAD", serve: (*Server).forward},
}

// What every call may carry: the signature, and what SDKs add.
var (
	commonQuery = []string{"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature",
		"X-Amz-Content-Sha256", "X-Amz-Checksum-Mode", "x-amz-sdk-checksum-algorithm", "X-Amz-Sdk-Checksum-Algorithm", "x-id"}
	commonHeaders = []string{"X-Amz-Date", "X-Amz-Content-Sha256", "X-Amz-User-Agent"}
	// Headers outside x-amz-* that change what a call means, so they must be in an operation's list.
	meaningful = []string{"Range", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "Content-Language", "Expires"}
)

// ServeHTTP authenticates before it looks at anything else, so that an unsigned caller learns nothing.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := s.serve(w, r); err != nil {
		writeError(w, r, err)
	}
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) error {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return invalidURI()
	}
	payload, err := s.authenticate(r, query)
	if err != nil {
		return err
	}
	q := &request{Request: r, query: query}
	if q.bucket, q.key, err = address(r); err != nil {
		return err
	}
	op, err := operationOf(q)
	if err != nil {
		return err
	}
	if !s.hasBucket(q.bucket) {
		return gofakes3.BucketNotFound(q.bucket)
	}
	if err := op.understands(q); err != nil {
		return err
	}
	if err := checkBody(r, payload); err != nil {
		return err
	}
	return op.serve(s, w, q)
}

// address splits a path-style URL, or a virtual-host one below localhost. A key is up to 1,024 bytes of UTF-8; S3 would
// take control characters too, which the XML of a listing cannot hold.
func address(r *http.Request) (bucket, key string, err error) {
	path := strings.TrimPrefix(r.URL.Path, "/")
	host, _, _ := strings.Cut(r.Host, ":")
	if sub, ok := strings.CutSuffix(host, ".localhost"); ok {
		bucket, key = sub, path
	} else {
		bucket, key, _ = strings.Cut(path, "/")
	}
	if len(key) > gofakes3.KeySizeLimit {
		return "", "", refuse(http.StatusBadRequest, "KeyTooLongError", "Your key is too long")
	}
	if !utf8.ValidString(key) || strings.ContainsFunc(key, unicode.IsControl) {
		return "", "", invalidURI()
	}
	return bucket, key, nil
}

func invalidURI() error {
	return refuse(http.StatusBadRequest, "InvalidURI", "Couldn't parse the specified URI.")
}

func operationOf(q *request) (operation, error) {
	for _, op := range operations {
		missing := func(marker string) bool { return !q.query.Has(marker) }
		if op.method == q.Method && op.object == (q.key != "") && !slices.ContainsFunc(op.markers, missing) {
			return op, nil
		}
	}
	what := q.Method + " on a bucket"
	if q.key != "" {
		what = q.Method + " on an object"
	}
	return operation{}, unsupported(what)
}

// understands refuses what the operation would otherwise ignore.
func (op operation) understands(q *request) error {
	for name, values := range q.query {
		if !slices.Contains(slices.Concat(commonQuery, op.markers, op.query), name) {
			return unsupported("The query parameter " + name + " of " + op.name)
		}
		if len(values) > 1 {
			return refuse(http.StatusBadRequest, "InvalidArgument", "The query parameter "+name+" is given more than once.")
		}
	}
	for name := range q.Header {
		counts := strings.HasPrefix(name, "X-Amz-") || slices.Contains(meaningful, name) || name == "Cache-Control" && (op.method == "PUT" || op.method == "POST")
		if counts && !slices.ContainsFunc(slices.Concat(commonHeaders, op.headers), func(known string) bool { return matches(known, name) }) {
			return unsupported("The header " + name + " of " + op.name)
		}
	}
	if q.Method != "GET" && q.Method != "HEAD" && q.Header.Get("If-None-Match") != "" && q.Header.Get("If-None-Match") != "*" {
		return unsupported("If-None-Match of " + op.name + " with anything but *")
	}
	_, err := tagsFromHeader(q.Header.Get("X-Amz-Tagging")) // here, since gofakes3 could not pass the error on
	return err
}

func matches(pattern, name string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(name, prefix)
	}
	return pattern == name
}

// forward hands the call to gofakes3 as a path-style one, and corrects the headers of its answer.
func (s *Server) forward(w http.ResponseWriter, q *request) error {
	r := q.Clone(q.Context())
	r.URL.Path, r.URL.RawPath = "/"+q.bucket, ""
	if q.key != "" {
		r.URL.Path += "/" + q.key
	}
	a := &answer{ResponseWriter: w, request: q}
	s.objects.ServeHTTP(a, r)
	a.finish()
	return nil
}

// answer is what gofakes3 writes to.
type answer struct {
	http.ResponseWriter
	request  *request
	finished bool
}

func (a *answer) WriteHeader(status int) {
	if status < 300 && a.request.Method == http.MethodPut {
		echoChecksums(a.Header(), a.request.Header)
	}
	a.finish()
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(p []byte) (int, error) {
	if !a.finished {
		a.WriteHeader(http.StatusOK)
	}
	return a.ResponseWriter.Write(p)
}

// finish takes back two things that gofakes3 always adds: checksums nobody asked for, and leave for any web page.
func (a *answer) finish() {
	if a.finished {
		return
	}
	a.finished = true
	h := a.Header()
	h.Del("Access-Control-Allow-Origin")
	asked := strings.EqualFold(a.request.Header.Get("X-Amz-Checksum-Mode"), "ENABLED") || strings.EqualFold(a.request.query.Get("X-Amz-Checksum-Mode"), "ENABLED")
	if a.request.Method != http.MethodPut && !asked {
		for _, name := range []string{checksumSHA256, checksumCRC32, checksumType} {
			h.Del(name)
		}
	}
}

func echoChecksums(answer, sent http.Header) {
	for _, name := range []string{checksumSHA256, checksumCRC32} {
		if value := sent.Get(name); value != "" {
			answer.Set(name, value)
		}
	}
}
