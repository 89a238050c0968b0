// Package link spells what a mail carries back to us: the link to a page on which a person may act without signing in, and
// the token in the address to which they reply. It makes and checks their keys and names the pages' routes; it renders
// nothing and reads no record.
package link

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strconv"
	"sync"
	"time"
)

// signingKey is the name under which the deployment keeps the key that all links are signed with.
const signingKey = "links"

// The routes behind the links. GET and HEAD only show; POST alone acts, since mail scanners follow links.
const (
	ShowInvitation   = "GET " + invitation
	ProbeInvitation  = "HEAD " + invitation
	AnswerInvitation = "POST " + invitation

	ShowLegacy   = "GET " + legacy
	ProbeLegacy  = "HEAD " + legacy
	AnswerLegacy = "POST " + legacy

	invitation = "/invitations/{invitationId}/{key}"
	legacy     = "/help/{reference}/{proId}/{until}/{key}"
)

// Routes lists them all.
func Routes() []string {
	return []string{ShowInvitation, ProbeInvitation, AnswerInvitation, ShowLegacy, ProbeLegacy, AnswerLegacy}
}

// Keys is what a signer needs of the store.
type Keys interface {
	SigningKey(ctx context.Context, name string, fresh []byte) ([]byte, error)
}

// Signer makes and checks links with this deployment's own key. It asks for the key once.
type Signer struct {
	keys  Keys
	fresh func() []byte

	mu  sync.Mutex
	key []byte
}

// New is a signer; fresh makes the key that is kept if the deployment has none yet.
func New(keys Keys, fresh func() []byte) *Signer { return &Signer{keys: keys, fresh: fresh} }

// Invitation is the path of an invitation's link. Its key is bound to the invitation and to its pro: 256 bits that cannot
// be had without the deployment's key, so nothing about the link has to be kept.
func (s *Signer) Invitation(ctx context.Context, id, pro string) (path string, err error) {
	key, err := s.sign(ctx, "invitation\n"+id+"\n"+pro)
	return "/invitations/" + url.PathEscape(id) + "/" + key, err
}

// OpensInvitation tells whether a key is the one of that invitation and pro, whole and unaltered.
func (s *Signer) OpensInvitation(ctx context.Context, key, id, pro string) (bool, error) {
	genuine, err := s.sign(ctx, "invitation\n"+id+"\n"+pro)
	return err == nil && hmac.Equal([]byte(genuine), []byte(key)), err
}

// Legacy is the path of a link from the old system. Its key is bound to the project's reference, the pro and the instant
// until which it is good, in Unix seconds: none of them can be another without its being no link at all.
func (s *Signer) Legacy(ctx context.Context, reference, pro string, until time.Time) (path string, err error) {
	seconds := strconv.FormatInt(until.Unix(), 10)
	key, err := s.sign(ctx, legacyWords(reference, pro, seconds))
	return "/help/" + url.PathEscape(reference) + "/" + url.PathEscape(pro) + "/" + seconds + "/" + key, err
}

// OpensLegacy tells whether a key is the one of that reference, pro and instant, as they stand in the path.
func (s *Signer) OpensLegacy(ctx context.Context, key, reference, pro, until string) (bool, error) {
	genuine, err := s.sign(ctx, legacyWords(reference, pro, until))
	return err == nil && hmac.Equal([]byte(genuine), []byte(key)), err
}

func legacyWords(reference, pro, until string) string {
	return "legacy\n" + reference + "\n" + pro + "\n" + until
}

func (s *Signer) sign(ctx context.Context, what string) (string, error) {
	key, err := s.deploymentKey(ctx)
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(what))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)), nil
}

func (s *Signer) deploymentKey(ctx context.Context) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.key == nil {
		key, err := s.keys.SigningKey(ctx, signingKey, s.fresh())
		if err != nil {
			return nil, err
		}
		s.key = key
	}
	return s.key, nil
}
