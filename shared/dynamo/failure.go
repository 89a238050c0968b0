package dynamo

import (
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/callsheet/callsheet/shared/problem"
)

// failure tells what DynamoDB refuses for good, which is a fault of ours, from what another try may get past: no
// capacity, no answer, or an answer that never arrived, after which the outcome is unknown.
func failure(doing string, err error) error {
	var answered *smithyhttp.ResponseError
	var refused smithy.APIError
	if errors.As(err, &answered) && answered.HTTPStatusCode()/100 == 4 && errors.As(err, &refused) && !throttled(refused.ErrorCode()) {
		return fmt.Errorf("dynamo: %s: %w", doing, err)
	}
	return unavailable(doing, err)
}

func unavailable(doing string, err error) error {
	return problem.New(problem.CodeUnavailable, "Our database did not answer in time. Try again.").
		Because(fmt.Errorf("dynamo: %s: %w", doing, err))
}

// throttled takes the code of an error or of a cancellation reason.
func throttled(code string) bool {
	_, ok := retry.DefaultThrottleErrorCodes[code]
	return ok || code == "ThrottlingError" || code == "ProvisionedThroughputExceeded"
}
