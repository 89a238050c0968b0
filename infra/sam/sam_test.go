package sam

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestHarmless(t *testing.T) {
	shell := []string{
		"HOME=/users/dev", "PATH=/bin", "SAM_SKIP_PULL_IMAGE=1", "DOCKER_HOST=unix:///run/docker.sock",
		"AWS_ACCESS_KEY_ID=AKIAREAL", "AWS_SECRET_ACCESS_KEY=real", "AWS_SESSION_TOKEN=real", "AWS_PROFILE=production", "AWS_REGION=us-east-1",
		"AWS_ENDPOINT_URL_DYNAMODB=https://dynamodb.us-east-1.amazonaws.com", "AWS_SHARED_CREDENTIALS_FILE=/users/dev/keys", "GOFLAGS=-mod=mod", "CGO_ENABLED=1",
	}
	clean, found := harmless(shell)
	t.Run("keeps nothing of AWS from the shell, and what is not AWS's as it is", func(t *testing.T) {
		for _, pair := range clean {
			if name, _, _ := strings.Cut(pair, "="); slices.Contains(shell, pair) && strings.HasPrefix(name, "AWS_") {
				t.Errorf("it keeps %s", pair)
			}
		}
		for _, pair := range shell[:4] {
			if !slices.Contains(clean, pair) {
				t.Errorf("it loses %s", pair)
			}
		}
	})
	t.Run("gives credentials that open nothing, an endpoint that answers nothing, and the build's flags", func(t *testing.T) {
		for _, pair := range given {
			if !slices.Contains(clean, pair) {
				t.Errorf("it lacks %s", pair)
			}
		}
		seen := map[string]bool{}
		for _, pair := range clean {
			name, _, _ := strings.Cut(pair, "=")
			if seen[name] {
				t.Errorf("%s is there twice: which one counts?", name)
			}
			seen[name] = true
		}
	})
	t.Run("names what could have reached an account", func(t *testing.T) {
		want := []string{"AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SHARED_CREDENTIALS_FILE"}
		if !slices.Equal(found, want) {
			t.Errorf("%v", found)
		}
		if _, found := harmless(clean); len(found) != 0 {
			t.Errorf("its own are no credentials: %v", found)
		}
	})
}

// TestOpen runs with commands of its own on PATH, so it says the same on a machine with SAM and Docker and on one without.
func TestOpen(t *testing.T) {
	command := func(dir, name, script string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, row := range map[string]struct {
		sam, docker string
		want        string
	}{
		"no SAM CLI":                {"", "exit 0", "the SAM CLI is missing: install it"},
		"no Docker":                 {"exit 0", "", "no Docker: install a Docker engine"},
		"an engine that is stopped": {"exit 0", "echo Cannot connect to the Docker daemon; exit 1", "no Docker engine answers; start it (systemctl start docker, or Docker Desktop): Cannot connect to the Docker daemon"},
	} {
		t.Run("refuses "+name+" and says how to mend it", func(t *testing.T) {
			dir := t.TempDir()
			t.Setenv("PATH", dir)
			if row.sam != "" {
				command(dir, "sam", row.sam)
			}
			if row.docker != "" {
				command(dir, "docker", row.docker)
			}
			if _, err := Open(t.Context(), ".", &bytes.Buffer{}, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("it says: %v", err)
			}
		})
	}
	t.Run("says which credentials it sets aside", func(t *testing.T) {
		dir := t.TempDir()
		t.Setenv("PATH", dir)
		t.Setenv("AWS_PROFILE", "production")
		command(dir, "sam", "exit 0")
		command(dir, "docker", "exit 0")
		var told bytes.Buffer
		if _, err := Open(t.Context(), ".", &bytes.Buffer{}, &told); err != nil || !strings.Contains(told.String(), "AWS_PROFILE") || !strings.Contains(told.String(), "nothing that runs here can reach an AWS account") {
			t.Errorf("%v %q", err, told.String())
		}
	})
}

func TestWriteVariables(t *testing.T) {
	file := filepath.Join(t.TempDir(), "env.json")
	if err := WriteVariables(file, map[string]map[string]string{"AcceptFunction": {"TABLE_NAME": "first"}}); err != nil {
		t.Fatal(err)
	}
	t.Run("leaves a file that is there as it is, and says so", func(t *testing.T) {
		err := WriteVariables(file, map[string]map[string]string{"AcceptFunction": {"TABLE_NAME": "second"}})
		if err == nil || !strings.Contains(err.Error(), "env.json is there already") {
			t.Error(err)
		}
		if text, err := os.ReadFile(file); err != nil || !strings.Contains(string(text), "first") {
			t.Errorf("%v %s", err, text)
		}
	})
}

func TestPort(t *testing.T) {
	free, err := Port(0)
	if err != nil || free == 0 {
		t.Fatal(free, err)
	}
	t.Run("is the wanted one, unless it is taken", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		taken := l.Addr().(*net.TCPAddr).Port
		if _, err := Port(taken); err == nil || !strings.Contains(err.Error(), "is taken; stop what uses it or choose another one") {
			t.Error(err)
		}
		l.Close()
		if got, err := Port(taken); err != nil || got != taken {
			t.Error(got, err)
		}
	})
}
