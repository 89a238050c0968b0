package lambdaenv

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/ses"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"github.com/callsheet/callsheet/shared/files"
)

// TestMain is also the function that TestReady starts: it asks for what the variable NEEDS names.
func TestMain(m *testing.M) {
	if needs, ok := os.LookupEnv("NEEDS"); ok {
		env := Open()
		env.AWS("DYNAMODB")
		env.AWS("S3")
		for name := range strings.SplitSeq(needs, ",") {
			env.Need(name)
		}
		env.Maybe("MAYBE")
		env.Ready()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestReady(t *testing.T) {
	start := func(variables ...string) (said string, status int) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append([]string{"NEEDS=TABLE_NAME,BUCKET_NAME", "GOCOVERDIR=" + t.TempDir()}, variables...) // for the coverage of the process, if it is measured
		var stderr strings.Builder
		cmd.Stderr = &stderr
		var exit *exec.ExitError
		if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return stderr.String(), cmd.ProcessState.ExitCode()
	}
	t.Run("F20 everything that is missing is named at once, each once, and the process stops", func(t *testing.T) {
		if said, status := start(); said != "not configured: set AWS_REGION, TABLE_NAME, BUCKET_NAME\n" || status != 1 {
			t.Errorf("status %d: %q", status, said)
		}
	})
	all := []string{"AWS_REGION=us-east-1", "TABLE_NAME=t", "BUCKET_NAME=b"}
	for i, without := range all {
		name, _, _ := strings.Cut(without, "=")
		t.Run("F20 without "+name+" alone it stops too", func(t *testing.T) {
			if said, status := start(slices.Delete(slices.Clone(all), i, i+1)...); said != "not configured: set "+name+"\n" || status != 1 {
				t.Errorf("status %d: %q", status, said)
			}
		})
	}
	t.Run("F20 an empty variable is a missing one", func(t *testing.T) {
		if said, status := start("AWS_REGION=us-east-1", "TABLE_NAME=", "BUCKET_NAME=b"); said != "not configured: set TABLE_NAME\n" || status != 1 {
			t.Errorf("status %d: %q", status, said)
		}
	})
	t.Run("with all of them it goes on", func(t *testing.T) {
		if said, status := start(all...); said != "" || status != 0 {
			t.Errorf("status %d: %q", status, said)
		}
	})
}

func TestNow(t *testing.T) {
	t.Run("without CLOCK_URL it is the wall clock, in whole milliseconds of UTC", func(t *testing.T) {
		t.Setenv("CLOCK_URL", "")
		before := time.Now().Truncate(time.Millisecond)
		now, err := Open().Now(t.Context())
		if err != nil || now.Before(before) || now.After(time.Now()) || now.Location() != time.UTC || now.Nanosecond()%1e6 != 0 {
			t.Errorf("%s, %v", now, err)
		}
	})
	clock := func(t *testing.T, status int, body string) (time.Time, error) {
		t.Helper()
		line := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}))
		defer line.Close()
		t.Setenv("CLOCK_URL", line.URL)
		return Open().Now(t.Context())
	}
	t.Run("with CLOCK_URL it is what the local cloud says", func(t *testing.T) {
		now, err := clock(t, 200, `{"now":"2027-03-01T10:00:00.1239+01:00"}`)
		if want := time.Date(2027, 3, 1, 9, 0, 0, 123e6, time.UTC); err != nil || now != want {
			t.Errorf("%s, %v", now, err)
		}
	})
	for name, row := range map[string]struct {
		status int
		body   string
	}{
		"no JSON": {200, "noon"}, "an empty answer": {200, ""}, "no instant": {200, `{}`}, "an instant that is none": {200, `{"now":"noon"}`}, "an error": {500, `{"now":"2027-03-01T10:00:00Z"}`}, "a missing page": {404, `{}`},
	} {
		t.Run(name+" is an error, never another instant", func(t *testing.T) {
			if now, err := clock(t, row.status, row.body); err == nil || !now.IsZero() {
				t.Errorf("%s, %v", now, err)
			}
		})
	}
	for name, url := range map[string]string{"a clock that is down": "http://127.0.0.1:1", "an address that is none": "://"} {
		t.Run(name+" is an error", func(t *testing.T) {
			t.Setenv("CLOCK_URL", url)
			if now, err := Open().Now(t.Context()); err == nil || !now.IsZero() {
				t.Errorf("%s, %v", now, err)
			}
		})
	}
	t.Run("a request that is over does not wait for the clock", func(t *testing.T) {
		t.Setenv("CLOCK_URL", "http://127.0.0.1:1")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := Open().Now(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

// roots are the certificates of roots.pem.
func roots(t *testing.T) (names []string, pool *x509.CertPool) {
	t.Helper()
	rest, err := os.ReadFile("roots.pem")
	if err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		if err := cert.CheckSignatureFrom(cert); err != nil || !cert.IsCA {
			t.Errorf("%s is no root: %v", cert.Subject, err)
		}
		names = append(names, cert.Subject.CommonName)
		pool.AddCert(cert)
	}
	slices.Sort(names)
	return names, pool
}

func TestRoots(t *testing.T) {
	names, pool := roots(t)
	t.Run("they are Amazon's five", func(t *testing.T) {
		want := []string{"Amazon Root CA 1", "Amazon Root CA 2", "Amazon Root CA 3", "Amazon Root CA 4", "Starfield Services Root Certificate Authority - G2"}
		if !slices.Equal(names, want) {
			t.Errorf("%q", names)
		}
	})
	t.Run("AWS is reached by them alone", func(t *testing.T) {
		t.Setenv("TRUST_SYSTEM_ROOTS", "")
		if cfg := transport().(*http.Transport).TLSClientConfig; cfg == nil || !cfg.RootCAs.Equal(pool) {
			t.Error("other roots are trusted")
		}
	})
	t.Run("a server under another authority is refused", func(t *testing.T) {
		t.Setenv("TRUST_SYSTEM_ROOTS", "")
		other := httptest.NewUnstartedServer(http.NotFoundHandler())
		other.Config.ErrorLog = log.New(io.Discard, "", 0) // it complains about the handshake that we want to fail
		other.StartTLS()
		defer other.Close()
		var untrusted x509.UnknownAuthorityError
		if _, err := Open().Client().Get(other.URL); !errors.As(err, &untrusted) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("TRUST_SYSTEM_ROOTS is the way out", func(t *testing.T) {
		t.Setenv("TRUST_SYSTEM_ROOTS", "TRUE")
		if cfg := transport().(*http.Transport).TLSClientConfig; cfg != nil && cfg.RootCAs != nil {
			t.Error("still Amazon's own")
		}
	})
	t.Run("a token issuer may be under any authority", func(t *testing.T) {
		if c := Open().Issuers(); c.Transport != nil || c.Timeout != 5*time.Second {
			t.Errorf("%+v", c)
		}
	})
}

func TestAWS(t *testing.T) {
	var asked atomic.Int32
	line := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer line.Close()
	t.Setenv("AWS_REGION", "eu-west-1")
	t.Setenv("CLOCK_URL", line.URL)
	for _, service := range []string{"DYNAMODB", "SFN", "SES", "S3"} {
		t.Setenv("AWS_ENDPOINT_URL_"+service, line.URL)
	}
	t.Run("nothing calls AWS or the clock before a request comes", func(t *testing.T) {
		env := Open()
		dynamodb.NewFromConfig(env.AWS("DYNAMODB"))
		sfn.NewFromConfig(env.AWS("SFN"))
		ses.NewFromConfig(env.AWS("SES"))
		files.Open(env.AWS("S3"), "b", env.Client(), env.Now)
		env.Issuers()
		env.Ready()
		if asked.Load() != 0 {
			t.Errorf("%d calls", asked.Load())
		}
	})
	t.Run("the endpoint of a service points its client at a local cloud", func(t *testing.T) {
		if cfg := Open().AWS("DYNAMODB"); aws.ToString(cfg.BaseEndpoint) != line.URL || cfg.Region != "eu-west-1" {
			t.Errorf("%+v", cfg)
		}
	})
	t.Run("without one it is AWS's own", func(t *testing.T) {
		t.Setenv("AWS_ENDPOINT_URL_DYNAMODB", "")
		if cfg := Open().AWS("DYNAMODB"); cfg.BaseEndpoint != nil {
			t.Errorf("%s", *cfg.BaseEndpoint)
		}
	})
	t.Run("credentials are read at every call, since Lambda's role may get new ones", func(t *testing.T) {
		provider := Open().AWS("DYNAMODB").Credentials
		for _, id := range []string{"first", "second"} {
			t.Setenv("AWS_ACCESS_KEY_ID", id)
			t.Setenv("AWS_SECRET_ACCESS_KEY", "s")
			t.Setenv("AWS_SESSION_TOKEN", "t")
			if c, err := provider.Retrieve(t.Context()); err != nil || c.AccessKeyID != id || c.SecretAccessKey != "s" || c.SessionToken != "t" {
				t.Errorf("%v", err)
			}
		}
	})
	t.Run("without credentials a call fails and says why", func(t *testing.T) {
		t.Setenv("AWS_ACCESS_KEY_ID", "")
		if _, err := Open().AWS("DYNAMODB").Credentials.Retrieve(t.Context()); err == nil {
			t.Error("no error")
		}
	})
}

func TestRandomness(t *testing.T) {
	env := Open()
	t.Run("ids are ULIDs of their kind, each new", func(t *testing.T) {
		form, seen := regexp.MustCompile(`^prj_[0-9A-HJKMNP-TV-Z]{26}$`), map[string]bool{}
		for range 1000 {
			id := env.NewID("prj")
			if !form.MatchString(id) || seen[id] {
				t.Fatalf("%q", id)
			}
			seen[id] = true
		}
	})
	t.Run("ids of one kind sort by their making", func(t *testing.T) {
		last := ""
		for range 1000 {
			id := env.NewID("prj")
			if id <= last {
				t.Fatalf("%s after %s", id, last)
			}
			last = id
		}
	})
	t.Run("keys have 32 bytes, each new", func(t *testing.T) {
		if a, b := env.NewKey(), env.NewKey(); len(a) != 32 || slices.Equal(a, b) {
			t.Errorf("%x %x", a, b)
		}
	})
	t.Run("a pause ends with its request", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		env.Pause(ctx, 1<<40) // returns only because the request is over
	})
}
