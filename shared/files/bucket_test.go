package files_test

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
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/clock"
	"github.com/callsheet/callsheet/infra/local/s3"
	"github.com/callsheet/callsheet/shared/files"
	"github.com/callsheet/callsheet/shared/problem"
)

var start = time.Date(2027, 3, 1, 9, 0, 0, 250e6, time.UTC)

const (
	key  = "uploads/asg_1/fil_1"
	life = 10 * time.Minute
)

// cloud is the bucket on the local S3.
type cloud struct {
	*files.Bucket
	t     *testing.T
	clock *clock.Clock
}

// open has the two rules of the template: what nobody submits expires, and what nobody completes is aborted.
func open(t *testing.T) *cloud {
	t.Helper()
	folder := t.TempDir()
	db, err := bolt.Open(filepath.Join(folder, "state.db"), 0o600, &bolt.Options{NoSync: true, NoFreelistSync: true})
	if err != nil {
		t.Fatal(err)
	}
	clk, err := clock.Open(db, start, true)
	if err != nil {
		t.Fatal(err)
	}
	server, err := s3.Open(s3.Config{DB: db, Clock: clk, Folder: filepath.Join(folder, "objects"), Region: "eu-west-1",
		Secret: func(id string) (string, bool) { return "secret", id == "id" },
		Rules:  []s3.Rule{{Prefix: "uploads/", TagKey: "state", TagValue: "pending", After: 24 * time.Hour}, {Prefix: "uploads/", AbortAfter: 24 * time.Hour}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := server.CreateBucket("deliverables"); err != nil {
		t.Fatal(err)
	}
	clk.Attach(server)
	line := httptest.NewServer(server)
	t.Cleanup(func() {
		line.Close()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	cfg := aws.Config{Region: "eu-west-1", BaseEndpoint: aws.String(line.URL), Credentials: credentials.NewStaticCredentialsProvider("id", "secret", "")}
	now := func(context.Context) (time.Time, error) { return clk.Now(), nil }
	return &cloud{files.Open(cfg, "deliverables", line.Client(), now), t, clk}
}

func (c *cloud) advance(d time.Duration) {
	c.t.Helper()
	if _, err := c.clock.Advance(c.t.Context(), d); err != nil {
		c.t.Fatal(err)
	}
}

func sum(content string) string {
	s := sha256.Sum256([]byte(content))
	return base64.StdEncoding.EncodeToString(s[:])
}

func (c *cloud) upload(content string) files.Signed {
	c.t.Helper()
	signed, err := c.PresignUpload(c.t.Context(), key, "a.srt", int64(len(content)), sum(content), life)
	if err != nil {
		c.t.Fatal(err)
	}
	return signed
}

// send sends a signed request, perhaps changed, and answers the status.
func (c *cloud) send(s files.Signed, content string, change func(*http.Request)) (status int, header http.Header, body string) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), s.Method, s.URL, strings.NewReader(content))
	if err != nil {
		c.t.Fatal(err)
	}
	for name, value := range s.Headers {
		req.Header.Set(name, value)
	}
	if change != nil {
		change(req)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(answer)
}

func (c *cloud) stored() bool {
	c.t.Helper()
	_, ok, err := c.Stored(c.t.Context(), key)
	if err != nil {
		c.t.Fatal(err)
	}
	return ok
}

func TestPresignedUpload(t *testing.T) {
	t.Run("it is taken as it was signed, and the bucket tells size, checksum and name", func(t *testing.T) {
		c := open(t)
		if got, _, body := c.send(c.upload("hello"), "hello", nil); got != 200 {
			t.Fatalf("%d %s", got, body)
		}
		f, ok, err := c.Stored(t.Context(), key)
		if err != nil || !ok || f.Size != 5 || f.SHA256 != sum("hello") || f.Name != "a.srt" {
			t.Errorf("%+v %v %v", f, ok, err)
		}
	})
	t.Run("F65 F66 key, size, checksum, name and the guard against overwriting are all signed", func(t *testing.T) {
		signed := open(t).upload("hello")
		target, err := url.Parse(signed.URL)
		if err != nil {
			t.Fatal(err)
		}
		names := ";" + target.Query().Get("X-Amz-SignedHeaders") + ";"
		for _, header := range []string{"content-length", "if-none-match", "x-amz-checksum-sha256", "x-amz-meta-name", "x-amz-tagging", "host"} {
			if !strings.Contains(names, ";"+header+";") {
				t.Errorf("%s is not signed: %s", header, names)
			}
		}
		if signed.Method != "PUT" || target.Path != "/deliverables/"+key || signed.Headers["if-none-match"] != "*" || signed.Headers["content-length"] != "5" || signed.Headers["x-amz-tagging"] != "state=pending" {
			t.Errorf("%+v", signed)
		}
	})
	for name, row := range map[string]struct {
		content string
		change  func(*http.Request)
		status  int
	}{
		"F66 a byte less":                    {content: "hell", status: 403},
		"F66 a byte more":                    {content: "hello!", status: 403},
		"B95 other bytes of the same length": {content: "HELLO", status: 400},
		"B95 another checksum":               {content: "HELLO", change: func(r *http.Request) { r.Header.Set("X-Amz-Checksum-Sha256", sum("HELLO")) }, status: 403},
		"F65 without the guard":              {content: "hello", change: func(r *http.Request) { r.Header.Del("If-None-Match") }, status: 403},
		"F70 another key":                    {content: "hello", change: func(r *http.Request) { r.URL.Path += "x" }, status: 403},
		"F70 another method":                 {change: func(r *http.Request) { r.Method = "GET" }, status: 403},
		"F70 a longer life":                  {content: "hello", change: inQuery("X-Amz-Expires", "604800"), status: 403},
		"F70 a forged signature":             {content: "hello", change: inQuery("X-Amz-Signature", strings.Repeat("0", 64)), status: 403},
		"F70 the tag of a submitted file":    {content: "hello", change: func(r *http.Request) { r.Header.Set("X-Amz-Tagging", "state=submitted") }, status: 403},
		"F70 a header that nobody signed":    {content: "hello", change: func(r *http.Request) { r.Header.Set("X-Amz-Meta-Role", "admin") }, status: 403},
		"F70 another name":                   {content: "hello", change: func(r *http.Request) { r.Header.Set("X-Amz-Meta-Name", "eA") }, status: 403},
	} {
		t.Run(name+" is refused, and nothing is stored", func(t *testing.T) {
			c := open(t)
			if got, _, body := c.send(c.upload("hello"), row.content, row.change); got != row.status {
				t.Errorf("%d %s", got, body)
			}
			if c.stored() {
				t.Error("something is stored")
			}
		})
	}
	t.Run("F65 a file is never overwritten, by the same link or by another", func(t *testing.T) {
		c := open(t)
		first, second := c.upload("hello"), c.upload("other")
		c.send(first, "hello", nil)
		if got, _, _ := c.send(first, "hello", nil); got != 412 {
			t.Errorf("again: %d", got)
		}
		if got, _, _ := c.send(second, "other", nil); got != 412 {
			t.Errorf("another: %d", got)
		}
		if f, _, err := c.Stored(t.Context(), key); err != nil || f.SHA256 != sum("hello") {
			t.Errorf("%+v %v", f, err)
		}
	})
	for _, edge := range []struct {
		name   string
		off    time.Duration
		status int
	}{{"a millisecond before it ends it is good", -time.Millisecond, 200}, {"at its end it is not", 0, 403}, {"a millisecond after it is not", time.Millisecond, 403}} {
		t.Run("F70 a link tells when it ends: "+edge.name, func(t *testing.T) {
			c := open(t)
			signed := c.upload("hello")
			if want := start.Truncate(time.Second).Add(life); !signed.ExpiresAt.Equal(want) {
				t.Fatalf("it ends at %s, not %s", signed.ExpiresAt, want)
			}
			c.advance(signed.ExpiresAt.Sub(start) + edge.off)
			if got, _, body := c.send(signed, "hello", nil); got != edge.status {
				t.Errorf("%d %s", got, body)
			}
		})
	}
}

func inQuery(name, value string) func(*http.Request) {
	return func(r *http.Request) {
		q := r.URL.Query()
		q.Set(name, value)
		r.URL.RawQuery = q.Encode()
	}
}

// expiring are credentials of a role that end at an instant.
type expiring struct{ at time.Time }

func (e expiring) Retrieve(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "id", SecretAccessKey: "secret", CanExpire: true, Expires: e.at}, nil
}

func TestLinksEndWithTheirCredentials(t *testing.T) {
	for _, left := range []time.Duration{3 * time.Minute, 3*time.Minute + 900*time.Millisecond, 9*time.Minute + 59*time.Second} {
		t.Run(fmt.Sprintf("F18 a link of credentials with %s left says so", left), func(t *testing.T) {
			c := open(t)
			c.Credentials = expiring{start.Add(left)}
			signed := c.upload("hello")
			target, err := url.Parse(signed.URL)
			if err != nil {
				t.Fatal(err)
			}
			lasts, err := strconv.Atoi(target.Query().Get("X-Amz-Expires"))
			from, failed := time.Parse("20060102T150405Z", target.Query().Get("X-Amz-Date"))
			if err != nil || failed != nil {
				t.Fatal(err, failed)
			}
			if ends := from.Add(time.Duration(lasts) * time.Second); ends.After(start.Add(left)) || !ends.Equal(signed.ExpiresAt) {
				t.Errorf("the link ends at %s and says %s; the credentials end at %s", ends, signed.ExpiresAt, start.Add(left))
			}
		})
	}
	t.Run("F18 credentials that outlive the link do not lengthen it", func(t *testing.T) {
		c := open(t)
		c.Credentials = expiring{start.Add(time.Hour)}
		if signed := c.upload("hello"); !signed.ExpiresAt.Equal(start.Truncate(time.Second).Add(life)) {
			t.Errorf("it ends at %s", signed.ExpiresAt)
		}
	})
}

func TestDownload(t *testing.T) {
	for _, name := range []string{"a.srt", "Größe für José.srt", "שלום.txt", `a;b"c'd.txt`, "a\r\nX-Evil: 1.txt", "100% + 1.html", "x.svg"} {
		t.Run(fmt.Sprintf("B96 %q is saved under its name as plain bytes, never shown", name), func(t *testing.T) {
			c := open(t)
			c.send(c.upload("<script>alert(1)</script>"), "<script>alert(1)</script>", nil)
			signed, err := c.PresignDownload(t.Context(), key, name, life)
			if err != nil {
				t.Fatal(err)
			}
			status, header, body := c.send(signed, "", nil)
			if status != 200 || body != "<script>alert(1)</script>" {
				t.Fatalf("%d %s", status, body)
			}
			encoded, isAttachment := strings.CutPrefix(header.Get("Content-Disposition"), "attachment; filename*=UTF-8''")
			told, err := url.PathUnescape(encoded)
			if !isAttachment || err != nil || told != name || header.Get("Content-Type") != "application/octet-stream" || header.Get("X-Evil") != "" {
				t.Errorf("%v", header)
			}
		})
	}
	t.Run("F70 a download link is for one file, one method and one form", func(t *testing.T) {
		c := open(t)
		c.send(c.upload("hello"), "hello", nil)
		signed, err := c.PresignDownload(t.Context(), key, "a.srt", life)
		if err != nil {
			t.Fatal(err)
		}
		for name, change := range map[string]func(*http.Request){
			"key": func(r *http.Request) { r.URL.Path += "x" }, "method": func(r *http.Request) { r.Method = "DELETE" },
			"form": inQuery("response-content-type", "text/html"), "disposition": inQuery("response-content-disposition", "inline"),
		} {
			if got, _, _ := c.send(signed, "", change); got != 403 {
				t.Errorf("another %s: %d", name, got)
			}
		}
		if !c.stored() {
			t.Error("it is gone")
		}
	})
}

// parted is a multipart upload with its first part sent.
func (c *cloud) parted() (uploadID string, part files.Part) {
	c.t.Helper()
	uploadID, err := c.Begin(c.t.Context(), key, "big.mov")
	if err != nil {
		c.t.Fatal(err)
	}
	signed, err := c.PresignPart(c.t.Context(), key, uploadID, 1, 5, sum("hello"), life)
	if err != nil {
		c.t.Fatal(err)
	}
	if got, _, body := c.send(signed, "hell0", nil); got != 400 {
		c.t.Fatalf("other bytes: %d %s", got, body)
	}
	status, header, body := c.send(signed, "hello", nil)
	if status != 200 {
		c.t.Fatalf("%d %s", status, body)
	}
	return uploadID, files.Part{Number: 1, ETag: header.Get("ETag"), SHA256: sum("hello")}
}

func TestMultipart(t *testing.T) {
	t.Run("parts make up a file whose checksum is that of the parts", func(t *testing.T) {
		c := open(t)
		id, part := c.parted()
		if c.stored() {
			t.Fatal("stored before it is complete")
		}
		if err := c.Finish(t.Context(), key, id, []files.Part{part}); err != nil {
			t.Fatal(err)
		}
		f, ok, err := c.Stored(t.Context(), key)
		if err != nil || !ok || f.Size != 5 || f.Name != "big.mov" || !strings.HasSuffix(f.SHA256, "-1") {
			t.Errorf("%+v %v %v", f, ok, err)
		}
	})
	digest := md5.Sum([]byte("other"))
	for name, row := range map[string]struct {
		change func(files.Part) []files.Part
		code   problem.Code
	}{
		"B99 another ETag": {func(p files.Part) []files.Part {
			p.ETag = `"` + hex.EncodeToString(digest[:]) + `"`
			return []files.Part{p}
		}, problem.CodeUploadMismatch},
		"B99 another checksum":                  {func(p files.Part) []files.Part { p.SHA256 = sum("other"); return []files.Part{p} }, problem.CodeUploadMismatch},
		"B99 part 2 alone":                      {func(p files.Part) []files.Part { p.Number = 2; return []files.Part{p} }, problem.CodeUploadMismatch},
		"B99 part 0":                            {func(p files.Part) []files.Part { p.Number = 0; return []files.Part{p} }, problem.CodeUploadMismatch},
		"B99 no parts":                          {func(files.Part) []files.Part { return nil }, problem.CodeUploadMismatch},
		"B99 a part of 5 bytes before the last": {func(p files.Part) []files.Part { next := p; next.Number = 2; return []files.Part{p, next} }, problem.CodeUploadMismatch},
	} {
		t.Run(name+" does not make up the upload", func(t *testing.T) {
			c := open(t)
			id, part := c.parted()
			if err := c.Finish(t.Context(), key, id, row.change(part)); !problem.Is(err, row.code) {
				t.Errorf("got %v", err)
			}
			if c.stored() {
				t.Error("something is stored")
			}
		})
	}
	t.Run("B98 an upload that is not under way is not found", func(t *testing.T) {
		c := open(t)
		id, part := c.parted()
		if err := c.Finish(t.Context(), key, "another", []files.Part{part}); !problem.Is(err, problem.CodeNotFound) {
			t.Errorf("another id: %v", err)
		}
		if err := c.Finish(t.Context(), key+"x", id, []files.Part{part}); !problem.Is(err, problem.CodeNotFound) {
			t.Errorf("another key: %v", err)
		}
	})
	t.Run("F61 one that is left half done is aborted after a day", func(t *testing.T) {
		c := open(t)
		id, part := c.parted()
		c.advance(24 * time.Hour)
		if err := c.Finish(t.Context(), key, id, []files.Part{part}); !problem.Is(err, problem.CodeNotFound) {
			t.Errorf("got %v", err)
		}
	})
}

func TestPendingUploadsExpire(t *testing.T) {
	t.Run("F60 what nobody submits is gone after a day", func(t *testing.T) {
		c := open(t)
		c.send(c.upload("hello"), "hello", nil)
		if c.advance(24*time.Hour - time.Millisecond); !c.stored() {
			t.Error("gone a millisecond early")
		}
		if c.advance(time.Millisecond); c.stored() {
			t.Error("still there")
		}
	})
	t.Run("F60 what is kept stays", func(t *testing.T) {
		c := open(t)
		c.send(c.upload("hello"), "hello", nil)
		for range 2 { // keeping twice is harmless
			if err := c.Keep(t.Context(), key); err != nil {
				t.Fatal(err)
			}
		}
		if c.advance(400 * 24 * time.Hour); !c.stored() {
			t.Error("gone")
		}
	})
}

// answering is an S3 that answers everything in one way.
func answering(t *testing.T, status int, body string) *files.Bucket {
	t.Helper()
	line := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amz-Meta-Name", "!not base64!")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(line.Close)
	return &files.Bucket{Base: line.URL + "/b", Region: "eu-west-1", Client: line.Client(), Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
		Now: func(context.Context) (time.Time, error) { return start, nil }}
}

func TestAnswersOfS3(t *testing.T) {
	parts := []files.Part{{Number: 1, ETag: "e", SHA256: sum("x")}}
	t.Run("an error under status 200 is an error", func(t *testing.T) {
		err := answering(t, 200, `<Error><Code>InternalError</Code></Error>`).Finish(t.Context(), key, "u", parts)
		if problem.As(err).Kind() != problem.Unavailable {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a part that S3 does not know is a mismatch under status 200 too", func(t *testing.T) {
		err := answering(t, 200, `<Error><Code>InvalidPart</Code></Error>`).Finish(t.Context(), key, "u", parts)
		if !problem.Is(err, problem.CodeUploadMismatch) {
			t.Errorf("got %v", err)
		}
	})
	for _, status := range []int{500, 503} {
		t.Run(fmt.Sprintf("%d is unavailable, whatever was asked", status), func(t *testing.T) {
			b := answering(t, status, `<Error><Code>SlowDown</Code></Error>`)
			_, _, stored := b.Stored(t.Context(), key)
			_, began := b.Begin(t.Context(), key, "n")
			for doing, err := range map[string]error{"stored": stored, "begin": began, "keep": b.Keep(t.Context(), key), "finish": b.Finish(t.Context(), key, "u", parts)} {
				if problem.As(err).Kind() != problem.Unavailable {
					t.Errorf("%s: %v", doing, err)
				}
			}
		})
	}
	t.Run("a line that is down is unavailable", func(t *testing.T) {
		b := answering(t, 200, "")
		b.Base = "http://127.0.0.1:1/b"
		if _, _, err := b.Stored(t.Context(), key); problem.As(err).Kind() != problem.Unavailable {
			t.Errorf("got %v", err)
		}
	})
	t.Run("403 is a fault of ours, not a missing upload", func(t *testing.T) {
		if _, ok, err := answering(t, 403, "").Stored(t.Context(), key); ok || problem.As(err).Kind() != problem.Internal {
			t.Errorf("%v %v", ok, err)
		}
	})
	t.Run("a name that we did not write is an error", func(t *testing.T) {
		if _, ok, err := answering(t, 200, "").Stored(t.Context(), key); ok || err == nil {
			t.Errorf("%v %v", ok, err)
		}
	})
	t.Run("without clock or credentials nothing is signed", func(t *testing.T) {
		for name, spoil := range map[string]func(*files.Bucket){
			"clock": func(b *files.Bucket) {
				b.Now = func(context.Context) (time.Time, error) { return start, errors.New("down") }
			},
			"credentials": func(b *files.Bucket) { b.Credentials = credentials.NewStaticCredentialsProvider("", "", "") },
		} {
			b := answering(t, 200, "")
			spoil(b)
			if _, err := b.PresignUpload(t.Context(), key, "n", 1, sum("x"), life); err == nil {
				t.Errorf("signed without %s", name)
			}
			if err := b.Keep(t.Context(), key); err == nil {
				t.Errorf("sent without %s", name)
			}
		}
	})
}

func TestOpen(t *testing.T) {
	t.Run("at AWS the bucket is a host of its own", func(t *testing.T) {
		if b := files.Open(aws.Config{Region: "eu-west-1"}, "deliverables", nil, nil); b.Base != "https://deliverables.s3.eu-west-1.amazonaws.com" {
			t.Error(b.Base)
		}
	})
	t.Run("at a local endpoint it is the path", func(t *testing.T) {
		if b := files.Open(aws.Config{Region: "eu-west-1", BaseEndpoint: aws.String("http://127.0.0.1:9/")}, "deliverables", nil, nil); b.Base != "http://127.0.0.1:9/deliverables" {
			t.Error(b.Base)
		}
	})
}
