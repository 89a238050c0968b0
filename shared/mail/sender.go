// Package mail hands messages to Amazon SES: one SendRawEmail each, in MIME. It is the only package that links the SES
// client, and it decides nothing about who is told what (shared/notice does).
package mail

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/ses"
	"github.com/aws/aws-sdk-go-v2/service/ses/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/callsheet/callsheet/shared/notice"
	"github.com/callsheet/callsheet/shared/problem"
)

// Sender is the notice.Sender of production.
type Sender struct {
	// send is the one call that is made. The client itself in a field would keep SES's other 70 operations in the program,
	// since the templates' reflection might call any exported method of what an interface leads to.
	send    func(context.Context, *ses.SendRawEmailInput, ...func(*ses.Options)) (*ses.SendRawEmailOutput, error)
	retryer aws.Retryer
}

// New sends through a client. Only throttled calls are tried again here: SES has no idempotency token, so a call of unknown
// outcome is left to the caller's lease.
func New(client *ses.Client) *Sender {
	return &Sender{send: client.SendRawEmail, retryer: retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts, o.MaxBackoff = 8, 4*time.Second
		o.Retryables = []retry.IsErrorRetryable{retry.NoRetryCanceledError{}, retry.RetryableErrorCode{Codes: retry.DefaultThrottleErrorCodes}}
	})}
}

// Send hands a message over and returns SES's name for it. It fails with a *notice.Refused, or with Unavailable where
// another try may succeed; that one is a notice.ErrNotSent where SES has certainly not taken the message.
func (s *Sender) Send(ctx context.Context, m notice.Message) (string, error) {
	raw, err := encode(m)
	if err != nil {
		return "", &notice.Refused{Reason: err.Error(), Cause: err}
	}
	in := &ses.SendRawEmailInput{Source: aws.String(m.From.Address), RawMessage: &types.RawMessage{Data: raw}}
	for _, to := range m.To {
		in.Destinations = append(in.Destinations, to.Address)
	}
	out, err := s.send(ctx, in, func(o *ses.Options) { o.Retryer = s.retryer })
	if err != nil {
		return "", translate(err, m.From.Address)
	}
	return aws.ToString(out.MessageId), nil
}

// translate tells what will never be accepted from what may be: throttling, a fault or silence of SES, a paused account,
// or a sender that is not verified yet, which is ours to repair.
func translate(err error, sender string) error {
	var rejected *types.MessageRejected
	var api smithy.APIError
	switch {
	case errors.As(err, &rejected) && !strings.Contains(rejected.ErrorMessage(), sender):
		return &notice.Refused{Reason: rejected.ErrorMessage(), Cause: err}
	case errors.As(err, &api) && api.ErrorCode() == "InvalidParameterValue":
		return &notice.Refused{Reason: api.ErrorMessage(), Cause: err}
	case notSent(err):
		err = fmt.Errorf("%w: %w", notice.ErrNotSent, err)
	}
	return problem.New(problem.CodeUnavailable, "The mail could not be handed over.").Because(err)
}

// notSent tells that SES said no, or was never reached. A fault of SES and silence say nothing.
func notSent(err error) bool {
	var answered *smithyhttp.ResponseError
	var network *net.OpError
	return errors.As(err, &answered) && answered.HTTPStatusCode()/100 == 4 || errors.As(err, &network) && network.Op == "dial"
}
