// Command messages is the conversation between the team and each pro.
package main

import (
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/callsheet/callsheet/shared/api"
	"github.com/callsheet/callsheet/shared/dynamo"
	"github.com/callsheet/callsheet/shared/files"
	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/lambdaenv"
)

func main() {
	env := lambdaenv.Open()
	db := dynamo.New(dynamodb.NewFromConfig(env.AWS("DYNAMODB")), env.Need("TABLE_NAME"))
	bucket := files.Open(env.AWS("S3"), env.Need("BUCKET_NAME"), env.Client(), env.Now)
	env.Ready()
	lambda.Start(handler.HTTP(api.Edge(db, env, env.Log), api.Messages(api.Jobs(db, env, bucket), bucket, api.Cursors(db, env))...))
}
