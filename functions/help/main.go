// Command help takes pros' calls for help, and clients' answers to questions.
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
	jobs := api.Jobs(db, env, bucket)
	lambda.Start(handler.HTTP(api.Edge(db, env, env.Log), api.RequestHelp(api.Help(db, env, jobs, bucket), jobs, bucket, api.Cursors(db, env))...))
}
