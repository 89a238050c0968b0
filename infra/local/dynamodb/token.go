package dynamodb

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"time"

	bolt "go.etcd.io/bbolt"
)

// tokenLife is how long a transaction's client request token is remembered.
const tokenLife = 10 * time.Minute

// remember notes the token of a transaction. repeated is true when the same request committed with the same token
// within the last ten minutes; another request with that token is an error. Only a commit keeps the note.
func (s *Store) remember(tx *bolt.Tx, in *transactWriteItemsInput) (repeated bool, err error) {
	if in.ClientRequestToken == "" {
		return false, nil
	}
	now := s.clock.Now()
	if err := forgetTokens(tx, now); err != nil {
		return false, err
	}
	request, err := json.Marshal(in.TransactItems)
	if err != nil {
		return false, err
	}
	digest := sha256.Sum256(request)
	token := []byte(in.ClientRequestToken)
	tokens := tx.Bucket(rootBucket).Bucket(tokensBucket)
	if known := tokens.Get(token); known != nil {
		if !bytes.Equal(known, digest[:]) {
			return false, &apiError{Type: "IdempotentParameterMismatchException", Message: "The request uses the same client token as a previous, but non-identical request."}
		}
		return true, nil
	}
	if err := tokens.Put(token, digest[:]); err != nil {
		return false, err
	}
	age := binary.BigEndian.AppendUint64(nil, uint64(now.UnixMilli()))
	return false, tx.Bucket(rootBucket).Bucket(tokenAgeBucket).Put(append(age, token...), nil)
}

// forgetTokens drops the tokens that are ten minutes old.
func forgetTokens(tx *bolt.Tx, now time.Time) error {
	tokens, ages := tx.Bucket(rootBucket).Bucket(tokensBucket), tx.Bucket(rootBucket).Bucket(tokenAgeBucket)
	limit := binary.BigEndian.AppendUint64(nil, uint64(now.Add(-tokenLife).UnixMilli())+1)
	c := ages.Cursor()
	for k, _ := c.First(); k != nil && bytes.Compare(k, limit) < 0; k, _ = c.First() {
		if err := tokens.Delete(k[8:]); err != nil {
			return err
		}
		if err := c.Delete(); err != nil {
			return err
		}
	}
	return nil
}
