package lambdaenv

import (
	"crypto/rand"

	"github.com/oklog/ulid/v2"
)

// NewID is a fresh identifier of a kind: its prefix and a ULID, so ids of one kind sort by their making.
func (e *Env) NewID(prefix string) string { return prefix + "_" + ulid.Make().String() }

// NewKey is 32 bytes that nobody can guess.
func (e *Env) NewKey() []byte {
	key := make([]byte, 32)
	rand.Read(key) // never fails: the runtime stops the process first
	return key
}
