package ses

import (
	"bytes"
	"fmt"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"
)

// An envelope is a message as it is stored.
type envelope struct {
	ID               string
	At               time.Time
	From             string
	Recipients       []string
	ConfigurationSet string
	Tags             map[string]string
	Raw              []byte
}

// A draft is a message as the caller wrote it.
type draft struct {
	from             mail.Address
	senders          []string // every address that must be verified beside the envelope's
	recipients       []string // To, Cc, Bcc
	configurationSet string
	tags             map[string]string
	fields           []field
	body             []byte
}

// A field is one header with its folded lines, as it was sent.
type field struct {
	name string
	text string
}

// once are headers that a message may carry one time only (Amazon SES Developer Guide, "header fields").
var once = strings.Fields(`Auto-Submitted Content-Disposition Content-Id Content-Language Content-Transfer-Encoding Content-Type Date From
	Importance In-Reply-To List-Help List-Id List-Owner List-Unsubscribe List-Unsubscribe-Post Message-Id Mime-Version Organization
	Precedence Priority References Reply-To Return-Path Sender Sensitivity Subject Thread-Index Thread-Topic User-Agent`)

func parseDraft(raw []byte) (d draft, err error) {
	if len(raw) > largestMessage {
		return d, tooLong()
	}
	message, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return d, invalid("The message is malformed: " + err.Error())
	}
	d.fields, d.body = split(raw)
	for name, values := range message.Header {
		if len(values) > 1 && slices.Contains(once, name) {
			return d, invalid("Duplicate header '" + name + "'.")
		}
	}
	if err := d.readAddresses(message.Header); err != nil {
		return d, err
	}
	if err := d.readTags(message.Header); err != nil {
		return d, err
	}
	if _, err := parseContent(raw); err != nil { // what the inbox could not show later is refused now
		return d, invalid("The message is malformed: " + err.Error())
	}
	return d, nil
}

func (d *draft) readAddresses(h mail.Header) error {
	from, err := h.AddressList("From")
	if h.Get("From") == "" {
		return invalid("Missing required header 'From'.")
	}
	if err != nil || len(from) != 1 {
		return invalid("The header 'From' must hold one address: " + h.Get("From"))
	}
	d.from = *from[0]
	d.senders = []string{d.from.Address}
	for _, name := range []string{"Sender", "Return-Path"} {
		if h.Get(name) == "" {
			continue
		}
		sender, err := mail.ParseAddress(h.Get(name))
		if err != nil {
			return invalid("The header '" + name + "' is not an address: " + h.Get(name))
		}
		d.senders = append(d.senders, sender.Address)
	}
	for _, name := range []string{"To", "Cc", "Bcc"} {
		for _, value := range h[name] {
			list, err := mail.ParseAddressList(value)
			if err != nil {
				return invalid("The header '" + name + "' is not a list of addresses: " + value)
			}
			for _, a := range list {
				d.recipients = append(d.recipients, a.Address)
			}
		}
	}
	return nil
}

// readTags reads X-SES-MESSAGE-TAGS: name=value, name=value.
func (d *draft) readTags(h mail.Header) error {
	d.configurationSet = h.Get("X-Ses-Configuration-Set")
	d.tags = map[string]string{}
	for pair := range strings.SplitSeq(h.Get("X-Ses-Message-Tags"), ",") {
		if pair = strings.TrimSpace(pair); pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		if err := addTag(d.tags, strings.TrimSpace(name), strings.TrimSpace(value)); err != nil {
			return err
		}
	}
	return nil
}

var tagText = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)

func addTag(tags map[string]string, name, value string) error {
	if !tagText.MatchString(name) || !tagText.MatchString(value) {
		return invalid(fmt.Sprintf("Invalid tag %q=%q: only alphanumeric ASCII characters, '_', and '-' are allowed, 256 at most.", name, value))
	}
	tags[name] = value
	return nil
}

// removed are the headers that no recipient sees; Message-ID and Date are replaced by SES's own.
var removed = []string{"bcc", "return-path", "x-ses-configuration-set", "x-ses-message-tags", "message-id", "date"}

// deliver is the message as its recipients get it.
func (d draft) deliver(messageID string, at time.Time) []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "Message-ID: <%s>\r\nDate: %s\r\n", messageID, at.UTC().Format(time.RFC1123Z))
	for _, f := range d.fields {
		if !slices.Contains(removed, strings.ToLower(f.name)) {
			out.WriteString(f.text)
		}
	}
	out.WriteString("\r\n")
	out.Write(d.body)
	return out.Bytes()
}

// split cuts a message that mail.ReadMessage accepted at its first empty line, and its header before every line that is
// not a continuation.
func split(raw []byte) (fields []field, body []byte) {
	for len(raw) > 0 {
		line, rest, _ := bytes.Cut(raw, []byte("\n"))
		line = bytes.TrimSuffix(line, []byte("\r"))
		raw = rest
		if len(line) == 0 {
			return fields, rest
		}
		if folded := line[0] == ' ' || line[0] == '\t'; folded && len(fields) > 0 {
			fields[len(fields)-1].text += string(line) + "\r\n"
			continue
		}
		name, _, _ := strings.Cut(string(line), ":")
		fields = append(fields, field{strings.TrimSpace(name), string(line) + "\r\n"})
	}
	return fields, nil
}
