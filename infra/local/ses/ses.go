// Package ses is Amazon SES for one laptop: the Query protocol of the v1 API, SendRawEmail and GetSendQuota only, and
// receipt rules. Mail is checked as SES checks it, rewritten as SES rewrites it, and kept in bbolt to be read; it never
// leaves the machine. It knows no bounces, complaints, suppression or sandbox, and checks no signature of what comes in.
package ses

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"
	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/clock"
)

const (
	defaultRate    = 14 // recipients a second, as in a new production account
	mostRecipients = 50
	largestMessage = 10 << 20
)

// Config is what SES needs from the cloud around it.
type Config struct {
	DB         *bolt.DB
	Clock      *clock.Clock
	Region     string
	Identities []string // verified addresses and domains; a domain covers its subdomains
	Rate       int      // recipients per second of virtual time; 0 means 14

	Rules []Rule                                         // for mail that comes in
	Keep  func(bucket, key string, content []byte) error // puts an object
	Tell  func(function string, event []byte) error      // accepts an asynchronous invocation
}

// Server is an http.Handler that speaks the Query protocol.
type Server struct {
	db         *bolt.DB
	clock      *clock.Clock
	region     string
	identities []string
	rules      []Rule
	keep       func(bucket, key string, content []byte) error
	tell       func(function string, event []byte) error

	mu      sync.Mutex // one message at a time: the rate and the order of ids depend on it
	rate    int
	window  []sent // what went out in the last second
	entropy *ulid.MonotonicEntropy
}

type sent struct {
	at         time.Time
	recipients int
}

// Usage is what SES would have billed.
type Usage struct {
	Sends      int
	Recipients int
}

// The layout of this package's bucket in bbolt.
var (
	root          = []byte("ses")
	messagesTable = []byte("messages") // id → envelope; ids sort by time
	usageKey      = []byte("usage")
)

// Open prepares the tables.
func Open(c Config) (*Server, error) {
	s := &Server{db: c.DB, clock: c.Clock, region: c.Region, rate: c.Rate, rules: c.Rules, keep: c.Keep, tell: c.Tell, entropy: ulid.Monotonic(rand.Reader, 0)}
	if s.rate == 0 {
		s.rate = defaultRate
	}
	for _, identity := range c.Identities {
		s.identities = append(s.identities, strings.ToLower(identity))
	}
	err := s.db.Update(func(tx *bolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists(root)
		if err != nil {
			return err
		}
		_, err = b.CreateBucketIfNotExists(messagesTable)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("ses: prepare tables: %w", err)
	}
	return s, nil
}

// sendRaw serves SendRawEmail.
func (s *Server) sendRaw(form url.Values) (any, error) {
	e, draft, err := read(form)
	if err != nil {
		return nil, err
	}
	if err := s.checkEnvelope(&e, draft); err != nil {
		return nil, err
	}
	id, err := s.accept(e, draft)
	if err != nil {
		return nil, err
	}
	return sendRawEmailResponse{MessageID: id}, nil
}

// read is the message of a call, and its envelope. Recipients are those of Destinations or, without any, those of To, Cc and Bcc.
func read(form url.Values) (e envelope, d draft, err error) {
	raw, err := base64.StdEncoding.DecodeString(form.Get("RawMessage.Data"))
	if err != nil {
		return e, d, invalid("RawMessage.Data is not base64")
	}
	if d, err = parseDraft(raw); err != nil {
		return e, d, err
	}
	e = envelope{From: d.from.Address, Recipients: d.recipients, ConfigurationSet: d.configurationSet, Tags: d.tags}
	return e, d, e.amend(form)
}

// amend applies the parameters of the call, which outrank the headers.
func (e *envelope) amend(form url.Values) error {
	if source := form.Get("Source"); source != "" {
		parsed, err := mail.ParseAddress(source)
		if err != nil {
			return invalid("Source is not an address: " + source)
		}
		e.From = parsed.Address
	}
	destinations, err := members(form, "Destinations.member.")
	if err != nil {
		return err
	}
	if len(destinations) > 0 {
		e.Recipients = destinations
	}
	if set := form.Get("ConfigurationSetName"); set != "" {
		e.ConfigurationSet = set
	}
	for i := 1; form.Has(fmt.Sprintf("Tags.member.%d.Name", i)); i++ {
		prefix := fmt.Sprintf("Tags.member.%d.", i)
		if err := addTag(e.Tags, form.Get(prefix+"Name"), form.Get(prefix+"Value")); err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) checkEnvelope(e *envelope, draft draft) error {
	if len(e.Recipients) == 0 {
		return invalid("Missing required header 'To'.")
	}
	if len(e.Recipients) > mostRecipients {
		return invalid(fmt.Sprintf("Recipient count exceeds %d.", mostRecipients))
	}
	for i, recipient := range e.Recipients {
		parsed, err := mail.ParseAddress(recipient)
		if err != nil || !plainAddress(parsed.Address) {
			return invalid("Illegal address: " + recipient)
		}
		e.Recipients[i] = parsed.Address
	}
	var unverified []string
	for _, sender := range append([]string{e.From}, draft.senders...) {
		if !s.verified(sender) && !slices.Contains(unverified, sender) {
			unverified = append(unverified, sender)
		}
	}
	if len(unverified) > 0 {
		return refusal{400, "MessageRejected", "Email address is not verified. The following identities failed the check in region " +
			strings.ToUpper(s.region) + ": " + strings.Join(unverified, ", ")}
	}
	return nil
}

// plainAddress: SES wants ASCII and a domain with a dot.
func plainAddress(address string) bool {
	isASCII := !strings.ContainsFunc(address, func(r rune) bool { return r > 126 || r < 33 })
	_, domain, _ := strings.Cut(address, "@")
	return isASCII && strings.Contains(domain, ".") && !strings.HasSuffix(domain, ".") && !strings.HasPrefix(domain, ".")
}

func (s *Server) verified(address string) bool { return s.identity(address) != "" }

// identity is the verified one that an address belongs to; "" for none.
func (s *Server) identity(address string) string {
	address = strings.ToLower(address)
	_, domain, _ := strings.Cut(address, "@")
	i := slices.IndexFunc(s.identities, func(identity string) bool {
		return identity == address || identity == domain || strings.HasSuffix(domain, "."+identity)
	})
	if i < 0 {
		return ""
	}
	return s.identities[i]
}

// Needs are the resources that a SendRawEmail must be allowed on, as the end of their ARNs: the identity of its sender, its
// configuration set and, as for an account in the sandbox, the identity of each recipient.
func (s *Server) Needs(form url.Values) []string {
	e, _, err := read(form)
	if err != nil {
		return nil
	}
	needs := []string{"identity/" + s.identity(e.From)}
	if e.ConfigurationSet != "" {
		needs = append(needs, "configuration-set/"+e.ConfigurationSet)
	}
	for _, recipient := range e.Recipients {
		needs = append(needs, "identity/"+recipient)
	}
	return needs
}

// accept holds the rate, then stores the message; only then is it acknowledged.
func (s *Server) accept(e envelope, draft draft) (id string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e.At = s.clock.Now()
	if !s.mayStill(e.At, len(e.Recipients)) {
		return "", refusal{400, "Throttling", "Maximum sending rate exceeded."}
	}
	minted, err := ulid.New(ulid.Timestamp(e.At), s.entropy)
	if err != nil {
		return "", fmt.Errorf("ses: message id: %w", err)
	}
	e.ID = minted.String()
	e.Raw = draft.deliver(e.ID+"@"+s.region+".amazonses.com", e.At)
	if err := s.db.Update(func(tx *bolt.Tx) error { return store(tx, e) }); err != nil {
		return "", fmt.Errorf("ses: store message: %w", err)
	}
	s.window = append(s.window, sent{e.At, len(e.Recipients)})
	return e.ID, nil
}

// mayStill counts recipients over the second that ends now. A message with more recipients than the rate goes when
// nothing else did.
func (s *Server) mayStill(now time.Time, recipients int) bool {
	s.window = slices.DeleteFunc(s.window, func(w sent) bool { return now.Sub(w.at) >= time.Second })
	for _, w := range s.window {
		recipients += w.recipients
	}
	return len(s.window) == 0 || recipients <= s.rate
}

func store(tx *bolt.Tx, e envelope) error {
	saved, err := json.Marshal(e)
	if err != nil {
		return err
	}
	u, err := usageIn(tx)
	if err != nil {
		return err
	}
	u.Sends++
	u.Recipients += len(e.Recipients)
	count, err := json.Marshal(u)
	if err != nil {
		return err
	}
	if err := tx.Bucket(root).Put(usageKey, count); err != nil {
		return err
	}
	return tx.Bucket(root).Bucket(messagesTable).Put([]byte(e.ID), saved)
}

// Usage counts since the data folder was made.
func (s *Server) Usage() (u Usage, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		u, err = usageIn(tx)
		return err
	})
	return u, err
}

func usageIn(tx *bolt.Tx) (u Usage, err error) {
	saved := tx.Bucket(root).Get(usageKey)
	if saved == nil {
		return u, nil
	}
	return u, json.Unmarshal(saved, &u)
}

// sendQuota serves GetSendQuota. There is no daily quota: -1 is SES's word for that.
func (s *Server) sendQuota(url.Values) (any, error) {
	answer := getSendQuotaResponse{Max24HourSend: -1, MaxSendRate: float64(s.rate)}
	since := ulid.MustNew(ulid.Timestamp(s.clock.Now().Add(-24*time.Hour)), nil)
	err := s.db.View(func(tx *bolt.Tx) error {
		c := tx.Bucket(root).Bucket(messagesTable).Cursor()
		for id, saved := c.Seek([]byte(since.String())); id != nil; id, saved = c.Next() {
			var e envelope
			if err := json.Unmarshal(saved, &e); err != nil {
				return err
			}
			answer.SentLast24Hours += float64(len(e.Recipients))
		}
		return nil
	})
	return answer, err
}
