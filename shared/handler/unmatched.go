package handler

import (
	"context"
	"slices"
	"strings"

	"github.com/callsheet/callsheet/shared/problem"
)

// Unmatched answers what no route matches: 405 where the path exists under other methods, else 404. It is public, since
// it tells nothing but the published contract, and it changes nothing.
func Unmatched(routes []string) func(context.Context, Request) (Response, error) {
	return func(ctx context.Context, r Request) (Response, error) {
		var allow []string
		for _, route := range routes {
			method, path, _ := strings.Cut(route, " ")
			if matches(path, r.RawPath) && !slices.Contains(allow, method) {
				allow = append(allow, method)
			}
		}
		err := problem.New(problem.CodeNotFound, "There is nothing at this path.")
		if len(allow) > 0 {
			slices.Sort(allow)
			list := strings.Join(allow, ", ")
			err = problem.New(problem.CodeMethodNotAllowed, "This path takes %s.", list).With("allow", list)
		}
		return refusal(err, r.RawPath, requestID(ctx)), nil
	}
}

func matches(template, path string) bool {
	want, have := strings.Split(template, "/"), strings.Split(path, "/")
	if len(want) != len(have) {
		return false
	}
	for i := range want {
		if want[i] != have[i] && (!strings.HasPrefix(want[i], "{") || have[i] == "") {
			return false
		}
	}
	return true
}
