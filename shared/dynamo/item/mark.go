package item

import "time"

// Mark is what is known of one mail: until when somebody is sending it, and what the mail service called it.
type Mark struct {
	LeaseUntil time.Time
	MessageID  string // empty until it was handed over
}

// SigningKey is a random key of this deployment.
type SigningKey struct{ Key []byte }

const (
	markKind       = "mail"
	signingKeyKind = "key"
)

// EncodeMark spells a mark under the key of its mail.
func EncodeMark(mailKey Item, m Mark) (Item, error) { return encode(mailKey, markKind, m) }

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
