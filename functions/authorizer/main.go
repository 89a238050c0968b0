// Command authorizer verifies access tokens and hands on who asks.
package main

import (
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/lambdaenv"
)

func main() {
	env := lambdaenv.Open()
	issuer, audience := env.Need("ISSUER"), env.Need("AUDIENCE")
	keys := &handler.Keys{URL: env.Need("JWKS_URL"), Client: env.Issuers()}
	env.Ready()
	lambda.Start(handler.Authorizer(env.Log, issuer, audience, keys, env.Now))
}
