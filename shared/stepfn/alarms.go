// Package stepfn sets alarms: one Step Functions execution per deadline. Starting an alarm twice is harmless, because its
// name says which deadline of which record it is, and the name is taken.
package stepfn

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/callsheet/callsheet/shared/dynamo/item"
	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

// Client is the one call that alarms need.
type Client interface {
	StartExecution(ctx context.Context, in *sfn.StartExecutionInput, options ...func(*sfn.Options)) (*sfn.StartExecutionOutput, error)
}

// Alarms starts executions of the generated machines.
type Alarms struct {
	Client   Client
	Machines string // ARN up to the machine's own name
}

// FromImage starts the alarms of one event row of the stream.
func (a Alarms) FromImage(ctx context.Context, newImage json.RawMessage) error {
	event, err := item.DecodeImage(newImage)
	if err != nil {
		return err
	}
	for _, alarm := range event.Armed {
		if err := a.Start(ctx, alarm); err != nil {
			return err
		}
	}
	return nil
}

// Start sets one alarm. A name that is taken means that it is set already.
func (a Alarms) Start(ctx context.Context, alarm store.Alarm) error {
	input, err := json.Marshal(handler.AlarmOf(alarm))
	if err != nil {
		return err
	}
	_, err = a.Client.StartExecution(ctx, &sfn.StartExecutionInput{
		StateMachineArn: aws.String(a.Machines + alarm.Machine),
		Name:            aws.String(Name(alarm)),
		Input:           aws.String(string(input)),
	})
	var taken *types.ExecutionAlreadyExists
	if err == nil || errors.As(err, &taken) {
		return nil
	}
	return problem.New(problem.CodeUnavailable, "The alarm could not be set.").Because(fmt.Errorf("%s: %w", alarm.Machine, err))
}

// Name is the execution's name: machine, record and entry number, within Step Functions' 80 characters.
func Name(alarm store.Alarm) string {
	return fmt.Sprintf("%s-%s-%d", alarm.Machine, alarm.Ref.ID, alarm.Entry)
}
