package infra_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"github.com/callsheet/callsheet/infra/events"
	"github.com/callsheet/callsheet/infra/journey"
	"github.com/callsheet/callsheet/infra/local"
	"github.com/callsheet/callsheet/infra/local/lambda"
	"github.com/callsheet/callsheet/infra/local/ses"
	"github.com/callsheet/callsheet/infra/local/template"
	"github.com/callsheet/callsheet/shared/dynamo/item"
	"github.com/callsheet/callsheet/shared/files"
)

// stage is one cloud with the seeded world.
type stage struct {
	cloud    *local.Cloud
	deployed *template.Template
	invoke   invoke
}

// theatre is what all stages have in common: where the functions run, and how one is invoked.
type theatre struct {
	config local.Config
	invoke func(stage) invoke
}

// invoke gives a function an event and returns its answer, and Lambda's X-Amz-Function-Error.
type invoke func(t *testing.T, function template.Function, event []byte) (answer []byte, functionError string)

func openStage(t *testing.T, deployed *template.Template, in theatre, at time.Time) stage {
	t.Helper()
	in.config.Project, in.config.Data, in.config.Paused, in.config.Start = project, t.TempDir(), true, at
	in.config.Personas, in.config.MailRate = local.Personas(journey.Cast()), 50
	cloud, err := local.Open(in.config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cloud.Close(); err != nil {
			t.Error(err)
		}
	})
	s := stage{cloud: cloud, deployed: deployed}
	s.invoke = in.invoke(s)
	now := func(context.Context) (time.Time, error) { return cloud.Clock.Now(), nil }
	bucket := files.Open(s.config("upload", cloud.Files), bucketOf(t, "Files").Name, http.DefaultClient, now)
	if err := events.Seed(t.Context(), dynamodb.NewFromConfig(s.config("projects", cloud.AWS)), cloud.Table, bucket); err != nil {
		t.Fatal(err)
	}
	return s
}

// config is the AWS configuration that a function has in this cloud.
func (s stage) config(function, endpoint string) aws.Config {
	return aws.Config{
		Region: "eu-west-1", BaseEndpoint: aws.String(endpoint),
		Credentials: credentials.NewStaticCredentialsProvider(s.function(function).Name, lambda.SecretAccessKey, ""),
	}
}

func (s stage) function(folder string) template.Function {
	i := slices.IndexFunc(s.deployed.Functions, func(f template.Function) bool { return f.CodeURI == "functions/"+folder })
	if i < 0 {
		return template.Function{Name: "no function has the folder " + folder}
	}
	return s.deployed.Functions[i]
}

// deliver puts the mail of an event, if it has one, where SES would have put it.
func (s stage) deliver(t *testing.T, name string, payload []byte) {
	t.Helper()
	raw, err := os.ReadFile(strings.TrimSuffix(eventFile(name), ".json") + ".eml")
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	var e struct {
		Records []struct {
			SES struct{ Mail struct{ MessageID string } }
		}
	}
	readJSON(t, payload, &e)
	client := s3.NewFromConfig(s.config("inbound", s.cloud.Files), func(o *s3.Options) { o.UsePathStyle = true })
	_, put := client.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: aws.String(bucketOf(t, "Mails").Name), Key: aws.String("inbound/" + e.Records[0].SES.Mail.MessageID), Body: bytes.NewReader(raw),
	})
	if err := errors.Join(err, put); err != nil {
		t.Fatal(err)
	}
}

// byLambdaAPI invokes a function as the AWS SDK does.
func byLambdaAPI(s stage) invoke {
	return func(t *testing.T, function template.Function, event []byte) (answer []byte, functionError string) {
		t.Helper()
		resp, err := http.Post(s.cloud.AWS+"/2015-03-31/functions/"+function.Name+"/invocations", "application/json", bytes.NewReader(event))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if answer, err = io.ReadAll(resp.Body); err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("Lambda answered %s: %s %v", resp.Status, answer, err)
		}
		return answer, resp.Header.Get("X-Amz-Function-Error")
	}
}

// replay invokes the function and waits until everything that this causes is done.
func (s stage) replay(t *testing.T, function string, payload []byte) outcome {
	t.Helper()
	before := s.timelines(t)
	answer, functionError := s.invoke(t, s.function(function), s.signed(t, payload))
	if err := s.cloud.Clock.Quiesce(t.Context()); err != nil {
		t.Fatal(err)
	}
	after := s.timelines(t)
	maps.DeleteFunc(after, func(id, _ string) bool { return before[id] != "" })
	return outcome{
		Answer: readable(t, answer), Error: functionError,
		Committed: slices.Sorted(maps.Values(after)), Mails: s.mails(t), Alarms: s.alarms(t),
	}
}

var tokenFor = regexp.MustCompile(`<token of ([a-z-]+)>`)

// signed puts access tokens where an event names a persona: a token is good for an hour and one issuer, so no file keeps it.
func (s stage) signed(t *testing.T, payload []byte) []byte {
	return tokenFor.ReplaceAllFunc(payload, func(found []byte) []byte {
		token, err := s.cloud.Issuer.Token(string(tokenFor.FindSubmatch(found)[1]))
		if err != nil {
			t.Fatal(err)
		}
		return []byte(token)
	})
}

// timelines are all events of the table, a line each, by their ids.
func (s stage) timelines(t *testing.T) map[string]string {
	t.Helper()
	rows := map[string]string{}
	err := s.cloud.Database.Walk(s.cloud.Table, func(raw json.RawMessage) error {
		i, err := attributevalue.UnmarshalMapJSON(raw)
		if err != nil || !item.IsEvent(i) {
			return err
		}
		e, err := item.DecodeEvent(i)
		if err != nil {
			return err
		}
		row := fmt.Sprintf("%s %s: %s by %s", e.Subject.Kind, e.Subject.ID, e.Action, e.Actor)
		for _, f := range e.Facts {
			row += ", " + f.FactName()
		}
		rows[e.ID] = row
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func (s stage) mails(t *testing.T) []string {
	t.Helper()
	sent, err := s.cloud.Mail.Messages(ses.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, m := range sent {
		lines = append(lines, strings.Join(m.Recipients, ", ")+": "+m.Subject)
	}
	slices.Sort(lines)
	return lines
}

func (s stage) alarms(t *testing.T) []string {
	t.Helper()
	client := sfn.NewFromConfig(s.config("schedule", s.cloud.AWS))
	var names []string
	for _, m := range s.deployed.StateMachines {
		list, err := client.ListExecutions(t.Context(), &sfn.ListExecutionsInput{StateMachineArn: aws.String(m.ARN)})
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range list.Executions {
			names = append(names, aws.ToString(x.Name)+" "+strings.ToLower(string(x.Status)))
		}
	}
	slices.Sort(names)
	return names
}
