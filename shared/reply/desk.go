package reply

import (
	"context"
	"strings"
	"time"

	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
)

// Keys begin the keys of raw mails in their bucket; the mail service's name for the mail follows.
const keys = "inbound/"

// Desk is where mails come in: it finds out what one is about, reads it, and hands it to the job.
type Desk struct {
	// Address is the base of the addresses that people reply to: a token follows its local part, after a +.
	Address string
	// Replied tells what a token names.
	Replied func(ctx context.Context, token string) (id string, genuine bool, err error)
	// Fetch loads the first bytes of an object.
	Fetch func(ctx context.Context, key string, most int64) ([]byte, error)
	// Receive keeps a mail about something, once.
	Receive func(ctx context.Context, ask project.Ask, about string, in project.Incoming, enclosed [][]byte) error
}

// Take takes one mail in. The token alone says what it is about, never the mail's words (B104). A mail to several of our
// addresses is kept once for each.
func (d Desk) Take(ctx context.Context, r handler.Receipt, now time.Time) error {
	var about []string
	for _, recipient := range r.Recipients {
		id, genuine, err := d.Replied(ctx, d.token(recipient))
		if err != nil {
			return err
		}
		if genuine {
			about = append(about, id)
		}
	}
	if len(about) == 0 {
		return problem.New(problem.CodeNotFound, "No address of this mail has a token of ours.")
	}
	raw, err := d.Fetch(ctx, keys+r.ID, MostBytes+1)
	if err != nil {
		return err
	}
	in, enclosed := Read(raw, r)
	var tooMany error
	for _, id := range about {
		err := d.Receive(ctx, project.Ask{Channel: "mail", Now: now, Trace: r.ID}, id, in, enclosed)
		if problem.Is(err, problem.CodeRateLimited) { // at this address
			tooMany = err
		} else if err != nil {
			return err
		}
	}
	return tooMany
}

// token is what stands between base and domain of an address of ours; people and relays change its case.
func (d Desk) token(recipient string) string {
	local, domain, _ := strings.Cut(strings.ToLower(d.Address), "@")
	token, ours := strings.CutPrefix(strings.ToLower(recipient), local+"+")
	token, host, _ := strings.Cut(token, "@")
	if !ours || host != domain {
		return ""
	}
	return token
}
