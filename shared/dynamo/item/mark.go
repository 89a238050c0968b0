package item

import "time"

// Mark is what is known of one mail: what the mail service called it, and when it was handed over.
type Mark struct {
	MessageID string
	At        time.Time
}

// markKept is longer than any outbox stays open, and longer than the year for which people may ask us about a mail.
const markKept = 400 * 24 * time.Hour

// SigningKey is a random key of this deployment.
type SigningKey struct{ Key []byte }

const (
	markKind       = "mail"
	signingKeyKind = "key"
)

// EncodeMark spells a mark under the key of its mail, until the table drops it.
func EncodeMark(mailKey Item, m Mark) (Item, error) {
	i, err := encode(mailKey, markKind, m)
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
