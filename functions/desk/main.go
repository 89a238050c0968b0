// Command desk is the team's queue of flags: claim, reply, ask the client, resolve.
package main

import (
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/callsheet/callsheet/shared/api"
	"github.com/callsheet/callsheet/shared/dynamo"
	"github.com/callsheet/callsheet/shared/files"
	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/lambdaenv"
	"github.com/callsheet/callsheet/shared/link"
)

func main() {
	env := lambdaenv.Open()
	db := dynamo.New(dynamodb.NewFromConfig(env.AWS("DYNAMODB")), env.Need("TABLE_NAME"))
	bucket := files.Open(env.AWS("S3"), env.Need("BUCKET_NAME"), env.Client(), env.Now)
	site := env.Need("SITE_URL")
	env.Ready()
	desk := api.Help(db, env, api.Jobs(db, env, bucket), bucket)
	lambda.Start(handler.HTTP(api.Edge(db, env, env.Log), api.Desk(desk, link.New(db, env.NewKey), site, api.Cursors(db, env))...))
}
