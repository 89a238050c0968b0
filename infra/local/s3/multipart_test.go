package s3_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func writeFile(path, text string) error { return os.WriteFile(path, []byte(text), 0o600) }

// multipartUpload is one upload as Callsheet does it: parts by presigned URL, each with its checksum.
type multipartUpload struct {
	c    *cloud
	key  string
	id   *string
	done []types.CompletedPart
}

func (c *cloud) multipart(key string) *multipartUpload {
	c.t.Helper()
	out, err := c.client.CreateMultipartUpload(context.Background(), &sdk.CreateMultipartUploadInput{Bucket: aws.String(bucket), Key: aws.String(key),
		ChecksumAlgorithm: types.ChecksumAlgorithmSha256, Metadata: map[string]string{"upload": "upl_9"}, Tagging: aws.String("state=pending")})
	if err != nil {
		c.t.Fatal(err)
	}
	return &multipartUpload{c: c, key: key, id: out.UploadId}
}

func (u *multipartUpload) send(number int32, declared, body string) (status int, answer string) {
	u.c.t.Helper()
	signed, err := u.c.presigner(time.Minute).PresignUploadPart(context.Background(), &sdk.UploadPartInput{Bucket: aws.String(bucket), Key: aws.String(u.key),
		UploadId: u.id, PartNumber: aws.Int32(number), ContentLength: aws.Int64(int64(len(body))), ChecksumSHA256: aws.String(sum(declared))})
	if err != nil {
		u.c.t.Fatal(err)
	}
	return u.c.send(signed, body, nil)
}

func (u *multipartUpload) part(number int32, body string) {
	u.c.t.Helper()
	if status, answer := u.send(number, body, body); status != http.StatusOK {
		u.c.t.Fatalf("part %d: %d %s", number, status, answer)
	}
	u.done = append(u.done, types.CompletedPart{PartNumber: aws.Int32(number), ChecksumSHA256: aws.String(sum(body)), ETag: aws.String(etag(body))})
}

func (u *multipartUpload) complete() (*sdk.CompleteMultipartUploadOutput, error) {
	return u.c.client.CompleteMultipartUpload(context.Background(), &sdk.CompleteMultipartUploadInput{Bucket: aws.String(bucket), Key: aws.String(u.key),
		UploadId: u.id, IfNoneMatch: aws.String("*"), MultipartUpload: &types.CompletedMultipartUpload{Parts: u.done}})
}

func TestMultipart(t *testing.T) {
	ctx := context.Background()
	one, two := strings.Repeat("1", 5<<20), "two"
	t.Run("joins the parts and gives the composite checksum", func(t *testing.T) {
		c := open(t)
		u := c.multipart("big")
		u.part(1, one)
		u.part(2, two)
		out, err := u.complete()
		if err != nil {
			t.Fatal(err)
		}
		s1, s2 := sha256.Sum256([]byte(one)), sha256.Sum256([]byte(two))
		all := sha256.Sum256(append(s1[:], s2[:]...))
		want := base64.StdEncoding.EncodeToString(all[:]) + "-2"
		head, err := c.client.HeadObject(ctx, &sdk.HeadObjectInput{Bucket: aws.String(bucket), Key: aws.String("big"), ChecksumMode: types.ChecksumModeEnabled})
		if err != nil {
			t.Fatal(err)
		}
		if aws.ToString(out.ChecksumSHA256) != want || aws.ToString(head.ChecksumSHA256) != want || *head.ContentLength != 5<<20+3 || head.Metadata["upload"] != "upl_9" || aws.ToString(out.ETag) != aws.ToString(head.ETag) {
			t.Fatalf("complete %+v, head %+v, want %s", out, head, want)
		}
		if c.read("big") != one+two || c.files() != 1 {
			t.Fatalf("changed, or parts left: %d files", c.files())
		}
	})
	t.Run("takes the last version of a part", func(t *testing.T) {
		c := open(t)
		u := c.multipart("k")
		u.part(1, "old")
		u.done = nil
		u.part(1, "new")
		if _, err := u.complete(); err != nil {
			t.Fatal(err)
		}
		if got := c.read("k"); got != "new" || c.files() != 1 {
			t.Fatalf("%q, %d files", got, c.files())
		}
	})
	t.Run("refuses a part that does not match its checksum", func(t *testing.T) {
		c := open(t)
		status, answer := c.multipart("k").send(1, "hello", "HELLO")
		c.want(status, answer, http.StatusBadRequest, "BadDigest")
		if c.files() != 0 {
			t.Fatal("something was stored")
		}
	})
	t.Run("refuses a part without a checksum", func(t *testing.T) {
		c := open(t)
		u := c.multipart("k")
		_, err := c.client.UploadPart(ctx, &sdk.UploadPartInput{Bucket: aws.String(bucket), Key: aws.String("k"), UploadId: u.id, PartNumber: aws.Int32(1), Body: strings.NewReader("x")})
		if code(err) != "InvalidRequest" {
			t.Fatal(err)
		}
	})
	t.Run("refuses part numbers outside 1 to 10,000", func(t *testing.T) {
		c := open(t)
		u := c.multipart("k")
		for _, number := range []int32{0, 10001} {
			status, answer := u.send(number, "x", "x")
			c.want(status, answer, http.StatusBadRequest, "InvalidArgument")
		}
	})
	for name, row := range map[string]struct {
		parts  []string
		change func(*multipartUpload)
		want   string
	}{
		"a part that never came":            {[]string{two}, func(u *multipartUpload) { u.done[0].PartNumber = aws.Int32(7) }, "InvalidPart"},
		"another ETag":                      {[]string{two}, func(u *multipartUpload) { u.done[0].ETag = aws.String(etag("x")) }, "InvalidPart"},
		"another part checksum":             {[]string{two}, func(u *multipartUpload) { u.done[0].ChecksumSHA256 = aws.String(sum("x")) }, "InvalidPart"},
		"no part checksum":                  {[]string{two}, func(u *multipartUpload) { u.done[0].ChecksumSHA256 = nil }, "InvalidRequest"},
		"no parts":                          {[]string{two}, func(u *multipartUpload) { u.done = nil }, "MalformedXML"},
		"parts out of order":                {[]string{one, two}, func(u *multipartUpload) { u.done[0], u.done[1] = u.done[1], u.done[0] }, "InvalidPartOrder"},
		"a small part that is not the last": {[]string{two, two}, func(*multipartUpload) {}, "EntityTooSmall"},
	} {
		t.Run("refuses to complete with "+name, func(t *testing.T) {
			c := open(t)
			u := c.multipart("k")
			for i, body := range row.parts {
				u.part(int32(i+1), body)
			}
			row.change(u)
			if _, err := u.complete(); code(err) != row.want {
				t.Fatalf("got %v, want %s", err, row.want)
			}
			if c.exists("k") {
				t.Fatal("an object appeared")
			}
		})
	}
	t.Run("refuses to complete over an existing key, and the upload goes on", func(t *testing.T) {
		c := open(t)
		c.put("k", "first")
		u := c.multipart("k")
		u.part(1, two)
		if _, err := u.complete(); code(err) != "PreconditionFailed" {
			t.Fatal(err)
		}
		if got := c.read("k"); got != "first" || c.files() != 2 {
			t.Fatalf("%q, %d files", got, c.files())
		}
	})
	t.Run("refuses to complete twice", func(t *testing.T) {
		c := open(t)
		u := c.multipart("k")
		u.part(1, two)
		if _, err := u.complete(); err != nil {
			t.Fatal(err)
		}
		if _, err := u.complete(); code(err) != "NoSuchUpload" {
			t.Fatal(err)
		}
	})
	t.Run("refuses the upload of another key", func(t *testing.T) {
		c := open(t)
		u := c.multipart("k")
		u.key = "other"
		status, answer := u.send(1, "x", "x")
		c.want(status, answer, http.StatusNotFound, "NoSuchUpload")
	})
	t.Run("is aborted with all its parts", func(t *testing.T) {
		c := open(t)
		u := c.multipart("k")
		u.part(1, two)
		abort := &sdk.AbortMultipartUploadInput{Bucket: aws.String(bucket), Key: aws.String("k"), UploadId: u.id}
		if _, err := c.client.AbortMultipartUpload(ctx, abort); err != nil || c.files() != 0 {
			t.Fatalf("%v, %d files", err, c.files())
		}
		if _, err := c.client.AbortMultipartUpload(ctx, abort); code(err) != "NoSuchUpload" {
			t.Fatal(err)
		}
	})
}
