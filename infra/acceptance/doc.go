// Package acceptance holds a running Callsheet to what its users see: every story of infra/journey told to its end, and
// whom the API refuses. It is a black box: HTTP, mails and the clock, nothing of the program. It runs on the local cloud
// (`make test`), under the SAM CLI (`make test-sam`) and against an account (`make verify-aws`), where no clock can be moved
// and no inbox be read: there it shows the refusals only, and says so.
//
// It leaves out what the SAM CLI does otherwise than API Gateway; everything else is held to one answer everywhere:
//   - the words of a refusal that never reached a function: the CLI writes its own, so only the status is compared;
//   - repeated headers: the CLI hands on the first, API Gateway joins them;
//   - a trailing slash: the CLI takes it off, API Gateway does not know the path;
//   - the request id and the time in the event: the CLI repeats one of each for as long as it runs, so nothing reads them;
//   - answers one after the other: the CLI runs one container per function, so nothing is said about how many at once.
package acceptance
