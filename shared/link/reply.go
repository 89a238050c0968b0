package link

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strconv"
	"strings"

	"github.com/oklog/ulid/v2"
)

// ReplyTokenLength is the length of every reply token. It fits after "reply+" into the 64 letters that the local part of
// an address may have.
const ReplyTokenLength = 48

// A reply token is, in base 32: what it names (a letter, 16 bytes of ULID, one byte that tells the invitations of a round
// apart) and 96 bits of HMAC over that. An address is written by people and relays in any case, so the alphabet has one.
const (
	namedBytes = 1 + 16 + 1
	proofBytes = 12
)

var (
	kindOf   = map[string]byte{"prj": 'p', "inv": 'i', "asg": 'a'}
	prefixOf = map[byte]string{'p': "prj", 'i': "inv", 'a': "asg"}
)

// letters is no variable, so that who makes no tokens does not link it.
func letters() *base32.Encoding {
	return base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)
}

// ReplyToken names a project, an invitation or an assignment by its ID in the address that replies go to (B104). It does
// not expire: it is good for as long as there is what it names.
func (s *Signer) ReplyToken(ctx context.Context, id string) (string, error) {
	named, err := packed(id)
	if err != nil {
		return "", err
	}
	proof, err := s.proof(ctx, named)
	return letters().EncodeToString(append(named, proof...)), err
}

// Replied is the ID that a token names. A token that is altered, cut or of another deployment is not genuine; upper and
// lower case are the same.
func (s *Signer) Replied(ctx context.Context, token string) (id string, genuine bool, err error) {
	if len(token) != ReplyTokenLength {
		return "", false, nil
	}
	whole, err := letters().DecodeString(strings.ToLower(token))
	if err != nil {
		return "", false, nil
	}
	named, brought := whole[:namedBytes:namedBytes], whole[namedBytes:]
	proof, err := s.proof(ctx, named)
	if err != nil || !hmac.Equal(proof, brought) {
		return "", false, err
	}
	return unpacked(named), true, nil
}

func (s *Signer) proof(ctx context.Context, named []byte) ([]byte, error) {
	key, err := s.deploymentKey(ctx)
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("reply\n"))
	mac.Write(named)
	return mac.Sum(nil)[:proofBytes], nil
}

func packed(id string) ([]byte, error) {
	prefix, rest, _ := strings.Cut(id, "_")
	name, number, isLine := strings.Cut(rest, "-")
	made, err := ulid.ParseStrict(name)
	n := 0
	if err == nil && isLine {
		n, err = strconv.Atoi(number)
	}
	kind, known := kindOf[prefix]
	packed := append(append([]byte{kind}, made[:]...), byte(n))
	if err != nil || !known || n > 255 || unpacked(packed) != id {
		return nil, fmt.Errorf("link: no reply token can name %q", id)
	}
	return packed, nil
}

func unpacked(named []byte) string {
	id := prefixOf[named[0]] + "_" + ulid.ULID(named[1:17]).String()
	if n := int(named[17]); n > 0 {
		id += "-" + strconv.Itoa(n)
	}
	return id
}
