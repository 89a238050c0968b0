// Package dynamodb is DynamoDB for the local cloud: the wire protocol of the operations that Callsheet uses, over one
// bbolt file. It is made for one process on one machine and makes no attempt at partitions, throttling or latency.
//
// How it differs from AWS: writers are serialised, so a transaction conflict is a short wait and never an error; a
// global secondary index is current at once; a stream has one shard; expired items go at the next full hour.
// What it does not support it refuses by name: other operations with UnknownOperationException, other parameters with
// ValidationException. Signatures are not verified; a request must only say whose key it was signed with.
package dynamodb
