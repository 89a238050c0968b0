// Command lists shows what people have lists of, what is due, and what a pro's seats come to.
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
	lambda.Start(handler.HTTP(api.Edge(db, env, env.Log), api.Lists(api.Jobs(db, env, nil), api.Cursors(db, env))...))
}
