// Command profiles keeps the directory of people.
package main

import (
	_ "time/tzdata" // zones are checked here, and Lambda's image has none

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/callsheet/callsheet/shared/api"
	"github.com/callsheet/callsheet/shared/directory"
	"github.com/callsheet/callsheet/shared/dynamo"
	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/lambdaenv"
)

func main() {
	env := lambdaenv.Open()
	db := dynamo.New(dynamodb.NewFromConfig(env.AWS("DYNAMODB")), env.Need("TABLE_NAME"))
	people := &directory.Service{Store: db, FirstAdmin: env.Maybe("FIRST_ADMIN"), NewID: env.NewID, Pause: env.Pause}
	env.Ready()
	edge := api.Edge(db, env, env.Log)
	edge.Actor = people.Actor // the one function where the first admin gets in
	lambda.Start(handler.HTTP(edge, api.Profiles(people)...))
}
