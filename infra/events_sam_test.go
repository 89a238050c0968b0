package infra_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/callsheet/callsheet/infra/local"
	"github.com/callsheet/callsheet/infra/local/lambda"
	"github.com/callsheet/callsheet/infra/local/template"
	"github.com/callsheet/callsheet/infra/sam"
)

// underSAM has each event given to its function by `sam local invoke`, in a container of its own. What that causes in other
// functions runs as processes of the cloud.
func underSAM(t *testing.T) theatre {
	t.Helper()
	logs, err := os.Create(filepath.Join(built(t), "sam-events.log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { logs.Close() })
	cli, err := sam.Open(t.Context(), project, logs, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	if err := cli.Build(t.Context()); err != nil {
		t.Fatal(err)
	}
	listen, host, err := sam.Bridge(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return theatre{local.Config{Binaries: built(t), Containers: &local.Containers{Bind: listen, Host: host}}, func(s stage) invoke {
		return func(t *testing.T, function template.Function, event []byte) (answer []byte, functionError string) {
			t.Helper()
			folder := t.TempDir()
			variables, file := filepath.Join(folder, "env.json"), filepath.Join(folder, "event.json")
			if err := sam.WriteVariables(variables, s.cloud.Environments); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, event, 0o600); err != nil {
				t.Fatal(err)
			}
			answer, err := cli.Invoke(t.Context(), function.LogicalID, file, variables)
			if err != nil {
				t.Fatal(err)
			}
			return asDeployed(answer, function), errorOf(answer)
		}
	}}
}

// asDeployed undoes what the CLI does to a presigned link: it gives every function the same access key.
func asDeployed(answer []byte, function template.Function) []byte {
	return bytes.ReplaceAll(answer, []byte("X-Amz-Credential="+lambda.SharedAccessKeyID+"%2F"), []byte("X-Amz-Credential="+function.Name+"%2F"))
}

// errorOf is the X-Amz-Function-Error that belongs to an answer: `sam local invoke` prints the error document and does not
// tell that it is one.
func errorOf(answer []byte) string {
	var e struct{ ErrorType, ErrorMessage string }
	if json.Unmarshal(answer, &e) == nil && e.ErrorType != "" && e.ErrorMessage != "" {
		return "Unhandled"
	}
	return ""
}
