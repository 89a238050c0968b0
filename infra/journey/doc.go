// Package journey is the product as its users meet it: people with tokens, HTTP calls, mails, and the clock. It knows a
// base URL and nothing of the program; demo, acceptance tests and benchmarks walk its flows.
package journey
