package api

import (
	"github.com/callsheet/callsheet/shared/directory"
	"github.com/callsheet/callsheet/shared/files"
	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/help"
	"github.com/callsheet/callsheet/shared/project"
)

// Functions lists the endpoints of every HTTP function, by its folder's name: the contract that template and OpenAPI are
// held to. The endpoints are only to be looked at.
func Functions() map[string][]handler.Endpoint {
	var (
		jobs   = &project.Service{}
		people = &directory.Service{}
		desk   = &help.Service{}
		bucket = &files.Bucket{}
		none   handler.Cursors
	)
	return map[string][]handler.Endpoint{
		"projects":   Projects(jobs, none),
		"invite":     Invite(jobs),
		"accept":     Accept(jobs),
		"upload":     Upload(jobs, bucket),
		"qc":         QC(jobs, bucket, none),
		"review":     Review(jobs, bucket),
		"changes":    Changes(jobs),
		"seats":      Seats(jobs),
		"messages":   Messages(jobs, bucket, none),
		"rewards":    Rewards(jobs, none),
		"money":      Decisions(jobs, none),
		"quarantine": Quarantine(jobs, none),
		"profiles":   Profiles(people),
		"help":       RequestHelp(desk, jobs, bucket, none),
		"desk":       Desk(desk, nil, "", none),
	}
}

// Routes lists every route of the contract.
func Routes() []string {
	var routes []string
	for _, endpoints := range Functions() {
		for _, e := range endpoints {
			routes = append(routes, e.Route)
		}
	}
	return routes
}
