package item

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/callsheet/callsheet/shared/store"
)

const requestKind = "request"

// EncodeRequest spells a committed request, its reply's body compressed: it is kept for every change, and hardly ever
// read. The table drops it in the second after it has expired, or days later; who reads it compares the expiry.
func EncodeRequest(r store.Request) (Item, error) {
	var err error
	if r.Reply.Body, err = compress(r.Reply.Body); err != nil {
		return nil, fmt.Errorf("item: request %s: %w", r.ID, err)
	}
	i, err := encode(RequestKey(r.ID), requestKind, r, "ID")
	if err != nil {
		return nil, err
	}
	i[TTL] = N(int(r.ExpiresAt.Add(time.Second - time.Millisecond).Unix()))
	return i, nil
}

// DecodeRequest reads a committed request, expired or not.
func DecodeRequest(i Item) (store.Request, error) {
	var r store.Request
	if err := decode(i, requestKind, &r); err != nil {
		return r, err
	}
	r.ID = strings.TrimPrefix(Text(i, PK), requestPrefix)
	var err error
	if r.Reply.Body, err = decompress(r.Reply.Body); err != nil {
		return r, fmt.Errorf("item: request %s: %w", r.ID, err)
	}
	return r, nil
}

func compress(plain []byte) ([]byte, error) {
	if len(plain) == 0 {
		return nil, nil
	}
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(plain); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func decompress(packed []byte) ([]byte, error) {
	if len(packed) == 0 {
		return nil, nil
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}
