package local

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/callsheet/callsheet/infra/local/dynamodb"
	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
	"github.com/callsheet/callsheet/infra/local/eventsource"
	"github.com/callsheet/callsheet/infra/local/gateway"
	"github.com/callsheet/callsheet/infra/local/lambda"
	"github.com/callsheet/callsheet/infra/local/oidc"
	"github.com/callsheet/callsheet/infra/local/s3"
	"github.com/callsheet/callsheet/infra/local/ses"
	"github.com/callsheet/callsheet/infra/local/stepfunctions"
	"github.com/callsheet/callsheet/infra/local/template"
)

// Each part takes from the template what is its own.

// read resolves the template with the values that a local deployment has.
func (c *Cloud) read(config Config) (*template.Template, error) {
	file := filepath.Join(config.Project, "template.yaml")
	source, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("run this in the project's folder: %w", err)
	}
	site := c.URL
	if config.Containers != nil && config.Containers.API != "" {
		site = config.Containers.API
	}
	return template.Parse("template.yaml", source, template.Settings{Stack: stack, AccountID: account, Region: region, Parameters: map[string]string{
		"Issuer": c.issuerURL(), "Audience": Audience, "JwksUrl": c.functionsReach.front + "/_local/oidc/.well-known/jwks.json", "FirstAdmin": "admin",
		"SiteUrl": site, "SupportUrl": c.URL + "/_local/", "SenderAddress": sender, "ReplyDomain": replyDomain,
	}})
}

// issuerURL is the iss of the tokens, wherever their keys are fetched.
func (c *Cloud) issuerURL() string { return c.URL + "/_local/oidc" }

// sender is the address that local mail comes from, in the template's MailDomain.
const sender = "team@callsheet.example.com"

// replyDomain is the domain of the addresses that local mail is answered to.
const replyDomain = "reply.callsheet.example.com"

func (c *Cloud) database(t *template.Template, config Config) (err error) {
	if c.Database, err = dynamodb.Open(c.db, c.Clock); err != nil {
		return err
	}
	c.Database.OnCall = tellCalls(config.OnCall, config.OnUse)
	for _, table := range t.Tables {
		spec := dynamodb.TableSpec{Name: table.Name, ARN: table.ARN, Key: key(table.Key), StreamViewType: table.StreamViewType, TTLAttribute: table.TTLAttribute}
		for _, i := range table.Indexes {
			spec.Indexes = append(spec.Indexes, dynamodb.Index{Name: i.Name, Key: key(i.Key), Projection: dynamodb.Projection(i.Projection), Include: i.NonKey})
		}
		if err := c.Database.CreateTable(spec); err != nil {
			return err
		}
		c.Table = table.Name
	}
	c.Clock.Attach(c.Database)
	return nil
}

func key(attributes []template.Key) dynamodb.Key {
	var k dynamodb.Key
	for i, a := range attributes {
		named := dynamodb.KeyAttribute{Name: a.Name, Type: attribute.Kind(a.Type)}
		if i == 0 {
			k.Partition = named
		} else {
			k.Sort = named
		}
	}
	return k
}

func (c *Cloud) functions(t *template.Template, config Config) error {
	platform := lambda.Config{Clock: c.Clock, AccountID: account, Region: region, Logs: config.Logs}
	if config.Containers.elsewhere() {
		platform.Elsewhere = config.Containers.Lambda
	}
	c.Lambda, c.Environments = lambda.New(platform), map[string]map[string]string{}
	for _, f := range t.Functions {
		env := maps.Clone(f.Env)
		maps.Copy(env, map[string]string{
			"CLOCK_URL": c.functionsReach.front + "/_local/clock", "AWS_ENDPOINT_URL_DYNAMODB": c.functionsReach.aws, "AWS_ENDPOINT_URL_SFN": c.functionsReach.aws,
			"AWS_ENDPOINT_URL_SES": c.functionsReach.aws, "AWS_ENDPOINT_URL_S3": c.functionsReach.files,
		})
		c.Environments[f.LogicalID] = env
		runs := lambda.Function{Name: f.Name, Env: env, Timeout: f.Timeout, MemorySize: f.MemorySize, Concurrency: f.Concurrency}
		if config.Containers.elsewhere() {
			runs.Elsewhere = f.LogicalID
		} else {
			runs.Binary = filepath.Join(config.Binaries, filepath.Base(f.CodeURI), "bootstrap")
			if _, err := os.Stat(runs.Binary); err != nil {
				return fmt.Errorf("function %s is not built: %w", f.LogicalID, err)
			}
		}
		if err := c.Lambda.Register(runs); err != nil {
			return err
		}
	}
	return nil
}

func (c *Cloud) machines(t *template.Template, config Config) (err error) {
	if c.Machines, err = stepfunctions.Open(c.db, c.Clock, invoker{c.Lambda}); err != nil {
		return err
	}
	for _, m := range t.StateMachines {
		definition, err := os.ReadFile(filepath.Join(config.Project, m.DefinitionURI))
		if err != nil {
			return err
		}
		var pairs []string
		for name, value := range m.Substitutions {
			pairs = append(pairs, "${"+name+"}", value)
		}
		if err := c.Machines.Create(stepfunctions.Machine{Name: m.Name, ARN: m.ARN, Definition: []byte(strings.NewReplacer(pairs...).Replace(string(definition)))}); err != nil {
			return err
		}
	}
	c.Clock.Attach(c.Machines)
	return nil
}

func (c *Cloud) mail(t *template.Template, config Config) (err error) {
	if c.calls, err = eventsource.OpenAsync(c.db, c.Clock, invoker{c.Lambda}); err != nil {
		return err
	}
	c.Clock.Attach(c.calls)
	var identities []string
	for _, i := range t.Identities {
		identities = append(identities, i.Name)
	}
	var rules []ses.Rule
	async := map[string]template.Async{}
	for _, r := range t.ReceiptRules {
		rules = append(rules, ses.Rule{Recipients: r.Recipients, Bucket: r.Bucket, Prefix: r.Prefix, Function: c.Lambda.ARN(r.Function)})
	}
	for _, f := range t.Functions {
		async[f.ARN] = f.Async
	}
	c.Mail, err = ses.Open(ses.Config{
		DB: c.db, Clock: c.Clock, Region: region, Identities: identities, Rate: config.MailRate, Rules: rules, Keep: c.bucket.Keep,
		Tell: func(function string, event []byte) error {
			return c.calls.Accept(eventsource.Call{
				Function: function, Event: event, Retries: async[function].MaximumRetryAttempts, OnFailure: async[function].OnFailure,
			})
		},
	})
	return err
}

func (c *Cloud) files(t *template.Template, config Config) (err error) {
	var rules []s3.Rule
	for _, b := range t.Buckets {
		for _, e := range b.Expiry {
			rule := s3.Rule{Prefix: e.Prefix, After: e.Objects, AbortAfter: e.OpenMultiparts}
			for name, value := range e.Tags {
				rule.TagKey, rule.TagValue = name, value
			}
			rules = append(rules, rule)
		}
	}
	known := map[string]bool{lambda.SharedAccessKeyID: config.Containers != nil}
	for _, f := range t.Functions {
		known[f.Name] = true
	}
	c.bucket, err = s3.Open(s3.Config{
		DB: c.db, Clock: c.Clock, Folder: filepath.Join(config.Data, "files"), Region: region, Rules: rules,
		Secret: func(id string) (string, bool) { return lambda.SecretAccessKey, known[id] },
	})
	if err != nil {
		return err
	}
	for _, b := range t.Buckets {
		if err := c.bucket.CreateBucket(b.Name); err != nil {
			return err
		}
	}
	c.Clock.Attach(c.bucket)
	return nil
}

func (c *Cloud) issuer(_ *template.Template, config Config) (err error) {
	c.Issuer, err = oidc.Open(oidc.Config{DB: c.db, Clock: c.Clock, Issuer: c.issuerURL(), Audience: Audience, Personas: config.Personas})
	return err
}

func (c *Cloud) api(t *template.Template, _ Config) (err error) {
	if len(t.HTTPAPIs) != 1 {
		return fmt.Errorf("template.yaml: one HTTP API is expected, not %d", len(t.HTTPAPIs))
	}
	described := t.HTTPAPIs[0]
	api := gateway.API{ID: described.ID, AccountID: account, Region: region, Authorizers: map[string]gateway.Authorizer{}}
	for name, a := range described.Authorizers {
		api.Authorizers[name] = gateway.Authorizer(a)
	}
	if described.CORS != nil {
		cors := gateway.CORS(*described.CORS)
		api.CORS = &cors
	}
	for _, f := range t.Functions {
		for _, r := range f.Routes {
			api.Routes = append(api.Routes, gateway.Route{Method: r.Method, Path: r.Path, Function: f.Name, Authorizer: r.Authorizer, Timeout: r.Timeout})
		}
	}
	c.Gateway, err = gateway.New(gateway.Config{API: api, Functions: c.Lambda, Now: c.Clock.Now})
	return err
}

// sources connects streams and schedules to functions.
func (c *Cloud) sources(t *template.Template, config Config) (err error) {
	if c.Queues, err = eventsource.OpenQueues(c.db); err != nil {
		return err
	}
	if c.mappings, err = eventsource.OpenMappings(c.db, c.Clock, stream{c.Database}, invoker{c.Lambda}); err != nil {
		return err
	}
	schedules, err := eventsource.OpenSchedules(c.db, c.Clock, invoker{c.Lambda})
	if err != nil {
		return err
	}
	if config.Containers.elsewhere() {
		schedules.Sparse = 24 * time.Hour // the SAM CLI takes a tenth of a second, sometimes a whole one, for each call
	}
	c.Database.OnStream = c.mappings.Notify
	for _, f := range t.Functions {
		if err := c.connect(f, schedules); err != nil {
			return fmt.Errorf("%s: %w", f.LogicalID, err)
		}
	}
	c.Clock.Attach(c.mappings)
	c.Clock.Attach(schedules)
	return nil
}

func (c *Cloud) connect(f template.Function, schedules *eventsource.Schedules) error {
	for _, s := range f.Streams {
		var patterns []json.RawMessage
		for _, p := range s.FilterPatterns {
			patterns = append(patterns, json.RawMessage(p))
		}
		if err := c.mappings.Create(eventsource.Mapping{
			Name: f.LogicalID + "/" + s.LogicalID, Table: s.Table, Function: f.Name, BatchSize: s.BatchSize, MaximumRetryAttempts: s.MaximumRetryAttempts,
			MaximumRecordAge: max(s.MaximumRecordAge, 0), BisectBatchOnFunctionError: s.BisectBatchOnFunctionError,
			ReportBatchItemFailures: s.ReportBatchItemFailures, FilterPatterns: patterns, OnFailure: s.OnFailure,
		}); err != nil {
			return err
		}
	}
	for _, s := range slices.DeleteFunc(slices.Clone(f.Schedules), func(s template.Schedule) bool { return !s.Enabled }) {
		arn := fmt.Sprintf("arn:aws:scheduler:%s:%s:schedule/default/%s", region, account, s.Name)
		schedule := eventsource.Schedule{Name: s.Name, ARN: arn, Function: f.Name, Every: s.Every, OnFailure: f.Async.OnFailure}
		if s.Input != "" {
			schedule.Input = json.RawMessage(s.Input)
		}
		if err := schedules.Create(schedule); err != nil {
			return err
		}
	}
	return nil
}

// stream reads the database's stream for the mappings.
type stream struct{ database *dynamodb.Store }

func (s stream) ReadStream(table, after string, limit int) ([]eventsource.Record, error) {
	found, err := s.database.ReadStream(table, after, limit)
	var records []eventsource.Record
	for _, r := range found {
		records = append(records, eventsource.Record(r))
	}
	return records, err
}

// invoker runs functions for state machines, streams and schedules.
type invoker struct{ platform *lambda.Platform }

func (i invoker) Invoke(ctx context.Context, function string, payload []byte) ([]byte, string, error) {
	result, err := i.platform.Invoke(ctx, function, payload)
	return result.Payload, result.FunctionError, err
}
