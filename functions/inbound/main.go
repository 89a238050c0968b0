// Command inbound takes in the mails that people send back.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/callsheet/callsheet/shared/api"
	"github.com/callsheet/callsheet/shared/dynamo"
	"github.com/callsheet/callsheet/shared/files"
	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/lambdaenv"
	"github.com/callsheet/callsheet/shared/link"
	"github.com/callsheet/callsheet/shared/reply"
)

func main() {
	env := lambdaenv.Open()
	db := dynamo.New(dynamodb.NewFromConfig(env.AWS("DYNAMODB")), env.Need("TABLE_NAME"))
	mails := files.Open(env.AWS("S3"), env.Need("BUCKET_NAME"), env.Client(), env.Now)
	kept := files.Open(env.AWS("S3"), env.Need("FILES_BUCKET_NAME"), env.Client(), env.Now)
	desk := reply.Desk{
		Address: env.Need("REPLY_ADDRESS"), Replied: link.New(db, env.NewKey).Replied, Fetch: mails.Read, Receive: api.Jobs(db, env, kept).Take,
	}
	env.Ready()
	lambda.Start(handler.Inbound(env.Log, func(ctx context.Context, r handler.Receipt) error {
		now, err := env.Now(ctx)
		if err != nil {
			return err
		}
		return desk.Take(ctx, r, now)
	}))
}
