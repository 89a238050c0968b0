package item

import (
	"fmt"
	"time"

	"github.com/callsheet/callsheet/shared/store"
)

// Mark is what is known of the few mails of an event that were on their way together, and when they were handed over. One
// row for all of them costs one write; a process that dies loses no more than it would with a row for each.
type Mark struct {
	Mails []store.Mail
	At    time.Time
}

// markKept is longer than any outbox stays open, and longer than the year for which people may ask us about a mail.
const markKept = 400 * 24 * time.Hour

// SigningKey is a random key of this deployment.
type SigningKey struct{ Key []byte }

const (
	markKind       = "mail"
	signingKeyKind = "key"
)

// EncodeMark spells a mark of an event, until the table drops it.
func EncodeMark(event string, m Mark) (Item, error) {
	if len(m.Mails) == 0 {
		return nil, fmt.Errorf("item: a mark of event %s for no mail", event)
	}
	i, err := encode(markKey(event, m), markKind, m)
	if err != nil {
		return nil, err
	}
	i[TTL] = N(int(m.At.Add(markKept).Unix()))
	return i, nil
}

// DecodeMark reads a mark.
func DecodeMark(i Item) (Mark, error) {
	var m Mark
	err := decode(i, markKind, &m)
	return m, err
}

// EncodeSigningKey spells a signing key under its name.
func EncodeSigningKey(name string, k SigningKey) (Item, error) {
	return encode(SigningKeyKey(name), signingKeyKind, k)
}

// DecodeSigningKey reads a signing key.
func DecodeSigningKey(i Item) (SigningKey, error) {
	var k SigningKey
	err := decode(i, signingKeyKind, &k)
	return k, err
}
