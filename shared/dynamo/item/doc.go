// Package item is the table as text: every spelling of a key, and the pure codec between our records, events, entries
// and requests and the items that keep them. It talks to nobody; package dynamo does.
//
// An item is an envelope and a body. The envelope holds the keys, what the row is ("kind", "format"), the keys of the
// sparse indexes, the marks that stream filters match, and the expiry. The body holds the Go value under its own field
// names, times as RFC 3339 in UTC with milliseconds, without zero values and without what the keys say already, those of the indexes
// included.
//
// Fields may be added to a type, never renamed or reused: rows outlive deploys, and the golden items hold us to it. A row
// of an unknown kind, with an unknown fact or of a newer format is an error that names it.
package item
