// Command timers does what a deadline is for, when its alarm rings.
package main

import (
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/callsheet/callsheet/shared/api"
	"github.com/callsheet/callsheet/shared/dynamo"
	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/lambdaenv"
)

func main() {
	env := lambdaenv.Open()
	db := dynamo.New(dynamodb.NewFromConfig(env.AWS("DYNAMODB")), env.Need("TABLE_NAME"))
	env.Ready()
	lambda.Start(handler.Timer(env.Log, env.Now, api.Alarms(db, env)))
}
