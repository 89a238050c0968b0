// Command unmatched answers requests that no route matches: 404, or 405 with what the path takes.
package main

import (
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/callsheet/callsheet/shared/api"
	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/link"
)

func main() {
	lambda.Start(handler.Unmatched(append(api.Routes(), link.Routes()...)))
}
