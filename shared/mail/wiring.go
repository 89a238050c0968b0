package mail

import (
	"github.com/aws/aws-sdk-go-v2/service/ses"

	"github.com/callsheet/callsheet/shared/notice"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/store"
)

// Environment is where the site's words come from.
type Environment interface{ Need(name string) string }

// Teller tells people by mail.
func Teller(db store.Store, client *ses.Client, env Environment) notice.Teller {
	return notice.Teller{Store: db, Send: New(client), Policies: policy.Editions(), Site: notice.Site{
		Name: env.Need("SITE_NAME"), URL: env.Need("SITE_URL"), Support: env.Need("SUPPORT_URL"), From: env.Need("SENDER_ADDRESS"), ReplyTo: env.Need("REPLY_ADDRESS"),
	}}
}
