package local_test

import (
	"bytes"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/callsheet/callsheet/infra/local"
)

func TestOpen(t *testing.T) {
	for name, refuse := range map[string]struct {
		given func(*testing.T, *local.Config)
		want  string
	}{
		"a port that is taken": {func(t *testing.T, c *local.Config) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { l.Close() })
			c.Port = l.Addr().(*net.TCPAddr).Port
		}, "is taken"},
		"a data folder that another cloud uses": {func(t *testing.T, c *local.Config) { c.Data = open(t).config.Data }, "in use by another local cloud"},
		"a data folder that is a file": {func(t *testing.T, c *local.Config) {
			c.Data = filepath.Join(t.TempDir(), "file")
			if err := os.WriteFile(c.Data, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}, "data folder"},
		"a Lambda runtime around it": {func(t *testing.T, _ *local.Config) { t.Setenv("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:1") }, "AWS_LAMBDA_RUNTIME_API is set"},
		"a container of AWS around it": {func(t *testing.T, _ *local.Config) { t.Setenv("ECS_CONTAINER_METADATA_URI_V4", "http://127.0.0.1:1") },
			"ECS_CONTAINER_METADATA_URI_V4 is set"},
		"a folder without template":                      {func(t *testing.T, c *local.Config) { c.Project = t.TempDir() }, "project's folder"},
		"a template with a resource that it cannot run":  {withTemplate("\nResources:\n", "\nResources:\n  Cache:\n    Type: AWS::ElastiCache::ReplicationGroup\n"), "AWS::ElastiCache::ReplicationGroup"},
		"a template with a property that it cannot obey": {withTemplate("BatchSize: 25", "BatchSize: 25\n            TumblingWindowInSeconds: 30"), "TumblingWindowInSeconds"},
		"functions that are not built":                   {func(t *testing.T, c *local.Config) { c.Binaries = t.TempDir() }, "is not built"},
	} {
		t.Run("refuses "+name+" and says so", func(t *testing.T) {
			config := local.Config{Project: checkout, Binaries: binaries, Data: t.TempDir(), Start: noon, Paused: true}
			refuse.given(t, &config)
			cloud, err := local.Open(config)
			if err == nil {
				t.Fatal("it opens", cloud.Close())
			}
			if !strings.Contains(err.Error(), refuse.want) {
				t.Errorf("it says: %v", err)
			}
		})
	}
}

// withTemplate is the project with one text of its template replaced.
func withTemplate(before, after string) func(*testing.T, *local.Config) {
	return func(t *testing.T, c *local.Config) {
		source, err := os.ReadFile(filepath.Join(checkout, "template.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(source, []byte(before)) {
			t.Fatalf("the template has no %q", before)
		}
		c.Project = t.TempDir()
		if err := os.WriteFile(filepath.Join(c.Project, "template.yaml"), bytes.Replace(source, []byte(before), []byte(after), 1), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestContainersReach(t *testing.T) {
	cloud, err := local.Open(local.Config{
		Project: checkout, Binaries: binaries, Data: t.TempDir(), Start: noon, Paused: true, Containers: &local.Containers{Bind: "127.0.0.1", Host: "127.0.0.1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cloud.Close() })
	inside := cloud.Environments["ProfilesFunction"]
	front := strings.TrimSuffix(inside["CLOCK_URL"], "/_local/clock")
	for what, url := range map[string]string{
		"the Lambda API, which invokes in anybody's name": inside["AWS_ENDPOINT_URL_DYNAMODB"] + "/2015-03-31/functions/callsheet-ProfilesFunction/invocations",
		"tokens":            front + "/_local/oidc/token",
		"the API":           front + "/v1/profile",
		"the clock's hands": inside["CLOCK_URL"],
	} {
		t.Run("is not "+what, func(t *testing.T) {
			resp, err := http.Post(url, "application/json", strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if resp.StatusCode < 400 {
				t.Errorf("%s answers %s", url, resp.Status)
			}
		})
	}
	t.Run("is the clock", func(t *testing.T) {
		resp, err := http.Get(inside["CLOCK_URL"])
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Error(resp.Status)
		}
	})
}
