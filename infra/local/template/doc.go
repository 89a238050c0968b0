// Package template reads the SAM template and says what runs: functions with their routes, streams and schedules, tables,
// state machines, buckets, queues, mail identities and outputs, with every intrinsic resolved and every physical name
// and ARN settled. It starts nothing.
//
// What it does not know and would change behaviour is a problem with a line number; what only operates the system
// (alarms, logs, roles, tags) is passed over by explicit lists, never by default.
package template
