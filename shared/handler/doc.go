// Package handler is the edge between Lambda's events and the jobs: HTTP, streams, timers, schedules and the authorizer.
// It is generic and the only place that knows Lambda's event shapes. It decides nothing about the marketplace.
package handler
