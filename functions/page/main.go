// Command page shows what the links of mails lead to, and takes the answers of people who are not signed in.
package main

import (
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/callsheet/callsheet/shared/dynamo"
	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/lambdaenv"
	"github.com/callsheet/callsheet/shared/page"
)

func main() {
	env := lambdaenv.Open()
	db := dynamo.New(dynamodb.NewFromConfig(env.AWS("DYNAMODB")), env.Need("TABLE_NAME"))
	pages := page.New(db, env)
	env.Ready()
	lambda.Start(handler.Pages(handler.Edge{Now: env.Now, Log: env.Log, Margin: time.Second}, pages.Front(), pages.Pages()...))
}
