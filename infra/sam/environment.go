package sam

import (
	"os"
	"slices"
	"strings"
)

// given are the variables of every process that is started here. The CLI hands its credentials on to the functions, and asks
// AWS who they belong to: they open nothing, and the endpoint answers nothing.
var given = []string{
	"AWS_ACCESS_KEY_ID=local", "AWS_SECRET_ACCESS_KEY=local", "AWS_REGION=eu-west-1", "AWS_DEFAULT_REGION=eu-west-1",
	"AWS_CONFIG_FILE=" + os.DevNull, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull, "AWS_EC2_METADATA_DISABLED=true",
	"AWS_ENDPOINT_URL=http://127.0.0.1:1", "AWS_MAX_ATTEMPTS=1",
	"SAM_CLI_TELEMETRY=0", "CGO_ENABLED=0", "GOFLAGS=-tags=lambda.norpc,nethttpomithttp2 -ldflags=-s -buildvcs=false",
}

// Environment is this process's own, with nothing in it that could reach an account.
func Environment() []string {
	clean, _ := harmless(os.Environ())
	return clean
}

// Exports are the shell's words for the same environment, for the CLI by hand.
func Exports() string {
	words := []string{"export"}
	for _, pair := range given {
		name, value, _ := strings.Cut(pair, "=")
		words = append(words, name+"='"+value+"'")
	}
	return "unset " + strings.Join(slices.DeleteFunc(slices.Clone(secrets), isGiven), " ") + "; " + strings.Join(words, " ")
}

// secrets are the variables with which an account could be reached.
var secrets = []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN",
	"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"}

// harmless is an environment without anything of AWS in it but what is given, and the names of what could have reached an
// account.
func harmless(environment []string) (clean, found []string) {
	for _, pair := range environment {
		name, value, _ := strings.Cut(pair, "=")
		if slices.Contains(secrets, name) && !slices.Contains(given, pair) && value != "" {
			found = append(found, name)
		}
		if !isGiven(name) && !strings.HasPrefix(name, "AWS_") {
			clean = append(clean, pair)
		}
	}
	slices.Sort(found)
	return append(clean, given...), found
}

func isGiven(name string) bool {
	return slices.ContainsFunc(given, func(pair string) bool { return strings.HasPrefix(pair, name+"=") })
}
