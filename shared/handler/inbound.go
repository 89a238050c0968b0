package handler

import (
	"context"
	"log/slog"

	"github.com/callsheet/callsheet/shared/problem"
)

// ReceivedBatch is what we use of the event of an SES receipt rule's Lambda action. The mail itself lies in a bucket.
type ReceivedBatch struct {
	Records []struct {
		SES struct {
			Mail struct {
				MessageID string `json:"messageId"`
				Source    string `json:"source"`
			} `json:"mail"`
			Receipt struct {
				Recipients   []string `json:"recipients"`
				SpamVerdict  verdict  `json:"spamVerdict"`
				VirusVerdict verdict  `json:"virusVerdict"`
				SPFVerdict   verdict  `json:"spfVerdict"`
				DKIMVerdict  verdict  `json:"dkimVerdict"`
				DMARCVerdict verdict  `json:"dmarcVerdict"`
			} `json:"receipt"`
		} `json:"ses"`
	} `json:"Records"`
}

type verdict struct {
	Status string `json:"status"`
}

// Receipt is what the mail service found out about a mail when it took it in.
type Receipt struct {
	ID         string   // the service's own name for it, and the end of its key in the bucket
	Source     string   // the envelope's sender; empty for bounces
	Recipients []string // of the envelope, those that are ours
	// PASS, FAIL, GRAY (nothing to judge by), PROCESSING_FAILED or DISABLED.
	Spam, Virus, SPF, DKIM, DMARC string
}

// Inbound takes mails in. SES invokes asynchronously: an error has Lambda try again twice and then give the event up to the
// on-failure queue (F59). What no retry can change, and what is more than we take in, is logged and dropped; the sender is never told, since a bounce would
// tell strangers which addresses are good.
func Inbound(log *slog.Logger, do func(ctx context.Context, r Receipt) error) func(context.Context, ReceivedBatch) error {
	return func(ctx context.Context, batch ReceivedBatch) error {
		for _, record := range batch.Records {
			mail, receipt := record.SES.Mail, record.SES.Receipt
			if mail.MessageID == "" {
				return Internal{"This is not an event of a receipt rule."}
			}
			err := do(ctx, Receipt{
				ID: mail.MessageID, Source: mail.Source, Recipients: receipt.Recipients, Spam: receipt.SpamVerdict.Status, Virus: receipt.VirusVerdict.Status,
				SPF: receipt.SPFVerdict.Status, DKIM: receipt.DKIMVerdict.Status, DMARC: receipt.DMARCVerdict.Status,
			})
			if err == nil {
				continue
			}
			p := problem.As(err)
			if translation[p.Kind()].Stream == Drop || p.Kind() == problem.RateLimited {
				log.InfoContext(ctx, "mail dropped", "code", string(p.Code), "mail", mail.MessageID)
				continue
			}
			log.ErrorContext(ctx, "mail failed", "code", string(p.Code), "cause", err.Error(), "mail", mail.MessageID)
			return Internal{"A mail could not be taken in; see the log."}
		}
		return nil
	}
}
