package s3_test

import (
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/clock"
	"github.com/callsheet/callsheet/infra/local/s3"
)

const (
	bucket = "deliverables"
	keyID  = "upload"
	secret = "local-only"
	region = "eu-west-1"
)

var start = time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)

// cloud is one running S3 with the real SDK in front of it.
type cloud struct {
	t      *testing.T
	folder string
	db     *bolt.DB
	clock  *clock.Clock
	http   *httptest.Server
	client *sdk.Client
}

func open(t *testing.T, rules ...s3.Rule) *cloud {
	t.Helper()
	c := &cloud{t: t, folder: t.TempDir()}
	c.start(rules...)
	t.Cleanup(c.stop)
	return c
}

func (c *cloud) start(rules ...s3.Rule) {
	c.t.Helper()
	var err error
	if c.db, err = bolt.Open(filepath.Join(c.folder, "state.db"), 0o600, &bolt.Options{NoSync: true, NoFreelistSync: true}); err != nil {
		c.t.Fatal(err)
	}
	if c.clock, err = clock.Open(c.db, start, true); err != nil {
		c.t.Fatal(err)
	}
	server, err := s3.Open(s3.Config{DB: c.db, Clock: c.clock, Folder: filepath.Join(c.folder, "objects"), Region: region, Rules: rules,
		Secret: func(id string) (string, bool) { return secret, id == keyID }})
	if err != nil {
		c.t.Fatal(err)
	}
	if err := server.CreateBucket(bucket); err != nil {
		c.t.Fatal(err)
	}
	c.clock.Attach(server)
	c.http = httptest.NewServer(server)
	c.client = c.as(keyID, secret)
}

func (c *cloud) stop() {
	c.http.Close()
	if err := c.db.Close(); err != nil {
		c.t.Error(err)
	}
}

func (c *cloud) as(id, secret string) *sdk.Client {
	return sdk.New(sdk.Options{BaseEndpoint: aws.String(c.http.URL), Region: region, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(id, secret, ""), RetryMaxAttempts: 1})
}

// virtualTime signs at the instant of the clock instead of the wall.
type virtualTime struct {
	clock  *clock.Clock
	signer *v4.Signer
}

func (v virtualTime) PresignHTTP(ctx context.Context, c aws.Credentials, r *http.Request, hash, service, region string, _ time.Time, opts ...func(*v4.SignerOptions)) (string, http.Header, error) {
	return v.signer.PresignHTTP(ctx, c, r, hash, service, region, v.clock.Now(), opts...)
}

func (c *cloud) presigner(lasts time.Duration) *sdk.PresignClient {
	return sdk.NewPresignClient(c.client, func(o *sdk.PresignOptions) {
		o.Expires = lasts
		o.Presigner = virtualTime{c.clock, v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })}
	})
}

// presignPut signs everything that Callsheet signs for an upload.
func (c *cloud) presignPut(key, body string) *v4.PresignedHTTPRequest {
	c.t.Helper()
	signed, err := c.presigner(15*time.Minute).PresignPutObject(context.Background(), &sdk.PutObjectInput{
		Bucket: aws.String(bucket), Key: aws.String(key), ContentLength: aws.Int64(int64(len(body))), ContentType: aws.String("application/octet-stream"),
		ChecksumSHA256: aws.String(sum(body)), IfNoneMatch: aws.String("*"), Metadata: map[string]string{"upload": "upl_1"}, Tagging: aws.String("state=pending"),
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return signed
}

func etag(body string) string {
	s := md5.Sum([]byte(body))
	return `"` + hex.EncodeToString(s[:]) + `"`
}

func sum(body string) string {
	s := sha256.Sum256([]byte(body))
	return base64.StdEncoding.EncodeToString(s[:])
}

// send makes a signed call with a plain HTTP client; change may tamper with it first.
func (c *cloud) send(signed *v4.PresignedHTTPRequest, body string, change func(*http.Request)) (status int, answer string) {
	c.t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), signed.Method, signed.URL, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	for name, values := range signed.SignedHeader {
		if name != "Host" && name != "Content-Length" {
			r.Header[name] = values
		}
	}
	if change != nil {
		change(r)
	}
	return c.do(r)
}

// sendSigned signs a call in its header, over the hash of one body, and sends another.
func (c *cloud) sendSigned(method, target, signed, body string) (status int, answer string) {
	c.t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, c.http.URL+"/"+bucket+target, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	hash := fmt.Sprintf("%x", sha256.Sum256([]byte(signed)))
	r.Header.Set("X-Amz-Content-Sha256", hash)
	if err := v4.NewSigner().SignHTTP(context.Background(), aws.Credentials{AccessKeyID: keyID, SecretAccessKey: secret}, r, hash, "s3", region, start); err != nil {
		c.t.Fatal(err)
	}
	return c.do(r)
}

func (c *cloud) do(r *http.Request) (status int, answer string) {
	c.t.Helper()
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

func (c *cloud) put(key, body string) {
	c.t.Helper()
	if status, answer := c.send(c.presignPut(key, body), body, nil); status != http.StatusOK {
		c.t.Fatalf("put %q: %d %s", key, status, answer)
	}
}

func (c *cloud) read(key string) string {
	c.t.Helper()
	out, err := c.client.GetObject(context.Background(), &sdk.GetObjectInput{Bucket: aws.String(bucket), Key: aws.String(key)})
	if err != nil {
		c.t.Fatal(err)
	}
	defer out.Body.Close()
	text, err := io.ReadAll(out.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return string(text)
}

func (c *cloud) exists(key string) bool {
	c.t.Helper()
	_, err := c.client.HeadObject(context.Background(), &sdk.HeadObjectInput{Bucket: aws.String(bucket), Key: aws.String(key)})
	if err != nil && code(err) != "NotFound" {
		c.t.Fatal(err)
	}
	return err == nil
}

func code(err error) string {
	var known smithy.APIError
	if errors.As(err, &known) {
		return known.ErrorCode()
	}
	return ""
}

func (c *cloud) want(status int, answer string, wantStatus int, wantText string) {
	c.t.Helper()
	if status != wantStatus || !strings.Contains(answer, wantText) {
		c.t.Fatalf("got %d %s, want %d with %q", status, answer, wantStatus, wantText)
	}
}

func (c *cloud) advance(d time.Duration) []clock.Happening {
	c.t.Helper()
	happened, err := c.clock.Advance(context.Background(), d)
	if err != nil {
		c.t.Fatal(err)
	}
	return happened
}

func (c *cloud) files() int {
	c.t.Helper()
	names, err := filepath.Glob(filepath.Join(c.folder, "objects", "*"))
	if err != nil {
		c.t.Fatal(err)
	}
	return len(names)
}
