package s3

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"hash"
	"hash/crc32"
	"io"
	"net/http"
	"strings"

	"github.com/johannesboyne/gofakes3"
)

const (
	checksumSHA256 = "X-Amz-Checksum-Sha256"
	checksumCRC32  = "X-Amz-Checksum-Crc32"
	checksumType   = "X-Amz-Checksum-Type"

	largestBody = 5 << 30 // of one PUT
)

// A digest is what the caller said the body hashes to.
type digest struct {
	name string
	hash hash.Hash
	want []byte
}

// checkBody replaces the body of r by one that ends in an error unless it matches every digest the caller declared. The
// HTTP server already holds the body to its Content-Length, and the signature holds the Content-Length.
func checkBody(r *http.Request, payload string) error {
	if r.ContentLength < 0 {
		return refuse(http.StatusLengthRequired, "MissingContentLength", "You must provide the Content-Length HTTP header.")
	}
	if r.ContentLength > largestBody {
		return refuse(http.StatusBadRequest, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")
	}
	digests, err := declaredDigests(r.Header, payload)
	if err != nil {
		return err
	}
	r.Body = &checkedBody{ReadCloser: r.Body, digests: digests}
	return nil
}

func declaredDigests(h http.Header, payload string) ([]digest, error) {
	var digests []digest
	for _, d := range []digest{
		{name: "Content-Md5", hash: md5.New()},
		{name: checksumSHA256, hash: sha256.New()},
		{name: checksumCRC32, hash: crc32.NewIEEE()},
	} {
		value := h.Get(d.name)
		if value == "" {
			continue
		}
		want, err := base64.StdEncoding.DecodeString(value)
		if err != nil || len(want) != d.hash.Size() {
			return nil, invalidRequest("Value for " + strings.ToLower(d.name) + " header is invalid.")
		}
		d.want = want
		digests = append(digests, d)
	}
	if h.Get(checksumSHA256) != "" && h.Get(checksumCRC32) != "" {
		return nil, invalidRequest("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
	}
	if payload == unsignedPayload {
		return digests, nil
	}
	want, err := hex.DecodeString(payload)
	if err != nil || len(want) != sha256.Size {
		return nil, unsupported("x-amz-content-sha256: " + payload)
	}
	return append(digests, digest{name: "X-Amz-Content-Sha256", hash: sha256.New(), want: want}), nil
}

type checkedBody struct {
	io.ReadCloser
	digests []digest
}

// Read reports a mismatch in place of io.EOF, so that nothing that failed its check is ever stored.
func (b *checkedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	for _, d := range b.digests {
		d.hash.Write(p[:n]) // a hash never fails
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return n, gofakes3.ErrorMessage(gofakes3.ErrIncompleteBody, "You did not provide the number of bytes specified by the Content-Length HTTP header.")
	}
	if !errors.Is(err, io.EOF) {
		return n, err
	}
	for _, d := range b.digests {
		if !bytes.Equal(d.hash.Sum(nil), d.want) {
			return n, gofakes3.ErrorMessage(gofakes3.ErrBadDigest, "The "+strings.ToLower(d.name)+" you specified did not match what we received.")
		}
	}
	return n, io.EOF
}
