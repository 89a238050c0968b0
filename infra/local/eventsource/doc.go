// Package eventsource is what calls Lambda functions in the local cloud without being asked over HTTP: mappings from a
// DynamoDB stream, and schedules. Records and events that fail for good go to an on-failure queue.
//
// It holds Lambda's documented rules for batches (filter, partial response, bisect, retry, record age) and EventBridge
// Scheduler's event. It is not SQS: a queue here is a persisted list without a wire protocol, and it triggers nothing.
package eventsource
