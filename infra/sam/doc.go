// Package sam runs the real SAM CLI on this project: it builds, it serves the HTTP routes and the Lambda API from containers,
// it invokes one function with one event. Whatever it starts has no credentials and no way to an AWS account. It knows
// nothing of the local cloud; what the functions find around them comes in as an environment file.
package sam
