package mail

import (
	"github.com/aws/aws-sdk-go-v2/service/ses"

	"github.com/callsheet/callsheet/shared/link"
	"github.com/callsheet/callsheet/shared/notice"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

// Environment is where the site's words come from, and who is told what is wrong with them.
type Environment interface {
	Need(name string) string
	Maybe(name string) string
	Refuse(name, why string)
	NewKey() []byte
}

// variables are where the fields of a site come from.
var variables = map[string]string{
	"/name": "SITE_NAME", "/url": "SITE_URL", "/support": "SUPPORT_URL", "/from": "SENDER_ADDRESS", "/replyTo": "REPLY_ADDRESS",
}

// Teller tells people by mail. Variables that no mail can be written with are refused by name.
func Teller(db store.Store, client *ses.Client, env Environment) notice.Teller {
	site := notice.Site{
		Name: env.Need("SITE_NAME"), URL: env.Need("SITE_URL"), Support: env.Need("SUPPORT_URL"), From: env.Need("SENDER_ADDRESS"), ReplyTo: env.Need("REPLY_ADDRESS"),
		ConfigurationSet: env.Maybe("CONFIGURATION_SET"),
	}
	if err := site.Validate(); err != nil {
		for _, wrong := range problem.As(err).Fields {
			env.Refuse(variables[wrong.Pointer], wrong.Message)
		}
	}
	signer := link.New(db, env.NewKey)
	return notice.Teller{Store: db, Send: New(client), Policies: policy.Editions(), Site: site, Link: signer.Invitation, Token: signer.ReplyToken}
}
