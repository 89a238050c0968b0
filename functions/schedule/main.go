// Command schedule starts an alarm for every deadline that a commit set.
package main

import (
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/lambdaenv"
	"github.com/callsheet/callsheet/shared/stepfn"
)

func main() {
	env := lambdaenv.Open()
	alarms := stepfn.Alarms{Client: sfn.NewFromConfig(env.AWS("SFN")), Machines: env.Need("MACHINE_ARN_PREFIX")}
	env.Ready()
	lambda.Start(handler.Stream(env.Log, alarms.FromImage))
}
