// Command notify tells people what a commit means for them.
package main

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/ses"

	"github.com/callsheet/callsheet/shared/dynamo"
	"github.com/callsheet/callsheet/shared/dynamo/item"
	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/lambdaenv"
	"github.com/callsheet/callsheet/shared/mail"
)

func main() {
	env := lambdaenv.Open()
	db := dynamo.New(dynamo.Narrow(dynamodb.NewFromConfig(env.AWS("DYNAMODB"))), env.Need("TABLE_NAME"))
	teller := mail.Teller(db, ses.NewFromConfig(env.AWS("SES")), env)
	env.Ready()
	lambda.Start(handler.Stream(env.Log, func(ctx context.Context, newImage json.RawMessage) error {
		event, err := item.DecodeImage(newImage)
		if err != nil {
			return err
		}
		now, err := env.Now(ctx)
		if err != nil {
			return err
		}
		return teller.Tell(ctx, event, now)
	}))
}
