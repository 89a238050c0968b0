// Command sweep fires deadlines whose alarm was lost, and tells people who were not told.
package main

import (
	"context"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/ses"

	"github.com/callsheet/callsheet/shared/api"
	"github.com/callsheet/callsheet/shared/dynamo"
	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/lambdaenv"
	"github.com/callsheet/callsheet/shared/mail"
	"github.com/callsheet/callsheet/shared/store"
)

func main() {
	env := lambdaenv.Open()
	db := dynamo.New(dynamo.Narrow(dynamodb.NewFromConfig(env.AWS("DYNAMODB"))), env.Need("TABLE_NAME"))
	teller := mail.Teller(db, ses.NewFromConfig(env.AWS("SES")), env)
	env.Ready()
	fire := api.Alarms(db, env)
	overdue := func(ctx context.Context, now time.Time) error {
		ctx, cancel := context.WithTimeout(ctx, time.Minute) // half of the function's time; the rest is for mails
		defer cancel()
		_, err := store.Sweep(ctx, db, fire, now, 200)
		return err
	}
	lambda.Start(handler.Scheduled(env.Log, env.Now, overdue, teller.Resend))
}
