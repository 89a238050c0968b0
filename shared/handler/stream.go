package handler

import (
	"context"
	"encoding/json"
	"log/slog"

	"github.com/callsheet/callsheet/shared/problem"
)

// StreamBatch is what we use of a DynamoDB stream event; images stay raw, their codec is shared/dynamo/item.
type StreamBatch struct {
	Records []struct {
		DynamoDB struct {
			SequenceNumber string          `json:"SequenceNumber"`
			NewImage       json.RawMessage `json:"NewImage"`
		} `json:"dynamodb"`
	} `json:"Records"`
}

// StreamAnswer names the record from which the stream must deliver again: by sequence number, not by event id.
type StreamAnswer struct {
	BatchItemFailures []FailedRecord `json:"batchItemFailures"`
}

// FailedRecord is one entry of a partial batch response.
type FailedRecord struct {
	ItemIdentifier string `json:"itemIdentifier"`
}

// Stream works through a batch in order. It stops at the first record that fails and has that one and all after it
// delivered again (F24, F25); what was done before is not repeated, and doing a record twice must be harmless (F23).
func Stream(log *slog.Logger, do func(ctx context.Context, newImage json.RawMessage) error) func(context.Context, StreamBatch) (StreamAnswer, error) {
	return func(ctx context.Context, batch StreamBatch) (StreamAnswer, error) {
		for _, r := range batch.Records {
			err := do(ctx, r.DynamoDB.NewImage)
			if err == nil {
				continue
			}
			p := problem.As(err)
			if translation[p.Kind()].Stream == Drop {
				log.InfoContext(ctx, "nothing to do", "code", string(p.Code), "sequenceNumber", r.DynamoDB.SequenceNumber)
				continue
			}
			log.ErrorContext(ctx, "record failed", "code", string(p.Code), "cause", err.Error(), "sequenceNumber", r.DynamoDB.SequenceNumber)
			return StreamAnswer{BatchItemFailures: []FailedRecord{{r.DynamoDB.SequenceNumber}}}, nil
		}
		return StreamAnswer{BatchItemFailures: []FailedRecord{}}, nil
	}
}
