package s3_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func TestPresignedUpload(t *testing.T) {
	t.Run("stores what was signed, and head tells size, checksum and metadata", func(t *testing.T) {
		c := open(t)
		c.put("a/b.bin", "hello")
		out, err := c.client.HeadObject(context.Background(), &sdk.HeadObjectInput{Bucket: aws.String(bucket), Key: aws.String("a/b.bin"), ChecksumMode: types.ChecksumModeEnabled})
		if err != nil {
			t.Fatal(err)
		}
		if *out.ContentLength != 5 || aws.ToString(out.ChecksumSHA256) != sum("hello") || out.Metadata["upload"] != "upl_1" || *out.ContentType != "application/octet-stream" || !out.LastModified.Equal(start) {
			t.Fatalf("head: %+v", out)
		}
		if got := c.read("a/b.bin"); got != "hello" {
			t.Fatalf("read %q", got)
		}
	})
	t.Run("tells no checksum to who does not ask", func(t *testing.T) {
		c := open(t)
		c.put("k", "hello")
		out, err := c.client.HeadObject(context.Background(), &sdk.HeadObjectInput{Bucket: aws.String(bucket), Key: aws.String("k")})
		if err != nil || out.ChecksumSHA256 != nil {
			t.Fatalf("%v %v", out, err)
		}
	})
	t.Run("stores the empty object", func(t *testing.T) {
		c := open(t)
		c.put("empty", "")
		if got := c.read("empty"); got != "" {
			t.Fatalf("read %q", got)
		}
	})
	t.Run("refuses a second upload to the same key", func(t *testing.T) {
		c := open(t)
		c.put("k", "hello")
		status, answer := c.send(c.presignPut("k", "other"), "other", nil)
		c.want(status, answer, http.StatusPreconditionFailed, "PreconditionFailed")
		if got := c.read("k"); got != "hello" || c.files() != 1 {
			t.Fatalf("%q, %d files", got, c.files())
		}
	})
	t.Run("refuses another body of the same length", func(t *testing.T) {
		c := open(t)
		status, answer := c.send(c.presignPut("k", "hello"), "HELLO", nil)
		c.want(status, answer, http.StatusBadRequest, "BadDigest")
		if c.exists("k") || c.files() != 0 {
			t.Fatal("something was stored")
		}
	})
	t.Run("refuses another length", func(t *testing.T) {
		c := open(t)
		for _, body := range []string{"hell", "hello!"} {
			status, answer := c.send(c.presignPut("k", "hello"), body, nil)
			c.want(status, answer, http.StatusForbidden, "SignatureDoesNotMatch")
		}
	})
	t.Run("refuses a body without a length", func(t *testing.T) {
		c := open(t)
		signed, err := c.presigner(time.Minute).PresignPutObject(context.Background(), &sdk.PutObjectInput{Bucket: aws.String(bucket), Key: aws.String("k")})
		if err != nil {
			t.Fatal(err)
		}
		status, answer := c.send(signed, "hello", func(r *http.Request) { r.ContentLength = -1 })
		c.want(status, answer, http.StatusLengthRequired, "MissingContentLength")
	})
	t.Run("refuses a body that ends early, and stores nothing", func(t *testing.T) {
		c := open(t)
		signed := c.presignPut("k", "hello")
		r, err := http.NewRequestWithContext(context.Background(), "PUT", signed.URL, io.MultiReader(strings.NewReader("hel"), broken{}))
		if err != nil {
			t.Fatal(err)
		}
		r.Header = signed.SignedHeader.Clone()
		r.ContentLength = 5
		if _, err := http.DefaultClient.Do(r); err == nil {
			t.Fatal("the client should have failed")
		}
		if c.exists("k") {
			t.Fatal("half an object was stored")
		}
	})
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("line cut") }

func TestHostileKeys(t *testing.T) {
	for _, key := range []string{"../../etc/passwd", "/absolute", "a//b", "a/../b", ".", "a b+c%2Fd", "ключ/密钥/🙂", `\\server\share`, "?uploads", strings.Repeat("k", 1024)} {
		t.Run("stores under exactly "+key[:min(len(key), 24)], func(t *testing.T) {
			c := open(t)
			c.put(key, "hello")
			if got := c.read(key); got != "hello" {
				t.Fatalf("read %q", got)
			}
			if outside, err := filepath.Glob(filepath.Join(c.folder, "*")); err != nil || len(outside) != 2 {
				t.Fatalf("files outside the folder: %v %v", outside, err)
			}
		})
	}
	t.Run("refuses a key of 1,025 bytes, control characters and bytes that are not UTF-8", func(t *testing.T) {
		c := open(t)
		for key, want := range map[string]string{strings.Repeat("k", 1025): "KeyTooLongError", "a\x00b": "InvalidURI", "a\nb": "InvalidURI", "a\xffb": "InvalidURI"} {
			status, answer := c.send(c.presignPut(key, "hello"), "hello", nil)
			c.want(status, answer, http.StatusBadRequest, want)
		}
	})
}

func TestSDKUpload(t *testing.T) {
	t.Run("checks the CRC32 and the payload hash that the SDK sends by itself", func(t *testing.T) {
		c := open(t)
		_, err := c.client.PutObject(context.Background(), &sdk.PutObjectInput{Bucket: aws.String(bucket), Key: aws.String("k"), Body: strings.NewReader("hello")})
		if err != nil {
			t.Fatal(err)
		}
		if got := c.read("k"); got != "hello" {
			t.Fatalf("read %q", got)
		}
	})
	t.Run("refuses a body that does not match its signed payload hash", func(t *testing.T) {
		c := open(t)
		status, answer := c.sendSigned("PUT", "/k", "hello", "HELLO")
		c.want(status, answer, http.StatusBadRequest, "BadDigest")
		if c.exists("k") {
			t.Fatal("stored all the same")
		}
	})
	t.Run("deletes, and deleting again is a success", func(t *testing.T) {
		c := open(t)
		c.put("k", "hello")
		for range 2 {
			if _, err := c.client.DeleteObject(context.Background(), &sdk.DeleteObjectInput{Bucket: aws.String(bucket), Key: aws.String("k")}); err != nil {
				t.Fatal(err)
			}
		}
		if c.exists("k") || c.files() != 0 {
			t.Fatal("still there")
		}
	})
}

func TestConcurrentUploads(t *testing.T) {
	t.Run("of one key with If-None-Match have one winner", func(t *testing.T) {
		c := open(t)
		const n = 8
		signed := c.presignPut("k", "hello")
		statuses := make(chan int, n)
		for range n {
			go func() {
				r, err := http.NewRequestWithContext(context.Background(), "PUT", signed.URL, strings.NewReader("hello"))
				if err != nil {
					statuses <- 0
					return
				}
				r.Header = signed.SignedHeader.Clone()
				res, err := http.DefaultClient.Do(r)
				if err != nil {
					statuses <- 0
					return
				}
				_, _ = io.Copy(io.Discard, res.Body)
				_ = res.Body.Close()
				statuses <- res.StatusCode
			}()
		}
		count := map[int]int{}
		for range n {
			count[<-statuses]++
		}
		if count[200] != 1 || count[412] != n-1 || c.files() != 1 {
			t.Fatalf("%v, %d files", count, c.files())
		}
	})
}

func TestLargeObject(t *testing.T) {
	t.Run("goes through unchanged", func(t *testing.T) {
		c := open(t)
		body := string(bytes.Repeat([]byte("0123456789abcdef"), 1<<18))
		c.put("k", body)
		if c.read("k") != body {
			t.Fatal("changed")
		}
	})
}
