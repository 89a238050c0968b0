package lambda

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
)

// SecretAccessKey is the secret of every function's local credentials. The access key id is the function's name, so
// that the other parts of the local cloud can tell who calls. It opens nothing outside this machine.
const SecretAccessKey = "local"

// SharedAccessKeyID is the access key id of functions that run elsewhere: the SAM CLI gives all of them the same credentials.
const SharedAccessKeyID = "local"

// Function is what runs: an executable that speaks the Runtime API.
type Function struct {
	Name        string
	Binary      string // absolute path of the bootstrap executable; its folder is the working directory
	Elsewhere   string // its name at Config.Elsewhere, where it runs instead; nothing but Name and Timeout counts then
	Env         map[string]string
	Timeout     time.Duration
	MemorySize  int // told to the process, not enforced
	Concurrency int // processes at most; 0 means 8
}

// Stats counts what a function did since the platform started.
type Stats struct {
	Invocations int           `json:"invocations"`
	ColdStarts  int           `json:"coldStarts"`
	Errors      int           `json:"errors"` // timeouts and crashes included
	Processes   int           `json:"processes"`
	Busy        time.Duration `json:"busyNanoseconds"`    // sum over invocations, without waiting and cold start
	Longest     time.Duration `json:"longestNanoseconds"` // the longest invocation
}

var functionName = regexp.MustCompile(`^[a-zA-Z0-9-_]{1,64}$`)

// reserved are the variables that Lambda sets itself and does not let a function declare.
var reserved = []string{
	"_HANDLER", "_X_AMZN_TRACE_ID", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV",
	"AWS_REGION", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT",
}

const maxEnvironment = 4096 // bytes of declared names and values, Lambda's quota

func (f Function) validate() error {
	switch {
	case !functionName.MatchString(f.Name):
		return errInvalid("function name %q: use 1 to 64 letters, digits, - and _", f.Name)
	case f.Elsewhere == "" && !filepath.IsAbs(f.Binary):
		return errInvalid("function %s: binary %q is not an absolute path", f.Name, f.Binary)
	case f.Timeout <= 0 || f.Timeout > 15*time.Minute:
		return errInvalid("function %s: timeout %s is not between 0 and 15 minutes", f.Name, f.Timeout)
	case f.MemorySize < 128 || f.MemorySize > 10240:
		return errInvalid("function %s: memory size %d is not between 128 and 10240", f.Name, f.MemorySize)
	case f.Concurrency < 0:
		return errInvalid("function %s: concurrency %d is negative", f.Name, f.Concurrency)
	}
	size := 0
	for name, value := range f.Env {
		size += len(name) + len(value)
		if slices.Contains(reserved, name) || strings.HasPrefix(name, "AWS_LAMBDA_") {
			return errInvalid("function %s: reserved keys used in this request: %s", f.Name, name)
		}
	}
	if size > maxEnvironment {
		return errInvalid("function %s: %d bytes of environment variables exceed Lambda's %d", f.Name, size, maxEnvironment)
	}
	return nil
}

// environ is the process's whole environment. Nothing comes from this process's own: no credentials of the developer
// can reach a function.
func (f Function) environ(region, runtimeAPI, logStream string) []string {
	env := map[string]string{
		"AWS_LAMBDA_RUNTIME_API":          runtimeAPI,
		"AWS_LAMBDA_FUNCTION_NAME":        f.Name,
		"AWS_LAMBDA_FUNCTION_VERSION":     "$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": strconv.Itoa(f.MemorySize),
		"AWS_LAMBDA_INITIALIZATION_TYPE":  "on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME":       "/aws/lambda/" + f.Name,
		"AWS_LAMBDA_LOG_STREAM_NAME":      logStream,
		"AWS_REGION":                      region,
		"AWS_DEFAULT_REGION":              region,
		"AWS_ACCESS_KEY_ID":               f.Name,
		"AWS_SECRET_ACCESS_KEY":           SecretAccessKey,
		"LAMBDA_TASK_ROOT":                filepath.Dir(f.Binary),
		"_HANDLER":                        "bootstrap",
		"LANG":                            "en_US.UTF-8",
		"PATH":                            "/usr/local/bin:/usr/bin:/bin",
		"TMPDIR":                          os.TempDir(),
		"TZ":                              ":UTC",
	}
	for name, value := range f.Env {
		env[name] = value
	}
	list := make([]string, 0, len(env))
	for name, value := range env {
		list = append(list, name+"="+value)
	}
	sort.Strings(list)
	return list
}
