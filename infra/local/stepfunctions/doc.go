// Package stepfunctions is the local cloud's Step Functions: Standard executions of the state machines that Callsheet
// generates, spoken to over the AWS JSON 1.0 protocol, kept in bbolt and woken by the virtual clock.
//
// It interprets Wait, Task (Lambda invoke), Choice, Pass, Succeed and Fail. It is not a general Amazon States Language
// engine: a state type or field outside that set is refused by name when the machine is created, never skipped. A Task that
// was in flight when the process died is called again, so a Lambda may see the same call twice, as on AWS.
package stepfunctions
