package notice

import (
	"net/mail"
	"net/url"
	"strings"

	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
)

// Site is what a deployment says about itself in its mails. Every link of a mail is built here.
type Site struct {
	Name             string // the sender's name
	URL              string // where the pages are, absolute and without a slash at the end
	Support          string // the page where questions go (R57)
	From             string // the address that mails come from
	ReplyTo          string // the base of the addresses that replies go to: a token follows its local part, after a +
	ConfigurationSet string // of SES, which then reports on each mail under its tags; may be empty
}

// Validate says what is wrong with the configuration, field by field.
func (s Site) Validate() error {
	var wrong problem.Fields
	if s.Name == "" {
		wrong.Add("/name", "The site needs a name.")
	}
	if !absolute(s.URL) || strings.HasSuffix(s.URL, "/") {
		wrong.Add("/url", "The site's address is absolute, http or https, without a slash at the end.")
	}
	if !absolute(s.Support) {
		wrong.Add("/support", "The page for questions is absolute, http or https.")
	}
	if !party.ValidEmail(s.From) {
		wrong.Add("/from", "Mails come from a plain address like team@example.com.")
	}
	if local, _, _ := strings.Cut(s.ReplyTo, "@"); !party.ValidEmail(s.ReplyTo) || strings.Contains(local, "+") || len(local) > longestReplyLocal {
		wrong.Add("/replyTo", "Replies go to a plain address like reply@example.com, with at most %d letters before the @ and no +.", longestReplyLocal)
	}
	return wrong.Err()
}

// longestReplyLocal leaves room for a + and a token of 48 letters in the 64 that a local part may have.
const longestReplyLocal = 64 - 1 - 48

func absolute(link string) bool {
	u, err := url.Parse(link)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
}

func (s Site) assignment(id string) string { return s.URL + "/assignments/" + url.PathEscape(id) }
func (s Site) project(id string) string    { return s.URL + "/projects/" + url.PathEscape(id) }

// messages is the conversation with a pro: on their seat, or at their invitation while they have none.
func (s Site) messages(assignment, invitation string) string {
	if assignment == "" {
		return s.URL + "/invitations/" + url.PathEscape(invitation) + "/messages"
	}
	return s.assignment(assignment) + "/messages"
}

func (s Site) statement() string         { return s.URL + "/statement" }
func (s Site) quarantine() string        { return s.URL + "/quarantine" }
func (s Site) flag(id string) string     { return s.URL + "/flags/" + url.PathEscape(id) }
func (s Site) question(id string) string { return s.URL + "/questions/" + url.PathEscape(id) }

// unsubscribe is the way out that RFC 2369 names, by mail, to a person.
func (s Site) unsubscribe() Header {
	return Header{"List-Unsubscribe", "<mailto:" + s.From + "?subject=unsubscribe>"}
}

// replies is the address that a token stands in.
func (s Site) replies(token string) mail.Address {
	local, domain, _ := strings.Cut(s.ReplyTo, "@")
	return mail.Address{Address: local + "+" + token + "@" + domain}
}

func (s Site) sender() mail.Address { return mail.Address{Name: s.Name, Address: s.From} }

// messageID puts a local part under the sender's domain.
func (s Site) messageID(local string) string {
	_, domain, _ := strings.Cut(s.From, "@")
	return "<" + local + "@" + domain + ">"
}
