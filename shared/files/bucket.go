// Package files is the bucket: presigned uploads and downloads, and what has arrived. Bytes never pass through a
// function. It speaks S3's HTTP API with the SDK's signer, because the whole S3 client would not fit the functions' size
// budget (docs/decisions.md).
package files

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
)

// Bucket signs and sends requests to one bucket.
type Bucket struct {
	Base        string // https://<bucket>.s3.<region>.amazonaws.com, or a local endpoint with the bucket in its path
	Region      string
	Credentials aws.CredentialsProvider
	Client      *http.Client
	Now         func(ctx context.Context) (time.Time, error)
}

// Open is the bucket of that name: at AWS, or with its name in the path of a local endpoint.
func Open(cfg aws.Config, name string, client *http.Client, now func(context.Context) (time.Time, error)) *Bucket {
	base := "https://" + name + ".s3." + cfg.Region + ".amazonaws.com"
	if cfg.BaseEndpoint != nil {
		base = strings.TrimSuffix(*cfg.BaseEndpoint, "/") + "/" + name
	}
	return &Bucket{Base: base, Region: cfg.Region, Credentials: cfg.Credentials, Client: client, Now: now}
}

// Signed is a request that somebody else may send, once signed headers and all, until it expires.
type Signed struct {
	Method    string
	URL       string
	Headers   map[string]string
	ExpiresAt time.Time
}

// pending marks an object that nobody has submitted yet; the bucket's lifecycle expires it.
const pending = "state=pending"

var signer = v4.NewSigner(func(o *v4.SignerOptions) {
	o.DisableURIPathEscaping = true
	o.DisableHeaderHoisting = true
})

// PresignUpload signs the PUT of one whole file: this key, this size, this checksum, and only while nothing is there.
func (b *Bucket) PresignUpload(ctx context.Context, key, name string, size int64, sha string, life time.Duration) (Signed, error) {
	return b.presign(ctx, http.MethodPut, key, nil, life, map[string]string{
		"Content-Length": strconv.FormatInt(size, 10), "If-None-Match": "*", "X-Amz-Checksum-Sha256": sha,
		"X-Amz-Meta-Name": base64.RawURLEncoding.EncodeToString([]byte(name)), "X-Amz-Tagging": pending,
	})
}

// PresignDownload signs a GET that always saves a file under its name and never shows it in the browser.
func (b *Bucket) PresignDownload(ctx context.Context, key, name string, life time.Duration) (Signed, error) {
	return b.presign(ctx, http.MethodGet, key, url.Values{
		"response-content-disposition": {"attachment; filename*=UTF-8''" + url.PathEscape(name)},
		"response-content-type":        {"application/octet-stream"},
	}, life, nil)
}

// Begin starts a multipart upload of a file that is too large for one PUT.
func (b *Bucket) Begin(ctx context.Context, key, name string) (uploadID string, err error) {
	var begun struct {
		UploadID string `xml:"UploadId"`
	}
	err = b.send(ctx, http.MethodPost, key, url.Values{"uploads": {""}}, nil, map[string]string{
		"X-Amz-Meta-Name": base64.RawURLEncoding.EncodeToString([]byte(name)), "X-Amz-Tagging": pending, "X-Amz-Checksum-Algorithm": "SHA256",
	}, &begun)
	return begun.UploadID, err
}

// PresignPart signs the PUT of one part.
func (b *Bucket) PresignPart(ctx context.Context, key, uploadID string, number int, size int64, sha string, life time.Duration) (Signed, error) {
	return b.presign(ctx, http.MethodPut, key, url.Values{"partNumber": {strconv.Itoa(number)}, "uploadId": {uploadID}}, life, map[string]string{
		"Content-Length": strconv.FormatInt(size, 10), "X-Amz-Checksum-Sha256": sha,
	})
}

// Part is one uploaded part.
type Part struct {
	Number int    `xml:"PartNumber"`
	ETag   string `xml:"ETag"`
	SHA256 string `xml:"ChecksumSHA256"`
}

// Finish puts the parts together; the bucket checks every one of them.
func (b *Bucket) Finish(ctx context.Context, key, uploadID string, parts []Part) error {
	body, err := xml.Marshal(struct {
		XMLName xml.Name `xml:"CompleteMultipartUpload"`
		Parts   []Part   `xml:"Part"`
	}{Parts: parts})
	if err != nil {
		return err
	}
	err = b.send(ctx, http.MethodPost, key, url.Values{"uploadId": {uploadID}}, body, map[string]string{"If-None-Match": "*"}, &struct{}{})
	var refused *refused
	switch {
	case !asRefused(err, &refused):
		return err
	case refused.code == "NoSuchUpload":
		return problem.New(problem.CodeNotFound, "There is no such upload under way.").Because(err)
	case refused.status < 500:
		return problem.New(problem.CodeUploadMismatch, "The parts do not make up the upload that was announced (%s).", refused.code).Because(err)
	}
	return err
}

// Stored tells what has arrived complete under a key, as the bucket verified it.
func (b *Bucket) Stored(ctx context.Context, key string) (project.File, bool, error) {
	resp, err := b.do(ctx, http.MethodHead, key, nil, nil, map[string]string{"X-Amz-Checksum-Mode": "ENABLED"})
	var refused *refused
	if asRefused(err, &refused) && refused.status == http.StatusNotFound {
		return project.File{}, false, nil
	}
	if err != nil {
		return project.File{}, false, err
	}
	resp.Body.Close()
	name, err := base64.RawURLEncoding.DecodeString(resp.Header.Get("X-Amz-Meta-Name"))
	if err != nil {
		return project.File{}, false, fmt.Errorf("files: name of %s: %w", key, err)
	}
	return project.File{Name: string(name), Size: resp.ContentLength, SHA256: resp.Header.Get("X-Amz-Checksum-Sha256")}, true, nil
}

// Read loads the first bytes of an object.
func (b *Bucket) Read(ctx context.Context, key string, most int64) ([]byte, error) {
	resp, err := b.do(ctx, http.MethodGet, key, nil, nil, nil)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(io.LimitReader(resp.Body, most))
	if err != nil {
		return nil, problem.New(problem.CodeUnavailable, "The file store did not answer.").Because(err)
	}
	return content, nil
}

// Put stores a small file whole, for good, under a key that nothing else has: again, it changes nothing.
func (b *Bucket) Put(ctx context.Context, key string, f project.File, content []byte) error {
	return b.send(ctx, http.MethodPut, key, nil, content, map[string]string{
		"X-Amz-Checksum-Sha256": f.SHA256, "X-Amz-Meta-Name": base64.RawURLEncoding.EncodeToString([]byte(f.Name)), "X-Amz-Tagging": "state=submitted",
	}, nil)
}

// Keep exempts an object from the expiry of uploads that nobody submits.
func (b *Bucket) Keep(ctx context.Context, key string) error {
	body := []byte(`<Tagging><TagSet><Tag><Key>state</Key><Value>submitted</Value></Tag></TagSet></Tagging>`)
	sum := sha256.Sum256(body)
	return b.send(ctx, http.MethodPut, key, url.Values{"tagging": {""}}, body, map[string]string{
		"X-Amz-Checksum-Sha256": base64.StdEncoding.EncodeToString(sum[:]),
	}, nil)
}

func (b *Bucket) request(ctx context.Context, method, key string, query url.Values, body []byte, headers map[string]string) (*http.Request, error) {
	target := strings.TrimSuffix(b.Base, "/") + "/" + key
	if len(query) > 0 {
		target += "?" + strings.ReplaceAll(query.Encode(), "+", "%20")
	}
	req, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	for k, v := range headers {
		req.Header.Set(k, v)
	}
	return req, nil
}

func (b *Bucket) presign(ctx context.Context, method, key string, query url.Values, life time.Duration, headers map[string]string) (Signed, error) {
	now, err := b.Now(ctx)
	if err != nil {
		return Signed{}, err
	}
	credentials, err := b.Credentials.Retrieve(ctx)
	if err != nil {
		return Signed{}, err
	}
	if credentials.CanExpire { // a link never claims to outlive the key that signed it (F18)
		life = min(life, credentials.Expires.Sub(now))
	}
	if query == nil {
		query = url.Values{}
	}
	life = life.Truncate(time.Second) // as it is signed
	query.Set("X-Amz-Expires", strconv.Itoa(int(life/time.Second)))
	req, err := b.request(ctx, method, key, query, nil, headers)
	if err != nil {
		return Signed{}, err
	}
	if n, err := strconv.ParseInt(headers["Content-Length"], 10, 64); err == nil {
		req.ContentLength = n
	}
	signed, signedHeaders, err := signer.PresignHTTP(ctx, credentials, req, "UNSIGNED-PAYLOAD", "s3", b.Region, now)
	if err != nil {
		return Signed{}, err
	}
	out := map[string]string{}
	for k, v := range signedHeaders {
		if !strings.EqualFold(k, "host") {
			out[strings.ToLower(k)] = v[0]
		}
	}
	return Signed{Method: method, URL: signed, Headers: out, ExpiresAt: now.Add(life).Truncate(time.Second)}, nil
}

// send does a signed request and reads its XML answer into out, if there is one to read.
func (b *Bucket) send(ctx context.Context, method, key string, query url.Values, body []byte, headers map[string]string, out any) error {
	resp, err := b.do(ctx, method, key, query, body, headers)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return problem.New(problem.CodeUnavailable, "The file store did not answer.").Because(err)
	}
	if out == nil || len(answer) == 0 {
		return nil
	}
	if bytes.Contains(answer, []byte("<Error>")) { // S3 may say 200 first and fail while putting parts together
		r := &refused{status: http.StatusConflict, code: code(answer)}
		if r.code == "InternalError" {
			r.status = http.StatusInternalServerError
			return problem.New(problem.CodeUnavailable, "The file store could not answer.").Because(r)
		}
		return r
	}
	return xml.Unmarshal(answer, out)
}

func (b *Bucket) do(ctx context.Context, method, key string, query url.Values, body []byte, headers map[string]string) (*http.Response, error) {
	now, err := b.Now(ctx)
	if err != nil {
		return nil, err
	}
	credentials, err := b.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, err
	}
	req, err := b.request(ctx, method, key, query, body, headers)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	req.Header.Set("X-Amz-Content-Sha256", hash)
	if err := signer.SignHTTP(ctx, credentials, req, hash, "s3", b.Region, now); err != nil {
		return nil, err
	}
	resp, err := b.Client.Do(req)
	if err != nil {
		return nil, problem.New(problem.CodeUnavailable, "The file store did not answer.").Because(err)
	}
	if resp.StatusCode < 300 {
		return resp, nil
	}
	defer resp.Body.Close()
	answer, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	r := &refused{status: resp.StatusCode, code: code(answer)}
	if resp.StatusCode >= 500 {
		return nil, problem.New(problem.CodeUnavailable, "The file store could not answer.").Because(r)
	}
	return nil, r
}
